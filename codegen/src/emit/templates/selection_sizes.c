
// Radii along x, across the march and along it. The march goes along z, or in flat windows along y.
#define KW_RX @window@_RX
#if @window@_RZ > 0
#define KW_RP @window@_RY
#define KW_RM @window@_RZ
#define KW_P(y, z) (y)
#define KW_M(y, z) (z)
#define KW_Y(p, m) (p)
#define KW_Z(p, m) (m)
#else
#define KW_RP 0
// A window without height is not marched through; this only has to compile.
#define KW_RM (@window@_RY > 0 ? @window@_RY : 1)
#define KW_P(y, z) (z)
#define KW_M(y, z) (y)
#define KW_Y(p, m) (m)
#define KW_Z(p, m) (p)
#endif
#define KW_NX (2 * KW_RX + 1)
#define KW_NP (2 * KW_RP + 1)
#define KW_NM (2 * KW_RM + 1)
#define KW_RANK @rank@
#define KW_MODE @mode@
#define KW_BITS @bits@
// What a group of KW_GROUP × KW_ROWS work-items stages: its own results and their surroundings.
#define KW_ACROSS (KW_ROWS * KW_SIDES)
#define KW_WIDE (KW_GROUP + 2 * KW_RX)
#define KW_TALL (KW_ACROSS + 2 * KW_RP)
#define KW_DEEP (KW_STRIP + 2 * KW_RM)

