                KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) kw_reduced[i] = @start@;
#if KW_REACH >= 0
                KW_UNROLL for (int j = 0; j < KW_STRIP + 2 * KW_REACH; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                    }
                }
#else
                // The first taps reach the first results only, the last taps the last ones.
                KW_UNROLL for (int j = 0; j < KW_STRIP - 1; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i <= j; ++i) {
                        if (j - i <= 2 * kw_reach) @slow_step@
                    }
                }
@weights_begin@                for (int j = KW_STRIP - 1; j <= 2 * kw_reach; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
@weights_shift@                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @middle_step@
                }
                const int kw_rest = 2 * kw_reach + 1 > KW_STRIP - 1 ? 2 * kw_reach + 1 : KW_STRIP - 1;
                for (int j = kw_rest; j < KW_STRIP + 2 * kw_reach; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j - i <= 2 * kw_reach) @slow_step@
                    }
                }
#endif
