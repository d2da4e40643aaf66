    const int kw_words = g.extent_x / KW_LANE_VOXELS;
    const int kw_left = (int)@item0@ * 4;
    if (kw_left >= kw_words) return;
    const int kw_parts = (g.extent_z + kw_chunk - 1) / kw_chunk;
    for (kw_long kw_part = @item2@; kw_part < (kw_long)kw_parts * g.batch; kw_part += @items2@) {
        const int kw_n = (int)(kw_part / kw_parts);
        const int kw_first = (int)(kw_part % kw_parts) * kw_chunk;
        const int kw_count = g.extent_z - kw_first < kw_chunk ? g.extent_z - kw_first : kw_chunk;
        const kw_index kw_image = (kw_index)kw_n * g.extent_z * g.extent_y;
        for (kw_long kw_strip = @item1@; kw_strip * KW_STRIP < g.extent_y; kw_strip += @items1@) {
            const int kw_top = (int)kw_strip * KW_STRIP;
            // The rows that its results need, and which of them are outside and hold a constant.
            int kw_lines[KW_LANE_ROWS];
            kw_u32 kw_outsides = 0u;
            KW_UNROLL for (int k = 0; k < KW_LANE_ROWS; ++k) {
                // Beyond the last result there is nothing to compute.
                const int kw_last_y = g.extent_y - 1 + KW_REACH_Y;
                const int kw_y = kw_top + k - KW_REACH_Y < kw_last_y ? kw_top + k - KW_REACH_Y : kw_last_y;
                const bool kw_outside = KW_IS_CONSTANT && (kw_u32)kw_y >= (kw_u32)g.extent_y;
                if (kw_outside) kw_outsides |= 1u << k;
                kw_lines[k] = kw_outside ? 0 : KW_BORDER(kw_y, g.extent_y);
            }
            // Slot s holds what has met 2 KW_REACH_Z - s planes.
            kw_u32 kw_slots[2 * KW_REACH_Z + 1][KW_STRIP][4][KW_LANE_STREAMS];
            KW_UNROLL for (int s = 0; s < 2 * KW_REACH_Z; ++s) {
                KW_UNROLL for (int j = 0; j < KW_STRIP; ++j) {
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        KW_UNROLL for (int l = 0; l < KW_LANE_STREAMS; ++l) kw_slots[s][j][i][l] = @start@;
                    }
                }
            }
            const int kw_taps = kw_count + 2 * KW_REACH_Z;
            kw_u32 kw_ahead[KW_LANE_ROWS][6];
            const kw_index kw_begin = kw_image + (kw_index)@name@_lanes_plane(kw_first - KW_REACH_Z, g.extent_z) * g.extent_y;
            KW_UNROLL for (int k = 0; k < KW_LANE_ROWS; ++k) {
                @name@_lanes_read(kw_ahead[k], @input@, (kw_begin + kw_lines[k]) * kw_words, kw_left, kw_words, g.extent_x);
            }
            for (int kw_next = 0; kw_next < kw_taps; ++kw_next) {
                kw_u32 kw_sheet[KW_STRIP][4][KW_LANE_STREAMS];
                const bool kw_beyond = KW_IS_CONSTANT && (kw_u32)(kw_first + kw_next - KW_REACH_Z) >= (kw_u32)g.extent_z;
                kw_u32 kw_rows[KW_LANE_ROWS][4][KW_LANE_STREAMS];
                KW_UNROLL for (int k = 0; k < KW_LANE_ROWS; ++k) {
                    @name@_lanes_row(kw_rows[k], kw_ahead[k], kw_left, kw_words, kw_beyond || (kw_outsides >> k & 1u), border);
                }
                KW_UNROLL for (int i = 0; i < 4; ++i) {
                    KW_UNROLL for (int l = 0; l < KW_LANE_STREAMS; ++l) {
#if KW_REACH_Y > 0
                        // Two results at a time: what both have in common, and what each has alone.
                        KW_UNROLL for (int j = 0; j < KW_STRIP; j += 2) {
                            kw_u32 kw_common = kw_rows[j + 1][i][l];
                            KW_UNROLL for (int k = 2; k <= 2 * KW_REACH_Y; ++k) kw_common = kw_lanes_@extremum@(kw_common, kw_rows[j + k][i][l]);
                            kw_sheet[j][i][l] = kw_lanes_@extremum@(kw_common, kw_rows[j][i][l]);
                            kw_sheet[j + 1][i][l] = kw_lanes_@extremum@(kw_common, kw_rows[j + 2 * KW_REACH_Y + 1][i][l]);
                        }
#else
                        KW_UNROLL for (int j = 0; j < KW_STRIP; ++j) kw_sheet[j][i][l] = kw_rows[j][i][l];
#endif
                    }
                }
                // The next plane is on its way while this one is added to its results.
                if (kw_next + 1 < kw_taps) {
                    const kw_index kw_plane = kw_image + (kw_index)@name@_lanes_plane(kw_first + kw_next + 1 - KW_REACH_Z, g.extent_z) * g.extent_y;
                    KW_UNROLL for (int k = 0; k < KW_LANE_ROWS; ++k) {
                        @name@_lanes_read(kw_ahead[k], @input@, (kw_plane + kw_lines[k]) * kw_words, kw_left, kw_words, g.extent_x);
                    }
                }
                const int kw_plane = kw_first + kw_next - 2 * KW_REACH_Z;
                const bool kw_complete = kw_next >= 2 * KW_REACH_Z;
                KW_UNROLL for (int j = 0; j < KW_STRIP; ++j) {
                    kw_u32 kw_words_out[4];
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        kw_u32 kw_best[KW_LANE_STREAMS];
                        KW_UNROLL for (int l = 0; l < KW_LANE_STREAMS; ++l) {
                            const kw_u32 kw_value = kw_sheet[j][i][l];
#if KW_REACH_Z > 0
                            kw_best[l] = kw_lanes_@extremum@(kw_slots[0][j][i][l], kw_value);
                            KW_UNROLL for (int s = 0; s < 2 * KW_REACH_Z - 1; ++s) kw_slots[s][j][i][l] = kw_lanes_@extremum@(kw_slots[s + 1][j][i][l], kw_value);
                            kw_slots[2 * KW_REACH_Z - 1][j][i][l] = kw_value;
#else
                            kw_best[l] = kw_value;
#endif
                        }
#if KW_LANE_STREAMS == 2
                        kw_words_out[i] = kw_lanes_mix(kw_best[0], kw_best[1]) ^ KW_LANE_SIGNS;
#else
                        kw_words_out[i] = kw_best[0] ^ KW_LANE_SIGNS;
#endif
                    }
                    if (kw_complete && kw_top + j < g.extent_y) {
                        @global@kw_u32 *kw_to = (@global@kw_u32 *)out + (kw_image + (kw_index)kw_plane * g.extent_y + kw_top + j) * kw_words + kw_left;
                        if (kw_words % 4 == 0) {
                            kw_u32x4 kw_stored;
                            kw_stored.x = kw_words_out[0];
                            kw_stored.y = kw_words_out[1];
                            kw_stored.z = kw_words_out[2];
                            kw_stored.w = kw_words_out[3];
                            *(@global@kw_u32x4 *)kw_to = kw_stored;
                        } else {
                            KW_UNROLL for (int i = 0; i < 4; ++i) {
                                if (kw_left + i < kw_words) kw_to[i] = kw_words_out[i];
                            }
                        }
                    }
                }
            }
        }
    }
