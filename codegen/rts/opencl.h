#pragma OPENCL FP_CONTRACT OFF
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
#define kw_bits(v) as_uint(v)
#define kw_float(v) as_float(v)
#define kw_fma(a, b, c) fma(a, b, c)
#define kw_sqrt(v) sqrt(v)
#define kw_rint(v) rint(v)
#define kw_floor(v) floor(v)
#define kw_ceil(v) ceil(v)
#define kw_trunc(v) trunc(v)
#define kw_fabs(v) fabs(v)
#define kw_exp(v) exp(v)
#define kw_log(v) log(v)
#define kw_pow(v, p) pow(v, p)
#define kw_sin(v) sin(v)
#define kw_cos(v) cos(v)
