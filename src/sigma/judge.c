#include "sigma/judge.h"

#include <math.h>

#include "base/alloc.h"
#include "sigma/recent.h"
#include "sigma/series.h"

#define ROOM "correlate"
#define NEVER COR_NOTIME     /* earlier than any time that events have */
#define ANYTIME INT64_MAX    /* an ordered chain that has not begun: it begins with its next event */

typedef enum metric { COUNT, DISTINCT, RULES, CHAIN, NUMBERS } metric;

struct cor_judge {
    const cor_correlation *c;
    cor_span_fn found;
    void *ctx;
    metric metric;
    bool slides;
    bool too_large;      /* the condition asks for more than COR_CORR_WINDOW_MAX: it cannot be met here */
    bool limited;

    bool any;            /* an event came */
    cor_time now;        /* time of the newest events, which are judged when time moves on */
    cor_time lower;      /* events before it belong to an earlier finding */
    bool open;           /* sliding: a finding is growing; tumbling: a window is filling */
    cor_span span;

    /* What is kept of the window's events, by metric. */
    cor_time *ring;      /* COUNT, sliding: times of the `need` newest events */
    size_t ring_at, ring_n, ring_cap;
    /* sliding COUNT, DISTINCT, RULES, CHAIN without expression: the least number that meets the condition */
    uint32_t need;
    uint64_t count;      /* COUNT, tumbling */
    cor_recent recent;   /* DISTINCT */
    cor_time *last;      /* RULES, CHAIN: newest time of each rule, by pos */
    /* CHAIN: [length - 1][pos] latest begin of an ordered chain of that length that ends with that rule */
    cor_time *chain;
    bool *here;          /* CHAIN: rules met at `now`, not yet in chain[] */
    cor_series series;   /* NUMBERS */
};

static bool upward(cor_cmp cmp)
{
    return cmp == COR_CMP_GT || cmp == COR_CMP_GTE;
}

static bool has_not(const cor_corr_expr *x)
{
    if (x->kind == COR_CE_NOT)
        return true;
    for (uint32_t i = 0; x->kind != COR_CE_RULE && i < x->n; i++)
        if (has_not(x->child[i]))
            return true;
    return false;
}

bool cor_corr_slides(const cor_correlation *c)
{
    for (uint32_t i = 0; i < c->n_cond; i++)
        if (!upward(c->cond[i].cmp))
            return false;
    return c->expr == NULL || !has_not(c->expr);
}

static metric metric_of(cor_corr_type t)
{
    switch (t) {
    case COR_CORR_EVENT_COUNT: return COUNT;
    case COR_CORR_VALUE_COUNT: return DISTINCT;
    case COR_CORR_TEMPORAL: return RULES;
    case COR_CORR_TEMPORAL_ORDERED: return CHAIN;
    case COR_CORR_VALUE_SUM: case COR_CORR_VALUE_AVG: case COR_CORR_VALUE_PERCENTILE: case COR_CORR_VALUE_MEDIAN: break;
    }
    return NUMBERS;
}

/* Sliding: the least whole number that meets all of the condition, at least 1 (nothing never makes a finding).
 * Tumbling: the largest number that must be told from all larger ones. */
static double wanted(const cor_correlation *c, bool slides)
{
    double n = 1;
    for (uint32_t i = 0; i < c->n_cond; i++) {
        double k = c->cond[i].number;
        if (!slides || c->cond[i].cmp == COR_CMP_GT)
            k = floor(k) + 1;
        n = fmax(n, ceil(k));
    }
    return n;
}

