/* The fast engine and its parts against plain ways of getting the same answer, on seeded random rules and values. */
#include "base/alloc.h"
#include "sigma/fold.h"
#include "sigma/scan.h"
#include "tests/unit/sigma/kit.h"

static uint64_t seed;

static uint32_t dice(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

/* Pieces that overlap, repeat and differ in case, so that random literals do occur in random values. */
static const char *const piece[] = {
    "cmd",
    "CMD",
    ".exe",
    ".EXE",
    "\\",
    "c:\\windows\\",
    "C:\\Windows\\System32",
    "a",
    "A",
    "b",
    "aa",
    "ab",
    " -enc ",
    " -ENC ",
    "-e",
    "http",
    "http://",
    "k",
    "s",
    "\xe2\x84\xaa",
    "\xc5\xbf",
    "\xc3\x84",
    "\xc3\xa4",
    "\xd0\x96",
    "\xf0\x9f\x98\x80",
    "1",
    "10",
    "0x1f",
    "192.168.1.7",
    "fe80::1",
    "%%1904",
    "powershell",
    "PowerShell",
    "svchost",
    " ",
    "  ",
    "\"",
    "^",
    "true",
    "\n",
    "a\na",
    "2026-03-03T08:12:40Z",
    "-",
    "S-1-16-12288",
    "*",
};

static const char *text(kit *k, uint32_t most)
{
    char t[512] = "";
    for (uint32_t n = dice(most + 1); n > 0; n--)
        strcat(t, piece[dice(COR_LEN(piece))]);
    char *p = kit_get(k, strlen(t) + 1);
    strcpy(p, t);
    return p;
}

static const char *const field[] = {"A",       "B",        "C",     "D", "ThreatName", "EventID", "EventId",
                                    "Channel", "Computer", "Level", "M", "J",          "X",       "Z"};
static const char *const regex[] = {"a",
                                    "^a",
                                    "a$",
                                    "cmd.*exe",
                                    "(?i)CMD",
                                    "[ab]{2,}",
                                    "\\\\windows\\\\",
                                    "s+k?",
                                    "K",
                                    "\\d+",
                                    "(a|b)c",
                                    "",
                                    "http(s)?://",
                                    "-e\\w+ ",
                                    "(?i)windows",
                                    "sk|ks",
                                    "\\.exe$",
                                    "(?s)^.*$",
                                    "k{0}s",
                                    "ab?c",
                                    "a.*a.*a.*a",
                                    "(?i)s.*s.*s.*s.*s",
                                    "-.*-.*-.*-+",
                                    "(?s)-.*-.*-.*-",
                                    "a[^b]*a[^b]*a[^b]*a",
                                    "(?:aa)+b",
                                    "(?i)sk",
                                    "(?i)ka",
                                    "power(?#x)shell",
                                    "[^a]s"};

static cor_test *random_test(kit *k)
{
    static const cor_op op[] = {COR_OP_EQUALS,     COR_OP_CONTAINS, COR_OP_CONTAINS, COR_OP_CONTAINS,
                                COR_OP_STARTSWITH, COR_OP_ENDSWITH, COR_OP_ENDSWITH, COR_OP_PATTERN,
                                COR_OP_REGEX,      COR_OP_CIDR,     COR_OP_NULL,     COR_OP_EXISTS,
                                COR_OP_COMPARE,    COR_OP_TIMEPART, COR_OP_FIELDREF, COR_OP_FALSE};
    const char *f = dice(10) == 0 ? NULL : field[dice(COR_LEN(field))];
    cor_op o = op[dice(COR_LEN(op))];
    cor_test *t =
        kit_test(k, o, f, o == COR_OP_REGEX ? regex[dice(COR_LEN(regex))] : text(k, o == COR_OP_EQUALS ? 2 : 3));
    if (o == COR_OP_PATTERN) {
        char p[600];
        snprintf(p, sizeof p, "%s%s%s%s", dice(2) ? "*" : "", t->text.p, dice(2) ? "?" : "*", text(k, 1));
        char *copy = kit_get(k, strlen(p) + 1);
        strcpy(copy, p);
        t = kit_pattern(k, f, copy);
    }
    if (f != NULL && strcmp(f, "EventID") == 0 && o == COR_OP_EQUALS)
        t->text = dice(2) ? COR_S("1") : COR_S("4688");
    t->cased = o != COR_OP_REGEX && dice(6) == 0;
    t->re_flags = dice(8);
    t->wanted = dice(2);
    t->cmp = (cor_cmp)dice(6);
    t->number = dice(12);
    t->part = (cor_timepart)dice(6);
    t->ref_field = cor_str_of(field[dice(COR_LEN(field))]);
    t->ref_op = op[dice(7)];
    t->net[10] = t->net[11] = 0xff;
    t->net[12] = 192, t->net[13] = 168;
    t->net_bits = (uint8_t)(96 + dice(17));
    return t;
}

static cor_node *random_node(kit *k, uint32_t depth)
{
    if (depth == 0 || dice(4) == 0)
        return kit_leaf(k, random_test(k));
    if (dice(5) == 0)
        return KIT_NOT(k, random_node(k, depth - 1));
    cor_node *child[6];
    uint32_t n = dice(7);
    if (n == 0 && dice(4) != 0)
        n = 2;
    for (uint32_t i = 0; i < n; i++)
        child[i] = random_node(k, depth - 1);
    return kit_list(k, dice(2) ? COR_NODE_AND : COR_NODE_OR, n, child);
}

static void random_rules(kit *k, uint32_t n)
{
    static const struct {
        const char *channel;
        uint32_t id;
    } place[] = {{"Sysmon", 1}, {"Sysmon", 0}, {"Security", 4688}, {"Security", 0}, {NULL, 0}, {NULL, 1}};
    const cor_source *source[COR_LEN(place)];
    for (size_t i = 0; i < COR_LEN(place); i++) {
        cor_source *s = kit_source(k, place[i].channel, place[i].id);
        if (i % 2 == 0) {
            kit_map(k, s, "A", "B", COR_CONV_NONE);
            kit_map(k, s, "M", "C", COR_CONV_HEX_TO_DECIMAL);
            kit_map(k, s, "J", "A+D", COR_CONV_REGISTRY_PATH);
            kit_map(k, s, "X", NULL, COR_CONV_NONE)->constant = COR_S("c:\\windows\\cmd.exe");
        }
        if (i == 2) {
            static const cor_str value[] = {{"a", 1}, {"AB", 2}, {"cmd.exe", 7}};
            struct cor_require *q = kit_get(k, sizeof *q);
            *q = (struct cor_require){COR_S("D"), value, 3};
            s->require = q;
            s->n_require = 1;
        }
        source[i] = s;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = dice(COR_LEN(place)), count = 1 + dice(2);
        if (from + count > COR_LEN(place))
            count = 1;
        kit_rule(k, random_node(k, 3), count, source + from);
    }
}

static cor_val random_value(kit *k)
{
    static const uint8_t type[] = {COR_V_NULL,
                                   COR_V_I8,
                                   COR_V_U8,
                                   COR_V_I16,
                                   COR_V_U16,
                                   COR_V_I32,
                                   COR_V_U32,
                                   COR_V_I64,
                                   COR_V_U64,
                                   COR_V_F32,
                                   COR_V_F64,
                                   COR_V_BOOL,
                                   COR_V_BINARY,
                                   COR_V_GUID,
                                   COR_V_SIZE,
                                   COR_V_FILETIME,
                                   COR_V_SYSTIME,
                                   COR_V_SID,
                                   COR_V_HEX32,
                                   COR_V_HEX64,
                                   COR_V_ANSI,
                                   COR_V_ANSI | COR_V_ARRAY,
                                   COR_V_U16 | COR_V_ARRAY,
                                   COR_V_HEX64 | COR_V_ARRAY,
                                   COR_V_UTF16 | COR_V_ARRAY,
                                   COR_V_UTF16,
                                   COR_V_UTF8};
    switch (dice(6)) {
    case 0: case 1: return kit_utf16(k, text(k, 8));
    case 2: return kit_utf8(text(k, 8));
    case 3: { /* several strings */
        cor_val a = kit_utf16(k, text(k, 4)), b = kit_utf16(k, text(k, 4));
        uint8_t *p = kit_get(k, a.len + b.len + 4);
        if (a.len != 0)
            memcpy(p, a.p, a.len);
        if (b.len != 0)
            memcpy(p + a.len + 2, b.p, b.len);
        return (cor_val){p, a.len + b.len + 4, COR_V_UTF16 | COR_V_ARRAY};
    }
    default: { /* any type, any bytes */
        uint32_t n = dice(40);
        uint8_t *p = kit_get(k, n + 1);
        for (uint32_t i = 0; i < n; i++)
            p[i] = (uint8_t)(dice(3) == 0 ? dice(256) : dice(4));
        return (cor_val){p, n, type[dice(COR_LEN(type))]};
    }
    }
}

/* text: of values in UTF-16 and numbers alone. */
static void random_event(kit *k, bool text_only)
{
    static const char *const channel[] = {"Sysmon", "SYSMON", "Security", "Other"};
    static const uint32_t id[] = {1, 4688, 2, 0};
    static const char *const name[] = {"A", "B", "C", "D", "Threat Name", "Data", "Data", "A", "Z", "EventID"};
    kit_event(k, channel[dice(4)], id[dice(4)]);
    if (dice(3) == 0)
        k->ev.sys[COR_SYS_LEVEL] = random_value(k);
    if (dice(3) != 0)
        k->ev.sys[COR_SYS_PROVIDER_NAME] = k->ev.head.provider = kit_utf16(k, piece[dice(COR_LEN(piece))]);
    if (dice(3) != 0)
        k->ev.sys[COR_SYS_COMPUTER] = kit_utf8(piece[dice(COR_LEN(piece))]);
    for (uint32_t i = 0; i < COR_LEN(name); i++)
        if (dice(3) != 0)
            kit_val(k, name[i], !text_only     ? random_value(k)
                                : dice(4) != 0 ? kit_utf16(k, text(k, 8))
                                               : (cor_val){kit_get(k, 4), 4, COR_V_U32});
    kit_done(k);
}

/* The values as a binary log holds them: one behind the other, at any byte; some may lie elsewhere. */
static void side_by_side(kit *k, bool all)
{
    size_t n = 0;
    for (uint32_t i = 0; i < k->n; i++)
        n += k->val[i].len;
    uint8_t *p = kit_get(k, n + COR_EVENT_RAW_PAD);
    k->ev.raw = (cor_str){(const char *)p, n};
    for (uint32_t i = 0; i < k->n; i++) {
        if (k->val[i].len == 0 || (!all && dice(4) == 0))
            continue;
        memcpy(p, k->val[i].p, k->val[i].len);
        k->val[i].p = p;
        p += k->val[i].len;
    }
}

static void engines_agree(void **state)
{
    (void)state;
    uint64_t hits = 0, spared = 0;
    for (uint32_t round = 0; round < 240; round++) {
        seed = round + 1;
        kit k;
        kit_open(&k);
        random_rules(&k, round % 2 ? 60 : 4); /* few literals are swept for, many are not */
        cor_plan *plain, *fast;
        assert_int_equal(cor_plan_new(&k.set, COR_ENGINE_PLAIN, &plain, NULL), COR_OK);
        assert_int_equal(cor_plan_new(&k.set, COR_ENGINE_FAST, &fast, NULL), COR_OK);
        cor_matcher *p = cor_matcher_new(plain), *f = cor_matcher_new(fast);
        for (uint32_t i = 0; i < 50; i++) {
            const uint32_t *a, *b = NULL;
            uint32_t n = 0, m = 0;
            bool swept = dice(2), all = dice(2);
            random_event(&k, swept);
            if (swept)
                side_by_side(&k, all);
            assert_int_equal(cor_matcher_event(p, &k.ev, &a, &n, NULL), COR_OK);
            if (cor_matcher_want(f, &k.ev.head))
                assert_int_equal(cor_matcher_event(f, &k.ev, &b, &m, NULL), COR_OK);
            if (n != m || (n != 0 && memcmp(a, b, n * sizeof *a) != 0))
                fail_msg("round %u event %u: plain has %u rules, fast %u", round, i, n, m);
            hits += n;
            if (swept && all && cor_matcher_want(f, &k.ev.head) && cor_matcher_spare(f, &k.ev)) {
                spared++;
                if (n != 0)
                    fail_msg("round %u event %u: spared, though %u rules match", round, i, n);
            }
        }
        cor_matcher_free(p);
        cor_matcher_free(f);
        cor_plan_free(plain);
        cor_plan_free(fast);
        kit_close(&k);
    }
    assert_true(hits > 10000); /* else the rules are too strange to say anything */
    if (spared < 20)
        fail_msg("%llu events spared", (unsigned long long)spared);
}

static void folding_agrees(void **state)
{
    (void)state;
    seed = 7;
    kit k;
    kit_open(&k);
    cor_buf want = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        cor_val v = random_value(&k), item;
        size_t at = 0;
        while (cor_val_item(v, &at, &item)) {
            cor_buf_clear(&want);
            if (item.len != 0)
                cor_fold_utf8(cor_val_text(&k.mem, item), &want);
            cor_str got = cor_fold_val(&k.mem, item);
            assert_int_equal(got.n, want.n);
            assert_memory_equal(got.p, want.p, want.n);
        }
    }
    cor_buf_free(&want);
    kit_close(&k);
}

