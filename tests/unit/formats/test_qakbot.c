/* Names that Qakbot computes, against lists and values that others published. */
#include "tests/unit/test.h"

#include "base/hash.h"
#include "formats/qakbot/dga.h"
#include "formats/qakbot/regnames.h"

static void shape_of_generated_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool has;
    } row[] = {
        {"abcdefgh.com", true}, {"abcdefgh.biz", true}, {"ABCDEFGH.Org", true}, {"abcdefgh.info.", true},
        {"abcdefghijklmnopqrstuvwxy.net", true}, {"abcdefghijklmnopqrstuvwxyz.net", false}, {"abcdefg.com", false},
        {"abcdefgh.co", false}, {"abcdefgh.comx", false}, {"abcdefg1.com", false}, {"abc-efgh.com", false},
        {"www.abcdefgh.com", false}, {"abcdefgh.com.corp.example", false}, {"abcdefgh", false}, {"abcdefgh.", false},
        {"abcdefgh..", false}, {"abcdefgh.com..", false}, {".", false}, {"", false}, {"abcd\xc3\xa4gh.com", false},
        {"abcdefg@.com", false}, {"abcdefg[.com", false},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        if (cor_dga_shape(cor_str_of(row[i].name)) != row[i].has)
            fail_msg("%s", row[i].name);
    }
}

/* The whole list as lines, by its SHA-256. */
static void published_lists(void **state)
{
    (void)state;
    static const struct {
        int32_t year;
        unsigned month, period;
        uint32_t seed, flag, start;
        const char *first, *last, *sha256;
    } row[] = {
        {2016, 2, 2, 0, 0, 0xb483421c, "bqkrtxgkmriwsiwcngtivpx.info", "lbpwhvplhsuvfwn.net",
         "f04139a9fe0e640ab6e1c895d8e62f5e"},
        {2016, 2, 2, 1, 0, 0xc384728a, "jekawtzb.net", "ewzxnxldeykurljnagpm.com", "316ef04b8ecb540e4296b762555df3ff"},
        {2016, 2, 2, 0, 1, 0xb483421d, "ucyscbdzdrtukqxebuoq.info", "jebjrrazuz.org",
         "cc2b1953140bbc3e99ee0ba6d0eb038f"},
        {2017, 11, 0, 0, 0, 0xf348204d, "uakoytmg.biz", "zeckzixipblqehi.biz", "1bdf9e2322a8b0a9b814d7dc7399713f"},
        {2017, 11, 1, 0, 0, 0x24aaa015, NULL, "vsugfillhyscfmp.biz", "6e0a1eafeae81590ae7585a9647bfd1c"},
        {2017, 11, 2, 0, 0, 0x87fc26bc, NULL, "mhqkhxhkrbyntklllnniqqe.org", "b003830ac798fadea5f82ff05dacddc0"},
        {2017, 10, 2, 0, 0, 0x0ffe8fa6, NULL, "rsrsmejetrshxjnnfvxst.com", "1b9413dd39fdc5468aa75f72daaa254a"},
        {2018, 1, 0, 1, 1, 0xad25c9fb, NULL, "mrvweczefkbxzxlmc.com", "359797fdd73ad55a1e711ad64bacbf5b"},
        {2020, 2, 2, 0, 0, 0x207f545a, NULL, "rswyrjpouxwyp.com", "47f445577a8461b41dfbc84aa2be12d5"},
        {2015, 5, 0, 0, 0, 0xd02d9ec2, NULL, "qdjngvzncinf.org", "fa83090f3c6cb6aea47bf74b1876e07d"},
    };
    cor_digest *d = cor_digest_new();
    assert_non_null(d);
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_dga_gen g;
        cor_dga_begin(&g, row[i].year, row[i].month, row[i].period, row[i].seed, row[i].flag);
        assert_int_equal(g.mt[0], row[i].start);
        char name[COR_DGA_NAME_ROOM];
        size_t n = 0;
        for (unsigned k = 0; k < COR_DGA_NAMES; k++) {
            n = cor_dga_next(&g, name);
            assert_true(cor_dga_shape((cor_str){name, n}));
            if (k == 0 && row[i].first != NULL)
                assert_str(((cor_str){name, n}), row[i].first);
            cor_digest_add(d, name, n);
            cor_digest_add(d, "\n", 1);
        }
        assert_str(((cor_str){name, n}), row[i].last);
        uint8_t sum[COR_SHA256_SIZE];
        char hex[2 * COR_SHA256_SIZE + 1];
        cor_digest_end(d, sum);
        cor_hex(sum, sizeof sum, hex);
        assert_memory_equal(hex, row[i].sha256, 32);
    }
    cor_digest_free(d);
}

static void value_names(void **state)
{
    (void)state;
    static const char *const name[] = {"7204615a", "cab8063f", "d80da9d1", "60b1ceb4"};
    uint32_t h = 0, origin = 0;
    cor_err e = {0};
    assert_int_equal(cor_qakbot_host_key(COR_S("ws03"), 0x1a2b3c4d, COR_S("m.keller"), &h, &e), COR_OK);
    assert_int_equal(h, 0x87fa501d);
    for (uint32_t id = 0; id < COR_LEN(name); id++) {
        char got[COR_QAKBOT_NAME_ROOM];
        cor_qakbot_value_name(h, id, got);
        assert_string_equal(got, name[id]);
        assert_true(cor_qakbot_name_origin(cor_str_of(got), &origin));
        assert_int_equal(origin, ~h ^ id);
    }
    /* and back from every register: short names too */
    for (uint32_t k = 0; k < 100000; k++) {
        char got[COR_QAKBOT_NAME_ROOM];
        uint32_t key = k * 2654435761u;
        cor_qakbot_value_name(key, k % COR_QAKBOT_IDS, got);
        assert_true(cor_qakbot_name_origin(cor_str_of(got), &origin));
        assert_int_equal(origin, ~key ^ k % COR_QAKBOT_IDS);
    }
    static const char *const none[] = {"", "07204615", "7204615A", "7204615a1", "7204615g", "run", "00", "0x1", " 1"};
    for (size_t i = 0; i < COR_LEN(none); i++)
        assert_false(cor_qakbot_name_origin(cor_str_of(none[i]), &origin));
    assert_true(cor_qakbot_name_origin(COR_S("0"), &origin));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_of_generated_names),
        cmocka_unit_test(published_lists),
        cmocka_unit_test(value_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
