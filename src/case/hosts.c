#include "case/hosts.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "base/sort.h"
#include "base/utf.h"

#define ROOM "hosts"
#define NAME_MAX_BYTES 1024 /* of a computer or channel name; Windows allows 255 characters for either */

enum tag { TAG_LOG, TAG_FINDINGS };

typedef struct log_count {
    uint64_t records;
    cor_time first, last;
} log_count;

typedef struct find_count {
    uint64_t level[COR_LEVEL_CRITICAL + 1];
    uint64_t tactic[COR_TACTIC_N];
} find_count;

struct cor_hosts {
    cor_intern pair;     /* computer and channel as they lie in the evidence, untranslated */
    log_count *log;      /* by number of the pair */
    size_t cap_log;
    cor_intern computer; /* of findings */
    find_count *find;
    size_t cap_find;
    cor_buf newest;      /* the pair of the record before: logs come in long stretches of one host and channel */
    uint32_t newest_no;
    cor_sort *sort;
    cor_buf key, data, fold;
    cor_arena mem;
};

cor_hosts *cor_hosts_new(size_t budget, const char *tmpdir)
{
    cor_hosts *h = cor_zalloc(sizeof *h);
    if (h == NULL)
        return NULL;
    h->newest_no = COR_NONE;
    cor_arena_init(&h->mem, 4096);
    h->sort = cor_sort_new(budget, tmpdir);
    if (h->sort != NULL)
        return h;
    cor_hosts_free(h);
    return NULL;
}

void cor_hosts_free(cor_hosts *h)
{
    if (h == NULL)
        return;
    cor_intern_free(&h->pair);
    cor_intern_free(&h->computer);
    cor_free(h->log);
    cor_free(h->find);
    cor_buf_free(&h->newest);
    cor_buf_free(&h->key);
    cor_buf_free(&h->data);
    cor_buf_free(&h->fold);
    cor_arena_free(&h->mem);
    cor_sort_free(h->sort);
    cor_free(h);
}

static void widen(log_count *c, cor_time first, cor_time last)
{
    if (first != COR_NOTIME && (c->first == COR_NOTIME || first < c->first))
        c->first = first;
    if (last != COR_NOTIME && (c->last == COR_NOTIME || last > c->last))
        c->last = last;
}

/* ---- rows ---- */

static bool is_address(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '.')
            return false;
    return true;
}

/* Short name and suffix, folded; the bytes of `fold`. An address is one name. */
static void split_name(cor_str computer, cor_buf *fold, cor_str *name, cor_str *suffix)
{
    cor_buf_clear(fold);
    cor_fold_utf8(computer, fold);
    *name = cor_buf_view(fold);
    *suffix = (cor_str){"", 0};
    const char *dot = name->n == 0 || is_address(*name) ? NULL : memchr(name->p, '.', name->n);
    if (dot == NULL)
        return;
    *suffix = (cor_str){dot + 1, name->n - (size_t)(dot - name->p) - 1};
    name->n = (size_t)(dot - name->p);
}

static void begin_row(cor_hosts *h, cor_str computer, enum tag tag)
{
    cor_str name, suffix;
    split_name(computer, &h->fold, &name, &suffix);
    cor_buf_clear(&h->key);
    cor_buf_clear(&h->data);
    cor_key_str(&h->key, name);
    cor_key_str(&h->key, suffix);
    cor_buf_c(&h->key, (char)tag);
}

static cor_code end_row(cor_hosts *h, cor_err *e)
{
    if (!cor_buf_ok(&h->key) || !cor_buf_ok(&h->data) || !cor_buf_ok(&h->fold))
        return cor_nomem(e, ROOM);
    return cor_sort_add(h->sort, cor_buf_view(&h->key), cor_buf_view(&h->data), e);
}

static cor_val unpack_val(cor_unpack *u)
{
    const uint8_t *type = cor_unpack_bytes(u, 1);
    cor_str s = cor_unpack_str(u);
    return (cor_val){(const uint8_t *)s.p, (uint32_t)s.n, type == NULL ? COR_V_NULL : *type};
}

