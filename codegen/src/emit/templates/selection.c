    @shared@kw_keys kw_tile[KW_DEEP * KW_TALL * KW_WIDE];
    const int kw_column = @lane0@, kw_row = @lane1@;
    // The part of the image that the group computes, in coordinates of the region: x, across the march, along the march.
    kw_long kw_part = @item0@ / KW_GROUP;
    const int kw_extent_x = g.extent_x, kw_extent_p = KW_P(g.extent_y, g.extent_z), kw_extent_m = KW_M(g.extent_y, g.extent_z);
    const int kw_parts_x = (kw_extent_x + KW_GROUP - 1) / KW_GROUP;
    const int kw_parts_p = (kw_extent_p + KW_ACROSS - 1) / KW_ACROSS;
    const int kw_parts_m = (kw_extent_m + KW_STRIP * KW_LANES - 1) / (KW_STRIP * KW_LANES);
    const int kw_x0 = (int)(kw_part % kw_parts_x) * KW_GROUP;
    kw_part /= kw_parts_x;
    const int kw_p0 = (int)(kw_part % kw_parts_p) * KW_ACROSS;
    kw_part /= kw_parts_p;
    const int kw_m0 = (int)(kw_part % kw_parts_m) * (KW_STRIP * KW_LANES);
    const int kw_n = (int)(kw_part / kw_parts_m);
    // Where that lies in the image, and in the input.
    const int kw_x1 = kw_x0 + g.origin_x, kw_y1 = KW_Y(kw_p0, kw_m0) + g.origin_y, kw_z1 = KW_Z(kw_p0, kw_m0) + g.origin_z;
    const int kw_p1 = KW_P(kw_y1, kw_z1), kw_m1 = KW_M(kw_y1, kw_z1);
    const kw_index kw_base =
        (((kw_index)kw_n * g.source_extent_z + kw_z1 - g.source_z) * g.source_extent_y + kw_y1 - g.source_y) * g.source_extent_x + kw_x1 - g.source_x;
    const bool kw_whole = kw_x0 + KW_GROUP <= kw_extent_x && kw_p0 + KW_ACROSS <= kw_extent_p && kw_m0 + KW_STRIP * KW_LANES <= kw_extent_m;
    const bool kw_inside = kw_whole && kw_x1 >= KW_RX && kw_x1 + KW_GROUP + KW_RX <= g.global_x
        && kw_p1 >= KW_RP && kw_p1 + KW_ACROSS + KW_RP <= KW_P(g.global_y, g.global_z)
        && kw_m1 >= KW_RM && kw_m1 + KW_STRIP * KW_LANES + KW_RM <= KW_M(g.global_y, g.global_z);
    for (int i = kw_row * KW_GROUP + kw_column; i < KW_TALL * KW_WIDE; i += KW_GROUP * KW_ROWS) {
        const int kw_x = i % KW_WIDE - KW_RX, kw_p = i / KW_WIDE - KW_RP;
        if (kw_inside) {
            KW_UNROLL for (int k = 0; k < KW_DEEP; ++k) {
                const kw_u32 kw_key = @name@_key(@input@, kw_base, g, kw_x1, kw_y1, kw_z1, kw_n, kw_x, kw_p, k - KW_RM, border, true);
#if KW_LANES == 2
                const kw_u32 kw_other = @name@_key(@input@, kw_base, g, kw_x1, kw_y1, kw_z1, kw_n, kw_x, kw_p, k - KW_RM + KW_STRIP, border, true);
                kw_tile[k * (KW_TALL * KW_WIDE) + i] = kw_both_u16x2(kw_key, kw_other);
#else
                kw_tile[k * (KW_TALL * KW_WIDE) + i] = (kw_keys)kw_key;
#endif
            }
        } else {
            // What no result needs may lie outside of the input; it is not read.
            const bool kw_needed = kw_x0 + kw_x < kw_extent_x + KW_RX && kw_p0 + kw_p < kw_extent_p + KW_RP;
            for (int k = 0; k < KW_DEEP; ++k) {
                const int kw_m = k - KW_RM, kw_most = kw_extent_m + KW_RM - kw_m0;
                const kw_u32 kw_key = kw_needed && kw_m < kw_most
                    ? @name@_key(@input@, kw_base, g, kw_x1, kw_y1, kw_z1, kw_n, kw_x, kw_p, kw_m, border, false) : 0u;
#if KW_LANES == 2
                const kw_u32 kw_other = kw_needed && kw_m + KW_STRIP < kw_most
                    ? @name@_key(@input@, kw_base, g, kw_x1, kw_y1, kw_z1, kw_n, kw_x, kw_p, kw_m + KW_STRIP, border, false) : 0u;
                kw_tile[k * (KW_TALL * KW_WIDE) + i] = kw_both_u16x2(kw_key, kw_other);
#else
                kw_tile[k * (KW_TALL * KW_WIDE) + i] = (kw_keys)kw_key;
#endif
            }
        }
    }
    @barrier@;
    const int kw_x = kw_x0 + kw_column, kw_p = kw_p0 + kw_row * KW_SIDES;
    if (kw_x >= kw_extent_x || kw_p >= kw_extent_p) return;
    @shared_pointer@const kw_keys *kw_layers = kw_tile + kw_row * KW_SIDES * KW_WIDE + kw_column;
    const kw_index kw_step_p = KW_P((kw_index)g.extent_x, (kw_index)g.extent_x * g.extent_y);
    const kw_index kw_step_m = KW_M((kw_index)g.extent_x, (kw_index)g.extent_x * g.extent_y);
    const kw_index kw_to = (kw_index)kw_n * g.extent_z * g.extent_y * g.extent_x + kw_p * kw_step_p + kw_m0 * kw_step_m + kw_x;
    kw_march kw_state;
    kw_begin(&kw_state);
    // The first rounds only fill the pairs.
    KW_ROLLED for (int s = -KW_PAIRS; s < KW_STRIP / 2 && kw_m0 + 2 * s < kw_extent_m; ++s) {
        kw_advance(&kw_state, kw_layers + (s + KW_PAIRS) * (2 * KW_TALL * KW_WIDE));
        if (s < 0) continue;
        kw_keys kw_results[KW_SIDES][2];
        kw_windows(&kw_state, kw_results);
        KW_UNROLL for (int e = 0; e < KW_SIDES; ++e) {
            KW_UNROLL for (int o = 0; o < 2; ++o) {
                const int kw_m = kw_m0 + 2 * s + o;
                const kw_index kw_at = kw_to + e * kw_step_p + (2 * s + o) * kw_step_m;
                if (kw_p + e < kw_extent_p && kw_m < kw_extent_m) {
#if KW_LANES == 2
                    const kw_u32 kw_key = kw_first_u16x2(kw_results[e][o]);
                    @put{kw_at}{@result@}@
                    if (kw_m + KW_STRIP < kw_extent_m) {
                        const kw_u32 kw_key = kw_second_u16x2(kw_results[e][o]);
                        @put{kw_at + KW_STRIP * kw_step_m}{@result@}@
                    }
#else
                    const kw_u32 kw_key = kw_results[e][o];
                    @put{kw_at}{@result@}@
#endif
                }
            }
        }
    }
