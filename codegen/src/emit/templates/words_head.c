
#if KW_LANE_STREAMS > 0
// The lanes of a word: of bytes, the odd ones and then the even ones.
typedef struct { kw_u32 s[KW_LANE_STREAMS]; } kw_lanes;

KW_FN kw_lanes @name@_word_filled(const kw_u32 kw_bits_of)
{
    kw_lanes kw_all;
    KW_UNROLL for (int s = 0; s < KW_LANE_STREAMS; ++s) kw_all.s[s] = kw_bits_of;
    return kw_all;
}

KW_FN kw_lanes @name@_lanes_of(const kw_u32 kw_word)
{
    kw_lanes kw_all;
    kw_all.s[0] = kw_word ^ KW_LANE_SIGNS;
#if KW_LANE_STREAMS == 2
    kw_all.s[1] = kw_all.s[0] << 8;
#endif
    return kw_all;
}

KW_FN kw_u32 @name@_word(const kw_lanes kw_all)
{
#if KW_LANE_STREAMS == 2
    return kw_lanes_mix(kw_all.s[1], kw_all.s[0]) ^ KW_LANE_SIGNS;
#else
    return kw_all.s[0] ^ KW_LANE_SIGNS;
#endif
}

KW_FN kw_lanes @name@_word_@extremum@(kw_lanes kw_a, const kw_lanes kw_b)
{
    KW_UNROLL for (int s = 0; s < KW_LANE_STREAMS; ++s) kw_a.s[s] = kw_lanes_@extremum@(kw_a.s[s], kw_b.s[s]);
    return kw_a;
}

// The lanes of the word at a coordinate of a column of words; the input holds the column from `kw_source` on.
KW_FN kw_lanes @name@_word_tap(@pointer@, const kw_index kw_first, const kw_index kw_step, const int kw_at, const int kw_extent, const int kw_source, const float border)
{
#if KW_IS_CONSTANT
    if ((kw_u32)kw_at >= (kw_u32)kw_extent) {
        kw_lanes kw_all = @name@_word_filled(@outside@ * KW_LANE_ALL);
#if KW_LANE_STREAMS == 2
        kw_all.s[1] <<= 8;
#endif
        return kw_all;
    }
#endif
    return @name@_lanes_of(((@global@const kw_u32 *)@input@)[kw_first + (kw_index)(KW_BORDER(kw_at, kw_extent) - kw_source) * kw_step]);
}
#endif
