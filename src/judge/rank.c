#include "judge/rank.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/intern.h"
#include "base/pack.h"
#include "base/sort.h"
#include "base/utf.h"

enum { MATCHED_MAX = 200 }; /* bytes of the matched values kept for one line */

const cor_wanted_log cor_wanted_logs[] = {
    {"Security", "logons, accounts; with auditing process starts"},
    {"System", "services installed, logs cleared"},
    {"Microsoft-Windows-Sysmon/Operational", "processes, connections, injection"},
    {"Microsoft-Windows-PowerShell/Operational", "script blocks"},
    {"Windows PowerShell", "engine starts, pipelines"},
    {"Microsoft-Windows-TaskScheduler/Operational", "tasks registered and run"},
    {"Microsoft-Windows-Windows Defender/Operational", "malware found, protection switched off"},
    {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "remote desktop sessions"},
    {"Microsoft-Windows-WMI-Activity/Operational", "WMI consumers and errors"},
    {NULL, NULL},
};

struct cor_rank {
    const cor_ruleset *set;
    cor_sort *in;        /* rows by host: first the host, then its findings by level */
    cor_sort *out;       /* whole hosts by rank */
    cor_intern names;    /* the hosts' */
    uint64_t n_findings;
    cor_buf key, row;
    cor_arena mem;       /* of the host at hand */
};

cor_rank *cor_rank_new(const cor_ruleset *s, size_t budget, const char *tmpdir)
{
    cor_rank *r = cor_zalloc(sizeof(*r));
    if (r == NULL)
        return NULL;
    r->set = s;
    r->in = cor_sort_new(budget / 2, tmpdir);
    r->out = cor_sort_new(budget / 2, tmpdir);
    if (r->in == NULL || r->out == NULL) {
        cor_rank_free(r);
        return NULL;
    }
    return r;
}

void cor_rank_free(cor_rank *r)
{
    if (r == NULL)
        return;
    cor_sort_free(r->in);
    cor_sort_free(r->out);
    cor_intern_free(&r->names);
    cor_buf_free(&r->key);
    cor_buf_free(&r->row);
    cor_arena_free(&r->mem);
    cor_free(r);
}

uint64_t cor_host_has(const cor_host *h, const char *channel)
{
    for (uint32_t i = 0; i < h->n_log; i++)
        if (cor_str_ieq(h->log[i].channel, cor_str_of(channel)))
            return h->log[i].records;
    return 0;
}

/* ---- rows ---- */

static void pack_host(cor_buf *b, const cor_host *h)
{
    cor_pack_str(b, h->name);
    cor_pack_u64(b, h->n_spelled);
    for (uint32_t i = 0; i < h->n_spelled; i++)
        cor_pack_str(b, h->spelled[i]);
    cor_pack_u64(b, h->records);
    cor_pack_i64(b, h->first);
    cor_pack_i64(b, h->last);
    cor_pack_u64(b, h->n_log);
    for (uint32_t i = 0; i < h->n_log; i++) {
        cor_pack_str(b, h->log[i].channel);
        cor_pack_u64(b, h->log[i].records);
        cor_pack_i64(b, h->log[i].first);
        cor_pack_i64(b, h->log[i].last);
    }
    cor_pack_u64(b, h->cut);
    for (size_t i = 0; i < COR_LEN(h->level); i++)
        cor_pack_u64(b, h->level[i]);
    for (size_t i = 0; i < COR_LEN(h->tactic); i++)
        cor_pack_u64(b, h->tactic[i]);
}

