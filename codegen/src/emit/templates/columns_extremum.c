#if KW_REACH >= 0 && 2 * KW_REACH + 1 < KW_STRIP
                KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) kw_reduced[i] = @start@;
                KW_UNROLL for (int j = 0; j < KW_STRIP + 2 * KW_REACH; ++j, kw_at += kw_step) {
                    const @value@ kw_value = @load@;
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                    }
                }
#else
                // Three parts of each window: what it alone has before, what all have, and what it alone has after (van Herk 1992).
                KW_UNROLL for (int i = 0; i < KW_STRIP - 1; ++i, kw_at += kw_step) kw_reduced[i] = @load@;
                KW_UNROLL for (int i = KW_STRIP - 3; i >= 0; --i) kw_reduced[i] = @combine@(kw_reduced[i], kw_reduced[i + 1]);
                @value@ kw_shared = @load@;
                kw_at += kw_step;
                for (int j = KW_STRIP; j <= 2 * kw_reach; ++j, kw_at += kw_step) kw_shared = @combine@(kw_shared, @load@);
                KW_UNROLL for (int i = 0; i < KW_STRIP - 1; ++i) kw_reduced[i] = @combine@(kw_reduced[i], kw_shared);
                kw_reduced[KW_STRIP - 1] = kw_shared;
                @value@ kw_after = @load@;
                KW_UNROLL for (int i = 1; i < KW_STRIP; ++i) {
                    kw_reduced[i] = @combine@(kw_reduced[i], kw_after);
                    if (i + 1 < KW_STRIP) {
                        kw_at += kw_step;
                        kw_after = @combine@(kw_after, @load@);
                    }
                }
#endif
