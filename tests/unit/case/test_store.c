/* The case: what is read goes in once, comes out in order, and follows anew from all of it. */
#include "tests/unit/case/case_kit.h"

/* ---- tests ---- */

static void what_comes_out(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    setup_open(&s);
    world_new(&w);
    line(&a, 30, "DC1.corp.local", "Security", 4625, 4, "bob");
    line(&a, 10, "DC1.corp.local", "Security", 4625, 1, "Bob");
    line(&a, 20, "DC1.corp.local", "Security", 4625, 2, "bob");
    line(&a, 25, "DC1.corp.local", "Security", 4624, 3, "admin");
    line(&a, -1, "dc1", "System", 7045, 9, "x");
    line(&a, 5, "WS.corp.local", "Security", 4624, 1, "amy");
    world_file(&w, "in/a.jsonl", a.p, a.n);
    char in[128];
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &text, true);
    static const char *const in_order[] = {
        "I a.jsonl ", " json ", "\nH DC1 \"DC1.corp.local\" \"dc1\" 5 2026-03-03T08:00:10Z 2026-03-03T08:00:30Z"
                                " Security=4 System=1 low=1 high=1 crit=1 lateral=1\n",
        "H WS \"WS.corp.local\" 1 ", "Security=1 low=0 high=1 crit=0 lateral=1\n",
        " 4 rule=id-good 2026-03-03T08:00:05Z", "host=WS id=4624 record=1 at a.jsonl:",
            " field=amy field=3 [LogonType: 3] total=1 value=0 tags=2\n",
        " 5 rule=id-corr 2026-03-03T08:00:10Z 2026-03-03T08:00:30Z computer=DC1.corp.local channel=Security host=DC1"
        " id=4625 record=0 {TargetUserName: Bob}"
        " <a.jsonl 1 ", " host=DC1 rule=failed> <a.jsonl 2 ", " <a.jsonl 4 0 host=DC1 rule=failed> total=3 value=3",
        " 4 rule=id-good 2026-03-03T08:00:25Z", " 2 rule=id-admin ",
        "T logon ", "2026-03-03T08:00:05Z 2026-03-03T08:00:05Z host=WS channel=Security id=4624 record=1 at=a.jsonl:",
            "|amy||||||||||3|0|0\n",
        "T alive ", "T logon_failed ", " 2026-03-03T08:00:05Z 2026-03-03T08:00:30Z",
    };
    const char *at = (char *)text.p;
    for (size_t i = 0; i < COR_LEN(in_order); i++) {
        const char *hit = strstr(at, in_order[i]);
        if (hit == NULL)
            fail_msg("no \"%s\" in %s", in_order[i], (char *)text.p);
        at = hit + strlen(in_order[i]);
    }
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- what does not show ---- */

