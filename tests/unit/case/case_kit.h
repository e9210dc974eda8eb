/* A case made in a test, and all that it says as text. */
#ifndef COR_TESTS_CASE_KIT_H
#define COR_TESTS_CASE_KIT_H

#include "tests/unit/case/scene.h"

#include "case/store.h"

static void put(cor_buf *b, const char *what, cor_str s)
{
    cor_buf_fmt(b, " %s=%.*s", what, COR_STR_FMT(s));
}

static COR_UNUSED void put_time(cor_buf *b, cor_time t)
{
    cor_buf_c(b, ' ');
    if (t == COR_NOTIME)
        cor_buf_c(b, '?');
    else
        cor_buf_time(b, t, 0);
}

static COR_UNUSED cor_code on_host(void *ctx, const cor_host *h, cor_err *e)
{
    cor_buf *b = ctx;
    (void)e;
    cor_buf_fmt(b, "H %.*s", COR_STR_FMT(h->name));
    for (uint32_t i = 0; i < h->n_spelled; i++)
        cor_buf_fmt(b, " \"%.*s\"", COR_STR_FMT(h->spelled[i]));
    cor_buf_fmt(b, " %u", (unsigned)h->records);
    put_time(b, h->first);
    put_time(b, h->last);
    for (uint32_t i = 0; i < h->n_log; i++) {
        cor_buf_fmt(b, " %.*s=%u", COR_STR_FMT(h->log[i].channel), (unsigned)h->log[i].records);
        if (h->log[i].gaps != 0) {
            cor_buf_fmt(b, " gaps=%u until", (unsigned)h->log[i].gaps);
            put_time(b, h->log[i].gap_last);
        }
    }
    cor_buf_fmt(b, " low=%u high=%u crit=%u lateral=%u\n", (unsigned)h->level[COR_LEVEL_LOW],
                (unsigned)h->level[COR_LEVEL_HIGH],
                (unsigned)h->level[COR_LEVEL_CRITICAL], (unsigned)h->tactic[11]);
    return COR_OK;
}

static cor_code put_finding(cor_buf *b, const cor_case_finding *f, bool places)
{
    cor_buf_fmt(b, "F %.*s %d", COR_STR_FMT(f->id), (int)f->level);
    put(b, "rule", f->rule_id);
    put_time(b, f->time);
    put_time(b, f->last);
    put(b, "computer", f->computer);
    put(b, "channel", f->channel);
    put(b, "host", f->host);
    cor_buf_fmt(b, " id=%u record=%u", f->event_id, (unsigned)f->record_id);
    for (uint32_t i = 0; places && i < f->n_place; i++)
        cor_buf_fmt(b, " at %.*s:%u", COR_STR_FMT(f->place[i].input), (unsigned)f->place[i].offset);
    for (uint32_t i = 0; i < f->n_field; i++)
        put(b, "field", f->field[i].text);
    for (uint32_t i = 0; i < f->n_matched; i++)
        cor_buf_fmt(b, " [%.*s: %.*s]", COR_STR_FMT(f->matched[i].field), COR_STR_FMT(f->matched[i].value));
    for (uint32_t i = 0; i < f->n_corr_group; i++)
        cor_buf_fmt(b, " {%.*s: %.*s}", COR_STR_FMT(f->corr_group[i].name), COR_STR_FMT(f->corr_group[i].text));
    for (uint32_t i = 0; i < f->n_event; i++) {
        cor_buf_fmt(b, " <%.*s %u %u", COR_STR_FMT(places ? f->event[i].input : COR_S("")),
                    (unsigned)f->event[i].record_id, places ? (unsigned)f->event[i].offset : 0);
        put(b, "host", f->event[i].host);
        put(b, "rule", f->event[i].rule->title);
        cor_buf_c(b, '>');
    }
    cor_buf_fmt(b, " total=%u value=%g tags=%u\n", (unsigned)f->n_total, f->value, f->n_tag);
    return COR_OK;
}

static COR_UNUSED cor_code on_finding(void *ctx, const cor_case_finding *f, cor_err *e)
{
    (void)e;
    return put_finding(ctx, f, true);
}

static COR_UNUSED cor_code on_finding_itself(void *ctx, const cor_case_finding *f, cor_err *e)
{
    (void)e;
    return put_finding(ctx, f, false);
}

