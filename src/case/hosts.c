#include "case/hosts.h"

#include "base/alloc.h"
#include "base/pack.h"
#include "base/sort.h"

#define ROOM "hosts"
#define NAME_MAX_BYTES 1024 /* of a computer or channel name; Windows allows 255 characters for either */

typedef struct log_count {
    uint64_t records, id_min, id_max, jumps;
    cor_time first, last, gap_last;
    uint64_t before;     /* record id and time of the record before ... */
    cor_time before_time;
    uint64_t part;       /* ... in this part */
    cor_ident_row *row;  /* NULL: not settled here */
} log_count;

struct cor_hosts {
    cor_idents *idents;  /* NULL: not settled here */
    cor_intern log;      /* input, computer and channel as they lie in the evidence, untranslated */
    log_count *count;    /* by number of the log */
    size_t cap_count;
    cor_buf newest;      /* the log of the record before: records come in long stretches of one log */
    uint32_t newest_no;
    uint64_t part;       /* that is read */
    cor_sort *sort;      /* (input, channel, computer): counts, ids, through */
    cor_buf key, data;
    cor_arena mem;
};

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

/* ---- counting ---- */

cor_hosts *cor_hosts_new(size_t budget, const char *tmpdir, cor_counting how)
{
    cor_hosts *h = cor_zalloc(sizeof *h);
    if (h == NULL)
        return NULL;
    h->newest_no = COR_NONE;
    cor_arena_init(&h->mem, 4096);
    h->idents = how == COR_COUNT_SETTLED ? cor_idents_new() : NULL;
    h->sort = cor_sort_new(budget, tmpdir);
    if ((how != COR_COUNT_SETTLED || h->idents != NULL) && h->sort != NULL)
        return h;
    cor_hosts_free(h);
    return NULL;
}

void cor_hosts_free(cor_hosts *h)
{
    if (h == NULL)
        return;
    cor_idents_free(h->idents);
    cor_intern_free(&h->log);
    cor_free(h->count);
    cor_buf_free(&h->newest);
    cor_buf_free(&h->key);
    cor_buf_free(&h->data);
    cor_arena_free(&h->mem);
    cor_sort_free(h->sort);
    cor_free(h);
}

static void pack_val(cor_buf *b, cor_val v)
{
    cor_buf_c(b, (char)v.type);
    cor_pack_str(b, (cor_str){v.p == NULL ? "" : (const char *)v.p, v.len < NAME_MAX_BYTES ? v.len : NAME_MAX_BYTES});
}

static bool same_val(cor_unpack *u, cor_val v)
{
    const uint8_t *type = cor_unpack_bytes(u, 1);
    cor_str s = cor_unpack_str(u);
    size_t n = v.len < NAME_MAX_BYTES ? v.len : NAME_MAX_BYTES;
    return type != NULL && *type == v.type && s.n == n && (n == 0 || memcmp(s.p, v.p, n) == 0);
}

/* Whether the record is of the log of the one before, without packing its key: nearly all are. */
static bool is_newest(const cor_hosts *h, const cor_input *in, bool through, const cor_seen *s)
{
    if (h->newest_no == COR_NONE)
        return false;
    cor_unpack u = cor_unpack_of(cor_buf_view(&h->newest));
    if (cor_unpack_u64(&u) != in->no)
        return false;
    const uint8_t *was = cor_unpack_bytes(&u, 1);
    return was != NULL && *was == through && same_val(&u, s->computer) && same_val(&u, s->head->channel);
}

/* The name as text, in h->mem. */
static bool unpack_name(cor_hosts *h, cor_unpack *u, cor_str *out)
{
    const uint8_t *type = cor_unpack_bytes(u, 1);
    cor_str s = cor_unpack_str(u);
    cor_val v = {(const uint8_t *)s.p, (uint32_t)s.n, type == NULL ? COR_V_NULL : *type};
    *out = v.type == COR_V_NULL ? COR_S("") : cor_val_text(&h->mem, v);
    return out->p != NULL;
}

static bool unpack_log(cor_hosts *h, cor_str packed, cor_log_row *r)
{
    cor_unpack u = cor_unpack_of(packed);
    r->input = (uint32_t)cor_unpack_u64(&u);
    const uint8_t *through = cor_unpack_bytes(&u, 1);
    r->through = through != NULL && *through != 0;
    cor_arena_reset(&h->mem);
    return unpack_name(h, &u, &r->computer) && unpack_name(h, &u, &r->channel);
}

