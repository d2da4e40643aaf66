    const kw_long kw_item = @item0@;
    if (4 * kw_item >= g.extent_x) return;
    const int kw_x = (int)(4 * kw_item);
    const int kw_extent = KW_IS_FLAT_Z ? g.extent_y : g.extent_z;
    const int kw_parts = (kw_extent + kw_chunk - 1) / kw_chunk;
    const int kw_rows = (g.extent_y + KW_ROWS - 1) / KW_ROWS;
    // Where the columns lie, from the first of the four; beyond the region that of its last neighbour serves.
    const int kw_own = kw_x + g.origin_x - g.source_x;
    int kw_columns[KW_WIDE];
    KW_UNROLL for (int i = 0; i < KW_WIDE; ++i) {
        const int kw_last = g.origin_x + g.extent_x - 1 + KW_RIGHT;
        const int kw_place = kw_x + g.origin_x + i - KW_LEFT < kw_last ? kw_x + g.origin_x + i - KW_LEFT : kw_last;
        const bool kw_outside = KW_SKIPS && (kw_u32)kw_place >= (kw_u32)g.global_x;
        kw_columns[i] = kw_outside ? KW_NOWHERE : KW_BORDER(kw_place, g.global_x) - g.source_x - kw_own;
    }
    const bool kw_inner = kw_x + g.origin_x >= KW_LEFT && kw_x + g.origin_x + 3 + KW_RIGHT < g.global_x && kw_x + 4 <= g.extent_x;
    // Where the lines lie, in a plane along the march.
    const int kw_turns = KW_IS_FLAT_Z ? kw_parts : kw_rows;
    const kw_long kw_layers = (KW_IS_FLAT_Z ? 1 : kw_parts) * (kw_long)g.batch;
    for (kw_long kw_layer = @item2@; kw_layer < kw_layers; kw_layer += @items2@) {
        const int n = (int)(KW_IS_FLAT_Z ? kw_layer : kw_layer / kw_parts);
        for (int kw_turn = (int)@item1@; kw_turn < kw_turns; kw_turn += (int)@items1@) {
            const int kw_row = KW_IS_FLAT_Z ? 0 : kw_turn * KW_ROWS;
            const int kw_first = (KW_IS_FLAT_Z ? kw_turn : (int)(kw_layer % kw_parts)) * kw_chunk;
            const int kw_count = kw_extent - kw_first < kw_chunk ? kw_extent - kw_first : kw_chunk;
            const kw_index kw_from = (kw_index)n * g.source_extent_z * g.source_extent_y * g.source_extent_x + kw_own;
            kw_index kw_starts[KW_LINES];
            KW_UNROLL for (int r = 0; r < KW_LINES; ++r) {
                const int kw_last = g.origin_y + g.extent_y - 1 + KW_BELOW;
                const int kw_place = kw_row + g.origin_y + r - KW_ABOVE < kw_last ? kw_row + g.origin_y + r - KW_ABOVE : kw_last;
                const bool kw_outside = KW_SKIPS && (kw_u32)kw_place >= (kw_u32)g.global_y;
                kw_starts[r] = kw_from;
                if (!KW_IS_FLAT_Z) kw_starts[r] = kw_outside ? -1 : kw_from + (kw_index)(KW_BORDER(kw_place, g.global_y) - g.source_y) * g.source_extent_x;
            }
            const int x = kw_x + g.origin_x;
            int kw_place = kw_first + (KW_IS_FLAT_Z ? g.origin_y : g.origin_z);
            const kw_index kw_step = KW_IS_FLAT_Z ? g.extent_x : (kw_index)g.extent_y * g.extent_x;
            kw_index kw_to = ((kw_index)n * g.extent_z * g.extent_y + kw_row) * g.extent_x + kw_x + kw_first * kw_step;
@arrays@            KW_UNROLL for (int k = 0; k < KW_BEFORE + KW_AFTER; ++k) {
                const kw_index kw_at = @name@_plane(kw_place - KW_BEFORE + k, g);
                KW_UNROLL for (int r = 0; r < KW_LINES; ++r) {
@first@                }
            }
            int kw_done = 0;
@rounds@        }
    }