static cor_code put_fact(cor_buf *b, const cor_fact *f, bool places)
{
    char key[33];
    cor_hex(f->key, sizeof f->key, key);
    cor_buf_fmt(b, "T %s %s", cor_fact_name[f->kind], key);
    put_time(b, f->first);
    put_time(b, f->last);
    put(b, "host", f->host);
    put(b, "channel", f->channel);
    cor_buf_fmt(b, " id=%u record=%u", f->event_id, (unsigned)f->record_id);
    if (places)
        cor_buf_fmt(b, " at=%.*s:%u", COR_STR_FMT(f->path), (unsigned)f->offset);
    const cor_str s[] = {f->account, f->domain, f->sid, f->address, f->peer, f->logon_id, f->object, f->detail,
                         f->access, f->status};
    for (size_t i = 0; i < COR_LEN(s); i++)
        cor_buf_fmt(b, "|%.*s", COR_STR_FMT(s[i]));
    cor_buf_fmt(b, "|%u|%u|%d\n", f->logon_type, f->port, f->elevated);
    return COR_OK;
}

static COR_UNUSED cor_code on_fact(void *ctx, const cor_fact *f, cor_err *e)
{
    (void)e;
    return put_fact(ctx, f, true);
}

static COR_UNUSED cor_code on_fact_itself(void *ctx, const cor_fact *f, cor_err *e)
{
    (void)e;
    return put_fact(ctx, f, false);
}

static COR_UNUSED cor_code on_input(void *ctx, const cor_case_input *i, cor_err *e)
{
    cor_buf *b = ctx;
    char hash[65] = "-";
    (void)e;
    if (i->hashed)
        cor_hex(i->sha256, 32, hash);
    cor_buf_fmt(b, "I %.*s %s %.*s %u %u %u %u %.*s\n", COR_STR_FMT(i->path), hash, COR_STR_FMT(i->reader),
                (unsigned)i->size,
                (unsigned)i->records, (unsigned)i->damaged, (unsigned)i->lost, COR_STR_FMT(i->error));
    return COR_OK;
}

/* All that a case says; with inputs: and by which names. */
static COR_UNUSED cor_code dump_into(cor_case *c, cor_buf *b, bool inputs, cor_err *e)
{
    cor_time first, last;
    cor_buf_clear(b);
    cor_code rc = cor_case_span(c, &first, &last, e);
    if (rc == COR_OK && inputs)
        rc = cor_case_inputs(c, on_input, b, e);
    if (rc == COR_OK)
        rc = cor_case_hosts(c, on_host, b, e);
    if (rc == COR_OK)
        rc = cor_case_findings(c, NULL, inputs ? on_finding : on_finding_itself, b, e);
    if (rc == COR_OK)
        rc = cor_case_facts(c, UINT32_MAX, (cor_str){NULL, 0}, inputs ? on_fact : on_fact_itself, b, e);
    if (rc != COR_OK)
        return rc;
    put_time(b, first);
    put_time(b, last);
    cor_buf_c(b, '\0');
    return cor_buf_ok(b) ? COR_OK : cor_nomem(e, "test");
}

static COR_UNUSED void dump(cor_case *c, cor_buf *b, bool inputs)
{
    cor_err e = {0};
    if (dump_into(c, b, inputs, &e) != COR_OK)
        fail_msg("%s", e.msg);
}

static COR_UNUSED cor_detect_options options(const setup *s, const char *const *path, size_t n, int threads,
                                             size_t memory)
{
    cor_detect_options o = {.rules = &s->k.set, .memory = memory};
    o.run = (cor_run_options){.path = path, .n_path = n, .threads = threads, .read = {.from = COR_NOTIME,
        .to = COR_NOTIME}};
    return o;
}

static COR_UNUSED void read_in(cor_case *c, const setup *s, const char *const *path, size_t n, int threads,
                               size_t memory)
{
    cor_err e = {0};
    cor_detect_result r;
    const cor_detect_options o = options(s, path, n, threads, memory);
    if (cor_case_gather(c, &o, &r, &e) != COR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < r.run.n_walk_err; i++)
        fail_msg("%s", r.run.walk_err[i].msg);
    cor_detect_result_free(&r);
}

static COR_UNUSED void conclude(cor_case *c, const setup *s)
{
    cor_err e = {0};
    cor_detect_result r = {0};
    const cor_detect_options o = options(s, NULL, 0, 1, 0);
    if (cor_case_conclude(c, &o, &r, &e) != COR_OK)
        fail_msg("%s", e.msg);
}

static COR_UNUSED cor_case *open_case(const world *w, const char *name, cor_case_mode mode)
{
    char dir[128];
    cor_err e = {0};
    cor_case *c;
    snprintf(dir, sizeof dir, "%s/%s", w->dir, name);
    if (cor_case_open(dir, mode, &c, &e) != COR_OK)
        fail_msg("%s", e.msg);
    return c;
}

#endif
