// Sort order as unsigned keys: -inf < … < -0.0 < +0.0 < … < inf < NaN. Exact in bits and the same in any order of evaluation.
KW_FN kw_u32 kw_key_u8(kw_u8 v) { return v; }
KW_FN kw_u32 kw_key_u16(kw_u16 v) { return v; }
KW_FN kw_u32 kw_key_u32(kw_u32 v) { return v; }
KW_FN kw_u32 kw_key_i8(kw_i8 v) { return (kw_u32)((int)v + 128); }
KW_FN kw_u32 kw_key_i16(kw_i16 v) { return (kw_u32)((int)v + 32768); }
KW_FN kw_u32 kw_key_i32(kw_i32 v) { return (kw_u32)v ^ 0x80000000u; }
KW_FN kw_u32 kw_key_f32(float v)
{
    const kw_u32 bits = v != v ? 0x7fc00000u : kw_bits(v);
    return bits ^ ((bits >> 31) ? 0xffffffffu : 0x80000000u);
}
KW_FN kw_u8 kw_unkey_u8(kw_u32 k) { return (kw_u8)k; }
KW_FN kw_u16 kw_unkey_u16(kw_u32 k) { return (kw_u16)k; }
KW_FN kw_u32 kw_unkey_u32(kw_u32 k) { return k; }
KW_FN kw_i8 kw_unkey_i8(kw_u32 k) { return (kw_i8)((int)k - 128); }
KW_FN kw_i16 kw_unkey_i16(kw_u32 k) { return (kw_i16)((int)k - 32768); }
KW_FN kw_i32 kw_unkey_i32(kw_u32 k) { return (kw_i32)(k ^ 0x80000000u); }
KW_FN float kw_unkey_f32(kw_u32 k) { return kw_float(k ^ ((k >> 31) ? 0x80000000u : 0xffffffffu)); }
#define KW_ORDER(type)                                                                                       \
    KW_FN kw_##type kw_max_##type(kw_##type a, kw_##type b) { return a > b ? a : b; }                        \
    KW_FN kw_##type kw_min_##type(kw_##type a, kw_##type b) { return a < b ? a : b; }
KW_ORDER(u8)
KW_ORDER(i8)
KW_ORDER(u16)
KW_ORDER(i16)
KW_ORDER(u32)
KW_ORDER(i32)
// NVIDIA's instructions order the zeros, as PTX defines them, and take the number where there is one NaN; `max.NaN` takes the NaN. Which NaN
// it is no one can see: stores, states and `to_bits` have one only.
#if KW_SM >= 80
KW_FN float kw_max_f32(float a, float b)
{
    float c;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
KW_FN float kw_min_f32(float a, float b)
{
    float c;
    asm("min.f32 %0, %1, %2;" : "=f"(c) : "f"(a), "f"(b));
    return c;
}
#else
// Of equal numbers only the zeros differ in bits: +0.0 has none set.
KW_FN float kw_max_f32(float a, float b)
{
    const float c = a > b ? a : b;
    return a != a ? a : a == b ? kw_float(kw_bits(a) & kw_bits(b)) : c;
}
KW_FN float kw_min_f32(float a, float b)
{
    const float c = a < b ? a : b;
    return b != b ? a : a == b ? kw_float(kw_bits(a) | kw_bits(b)) : c;
}
#endif
#if KW_RARE
KW_ORDER(u64)
KW_ORDER(i64)
KW_FN kw_u64 kw_key_u64(kw_u64 v) { return v; }
KW_FN kw_u64 kw_key_i64(kw_i64 v) { return (kw_u64)v ^ 0x8000000000000000; }
KW_FN kw_u64 kw_unkey_u64(kw_u64 k) { return k; }
KW_FN kw_i64 kw_unkey_i64(kw_u64 k) { return (kw_i64)(k ^ 0x8000000000000000); }
#endif
#if KW_RARE > 1
KW_FN kw_u64 kw_key_f64(kw_f64 v)
{
    const kw_u64 bits = v != v ? 0x7ff8000000000000 : kw_bits_f64(v);
    return bits ^ ((bits >> 63) ? 0xffffffffffffffff : 0x8000000000000000);
}
KW_FN kw_f64 kw_unkey_f64(kw_u64 k) { return kw_double(k ^ ((k >> 63) ? 0x8000000000000000 : 0xffffffffffffffff)); }
KW_FN kw_f64 kw_max_f64(kw_f64 a, kw_f64 b)
{
    const kw_f64 c = a > b ? a : b;
    return a != a ? a : a == b ? kw_double(kw_bits_f64(a) & kw_bits_f64(b)) : c;
}
KW_FN kw_f64 kw_min_f64(kw_f64 a, kw_f64 b)
{
    const kw_f64 c = a < b ? a : b;
    return b != b ? a : a == b ? kw_double(kw_bits_f64(a) | kw_bits_f64(b)) : c;
}
#endif
// Keys have 32 bits, but 64 where their values have.
#define KW_KEY(type) KW_CAT(KW_KEY_, type)
#define KW_KEY_u8 kw_u32
#define KW_KEY_i8 kw_u32
#define KW_KEY_u16 kw_u32
#define KW_KEY_i16 kw_u32
#define KW_KEY_u32 kw_u32
#define KW_KEY_i32 kw_u32
#define KW_KEY_f32 kw_u32
#define KW_KEY_u64 kw_u64
#define KW_KEY_i64 kw_u64
#define KW_KEY_f64 kw_u64
#define KW_KEY_BITS_u8 8
#define KW_KEY_BITS_i8 8
#define KW_KEY_BITS_u16 16
#define KW_KEY_BITS_i16 16
#define KW_KEY_BITS_u32 32
#define KW_KEY_BITS_i32 32
#define KW_KEY_BITS_f32 32
#define KW_KEY_BITS_u64 64
#define KW_KEY_BITS_i64 64
#define KW_KEY_BITS_f64 64
// The first and the last value in sort order.
#define kw_smallest_u8 ((kw_u8)0)
#define kw_smallest_i8 ((kw_i8)-128)
#define kw_smallest_u16 ((kw_u16)0)
#define kw_smallest_i16 ((kw_i16)-32768)
#define kw_smallest_u32 0u
#define kw_smallest_i32 (-2147483647 - 1)
#define kw_smallest_f32 kw_float(0xff800000u)
#define kw_smallest_u64 ((kw_u64)0)
#define kw_smallest_i64 ((kw_i64)0x8000000000000000)
#define kw_smallest_f64 kw_double(0xfff0000000000000)
#define kw_largest_u8 ((kw_u8)255)
#define kw_largest_i8 ((kw_i8)127)
#define kw_largest_u16 ((kw_u16)65535)
#define kw_largest_i16 ((kw_i16)32767)
#define kw_largest_u32 4294967295u
#define kw_largest_i32 2147483647
#define kw_largest_f32 kw_float(0x7fc00000u)
#define kw_largest_u64 ((kw_u64)0xffffffffffffffff)
#define kw_largest_i64 ((kw_i64)0x7fffffffffffffff)
#define kw_largest_f64 kw_double(0x7ff8000000000000)
