#include "sigma/plan.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"

static cor_code collect_pairs(cor_plan *p, cor_err *e)
{
    size_t n = 0;
    for (uint32_t i = 0; i < p->set->n_rule; i++)
        if (p->set->rule[i]->kind == COR_RULE_DETECTION && p->set->rule[i]->expr != NULL)
            n += p->set->rule[i]->n_source;
    p->pair = cor_arena_get(&p->mem, n * sizeof *p->pair);
    if (p->pair == NULL)
        return cor_nomem(e, "sigma");
    for (uint32_t i = 0; i < p->set->n_rule; i++) {
        const cor_rule *r = p->set->rule[i];
        for (uint32_t k = 0; r->kind == COR_RULE_DETECTION && r->expr != NULL && k < r->n_source; k++)
            p->pair[p->n_pair++] = (cor_pair){r, r->source[k]};
    }
    return COR_OK;
}

static cor_code name_channels(cor_plan *p, cor_err *e)
{
    cor_buf fold = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < p->n_pair; i++) {
        const cor_source *s = p->pair[i].source;
        if (i > 0 && p->pair[i - 1].source == s)
            continue;
        for (uint32_t k = 0; ok && k < s->n_channel; k++) {
            cor_buf_clear(&fold);
            cor_fold_utf8(s->channel[k], &fold);
            ok = cor_buf_ok(&fold) && cor_intern_add(&p->channel_name, cor_buf_view(&fold)) != COR_NONE;
        }
    }
    cor_buf_free(&fold);
    p->n_channel = (uint32_t)p->channel_name.n + 1;
    p->channel = ok ? cor_arena_zero(&p->mem, p->n_channel * sizeof *p->channel) : NULL;
    return p->channel == NULL ? cor_nomem(e, "sigma") : COR_OK;
}

cor_code cor_plan_new(const cor_ruleset *s, cor_engine engine, cor_plan **out, cor_err *e)
{
    *out = NULL;
    cor_plan *p = cor_zalloc(sizeof *p);
    if (p == NULL)
        return cor_nomem(e, "sigma");
    p->set = s;
    p->engine = engine;
    cor_code c = collect_pairs(p, e);
    if (c == COR_OK)
        c = name_channels(p, e);
    if (c == COR_OK)
        c = engine == COR_ENGINE_PLAIN ? cor_plain_plan(p, e) : cor_fast_plan(p, e);
    if (c != COR_OK) {
        cor_plan_free(p);
        return c;
    }
    *out = p;
    return COR_OK;
}

void cor_plan_free(cor_plan *p)
{
    if (p == NULL)
        return;
    cor_plain_end(p);
    cor_fast_end(p);
    cor_intern_free(&p->channel_name);
    cor_arena_free(&p->mem);
    cor_free(p);
}
