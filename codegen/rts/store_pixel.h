// A pixel is stored as it is, but f32 holds one NaN only.
#define KW_STORED(type) \
    KW_FN kw_##type kw_stored_##type(kw_##type v) { return v; }
KW_STORED(u8)
KW_STORED(i8)
KW_STORED(u16)
KW_STORED(i16)
KW_STORED(u32)
KW_STORED(i32)
KW_FN float kw_stored_f32(float v) { return v != v ? kw_float(0x7fc00000u) : v; }
