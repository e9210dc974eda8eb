/* Correlations at their limits: storms of events, callers that stop, memory that runs out. */
#include "base/alloc.h"
#include "sigma/judge.h"
#include "tests/unit/sigma/corr_kit.h"

typedef struct sizes {
    uint64_t n_event, n_total, findings;
    double value;
} sizes;

static cor_code size_of(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)e;
    sizes *s = ctx;
    s->findings++;
    s->n_event = f->n_event;
    s->n_total = f->n_total;
    s->value = f->value;
    return COR_OK;
}

static sizes storm(cor_correlation *c, const corr_rules *r, uint32_t n, cor_corr_stats *stats)
{
    (void)c;
    cor_correlator *k = cor_correlator_new(&r->set, 1 << 18, NULL);
    cor_err e = {0};
    sizes s = {0};
    for (uint32_t i = 0; i < n; i++) {
        corr_ev ev = {.at = i / 100, .rule = 0, .key = i, .g = "x"};
        snprintf(ev.v, sizeof ev.v, "%u", i % 1000000);
        assert_int_equal(corr_add(k, &ev, &e), COR_OK);
    }
    assert_int_equal(cor_correlate(&k, 1, NULL, size_of, &s, &e), COR_OK);
    *stats = (cor_corr_stats){0};
    cor_correlator_stats(k, stats);
    cor_correlator_free(k);
    return s;
}

static void a_storm_stays_one_finding(void **state)
{
    (void)state;
    corr_rules r;
    cor_corr_stats stats;
    corr_open(&r);
    cor_correlation *c = corr_rule(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 60);
    corr_when(c, COR_CMP_GTE, 5);
    sizes s = storm(c, &r, 50000, &stats);
    assert_int_equal(s.findings, 1);
    assert_int_equal(s.n_event, COR_CORR_EVENTS_MAX);
    assert_int_equal(s.n_total, 50000);
    assert_int_equal(stats.limited, 0);
}

static void limits_are_said(void **state)
{
    (void)state;
    corr_rules r;
    cor_corr_stats stats;
    corr_open(&r);
    cor_correlation *c = corr_rule(&r, COR_CORR_VALUE_COUNT, "0", "G", "V", 100000);
    corr_when(c, COR_CMP_GTE, 10);
    sizes s = storm(c, &r, COR_CORR_WINDOW_MAX + 10, &stats);
    assert_int_equal(s.findings, 1);
    assert_int_equal(s.value, COR_CORR_WINDOW_MAX); /* more are not told apart */
    assert_int_equal(stats.limited, 1);
    c->cond[0].number = COR_CORR_WINDOW_MAX + 1.0; /* cannot be counted: no finding, but a word */
    s = storm(c, &r, 100, &stats);
    assert_int_equal(s.findings, 0);
    assert_int_equal(stats.limited, 1);
}

static cor_code refuse(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)ctx;
    (void)f;
    return cor_fail(e, COR_ESTOP, "test", COR_NOPOS, "enough");
}

static cor_code not_called(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    (void)ctx;
    (void)f;
    (void)e;
    fail_msg("a finding after the stop");
    return COR_OK;
}

static void the_caller_can_stop(void **state)
{
    (void)state;
    corr_rules r;
    corr_ev ev = {.g = "x", .v = "1"};
    cor_err e = {0};
    corr_open(&r);
    corr_when(corr_rule(&r, COR_CORR_EVENT_COUNT, "0", "G", NULL, 10), COR_CMP_GTE, 1);
    cor_correlator *c = cor_correlator_new(&r.set, CORR_TINY, NULL);
    assert_int_equal(corr_add(c, &ev, &e), COR_OK);
    assert_int_equal(cor_correlate(&c, 1, NULL, refuse, NULL, &e), COR_ESTOP);
    cor_correlator_free(c);
    atomic_bool stop = true; /* the user can too, long before a finding */
    c = cor_correlator_new(&r.set, CORR_TINY, NULL);
    assert_int_equal(corr_add(c, &ev, &e), COR_OK);
    assert_int_equal(cor_correlate(&c, 1, &stop, not_called, NULL, &e), COR_ESTOP);
    cor_correlator_free(c);
}

static cor_code whole(const corr_rules *r, const corr_ev *ev, size_t n, cor_buf *out, cor_err *e)
{
    cor_correlator *c = cor_correlator_new(&r->set, CORR_TINY, NULL);
    cor_code rc = c == NULL ? COR_ENOMEM : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        rc = corr_add(c, &ev[i], e);
    cor_buf_clear(out);
    if (rc == COR_OK)
        rc = cor_correlate(&c, 1, NULL, corr_print, out, e);
    cor_correlator_free(c);
    return rc == COR_OK && !cor_buf_ok(out) ? COR_ENOMEM : rc;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const cor_corr_type type[] = {COR_CORR_VALUE_COUNT, COR_CORR_TEMPORAL_ORDERED, COR_CORR_VALUE_MEDIAN};
    for (size_t t = 0; t < COR_LEN(type); t++) {
        corr_rules r;
        corr_ev ev[CORR_EVENTS];
        corr_open(&r);
        cor_correlation *c = corr_rule(&r, type[t], "012", "G", type[t] == COR_CORR_TEMPORAL_ORDERED ? NULL : "V", 10);
        corr_when(c, COR_CMP_GTE, 2);
        corr_when(corr_rule(&r, COR_CORR_EVENT_COUNT, "4", "V", NULL, 10), COR_CMP_GTE, 1);
        size_t n = corr_parse("a0/V=1 b1/V=2 c2/V=3 a3/V=2 b40/V=1 a41/V=5 c41/V=9 a50/V=1 b51/V=2 c52/V=3 a53/V=2 b60/V=1 a71/V=5 c81/V=9", ev);
        for (long k = 0;; k++) {
            cor_err e;
            cor_buf out = {0};
            cor_oom_at(k);
            cor_code rc = whole(&r, ev, n, &out, &e);
            bool fired = cor_oom_fired();
            cor_oom_at(-1);
            cor_buf_free(&out);
            assert_int_equal(rc, fired ? COR_ENOMEM : COR_OK);
            if (!fired)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_stays_one_finding),
        cmocka_unit_test(limits_are_said),
        cmocka_unit_test(the_caller_can_stop),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
