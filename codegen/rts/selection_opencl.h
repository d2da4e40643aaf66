// Keys that are compared at once: one in a word, or two of 16 bits.
#define KW_SHARED __local
// Loops are unrolled only once the sizes are known.
#define KW_INLINED __attribute__((always_inline)) static inline
#define KW_ROLLED _Pragma("unroll 1")
KW_FN kw_u32 kw_low_u32(const kw_u32 a, const kw_u32 b) { return min(a, b); }
KW_FN kw_u32 kw_high_u32(const kw_u32 a, const kw_u32 b) { return max(a, b); }
KW_FN kw_u32 kw_all_u32(const int c) { return (kw_u32)c; }
KW_FN kw_u32 kw_times_u32(const kw_u32 a, const int c) { return a * (kw_u32)c; }
#ifdef __NV_CL_C_VERSION
// This compiler takes vectors of two apart, in arithmetic too; the hardware has instructions for two keys in a word. No sum, difference or
// product carries from one to the other.
typedef kw_u32 kw_u16x2;
KW_FN kw_u16x2 kw_low_u16x2(const kw_u16x2 a, const kw_u16x2 b)
{
    kw_u32 low;
    asm("min.u16x2 %0, %1, %2;" : "=r"(low) : "r"(a), "r"(b));
    return low;
}
KW_FN kw_u16x2 kw_high_u16x2(const kw_u16x2 a, const kw_u16x2 b)
{
    kw_u32 high;
    asm("max.u16x2 %0, %1, %2;" : "=r"(high) : "r"(a), "r"(b));
    return high;
}
KW_FN kw_u16x2 kw_all_u16x2(const int c) { return (kw_u32)c * 0x10001u; }
KW_FN kw_u16x2 kw_times_u16x2(const kw_u16x2 a, const int c) { return a * (kw_u32)c; }
KW_FN kw_u16x2 kw_both_u16x2(const kw_u32 a, const kw_u32 b) { return a | b << 16; }
KW_FN kw_u32 kw_first_u16x2(const kw_u16x2 k) { return k & 0xffffu; }
KW_FN kw_u32 kw_second_u16x2(const kw_u16x2 k) { return k >> 16; }
#else
typedef ushort2 kw_u16x2;
KW_FN kw_u16x2 kw_low_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return min(a, b); }
KW_FN kw_u16x2 kw_high_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return max(a, b); }
KW_FN kw_u16x2 kw_all_u16x2(const int c) { return (ushort2)((ushort)c, (ushort)c); }
KW_FN kw_u16x2 kw_times_u16x2(const kw_u16x2 a, const int c) { return a * kw_all_u16x2(c); }
KW_FN kw_u16x2 kw_both_u16x2(const kw_u32 a, const kw_u32 b) { return (ushort2)((ushort)a, (ushort)b); }
KW_FN kw_u32 kw_first_u16x2(const kw_u16x2 k) { return k.x; }
KW_FN kw_u32 kw_second_u16x2(const kw_u16x2 k) { return k.y; }
#endif
