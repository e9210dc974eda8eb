/* Sweeping: level by level, the rows of all collectors are merged in order of (rule, group, event time) and judged;
 * where a condition held, they are read a second time to collect the events of each finding, and to feed the
 * correlations above. Two readings cost little, since most rule sets find nothing in most logs, and so no window has to
 * hold its events. */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "sigma/correlate.h"
#include "sigma/recent.h"
#include "sigma/judge.h"

#define ROOM "correlate"

typedef struct sweep {
    cor_correlator *const *c;
    size_t n;
    const cor_corr_plan *plan;
    cor_sort **in;      /* sorters of the level that is swept: n, and one of rows from the levels below */
    cor_sort **fed;     /* by depth: rows made from inner findings; [0] is NULL */
    cor_sort *spans;    /* where conditions held, at this level */
    cor_code (*found)(void *ctx, const cor_corr_finding *f, cor_err *e);
    void *ctx;
    const atomic_bool *stop;
    cor_buf group;      /* prefix of the group that is read */
    cor_buf key, data;  /* scratch */
    cor_arena row;      /* of one row */
    cor_arena mem;      /* of one finding */
    cor_recent fed_once;   /* what one inner finding has fed already */
    cor_recent distinct;   /* values of one finding */
} sweep;

static const cor_correlation *corr_of(const sweep *w, uint32_t rule)
{
    return w->plan->rules->rule[rule]->corr;
}

static bool temporal(const cor_correlation *c)
{
    return c->type == COR_CORR_TEMPORAL || c->type == COR_CORR_TEMPORAL_ORDERED;
}

static cor_code broken(cor_err *e)
{
    return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "correlation rows read back from temporary data are broken");
}

/* Rule number and group prefix of a row's key. */
static bool split(const sweep *w, cor_str key, uint32_t *rule, cor_str *prefix)
{
    uint64_t no;
    cor_str k = key;
    if (!cor_key_take_u64(&k, &no) || no >= w->plan->rules->n_rule || corr_of(w, (uint32_t)no) == NULL)
        return false;
    *rule = (uint32_t)no;
    *prefix = cor_corr_row_prefix(key, corr_of(w, *rule)->n_group_by);
    return prefix->p != NULL;
}

/* ---- judging ---- */

static cor_code note_span(void *ctx, const cor_span *s, cor_err *e)
{
    sweep *w = ctx;
    cor_buf_clear(&w->key);
    cor_buf_clear(&w->data);
    cor_buf_put(&w->key, w->group.p, w->group.n);
    cor_key_i64(&w->key, s->from);
    cor_pack_i64(&w->data, s->last);
    cor_pack_i64(&w->data, s->fire);
    cor_pack_f64(&w->data, s->value);
    if (!cor_buf_ok(&w->key) || !cor_buf_ok(&w->data))
        return cor_nomem(e, ROOM);
    return cor_sort_add(w->spans, cor_buf_view(&w->key), cor_buf_view(&w->data), e);
}

/* The group that is open is over. */
static cor_code end_group(sweep *w, cor_judge *win, cor_err *e)
{
    if (win == NULL)
        return COR_OK;
    cor_code rc = cor_judge_end(win, e);
    if (cor_judge_limited(win))
        w->c[0]->stats.limited++;
    return rc;
}

/* What the window is to know of a row. */
static cor_code window_event(sweep *w, uint32_t rule, size_t prefix, cor_str key, cor_str data, cor_judge_event *ev,
                             cor_err *e)
{
    const cor_correlation *c = corr_of(w, rule);
    if (c->n_value == 0)
        return COR_OK;
    cor_corr_row r;
    cor_arena_reset(&w->row);
    cor_code rc = cor_corr_row_unpack(key, prefix, data, &w->row, &r, e);
    if (rc == COR_OK && c->type == COR_CORR_VALUE_COUNT)
        rc = cor_corr_digest(w->c[0]->digest, r.value, r.n_value, ev->digest, e);
    else if (rc == COR_OK && r.n_value != 0 && !cor_corr_number(r.value[0], &ev->number))
        rc = broken(e);
    return rc;
}

