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

cor_code cor_hosts_settle(cor_hosts *h, cor_idents *into, const atomic_bool *stop, cor_sort **counts, cor_err *e)
{
    cor_sort_heed(h->sort, stop);
    *counts = h->sort;
    cor_code rc = flush(h, e);
    if (rc == COR_OK)
        rc = cor_idents_absorb(into, h->idents, e);
    cor_idents_free(h->idents);
    h->idents = NULL;
    return rc;
}
