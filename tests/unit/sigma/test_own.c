/* The key `cordon:`: whole or nothing, and what is wrong with it has a place. */
#include "sigma/sigma.h"
#include "tests/unit/test.h"

static cor_ruleset *load(const char *own, bool builtin)
{
    static char text[800];
    snprintf(text, sizeof text,
             "title: t\nlogsource: {service: security}\ndetection:\n  s: {F: a}\n  condition: s\n%s", own);
    const cor_rule_text t = {"t.yml", cor_str_of(text)};
    const cor_load_options o = {.text = &t, .n_text = 1, .builtin = builtin};
    cor_ruleset *s = NULL;
    cor_err e = {0};
    if (cor_rules_load(&o, &s, &e) != COR_OK)
        fail_msg("load: %s", e.msg);
    return s;
}

static void same(const char *own, const char *key, cor_str is, const char *want)
{
    if (want == NULL ? is.p != NULL : is.p == NULL || !cor_str_is(is, want))
        fail_msg("%s\n%s is %.*s, not %s", own, key, COR_STR_FMT(is.p == NULL ? COR_S("(none)") : is), want == NULL
                 ? "(none)" : want);
}

static void test_good(void **state)
{
    (void)state;
    static const struct { const char *own, *sign, *stage, *grade, *family, *group; } row[] = {
        {"", NULL, NULL, NULL, NULL, NULL},
        {"cordon:\n", NULL, NULL, NULL, NULL, NULL},
        {"cordon: {sign: PER1, stage: persistence, grade: conclusive}\n", "PER1", "persistence", "conclusive", NULL,
         NULL},
        {"cordon: {sign: C21, stage: c2, grade: weak, family: Some Family}\n", "C21", "c2", "weak", "Some Family",
         NULL},
        {"cordon: {sign: OPS9, stage: other, grade: strong, family: null, group: logs}\n", "OPS9", "other", "strong",
         NULL, "logs"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_ruleset *s = load(row[i].own, false);
        const cor_rule *r = s->rule[0];
        assert_int_equal(s->n_diag, 0);
        same(row[i].own, "sign", r->sign, row[i].sign);
        same(row[i].own, "stage", r->stage, row[i].stage);
        same(row[i].own, "grade", r->grade, row[i].grade);
        same(row[i].own, "family", r->family, row[i].family);
        same(row[i].own, "group", r->group, row[i].group);
        cor_rules_free(s);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    /* line and column of the first thing said; line 6 is the first of the key */
    static const struct { const char *own, *what; uint32_t line, col; } row[] = {
        {"cordon: PER1\n", "must be a map", 6, 9},
        {"cordon:\n  sign: PER1\n  stage: persistance\n  grade: strong\n", "`persistance` is no stage", 8, 10},
        {"cordon:\n  sign: PER1\n  stage: Persistence\n  grade: strong\n", "`Persistence` is no stage", 8, 10},
        {"cordon:\n  sign: PER1\n  stage: [c2]\n  grade: strong\n", "`stage` of `cordon` must be text", 8, 10},
        {"cordon:\n  sign: PER1\n  stage: c2\n  grade: high\n", "`high` is no grade", 9, 10},
        {"cordon:\n  sign: PER1\n  stage: c2\n", "needs `grade`", 7, 3},
        {"cordon:\n  sign:\n  stage: c2\n  grade: weak\n", "needs `sign`", 7, 8},
        {"cordon:\n  sign: ''\n  stage: c2\n  grade: weak\n", "`sign` of `cordon` must be text", 7, 9},
        {"cordon:\n  sign: X1\n  stage: c2\n  grade: weak\n  family: [a, b]\n", "`family` of `cordon` must be text",
         10, 11},
        {"cordon:\n  sign: X1\n  stage: c2\n  grade: weak\n  group: logs\n", "this one is `c2`", 10, 10},
        {"cordon:\n  sign: X1\n  stage: other\n  grade: weak\n", "needs `group`", 7, 3},
        {"cordon:\n  sign: X1\n  stage: c2\n  grade: weak\n  familly: a\n", "knows no `familly`", 10, 3},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_ruleset *s = load(row[i].own, false);
        if (s->n_rule != 1 || s->n_diag != 1) /* the rule detects all the same */
            fail_msg("%s: %u rules, %u remarks", row[i].own, s->n_rule, s->n_diag);
        const cor_diag *d = &s->diag[0];
        const cor_rule *r = s->rule[0];
        if (d->sev != COR_DIAG_WARNING || !cor_str_is(d->code, "bad-sign") || d->pos.line != row[i].line ||
            d->pos.col != row[i].col || strstr(d->what.p, row[i].what) == NULL || d->hint.n == 0)
            fail_msg("%s: %u:%u %.*s (%.*s)", row[i].own, d->pos.line, d->pos.col, COR_STR_FMT(d->what),
                     COR_STR_FMT(d->hint));
        if (r->sign.p != NULL || r->stage.p != NULL || r->grade.p != NULL || r->family.p != NULL || r->group.p != NULL)
            fail_msg("%s: something of it was kept", row[i].own);
        cor_rules_free(s);
    }
}

static void test_builtin(void **state)
{
    (void)state;
    cor_ruleset *s = load("cordon: {sign: PER1, stage: persistence, grade: conclusive}\n", true);
    assert_int_equal(s->n_diag, 0);
    uint32_t own = 0, signs = 0;
    for (uint32_t i = 0; i < s->n_rule; i++) {
        const cor_rule *r = s->rule[i];
        bool carried = strncmp(s->file[r->pos.file].p, "builtin:", 8) == 0;
        assert_int_equal(r->builtin, carried);
        own += carried;
        signs += carried && r->sign.p != NULL;
    }
    assert_int_equal(own + 1, s->n_rule); /* the one of the text is somebody else's, whatever it says */
    assert_true(own > 20 && signs > 20);
    cor_rules_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_wrong), cmocka_unit_test(test_builtin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