static cor_code judge_rows(sweep *w, cor_sort_iter *it, cor_judge **win, cor_err *e)
{
    uint32_t rule = COR_NONE;
    bool by_rule = false, first = true;
    cor_corr_row last = {0};
    for (;;) {
        cor_str key, data, prefix;
        uint32_t no;
        cor_code rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            return rc == COR_OK ? end_group(w, *win, e) : rc;
        if (!split(w, key, &no, &prefix))
            return broken(e);
        if (!cor_str_eq(prefix, cor_buf_view(&w->group))) {
            rc = end_group(w, *win, e);
            if (rc != COR_OK)
                return rc;
            cor_buf_clear(&w->group);
            cor_buf_str(&w->group, prefix);
            if (no != rule) {
                cor_judge_free(*win);
                *win = cor_judge_new(corr_of(w, no), note_span, w);
                rule = no;
                by_rule = temporal(corr_of(w, no));
            } else {
                cor_judge_begin(*win);
            }
            if (*win == NULL || !cor_buf_ok(&w->group))
                return cor_nomem(e, ROOM);
            first = true;
        }
        cor_corr_row r;
        if (!cor_corr_row_head(key, prefix.n, &r))
            return broken(e);
        if (!first && r.time == last.time && memcmp(r.key, last.key, sizeof r.key) == 0 &&
            (!by_rule || r.pos == last.pos))
            continue; /* the same event in another place, or by another rule */
        first = false;
        last = r;
        cor_judge_event ev = {.time = r.time, .pos = r.pos};
        rc = window_event(w, no, prefix.n, key, data, &ev, e);
        if (rc == COR_OK)
            rc = cor_judge_add(*win, &ev, e);
        if (rc != COR_OK)
            return rc;
    }
}

/* ---- collecting ---- */

typedef struct collected {
    cor_corr_finding f;
    cor_evref event[COR_CORR_EVENTS_MAX];
    uint32_t event_rule[COR_CORR_EVENTS_MAX];
    uint8_t key[16], ref_key[16]; /* of the newest row, to know it again */
    cor_time time;
    uint64_t counted;     /* what the correlation counts: events, or inner findings */
    bool any;
    cor_span span;
    uint8_t identity[16]; /* of the finding, where it counts as one event of the correlation above */
} collected;

typedef struct inner_field {
    const cor_correlation *c;
    const struct cor_corr_need *need;
    const cor_corr_row *r;
} inner_field;

/* A field of an inner finding: a group value, or one carried from the event. */
static cor_str inner_lookup(void *ctx, cor_str name)
{
    const inner_field *in = ctx;
    for (uint32_t g = 0; g < in->r->n_group; g++)
        if (cor_str_ieq(in->c->group_by[g], name))
            return in->r->group[g];
    for (uint32_t k = 0; k < in->r->n_carry; k++)
        if (cor_str_ieq(in->need->carry[k], name))
            return in->r->carry[k];
    return (cor_str){NULL, 0};
}

