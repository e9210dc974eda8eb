/* The engine of detect over files made here, with rules made by hand. */
#include "tests/unit/case/scene.h"

#include <stdlib.h>

#include "base/alloc.h"

static const char *const level_name[] = {"", "informational", "low", "medium", "high", "critical"};

/* ---- running ---- */

typedef struct output {
    cor_buf text;
    cor_detect_result result;
    cor_code code;
    cor_err err;
} output;

static void put(cor_buf *b, const char *what, cor_str s)
{
    cor_buf_fmt(b, " %s=%.*s", what, COR_STR_FMT(s));
}

static cor_code on_finding(void *ctx, const cor_finding *f, cor_err *e)
{
    output *o = ctx;
    cor_buf *b = &o->text;
    (void)e;
    cor_buf_fmt(b, "F %s %s", f->id, level_name[f->rule->level]);
    put(b, "rule", f->rule->id);
    cor_buf_c(b, ' ');
    if (f->time == COR_NOTIME)
        cor_buf_z(b, "?");
    else
        cor_buf_time(b, f->time, 0);
    put(b, "computer", f->computer);
    put(b, "channel", f->channel);
    put(b, "input", f->input);
    put(b, "host", f->host);
    cor_buf_fmt(b, " id=%u record=%u at=%u%s", f->event_id, (unsigned)f->record_id, (unsigned)f->offset, f->again ? " again" : "");
    for (uint32_t i = 0; i < f->n_field; i++) {
        cor_buf_c(b, ' ');
        cor_buf_str(b, f->field[i].name);
        cor_buf_c(b, '=');
        cor_buf_str(b, f->field[i].text);
    }
    for (uint32_t i = 0; i < f->n_matched; i++)
        cor_buf_fmt(b, " [%.*s: %.*s]", COR_STR_FMT(f->matched[i].field), COR_STR_FMT(f->matched[i].value));
    for (uint32_t i = 0; i < f->n_group; i++)
        cor_buf_fmt(b, " {%.*s: %.*s}", COR_STR_FMT(f->group[i].name), COR_STR_FMT(f->group[i].text));
    for (uint32_t i = 0; i < f->n_event; i++)
        cor_buf_fmt(b, " <%.*s %u %u>", COR_STR_FMT(f->event[i].input), (unsigned)f->event[i].record_id, (unsigned)f->event[i].offset);
    if (f->n_event != 0)
        cor_buf_fmt(b, " total=%u value=%g", (unsigned)f->n_total, f->value);
    cor_buf_c(b, '\n');
    return COR_OK;
}

static cor_code on_host(void *ctx, const cor_host *h, cor_err *e)
{
    output *o = ctx;
    cor_buf *b = &o->text;
    (void)e;
    cor_buf_fmt(b, "H %.*s", COR_STR_FMT(h->name));
    for (uint32_t i = 0; i < h->n_spelled; i++)
        cor_buf_fmt(b, " \"%.*s\"", COR_STR_FMT(h->spelled[i]));
    cor_buf_fmt(b, " %u", (unsigned)h->records);
    for (uint32_t i = 0; i < h->n_log; i++) {
        cor_buf_fmt(b, " %.*s=%u", COR_STR_FMT(h->log[i].channel), (unsigned)h->log[i].records);
        assert_true(h->log[i].first == COR_NOTIME || (h->first <= h->log[i].first && h->log[i].first <= h->log[i].last && h->log[i].last <= h->last));
    }
    cor_buf_fmt(b, " low=%u high=%u crit=%u lateral=%u\n", (unsigned)h->level[COR_LEVEL_LOW], (unsigned)h->level[COR_LEVEL_HIGH],
                (unsigned)h->level[COR_LEVEL_CRITICAL], (unsigned)h->tactic[11]);
    return COR_OK;
}

static void run(output *o, const setup *s, const char *const *path, size_t n, int threads, const cor_detect_options *more)
{
    cor_detect_options opt = more == NULL ? (cor_detect_options){0} : *more;
    opt.run = (cor_run_options){.path = path, .n_path = n, .threads = threads, .read = {.from = COR_NOTIME, .to = COR_NOTIME}};
    opt.rules = &s->k.set;
    const cor_detect_hooks hooks = {o, on_host, on_finding};
    cor_buf keep = o->text;
    cor_buf_clear(&keep);
    *o = (output){.text = keep};
    o->code = cor_detect(&opt, &hooks, &o->result, &o->err);
    cor_buf_c(&o->text, '\0');
}

