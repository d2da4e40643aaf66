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
