// Counters that are only added to. Where they fit, a group counts in copies of its own in shared memory, work-items side by side in different
// ones; counter i of copy c lies at i * copies + c, so that with 32 copies no two work-items share a bank, however full one counter is.
// Where they do not fit (KW_COUNTERS is 0), each work-item counts repeats of an index before it adds them.
typedef struct {
    KW_GLOBAL kw_u32 *total;
    kw_u32 length;
#if KW_COUNTERS
    KW_SHARED kw_u32 *shared;
    kw_u32 copies;
#else
    kw_u32 last, waiting;
#endif
} kw_tally;
#if KW_COUNTERS
// `room` counters in shared memory, at least `length`.
KW_FN kw_tally kw_tally_of(KW_GLOBAL kw_u32 *total, const kw_u32 length, KW_SHARED kw_u32 *shared, const kw_u32 room, const kw_u32 lane)
{
    kw_tally tally;
    tally.total = total;
    tally.length = length;
    tally.copies = 32u;
    while (tally.copies > 1u && tally.copies * length > room) tally.copies /= 2u;
    tally.shared = shared + lane % tally.copies;
    return tally;
}
#else
KW_FN kw_tally kw_tally_of(KW_GLOBAL kw_u32 *total, const kw_u32 length)
{
    kw_tally tally;
    tally.total = total;
    tally.length = length;
    tally.last = 0u;
    tally.waiting = 0u;
    return tally;
}
#endif
KW_FN void kw_tally_add(kw_tally *tally, const kw_index index, const kw_u32 n)
{
    const kw_u32 at = (kw_u32)index;
#if KW_INDEX == 64
    if (index >> 32) return;
#endif
    if (at >= tally->length) return;
#if KW_COUNTERS
    KW_SHARED_ADD(&tally->shared[at * tally->copies], n);
#else
    if (at == tally->last) {
        tally->waiting += n;
    } else {
        if (tally->waiting) KW_GLOBAL_ADD(&tally->total[tally->last], tally->waiting);
        tally->last = at;
        tally->waiting = n;
    }
#endif
}
// After all work-items of the group have counted.
KW_FN void kw_tally_flush(const kw_tally *tally, const kw_u32 lane, const kw_u32 lanes)
{
#if KW_COUNTERS
    KW_SHARED const kw_u32 *shared = tally->shared - lane % tally->copies;
    for (kw_u32 at = lane; at < tally->length; at += lanes) {
        kw_u32 sum = 0u;
        for (kw_u32 copy = 0u; copy < tally->copies; ++copy) sum += shared[at * tally->copies + (copy + lane) % tally->copies];
        if (sum) KW_GLOBAL_ADD(&tally->total[at], sum);
    }
#else
    if (tally->waiting) KW_GLOBAL_ADD(&tally->total[tally->last], tally->waiting);
#endif
}
