#define KW_GLOBAL
#define KW_SHARED
#define KW_GLOBAL_ADD(counter, n) atomicAdd(counter, n)
#define KW_SHARED_ADD(counter, n) atomicAdd(counter, n)
#define KW_FN static __device__ __forceinline__
#define KW_UNROLL _Pragma("unroll")
typedef unsigned char kw_u8;
typedef signed char kw_i8;
typedef unsigned short kw_u16;
typedef short kw_i16;
typedef unsigned int kw_u32;
typedef int kw_i32;
typedef float kw_f32;
typedef long long kw_long;
typedef uchar4 kw_u8x4;
typedef char4 kw_i8x4;
typedef ushort4 kw_u16x4;
typedef short4 kw_i16x4;
typedef uint4 kw_u32x4;
typedef int4 kw_i32x4;
typedef float4 kw_f32x4;
#define kw_bits(v) __float_as_uint(v)
#define kw_float(v) __uint_as_float(v)
#define kw_fma(a, b, c) __fmaf_rn(a, b, c)
#define kw_sqrt(v) __fsqrt_rn(v)
#define kw_rint(v) rintf(v)
#define kw_floor(v) floorf(v)
#define kw_ceil(v) ceilf(v)
#define kw_trunc(v) truncf(v)
#define kw_fabs(v) fabsf(v)
#define kw_exp(v) expf(v)
#define kw_log(v) logf(v)
#define kw_pow(v, p) powf(v, p)
#define kw_sin(v) sinf(v)
#define kw_cos(v) cosf(v)
