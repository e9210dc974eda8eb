#include "report/found.h"

bool cor_found_correlated(const cor_case_finding *c)
{
    return c->n_place == 0;
}

static cor_rule rule_of(const cor_case_finding *c)
{
    return (cor_rule){
        .kind = cor_found_correlated(c) ? COR_RULE_CORRELATION : COR_RULE_DETECTION,
        .id = c->rule_id,
        .title = c->rule_title,
        .author = c->rule_author,
        .level = c->level,
        .tag = c->tag,
        .n_tag = c->n_tag,
        .sign = c->sign,
        .stage = c->stage,
        .grade = c->grade,
        .family = c->family,
        .group = c->group,
        .builtin = c->builtin,
    };
}

void cor_found_of(const cor_case_finding *c, cor_found *out)
{
    *out = (cor_found){
        .rule = rule_of(c),
        .f =
            {
                .time = c->time,
                .last = c->last,
                .computer = c->computer,
                .channel = c->channel,
                .provider = c->provider,
                .host = c->host,
                .event_id = c->event_id,
                .record_id = c->record_id,
                .field = c->field,
                .n_field = c->n_field,
                .matched = c->matched,
                .n_matched = c->n_matched,
                .group = c->corr_group,
                .n_group = c->n_corr_group,
                .event = c->event,
                .n_event = c->n_event,
                .n_total = c->n_total,
                .value = c->value,
            },
    };
    out->f.rule = &out->rule;
    memcpy(out->f.id, c->id.p, c->id.n < sizeof(out->f.id) ? c->id.n : sizeof(out->f.id) - 1);
    if (c->n_place > 0) {
        out->f.input = c->place[0].input;
        out->f.offset = c->place[0].offset;
        out->f.sha256 = c->place[0].hashed ? c->place[0].sha256 : NULL;
    } else if (c->n_event > 0) {
        out->f.input = c->event[0].input;
        out->f.offset = c->event[0].offset;
        out->f.sha256 = c->event[0].sha256;
    }
}