/* Hands an event of an inner finding to the correlations above. */
static cor_code feed(sweep *w, const collected *col, const cor_corr_row *r, cor_err *e)
{
    cor_correlator *c = w->c[0];
    const struct cor_corr_need *need = &w->plan->need[r->corr];
    inner_field in = {corr_of(w, r->corr), need, r};
    for (uint32_t i = 0; i < need->n_feed; i++) {
        const cor_correlation *over = corr_of(w, need->feed[i].corr);
        cor_corr_row up = {.time = r->time > col->span.fire ? r->time : col->span.fire, .ref = r->ref};
        cor_arena_reset(&c->mem);
        cor_code rc = cor_corr_fill(c, need->feed[i], inner_lookup, &in, &up, e);
        if (rc != COR_OK)
            return rc;
        memcpy(up.key, r->ref.key, sizeof up.key);
        /* there an inner finding counts once in each group, and for each value: from its first event on */
        if (!temporal(over)) {
            uint8_t digest[16];
            memcpy(up.key, col->identity, sizeof up.key);
            /* they lie one behind another */
            uint32_t texts = up.n_group + (over->type == COR_CORR_VALUE_COUNT ? up.n_value : 0);
            rc = cor_corr_digest(c->digest, up.group, texts, digest, e);
            digest[0] ^= (uint8_t)i; /* per feed */
            digest[1] ^= (uint8_t)(i >> 8);
            if (rc == COR_OK)
                rc = cor_recent_add(&w->fed_once, digest, up.time, NULL, &up.time, e);
            if (rc != COR_OK)
                return rc;
            for (size_t b = 0; over->type == COR_CORR_VALUE_COUNT && b < sizeof up.key; b++)
                up.key[b] ^= digest[b]; /* its values are told apart also where they count from one moment on */
        }
        rc = cor_corr_put(c, w->fed[w->plan->depth[up.corr]], &up, e);
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}

static bool own(cor_arena *mem, cor_str *s)
{
    if (s->p != NULL)
        *s = cor_arena_str(mem, *s);
    else
        *s = (cor_str){"", 0};
    return s->p != NULL;
}

static cor_code own_group(sweep *w, collected *col, const cor_corr_row *r, cor_err *e)
{
    cor_str *g = cor_arena_get(&w->mem, r->n_group * sizeof *g);
    if (g == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t i = 0; i < r->n_group; i++) {
        g[i] = r->group[i];
        if (g[i].p != NULL && !own(&w->mem, &g[i]))
            return cor_nomem(e, ROOM);
    }
    col->f.group = g;
    return COR_OK;
}

/* One row of the finding; those of one event stand side by side. */
static cor_code take(sweep *w, collected *col, const cor_corr_row *r, bool *rule_seen, cor_err *e)
{
    const cor_correlation *c = corr_of(w, r->corr);
    cor_code rc = COR_OK;
    if (!rule_seen[r->pos]) {
        rule_seen[r->pos] = true;
        col->f.value += temporal(c);
    }
    bool again = col->any && col->time == r->time && memcmp(col->key, r->key, sizeof col->key) == 0;
    col->counted += !again;
    if (again && memcmp(col->ref_key, r->ref.key, sizeof col->ref_key) == 0)
        return COR_OK; /* another place, or another rule */
    if (!col->any) {
        rc = own_group(w, col, r, e);
        col->f.first = col->f.last = r->ref.time;
    }
    col->any = true;
    col->time = r->time;
    memcpy(col->key, r->key, sizeof col->key);
    memcpy(col->ref_key, r->ref.key, sizeof col->ref_key);
    if (r->ref.time < col->f.first)
        col->f.first = r->ref.time;
    if (r->ref.time > col->f.last)
        col->f.last = r->ref.time;
    col->f.n_total++;
    if (rc == COR_OK && c->type == COR_CORR_VALUE_COUNT) {
        uint8_t digest[16];
        bool fresh = false;
        rc = cor_corr_digest(w->c[0]->digest, r->value, r->n_value, digest, e);
        if (rc == COR_OK)
            rc = cor_recent_add(&w->distinct, digest, r->time, &fresh, NULL, e);
        col->f.value += fresh && !w->distinct.dropped; /* stands still where no more can be told apart */
    }
    if (rc == COR_OK && col->f.n_event < COR_CORR_EVENTS_MAX) {
        uint32_t i = col->f.n_event++;
        cor_evref *ref = &col->event[i];
        *ref = r->ref;
        col->event_rule[i] = c->rule[r->pos];
        if (!own(&w->mem, &ref->computer) || !own(&w->mem, &ref->channel) || !own(&w->mem, &ref->provider))
            rc = cor_nomem(e, ROOM);
    }
    return rc == COR_OK ? feed(w, col, r, e) : rc;
}

/* Events stand in order of their time in a chain too, where they were counted later than they happened, and each
 * once. */
static void order_events(collected *col)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < col->f.n_event; i++) {
        cor_evref ref = col->event[i];
        uint32_t rule = col->event_rule[i], at = n;
        int c = 1;
        while (at > 0 && c > 0) { /* nearly sorted as they come */
            const cor_evref *b = &col->event[at - 1];
            c = b->time != ref.time ? (b->time > ref.time) - (b->time < ref.time)
                : memcmp(b->key, ref.key, sizeof ref.key);
            at -= c > 0;
        }
        if (at > 0 && c == 0)
            continue;
        memmove(&col->event[at + 1], &col->event[at], (n - at) * sizeof ref);
        memmove(&col->event_rule[at + 1], &col->event_rule[at], (n - at) * sizeof rule);
        col->event[at] = ref;
        col->event_rule[at] = rule;
        n++;
    }
    col->f.n_total -= col->f.n_event - n;
    col->f.n_event = n;
}

