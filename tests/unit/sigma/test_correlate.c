/* The correlator, through its inner door: rules and events made by hand, no matcher. The table says what each kind of
 * correlation means at its edges; the random test holds the sweep against a naive judge of the same definition. */
#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sigma/correlate_row.h"
#include "sigma/judge.h"

#define BASE 4       /* detection rules 0..3, written a..d */
#define MAX_EVENTS 64
#define TINY 4096

typedef struct tev {
    int64_t at;      /* seconds */
    uint32_t rule;
    char g[8], v[8]; /* fields G and V; "-" absent */
    uint32_t key;    /* the same number is the same event */
    uint32_t input;
} tev;

typedef struct rules {
    cor_ruleset set;
    cor_rule *ptr[BASE + 3];
    cor_rule rule[BASE + 3];
    cor_correlation corr[3];
    cor_str group_by[3][2], group_field[3][8], value_name[3][1], value_field[3][4];
    uint32_t list[3][4];
} rules;

static void rules_open(rules *r)
{
    memset(r, 0, sizeof *r);
    r->set.rule = r->ptr;
    r->set.n_rule = BASE;
    for (uint32_t i = 0; i < BASE + 3; i++) {
        r->rule[i] = (cor_rule){.no = i, .title = COR_S("rule")};
        r->ptr[i] = &r->rule[i];
    }
}

/* A correlation over `list`, a string of digits that are rule numbers; grouped by the field G unless `group` is NULL. */
static cor_correlation *rules_add(rules *r, cor_corr_type type, const char *list, const char *group, const char *value, int64_t seconds)
{
    uint32_t k = r->set.n_rule - BASE;
    cor_correlation *c = &r->corr[k];
    r->rule[r->set.n_rule].kind = COR_RULE_CORRELATION;
    r->rule[r->set.n_rule++].corr = c;
    *c = (cor_correlation){.type = type, .rule = r->list[k], .n_rule = (uint32_t)strlen(list), .group_by = r->group_by[k],
                           .n_group_by = group != NULL, .group_field = r->group_field[k], .value_name = r->value_name[k],
                           .value_field = r->value_field[k], .n_value = value != NULL, .timespan = seconds * COR_SECOND};
    r->group_by[k][0] = cor_str_of(group);
    r->value_name[k][0] = cor_str_of(value);
    for (uint32_t i = 0; i < c->n_rule; i++) {
        r->list[k][i] = (uint32_t)(list[i] - '0');
        r->group_field[k][i] = cor_str_of(group);
        r->value_field[k][i] = cor_str_of(value);
    }
    return c;
}

static void when(cor_correlation *c, cor_cmp cmp, double number)
{
    c->cond[c->n_cond].cmp = cmp;
    c->cond[c->n_cond++].number = number;
}

static cor_str lookup(void *ctx, cor_str name)
{
    const tev *ev = ctx;
    const char *z = cor_str_is(name, "G") ? ev->g : cor_str_is(name, "V") ? ev->v : "-";
    return strcmp(z, "-") == 0 ? (cor_str){NULL, 0} : cor_str_of(z);
}

static cor_code add(cor_correlator *c, const tev *ev, cor_err *e)
{
    cor_evref ref = {.time = ev->at < 0 ? COR_NOTIME : ev->at * COR_SECOND, .input = ev->input, .offset = ev->key, .record_id = ev->key,
                     .computer = COR_S("PC"), .channel = COR_S("Security"), .provider = COR_S("P"), .event_id = 1};
    for (int i = 0; i < 4; i++)
        ref.key[i] = (uint8_t)(ev->key >> (24 - 8 * i));
    return cor_correlator_add_fields(c, ev->rule, lookup, (void *)(uintptr_t)ev, &ref, e);
}

/* What a finding says, as text: rule, group, first-last, events as rule letter @ time, total, value. */
static cor_code print(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)e;
    cor_buf *b = ctx;
    cor_buf_fmt(b, "%u", f->rule - BASE);
    if (f->group[0].p != NULL) /* all rules here but those without group-by have one */
        cor_buf_fmt(b, " %.*s", COR_STR_FMT(f->group[0]));
    for (uint32_t i = 0; i < f->n_event; i++)
        cor_buf_fmt(b, " %c%d", 'a' + (char)f->event_rule[i], (int)(f->event[i].time / COR_SECOND));
    cor_buf_fmt(b, " =%g; ", f->value);
    assert_true(f->n_total >= f->n_event && f->first <= f->last);
    assert_int_equal(f->event[0].time, f->first);
    return COR_OK;
}