/* What a log has counted into the sort, or (sid not NULL) a machine SID that it tells. */
static cor_code add_row(cor_hosts *h, size_t log, const cor_ident_sid *sid, cor_err *e)
{
    static const log_count nothing = {.id_min = UINT64_MAX, .first = COR_NOTIME, .last = COR_NOTIME,
                                      .gap_last = COR_NOTIME};
    const log_count *c = sid == NULL ? &h->count[log] : &nothing;
    cor_log_row r;
    if (!unpack_log(h, h->log.str[log], &r))
        return cor_nomem(e, ROOM);
    cor_buf_clear(&h->key);
    cor_buf_clear(&h->data);
    cor_key_u64(&h->key, r.input);
    cor_key_str(&h->key, r.channel);
    cor_key_str(&h->key, r.computer);
    cor_pack_u64(&h->data, c->records);
    cor_pack_i64(&h->data, c->first);
    cor_pack_i64(&h->data, c->last);
    cor_pack_u64(&h->data, c->id_min);
    cor_pack_u64(&h->data, c->id_max);
    cor_pack_u64(&h->data, c->jumps);
    cor_pack_i64(&h->data, c->gap_last);
    cor_buf_c(&h->data, r.through);
    if (sid != NULL)
        cor_buf_put(&h->data, sid, sizeof *sid);
    if (!cor_buf_ok(&h->key) || !cor_buf_ok(&h->data))
        return cor_nomem(e, ROOM);
    return cor_sort_add(h->sort, cor_buf_view(&h->key), cor_buf_view(&h->data), e);
}

/* Empties the table into the sort. */
static cor_code flush(cor_hosts *h, cor_err *e)
{
    for (size_t i = 0; i < h->log.n; i++) {
        cor_code rc = add_row(h, i, NULL, e);
        if (rc != COR_OK)
            return rc;
    }
    cor_intern_free(&h->log);
    h->newest_no = COR_NONE;
    return COR_OK;
}

/* Finds or makes the number of the log in h->key. */
static cor_code number_log(cor_hosts *h, const cor_input *in, bool through, cor_err *e)
{
    cor_buf_clear(&h->newest);
    cor_buf_str(&h->newest, cor_buf_view(&h->key)); /* first: emptying the table needs h->key */
    if (!cor_buf_ok(&h->newest))
        return cor_nomem(e, ROOM);
    if (h->log.n >= COR_HOSTS_TABLE || h->log.mem.total > COR_HOSTS_NAMES) {
        cor_code rc = flush(h, e);
        if (rc != COR_OK)
            return rc;
    }
    size_t had = h->log.n;
    log_count *count = cor_grow(h->count, &h->cap_count, had + 1, sizeof *count);
    if (count != NULL)
        h->count = count;
    uint32_t no = count == NULL ? COR_NONE : cor_intern_add(&h->log, cor_buf_view(&h->newest));
    if (no == COR_NONE)
        return cor_nomem(e, ROOM);
    if (no == had) {
        cor_log_row r;
        count[no] = (log_count){.id_min = UINT64_MAX, .first = COR_NOTIME, .last = COR_NOTIME, .gap_last = COR_NOTIME};
        if (h->idents != NULL && unpack_log(h, cor_buf_view(&h->newest), &r))
            count[no].row = cor_idents_row(h->idents, in->name, r.channel, r.computer, through);
        if (h->idents != NULL && count[no].row == NULL)
            return cor_nomem(e, ROOM);
    }
    h->newest_no = no;
    return COR_OK;
}

void cor_hosts_part(cor_hosts *h)
{
    h->part++;
}

/* A jump of the record ids. Exports may come newest first, so that either record may be the newer one. */
static void see_id(cor_hosts *h, log_count *c, const cor_seen *s)
{
    uint64_t id = s->record_id;
    c->id_min = id < c->id_min ? id : c->id_min;
    c->id_max = id > c->id_max ? id : c->id_max;
    if ((s->flags & COR_EV_RECOVERED) != 0)
        return;
    if (COR_LIKELY(c->part == h->part && c->before != 0)) {
        uint64_t step = id > c->before ? id - c->before : c->before - id;
        if (COR_UNLIKELY(step > 1)) {
            cor_time newer = s->time > c->before_time ? s->time : c->before_time;
            c->jumps += step - 1;
            c->gap_last = newer > c->gap_last ? newer : c->gap_last;
        }
    }
    c->part = h->part;
    c->before = id;
    c->before_time = s->time;
}

