                @value@ kw_sheet[4][4];
                KW_UNROLL for (int i = 0; i < 4; ++i) {
                    KW_UNROLL for (int c = 0; c < 4; ++c) kw_sheet[i][c] = @start@;
                }