static uint64_t seed;
static unsigned rnd(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

/* Events of all kinds of facts, some of rules, with few values so that they meet again. */
static void any_event(cor_buf *b)
{
    static const char *const computer[] = {"WS1.corp.example", "WS1", "ws2.corp.example", "DC1.corp.example",
                                           "b.other"};
    static const char *const user[] = {"admin", "bob", "Bob", "WS1$", "o'brien\\\"; DROP TABLE fact"};
    const char *c = computer[rnd(COR_LEN(computer))], *u = user[rnd(COR_LEN(user))];
    char f[400];
    unsigned record = 1 + rnd(400), ip = rnd(5);
    int t = (int)rnd(3600);
    switch (rnd(12)) {
    case 0:
        snprintf(f, sizeof f,
                 "\"TargetUserName\":\"%s\",\"TargetLogonId\":\"0x%x\",\"LogonType\":%u"
                 ",\"IpAddress\":\"::ffff:10.0.0.%u\",\"ElevatedToken\":\"%%%%1842\"",
                 u, rnd(9), 2 + rnd(4), ip);
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 4624, record, f);
        return;
    case 1:
        snprintf(f, sizeof f,
                 "\"TargetUserName\":\"%s\",\"SubStatus\":\"0xc000006a\",\"LogonType\":3"
                 ",\"IpAddress\":\"10.0.0.%u\",\"WorkstationName\":\"WS%u\"", u, ip, ip);
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 4625, record, f);
        return;
    case 2:
        snprintf(f, sizeof f,
                 "\"TargetUserName\":\"%s\",\"ServiceName\":\"krbtgt\",\"IpAddress\":\"::ffff:10.0.0.%u\""
                 ",\"Status\":\"0x0\"", u, ip);
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 4768, record, f);
        return;
    case 3:
        snprintf(f, sizeof f,
                 "\"Image\":\"C:\\\\a.exe\",\"Initiated\":\"true\",\"SourceIp\":\"10.0.1.%u\""
                 ",\"DestinationIp\":\"203.0.113.%u\",\"DestinationPort\":%u",
                 ip, ip, 443 + rnd(2));
        event(b, t, c, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 3, record, f);
        return;
    case 4:
        snprintf(f, sizeof f, "\"QueryName\":\"%s.biz\"", rnd(2) ? "qwertzuiop" : "no");
        event(b, t, c, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 22, record, f);
        return;
    case 5:
        snprintf(f, sizeof f, "\"ServiceName\":\"%s\",\"ImagePath\":\"C:\\\\x.exe\"", u);
        event(b, t, c, "System", "Service Control Manager", 7045, record, f);
        return;
    case 6:
        snprintf(f, sizeof f,
                 "\"SubjectUserName\":\"%s\",\"ShareName\":\"\\\\\\\\*\\\\C$\",\"RelativeTargetName\":\"a.dll\""
                 ",\"AccessMask\":\"0x2\",\"IpAddress\":\"10.0.0.%u\"", u, ip);
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 5145, record, f);
        return;
    case 7:
        snprintf(f, sizeof f, "\"TargetUserName\":\"%s\",\"TargetDomainName\":\"WS%u\"", u, ip);
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 4740, record, f);
        return;
    case 8:
        snprintf(f, sizeof f, "\"NewProcessName\":\"a\",\"CommandLine\":\"%s\"", rnd(2) ? "a b" : "");
        event(b, t, c, "Security", "Microsoft-Windows-Security-Auditing", 4688, record, f);
        return;
    default:
        line(b, t, c, "Security", 4625, record, u);
    }
}

#define FILES 6

/* Six files; the last is the fourth under another name. */
static void any_world(world *w, char path[FILES][128])
{
    cor_buf kept = {0};
    world_new(w);
    for (unsigned i = 0; i < FILES; i++) {
        cor_buf a = {0};
        char name[32];
        for (unsigned k = 0; k < 300; k++)
            any_event(&a);
        snprintf(name, sizeof name, "in/%u.jsonl", i);
        snprintf(path[i], sizeof path[i], "%s/%s", w->dir, name);
        if (i == 3)
            cor_buf_str(&kept, cor_buf_view(&a));
        const cor_buf *b = i == FILES - 1 ? &kept : &a;
        world_file(w, name, b->p, b->n);
        cor_buf_free(&a);
    }
    cor_buf_free(&kept);
}

static void equal(const cor_buf *a, const cor_buf *b, const char *what)
{
    if (cor_str_eq(cor_buf_view(a), cor_buf_view(b)))
        return;
    size_t i = 0, from;
    while (i < a->n && i < b->n && a->p[i] == b->p[i])
        i++;
    for (from = i; from > 0 && a->p[from - 1] != '\n'; from--)
        ;
    fail_msg("%s: %.300s ... but %.300s", what, (const char *)a->p + from, (const char *)b->p + from);
}

/* The case of these files, read in the order and the gathers that `cut` says: bit i: a new one begins before file i. */
static void case_of(cor_buf *text, const setup *s, const world *w, char path[FILES][128], const unsigned *order,
                    unsigned cut, int threads,
                    size_t memory)
{
    static unsigned no;
    char name[32];
    const char *list[FILES];
    size_t n = 0;
    snprintf(name, sizeof name, "case%u", no++);
    cor_case *c = open_case(w, name, COR_CASE_ADD);
    for (unsigned i = 0; i < FILES; i++) {
        if (n != 0 && cut >> i & 1) {
            read_in(c, s, list, n, threads, memory);
            conclude(c, s);
            n = 0;
        }
        list[n++] = path[order[i]];
    }
    read_in(c, s, list, n, threads, memory);
    conclude(c, s);
    dump(c, text, true);
    cor_case_close(c);
}

