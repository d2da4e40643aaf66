#pragma OPENCL FP_CONTRACT OFF
#define KW_GLOBAL __global
#define KW_SHARED __local
#define KW_GLOBAL_ADD(counter, n) atomic_add(counter, n)
#define KW_SHARED_ADD(counter, n) atomic_add(counter, n)
#define KW_FN static inline
#define KW_UNROLL _Pragma("unroll")
#ifndef KW_SM
#define KW_SM 0 // compute capability of a GPU of NVIDIA, times ten; 0 of every other device
#endif
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
#if KW_RARE
typedef ulong kw_u64;
typedef long kw_i64;
typedef ushort kw_f16;
typedef ulong4 kw_u64x4;
typedef long4 kw_i64x4;
typedef ushort4 kw_f16x4;
typedef ulong2 kw_u64x2;
typedef long2 kw_i64x2;
KW_FN float kw_from_half(kw_f16 v) { return vload_half(0, (const __private half *)&v); }
KW_FN kw_f16 kw_to_half(float v)
{
    kw_f16 h;
    vstore_half_rte(v, 0, (__private half *)&h);
    return v != v ? 0x7e00 : h;
}
#endif
#if KW_RARE > 1
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double kw_f64;
typedef double2 kw_f64x2;
typedef double4 kw_f64x4;
#define kw_bits_f64(v) as_ulong(v)
#define kw_double(v) as_double((kw_u64)(v))
#define kw_rint_f64(v) rint(v)
#endif
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