cor_code cor_hosts_seen(cor_hosts *h, const cor_input *in, const cor_seen *s, cor_err *e)
{
    bool through = (s->flags & COR_EV_INLINE) != 0;
    if (COR_UNLIKELY(!is_newest(h, in, through, s))) {
        cor_buf_clear(&h->key);
        cor_pack_u64(&h->key, in->no);
        cor_buf_c(&h->key, through);
        pack_val(&h->key, s->computer);
        pack_val(&h->key, s->head->channel);
        cor_code rc = cor_buf_ok(&h->key) ? number_log(h, in, through, e) : cor_nomem(e, ROOM);
        if (rc != COR_OK)
            return rc;
    }
    log_count *c = &h->count[h->newest_no];
    c->records++;
    if (s->time != COR_NOTIME) {
        c->first = c->first == COR_NOTIME || s->time < c->first ? s->time : c->first;
        c->last = s->time > c->last ? s->time : c->last; /* COR_NOTIME is below all times */
    }
    if (s->record_id != 0)
        see_id(h, c, s);
    if (c->row != NULL)
        cor_ident_row_see(c->row, s->record_id, s->time);
    return COR_OK;
}

bool cor_hosts_want(const cor_head *head)
{
    switch (head->event_id) {
    case 4720: /* an account was made */
    case 4722: /* enabled */
    case 4724: /* given a new password */
    case 4738: /* changed */
    case 4798: /* its groups were listed: every Windows 10 does that now and then */
        return true;
    default:
        return false;
    }
}

static cor_str text_of(cor_hosts *h, cor_val v)
{
    return v.p == NULL ? COR_S("") : cor_val_text(&h->mem, v);
}

cor_code cor_hosts_event(cor_hosts *h, const cor_event *ev, cor_err *e)
{
    cor_arena_reset(&h->mem);
    cor_str channel = text_of(h, ev->head.channel), computer = text_of(h, ev->sys[COR_SYS_COMPUTER]);
    cor_str sid = text_of(h, cor_event_field(ev, COR_S("TargetSid")));
    cor_str domain = text_of(h, cor_event_field(ev, COR_S("TargetDomainName")));
    if (channel.p == NULL || computer.p == NULL || sid.p == NULL || domain.p == NULL)
        return cor_nomem(e, ROOM);
    cor_ident_sid machine;
    if (h->newest_no == COR_NONE || !cor_str_ieq(channel, COR_S("Security")) ||
        !cor_ident_local_sid(sid, domain, computer, &machine))
        return COR_OK;
    if (h->idents == NULL)
        return add_row(h, h->newest_no, &machine, e);
    return cor_ident_row_sid(h->idents, h->count[h->newest_no].row, &machine) ? COR_OK : cor_nomem(e, ROOM);
}

/* ---- logs, unsettled ---- */

void cor_log_row_join(cor_log_row *to, const cor_log_row *from)
{
    to->through = to->through || from->through;
    to->records += from->records;
    to->id_min = from->id_min < to->id_min ? from->id_min : to->id_min;
    to->id_max = from->id_max > to->id_max ? from->id_max : to->id_max;
    if (from->first != COR_NOTIME && (to->first == COR_NOTIME || from->first < to->first))
        to->first = from->first;
    to->last = from->last > to->last ? from->last : to->last; /* COR_NOTIME is below all times */
    to->jumps += from->jumps;
    to->gap_last = from->gap_last > to->gap_last ? from->gap_last : to->gap_last;
}

/* Rows of one log come one behind another: *at is the log that is being joined, its names in at_channel and
 * at_computer. */
typedef struct log_walk {
    cor_log_row at;
    bool any;
    cor_buf at_channel, at_computer, channel, computer;
    cor_code (*each)(void *ctx, const cor_log_row *r, cor_err *e);
    void *ctx;
} log_walk;

static cor_code log_told(log_walk *w, cor_err *e)
{
    if (!w->any)
        return COR_OK;
    w->at.channel = cor_buf_view(&w->at_channel);
    w->at.computer = cor_buf_view(&w->at_computer);
    return w->each(w->ctx, &w->at, e);
}

