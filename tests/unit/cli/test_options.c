#include "tests/unit/test.h"

#include "base/alloc.h"
#include "cli/command.h"

static const cor_opt opts[] = {
    {'o', "output", "FILE", "Where to", NULL, COR_OPT_FILE},
    {'t', "type", "TYPE", "Which", "json|jsonl|csv", 0},
    {'r', "rules", "PATH", "Rules", NULL, COR_OPT_MANY},
    {'C', "clobber", NULL, "Overwrite", NULL, 0},
    {0, "limit", "N", "How many", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_command cmd = {.name = "x", .synopsis = "PATH...", .opt = opts, .min_args = 1, .max_args = 2};

static void parse_rows(void **state)
{
    (void)state;
    static const struct {
        const char *argv[8];
        cor_code code;
        const char *says; /* part of the message, or of "output/type/words" */
    } rows[] = {
        {{"a"}, COR_OK, "-/-/a"},
        {{"a", "-o", "f"}, COR_OK, "f/-/a"},
        {{"-of", "a", "b"}, COR_OK, "f/-/ab"},
        {{"-Cof", "a"}, COR_OK, "f/-/a"},
        {{"--output=f", "a"}, COR_OK, "f/-/a"},
        {{"--output", "f", "--output", "g", "a"}, COR_OK, "g/-/a"},
        {{"--output=", "a"}, COR_OK, "/-/a"},
        {{"-t", "jsonl", "-"}, COR_OK, "-/jsonl/-"},
        {{"--", "-o"}, COR_OK, "-/-/-o"},
        {{"--help"}, COR_OK, "-/-/"},
        {{"-t", "js", "a"}, COR_EUSAGE, "--type is one of json|jsonl|csv, not \"js\""},
        {{"-t", "", "a"}, COR_EUSAGE, "--type is one of"},
        {{"-o"}, COR_EUSAGE, "-o needs a value: -o FILE"},
        {{"a", "--output"}, COR_EUSAGE, "--output needs a value"},
        {{"--clobber=1", "a"}, COR_EUSAGE, "--clobber takes no value"},
        {{"-x", "a"}, COR_EUSAGE, "there is no option -x"},
        {{"--outptu", "a"}, COR_EUSAGE, "did you mean --output?"},
        {{"--outp", "a"}, COR_EUSAGE, "did you mean --output?"}, /* no abbreviations */
        {{"--zzzzzzzz", "a"}, COR_EUSAGE, "there is no option --zzzzzzzz"},
        {{"-C"}, COR_EUSAGE, "PATH... is missing"},
        {{"a", "b", "c"}, COR_EUSAGE, "\"c\" is one argument too many"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        int argc = 0;
        char *argv[8];
        for (; argc < 8 && rows[i].argv[argc] != NULL; argc++)
            argv[argc] = (char *)(uintptr_t)rows[i].argv[argc];
        cor_args a;
        cor_err e = {0};
        cor_code rc = cor_args_parse(&cmd, argc, argv, &a, &e);
        char got[400];
        if (rc == COR_OK) {
            const char *o = cor_args_value(&a, "output"), *t = cor_args_value(&a, "type");
            snprintf(got, sizeof(got), "%s/%s/%s%s", o == NULL ? "-" : o, t == NULL ? "-" : t,
                     a.n_word > 0 ? a.word[0] : "",
                     a.n_word > 1 ? a.word[1] : "");
        } else {
            snprintf(got, sizeof(got), "%s", e.msg);
        }
        bool same = rc == COR_OK ? strcmp(got, rows[i].says) == 0 : strstr(got, rows[i].says) != NULL;
        bool good = rc == rows[i].code && same;
        if (!good)
            fail_msg("row %zu: code %d, \"%s\", wanted \"%s\"", i, (int)rc, got, rows[i].says);
        cor_args_free(&a);
    }
}

static void values_and_numbers(void **state)
{
    (void)state;
    const char *line[] = {"-r", "a", "p", "--rules=b", "--limit", "12"};
    char *argv[COR_LEN(line)];
    for (size_t i = 0; i < COR_LEN(line); i++)
        argv[i] = (char *)(uintptr_t)line[i];
    cor_args a;
    cor_err e = {0};
    assert_int_equal(cor_args_parse(&cmd, COR_LEN(line), argv, &a, &e), COR_OK);
    const char **v;
    size_t n;
    assert_int_equal(cor_args_values(&a, "rules", &v, &n, &e), COR_OK);
    assert_int_equal(n, 2);
    assert_string_equal(v[0], "a");
    assert_string_equal(v[1], "b");
    cor_free(v);
    long x;
    assert_int_equal(cor_args_number(&a, "limit", 1, 12, 5, &x, &e), COR_OK);
    assert_int_equal(x, 12);
    assert_int_equal(cor_args_number(&a, "limit", 1, 11, 5, &x, &e), COR_EUSAGE);
    cor_args_free(&a);
}

static void numbers_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "x", "3x", "0", "-1", "99999999999999999999", "1.5"};
    for (size_t i = 0; i < COR_LEN(bad); i++) {
        char *argv[] = {(char *)(uintptr_t)"p", (char *)(uintptr_t)"--limit", (char *)(uintptr_t)bad[i]};
        cor_args a;
        cor_err e = {0};
        long x;
        assert_int_equal(cor_args_parse(&cmd, 3, argv, &a, &e), COR_OK);
        if (cor_args_number(&a, "limit", 1, 100, 5, &x, &e) != COR_EUSAGE)
            fail_msg("\"%s\" went through as %ld", bad[i], x);
        cor_args_free(&a);
    }
}

static void nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"decode", "detect", "investigate", "rules"};
    static const struct { const char *word, *near; } rows[] = {
        {"decod", "decode"}, {"dtect", "detect"}, {"detcet", "detect"}, {"ruels", "rules"}, {"invest", "investigate"},
        {"investigaet", "investigate"}, {"frobnicate", NULL}, {"", NULL}, {"x", NULL},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        const char *got = cor_nearest(rows[i].word, names, COR_LEN(names));
        if ((got == NULL) != (rows[i].near == NULL) || (got != NULL && strcmp(got, rows[i].near) != 0))
            fail_msg("\"%s\": %s, wanted %s", rows[i].word, got == NULL ? "none" : got,
                     rows[i].near == NULL ? "none" : rows[i].near);
    }
}

