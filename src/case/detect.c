/* Three strides: read all evidence with one matcher, one collector of correlation rows and one sorter of findings per
 * worker; sweep the correlations; bring all findings together by id (which tells first places from further ones) and then
 * into their final order. Only sorted rows are kept between the strides, so memory stays what it was told to be. */
#include "case/detect.h"

#include "base/alloc.h"
#include "case/finding_row.h"
#include "case/hosts.h"

#define ROOM "detect"

typedef struct detect detect;

typedef struct worker {
    detect *d;
    cor_matcher *matcher;
    cor_correlator *corr;
    cor_sort *by_id;
    cor_hosts *hosts;      /* NULL: not counted */
    cor_digest *digest;
    cor_arena mem;         /* of one event */
    cor_buf key, data;
    const cor_input *input;
    uint64_t looked_at;
    cor_err refused;       /* of `seen`, which cannot return it */
} worker;

struct detect {
    const cor_detect_options *o;
    const cor_detect_hooks *h;
    cor_detect_result *out;
    cor_plan *plan;
    worker **worker;       /* by number; NULL where none was needed */
    size_t n_worker;
    size_t share;          /* bytes for one sorter of one worker */
    cor_sort *corr_by_id;  /* findings of correlations */
    cor_sort *final;
    cor_fleet *fleet;      /* NULL: hosts are not counted */
    cor_digest *digest;
    cor_arena mem;
    cor_buf key, data;
};

static bool reported(const detect *d, const cor_rule *r)
{
    return !r->silent && r->level >= d->o->min_level;
}

/* ---- reading ---- */

static void worker_free(worker *w)
{
    if (w == NULL)
        return;
    cor_matcher_free(w->matcher);
    cor_correlator_free(w->corr);
    cor_sort_free(w->by_id);
    cor_hosts_free(w->hosts);
    cor_digest_free(w->digest);
    cor_arena_free(&w->mem);
    cor_buf_free(&w->key);
    cor_buf_free(&w->data);
    cor_free(w);
}

static void *worker_open(void *ctx, int no)
{
    detect *d = ctx;
    const char *tmp = d->o->run.tmp;
    worker *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return NULL;
    w->d = d;
    cor_arena_init(&w->mem, (size_t)64 << 10);
    w->matcher = cor_matcher_new(d->plan);
    w->corr = cor_correlator_new(d->o->rules, d->share, tmp);
    w->by_id = cor_sort_new(d->share, tmp);
    w->digest = cor_digest_new();
    if (d->h->host != NULL)
        w->hosts = cor_hosts_new(d->share / 2, tmp);
    bool counted = d->h->host == NULL || w->hosts != NULL;
    if (w->matcher == NULL || w->corr == NULL || w->by_id == NULL || w->digest == NULL || !counted) {
        worker_free(w);
        return NULL;
    }
    d->worker[no] = w;
    return w;
}

static void on_seen(void *ctx, const cor_seen *s)
{
    worker *w = ctx;
    if (COR_LIKELY(w->refused.code == COR_OK))
        cor_hosts_seen(w->hosts, w->input, s, &w->refused);
}

static bool on_want(void *ctx, const cor_head *head)
{
    worker *w = ctx;
    return cor_matcher_want(w->matcher, head) || (w->hosts != NULL && cor_hosts_want(head));
}

/* The rule's hit becomes a row; what made it fire is looked up now, while the event is at hand. */
static cor_code keep_finding(worker *w, const cor_hit *hit, const cor_rule *r, const cor_event *ev, cor_err *e)
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
    atomic_fetch_add_explicit(&w->d->out->so_far, 1, memory_order_relaxed);
    return cor_sort_add(w->by_id, cor_buf_view(&w->key), cor_buf_view(&w->data), e);
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    worker *w = ctx;
    const uint32_t *rule;
    uint32_t n;
    cor_code rc = COR_OK;
    if (COR_UNLIKELY(w->hosts != NULL && cor_hosts_want(&ev->head))) {
        rc = cor_hosts_event(w->hosts, ev, e);
        if (rc != COR_OK || !cor_matcher_want(w->matcher, &ev->head))
            return rc;
    }
    w->looked_at++;
    rc = cor_matcher_event(w->matcher, ev, &rule, &n, e);
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
        const cor_rule *r = w->d->o->rules->rule[hits[i]];
        if (r->wanted_by_corr)
            rc = cor_correlator_add(w->corr, w->matcher, r->no, ev, &hit.ref, e);
        if (rc == COR_OK && reported(w->d, r))
            rc = keep_finding(w, &hit, r, ev, e);
    }
    return rc;
}

