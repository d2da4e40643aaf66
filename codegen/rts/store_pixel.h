// A pixel is stored as it is, but floats hold one NaN only; what stands for f16 is rounded to it.
#define KW_STORED(type) \
    KW_FN kw_##type kw_stored_##type(kw_##type v) { return v; }
KW_STORED(u8)
KW_STORED(i8)
KW_STORED(u16)
KW_STORED(i16)
KW_STORED(u32)
KW_STORED(i32)
KW_FN float kw_stored_f32(float v) { return v != v ? kw_float(0x7fc00000u) : v; }
#if KW_RARE
KW_STORED(u64)
KW_STORED(i64)
KW_FN kw_f16 kw_stored_f16(float v) { return kw_to_half(v); }
#endif
#if KW_RARE > 1
KW_FN kw_f64 kw_stored_f64(kw_f64 v) { return v != v ? kw_double(0x7ff8000000000000) : v; }
#endif
