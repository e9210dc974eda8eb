#include "tests/unit/test.h"

#include "base/alloc.h"
#include "judge/context.h"

static cor_arena mem;

static cor_context *read_good(const char *text)
{
    cor_context *c = NULL;
    cor_err e = {0};
    if (cor_context_read(cor_str_of(text), &mem, &c, &e) != COR_OK)
        fail_msg("%u:%u: %s", e.line, e.col, e.msg);
    assert_non_null(c);
    return c;
}

static int forget(void **state)
{
    (void)state;
    cor_arena_free(&mem);
    return 0;
}

static cor_time at(const char *s)
{
    cor_time t;
    assert_true(cor_time_parse(cor_str_of(s), &t, NULL));
    return t;
}

static const char whole[] =
    "# who is who\n"
    "hosts: [WS01, ws02.corp.example, WS03]\n"
    "admin_hosts: [ADMIN01, 10.20.1.5]\n"
    "scanners:\n"
    "  - 10.20.2.30\n"
    "  - 192.0.2.128/25\n"
    "  - 2001:db8:1::/48\n"
    "  - SCAN01\n"
    "deployment: [sccm01.corp.example, ADMIN01]\n"
    "accounts: {scanner: [svc_scan], deployment: ['CORP\\svc_deploy'], backup: [svc_backup@corp.example],\n"
    "           admin: [adm.scholz]}\n"
    "maintenance:\n"
    "  - {from: 2026-03-03T20:00:00Z, to: 2026-03-03T22:00:00Z, hosts: [WS01]}\n"
    "  - {from: 2026-03-04 01:00, to: 2026-03-04 01:30}\n";

static void roles_of_places(void **state)
{
    (void)state;
    static const struct {
        const char *who;
        unsigned roles;
    } row[] = {
        {"admin01", COR_ROLE_ADMIN | COR_ROLE_DEPLOYMENT},
        {"ADMIN01.corp.example", COR_ROLE_ADMIN | COR_ROLE_DEPLOYMENT},
        {"ADMIN011", 0}, {"10.20.1.5", COR_ROLE_ADMIN}, {"10.20.1.50", 0}, {"::ffff:10.20.1.5", COR_ROLE_ADMIN},
        {"10.20.2.30", COR_ROLE_SCANNER}, {"192.0.2.128", COR_ROLE_SCANNER}, {"192.0.2.255", COR_ROLE_SCANNER},
        {"192.0.2.127", 0}, {"192.0.3.128", 0}, {"2001:db8:1:ffff::1", COR_ROLE_SCANNER}, {"2001:db8:2::1", 0},
        {"scan01", COR_ROLE_SCANNER}, {"SCCM01", COR_ROLE_DEPLOYMENT}, {"sccm01.CORP.example", COR_ROLE_DEPLOYMENT},
        {"sccm01.other.example", 0}, {"WS01", 0}, {"", 0}, {"10.20.2", 0},
    };
    const cor_context *c = read_good(whole);
    for (size_t i = 0; i < COR_LEN(row); i++)
        if (cor_context_roles(c, cor_str_of(row[i].who)) != row[i].roles)
            fail_msg("%s: %u", row[i].who, cor_context_roles(c, cor_str_of(row[i].who)));
    assert_int_equal(cor_context_roles(NULL, COR_S("ADMIN01")), 0);
}

static void roles_of_accounts(void **state)
{
    (void)state;
    static const struct {
        const char *who;
        unsigned roles;
    } row[] = {
        {"svc_scan", COR_ROLE_SCANNER}, {"SVC_SCAN", COR_ROLE_SCANNER}, {"CORP\\svc_scan", COR_ROLE_SCANNER},
        {"svc_scan@corp.example", COR_ROLE_SCANNER}, {"svc_deploy", COR_ROLE_DEPLOYMENT},
        {"corp\\svc_deploy", COR_ROLE_DEPLOYMENT}, {"OTHER\\svc_deploy", 0},
        {"svc_deploy@corp.example", COR_ROLE_DEPLOYMENT},
        {"CORP\\svc_backup", COR_ROLE_BACKUP}, {"adm.scholz", COR_ROLE_ADMIN}, {"svc", 0}, {"", 0},
    };
    const cor_context *c = read_good(whole);
    for (size_t i = 0; i < COR_LEN(row); i++)
        if (cor_context_account_roles(c, cor_str_of(row[i].who)) != row[i].roles)
            fail_msg("%s: %u", row[i].who, cor_context_account_roles(c, cor_str_of(row[i].who)));
    assert_int_equal(cor_context_account_roles(NULL, COR_S("svc_scan")), 0);
}

static void maintenance(void **state)
{
    (void)state;
    const cor_context *c = read_good(whole);
    assert_true(cor_context_maintenance(c, COR_S("ws01"), at("2026-03-03T20:00:00Z")));
    assert_true(cor_context_maintenance(c, COR_S("WS01"), at("2026-03-03T22:00:00Z")));
    assert_false(cor_context_maintenance(c, COR_S("WS01"), at("2026-03-03T22:00:01Z")));
    assert_false(cor_context_maintenance(c, COR_S("WS01"), at("2026-03-03T19:59:59Z")));
    assert_false(cor_context_maintenance(c, COR_S("WS02"), at("2026-03-03T21:00:00Z")));
    assert_true(cor_context_maintenance(c, COR_S("WS02"), at("2026-03-04T01:15:00Z")));
    assert_false(cor_context_maintenance(c, COR_S("WS02"), COR_NOTIME));
    assert_false(cor_context_maintenance(NULL, COR_S("WS02"), at("2026-03-04T01:15:00Z")));
}

