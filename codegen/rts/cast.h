// `as` of Rust: towards zero, saturating, 0 for NaN. So do NVIDIA's conversions, as PTX defines them.
#if defined(__CUDA_ARCH__)
KW_FN int kw_i32_as_f32(float v) { return __float2int_rz(v); }
KW_FN kw_u32 kw_u32_as_f32(float v) { return __float2uint_rz(v); }
#else
KW_FN int kw_i32_as_f32(float v) { return v != v ? 0 : v <= -2147483648.0f ? -2147483647 - 1 : v >= 2147483648.0f ? 2147483647 : (int)v; }
KW_FN kw_u32 kw_u32_as_f32(float v) { return !(v > 0.0f) ? 0u : v >= 4294967296.0f ? 4294967295u : (kw_u32)v; }
#endif
KW_FN kw_index kw_index_as_f32(float v) { return !(v > 0.0f) ? 0 : (kw_index)v; }
