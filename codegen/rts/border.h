// Boundary modes: maps of any coordinate into 0..n.
KW_FN kw_long kw_fold(kw_long i, kw_long period) { i %= period; return i < 0 ? i + period : i; }
KW_FN int kw_border_nearest(int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }
KW_FN int kw_border_reflect(int i, int n)
{
    if ((kw_u32)i < (kw_u32)n) return i;
    const kw_long folded = kw_fold(i, 2 * (kw_long)n);
    return (int)(folded < n ? folded : 2 * (kw_long)n - 1 - folded);
}
KW_FN int kw_border_mirror(int i, int n)
{
    if ((kw_u32)i < (kw_u32)n) return i;
    if (n == 1) return 0;
    const kw_long folded = kw_fold(i, 2 * (kw_long)n - 2);
    return (int)(folded < n ? folded : 2 * (kw_long)n - 2 - folded);
}
KW_FN int kw_border_wrap(int i, int n) { return (kw_u32)i < (kw_u32)n ? i : (int)kw_fold(i, n); }
KW_FN int kw_border_constant(int i, int n) { return i; }
#define KW_OUTSIDE_nearest 0
#define KW_OUTSIDE_reflect 0
#define KW_OUTSIDE_mirror 0
#define KW_OUTSIDE_wrap 0
#define KW_OUTSIDE_constant 1
#define KW_IS_CONSTANT KW_CAT(KW_OUTSIDE_, KW_BOUNDARY)
#define KW_BORDER(i, n) KW_CAT(kw_border_, KW_BOUNDARY)(i, n)
// What a radius of 0 counts as in the formula of a shape.
#define KW_ONE(r) ((r) > 0 ? (r) : 1)
KW_FN int kw_at_least(int v, int least) { return v > least ? v : least; }
// Voxels of a column that are on their way at once.
#define KW_TAPS_AHEAD 4
// Axes of extent 1: whatever lies beside their only place is that place again, or outside.
#ifndef KW_FLAT
#define KW_FLAT 0
#endif
#define KW_IS_FLAT_X (KW_FLAT & 1)
#define KW_IS_FLAT_Y (KW_FLAT & 2)
#define KW_IS_FLAT_Z (KW_FLAT & 4)
#define KW_STEP_X(d) (KW_IS_FLAT_X ? 0 : (d))
#define KW_STEP_Y(d) (KW_IS_FLAT_Y ? 0 : (d))
#define KW_STEP_Z(d) (KW_IS_FLAT_Z ? 0 : (d))
#define KW_ON_FLAT(dx, dy, dz) ((KW_IS_FLAT_X && (dx) != 0) || (KW_IS_FLAT_Y && (dy) != 0) || (KW_IS_FLAT_Z && (dz) != 0))
