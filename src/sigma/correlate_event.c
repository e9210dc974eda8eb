/* The correlator's door for events: fields come from the matcher, which knows each rule's mapping. */
#include "sigma/correlate.h"

typedef struct source {
    cor_matcher *m;
    uint32_t rule;
    const cor_event *ev;
    cor_arena *mem;
} source;

static cor_str lookup(void *ctx, cor_str name)
{
    source *s = ctx;
    return cor_matcher_field(s->m, s->rule, s->ev, name, s->mem);
}

cor_code cor_correlator_add(cor_correlator *c, cor_matcher *m, uint32_t rule, const cor_event *ev,
                            const cor_evref *ref, cor_err *e)
{
    source s = {m, rule, ev, &c->mem};
    return cor_correlator_add_fields(c, rule, lookup, &s, ref, e);
}