static bool there(const cor_literal *l, cor_str t)
{
    cor_str s = l->text;
    if (s.n > t.n || (l->where == COR_AT_WHOLE && s.n != t.n))
        return false;
    if (l->where == COR_AT_INSIDE)
        return s.n == 0 || memmem(t.p, t.n, s.p, s.n) != NULL;
    return memcmp(l->where == COR_AT_TAIL ? t.p + t.n - s.n : t.p, s.p, s.n) == 0;
}

static void scanning_agrees(void **state)
{
    (void)state;
    enum { LITERALS = 3000, TEXTS = 300 };
    seed = 99;
    kit k;
    kit_open(&k);
    cor_literal *lit = kit_get(&k, LITERALS * sizeof *lit);
    for (uint32_t i = 0; i < LITERALS; i++) { /* texts of a few letters, so that most keys are shared */
        uint32_t n = dice(14);
        char *p = kit_get(&k, n + 1);
        for (uint32_t c = 0; c < n; c++)
            p[c] = (char)("abcd\\."[dice(i % 2 ? 6 : 3)]);
        lit[i] = (cor_literal){{p, n}, i, (cor_where)dice(4)};
    }
    cor_arena mem = {0};
    cor_scan *s = cor_scan_make(lit, LITERALS, &mem);
    assert_non_null(s);
    uint32_t *mark = kit_get(&k, LITERALS * sizeof *mark), *hit = kit_get(&k, LITERALS * sizeof *hit), found = 0;
    for (uint32_t i = 0; i < TEXTS; i++) {
        uint32_t n = dice(60);
        char *p = kit_get(&k, n + COR_SCAN_PAD);
        for (uint32_t c = 0; c < n; c++)
            p[c] = (char)("abcd\\."[dice(i % 2 ? 6 : 3)]);
        cor_marks m = {mark, i + 1, hit, 0};
        cor_scan_run(s, (cor_str){p, n}, &m);
        uint32_t want = 0;
        for (uint32_t l = 0; l < LITERALS; l++) {
            bool is = there(&lit[l], (cor_str){p, n});
            want += is;
            if (is != (mark[l] == m.now))
                fail_msg("literal \"%.*s\" at %d on \"%.*s\"", COR_STR_FMT(lit[l].text), (int)lit[l].where, (int)n, p);
        }
        assert_int_equal(m.n, want);
        found += want;
    }
    assert_true(found > TEXTS);
    cor_arena_free(&mem);
    kit_close(&k);
}

