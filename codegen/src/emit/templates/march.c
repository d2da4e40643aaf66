    const int kw_along = KW_AXIS == 1 ? g.extent_y : g.extent_z;
    const int kw_across = KW_AXIS == 1 ? g.extent_z : g.extent_y;
    const int kw_origin = KW_AXIS == 1 ? g.origin_y : g.origin_z;
    const int kw_source = KW_AXIS == 1 ? g.source_y : g.source_z;
    const int kw_global = KW_AXIS == 1 ? g.global_y : g.global_z;
    // From one voxel of a column to the next, in the input and in the output.
    const kw_index kw_step = KW_AXIS == 1 ? (kw_index)g.source_extent_x : (kw_index)g.source_extent_x * g.source_extent_y;
    const kw_index kw_out_step = KW_AXIS == 1 ? (kw_index)g.extent_x : (kw_index)g.extent_x * g.extent_y;
    // The columns of a work-item lie side by side where they are whole vectors, else a group apart: neighbours read neighbours.
    const bool kw_vector = (KW_STRIP == 2 || KW_STRIP == 4) && (g.extent_x | g.source_extent_x | (g.origin_x - g.source_x)) % KW_STRIP == 0;
    const kw_long kw_left = kw_vector ? @item0@ * KW_STRIP : (@item0@ - @lane0@) * KW_STRIP + @lane0@;
    const int kw_apart = kw_vector ? 1 : (int)@width@;
    if (kw_left >= g.extent_x) return;
    for (kw_long kw_other = @item2@; kw_other < (kw_long)kw_across * g.batch; kw_other += @items2@) {
        const int kw_n = (int)(kw_other / kw_across);
        const int kw_place = (int)(kw_other % kw_across);
        const kw_index kw_line = KW_AXIS == 1
            ? ((kw_index)kw_n * g.source_extent_z + kw_place + g.origin_z - g.source_z) * g.source_extent_y * g.source_extent_x
            : ((kw_index)kw_n * g.source_extent_z * g.source_extent_y + kw_place + g.origin_y - g.source_y) * g.source_extent_x;
        kw_index kw_columns[KW_STRIP];
        bool kw_exists[KW_STRIP];
        KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
            const kw_long kw_x = kw_left + c * kw_apart;
            kw_exists[c] = kw_x < g.extent_x;
            kw_columns[c] = kw_line + (int)(kw_exists[c] ? kw_x : kw_left) + g.origin_x - g.source_x;
        }
        for (kw_long kw_part = @item1@; kw_part * kw_chunk < kw_along; kw_part += @items1@) {
            const int kw_first = (int)kw_part * kw_chunk;
            const int kw_count = kw_along - kw_first < kw_chunk ? kw_along - kw_first : kw_chunk;
            const kw_index kw_to = (KW_AXIS == 1
                ? (((kw_index)kw_n * g.extent_z + kw_place) * g.extent_y + kw_first) * g.extent_x
                : (((kw_index)kw_n * g.extent_z + kw_first) * g.extent_y + kw_place) * g.extent_x) + (int)kw_left;
            // Slot s holds the result that has met 2 KW_REACH - s taps: each tap is added to all of them as they move down one slot.
            @value@ kw_slots[KW_STRIP][2 * KW_REACH + 2];
            KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                KW_UNROLL for (int s = 0; s < 2 * KW_REACH + 2; ++s) kw_slots[c][s] = @start@;
            }
            const int kw_begin = kw_first + kw_origin - KW_REACH;
            const int kw_taps = kw_count + 2 * KW_REACH;
            const int kw_last = kw_begin + kw_taps - 1;
            // The voxels of the next round are on their way while those of this one are taken in.
            KW_STORAGE(@storage@) kw_coming[KW_TAPS_AHEAD * KW_STRIP];
            @name@_fetch(kw_coming, @input@, kw_columns, kw_step, kw_begin, kw_last, kw_global, kw_source, kw_vector);
            for (int kw_next = 0; kw_next < kw_taps; kw_next += KW_TAPS_AHEAD) {
                KW_STORAGE(@storage@) kw_raw[KW_TAPS_AHEAD * KW_STRIP];
                KW_UNROLL for (int u = 0; u < KW_TAPS_AHEAD * KW_STRIP; ++u) kw_raw[u] = kw_coming[u];
                if (kw_next + KW_TAPS_AHEAD < kw_taps) {
                    @name@_fetch(kw_coming, @input@, kw_columns, kw_step, kw_begin + kw_next + KW_TAPS_AHEAD, kw_last, kw_global, kw_source, kw_vector);
                }
                KW_UNROLL for (int u = 0; u < KW_TAPS_AHEAD; ++u) {
                    const bool kw_outside = KW_IS_CONSTANT && (kw_u32)(kw_begin + kw_next + u) >= (kw_u32)kw_global;
                    KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                        const @value@ kw_value = kw_outside ? @outside@ : @load@;
                        KW_UNROLL for (int s = 0; s <= 2 * KW_REACH; ++s) @slot_step@
                    }
                    const int kw_done = kw_next + u - 2 * KW_REACH;
                    if (kw_done >= 0 && kw_done < kw_count) {
                        const kw_index kw_there = kw_to + (kw_index)kw_done * kw_out_step;
                        KW_STORAGE(KW_OUT) kw_results[KW_STRIP];
                        KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) kw_results[c] = @result@;
#if KW_STRIP == 4
                        if (kw_vector) {
                            @put4{kw_there}{kw_results}@
                        } else
#elif KW_STRIP == 2
                        if (kw_vector) {
                            @put2{kw_there}{kw_results}@
                        } else
#endif
                        {
                            KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                                if (kw_exists[c]) @put{kw_there + c * kw_apart}{kw_results[c]}@
                            }
                        }
                    }
                }
            }
        }
    }
