/* The sweep against a naive judge of the same definition, over random events. */
#include <math.h>
#include <stdlib.h>

#include "sigma/judge.h"
#include "tests/unit/sigma/corr_kit.h"

static uint64_t seed;
static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static int by_time(const void *a, const void *b)
{
    const corr_ev *x = a, *y = b;
    int c = strcmp(x->g, y->g);
    c = c != 0 ? c : (x->at > y->at) - (x->at < y->at);
    c = c != 0 ? c : (x->key > y->key) - (x->key < y->key);
    return c != 0 ? c : (x->rule > y->rule) - (x->rule < y->rule);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The measure of events lo..hi of one group, straight from the definition. */
static double measure(const cor_correlation *c, const corr_ev *ev, size_t lo, size_t hi)
{
    double v[CORR_EVENTS], sum = 0;
    size_t n = 0, distinct = 0, chain[CORR_EVENTS], best = 0;
    bool rule[4] = {false};
    for (size_t i = lo; i < hi; i++) {
        bool again = i > lo && ev[i].key == ev[i - 1].key, seen = false;
        rule[ev[i].rule] = true;
        chain[i] = 1;
        /* all orders within one second are allowed, so look at rules from low to high */
        for (size_t j = lo; j < hi; j++) {
            seen = seen || (j < i && strcmp(ev[i].v, ev[j].v) == 0);
        }
        distinct += !seen;
        if (again)
            continue;
        v[n++] = atof(ev[i].v);
        sum += atof(ev[i].v);
    }
    for (uint32_t r = 0; r < 4; r++)
        for (size_t i = lo; i < hi; i++)
            for (size_t j = lo; ev[i].rule == r && j < hi; j++)
                if (ev[j].rule < r && ev[j].at <= ev[i].at && chain[j] + 1 > chain[i])
                    chain[i] = chain[j] + 1;
    for (size_t i = lo; i < hi; i++)
        best = chain[i] > best ? chain[i] : best;
    qsort(v, n, sizeof *v, by_number);
    double at = (c->type == COR_CORR_VALUE_MEDIAN ? 50 : c->percentile) / 100 * (double)(n - 1);
    size_t f = (size_t)at;
    switch (c->type) {
    case COR_CORR_EVENT_COUNT: return (double)n;
    case COR_CORR_VALUE_COUNT: return (double)distinct;
    case COR_CORR_TEMPORAL: return rule[0] + rule[1] + rule[2] + rule[3];
    case COR_CORR_TEMPORAL_ORDERED: return (double)best;
    case COR_CORR_VALUE_SUM: return sum;
    case COR_CORR_VALUE_AVG: return sum / (double)n;
    default: return f + 1 >= n ? v[n - 1] : v[f] + (at - (double)f) * (v[f + 1] - v[f]);
    }
}

static bool meets(const cor_correlation *c, double v)
{
    double k = c->cond[0].number;
    switch (c->cond[0].cmp) {
    case COR_CMP_EQ: return v == k;
    case COR_CMP_NEQ: return v != k;
    case COR_CMP_LT: return v < k;
    case COR_CMP_LTE: return v <= k;
    case COR_CMP_GT: return v > k;
    default: return v >= k;
    }
}

static void say(const cor_correlation *c, const corr_ev *ev, size_t lo, size_t hi, double peak, cor_buf *out)
{
    bool numbers = c->type >= COR_CORR_VALUE_SUM;
    cor_buf_fmt(out, "0 %s", ev[lo].g);
    double v = numbers ? peak : 0;
    bool rule[4] = {false};
    for (size_t i = lo; i < hi; i++) {
        rule[ev[i].rule] = true;
        if (i == lo || ev[i].key != ev[i - 1].key)
            cor_buf_fmt(out, " %c%d", 'a' + (char)ev[i].rule, (int)ev[i].at);
    }
    if (c->type == COR_CORR_EVENT_COUNT || c->type == COR_CORR_VALUE_COUNT)
        v = measure(c, ev, lo, hi);
    if (c->type == COR_CORR_TEMPORAL || c->type == COR_CORR_TEMPORAL_ORDERED)
        v = rule[0] + rule[1] + rule[2] + rule[3];
    cor_buf_fmt(out, " =%g; ", v);
}

static void naive(const cor_correlation *c, corr_ev *ev, size_t n, cor_buf *out)
{
    int64_t span = c->timespan / COR_SECOND;
    qsort(ev, n, sizeof *ev, by_time);
    cor_buf_clear(out);
    for (size_t lo = 0, g; lo < n; lo = g) {
        for (g = lo; g < n && strcmp(ev[g].g, ev[lo].g) == 0; g++)
            ;
        size_t used = lo, from = 0, to = 0; /* an open finding: from < to */
        double peak = 0;
        for (size_t i = lo, j; i < g; i = j) {
            for (j = i; j < g && ev[j].at == ev[i].at; j++)
                ;
            if (!cor_corr_slides(c)) {
                while (j < g && ev[j].at - ev[i].at <= span)
                    j++;
                if (meets(c, measure(c, ev, i, j)))
                    say(c, ev, i, j, measure(c, ev, i, j), out);
                continue;
            }
            for (int again = 0; again < 2; again++) {
                size_t b = used;
                while (ev[i].at - ev[b].at > span)
                    b++;
                double v = measure(c, ev, b, j);
                if (meets(c, v)) {
                    from = to == 0 ? b : from;
                    peak = to == 0 || v > peak ? v : peak;
                    to = j;
                    break;
                }
                if (to == 0)
                    break;
                say(c, ev, from, to, peak, out);
                used = to;
                to = 0;
            }
        }
        if (to != 0)
            say(c, ev, from, to, peak, out);
    }
    cor_buf_c(out, '\0');
}

static void as_a_naive_judge(void **state)
{
    (void)state;
    static const cor_corr_type type[] = {COR_CORR_EVENT_COUNT, COR_CORR_VALUE_COUNT, COR_CORR_TEMPORAL,
                                         COR_CORR_TEMPORAL_ORDERED, COR_CORR_VALUE_SUM, COR_CORR_VALUE_AVG,
                                         COR_CORR_VALUE_PERCENTILE, COR_CORR_VALUE_MEDIAN};
    cor_buf out = {0}, want = {0};
    size_t found = 0;
    for (uint32_t round = 0; round < 4000; round++) {
        seed = round;
        corr_rules r;
        corr_ev ev[CORR_EVENTS], all[2 * CORR_EVENTS];
        cor_corr_stats stats;
        corr_open(&r);
        cor_corr_type t = type[round % COR_LEN(type)];
        bool by_rule = t == COR_CORR_TEMPORAL || t == COR_CORR_TEMPORAL_ORDERED;
        bool value = t >= COR_CORR_VALUE_SUM || t == COR_CORR_VALUE_COUNT;
        cor_correlation *c = corr_rule(&r, t, "0123", "G", value ? "V" : NULL, rnd(12));
        c->percentile = rnd(101);
        corr_when(c, (cor_cmp)rnd(6), t == COR_CORR_VALUE_SUM ? rnd(20) : 1 + rnd(4));
        size_t n = 1 + rnd(CORR_EVENTS - 1), m = 0, k = 0;
        for (size_t i = 0; i < n; i++) {
            corr_ev x = {.at = rnd(60), .rule = rnd(4), .key = (uint32_t)i};
            snprintf(x.g, sizeof x.g, "%c", 'p' + rnd(2));
            snprintf(x.v, sizeof x.v, "%d", (int)rnd(8) - (rnd(4) == 0 ? 4 : 0));
            if (i > 0 && rnd(6) == 0) { /* another rule on the event before */
                uint32_t rule = x.rule;
                x = ev[k - 1];
                x.rule = by_rule ? rule : x.rule;
            }
            bool same = k > 0 && ev[k - 1].key == x.key && ev[k - 1].rule == x.rule;
            if (!same)
                ev[k++] = x;
            all[m++] = x;
            if (rnd(5) == 0) { /* the same record in another place */
                all[m] = x;
                all[m++].input = 1 + rnd(3);
            }
        }
        for (size_t i = m; i > 1; i--) { /* whatever order */
            size_t j = rnd((uint32_t)i);
            corr_ev x = all[i - 1];
            all[i - 1] = all[j];
            all[j] = x;
        }
        size_t w = 0; /* three rules on one event may have made the same pair twice, not side by side */
        qsort(ev, k, sizeof *ev, by_time);
        for (size_t i = 0; i < k; i++)
            if (w == 0 || by_time(&ev[w - 1], &ev[i]) != 0)
                ev[w++] = ev[i];
        naive(c, ev, w, &want);
        for (size_t parts = 1; parts <= 4; parts++) {
            corr_run(&r, all, m, parts, parts == 1 ? 1 << 20 : CORR_TINY, &out, &stats);
            if (strcmp((char *)out.p, (char *)want.p) != 0)
                fail_msg("round %u, type %d, %zu parts:\n%s\nwant\n%s", round, t, parts, (char *)out.p, (char *)want.p);
        }
        found += want.n > 1;
    }
    assert_true(found > 1000); /* the cases are not all empty */
    cor_buf_free(&out);
    cor_buf_free(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_naive_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
