KW_UNROLL for (int i = 0; i < 4; ++i) kw_reduced[i] = @start@;
                        KW_UNROLL for (int t = 0; t < 4 + 2 * KW_REACH; ++t) {
                            KW_UNROLL for (int i = 0; i < 4; ++i) {
                                if (t >= i && t - i <= 2 * KW_REACH) @step@
                            }
                        }