static bool text_of(cor_hosts *h, cor_val v, cor_str *out)
{
    *out = v.type == COR_V_NULL ? COR_S("") : cor_val_text(&h->mem, v);
    return out->p != NULL;
}

static cor_code flush_logs(cor_hosts *h, cor_err *e)
{
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < h->pair.n; i++) {
        cor_unpack u = cor_unpack_of(h->pair.str[i]);
        cor_val computer = unpack_val(&u), channel = unpack_val(&u);
        cor_str c, l;
        cor_arena_reset(&h->mem);
        if (!text_of(h, computer, &c) || !text_of(h, channel, &l))
            return cor_nomem(e, ROOM);
        begin_row(h, c, TAG_LOG);
        cor_key_str(&h->key, l);
        cor_key_str(&h->key, c);
        cor_pack_u64(&h->data, h->log[i].records);
        cor_pack_i64(&h->data, h->log[i].first);
        cor_pack_i64(&h->data, h->log[i].last);
        rc = end_row(h, e);
    }
    cor_intern_free(&h->pair);
    h->newest_no = COR_NONE;
    return rc;
}

static cor_code flush_findings(cor_hosts *h, cor_err *e)
{
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < h->computer.n; i++) {
        begin_row(h, h->computer.str[i], TAG_FINDINGS);
        for (size_t k = 0; k < COR_LEN(h->find[i].level); k++)
            cor_pack_u64(&h->data, h->find[i].level[k]);
        for (size_t k = 0; k < COR_LEN(h->find[i].tactic); k++)
            cor_pack_u64(&h->data, h->find[i].tactic[k]);
        rc = end_row(h, e);
    }
    cor_intern_free(&h->computer);
    return rc;
}

/* ---- counting ---- */

static void pack_val(cor_buf *b, cor_val v)
{
    cor_buf_c(b, (char)v.type);
    cor_pack_str(b, (cor_str){v.p == NULL ? "" : (const char *)v.p, v.len < NAME_MAX_BYTES ? v.len : NAME_MAX_BYTES});
}

static cor_code number_pair(cor_hosts *h, cor_err *e)
{
    if (h->pair.n >= COR_HOSTS_TABLE || h->pair.mem.total > COR_HOSTS_NAMES) {
        cor_code rc = flush_logs(h, e);
        if (rc != COR_OK)
            return rc;
    }
    size_t had = h->pair.n;
    uint32_t no = cor_intern_add(&h->pair, cor_buf_view(&h->key));
    log_count *log = no == COR_NONE ? NULL : cor_grow(h->log, &h->cap_log, (size_t)no + 1, sizeof *log);
    if (log == NULL)
        return cor_nomem(e, ROOM);
    h->log = log;
    if (no == had)
        log[no] = (log_count){.first = COR_NOTIME, .last = COR_NOTIME};
    h->newest_no = no;
    cor_buf_clear(&h->newest);
    cor_buf_str(&h->newest, cor_buf_view(&h->key));
    return cor_buf_ok(&h->newest) ? COR_OK : cor_nomem(e, ROOM);
}

cor_code cor_hosts_seen(cor_hosts *h, const cor_seen *s, cor_err *e)
{
    cor_buf_clear(&h->key);
    pack_val(&h->key, s->computer);
    pack_val(&h->key, s->head->channel);
    if (COR_UNLIKELY(!cor_buf_ok(&h->key)))
        return cor_nomem(e, ROOM);
    if (COR_UNLIKELY(h->newest_no == COR_NONE || !cor_str_eq(cor_buf_view(&h->key), cor_buf_view(&h->newest)))) {
        cor_code rc = number_pair(h, e);
        if (rc != COR_OK)
            return rc;
    }
    log_count *c = &h->log[h->newest_no];
    c->records++;
    widen(c, s->time, s->time);
    return COR_OK;
}

