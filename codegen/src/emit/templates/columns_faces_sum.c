#if KW_REACH >= 0 && 2 * KW_REACH + 1 < KW_STRIP
@one_by_one@#else
                // Beyond the last result there is nothing to read.
                const int kw_last = kw_begin + kw_valid - 1 + 2 * kw_reach;
@rounds@#endif
