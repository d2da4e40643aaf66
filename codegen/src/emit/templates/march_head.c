
#if KW_REACH >= 0
// Groups that are to run at a time on a unit with 65536 registers: an item holds its slots, the voxels of two rounds, and some 40 more.
#define KW_MARCH_GROUPS (512 / (KW_STRIP * (2 * KW_REACH + 2 + 2 * KW_TAPS_AHEAD) + 40) > 0 ? 512 / (KW_STRIP * (2 * KW_REACH + 2 + 2 * KW_TAPS_AHEAD) + 40) : 1)
// What an item reads at once of columns that lie side by side.
#if KW_STRIP == 4
#define KW_SEVERAL(type) KW_QUAD(type)
#elif KW_STRIP == 2
typedef uchar2 kw_u8x2;
typedef char2 kw_i8x2;
typedef ushort2 kw_u16x2;
typedef short2 kw_i16x2;
typedef uint2 kw_u32x2;
typedef int2 kw_i32x2;
typedef float2 kw_f32x2;
#if KW_RARE
typedef ushort2 kw_f16x2;
#endif
#define KW_SEVERAL(type) KW_CAT(KW_STORAGE(type), x2)
#endif

// Reads some voxels of each column of an item, all of which are there; taps beyond the last are the last. As vectors if columns lie side by side.
KW_FN void @name@_fetch(
    KW_STORAGE(@storage@) *kw_raw, @pointer@, const kw_index *kw_columns, const kw_index kw_step, const int kw_first, const int kw_last, const int kw_global, const int kw_source, const bool kw_vector)
{
    KW_UNROLL for (int u = 0; u < KW_TAPS_AHEAD; ++u) {
        int kw_tap = kw_first + u < kw_last ? kw_first + u : kw_last;
        if ((kw_u32)kw_tap >= (kw_u32)kw_global) kw_tap = KW_IS_CONSTANT ? kw_source : KW_BORDER(kw_tap, kw_global);
        const kw_index kw_from = (kw_index)(kw_tap - kw_source) * kw_step;
#if KW_STRIP == 2 || KW_STRIP == 4
        if (kw_vector) {
            const KW_SEVERAL(@storage@) kw_several = *(@global@const KW_SEVERAL(@storage@) *)(@input@ + (kw_columns[0] + kw_from));
            kw_raw[u * KW_STRIP] = kw_several.x;
            kw_raw[u * KW_STRIP + 1] = kw_several.y;
#if KW_STRIP == 4
            kw_raw[u * KW_STRIP + 2] = kw_several.z;
            kw_raw[u * KW_STRIP + 3] = kw_several.w;
#endif
        } else
#endif
        {
            KW_UNROLL for (int c = 0; c < KW_STRIP; ++c) kw_raw[u * KW_STRIP + c] = @input@[kw_columns[c] + kw_from];
        }
    }
}
#endif
