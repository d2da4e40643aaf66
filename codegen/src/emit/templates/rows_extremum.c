                @value@ kw_near[4 * ((3 + 2 * KW_REACH) / 4 + 1)];
                KW_UNROLL for (int kw_quad = 0; kw_quad <= (3 + 2 * KW_REACH) / 4; ++kw_quad) {
                    const @vector@ kw_part = kw_quads[kw_quad];
                    kw_near[4 * kw_quad] = kw_part.x;
                    kw_near[4 * kw_quad + 1] = kw_part.y;
                    kw_near[4 * kw_quad + 2] = kw_part.z;
                    kw_near[4 * kw_quad + 3] = kw_part.w;
                }
                @name@_share_keys(kw_near, kw_reduced, KW_REACH);
