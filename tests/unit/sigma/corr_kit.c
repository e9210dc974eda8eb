#include "tests/unit/sigma/corr_kit.h"

#include <stdlib.h>

void corr_open(corr_rules *r)
{
    memset(r, 0, sizeof *r);
    r->set.rule = r->ptr;
    r->set.n_rule = CORR_BASE;
    for (uint32_t i = 0; i < CORR_BASE + 3; i++) {
        r->rule[i] = (cor_rule){.no = i, .title = COR_S("rule")};
        r->ptr[i] = &r->rule[i];
    }
}

/* A correlation over `list`, a string of digits that are rule numbers; grouped by the field G unless `group` is
 * NULL. */
cor_correlation *corr_rule(corr_rules *r, cor_corr_type type, const char *list, const char *group, const char *value,
                           int64_t seconds)
{
    uint32_t k = r->set.n_rule - CORR_BASE;
    cor_correlation *c = &r->corr[k];
    r->rule[r->set.n_rule].kind = COR_RULE_CORRELATION;
    r->rule[r->set.n_rule++].corr = c;
    *c = (cor_correlation){.type = type, .rule = r->list[k], .n_rule = (uint32_t)strlen(list),
                           .group_by = r->group_by[k], .n_group_by = group != NULL, .group_field = r->group_field[k],
                           .value_name = r->value_name[k], .value_field = r->value_field[k], .n_value = value != NULL,
                           .timespan = seconds * COR_SECOND};
    r->group_by[k][0] = cor_str_of(group);
    r->value_name[k][0] = cor_str_of(value);
    for (uint32_t i = 0; i < c->n_rule; i++) {
        r->list[k][i] = (uint32_t)(list[i] - '0');
        r->group_field[k][i] = cor_str_of(group);
        r->value_field[k][i] = cor_str_of(value);
    }
    return c;
}

void corr_when(cor_correlation *c, cor_cmp cmp, double number)
{
    c->cond[c->n_cond].cmp = cmp;
    c->cond[c->n_cond++].number = number;
}

static cor_str lookup(void *ctx, cor_str name)
{
    const corr_ev *ev = ctx;
    const char *z = cor_str_is(name, "G") ? ev->g : cor_str_is(name, "V") ? ev->v : "-";
    return strcmp(z, "-") == 0 ? (cor_str){NULL, 0} : cor_str_of(z);
}

cor_code corr_add(cor_correlator *c, const corr_ev *ev, cor_err *e)
{
    cor_evref ref = {.time = ev->at < 0 ? COR_NOTIME : ev->at * COR_SECOND, .input = ev->input, .offset = ev->key,
                     .record_id = ev->key, .computer = COR_S("PC"), .channel = COR_S("Security"),
                     .provider = COR_S("P"), .event_id = 1};
    for (int i = 0; i < 4; i++)
        ref.key[i] = (uint8_t)(ev->key >> (24 - 8 * i));
    return cor_correlator_add_fields(c, ev->rule, lookup, (void *)(uintptr_t)ev, &ref, e);
}

/* What a finding says, as text: rule, group, first-last, events as rule letter @ time, total, value. */
cor_code corr_print(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)e;
    cor_buf *b = ctx;
    cor_buf_fmt(b, "%u", f->rule - CORR_BASE);
    if (f->group[0].p != NULL) /* all rules here but those without group-by have one */
        cor_buf_fmt(b, " %.*s", COR_STR_FMT(f->group[0]));
    for (uint32_t i = 0; i < f->n_event; i++)
        cor_buf_fmt(b, " %c%d", 'a' + (char)f->event_rule[i], (int)(f->event[i].time / COR_SECOND));
    cor_buf_fmt(b, " =%g; ", f->value);
    assert_true(f->n_total >= f->n_event && f->first <= f->last);
    assert_int_equal(f->event[0].time, f->first);
    return COR_OK;
}

void corr_run(const corr_rules *r, const corr_ev *ev, size_t n, size_t parts, size_t budget, cor_buf *out,
              cor_corr_stats *stats)
{
    cor_correlator *c[4] = {NULL};
    cor_err e = {0};
    for (size_t i = 0; i < parts; i++)
        assert_non_null(c[i] = cor_correlator_new(&r->set, budget, NULL));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(corr_add(c[(ev[i].key + ev[i].input) % parts], &ev[i], &e), COR_OK);
    cor_buf_clear(out);
    assert_int_equal(cor_correlate(c, parts, NULL, corr_print, out, &e), COR_OK);
    *stats = (cor_corr_stats){0};
    for (size_t i = 0; i < parts; i++) {
        cor_correlator_stats(c[i], stats);
        cor_correlator_free(c[i]);
    }
    cor_buf_c(out, '\0');
}

/* "a0 b10/V=5 c20/G=y": rule, second, fields; "#7" gives the event's number, else it is its place in the text. */
size_t corr_parse(const char *s, corr_ev ev[CORR_EVENTS])
{
    size_t n = 0;
    while (*s != '\0') {
        corr_ev *x = &ev[n];
        *x = (corr_ev){.rule = (uint32_t)(*s++ - 'a'), .key = (uint32_t)n++, .g = "x", .v = "-"};
        char *end;
        x->at = strtol(s, &end, 10);
        for (s = end; *s != '\0' && *s != ' ';)
            if (*s == '#') {
                x->key = (uint32_t)strtol(s + 1, &end, 10);
                s = end;
            } else {
                char *to = s[1] == 'G' ? x->g : x->v;
                size_t k = strcspn(s += 3, " /#");
                assert_true(k < sizeof x->g);
                memcpy(to, s, k);
                to[k] = '\0';
                s += k;
            }
        s += *s == ' ';
    }
    return n;
}
