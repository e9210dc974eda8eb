/* Which gates there are: for every (rule, source), its channels and the event ids that can satisfy the rule. */
#include <stdlib.h>

#include "base/alloc.h"
#include "sigma/gate.h"

/* Event ids; `any`: not limited. Ascending, distinct. */
typedef struct idset {
    uint32_t *id;
    uint32_t n;
    bool any;
} idset;

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_set(idset *s)
{
    uint32_t k = 0;
    if (s->n > 1)
        qsort(s->id, s->n, sizeof *s->id, by_number);
    for (uint32_t i = 0; i < s->n; i++)
        if (k == 0 || s->id[k - 1] != s->id[i])
            s->id[k++] = s->id[i];
    s->n = k;
}

static bool holds_id(const idset *s, uint32_t id)
{
    return s->any || (s->n != 0 && bsearch(&id, s->id, s->n, sizeof id, by_number) != NULL);
}

static void intersect(idset *a, const idset *b)
{
    if (b->any)
        return;
    if (a->any) {
        *a = *b;
        return;
    }
    uint32_t k = 0;
    for (uint32_t i = 0; i < a->n; i++)
        if (holds_id(b, a->id[i]))
            a->id[k++] = a->id[i];
    a->n = k;
}

static bool unite(idset *a, const idset *b, cor_arena *mem)
{
    if (a->any || b->n == 0)
        return true;
    uint32_t *id = cor_arena_get(mem, ((size_t)a->n + b->n) * sizeof *id);
    if (id == NULL)
        return false;
    if (a->n != 0)
        memcpy(id, a->id, a->n * sizeof *id);
    memcpy(id + a->n, b->id, b->n * sizeof *id);
    a->id = id;
    a->n += b->n;
    return true;
}

static bool number(cor_str s, uint32_t *out)
{
    uint64_t v = 0;
    if (s.n == 0 || s.n > 10)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = (uint32_t)v;
    return v != 0 && v < COR_NONE;
}

static bool mapped(const cor_source *s, cor_str field)
{
    for (uint32_t i = 0; i < s->n_map; i++)
        if (cor_str_eq(s->map[i].field, field))
            return true;
    return false;
}

static bool ids_of_test(const cor_test *t, const cor_source *s, cor_arena *mem, idset *out)
{
    uint32_t id;
    *out = (idset){.any = true};
    if (t->op == COR_OP_FALSE)
        out->any = false;
    if (t->op != COR_OP_EQUALS || t->field.p == NULL || !cor_str_is(t->field, "EventID") || !number(t->text, &id) ||
        mapped(s, t->field))
        return true;
    out->id = cor_arena_get(mem, sizeof *out->id);
    if (out->id == NULL)
        return false;
    out->id[0] = id;
    out->n = 1;
    out->any = false;
    return true;
}

/* The ids without which the condition cannot hold. False: no memory. */
static bool ids_of(const cor_node *n, const cor_source *s, cor_arena *mem, idset *out, int depth)
{
    *out = (idset){.any = true};
    if (depth > COR_SIGMA_DEPTH_MAX || n->kind == COR_NODE_NOT)
        return true;
    if (n->kind == COR_NODE_TEST)
        return ids_of_test(n->test, s, mem, out);
    bool or = n->kind == COR_NODE_OR;
    out->any = !or;
    for (uint32_t i = 0; i < n->n; i++) {
        idset one;
        if (!ids_of(n->child[i], s, mem, &one, depth + 1))
            return false;
        if (!or) {
            intersect(out, &one);
        } else if (one.any) {
            *out = one;
            return true;
        } else if (!unite(out, &one, mem)) {
            return false;
        }
    }
    if (or)
        sort_set(out);
    return true;
}

/* ---- the table ---- */

typedef struct entry {
    uint32_t channel, id, pair;
} entry;

typedef struct entries {
    entry *e;
    size_t n, cap;
} entries;

