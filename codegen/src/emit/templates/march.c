    const int kw_along = KW_AXIS == 1 ? g.extent_y : g.extent_z;
    const int kw_across = KW_AXIS == 1 ? g.extent_z : g.extent_y;
    const int kw_origin = KW_AXIS == 1 ? g.origin_y : g.origin_z;
    const int kw_source = KW_AXIS == 1 ? g.source_y : g.source_z;
    const int kw_global = KW_AXIS == 1 ? g.global_y : g.global_z;
    // From one voxel of a column to the next, in the input and in the output.
    const kw_index kw_step = KW_AXIS == 1 ? (kw_index)g.source_extent_x : (kw_index)g.source_extent_x * g.source_extent_y;
    const kw_index kw_out_step = KW_AXIS == 1 ? (kw_index)g.extent_x : (kw_index)g.extent_x * g.extent_y;
    // The columns of a work-item lie a group apart, so that neighbours read neighbours.
    const kw_long kw_column = (@item0@ - @lane0@) * KW_STRIP + @lane0@;
    for (kw_long kw_other = @item2@; kw_other < (kw_long)kw_across * g.batch; kw_other += @items2@) {
        const int kw_n = (int)(kw_other / kw_across);
        const int kw_place = (int)(kw_other % kw_across);
        for (kw_long kw_part = @item1@; kw_part * kw_chunk < kw_along; kw_part += @items1@) {
            const int kw_first = (int)kw_part * kw_chunk;
            const int kw_count = kw_along - kw_first < kw_chunk ? kw_along - kw_first : kw_chunk;
            kw_index kw_from[KW_STRIP], kw_to[KW_STRIP];
            bool kw_exists[KW_STRIP];
            KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                const kw_long kw_x = kw_column + c * @width@;
                kw_exists[c] = kw_x < g.extent_x;
                const int kw_in = kw_exists[c] ? (int)kw_x : 0;
                kw_from[c] = (KW_AXIS == 1
                    ? ((kw_index)kw_n * g.source_extent_z + kw_place + g.origin_z - g.source_z) * g.source_extent_y * g.source_extent_x
                    : ((kw_index)kw_n * g.source_extent_z * g.source_extent_y + kw_place + g.origin_y - g.source_y) * g.source_extent_x)
                    + kw_in + g.origin_x - g.source_x;
                kw_to[c] = (KW_AXIS == 1
                    ? (((kw_index)kw_n * g.extent_z + kw_place) * g.extent_y + kw_first) * g.extent_x
                    : (((kw_index)kw_n * g.extent_z + kw_first) * g.extent_y + kw_place) * g.extent_x) + kw_in;
            }
            // Slot s holds the result that has met 2 KW_REACH - s taps: each tap is added to all of them as they move down one slot.
            @value@ kw_slots[KW_STRIP][2 * KW_REACH + 2];
            KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                KW_UNROLL for (int s = 0; s < 2 * KW_REACH + 2; ++s) kw_slots[c][s] = @start@;
            }
            const int kw_begin = kw_first + kw_origin - KW_REACH;
            const int kw_taps = kw_count + 2 * KW_REACH;
            for (int kw_next = 0; kw_next < kw_taps; kw_next += KW_TAPS_AHEAD) {
                @value@ kw_read[KW_TAPS_AHEAD][KW_STRIP];
                KW_UNROLL for (int u = 0; u < KW_TAPS_AHEAD; ++u) {
                    int kw_at = kw_begin + kw_next + u;
                    if (kw_next + u < kw_taps) {
                        const bool kw_outside = (kw_u32)kw_at >= (kw_u32)kw_global;
                        if (kw_outside) kw_at = KW_BORDER(kw_at, kw_global);
                        const kw_index kw_plane = (kw_index)(kw_at - kw_source) * kw_step;
                        KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                            kw_read[u][c] = KW_IS_CONSTANT && kw_outside ? @outside@ : @load@;
                        }
                    }
                }
                KW_UNROLL for (int u = 0; u < KW_TAPS_AHEAD; ++u) {
                    KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                        const @value@ kw_value = kw_read[u][c];
                        KW_UNROLL for (int s = 0; s <= 2 * KW_REACH; ++s) @slot_step@
                    }
                    const int kw_done = kw_next + u - 2 * KW_REACH;
                    if (kw_done >= 0 && kw_done < kw_count) {
                        KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) {
                            if (kw_exists[c]) @put{kw_to[c] + (kw_index)kw_done * kw_out_step}{@result@}@
                        }
                    }
                }
            }
        }
    }
