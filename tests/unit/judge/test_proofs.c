/* What computation proves: generated domains and names of registry values. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "base/alloc.h"
#include "formats/qakbot/regnames.h"
#include "judge/dga.h"
#include "judge/regproof.h"

/* ---- domains ---- */

static cor_dga_hit find(cor_dga *d, const char *name, const char *time)
{
    cor_time t;
    cor_err e = {0};
    cor_dga_hit hit;
    assert_true(cor_time_parse(cor_str_of(time), &t, NULL));
    assert_int_equal(cor_dga_find(d, cor_str_of(name), t, &hit, &e), COR_OK);
    return hit;
}

/* Names of the list of 1 to 10 November 2017 are good from 21 October to 20 November. */
static void name_of_its_days(void **state)
{
    (void)state;
    cor_dga *d = cor_dga_new();
    assert_non_null(d);
    static const struct {
        const char *name, *time;
        bool found;
    } row[] = {
        {"uakoytmg.biz", "2017-11-06T12:00:00Z", true}, {"UAKOYTMG.biz.", "2017-11-06T12:00:00Z", true},
        {"zeckzixipblqehi.biz", "2017-11-01", true}, {"uakoytmg.biz", "2017-11-20T23:59:59Z", true},
        {"uakoytmg.biz", "2017-11-21", false}, {"uakoytmg.biz", "2017-10-21", true},
        {"uakoytmg.biz", "2017-10-31", true},
        {"uakoytmg.biz", "2017-10-20T23:59:59Z", false}, {"uakoytmg.com", "2017-11-06", false},
        {"uakoytmg.biz", "2016-11-06", false}, {"uakoytmg.biz", "1999-01-01", false},
        {"uakoytmg.biz", "2090-01-01", false},
        {"rswyrjpouxwyp.com", "2020-02-29T23:59:59Z", true}, {"rswyrjpouxwyp.com", "2020-03-10T23:59:59Z", true},
        {"rswyrjpouxwyp.com", "2020-03-11", false}, {"mrvweczefkbxzxlmc.com", "2017-12-21", true},
        {"mrvweczefkbxzxlmc.com", "2017-12-20", false}, {"mrvweczefkbxzxlmc.com", "2018-01-20", true},
    };
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < COR_LEN(row); i++)
            if (find(d, row[i].name, row[i].time).found != row[i].found)
                fail_msg("%s at %s", row[i].name, row[i].time);
    cor_dga_hit hit = find(d, "mrvweczefkbxzxlmc.com", "2018-01-05");
    assert_true(hit.year == 2018 && hit.month == 1 && hit.period == 0 && hit.seed == 1 && hit.flag == 1);
    hit = find(d, "ucyscbdzdrtukqxebuoq.info", "2016-03-01");
    assert_true(hit.year == 2016 && hit.month == 2 && hit.period == 2 && hit.seed == 0 && hit.flag == 1);
    cor_err e = {0};
    assert_int_equal(cor_dga_find(d, COR_S("uakoytmg.biz"), COR_NOTIME, &hit, &e), COR_OK);
    assert_false(hit.found);
    cor_dga_free(d);
}

static void names_of_the_shape_that_people_own(void **state)
{
    (void)state;
    static const char *const name[] = {
        "microsoft.com", "windowsupdate.com", "wikipedia.org", "facebook.com", "instagram.com", "linkedin.com",
        "cloudflare.com",
        "wordpress.org", "stackoverflow.com", "digicert.com", "letsencrypt.org", "sharepoint.com", "salesforce.com",
        "dropbox.com",
        "kubernetes.io", "postgresql.org", "doubleclick.net", "akamaiedge.net", "cloudfront.net", "amazonaws.com",
        "bloomberg.com", "nationalgeographic.com", "stackexchange.com", "officeapps.com", "windows.com",
        "craigslist.org",
        "sourceforge.net", "speedtest.net", "mediafire.com", "hostinger.com", "investopedia.com", "weather.info",
    };
    cor_dga *d = cor_dga_new();
    assert_non_null(d);
    for (int year = 2016; year <= 2018; year++)
        for (int month = 1; month <= 12; month++) {
            char when[24];
            snprintf(when, sizeof when, "%d-%02d-15", year, month);
            for (size_t i = 0; i < COR_LEN(name); i++)
                if (find(d, name[i], when).found)
                    fail_msg("%s at %s", name[i], when);
        }
    cor_dga_free(d);
}

