
// Four neighbouring extrema of 2 kw_reach + 1 values each: what all four windows have in common is compared once.
KW_FN void @name@_share(const @value@ *kw_v, @value@ *kw_four, const int kw_reach)
{
    if (kw_reach == 0) {
        KW_UNROLL for (int i = 0; i < 4; ++i) kw_four[i] = kw_v[i];
    } else if (kw_reach == 1) {
        const @value@ kw_a = @combine@(kw_v[1], kw_v[2]), kw_b = @combine@(kw_v[3], kw_v[4]);
        kw_four[0] = @combine@(kw_v[0], kw_a);
        kw_four[1] = @combine@(kw_a, kw_v[3]);
        kw_four[2] = @combine@(kw_v[2], kw_b);
        kw_four[3] = @combine@(kw_b, kw_v[5]);
    } else {
        @value@ kw_core = kw_v[3];
        KW_UNROLL for (int i = 4; i <= 2 * kw_reach; ++i) kw_core = @combine@(kw_core, kw_v[i]);
        const @value@ kw_before = @combine@(kw_v[1], kw_v[2]);
        const @value@ kw_after = @combine@(kw_v[2 * kw_reach + 1], kw_v[2 * kw_reach + 2]);
        kw_four[0] = @combine@(@combine@(kw_v[0], kw_before), kw_core);
        kw_four[1] = @combine@(@combine@(kw_before, kw_core), kw_v[2 * kw_reach + 1]);
        kw_four[2] = @combine@(@combine@(kw_v[2], kw_core), kw_after);
        kw_four[3] = @combine@(@combine@(kw_core, kw_after), kw_v[2 * kw_reach + 3]);
    }
}
