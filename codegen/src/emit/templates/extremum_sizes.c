
// Radii, and what a group of KW_GROUP × KW_ROWS work-items stages of a plane: its own results and their surroundings, in vectors of four.
#define KW_RX @window@_RX
#define KW_RY @window@_RY
#define KW_RZ @window@_RZ
#define KW_SIDE ((KW_RX + 3) / 4 * 4)
#define KW_ACROSS (4 * KW_GROUP)
#define KW_DOWN (KW_STRIP * KW_ROWS)
#define KW_WIDE (KW_ACROSS + 2 * KW_SIDE)
#define KW_TALL (KW_DOWN + 2 * KW_RY)
#define KW_ITEMS (KW_GROUP * KW_ROWS)
#define KW_STAGED ((KW_WIDE * KW_TALL + KW_ITEMS - 1) / KW_ITEMS)
// Registers of results that are not whole yet; and groups that a multiprocessor is to run at a time, so that its 65536 registers hold them.
#define KW_WAITING (4 * KW_STRIP * (2 * KW_RZ + 1))
#define KW_RUNNING ((KW_WAITING <= 24 ? 768 : KW_WAITING <= 40 ? 640 : KW_WAITING <= 56 ? 512 : 0) / KW_ITEMS)
#define KW_TOGETHER (KW_RUNNING > 0 ? KW_RUNNING : 1)
// Whether h is the half-width of the row (dy, dz) of the window.
#define KW_IS_HALF(h, dy, dz) \
    ((dy) * (dy) <= KW_RY * KW_RY && !@window@_MISSES(h, dy, dz) && ((h) == KW_RX || @window@_MISSES((h) + 1, dy, dz)))
KW_FN kw_u32x4 kw_better4(kw_u32x4 a, const kw_u32x4 b)
{
    a.x = @combine@(a.x, b.x);
    a.y = @combine@(a.y, b.y);
    a.z = @combine@(a.z, b.z);
    a.w = @combine@(a.w, b.w);
    return a;
}

// Reads a work-item's part of a plane; `kw_z` is a coordinate of the image or beyond, an offset of -1 lies outside.
KW_FN void @name@_plane(
    @value@ *kw_ahead, @pointer@, const kw_index kw_from, int kw_z, const kw_index *kw_offsets, const kw_geometry g, const float border)
{
    const bool kw_beyond = (kw_u32)kw_z >= (kw_u32)g.global_z;
    if (kw_beyond) kw_z = KW_BORDER(kw_z, g.global_z);
    const bool kw_none = KW_IS_CONSTANT && kw_beyond;
    const kw_index kw_plane = kw_none ? 0 : kw_from + (kw_index)(kw_z - g.source_z) * g.source_extent_y * g.source_extent_x;
    KW_UNROLL for (int k = 0; k < KW_STAGED; ++k) kw_ahead[k] = kw_none || kw_offsets[k] < 0 ? @outside@ : @load@;
}
