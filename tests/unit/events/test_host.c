#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/intern.h"
#include "events/host.h"
#include "events/host_rows.h"

/* One log's share of one computer. ids 0..0: none known. */
typedef struct seen {
    const char *input, *channel, *computer;
    uint64_t from, to;
    bool through;
    uint32_t sid[2]; /* last parts of machine SIDs told; 0: none */
} seen;

#define ROWS_MAX 16

typedef struct expectation {
    const char *what;
    seen row[ROWS_MAX];
    const char *host[ROWS_MAX]; /* of each row; by the name that cor_ident carries */
} expectation;

#define OWN(input, channel, computer, from, to) {input, channel, computer, from, to, false, {0}}
#define FWD(input, channel, computer, from, to) {input, channel, computer, from, to, true, {0}}
#define SID(input, computer, ...) {input, "Security", computer, 1, 100, false, {__VA_ARGS__}}

static const expectation cases[] = {
    {"a rename while the ids run on; the clock does not matter",
     {OWN("h/System.evtx", "System", "WIN-C89CFTIHC0I", 1, 112),
      OWN("h/System.evtx", "System", "DESKTOP-TMKU40H", 113, 831)},
     {"DESKTOP-TMKU40H", "DESKTOP-TMKU40H"}},
    {"three names in a row",
     {OWN("x", "Setup", "MINWINPC", 1, 5), OWN("x", "Setup", "WIN-28GFHAGEV4P", 6, 9),
      OWN("x", "Setup", "DESKTOP-GNCCVRK", 10, 11)},
     {"DESKTOP-GNCCVRK", "DESKTOP-GNCCVRK", "DESKTOP-GNCCVRK"}},
    {"a gap in the ids joins nothing",
     {OWN("x", "System", "A", 1, 5), OWN("x", "System", "B", 7, 9)},
     {"A", "B"}},
    {"interleaved ids: a shared log",
     {OWN("x", "Security", "A", 1, 50), OWN("x", "Security", "B", 40, 90), OWN("x", "Security", "C", 91, 99)},
     {"A", "B", "C"}},
    {"forwarded: ids that happen to touch mean nothing",
     {FWD("x", "Security", "A", 1, 50), FWD("x", "Security", "B", 51, 90), OWN("y", "ForwardedEvents", "C", 1, 2),
      OWN("y", "ForwardedEvents", "D", 3, 4)},
     {"A", "B", "C", "D"}},
    {"one record through a collector makes the log a shared one",
     {OWN("x", "Security", "A", 1, 50), OWN("x", "Security", "B", 51, 90), FWD("x", "Security", "B", 91, 91)},
     {"A", "B", "B"}},
    {"machines of one image share their first name",
     {OWN("h1/S", "System", "GOLD", 1, 10), OWN("h1/S", "System", "PC1", 11, 20),
      OWN("h2/S", "System", "GOLD", 1, 10), OWN("h2/S", "System", "PC2", 11, 20),
      OWN("h3/S", "System", "GOLD", 1, 99)},
     {"PC1", "PC1", "PC2", "PC2", "GOLD"}},
    {"a log of the same folder that ends before the rename",
     {OWN("h1/S", "System", "GOLD", 1, 10), OWN("h1/S", "System", "PC1", 11, 20),
      OWN("h1/Setup", "Setup", "GOLD", 1, 3), OWN("h2/Setup", "Setup", "GOLD", 1, 3),
      OWN("h.zip!Setup", "Setup", "GOLD", 1, 3)},
     {"PC1", "PC1", "PC1", "GOLD", "GOLD"}},
    {"a folder where the old name has two successors says nothing",
     {OWN("S", "System", "GOLD", 1, 10), OWN("S", "System", "PC1", 11, 20), OWN("T", "System", "GOLD", 1, 10),
      OWN("T", "System", "PC2", 11, 20), OWN("U", "Setup", "GOLD", 1, 3)},
     {"PC1", "PC1", "PC2", "PC2", "GOLD"}},
    {"renames in different logs of a folder are followed",
     {OWN("h/a", "System", "ONE", 1, 10), OWN("h/a", "System", "TWO", 11, 20), OWN("h/b", "Security", "TWO", 1, 5),
      OWN("h/b", "Security", "THREE", 6, 9)},
     {"THREE", "THREE", "THREE", "THREE"}},
    {"there and back, each in another log: a circle joins nothing across logs",
     {OWN("h/a", "System", "ONE", 1, 10), OWN("h/a", "System", "TWO", 11, 20), OWN("h/b", "Security", "TWO", 1, 5),
      OWN("h/b", "Security", "ONE", 6, 9)},
     {"TWO", "TWO", "ONE", "ONE"}},
    {"letter case, and the suffix that a domain brings",
     {OWN("h/a", "System", "ws01", 1, 10), OWN("h/a", "System", "WS01.corp.example", 11, 20),
      FWD("fwd", "Security", "Ws01.CORP.example", 7, 7)},
     {"WS01", "WS01", "WS01"}},
    {"short and full name in different evidence",
     {OWN("a", "System", "DC01", 1, 10), OWN("b", "Security", "dc01.corp.example", 500, 600)},
     {"DC01", "DC01"}},
    {"two suffixes are two hosts; a short name goes with its folder, else alone",
     {OWN("a/x", "System", "DC01.a.example", 1, 10), OWN("b/x", "System", "DC01.b.example", 1, 10),
      OWN("a/y", "Security", "DC01", 1, 9), OWN("c/y", "Security", "DC01", 1, 9)},
     {"DC01.A.EXAMPLE", "DC01.B.EXAMPLE", "DC01.A.EXAMPLE", "DC01"}},
    {"two suffixes that a rename joins are one, also in forwarded logs",
     {OWN("a/x", "System", "DC01.a.example", 1, 10), OWN("a/x", "System", "DC01.b.example", 11, 20),
      FWD("fwd", "Security", "dc01.A.example", 3, 3), FWD("fwd", "Security", "DC01", 4, 4)},
     {"DC01", "DC01", "DC01", "DC01"}},
    {"addresses have no suffix; nobody is nobody",
     {FWD("a", "Security", "10.0.0.5", 1, 2), FWD("a", "Security", "10.0.0.6", 1, 2), OWN("b", "Security", "", 1, 2),
      OWN("c", "", "X", 1, 1)},
     {"10.0.0.5", "10.0.0.6", "", "X"}},
    {"no record ids",
     {OWN("a", "Security", "A", 0, 0), OWN("a", "Security", "B", 0, 0), OWN("a", "Security", "B", 5, 6)},
     {"A", "B", "B"}},
    {"one name, two machine SIDs: two hosts, each with the logs of its folder",
     {SID("a/Security", "WS02", 7), OWN("a/System", "System", "ws02", 1, 9), SID("b/Security", "WS02", 8),
      OWN("b/System", "System", "WS02", 1, 9)},
     {"WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-8)", "WS02 (S-1-5-21-1-2-8)"}},
    {"nobody can say whose the logs are that tell no SID, nor shared ones",
     {SID("a/Security", "WS02", 7), SID("b/Security", "WS02", 8), OWN("c/System", "System", "WS02", 1, 9),
      FWD("fwd", "Security", "WS02", 1, 9)},
     {"WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-8)", "WS02", "WS02"}},
    {"one machine SID, or one and none: one host, as without",
     {SID("a/Security", "WS02", 7), SID("b/Security", "WS02", 7), OWN("c/System", "System", "WS02", 1, 9)},
     {"WS02", "WS02", "WS02"}},
    {"a log that outlived its SID, and a copy from before",
     {SID("a/Security", "WS02", 7, 8), SID("b/Security", "WS02", 7), SID("c/Security", "WS02", 8),
      SID("d/Security", "WS02", 9)},
     {"WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-7)", "WS02 (S-1-5-21-1-2-9)"}},
    {"two SIDs in one folder part nothing",
     {SID("a/one", "WS02", 7), SID("a/two", "WS02", 8), OWN("a/System", "System", "WS02", 1, 9)},
     {"WS02", "WS02", "WS02"}},
    {"a SID joins no names: machines of one image share it",
     {SID("a/Security", "WS01", 7), SID("b/Security", "WS02", 7)},
     {"WS01", "WS02"}},
    {"a rename and a suffix first, then SIDs",
     {OWN("a/System", "System", "OLD", 1, 10), OWN("a/System", "System", "WS02.corp.example", 11, 20),
      SID("a/Security", "WS02", 7), SID("b/Security", "WS02.corp.example", 8)},
     {"WS02.CORP.EXAMPLE (S-1-5-21-1-2-7)", "WS02.CORP.EXAMPLE (S-1-5-21-1-2-7)", "WS02.CORP.EXAMPLE (S-1-5-21-1-2-7)",
      "WS02.CORP.EXAMPLE (S-1-5-21-1-2-8)"}},
    {"SIDs of a shared log say nothing of it",
     {{"a/Security", "Security", "WS02", 1, 50, true, {7}}, SID("b/Security", "WS02", 8)},
     {"WS02", "WS02"}},
};

