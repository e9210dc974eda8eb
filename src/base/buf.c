#include "base/buf.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/digits.h"

bool cor_buf_slow(cor_buf *b, size_t more)
{
    size_t need;
    if (b->bad || __builtin_add_overflow(b->n, more, &need) || (b->max != 0 && need > b->max)) {
        b->bad = true;
        return false;
    }
    if (need <= b->cap)
        return true;
    size_t cap = b->cap < 256 ? 256 : b->cap * 2;
    if (cap < need)
        cap = need;
    uint8_t *p = cor_realloc(b->p, cap);
    if (p == NULL) {
        b->bad = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void cor_buf_u64(cor_buf *b, uint64_t v)
{
    if (cor_buf_room(b, COR_U64_DIGITS))
        b->n += cor_put_u64((char *)b->p + b->n, v);
}

void cor_buf_fmt(cor_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0 && cor_buf_room(b, (size_t)n + 1)) {
        vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void cor_buf_free(cor_buf *b)
{
    cor_free(b->p);
    *b = (cor_buf){.max = b->max};
}