static cor_code unpack_host(cor_unpack *u, cor_arena *mem, cor_host *h, cor_err *e)
{
    *h = (cor_host){.name = cor_unpack_str(u)};
    h->n_spelled = (uint32_t)cor_unpack_u64(u);
    cor_str *spelled = cor_arena_get(mem, h->n_spelled * sizeof(*spelled));
    if (spelled == NULL)
        return cor_nomem(e, "rank");
    for (uint32_t i = 0; i < h->n_spelled; i++)
        spelled[i] = cor_unpack_str(u);
    h->spelled = spelled;
    h->records = cor_unpack_u64(u);
    h->first = cor_unpack_i64(u);
    h->last = cor_unpack_i64(u);
    h->n_log = (uint32_t)cor_unpack_u64(u);
    cor_host_log *log = cor_arena_get(mem, h->n_log * sizeof(*log));
    if (log == NULL)
        return cor_nomem(e, "rank");
    for (uint32_t i = 0; i < h->n_log; i++) {
        log[i].channel = cor_unpack_str(u);
        log[i].records = cor_unpack_u64(u);
        log[i].first = cor_unpack_i64(u);
        log[i].last = cor_unpack_i64(u);
    }
    h->log = log;
    h->cut = cor_unpack_u64(u) != 0;
    for (size_t i = 0; i < COR_LEN(h->level); i++)
        h->level[i] = cor_unpack_u64(u);
    for (size_t i = 0; i < COR_LEN(h->tactic); i++)
        h->tactic[i] = cor_unpack_u64(u);
    return COR_OK;
}

static void pack_strong(cor_buf *b, const cor_strong *s)
{
    cor_pack_u64(b, s->rule->no);
    cor_pack_u64(b, s->count);
    cor_pack_i64(b, s->time);
    cor_pack_str(b, s->channel);
    cor_pack_str(b, s->input);
    cor_pack_str(b, s->matched);
    cor_pack_u64(b, s->event_id);
    cor_pack_u64(b, s->record_id);
    cor_pack_u64(b, s->offset);
    cor_pack_u64(b, s->n_event);
}

static cor_strong unpack_strong(const cor_rank *r, cor_unpack *u)
{
    cor_strong s = {.rule = r->set->rule[cor_unpack_u64(u)], .count = cor_unpack_u64(u)};
    s.time = cor_unpack_i64(u);
    s.channel = cor_unpack_str(u);
    s.input = cor_unpack_str(u);
    s.matched = cor_unpack_str(u);
    s.event_id = (uint32_t)cor_unpack_u64(u);
    s.record_id = cor_unpack_u64(u);
    s.offset = cor_unpack_u64(u);
    s.n_event = cor_unpack_u64(u);
    return s;
}

static cor_code add_row(cor_rank *r, cor_sort *to, cor_err *e)
{
    if (!cor_buf_ok(&r->key) || !cor_buf_ok(&r->row))
        return cor_nomem(e, "rank");
    return cor_sort_add(to, cor_buf_view(&r->key), cor_buf_view(&r->row), e);
}

/* ---- hosts and findings come in ---- */

cor_code cor_rank_host(void *ctx, const cor_host *h, cor_err *e)
{
    cor_rank *r = ctx;
    uint32_t no = cor_intern_add(&r->names, h->name);
    if (no == COR_NONE)
        return cor_nomem(e, "rank");
    cor_buf_clear(&r->key);
    cor_buf_clear(&r->row);
    cor_key_u64(&r->key, no);
    cor_key_u64(&r->key, 0);
    pack_host(&r->row, h);
    return add_row(r, r->in, e);
}

static void pairs(cor_buf *b, cor_str name, cor_str text)
{
    if (b->n > 0)
        cor_buf_z(b, "  ");
    if (name.n > 0) {
        cor_buf_str(b, name);
        cor_buf_z(b, ": ");
    }
    cor_buf_str(b, text);
}

/* Cut at a character, not inside one. */
static cor_str shortened(cor_str s)
{
    size_t i = 0, end = 0;
    while (i < s.n && i < MATCHED_MAX) {
        end = i;
        cor_utf8_next(s, &i);
    }
    return i <= MATCHED_MAX ? (cor_str){s.p, i} : (cor_str){s.p, end};
}

