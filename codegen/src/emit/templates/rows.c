#if KW_REACH >= 0
    // Two rows for each row of work-items, so that one is read while the other is written.
    @shared@@vector@ kw_rows[8][2][(@tile@ + 2 * KW_REACH) / 4 + 1];
    const int kw_lane = @lane0@;
    const int kw_group = @lane1@;
    const int kw_left = (int)(@item0@ / 32) * @tile@;
    const int kw_valid = g.extent_x - kw_left < @tile@ ? g.extent_x - kw_left : @tile@;
    // The coordinate of the first tap in the image.
    const int kw_begin = kw_left + g.origin_x - KW_REACH;
    int kw_offsets[KW_ROW_READS];
    bool kw_outsides[KW_ROW_READS];
    KW_UNROLL for (int r = 0; r < KW_ROW_READS; ++r) {
        const int kw_x = kw_begin + kw_lane + 32 * r;
        const bool kw_needed = kw_lane + 32 * r < kw_valid + 2 * KW_REACH;
        kw_outsides[r] = (kw_u32)kw_x >= (kw_u32)g.global_x;
        kw_offsets[r] = kw_needed ? (kw_outsides[r] ? KW_BORDER(kw_x, g.global_x) : kw_x) - g.source_x : -1;
        if (KW_IS_CONSTANT && kw_needed && kw_outsides[r]) kw_offsets[r] = 0;
    }
    int kw_turn = 0;
    for (kw_long kw_plane = @item2@; kw_plane < (kw_long)g.extent_z * g.batch; kw_plane += @items2@) {
        const int kw_n = (int)(kw_plane / g.extent_z);
        const int kw_z = (int)(kw_plane % g.extent_z) + g.origin_z - g.source_z;
        const kw_index kw_from = ((kw_index)kw_n * g.source_extent_z + kw_z) * g.source_extent_y * g.source_extent_x;
        const kw_index kw_to = (kw_index)kw_plane * g.extent_y * g.extent_x + kw_left + 4 * kw_lane;
        const bool kw_aligned = 4 * kw_lane + 4 <= kw_valid && kw_to % 4 == 0 && g.extent_x % 4 == 0;
        const int kw_step = (int)@items1@;
        int kw_y = (int)@item1@;
        @value@ kw_ahead[KW_ROW_READS];
        // Past the end the last row, which is not stored.
        @name@_row(kw_ahead, @input@, kw_from, (kw_y < g.extent_y ? kw_y : g.extent_y - 1) + g.origin_y, kw_offsets, kw_outsides, g, border);
        // All work-items of a group stay together, for the barriers.
        for (; kw_y - kw_group < g.extent_y; kw_y += kw_step, kw_turn ^= 1) {
            @shared_pointer@@value@ *kw_row = (@shared_pointer@@value@ *)kw_rows[kw_group][kw_turn];
            KW_UNROLL for (int r = 0; r < KW_ROW_READS; ++r) {
                if (kw_offsets[r] >= 0) kw_row[kw_lane + 32 * r] = kw_ahead[r];
            }
            if (kw_y + kw_step < g.extent_y) {
                @name@_row(kw_ahead, @input@, kw_from, kw_y + kw_step + g.origin_y, kw_offsets, kw_outsides, g, border);
            }
            @warp_barrier@;
            if (kw_y < g.extent_y && 4 * kw_lane < kw_valid) {
                @shared_pointer@const @vector@ *kw_quads = kw_rows[kw_group][kw_turn] + kw_lane;
                @value@ kw_reduced[4];
@four@                KW_STORAGE(KW_OUT) kw_results[4];
                KW_UNROLL for (int i = 0; i < 4; ++i) kw_results[i] = @result@;
                const kw_index kw_there = kw_to + (kw_index)kw_y * g.extent_x;
                if (kw_aligned) {
                    @put4{kw_there}{kw_results}@
                } else {
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        if (4 * kw_lane + i < kw_valid) @put{kw_there + i}{kw_results[i]}@
                    }
                }
            }
        }
    }
