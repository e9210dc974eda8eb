/* The plain engine: every rule of the event's log source, one after another. Slow and obvious, so that the fast engine
 * can be checked against it. */
#include "base/alloc.h"
#include "sigma/plan.h"

static bool of_channel(const cor_plan *p, const cor_source *s, uint32_t channel, cor_scratch *scratch)
{
    if (s->n_channel == 0)
        return true;
    for (uint32_t i = 0; i < s->n_channel; i++) {
        cor_str folded = cor_scratch_fold(scratch, s->channel[i]);
        if (folded.p != NULL && cor_intern_find(&p->channel_name, folded) == channel)
            return true;
    }
    return false;
}

static cor_code list_pairs(cor_plan *p, uint32_t channel, cor_scratch *scratch, cor_err *e)
{
    cor_channel *ch = &p->channel[channel];
    for (int fill = 0; fill < 2; fill++) {
        ch->n_pair = 0;
        for (uint32_t i = 0; i < p->n_pair; i++) {
            if (!of_channel(p, p->pair[i].source, channel, scratch))
                continue;
            if (fill)
                ch->pair[ch->n_pair] = i;
            ch->n_pair++;
            cor_arena_reset(&scratch->mem);
        }
        if (!fill && (ch->pair = cor_arena_get(&p->mem, ch->n_pair * sizeof *ch->pair)) == NULL)
            return cor_nomem(e, "sigma");
    }
    return scratch->nomem ? cor_nomem(e, "sigma") : COR_OK;
}

cor_code cor_plain_plan(cor_plan *p, cor_err *e)
{
    cor_scratch scratch;
    if (!cor_scratch_init(&scratch))
        return cor_nomem(e, "sigma");
    cor_code c = COR_OK;
    for (uint32_t i = 0; c == COR_OK && i < p->n_channel; i++)
        c = list_pairs(p, i, &scratch, e);
    cor_scratch_free(&scratch);
    p->tree = c == COR_OK ? cor_arena_zero(&p->mem, p->n_pair * sizeof *p->tree) : NULL;
    if (p->tree == NULL)
        return c != COR_OK ? c : cor_nomem(e, "sigma");
    for (uint32_t i = 0; c == COR_OK && i < p->n_pair; i++)
        c = cor_tree_make(p->set, p->pair[i].rule, p->pair[i].source, &p->fields, &p->mem, &p->tree[i], e);
    return c;
}

void cor_plain_end(cor_plan *p)
{
    for (uint32_t i = 0; p->tree != NULL && i < p->n_pair; i++)
        cor_tree_end(&p->tree[i]);
    cor_fields_free(&p->fields);
}

static bool of_id(const cor_source *s, uint32_t id)
{
    for (uint32_t i = 0; i < s->n_event_id; i++)
        if (s->event_id[i] == id)
            return true;
    return s->n_event_id == 0;
}

bool cor_plain_want(cor_matcher *m, const cor_head *head)
{
    const cor_plan *p = m->plan;
    const cor_channel *ch = &p->channel[cor_matcher_channel(m, &head->channel)];
    for (uint32_t i = 0; i < ch->n_pair; i++)
        if (of_id(p->pair[ch->pair[i]].source, head->event_id))
            return true;
    return false;
}

cor_code cor_plain_event(cor_matcher *m, const cor_event *ev, cor_err *e)
{
    const cor_plan *p = m->plan;
    const cor_channel *ch = &p->channel[cor_matcher_channel(m, &ev->head.channel)];
    if (!cor_view_turn(&m->view, p->set, &p->fields, ev, &m->scratch))
        return cor_nomem(e, "sigma");
    for (uint32_t i = 0; i < ch->n_pair; i++) {
        const cor_pair *pair = &p->pair[ch->pair[i]];
        if (!of_id(pair->source, ev->head.event_id) || !cor_tree_holds(&p->tree[ch->pair[i]], &m->view))
            continue;
        cor_code c = cor_matcher_hit(m, pair->rule->no, e);
        if (c != COR_OK)
            return c;
    }
    return COR_OK;
}
