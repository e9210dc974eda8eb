/* What a rule asks of events, as a digest: equal for two rules that match the same events for the same reason. Titles,
 * levels, texts for people and (of correlations) time spans and thresholds make no difference. */
#include "sigma/correlate.h"

static void add_u64(cor_digest *d, uint64_t v)
{
    uint8_t b[8];
    for (unsigned i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> 8 * i);
    cor_digest_add(d, b, sizeof b);
}

/* With its length, so that no two lists of texts run into the same bytes. */
static void add_str(cor_digest *d, cor_str s)
{
    add_u64(d, s.p == NULL ? UINT64_MAX : s.n);
    cor_digest_add(d, s.p == NULL ? "" : s.p, s.p == NULL ? 0 : s.n);
}

static void add_strs(cor_digest *d, const cor_str *s, uint32_t n)
{
    add_u64(d, n);
    for (uint32_t i = 0; i < n; i++)
        add_str(d, s[i]);
}

static void add_double(cor_digest *d, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    add_u64(d, bits);
}

/* How the sources of r find a field. */
static void add_field(cor_digest *d, const cor_rule *r, cor_str name)
{
    add_str(d, name);
    for (uint32_t i = 0; i < r->n_source && name.p != NULL; i++) {
        const cor_source *s = r->source[i];
        for (uint32_t k = 0; k < s->n_map; k++) {
            const cor_fieldmap *m = &s->map[k];
            if (!cor_str_eq(m->field, name))
                continue;
            add_u64(d, i);
            add_strs(d, m->from, m->n_from);
            add_u64(d, m->convert);
            add_strs(d, m->enum_from, m->n_enum);
            add_strs(d, m->enum_to, m->n_enum);
            add_str(d, m->constant);
        }
    }
}

static void add_test(cor_digest *d, const cor_rule *r, const cor_test *t)
{
    add_u64(d, t->op);
    add_u64(d, t->cased);
    add_field(d, r, t->field);
    add_str(d, t->text);
    add_u64(d, t->n_piece);
    for (uint32_t i = 0; i < t->n_piece; i++) {
        add_u64(d, t->piece[i].kind);
        add_str(d, t->piece[i].text);
    }
    add_u64(d, t->re_flags);
    cor_digest_add(d, t->net, sizeof t->net);
    add_u64(d, t->net_bits);
    add_u64(d, t->wanted);
    add_u64(d, t->cmp);
    add_double(d, t->number);
    add_u64(d, t->part);
    add_field(d, r, t->ref_field);
    add_u64(d, t->ref_op);
}

static void add_node(cor_digest *d, const cor_rule *r, const cor_node *n)
{
    add_u64(d, n->kind);
    if (n->kind == COR_NODE_TEST) {
        add_test(d, r, n->test);
        return;
    }
    add_u64(d, n->n);
    for (uint32_t i = 0; i < n->n; i++)
        add_node(d, r, n->child[i]);
}

static void add_source(cor_digest *d, const cor_source *s)
{
    add_strs(d, s->channel, s->n_channel);
    add_u64(d, s->n_event_id);
    for (uint32_t i = 0; i < s->n_event_id; i++)
        add_u64(d, s->event_id[i]);
    add_u64(d, s->n_require);
    for (uint32_t i = 0; i < s->n_require; i++) {
        add_str(d, s->require[i].field);
        add_strs(d, s->require[i].value, s->require[i].n_value);
    }
}

static void add_detection(cor_digest *d, const cor_rule *r)
{
    add_u64(d, r->n_source);
    for (uint32_t i = 0; i < r->n_source; i++)
        add_source(d, r->source[i]);
    if (r->expr != NULL)
        add_node(d, r, r->expr);
}

/* What decides on its rows: who feeds it, and which values they carry. */
static void add_correlation(cor_digest *d, const cor_correlator *c, const cor_rule *r)
{
    const cor_correlation *over = r->corr;
    const struct cor_corr_need *need = &c->plan.need[r->no];
    add_u64(d, cor_corr_sums(over->type));
    add_u64(d, over->n_rule);
    for (uint32_t i = 0; i < over->n_rule; i++) {
        const cor_rule *fed = c->plan.rules->rule[over->rule[i]];
        add_u64(d, fed->kind);
        if (fed->kind == COR_RULE_DETECTION)
            add_detection(d, fed);
        else
            add_str(d, fed->name.n != 0 ? fed->name : fed->id);
        for (uint32_t g = 0; g < over->n_group_by; g++)
            add_field(d, fed, over->group_field[g * over->n_rule + i]);
        for (uint32_t v = 0; v < over->n_value; v++)
            add_field(d, fed, over->value_field[v * over->n_rule + i]);
        for (uint32_t k = 0; k < need->n_carry; k++)
            add_field(d, fed, need->carry[k]);
    }
}

cor_code cor_rule_version(const cor_correlator *c, const cor_rule *r, cor_digest *d, uint8_t out[COR_VERSION_SIZE],
                          cor_err *e)
{
    if (c->made != COR_OK) {
        *e = c->why;
        return c->made;
    }
    uint8_t full[COR_SHA256_SIZE];
    add_u64(d, r->kind);
    if (r->kind == COR_RULE_CORRELATION)
        add_correlation(d, c, r);
    else
        add_detection(d, r);
    cor_digest_end(d, full);
    memcpy(out, full, COR_VERSION_SIZE);
    return COR_OK;
}
