                for (int j = 0; j < kw_valid + 2 * kw_reach; ++j) {
                    const @value@ kw_value = @name@_tap(@input@, kw_column, kw_step, kw_begin + j, kw_global, kw_source, border);
                    KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                        if (j >= i && j - i <= 2 * kw_reach) @slow_step@
                    }
                }