cor_judge *cor_judge_new(const cor_correlation *c, cor_span_fn found, void *ctx)
{
    cor_judge *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return NULL;
    w->c = c;
    w->found = found;
    w->ctx = ctx;
    w->metric = metric_of(c->type);
    w->slides = cor_corr_slides(c);
    double n = c->n_cond == 0 ? c->n_rule : wanted(c, w->slides);
    bool counts = w->metric == COUNT || w->metric == DISTINCT;
    w->too_large = counts && n > COR_CORR_WINDOW_MAX && (w->slides || w->metric == DISTINCT);
    w->need = n > COR_CORR_WINDOW_MAX ? COR_CORR_WINDOW_MAX : n < 1 ? 1 : (uint32_t)n;
    cor_recent_init(&w->recent, w->need);
    cor_series_init(&w->series, COR_CORR_WINDOW_MAX,
                    c->type == COR_CORR_VALUE_PERCENTILE || c->type == COR_CORR_VALUE_MEDIAN);
    bool ok = true;
    if (w->metric == RULES || w->metric == CHAIN) {
        w->last = cor_alloc(c->n_rule * sizeof *w->last);
        ok = w->last != NULL;
    }
    if (w->metric == CHAIN) {
        size_t bytes;
        if (!cor_mul_add(&bytes, (size_t)c->n_rule * c->n_rule, sizeof *w->chain, 0))
            bytes = SIZE_MAX;
        w->chain = cor_alloc(bytes);
        w->here = cor_zalloc(c->n_rule);
        ok = ok && w->chain != NULL && w->here != NULL;
    }
    if (!ok) {
        cor_judge_free(w);
        return NULL;
    }
    cor_judge_begin(w);
    return w;
}

void cor_judge_free(cor_judge *w)
{
    if (w == NULL)
        return;
    cor_free(w->ring);
    cor_free(w->last);
    cor_free(w->chain);
    cor_free(w->here);
    cor_recent_free(&w->recent);
    cor_series_free(&w->series);
    cor_free(w);
}

/* Forgets all events. */
static void empty(cor_judge *w)
{
    w->ring_at = w->ring_n = 0;
    w->count = 0;
    cor_recent_clear(&w->recent);
    cor_series_clear(&w->series);
    for (size_t i = 0; w->last != NULL && i < w->c->n_rule; i++)
        w->last[i] = NEVER;
    for (size_t i = 0; w->chain != NULL && i < (size_t)w->c->n_rule * w->c->n_rule; i++)
        w->chain[i] = NEVER;
}

void cor_judge_begin(cor_judge *w)
{
    empty(w);
    w->any = w->open = w->limited = false;
    w->lower = NEVER + 1;
}

bool cor_judge_limited(const cor_judge *w)
{
    return w->limited;
}

/* ---- keeping events ---- */

/* Begin of the sliding window that ends now. */
static cor_time since_of(const cor_judge *w)
{
    cor_time first = w->now < NEVER + 1 + w->c->timespan ? NEVER + 1 : w->now - w->c->timespan;
    return first > w->lower ? first : w->lower;
}

static cor_code keep_ring(cor_judge *w, cor_time t, cor_err *e)
{
    if (w->ring_n < w->need) {
        cor_time *p = cor_grow(w->ring, &w->ring_cap, w->ring_n + 1, sizeof *p);
        if (p == NULL)
            return cor_nomem(e, ROOM);
        w->ring = p;
        w->ring[w->ring_n++] = t;
        return COR_OK;
    }
    w->ring[w->ring_at] = t;
    w->ring_at = (w->ring_at + 1) % w->need;
    return COR_OK;
}

static cor_code keep(cor_judge *w, const cor_judge_event *ev, cor_err *e)
{
    switch (w->metric) {
    case COUNT:
        w->count++;
        return w->slides ? keep_ring(w, ev->time, e) : COR_OK;
    case DISTINCT:
        return cor_recent_add(&w->recent, ev->digest, ev->time, NULL, NULL, e);
    case RULES:
        w->last[ev->pos] = ev->time;
        return COR_OK;
    case CHAIN:
        w->last[ev->pos] = ev->time;
        w->here[ev->pos] = true;
        return COR_OK;
    case NUMBERS: {
        if (w->slides)
            cor_series_leave(&w->series, since_of(w));
        cor_code rc = cor_series_add(&w->series, ev->time, ev->number, e);
        w->limited = w->limited || w->series.dropped;
        return rc;
    }
    }
    return COR_OK;
}

/* ---- ordered chains ---- */

