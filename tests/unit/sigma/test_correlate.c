/* What each kind of correlation means at its edges; rules and events made by hand, no matcher. */
#include "tests/unit/sigma/corr_kit.h"

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
    {"exactly the span is inside", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a5 a10",
     "0 x a0 a5 a10 =3; "},
    {"one second more is outside", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a5 a11", ""},
    {"gt needs one more", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GT, 3, "a0 a1 a2", ""},
    {"gt with one more", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GT, 3, "a0 a1 a2 a3", "0 x a0 a1 a2 a3 =4; "},
    {"late and unordered arrival", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a10 a0 a5",
     "0 x a0 a5 a10 =3; "},
    {"goes on while it holds", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3, "a0 a4 a8 a12 a16",
     "0 x a0 a4 a8 a12 a16 =5; "},
    {"ends where it no longer holds, and begins anew", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3,
     "a0 a1 a2 a12 a13 a14", "0 x a0 a1 a2 =3; 0 x a12 a13 a14 =3; "},
    {"an event of the last finding does not count again", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 3,
     "a0 a1 a9 a12 a13", "0 x a0 a1 a9 =3; "},
    {"groups do not mix", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0/G=x a1/G=y a2/G=z a20/G=y", ""},
    {"groups compare without case", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0/G=Bob a1/G=bob",
     "0 Bob a0 a1 =2; "},
    {"an event met twice counts once", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2, "a0#1 a0#1", ""},
    {"two rules on one event count it once", COR_CORR_EVENT_COUNT, "01", NULL, 10, COR_CMP_GTE, 2, "a0#1 b0#1", ""},
    {"several rules count together", COR_CORR_EVENT_COUNT, "01", NULL, 10, COR_CMP_GTE, 2, "a0 b1 c2",
     "0 x a0 b1 =2; "},
    {"at least none still needs one", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 0, "a5", "0 x a5 =1; "},
    {"many at one time", COR_CORR_EVENT_COUNT, "0", NULL, 0, COR_CMP_GTE, 3, "a5 a5 a5 a5 a6", "0 x a5 a5 a5 a5 =4; "},
    {"an event without the group field takes no part", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_GTE, 2,
     "a0/G=- a1/G=-", ""},
    /* tumbling */
    {"lt judges whole windows", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_LT, 3, "a0 a1 a2 a10 a11 a12 a30",
     "0 x a11 a12 =2; 0 x a30 =1; "},
    {"eq", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_EQ, 2, "a0 a1 a2 a20 a30 a31", "0 x a20 a30 =2; "},
    {"neq", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_NEQ, 1, "a0 a20 a21", "0 x a20 a21 =2; "},
    {"nothing is no finding", COR_CORR_EVENT_COUNT, "0", NULL, 10, COR_CMP_LT, 3, "b0", ""},
    /* value_count */
    {"distinct values", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=1 a1/V=1 a2/V=2",
     "0 x a0 a1 a2 =2; "},
    {"the same value is one", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=u a1/V=U a2/V=u", ""},
    {"an absent value is none", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 2, "a0/V=1 a1 a2", ""},
    {"a value that left the window does not count", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 3,
     "a0/V=1 a9/V=2 a11/V=3 a20/V=2", ""},
    {"a value seen again stays in", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_GTE, 3, "a0/V=1 a5/V=1 a9/V=2 a12/V=3",
     "0 x a5 a9 a12 =3; "},
    {"distinct values, at most", COR_CORR_VALUE_COUNT, "0", "V", 10, COR_CMP_LTE, 1, "a0/V=1 a1/V=1 a20/V=1 a21/V=2",
     "0 x a0 a1 =1; "},
    /* temporal */
    {"each rule once, any order", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "c0 a5 b10",
     "0 x c0 a5 b10 =3; "},
    {"too far apart", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "c0 a5 b11", ""},
    {"one missing", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_EQ, -1, "a0 a1 b2", ""},
    {"at least two kinds", COR_CORR_TEMPORAL, "012", NULL, 10, COR_CMP_GTE, 2, "a0 a1 c2", "0 x a0 a1 c2 =2; "},
    {"one event may stand for two rules", COR_CORR_TEMPORAL, "01", NULL, 10, COR_CMP_EQ, -1, "a0#1 b0#1",
     "0 x a0 =2; "},
    {"less than all kinds", COR_CORR_TEMPORAL, "01", NULL, 10, COR_CMP_LT, 2, "a0 b1 b20", "0 x b20 =1; "},
    /* temporal_ordered */
    {"in order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "a0 b5 c10", "0 x a0 b5 c10 =3; "},
    {"out of order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "b0 a1 c2", ""},
    {"order across a longer span", COR_CORR_TEMPORAL_ORDERED, "01", NULL, 10, COR_CMP_EQ, -1, "a0 b11", ""},
    {"the later begin counts", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_EQ, -1, "a0 a8 b9 c15",
     "0 x a8 b9 c15 =3; "},
    {"one second is both orders", COR_CORR_TEMPORAL_ORDERED, "01", NULL, 10, COR_CMP_EQ, -1, "b3#1 a3#2",
     "0 x b3 a3 =2; "},
    {"two of three in order", COR_CORR_TEMPORAL_ORDERED, "012", NULL, 10, COR_CMP_GTE, 2, "c0 a1 c2",
     "0 x c0 a1 c2 =2; "},
    /* numbers */
    {"sum", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 10, "a0/V=4 a5/V=5 a9/V=1", "0 x a0 a5 a9 =10; "},
    {"sum forgets what left", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 10, "a0/V=9 a11/V=1 a12/V=8", ""},
    {"hexadecimal numbers", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 16, "a0/V=0x10", "0 x a0 =16; "},
    {"what is no number is left out", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_GTE, 1,
     "a0/V=nan a0/V=inf a0/V=1x a0/V=", ""},
    {"average", COR_CORR_VALUE_AVG, "0", "V", 10, COR_CMP_GT, 2, "a0/V=1 a1/V=3 a2/V=5", "0 x a0 a1 a2 =3; "},
    {"average, below", COR_CORR_VALUE_AVG, "0", "V", 10, COR_CMP_LT, 2, "a0/V=1 a10/V=2 a30/V=9", "0 x a0 a10 =1.5; "},
    {"median of two", COR_CORR_VALUE_MEDIAN, "0", "V", 10, COR_CMP_EQ, 2, "a0/V=1 a1/V=3", "0 x a0 a1 =2; "},
    {"median of three", COR_CORR_VALUE_MEDIAN, "0", "V", 10, COR_CMP_EQ, 3, "a0/V=1 a1/V=3 a2/V=99",
     "0 x a0 a1 a2 =3; "},
    {"percentile interpolates", COR_CORR_VALUE_PERCENTILE, "0", "V", 10, COR_CMP_EQ, 3.5,
     "a0/V=1 a1/V=2 a2/V=3 a3/V=5", "0 x a0 a1 a2 a3 =3.5; "},
    {"negative numbers", COR_CORR_VALUE_SUM, "0", "V", 10, COR_CMP_LT, 0, "a0/V=3 a1/V=-4", "0 x a0 a1 =-1; "},
};

static void what_each_kind_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        corr_rules r;
        corr_ev ev[CORR_EVENTS];
        cor_buf out = {0};
        cor_corr_stats stats;
        corr_open(&r);
        cor_correlation *c = corr_rule(&r, rows[i].type, rows[i].list, "G", rows[i].value, rows[i].span);
        if (rows[i].number >= 0)
            corr_when(c, rows[i].cmp, rows[i].number);
        c->percentile = 75;
        corr_run(&r, ev, corr_parse(rows[i].events, ev), 1, 1 << 16, &out, &stats);
        if (strcmp((char *)out.p, rows[i].want) != 0)
            fail_msg("%s: %s gave \"%s\", want \"%s\"", rows[i].name, rows[i].events, (char *)out.p, rows[i].want);
        cor_buf_free(&out);
    }
}

/* ---- boolean conditions ---- */

static cor_corr_expr leaf[4] = {{COR_CE_RULE, 0, NULL, 0}, {COR_CE_RULE, 0, NULL, 1}, {COR_CE_RULE, 0, NULL, 2},
                                {COR_CE_RULE, 0, NULL, 3}};
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
        corr_rules r;
        corr_ev ev[CORR_EVENTS];
        cor_buf out = {0};
        cor_corr_stats stats;
        corr_open(&r);
        corr_rule(&r, cases[i].type, "012", "G", NULL, 10)->expr = cases[i].x;
        corr_run(&r, ev, corr_parse(cases[i].events, ev), 1, 1 << 16, &out, &stats);
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
    static const struct { const char *name, *outer_list, *outer_group,
                          *outer_value; cor_corr_type outer; double number; const char *events, *want; } cases[] = {
        {"many failures, then a success", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "a0 a1 a2 b9",
         "0 x a0 a1 a2 =3; 1 x e0 e1 e2 b9 =2; "},
        {"a success before is none", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1, "b0 a1 a2 a3",
         "0 x a1 a2 a3 =3; "},
        {"a success between two failures is before the third", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1,
         "a0 a1 b1 a2", "0 x a0 a1 a2 =3; "},
        {"failures that go on after it hide nothing", "41", "G", NULL, COR_CORR_TEMPORAL_ORDERED, -1,
         "a0 a1 a2 b3 a4 a5",
         "0 x a0 a1 a2 a4 a5 =5; 1 x e0 e1 e2 b3 e4 e5 =2; "},
        {"grouped by what the inner rule does not know", "41", "V", NULL, COR_CORR_TEMPORAL_ORDERED, -1,
         "a0/V=u a1/V=w a2/V=w b9/V=u b9/V=q",
         "0 x a0 a1 a2 =3; 1 u e0 b9 =2; "},
        {"two inner findings in two groups", "4", "V", NULL, COR_CORR_EVENT_COUNT, 2,
         "a0/G=x/V=h a1/G=x/V=h a2/G=x/V=h a4/G=y/V=h a5/G=y/V=h a6/G=y/V=h",
         "0 x a0 a1 a2 =3; 0 y a4 a5 a6 =3; 1 h e0 e1 e2 e4 e5 e6 =2; "},
        {"one inner finding with many events counts once", "4", "V", NULL, COR_CORR_EVENT_COUNT, 2,
         "a0/V=h a1/V=h a2/V=h a3/V=h a4/V=h", "0 x a0 a1 a2 a3 a4 =5; "},
        {"values of inner events", "4", "G", "V", COR_CORR_VALUE_COUNT, 2, "a0/V=1 a1/V=2 a2/V=2",
         "0 x a0 a1 a2 =3; 1 x e0 e1 e2 =2; "},
    };
    for (size_t i = 0; i < COR_LEN(cases); i++)
        for (size_t parts = 1; parts <= 4; parts += 3) {
            corr_rules r;
            corr_ev ev[CORR_EVENTS];
            cor_buf out = {0};
            cor_corr_stats stats;
            corr_open(&r);
            corr_when(corr_rule(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 10), COR_CMP_GTE, 3);
            cor_correlation *c = corr_rule(&r, cases[i].outer, cases[i].outer_list, cases[i].outer_group,
                                           cases[i].outer_value, 10);
            if (cases[i].number >= 0)
                corr_when(c, COR_CMP_GTE, cases[i].number);
            corr_run(&r, ev, corr_parse(cases[i].events, ev), parts, CORR_TINY, &out, &stats);
            if (strcmp((char *)out.p, cases[i].want) != 0)
                fail_msg("%s: %s gave \"%s\", want \"%s\"", cases[i].name, cases[i].events, (char *)out.p,
                         cases[i].want);
            cor_buf_free(&out);
        }
}

static void a_circle_is_said(void **state)
{
    (void)state;
    corr_rules r;
    corr_open(&r);
    corr_rule(&r, COR_CORR_TEMPORAL, "05", "G", NULL, 10);
    corr_rule(&r, COR_CORR_TEMPORAL, "04", "G", NULL, 10);
    cor_correlator *c = cor_correlator_new(&r.set, CORR_TINY, NULL);
    cor_err e = {0};
    corr_ev ev = {.g = "x", .v = "-"};
    assert_non_null(c);
    assert_int_equal(corr_add(c, &ev, &e), COR_EFORMAT);
    assert_int_equal(cor_correlate(&c, 1, NULL, corr_print, NULL, &e), COR_EFORMAT);
    assert_non_null(strstr(e.msg, "itself"));
    cor_correlator_free(c);
}

static void what_takes_no_part_is_counted(void **state)
{
    (void)state;
    corr_rules r;
    corr_ev ev[CORR_EVENTS];
    cor_buf out = {0};
    cor_corr_stats stats;
    corr_open(&r);
    corr_when(corr_rule(&r, COR_CORR_VALUE_COUNT, "0", "G", "V", 10), COR_CMP_GTE, 1);
    corr_run(&r, ev, corr_parse("a-1/V=1 a-1/V=2 a0/V=1/G=- a1 a2 a3 a4/V=1", ev), 2, CORR_TINY, &out, &stats);
    assert_int_equal(stats.notime, 2);
    assert_int_equal(stats.nogroup, 1);
    assert_int_equal(stats.novalue, 3);
    assert_int_equal(stats.rows, 1);
    assert_string_equal((char *)out.p, "0 x a4 =1; ");
    cor_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_kind_means),
        cmocka_unit_test(boolean_conditions),
        cmocka_unit_test(chains),
        cmocka_unit_test(a_circle_is_said),
        cmocka_unit_test(what_takes_no_part_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
