
// The @extreme@ voxel in a row of the window; NaN, which compares with nothing, where there is none.
KW_FN float @name@_row(
    const float (*kw_lines_@input@)[KW_LINES][KW_WIDE], const int kw_row, const int kw_column, const int kw_dy, const int kw_dz, const float border)
{
    float kw_best = kw_float(0x7fc00000u);
    if (!@window@_MISSES(0, kw_dy, kw_dz)@others@) kw_best = kw_near_@input@(kw_lines_@input@, kw_row, kw_column, 0, kw_dy, kw_dz, border);
    KW_UNROLL for (int kw_dx = 1; kw_dx <= @window@_RX; ++kw_dx) {
        if (@window@_MISSES(kw_dx, kw_dy, kw_dz)) continue;
        kw_best = @best@(kw_best, kw_near_@input@(kw_lines_@input@, kw_row, kw_column, -kw_dx, kw_dy, kw_dz, border));
        kw_best = @best@(kw_best, kw_near_@input@(kw_lines_@input@, kw_row, kw_column, kw_dx, kw_dy, kw_dz, border));
    }
    return kw_best;
}

// The answer of `@name@` for one of four voxels, from the @extreme@ of its window: what rows and planes hold is the same for all that reach them.
@head@
{
    float kw_best = kw_float(0x7fc00000u);
    KW_UNROLL for (int kw_dz = -@window@_RZ; kw_dz <= @window@_RZ; ++kw_dz) {
        float kw_plane = kw_float(0x7fc00000u);
        KW_UNROLL for (int kw_dy = -@window@_RY; kw_dy <= @window@_RY; ++kw_dy) {
            kw_plane = @best@(kw_plane, @name@_row(kw_lines_@input@, kw_row, kw_column, kw_dy, kw_dz, border));
        }
        kw_best = @best@(kw_best, kw_plane);
    }
    return kw_best @comparison@ @value@ ? @found@ : @absent@;
}
