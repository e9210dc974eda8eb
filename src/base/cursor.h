/* The checked cursor: the only way to read bytes that came from outside. The error is sticky, so that a parser
 * reads like its format and checks once: after a short read every further read gives zero. Little endian. */
#ifndef COR_BASE_CURSOR_H
#define COR_BASE_CURSOR_H

#include "base/base.h"

typedef struct cor_cur {
    const uint8_t *p;  /* borrowed: valid while the artefact's bytes are */
    size_t len, off;   /* invariant: off <= len */
    uint64_t base;     /* absolute file offset of p[0], for messages */
    const char *bad;   /* NULL while good, else the field that ran short (static string) */
    uint64_t bad_at;   /* absolute offset of that field */
} cor_cur;

static inline cor_cur cor_cur_of(const void *p, size_t len, uint64_t base)
{
    return (cor_cur){.p = p, .len = len, .base = base};
}

static inline size_t cor_left(const cor_cur *c)
{
    return c->len - c->off;
}

static inline const uint8_t *cor_take(cor_cur *c, size_t n, const char *field)
{
    if (COR_LIKELY(c->bad == NULL && n <= c->len - c->off)) {
        const uint8_t *q = c->p + c->off;
        c->off += n;
        return q;
    }
    if (c->bad == NULL) {
        c->bad = field;
        c->bad_at = c->base + c->off;
    }
    return NULL;
}

/* Loads for bytes whose bounds were checked just before. */
static inline uint16_t cor_ld16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}
static inline uint32_t cor_ld32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static inline uint64_t cor_ld64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the loads assume a little-endian machine");

static inline uint8_t cor_u8(cor_cur *c, const char *f)
{
    const uint8_t *q = cor_take(c, 1, f);
    return q == NULL ? 0 : *q;
}
static inline uint16_t cor_u16(cor_cur *c, const char *f)
{
    const uint8_t *q = cor_take(c, 2, f);
    return q == NULL ? 0 : cor_ld16(q);
}
static inline uint32_t cor_u32(cor_cur *c, const char *f)
{
    const uint8_t *q = cor_take(c, 4, f);
    return q == NULL ? 0 : cor_ld32(q);
}
static inline uint64_t cor_u64(cor_cur *c, const char *f)
{
    const uint8_t *q = cor_take(c, 8, f);
    return q == NULL ? 0 : cor_ld64(q);
}

#endif
