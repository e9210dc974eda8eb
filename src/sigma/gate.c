#include <stdlib.h>

#include "base/alloc.h"
#include "sigma/gate_maker.h"

static void maker_free(cor_maker *m)
{
    cor_arena_free(&m->tmp);
    cor_scratch_free(&m->scratch);
    cor_fields_free(&m->slots);
    cor_intern_free(&m->name);
    cor_intern_free(&m->group_key);
    cor_intern_free(&m->late_key);
    cor_free(m->slot_of_name);
    cor_free(m->lit);
    cor_free(m->lit_slot);
    cor_free(m->group);
    cor_free(m->late);
    cor_free(m->odd);
    cor_buf_free(&m->buf);
}


/* ---- conditions ---- */

static cor_gnode *new_gnode(cor_maker *m, cor_gkind kind)
{
    cor_gnode *n = cor_arena_zero(&m->tmp, sizeof *n);
    if (n != NULL)
        n->kind = kind;
    return n;
}

/* What the gate itself decides about a field: its text, or .p NULL. */
static cor_str decided(cor_maker *m, const cor_bind *b)
{
    if (b->map != NULL)
        return b->map->constant;
    if (!b->sys_always)
        return (cor_str){NULL, 0};
    if (b->sys == COR_SYS_EVENT_ID && m->gate->event_id != COR_NONE && m->gate->event_id != 0)
        return cor_arena_fmt(&m->tmp, "%u", m->gate->event_id);
    return (cor_str){NULL, 0};
}

static cor_code decide(cor_maker *m, const cor_test *t, cor_str text, cor_gnode *n)
{
    if (m->scratch.re == NULL && !cor_scratch_init(&m->scratch))
        return cor_maker_nomem(m);
    cor_ready r;
    cor_code c = cor_ready_make(t, &m->tmp, &r, m->e);
    if (c != COR_OK)
        return c;
    cor_val raw = cor_val_utf8(text);
    cor_str folded = {NULL, 0};
    cor_values v = {&text, &raw, &folded, 1, true};
    n->kind = cor_ready_holds(&r, &v, &v, &m->scratch, NULL) ? COR_G_TRUE : COR_G_FALSE;
    cor_ready_end(&r);
    return m->scratch.nomem ? cor_maker_nomem(m) : COR_OK;
}

static cor_code make_test(cor_maker *m, const cor_test *t, cor_gnode **out)
{
    cor_gnode *n = *out = new_gnode(m, COR_G_FALSE);
    if (n == NULL)
        return cor_maker_nomem(m);
    if (t->op == COR_OP_FALSE)
        return COR_OK;
    uint32_t slot = cor_maker_slot(m, t->field);
    if (slot == COR_NONE)
        return cor_maker_nomem(m);
    cor_str known = t->op == COR_OP_FIELDREF ? (cor_str){NULL, 0} : decided(m, &m->slots.bind[slot]);
    if (known.p != NULL)
        return decide(m, t, known, n);
    if (t->op > COR_OP_ENDSWITH || t->cased)
        return cor_maker_late(m, t, slot, n);
    n->kind = COR_G_BIT;
    n->id = cor_maker_literal(m, slot, cor_maker_where(t->op), t->text, false);
    return n->id == COR_NONE ? cor_maker_nomem(m) : COR_OK;
}

static cor_code make_node(cor_maker *m, const cor_node *from, cor_gnode **out, int depth);

/* AND, OR: children that are decided vanish or decide, children of the same kind are taken in. */
static cor_code make_list(cor_maker *m, const cor_node *from, cor_gnode **out, int depth)
{
    bool and = from->kind == COR_NODE_AND;
    const cor_gkind kind = and ? COR_G_AND : COR_G_OR, neutral = and ? COR_G_TRUE : COR_G_FALSE,
                    absorbing = and ? COR_G_FALSE : COR_G_TRUE;
    cor_gnode **part = cor_arena_get(&m->tmp, from->n * sizeof *part);
    if (part == NULL)
        return cor_maker_nomem(m);
    uint32_t n = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        cor_code c = make_node(m, from->child[i], &part[i], depth + 1);
        if (c != COR_OK)
            return c;
        if (part[i]->kind == absorbing) {
            *out = part[i];
            return COR_OK;
        }
        n += part[i]->kind == kind ? part[i]->n : part[i]->kind != neutral;
    }
    cor_gnode *r = *out = new_gnode(m, n == 0 ? neutral : kind);
    if (r == NULL || (r->child = cor_arena_get(&m->tmp, n * sizeof *r->child)) == NULL)
        return cor_maker_nomem(m);
    for (uint32_t i = 0; i < from->n; i++) {
        if (part[i]->kind == neutral)
            continue;
        r->has_late |= part[i]->has_late;
        for (uint32_t k = 0; part[i]->kind == kind && k < part[i]->n; k++)
            r->child[r->n++] = part[i]->child[k];
        if (part[i]->kind != kind)
            r->child[r->n++] = part[i];
    }
    if (r->n == 1)
        *out = r->child[0];
    return COR_OK;
}