cor_code cor_hosts_finding(cor_hosts *h, cor_str computer, cor_level level, uint32_t tactics, cor_err *e)
{
    if (computer.n > NAME_MAX_BYTES)
        computer.n = NAME_MAX_BYTES;
    if (h->computer.n >= COR_HOSTS_TABLE || h->computer.mem.total > COR_HOSTS_NAMES) {
        cor_code rc = flush_findings(h, e);
        if (rc != COR_OK)
            return rc;
    }
    size_t had = h->computer.n;
    uint32_t no = cor_intern_add(&h->computer, computer);
    find_count *find = no == COR_NONE ? NULL : cor_grow(h->find, &h->cap_find, (size_t)no + 1, sizeof *find);
    if (find == NULL)
        return cor_nomem(e, ROOM);
    h->find = find;
    if (no == had)
        find[no] = (find_count){0};
    find[no].level[level]++;
    for (uint32_t k = 0; k < COR_TACTIC_N; k++)
        find[no].tactic[k] += tactics >> k & 1;
    return COR_OK;
}

/* ---- adding up ---- */

/* One host that is being added up. */
typedef struct sum {
    bool used;
    cor_arena mem;
    cor_host host;
    cor_host_log *log;
    size_t n_log, cap_log;
    cor_str spelled[COR_HOST_NAMES_MAX];
} sum;

typedef struct reading {
    cor_code (*host)(void *ctx, const cor_host *h, cor_err *e);
    void *ctx;
    uint64_t n;
    sum bare, full;  /* under the short name alone; under a full name */
    bool several;    /* this short name has several suffixes */
    cor_buf name, suffix, channel, spelled;
} reading;

static void sum_begin(sum *s)
{
    cor_arena_reset(&s->mem);
    s->used = false;
    s->n_log = 0;
    s->host = (cor_host){.first = COR_NOTIME, .last = COR_NOTIME};
}

/* Keeps the names in order, and the first ones of too many. */
static bool sum_name(sum *s, cor_str name)
{
    uint32_t n = s->host.n_spelled, at = 0;
    while (at < n && cor_str_cmp(s->spelled[at], name) < 0)
        at++;
    if (at < n && cor_str_eq(s->spelled[at], name))
        return true;
    if (n == COR_HOST_NAMES_MAX) {
        s->host.cut = true;
        if (at == n)
            return true;
        n--;
    }
    cor_str own = cor_arena_str(&s->mem, name);
    if (own.p == NULL)
        return false;
    memmove(&s->spelled[at + 1], &s->spelled[at], (n - at) * sizeof own);
    s->spelled[at] = own;
    s->host.n_spelled = n + 1;
    return true;
}

/* Channels come in order, except when two sums are joined: see sum_join. */
static bool sum_log(sum *s, cor_str channel, const log_count *c)
{
    log_count all = {.first = s->host.first, .last = s->host.last};
    widen(&all, c->first, c->last);
    s->host.first = all.first;
    s->host.last = all.last;
    s->host.records += c->records;
    size_t at = s->n_log;
    if (at > 0 && cor_str_eq(s->log[at - 1].channel, channel)) {
        cor_host_log *l = &s->log[at - 1];
        log_count one = {.first = l->first, .last = l->last};
        widen(&one, c->first, c->last);
        *l = (cor_host_log){l->channel, l->records + c->records, one.first, one.last};
        return true;
    }
    if (at == COR_HOST_LOGS_MAX) {
        s->host.cut = true;
        return true;
    }
    cor_host_log *log = cor_grow(s->log, &s->cap_log, at + 1, sizeof *log);
    cor_str own = cor_arena_str(&s->mem, channel);
    if (log != NULL)
        s->log = log;
    if (log == NULL || own.p == NULL)
        return false;
    s->log[s->n_log++] = (cor_host_log){own, c->records, c->first, c->last};
    return true;
}

static bool join_log(sum *to, const cor_host_log *l)
{
    log_count c = {l->records, l->first, l->last};
    return sum_log(to, l->channel, &c);
}

