#include "base/arena.h"

#include <stdio.h>

#include "base/alloc.h"

struct cor_block {
    cor_block *prev;
    size_t size; /* of data */
    _Alignas(8) uint8_t data[];
};

#define DEFAULT_BLOCK ((size_t)64 << 10)

void cor_arena_init(cor_arena *a, size_t block)
{
    *a = (cor_arena){.block = block};
}

void *cor_arena_slow(cor_arena *a, size_t n)
{
    size_t size = a->block == 0 ? DEFAULT_BLOCK : a->block;
    if (n > size)
        size = n;
    size_t bytes;
    if (!cor_mul_add(&bytes, size, 1, sizeof(cor_block)))
        return NULL;
    cor_block *b = cor_alloc(bytes);
    if (b == NULL)
        return NULL;
    b->size = size;
    a->total += bytes;
    /* a big piece gets its own block behind the current one, whose room stays usable */
    if (n > size / 2 && a->head != NULL) {
        b->prev = a->head->prev;
        a->head->prev = b;
        return b->data;
    }
    b->prev = a->head;
    a->head = b;
    a->at = b->data + n;
    a->end = b->data + size;
    return b->data;
}

void cor_arena_reset(cor_arena *a)
{
    cor_block *b = a->head;
    if (b == NULL)
        return;
    for (cor_block *p = b->prev, *next; p != NULL; p = next) {
        next = p->prev;
        a->total -= p->size + sizeof(cor_block);
        cor_free(p);
    }
    b->prev = NULL;
    a->at = b->data;
    a->end = b->data + b->size;
}

void cor_arena_free(cor_arena *a)
{
    cor_arena_reset(a);
    cor_free(a->head);
    *a = (cor_arena){.block = a->block};
}

void *cor_arena_zero(cor_arena *a, size_t n)
{
    void *p = cor_arena_get(a, n);
    return p == NULL ? NULL : memset(p, 0, n);
}

cor_str cor_arena_str(cor_arena *a, cor_str s)
{
    char *p = s.n == SIZE_MAX ? NULL : cor_arena_get(a, s.n + 1);
    if (p == NULL)
        return (cor_str){NULL, 0};
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (cor_str){p, s.n};
}

cor_str cor_arena_fmt(cor_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : cor_arena_get(a, (size_t)n + 1);
    if (p != NULL)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (cor_str){p, p == NULL ? 0 : (size_t)n};
}
