/* Each host by its own signs, and what follows from the others: to the point where nothing follows any more. All
 * rules here only add, so that there is one such point, whatever the order. */
#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"

#define HOUR (INT64_C(3600) * COR_SECOND)

/* ---- by its own signs ---- */

static bool class_same(const cor_class *a, const cor_class *b)
{
    return a->stage == b->stage && a->rule == b->rule && cor_str_eq(a->group, b->group);
}

static void earliest(cor_time *best, cor_time t)
{
    if (t != COR_NOTIME && (*best == COR_NOTIME || t < *best))
        *best = t;
}

/* The first moment from which the signs of `h` speak together; COR_NOTIME when they never do (or have no time). */
static cor_time together(const cor_jhost *h, bool rules, bool *found)
{
    cor_time best = COR_NOTIME;
    *found = false;
    for (size_t i = 0; i < h->n_class; i++) {
        const cor_class *a = &h->class[i];
        if (a->rule != rules)
            continue;
        if (a->stage == COR_STAGE_N) {
            *found = true;
            earliest(&best, a->n == 0 ? COR_NOTIME : a->hour[0].min);
            continue;
        }
        for (size_t k = 0; k < h->n_class; k++) {
            const cor_class *b = &h->class[k];
            if (b->rule != rules || class_same(a, b))
                continue;
            for (size_t t = 0; t < a->n; t++) {
                bool min = cor_class_near(b, a->hour[t].min), max = cor_class_near(b, a->hour[t].max);
                *found = *found || min || max;
                earliest(&best, min ? a->hour[t].min : max ? a->hour[t].max : COR_NOTIME);
            }
        }
    }
    return best;
}

static cor_time first_strong(const cor_jhost *h, bool *found)
{
    cor_time best = COR_NOTIME;
    *found = false;
    for (size_t i = 0; i < h->n_class; i++) {
        if (h->class[i].rule)
            continue;
        *found = true;
        earliest(&best, h->class[i].n == 0 ? COR_NOTIME : h->class[i].hour[0].min);
    }
    return best;
}

static void decide(cor_jhost *h)
{
    bool infected, strong, rules;
    cor_time since = together(h, false, &infected), first = first_strong(h, &strong), users = together(h, true, &rules);
    h->implicated = !h->has_logs && strong;
    h->own = infected ? COR_VERDICT_INFECTED : strong || rules ? COR_VERDICT_SUSPICIOUS : COR_VERDICT_CLEAN;
    h->since = infected ? since : strong ? first : users;
    if (h->implicated) { /* whatever the grade: nobody has looked at it */
        h->own = COR_VERDICT_UNKNOWN;
        h->since = first;
    }
}

void cor_judge_decide(cor_desk *d)
{
    for (size_t i = 0; i < d->n_host; i++)
        decide(&d->host[i]);
}

/* ---- weak signs that count strong beside others ---- */

static const cor_heap *strong_of(const cor_desk *d, const cor_jhost *h, const char *const *sign, size_t n)
{
    for (size_t i = 0; i < h->n_heap; i++) {
        const cor_heap *p = &d->heap[h->heap[i]];
        for (size_t k = 0; p->kind == COR_REASON_SIGN && p->grade >= COR_GRADE_STRONG && k < n; k++)
            if (strcmp(p->sign->id, sign[k]) == 0)
                return p;
    }
    return NULL;
}

/* A strong sign of another class (a cleared log is none: administrators do that too), seen on the host itself, between
 * `before` ahead of t and `after` behind it. */
static bool beside(const cor_jhost *h, const cor_heap *p, cor_time t, cor_time before, cor_time after)
{
    for (size_t i = 0; i < h->n_class; i++) {
        const cor_class *c = &h->class[i];
        if (c->rule || c->stage == COR_STAGE_N || (c->stage == p->stage && cor_str_eq(c->group, p->group)) ||
            cor_str_is(c->group, "logs"))
            continue;
        for (size_t k = 0; k < c->n; k++)
            if (c->hour[k].here.first != COR_NOTIME && c->hour[k].here.first <= t + after &&
                c->hour[k].here.last >= t - before)
                return true;
    }
    return false;
}

static bool rises(const cor_desk *d, const cor_jhost *h, const cor_heap *p, cor_time t)
{
    static const char *const fan[] = {"LAT1", "LAT2", "LAT3", "LAT4", "PER6"};
    const char *id = p->sign->id;
    if (t == COR_NOTIME)
        return false;
    if (strcmp(id, "DIS5") == 0)
        return beside(h, p, t, 24 * HOUR, 0);
    if (strcmp(id, "OPS10") == 0)
        return beside(h, p, t, HOUR, HOUR);
    if (strcmp(id, "LOG1") == 0) /* convicts nobody: only where the rest does already; nor hides what is to come */
        return h->own == COR_VERDICT_INFECTED && t >= h->since && beside(h, p, t, COR_JUDGE_NEAR, COR_JUDGE_NEAR);
    if (strcmp(id, "LAT7") == 0)
        return strong_of(d, h, fan, COR_LEN(fan)) != NULL;
    return false;
}