static void no_way_of_reading_shows(void **state)
{
    (void)state;
    setup s;
    world w;
    char path[FILES][128];
    unsigned order[FILES] = {0, 1, 2, 3, 4, 5};
    cor_buf one = {0}, other = {0};
    setup_open(&s);
    seed = 7;
    any_world(&w, path);
    case_of(&one, &s, &w, path, order, 0, 1, 0);
    for (unsigned kind = 0; kind < COR_FACT_N; kind++) { /* the test means something */
        char want[32];
        snprintf(want, sizeof want, "\nT %s ", cor_fact_name[kind]);
        if (strstr((const char *)one.p, want) == NULL && kind != COR_FACT_LOGON_EXPLICIT &&
            kind != COR_FACT_VALIDATION &&
            kind != COR_FACT_TASK && kind != COR_FACT_REGISTRY && kind != COR_FACT_LOG)
            fail_msg("no %s", want);
    }
    assert_non_null(strstr((const char *)one.p, "rule=id-corr"));
    for (unsigned round = 0; round < 12; round++) {
        for (unsigned i = FILES - 1; i > 0; i--) {
            unsigned k = rnd(i + 1), x = order[i];
            order[i] = order[k];
            order[k] = x;
        }
        case_of(&other, &s, &w, path, order, rnd(64), 1 + (int)rnd(3), round % 3 == 0 ? 1 : 0);
        equal(&one, &other, "read in another way");
    }
    cor_buf_free(&one);
    cor_buf_free(&other);
    world_free(&w);
    kit_close(&s.k);
}

/* Again, under another name, and in a backup that overlaps: neither findings nor facts nor hosts change. */
static void nothing_counts_twice(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, before = {0}, after = {0};
    char in[128], more[128], backup[128];
    setup_open(&s);
    world_new(&w);
    for (int i = 0; i < 3; i++)
        line(&a, i, "DC1.corp", "Security", 4625, (unsigned)i + 1, "bob");
    line(&a, 4, "DC1.corp", "Security", 4624, 4, "amy");
    size_t two = (size_t)((char *)memchr(a.p, '\n', a.n) - (char *)a.p) + 1;
    world_file(&w, "in/a.jsonl", a.p, a.n);
    world_file(&w, "in2/zz.jsonl", a.p, a.n);
    world_file(&w, "in3/zzz.jsonl", a.p + two, a.n - two); /* lacks the first record */
    snprintf(in, sizeof in, "%s/in", w.dir);
    snprintf(more, sizeof more, "%s/in2", w.dir);
    snprintf(backup, sizeof backup, "%s/in3", w.dir);
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    const char *path[] = {in};
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &before, true);
    read_in(c, &s, path, 1, 2, 0);
    conclude(c, &s);
    dump(c, &after, true);
    equal(&before, &after, "read again");
    dump(c, &before, false);
    path[0] = more;
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &after, false);
    equal(&before, &after, "under another name");
    path[0] = backup;
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &after, false);
    /* records are those of all files of different content */
    const char *h = strstr((const char *)after.p, "H DC1 \"DC1.corp\" 7 ");
    assert_non_null(h);
    assert_non_null(strstr((const char *)before.p, "H DC1 \"DC1.corp\" 4 "));
    assert_string_equal(strchr((const char *)after.p, '\n'), strchr((const char *)before.p, '\n'));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&before);
    cor_buf_free(&after);
    world_free(&w);
    kit_close(&s.k);
}

/* Evidence added later correlates with the old; a computer's suffix that only later logs tell is known for all. */
static void later_evidence_joins_in(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    char file[3][128];
    setup_open(&s);
    world_new(&w);
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "in/%d.jsonl", i);
        snprintf(file[i], sizeof file[i], "%s/%s", w.dir, name);
        cor_buf_clear(&a);
        line(&a, 10 * i, i == 2 ? "DC1.corp" : "DC1", "Security", 4625, (unsigned)i + 1, "bob");
        world_file(&w, name, a.p, a.n);
    }
    for (int i = 2; i >= 0; i--) {
        const char *path[] = {file[i]};
        read_in(c, &s, path, 1, 1, 0);
        conclude(c, &s);
        dump(c, &text, true);
        assert_true((strstr((const char *)text.p, "rule=id-corr") != NULL) == (i == 0));
    }
    assert_non_null(strstr((const char *)text.p, "H DC1 \"DC1\" \"DC1.corp\" 3 "));
    assert_non_null(strstr((const char *)text.p,
                           "computer= channel=Security host=DC1 id=4625 record=0 {TargetUserName: bob} <0.jsonl 1 "));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* Rules that changed: read again, the case is what a new one would be; without, old findings stay. */
