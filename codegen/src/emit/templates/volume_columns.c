                @value@ kw_sheet[4][4];
                KW_UNROLL for (int c = 0; c < 4; ++c) {
                    @value@ kw_four[4];
                    @name@_share(kw_columns[c], kw_four, KW_REACH_Y);
                    KW_UNROLL for (int i = 0; i < 4; ++i) kw_sheet[i][c] = kw_four[i];
                }
