/* The answer as text, JSON and HTML, from judgements made by hand. `test-answer N FILE` writes the report of N hosts,
 * to be looked at. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "report/hosts/hosts.h"
#include "report/html/page.h"
#include "report/summary/summary.h"
#include "tests/unit/report/sample.h"

static cor_code into_buf(void *ctx, cor_str s, cor_err *e)
{
    (void)e;
    cor_buf_str(ctx, s);
    return COR_OK;
}

static cor_code refuse(void *ctx, cor_str s, cor_err *e)
{
    size_t *left = ctx;
    if (s.n > *left)
        return cor_fail(e, COR_EIO, "test", COR_NOPOS, "disk full");
    *left -= s.n;
    return COR_OK;
}

typedef cor_code (*writer)(const cor_answer *a, const cor_outlet *to, cor_err *e);

static char *made(writer w, uint32_t hosts, bool hostile)
{
    cor_arena mem = {0};
    cor_judgement j = sample(hosts, hostile, &mem);
    cor_buf b = {0};
    cor_err e = {0};
    assert_int_equal(w(&(cor_answer){.j = &j}, &(cor_outlet){&b, into_buf}, &e), COR_OK);
    cor_buf_c(&b, 0);
    assert_true(cor_buf_ok(&b));
    cor_arena_free(&mem);
    return (char *)b.p;
}

static cor_code as_text(const cor_answer *a, const cor_outlet *to, cor_err *e)
{
    const cor_hosts_options o = {.top = 5};
    cor_buf b = {0};
    cor_hosts_head(&o, a, &b);
    for (uint32_t i = 0; i < a->j->n_host; i++)
        cor_hosts_one(&(cor_hosts_options){.top = 5, .full = i == 0}, &a->j->host[i], &b);
    cor_hosts_tail(&o, a, &b);
    cor_code rc = cor_outlet_flush(to, &b, e);
    cor_buf_free(&b);
    return rc;
}

static void has(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%.3000s", part, text);
}

static void has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at != NULL)
        fail_msg("\"%s\" is in: %.200s", part, at);
}

static uint32_t count(const char *text, const char *part)
{
    uint32_t n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

static void text_tells_the_answer(void **state)
{
    (void)state;
    char *t = made(as_text, 12, false);
    has(t, "4 of 12 hosts are infected; 1 is suspicious, 1 is exposed, 1 was attacked, 3 cannot be judged, 2 are "
           "clean.\n");
    has(t, "First evidence: WS03, 2026-03-03 09:12:40Z; it came by mail, probably.\n");
    has(t, "infected    WS03 = ws03.corp.example (Qakbot) since 2026-03-03 09:12:40Z: the console host was made");
    has(t, "; and 2 more. Next: cut it off from the network");
    has(t, "way: arrival 2026-03-03 09:12:40Z -> installation 09:14:09Z -> injection ");
    has(t, "conclusive  the console host was made to start rundll32 (m.keller, from E:\\)  2026-03-03 09:12:40.123Z  "
           "Sysmon 1 #1200  [WS03/Sysmon.evtx@4096]");
    has(t, "unknown     WS10: not seen: programs that were started; seen only in part: what the antivirus "
           "saw. Next: ");
    has(t, "unknown     WS12 (implicated): no log of its own");
    has(t, "Cut off WS03, WS04, WS05, WS06 from the network together");
    has(t, "programs that were started, on 3 of 12 hosts\n");
    has(t, "what the antivirus saw, on 2 of 12 hosts, seen in part\n");
    has(t, "4 infected, 1 suspicious, 1 exposed, 1 attacked, 3 unknown, 2 clean\n");
    has(t, "note of j.doe, ");
    has(t, "override of j.doe, ");
    has(t, "analyst's word) since ");
    cor_free(t);
    t = made(as_text, 0, false);
    has(t, "There is no host to judge: no record was read.");
    has(t, "  1. Give it event logs: nothing is known, for no record was read.\n");
    has_not(t, "  2. ");
    cor_free(t);
}

static void one_line_a_host_when_nothing_is_to_say(void **state)
{
    (void)state;
    char *t = made(as_text, 12, false);
    has(t, "\nclean       WS13\nclean       WS14\n");
    cor_free(t);
}

/* Law 5: what a limit left out stands in every output. */
static void limits_are_told(void **state)
{
    static const struct { writer w; const char *want; } row[] = {
        {as_text, "What limits left out (docs/limits.md)\n  7 hosts were not judged\n  3 registry values were"},
        {cor_summary, "\"left_out\":[\"7 hosts were not judged\",\"3 registry values were not looked at\"]"},
        {cor_html, "<li>Left out because a limit was reached: 7 hosts were not judged.</li>"},
    };
    (void)state;
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_arena mem = {0};
        cor_judgement j = sample(2, false, &mem);
        cor_buf b = {0};
        cor_err e = {0};
        j.left_out[COR_LEFT_HOSTS] = 7;
        j.left_out[COR_LEFT_REGISTRY] = 3;
        assert_int_equal(row[i].w(&(cor_answer){.j = &j}, &(cor_outlet){&b, into_buf}, &e), COR_OK);
        cor_buf_c(&b, 0);
        has((const char *)b.p, row[i].want);
        cor_buf_free(&b);
        cor_arena_free(&mem);
    }
}

