#define KW_LANES_u32 1
#define KW_LANES_u16x2 2
#define KW_LANES KW_CAT(KW_LANES_, KW_KEYS)
#define KW_WIDTH_u32 32
#define KW_WIDTH_u16x2 16
#define KW_WIDTH KW_CAT(KW_WIDTH_, KW_KEYS)
typedef KW_STORAGE(KW_KEYS) kw_keys;
#define kw_low KW_CAT(kw_low_, KW_KEYS)
#define kw_high KW_CAT(kw_high_, KW_KEYS)
// The same number for all keys that are compared at once, and each of these times a number.
#define kw_all KW_CAT(kw_all_, KW_KEYS)
#define kw_times KW_CAT(kw_times_, KW_KEYS)

// A window is columns of KW_NX keys along x; KW_NP of them make a layer, and KW_NM layers the window. A work-item marches through layers,
// two at a time. It computes two windows that are neighbours across the march where there are several columns in a layer.
#define KW_WINDOW (KW_NX * KW_NP * KW_NM)
#define KW_SIDES (KW_NP > 1 ? 2 : 1)
#define KW_APART (KW_NP > 1 ? 2 : 0)
// Columns of a layer that all windows of a work-item have, and their keys.
#define KW_CORE (KW_NP > 1 ? KW_NP - 1 : 1)
#define KW_LAYER (KW_NX * KW_CORE)
// Pairs of layers that two windows in succession have.
#define KW_PAIRS (KW_NM / 2)

// Of a window of KW_WINDOW keys the one of rank KW_RANK is wanted. When n of them are known, it is among the ranks KW_FROM(n)..KW_TO(n) of
// these, whatever the others are. The mode needs all in order.
#if KW_MODE
#define KW_FROM(n) 0
#define KW_TO(n) (n)
#else
#define KW_FROM(n) (KW_RANK - KW_WINDOW + (n) > 0 ? KW_RANK - KW_WINDOW + (n) : 0)
#define KW_TO(n) (KW_RANK + 1 < (n) ? KW_RANK + 1 : (n))
#endif
#define KW_KEPT(n) (KW_TO(n) - KW_FROM(n))

KW_INLINED void kw_exchange(kw_keys *v, const int i, const int j)
{
    const kw_keys a = v[i], b = v[j];
    v[i] = kw_low(a, b);
    v[j] = kw_high(a, b);
}
#define KW_HALVE(d) KW_UNROLL for (int i = 0; i < n - (d); ++i) if (!(i & (d))) kw_exchange(v, i, i + (d));
// Ranks low..high, from 0, of the keys of a and b, each of which are in order. First the `low` smallest are left out: of a[i] and
// b[low - 1 - i] the smaller one. What stays falls and then rises, and is merged as such (Batcher 1968). Only what reaches out[0..high - low]
// is computed, once all loops are unrolled.
KW_INLINED void kw_select(kw_keys *out, const kw_keys *a, const int na, const kw_keys *b, const int nb, const int low, const int high)
{
    kw_keys v[KW_WINDOW + 1];
    const int n = na + nb - low;
    KW_UNROLL for (int k = 0; k < n; ++k) {
        const int i = k + low - nb;
        v[k] = i < 0 ? b[low - 1 - i] : i >= low ? a[i] : kw_high(a[i], b[low - 1 - i]);
    }
    KW_HALVE(64) KW_HALVE(32) KW_HALVE(16) KW_HALVE(8) KW_HALVE(4) KW_HALVE(2) KW_HALVE(1)
    KW_UNROLL for (int k = 0; k < high - low; ++k) out[k] = v[k];
}
#define kw_merge(out, a, na, b, nb) kw_select(out, a, na, b, nb, 0, (na) + (nb))
#define kw_add(out, a, n, b, nb) \
    kw_select(out, a, KW_KEPT(n), b, nb, KW_FROM((n) + (nb)) - KW_FROM(n), KW_TO((n) + (nb)) - KW_FROM(n))