static size_t rows_of(const expectation *x)
{
    size_t n = 0;
    while (n < ROWS_MAX && x->row[n].input != NULL)
        n++;
    return n;
}

static bool feed(cor_idents *h, const seen *s)
{
    cor_str input = cor_str_of(s->input), channel = cor_str_of(s->channel), computer = cor_str_of(s->computer);
    cor_ident_row *r = cor_idents_row(h, input, channel, computer, s->through);
    if (r == NULL)
        return false;
    cor_ident_row_see(r, s->from, s->from == 0 ? COR_NOTIME : (cor_time)s->from * COR_SECOND);
    cor_ident_row_see(r, s->to, s->to == 0 ? COR_NOTIME : (cor_time)s->to * COR_SECOND);
    for (int i = 0; i < 2 && s->sid[i] != 0; i++)
        if (!cor_ident_row_sid(h, r, &(cor_ident_sid){{1, 2, s->sid[i]}}))
            return false;
    return true;
}

static cor_str host_of(const cor_idents *h, const seen *s)
{
    uint32_t no = cor_idents_find(h, cor_str_of(s->input), cor_str_of(s->channel), cor_str_of(s->computer));
    return no == COR_NONE ? COR_S("(none)") : cor_idents_get(h, no)->name;
}

static void check(const cor_idents *h, const expectation *x, const char *how)
{
    for (size_t i = 0; i < rows_of(x); i++) {
        cor_str got = host_of(h, &x->row[i]);
        if (!cor_str_is(got, x->host[i]))
            fail_msg("%s (%s): row %zu is of %.*s, not %s", x->what, how, i, COR_STR_FMT(got), x->host[i]);
    }
    for (size_t i = 1; i < cor_idents_n(h); i++)
        assert_true(cor_str_cmp(cor_idents_get(h, i - 1)->name, cor_idents_get(h, i)->name) < 0);
}

