// Keys that are compared at once: one in a word, or two of 16 bits.
#define KW_SHARED __local
// Loops are unrolled only once the sizes are known.
#define KW_INLINED __attribute__((always_inline)) static inline
#define KW_ROLLED _Pragma("unroll 1")
typedef ushort2 kw_u16x2;
KW_FN kw_u32 kw_low_u32(const kw_u32 a, const kw_u32 b) { return min(a, b); }
KW_FN kw_u32 kw_high_u32(const kw_u32 a, const kw_u32 b) { return max(a, b); }
KW_FN kw_u32 kw_all_u32(const int c) { return (kw_u32)c; }
KW_FN kw_u32 kw_times_u32(const kw_u32 a, const int c) { return a * (kw_u32)c; }
#ifdef __NV_CL_C_VERSION
// This compiler takes such vectors apart; the hardware has the instruction.
KW_FN kw_u16x2 kw_low_u16x2(const kw_u16x2 a, const kw_u16x2 b)
{
    kw_u32 low;
    asm("min.u16x2 %0, %1, %2;" : "=r"(low) : "r"(as_uint(a)), "r"(as_uint(b)));
    return as_ushort2(low);
}
KW_FN kw_u16x2 kw_high_u16x2(const kw_u16x2 a, const kw_u16x2 b)
{
    kw_u32 high;
    asm("max.u16x2 %0, %1, %2;" : "=r"(high) : "r"(as_uint(a)), "r"(as_uint(b)));
    return as_ushort2(high);
}
#else
KW_FN kw_u16x2 kw_low_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return min(a, b); }
KW_FN kw_u16x2 kw_high_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return max(a, b); }
#endif
KW_FN kw_u16x2 kw_all_u16x2(const int c) { return (ushort2)((ushort)c, (ushort)c); }
KW_FN kw_u16x2 kw_times_u16x2(const kw_u16x2 a, const int c) { return a * kw_all_u16x2(c); }
KW_FN kw_u16x2 kw_both_u16x2(const kw_u32 a, const kw_u32 b) { return (ushort2)((ushort)a, (ushort)b); }
KW_FN kw_u32 kw_first_u16x2(const kw_u16x2 k) { return k.x; }
KW_FN kw_u32 kw_second_u16x2(const kw_u16x2 k) { return k.y; }