static cor_code make_node(cor_maker *m, const cor_node *from, cor_gnode **out, int depth)
{
    if (depth > COR_SIGMA_DEPTH_MAX)
        return cor_fail(m->e, COR_ELIMIT, "sigma", COR_NOPOS, "a condition is nested deeper than %d",
                        COR_SIGMA_DEPTH_MAX);
    if (from->kind == COR_NODE_TEST)
        return make_test(m, from->test, out);
    if (from->kind != COR_NODE_NOT)
        return make_list(m, from, out, depth);
    cor_gnode *inner;
    cor_code c = make_node(m, from->child[0], &inner, depth + 1);
    if (c != COR_OK)
        return c;
    if (inner->kind == COR_G_NOT) {
        *out = inner->child[0];
        return COR_OK;
    }
    cor_gnode *n = *out = new_gnode(m, inner->kind == COR_G_TRUE    ? COR_G_FALSE
                                       : inner->kind == COR_G_FALSE ? COR_G_TRUE
                                                                    : COR_G_NOT);
    if (n == NULL || (n->child = cor_arena_get(&m->tmp, sizeof *n->child)) == NULL)
        return cor_maker_nomem(m);
    n->child[0] = inner;
    n->n = n->kind == COR_G_NOT;
    n->has_late = inner->has_late;
    return COR_OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static cor_code group_of(cor_maker *m, uint32_t *bit, uint32_t n, cor_gnode *out)
{
    qsort(bit, n, sizeof *bit, by_number);
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++)
        if (k == 0 || bit[k - 1] != bit[i])
            bit[k++] = bit[i];
    uint32_t had = (uint32_t)m->group_key.n,
             no = cor_intern_add(&m->group_key, (cor_str){(const char *)bit, k * sizeof *bit});
    if (no == COR_NONE)
        return cor_maker_nomem(m);
    if (no == had) {
        cor_made_group *g = cor_grow(m->group, &m->cap_group, no + (size_t)1, sizeof *g);
        if (g == NULL)
            return cor_maker_nomem(m);
        m->group = g;
        g[no] = (cor_made_group){bit, k};
    }
    out->kind = COR_G_GROUP;
    out->id = no;
    return COR_OK;
}

/* The plain bits of every OR become one group. */
static cor_code group_up(cor_maker *m, cor_gnode *n)
{
    for (uint32_t i = 0; i < n->n; i++) {
        cor_code c = group_up(m, n->child[i]);
        if (c != COR_OK)
            return c;
    }
    if (n->kind != COR_G_OR)
        return COR_OK;
    uint32_t *bit = cor_arena_get(&m->tmp, n->n * sizeof *bit), n_bit = 0, rest = 0;
    if (bit == NULL)
        return cor_maker_nomem(m);
    for (uint32_t i = 0; i < n->n; i++)
        n_bit += n->child[i]->kind == COR_G_BIT;
    if (n_bit < 2)
        return COR_OK;
    n_bit = 0;
    for (uint32_t i = 0; i < n->n; i++)
        if (n->child[i]->kind == COR_G_BIT)
            bit[n_bit++] = n->child[i]->id;
        else
            n->child[rest++] = n->child[i];
    if (rest == 0) { /* nothing but bits: the node itself is the group */
        n->n = 0;
        return group_of(m, bit, n_bit, n);
    }
    n->n = rest + 1;
    n->child[rest] = new_gnode(m, COR_G_GROUP);
    return n->child[rest] == NULL ? cor_maker_nomem(m) : group_of(m, bit, n_bit, n->child[rest]);
}

