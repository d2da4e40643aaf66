            for (; kw_done + @steps@ <= kw_count; kw_done += @steps@) {
                kw_index kw_planes[@steps@];
                KW_UNROLL for (int k = 0; k < @steps@; ++k) kw_planes[k] = @name@_plane(kw_place + KW_AFTER + k, g);
                if (kw_inner) {
                    KW_UNROLL for (int k = 0; k < @steps@; ++k) {
                        KW_UNROLL for (int r = 0; r < KW_LINES; ++r) {
@inner@                        }
                    }
                } else {
                    KW_UNROLL for (int k = 0; k < @steps@; ++k) {
                        KW_UNROLL for (int r = 0; r < KW_LINES; ++r) {
@outer@                        }
                    }
                }
@compute@                // What the next planes look back to.
                KW_UNROLL for (int k = 0; k < KW_BEFORE + KW_AFTER; ++k) {
                    KW_UNROLL for (int r = 0; r < KW_LINES; ++r) {
                        KW_UNROLL for (int i = 0; i < KW_WIDE; ++i) {
@move@                        }
                    }
                }
                kw_place += @steps@;
                kw_to += @steps@ * kw_step;
            }