static void json_has_what_the_judgement_has(void **state)
{
    (void)state;
    char *t = made(cor_summary, 12, false);
    has(t, "{\"schema\":1,\"cordon\":\"");
    has(t, "\"now\":\"2026-03-03T18:00:00.1234567Z\",\"window\":{\"from\":\"2026-03-02T09:12:40.1234567Z\",\"to\":");
    has(t, "{\"host\":\"WS03\",\"names\":[\"WS03\",\"ws03.corp.example\"],\"verdict\":\"infected\",\"flags\":[],"
           "\"confidence\":null,\"families\":[\"Qakbot\"],"
           "\"first_evidence\":\"2026-03-03T09:12:40.1234567Z\"");
    has(t, "\"vector\":\"mail\",\"stages\":{\"arrival\":[\"");
    has(t, "\"kind\":\"sign\",\"sign\":\"ARR4\",\"stage\":\"arrival\",\"group\":null,\"grade\":\"conclusive\","
           "\"counts\":true,\"peer\":null,");
    has(t, "\"evidence\":[{\"path\":\"WS03/"
           "Sysmon.evtx\",\"offset\":4096,\"record_id\":1200,\"channel\":\"Microsoft-Windows-Sysmon/"
           "Operational\",\"event_id\":1,");
    has(t, "\"missing_sources\":[{\"row\":\"programs\",\"required\":true,\"why\":\"no Sysmon log");
    has(t, "\"override\":{\"verdict\":\"infected\",\"why\":\"memory image");
    has(t, "\"flags\":[\"implicated\"]");
    has(t, "\"spread\":[],\"patient_zero\":[],\"accounts\":[]");
    has(t, "\"left_out\":[],\"not_yet\":");
    assert_int_equal(count(t, "{\"host\":"), 12);
    assert_string_equal(t + strlen(t) - 3, "}}\n");
    cor_free(t);
}

/* What comes from evidence reaches none of them as it is: no tag, no escape sequence, nothing that turns text around.
 */
static void hostile_names_do_no_harm(void **state)
{
    (void)state;
    static const writer all[] = {as_text, cor_summary, cor_html};
    for (size_t i = 0; i < COR_LEN(all); i++) {
        char *t = made(all[i], 12, true);
        has_not(t, "\x1b");
        if (all[i] != cor_summary) /* JSON may hold any printable character */
            has_not(t, "\xe2\x80\xae");
        if (all[i] == cor_html) {
            has_not(t, "<script>alert");
            has_not(t, "alert(1)</script>");
            has(t, "&lt;script&gt;alert(1)");
            assert_int_equal(count(t, "<script"), 1);
        }
        cor_free(t);
    }
}

