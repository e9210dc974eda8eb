/* A growing byte buffer. Running out of memory (or over `max`) poisons it: later appends do nothing, and one check of
 * cor_buf_ok at the end is enough. Owner frees with cor_buf_free. A zeroed cor_buf is an empty one without a
 * maximum. */
#ifndef COR_BASE_BUF_H
#define COR_BASE_BUF_H

#include "base/base.h"

typedef struct cor_buf {
    uint8_t *p;
    size_t n, cap;
    size_t max;   /* 0: none */
    bool bad;
} cor_buf;

bool cor_buf_slow(cor_buf *b, size_t more); /* for cor_buf_room only */

/* Room for `more` further bytes behind b->p + b->n; false when poisoned. */
static inline bool cor_buf_room(cor_buf *b, size_t more)
{
    return (COR_LIKELY(b->cap - b->n >= more) && !b->bad) || cor_buf_slow(b, more);
}

static inline void cor_buf_put(cor_buf *b, const void *p, size_t n)
{
    if (n != 0 && cor_buf_room(b, n)) {
        memcpy(b->p + b->n, p, n);
        b->n += n;
    }
}
static inline void cor_buf_c(cor_buf *b, char c)
{
    if (cor_buf_room(b, 1))
        b->p[b->n++] = (uint8_t)c;
}
static inline void cor_buf_str(cor_buf *b, cor_str s)
{
    cor_buf_put(b, s.p, s.n);
}
static inline void cor_buf_z(cor_buf *b, const char *z)
{
    cor_buf_put(b, z, strlen(z));
}
static inline bool cor_buf_ok(const cor_buf *b)
{
    return !b->bad;
}
static inline cor_str cor_buf_view(const cor_buf *b)
{
    return (cor_str){(const char *)b->p, b->n};
}
void cor_buf_u64(cor_buf *b, uint64_t v);
void cor_buf_fmt(cor_buf *b, const char *fmt, ...) COR_PRINTF(2, 3);
static inline void cor_buf_clear(cor_buf *b)
{
    b->n = 0;
    b->bad = false;
}
void cor_buf_free(cor_buf *b);

#endif