/* The tables themselves: what parsing and documents rely on. */
static void tables_are_sound(void **state)
{
    (void)state;
    for (const cor_command *const *c = cor_commands; *c != NULL; c++) {
        const cor_command *const one[] = {*c, NULL};
        for (const cor_command *const *s = (*c)->sub != NULL ? (*c)->sub : one; *s != NULL; s++) {
            assert_non_null((*s)->run);
            assert_true((*s)->max_args < 0 || (*s)->min_args <= (*s)->max_args);
            cor_opt_table t[COR_OPT_TABLES];
            cor_opt_tables(*s, t);
            char letters[128] = {0};
            for (size_t i = 0; i < COR_OPT_TABLES; i++)
                for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++) {
                    if (o->letter != 0 && letters[(unsigned char)o->letter & 127]++)
                        fail_msg("%s: two options are -%c", (*s)->name, o->letter);
                    for (size_t j = 0; j < COR_OPT_TABLES; j++)
                        for (const cor_opt *p = t[j].opt; p != NULL && p->name != NULL; p++)
                            if (p != o && strcmp(p->name, o->name) == 0)
                                fail_msg("%s: two options are --%s", (*s)->name, o->name);
                    if (o->help == NULL || o->help[0] == 0 || o->help[strlen(o->help) - 1] == '.')
                        fail_msg("%s --%s: help is one sentence without full stop", (*s)->name, o->name);
                }
        }
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char *argv[] = {(char *)(uintptr_t)"-o", (char *)(uintptr_t)"f", (char *)(uintptr_t)"a"};
    for (long k = 0;; k++) {
        cor_oom_at(k);
        cor_args a;
        cor_err e = {0};
        cor_code rc = cor_args_parse(&cmd, 3, argv, &a, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_args_free(&a);
        assert_int_equal(rc, fired ? COR_ENOMEM : COR_OK);
        if (!fired)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_rows),
        cmocka_unit_test(values_and_numbers),
        cmocka_unit_test(numbers_that_are_none),
        cmocka_unit_test(nearest),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
