#include "case/stride.h"

#include "base/alloc.h"
#include "case/finding_row.h"

#define ROOM "detect"

struct cor_stride_worker {
    cor_stride *s;
    cor_matcher *matcher;
    cor_correlator *corr;
    cor_sort *by_id;
    cor_hosts *hosts;      /* NULL: not counted */
    cor_facts *facts;      /* NULL: not gathered */
    cor_digest *digest;
    cor_arena mem;         /* of one event */
    cor_buf key, data;
    const cor_input *input;
    bool rules;            /* the event at hand is wanted for rules ... */
    bool fact;             /* ... for a fact ... */
    bool machine;          /* ... for its machine's SID */
    uint64_t looked_at;
    cor_err refused;       /* of `seen`, which cannot return it */
};

bool cor_stride_reported(const cor_detect_options *o, const cor_rule *r)
{
    return !r->silent && r->level >= o->min_level;
}

static void worker_free(cor_stride_worker *w)
{
    if (w == NULL)
        return;
    cor_matcher_free(w->matcher);
    cor_correlator_free(w->corr);
    cor_sort_free(w->by_id);
    cor_hosts_free(w->hosts);
    cor_facts_free(w->facts);
    cor_digest_free(w->digest);
    cor_arena_free(&w->mem);
    cor_buf_free(&w->key);
    cor_buf_free(&w->data);
    cor_free(w);
}

static void *worker_open(void *ctx, int no)
{
    cor_stride *s = ctx;
    const char *tmp = s->o->run.tmp;
    cor_stride_worker *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return NULL;
    w->s = s;
    cor_arena_init(&w->mem, (size_t)64 << 10);
    w->matcher = cor_matcher_new(s->plan);
    w->corr = cor_correlator_new(s->o->rules, s->share, tmp);
    w->by_id = cor_sort_new(s->share, tmp);
    w->digest = cor_digest_new();
    bool ok = w->matcher != NULL && w->corr != NULL && w->by_id != NULL && w->digest != NULL;
    if (ok && s->count != COR_COUNT_NONE) {
        w->hosts = cor_hosts_new(s->share / 2, tmp, s->count);
        ok = w->hosts != NULL;
    }
    if (ok && s->facts) {
        w->facts = cor_facts_new(s->share, tmp);
        ok = w->facts != NULL;
    }
    if (!ok) {
        worker_free(w);
        return NULL;
    }
    s->worker[no] = w;
    return w;
}

static void on_seen(void *ctx, const cor_seen *seen)
{
    cor_stride_worker *w = ctx;
    if (COR_LIKELY(w->refused.code == COR_OK))
        cor_hosts_seen(w->hosts, w->input, seen, &w->refused);
}

static bool on_want(void *ctx, const cor_head *head)
{
    cor_stride_worker *w = ctx;
    w->rules = cor_matcher_want(w->matcher, head);
    w->fact = w->facts != NULL && cor_facts_want(w->facts, head);
    w->machine = w->hosts != NULL && cor_hosts_want(head);
    return w->rules || w->fact || w->machine;
}

static bool on_spare(void *ctx, const cor_event *ev)
{
    cor_stride_worker *w = ctx;
    if (w->fact || w->machine || !cor_matcher_spare(w->matcher, ev))
        return false;
    w->looked_at++;
    return true;
}

/* The rule's hit becomes a row; what made it fire is looked up now, while the event is at hand. */
static cor_code keep_finding(cor_stride_worker *w, const cor_hit *hit, const cor_rule *r, const cor_event *ev,
                             cor_err *e)
{
    const cor_matched *m;
    uint32_t n;
    uint8_t id[COR_ID_SIZE];
    cor_code rc = cor_matcher_matched(w->matcher, r->no, ev, &w->mem, &m, &n, e);
    if (rc != COR_OK)
        return rc;
    cor_hit_id(hit, r, w->digest, id);
    cor_buf_clear(&w->key);
    cor_buf_clear(&w->data);
    cor_hit_pack(hit, r, id, m, n, &w->key, &w->data);
    if (!cor_buf_ok(&w->key) || !cor_buf_ok(&w->data))
        return cor_nomem(e, ROOM);
    atomic_fetch_add_explicit(&w->s->out->so_far, 1, memory_order_relaxed);
    return cor_sort_add(w->by_id, cor_buf_view(&w->key), cor_buf_view(&w->data), e);
}

static cor_code match(cor_stride_worker *w, const cor_event *ev, cor_err *e)
{
    const uint32_t *rule;
    uint32_t n;
    w->looked_at++;
    cor_code rc = cor_matcher_event(w->matcher, ev, &rule, &n, e);
    if (COR_LIKELY(rc != COR_OK || n == 0))
        return rc;
    cor_arena_reset(&w->mem);
    uint32_t *hits = cor_arena_get(&w->mem, n * sizeof *hits); /* asking the matcher for more may reuse its list */
    if (hits == NULL)
        return cor_nomem(e, ROOM);
    memcpy(hits, rule, n * sizeof *hits);
    cor_hit hit;
    rc = cor_hit_make(&hit, ev, w->input->no, &w->mem, w->digest, e);
    for (uint32_t i = 0; rc == COR_OK && i < n; i++) {
        const cor_rule *r = w->s->o->rules->rule[hits[i]];
        if (r->wanted_by_corr)
            rc = cor_correlator_add(w->corr, w->matcher, r->no, ev, &hit.ref, e);
        if (rc == COR_OK && cor_stride_reported(w->s->o, r))
            rc = keep_finding(w, &hit, r, ev, e);
    }
    return rc;
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    cor_stride_worker *w = ctx;
    cor_code rc = COR_OK;
    if (COR_UNLIKELY(w->machine))
        rc = cor_hosts_event(w->hosts, ev, e);
    if (rc == COR_OK && w->rules)
        rc = match(w, ev, e);
    if (rc == COR_OK && w->fact)
        rc = cor_facts_event(w->facts, ev, w->input->no, e);
    return rc;
}

