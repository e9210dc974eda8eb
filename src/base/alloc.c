#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>

/* LONG_MIN-ish sentinel keeps the ordinary path at one relaxed load. */
static atomic_long oom_countdown = -1;
static atomic_bool oom_hit = false;

void cor_oom_at(long k)
{
    atomic_store(&oom_hit, false);
    atomic_store(&oom_countdown, k);
}

bool cor_oom_fired(void)
{
    return atomic_load(&oom_hit);
}

static bool must_fail(void)
{
    if (COR_LIKELY(atomic_load_explicit(&oom_countdown, memory_order_relaxed) < 0))
        return false;
    if (atomic_fetch_sub(&oom_countdown, 1) != 0)
        return false;
    atomic_store(&oom_hit, true);
    return true;
}

void *cor_alloc(size_t n)
{
    return must_fail() ? NULL : malloc(n == 0 ? 1 : n);
}

void *cor_zalloc(size_t n)
{
    return must_fail() ? NULL : calloc(1, n == 0 ? 1 : n);
}

void *cor_realloc(void *p, size_t n)
{
    return must_fail() ? NULL : realloc(p, n == 0 ? 1 : n);
}

void cor_free(void *p)
{
    free(p);
}

void *cor_grow(void *p, size_t *cap, size_t need, size_t each)
{
    if (need <= *cap)
        return p;
    size_t want = *cap < 8 ? 8 : *cap + *cap / 2;
    if (want < need)
        want = need;
    size_t bytes;
    if (!cor_mul_add(&bytes, want, each, 0))
        return NULL;
    void *q = cor_realloc(p, bytes);
    if (q != NULL)
        *cap = want;
    return q;
}