/* Whatever the bytes: nothing that HTML reads as markup, in text and attributes alike, and nothing that is not seen. */
static void escaping_leaves_no_markup(void **state)
{
    (void)state;
    static const char *const around[] = {"", "a", "<", "&", "&lt;", "\xc3", "\xe2\x80", "-->", "]]>", "\""};
    for (unsigned c = 0; c < 256; c++)
        for (size_t i = 0; i < COR_LEN(around) * COR_LEN(around); i++) {
            cor_buf in = {0}, out = {0};
            cor_buf_z(&in, around[i % COR_LEN(around)]);
            cor_buf_c(&in, (char)c);
            cor_buf_z(&in, around[i / COR_LEN(around)]);
            cor_html_text(&out, cor_buf_view(&in));
            cor_html_value(&out, cor_buf_view(&in), 3);
            assert_true(cor_buf_ok(&out));
            for (size_t k = 0; k < out.n; k++) {
                bool ours = k + 3 <= out.n && (memcmp(out.p + k, "<i>", 3) == 0 || (k + 4 <= out.n && memcmp(out.p + k, "</i>", 4) == 0));
                bool end = out.p[k] == '>' && k > 0 && out.p[k - 1] == 'i';
                if ((strchr("<>\"'", out.p[k]) != NULL && out.p[k] != 0 && !ours && !end) || out.p[k] == 0x7f ||
                    (out.p[k] < 0x20 && out.p[k] != '\n'))
                    fail_msg("byte %u, neighbours %zu: %.*s", c, i, COR_STR_FMT(cor_buf_view(&out)));
            }
            assert_true(cor_utf8_valid(cor_buf_view(&out)));
            cor_buf_free(&in);
            cor_buf_free(&out);
        }
}

static void html_is_one_closed_file(void **state)
{
    (void)state;
    char *t = made(cor_html, 200, false);
    has(t, "content=\"default-src 'none'; style-src 'sha256-");
    has(t, "base-uri 'none'; form-action 'none'\">");
    static const char *const never[] = {"http:",   "https:", "src=",        " style=", " onclick", " onload",
                                        "@import", "url(",   "javascript:", "<iframe", "<img",     "<link"};
    for (size_t i = 0; i < COR_LEN(never); i++)
        has_not(t, never[i]);
    has(t, "<h1>68 of 200 hosts are infected.</h1>");
    assert_int_equal(count(t, "<article"), count(t, "</article>"));
    assert_int_equal(count(t, "<table"), count(t, "</table>"));
    assert_int_equal(count(t, "<details"), count(t, "</details>"));
    assert_int_equal(count(t, "<section"), count(t, "</section>"));
    cor_free(t);
}

static void html_of_nothing(void **state)
{
    (void)state;
    char *t = made(cor_html, 0, false);
    has(t, "<h1>There is no host to judge: no record was read.</h1>");
    has_not(t, "Every host could be judged");
    cor_free(t);
}

static void shows_worst_and_counts_the_rest(void **state)
{
    (void)state;
    char *t = made(cor_html, COR_HTML_HOSTS_MAX + 40, false);
    assert_int_equal(count(t, "<tr class="), COR_HTML_HOSTS_MAX);
    has(t, "<p>And 40 more hosts, none worse: <code>cordon show CASE</code>");
    assert_int_equal(count(t, "<article"), COR_HTML_SECTIONS_MAX);
    cor_free(t);
}

static void full_disk_comes_back(void **state)
{
    (void)state;
    static const writer all[] = {cor_summary, cor_html};
    cor_arena mem = {0};
    cor_judgement j = sample(12, false, &mem);
    for (size_t i = 0; i < COR_LEN(all); i++)
        for (size_t room = 0; room < 20000; room += 1500) {
            size_t left = room;
            cor_err e = {0};
            assert_int_equal(all[i](&(cor_answer){.j = &j}, &(cor_outlet){&left, refuse}, &e), COR_EIO);
            assert_string_equal(e.msg, "disk full");
        }
    cor_arena_free(&mem);
}

