/* A table of distinct byte strings numbered 0, 1, 2... in order of first appearance. Keys are copied. Not for sharing
 * while it grows; reading from several threads is fine once nobody adds. A zeroed cor_intern is a valid empty one. */
#ifndef COR_BASE_INTERN_H
#define COR_BASE_INTERN_H

#include "base/arena.h"

#define COR_NONE UINT32_MAX

typedef struct cor_intern {
    cor_arena mem;      /* the strings */
    cor_str *str;       /* by number */
    uint64_t *hash;     /* by number */
    size_t n, cap, hcap;
    uint32_t *slot;     /* open addressing, COR_NONE when free */
    size_t mask;        /* slots - 1; 0 while empty */
} cor_intern;

/* The number of s, adding it when new; COR_NONE when there is no memory. */
uint32_t cor_intern_add(cor_intern *t, cor_str s);
/* The number of s, or COR_NONE when it was never added. */
uint32_t cor_intern_find(const cor_intern *t, cor_str s);
void cor_intern_free(cor_intern *t);

#endif
