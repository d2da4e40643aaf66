// Sampling. A coordinate counts from the centre of the first voxel on; NaN counts as 0, and what is far away as 2^30. Along an axis of
// extent 1 there is one voxel, whatever the coordinate.
KW_FN float kw_place(float c, int n)
{
    c = c != c || n == 1 ? 0.0f : c;
    c = c < -1073741824.0f ? -1073741824.0f : c;
    return c > 1073741824.0f ? 1073741824.0f : c;
}
// Below 0 where the constant outside is meant.
KW_FN int kw_source_index(int i, int n)
{
    if (n == 1) return 0;
#if KW_IS_CONSTANT
    return (kw_u32)i < (kw_u32)n ? i : -1;
#else
    return KW_BORDER(i, n);
#endif
}
KW_FN int kw_nearest(float c)
{
    c = kw_place(c, 0);
    const float base = kw_floor(c);
    return (int)base + (c - base >= 0.5f ? 1 : 0);
}
// A whole coordinate gives the voxel itself, also beside infinities.
KW_FN float kw_lerp(float a, float b, float t) { return t == 0.0f ? a : kw_fma(t, b - a, a); }
KW_FN void kw_spline_weights(float t, int n, float *w)
{
    const float u = 1.0f - t;
    w[0] = n == 1 ? 1.0f : u * u * u * 0.16666667f;
    w[1] = kw_fma(t * t, kw_fma(t, 0.5f, -1.0f), 0.6666667f);
    w[2] = kw_fma(u * u, kw_fma(u, 0.5f, -1.0f), 0.6666667f);
    w[3] = t * t * t * 0.16666667f;
}
// Below this a coordinate has a voxel on both sides. From 2^24 on an f32 does not tell neighbours apart.
KW_FN float kw_inner(int n) { return (float)(n <= 16777216 ? n - 1 : 16777216); }
