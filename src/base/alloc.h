/* The only door to the heap. Everything that allocates goes through it, so that a test can make the
 * n-th allocation fail and see that nothing breaks, and so that a hostile size meets one limit. */
#ifndef COR_BASE_ALLOC_H
#define COR_BASE_ALLOC_H

#include "base/base.h"

/* uninitialised; NULL when there is no memory; n == 0 gives a valid pointer */
void *cor_alloc(size_t n);
void *cor_zalloc(size_t n);                    /* zeroed */
void *cor_realloc(void *p, size_t n);          /* the old block stays valid when NULL is returned */
void cor_free(void *p);                        /* NULL is fine */
/* room for `need` items, doubling; NULL leaves p and *cap */
void *cor_grow(void *p, size_t *cap, size_t need, size_t each);

/* Fault injection for tests: the k-th allocation from now (0 = the next) returns NULL, later ones work again.
 * Negative: off. Process-wide on purpose: worker threads must meet it too. */
void cor_oom_at(long k);
bool cor_oom_fired(void);

#endif
