    // Two rows, so that one is read while the other is written.
    @shared@@vector@ kw_rows[2][(@tile@ + 2 * KW_ROOM) / 4 + 1];
    const int kw_lane = @lane0@;
    const int kw_left = (int)(@item0@ / 32) * @tile@;
    const int kw_valid = g.extent_x - kw_left < @tile@ ? g.extent_x - kw_left : @tile@;
    // The coordinate of the first tap in the image.
    const int kw_begin_x = kw_left + g.origin_x - KW_REACH;
    int kw_offsets[KW_ROW_READS];
    bool kw_outsides[KW_ROW_READS];
    KW_UNROLL for (int r = 0; r < KW_ROW_READS; ++r) {
        const int kw_x = kw_begin_x + kw_lane + 32 * r;
        const bool kw_needed = kw_lane + 32 * r < kw_valid + 2 * KW_REACH;
        kw_outsides[r] = (kw_u32)kw_x >= (kw_u32)g.global_x;
        kw_offsets[r] = kw_needed ? (kw_outsides[r] ? KW_BORDER(kw_x, g.global_x) : kw_x) - g.source_x : -1;
        if (KW_IS_CONSTANT && kw_needed && kw_outsides[r]) kw_offsets[r] = 0;
    }
    for (kw_long kw_plane = @item2@; kw_plane < (kw_long)g.extent_z * g.batch; kw_plane += @items2@) {
        const int kw_n = (int)(kw_plane / g.extent_z);
        const int kw_z = (int)(kw_plane % g.extent_z) + g.origin_z - g.source_z;
        const kw_index kw_from = ((kw_index)kw_n * g.source_extent_z + kw_z) * g.source_extent_y * g.source_extent_x;
        for (kw_long kw_part = @item1@; kw_part * kw_chunk < g.extent_y; kw_part += @items1@) {
            const int kw_first = (int)kw_part * kw_chunk;
            const int kw_count = g.extent_y - kw_first < kw_chunk ? g.extent_y - kw_first : kw_chunk;
            const kw_index kw_to = ((kw_index)kw_plane * g.extent_y + kw_first) * g.extent_x + kw_left + 4 * kw_lane;
            const bool kw_aligned = 4 * kw_lane + 4 <= kw_valid && kw_to % 4 == 0 && g.extent_x % 4 == 0;
            @value@ kw_slots[4][2 * KW_REACH_Y + 2];
            KW_UNROLL for (int c = 0; c < 4; ++c) {
                KW_UNROLL for (int s = 0; s < 2 * KW_REACH_Y + 2; ++s) kw_slots[c][s] = @start@;
            }
            const int kw_begin_y = kw_first + g.origin_y - KW_REACH_Y;
            const int kw_taps = kw_count + 2 * KW_REACH_Y;
            @value@ kw_ahead[KW_ROW_READS];
            @name@_row(kw_ahead, @input@, kw_from, kw_begin_y, kw_offsets, kw_outsides, g, border);
            for (int kw_next = 0; kw_next < kw_taps; ++kw_next) {
                @shared_pointer@@value@ *kw_row = (@shared_pointer@@value@ *)kw_rows[kw_next & 1];
                KW_UNROLL for (int r = 0; r < KW_ROW_READS; ++r) {
                    if (kw_offsets[r] >= 0) kw_row[kw_lane + 32 * r] = kw_ahead[r];
                }
                if (kw_next + 1 < kw_taps) {
                    @name@_row(kw_ahead, @input@, kw_from, kw_begin_y + kw_next + 1, kw_offsets, kw_outsides, g, border);
                }
                @warp_barrier@;
                @shared_pointer@const @vector@ *kw_quads = kw_rows[kw_next & 1] + kw_lane;
                @value@ kw_reduced[4];
                KW_UNROLL for (int i = 0; i < 4; ++i) kw_reduced[i] = @start@;
                KW_UNROLL for (int kw_quad = 0; kw_quad <= (3 + 2 * KW_REACH) / 4; ++kw_quad) {
                    const @vector@ kw_part4 = kw_quads[kw_quad];
                    const @value@ kw_four[4] = {kw_part4.x, kw_part4.y, kw_part4.z, kw_part4.w};
                    KW_UNROLL for (int c = 0; c < 4; ++c) {
                        const @value@ kw_value = kw_four[c];
                        KW_UNROLL for (int i = 0; i < 4; ++i) {
                            const int j = 4 * kw_quad + c;
                            if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                        }
                    }
                }
                // A row outside holds the constant, which the pass along x does not see.
                const bool kw_beyond = KW_IS_CONSTANT && (kw_u32)(kw_begin_y + kw_next) >= (kw_u32)g.global_y;
                KW_UNROLL for (int c = 0; c < 4; ++c) {
                    const @value@ kw_value = kw_beyond ? @outside@ : @between@;
                    KW_UNROLL for (int s = 0; s <= 2 * KW_REACH_Y; ++s) @slot_step_y@
                }
                const int kw_done = kw_next - 2 * KW_REACH_Y;
                if (kw_done >= 0) {
                    KW_STORAGE(KW_OUT) kw_results[4];
                    KW_UNROLL for (int c = 0; c < 4; ++c) kw_results[c] = @result_y@;
                    const kw_index kw_there = kw_to + (kw_index)kw_done * g.extent_x;
                    if (kw_aligned) {
                        @put4{kw_there}{kw_results}@
                    } else {
                        KW_UNROLL for (int c = 0; c < 4; ++c) {
                            if (4 * kw_lane + c < kw_valid) @put{kw_there + c}{kw_results[c]}@
                        }
                    }
                }
            }
            @warp_barrier@;
        }
    }