static cor_code finding_row(cor_rank *r, const cor_finding *f, uint32_t host, cor_str matched, cor_err *e)
{
    const cor_strong s = {
        .rule = f->rule,
        .count = 1,
        .time = f->time,
        .channel = f->channel,
        .input = f->input,
        .matched = matched,
        .event_id = f->event_id,
        .record_id = f->record_id,
        .offset = f->offset,
        .n_event = f->rule->kind == COR_RULE_CORRELATION ? f->n_total : 0,
    };
    cor_buf_clear(&r->key);
    cor_buf_clear(&r->row);
    cor_key_u64(&r->key, host);
    cor_key_u64(&r->key, 1 + COR_LEVEL_CRITICAL - (uint64_t)f->rule->level);
    cor_key_u64(&r->key, f->rule->no);
    cor_key_u64(&r->key, r->n_findings);
    pack_strong(&r->row, &s);
    return add_row(r, r->in, e);
}

cor_code cor_rank_finding(void *ctx, const cor_finding *f, cor_err *e)
{
    cor_rank *r = ctx;
    if (f->again)
        return COR_OK; /* the same event in another place: counted once */
    cor_buf text = {0};
    for (uint32_t i = 0; i < f->n_group; i++)
        pairs(&text, f->group[i].name, f->group[i].text);
    for (uint32_t i = 0; i < f->n_matched; i++)
        pairs(&text, f->matched[i].field, f->matched[i].value);
    cor_code rc = cor_buf_ok(&text) ? COR_OK : cor_nomem(e, "rank");
    cor_str matched = shortened(cor_buf_view(&text));
    uint32_t host = f->n_event == 0 ? cor_intern_find(&r->names, f->host) : COR_NONE;
    if (rc == COR_OK && host != COR_NONE)
        rc = finding_row(r, f, host, matched, e);
    /* A correlation stands for each host of its events once. */
    for (uint32_t i = 0; i < f->n_event && rc == COR_OK; i++) {
        bool before = false;
        for (uint32_t k = i; k > 0 && !before; k--)
            before = cor_str_eq(f->event[k - 1].host, f->event[i].host);
        host = before ? COR_NONE : cor_intern_find(&r->names, f->event[i].host);
        if (host != COR_NONE)
            rc = finding_row(r, f, host, matched, e);
    }
    r->n_findings++;
    cor_buf_free(&text);
    return rc;
}

/* ---- and go out by rank ---- */

static int by_strength(const void *a, const void *b)
{
    const cor_strong *x = a, *y = b;
    if (x->rule->level != y->rule->level)
        return x->rule->level < y->rule->level ? 1 : -1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->rule->no < y->rule->no ? -1 : x->rule->no > y->rule->no;
}

typedef struct gather {
    cor_str packed;      /* the host; .p NULL: none yet */
    cor_strong *strong;
    size_t n, cap;
} gather;

static cor_code host_out(cor_rank *r, gather *g, cor_err *e)
{
    if (g->packed.p == NULL)
        return COR_OK;
    cor_unpack u = cor_unpack_of(g->packed);
    cor_host h;
    cor_code rc = unpack_host(&u, &r->mem, &h, e);
    if (rc != COR_OK)
        return rc;
    uint64_t rules[COR_LEVEL_CRITICAL + 1] = {0}, findings = 0, tactics = 0;
    for (size_t i = 0; i < g->n; i++) {
        rules[g->strong[i].rule->level]++;
        findings += g->strong[i].count;
    }
    for (size_t i = 0; i < COR_TACTIC_N; i++)
        tactics += h.tactic[i] > 0;
    if (g->n > 0)
        qsort(g->strong, g->n, sizeof(*g->strong), by_strength);
    const uint64_t score[] = {rules[COR_LEVEL_CRITICAL], rules[COR_LEVEL_HIGH], tactics, rules[COR_LEVEL_MEDIUM],
                              rules[COR_LEVEL_LOW], findings};
    cor_buf_clear(&r->key);
    cor_buf_clear(&r->row);
    for (size_t i = 0; i < COR_LEN(score); i++)
        cor_key_u64(&r->key, UINT64_MAX - score[i]);
    cor_key_str(&r->key, h.name);
    cor_pack_str(&r->row, g->packed);
    cor_pack_u64(&r->row, g->n);
    for (size_t i = 0; i < g->n; i++)
        pack_strong(&r->row, &g->strong[i]);
    rc = add_row(r, r->out, e);
    g->n = 0;
    g->packed = (cor_str){NULL, 0};
    cor_arena_reset(&r->mem);
    return rc;
}