static cor_code log_met(log_walk *w, cor_str key, cor_str data, cor_err *e)
{
    uint64_t input;
    cor_buf_clear(&w->channel);
    cor_buf_clear(&w->computer);
    bool whole = cor_key_take_u64(&key, &input) && cor_key_take_str(&key, &w->channel) &&
        cor_key_take_str(&key, &w->computer);
    cor_unpack u = cor_unpack_of(data);
    cor_log_row r = {.input = (uint32_t)input, .channel = cor_buf_view(&w->channel),
                     .computer = cor_buf_view(&w->computer),
                     .records = cor_unpack_u64(&u)};
    r.first = cor_unpack_i64(&u);
    r.last = cor_unpack_i64(&u);
    r.id_min = cor_unpack_u64(&u);
    r.id_max = cor_unpack_u64(&u);
    r.jumps = cor_unpack_u64(&u);
    r.gap_last = cor_unpack_i64(&u);
    const uint8_t *through = cor_unpack_bytes(&u, 1);
    r.through = through != NULL && *through != 0;
    if (!cor_buf_ok(&w->channel) || !cor_buf_ok(&w->computer))
        return cor_nomem(e, ROOM);
    if (!whole || u.bad)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a count read back from temporary data is broken");
    if (u.p != u.end) { /* a machine SID, not a count */
        cor_ident_sid sid;
        const uint8_t *p = cor_unpack_bytes(&u, sizeof sid);
        if (p == NULL)
            return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a machine SID read back from temporary data is broken");
        memcpy(&sid, p, sizeof sid);
        r.sid = &sid;
        return w->each(w->ctx, &r, e);
    }
    if (w->any && w->at.input == r.input && cor_str_eq(cor_buf_view(&w->at_channel), r.channel) &&
        cor_str_eq(cor_buf_view(&w->at_computer), r.computer)) {
        cor_log_row_join(&w->at, &r);
        return COR_OK;
    }
    cor_code rc = log_told(w, e);
    if (rc != COR_OK)
        return rc;
    cor_buf_clear(&w->at_channel);
    cor_buf_clear(&w->at_computer);
    cor_buf_str(&w->at_channel, r.channel);
    cor_buf_str(&w->at_computer, r.computer);
    w->at = r;
    w->any = true;
    return cor_buf_ok(&w->at_channel) && cor_buf_ok(&w->at_computer) ? COR_OK : cor_nomem(e, ROOM);
}

cor_code cor_hosts_each_log(cor_hosts *const *h, size_t n,
                            cor_code (*each)(void *ctx, const cor_log_row *r, cor_err *e), void *ctx, cor_err *e)
{
    log_walk w = {.each = each, .ctx = ctx};
    cor_sort **s = cor_alloc(n * sizeof(cor_sort *));
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++) {
        rc = flush(h[i], e);
        s[i] = h[i]->sort;
    }
    cor_sort_iter *it = rc == COR_OK ? cor_sort_merge(s, n, e) : NULL;
    if (rc == COR_OK && it == NULL)
        rc = e->code;
    while (rc == COR_OK) {
        cor_str key, data;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc == COR_OK && key.p == NULL) {
            rc = log_told(&w, e);
            break;
        }
        if (rc == COR_OK)
            rc = log_met(&w, key, data, e);
    }
    cor_sort_iter_free(it);
    cor_free(s);
    cor_buf_free(&w.at_channel);
    cor_buf_free(&w.at_computer);
    cor_buf_free(&w.channel);
    cor_buf_free(&w.computer);
    return rc;
}

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

static cor_code settle(cor_fleet *f, cor_hosts *const *h, size_t n, cor_err *e)
{
    cor_sort **s = cor_alloc(n * sizeof(cor_sort *));
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++) {
        rc = flush(h[i], e);
        s[i] = h[i]->sort;
        if (rc == COR_OK)
            rc = cor_idents_absorb(f->idents, h[i]->idents, e);
        cor_idents_free(h[i]->idents);
        h[i]->idents = NULL;
    }
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
    for (size_t i = 0; f->sort != NULL && i < n; i++)
        cor_sort_heed(h[i]->sort, stop);
    if (f->sort != NULL)
        cor_sort_heed(f->sort, stop);
    cor_code rc = f->idents == NULL || f->sort == NULL ? cor_nomem(e, ROOM) : settle(f, h, n, e);
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
