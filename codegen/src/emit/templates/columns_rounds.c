                // First the taps that reach the first results only, then those that reach all, as many in a round as there are results, then those
                // that reach the last ones only.
                KW_UNROLL for (int j = 0; j < KW_STRIP - 1; ++j) {
                    @edge_tap@
                    KW_UNROLL for (int i = 0; i <= j; ++i) @slow_step@
                }
                int kw_round = KW_STRIP - 1;
                for (; kw_round + KW_STRIP - 1 <= 2 * kw_reach; kw_round += KW_STRIP) {
@weights_reached@                    KW_UNROLL for (int u = 0; u < KW_STRIP; ++u) {
                        @middle_tap@
                        KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @reached_step@
                    }
                }
                for (int j = kw_round; j <= 2 * kw_reach; ++j) {
                    @single_tap@
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) @slow_step@
                }
                KW_UNROLL for (int u = 1; u < KW_STRIP; ++u) {
                    const int j = 2 * kw_reach + u;
                    @edge_tap@
                    KW_UNROLL for (int i = u; i < KW_STRIP; ++i) @slow_step@
                }