static void changed_rules(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, old = {0}, text = {0}, fresh = {0};
    char in[128];
    setup_open(&s);
    world_new(&w);
    for (int i = 0; i < 4; i++)
        line(&a, i, "DC1", "Security", 4625, (unsigned)i + 1, "bob");
    line(&a, 9, "DC1", "Security", 4624, 9, "amy");
    line(&a, 10, "DC1", "Security", 4624, 10, "admin");
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &old, true);
    assert_non_null(strstr((char *)old.p, "rule=id-corr"));
    s.k.rule[1]->expr = kit_t(&s.k, COR_OP_EQUALS, "TargetUserName", "amy"); /* of the two logons one is left */
    s.k.rule[0]->expr = kit_t(&s.k, COR_OP_EQUALS, "TargetUserName", "nobody"); /* feeds the correlation nothing */
    conclude(c, &s);
    dump(c, &text, true);
    assert_string_equal((char *)text.p, (char *)old.p);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &text, true);
    cor_case_close(c);
    c = open_case(&w, "fresh", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &fresh, true);
    cor_case_close(c);
    equal(&fresh, &text, "read again with changed rules");
    assert_null(strstr((char *)text.p, "rule=id-corr"));
    assert_null(strstr(strstr((char *)text.p, "rule=id-good") + 1, "rule=id-good"));
    cor_buf_free(&a);
    cor_buf_free(&old);
    cor_buf_free(&text);
    cor_buf_free(&fresh);
    world_free(&w);
    kit_close(&s.k);
}

/* ---- what else is kept ---- */

static cor_code one_verdict(void *ctx, size_t i, cor_case_verdict *v, cor_err *e)
{
    (void)e;
    *v = ((cor_case_verdict *)ctx)[i];
    return COR_OK;
}

static cor_code on_said(void *ctx, const cor_said *s, cor_err *e)
{
    cor_buf *b = ctx;
    (void)e;
    cor_buf_fmt(b, "%.*s|%.*s|%.*s|%.*s|%d;", COR_STR_FMT(s->host), COR_STR_FMT(s->verdict), COR_STR_FMT(s->text),
                COR_STR_FMT(s->by),
                (int)s->when);
    return COR_OK;
}

