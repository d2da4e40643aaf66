
#if KW_REACH >= 0 && KW_REACH_Y >= 0 && KW_REACH_Z >= 0
// Quads of a row that hold the taps of four results, and how many voxels of them come before the first tap.
#define KW_VOLUME_QUADS (1 + 2 * ((KW_REACH + 3) / 4))
#define KW_VOLUME_SKIPPED ((KW_REACH + 3) / 4 * 4 - KW_REACH)
// Unsigned, so that a compiler adds first and widens then.
#if KW_INDEX == 64
#define KW_VOLUME_SUM(a, b) ((a) + (b))
#else
#define KW_VOLUME_SUM(a, b) ((kw_index)((kw_u32)(a) + (kw_u32)(b)))
#endif
// No offset: the tap is outside, which holds a constant.
#define KW_VOLUME_OUTSIDE 0x7fffffff
// Rows of each plane that a work-item passes along x, and which of them are on their way a plane earlier: where it passes all that it
// needs, those of its own results, since other work-items bring in the others, unless they are small.
#if KW_ROWS > 0
#define KW_VOLUME_ROWS (4 * KW_ROWS + 2 * KW_REACH_Y)
#define KW_VOLUME_READS ((KW_VOLUME_ROWS + KW_ROWS - 1) / KW_ROWS)
#define KW_VOLUME_OWN 0
#define KW_VOLUME_AHEAD KW_VOLUME_READS
#else
#define KW_VOLUME_READS (4 + 2 * KW_REACH_Y)
#define KW_VOLUME_OWN (sizeof(KW_STORAGE(@storage@)) > 2 ? KW_REACH_Y : 0)
#define KW_VOLUME_AHEAD (sizeof(KW_STORAGE(@storage@)) > 2 ? 4 : KW_VOLUME_READS)
#endif

// Where a plane of the image or beyond begins in the input.
KW_FN kw_index @name@_plane(int kw_z, const kw_geometry g)
{
    if ((kw_u32)kw_z >= (kw_u32)g.global_z) kw_z = KW_IS_CONSTANT ? g.source_z : KW_BORDER(kw_z, g.global_z);
    return (kw_index)(kw_z - g.source_z) * g.source_extent_y * g.source_extent_x;
}

// Reads the quads of a row around a work-item's own, and that one too unless it was read before.
KW_FN void @name@_quads(KW_QUAD(@storage@) *kw_quads, @global@const KW_STORAGE(@storage@) *kw_at, const bool kw_whole, const bool kw_was_ahead)
{
    KW_UNROLL for (int q = 0; q < KW_VOLUME_QUADS; ++q) {
        if (kw_whole && !(kw_was_ahead && q == KW_VOLUME_QUADS / 2)) {
            kw_quads[q] = *(@global@const KW_QUAD(@storage@) *)(kw_at + 4 * (q - KW_VOLUME_QUADS / 2));
        }
    }
}
@share@#endif
