    // Two planes, so that one is written while the other is read.
    @shared@kw_u32x4 kw_planes[2][KW_STAGED * KW_ITEMS / 4];
    const int kw_column = @lane0@, kw_line = @lane1@;
    const int kw_lane = kw_line * KW_GROUP + kw_column;
    // The part of the region that the group computes.
    kw_long kw_part = @group0@;
    const int kw_parts_x = (g.extent_x + KW_ACROSS - 1) / KW_ACROSS;
    const int kw_parts_y = (g.extent_y + KW_DOWN - 1) / KW_DOWN;
    const int kw_parts_z = (g.extent_z + kw_chunk - 1) / kw_chunk;
    const int kw_x0 = (int)(kw_part % kw_parts_x) * KW_ACROSS;
    kw_part /= kw_parts_x;
    const int kw_y0 = (int)(kw_part % kw_parts_y) * KW_DOWN;
    kw_part /= kw_parts_y;
    const int kw_first = (int)(kw_part % kw_parts_z) * kw_chunk;
    const int kw_n = (int)(kw_part / kw_parts_z);
    const int kw_count = g.extent_z - kw_first < kw_chunk ? g.extent_z - kw_first : kw_chunk;
    // Where in a plane of the input the voxels lie that the work-item stages; -1 for the constant outside, and for what no result needs.
    kw_index kw_offsets[KW_STAGED];
    KW_UNROLL for (int k = 0; k < KW_STAGED; ++k) {
        const int i = kw_lane + k * KW_ITEMS;
        const int kw_dx = i % KW_WIDE - KW_SIDE, kw_dy = i / KW_WIDE - KW_RY;
        const int kw_x = kw_x0 + kw_dx + g.origin_x, kw_y = kw_y0 + kw_dy + g.origin_y;
        const bool kw_needed = kw_dx >= -KW_RX && kw_dx < KW_ACROSS + KW_RX && kw_x0 + kw_dx < g.extent_x + KW_RX
            && kw_dy < KW_DOWN + KW_RY && kw_y0 + kw_dy < g.extent_y + KW_RY;
        const bool kw_outside = (kw_u32)kw_x >= (kw_u32)g.global_x || (kw_u32)kw_y >= (kw_u32)g.global_y;
        kw_offsets[k] = -1;
        if (kw_needed && !(KW_IS_CONSTANT && kw_outside)) {
            kw_offsets[k] = (kw_index)(KW_BORDER(kw_y, g.global_y) - g.source_y) * g.source_extent_x + KW_BORDER(kw_x, g.global_x) - g.source_x;
        }
    }
    const kw_index kw_from = (kw_index)kw_n * g.source_extent_z * g.source_extent_y * g.source_extent_x;
    const int kw_x = kw_x0 + 4 * kw_column, kw_y = kw_y0 + KW_STRIP * kw_line;
    const kw_index kw_step = (kw_index)g.extent_x * g.extent_y;
    const kw_index kw_to = ((kw_index)kw_n * g.extent_z + kw_first) * kw_step + (kw_index)kw_y * g.extent_x + kw_x;
    const bool kw_aligned = kw_x + 4 <= g.extent_x && g.extent_x % 4 == 0;
    kw_u32x4 kw_start;
    kw_start.x = kw_start.y = kw_start.z = kw_start.w = @start@;
    // Slot s holds the result that has met 2 KW_RZ - s planes; the last one is where results begin, and never changes.
    kw_u32x4 kw_slots[KW_STRIP][2 * KW_RZ + 2];
    KW_UNROLL for (int e = 0; e < KW_STRIP; ++e) {
        KW_UNROLL for (int s = 0; s < 2 * KW_RZ + 2; ++s) kw_slots[e][s] = kw_start;
    }
    const int kw_begin = kw_first + g.origin_z - KW_RZ;
    const int kw_taps = kw_count + 2 * KW_RZ;
    @value@ kw_ahead[KW_STAGED];
    @name@_plane(kw_ahead, @input@, kw_from, kw_begin, kw_offsets, g, border);
    for (int kw_next = 0; kw_next < kw_taps; ++kw_next) {
        @shared_pointer@kw_u32 *kw_staged = (@shared_pointer@kw_u32 *)kw_planes[kw_next & 1];
        KW_UNROLL for (int k = 0; k < KW_STAGED; ++k) kw_staged[kw_lane + k * KW_ITEMS] = @key@(kw_ahead[k]);
        // The next plane is on its way while this one is computed.
        if (kw_next + 1 < kw_taps) @name@_plane(kw_ahead, @input@, kw_from, kw_begin + kw_next + 1, kw_offsets, g, border);
        @barrier@;
        @shared_pointer@const kw_u32x4 *kw_quads = kw_planes[kw_next & 1] + kw_line * KW_STRIP * (KW_WIDE / 4) + kw_column;
        // What is best in the window's planes at +dz and -dz.
        kw_u32x4 kw_discs[KW_STRIP][KW_RZ + 1];
        KW_UNROLL for (int e = 0; e < KW_STRIP; ++e) {
            KW_UNROLL for (int s = 0; s <= KW_RZ; ++s) kw_discs[e][s] = kw_start;
        }
        KW_AROUND(KW_RY)
        KW_OWN(KW_STRIP)
        KW_UNROLL for (int e = 0; e < KW_STRIP; ++e) {
            KW_UNROLL for (int s = 0; s <= 2 * KW_RZ; ++s) {
                kw_slots[e][s] = kw_better4(kw_slots[e][s + 1], kw_discs[e][s < KW_RZ ? KW_RZ - s : s - KW_RZ]);
            }
        }
        const int kw_done = kw_next - 2 * KW_RZ;
        KW_UNROLL for (int e = 0; e < KW_STRIP; ++e) {
            if (kw_done >= 0 && kw_y + e < g.extent_y) {
                const kw_u32 kw_whole[4] = {kw_slots[e][0].x, kw_slots[e][0].y, kw_slots[e][0].z, kw_slots[e][0].w};
                KW_STORAGE(KW_OUT) kw_results[4];
                KW_UNROLL for (int c = 0; c < 4; ++c) kw_results[c] = @result@;
                const kw_index kw_there = kw_to + (kw_index)kw_done * kw_step + (kw_index)e * g.extent_x;
                if (kw_aligned) {
                    @put4{kw_there}{kw_results}@
                } else {
                    KW_UNROLL for (int c = 0; c < 4; ++c) {
                        if (kw_x + c < g.extent_x) @put{kw_there + c}{kw_results[c]}@
                    }
                }
            }
        }
    }