static void hosts(void **state)
{
    (void)state;
    const cor_str *host;
    assert_int_equal(cor_context_hosts(read_good("hosts: [WS01, ws02.corp.example, 12, on]"), &host), 4);
    assert_str(host[0], "WS01");
    assert_str(host[1], "ws02.corp.example");
    assert_str(host[2], "12");
    assert_str(host[3], "on");
    static const char *const empty[] = {"", "\n", "# nothing yet\n", "---\n", "~", "hosts: []", "{}"};
    for (size_t i = 0; i < COR_LEN(empty); i++)
        assert_int_equal(cor_context_hosts(read_good(empty[i]), &host), 0);
    assert_int_equal(cor_context_hosts(NULL, &host), 0);
}

static void errors_have_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, col;
        const char *says;
    } row[] = {
        {"hosts: [WS01]\nscaners: [A]\n", 2, 1, "unknown key \"scaners\""},
        {"hosts: [A]\nhosts: [B]\n", 2, 1, "`hosts` stands here twice"},
        {"hosts: WS01\n", 1, 8, "a list is wanted here"},
        {"hosts:\n", 1, 7, "a list is wanted here"},
        {"hosts:\n  - {a: b}\n", 2, 5, "a computer is wanted here, this is a map"},
        {"hosts: [WS01, '']\n", 1, 15, "this is empty"},
        {"hosts: [WS01, ~]\n", 1, 15, "this is empty"},
        {"hosts: [WS01, 10.1.2.3]\n", 1, 15, "wants names"},
        {"hosts: [WS01, 'W*']\n", 1, 15, "character 2"},
        {"hosts: [WS01, \"W\\n\"]\n", 1, 15, "character 2"},
        {"scanners: [10.20.2.300]\n", 1, 12, "neither a name nor an address"},
        {"scanners: [10.20.2.0/33]\n", 1, 12, "0 to 32 bits"},
        {"scanners: [10.20.2.0/]\n", 1, 12, "0 to 32 bits"},
        {"scanners: ['2001:db8::/129']\n", 1, 12, "0 to 128 bits"},
        {"scanners: [10.20.2.1/24]\n", 1, 12, "has bits set"},
        {"scanners: [SCAN/24]\n", 1, 12, "neither a name nor an address"},
        {"scanners: ['CORP\\SCAN']\n", 1, 12, "no name of a computer"},
        {"accounts: [svc]\n", 1, 11, "a map is wanted here"},
        {"accounts: {scan: [svc]}\n", 1, 12, "unknown key \"scan\"; there are: admin, scanner, deployment, backup"},
        {"accounts: {scanner: svc}\n", 1, 21, "a list is wanted here"},
        {"maintenance: {from: 1}\n", 1, 14, "a list of maintenances"},
        {"maintenance:\n  - {from: 2026-03-03, to: 2026-03-02}\n", 2, 5, "ends before it begins"},
        {"maintenance:\n  - {from: 2026-03-03}\n", 2, 5, "needs `to`"},
        {"maintenance:\n  - {from: noon, to: 2026-03-02}\n", 2, 12, "`from` wants a time"},
        {"maintenance:\n  - {from: 2026-03-03, to: 2026-03-04, hosts: []}\n", 2, 47, "leave it out"},
        {"maintenance:\n  - {from: 2026-03-03, to: 2026-03-04, host: [A]}\n", 2, 40, "unknown key \"host\""},
        {"[WS01]\n", 1, 1, "a map is wanted here"},
        {"hosts: [A]\n---\nhosts: [B]\n", 3, 1, "a second document"},
        {"hosts: [A\n", 2, 1, ""},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_context *c = NULL;
        cor_err e = {0};
        cor_code rc = cor_context_read(cor_str_of(row[i].text), &mem, &c, &e);
        if (rc != COR_EFORMAT || c != NULL || e.line != row[i].line || e.col != row[i].col ||
            strstr(e.msg, row[i].says) == NULL)
            fail_msg("row %zu: code %d at %u:%u: %s", i, rc, e.line, e.col, e.msg);
    }
}

static void without_memory(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        cor_context *c = NULL;
        cor_err e = {0};
        cor_arena a = {0};
        cor_oom_at(k);
        cor_code rc = cor_context_read(COR_S(whole), &a, &c, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_arena_free(&a);
        if (!fired) {
            assert_int_equal(rc, COR_OK);
            assert_true(k >= 3);
            return;
        }
        assert_int_equal(rc, COR_ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(roles_of_places, forget),
        cmocka_unit_test_teardown(roles_of_accounts, forget),
        cmocka_unit_test_teardown(maintenance, forget),
        cmocka_unit_test_teardown(hosts, forget),
        cmocka_unit_test_teardown(errors_have_their_place, forget),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
