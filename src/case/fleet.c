/* Hosts out of what was counted: names become machines, the rows of their logs are put together by host. */
#include "case/hosts.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "base/sort.h"

#define ROOM "hosts"

typedef struct find_count {
    uint64_t level[COR_LEVEL_CRITICAL + 1];
    uint64_t tactic[COR_TACTIC_N];
} find_count;

struct cor_fleet {
    cor_idents *idents;
    const cor_run_result *run;
    find_count *find;    /* by host */
    cor_sort *sort;      /* (host, channel): counts */
};

/* ---- settling ---- */

static cor_str input_name(const cor_fleet *f, uint32_t no)
{
    return no < f->run->n_input ? f->run->input[no].name : COR_S("");
}

bool cor_fleet_by_name(const cor_fleet *f)
{
    return cor_idents_by_name(f->idents);
}

uint32_t cor_fleet_find(const cor_fleet *f, uint32_t input, cor_str channel, cor_str computer)
{
    return cor_idents_find(f->idents, input_name(f, input), channel, computer);
}

/* The rows of the logs, read in any order, into rows of the hosts. */
static cor_code assign(cor_fleet *f, cor_sort_iter *it, cor_err *e)
{
    cor_buf channel = {0}, computer = {0}, to = {0};
    cor_code rc = COR_OK;
    while (rc == COR_OK) {
        cor_str key, data;
        uint64_t input;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        cor_buf_clear(&channel);
        cor_buf_clear(&computer);
        cor_buf_clear(&to);
        bool whole = cor_key_take_u64(&key, &input) && cor_key_take_str(&key, &channel) &&
            cor_key_take_str(&key, &computer);
        uint32_t host = whole ? cor_fleet_find(f, (uint32_t)input, cor_buf_view(&channel), cor_buf_view(&computer))
            : COR_NONE;
        cor_key_u64(&to, host);
        cor_key_str(&to, cor_buf_view(&channel));
        if (!cor_buf_ok(&channel) || !cor_buf_ok(&computer) || !cor_buf_ok(&to))
            rc = cor_nomem(e, ROOM);
        else if (host == COR_NONE)
            rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a count read back from temporary data is broken");
        else
            rc = cor_sort_add(f->sort, cor_buf_view(&to), data, e);
    }
    cor_buf_free(&channel);
    cor_buf_free(&computer);
    cor_buf_free(&to);
    return rc;
}

static cor_code settle(cor_fleet *f, cor_hosts *const *h, size_t n, const atomic_bool *stop, cor_err *e)
{
    cor_sort **s = cor_alloc(n * sizeof(cor_sort *));
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        rc = cor_hosts_settle(h[i], f->idents, stop, &s[i], e);
    if (rc == COR_OK)
        rc = cor_idents_settle(f->idents, e);
    cor_sort_iter *it = rc == COR_OK ? cor_sort_merge(s, n, e) : NULL;
    if (rc == COR_OK)
        rc = it == NULL ? e->code : assign(f, it, e);
    cor_sort_iter_free(it);
    cor_free(s);
    if (rc != COR_OK)
        return rc;
    f->find = cor_zalloc(cor_idents_n(f->idents) * sizeof *f->find);
    return f->find == NULL ? cor_nomem(e, ROOM) : COR_OK;
}

cor_code cor_fleet_new(cor_hosts *const *h, size_t n, const cor_run_result *run, size_t budget, const char *tmpdir,
                       const atomic_bool *stop, cor_fleet **out, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e; /* sorts say their code through it */
    *out = NULL;
    cor_fleet *f = cor_zalloc(sizeof *f);
    if (f == NULL)
        return cor_nomem(e, ROOM);
    f->run = run;
    f->idents = cor_idents_new();
    f->sort = cor_sort_new(budget, tmpdir);
    if (f->sort != NULL)
        cor_sort_heed(f->sort, stop);
    cor_code rc = f->idents == NULL || f->sort == NULL ? cor_nomem(e, ROOM) : settle(f, h, n, stop, e);
    if (rc == COR_OK)
        *out = f;
    else
        cor_fleet_free(f);
    return rc;
}

void cor_fleet_free(cor_fleet *f)
{
    if (f == NULL)
        return;
    cor_idents_free(f->idents);
    cor_free(f->find);
    cor_sort_free(f->sort);
    cor_free(f);
}