static cor_code finish(sweep *w, collected *col, cor_err *e)
{
    const cor_correlation *c = corr_of(w, col->f.rule);
    if (!col->any) /* a span has events; only broken data could lose them */
        return broken(e);
    order_events(col);
    if (c->type == COR_CORR_EVENT_COUNT)
        col->f.value = (double)col->counted;
    else if (c->type != COR_CORR_VALUE_COUNT && !temporal(c))
        col->f.value = col->span.value;
    if (w->distinct.dropped || w->fed_once.dropped)
        w->c[0]->stats.limited++;
    col->f.event = col->event;
    col->f.event_rule = col->event_rule;
    return w->found(w->ctx, &col->f, e);
}

/* Sets up for the span that was read, and leaves its last key (prefix, last) in w->key. */
static cor_code begin_span(sweep *w, cor_str key, cor_str data, collected *col, bool **rule_seen, cor_err *e)
{
    cor_str prefix;
    cor_unpack u = cor_unpack_of(data);
    *col = (collected){0};
    if (!split(w, key, &col->f.rule, &prefix))
        return broken(e);
    col->span.last = cor_unpack_i64(&u);
    col->span.fire = cor_unpack_i64(&u);
    col->span.value = cor_unpack_f64(&u);
    cor_recent_clear(&w->fed_once);
    cor_recent_clear(&w->distinct);
    cor_arena_reset(&w->mem);
    uint8_t full[COR_SHA256_SIZE];
    cor_digest_add(w->c[0]->digest, key.p, key.n);
    cor_digest_end(w->c[0]->digest, full);
    memcpy(col->identity, full, sizeof col->identity);
    cor_buf_clear(&w->key);
    cor_buf_str(&w->key, prefix);
    cor_key_i64(&w->key, col->span.last);
    *rule_seen = cor_arena_zero(&w->mem, corr_of(w, col->f.rule)->n_rule);
    return *rule_seen == NULL || !cor_buf_ok(&w->key) ? cor_nomem(e, ROOM) : COR_OK;
}

/* Both sequences are in order of (rule, group, time), and spans of one group do not overlap: one walk over both. */
static cor_code collect_rows(sweep *w, cor_sort_iter *rows, cor_sort_iter *spans, collected *col, cor_err *e)
{
    cor_str key = {NULL, 0}, data = {NULL, 0}, skey, sdata;
    cor_code rc = cor_sort_next(rows, &key, &data, e);
    while (rc == COR_OK) {
        rc = cor_sort_next(spans, &skey, &sdata, e);
        if (rc != COR_OK || skey.p == NULL)
            return rc;
        while (rc == COR_OK && key.p != NULL && cor_str_cmp(key, skey) < 0)
            rc = cor_sort_next(rows, &key, &data, e);
        bool *rule_seen = NULL;
        if (rc == COR_OK)
            rc = begin_span(w, skey, sdata, col, &rule_seen, e);
        size_t prefix = w->key.n - 8;
        while (rc == COR_OK && key.p != NULL && key.n >= w->key.n && memcmp(key.p, skey.p, prefix) == 0 &&
               memcmp(key.p, w->key.p, w->key.n) <= 0) {
            cor_corr_row r = {.corr = col->f.rule};
            cor_arena_reset(&w->row);
            rc = cor_corr_row_unpack(key, prefix, data, &w->row, &r, e);
            if (rc == COR_OK && r.pos >= corr_of(w, r.corr)->n_rule)
                rc = broken(e);
            if (rc == COR_OK)
                rc = take(w, col, &r, rule_seen, e);
            if (rc == COR_OK)
                rc = cor_sort_next(rows, &key, &data, e);
        }
        if (rc == COR_OK)
            rc = finish(w, col, e);
    }
    return rc;
}

/* ---- levels ---- */

