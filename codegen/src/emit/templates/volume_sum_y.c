KW_UNROLL for (int i = 0; i < 4; ++i) {
                        if (k >= i && k - i <= 2 * KW_REACH_Y) {
                            KW_UNROLL for (int c = 0; c < 4; ++c) @step@
                        }
                    }
