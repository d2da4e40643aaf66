    // The rows that a plane of the tile needs with the halo along x, and what the pass along x makes of them: two planes of these, so that one
    // is read while the other is written.
    @shared@kw_volume_x4 kw_raw[KW_VOLUME_ROWS][32 + 2 * KW_VOLUME_QUADS];
    @shared@kw_volume_x4 kw_passed[2][KW_VOLUME_ROWS][32];
    @shared@int kw_table[4][32];
    const int kw_lane = @lane0@;
    const int kw_warp = @lane1@;
    const int kw_left = (int)@item0@ * 4;
    const int kw_in_x = kw_left + g.origin_x - g.source_x;
    // Whether the item's own quad lies in the image, in the source, and aligned; else a table says where its voxels are.
    const bool kw_whole = kw_left + g.origin_x + 4 <= g.global_x && kw_in_x + 4 <= g.source_extent_x && kw_in_x % 4 == 0 && g.source_extent_x % 4 == 0;
    // Which voxels that the item reads are outside and hold a constant: bits 0 to 3 for the quad, 4 for that of the halo.
    int kw_outsides = 0;
    KW_UNROLL for (int c = 0; c < 4; ++c) {
        const int kw_offset = @name@_offset(kw_left + g.origin_x + c, g);
        if (kw_offset < 0) kw_outsides |= 1 << c;
        if (kw_warp == 0) kw_table[c][kw_lane] = (kw_offset < 0 ? 0 : kw_offset) - kw_in_x;
    }
    const int kw_halo_at = kw_lane < KW_REACH ? kw_lane - KW_REACH : 128 + kw_lane - KW_REACH;
    int kw_halo = @name@_offset(kw_left - 4 * kw_lane + g.origin_x + kw_halo_at, g);
    if (kw_halo < 0) kw_outsides |= 16;
    kw_halo = (kw_halo < 0 ? 0 : kw_halo) - kw_in_x;
    @barrier@;
    const int kw_parts = (g.extent_z + kw_chunk - 1) / kw_chunk;
    for (kw_long kw_part = @item2@; kw_part < (kw_long)kw_parts * g.batch; kw_part += @items2@) {
        const int kw_n = (int)(kw_part / kw_parts);
        const int kw_first = (int)(kw_part % kw_parts) * kw_chunk;
        const int kw_count = g.extent_z - kw_first < kw_chunk ? g.extent_z - kw_first : kw_chunk;
        const kw_index kw_image = (kw_index)kw_n * g.source_extent_z * g.source_extent_y * g.source_extent_x;
        for (kw_long kw_tile = @item1@ - kw_warp; 4 * kw_tile < g.extent_y; kw_tile += @items1@) {
            const int kw_top = 4 * (int)(kw_tile + kw_warp);
            const int kw_begin_y = 4 * (int)kw_tile + kw_warp + g.origin_y - KW_REACH_Y;
            // Where the item's quad in each row that its warp reads lies within a plane.
            kw_index kw_lines[KW_VOLUME_READS];
            KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                // Beyond the region there is nothing to compute, and maybe nothing to read.
                const int kw_last_y = g.origin_y + g.extent_y - 1 + KW_REACH_Y;
                int kw_y = kw_begin_y + k * KW_ROWS;
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
            KW_QUAD(@storage@) kw_quads[KW_VOLUME_READS];
            KW_STORAGE(@storage@) kw_halos[KW_VOLUME_READS];
            KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                @name@_read(&kw_quads[k], &kw_halos[k], @input@, KW_VOLUME_SUM(kw_image + @name@_plane(kw_begin_z, g), kw_lines[k]), kw_whole, kw_table[0] + kw_lane, kw_lane, kw_halo);
            }
            for (int kw_next = 0; kw_next < kw_taps; ++kw_next) {
                const bool kw_beyond_z = KW_IS_CONSTANT && (kw_u32)(kw_begin_z + kw_next) >= (kw_u32)g.global_z;
                const kw_index kw_plane = kw_image + @name@_plane(kw_begin_z + (kw_next + 1 < kw_taps ? kw_next + 1 : kw_next), g);
                @value@ kw_own[KW_VOLUME_READS][4];
                KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                    const int kw_row = kw_warp + k * KW_ROWS;
                    if ((k + 1) * KW_ROWS <= KW_VOLUME_ROWS || kw_row < KW_VOLUME_ROWS) {
                        const KW_STORAGE(@storage@) kw_four[4] = {kw_quads[k].x, kw_quads[k].y, kw_quads[k].z, kw_quads[k].w};
                        kw_volume_x1 kw_values[4];
                        KW_UNROLL for (int c = 0; c < 4; ++c) {
                            kw_own[k][c] = KW_IS_CONSTANT && (kw_outsides >> c & 1) ? @outside@ : @load@;
                            kw_values[c] = (kw_volume_x1)kw_own[k][c];
                        }
                        kw_raw[kw_row][KW_VOLUME_QUADS + kw_lane] = @name@_x4(kw_values);
                        if (kw_lane < 2 * KW_REACH) {
                            ((@shared_pointer@kw_volume_x1 *)kw_raw[kw_row])[4 * KW_VOLUME_QUADS + kw_halo_at] = (kw_volume_x1)(KW_IS_CONSTANT && (kw_outsides & 16) ? @outside@ : @load_halo@);
                        }
                    }
                }
                // Rows are read by the items that have written them.
                @warp_barrier@;
                KW_UNROLL for (int k = 0; k < KW_VOLUME_READS; ++k) {
                    const int kw_row = kw_warp + k * KW_ROWS;
                    if ((k + 1) * KW_ROWS <= KW_VOLUME_ROWS || kw_row < KW_VOLUME_ROWS) {
                        @value@ kw_near[4 + 8 * KW_VOLUME_QUADS];
                        KW_UNROLL for (int q = 0; q < 1 + 2 * KW_VOLUME_QUADS; ++q) {
                            if (q == KW_VOLUME_QUADS) {
                                KW_UNROLL for (int c = 0; c < 4; ++c) kw_near[4 * q + c] = kw_own[k][c];
                                continue;
                            }
                            const kw_volume_x4 kw_quad = kw_raw[kw_row][kw_lane + q];
                            kw_near[4 * q] = kw_quad.x;
                            kw_near[4 * q + 1] = kw_quad.y;
                            kw_near[4 * q + 2] = kw_quad.z;
                            kw_near[4 * q + 3] = kw_quad.w;
                        }
                        // The next plane is on its way while this one is worked on.
                        @name@_read(&kw_quads[k], &kw_halos[k], @input@, KW_VOLUME_SUM(kw_plane, kw_lines[k]), kw_whole, kw_table[0] + kw_lane, kw_lane, kw_halo);
                        @value@ kw_reduced[4];
                        @along_x@
                        @mean_x@
                        // A row or plane outside holds the constant, which the pass along x does not see.
                        const bool kw_beyond = kw_beyond_z || (KW_IS_CONSTANT && (kw_u32)(kw_begin_y + k * KW_ROWS) >= (kw_u32)g.global_y);
                        kw_volume_x1 kw_values[4];
                        KW_UNROLL for (int c = 0; c < 4; ++c) kw_values[c] = (kw_volume_x1)(kw_beyond ? @outside@ : @between@);
                        kw_passed[kw_next & 1][kw_row][kw_lane] = @name@_x4(kw_values);
                    }
                }
                @barrier@;
@sheet_begin@
                KW_UNROLL for (int k = 0; k < 4 + 2 * KW_REACH_Y; ++k) {
                    const kw_volume_x4 kw_quad = kw_passed[kw_next & 1][4 * kw_warp + k][kw_lane];
                    const @value@ kw_handed[4] = {kw_quad.x, kw_quad.y, kw_quad.z, kw_quad.w};
                    @row_taken@
                }
                @sheet_end@
                KW_UNROLL for (int i = 0; i < 4; ++i) {
                    @mean_y@
                    KW_UNROLL for (int c = 0; c < 4; ++c) {
                        const @value@ kw_value = kw_beyond_z ? @outside@ : @between_y@;
                        KW_UNROLL for (int s = 0; s <= 2 * KW_REACH_Z; ++s) @slot_step_z@
                    }
                }
                if (kw_next >= 2 * KW_REACH_Z) {
                    KW_UNROLL for (int i = 0; i < 4; ++i) {
                        @value@ kw_last[4];
                        KW_UNROLL for (int c = 0; c < 4; ++c) kw_last[c] = kw_slots[i][c][0];
                        @mean_z@
                        KW_STORAGE(KW_OUT) kw_results[4];
                        KW_UNROLL for (int c = 0; c < 4; ++c) kw_results[c] = @result_z@;
                        const kw_index kw_there = kw_to + (kw_index)i * g.extent_x;
                        if (kw_top + i < g.extent_y) {
                            if (kw_aligned) {
                                @put4{kw_there}{kw_results}@
                            } else {
                                KW_UNROLL for (int c = 0; c < 4; ++c) {
                                    if (kw_left + c < g.extent_x) @put{kw_there + c}{kw_results[c]}@
                                }
                            }
                        }
                    }
                    kw_to += (kw_index)g.extent_y * g.extent_x;
                }
            }
            @barrier@;
        }
    }
