
// How far windows reach to either side: along x, across the march, and along it, which is y where the image is flat.
#define KW_MORE(a, b) ((a) > (b) ? (a) : (b))
#define KW_LEFT (KW_IS_FLAT_X ? 0 : @left@)
#define KW_RIGHT (KW_IS_FLAT_X ? 0 : @right@)
#define KW_UP (KW_IS_FLAT_Y ? 0 : @up@)
#define KW_DOWN (KW_IS_FLAT_Y ? 0 : @down@)
#define KW_ABOVE (KW_IS_FLAT_Z ? 0 : KW_UP)
#define KW_BELOW (KW_IS_FLAT_Z ? 0 : KW_DOWN)
#define KW_BEFORE (KW_IS_FLAT_Z ? KW_UP : @front@)
#define KW_AFTER (KW_IS_FLAT_Z ? KW_DOWN : @back@)
// Voxels of a line and lines of a plane that a work-item holds; what no read asks for the compiler leaves out.
#define KW_WIDE (4 + KW_LEFT + KW_RIGHT)
#define KW_LINES (KW_ROWS + KW_ABOVE + KW_BELOW)
// Whether voxels outside the image are not read.
#define KW_SKIPS @skips@
// A column outside; its lines and planes are -1.
#define KW_NOWHERE (-2147483647 - 1)

// Where in the input a plane along the march begins; -1: it lies outside.
KW_FN kw_index @name@_plane(const int kw_place, const kw_geometry g)
{
    const int kw_extent = KW_IS_FLAT_Z ? g.global_y : g.global_z;
    if (KW_SKIPS && (kw_u32)kw_place >= (kw_u32)kw_extent) return -1;
    const kw_index kw_step = KW_IS_FLAT_Z ? g.source_extent_x : (kw_index)g.source_extent_y * g.source_extent_x;
    return (KW_BORDER(kw_place, kw_extent) - (KW_IS_FLAT_Z ? g.source_y : g.source_z)) * kw_step;
}
