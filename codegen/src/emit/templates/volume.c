    // For each lane and tap the offset from its first voxel within a row, with the boundary applied.
    @shared@int kw_table[(4 + 2 * KW_REACH) * 32];
#if KW_ROWS > 0
    // What the pass along x hands on. Two planes, so that one is read while the other is written.
    @shared@@vector@ kw_sheets[2][KW_VOLUME_ROWS][32];
#endif
    const int kw_lane = @lane0@;
    const int kw_warp = @lane1@;
    const int kw_left = (int)@item0@ * 4;
    const int kw_begin_x = kw_left + g.origin_x - KW_REACH;
    const int kw_in_x = kw_left + g.origin_x - g.source_x;
    for (int t = kw_warp; t < 4 + 2 * KW_REACH; t += @lanes1@) {
        // Beyond the region there is nothing to compute, and maybe nothing to read.
        const int kw_last_x = g.origin_x + g.extent_x - 1 + KW_REACH;
        const int kw_x = kw_begin_x + t < kw_last_x ? kw_begin_x + t : kw_last_x;
        const bool kw_outside = (kw_u32)kw_x >= (kw_u32)g.global_x;
        kw_table[32 * t + kw_lane] = KW_IS_CONSTANT && kw_outside ? KW_VOLUME_OUTSIDE : (kw_outside ? KW_BORDER(kw_x, g.global_x) : kw_x) - g.source_x - kw_in_x;
    }
    @barrier@;
    // Whether all quads that hold taps lie in the image and are aligned.
    const bool kw_whole = kw_left + 4 <= g.extent_x && kw_begin_x >= 0 && kw_begin_x + 4 + 2 * KW_REACH <= g.global_x
        && kw_in_x % 4 == 0 && g.source_extent_x % 4 == 0;
    const int kw_parts = (g.extent_z + kw_chunk - 1) / kw_chunk;
    for (kw_long kw_part = @item2@; kw_part < (kw_long)kw_parts * g.batch; kw_part += @items2@) {
        const int kw_n = (int)(kw_part / kw_parts);
        const int kw_first = (int)(kw_part % kw_parts) * kw_chunk;
        const int kw_count = g.extent_z - kw_first < kw_chunk ? g.extent_z - kw_first : kw_chunk;
        const kw_index kw_image = (kw_index)kw_n * g.source_extent_z * g.source_extent_y * g.source_extent_x;
        for (kw_long kw_tile = @item1@ - kw_warp; 4 * kw_tile < g.extent_y; kw_tile += @items1@) {
            const int kw_top = 4 * (int)(kw_tile + kw_warp);
#if KW_ROWS > 0
            const int kw_begin_y = 4 * (int)kw_tile + kw_warp + g.origin_y - KW_REACH_Y, kw_apart = KW_ROWS;
#else
            const int kw_begin_y = kw_top + g.origin_y - KW_REACH_Y, kw_apart = 1;
            if (kw_left >= g.extent_x || kw_top >= g.extent_y) continue;
#endif
            // Where each row lies within a plane.
            kw_index kw_lines[KW_VOLUME_READS];
            KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                const int kw_last_y = g.origin_y + g.extent_y - 1 + KW_REACH_Y;
                int kw_y = kw_begin_y + k * kw_apart;
                if (kw_y > kw_last_y) kw_y = kw_last_y;
                if ((kw_u32)kw_y >= (kw_u32)g.global_y) kw_y = KW_IS_CONSTANT ? g.source_y : KW_BORDER(kw_y, g.global_y);
                kw_lines[k] = (kw_index)(kw_y - g.source_y) * g.source_extent_x + kw_in_x;
            }
            kw_index kw_to = (((kw_index)kw_n * g.extent_z + kw_first) * g.extent_y + kw_top) * g.extent_x + kw_left;
            const bool kw_aligned = kw_left + 4 <= g.extent_x && g.extent_x % 4 == 0;
            // Slot s holds the result that has met 2 KW_REACH_Z - s planes: each plane is added to all of them as they move down one slot.
            @value@ kw_slots[4][4][2 * KW_REACH_Z + 2];
            KW_UNROLL for (int i = 0; i < 4; ++i) {
                KW_UNROLL for (int c = 0; c < 4; ++c) {
                    KW_UNROLL for (int s = 0; s < 2 * KW_REACH_Z + 2; ++s) kw_slots[i][c][s] = @start@;
                }
            }
            const int kw_begin_z = kw_first + g.origin_z - KW_REACH_Z;
            const int kw_taps = kw_count + 2 * KW_REACH_Z;
            kw_index kw_plane = kw_image + @name@_plane(kw_begin_z, g);
            // Of the next plane the quads of all rows or of the work-item's own, and the other quads of the first row.
            KW_QUAD(@storage@) kw_ahead[KW_VOLUME_AHEAD];
            KW_UNROLL for (int a = 0; a < KW_VOLUME_AHEAD; ++a) {
                if (kw_whole) kw_ahead[a] = *(@global@const KW_QUAD(@storage@) *)(@input@ + KW_VOLUME_SUM(kw_plane, kw_lines[KW_VOLUME_OWN + a]));
            }
            KW_QUAD(@storage@) kw_first_row[KW_VOLUME_QUADS];
            @name@_quads(kw_first_row, @input@ + KW_VOLUME_SUM(kw_plane, kw_lines[0]), kw_whole, KW_VOLUME_OWN == 0);
            for (int kw_next = 0; kw_next < kw_taps; ++kw_next) {
                const bool kw_beyond_z = KW_IS_CONSTANT && (kw_u32)(kw_begin_z + kw_next) >= (kw_u32)g.global_z;
                const kw_index kw_plane_ahead = kw_image + @name@_plane(kw_begin_z + (kw_next + 1 < kw_taps ? kw_next + 1 : kw_next), g);
@sheet_begin@
                KW_QUAD(@storage@) kw_quads[KW_VOLUME_READS][KW_VOLUME_QUADS];
                KW_UNROLL for (int q = 0; q < KW_VOLUME_QUADS; ++q) kw_quads[0][q] = kw_first_row[q];
                KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                    const bool kw_was_ahead = k >= KW_VOLUME_OWN && k < KW_VOLUME_OWN + KW_VOLUME_AHEAD;
                    if (kw_was_ahead) kw_quads[k][KW_VOLUME_QUADS / 2] = kw_ahead[k - KW_VOLUME_OWN];
                    // The next row is on its way while this one is passed along x, and so is the next plane.
                    if (k + 1 < KW_VOLUME_READS) {
                        @name@_quads(kw_quads[k + 1], @input@ + KW_VOLUME_SUM(kw_plane, kw_lines[k + 1]), kw_whole, k + 1 >= KW_VOLUME_OWN && k + 1 < KW_VOLUME_OWN + KW_VOLUME_AHEAD);
                    }
                    @value@ kw_reduced[4];
                    // Written out for both, so that nothing is moved where the ways meet.
                    if (kw_whole) {
                        @value@ kw_near[4 * KW_VOLUME_QUADS];
                        KW_UNROLL for (int q = 0; q < KW_VOLUME_QUADS; ++q) {
                            const KW_STORAGE(@storage@) kw_four[4] = {kw_quads[k][q].x, kw_quads[k][q].y, kw_quads[k][q].z, kw_quads[k][q].w};
                            KW_UNROLL for (int c = 0; c < 4; ++c) kw_near[4 * q + c] = @load_quad@;
                        }
                        @along_x@
                    } else {
                        const kw_index kw_at = KW_VOLUME_SUM(kw_plane, kw_lines[k]);
                        @value@ kw_near[4 * KW_VOLUME_QUADS];
                        KW_UNROLL for (int t = 0; t < 4 + 2 * KW_REACH; ++t) {
                            const int kw_offset = kw_table[32 * t + kw_lane];
                            kw_near[KW_VOLUME_SKIPPED + t] = KW_IS_CONSTANT && kw_offset == KW_VOLUME_OUTSIDE ? @outside@ : @load@;
                        }
                        @along_x@
                    }
                    if (kw_was_ahead && kw_whole) {
                        kw_ahead[k - KW_VOLUME_OWN] = *(@global@const KW_QUAD(@storage@) *)(@input@ + KW_VOLUME_SUM(kw_plane_ahead, kw_lines[k]));
                    }
                    // A row or plane outside holds the constant, which the pass along x does not see.
                    const bool kw_beyond = kw_beyond_z || (KW_IS_CONSTANT && (kw_u32)(kw_begin_y + k * kw_apart) >= (kw_u32)g.global_y);
                    @value@ kw_handed[4];
                    KW_UNROLL for (int c = 0; c < 4; ++c) kw_handed[c] = kw_beyond ? @outside@ : @between@;
#if KW_ROWS > 0
                    const int kw_row = kw_warp + k * KW_ROWS;
                    if ((k + 1) * KW_ROWS <= KW_VOLUME_ROWS || kw_row < KW_VOLUME_ROWS) {
                        @vector@ kw_quad;
                        kw_quad.x = kw_handed[0];
                        kw_quad.y = kw_handed[1];
                        kw_quad.z = kw_handed[2];
                        kw_quad.w = kw_handed[3];
                        kw_sheets[kw_next & 1][kw_row][kw_lane] = kw_quad;
                    }
                }
                @barrier@;
                @name@_quads(kw_first_row, @input@ + KW_VOLUME_SUM(kw_plane_ahead, kw_lines[0]), kw_whole, true);
                KW_UNROLL for (int k = 0; k < 4 + 2 * KW_REACH_Y; ++k) {
                    const @vector@ kw_quad = kw_sheets[kw_next & 1][4 * kw_warp + k][kw_lane];
                    const @value@ kw_handed[4] = {kw_quad.x, kw_quad.y, kw_quad.z, kw_quad.w};
#endif
                    @row_taken@
                }
#if KW_ROWS == 0
                @name@_quads(kw_first_row, @input@ + KW_VOLUME_SUM(kw_plane_ahead, kw_lines[0]), kw_whole, KW_VOLUME_OWN == 0);
#endif
                @sheet_end@
                KW_UNROLL for (int i = 0; i < 4; ++i) {
                    KW_UNROLL for (int c = 0; c < 4; ++c) {
                        const @value@ kw_value = kw_beyond_z ? @outside@ : @between_y@;
                        KW_UNROLL for (int s = 0; s <= 2 * KW_REACH_Z; ++s) @slot_step_z@
                    }
                }
                kw_plane = kw_plane_ahead;
                if (kw_next >= 2 * KW_REACH_Z) {
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        KW_STORAGE(KW_OUT) kw_results[4];
                        KW_UNROLL for (int c = 0; c < 4; ++c) kw_results[c] = @result_z@;
                        const kw_index kw_there = kw_to + (kw_index)i * g.extent_x;
                        if (kw_top + i < g.extent_y) {
                            if (kw_aligned) {
                                KW_QUAD(KW_OUT) kw_stored;
                                kw_stored.x = kw_results[0];
                                kw_stored.y = kw_results[1];
                                kw_stored.z = kw_results[2];
                                kw_stored.w = kw_results[3];
                                *(@global@KW_QUAD(KW_OUT) *)(out + kw_there) = kw_stored;
                            } else {
                                KW_UNROLL for (int c = 0; c < 4; ++c) {
                                    if (kw_left + c < g.extent_x) out[kw_there + c] = kw_results[c];
                                }
                            }
                        }
                    }
                    kw_to += (kw_index)g.extent_y * g.extent_x;
                }
            }
#if KW_ROWS > 0
            @barrier@;
#endif
        }
    }
