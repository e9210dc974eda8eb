#include "judge/regproof.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "formats/qakbot/regnames.h"

#define LEAST 3
#define CHANCE 1e-9
#define AGREE_BY_CHANCE (1.0 / 16777216) /* two random names in 24 bits */

/* The smallest k for which the expected number of groups of k that agree, among m random names, is below CHANCE:
 * (m over k) / 2^(24 (k - 1)). */
static uint32_t needed_among(uint32_t m)
{
    double groups = m;
    uint32_t k = 1;
    while (k < LEAST || (groups >= CHANCE && k < m)) {
        groups *= (double)(m > k ? m - k : 0) / (k + 1) * AGREE_BY_CHANCE;
        k++;
    }
    return k;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

cor_code cor_regproof_of(const cor_str *name, size_t n, cor_regproof *out, cor_err *e)
{
    *out = (cor_regproof){0};
    size_t bytes;
    uint32_t *origin = n > UINT32_MAX || !cor_mul_add(&bytes, n, sizeof *origin, 0) ? NULL : cor_alloc(bytes);
    if (origin == NULL)
        return cor_nomem(e, "regproof");
    size_t m = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        if (cor_qakbot_name_origin(name[i], &origin[m]))
            m++;
    qsort(origin, m, sizeof *origin, by_value);
    for (size_t i = 0, begin = 0; i < m; i++) {
        if (kept > 0 && origin[kept - 1] == origin[i])
            continue;
        origin[kept] = origin[i];
        if (origin[kept] >> 8 != origin[begin] >> 8)
            begin = kept;
        kept++;
        /* there is a 256th number of this form, but no such value: a group of all of them is none */
        if (kept - begin > out->agree && kept - begin <= COR_QAKBOT_IDS) {
            out->agree = (uint32_t)(kept - begin);
            out->host = ~origin[begin] & 0xffffff00u;
        }
    }
    cor_free(origin);
    out->names = (uint32_t)kept;
    out->needed = needed_among(out->names);
    out->proved = out->agree >= out->needed;
    return COR_OK;
}
