                KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) kw_reduced[i] = @start@;
#if KW_REACH >= 0
                KW_UNROLL for (int j = 0; j < KW_STRIP + 2 * KW_REACH; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                    }
                }
#else
@rounds@#endif
