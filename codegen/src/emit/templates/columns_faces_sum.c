#if KW_REACH >= 0 && 2 * KW_REACH + 1 < KW_STRIP
                for (int j = 0; j < kw_valid + 2 * kw_reach; ++j) {
                    const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + j, kw_global, kw_source, border);
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * kw_reach) @slow_step@
                    }
                }
#else
                // First the taps that reach the first results only, then those that reach all, as many in a round as there are results, then those
                // that reach the last ones only.
                // Beyond the last result there is nothing to read.
                const int kw_last = kw_begin + kw_valid - 1 + 2 * kw_reach;
                KW_UNROLL for (int j = 0; j < KW_STRIP - 1; ++j) {
                    const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + j < kw_last ? kw_begin + j : kw_last, kw_global, kw_source, border);
                    KW_UNROLL for (int i = 0; i <= j; ++i) @slow_step@
                }
                int kw_round = KW_STRIP - 1;
                for (; kw_round + KW_STRIP - 1 <= 2 * kw_reach; kw_round += KW_STRIP) {
@weights_reached@                    KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                        const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + kw_round + u, kw_global, kw_source, border);
                        KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @reached_step@
                    }
                }
                for (int j = kw_round; j <= 2 * kw_reach; ++j) {
                    const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + j, kw_global, kw_source, border);
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @slow_step@
                }
                KW_UNROLL for (int u = 1; u < KW_STRIP; ++u) {
                    const int j = 2 * kw_reach + u;
                    const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + j < kw_last ? kw_begin + j : kw_last, kw_global, kw_source, border);
                    KW_UNROLL for (int i = u; i < KW_STRIP; ++i) @slow_step@
                }
#endif