cor_str cor_fleet_name(const cor_fleet *f, uint32_t host)
{
    return host == COR_NONE ? COR_S("") : cor_idents_get(f->idents, host)->name;
}

void cor_fleet_finding(cor_fleet *f, uint32_t host, cor_level level, uint32_t tactics)
{
    if (host == COR_NONE)
        return;
    f->find[host].level[level]++;
    for (uint32_t k = 0; k < COR_TACTIC_N; k++)
        f->find[host].tactic[k] += tactics >> k & 1;
}

/* ---- telling ---- */

typedef struct telling {
    cor_fleet *f;
    cor_code (*host)(void *ctx, const cor_host *h, cor_err *e);
    void *ctx;
    uint64_t n;
    cor_host_log *log; /* of the host that is read */
    size_t n_log, cap_log;
    bool cut;
    cor_arena mem;     /* its channel names */
    cor_buf channel;
} telling;

/* Rows of one channel come one behind another. */
static cor_code add_log(telling *t, cor_str data, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    cor_host_log x = {.channel = cor_buf_view(&t->channel), .records = cor_unpack_u64(&u)};
    x.first = cor_unpack_i64(&u);
    x.last = cor_unpack_i64(&u);
    if (t->n_log != 0 && cor_str_eq(t->log[t->n_log - 1].channel, x.channel)) {
        cor_host_log *l = &t->log[t->n_log - 1];
        l->records += x.records;
        if (x.first != COR_NOTIME && (l->first == COR_NOTIME || x.first < l->first))
            l->first = x.first;
        l->last = x.last > l->last ? x.last : l->last;
        return COR_OK;
    }
    if (t->n_log == COR_HOST_LOGS_MAX) {
        t->cut = true;
        return COR_OK;
    }
    cor_host_log *log = cor_grow(t->log, &t->cap_log, t->n_log + 1, sizeof *log);
    if (log != NULL)
        t->log = log;
    x.channel = cor_arena_str(&t->mem, x.channel);
    if (log == NULL || x.channel.p == NULL)
        return cor_nomem(e, ROOM);
    t->log[t->n_log++] = x;
    return COR_OK;
}

static cor_code tell(telling *t, uint32_t host, cor_err *e)
{
    const cor_ident *id = cor_idents_get(t->f->idents, host);
    const find_count *c = &t->f->find[host];
    cor_host h = {.name = id->name, .spelled = id->spelled, .n_spelled = id->n_spelled, .records = id->records,
                  .first = id->first,
                  .last = id->last, .log = t->log, .n_log = (uint32_t)t->n_log,
                  .cut = t->cut || (id->name.n == 0 && cor_idents_cut(t->f->idents))};
    memcpy(h.level, c->level, sizeof h.level);
    memcpy(h.tactic, c->tactic, sizeof h.tactic);
    t->n += h.name.n != 0;
    cor_code rc = t->host(t->ctx, &h, e);
    t->n_log = 0;
    t->cut = false;
    cor_arena_reset(&t->mem);
    return rc;
}

cor_code cor_fleet_each(cor_fleet *f, cor_code (*host)(void *ctx, const cor_host *h, cor_err *e), void *ctx,
                        uint64_t *n, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    telling t = {.f = f, .host = host, .ctx = ctx};
    cor_sort_iter *it = cor_sort_merge(&f->sort, 1, e);
    cor_code rc = it == NULL ? e->code : COR_OK;
    uint64_t at = 0, no = 0; /* the host whose rows are read; that of the row at hand */
    for (cor_str key, data; rc == COR_OK;) {
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        cor_buf_clear(&t.channel);
        if (!cor_key_take_u64(&key, &no) || !cor_key_take_str(&key, &t.channel) || !cor_buf_ok(&t.channel))
            rc = cor_nomem(e, ROOM);
        for (; rc == COR_OK && at < no; at++)
            rc = tell(&t, (uint32_t)at, e);
        if (rc == COR_OK)
            rc = add_log(&t, data, e);
    }
    for (; rc == COR_OK && at < cor_idents_n(f->idents); at++)
        rc = tell(&t, (uint32_t)at, e);
    *n = t.n;
    cor_sort_iter_free(it);
    cor_free(t.log);
    cor_arena_free(&t.mem);
    cor_buf_free(&t.channel);
    return rc;
}