/* A finding's row: a new rule of the host at hand, or once more the last one. */
static cor_code one_more(cor_rank *r, gather *g, cor_str data, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    cor_strong s = unpack_strong(r, &u);
    if (g->n > 0 && g->strong[g->n - 1].rule == s.rule) {
        g->strong[g->n - 1].count++;
        return COR_OK;
    }
    cor_strong *p = cor_grow(g->strong, &g->cap, g->n + 1, sizeof(*p));
    if (p == NULL)
        return cor_nomem(e, "rank");
    g->strong = p;
    s.channel = cor_arena_str(&r->mem, s.channel);
    s.input = cor_arena_str(&r->mem, s.input);
    s.matched = cor_arena_str(&r->mem, s.matched);
    if (s.channel.p == NULL || s.input.p == NULL || s.matched.p == NULL)
        return cor_nomem(e, "rank");
    p[g->n++] = s;
    return COR_OK;
}

static cor_code by_host(cor_rank *r, cor_err *e)
{
    cor_sort_iter *it = cor_sort_merge(&r->in, 1, e);
    if (it == NULL)
        return e->code;
    gather g = {0};
    cor_str key, data;
    cor_code rc;
    while ((rc = cor_sort_next(it, &key, &data, e)) == COR_OK && key.p != NULL) {
        uint64_t host, kind;
        if (!cor_key_take_u64(&key, &host) || !cor_key_take_u64(&key, &kind))
            continue;
        if (kind != 0) {
            rc = one_more(r, &g, data, e);
        } else if ((rc = host_out(r, &g, e)) == COR_OK) {
            g.packed = cor_arena_str(&r->mem, data);
            rc = g.packed.p == NULL ? cor_nomem(e, "rank") : COR_OK;
        }
        if (rc != COR_OK)
            break;
    }
    if (rc == COR_OK)
        rc = host_out(r, &g, e);
    cor_sort_iter_free(it);
    cor_free(g.strong);
    return rc;
}

static cor_code read_ranked(cor_rank *r, cor_str data, cor_ranked *out, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    cor_unpack hu = cor_unpack_of(cor_unpack_str(&u));
    *out = (cor_ranked){0};
    cor_code rc = unpack_host(&hu, &r->mem, &out->host, e);
    if (rc != COR_OK)
        return rc;
    out->n_strong = (uint32_t)cor_unpack_u64(&u);
    cor_strong *s = cor_arena_get(&r->mem, out->n_strong * sizeof(*s));
    if (s == NULL)
        return cor_nomem(e, "rank");
    for (uint32_t i = 0; i < out->n_strong; i++) {
        s[i] = unpack_strong(r, &u);
        out->rules[s[i].rule->level]++;
    }
    out->strong = s;
    return COR_OK;
}

cor_code cor_rank_each(cor_rank *r, cor_code (*each)(void *ctx, const cor_ranked *h, cor_err *e), void *ctx, cor_err *e)
{
    cor_code rc = by_host(r, e);
    if (rc != COR_OK)
        return rc;
    cor_sort_iter *it = cor_sort_merge(&r->out, 1, e);
    if (it == NULL)
        return e->code;
    cor_str key, data;
    while ((rc = cor_sort_next(it, &key, &data, e)) == COR_OK && key.p != NULL) {
        cor_ranked h;
        rc = read_ranked(r, data, &h, e);
        if (rc == COR_OK)
            rc = each(ctx, &h, e);
        cor_arena_reset(&r->mem);
        if (rc != COR_OK)
            break;
    }
    cor_sort_iter_free(it);
    return rc;
}