static cor_code judge(sweep *w, size_t n_in, cor_err *e)
{
    cor_sort_iter *it = cor_sort_merge(w->in, n_in, e);
    if (it == NULL)
        return e->code;
    cor_buf_clear(&w->group);
    cor_judge *win = NULL;
    cor_code rc = judge_rows(w, it, &win, e);
    cor_judge_free(win);
    cor_sort_iter_free(it);
    return rc;
}

static cor_code collect(sweep *w, size_t n_in, cor_err *e)
{
    cor_sort_iter *rows = cor_sort_merge(w->in, n_in, e);
    cor_sort_iter *spans = rows == NULL ? NULL : cor_sort_merge(&w->spans, 1, e);
    collected *col = spans == NULL ? NULL : cor_alloc(sizeof *col);
    cor_code rc = COR_OK;
    if (spans == NULL)
        rc = e->code;
    else if (col == NULL)
        rc = cor_nomem(e, ROOM);
    else
        rc = collect_rows(w, rows, spans, col, e);
    cor_free(col);
    cor_sort_iter_free(spans);
    cor_sort_iter_free(rows);
    return rc;
}

static cor_code level(sweep *w, uint32_t depth, cor_err *e)
{
    size_t n_in = 0;
    for (size_t i = 0; i < w->n; i++)
        w->in[n_in++] = w->c[i]->sort[depth];
    if (w->fed[depth] != NULL)
        w->in[n_in++] = w->fed[depth];
    w->spans = cor_sort_new(w->c[0]->budget / 4, w->c[0]->tmpdir);
    if (w->spans == NULL)
        return cor_nomem(e, ROOM);
    cor_sort_heed(w->spans, w->stop);
    for (size_t i = 0; i < n_in; i++)
        cor_sort_heed(w->in[i], w->stop);
    cor_code rc = judge(w, n_in, e);
    if (rc == COR_OK && cor_sort_rows(w->spans) != 0)
        rc = collect(w, n_in, e);
    cor_sort_free(w->spans);
    w->spans = NULL;
    for (size_t i = 0; i < w->n; i++) { /* give the room back before the next level */
        cor_sort_free(w->c[i]->sort[depth]);
        w->c[i]->sort[depth] = NULL;
    }
    cor_sort_free(w->fed[depth]);
    w->fed[depth] = NULL;
    return rc;
}

cor_code cor_correlate(cor_correlator *const *c, size_t n, const atomic_bool *stop,
                       cor_code (*found)(void *ctx, const cor_corr_finding *f, cor_err *e), void *ctx, cor_err *e)
{
    cor_err mine = {0};
    if (e == NULL)
        e = &mine; /* the sorts say their code through it */
    if (n != 0 && c[0]->made != COR_OK) {
        *e = c[0]->why;
        return c[0]->made;
    }
    if (n == 0 || c[0]->plan.n_depth == 0)
        return COR_OK;
    const cor_corr_plan *plan = &c[0]->plan;
    sweep w = {.c = c, .n = n, .plan = plan, .found = found, .ctx = ctx, .stop = stop};
    cor_recent_init(&w.fed_once, COR_CORR_WINDOW_MAX);
    cor_recent_init(&w.distinct, COR_CORR_WINDOW_MAX);
    w.in = cor_alloc((n + 1) * sizeof(cor_sort *));
    w.fed = cor_zalloc(plan->n_depth * sizeof(cor_sort *));
    cor_code rc = w.in == NULL || w.fed == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (uint32_t d = 1; rc == COR_OK && d < plan->n_depth; d++) {
        w.fed[d] = cor_sort_new(c[0]->budget / plan->n_depth, c[0]->tmpdir);
        rc = w.fed[d] == NULL ? cor_nomem(e, ROOM) : COR_OK;
    }
    for (uint32_t d = 0; rc == COR_OK && d < plan->n_depth; d++)
        rc = level(&w, d, e);
    for (uint32_t d = 1; w.fed != NULL && d < plan->n_depth; d++)
        cor_sort_free(w.fed[d]);
    cor_free(w.fed);
    cor_free(w.in);
    cor_recent_free(&w.fed_once);
    cor_recent_free(&w.distinct);
    cor_buf_free(&w.group);
    cor_buf_free(&w.key);
    cor_buf_free(&w.data);
    cor_arena_free(&w.row);
    cor_arena_free(&w.mem);
    return rc;
}
