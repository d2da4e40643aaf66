// Words of two or four voxels, compared as two lanes of 16 bits at once. A word of 16-bit voxels is one stream of lanes. A word of bytes is
// two: the word itself, in which the upper byte of a lane decides (the odd ones), and the word shifted up by a byte (the even ones).
#define KW_LANE_STREAMS_u8 2
#define KW_LANE_STREAMS_i8 2
#define KW_LANE_STREAMS_u16 1
#define KW_LANE_STREAMS_i16 1
#define KW_LANE_STREAMS_u32 0
#define KW_LANE_STREAMS_i32 0
#define KW_LANE_STREAMS_f32 0
#define KW_LANE_STREAMS KW_CAT(KW_LANE_STREAMS_, KW_PIXEL)
// Bits of a voxel, and voxels of a word.
#define KW_LANE_BITS (KW_LANE_STREAMS == 2 ? 8 : 16)
#define KW_LANE_VOXELS (KW_LANE_STREAMS == 2 ? 4 : 2)
// Signs are turned over, so that voxels are in the order of unsigned numbers.
#define KW_LANE_SIGNS_u8 0u
#define KW_LANE_SIGNS_i8 0x80808080u
#define KW_LANE_SIGNS_u16 0u
#define KW_LANE_SIGNS_i16 0x80008000u
#define KW_LANE_SIGNS KW_CAT(KW_LANE_SIGNS_, KW_PIXEL)
#define KW_LANE_MASK (KW_LANE_STREAMS == 2 ? 0xffu : 0xffffu)
// The same voxel everywhere in a word.
#define KW_LANE_ALL (KW_LANE_STREAMS == 2 ? 0x01010101u : 0x00010001u)
// Boundaries that put some voxel of the row beside it, which is looked for.
#define KW_LANE_FOLDS_nearest 0
#define KW_LANE_FOLDS_reflect 1
#define KW_LANE_FOLDS_mirror 1
#define KW_LANE_FOLDS_wrap 1
#define KW_LANE_FOLDS_constant 0
#define KW_LANE_FOLDS KW_CAT(KW_LANE_FOLDS_, KW_BOUNDARY)
#if defined(__CUDA_ARCH__)
KW_FN kw_u32 kw_lanes_min(const kw_u32 a, const kw_u32 b) { return __vminu2(a, b); }
KW_FN kw_u32 kw_lanes_max(const kw_u32 a, const kw_u32 b) { return __vmaxu2(a, b); }
// The upper lane of the first word and the lower one of the next; the upper bytes of lanes of even and odd ones, in turn.
KW_FN kw_u32 kw_lanes_join(const kw_u32 a, const kw_u32 b) { return __byte_perm(a, b, 0x5432); }
KW_FN kw_u32 kw_lanes_mix(const kw_u32 even, const kw_u32 odd) { return __byte_perm(even, odd, 0x7351); }
#else
#if defined(__NV_CL_C_VERSION)
KW_FN kw_u32 kw_lanes_min(const kw_u32 a, const kw_u32 b)
{
    kw_u32 c;
    asm("min.u16x2 %0, %1, %2;" : "=r"(c) : "r"(a), "r"(b));
    return c;
}
KW_FN kw_u32 kw_lanes_max(const kw_u32 a, const kw_u32 b)
{
    kw_u32 c;
    asm("max.u16x2 %0, %1, %2;" : "=r"(c) : "r"(a), "r"(b));
    return c;
}
#else
KW_FN kw_u32 kw_lanes_min(const kw_u32 a, const kw_u32 b) { return as_uint(min(as_ushort2(a), as_ushort2(b))); }
KW_FN kw_u32 kw_lanes_max(const kw_u32 a, const kw_u32 b) { return as_uint(max(as_ushort2(a), as_ushort2(b))); }
#endif
// The upper lane of the first word and the lower one of the next; the upper bytes of lanes of even and odd ones, in turn.
KW_FN kw_u32 kw_lanes_join(const kw_u32 a, const kw_u32 b) { return a >> 16 | b << 16; }
KW_FN kw_u32 kw_lanes_mix(const kw_u32 even, const kw_u32 odd) { return (even >> 8 & 0x00ff00ffu) | (odd & 0xff00ff00u); }
#endif
// The lanes of a stream so many lanes on; of bytes, the voxels at a distance from the even ones.
#define KW_LANES_ON(s, i, on) ((on) % 2 ? kw_lanes_join((s)[(i) + ((on) + 7) / 2 - 4], (s)[(i) + ((on) + 7) / 2 - 3]) : (s)[(i) + ((on) + 8) / 2 - 4])
#define KW_BYTES_ON(even, odd, i, on) ((on) % 2 ? KW_LANES_ON(odd, i, ((on) + 7) / 2 - 4) : KW_LANES_ON(even, i, ((on) + 8) / 2 - 4))