static void names_become_hosts(void **state)
{
    (void)state;
    for (size_t c = 0; c < COR_LEN(cases); c++) {
        cor_idents *h = cor_idents_new();
        for (size_t i = 0; i < rows_of(&cases[c]); i++)
            assert_true(feed(h, &cases[c].row[i]));
        assert_int_equal(cor_idents_settle(h, NULL), COR_OK);
        check(h, &cases[c], "in order");
        cor_idents_free(h);
    }
}

/* However the evidence is spread over threads or machines, and in whatever order their parts come together. */
static void parts_make_the_same_hosts(void **state)
{
    (void)state;
    for (size_t c = 0; c < COR_LEN(cases); c++) {
        size_t n = rows_of(&cases[c]);
        for (unsigned split = 0; split < 1u << n && split < 64; split++) {
            cor_idents *part[3] = {cor_idents_new(), cor_idents_new(), cor_idents_new()};
            for (size_t i = n; i-- > 0;)
                assert_true(feed(part[split >> i & 1], &cases[c].row[i]));
            for (unsigned k = 0; k < 2; k++)
                assert_int_equal(cor_idents_absorb(part[2], part[k ^ (split & 1)], NULL), COR_OK);
            assert_int_equal(cor_idents_settle(part[2], NULL), COR_OK);
            check(part[2], &cases[c], "in parts");
            for (size_t k = 0; k < 3; k++)
                cor_idents_free(part[k]);
        }
    }
}

static void an_identity_tells_its_names(void **state)
{
    (void)state;
    cor_idents *h = cor_idents_new();
    static const seen rows[] = {
        OWN("h/a", "System", "old", 1, 10), OWN("h/a", "System", "NEW", 11, 20),
        FWD("f", "Security", "new.corp", 5, 6), FWD("f", "System", "NEW", 5, 30),
    };
    for (size_t i = 0; i < COR_LEN(rows); i++)
        assert_true(feed(h, &rows[i]));
    assert_int_equal(cor_idents_settle(h, NULL), COR_OK);
    assert_int_equal(cor_idents_n(h), 1);
    const cor_ident *x = cor_idents_get(h, 0);
    assert_int_equal(x->n_spelled, 3);
    assert_str(x->spelled[0], "NEW");
    assert_str(x->spelled[1], "new.corp");
    assert_str(x->spelled[2], "old");
    assert_int_equal(x->records, 8);
    assert_int_equal(x->first, 1 * COR_SECOND);
    assert_int_equal(x->last, 30 * COR_SECOND);
    assert_int_equal(cor_idents_find(h, COR_S("h/a"), COR_S("System"), COR_S("unseen")), COR_NONE);
    assert_false(cor_idents_cut(h));
    cor_idents_free(h);
}