static void dga_without_memory(void **state)
{
    (void)state;
    cor_dga *d = cor_dga_new();
    assert_non_null(d);
    cor_dga_hit hit;
    cor_err e = {0};
    cor_time t = cor_time_from_civil(2017, 11, 6, 0, 0, 0, 0);
    for (long k = 0; k < 3; k++) {
        cor_oom_at(0);
        cor_code c = cor_dga_find(d, COR_S("abcdefghij.com"), t, &hit, &e);
        assert_int_equal(c, COR_ENOMEM);
        cor_oom_at(-1);
        assert_int_equal(cor_dga_find(d, COR_S("uakoytmg.biz"), t, &hit, &e), COR_OK);
        assert_true(hit.found);
        cor_dga_free(d);
        d = cor_dga_new();
        assert_non_null(d);
    }
    cor_dga_free(d);
}

/* ---- registry ---- */

#define MOST 40000
static char text[MOST][COR_QAKBOT_NAME_ROOM];
static cor_str list[MOST];

static cor_regproof proof(size_t n)
{
    for (size_t i = 0; i < n; i++)
        list[i] = cor_str_of(text[i]);
    cor_err e = {0};
    cor_regproof out;
    assert_int_equal(cor_regproof_of(list, n, &out, &e), COR_OK);
    return out;
}

static uint32_t random_of(uint64_t *s)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*s >> 32);
}

static void names_of_one_host_prove_it(void **state)
{
    (void)state;
    static const uint32_t id[] = {10, 11, 3, 254, 0, 73};
    for (size_t n = 0; n <= COR_LEN(id); n++) {
        for (size_t i = 0; i < n; i++)
            cor_qakbot_value_name(0x87fa501d, id[i], text[i]);
        cor_regproof p = proof(n);
        assert_int_equal(p.names, n);
        assert_int_equal(p.agree, n);
        assert_int_equal(p.proved, n >= 3);
        assert_int_equal(p.needed, 3);
        assert_int_equal(p.host, n == 0 ? 0 : 0x87fa5000);
    }
    snprintf(text[6], sizeof text[6], "%s", text[0]); /* a name twice is one name */
    snprintf(text[7], sizeof text[7], "Version");
    cor_regproof p = proof(8);
    assert_true(p.proved && p.names == 6 && p.agree == 6);
    cor_qakbot_value_name(0x87fa501d, 1, text[0]);
    snprintf(text[1], sizeof text[1], "%s", text[0]);
    snprintf(text[2], sizeof text[2], "%s", text[0]);
    assert_false(proof(3).proved);
}

/* Among many names a group of three may come by chance, so more must agree. */
static void more_names_need_more_to_agree(void **state)
{
    (void)state;
    static const struct {
        uint32_t names, needed;
    } row[] = {{1, 3}, {3, 3}, {120, 3}, {121, 4}, {255, 4}, {3000, 4}, {40000, 6}};
    for (size_t r = 0; r < COR_LEN(row); r++) {
        for (uint32_t i = 0; i < row[r].names; i++) /* far apart: they agree in nothing */
            snprintf(text[i], sizeof text[i], "%x", (i + 1) * 7u);
        cor_regproof p = proof(row[r].names);
        assert_int_equal(p.names, row[r].names);
        assert_int_equal(p.needed, row[r].needed);
        assert_false(p.proved);
        if (row[r].names < 5)
            continue;
        for (uint32_t k = 0; k < row[r].needed; k++) {
            cor_qakbot_value_name(0xdeadbe11, k, text[k]);
            p = proof(row[r].names);
            assert_int_equal(p.proved, k + 1 == row[r].needed);
        }
    }
}

/* Names of other origin: counters, dates, random ones. */
static void other_names_prove_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10000; i++)
        snprintf(text[i], sizeof text[i], "%x", i);
    assert_false(proof(10000).proved);
    for (uint32_t i = 0; i < 3000; i++)
        snprintf(text[i], sizeof text[i], "%u", 20100101 + i / 31 % 12 * 100 + i % 31 + i / 372 * 10000);
    assert_false(proof(3000).proved);
    for (uint32_t i = 0; i < 1000; i++)
        snprintf(text[i], sizeof text[i], "%x", 0x04090000u + i * 0x10000u);
    assert_false(proof(1000).proved);
    uint64_t s = 1;
    for (int key = 0; key < 20000; key++) {
        for (uint32_t i = 0; i < 14; i++)
            snprintf(text[i], sizeof text[i], "%x", random_of(&s));
        cor_regproof p = proof(14);
        assert_true(!p.proved && p.agree < 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_of_its_days),
        cmocka_unit_test(names_of_the_shape_that_people_own),
        cmocka_unit_test(dga_without_memory),
        cmocka_unit_test(names_of_one_host_prove_it),
        cmocka_unit_test(more_names_need_more_to_agree),
        cmocka_unit_test(other_names_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
