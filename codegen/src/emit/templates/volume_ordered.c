// What extrema are taken of: sort keys, but the numbers themselves where the device orders floats as keys are ordered.
#define KW_VOLUME_FLOAT_f32 1
#if KW_SM >= 80 && @is_float@
typedef float kw_ordered;
#define KW_ORDERED(v) (v)
#define KW_UNORDERED(v) (v)
#define KW_FURTHER(a, b) kw_@extremum@_f32(a, b)
#define kw_ordered_start kw_@least@_f32
#else
typedef kw_u32 kw_ordered;
#define KW_ORDERED(v) @key@(v)
#define KW_UNORDERED(v) @unkey@(v)
#define KW_FURTHER(a, b) kw_@extremum@_u32(a, b)
#define kw_ordered_start @start_key@
#endif
// In shared memory keys take no more room than voxels.
#if @key_bits@ == 8
typedef kw_u8 kw_volume_x1;
typedef kw_u8x4 kw_volume_x4;
#elif @key_bits@ == 16
typedef kw_u16 kw_volume_x1;
typedef kw_u16x4 kw_volume_x4;
#elif KW_SM >= 80 && @is_float@
typedef float kw_volume_x1;
typedef kw_f32x4 kw_volume_x4;
#else
typedef kw_u32 kw_volume_x1;
typedef kw_u32x4 kw_volume_x4;
#endif
