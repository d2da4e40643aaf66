
#if KW_REACH >= 0 && KW_LANE_STREAMS > 0
// Words beside the four of a work-item, whole vectors of them, and all words that it reads.
#define KW_WORDS_BESIDE ((KW_REACH + 4 * KW_LANE_VOXELS - 1) / (4 * KW_LANE_VOXELS) * 4)
#define KW_WORDS_NEAR (4 + 2 * KW_WORDS_BESIDE)
// Voxels from the first that a word's window may begin with to the first that it does, and how far behind it ends.
#define KW_WORDS_FIRST (KW_WORDS_BESIDE * KW_LANE_VOXELS - KW_REACH)
// The largest power of two up to the width of a window: two runs of so many voxels cover it.
#define KW_WORDS_WIDTH (2 * KW_REACH + 1)
#define KW_WORDS_RUN (KW_WORDS_WIDTH >= 64 ? 64 : KW_WORDS_WIDTH >= 32 ? 32 : KW_WORDS_WIDTH >= 16 ? 16 : KW_WORDS_WIDTH >= 8 ? 8 : KW_WORDS_WIDTH >= 4 ? 4 : KW_WORDS_WIDTH >= 2 ? 2 : 1)
// Words behind the last that runs are looked for in.
#define KW_WORDS_BEHIND (KW_WORDS_RUN / KW_LANE_VOXELS + 2)
// The lanes of words so many voxels on from their own.
#if KW_LANE_STREAMS == 2
#define KW_EVEN_ON(i, on) KW_BYTES_ON(kw_even, kw_odd, i, on)
#define KW_ODD_ON(i, on) KW_BYTES_ON(kw_even, kw_odd, i, (on) + 1)
#else
#define KW_ODD_ON(i, on) KW_LANES_ON(kw_odd, i, on)
#endif

// A word beside the image, by the boundary.
KW_FN kw_u32 @name@_word_outside(@pointer@, const kw_index kw_row, const int kw_word, const int kw_extent, const float border)
{
#if KW_IS_CONSTANT
    return (@outside@ * KW_LANE_ALL) ^ KW_LANE_SIGNS;
#elif KW_LANE_FOLDS
    kw_u32 kw_bits_of = 0u;
    for (int b = 0; b < KW_LANE_VOXELS; ++b) {
        const int kw_x = KW_BORDER(kw_word * KW_LANE_VOXELS + b, kw_extent);
        kw_bits_of |= ((kw_u32)@input@[kw_row * kw_extent + kw_x] & KW_LANE_MASK) << (b * KW_LANE_BITS);
    }
    return kw_bits_of;
#else
    return ((kw_u32)@input@[kw_row * kw_extent + (kw_word < 0 ? 0 : kw_extent - 1)] & KW_LANE_MASK) * KW_LANE_ALL;
#endif
}

// The windows of four words of a row, given the words around them: each run of voxels is two runs of half as many.
KW_FN void @name@_word_windows(kw_u32 *kw_windows, const kw_u32 *kw_near)
{
    // What is said of voxels behind the last word is in no window.
    kw_u32 kw_odd[KW_WORDS_NEAR + KW_WORDS_BEHIND];
    KW_UNROLL for (int i = 0; i < KW_WORDS_NEAR; ++i) kw_odd[i] = kw_near[i] ^ KW_LANE_SIGNS;
    KW_UNROLL for (int i = 0; i < KW_WORDS_BEHIND; ++i) kw_odd[KW_WORDS_NEAR + i] = 0u;
#if KW_LANE_STREAMS == 2
    kw_u32 kw_even[KW_WORDS_NEAR + KW_WORDS_BEHIND];
    KW_UNROLL for (int i = 0; i < KW_WORDS_NEAR + KW_WORDS_BEHIND; ++i) kw_even[i] = kw_odd[i] << 8;
#endif
    KW_UNROLL for (int run = 1; run < KW_WORDS_RUN; run *= 2) {
        KW_UNROLL for (int i = 0; i < KW_WORDS_NEAR; ++i) {
            const kw_u32 kw_longer = kw_lanes_@extremum@(kw_odd[i], KW_ODD_ON(i, run));
#if KW_LANE_STREAMS == 2
            kw_even[i] = kw_lanes_@extremum@(kw_even[i], KW_EVEN_ON(i, run));
#endif
            kw_odd[i] = kw_longer;
        }
    }
    KW_UNROLL for (int i = 0; i < 4; ++i) {
        const kw_u32 kw_ends = kw_lanes_@extremum@(KW_ODD_ON(i, KW_WORDS_FIRST), KW_ODD_ON(i, KW_WORDS_FIRST + KW_WORDS_WIDTH - KW_WORDS_RUN));
#if KW_LANE_STREAMS == 2
        const kw_u32 kw_others = kw_lanes_@extremum@(KW_EVEN_ON(i, KW_WORDS_FIRST), KW_EVEN_ON(i, KW_WORDS_FIRST + KW_WORDS_WIDTH - KW_WORDS_RUN));
        kw_windows[i] = kw_lanes_mix(kw_others, kw_ends) ^ KW_LANE_SIGNS;
#else
        kw_windows[i] = kw_ends ^ KW_LANE_SIGNS;
#endif
    }
}
#endif
