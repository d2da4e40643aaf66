// Straight code for the rows of a plane, so that no array is indexed by what only an unrolled loop makes a constant. `kw_row` holds four voxels
// and their surroundings along x, `kw_most` what is best of them within the half-width that is reached.
// Row i of the KW_STRIP + 2 KW_RY that a work-item reads is row dy = i - e - KW_RY of the window of its result e.
#define KW_GIVE(i, h, e, dz) \
    if (KW_IS_HALF(h, (i) - (e) - KW_RY, dz)) kw_discs[e][dz] = kw_better4(kw_discs[e][dz], kw_most);
#define KW_DISCS_0(i, h, e) KW_GIVE(i, h, e, 0)
#define KW_DISCS_1(i, h, e) KW_DISCS_0(i, h, e) KW_GIVE(i, h, e, 1)
#define KW_DISCS_2(i, h, e) KW_DISCS_1(i, h, e) KW_GIVE(i, h, e, 2)
#define KW_DISCS_3(i, h, e) KW_DISCS_2(i, h, e) KW_GIVE(i, h, e, 3)
#define KW_DISCS_4(i, h, e) KW_DISCS_3(i, h, e) KW_GIVE(i, h, e, 4)
#define KW_DISCS_5(i, h, e) KW_DISCS_4(i, h, e) KW_GIVE(i, h, e, 5)
#define KW_DISCS_6(i, h, e) KW_DISCS_5(i, h, e) KW_GIVE(i, h, e, 6)
#define KW_DISCS_7(i, h, e) KW_DISCS_6(i, h, e) KW_GIVE(i, h, e, 7)
#define KW_DISCS_(rz) KW_DISCS_##rz
#define KW_DISCS(rz) KW_DISCS_(rz)
#define KW_RESULTS_1(i, h) KW_DISCS(KW_RZ)(i, h, 0)
#define KW_RESULTS_2(i, h) KW_RESULTS_1(i, h) KW_DISCS(KW_RZ)(i, h, 1)
#define KW_RESULTS_3(i, h) KW_RESULTS_2(i, h) KW_DISCS(KW_RZ)(i, h, 2)
#define KW_RESULTS_4(i, h) KW_RESULTS_3(i, h) KW_DISCS(KW_RZ)(i, h, 3)
#define KW_RESULTS_(strip) KW_RESULTS_##strip
#define KW_RESULTS(strip) KW_RESULTS_(strip)
#define KW_WIDEN(i, h) \
    { \
        kw_u32x4 kw_left, kw_right; \
        kw_left.x = kw_row[KW_SIDE - (h)]; \
        kw_left.y = kw_row[KW_SIDE - (h) + 1]; \
        kw_left.z = kw_row[KW_SIDE - (h) + 2]; \
        kw_left.w = kw_row[KW_SIDE - (h) + 3]; \
        kw_right.x = kw_row[KW_SIDE + (h)]; \
        kw_right.y = kw_row[KW_SIDE + (h) + 1]; \
        kw_right.z = kw_row[KW_SIDE + (h) + 2]; \
        kw_right.w = kw_row[KW_SIDE + (h) + 3]; \
        kw_most = kw_better4(kw_better4(kw_most, kw_left), kw_right); \
    } \
    KW_RESULTS(KW_STRIP)(i, h)
#define KW_HALVES_0(i) KW_RESULTS(KW_STRIP)(i, 0)
#define KW_HALVES_1(i) KW_HALVES_0(i) KW_WIDEN(i, 1)
#define KW_HALVES_2(i) KW_HALVES_1(i) KW_WIDEN(i, 2)
#define KW_HALVES_3(i) KW_HALVES_2(i) KW_WIDEN(i, 3)
#define KW_HALVES_4(i) KW_HALVES_3(i) KW_WIDEN(i, 4)
#define KW_HALVES_5(i) KW_HALVES_4(i) KW_WIDEN(i, 5)
#define KW_HALVES_6(i) KW_HALVES_5(i) KW_WIDEN(i, 6)
#define KW_HALVES_7(i) KW_HALVES_6(i) KW_WIDEN(i, 7)
#define KW_HALVES_(rx) KW_HALVES_##rx
#define KW_HALVES(rx) KW_HALVES_(rx)
#define KW_ROW(i) \
    { \
        kw_u32 kw_row[4 + 2 * KW_SIDE]; \
        KW_UNROLL for (int q = 0; q <= KW_SIDE / 2; ++q) { \
            const kw_u32x4 kw_four = kw_quads[(i) * (KW_WIDE / 4) + q]; \
            kw_row[4 * q] = kw_four.x; \
            kw_row[4 * q + 1] = kw_four.y; \
            kw_row[4 * q + 2] = kw_four.z; \
            kw_row[4 * q + 3] = kw_four.w; \
        } \
        kw_u32x4 kw_most; \
        kw_most.x = kw_row[KW_SIDE]; \
        kw_most.y = kw_row[KW_SIDE + 1]; \
        kw_most.z = kw_row[KW_SIDE + 2]; \
        kw_most.w = kw_row[KW_SIDE + 3]; \
        KW_HALVES(KW_RX)(i) \
    }
#define KW_AROUND_0
#define KW_AROUND_1 KW_AROUND_0 KW_ROW(0) KW_ROW(1)
#define KW_AROUND_2 KW_AROUND_1 KW_ROW(2) KW_ROW(3)
#define KW_AROUND_3 KW_AROUND_2 KW_ROW(4) KW_ROW(5)
#define KW_AROUND_4 KW_AROUND_3 KW_ROW(6) KW_ROW(7)
#define KW_AROUND_5 KW_AROUND_4 KW_ROW(8) KW_ROW(9)
#define KW_AROUND_6 KW_AROUND_5 KW_ROW(10) KW_ROW(11)
#define KW_AROUND_7 KW_AROUND_6 KW_ROW(12) KW_ROW(13)
#define KW_AROUND_(ry) KW_AROUND_##ry
#define KW_AROUND(ry) KW_AROUND_(ry)
#define KW_OWN_1 KW_ROW(2 * KW_RY)
#define KW_OWN_2 KW_OWN_1 KW_ROW(2 * KW_RY + 1)
#define KW_OWN_3 KW_OWN_2 KW_ROW(2 * KW_RY + 2)
#define KW_OWN_4 KW_OWN_3 KW_ROW(2 * KW_RY + 3)
#define KW_OWN_(strip) KW_OWN_##strip
#define KW_OWN(strip) KW_OWN_(strip)
