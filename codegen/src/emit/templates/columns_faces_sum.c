                // As many taps in a round as there are results: in the middle each tap reaches each result.
                const int kw_last = kw_valid - 1 + 2 * kw_reach;
                for (int kw_round = 0; kw_round <= kw_last; kw_round += KW_STRIP) {
                    if (kw_round >= KW_STRIP - 1 && kw_round + KW_STRIP - 1 <= 2 * kw_reach) {
@weights_reached@                        KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                            const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + kw_round + u, kw_global, kw_source, border);
                            KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @reached_step@
                        }
                    } else {
                        KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                            const int j = kw_round + u;
                            // Beyond the last there is nothing to read, and no result.
                            const int kw_there = j < kw_last ? j : kw_last;
                            const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + kw_there, kw_global, kw_source, border);
                            KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                                if (j >= i && j - i <= 2 * kw_reach) @slow_step@
                            }
                        }
                    }
                }
