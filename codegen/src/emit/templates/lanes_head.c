
#if KW_REACH >= 0 && KW_REACH_Y >= 0 && KW_REACH_Z >= 0 && KW_ROWS == 0 && KW_LANE_STREAMS > 0
#define KW_LANE_ROWS (KW_STRIP + 2 * KW_REACH_Y)
// Groups that are to run at a time on a unit with 65536 registers.
#define KW_LANE_GROUPS (KW_STRIP * KW_LANE_STREAMS * KW_REACH_Z <= 4 ? 4 : 2)

// The plane that holds what a coordinate along z says.
KW_FN int @name@_lanes_plane(const int kw_z, const int kw_extent)
{
    return KW_IS_CONSTANT && (kw_u32)kw_z >= (kw_u32)kw_extent ? 0 : KW_BORDER(kw_z, kw_extent);
}

// A word of a row that begins or ends beside the image, voxel by voxel.
KW_FN kw_u32 @name@_lanes_beside(@pointer@, const kw_index kw_row, const int kw_word, const int kw_global)
{
    kw_u32 kw_bits_of = 0u;
    for (int b = 0; b < KW_LANE_VOXELS; ++b) {
        const int kw_x = KW_BORDER(kw_word * KW_LANE_VOXELS + b, kw_global);
        kw_bits_of |= ((kw_u32)@input@[kw_row * KW_LANE_VOXELS + kw_x] & KW_LANE_MASK) << (b * KW_LANE_BITS);
    }
    return kw_bits_of;
}

// Reads four words of a row and one on each side.
KW_FN void @name@_lanes_read(kw_u32 *kw_ahead, @pointer@, const kw_index kw_row, const int kw_left, const int kw_words, const int kw_global)
{
    @global@const kw_u32 *kw_line = (@global@const kw_u32 *)@input@ + kw_row;
    if (kw_words % 4 == 0) {
        const kw_u32x4 kw_four = *(@global@const kw_u32x4 *)(kw_line + kw_left);
        kw_ahead[1] = kw_four.x;
        kw_ahead[2] = kw_four.y;
        kw_ahead[3] = kw_four.z;
        kw_ahead[4] = kw_four.w;
    } else {
        KW_UNROLL for (int i = 0; i < 4; ++i) kw_ahead[i + 1] = kw_line[kw_left + i < kw_words ? kw_left + i : kw_words - 1];
    }
    kw_ahead[0] = kw_line[kw_left > 0 ? kw_left - 1 : 0];
    kw_ahead[5] = kw_line[kw_left + 4 < kw_words ? kw_left + 4 : kw_words - 1];
#if KW_LANE_FOLDS
    if (kw_left == 0) kw_ahead[0] = @name@_lanes_beside(@input@, kw_row, -1, kw_global);
    KW_UNROLL for (int i = 1; i < 6; ++i) {
        if (kw_left - 1 + i == kw_words) kw_ahead[i] = @name@_lanes_beside(@input@, kw_row, kw_words, kw_global);
    }
#endif
}

// Takes four words of a row along x, with the boundary applied.
KW_FN void @name@_lanes_row(kw_u32 kw_row[4][KW_LANE_STREAMS], const kw_u32 *kw_ahead, const int kw_left, const int kw_words, const bool kw_outside, const float border)
{
    kw_u32 kw_odd[6];
    KW_UNROLL for (int i = 0; i < 6; ++i) kw_odd[i] = kw_ahead[i] ^ KW_LANE_SIGNS;
#if KW_IS_CONSTANT
    const kw_u32 kw_fill = @outside@ * KW_LANE_ALL;
    KW_UNROLL for (int i = 0; i < 6; ++i) {
        if (kw_outside || kw_left - 1 + i < 0 || kw_left - 1 + i >= kw_words) kw_odd[i] = kw_fill;
    }
#elif !KW_LANE_FOLDS
    if (kw_left == 0) kw_odd[0] = (kw_odd[1] & KW_LANE_MASK) * KW_LANE_ALL;
    KW_UNROLL for (int i = 1; i < 6; ++i) {
        if ((i == 5 || kw_words % 4 != 0) && kw_left - 1 + i == kw_words) kw_odd[i] = (kw_odd[i - 1] >> (32 - KW_LANE_BITS)) * KW_LANE_ALL;
    }
#endif
#if KW_LANE_STREAMS == 2
    kw_u32 kw_even[6];
    KW_UNROLL for (int i = 0; i < 6; ++i) kw_even[i] = kw_odd[i] << 8;
    KW_UNROLL for (int i = 1; i < 5; ++i) {
#if KW_REACH > 0
        // What an even voxel and the odd one after it have in common, and what each has alone.
        kw_u32 kw_common = KW_BYTES_ON(kw_even, kw_odd, i, 1 - KW_REACH);
        KW_UNROLL for (int d = 2 - KW_REACH; d <= KW_REACH; ++d) kw_common = kw_lanes_@extremum@(kw_common, KW_BYTES_ON(kw_even, kw_odd, i, d));
        kw_row[i - 1][0] = kw_lanes_@extremum@(kw_common, KW_BYTES_ON(kw_even, kw_odd, i, -KW_REACH));
        kw_row[i - 1][1] = kw_lanes_@extremum@(kw_common, KW_BYTES_ON(kw_even, kw_odd, i, KW_REACH + 1));
#else
        kw_row[i - 1][0] = kw_even[i];
        kw_row[i - 1][1] = kw_odd[i];
#endif
    }
#else
    KW_UNROLL for (int i = 1; i < 5; ++i) {
        kw_u32 kw_best = KW_LANES_ON(kw_odd, i, -KW_REACH);
        KW_UNROLL for (int d = 1 - KW_REACH; d <= KW_REACH; ++d) kw_best = kw_lanes_@extremum@(kw_best, KW_LANES_ON(kw_odd, i, d));
        kw_row[i - 1][0] = kw_best;
    }
#endif
}
#endif