/* The k-th allocation fails, for every k: an error comes back, never a shorter answer. */
static void no_memory_comes_back(void **state)
{
    (void)state;
    static const writer all[] = {as_text, cor_summary, cor_html};
    cor_arena mem = {0};
    cor_judgement j = sample(12, true, &mem);
    for (size_t i = 0; i < COR_LEN(all); i++) {
        bool fired = true;
        for (long k = 0; fired; k++) {
            size_t room = SIZE_MAX;
            cor_err e = {0};
            cor_oom_at(k);
            cor_code rc = all[i](&(cor_answer){.j = &j}, &(cor_outlet){&room, refuse}, &e);
            fired = cor_oom_fired();
            cor_oom_at(-1);
            if (rc != (fired ? COR_ENOMEM : COR_OK))
                fail_msg("writer %zu, allocation %ld: %d", i, k, rc);
        }
    }
    cor_arena_free(&mem);
}

static void refused_rules_come_back(void **state)
{
    (void)state;
    cor_str rest = COR_S("a/x.yml\t12\t3\tno such field\nb.yml\t0\t0\t\n");
    cor_refused r;
    assert_true(cor_refused_next(&rest, &r));
    assert_true(cor_str_is(r.file, "a/x.yml") && r.line == 12 && r.column == 3 && cor_str_is(r.why, "no such field"));
    assert_true(cor_refused_next(&rest, &r));
    assert_true(cor_str_is(r.file, "b.yml") && r.line == 0 && r.why.n == 0);
    assert_false(cor_refused_next(&rest, &r));
}

static void the_way_begins_with_the_incident(void **state)
{
    (void)state;
    const cor_time month = 30 * 24 * 3600 * COR_SECOND, t = cor_time_from_civil(2026, 3, 3, 9, 0, 0, 0);
    const cor_basis b[] = {{.time = t - month}, {.time = t + COR_SECOND}};
    const cor_reason r[] = {
        {.kind = COR_REASON_SIGN,
         .stage = COR_STAGE_OTHER,
         .group = {"logs", 4},
         .counts = true,
         .first = t - month,
         .n = 2,
         .basis = b,
         .n_basis = 2},
        {.kind = COR_REASON_SIGN, .stage = COR_STAGE_ARRIVAL, .counts = true, .first = t, .n = 1},
        {.kind = COR_REASON_SIGN, .stage = COR_STAGE_THEFT, .counts = false, .first = t, .n = 1},
        {.kind = COR_REASON_SAID, .stage = COR_STAGE_N, .counts = true, .first = t, .n = 1},
    };
    const cor_host_verdict h = {.first = t, .reason = r, .n_reason = COR_LEN(r)};
    cor_link link[COR_CHAIN_LINKS];
    assert_int_equal(cor_answer_chain(&h, link), 2);
    assert_str(link[0].name, "arrival");
    assert_str(link[1].name, "logs");
    assert_true(link[0].first == t && link[1].first == t + COR_SECOND);
}

static void hosts_by_any_name(void **state)
{
    (void)state;
    cor_arena mem = {0};
    cor_judgement j = sample(12, false, &mem);
    assert_ptr_equal(cor_answer_host(&j, COR_S("ws05")), cor_answer_host(&j, COR_S("WS05.corp.EXAMPLE")));
    assert_null(cor_answer_host(&j, COR_S("WS0")));
    cor_arena_free(&mem);
}

static int write_report(uint32_t n, const char *path)
{
    char *t = made(cor_html, n, false);
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fputs(t, f) >= 0 && fclose(f) == 0;
    cor_free(t);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return write_report((uint32_t)strtoul(argv[1], NULL, 10), argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_tells_the_answer),
        cmocka_unit_test(one_line_a_host_when_nothing_is_to_say),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(json_has_what_the_judgement_has),
        cmocka_unit_test(hostile_names_do_no_harm),
        cmocka_unit_test(escaping_leaves_no_markup),
        cmocka_unit_test(html_is_one_closed_file),
        cmocka_unit_test(html_of_nothing),
        cmocka_unit_test(shows_worst_and_counts_the_rest),
        cmocka_unit_test(full_disk_comes_back),
        cmocka_unit_test(no_memory_comes_back),
        cmocka_unit_test(refused_rules_come_back),
        cmocka_unit_test(the_way_begins_with_the_incident),
        cmocka_unit_test(hosts_by_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