/* Makes a third of two: both lists of logs are in order, and so is what they become. */
static bool sum_join(const sum *a, const sum *b, sum *to)
{
    bool ok = true;
    sum_begin(to);
    for (size_t i = 0, j = 0; ok && (i < a->n_log || j < b->n_log);) {
        bool first = j == b->n_log || (i < a->n_log && cor_str_cmp(a->log[i].channel, b->log[j].channel) <= 0);
        ok = first ? join_log(to, &a->log[i++]) : join_log(to, &b->log[j++]);
    }
    const sum *both[] = {a, b};
    to->host.records = a->host.records + b->host.records; /* those of logs beyond the limit too */
    to->host.cut = to->host.cut || a->host.cut || b->host.cut;
    for (size_t k = 0; k < 2; k++) {
        const cor_host *h = &both[k]->host;
        log_count all = {.first = to->host.first, .last = to->host.last};
        widen(&all, h->first, h->last);
        to->host.first = all.first;
        to->host.last = all.last;
        for (uint32_t i = 0; ok && i < h->n_spelled; i++)
            ok = sum_name(to, both[k]->spelled[i]);
        for (size_t i = 0; i < COR_LEN(h->level); i++)
            to->host.level[i] += h->level[i];
        for (size_t i = 0; i < COR_LEN(h->tactic); i++)
            to->host.tactic[i] += h->tactic[i];
    }
    to->used = true;
    return ok;
}

static cor_code give(reading *r, sum *s, cor_str name, cor_str suffix, cor_err *e)
{
    if (!s->used)
        return COR_OK;
    cor_str full = suffix.n == 0 ? cor_arena_str(&s->mem, name)
                                 : cor_arena_fmt(&s->mem, "%.*s.%.*s", COR_STR_FMT(name), COR_STR_FMT(suffix));
    if (full.p == NULL)
        return cor_nomem(e, ROOM);
    for (size_t i = 0; i < full.n; i++) /* in the arena, so it is ours */
        if (full.p[i] >= 'a' && full.p[i] <= 'z')
            ((char *)(uintptr_t)full.p)[i] = (char)(full.p[i] - 'a' + 'A');
    s->host.name = full;
    s->host.spelled = s->spelled;
    s->host.log = s->log;
    s->host.n_log = (uint32_t)s->n_log;
    r->n += full.n != 0;
    cor_code rc = r->host(r->ctx, &s->host, e);
    sum_begin(s);
    return rc;
}

/* All of a short name was read. */
static cor_code end_name(reading *r, cor_err *e)
{
    cor_str name = cor_buf_view(&r->name), none = {"", 0};
    cor_code rc = COR_OK;
    if (!r->several && r->bare.used && r->full.used) {
        sum both = {0};
        rc = sum_join(&r->bare, &r->full, &both) ? give(r, &both, name, none, e) : cor_nomem(e, ROOM);
        cor_free(both.log);
        cor_arena_free(&both.mem);
        sum_begin(&r->bare);
        sum_begin(&r->full);
    } else {
        rc = give(r, &r->bare, name, none, e);
        if (rc == COR_OK)
            rc = give(r, &r->full, name, r->several ? cor_buf_view(&r->suffix) : none, e);
    }
    r->several = false;
    return rc;
}

static cor_code another_suffix(reading *r, cor_err *e)
{
    cor_code rc = give(r, &r->bare, cor_buf_view(&r->name), (cor_str){"", 0}, e);
    r->several = true;
    return rc == COR_OK ? give(r, &r->full, cor_buf_view(&r->name), cor_buf_view(&r->suffix), e) : rc;
}

/* Takes key pieces as text; the buffers are then compared with what was read before. */
static bool take(cor_str *key, cor_buf *to)
{
    cor_buf_clear(to);
    return cor_key_take_str(key, to) && cor_buf_ok(to);
}

