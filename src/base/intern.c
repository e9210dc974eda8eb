#include "base/intern.h"

#include "base/alloc.h"
#include "base/hash.h"

uint32_t cor_intern_find(const cor_intern *t, cor_str s)
{
    if (t->n == 0)
        return COR_NONE;
    uint64_t h = cor_hash(s.p, s.n);
    for (size_t i = h & t->mask;; i = (i + 1) & t->mask) {
        uint32_t k = t->slot[i];
        if (k == COR_NONE || (t->hash[k] == h && cor_str_eq(t->str[k], s)))
            return k;
    }
}

static bool rehash(cor_intern *t)
{
    size_t slots = t->mask == 0 ? 64 : (t->mask + 1) * 2;
    uint32_t *slot = cor_alloc(slots * sizeof *slot);
    if (slot == NULL)
        return false;
    memset(slot, 0xff, slots * sizeof *slot);
    for (size_t k = 0; k < t->n; k++) {
        size_t i = t->hash[k] & (slots - 1);
        while (slot[i] != COR_NONE)
            i = (i + 1) & (slots - 1);
        slot[i] = (uint32_t)k;
    }
    cor_free(t->slot);
    t->slot = slot;
    t->mask = slots - 1;
    return true;
}

uint32_t cor_intern_add(cor_intern *t, cor_str s)
{
    uint32_t k = cor_intern_find(t, s);
    if (k != COR_NONE)
        return k;
    if ((t->mask == 0 || (t->n + 1) * 4 > (t->mask + 1) * 3) && !rehash(t))
        return COR_NONE;
    cor_str *str = cor_grow(t->str, &t->cap, t->n + 1, sizeof *str);
    if (str == NULL)
        return COR_NONE;
    t->str = str;
    uint64_t *hash = cor_grow(t->hash, &t->hcap, t->n + 1, sizeof *hash);
    if (hash == NULL)
        return COR_NONE;
    t->hash = hash;
    cor_str copy = cor_arena_str(&t->mem, s);
    if (copy.p == NULL || t->n >= COR_NONE - 1)
        return COR_NONE;
    str[t->n] = copy;
    hash[t->n] = cor_hash(s.p, s.n);
    size_t i = hash[t->n] & t->mask;
    while (t->slot[i] != COR_NONE)
        i = (i + 1) & t->mask;
    t->slot[i] = (uint32_t)t->n;
    return (uint32_t)t->n++;
}

void cor_intern_free(cor_intern *t)
{
    cor_arena_free(&t->mem);
    cor_free(t->str);
    cor_free(t->hash);
    cor_free(t->slot);
    *t = (cor_intern){0};
}