/* Latest begin of a chain that fulfils x and follows on one whose latest begin is `before`. */
static cor_time chain_end(const cor_judge *w, const cor_corr_expr *x, cor_time before)
{
    cor_time best = NEVER;
    switch (x->kind) {
    case COR_CE_RULE:
        return w->chain[x->rule];
    case COR_CE_NOT: /* only in tumbling windows, where last[] holds this window's events alone */
        return chain_end(w, x->child[0], before) == NEVER ? before : NEVER;
    case COR_CE_AND:
        best = before;
        for (uint32_t i = 0; i < x->n; i++)
            best = best == NEVER ? NEVER : chain_end(w, x->child[i], best);
        return best;
    case COR_CE_OR:
        for (uint32_t i = 0; i < x->n; i++) {
            cor_time t = chain_end(w, x->child[i], before);
            best = t > best ? t : best;
        }
        return best;
    }
    return best;
}

/* Brings what was met at `now` into the chains of an expression: its parts follow each other as they are written. */
static void chain_expr(cor_judge *w, const cor_corr_expr *x, cor_time before)
{
    if (x->kind == COR_CE_RULE) {
        cor_time begin = before == ANYTIME ? w->now : before;
        if (w->here[x->rule] && begin > w->chain[x->rule])
            w->chain[x->rule] = begin;
        return;
    }
    for (uint32_t i = 0; i < x->n && before != NEVER; i++) {
        chain_expr(w, x->child[i], before);
        if (x->kind == COR_CE_AND)
            before = chain_end(w, x->child[i], before);
    }
}

/* The same for the plain list of rules, for chains of each length, since the condition may ask for fewer than all. */
static void chain_list(cor_judge *w)
{
    size_t n = w->c->n_rule;
    for (size_t pos = 0; pos < n; pos++) { /* events of one time may stand in either order: the better one counts */
        if (!w->here[pos])
            continue;
        w->chain[pos] = w->now;
        for (size_t len = 1; len <= pos; len++)
            for (size_t before = 0; before < pos; before++) {
                cor_time begin = w->chain[(len - 1) * n + before];
                if (begin > w->chain[len * n + pos])
                    w->chain[len * n + pos] = begin;
            }
    }
}

/* How many rules the longest chain since `since` has. */
static uint32_t chain_length(const cor_judge *w, cor_time since)
{
    uint32_t n = w->c->n_rule;
    for (uint32_t len = n; len > 0; len--)
        for (uint32_t pos = 0; pos < n; pos++)
            if (w->chain[(size_t)(len - 1) * n + pos] >= since)
                return len;
    return 0;
}

static void chain_step(cor_judge *w)
{
    if (w->metric != CHAIN)
        return;
    if (w->c->expr != NULL)
        chain_expr(w, w->c->expr, ANYTIME);
    else
        chain_list(w);
    memset(w->here, 0, w->c->n_rule);
}

/* ---- judging ---- */

static bool expr_holds(const cor_judge *w, const cor_corr_expr *x, cor_time since)
{
    switch (x->kind) {
    case COR_CE_RULE:
        return w->last[x->rule] >= since;
    case COR_CE_NOT:
        return !expr_holds(w, x->child[0], since);
    case COR_CE_AND:
        for (uint32_t i = 0; i < x->n; i++)
            if (!expr_holds(w, x->child[i], since))
                return false;
        return true;
    case COR_CE_OR:
        for (uint32_t i = 0; i < x->n; i++)
            if (expr_holds(w, x->child[i], since))
                return true;
        return false;
    }
    return false;
}

static uint32_t rules_since(const cor_judge *w, cor_time since)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->c->n_rule; i++)
        n += w->last[i] >= since;
    return n;
}

static double number(const cor_judge *w)
{
    switch (w->c->type) {
    case COR_CORR_VALUE_SUM: return cor_series_sum(&w->series);
    case COR_CORR_VALUE_AVG: return cor_series_sum(&w->series) / (double)cor_series_n(&w->series);
    case COR_CORR_VALUE_PERCENTILE: return cor_series_percentile(&w->series, w->c->percentile);
    default: return cor_series_percentile(&w->series, 50);
    }
}

static bool compares(const cor_correlation *c, double v)
{
    for (uint32_t i = 0; i < c->n_cond; i++) {
        double k = c->cond[i].number;
        bool ok = false;
        switch (c->cond[i].cmp) {
        case COR_CMP_EQ: ok = v == k; break;
        case COR_CMP_NEQ: ok = v != k; break;
        case COR_CMP_LT: ok = v < k; break;
        case COR_CMP_LTE: ok = v <= k; break;
        case COR_CMP_GT: ok = v > k; break;
        case COR_CMP_GTE: ok = v >= k; break;
        }
        if (!ok)
            return false;
    }
    return true;
}

