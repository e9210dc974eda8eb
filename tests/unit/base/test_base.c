#include "tests/unit/test.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/time.h"
#include "base/utf.h"

static void time_round_trip(void **state)
{
    (void)state;
    static const struct { const char *in, *iso; int week, weekday; } rows[] = {
        {"1601-01-01", "1601-01-01T00:00:00.0000000Z", 1, 0},
        {"2026-03-03T08:12:40.1234567Z", "2026-03-03T08:12:40.1234567Z", 10, 1},
        {"2024-02-29 23:59:59+09:00", "2024-02-29T14:59:59.0000000Z", 9, 3},
        {"2021-01-03T00:00:00Z", "2021-01-03T00:00:00.0000000Z", 53, 6}, /* a Sunday that belongs to week 53 of 2020 */
        {"2024-12-30T00:00:00Z", "2024-12-30T00:00:00.0000000Z", 1, 0},  /* a Monday of week 1 of 2025 */
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_time t;
        assert_true(cor_time_parse(cor_str_of(rows[i].in), &t, NULL));
        char s[33];
        assert_str(((cor_str){s, cor_time_iso(t, 7, s)}), rows[i].iso);
        assert_int_equal(cor_time_civil(t).week, rows[i].week);
        assert_int_equal(cor_time_civil(t).weekday, rows[i].weekday);
    }
    static const char *const bad[] = {"2023-02-29", "2026-13-01", "2026-01-01T24:00", "26-01-01",
                                      "2026-01-01T10:00:00.Z", "2026-01-01x"};
    cor_time t;
    for (size_t i = 0; i < COR_LEN(bad); i++)
        assert_false(cor_time_parse(cor_str_of(bad[i]), &t, NULL));
}

static void escapes(void **state)
{
    (void)state;
    cor_buf b = {0};
    cor_json_escape(&b, cor_str_of("a\"b\\c\n\x01\xed\xa0\x80\xff\xc3\xa9"));
    assert_str(cor_buf_view(&b), "a\\\"b\\\\c\\n\\u0001\\uD800\xef\xbf\xbd\xc3\xa9");
    cor_buf_clear(&b);
    cor_term_escape(&b, cor_str_of("a\x1b[2J\xe2\x80\xae\xff z"));
    assert_str(cor_buf_view(&b), "a\\x1b[2J\\u{202e}\\xff z");
    cor_buf_clear(&b);
    cor_xml_escape(&b, cor_str_of("<a&\"\x02>"), true);
    assert_str(cor_buf_view(&b), "&lt;a&amp;&quot;_&gt;");
    cor_buf_clear(&b);
    cor_fold_utf8(cor_str_of("ABC\xc3\x84\xd0\x96\xef\xbc\xa1\xff"), &b);
    assert_str(cor_buf_view(&b), "abc\xc3\xa4\xd0\xb6\xef\xbd\x81\xff");
    cor_buf_free(&b);
}

static void endings(void **state)
{
    (void)state;
    assert_true(cor_str_ends(COR_S("\\\\SRV\\ipc$"), "\\IPC$"));
    assert_true(cor_str_ends(COR_S(".DLL"), ".dll"));
    assert_true(cor_str_ends(COR_S("x"), ""));
    assert_false(cor_str_ends(COR_S("dll"), ".dll"));
    assert_false(cor_str_ends(COR_S("a.dll.txt"), ".dll"));
    assert_false(cor_str_ends((cor_str){NULL, 0}, ".dll"));
}

static void intern_numbers_in_order(void **state)
{
    (void)state;
    cor_intern t = {0};
    char name[16];
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 1000; i++) {
            int n = snprintf(name, sizeof name, "n%u", i);
            assert_int_equal(cor_intern_add(&t, (cor_str){name, (size_t)n}), i);
        }
    assert_int_equal(cor_intern_find(&t, COR_S("absent")), COR_NONE);
    cor_intern_free(&t);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        cor_oom_at(k);
        cor_intern t = {0};
        bool all = true;
        char name[16];
        for (uint32_t i = 0; i < 300 && all; i++) {
            int n = snprintf(name, sizeof name, "n%u", i);
            all = cor_intern_add(&t, (cor_str){name, (size_t)n}) != COR_NONE;
        }
        cor_intern_free(&t);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        assert_int_equal(all, !fired);
        if (!fired)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_round_trip),
        cmocka_unit_test(escapes),
        cmocka_unit_test(endings),
        cmocka_unit_test(intern_numbers_in_order),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
