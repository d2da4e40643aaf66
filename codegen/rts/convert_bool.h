// Truth values are stored as 0 and 1.
#define KW_FROM_BOOL(type) \
    KW_FN kw_##type kw_##type##_from_bool(bool v) { return (kw_##type)(v ? 1 : 0); }
KW_FROM_BOOL(u8)
KW_FROM_BOOL(i8)
KW_FROM_BOOL(u16)
KW_FROM_BOOL(i16)
KW_FROM_BOOL(u32)
KW_FROM_BOOL(i32)
KW_FROM_BOOL(f32)
#if KW_RARE
KW_FROM_BOOL(u64)
KW_FROM_BOOL(i64)
KW_FN kw_f16 kw_f16_from_bool(bool v) { return v ? 0x3c00 : 0; }
#endif
#if KW_RARE > 1
KW_FROM_BOOL(f64)
#endif
