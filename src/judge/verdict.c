#include "judge/verdict.h"

#include "judge/desk.h"

/* Each step needs what the ones before it made. */
static cor_code judge(cor_desk *d, cor_judgement *out, cor_err *e)
{
    static cor_code (*const step[])(cor_desk *d, cor_err *e) = {
        cor_desk_hosts, cor_judge_facts, cor_judge_observe, cor_judge_joins, cor_judge_values, cor_judge_spread,
        cor_judge_contacts, cor_judge_coverage,
    };
    for (size_t i = 0; i < COR_LEN(step); i++)
        if (step[i](d, e) != COR_OK)
            return e->code;
    return cor_judge_tell(d, out, e);
}

cor_code cor_judge_from(const cor_judge_source *s, const cor_judge_options *o, cor_judgement *out, cor_err *e)
{
    cor_err local;
    e = e == NULL ? &local : e;
    *out = (cor_judgement){.now = COR_NOTIME, .from = COR_NOTIME};
    cor_desk d = {.source = s, .options = o, .mem = &out->mem, .now = COR_NOTIME, .from = COR_NOTIME};
    cor_code c = judge(&d, out, e);
    cor_desk_free(&d);
    return c;
}

void cor_judgement_free(cor_judgement *j)
{
    cor_arena_free(&j->mem);
    *j = (cor_judgement){.now = COR_NOTIME, .from = COR_NOTIME};
}
