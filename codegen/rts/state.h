// Slots of a state in memory are 32 bits wide, and hold one NaN only.
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
// Elements of a tile are 32 bits wide, and hold what was put there.
#define kw_word_f32(v) kw_bits(v)
#define kw_word_u32(v) kw_pack_u32(v)
#define kw_word_i32(v) kw_pack_i32(v)
#define kw_word_u8(v) kw_pack_u8(v)
#define kw_word_u16(v) kw_pack_u16(v)
#define kw_word_i8(v) kw_pack_i8(v)
#define kw_word_i16(v) kw_pack_i16(v)
