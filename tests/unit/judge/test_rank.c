#include "tests/unit/test.h"

#include "base/alloc.h"
#include "judge/rank.h"
#include "report/hosts/hosts.h"

static cor_rule rules[] = {
    {.no = 0, .id = {"r0", 2}, .title = {"Low", 3}, .level = COR_LEVEL_LOW},
    {.no = 1, .id = {"r1", 2}, .title = {"High one", 8}, .level = COR_LEVEL_HIGH},
    {.no = 2, .id = {"r2", 2}, .title = {"High two", 8}, .level = COR_LEVEL_HIGH},
    {.no = 3, .id = {"r3", 2}, .title = {"Critical", 8}, .level = COR_LEVEL_CRITICAL},
    {.no = 4, .id = {"r4", 2}, .title = {"Together", 8}, .level = COR_LEVEL_MEDIUM, .kind = COR_RULE_CORRELATION},
};
static cor_rule *rule_list[] = {&rules[0], &rules[1], &rules[2], &rules[3], &rules[4]};
static const cor_ruleset set = {.rule = rule_list, .n_rule = COR_LEN(rules)};

static cor_host host(const char *name, const cor_str *spelled, uint32_t n)
{
    return (cor_host){.name = cor_str_of(name), .spelled = spelled, .n_spelled = n, .records = 10, .first = 100,
                      .last = 200};
}

static cor_finding finding(uint32_t rule, const char *host, cor_time time)
{
    return (cor_finding){.rule = &rules[rule], .host = cor_str_of(host), .time = time, .channel = COR_S("Security"),
                         .input = COR_S("f"),
                         .record_id = (uint64_t)time, .last = time};
}

static cor_code names(void *ctx, const cor_ranked *h, cor_err *e)
{
    (void)e;
    cor_buf *b = ctx;
    cor_buf_str(b, h->host.name);
    for (uint32_t i = 0; i < h->n_strong; i++)
        cor_buf_fmt(b, " %.*s*%llu@%llu", COR_STR_FMT(h->strong[i].rule->id), (unsigned long long)h->strong[i].count,
                    (unsigned long long)h->strong[i].record_id);
    cor_buf_c(b, '\n');
    return COR_OK;
}

static cor_code build(cor_rank *r, cor_buf *out, cor_err *e)
{
    static const cor_str a[] = {{"A.x", 3}, {"a.X", 3}}, b[] = {{"B", 1}}, c[] = {{"C.x", 3}}, d[] = {{"D", 1}};
    const cor_host hosts[] = {host("A", a, 2), host("B", b, 1), host("C", c, 1), host("D", d, 1)};
    for (size_t i = 0; i < COR_LEN(hosts); i++)
        if (cor_rank_host(r, &hosts[i], e) != COR_OK)
            return e->code;
    for (cor_time t = 1; t <= 50; t++) { /* one noisy rule */
        cor_finding f = finding(1, "B", t);
        if (cor_rank_finding(r, &f, e) != COR_OK)
            return e->code;
    }
    const cor_finding_event ev[] = {{.host = COR_S("D")}, {.host = COR_S("C")}, {.host = COR_S("D")}};
    cor_finding list[] = {finding(2, "A", 60), finding(1, "A", 61), finding(1, "A", 62), finding(3, "C", 63),
                          finding(4, "", 64),
                          finding(0, "unheard", 65)};
    list[4].event = ev;
    list[4].n_event = 3;
    list[4].n_total = 3;
    for (size_t i = 0; i < COR_LEN(list); i++)
        if (cor_rank_finding(r, &list[i], e) != COR_OK)
            return e->code;
    cor_finding again = finding(3, "D", 70);
    again.again = true;
    if (cor_rank_finding(r, &again, e) != COR_OK)
        return e->code;
    return cor_rank_each(r, names, out, e);
}

static void different_rules_come_before_many_findings(void **state)
{
    (void)state;
    cor_rank *r = cor_rank_new(&set, 1 << 20, NULL);
    cor_buf out = {0};
    cor_err e = {0};
    assert_int_equal(build(r, &out, &e), COR_OK);
    cor_buf_c(&out, 0);
    assert_string_equal((const char *)out.p, "C r3*1@63 r4*1@64\nA r2*1@60 r1*2@61\nB r1*50@1\nD r4*1@64\n");
    cor_buf_free(&out);
    cor_rank_free(r);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        cor_oom_at(k);
        cor_err e = {0};
        cor_buf out = {0};
        cor_rank *r = cor_rank_new(&set, 1 << 20, NULL);
        cor_code rc = r == NULL ? COR_ENOMEM : build(r, &out, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_buf_free(&out);
        cor_rank_free(r);
        if (rc == COR_ENOMEM && !fired)
            fail_msg("no memory, said without reason");
        if (!fired) {
            assert_int_equal(rc, COR_OK);
            break;
        }
    }
}

static cor_code text_of(void *ctx, const cor_ranked *h, cor_err *e)
{
    (void)e;
    cor_hosts_text(&(cor_hosts_options){.top = 1}, h, 1, ctx);
    cor_hosts_json(h, 1, ctx);
    return COR_OK;
}

static void host_lines(void **state)
{
    (void)state;
    static const cor_str spelled[] = {{"WS\033[1m", 6}};
    static const cor_host_log log[] = {{.channel = {"Odd", 3}, .records = 4, .first = 100, .last = 200},
                                       {.channel = {"Security", 8}, .records = 6, .first = 100, .last = 200}};
    cor_host h = host("WS", spelled, 1);
    h.log = log;
    h.n_log = 2;
    h.first = h.last = cor_time_from_civil(2026, 3, 3, 8, 12, 40, 0);
    h.level[COR_LEVEL_HIGH] = 2;
    cor_finding f = finding(1, "WS", h.first);
    cor_rank *r = cor_rank_new(&set, 1 << 20, NULL);
    cor_err e = {0};
    cor_buf out = {0};
    assert_int_equal(cor_rank_host(r, &h, &e), COR_OK);
    assert_int_equal(cor_rank_finding(r, &f, &e), COR_OK);
    f.record_id = 8;
    assert_int_equal(cor_rank_finding(r, &f, &e), COR_OK);
    assert_int_equal(cor_rank_each(r, text_of, &out, &e), COR_OK);
    cor_buf_c(&out, 0);
    const char *text = (const char *)out.p;
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "2 high of 1 rule; 2026-03-03 08:12:40Z to 2026-03-03 08:12:40Z, 10 events\n"));
    assert_non_null(strstr(text, "\n     logs: Sec and 1 other; missing: Sys, Sysmon, PwSh"));
    assert_non_null(strstr(text, "      high  High one (2 times)  2026-03-03 08:12:40.000Z  Sec 0 #"));
    assert_non_null(strstr(text, "\"missing\":[\"System\",\"Microsoft-Windows-Sysmon/Operational\""));
    assert_non_null(strstr(text, "\"strongest\":[{\"rule_id\":\"r1\",\"rule_title\":\"High one\""));
    cor_buf_free(&out);
    cor_rank_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_rules_come_before_many_findings),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(host_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
