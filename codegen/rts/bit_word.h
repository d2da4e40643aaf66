// Which of up to 32 elements are not 0, the first in the lowest bit. Where all 32 are wanted and lie on a boundary of 16 bytes they are
// loaded by fours of words; each word gives 4, 2 or 1 bits.
KW_FN kw_u32 kw_nonzero_8(kw_u32 v)
{
    // The highest bit of each byte that is not 0; the product gathers the four in bits 24 to 27.
    const kw_u32 high = (((v & 0x7f7f7f7fu) + 0x7f7f7f7fu) | v) & 0x80808080u;
    return ((high >> 7u) * 0x01020408u) >> 24u;
}
KW_FN kw_u32 kw_nonzero_16(kw_u32 v)
{
    const kw_u32 high = (((v & 0x7fff7fffu) + 0x7fff7fffu) | v) & 0x80008000u;
    return ((high >> 15u) | (high >> 30u)) & 3u;
}
KW_FN kw_u32 kw_nonzero_32(kw_u32 v) { return v != 0u ? 1u : 0u; }
// Neither of the two zeros of f32 has another bit than the sign.
KW_FN kw_u32 kw_nonzero_f32(kw_u32 v) { return (v & 0x7fffffffu) != 0u ? 1u : 0u; }
#define KW_BIT_WORD(type, per_word, nonzero)                                                              \
    KW_FN kw_u32 kw_bit_word_##type(KW_GLOBAL const kw_##type *first, const kw_u32 count)                  \
    {                                                                                                     \
        kw_u32 bits = 0u;                                                                                 \
        if (count == 32u && ((kw_long)first & 15) == 0) {                                                 \
            KW_GLOBAL const uint4 *fours = (KW_GLOBAL const uint4 *)first;                                \
            KW_UNROLL for (int i = 0; i < 8 / per_word; ++i) {                                            \
                const uint4 v = fours[i];                                                                 \
                const kw_u32 part = nonzero(v.x) | nonzero(v.y) << per_word | nonzero(v.z) << 2 * per_word \
                    | nonzero(v.w) << 3 * per_word;                                                       \
                bits |= part << 4 * per_word * i;                                                         \
            }                                                                                             \
        } else {                                                                                          \
            for (kw_u32 k = 0u; k < count; ++k) bits |= (first[k] != 0 ? 1u : 0u) << k;                   \
        }                                                                                                 \
        return bits;                                                                                      \
    }
KW_BIT_WORD(u8, 4, kw_nonzero_8)
KW_BIT_WORD(i8, 4, kw_nonzero_8)
KW_BIT_WORD(u16, 2, kw_nonzero_16)
KW_BIT_WORD(i16, 2, kw_nonzero_16)
KW_BIT_WORD(u32, 1, kw_nonzero_32)
KW_BIT_WORD(i32, 1, kw_nonzero_32)
KW_BIT_WORD(f32, 1, kw_nonzero_f32)
#if KW_RARE
#define KW_BIT_WORD_OF(type)                                                                     \
    KW_FN kw_u32 kw_bit_word_##type(KW_GLOBAL const kw_##type *first, const kw_u32 count)         \
    {                                                                                            \
        kw_u32 bits = 0u;                                                                        \
        for (kw_u32 k = 0u; k < count; ++k) bits |= (kw_load_##type(first[k]) != 0 ? 1u : 0u) << k; \
        return bits;                                                                             \
    }
KW_BIT_WORD_OF(u64)
KW_BIT_WORD_OF(i64)
KW_BIT_WORD_OF(f16)
#endif
#if KW_RARE > 1
KW_BIT_WORD_OF(f64)
#endif
