// The bits of a number, the same for every NaN.
KW_FN kw_u32 kw_to_bits(float v) { return v != v ? 0x7fc00000u : kw_bits(v); }
