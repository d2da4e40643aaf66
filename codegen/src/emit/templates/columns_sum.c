                KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) kw_reduced[i] = @start@;
#if KW_REACH >= 0
                KW_UNROLL for (int j = 0; j < KW_STRIP + 2 * KW_REACH; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                    }
                }
#else
                @global@const KW_STORAGE(@storage@) *kw_start = kw_at;
                // As many taps in a round as there are results: in the middle each tap reaches each result.
                const int kw_last = kw_valid - 1 + 2 * kw_reach;
                for (int kw_round = 0; kw_round <= kw_last; kw_round += KW_STRIP) {
                    if (kw_round >= KW_STRIP - 1 && kw_round + KW_STRIP - 1 <= 2 * kw_reach) {
@weights_reached@                        @global@const KW_STORAGE(@storage@) *kw_at = kw_start + kw_round * kw_step;
                        KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                            const @value@ kw_value = @load@;
                            kw_at += kw_step;
                            KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @reached_step@
                        }
                    } else {
                        KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                            const int j = kw_round + u;
                            // Beyond the last there is nothing to read, and no result.
                            const int kw_there = j < kw_last ? j : kw_last;
                            @global@const KW_STORAGE(@storage@) *kw_at = kw_start + kw_there * kw_step;
                            const @value@ kw_value = @load@;
                            KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                                if (j >= i && j - i <= 2 * kw_reach) @slow_step@
                            }
                        }
                    }
                }
#endif
