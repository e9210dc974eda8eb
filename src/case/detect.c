/* Three strides: read all evidence (stride.h); sweep the correlations; bring all findings together by id (which tells
 * first places from further ones) and then into their final order. Only sorted rows are kept between the strides, so
 * memory stays what it was told to be. */
#include "case/detect.h"

#include "base/alloc.h"
#include "case/finding_row.h"
#include "case/stride.h"

#define ROOM "detect"

typedef struct detect {
    const cor_detect_options *o;
    const cor_detect_hooks *h;
    cor_detect_result *out;
    cor_stride read;
    cor_sort *corr_by_id;  /* findings of correlations */
    cor_sort *final;
    cor_fleet *fleet;      /* NULL: hosts are not counted */
    cor_digest *digest;
    cor_arena mem;
    cor_buf key, data;
    const atomic_bool *stop; /* heeded after the reading; NULL when that was stopped: what was read is still to be told */
} detect;

/* ---- correlating ---- */

static cor_code on_corr(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    detect *d = ctx;
    const cor_rule *r = d->o->rules->rule[f->rule];
    uint8_t id[COR_ID_SIZE];
    if (!cor_stride_reported(d->o, r))
        return COR_OK;
    cor_corr_id(f, r, d->digest, id);
    cor_buf_clear(&d->key);
    cor_buf_clear(&d->data);
    cor_corr_pack(f, r, id, &d->key, &d->data);
    if (!cor_buf_ok(&d->key) || !cor_buf_ok(&d->data))
        return cor_nomem(e, ROOM);
    return cor_sort_add(d->corr_by_id, cor_buf_view(&d->key), cor_buf_view(&d->data), e);
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
    size_t n = d->read.n;
    cor_sort **s = cor_alloc((n + 1) * sizeof(cor_sort *));
    if (s == NULL)
        return cor_nomem(e, ROOM);
    for (size_t i = 0; i < n; i++)
        s[i] = d->read.by_id[i];
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

/* ---- the whole ---- */

/* What follows the reading, also when it was stopped. Whose records were read is known before the first finding is
 * counted. */
static cor_code conclude(detect *d, cor_err *e)
{
    for (size_t i = 0; i < d->read.n; i++)
        cor_sort_heed(d->read.by_id[i], d->stop);
    cor_sort_heed(d->corr_by_id, d->stop);
    cor_sort_heed(d->final, d->stop);
    cor_code rc = COR_OK;
    if (d->h->host != NULL)
        rc = cor_fleet_new(d->read.hosts, d->read.n, &d->out->run, d->read.share / 2, d->o->run.tmp, d->stop,
                           &d->fleet, e);
    d->out->hosts_by_name = rc == COR_OK && d->fleet != NULL && cor_fleet_by_name(d->fleet);
    if (rc == COR_OK)
        rc = cor_stride_correlate(d->read.corr, d->read.n, d->stop, on_corr, d, d->out, e);
    if (rc == COR_OK)
        rc = gather(d, e);
    cor_stride_drop_findings(&d->read); /* their part is done: give the room back */
    if (rc == COR_OK && d->fleet != NULL)
        rc = cor_fleet_each(d->fleet, d->h->host, d->h->ctx, &d->out->n_hosts, e);
    if (rc == COR_OK && d->h->finding != NULL)
        rc = hand_out(d, e);
    return rc;
}

static cor_code prepare(detect *d, cor_err *e)
{
    size_t memory = d->o->memory == 0 ? COR_DETECT_MEMORY : d->o->memory;
    d->corr_by_id = cor_sort_new(memory / 8, d->o->run.tmp);
    d->final = cor_sort_new(memory / 4, d->o->run.tmp);
    d->digest = cor_digest_new();
    cor_arena_init(&d->mem, (size_t)64 << 10);
    return d->corr_by_id == NULL || d->final == NULL || d->digest == NULL ? cor_nomem(e, ROOM) : COR_OK;
}

cor_code cor_detect(const cor_detect_options *o, const cor_detect_hooks *h, cor_detect_result *out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e; /* sorts say their code through it */
    *out = (cor_detect_result){.n_rules = o->rules->n_rule};
    detect d = {.o = o, .h = h, .out = out, .read = {.o = o, .out = out, .count = h->host != NULL ? COR_COUNT_SETTLED : COR_COUNT_NONE}};
    cor_code rc = prepare(&d, e);
    if (rc == COR_OK)
        rc = cor_stride_read(&d.read, e);
    if (rc == COR_OK || rc == COR_ESTOP) {
        cor_err late = {0};
        d.stop = rc == COR_ESTOP ? NULL : o->run.stop;
        cor_code end = conclude(&d, &late);
        out->unsettled = end != COR_OK;
        if (end != COR_OK) {
            rc = end;
            *e = late;
        }
    }
    cor_stride_close(&d.read);
    cor_sort_free(d.corr_by_id);
    cor_sort_free(d.final);
    cor_fleet_free(d.fleet);
    cor_digest_free(d.digest);
    cor_arena_free(&d.mem);
    cor_buf_free(&d.key);
    cor_buf_free(&d.data);
    return rc;
}

void cor_detect_result_free(cor_detect_result *r)
{
    cor_run_result_free(&r->run);
}