static void what_people_say_stays(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    cor_err e = {0};
    cor_arena mem = {0};
    cor_str value;
    char in[128];
    setup_open(&s);
    world_new(&w);
    line(&a, 1, "DC1", "Security", 4624, 4, "amy");
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    assert_int_equal(cor_case_get(c, "now", &mem, &value, &e), COR_OK);
    assert_null(value.p);
    assert_int_equal(cor_case_set(c, "now", COR_S("1"), &e), COR_OK);
    assert_int_equal(cor_case_set(c, "now", COR_S("it's \"2\""), &e), COR_OK);
    cor_case_close(c);
    c = open_case(&w, "case", COR_CASE_READ); /* for reading, and for notes */
    assert_int_equal(cor_case_say(c, &(cor_said){COR_S("WS1"), COR_S(""), COR_S("a note"), COR_S("me"), 5}, &e),
                     COR_OK);
    assert_int_equal(cor_case_say(c, &(cor_said){COR_S("WS1"), COR_S("clean"), COR_S("it's a test"), COR_S("me"), 4},
                                  &e), COR_OK);
    cor_case_close(c);
    c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    cor_case_verdict v[] = {{.host = COR_S("DC1"), .verdict = COR_S("unknown"), .first = COR_NOTIME, .last = 3},
                                  {.host = COR_S("X"), .verdict = COR_S("clean"), .first = 1, .last = 2}};
    assert_int_equal(cor_case_put_verdicts(c, 2, one_verdict, v, &e), COR_OK);
    assert_int_equal(cor_case_put_verdicts(c, 1, one_verdict, v, &e), COR_OK);
    assert_int_equal(cor_case_get(c, "now", &mem, &value, &e), COR_OK);
    assert_str(value, "it's \"2\"");
    assert_int_equal(cor_case_said(c, on_said, &text, &e), COR_OK);
    assert_str(cor_buf_view(&text), "WS1||a note|me|5;WS1|clean|it's a test|me|4;");
    assert_int_equal(cor_case_set(c, "now", (cor_str){NULL, 0}, &e), COR_OK);
    assert_int_equal(cor_case_get(c, "now", &mem, &value, &e), COR_OK);
    assert_null(value.p);
    cor_case_close(c);
    cor_arena_free(&mem);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

static cor_code on_id(void *ctx, const cor_case_finding *f, cor_err *e)
{
    (void)e;
    cor_buf_fmt(ctx, "%.*s ", COR_STR_FMT(f->rule_id));
    return COR_OK;
}

static void filters(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    cor_err e = {0};
    char in[128];
    setup_open(&s);
    world_new(&w);
    line(&a, 10, "DC1", "Security", 4625, 1, "bob");
    line(&a, 20, "DC2", "Security", 4625, 2, "bob");
    line(&a, 30, "DC2", "Security", 4625, 3, "bob");
    line(&a, 40, "DC1", "Security", 4624, 4, "amy");
    line(&a, -1, "DC2", "Security", 4624, 5, "eve");
    s.k.rule[1]->builtin = true;
    s.k.rule[1]->sign = COR_S("LAT9");
    s.k.rule[2]->sign = COR_S("LAT8"); /* not ours */
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    const cor_time t0 = cor_time_from_civil(2026, 3, 3, 8, 0, 0, 0);
#define AT(second) (t0 + (second)*COR_SECOND)
    const struct {
        cor_case_filter f;
        const char *want;
    } row[] = {
        {{.from = COR_NOTIME, .to = COR_NOTIME}, "id-good id-corr id-good "},
        /* one of the correlation's events is here */
        {{.host = COR_S("DC1"), .from = COR_NOTIME, .to = COR_NOTIME}, "id-corr id-good "},
        {{.host = COR_S("DC2"), .from = COR_NOTIME, .to = COR_NOTIME}, "id-good id-corr "},
        {{.host = COR_S("dc1"), .from = COR_NOTIME, .to = COR_NOTIME}, ""},
        {{.from = AT(25), .to = COR_NOTIME}, "id-corr id-good "}, /* the correlation lasts till then */
        {{.from = AT(31), .to = COR_NOTIME}, "id-good "},
        {{.from = COR_NOTIME, .to = AT(10)}, "id-corr "},
        {{.from = COR_NOTIME, .to = AT(9)}, ""},
        {{.from = COR_NOTIME, .to = COR_NOTIME, .signs = true}, "id-good id-good "},
        {{.id = COR_S("zz"), .from = COR_NOTIME, .to = COR_NOTIME}, ""},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_buf_clear(&text);
        assert_int_equal(cor_case_findings(c, &row[i].f, on_id, &text, &e), COR_OK);
        cor_buf_c(&text, '\0');
        if (strcmp((char *)text.p, row[i].want) != 0)
            fail_msg("row %zu: %s", i, (char *)text.p);
    }
    cor_buf_clear(&text);
    assert_int_equal(cor_case_facts(c, 1u << COR_FACT_LOGON | 1u << COR_FACT_ALIVE, COR_S("DC1"), on_fact, &text, &e),
                     COR_OK);
    cor_buf_c(&text, '\0');
    assert_null(strstr((char *)text.p, "host=DC2"));
    assert_null(strstr((char *)text.p, "T logon_failed"));
    assert_non_null(strstr((char *)text.p, "T logon "));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* Record ids that are missing: between files, within one, and not where many machines share the log. */
static void gaps_of_records(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, b = {0}, text = {0};
    char in[128];
    setup_open(&s);
    world_new(&w);
    for (unsigned i = 1; i <= 10; i++)
        if (i != 4) /* lost */
            line(&a, (int)i, "WS1", "Security", 1, i, "x");
    for (unsigned i = 15; i <= 20; i++) /* 11 to 14 were never collected */
        line(&b, (int)i, "WS1", "Security", 1, i, "x");
    line(&b, 30, "WS2", "System", 1, 5, "x");
    line(&b, 31, "WS3", "System", 1, 5, "x");
    line(&b, 32, "WS2", "System", 1, 9, "x");
    world_file(&w, "in/a.jsonl", a.p, a.n);
    world_file(&w, "in/b.jsonl", b.p, b.n);
    cor_buf_clear(&a);
    for (unsigned i = 9; i >= 1; i--) /* newest first, as some export */
        if (i != 5 && i != 6)
            line(&a, (int)i, "WS4", "Security", 1, i, "x");
    world_file(&w, "in/c.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    dump(c, &text, true);
    assert_non_null(strstr((char *)text.p, " Security=7 gaps=2 until 2026-03-03T08:00:07Z "));
    assert_non_null(strstr((char *)text.p, " Security=15 gaps=5 until 2026-03-03T08:00:15Z "));
    assert_non_null(strstr((char *)text.p, " System=2 low"));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&b);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out),
        cmocka_unit_test(no_way_of_reading_shows),
        cmocka_unit_test(nothing_counts_twice),
        cmocka_unit_test(later_evidence_joins_in),
        cmocka_unit_test(changed_rules),
        cmocka_unit_test(what_people_say_stays),
        cmocka_unit_test(filters),
        cmocka_unit_test(gaps_of_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
