
// Reads a line of `@name@` with the voxels beside it; `kw_inner` promises that they lie in the image, `kw_empty` says that none does.
KW_FN void kw_line_@input@(
    @value@ *kw_line, @pointer@, const kw_index kw_at, const int *kw_columns, const float border, const bool kw_inner, const bool kw_empty)
{
    KW_UNROLL for (int i = 0; i < KW_WIDE; ++i) {
        if (KW_VECTORS && i >= KW_LEFT && i < KW_LEFT + 4) continue;
        if (KW_SKIPS && (kw_empty || (!kw_inner && kw_columns[i] == KW_NOWHERE))) {
            kw_line[i] = @outside@;
        } else {
            const kw_index kw_there = kw_inner ? kw_at + (i - KW_LEFT) : kw_at + kw_columns[i];
            kw_line[i] = @load@;
        }
    }
#if KW_VECTORS
    if (KW_SKIPS && kw_empty) {
        KW_UNROLL for (int i = 0; i < 4; ++i) kw_line[KW_LEFT + i] = @outside@;
    } else {
        const KW_QUAD(@storage@) kw_four = *(@global@const KW_QUAD(@storage@) *)(@input@ + kw_at);
        kw_line[KW_LEFT] = @load_x@;
        kw_line[KW_LEFT + 1] = @load_y@;
        kw_line[KW_LEFT + 2] = @load_z@;
        kw_line[KW_LEFT + 3] = @load_w@;
    }
#endif
}

// The voxel of `@name@` at an offset from one of the four in a row.
KW_FN @value@ kw_near_@input@(
    const @value@ (*kw_lines)[KW_LINES][KW_WIDE], const int kw_row, const int kw_column, const int kw_dx, const int kw_dy, const int kw_dz, const float border)
{
#if KW_IS_CONSTANT
    if (KW_ON_FLAT(kw_dx, kw_dy, kw_dz)) return @outside@;
#endif
    const int kw_along = KW_IS_FLAT_Z ? KW_STEP_Y(kw_dy) : kw_dz, kw_across = KW_IS_FLAT_Z ? 0 : KW_STEP_Y(kw_dy);
    return kw_lines[KW_BEFORE + kw_along][KW_ABOVE + kw_row + kw_across][KW_LEFT + kw_column + KW_STEP_X(kw_dx)];
}
