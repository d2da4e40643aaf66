// Keys that are compared at once: one in a word, or two of 16 bits.
#define KW_SHARED
#define KW_INLINED KW_FN
#define KW_ROLLED _Pragma("unroll 1")
typedef kw_u32 kw_u16x2;
KW_FN kw_u32 kw_low_u32(const kw_u32 a, const kw_u32 b) { return a < b ? a : b; }
KW_FN kw_u32 kw_high_u32(const kw_u32 a, const kw_u32 b) { return a < b ? b : a; }
KW_FN kw_u32 kw_all_u32(const int c) { return (kw_u32)c; }
KW_FN kw_u32 kw_times_u32(const kw_u32 a, const int c) { return a * (kw_u32)c; }
KW_FN kw_u16x2 kw_low_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return __vminu2(a, b); }
KW_FN kw_u16x2 kw_high_u16x2(const kw_u16x2 a, const kw_u16x2 b) { return __vmaxu2(a, b); }
KW_FN kw_u16x2 kw_all_u16x2(const int c) { return (kw_u32)c * 0x10001u; }
// Products stay below 2^16.
KW_FN kw_u16x2 kw_times_u16x2(const kw_u16x2 a, const int c) { return a * (kw_u32)c; }
KW_FN kw_u16x2 kw_both_u16x2(const kw_u32 a, const kw_u32 b) { return a | b << 16; }
KW_FN kw_u32 kw_first_u16x2(const kw_u16x2 k) { return k & 0xffffu; }
KW_FN kw_u32 kw_second_u16x2(const kw_u16x2 k) { return k >> 16; }