static void went_well(const output *o)
{
    if (o->code != COR_OK)
        fail_msg("code %d: %s", (int)o->code, o->err.msg);
    for (size_t i = 0; i < o->result.run.n_walk_err; i++)
        fail_msg("%s", o->result.run.walk_err[i].msg);
    for (size_t i = 0; i < o->result.run.n_input; i++)
        if (o->result.run.input[i].err != NULL)
            fail_msg("%s", o->result.run.input[i].err->msg);
}

static void output_free(output *o)
{
    cor_detect_result_free(&o->result);
    cor_buf_free(&o->text);
}

/* ---- tests ---- */

static void what_comes_out(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    setup_open(&s);
    world_new(&w);
    line(&a, 30, "DC1.corp.local", "Security", 4625, 4, "bob");
    line(&a, 10, "DC1.corp.local", "Security", 4625, 1, "Bob");
    line(&a, 20, "DC1.corp.local", "Security", 4625, 2, "bob");
    line(&a, 25, "DC1.corp.local", "Security", 4624, 3, "admin");
    line(&a, -1, "dc1", "System", 7045, 9, "x");
    line(&a, 5, "WS.corp.local", "Security", 4624, 1, "amy");
    world_file(&w, "a.jsonl", a.p, a.n);
    world_file(&w, "note.txt", "nothing", 7);
    output o = {0};
    const char *path[] = {w.dir};
    run(&o, &s, path, 1, 1, NULL);
    went_well(&o);
    const char *want =
        "H DC1 \"DC1.corp.local\" \"dc1\" 5 Security=4 System=1 low=1 high=1 crit=1 lateral=1\n"
        "H WS \"WS.corp.local\" 1 Security=1 low=0 high=1 crit=0 lateral=1\n";
    if (strncmp((char *)o.text.p, want, strlen(want)) != 0)
        fail_msg("got %s", (char *)o.text.p);
    static const char *const in_order[] = {
        "high rule=id-good 2026-03-03T08:00:05Z computer=WS.corp.local channel=Security input=a.jsonl host=WS id=4624 record=1 at=",
        "TargetUserName=amy LogonType=3 [LogonType: 3]\n",
        "critical rule=id-corr 2026-03-03T08:00:10Z computer=DC1.corp.local channel=Security input=a.jsonl host=DC1 id=4625 record=0 at=",
        "{TargetUserName: Bob} <a.jsonl 1 ",
        "> <a.jsonl 2 ",
        "> <a.jsonl 4 0> total=3 value=3\n",
        "low rule=id-admin 2026-03-03T08:00:25Z",
        "[TargetUserName: admin]\n",
        "high rule=id-good 2026-03-03T08:00:25Z computer=DC1.corp.local",
    };
    const char *at = (char *)o.text.p;
    for (size_t i = 0; i < COR_LEN(in_order); i++) {
        const char *hit = strstr(at, in_order[i]);
        if (hit == NULL)
            fail_msg("no \"%s\" in %s", in_order[i], at);
        at = hit + strlen(in_order[i]);
    }
    assert_int_equal(o.result.n_inputs, 2);
    assert_int_equal(o.result.n_evidence, 1);
    assert_int_equal(o.result.n_records, 6);
    assert_int_equal(o.result.n_looked_at, 5); /* nobody asks for 7045 */
    assert_int_equal(o.result.n_findings, 4);
    assert_int_equal(o.result.n_distinct, 4);
    assert_int_equal(o.result.n_level[COR_LEVEL_HIGH], 2);
    assert_int_equal(o.result.n_hosts, 2);
    assert_int_equal(o.result.n_corr_rows, 3);
    assert_int_equal(o.result.n_rules, 4);
    output_free(&o);
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;
    for (; (s = strstr(s, what)) != NULL; s += strlen(what))
        n++;
    return n;
}