KW_INLINED void kw_copy(kw_keys *to, const kw_keys *from, const int n) { KW_UNROLL for (int i = 0; i < n; ++i) to[i] = from[i]; }
@sort@
#if KW_MODE
// The most frequent of all keys, which are in order; of several the smallest.
KW_INLINED kw_keys kw_result(const kw_keys *v)
{
#if 2 * KW_BITS <= KW_WIDTH
    // A key that differs from the one before begins a run. The longer a run, and then the smaller its key, the smaller is what stands for it.
    kw_keys begin = kw_all(0), best = v[0] + kw_all((KW_WINDOW - 1) << KW_BITS);
    KW_UNROLL for (int i = 1; i < KW_WINDOW; ++i) {
        begin = kw_high(begin, kw_times(kw_low(v[i] - v[i - 1], kw_all(1)), i));
        best = kw_low(best, kw_times(begin, 1 << KW_BITS) + v[i] + kw_all((KW_WINDOW - 1 - i) << KW_BITS));
    }
    return best & kw_all((1 << KW_BITS) - 1);
#else
    kw_keys value = v[0];
    int run = 1, longest = 1;
    KW_UNROLL for (int i = 1; i < KW_WINDOW; ++i) {
        run = v[i] == v[i - 1] ? run + 1 : 1;
        value = run > longest ? v[i] : value;
        longest = run > longest ? run : longest;
    }
    return value;
#endif
}
#else
KW_INLINED kw_keys kw_result(const kw_keys *v) { return v[0]; }
#endif

// What a work-item knows of the layers behind it.
typedef struct {
    // Pairs of successive layers, merged; the column at either side is kept apart.
    kw_keys pair[KW_PAIRS][2 * KW_LAYER], side_pair[KW_PAIRS][KW_SIDES][2 * KW_NX];
    // The second layer of each pair, which is the first of a later window.
    kw_keys second[KW_PAIRS][KW_LAYER], side_second[KW_PAIRS][KW_SIDES][KW_NX];
    // The layers at both ends of the two windows: the first of one and the last of the other.
    kw_keys first[KW_LAYER], side_first[KW_SIDES][KW_NX];
    kw_keys last[KW_LAYER], side_last[KW_SIDES][KW_NX];
} kw_march;

KW_INLINED void kw_begin(kw_march *m)
{
    KW_UNROLL for (int i = 0; i < KW_LAYER; ++i) {
        m->last[i] = kw_all(0);
        KW_UNROLL for (int h = 0; h < KW_PAIRS; ++h) m->second[h][i] = m->pair[h][i] = m->pair[h][KW_LAYER + i] = kw_all(0);
    }
    KW_UNROLL for (int e = 0; e < KW_SIDES; ++e) {
        KW_UNROLL for (int i = 0; i < KW_NX; ++i) {
            m->side_last[e][i] = kw_all(0);
            KW_UNROLL for (int h = 0; h < KW_PAIRS; ++h) {
                m->side_second[h][e][i] = m->side_pair[h][e][i] = m->side_pair[h][e][KW_NX + i] = kw_all(0);
            }
        }
    }
}

// Reads a layer: the columns that all windows have, merged, and one at either side.
KW_INLINED void kw_read(KW_SHARED const kw_keys *tile, kw_keys *layer, kw_keys side[KW_SIDES][KW_NX])
{
    kw_keys column[KW_CORE][KW_NX];
    KW_UNROLL for (int e = 0; e < KW_APART; ++e) {
        KW_UNROLL for (int i = 0; i < KW_NX; ++i) side[e][i] = tile[e * KW_NP * KW_WIDE + i];
        kw_sort(side[e]);
    }
    KW_UNROLL for (int j = 0; j < KW_CORE; ++j) {
        KW_UNROLL for (int i = 0; i < KW_NX; ++i) column[j][i] = tile[(KW_NP > 1 ? j + 1 : 0) * KW_WIDE + i];
        kw_sort(column[j]);
    }
#if KW_NP > 1
    kw_merge(layer, column[0], KW_NX, column[1], KW_NX);
#else
    kw_copy(layer, column[0], KW_NX);
#endif
    KW_UNROLL for (int j = 2; j + 1 < KW_CORE; j += 2) {
        kw_keys two[2 * KW_NX], more[KW_LAYER];
        kw_merge(two, column[j], KW_NX, column[j + 1], KW_NX);
        kw_merge(more, layer, j * KW_NX, two, 2 * KW_NX);
        kw_copy(layer, more, (j + 2) * KW_NX);
    }
}

