/* Bytes of one record, packed for a sort or a temporary file: variable-length numbers and counted text. Only this
 * process reads them back; reading is checked all the same and sticky: after the end everything is empty, and `bad`
 * says so. */
#ifndef COR_BASE_PACK_H
#define COR_BASE_PACK_H

#include "base/buf.h"

static inline void cor_pack_u64(cor_buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        cor_buf_c(b, (char)(v | 0x80));
    cor_buf_c(b, (char)v);
}

static inline void cor_pack_i64(cor_buf *b, int64_t v)
{
    cor_pack_u64(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0)); /* small numbers of both signs stay short */
}

static inline void cor_pack_f64(cor_buf *b, double v)
{
    cor_buf_put(b, &v, sizeof v);
}

/* .p NULL is kept apart from empty text. */
static inline void cor_pack_str(cor_buf *b, cor_str s)
{
    cor_pack_u64(b, s.p == NULL ? 0 : (uint64_t)s.n + 1);
    cor_buf_put(b, s.p, s.p == NULL ? 0 : s.n);
}

typedef struct cor_unpack {
    const uint8_t *p, *end;
    bool bad;
} cor_unpack;

static inline cor_unpack cor_unpack_of(cor_str s)
{
    return (cor_unpack){(const uint8_t *)s.p, (const uint8_t *)s.p + s.n, false};
}

static inline const uint8_t *cor_unpack_bytes(cor_unpack *u, size_t n)
{
    if (u->bad || n > (size_t)(u->end - u->p)) {
        u->bad = true;
        return NULL;
    }
    const uint8_t *p = u->p;
    u->p += n;
    return p;
}

static inline uint64_t cor_unpack_u64(cor_unpack *u)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t *p = cor_unpack_bytes(u, 1);
        if (p == NULL)
            return 0;
        v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p < 0x80)
            return v;
    }
    u->bad = true;
    return 0;
}

static inline int64_t cor_unpack_i64(cor_unpack *u)
{
    uint64_t v = cor_unpack_u64(u);
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

static inline double cor_unpack_f64(cor_unpack *u)
{
    double v = 0;
    const uint8_t *p = cor_unpack_bytes(u, sizeof v);
    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return v;
}

/* Borrowed from the packed bytes. */
static inline cor_str cor_unpack_str(cor_unpack *u)
{
    uint64_t n = cor_unpack_u64(u);
    if (n == 0)
        return (cor_str){NULL, 0};
    const uint8_t *p = n - 1 > SIZE_MAX ? NULL : cor_unpack_bytes(u, (size_t)(n - 1));
    if (p == NULL) {
        u->bad = true;
        return (cor_str){NULL, 0};
    }
    return (cor_str){(const char *)p, (size_t)(n - 1)};
}

#endif