static void one_record_in_two_places(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    setup_open(&s);
    world_new(&w);
    for (unsigned i = 0; i < 3; i++)
        line(&a, (int)i, "DC1", "Security", 4625, i, "bob");
    line(&a, 9, "DC1", "Security", 4624, 9, "amy");
    world_file(&w, "log.jsonl", a.p, a.n);
    world_file(&w, "backup/log.jsonl", a.p, a.n);
    output o = {0};
    const char *path[] = {w.dir};
    run(&o, &s, path, 1, 2, NULL);
    assert_int_equal(o.result.n_findings, 3);
    assert_int_equal(o.result.n_distinct, 2);
    assert_int_equal(count((char *)o.text.p, " again"), 1);
    assert_int_equal(count((char *)o.text.p, "total=3"), 1); /* not six failures */
    assert_int_equal(count((char *)o.text.p, "<backup/log.jsonl"), 3); /* their first place by name */
    assert_int_equal(count((char *)o.text.p, "high=1 crit=1"), 1);
    cor_detect_result_free(&o.result);
    const cor_detect_options dedupe = {.dedupe = true};
    run(&o, &s, path, 1, 2, &dedupe);
    assert_int_equal(o.result.n_findings, 2);
    assert_int_equal(count((char *)o.text.p, "input=log.jsonl"), 0);
    cor_detect_result_free(&o.result);
    const cor_detect_options high = {.min_level = COR_LEVEL_CRITICAL};
    run(&o, &s, path, 1, 2, &high);
    assert_int_equal(o.result.n_findings, 1);
    output_free(&o);
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

static uint64_t seed;
static unsigned rnd(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

/* Law 2: threads, memory and the order of the paths do not show. */
static void the_same_bytes(void **state)
{
    (void)state;
    static const char *const computer[] = {"A", "A.x.y", "B.x.y", "B.z", "b", "10.0.0.1", "10.0.0.2", ""}, *const user[] = {"admin", "bob", "Bob", "amy", "eve"};
    static const char *const channel[] = {"Security", "Security", "System"};
    setup s;
    world w;
    setup_open(&s);
    world_new(&w);
    char path[6][96];
    const char *list[6], *back[6];
    seed = 1;
    for (unsigned f = 0; f < 6; f++) {
        cor_buf a = {0};
        char name[32];
        for (unsigned i = 0; i < 4000; i++)
            line(&a, (int)rnd(3600) - (rnd(50) == 0 ? 3600 : 0), computer[rnd(COR_LEN(computer))], channel[rnd(3)], 4624 + rnd(3), rnd(300),
                 user[rnd(COR_LEN(user))]);
        snprintf(name, sizeof name, "%u.jsonl", f);
        world_file(&w, name, a.p, a.n);
        snprintf(path[f], sizeof path[f], "%s/%s", w.dir, name);
        list[f] = back[5 - f] = path[f];
        cor_buf_free(&a);
    }
    output one = {0}, o = {0};
    run(&one, &s, list, 6, 1, NULL);
    went_well(&one);
    assert_true(one.result.n_findings > 1000 && one.result.n_level[COR_LEVEL_CRITICAL] > 3);
    assert_non_null(strstr((char *)one.text.p, "H A \"A\" \"A.x.y\" "));
    assert_non_null(strstr((char *)one.text.p, "H B \"b\" "));
    assert_non_null(strstr((char *)one.text.p, "H B.X.Y \"B.x.y\" "));
    assert_non_null(strstr((char *)one.text.p, "H B.Z \"B.z\" "));
    assert_non_null(strstr((char *)one.text.p, "H 10.0.0.1 \"10.0.0.1\" "));
    static const int threads[] = {2, 7};
    for (size_t i = 0; i < 3; i++) {
        const cor_detect_options small = {.memory = 1};
        run(&o, &s, i == 1 ? back : list, 6, threads[i % 2], i == 2 ? &small : NULL);
        went_well(&o);
        assert_int_equal(o.text.n, one.text.n);
        assert_memory_equal(o.text.p, one.text.p, o.text.n);
        assert_int_equal(o.result.n_looked_at, one.result.n_looked_at);
        cor_detect_result_free(&o.result);
    }
    cor_buf_free(&o.text);
    output_free(&one);
    world_free(&w);
    kit_close(&s.k);
}

static cor_code refuse(void *ctx, const cor_finding *f, cor_err *e)
{
    (void)ctx;
    (void)f;
    return cor_fail(e, COR_EIO, "test", COR_NOPOS, "no more room on the paper");
}

static void the_callers_error_comes_back(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    setup_open(&s);
    world_new(&w);
    line(&a, 1, "PC", "Security", 4624, 1, "amy");
    world_file(&w, "a.jsonl", a.p, a.n);
    const char *path[] = {w.dir};
    const cor_detect_options o = {.run = {.path = path, .n_path = 1, .threads = 1, .read = {.from = COR_NOTIME, .to = COR_NOTIME}}, .rules = &s.k.set};
    const cor_detect_hooks hooks = {.finding = refuse};
    cor_detect_result result;
    cor_err e;
    assert_int_equal(cor_detect(&o, &hooks, &result, &e), COR_EIO);
    assert_string_equal(e.msg, "no more room on the paper");
    assert_int_equal(result.n_hosts, 0);
    cor_detect_result_free(&result);
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

/* After Ctrl-C what was found is handed out, and the code says that it is not all. */
static void a_stop_is_no_loss(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    atomic_bool stop = true;
    setup_open(&s);
    world_new(&w);
    line(&a, 1, "PC", "Security", 4624, 1, "amy");
    world_file(&w, "a.jsonl", a.p, a.n);
    const char *path[] = {w.dir};
    output o = {0};
    cor_detect_options opt = {.run = {.path = path, .n_path = 1, .threads = 2, .stop = &stop, .read = {.from = COR_NOTIME, .to = COR_NOTIME}}, .rules = &s.k.set};
    const cor_detect_hooks hooks = {&o, on_host, on_finding};
    assert_int_equal(cor_detect(&opt, &hooks, &o.result, &o.err), COR_ESTOP);
    assert_int_equal(o.result.n_findings, o.result.n_records);
    output_free(&o);
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

/* A text too long for a finding is cut at a character and said; too many fields as well. */
static void long_values_are_cut(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    setup_open(&s);
    world_new(&w);
    char *big = malloc(COR_FINDING_TEXT_MAX + 8);
    memset(big, 'x', COR_FINDING_TEXT_MAX - 1);
    memcpy(big + COR_FINDING_TEXT_MAX - 1, "\xc3\xa9yz", 5);
    line(&a, 1, "PC", "Security", 4624, 1, big);
    world_file(&w, "a.jsonl", a.p, a.n);
    const char *path[] = {w.dir};
    output o = {0};
    run(&o, &s, path, 1, 1, NULL);
    assert_int_equal(o.result.n_findings, 1);
    const char *at = strstr((char *)o.text.p, "TargetUserName=x");
    assert_non_null(at);
    assert_memory_equal(at + 15 + COR_FINDING_TEXT_MAX - 1, "... LogonType", 13);
    output_free(&o);
    free(big);
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0};
    setup_open(&s);
    world_new(&w);
    for (unsigned i = 0; i < 4; i++)
        line(&a, (int)i, i % 2 ? "DC1" : "DC1.x", "Security", 4625, i, "bob");
    line(&a, 9, "DC1", "Security", 4624, 9, "amy");
    world_file(&w, "log.jsonl", a.p, a.n);
    const char *path[] = {w.dir};
    for (long k = 0;; k++) {
        output o = {0};
        cor_oom_at(k);
        run(&o, &s, path, 1, 1, NULL);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        if (!fired)
            assert_int_equal(o.result.n_findings, 2);
        /* A reader may lose one input to it and say so; whatever else must come back as the error it is. */
        bool said = o.code == COR_ENOMEM || o.result.n_unfinished != 0 || o.result.run.n_walk_err != 0 || !cor_buf_ok(&o.text);
        if (fired && !said && o.result.n_findings != 2)
            fail_msg("allocation %ld failed in silence", k);
        output_free(&o);
        if (!fired)
            break;
    }
    cor_buf_free(&a);
    world_free(&w);
    kit_close(&s.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out),
        cmocka_unit_test(one_record_in_two_places),
        cmocka_unit_test(the_same_bytes),
        cmocka_unit_test(the_callers_error_comes_back),
        cmocka_unit_test(a_stop_is_no_loss),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
