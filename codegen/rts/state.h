// Slots of a state in memory are 32 bits wide, and hold one NaN only; a pixel of 64 bits takes two, the lower bits first.
KW_FN kw_u32 kw_pack_f32(float v) { return v != v ? 0x7fc00000u : kw_bits(v); }
KW_FN kw_u32 kw_pack_u32(kw_u32 v) { return v; }
KW_FN kw_u32 kw_pack_i32(int v) { return (kw_u32)v; }
KW_FN kw_u32 kw_pack_u8(kw_u8 v) { return v; }
KW_FN kw_u32 kw_pack_u16(kw_u16 v) { return v; }
KW_FN kw_u32 kw_pack_i8(kw_i8 v) { return (kw_u32)(int)v; }
KW_FN kw_u32 kw_pack_i16(kw_i16 v) { return (kw_u32)(int)v; }
KW_FN float kw_unpack_f32(kw_u32 b) { return kw_float(b); }
KW_FN kw_u32 kw_unpack_u32(kw_u32 b) { return b; }
KW_FN int kw_unpack_i32(kw_u32 b) { return (int)b; }
KW_FN kw_u8 kw_unpack_u8(kw_u32 b) { return (kw_u8)b; }
KW_FN kw_u16 kw_unpack_u16(kw_u32 b) { return (kw_u16)b; }
KW_FN kw_i8 kw_unpack_i8(kw_u32 b) { return (kw_i8)(int)b; }
KW_FN kw_i16 kw_unpack_i16(kw_u32 b) { return (kw_i16)(int)b; }
#if KW_RARE
KW_FN kw_u64 kw_pack_u64(kw_u64 v) { return v; }
KW_FN kw_u64 kw_pack_i64(kw_i64 v) { return (kw_u64)v; }
KW_FN kw_u64 kw_unpack_u64(kw_u64 b) { return b; }
KW_FN kw_i64 kw_unpack_i64(kw_u64 b) { return (kw_i64)b; }
KW_FN kw_f16 kw_unpack_f16(kw_u64 b) { return (kw_f16)b; }
typedef kw_u64 kw_tiled;
#else
typedef kw_u32 kw_tiled;
#endif
#if KW_RARE > 1
KW_FN kw_u64 kw_pack_f64(kw_f64 v) { return v != v ? 0x7ff8000000000000 : kw_bits_f64(v); }
KW_FN kw_f64 kw_unpack_f64(kw_u64 b) { return kw_double(b); }
#endif
// Slots that a pixel takes.
#define KW_SLOTS(type) KW_CAT(KW_SLOTS_, type)
#define KW_SLOTS_u8 1
#define KW_SLOTS_i8 1
#define KW_SLOTS_u16 1
#define KW_SLOTS_i16 1
#define KW_SLOTS_u32 1
#define KW_SLOTS_i32 1
#define KW_SLOTS_f32 1
#define KW_SLOTS_u64 2
#define KW_SLOTS_i64 2
#define KW_SLOTS_f64 2
// Elements of a tile are 32 bits wide, or 64 where some type is rare, and hold what was put there.
#define kw_word_f32(v) kw_bits(v)
#define kw_word_u32(v) kw_pack_u32(v)
#define kw_word_i32(v) kw_pack_i32(v)
#define kw_word_u8(v) kw_pack_u8(v)
#define kw_word_u16(v) kw_pack_u16(v)
#define kw_word_i8(v) kw_pack_i8(v)
#define kw_word_i16(v) kw_pack_i16(v)
#define kw_word_u64(v) kw_pack_u64(v)
#define kw_word_i64(v) kw_pack_i64(v)
#define kw_word_f64(v) kw_bits_f64(v)
#define kw_word_f16(v) (v)