static cor_sink sink(void *state, const cor_input *in, uint64_t seq)
{
    cor_stride_worker *w = state;
    (void)seq;
    w->input = in;
    if (w->hosts != NULL)
        cor_hosts_part(w->hosts);
    return (cor_sink){.ctx = w, .seen = w->hosts == NULL ? NULL : on_seen, .want = on_want, .spare = on_spare,
                      .fields = true, .event = on_event};
}

static cor_code part_done(void *state, const cor_input *in, uint64_t seq, cor_err *e)
{
    cor_stride_worker *w = state;
    (void)in;
    (void)seq;
    if (w->refused.code != COR_OK && e != NULL)
        *e = w->refused;
    return w->refused.code;
}

static void count_run(cor_stride *s)
{
    cor_detect_result *out = s->out;
    out->n_inputs = out->run.n_input;
    for (size_t i = 0; i < out->run.n_input; i++) {
        const cor_input_report *r = &out->run.input[i];
        out->n_evidence += r->reader != NULL && strcmp(r->reader, "archive") != 0;
        out->n_unfinished += r->err != NULL;
        out->n_records += r->tally.records + r->tally.recovered;
    }
    for (size_t i = 0; i < s->n_worker; i++) {
        const cor_stride_worker *w = s->worker[i];
        if (w == NULL)
            continue;
        out->n_looked_at += w->looked_at;
        out->n_regex_limited += cor_matcher_limits(w->matcher).regex;
        s->by_id[s->n] = w->by_id;
        s->corr[s->n] = w->corr;
        s->hosts[s->n] = w->hosts;
        s->fact[s->n] = w->facts;
        s->n++;
    }
}

static cor_code prepare(cor_stride *s, cor_err *e)
{
    const cor_detect_options *o = s->o;
    size_t memory = o->memory == 0 ? COR_DETECT_MEMORY : o->memory;
    s->n_worker = o->run.threads < 1 ? 1 : (size_t)o->run.threads;
    s->share = memory / 4 / s->n_worker;
    s->worker = cor_zalloc(s->n_worker * sizeof(cor_stride_worker *));
    s->by_id = cor_alloc(s->n_worker * sizeof(cor_sort *));
    s->corr = cor_alloc(s->n_worker * sizeof(cor_correlator *));
    s->hosts = cor_alloc(s->n_worker * sizeof(cor_hosts *));
    s->fact = cor_alloc(s->n_worker * sizeof(cor_facts *));
    if (s->worker == NULL || s->by_id == NULL || s->corr == NULL || s->hosts == NULL || s->fact == NULL)
        return cor_nomem(e, ROOM);
    return cor_plan_new(o->rules, o->engine, &s->plan, e);
}

cor_code cor_stride_read(cor_stride *s, cor_err *e)
{
    cor_code rc = prepare(s, e);
    if (rc != COR_OK)
        return rc;
    const cor_run_hooks hooks = {.ctx = s, .worker_open = worker_open, .sink = sink, .part_done = part_done,
                                 .hash_inputs = s->o->hash_inputs};
    rc = cor_run(&s->o->run, &hooks, &s->out->run, e);
    count_run(s);
    return rc;
}

void cor_stride_drop_findings(cor_stride *s)
{
    for (size_t i = 0; i < s->n_worker; i++) {
        if (s->worker[i] == NULL)
            continue;
        cor_sort_free(s->worker[i]->by_id);
        s->worker[i]->by_id = NULL;
    }
    for (size_t i = 0; i < s->n; i++)
        s->by_id[i] = NULL;
}

void cor_stride_close(cor_stride *s)
{
    for (size_t i = 0; s->worker != NULL && i < s->n_worker; i++)
        worker_free(s->worker[i]);
    cor_free(s->worker);
    cor_free(s->by_id);
    cor_free(s->corr);
    cor_free(s->hosts);
    cor_free(s->fact);
    cor_plan_free(s->plan);
}

cor_code cor_stride_correlate(cor_correlator *const *c, size_t n, const atomic_bool *stop,
                              cor_code (*found)(void *ctx, const cor_corr_finding *f, cor_err *e), void *ctx,
                              cor_detect_result *out, cor_err *e)
{
    cor_code rc = cor_correlate(c, n, stop, found, ctx, e);
    cor_corr_stats s = {0};
    for (size_t i = 0; i < n; i++)
        cor_correlator_stats(c[i], &s);
    out->n_corr_rows = s.rows;
    out->n_corr_notime = s.notime;
    out->n_corr_nogroup = s.nogroup;
    out->n_corr_novalue = s.novalue;
    out->n_corr_limited = s.limited;
    return rc;
}
