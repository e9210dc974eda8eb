/* Collecting: each hit of a rule becomes one row for each correlation that the rule feeds. */
#include "sigma/correlate.h"

#include <stdlib.h>

#include "base/alloc.h"

#define ROOM "correlate"

cor_correlator *cor_correlator_new(const cor_ruleset *s, size_t budget, const char *tmpdir)
{
    cor_correlator *c = cor_zalloc(sizeof *c);
    if (c == NULL)
        return NULL;
    c->budget = budget;
    c->tmpdir = tmpdir;
    c->made = cor_corr_plan_make(&c->plan, s, &c->why);
    c->digest = cor_digest_new();
    c->sort = cor_zalloc((size_t)c->plan.n_depth * sizeof(cor_sort *));
    bool ok = c->made != COR_ENOMEM && c->digest != NULL && c->sort != NULL;
    for (uint32_t d = 0; ok && d < c->plan.n_depth; d++) {
        c->sort[d] = cor_sort_new(budget / c->plan.n_depth, tmpdir);
        ok = c->sort[d] != NULL;
    }
    if (ok)
        return c;
    cor_correlator_free(c);
    return NULL;
}

void cor_correlator_free(cor_correlator *c)
{
    if (c == NULL)
        return;
    for (uint32_t d = 0; c->sort != NULL && d < c->plan.n_depth; d++)
        cor_sort_free(c->sort[d]);
    cor_free(c->sort);
    cor_digest_free(c->digest);
    cor_arena_free(&c->mem);
    cor_buf_free(&c->key);
    cor_buf_free(&c->data);
    cor_corr_plan_free(&c->plan);
    cor_free(c);
}

void cor_correlator_stats(const cor_correlator *c, cor_corr_stats *sum)
{
    sum->rows += c->stats.rows;
    sum->notime += c->stats.notime;
    sum->nogroup += c->stats.nogroup;
    sum->novalue += c->stats.novalue;
    sum->limited += c->stats.limited;
}

static bool all_absent(const cor_str *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (s[i].p != NULL)
            return false;
    return n != 0;
}

static bool one_absent(const cor_str *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (s[i].p == NULL)
            return true;
    return false;
}

bool cor_corr_sums(cor_corr_type t)
{
    return t == COR_CORR_VALUE_SUM || t == COR_CORR_VALUE_AVG || t == COR_CORR_VALUE_PERCENTILE || t == COR_CORR_VALUE_MEDIAN;
}

bool cor_corr_number(cor_str s, double *out)
{
    char z[64]; /* longer text is no number that an event log writes */
    bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
    if (s.p == NULL || s.n == 0 || s.n >= sizeof z)
        return false;
    for (size_t i = hex ? 2 : 0; i < s.n; i++) /* strtod would also take blanks, "nan", "inf" and hexadecimal fractions */
        if (memchr(hex ? "0123456789abcdefABCDEF" : "0123456789+-.eE", s.p[i], hex ? 22 : 15) == NULL)
            return false;
    memcpy(z, s.p, s.n);
    z[s.n] = '\0';
    char *end;
    *out = strtod(z, &end);
    return *end == '\0' && *out - *out == 0; /* finite */
}

cor_code cor_corr_put(cor_correlator *c, cor_sort *to, const cor_corr_row *r, cor_err *e)
{
    const cor_correlation *over = c->plan.rules->rule[r->corr]->corr;
    double number;
    if (r->time == COR_NOTIME) {
        c->stats.notime++;
        return COR_OK;
    }
    if (all_absent(r->group, r->n_group)) {
        c->stats.nogroup++;
        return COR_OK;
    }
    if (one_absent(r->value, r->n_value) || (cor_corr_sums(over->type) && (r->n_value == 0 || !cor_corr_number(r->value[0], &number)))) {
        c->stats.novalue++;
        return COR_OK;
    }
    cor_buf_clear(&c->key);
    cor_buf_clear(&c->data);
    cor_corr_row_pack(r, &c->key, &c->data);
    if (!cor_buf_ok(&c->key) || !cor_buf_ok(&c->data))
        return cor_nomem(e, ROOM);
    c->stats.rows++;
    return cor_sort_add(to, cor_buf_view(&c->key), cor_buf_view(&c->data), e);
}

static cor_str ask(cor_corr_field field, void *ctx, cor_str name)
{
    return name.p == NULL ? (cor_str){NULL, 0} : field(ctx, name); /* an alias need not name a field of every rule */
}

cor_code cor_corr_fill(cor_correlator *c, cor_corr_feed feed, cor_corr_field field, void *ctx, cor_corr_row *r, cor_err *e)
{
    const cor_correlation *over = c->plan.rules->rule[feed.corr]->corr;
    const struct cor_corr_need *need = &c->plan.need[feed.corr];
    r->corr = feed.corr;
    r->pos = feed.pos;
    r->n_group = over->n_group_by;
    r->n_value = over->n_value;
    r->n_carry = need->n_carry;
    size_t n = (size_t)r->n_group + r->n_value + r->n_carry;
    cor_str *s = cor_arena_get(&c->mem, n * sizeof *s), *at = s;
    if (s == NULL)
        return cor_nomem(e, ROOM);
    r->group = at;
    for (uint32_t g = 0; g < r->n_group; g++)
        *at++ = ask(field, ctx, over->group_field[g * over->n_rule + feed.pos]);
    r->value = at;
    for (uint32_t v = 0; v < r->n_value; v++)
        *at++ = ask(field, ctx, over->value_field[v * over->n_rule + feed.pos]);
    r->carry = at;
    for (uint32_t k = 0; k < r->n_carry; k++)
        *at++ = ask(field, ctx, need->carry[k]);
    return COR_OK;
}

cor_code cor_correlator_add_fields(cor_correlator *c, uint32_t rule, cor_corr_field field, void *ctx,
                                   const cor_evref *ref, cor_err *e)
{
    if (c->made != COR_OK) { /* the rules themselves are impossible: said when it matters, with their position */
        *e = c->why;
        return c->made;
    }
    const struct cor_corr_need *need = &c->plan.need[rule];
    for (uint32_t i = 0; i < need->n_feed; i++) {
        cor_corr_row r = {.time = ref->time, .ref = *ref};
        memcpy(r.key, ref->key, sizeof r.key);
        cor_arena_reset(&c->mem);
        cor_code rc = cor_corr_fill(c, need->feed[i], field, ctx, &r, e);
        if (rc == COR_OK)
            rc = cor_corr_put(c, c->sort[c->plan.depth[r.corr]], &r, e);
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}
