
#if KW_REACH >= 0
// How many voxels of a row and its halo a lane of 32 reads.
#define KW_ROW_READS ((@tile@ + 2 * KW_REACH + 31) / 32)

// Reads a lane's part of a row, with the boundary applied; `kw_y` is a coordinate of the image or beyond.
KW_FN void @name@_row(
    @value@ *kw_ahead, @pointer@, const kw_index kw_from, int kw_y, const int *kw_offsets, const bool *kw_outsides, const kw_geometry g, const float border)
{
    const bool kw_outside = (kw_u32)kw_y >= (kw_u32)g.global_y;
    if (kw_outside) kw_y = KW_BORDER(kw_y, g.global_y);
    const kw_index kw_line = kw_from + (kw_index)(KW_IS_CONSTANT && kw_outside ? 0 : kw_y - g.source_y) * g.source_extent_x;
    KW_UNROLL for (int r = 0; r < KW_ROW_READS; ++r) {
        if (kw_offsets[r] >= 0) kw_ahead[r] = KW_IS_CONSTANT && (kw_outside || kw_outsides[r]) ? @outside@ : @load@;
    }
}
#endif
