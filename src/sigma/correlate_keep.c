/* Rows of correlations that outlive a run: out of a collector, and into another one. */
#include "sigma/correlate.h"

#include "base/alloc.h"

#define ROOM "correlate"
#define FRONT ((size_t)8)  /* of a row's key: the number of the correlation */
#define BACK ((size_t)16)  /* input and offset */

static cor_code broken(cor_err *e)
{
    return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "a kept correlation row is broken");
}

typedef struct giving {
    const cor_corr_plan *plan;
    cor_code (*each)(void *ctx, const cor_corr_kept *r, cor_err *e);
    void *ctx;
    cor_arena mem;
} giving;

static cor_code give(giving *g, cor_str key, cor_str data, cor_err *e)
{
    uint64_t no;
    cor_str front = key;
    if (!cor_key_take_u64(&front, &no) || no >= g->plan->rules->n_rule)
        return broken(e);
    cor_str prefix = cor_corr_row_prefix(key, g->plan->rules->rule[no]->corr->n_group_by);
    cor_corr_row r;
    cor_arena_reset(&g->mem);
    if (prefix.p == NULL)
        return broken(e);
    cor_code rc = cor_corr_row_unpack(key, prefix.n, data, &g->mem, &r, e);
    if (rc != COR_OK)
        return rc;
    const cor_corr_kept k = {.corr = (uint32_t)no, .key = {key.p + FRONT, key.n - FRONT - BACK}, .data = data,
                             .input = r.ref.input, .offset = r.ref.offset, .computer = r.ref.computer,
                                 .channel = r.ref.channel};
    return g->each(g->ctx, &k, e);
}

static cor_code give_level(giving *g, cor_sort *const *s, size_t n, cor_err *e)
{
    cor_sort_iter *it = cor_sort_merge(s, n, e);
    cor_code rc = it == NULL ? e->code : COR_OK;
    while (rc == COR_OK) {
        cor_str key, data;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        rc = give(g, key, data, e);
    }
    cor_sort_iter_free(it);
    return rc;
}

cor_code cor_correlator_each(cor_correlator *const *c, size_t n, cor_code (*each)(void *ctx, const cor_corr_kept *r,
    cor_err *e),
                             void *ctx, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e; /* sorts say their code through it */
    if (n == 0)
        return COR_OK;
    if (c[0]->made != COR_OK) {
        *e = c[0]->why;
        return c[0]->made;
    }
    giving g = {.plan = &c[0]->plan, .each = each, .ctx = ctx};
    cor_sort **s = cor_alloc(n * sizeof(cor_sort *));
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (uint32_t d = 0; rc == COR_OK && d < g.plan->n_depth; d++) {
        for (size_t i = 0; i < n; i++)
            s[i] = c[i]->sort[d];
        rc = give_level(&g, s, n, e);
    }
    cor_free(s);
    cor_arena_free(&g.mem);
    return rc;
}

/* The row as it was, in numbers of this run; all that the sweep relies on is looked at, for a file may hold
 * anything. */
cor_code cor_correlator_put(cor_correlator *c, const cor_corr_kept *k, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    const cor_ruleset *s = c->plan.rules;
    if (c->made != COR_OK) {
        *e = c->why;
        return c->made;
    }
    if (k->corr >= s->n_rule || s->rule[k->corr]->kind != COR_RULE_CORRELATION)
        return broken(e);
    const cor_correlation *over = s->rule[k->corr]->corr;
    cor_buf key = {0};
    cor_corr_row r = {0};
    cor_key_u64(&key, k->corr);
    cor_buf_str(&key, k->key);
    cor_key_u64(&key, k->input);
    cor_key_u64(&key, k->offset);
    cor_arena_reset(&c->mem);
    cor_code rc = cor_buf_ok(&key) ? COR_OK : cor_nomem(e, ROOM);
    cor_str whole = cor_buf_view(&key), prefix = rc == COR_OK ? cor_corr_row_prefix(whole, over->n_group_by) : whole;
    if (rc == COR_OK && (prefix.p == NULL || whole.n != prefix.n + 8 + sizeof r.key + 8 + BACK))
        rc = broken(e);
    if (rc == COR_OK)
        rc = cor_corr_row_unpack(whole, prefix.n, k->data, &c->mem, &r, e);
    r.corr = k->corr;
    if (rc == COR_OK && (r.n_group != over->n_group_by || r.n_value != over->n_value ||
                         r.n_carry != c->plan.need[k->corr].n_carry || r.pos >= over->n_rule))
        rc = broken(e);
    if (rc == COR_OK)
        rc = cor_corr_put(c, c->sort[c->plan.depth[k->corr]], &r, e);
    cor_buf_free(&key);
    return rc;
}
