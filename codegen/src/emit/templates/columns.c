    const kw_long kw_item = @item0@;
    if (kw_item >= g.extent_x) return;
    const int kw_along = KW_AXIS == 1 ? g.extent_y : g.extent_z;
    const int kw_across = KW_AXIS == 1 ? g.extent_z : g.extent_y;
    const int kw_origin = KW_AXIS == 1 ? g.origin_y : g.origin_z;
    const int kw_source = KW_AXIS == 1 ? g.source_y : g.source_z;
    const int kw_global = KW_AXIS == 1 ? g.global_y : g.global_z;
    // From one voxel of the column to the next, in the input and in the output.
    const kw_index kw_step = KW_AXIS == 1 ? (kw_index)g.source_extent_x : (kw_index)g.source_extent_x * g.source_extent_y;
    const kw_index kw_out_step = KW_AXIS == 1 ? (kw_index)g.extent_x : (kw_index)g.extent_x * g.extent_y;
    for (kw_long kw_other = @item2@; kw_other < (kw_long)kw_across * g.batch; kw_other += @items2@) {
        const int kw_n = (int)(kw_other / kw_across);
        const int kw_place = (int)(kw_other % kw_across);
        for (kw_long kw_strip = @item1@; kw_strip * KW_STRIP < kw_along; kw_strip += @items1@) {
            const int kw_first = (int)kw_strip * KW_STRIP;
            const int kw_valid = kw_along - kw_first < KW_STRIP ? kw_along - kw_first : KW_STRIP;
            // Where the column would begin in the input, and the strip in the output.
            const kw_index kw_column = KW_AXIS == 1
                ? (((kw_index)kw_n * g.source_extent_z + kw_place + g.origin_z - g.source_z) * g.source_extent_y) * g.source_extent_x
                    + (int)kw_item + g.origin_x - g.source_x
                : (((kw_index)kw_n * g.source_extent_z) * g.source_extent_y + kw_place + g.origin_y - g.source_y) * g.source_extent_x
                    + (int)kw_item + g.origin_x - g.source_x;
            const kw_index kw_to = KW_AXIS == 1
                ? (((kw_index)kw_n * g.extent_z + kw_place) * g.extent_y + kw_first) * g.extent_x + (int)kw_item
                : (((kw_index)kw_n * g.extent_z + kw_first) * g.extent_y + kw_place) * g.extent_x + (int)kw_item;
            // The tap before the first: its coordinate in the image.
            const int kw_begin = kw_first + kw_origin - kw_reach;
            @value@ kw_reduced[KW_STRIP];
            if (kw_valid == KW_STRIP && kw_begin >= 0 && kw_begin + KW_STRIP + 2 * kw_reach <= kw_global) {
                // All taps lie in the image.
                @global@const KW_STORAGE(@storage@) *kw_at = @input@ + kw_column + (kw_index)(kw_begin - kw_source) * kw_step;
@fast@            } else {
                KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) kw_reduced[i] = @start@;
@faces@            }
            KW_UNROLL for (int i = 0; i < KW_STRIP; ++i) {
                if (i < kw_valid) @put{kw_to + i * kw_out_step}{@result@}@
            }
        }
    }
