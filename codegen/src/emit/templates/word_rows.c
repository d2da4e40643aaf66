    const int kw_words = g.extent_x / KW_LANE_VOXELS;
    const int kw_left = (int)@item0@ * 4;
    if (kw_left >= kw_words) return;
    const bool kw_inside = kw_left >= KW_WORDS_BESIDE && kw_left + 4 + KW_WORDS_BESIDE <= kw_words;
    for (kw_long kw_plane = @item2@; kw_plane < (kw_long)g.extent_z * g.batch; kw_plane += @items2@) {
        for (int kw_y = (int)@item1@; kw_y < g.extent_y; kw_y += (int)@items1@) {
            const kw_index kw_row = (kw_index)kw_plane * g.extent_y + kw_y;
            @global@const kw_u32 *kw_line = (@global@const kw_u32 *)@input@ + kw_row * kw_words;
            kw_u32 kw_near[KW_WORDS_NEAR];
            if (kw_words % 4 == 0) {
                KW_UNROLL for (int q = 0; q < KW_WORDS_NEAR / 4; ++q) {
                    const int kw_at = kw_left - KW_WORDS_BESIDE + 4 * q;
                    const int kw_from = kw_at < 0 ? 0 : kw_at < kw_words ? kw_at : kw_words - 4;
                    const kw_u32x4 kw_four = *(@global@const kw_u32x4 *)(kw_line + kw_from);
                    kw_near[4 * q] = kw_four.x;
                    kw_near[4 * q + 1] = kw_four.y;
                    kw_near[4 * q + 2] = kw_four.z;
                    kw_near[4 * q + 3] = kw_four.w;
                }
            } else {
                KW_UNROLL for (int i = 0; i < KW_WORDS_NEAR; ++i) {
                    const int kw_at = kw_left - KW_WORDS_BESIDE + i;
                    kw_near[i] = kw_line[kw_at < 0 ? 0 : kw_at < kw_words ? kw_at : kw_words - 1];
                }
            }
            if (!kw_inside) {
                KW_UNROLL for (int i = 0; i < KW_WORDS_NEAR; ++i) {
                    const int kw_at = kw_left - KW_WORDS_BESIDE + i;
                    if ((kw_u32)kw_at >= (kw_u32)kw_words) kw_near[i] = @name@_word_outside(@input@, kw_row, kw_at, g.extent_x, border);
                }
            }
            kw_u32 kw_windows[4];
            @name@_word_windows(kw_windows, kw_near);
            @global@kw_u32 *kw_to = (@global@kw_u32 *)@out@ + kw_row * kw_words + kw_left;
            if (kw_words % 4 == 0) {
                kw_u32x4 kw_stored;
                kw_stored.x = kw_windows[0];
                kw_stored.y = kw_windows[1];
                kw_stored.z = kw_windows[2];
                kw_stored.w = kw_windows[3];
                *(@global@kw_u32x4 *)kw_to = kw_stored;
            } else {
                KW_UNROLL for (int i = 0; i < 4; ++i) {
                    if (kw_left + i < kw_words) kw_to[i] = kw_windows[i];
                }
            }
        }
    }
