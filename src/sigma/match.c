#include "base/alloc.h"
#include "base/utf.h"
#include "sigma/plan.h"

cor_matcher *cor_matcher_new(const cor_plan *p)
{
    cor_matcher *m = cor_zalloc(sizeof *m);
    if (m == NULL)
        return NULL;
    m->plan = p;
    m->tree = cor_zalloc(p->n_pair * sizeof *m->tree);
    if (m->tree == NULL || !cor_scratch_init(&m->scratch) || !cor_scratch_init(&m->look_scratch) ||
        (p->engine == COR_ENGINE_FAST && !cor_fast_new(m))) {
        cor_matcher_free(m);
        return NULL;
    }
    return m;
}

void cor_matcher_free(cor_matcher *m)
{
    if (m == NULL)
        return;
    for (uint32_t i = 0; m->tree != NULL && i < m->plan->n_pair; i++)
        if (m->tree[i] != NULL)
            cor_tree_end(m->tree[i]);
    cor_fast_free(m);
    cor_free(m->tree);
    cor_free(m->hit);
    cor_view_free(&m->view);
    cor_view_free(&m->look);
    cor_fields_free(&m->fields);
    cor_arena_free(&m->mem);
    cor_scratch_free(&m->scratch);
    cor_scratch_free(&m->look_scratch);
    cor_free(m);
}

uint32_t cor_matcher_channel(cor_matcher *m, const cor_val *channel)
{
    const cor_plan *p = m->plan;
    cor_str name = channel->len == 0 ? COR_S("") : cor_val_text(&m->scratch.mem, *channel);
    cor_str folded = name.p == NULL ? name : cor_scratch_fold(&m->scratch, name);
    uint32_t no = folded.p == NULL ? COR_NONE : cor_intern_find(&p->channel_name, folded);
    return no == COR_NONE ? p->n_channel - 1 : no;
}

cor_code cor_matcher_hit(cor_matcher *m, uint32_t rule, cor_err *e)
{
    if (m->n_hit != 0 && m->hit[m->n_hit - 1] == rule)
        return COR_OK;
    uint32_t *hit = cor_grow(m->hit, &m->cap_hit, m->n_hit + (size_t)1, sizeof *hit);
    if (hit == NULL)
        return cor_nomem(e, "sigma");
    m->hit = hit;
    hit[m->n_hit++] = rule;
    return COR_OK;
}

bool cor_matcher_want(cor_matcher *m, const cor_head *head)
{
    if (COR_LIKELY(m->plan->engine == COR_ENGINE_FAST))
        return cor_fast_want(m, head);
    bool want = cor_plain_want(m, head);
    cor_arena_reset(&m->scratch.mem);
    return want || m->scratch.nomem;
}

bool cor_matcher_spare(cor_matcher *m, const cor_event *ev)
{
    return m->plan->engine == COR_ENGINE_FAST && cor_fast_spare(m, ev);
}

cor_code cor_matcher_event(cor_matcher *m, const cor_event *ev, const uint32_t **rule, uint32_t *n, cor_err *e)
{
    m->n_hit = 0;
    m->scratch.nomem = false;
    cor_arena_reset(&m->scratch.mem);
    cor_code c = m->plan->engine == COR_ENGINE_FAST ? cor_fast_event(m, ev, e) : cor_plain_event(m, ev, e);
    if (c == COR_OK && m->scratch.nomem)
        c = cor_nomem(e, "sigma");
    *rule = m->hit;
    *n = c == COR_OK ? m->n_hit : 0;
    return c;
}

cor_limits cor_matcher_limits(const cor_matcher *m)
{
    return (cor_limits){.regex = m->scratch.limits};
}