/* Many names in one log: it is shared, and costs one row a name however many channels and files there are. */
static void many_names_share_a_log(void **state)
{
    (void)state;
    cor_idents *h = cor_idents_new(), *other = cor_idents_new();
    char name[32], input[32];
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "PC%u", i % 1000);
        snprintf(input, sizeof input, "f%u", i % 3);
        seen s = {input, i % 2 == 0 ? "Security" : "System", name, i + 1, i + 1, false, {0}};
        assert_true(feed(i % 7 == 0 ? other : h, &s));
    }
    assert_int_equal(cor_idents_absorb(h, other, NULL), COR_OK);
    assert_int_equal(cor_idents_settle(h, NULL), COR_OK);
    assert_int_equal(cor_idents_n(h), 1000);
    const seen s = {"f2", "Security", "PC2", 0, 0, false, {0}};
    assert_str(host_of(h, &s), "PC2");
    cor_idents_free(h);
    cor_idents_free(other);
}

/* More logs than are kept apart: all hosts by name alone, whichever logs a thread met first. */
static void too_many_logs(void **state)
{
    (void)state;
    static const seen rows[] = {
        OWN("a", "System", "OLD", 1, 10), OWN("a", "System", "NEW", 11, 20), OWN("a", "Security", "OLD", 1, 10),
        OWN("a", "Setup", "OLD", 1, 10), SID("b/1", "OLD", 7),
    };
    for (unsigned split = 0; split < 1u << COR_LEN(rows); split++) {
        cor_idents *part[2] = {cor_idents_new(), cor_idents_new()};
        part[0]->max_logs = part[1]->max_logs = 3;
        for (size_t i = 0; i < COR_LEN(rows); i++)
            assert_true(feed(part[split >> i & 1], &rows[i]));
        assert_int_equal(cor_idents_absorb(part[0], part[1], NULL), COR_OK);
        assert_int_equal(cor_idents_settle(part[0], NULL), COR_OK);
        assert_true(cor_idents_by_name(part[0]));
        assert_int_equal(cor_idents_n(part[0]), 2);
        for (size_t i = 0; i < COR_LEN(rows); i++)
            assert_true(cor_str_is(host_of(part[0], &rows[i]), rows[i].computer));
        assert_int_equal(cor_idents_get(part[0], 1)->records, 8);
        cor_idents_free(part[0]);
        cor_idents_free(part[1]);
    }
}

static void local_accounts_tell_the_machine(void **state)
{
    (void)state;
    static const struct { const char *account, *domain, *computer; bool local; } row[] = {
        {"S-1-5-21-1-2-4294967295-1001", "WS02", "ws02.corp.example", true},
        {"S-1-5-21-1-2-4294967295-500", "ws02", "WS02", true},
        {"S-1-5-21-1-2-4294967295-500", "VERYLONGCOMPUTE", "VERYLONGCOMPUTERNAME.corp", true},
        {"S-1-5-21-1-2-4294967295-500", "CORP", "WS02", false},
        {"S-1-5-21-1-2-4294967295-500", "", "", false},
        {"S-1-5-21-1-2-4294967295", "WS02", "WS02", false},
        {"S-1-5-21-1-2-4294967296-500", "WS02", "WS02", false},
        {"S-1-5-21-1-2-4294967295-500-1", "WS02", "WS02", false},
        {"S-1-5-21-1-2-4294967295-", "WS02", "WS02", false},
        {"S-1-5-32-544", "WS02", "WS02", false},
        {"", "WS02", "WS02", false},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_ident_sid sid = {{0}};
        if (cor_ident_local_sid(cor_str_of(row[i].account), cor_str_of(row[i].domain), cor_str_of(row[i].computer),
                                &sid) != row[i].local)
            fail_msg("%s of %s on %s", row[i].account, row[i].domain, row[i].computer);
        if (row[i].local)
            assert_true(sid.part[0] == 1 && sid.part[1] == 2 && sid.part[2] == UINT32_MAX);
    }
}

static bool whole_life(void)
{
    cor_idents *h = cor_idents_new(), *other = cor_idents_new();
    bool ok = h != NULL && other != NULL;
    for (size_t c = 0; ok && c < COR_LEN(cases); c += 3)
        for (size_t i = 0; ok && i < rows_of(&cases[c]); i++)
            ok = feed(i % 2 == 0 ? h : other, &cases[c].row[i]);
    ok = ok && cor_idents_absorb(h, other, NULL) == COR_OK && cor_idents_settle(h, NULL) == COR_OK;
    cor_idents_free(h);
    cor_idents_free(other);
    return ok;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        cor_oom_at(k);
        bool ok = whole_life(), fired = cor_oom_fired();
        cor_oom_at(-1);
        assert_true(ok != fired);
        if (!fired)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_hosts),
        cmocka_unit_test(parts_make_the_same_hosts),
        cmocka_unit_test(an_identity_tells_its_names),
        cmocka_unit_test(many_names_share_a_log),
        cmocka_unit_test(too_many_logs),
        cmocka_unit_test(local_accounts_tell_the_machine),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