// Goes on by two layers.
KW_INLINED void kw_advance(kw_march *m, KW_SHARED const kw_keys *tile)
{
    kw_keys layer[KW_LAYER], side[KW_SIDES][KW_NX];
    kw_copy(m->first, m->second[0], KW_LAYER);
    KW_UNROLL for (int e = 0; e < KW_SIDES; ++e) kw_copy(m->side_first[e], m->side_second[0][e], KW_NX);
    KW_UNROLL for (int h = 0; h + 1 < KW_PAIRS; ++h) {
        kw_copy(m->pair[h], m->pair[h + 1], 2 * KW_LAYER);
        kw_copy(m->second[h], m->second[h + 1], KW_LAYER);
        KW_UNROLL for (int e = 0; e < KW_SIDES; ++e) {
            kw_copy(m->side_pair[h][e], m->side_pair[h + 1][e], 2 * KW_NX);
            kw_copy(m->side_second[h][e], m->side_second[h + 1][e], KW_NX);
        }
    }
    kw_read(tile, layer, side);
    kw_merge(m->pair[KW_PAIRS - 1], m->last, KW_LAYER, layer, KW_LAYER);
    kw_copy(m->second[KW_PAIRS - 1], layer, KW_LAYER);
    KW_UNROLL for (int e = 0; e < KW_APART; ++e) {
        kw_merge(m->side_pair[KW_PAIRS - 1][e], m->side_last[e], KW_NX, side[e], KW_NX);
        kw_copy(m->side_second[KW_PAIRS - 1][e], side[e], KW_NX);
    }
    kw_read(tile + KW_TALL * KW_WIDE, m->last, m->side_last);
}

// The windows that end with the last layer but one, and with the last; at either side.
KW_INLINED void kw_windows(const kw_march *m, kw_keys results[KW_SIDES][2])
{
    // Of n keys of a window, only the ranks from KW_FROM(n) up to KW_TO(n) can still matter; others are dropped.
    kw_keys core[KW_WINDOW];
    kw_copy(core, m->pair[0] + KW_FROM(2 * KW_LAYER), KW_KEPT(2 * KW_LAYER));
    KW_UNROLL for (int h = 1; h < KW_PAIRS; ++h) {
        kw_keys more[KW_WINDOW];
        kw_add(more, core, 2 * h * KW_LAYER, m->pair[h], 2 * KW_LAYER);
        kw_copy(core, more, KW_KEPT(2 * (h + 1) * KW_LAYER));
    }
    KW_UNROLL for (int e = 0; e < KW_SIDES; ++e) {
        kw_keys wide[KW_WINDOW];
#if KW_NP > 1
        kw_keys along[2 * KW_PAIRS * KW_NX];
        kw_copy(along, m->side_pair[0][e], 2 * KW_NX);
        KW_UNROLL for (int h = 1; h < KW_PAIRS; ++h) {
            kw_keys more[2 * KW_PAIRS * KW_NX];
            kw_merge(more, along, 2 * h * KW_NX, m->side_pair[h][e], 2 * KW_NX);
            kw_copy(along, more, 2 * (h + 1) * KW_NX);
        }
        kw_add(wide, core, 2 * KW_PAIRS * KW_LAYER, along, 2 * KW_PAIRS * KW_NX);
#else
        kw_copy(wide, core, KW_KEPT(2 * KW_PAIRS * KW_LAYER));
#endif
        KW_UNROLL for (int o = 0; o < 2; ++o) {
            kw_keys more[KW_WINDOW];
#if KW_NP > 1
            const int n = 2 * KW_PAIRS * KW_NX * KW_NP;
            kw_keys most[KW_WINDOW];
            kw_add(most, wide, n, o ? m->last : m->first, KW_LAYER);
            kw_add(more, most, n + KW_LAYER, o ? m->side_last[e] : m->side_first[e], KW_NX);
#else
            kw_add(more, wide, 2 * KW_PAIRS * KW_NX, o ? m->last : m->first, KW_LAYER);
#endif
            results[e][o] = kw_result(more);
        }
    }
}