static cor_sink sink(void *state, const cor_input *in, uint64_t seq)
{
    worker *w = state;
    (void)seq;
    w->input = in;
    return (cor_sink){.ctx = w, .seen = w->hosts == NULL ? NULL : on_seen, .want = on_want, .fields = true, .event = on_event};
}

static cor_code part_done(void *state, const cor_input *in, uint64_t seq, cor_err *e)
{
    worker *w = state;
    (void)in;
    (void)seq;
    if (w->refused.code != COR_OK && e != NULL)
        *e = w->refused;
    return w->refused.code;
}

/* ---- correlating ---- */

static cor_code on_corr(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    detect *d = ctx;
    const cor_rule *r = d->o->rules->rule[f->rule];
    uint8_t id[COR_ID_SIZE];
    if (!reported(d, r))
        return COR_OK;
    cor_corr_id(f, r, d->digest, id);
    cor_buf_clear(&d->key);
    cor_buf_clear(&d->data);
    cor_corr_pack(f, r, id, &d->key, &d->data);
    if (!cor_buf_ok(&d->key) || !cor_buf_ok(&d->data))
        return cor_nomem(e, ROOM);
    return cor_sort_add(d->corr_by_id, cor_buf_view(&d->key), cor_buf_view(&d->data), e);
}

static cor_code correlate(detect *d, cor_err *e)
{
    cor_correlator **c = cor_alloc(d->n_worker * sizeof(cor_correlator *));
    if (c == NULL)
        return cor_nomem(e, ROOM);
    size_t n = 0;
    for (size_t i = 0; i < d->n_worker; i++)
        if (d->worker[i] != NULL)
            c[n++] = d->worker[i]->corr;
    cor_code rc = cor_correlate(c, n, on_corr, d, e);
    cor_corr_stats s = {0};
    for (size_t i = 0; i < n; i++)
        cor_correlator_stats(c[i], &s);
    d->out->n_corr_rows = s.rows;
    d->out->n_corr_notime = s.notime;
    d->out->n_corr_nogroup = s.nogroup;
    d->out->n_corr_novalue = s.novalue;
    d->out->n_corr_limited = s.limited;
    cor_free(c);
    return rc;
}

/* ---- bringing together ---- */

/* The host of a finding; COR_NONE for a correlation over several. In its events too. */
static uint32_t set_hosts(const detect *d, cor_finding *f, const uint32_t *input)
{
    if (d->fleet == NULL)
        return COR_NONE;
    uint32_t host = f->n_event != 0 ? COR_NONE : cor_fleet_find(d->fleet, f->input_no, f->channel, f->computer);
    for (uint32_t i = 0; i < f->n_event; i++) {
        cor_finding_event *ev = (cor_finding_event *)(uintptr_t)&f->event[i]; /* ours, in d->mem */
        uint32_t its = cor_fleet_find(d->fleet, input[i], ev->channel, ev->computer);
        ev->host = cor_fleet_name(d->fleet, its);
        host = i == 0 || host == its ? its : COR_NONE;
    }
    f->host = cor_fleet_name(d->fleet, host);
    return host;
}

/* Counts a distinct finding for its host, a correlation for each host among its events. */
static void count_host(detect *d, cor_finding *f, const uint32_t *input)
{
    uint32_t tactics = cor_rule_tactics(f->rule), host = set_hosts(d, f, input);
    if (f->n_event == 0 || host != COR_NONE) {
        cor_fleet_finding(d->fleet, host, f->rule->level, tactics);
        return;
    }
    for (uint32_t i = 0; i < f->n_event; i++) {
        bool met = false;
        for (uint32_t k = 0; k < i && !met; k++)
            met = f->event[k].host.p == f->event[i].host.p; /* names of one fleet: the same text is the same pointer */
        if (!met)
            cor_fleet_finding(d->fleet, cor_fleet_find(d->fleet, input[i], f->event[i].channel, f->event[i].computer),
                              f->rule->level, tactics);
    }
}

