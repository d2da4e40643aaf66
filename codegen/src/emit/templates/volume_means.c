
// Divides four sums by a known odd count, with the bits of a division: a product with the reciprocal rounded, then corrected by what it leaves
// over. That is right where the rest is exact and nothing overflows; a sum that began with +0 is never -0.
KW_FN void @name@_means(float *kw_four, const int kw_count)
{
    const float kw_divisor = (float)kw_count, kw_reciprocal = 1.0f / kw_divisor;
    float kw_quotients[4];
    int kw_fits = 1;
    KW_UNROLL for (int c = 0; c < 4; ++c) {
        const float kw_near = kw_four[c] * kw_reciprocal;
        kw_quotients[c] = kw_fma(kw_fma(-kw_divisor, kw_near, kw_four[c]), kw_reciprocal, kw_near);
        // 0, or from 2^-100 to 2^127.
        kw_fits &= (kw_fabs(kw_four[c]) <= 1.7014118e38f) & (2 * kw_bits(kw_four[c]) - 1 >= 0x1affffffu);
    }
    if (kw_fits) {
        KW_UNROLL for (int c = 0; c < 4; ++c) kw_four[c] = kw_quotients[c];
    } else {
        KW_UNROLL for (int c = 0; c < 4; ++c) kw_four[c] /= kw_divisor;
    }
}
