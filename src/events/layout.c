#include <stdatomic.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "events/event.h"

/* More distinct layouts than this in one thread: the table starts again, so that a forged log cannot grow it without
 * end. Real fleets hold some hundreds; the number is generous. */
#define LAYOUTS_MAX 20000u
#define LAYOUTS_MEM_MAX ((size_t)8 << 20) /* the same for their names, which forged events can make long */

typedef struct slot {
    uint64_t hash;
    cor_layout *layout;
} slot;

struct cor_layouts {
    cor_arena mem;
    slot *slot;
    size_t mask;
    uint32_t n;
    uint64_t epoch;
};

/* No two tables share an epoch, so that a table made where a freed one stood is not taken for it. Reaches no output. */
static uint64_t new_epoch(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

cor_layouts *cor_layouts_new(void)
{
    cor_layouts *t = cor_zalloc(sizeof *t);
    if (t == NULL)
        return NULL;
    t->mask = 255;
    t->epoch = new_epoch();
    t->slot = cor_zalloc((t->mask + 1) * sizeof *t->slot);
    if (t->slot == NULL) {
        cor_free(t);
        return NULL;
    }
    return t;
}

void cor_layouts_free(cor_layouts *t)
{
    if (t == NULL)
        return;
    cor_arena_free(&t->mem);
    cor_free(t->slot);
    cor_free(t);
}

uint64_t cor_layouts_epoch(const cor_layouts *t)
{
    return t->epoch;
}

static uint64_t hash_names(const cor_str *name, uint32_t n)
{
    uint64_t h = n;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ cor_hash(name[i].p, name[i].n)) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
    return h;
}

static bool same(const cor_layout *l, const cor_str *name, uint32_t n)
{
    if (l->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!cor_str_eq(l->name[i], name[i]))
            return false;
    return true;
}

static bool grow(cor_layouts *t)
{
    size_t mask = t->mask * 2 + 1;
    slot *s = cor_zalloc((mask + 1) * sizeof *s);
    if (s == NULL)
        return false;
    for (size_t i = 0; i <= t->mask; i++) {
        if (t->slot[i].layout == NULL)
            continue;
        size_t k = t->slot[i].hash & mask;
        while (s[k].layout != NULL)
            k = (k + 1) & mask;
        s[k] = t->slot[i];
    }
    cor_free(t->slot);
    t->slot = s;
    t->mask = mask;
    return true;
}

static void restart(cor_layouts *t)
{
    cor_arena_reset(&t->mem);
    memset(t->slot, 0, (t->mask + 1) * sizeof *t->slot);
    t->n = 0;
    t->epoch = new_epoch();
}

static cor_layout *make(cor_layouts *t, const cor_str *name, uint32_t n)
{
    size_t bytes;
    if (!cor_mul_add(&bytes, n, sizeof(cor_str), sizeof(cor_layout)))
        return NULL;
    cor_layout *l = cor_arena_get(&t->mem, bytes);
    if (l == NULL)
        return NULL;
    cor_str *copy = (cor_str *)(void *)(l + 1);
    for (uint32_t i = 0; i < n; i++) {
        copy[i] = cor_arena_str(&t->mem, name[i]);
        if (copy[i].p == NULL)
            return NULL;
    }
    l->n = n;
    l->name = copy;
    return l;
}

const cor_layout *cor_layouts_get(cor_layouts *t, const cor_str *name, uint32_t n)
{
    uint64_t h = hash_names(name, n);
    size_t i = h & t->mask;
    for (; t->slot[i].layout != NULL; i = (i + 1) & t->mask)
        if (t->slot[i].hash == h && same(t->slot[i].layout, name, n))
            return t->slot[i].layout;
    if (t->n >= LAYOUTS_MAX || t->mem.total > LAYOUTS_MEM_MAX) {
        restart(t);
        i = h & t->mask;
    }
    if ((t->n + 1) * 4 > (t->mask + 1) * 3) {
        if (!grow(t))
            return NULL;
        for (i = h & t->mask; t->slot[i].layout != NULL;)
            i = (i + 1) & t->mask;
    }
    cor_layout *l = make(t, name, n);
    if (l == NULL)
        return NULL;
    l->no = t->n++;
    t->slot[i] = (slot){h, l};
    return l;
}
