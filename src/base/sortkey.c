/* Key pieces of base/sort.h: numbers big-endian, signed ones shifted, text with its end marked. */
#include "base/sort.h"

void cor_key_u64(cor_buf *b, uint64_t v)
{
    uint8_t t[8];
    for (int i = 7; i >= 0; i--, v >>= 8)
        t[i] = (uint8_t)v;
    cor_buf_put(b, t, sizeof t);
}

void cor_key_i64(cor_buf *b, int64_t v)
{
    cor_key_u64(b, (uint64_t)v ^ UINT64_C(1) << 63); /* negative numbers first */
}

void cor_key_str(cor_buf *b, cor_str s)
{
    for (size_t i = 0, from = 0; i <= s.n; i++) {
        bool special = i < s.n && (uint8_t)s.p[i] <= 1;
        if (i < s.n && !special)
            continue;
        if (i > from)
            cor_buf_put(b, s.p + from, i - from);
        if (special) {
            cor_buf_c(b, 1);
            cor_buf_c(b, (char)(s.p[i] + 1));
        }
        from = i + 1;
    }
    cor_buf_c(b, 0);
}

bool cor_key_take_u64(cor_str *k, uint64_t *v)
{
    if (k->n < 8)
        return false;
    *v = 0;
    for (int i = 0; i < 8; i++)
        *v = *v << 8 | (uint8_t)k->p[i];
    k->p += 8;
    k->n -= 8;
    return true;
}

bool cor_key_take_i64(cor_str *k, int64_t *v)
{
    uint64_t u;
    if (!cor_key_take_u64(k, &u))
        return false;
    *v = (int64_t)(u ^ UINT64_C(1) << 63);
    return true;
}

bool cor_key_take_str(cor_str *k, cor_buf *out)
{
    size_t i = 0, from = 0;
    for (; i < k->n && k->p[i] != 0; i++) {
        if (k->p[i] != 1)
            continue;
        if (i + 1 >= k->n || (k->p[i + 1] != 1 && k->p[i + 1] != 2))
            return false;
        cor_buf_put(out, k->p + from, i - from);
        cor_buf_c(out, (char)(k->p[i + 1] - 1));
        from = ++i + 1;
    }
    if (i >= k->n)
        return false;
    cor_buf_put(out, k->p + from, i - from);
    k->p += i + 1;
    k->n -= i + 1;
    return true;
}
