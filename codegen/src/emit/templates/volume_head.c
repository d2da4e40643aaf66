
#if KW_REACH >= 0 && KW_REACH_Y >= 0 && KW_REACH_Z >= 0 && KW_ROWS > 0
// Quads of a row on each side of an item's own that hold taps of its four results, and voxels of them before the first tap.
#define KW_VOLUME_QUADS ((KW_REACH + 3) / 4)
#define KW_VOLUME_SKIPPED (4 * KW_VOLUME_QUADS - KW_REACH)
// Rows of each plane that a group passes along x, and how many of them a work-item takes part in.
#define KW_VOLUME_ROWS (4 * KW_ROWS + 2 * KW_REACH_Y)
#define KW_VOLUME_READS ((KW_VOLUME_ROWS + KW_ROWS - 1) / KW_ROWS)
// Groups that are to run at a time on a unit with 65536 registers: slots along z take most of them.
#define KW_VOLUME_GROUPS ((KW_REACH_Z <= 1 ? 16 : KW_REACH_Z == 2 ? 12 : 8) / KW_ROWS)
// Unsigned, so that a compiler adds first and widens then.
#if KW_INDEX == 64
#define KW_VOLUME_SUM(a, b) ((a) + (b))
#else
#define KW_VOLUME_SUM(a, b) ((kw_index)((kw_u32)(a) + (kw_u32)(b)))
#endif
@types@
// Where a voxel at a coordinate of the image or beyond lies in a row of the input; -1: outside, which holds a constant.
KW_FN int @name@_offset(int kw_x, const kw_geometry g)
{
    // Beyond the region there is nothing to compute, and maybe nothing to read.
    const int kw_last = g.origin_x + g.extent_x - 1 + KW_REACH;
    if (kw_x > kw_last) kw_x = kw_last;
    if ((kw_u32)kw_x >= (kw_u32)g.global_x) {
        if (KW_IS_CONSTANT) return -1;
        kw_x = KW_BORDER(kw_x, g.global_x);
    }
    return kw_x - g.source_x;
}

// Where a plane of the image or beyond begins in the input.
KW_FN kw_index @name@_plane(int kw_z, const kw_geometry g)
{
    if ((kw_u32)kw_z >= (kw_u32)g.global_z) kw_z = KW_IS_CONSTANT ? g.source_z : KW_BORDER(kw_z, g.global_z);
    return (kw_index)(kw_z - g.source_z) * g.source_extent_y * g.source_extent_x;
}

// Reads an item's part of a row: its quad, and of the halo one voxel by each of the first lanes.
KW_FN void @name@_read(
    KW_QUAD(@storage@) *kw_quad, KW_STORAGE(@storage@) *kw_halo_voxel, @pointer@, const kw_index kw_at, const bool kw_whole, @shared_pointer@const int *kw_table, const int kw_lane, const int kw_halo)
{
    if (kw_whole) {
        *kw_quad = *(@global@const KW_QUAD(@storage@) *)(@input@ + kw_at);
    } else {
        kw_quad->x = @input@[KW_VOLUME_SUM(kw_at, kw_table[0])];
        kw_quad->y = @input@[KW_VOLUME_SUM(kw_at, kw_table[32])];
        kw_quad->z = @input@[KW_VOLUME_SUM(kw_at, kw_table[64])];
        kw_quad->w = @input@[KW_VOLUME_SUM(kw_at, kw_table[96])];
    }
    if (kw_lane < 2 * KW_REACH) *kw_halo_voxel = @input@[KW_VOLUME_SUM(kw_at, kw_halo)];
}

KW_FN kw_volume_x4 @name@_x4(const kw_volume_x1 *kw_values)
{
    kw_volume_x4 kw_quad;
    kw_quad.x = kw_values[0];
    kw_quad.y = kw_values[1];
    kw_quad.z = kw_values[2];
    kw_quad.w = kw_values[3];
    return kw_quad;
}
@functions@#endif