static void run(const rules *r, const tev *ev, size_t n, size_t parts, size_t budget, cor_buf *out, cor_corr_stats *stats)
{
    cor_correlator *c[4];
    cor_err e = {0};
    for (size_t i = 0; i < parts; i++)
        assert_non_null(c[i] = cor_correlator_new(&r->set, budget, NULL));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(add(c[(ev[i].key + ev[i].input) % parts], &ev[i], &e), COR_OK);
    cor_buf_clear(out);
    assert_int_equal(cor_correlate(c, parts, print, out, &e), COR_OK);
    *stats = (cor_corr_stats){0};
    for (size_t i = 0; i < parts; i++) {
        cor_correlator_stats(c[i], stats);
        cor_correlator_free(c[i]);
    }
    cor_buf_c(out, '\0');
}

/* "a0 b10/V=5 c20/G=y": rule, second, fields; "#7" gives the event's number, else it is its place in the text. */
static size_t parse(const char *s, tev ev[MAX_EVENTS])
{
    size_t n = 0;
    while (*s != '\0') {
        tev *x = &ev[n];
        *x = (tev){.rule = (uint32_t)(*s++ - 'a'), .key = (uint32_t)n++, .g = "x", .v = "-"};
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

static const struct row {
    const char *name;
    cor_corr_type type;
    const char *list, *value;
    int64_t span;
    cor_cmp cmp;
    double number; /* < 0: no condition */
    const char *events, *want;
} rows[] = {
    /* event_count: sliding */
    {"exactly the span is inside", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a5 a10", "0 x a0 a5 a10 =3; "},
    {"one second more is outside", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a5 a11", ""},
    {"gt needs one more", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GT, 3, "a0 a1 a2", ""},
    {"gt with one more", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GT, 3, "a0 a1 a2 a3", "0 x a0 a1 a2 a3 =4; "},
    {"late and unordered arrival", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a10 a0 a5", "0 x a0 a5 a10 =3; "},
    {"goes on while it holds", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a4 a8 a12 a16", "0 x a0 a4 a8 a12 a16 =5; "},
    {"ends where it no longer holds, and begins anew", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3,
     "a0 a1 a2 a12 a13 a14", "0 x a0 a1 a2 =3; 0 x a12 a13 a14 =3; "},
    {"an event of the last finding does not count again", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a1 a9 a12 a13", "0 x a0 a1 a9 =3; "},
    {"groups do not mix", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0/G=x a1/G=y a2/G=z a20/G=y", ""},
    {"groups compare without case", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0/G=Bob a1/G=bob", "0 Bob a0 a1 =2; "},
    {"an event met twice counts once", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0#1 a0#1", ""},
    {"two rules on one event count it once", COR_CORR_EVENT_COUNT, "01", NULL, 10, COR_CMP_GTE, 2, "a0#1 b0#1", ""},
    {"several rules count together", COR_CORR_EVENT_COUNT, "01", NULL, 10, COR_CMP_GTE, 2, "a0 b1 c2", "0 x a0 b1 =2; "},
    {"at least none still needs one", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 0, "a5", "0 x a5 =1; "},
    {"many at one time", COR_CORR_EVENT_COUNT, "0", NULL, 0, COR_CMP_GTE, 3, "a5 a5 a5 a5 a6", "0 x a5 a5 a5 a5 =4; "},
    {"an event without the group field takes no part", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0/G=- a1/G=-", ""},
    /* tumbling */
    {"lt judges whole windows", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_LT, 3, "a0 a1 a2 a10 a11 a12 a30", "0 x a11 a12 =2; 0 x a30 =1; "},
    {"eq", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_EQ, 2, "a0 a1 a2 a20 a30 a31", "0 x a20 a30 =2; "},
    {"neq", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_NEQ, 1, "a0 a20 a21", "0 x a20 a21 =2; "},
    {"nothing is no finding", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_LT, 3, "b0", ""},
    /* value_count */
    {"distinct values", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=1 a1/V=1 a2/V=2", "0 x a0 a1 a2 =2; "},
    {"the same value is one", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=u a1/V=U a2/V=u", ""},
    {"an absent value is none", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=1 a1 a2", ""},
    {"a value that left the window does not count", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 3, "a0/V=1 a9/V=2 a11/V=3 a20/V=2", ""},
    {"a value seen again stays in", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 3, "a0/V=1 a5/V=1 a9/V=2 a12/V=3", "0 x a5 a9 a12 =3; "},
    {"distinct values, at most", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_LTE, 1, "a0/V=1 a1/V=1 a20/V=1 a21/V=2", "0 x a0 a1 =1; "},
    /* temporal */
    {"each rule once, any order", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "c0 a5 b10", "0 x c0 a5 b10 =3; "},
    {"too far apart", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "c0 a5 b11", ""},
    {"one missing", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "a0 a1 b2", ""},
    {"at least two kinds", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_GTE, 2, "a0 a1 c2", "0 x a0 a1 c2 =2; "},
    {"one event may stand for two rules", COR_CORR_TEMPORAL, "01", NULL, 10, COR_CMP_EQ, -1, "a0#1 b0#1", "0 x a0 =2; "},
    {"less than all kinds", COR_CORR_TEMPORAL, "01", NULL, 10, COR_CMP_LT, 2, "a0 b1 b20", "0 x b20 =1; "},
    /* temporal_ordered */
    {"in order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "a0 b5 c10", "0 x a0 b5 c10 =3; "},
    {"out of order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "b0 a1 c2", ""},
    {"order across a longer span", COR_CORR_TEMPORAL_ORDERED, "01", NULL, 10, COR_CMP_EQ, -1, "a0 b11", ""},
    {"the later begin counts", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "a0 a8 b9 c15", "0 x a8 b9 c15 =3; "},
    {"one second is both orders", COR_CORR_TEMPORAL_ORDERED, "01", NULL, 10, COR_CMP_EQ, -1, "b3#1 a3#2", "0 x b3 a3 =2; "},
    {"two of three in order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_GTE, 2, "c0 a1 c2", "0 x c0 a1 c2 =2; "},
    /* numbers */
    {"sum", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 10, "a0/V=4 a5/V=5 a9/V=1", "0 x a0 a5 a9 =10; "},
    {"sum forgets what left", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 10, "a0/V=9 a11/V=1 a12/V=8", ""},
    {"hexadecimal numbers", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 16, "a0/V=0x10", "0 x a0 =16; "},
    {"what is no number is left out", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 1, "a0/V=nan a0/V=inf a0/V=1x a0/V=", ""},
    {"average", COR_CORR_VALUE_AVG, "0", "V", 10, COR_CMP_GT, 2, "a0/V=1 a1/V=3 a2/V=5", "0 x a0 a1 a2 =3; "},
    {"average, below", COR_CORR_VALUE_AVG, "0", "V", 10, COR_CMP_LT, 2, "a0/V=1 a10/V=2 a30/V=9", "0 x a0 a10 =1.5; "},
    {"median of two", COR_CORR_VALUE_MEDIAN, "0", "V", 10, COR_CMP_EQ, 2, "a0/V=1 a1/V=3", "0 x a0 a1 =2; "},
    {"median of three", COR_CORR_VALUE_MEDIAN, "0", "V", 10, COR_CMP_EQ, 3, "a0/V=1 a1/V=3 a2/V=99", "0 x a0 a1 a2 =3; "},
    {"percentile interpolates", COR_CORR_VALUE_PERCENTILE, "0", "V", 10, COR_CMP_EQ, 3.5, "a0/V=1 a1/V=2 a2/V=3 a3/V=5", "0 x a0 a1 a2 a3 =3.5; "},
    {"negative numbers", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_LT, 0, "a0/V=3 a1/V=-4", "0 x a0 a1 =-1; "},
};

static void what_each_kind_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        rules r;
        tev ev[MAX_EVENTS];
        cor_buf out = {0};
        cor_corr_stats stats;
        rules_open(&r);
        cor_correlation *c = rules_add(&r, rows[i].type, rows[i].list, "G", rows[i].value, rows[i].span);
        if (rows[i].number >= 0)
            when(c, rows[i].cmp, rows[i].number);
        c->percentile = 75;
        run(&r, ev, parse(rows[i].events, ev), 1, 1 << 16, &out, &stats);
        if (strcmp((char *)out.p, rows[i].want) != 0)
            fail_msg("%s: %s gave \"%s\", want \"%s\"", rows[i].name, rows[i].events, (char *)out.p, rows[i].want);
        cor_buf_free(&out);
    }
}

/* ---- boolean conditions ---- */

static cor_corr_expr leaf[4] = {{COR_CE_RULE, 0, NULL, 0}, {COR_CE_RULE, 0, NULL, 1}, {COR_CE_RULE, 0, NULL, 2}, {COR_CE_RULE, 0, NULL, 3}};
static cor_corr_expr *const b_or_c[] = {&leaf[1], &leaf[2]};
static cor_corr_expr or_bc = {COR_CE_OR, 2, b_or_c, 0};
static cor_corr_expr *const a_then[] = {&leaf[0], &or_bc};
static cor_corr_expr a_and_or_bc = {COR_CE_AND, 2, a_then, 0};
static cor_corr_expr *const only_b[] = {&leaf[1]};
static cor_corr_expr not_b = {COR_CE_NOT, 1, only_b, 0};
static cor_corr_expr *const a_not_b_c[] = {&leaf[0], &not_b, &leaf[2]};
static cor_corr_expr and_not = {COR_CE_AND, 3, a_not_b_c, 0};

static void boolean_conditions(void **state)
{
    (void)state;
    static const struct { cor_corr_type type; const cor_corr_expr *x; const char *events, *want; } cases[] = {
        {COR_CORR_TEMPORAL, &a_and_or_bc, "a0 c5", "0 x a0 c5 =2; "},
        {COR_CORR_TEMPORAL, &a_and_or_bc, "c0 a5", "0 x c0 a5 =2; "},
        {COR_CORR_TEMPORAL, &a_and_or_bc, "b0 c5", ""},
        {COR_CORR_TEMPORAL, &a_and_or_bc, "a0 c11", ""},
        {COR_CORR_TEMPORAL, &and_not, "a0 c5", "0 x a0 c5 =2; "},
        {COR_CORR_TEMPORAL, &and_not, "a0 c5 b9", ""}, /* the whole window is judged: what comes after counts */
        {COR_CORR_TEMPORAL, &and_not, "a0 c5 b11", "0 x a0 c5 =2; "},
        {COR_CORR_TEMPORAL_ORDERED, &a_and_or_bc, "a0 c5", "0 x a0 c5 =2; "},
        {COR_CORR_TEMPORAL_ORDERED, &a_and_or_bc, "c0 a5", ""},
        {COR_CORR_TEMPORAL_ORDERED, &a_and_or_bc, "c0 a5 b6", "0 x c0 a5 b6 =3; "},
        {COR_CORR_TEMPORAL_ORDERED, &and_not, "a0 c5", "0 x a0 c5 =2; "},
        {COR_CORR_TEMPORAL_ORDERED, &and_not, "c0 a5", ""},
        {COR_CORR_TEMPORAL_ORDERED, &and_not, "a0 b3 c5", ""},
    };
    for (size_t i = 0; i < COR_LEN(cases); i++) {
        rules r;
        tev ev[MAX_EVENTS];
        cor_buf out = {0};
        cor_corr_stats stats;
        rules_open(&r);
        rules_add(&r, cases[i].type, "012", "G", NULL, 10)->expr = cases[i].x;
        run(&r, ev, parse(cases[i].events, ev), 1, 1 << 16, &out, &stats);
        if (strcmp((char *)out.p, cases[i].want) != 0)
            fail_msg("%zu: %s gave \"%s\", want \"%s\"", i, cases[i].events, (char *)out.p, cases[i].want);
        cor_buf_free(&out);
    }
}

/* ---- chains ---- */

/* Rule 4, the inner correlation, prints as e. */
static void chains(void **state)
{
    (void)state;
    static const struct { const char *name, *outer_list, *outer_group, *outer_value; cor_corr_type outer; double number; const char *events, *want; } cases[] = {
        {"many failures, then a success", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "a0 a1 a2 b9", "0 x a0 a1 a2 =3; 1 x e0 e1 e2 b9 =2; "},
        {"a success before is none", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "b0 a1 a2 a3", "0 x a1 a2 a3 =3; "},
        {"a success between two failures is before the third", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "a0 a1 b1 a2", "0 x a0 a1 a2 =3; "},
        {"failures that go on after it hide nothing", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "a0 a1 a2 b3 a4 a5",
         "0 x a0 a1 a2 a4 a5 =5; 1 x e0 e1 e2 b3 e4 e5 =2; "},
        {"grouped by what the inner rule does not know", "41", "V", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "a0/V=u a1/V=w a2/V=w b9/V=u b9/V=q",
         "0 x a0 a1 a2 =3; 1 u e0 b9 =2; "},
        {"two inner findings in two groups", "4", "V", NULL, COR_CORR_EVENT_COUNT, 2, "a0/G=x/V=h a1/G=x/V=h a2/G=x/V=h a4/G=y/V=h a5/G=y/V=h a6/G=y/V=h",
         "0 x a0 a1 a2 =3; 0 y a4 a5 a6 =3; 1 h e0 e1 e2 e4 e5 e6 =2; "},
        {"one inner finding with many events counts once", "4", "V", NULL, COR_CORR_EVENT_COUNT, 2, "a0/V=h a1/V=h a2/V=h a3/V=h a4/V=h", "0 x a0 a1 a2 a3 a4 =5; "},
        {"values of inner events", "4", "G", "V", COR_CORR_VALUE_COUNT, 2, "a0/V=1 a1/V=2 a2/V=2", "0 x a0 a1 a2 =3; 1 x e0 e1 e2 =2; "},
    };
    for (size_t i = 0; i < COR_LEN(cases); i++)
        for (size_t parts = 1; parts <= 4; parts += 3) {
            rules r;
            tev ev[MAX_EVENTS];
            cor_buf out = {0};
            cor_corr_stats stats;
            rules_open(&r);
            when(rules_add(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 10), COR_CMP_GTE, 3);
            cor_correlation *c = rules_add(&r, cases[i].outer, cases[i].outer_list, cases[i].outer_group, cases[i].outer_value, 10);
            if (cases[i].number >= 0)
                when(c, COR_CMP_GTE, cases[i].number);
            run(&r, ev, parse(cases[i].events, ev), parts, TINY, &out, &stats);
            if (strcmp((char *)out.p, cases[i].want) != 0)
                fail_msg("%s: %s gave \"%s\", want \"%s\"", cases[i].name, cases[i].events, (char *)out.p, cases[i].want);
            cor_buf_free(&out);
        }
}

static void a_circle_is_said(void **state)
{
    (void)state;
    rules r;
    rules_open(&r);
    rules_add(&r, COR_CORR_TEMPORAL, "05", "G", NULL, 10);
    rules_add(&r, COR_CORR_TEMPORAL, "04", "G", NULL, 10);
    cor_correlator *c = cor_correlator_new(&r.set, TINY, NULL);
    cor_err e = {0};
    tev ev = {.g = "x", .v = "-"};
    assert_non_null(c);
    assert_int_equal(add(c, &ev, &e), COR_EFORMAT);
    assert_int_equal(cor_correlate(&c, 1, print, NULL, &e), COR_EFORMAT);
    assert_non_null(strstr(e.msg, "itself"));
    cor_correlator_free(c);
}

static void what_takes_no_part_is_counted(void **state)
{
    (void)state;
    rules r;
    tev ev[MAX_EVENTS];
    cor_buf out = {0};
    cor_corr_stats stats;
    rules_open(&r);
    when(rules_add(&r, COR_CORR_VALUE_COUNT, "0", "G", "V", 10), COR_CMP_GTE, 1);
    run(&r, ev, parse("a-1/V=1 a-1/V=2 a0/V=1/G=- a1 a2 a3 a4/V=1", ev), 2, TINY, &out, &stats);
    assert_int_equal(stats.notime, 2);
    assert_int_equal(stats.nogroup, 1);
    assert_int_equal(stats.novalue, 3);
    assert_int_equal(stats.rows, 1);
    assert_string_equal((char *)out.p, "0 x a4 =1; ");
    cor_buf_free(&out);
}


/* ---- against a naive judge ---- */

static uint64_t seed;
static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static int by_time(const void *a, const void *b)
{
    const tev *x = a, *y = b;
    int c = strcmp(x->g, y->g);
    c = c != 0 ? c : (x->at > y->at) - (x->at < y->at);
    c = c != 0 ? c : (x->key > y->key) - (x->key < y->key);
    return c != 0 ? c : (x->rule > y->rule) - (x->rule < y->rule);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The measure of events lo..hi of one group, straight from the definition. */
static double measure(const cor_correlation *c, const tev *ev, size_t lo, size_t hi)
{
    double v[MAX_EVENTS], sum = 0;
    size_t n = 0, distinct = 0, chain[MAX_EVENTS], best = 0;
    bool rule[4] = {false};
    for (size_t i = lo; i < hi; i++) {
        bool again = i > lo && ev[i].key == ev[i - 1].key, seen = false;
        rule[ev[i].rule] = true;
        chain[i] = 1;
        for (size_t j = lo; j < hi; j++) { /* all orders within one second are allowed, so look at rules from low to high */
            seen = seen || (j < i && strcmp(ev[i].v, ev[j].v) == 0);
        }
        distinct += !seen;
        if (again)
            continue;
        v[n++] = atof(ev[i].v);
        sum += atof(ev[i].v);
    }
    for (uint32_t r = 0; r < 4; r++)
        for (size_t i = lo; i < hi; i++)
            for (size_t j = lo; ev[i].rule == r && j < hi; j++)
                if (ev[j].rule < r && ev[j].at <= ev[i].at && chain[j] + 1 > chain[i])
                    chain[i] = chain[j] + 1;
    for (size_t i = lo; i < hi; i++)
        best = chain[i] > best ? chain[i] : best;
    qsort(v, n, sizeof *v, by_number);
    double at = (c->type == COR_CORR_VALUE_MEDIAN ? 50 : c->percentile) / 100 * (double)(n - 1);
    size_t f = (size_t)at;
    switch (c->type) {
    case COR_CORR_EVENT_COUNT: return (double)n;
    case COR_CORR_VALUE_COUNT: return (double)distinct;
    case COR_CORR_TEMPORAL: return rule[0] + rule[1] + rule[2] + rule[3];
    case COR_CORR_TEMPORAL_ORDERED: return (double)best;
    case COR_CORR_VALUE_SUM: return sum;
    case COR_CORR_VALUE_AVG: return sum / (double)n;
    default: return f + 1 >= n ? v[n - 1] : v[f] + (at - (double)f) * (v[f + 1] - v[f]);
    }
}

static bool meets(const cor_correlation *c, double v)
{
    double k = c->cond[0].number;
    switch (c->cond[0].cmp) {
    case COR_CMP_EQ: return v == k;
    case COR_CMP_NEQ: return v != k;
    case COR_CMP_LT: return v < k;
    case COR_CMP_LTE: return v <= k;
    case COR_CMP_GT: return v > k;
    default: return v >= k;
    }
}

static void say(const cor_correlation *c, const tev *ev, size_t lo, size_t hi, double peak, cor_buf *out)
{
    bool numbers = c->type >= COR_CORR_VALUE_SUM;
    cor_buf_fmt(out, "0 %s", ev[lo].g);
    double v = numbers ? peak : 0;
    bool rule[4] = {false};
    for (size_t i = lo; i < hi; i++) {
        rule[ev[i].rule] = true;
        if (i == lo || ev[i].key != ev[i - 1].key)
            cor_buf_fmt(out, " %c%d", 'a' + (char)ev[i].rule, (int)ev[i].at);
    }
    if (c->type == COR_CORR_EVENT_COUNT || c->type == COR_CORR_VALUE_COUNT)
        v = measure(c, ev, lo, hi);
    if (c->type == COR_CORR_TEMPORAL || c->type == COR_CORR_TEMPORAL_ORDERED)
        v = rule[0] + rule[1] + rule[2] + rule[3];
    cor_buf_fmt(out, " =%g; ", v);
}

static void naive(const cor_correlation *c, tev *ev, size_t n, cor_buf *out)
{
    int64_t span = c->timespan / COR_SECOND;
    qsort(ev, n, sizeof *ev, by_time);
    cor_buf_clear(out);
    for (size_t lo = 0, g; lo < n; lo = g) {
        for (g = lo; g < n && strcmp(ev[g].g, ev[lo].g) == 0; g++)
            ;
        size_t used = lo, from = 0, to = 0; /* an open finding: from < to */
        double peak = 0;
        for (size_t i = lo, j; i < g; i = j) {
            for (j = i; j < g && ev[j].at == ev[i].at; j++)
                ;
            if (!cor_corr_slides(c)) {
                while (j < g && ev[j].at - ev[i].at <= span)
                    j++;
                if (meets(c, measure(c, ev, i, j)))
                    say(c, ev, i, j, measure(c, ev, i, j), out);
                continue;
            }
            for (int again = 0; again < 2; again++) {
                size_t b = used;
                while (ev[i].at - ev[b].at > span)
                    b++;
                double v = measure(c, ev, b, j);
                if (meets(c, v)) {
                    from = to == 0 ? b : from;
                    peak = to == 0 || v > peak ? v : peak;
                    to = j;
                    break;
                }
                if (to == 0)
                    break;
                say(c, ev, from, to, peak, out);
                used = to;
                to = 0;
            }
        }
        if (to != 0)
            say(c, ev, from, to, peak, out);
    }
    cor_buf_c(out, '\0');
}

static void as_a_naive_judge(void **state)
{
    (void)state;
    static const cor_corr_type type[] = {COR_CORR_EVENT_COUNT, COR_CORR_VALUE_COUNT, COR_CORR_TEMPORAL, COR_CORR_TEMPORAL_ORDERED,
                                         COR_CORR_VALUE_SUM, COR_CORR_VALUE_AVG, COR_CORR_VALUE_PERCENTILE, COR_CORR_VALUE_MEDIAN};
    cor_buf out = {0}, want = {0};
    size_t found = 0;
    for (uint32_t round = 0; round < 4000; round++) {
        seed = round;
        rules r;
        tev ev[MAX_EVENTS], all[2 * MAX_EVENTS];
        cor_corr_stats stats;
        rules_open(&r);
        cor_corr_type t = type[round % COR_LEN(type)];
        bool by_rule = t == COR_CORR_TEMPORAL || t == COR_CORR_TEMPORAL_ORDERED;
        bool value = t >= COR_CORR_VALUE_SUM || t == COR_CORR_VALUE_COUNT;
        cor_correlation *c = rules_add(&r, t, "0123", "G", value ? "V" : NULL, rnd(12));
        c->percentile = rnd(101);
        when(c, (cor_cmp)rnd(6), t == COR_CORR_VALUE_SUM ? rnd(20) : 1 + rnd(4));
        size_t n = 1 + rnd(MAX_EVENTS - 1), m = 0, k = 0;
        for (size_t i = 0; i < n; i++) {
            tev x = {.at = rnd(60), .rule = rnd(4), .key = (uint32_t)i};
            snprintf(x.g, sizeof x.g, "%c", 'p' + rnd(2));
            snprintf(x.v, sizeof x.v, "%d", (int)rnd(8) - (rnd(4) == 0 ? 4 : 0));
            if (i > 0 && rnd(6) == 0) { /* another rule on the event before */
                uint32_t rule = x.rule;
                x = ev[k - 1];
                x.rule = by_rule ? rule : x.rule;
            }
            bool same = k > 0 && ev[k - 1].key == x.key && ev[k - 1].rule == x.rule;
            if (!same)
                ev[k++] = x;
            all[m++] = x;
            if (rnd(5) == 0) { /* the same record in another place */
                all[m] = x;
                all[m++].input = 1 + rnd(3);
            }
        }
        for (size_t i = m; i > 1; i--) { /* whatever order */
            size_t j = rnd((uint32_t)i);
            tev x = all[i - 1];
            all[i - 1] = all[j];
            all[j] = x;
        }
        size_t w = 0; /* three rules on one event may have made the same pair twice, not side by side */
        qsort(ev, k, sizeof *ev, by_time);
        for (size_t i = 0; i < k; i++)
            if (w == 0 || by_time(&ev[w - 1], &ev[i]) != 0)
                ev[w++] = ev[i];
        naive(c, ev, w, &want);
        for (size_t parts = 1; parts <= 4; parts++) {
            run(&r, all, m, parts, parts == 1 ? 1 << 20 : TINY, &out, &stats);
            if (strcmp((char *)out.p, (char *)want.p) != 0)
                fail_msg("round %u, type %d, %zu parts:\n%s\nwant\n%s", round, t, parts, (char *)out.p, (char *)want.p);
        }
        found += want.n > 1;
    }
    assert_true(found > 1000); /* the cases are not all empty */
    cor_buf_free(&out);
    cor_buf_free(&want);
}

/* ---- size, limits, failures ---- */

typedef struct sizes {
    uint64_t n_event, n_total, findings;
    double value;
} sizes;

static cor_code size_of(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)e;
    sizes *s = ctx;
    s->findings++;
    s->n_event = f->n_event;
    s->n_total = f->n_total;
    s->value = f->value;
    return COR_OK;
}

static sizes storm(cor_correlation *c, const rules *r, uint32_t n, cor_corr_stats *stats)
{
    (void)c;
    cor_correlator *k = cor_correlator_new(&r->set, 1 << 18, NULL);
    cor_err e = {0};
    sizes s = {0};
    for (uint32_t i = 0; i < n; i++) {
        tev ev = {.at = i / 100, .rule = 0, .key = i, .g = "x"};
        snprintf(ev.v, sizeof ev.v, "%u", i % 1000000);
        assert_int_equal(add(k, &ev, &e), COR_OK);
    }
    assert_int_equal(cor_correlate(&k, 1, size_of, &s, &e), COR_OK);
    *stats = (cor_corr_stats){0};
    cor_correlator_stats(k, stats);
    cor_correlator_free(k);
    return s;
}

static void a_storm_stays_one_finding(void **state)
{
    (void)state;
    rules r;
    cor_corr_stats stats;
    rules_open(&r);
    cor_correlation *c = rules_add(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 60);
    when(c, COR_CMP_GTE, 5);
    sizes s = storm(c, &r, 50000, &stats);
    assert_int_equal(s.findings, 1);
    assert_int_equal(s.n_event, COR_CORR_EVENTS_MAX);
    assert_int_equal(s.n_total, 50000);
    assert_int_equal(stats.limited, 0);
}

static void limits_are_said(void **state)
{
    (void)state;
    rules r;
    cor_corr_stats stats;
    rules_open(&r);
    cor_correlation *c = rules_add(&r, COR_CORR_VALUE_COUNT, "0", "G", "V", 100000);
    when(c, COR_CMP_GTE, 10);
    sizes s = storm(c, &r, COR_CORR_WINDOW_MAX + 10, &stats);
    assert_int_equal(s.findings, 1);
    assert_int_equal(s.value, COR_CORR_WINDOW_MAX); /* more are not told apart */
    assert_int_equal(stats.limited, 1);
    c->cond[0].number = COR_CORR_WINDOW_MAX + 1.0; /* cannot be counted: no finding, but a word */
    s = storm(c, &r, 100, &stats);
    assert_int_equal(s.findings, 0);
    assert_int_equal(stats.limited, 1);
}

static cor_code refuse(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)ctx;
    (void)f;
    return cor_fail(e, COR_ESTOP, "test", COR_NOPOS, "enough");
}

static void the_caller_can_stop(void **state)
{
    (void)state;
    rules r;
    tev ev = {.g = "x", .v = "1"};
    cor_err e = {0};
    rules_open(&r);
    when(rules_add(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 10), COR_CMP_GTE, 1);
    cor_correlator *c = cor_correlator_new(&r.set, TINY, NULL);
    assert_int_equal(add(c, &ev, &e), COR_OK);
    assert_int_equal(cor_correlate(&c, 1, refuse, NULL, &e), COR_ESTOP);
    cor_correlator_free(c);
}

static cor_code whole(const rules *r, const tev *ev, size_t n, cor_buf *out, cor_err *e)
{
    cor_correlator *c = cor_correlator_new(&r->set, TINY, NULL);
    cor_code rc = c == NULL ? COR_ENOMEM : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        rc = add(c, &ev[i], e);
    cor_buf_clear(out);
    if (rc == COR_OK)
        rc = cor_correlate(&c, 1, print, out, e);
    cor_correlator_free(c);
    return rc == COR_OK && !cor_buf_ok(out) ? COR_ENOMEM : rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const cor_corr_type type[] = {COR_CORR_VALUE_COUNT, COR_CORR_TEMPORAL_ORDERED, COR_CORR_VALUE_MEDIAN};
    for (size_t t = 0; t < COR_LEN(type); t++) {
        rules r;
        tev ev[MAX_EVENTS];
        rules_open(&r);
        cor_correlation *c = rules_add(&r, type[t], "012", "G", type[t] == COR_CORR_TEMPORAL_ORDERED ? NULL : "V", 10);
        when(c, COR_CMP_GTE, 2);
        when(rules_add(&r, COR_CORR_EVENT_COUNT, "4", "V", NULL, 10), COR_CMP_GTE, 1);
        size_t n = parse("a0/V=1 b1/V=2 c2/V=3 a3/V=2 b40/V=1 a41/V=5 c41/V=9 a50/V=1 b51/V=2 c52/V=3 a53/V=2 b60/V=1 a71/V=5 c81/V=9", ev);
        for (long k = 0;; k++) {
            cor_err e;
            cor_buf out = {0};
            cor_oom_at(k);
            cor_code rc = whole(&r, ev, n, &out, &e);
            bool fired = cor_oom_fired();
            cor_oom_at(-1);
            cor_buf_free(&out);
            assert_int_equal(rc, fired ? COR_ENOMEM : COR_OK);
            if (!fired)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_kind_means),
        cmocka_unit_test(boolean_conditions),
        cmocka_unit_test(chains),
        cmocka_unit_test(a_circle_is_said),
        cmocka_unit_test(what_takes_no_part_is_counted),
        cmocka_unit_test(as_a_naive_judge),
        cmocka_unit_test(a_storm_stays_one_finding),
        cmocka_unit_test(limits_are_said),
        cmocka_unit_test(the_caller_can_stop),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