/* One row of the first order into the second. `again`: not the first place of this finding. */
static cor_code pass_on(detect *d, cor_str data, bool again, cor_err *e)
{
    cor_str order, body;
    cor_finding f;
    const uint32_t *input;
    cor_code rc = cor_finding_split(data, &order, &body, e);
    cor_arena_reset(&d->mem);
    if (rc == COR_OK)
        rc = cor_finding_read(body, d->o->rules, &d->mem, &f, &input, e);
    if (rc != COR_OK || (again && d->o->dedupe))
        return rc;
    d->out->n_findings++;
    d->out->n_level[f.rule->level]++;
    if (!again) {
        d->out->n_distinct++;
        if (d->fleet != NULL)
            count_host(d, &f, input);
    }
    if (d->h->finding == NULL)
        return COR_OK;
    cor_buf_clear(&d->data);
    cor_buf_c(&d->data, again);
    cor_buf_str(&d->data, body);
    return cor_buf_ok(&d->data) ? cor_sort_add(d->final, order, cor_buf_view(&d->data), e) : cor_nomem(e, ROOM);
}

static cor_code gather(detect *d, cor_err *e)
{
    cor_sort **s = cor_alloc((d->n_worker + 1) * sizeof(cor_sort *));
    if (s == NULL)
        return cor_nomem(e, ROOM);
    size_t n = 0;
    for (size_t i = 0; i < d->n_worker; i++)
        if (d->worker[i] != NULL)
            s[n++] = d->worker[i]->by_id;
    s[n++] = d->corr_by_id;
    cor_sort_iter *it = cor_sort_merge(s, n, e);
    cor_code rc = it == NULL ? e->code : COR_OK;
    uint8_t last[COR_ID_SIZE] = {0};
    bool any = false;
    while (rc == COR_OK) {
        cor_str key, data;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        bool again = any && key.n > COR_ID_SIZE && memcmp(key.p, last, COR_ID_SIZE) == 0;
        any = true;
        if (!again && key.n > COR_ID_SIZE)
            memcpy(last, key.p, COR_ID_SIZE);
        rc = pass_on(d, data, again, e);
    }
    cor_sort_iter_free(it);
    cor_free(s);
    return rc;
}

static cor_str input_name(const detect *d, uint32_t no)
{
    return no < d->out->run.n_input ? d->out->run.input[no].name : COR_S("");
}

static const uint8_t *input_sha256(const detect *d, uint32_t no)
{
    return no < d->out->run.n_input && d->out->run.input[no].hashed ? d->out->run.input[no].sha256 : NULL;
}

/* Where it lies, by name: rows carry numbers only. */
static void set_places(const detect *d, cor_finding *f, const uint32_t *event_input)
{
    f->input = input_name(d, f->input_no);
    f->sha256 = input_sha256(d, f->input_no);
    for (uint32_t i = 0; i < f->n_event; i++) {
        cor_finding_event *ev = (cor_finding_event *)(uintptr_t)&f->event[i]; /* ours, in d->mem */
        ev->input = input_name(d, event_input[i]);
        ev->sha256 = input_sha256(d, event_input[i]);
    }
}

static cor_code hand_out(detect *d, cor_err *e)
{
    cor_sort_iter *it = cor_sort_merge(&d->final, 1, e);
    cor_code rc = it == NULL ? e->code : COR_OK;
    while (rc == COR_OK) {
        cor_str key, data;
        cor_finding f;
        const uint32_t *input;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        cor_arena_reset(&d->mem);
        rc = cor_finding_read((cor_str){data.p + 1, data.n - 1}, d->o->rules, &d->mem, &f, &input, e);
        if (rc != COR_OK)
            break;
        f.again = data.p[0] != 0;
        set_places(d, &f, input);
        set_hosts(d, &f, input);
        rc = d->h->finding(d->h->ctx, &f, e);
    }
    cor_sort_iter_free(it);
    return rc;
}

/* Whose records were read: known before the first finding is counted. */
static cor_code settle_hosts(detect *d, cor_err *e)
{
    if (d->h->host == NULL)
        return COR_OK;
    cor_hosts **h = cor_alloc(d->n_worker * sizeof(cor_hosts *));
    if (h == NULL)
        return cor_nomem(e, ROOM);
    size_t n = 0;
    for (size_t i = 0; i < d->n_worker; i++)
        if (d->worker[i] != NULL)
            h[n++] = d->worker[i]->hosts;
    cor_code rc = cor_fleet_new(h, n, &d->out->run, d->share / 2, d->o->run.tmp, &d->fleet, e);
    cor_free(h);
    d->out->hosts_by_name = rc == COR_OK && cor_fleet_by_name(d->fleet);
    return rc;
}

