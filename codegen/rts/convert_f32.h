// Stores of f32: integers round half to even, saturate, and hold 0 for NaN; f32 holds one NaN only.
#define KW_INTEGER_FROM_F32(type, low, high, limit)                                                  \
    KW_FN kw_##type kw_##type##_from_f32(float v)                                                    \
    {                                                                                                \
        v = kw_rint(v);                                                                              \
        return v != v ? (kw_##type)0 : v <= low ? (kw_##type)(low) : v >= limit ? (kw_##type)(high) : (kw_##type)v; \
    }
KW_INTEGER_FROM_F32(u8, 0.0f, 255, 255.0f)
KW_INTEGER_FROM_F32(i8, -128.0f, 127, 127.0f)
KW_INTEGER_FROM_F32(u16, 0.0f, 65535, 65535.0f)
KW_INTEGER_FROM_F32(i16, -32768.0f, 32767, 32767.0f)
KW_INTEGER_FROM_F32(u32, 0.0f, 4294967295u, 4294967296.0f)
KW_INTEGER_FROM_F32(i32, -2147483648.0f, 2147483647, 2147483648.0f)
#if KW_RARE
KW_INTEGER_FROM_F32(u64, 0.0f, 0xffffffffffffffff, 18446744073709551616.0f)
KW_INTEGER_FROM_F32(i64, -9223372036854775808.0f, 0x7fffffffffffffff, 9223372036854775808.0f)
KW_FN kw_f16 kw_f16_from_f32(float v) { return kw_to_half(v); }
#endif
#if KW_RARE > 1
KW_FN kw_f64 kw_f64_from_f32(float v) { return v != v ? kw_double(0x7ff8000000000000) : (kw_f64)v; }
#endif
KW_FN float kw_f32_from_f32(float v) { return v != v ? kw_float(0x7fc00000u) : v; }
