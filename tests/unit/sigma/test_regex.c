/* What a regular expression cannot do without: the claim must be true for every match, so each case that the small
 * reader of the syntax does not fully understand must claim nothing. */
#include "sigma/regex.h"
#include "sigma/rule.h"
#include "tests/unit/test.h"

static void literals(void **state)
{
    (void)state;
    static const struct { const char *re, *want; bool caseless;
    } c[] = {
        {"abc", "abc", false},
        {"ABC", "abc", false},
        {"(?i)abc", "abc", true},
        {"ab\\.exe", "ab.exe", false},
        {"a?bcd", "bcd", false},
        {"ab*cde", "cde", false},
        {"abc*de", "ab", false},
        {"abc+de", "abc", false},
        {"ab{2}cd", "ab", false},
        {"ab{0,1}cdx", "cdx", false},
        {"ab{,3}c", "", false},
        {"abc|d", "", false},
        {"(abc|d)efg", "efg", false},
        {"(?:abc)?xy", "xy", false},
        {"(?!abc)xy", "xy", false},
        {"(?x)a b c", "", false},
        {"(?ix)a b c", "", false},
        {"(?-i)abcd", "abcd", false},
        {"(?i:abcd)ef", "ef", false},
        {"(*UCP)abcd", "", false},
        {"(?#abcdef)gh", "", false},
        {"\\Qabcd\\E", "", false},
        {"\\x41bcd", "", false},
        {"(ab)\\1cd", "", false},
        {"\\bword\\b", "word", false},
        {"\\dabc", "abc", false},
        {"[abc]def", "def", false},
        {"[]abc]def", "def", false},
        {"[^]abc]def", "def", false},
        {"[[:alpha:]]xyz", "xyz", false},
        {"[\\]ab]def", "def", false},
        {"^abc$", "abc", false},
        {"a.bcd", "bcd", false},
        {"a", "", false},
        {"", "", false},
        {"\xc3\xa4xbc", "xbc", false},
        {"abc++d", "abc", false},
        {"a{2}{3}bc", "", false},
        {"abc(", "", false},
        {"abc[", "", false},
        {"abc\\", "", false},
        {"(?<name>abc)defg", "defg", false},
        {"(?P<n>x)defg", "defg", false},
        {"(?R)?abc", "", false},
        {"\\\\windows\\\\", "\\windows\\", false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        cor_arena mem = {0};
        bool caseless;
        cor_str got = cor_regex_literal(cor_str_of(c[i].re), 0, &mem, &caseless);
        if (!cor_str_is(got, c[i].want))
            fail_msg("/%s/ claims \"%.*s\", not \"%s\"", c[i].re, COR_STR_FMT(got), c[i].want);
        if (got.n != 0)
            assert_int_equal(caseless, c[i].caseless);
        cor_arena_free(&mem);
    }
}

static void wrong_ones(void **state)
{
    (void)state;
    static const struct { const char *re; uint64_t at; } c[] = {{"ab(", 3}, {"a[", 2}, {"\\C", 2}};
    for (size_t i = 0; i < COR_LEN(c); i++) {
        cor_regex *re;
        cor_err e = {0};
        assert_int_equal(cor_regex_new(cor_str_of(c[i].re), 0, false, &re, &e), COR_EFORMAT);
        assert_int_equal(e.off, c[i].at);
        assert_null(re);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(literals), cmocka_unit_test(wrong_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