#else
    @shared@@vector@ kw_rows[8][(@tile@ + 2 * KW_ROOM) / 4 + 1];
    const int kw_lane = @lane0@;
    const int kw_group = @lane1@;
    @shared_pointer@@value@ *kw_row = (@shared_pointer@@value@ *)kw_rows[kw_group];
    @shared_pointer@const @vector@ *kw_quads = kw_rows[kw_group] + kw_lane;
    const int kw_first = (int)(@item0@ / 32) * @tile@;
    const int kw_valid = g.extent_x - kw_first < @tile@ ? g.extent_x - kw_first : @tile@;
    // The coordinate of the first tap in the image.
    const int kw_begin = kw_first + g.origin_x - kw_reach;
    const bool kw_inside = kw_begin >= 0 && kw_begin + kw_valid + 2 * kw_reach <= g.global_x;
    for (kw_long kw_plane = @item2@; kw_plane < (kw_long)g.extent_z * g.batch; kw_plane += @items2@) {
        const int kw_n = (int)(kw_plane / g.extent_z);
        const int kw_z = (int)(kw_plane % g.extent_z) + g.origin_z - g.source_z;
        // All work-items of a group stay together, for the barriers.
        for (kw_long kw_top = @item1@ - kw_group; kw_top < g.extent_y; kw_top += @items1@) {
            const int kw_y = (int)kw_top + kw_group;
            const bool kw_exists = kw_y < g.extent_y;
            const kw_index kw_line =
                (((kw_index)kw_n * g.source_extent_z + kw_z) * g.source_extent_y + kw_y + g.origin_y - g.source_y) * g.source_extent_x;
            if (kw_exists && kw_inside) {
                @global@const KW_STORAGE(@storage@) *kw_at = @input@ + kw_line + (kw_begin - g.source_x);
                for (int i = kw_lane; i < kw_valid + 2 * kw_reach; i += 32) kw_row[i] = @load@;
            } else if (kw_exists) {
                for (int i = kw_lane; i < kw_valid + 2 * kw_reach; i += 32) {
                    kw_row[i] = @name@_tap(@input@, kw_line, 1, kw_begin + i, g.global_x, g.source_x, border);
                }
            }
            @barrier@;
            if (kw_exists && 4 * kw_lane < kw_valid) {
                @value@ kw_reduced[4];
                KW_UNROLL for (int i = 0; i < 4; ++i) kw_reduced[i] = @start@;
@sliding_begin@                for (int kw_quad = 0; kw_quad <= (3 + 2 * kw_reach) / 4; ++kw_quad) {
                    const @vector@ kw_part = kw_quads[kw_quad];
                    const @value@ kw_four[4] = {kw_part.x, kw_part.y, kw_part.z, kw_part.w};
                    if (kw_quad > 0 && 4 * kw_quad + 3 <= 2 * kw_reach) {
@sliding@                        KW_UNROLL for (int c = 0; c < 4; ++c) {
                            const @value@ kw_value = kw_four[c];
                            KW_UNROLL for (int i = 0; i < 4; ++i) @sliding_step@
                        }
                    } else {
                        KW_UNROLL for (int c = 0; c < 4; ++c) {
                            const @value@ kw_value = kw_four[c];
                            const int j = 4 * kw_quad + c;
                            KW_UNROLL for (int i = 0; i < 4; ++i) {
                                if (j >= i && j - i <= 2 * kw_reach) @slow_step@
                            }
                        }
                    }
                }
                const kw_index kw_to = (((kw_index)kw_plane) * g.extent_y + kw_y) * g.extent_x + kw_first + 4 * kw_lane;
                KW_STORAGE(KW_OUT) kw_results[4];
                KW_UNROLL for (int i = 0; i < 4; ++i) kw_results[i] = @result@;
                if (4 * kw_lane + 4 <= kw_valid && kw_to % 4 == 0) {
                    @put4{kw_to}{kw_results}@
                } else {
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        if (4 * kw_lane + i < kw_valid) @put{kw_to + i}{kw_results[i]}@
                    }
                }
            }
            @barrier@;
        }
    }
#endif