static int by_entry(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

static bool add(entries *l, uint32_t channel, const idset *ids, uint32_t pair)
{
    size_t n = ids->any ? 1 : ids->n;
    entry *e = cor_grow(l->e, &l->cap, l->n + n, sizeof *e);
    if (e == NULL)
        return n == 0;
    l->e = e;
    for (size_t i = 0; i < n; i++)
        e[l->n++] = (entry){channel, ids->any ? COR_NONE : ids->id[i], pair};
    return true;
}

static bool collect(cor_plan *p, cor_scratch *scratch, entries *l)
{
    for (uint32_t i = 0; i < p->n_pair; i++) {
        const cor_source *s = p->pair[i].source;
        cor_arena_reset(&scratch->mem);
        idset ids, own = {.any = s->n_event_id == 0};
        if (!ids_of(p->pair[i].rule->expr, s, &scratch->mem, &ids, 0) ||
            !unite(&own, &(idset){(uint32_t *)(uintptr_t)s->event_id, s->n_event_id, false}, &scratch->mem))
            return false;
        sort_set(&own);
        intersect(&own, &ids);
        for (uint32_t k = 0; s->n_channel == 0 && k < p->n_channel; k++)
            if (!add(l, k, &own, i))
                return false;
        for (uint32_t k = 0; k < s->n_channel; k++) {
            cor_str name = cor_scratch_fold(scratch, s->channel[k]);
            if (name.p == NULL || !add(l, cor_intern_find(&p->channel_name, name), &own, i))
                return false;
        }
    }
    if (l->n > 1)
        qsort(l->e, l->n, sizeof *l->e, by_entry);
    size_t k = 0;
    for (size_t i = 0; i < l->n; i++)
        if (k == 0 || by_entry(&l->e[k - 1], &l->e[i]) != 0)
            l->e[k++] = l->e[i];
    l->n = k;
    return true;
}

/* Pairs of an id's own entries and of the channel's any-id entries, in order. */
static bool fill_gate(cor_plan *p, cor_gate *g, const entry *own, size_t n_own, const entry *any, size_t n_any)
{
    g->pair = cor_arena_get(&p->mem, (n_own + n_any) * sizeof *g->pair);
    if (g->pair == NULL)
        return false;
    for (size_t i = 0, k = 0; i < n_own || k < n_any;)
        g->pair[g->n_pair++] = k == n_any || (i < n_own && own[i].pair < any[k].pair) ? own[i++].pair : any[k++].pair;
    return true;
}

static bool make_channel(cor_plan *p, uint32_t no, const entry *e, size_t n)
{
    cor_channel *ch = &p->channel[no];
    size_t n_own = 0, ids = 0;
    while (n_own < n && e[n_own].id != COR_NONE) {
        ids += n_own == 0 || e[n_own].id != e[n_own - 1].id;
        n_own++;
    }
    size_t slots = 4;
    while (slots < ids * 2)
        slots *= 2;
    ch->slot = cor_arena_zero(&p->mem, slots * sizeof *ch->slot);
    ch->mask = (uint32_t)slots - 1;
    if (ch->slot == NULL)
        return false;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && e[end].id == e[i].id;)
            end++;
        cor_gate *g = &p->gate[p->n_gate];
        g->no = p->n_gate++;
        g->channel = no;
        g->event_id = e[i].id;
        if (i == n_own) {
            ch->any = g;
            return fill_gate(p, g, e + i, n - i, NULL, 0);
        }
        if (!fill_gate(p, g, e + i, end - i, e + n_own, n - n_own))
            return false;
        uint32_t k = g->event_id * 0x9e3779b1u >> 7 & ch->mask;
        while (ch->slot[k].gate != NULL)
            k = (k + 1) & ch->mask;
        ch->slot[k] = (struct cor_gate_slot){g->event_id, g};
    }
    return true;
}

cor_code cor_fast_plan(cor_plan *p, cor_err *e)
{
    cor_scratch scratch = {0};
    entries l = {0};
    pthread_mutex_t *lock = cor_alloc(sizeof *lock);
    if (lock != NULL && pthread_mutex_init(lock, NULL) != 0) {
        cor_free(lock);
        lock = NULL;
    }
    p->lock = lock;
    bool ok = lock != NULL && collect(p, &scratch, &l);
    size_t n_gate = 0;
    for (size_t i = 0; i < l.n; i++)
        n_gate += i == 0 || l.e[i].channel != l.e[i - 1].channel || l.e[i].id != l.e[i - 1].id;
    ok = ok && (p->gate = cor_arena_zero(&p->mem, n_gate * sizeof *p->gate)) != NULL;
    for (size_t i = 0, end; ok && i < l.n; i = end) {
        for (end = i + 1; end < l.n && l.e[end].channel == l.e[i].channel;)
            end++;
        ok = make_channel(p, l.e[i].channel, l.e + i, end - i);
    }
    cor_free(l.e);
    cor_scratch_free(&scratch);
    return ok ? COR_OK : cor_nomem(e, "sigma");
}

void cor_fast_end(cor_plan *p)
{
    for (uint32_t i = 0; i < p->n_gate; i++)
        cor_gate_code_free(atomic_load(&p->gate[i].code));
    if (p->lock != NULL) {
        pthread_mutex_destroy(p->lock);
        cor_free(p->lock);
    }
}
