#pragma OPENCL FP_CONTRACT OFF
#define KW_GLOBAL __global
#define KW_SHARED __local
#define KW_GLOBAL_ADD(counter, n) atomic_add(counter, n)
#define KW_SHARED_ADD(counter, n) atomic_add(counter, n)
#define KW_FN static inline
#define KW_UNROLL _Pragma("unroll")
typedef uchar kw_u8;
typedef char kw_i8;
typedef ushort kw_u16;
typedef short kw_i16;
typedef uint kw_u32;
typedef int kw_i32;
typedef float kw_f32;
typedef long kw_long;
typedef uchar4 kw_u8x4;
typedef char4 kw_i8x4;
typedef ushort4 kw_u16x4;
typedef short4 kw_i16x4;
typedef uint4 kw_u32x4;
typedef int4 kw_i32x4;
typedef float4 kw_f32x4;
#define kw_bits(v) as_uint(v)
#define kw_float(v) as_float(v)
#define kw_fma(a, b, c) fma(a, b, c)
#define kw_sqrt(v) sqrt(v)
// From 2^23 on every f32 is whole. Some libraries round by way of an integer, which is undefined for what none holds: NaN, 1e30.
#define KW_ROUNDING(name, of) \
    KW_FN float kw_##name(float v) { return fabs(v) < 8388608.0f ? of(v) : v; }
KW_ROUNDING(rint, rint)
KW_ROUNDING(floor, floor)
KW_ROUNDING(ceil, ceil)
KW_ROUNDING(trunc, trunc)
#define kw_fabs(v) fabs(v)
#define kw_exp(v) exp(v)
#define kw_log(v) log(v)
#define kw_pow(v, p) pow(v, p)
#define kw_sin(v) sin(v)
#define kw_cos(v) cos(v)
