/* An arena: memory that dies together. Name its owner wherever one is a member. Not for sharing between threads.
 * Freed as a whole by cor_arena_free, emptied for reuse by cor_arena_reset (keeps the first block). */
#ifndef COR_BASE_ARENA_H
#define COR_BASE_ARENA_H

#include "base/base.h"

typedef struct cor_block cor_block;

typedef struct cor_arena {
    cor_block *head;     /* newest block */
    uint8_t *at, *end;   /* free room in it */
    size_t total;        /* bytes held from the heap */
    size_t block;        /* size of the next ordinary block */
} cor_arena;

/* A zeroed cor_arena is a valid empty one; cor_arena_init only sets the block size. */
void cor_arena_init(cor_arena *a, size_t block);
void *cor_arena_slow(cor_arena *a, size_t n); /* for cor_arena_get only */
void cor_arena_reset(cor_arena *a);
void cor_arena_free(cor_arena *a);

/* 8-byte aligned, uninitialised; NULL when there is no memory. */
static inline void *cor_arena_get(cor_arena *a, size_t n)
{
    if (COR_UNLIKELY(n > SIZE_MAX - 7))
        return NULL;
    n = (n + 7) & ~(size_t)7;
    if (COR_LIKELY((size_t)(a->end - a->at) >= n && a->at != NULL)) {
        void *p = a->at;
        a->at += n;
        return p;
    }
    return cor_arena_slow(a, n);
}

void *cor_arena_zero(cor_arena *a, size_t n);
/* Copies get a NUL behind them; .p is NULL when there is no memory (and an empty slice has a non-NULL .p). */
cor_str cor_arena_str(cor_arena *a, cor_str s);
cor_str cor_arena_fmt(cor_arena *a, const char *fmt, ...) COR_PRINTF(2, 3);

#endif
