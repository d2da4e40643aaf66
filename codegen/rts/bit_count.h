// Bits of a word that are 1, and those that are 0 above the highest and below the lowest of them.
#ifdef __OPENCL_VERSION__
#define kw_count_ones(v) popcount(v)
#define kw_leading_zeros(v) clz(v)
#else
#define kw_count_ones(v) ((kw_u32)__popc(v))
#define kw_leading_zeros(v) ((kw_u32)__clz((int)(v)))
#endif
KW_FN kw_u32 kw_trailing_zeros(kw_u32 v) { return kw_count_ones(~v & (v - 1u)); }
