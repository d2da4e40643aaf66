// The median of an odd number of keys. Small windows: keep n/2 + 2 candidates, drop the smallest and the largest, take in the
// next. All indices are constants once unrolled, so the keys stay in registers.
#define KW_SORT2(key, a, b)                \
    {                                      \
        const key low = a < b ? a : b;     \
        b = a < b ? b : a;                 \
        a = low;                           \
    }
#define KW_MEDIAN_OF(key, keys, n, result)                                        \
    {                                                                             \
        KW_UNROLL for (int size = (n) / 2 + 2; size > 2; --size)                  \
        {                                                                         \
            if ((n) < 3) break;                                                   \
            KW_UNROLL for (int i = 1; i < size; ++i) KW_SORT2(key, keys[0], keys[i])   \
            KW_UNROLL for (int i = 1; i < size - 1; ++i) KW_SORT2(key, keys[i], keys[size - 1]) \
            if (size > 3) keys[0] = keys[(n) - size + 3];                         \
        }                                                                         \
        result = (n) < 3 ? keys[0] : keys[1];                                     \
    }
