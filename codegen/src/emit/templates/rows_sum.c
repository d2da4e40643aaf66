                KW_UNROLL for (int i = 0; i < 4; ++i) kw_reduced[i] = @start@;
                KW_UNROLL for (int kw_quad = 0; kw_quad <= (3 + 2 * KW_REACH) / 4; ++kw_quad) {
                    const @vector@ kw_part = kw_quads[kw_quad];
                    const @value@ kw_four[4] = {kw_part.x, kw_part.y, kw_part.z, kw_part.w};
                    KW_UNROLL for (int c = 0; c < 4; ++c) {
                        const @value@ kw_value = kw_four[c];
                        KW_UNROLL for (int i = 0; i < 4; ++i) {
                            const int j = 4 * kw_quad + c;
                            if (j >= i && j - i <= 2 * KW_REACH) @static_step@
                        }
                    }
                }