/* The source's own conditions and the rule's. */
static cor_code make_pair(cor_maker *m, const cor_pair *p, cor_gnode **out)
{
    m->source = p->source;
    uint32_t n = p->source->n_require;
    if (n == 0)
        return make_node(m, p->rule->expr, out, 0);
    cor_gnode *all = *out = new_gnode(m, COR_G_AND);
    if (all == NULL || (all->child = cor_arena_get(&m->tmp, (n + 1) * sizeof *all->child)) == NULL)
        return cor_maker_nomem(m);
    cor_code c = make_node(m, p->rule->expr, &all->child[0], 0);
    all->n = 1;
    for (uint32_t i = 0; c == COR_OK && i < n; i++) {
        const struct cor_require *q = &p->source->require[i];
        cor_bind b = cor_bind_raw(m->plan->set, q->field);
        uint32_t slot = cor_fields_add(&m->slots, &b);
        cor_gnode *any = all->child[all->n++] = new_gnode(m, COR_G_OR);
        if (slot == COR_NONE || any == NULL ||
            (any->child = cor_arena_get(&m->tmp, q->n_value * sizeof *any->child)) == NULL)
            return cor_maker_nomem(m);
        for (uint32_t k = 0; k < q->n_value; k++) {
            cor_gnode *x = any->child[any->n++] = new_gnode(m, COR_G_BIT);
            if (x == NULL || (x->id = cor_maker_literal(m, slot, COR_AT_WHOLE, q->value[k], false)) == COR_NONE)
                return cor_maker_nomem(m);
        }
    }
    if (c == COR_OK)
        all->has_late = all->child[0]->has_late;
    return c;
}

static cor_code compile(const cor_plan *p, const cor_gate *g, cor_gate_code **out, cor_err *e)
{
    enum { SMALL = 40 };
    cor_gate_code *code = cor_zalloc(sizeof *code);
    if (code == NULL)
        return cor_nomem(e, "sigma");
    cor_arena_init(&code->mem,
                   g->n_pair < SMALL ? (size_t)4 << 10 : (size_t)64 << 10); /* hundreds of gates hold few rules */
    cor_maker m = {.plan = p, .gate = g, .code = code, .e = e};
    cor_common_make(&m.common);
    cor_gnode **node = cor_arena_get(&m.tmp, g->n_pair * sizeof *node);
    cor_code c = node == NULL ? cor_nomem(e, "sigma") : COR_OK;
    for (uint32_t i = 0; c == COR_OK && i < g->n_pair; i++) {
        c = make_pair(&m, &p->pair[g->pair[i]], &node[i]);
        if (c == COR_OK)
            c = group_up(&m, node[i]);
    }
    if (c == COR_OK)
        c = cor_maker_finish(&m, node);
    code->late = m.late; /* handed over even on failure: their expressions must be freed */
    m.late = NULL;
    maker_free(&m);
    if (c != COR_OK) {
        cor_gate_code_free(code);
        return c;
    }
    *out = code;
    return COR_OK;
}

void cor_gate_code_free(cor_gate_code *c)
{
    if (c == NULL)
        return;
    for (uint32_t i = 0; i < c->n_late; i++)
        cor_ready_end(&c->late[i].ready);
    cor_free(c->late);
    cor_arena_free(&c->mem);
    cor_free(c);
}

cor_code cor_gate_get(const cor_plan *p, cor_gate *g, const cor_gate_code **out, cor_err *e)
{
    cor_gate_code *code = atomic_load_explicit(&g->code, memory_order_acquire);
    cor_code c = COR_OK;
    if (COR_UNLIKELY(code == NULL)) {
        pthread_mutex_lock(p->lock);
        code = atomic_load_explicit(&g->code, memory_order_acquire);
        if (code == NULL && (c = compile(p, g, &code, e)) == COR_OK) {
            atomic_store_explicit(&g->dead, code->n_cand == 0, memory_order_relaxed);
            atomic_store_explicit(&g->code, code, memory_order_release);
        }
        pthread_mutex_unlock(p->lock);
    }
    *out = code;
    return c;
}