/* ---- the whole ---- */

static void count_run(detect *d)
{
    cor_detect_result *out = d->out;
    out->n_inputs = out->run.n_input;
    for (size_t i = 0; i < out->run.n_input; i++) {
        const cor_input_report *r = &out->run.input[i];
        out->n_evidence += r->reader != NULL && strcmp(r->reader, "archive") != 0;
        out->n_unfinished += r->err != NULL;
        out->n_records += r->tally.records + r->tally.recovered;
    }
    for (size_t i = 0; i < d->n_worker; i++) {
        const worker *w = d->worker[i];
        if (w == NULL)
            continue;
        out->n_looked_at += w->looked_at;
        out->n_regex_limited += cor_matcher_limits(w->matcher).regex;
    }
}

/* What follows the reading, also when it was stopped. */
static cor_code conclude(detect *d, cor_err *e)
{
    cor_code rc = settle_hosts(d, e);
    if (rc == COR_OK)
        rc = correlate(d, e);
    if (rc == COR_OK)
        rc = gather(d, e);
    for (size_t i = 0; i < d->n_worker; i++) { /* their part is done: give the room back */
        if (d->worker[i] == NULL)
            continue;
        cor_sort_free(d->worker[i]->by_id);
        d->worker[i]->by_id = NULL;
    }
    if (rc == COR_OK && d->fleet != NULL)
        rc = cor_fleet_each(d->fleet, d->h->host, d->h->ctx, &d->out->n_hosts, e);
    if (rc == COR_OK && d->h->finding != NULL)
        rc = hand_out(d, e);
    return rc;
}

static cor_code prepare(detect *d, cor_err *e)
{
    const cor_detect_options *o = d->o;
    size_t memory = o->memory == 0 ? COR_DETECT_MEMORY : o->memory;
    d->n_worker = o->run.threads < 1 ? 1 : (size_t)o->run.threads;
    d->share = memory / 4 / d->n_worker;
    d->worker = cor_zalloc(d->n_worker * sizeof(worker *));
    d->corr_by_id = cor_sort_new(memory / 8, o->run.tmp);
    d->final = cor_sort_new(memory / 4, o->run.tmp);
    d->digest = cor_digest_new();
    cor_arena_init(&d->mem, (size_t)64 << 10);
    if (d->worker == NULL || d->corr_by_id == NULL || d->final == NULL || d->digest == NULL)
        return cor_nomem(e, ROOM);
    return cor_plan_new(o->rules, o->engine, &d->plan, e);
}

cor_code cor_detect(const cor_detect_options *o, const cor_detect_hooks *h, cor_detect_result *out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e; /* sorts say their code through it */
    *out = (cor_detect_result){.n_rules = o->rules->n_rule};
    detect d = {.o = o, .h = h, .out = out};
    cor_code rc = prepare(&d, e);
    bool stopped = false;
    if (rc == COR_OK) {
        const cor_run_hooks hooks = {.ctx = &d, .worker_open = worker_open, .sink = sink, .part_done = part_done,
                                     .hash_inputs = o->hash_inputs};
        rc = cor_run(&o->run, &hooks, &out->run, e);
        stopped = rc == COR_ESTOP;
        count_run(&d);
    }
    if (rc == COR_OK || stopped) {
        cor_err late = {0};
        cor_code end = conclude(&d, &late);
        if (end != COR_OK) {
            rc = end;
            *e = late;
        }
    }
    for (size_t i = 0; d.worker != NULL && i < d.n_worker; i++)
        worker_free(d.worker[i]);
    cor_free(d.worker);
    cor_sort_free(d.corr_by_id);
    cor_sort_free(d.final);
    cor_fleet_free(d.fleet);
    cor_digest_free(d.digest);
    cor_arena_free(&d.mem);
    cor_buf_free(&d.key);
    cor_buf_free(&d.data);
    cor_plan_free(d.plan);
    return rc;
}

void cor_detect_result_free(cor_detect_result *r)
{
    cor_run_result_free(&r->run);
}
