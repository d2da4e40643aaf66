#define KW_GLOBAL
#define KW_SHARED
#define KW_GLOBAL_ADD(counter, n) atomicAdd(counter, n)
#define KW_SHARED_ADD(counter, n) atomicAdd(counter, n)
#define KW_FN static __device__ __forceinline__
#define KW_UNROLL _Pragma("unroll")
#define KW_SM (__CUDA_ARCH__ / 10) // compute capability, times ten
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
#if KW_RARE
typedef unsigned long long kw_u64;
typedef long long kw_i64;
typedef double kw_f64;
typedef unsigned short kw_f16;
typedef ulonglong2 kw_u64x2;
typedef longlong2 kw_i64x2;
typedef double2 kw_f64x2;
typedef struct __align__(16) { kw_u64 x, y, z, w; } kw_u64x4;
typedef struct __align__(16) { kw_i64 x, y, z, w; } kw_i64x4;
typedef struct __align__(16) { kw_f64 x, y, z, w; } kw_f64x4;
typedef ushort4 kw_f16x4;
KW_FN float kw_from_half(kw_f16 v)
{
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(v));
    return f;
}
KW_FN kw_f16 kw_to_half(float v)
{
    kw_f16 h;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(v));
    return v != v ? 0x7e00 : h;
}
#define kw_bits_f64(v) ((kw_u64)__double_as_longlong(v))
#define kw_double(v) __longlong_as_double((long long)(v))
#define kw_rint_f64(v) rint(v)
#endif
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