/* Whether the condition holds for the events since then, sliding. */
static bool holds_since(cor_judge *w, cor_time since, double *value)
{
    *value = 0;
    if (w->too_large) {
        w->limited = true;
        return false;
    }
    switch (w->metric) {
    case COUNT: return w->ring_n == w->need && w->ring[w->ring_at] >= since;
    case DISTINCT: return w->recent.n == w->need && cor_recent_stalest(&w->recent) >= since;
    case RULES: return w->c->expr != NULL ? expr_holds(w, w->c->expr, since) : rules_since(w, since) >= w->need;
    case CHAIN: return w->c->expr != NULL ? chain_end(w, w->c->expr, ANYTIME) >= since
        : chain_length(w, since) >= w->need;
    case NUMBERS:
        cor_series_leave(&w->series, since);
        *value = number(w);
        return cor_series_n(&w->series) != 0 && compares(w->c, *value);
    }
    return false;
}

/* All events of time `now` are there: does the finding begin, go on, or end? */
static cor_code judge_sliding(cor_judge *w, cor_err *e)
{
    chain_step(w);
    double v;
    bool holds = holds_since(w, since_of(w), &v);
    if (!holds && w->open) {
        cor_code rc = w->found(w->ctx, &w->span, e);
        if (rc != COR_OK)
            return rc;
        w->open = false;
        w->lower = w->span.last + 1; /* below now, so it cannot overflow */
        holds = holds_since(w, since_of(w), &v); /* the new events alone */
    }
    if (holds && !w->open)
        w->span = (cor_span){.from = since_of(w), .fire = w->now, .value = v};
    if (holds) {
        w->open = true;
        w->span.last = w->now;
        w->span.value = fmax(w->span.value, v);
    }
    return COR_OK;
}

/* The window is full: judged once, on all its events. */
static cor_code judge_tumbling(cor_judge *w, cor_err *e)
{
    chain_step(w);
    double v = 0;
    bool holds = false;
    switch (w->metric) {
    case COUNT: v = (double)w->count; break;
    case DISTINCT: v = (double)w->recent.n; break;
    case RULES: v = rules_since(w, NEVER + 1); break;
    case CHAIN: v = w->c->expr != NULL ? 0 : chain_length(w, NEVER + 1); break;
    case NUMBERS: v = number(w); break;
    }
    if (w->too_large)
        w->limited = true;
    else if (w->c->expr == NULL)
        holds = compares(w->c, v);
    else if (w->metric == CHAIN)
        holds = chain_end(w, w->c->expr, ANYTIME) > NEVER;
    else
        holds = expr_holds(w, w->c->expr, NEVER + 1);
    w->open = false;
    w->span.fire = w->span.last = w->now;
    w->span.value = w->metric == NUMBERS ? v : 0;
    cor_code rc = holds ? w->found(w->ctx, &w->span, e) : COR_OK;
    empty(w);
    return rc;
}

cor_code cor_judge_add(cor_judge *w, const cor_judge_event *ev, cor_err *e)
{
    cor_code rc = COR_OK;
    if (w->any && ev->time != w->now) {
        if (w->slides)
            rc = judge_sliding(w, e);
        else if ((uint64_t)ev->time - (uint64_t)w->span.from > (uint64_t)w->c->timespan)
            rc = judge_tumbling(w, e);
        else
            chain_step(w);
        if (rc != COR_OK)
            return rc;
    }
    w->any = true;
    w->now = ev->time;
    if (!w->slides && !w->open) {
        w->open = true;
        w->span.from = ev->time;
    }
    return keep(w, ev, e);
}

cor_code cor_judge_end(cor_judge *w, cor_err *e)
{
    if (!w->any)
        return COR_OK;
    w->any = false;
    if (!w->slides)
        return judge_tumbling(w, e);
    cor_code rc = judge_sliding(w, e);
    if (rc == COR_OK && w->open) {
        w->open = false;
        rc = w->found(w->ctx, &w->span, e);
    }
    return rc;
}