static cor_code add_row(reading *r, sum *s, int tag, cor_str key, cor_str data, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    bool ok = true;
    s->used = true;
    if (tag == TAG_LOG) {
        log_count c;
        c.records = cor_unpack_u64(&u);
        c.first = cor_unpack_i64(&u);
        c.last = cor_unpack_i64(&u);
        ok = take(&key, &r->channel) && take(&key, &r->spelled) && sum_log(s, cor_buf_view(&r->channel), &c) &&
             sum_name(s, cor_buf_view(&r->spelled));
    } else {
        for (size_t k = 0; k < COR_LEN(s->host.level); k++)
            s->host.level[k] += cor_unpack_u64(&u);
        for (size_t k = 0; k < COR_LEN(s->host.tactic); k++)
            s->host.tactic[k] += cor_unpack_u64(&u);
    }
    return ok && !u.bad ? COR_OK : cor_nomem(e, ROOM);
}

static cor_code read_rows(reading *r, cor_sort_iter *it, cor_err *e)
{
    cor_buf name = {0}, suffix = {0};
    cor_code rc = COR_OK;
    bool any = false;
    for (cor_str key, data; rc == COR_OK; any = true) {
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        if (!take(&key, &name) || !take(&key, &suffix) || key.n == 0) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        bool same = any && cor_str_eq(cor_buf_view(&name), cor_buf_view(&r->name));
        if (any && !same)
            rc = end_name(r, e);
        else if (r->full.used && !cor_str_eq(cor_buf_view(&suffix), cor_buf_view(&r->suffix)))
            rc = another_suffix(r, e);
        if (rc != COR_OK)
            break;
        cor_buf *pair[] = {&r->name, &r->suffix};
        const cor_buf *with[] = {&name, &suffix};
        for (size_t k = 0; k < 2; k++) {
            cor_buf_clear(pair[k]);
            cor_buf_str(pair[k], cor_buf_view(with[k]));
        }
        if (!cor_buf_ok(&r->name) || !cor_buf_ok(&r->suffix)) {
            rc = cor_nomem(e, ROOM);
            break;
        }
        rc = add_row(r, suffix.n == 0 ? &r->bare : &r->full, key.p[0], (cor_str){key.p + 1, key.n - 1}, data, e);
    }
    if (rc == COR_OK && any)
        rc = end_name(r, e);
    cor_buf_free(&name);
    cor_buf_free(&suffix);
    return rc;
}

cor_code cor_hosts_each(cor_hosts *const *h, size_t n_h, cor_code (*host)(void *ctx, const cor_host *h, cor_err *e), void *ctx, uint64_t *n, cor_err *e)
{
    cor_err mine = {0};
    e = e == NULL ? &mine : e;
    reading *r = cor_zalloc(sizeof *r);
    cor_sort **s = cor_alloc(n_h * sizeof(cor_sort *));
    cor_code rc = r == NULL || s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n_h; i++) {
        rc = flush_logs(h[i], e);
        if (rc == COR_OK)
            rc = flush_findings(h[i], e);
        s[i] = h[i]->sort;
    }
    cor_sort_iter *it = rc == COR_OK ? cor_sort_merge(s, n_h, e) : NULL;
    if (rc == COR_OK && it == NULL)
        rc = e->code;
    if (rc == COR_OK) {
        r->host = host;
        r->ctx = ctx;
        sum_begin(&r->bare);
        sum_begin(&r->full);
        rc = read_rows(r, it, e);
        *n = r->n;
    }
    cor_sort_iter_free(it);
    if (r != NULL) {
        sum *both[] = {&r->bare, &r->full};
        for (size_t k = 0; k < 2; k++) {
            cor_arena_free(&both[k]->mem);
            cor_free(both[k]->log);
        }
        cor_buf *b[] = {&r->name, &r->suffix, &r->channel, &r->spelled};
        for (size_t k = 0; k < COR_LEN(b); k++)
            cor_buf_free(b[k]);
    }
    cor_free(r);
    cor_free(s);
    return rc;
}
