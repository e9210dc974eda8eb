#include "sigma/dash.h"

#include <string.h>

const char *const cor_dash[COR_DASHES] = {"-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95"};

size_t cor_dash_at(cor_str s, size_t i)
{
    for (size_t d = 0; d < COR_DASHES; d++) {
        size_t n = strlen(cor_dash[d]);
        if (s.n - i >= n && memcmp(s.p + i, cor_dash[d], n) == 0)
            return n;
    }
    return 0;
}

bool cor_dash_same(cor_str a, cor_str b)
{
    size_t i = 0, k = 0;
    while (i < a.n && k < b.n) {
        size_t x = cor_dash_at(a, i), y = cor_dash_at(b, k);
        if ((x != 0) != (y != 0) || (x == 0 && a.p[i] != b.p[k]))
            return false;
        i += x == 0 ? 1 : x;
        k += y == 0 ? 1 : y;
    }
    return i == a.n && k == b.n;
}