/* Every allocation of planning and matching fails once: an error, never a wrong answer, a crash or a leak. */
static void out_of_memory(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    seed = 5;
    random_rules(&k, 25);
    do
        random_event(&k, false);
    while (k.ev.head.event_id != 1);
    for (size_t engine = 0; engine < 2; engine++) {
        uint32_t right = 0;
        for (long at = -1;; at++) {
            cor_plan *p = NULL;
            cor_matcher *m = NULL;
            const uint32_t *rule;
            uint32_t n = 0;
            cor_err e = {0};
            cor_oom_at(at);
            cor_code c = cor_plan_new(&k.set, engine == 0 ? COR_ENGINE_PLAIN : COR_ENGINE_FAST, &p, &e);
            if (c == COR_OK && (m = cor_matcher_new(p)) == NULL)
                c = COR_ENOMEM;
            if (c == COR_OK && !cor_matcher_want(m, &k.ev.head))
                fail_msg("allocation %ld: an event went unseen", at);
            if (c == COR_OK)
                c = cor_matcher_event(m, &k.ev, &rule, &n, &e);
            bool fired = cor_oom_fired();
            cor_oom_at(-1);
            assert_true(c == COR_OK || c == COR_ENOMEM);
            if (at < 0)
                right = n;
            if (c == COR_OK)
                assert_int_equal(n, right);
            cor_matcher_free(m);
            cor_plan_free(p);
            if (at >= 0 && !fired)
                break;
        }
    }
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_agree),
        cmocka_unit_test(folding_agrees),
        cmocka_unit_test(scanning_agrees),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
