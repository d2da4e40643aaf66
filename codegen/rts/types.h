#define KW_CAT_(a, b) a##b
#define KW_CAT(a, b) KW_CAT_(a, b)
#define KW_STORAGE(type) KW_CAT(kw_, type)
#define KW_QUAD(type) KW_CAT(KW_STORAGE(type), x4)
#define KW_CONVERT(to, from) KW_CAT(KW_CAT(kw_, to), KW_CAT(_from_, from))
// A stored element as the type that bodies compute in: itself, but f32 for f16.
#define KW_LOAD(type) KW_CAT(kw_load_, type)
#define kw_load_u8(v) (v)
#define kw_load_i8(v) (v)
#define kw_load_u16(v) (v)
#define kw_load_i16(v) (v)
#define kw_load_u32(v) (v)
#define kw_load_i32(v) (v)
#define kw_load_f32(v) (v)
#define kw_load_u64(v) (v)
#define kw_load_i64(v) (v)
#define kw_load_f64(v) (v)
#define kw_load_f16(v) kw_from_half(v)
#if KW_INDEX == 64
typedef kw_long kw_index;
#else
typedef int kw_index;
#endif

// Where a launch computes: extents of the whole image, first voxel and extents of the computed region, and first voxel
// and extents of the region that the input buffers hold.
typedef struct {
    int global_x, global_y, global_z, batch;
    int origin_x, origin_y, origin_z, unused0;
    int extent_x, extent_y, extent_z, unused1;
    int source_x, source_y, source_z, unused2;
    int source_extent_x, source_extent_y, source_extent_z, unused3;
} kw_geometry;

KW_FN int kw_abs(int v) { return v < 0 ? -v : v; }
KW_FN kw_index kw_min_index(kw_index a, kw_index b) { return a < b ? a : b; }
KW_FN kw_index kw_max_index(kw_index a, kw_index b) { return a > b ? a : b; }
KW_FN kw_long kw_min_long(kw_long a, kw_long b) { return a < b ? a : b; }
KW_FN kw_long kw_max_long(kw_long a, kw_long b) { return a > b ? a : b; }
