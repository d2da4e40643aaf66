// Conversions between integers saturate; to f32 they round to nearest.
#define KW_SATURATE(type, low, high)                                                                       \
    KW_FN kw_##type kw_##type##_from_i32(int v) { return (kw_##type)(v < (low) ? (low) : v > (high) ? (high) : v); } \
    KW_FN kw_##type kw_##type##_from_u32(kw_u32 v) { return (kw_##type)(v > (kw_u32)(high) ? (kw_u32)(high) : v); }
KW_SATURATE(u8, 0, 255)
KW_SATURATE(i8, -128, 127)
KW_SATURATE(u16, 0, 65535)
KW_SATURATE(i16, -32768, 32767)
KW_FN kw_i32 kw_i32_from_i32(int v) { return v; }
KW_FN kw_i32 kw_i32_from_u32(kw_u32 v) { return v > 2147483647u ? 2147483647 : (int)v; }
KW_FN kw_u32 kw_u32_from_i32(int v) { return v < 0 ? 0u : (kw_u32)v; }
KW_FN kw_u32 kw_u32_from_u32(kw_u32 v) { return v; }
KW_FN float kw_f32_from_i32(int v) { return (float)v; }
KW_FN float kw_f32_from_u32(kw_u32 v) { return (float)v; }
#define KW_WIDEN(type)                                                              \
    KW_FN kw_u32 kw_u32_from_##type(kw_##type v) { return kw_u32_from_i32((int)v); } \
    KW_FN kw_i32 kw_i32_from_##type(kw_##type v) { return (int)v; }
KW_WIDEN(u8)
KW_WIDEN(i8)
KW_WIDEN(u16)
KW_WIDEN(i16)
#if KW_RARE
KW_FN kw_u64 kw_u64_from_i32(int v) { return v < 0 ? 0u : (kw_u64)v; }
KW_FN kw_u64 kw_u64_from_u32(kw_u32 v) { return v; }
KW_FN kw_i64 kw_i64_from_i32(int v) { return v; }
KW_FN kw_i64 kw_i64_from_u32(kw_u32 v) { return v; }
KW_FN kw_f16 kw_f16_from_i32(int v) { return kw_to_half((float)v); }
KW_FN kw_f16 kw_f16_from_u32(kw_u32 v) { return kw_to_half((float)v); }
KW_FN kw_u32 kw_u32_from_u64(kw_u64 v) { return v > 4294967295u ? 4294967295u : (kw_u32)v; }
KW_FN kw_i32 kw_i32_from_u64(kw_u64 v) { return v > 2147483647u ? 2147483647 : (int)v; }
KW_FN kw_u32 kw_u32_from_i64(kw_i64 v) { return v < 0 ? 0u : kw_u32_from_u64((kw_u64)v); }
KW_FN kw_i32 kw_i32_from_i64(kw_i64 v) { return v < -2147483647 ? -2147483647 - 1 : v > 2147483647 ? 2147483647 : (int)v; }
KW_FN kw_u32 kw_u32_from_f16(kw_f16 v)
{
    const float f = kw_rint(kw_from_half(v));
    return !(f > 0.0f) ? 0u : f > 65504.0f ? 4294967295u : (kw_u32)f;
}
KW_FN kw_i32 kw_i32_from_f16(kw_f16 v)
{
    const float f = kw_rint(kw_from_half(v));
    return f != f ? 0 : f < -65504.0f ? -2147483647 - 1 : f > 65504.0f ? 2147483647 : (int)f;
}
#endif
#if KW_RARE > 1
KW_FN kw_f64 kw_f64_from_i32(int v) { return v; }
KW_FN kw_f64 kw_f64_from_u32(kw_u32 v) { return v; }
KW_FN kw_u32 kw_u32_from_f64(kw_f64 v)
{
    v = kw_rint_f64(v);
    return !(v > 0) ? 0u : v >= 4294967295.0 ? 4294967295u : (kw_u32)v;
}
KW_FN kw_i32 kw_i32_from_f64(kw_f64 v)
{
    v = kw_rint_f64(v);
    return v != v ? 0 : v <= -2147483648.0 ? -2147483647 - 1 : v >= 2147483647.0 ? 2147483647 : (int)v;
}
#endif
