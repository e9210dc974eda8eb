/* A case as what is judged. */
#include "judge/desk.h"

static cor_code case_hosts(void *ctx, cor_code (*each)(void *to, const cor_host *h, cor_err *e), void *to, cor_err *e)
{
    return cor_case_hosts(ctx, each, to, e);
}

static cor_code case_findings(void *ctx, cor_code (*each)(void *to, const cor_case_finding *f, cor_err *e), void *to,
                              cor_err *e)
{
    const cor_case_filter all = {.host = {NULL, 0}, .id = {NULL, 0}, .from = COR_NOTIME, .to = COR_NOTIME};
    return cor_case_findings(ctx, &all, each, to, e);
}

static cor_code case_facts(void *ctx, uint32_t kinds, cor_code (*each)(void *to, const cor_fact *f, cor_err *e),
                           void *to, cor_err *e)
{
    return cor_case_facts_by_key(ctx, kinds, each, to, e);
}

static cor_code case_paths(void *ctx, cor_code (*each)(void *to, uint32_t input, cor_str path, cor_err *e), void *to,
                           cor_err *e)
{
    return cor_case_paths(ctx, each, to, e);
}

static cor_code case_said(void *ctx, cor_code (*each)(void *to, const cor_said *s, cor_err *e), void *to, cor_err *e)
{
    return cor_case_said(ctx, each, to, e);
}

static cor_code case_span(void *ctx, cor_time *first, cor_time *last, cor_err *e)
{
    return cor_case_span(ctx, first, last, e);
}

cor_code cor_judge(cor_case *c, const cor_judge_options *o, cor_judgement *out, cor_err *e)
{
    const cor_judge_source s = {c, case_hosts, case_findings, case_facts, case_paths, case_said, case_span};
    return cor_judge_from(&s, o, out, e);
}
