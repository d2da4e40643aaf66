
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
