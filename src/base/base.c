#include "base/base.h"

#include <stdio.h>

int cor_str_cmp(cor_str a, cor_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

bool cor_str_ieq(cor_str a, cor_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool cor_str_ends(cor_str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && cor_str_ieq((cor_str){s.p + s.n - n, n}, cor_str_of(with));
}

static void fill(cor_err *e, cor_code code, const char *room, const char *fmt, va_list ap)
{
    e->code = code;
    e->room = room;
    e->off = COR_NOPOS;
    e->line = e->col = 0;
    vsnprintf(e->msg, sizeof e->msg, fmt, ap);
}

cor_code cor_fail(cor_err *e, cor_code code, const char *room, uint64_t off, const char *fmt, ...)
{
    if (e != NULL) {
        va_list ap;
        va_start(ap, fmt);
        fill(e, code, room, fmt, ap);
        va_end(ap);
        e->off = off;
    }
    return code;
}

cor_code cor_fail_at(cor_err *e, cor_code code, const char *room, uint32_t line, uint32_t col, const char *fmt, ...)
{
    if (e != NULL) {
        va_list ap;
        va_start(ap, fmt);
        fill(e, code, room, fmt, ap);
        va_end(ap);
        e->line = line;
        e->col = col;
    }
    return code;
}

cor_code cor_nomem(cor_err *e, const char *room)
{
    return cor_fail(e, COR_ENOMEM, room, COR_NOPOS, "out of memory");
}

void cor_err_within(cor_err *e, const char *name)
{
    if (e == NULL || e->line == 0)
        return;
    const cor_err was = *e;
    cor_fail(e, was.code, was.room, COR_NOPOS, "%s:%u:%u: %s", name, was.line, was.col, was.msg);
}