static cor_code raise_one(cor_desk *d, uint32_t host, uint32_t no, bool *changed, cor_err *e)
{
    for (uint32_t i = 0; i < d->heap[no].n_basis; i++) {
        cor_heap *p = &d->heap[no];
        if (p->raised >> i & 1 || !rises(d, &d->host[host], p, p->basis[i].time))
            continue;
        p->raised |= 1u << i;
        *changed = true;
        cor_arena_reset(&d->scratch);
        cor_str text = cor_arena_fmt(&d->scratch, "%.*s (strong beside the other signs of this host)",
                                     COR_STR_FMT(p->text));
        cor_basis b = p->basis[i];
        cor_obs o = {.host = host, .peer = p->peer, .kind = COR_REASON_SIGN, .sign = p->sign, .grade = COR_GRADE_STRONG,
                     .stage = p->stage, .group = p->group, .family = p->family, .text = text, .last = b.time,
                     .basis = &b, .n_basis = 1};
        if (text.p == NULL)
            return cor_nomem(e, "judge");
        if (cor_desk_observe(d, &o, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

static cor_code raise(cor_desk *d, bool *changed, cor_err *e)
{
    for (uint32_t i = 0; i < d->n_host; i++) {
        size_t n = d->host[i].n_heap; /* what is raised stands behind */
        for (size_t k = 0; k < n; k++) {
            uint32_t no = d->host[i].heap[k];
            const cor_heap *p = &d->heap[no];
            if (p->kind == COR_REASON_SIGN && p->grade == COR_GRADE_WEAK && raise_one(d, i, no, changed, e) != COR_OK)
                return e->code;
        }
    }
    return COR_OK;
}

/* The logon screen's programs replaced on two hosts are no rescue of a password. */
static cor_code raise_fleet(cor_desk *d, cor_err *e)
{
    static const char *const id[] = {"OPS3"};
    size_t hosts = 0;
    for (size_t i = 0; i < d->n_host; i++)
        hosts += strong_of(d, &d->host[i], id, 1) != NULL;
    for (uint32_t i = 0; hosts > 1 && i < d->n_host; i++) {
        const cor_heap *p = strong_of(d, &d->host[i], id, 1);
        if (p == NULL || p->grade == COR_GRADE_CONCLUSIVE)
            continue;
        cor_arena_reset(&d->scratch);
        cor_str text = cor_arena_fmt(&d->scratch, "%.*s (conclusive: on %zu hosts)", COR_STR_FMT(p->text), hosts);
        cor_basis b = p->basis[0];
        cor_obs o = {.host = i, .peer = COR_NONE, .kind = COR_REASON_SIGN, .sign = p->sign,
                     .grade = COR_GRADE_CONCLUSIVE, .stage = p->stage, .group = p->group, .family = p->family,
                     .text = text, .last = b.time,
                     .basis = &b, .n_basis = 1};
        if (text.p == NULL)
            return cor_nomem(e, "judge");
        if (cor_desk_observe(d, &o, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

/* ---- logs cleared by SYSTEM in the middle of an incident (LOG2) ---- */

static cor_code clearings(cor_desk *d, bool *changed, cor_err *e)
{
    const cor_sign *s = cor_sign_find(COR_S("LOG2"));
    cor_time from = COR_NOTIME;
    for (size_t i = 0; i < d->n_host; i++)
        if (d->host[i].own == COR_VERDICT_INFECTED)
            earliest(&from, d->host[i].since);
    for (uint32_t i = 0; s != NULL && from != COR_NOTIME && i < d->n_host; i++)
        for (size_t k = 0; k < d->host[i].n_mark; k++) {
            cor_mark *m = &d->host[i].mark[k];
            if (m->no != 1102 || !m->system || m->time == COR_NOTIME || m->time < from)
                continue;
            m->system = false; /* once */
            *changed = true;
            cor_obs o = {.host = i, .peer = COR_NONE, .kind = COR_REASON_SIGN, .sign = s, .grade = COR_GRADE_STRONG,
                         .stage = s->stage, .group = cor_str_of(s->group), .family = COR_S(""),
                         .text = COR_S("The Security log was cleared by SYSTEM in the middle of the incident"),
                         .last = m->time, .basis = &m->basis, .n_basis = 1};
            if (cor_desk_observe(d, &o, e) != COR_OK)
                return e->code;
        }
    return COR_OK;
}

cor_code cor_judge_spread(cor_desk *d, cor_err *e)
{
    cor_intern said = {0};
    bool changed = true;
    cor_code c = raise_fleet(d, e);
    while (c == COR_OK && changed) {
        changed = false;
        cor_judge_decide(d);
        c = raise(d, &changed, e);
        cor_judge_decide(d);
        if (c == COR_OK)
            c = clearings(d, &changed, e);
        if (c == COR_OK)
            c = cor_judge_c2(d, &said, &changed, e);
    }
    cor_judge_decide(d);
    cor_intern_free(&said);
    return c;
}
