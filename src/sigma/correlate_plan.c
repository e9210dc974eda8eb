#include "sigma/correlate_plan.h"

#include "base/alloc.h"

#define ROOM "correlate"

static cor_code circle(const cor_rule *r, cor_err *e)
{
    return cor_fail_at(e, COR_EFORMAT, ROOM, r->pos.line, r->pos.col,
                       "correlation %.*s refers to itself through others",
                       COR_STR_FMT(r->title));
}

/* Depths from the bottom up: each round settles those whose rules are settled, so a circle is what never settles. */
static cor_code depths(cor_corr_plan *p, cor_err *e)
{
    const cor_ruleset *s = p->rules;
    for (uint32_t i = 0; i < s->n_rule; i++)
        p->depth[i] = s->rule[i]->kind == COR_RULE_CORRELATION ? COR_NONE : 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 0; i < s->n_rule; i++) {
            if (p->depth[i] != COR_NONE)
                continue;
            const cor_correlation *c = s->rule[i]->corr;
            uint32_t d = 0;
            for (uint32_t k = 0; k < c->n_rule && d != COR_NONE; k++) {
                uint32_t below = p->depth[c->rule[k]];
                if (below == COR_NONE)
                    d = COR_NONE;
                else if (s->rule[c->rule[k]]->kind == COR_RULE_CORRELATION && below + 1 > d)
                    d = below + 1;
            }
            if (d == COR_NONE)
                continue;
            p->depth[i] = d;
            moved = true;
            if (d + 1 > p->n_depth)
                p->n_depth = d + 1;
        }
    }
    for (uint32_t i = 0; i < s->n_rule; i++)
        if (p->depth[i] == COR_NONE)
            return circle(s->rule[i], e);
    return COR_OK;
}

static bool repeats(const cor_correlation *c, uint32_t pos)
{
    for (uint32_t k = 0; k < pos; k++)
        if (c->rule[k] == c->rule[pos])
            return true;
    return false;
}

static cor_code feeds(cor_corr_plan *p, cor_err *e)
{
    const cor_ruleset *s = p->rules;
    for (int fill = 0; fill < 2; fill++) { /* count, then fill */
        for (uint32_t i = 0; fill && i < s->n_rule; i++) {
            p->need[i].feed = cor_arena_get(&p->mem, p->need[i].n_feed * sizeof(cor_corr_feed));
            if (p->need[i].feed == NULL)
                return cor_nomem(e, ROOM);
            p->need[i].n_feed = 0;
        }
        for (uint32_t i = 0; i < s->n_rule; i++) {
            const cor_correlation *c = s->rule[i]->corr;
            for (uint32_t k = 0; s->rule[i]->kind == COR_RULE_CORRELATION && k < c->n_rule; k++) {
                if (repeats(c, k)) /* a rule named twice is one rule */
                    continue;
                struct cor_corr_need *n = &p->need[c->rule[k]];
                if (fill)
                    ((cor_corr_feed *)n->feed)[n->n_feed] = (cor_corr_feed){i, k};
                n->n_feed++;
            }
        }
    }
    return COR_OK;
}

static bool has_name(const cor_str *list, uint32_t n, cor_str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (cor_str_ieq(list[i], name))
            return true;
    return false;
}

static bool carry_name(struct cor_corr_need *n, size_t *cap, const cor_correlation *c, cor_str name)
{
    if (name.p == NULL || has_name(c->group_by, c->n_group_by, name) || has_name(n->carry, n->n_carry, name))
        return true;
    cor_str *list = cor_grow((void *)(uintptr_t)n->carry, cap, (size_t)n->n_carry + 1, sizeof *list);
    if (list == NULL)
        return false;
    list[n->n_carry++] = name;
    n->carry = list;
    return true;
}

/* What correlation i must carry for those over it, which are settled before it: deeper ones come first. */
static cor_code carry(cor_corr_plan *p, uint32_t i, cor_err *e)
{
    struct cor_corr_need *n = &p->need[i];
    const cor_correlation *c = p->rules->rule[i]->corr;
    size_t cap = 0;
    bool ok = true;
    for (uint32_t f = 0; f < n->n_feed; f++) {
        const cor_correlation *over = p->rules->rule[n->feed[f].corr]->corr;
        const struct cor_corr_need *up = &p->need[n->feed[f].corr];
        for (uint32_t g = 0; g < over->n_group_by; g++)
            ok = ok && carry_name(n, &cap, c, over->group_field[g * over->n_rule + n->feed[f].pos]);
        for (uint32_t v = 0; v < over->n_value; v++)
            ok = ok && carry_name(n, &cap, c, over->value_field[v * over->n_rule + n->feed[f].pos]);
        for (uint32_t k = 0; k < up->n_carry; k++)
            ok = ok && carry_name(n, &cap, c, up->carry[k]);
    }
    cor_str *own = cor_arena_get(&p->mem, n->n_carry * sizeof *own); /* from the heap to the plan's arena */
    if (own != NULL && n->n_carry != 0)
        memcpy(own, n->carry, n->n_carry * sizeof *own);
    cor_free((void *)(uintptr_t)n->carry);
    n->carry = own;
    if (own == NULL)
        n->n_carry = 0;
    return ok && own != NULL ? COR_OK : cor_nomem(e, ROOM);
}

cor_code cor_corr_plan_make(cor_corr_plan *p, const cor_ruleset *s, cor_err *e)
{
    *p = (cor_corr_plan){.rules = s};
    cor_arena_init(&p->mem, 4096);
    p->depth = cor_arena_get(&p->mem, s->n_rule * sizeof *p->depth);
    p->need = cor_arena_zero(&p->mem, s->n_rule * sizeof *p->need);
    if (p->depth == NULL || p->need == NULL)
        return cor_nomem(e, ROOM);
    cor_code rc = depths(p, e);
    if (rc == COR_OK)
        rc = feeds(p, e);
    for (uint32_t d = p->n_depth; rc == COR_OK && d-- > 0;)
        for (uint32_t i = 0; rc == COR_OK && i < s->n_rule; i++)
            if (s->rule[i]->kind == COR_RULE_CORRELATION && p->depth[i] == d)
                rc = carry(p, i, e);
    return rc;
}

void cor_corr_plan_free(cor_corr_plan *p)
{
    cor_arena_free(&p->mem);
}
