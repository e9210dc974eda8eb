#include "case/facts.h"

#include "base/alloc.h"
#include "base/intern.h"
#include "base/pack.h"

#define ROOM "facts"
#define KEY_SIZE 16
#define HOUR (3600 * COR_SECOND)

/* Where and when a merged fact was met. */
typedef struct span {
    cor_time first, last;
    uint32_t event_id;
    uint64_t record_id, offset; /* of the first */
} span;

/* A sign of life is said by the same computer thousands of times: where it was counted last. */
typedef struct lively {
    uint32_t no;         /* in merged; COR_NONE: nothing yet */
    uint32_t input;
    cor_buf computer;    /* as it lies in the evidence, behind its type */
} lively;

struct cor_facts {
    cor_sort *sort;      /* (name of kind, key): everything else */
    cor_intern merged;   /* kind and values, as pack_values makes them, behind the number of the input */
    span *span;          /* by number in merged */
    size_t cap_span;
    lively *alive;       /* by number of the row of the table of events */
    uint32_t input;      /* of the event at hand */
    cor_fact_reader *reader;
    cor_digest *digest;
    cor_arena mem;       /* of one event */
    cor_buf values, key, data;
};

cor_facts *cor_facts_new(size_t budget, const char *tmpdir)
{
    cor_facts *f = cor_zalloc(sizeof *f);
    if (f == NULL)
        return NULL;
    cor_arena_init(&f->mem, (size_t)64 << 10);
    f->sort = cor_sort_new(budget, tmpdir);
    f->digest = cor_digest_new();
    f->reader = cor_fact_reader_new();
    f->alive = cor_zalloc(cor_fact_rows * sizeof *f->alive);
    for (size_t i = 0; f->alive != NULL && i < cor_fact_rows; i++)
        f->alive[i].no = COR_NONE;
    if (f->sort != NULL && f->digest != NULL && f->reader != NULL && f->alive != NULL)
        return f;
    cor_facts_free(f);
    return NULL;
}

void cor_facts_free(cor_facts *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; f->alive != NULL && i < cor_fact_rows; i++)
        cor_buf_free(&f->alive[i].computer);
    cor_free(f->alive);
    cor_sort_free(f->sort);
    cor_intern_free(&f->merged);
    cor_free(f->span);
    cor_fact_reader_free(f->reader);
    cor_digest_free(f->digest);
    cor_arena_free(&f->mem);
    cor_buf_free(&f->values);
    cor_buf_free(&f->key);
    cor_buf_free(&f->data);
    cor_free(f);
}

/* ---- packing ---- */

/* What a fact says, wherever and (merged kinds) whenever it was met; of kinds merged within an hour that hour too. */
static void pack_values(cor_buf *b, const cor_fact *f)
{
    cor_buf_c(b, (char)f->kind);
    cor_pack_i64(b, cor_fact_merged(f->kind) == COR_MERGED_HOURLY && f->first != COR_NOTIME ? f->first / HOUR : 0);
    cor_buf_c(b, f->elevated);
    cor_pack_u64(b, f->logon_type);
    cor_pack_u64(b, f->port);
    const cor_str s[] = {f->computer, f->channel, f->account, f->domain, f->sid, f->address, f->peer, f->logon_id,
                         f->object,
                         f->detail, f->access, f->status};
    for (size_t i = 0; i < COR_LEN(s); i++)
        cor_pack_str(b, s[i]);
}

static bool unpack_values(cor_str packed, cor_fact *f)
{
    cor_unpack u = cor_unpack_of(packed);
    const uint8_t *kind = cor_unpack_bytes(&u, 1);
    cor_unpack_i64(&u);
    const uint8_t *elevated = cor_unpack_bytes(&u, 1);
    if (kind == NULL || elevated == NULL || *kind >= COR_FACT_N)
        return false;
    f->kind = (cor_fact_kind)*kind;
    f->elevated = *elevated != 0;
    f->logon_type = (uint32_t)cor_unpack_u64(&u);
    f->port = (uint32_t)cor_unpack_u64(&u);
    cor_str *const s[] = {&f->computer, &f->channel, &f->account, &f->domain, &f->sid, &f->address, &f->peer,
                          &f->logon_id,
                          &f->object, &f->detail, &f->access, &f->status};
    for (size_t i = 0; i < COR_LEN(s); i++)
        *s[i] = cor_unpack_str(&u);
    return !u.bad;
}

/* A row of the sort. values: as pack_values makes them. */
static cor_code add_row(cor_facts *f, cor_str values, uint32_t input, const span *s, cor_err *e)
{
    cor_fact_kind kind = (cor_fact_kind)(uint8_t)values.p[0];
    uint8_t full[COR_SHA256_SIZE];
    cor_digest_add(f->digest, values.p, values.n);
    if (cor_fact_merged(kind) == COR_MERGED_NOT) {
        uint8_t b[16];
        for (unsigned i = 0; i < 8; i++) {
            b[i] = (uint8_t)(s->record_id >> 8 * i);
            b[8 + i] = (uint8_t)((uint64_t)s->first >> 8 * i);
        }
        cor_digest_add(f->digest, b, sizeof b);
    }
    cor_digest_end(f->digest, full);
    cor_buf_clear(&f->key);
    cor_buf_clear(&f->data);
    cor_key_str(&f->key, cor_str_of(cor_fact_name[kind]));
    cor_buf_put(&f->key, full, KEY_SIZE);
    cor_pack_u64(&f->data, input);
    cor_pack_i64(&f->data, s->first);
    cor_pack_i64(&f->data, s->last);
    cor_pack_u64(&f->data, s->event_id);
    cor_pack_u64(&f->data, s->record_id);
    cor_pack_u64(&f->data, s->offset);
    cor_buf_str(&f->data, values);
    if (!cor_buf_ok(&f->key) || !cor_buf_ok(&f->data))
        return cor_nomem(e, ROOM);
    return cor_sort_add(f->sort, cor_buf_view(&f->key), cor_buf_view(&f->data), e);
}

/* ---- merging ---- */

static bool earlier(cor_time a, cor_time b)
{
    return a != COR_NOTIME && (b == COR_NOTIME || a < b);
}

/* Empties the table into the sort. */
static cor_code flush(cor_facts *f, cor_err *e)
{
    for (size_t i = 0; i < f->merged.n; i++) {
        cor_unpack u = cor_unpack_of(f->merged.str[i]);
        uint32_t input = (uint32_t)cor_unpack_u64(&u);
        cor_code rc = add_row(f, (cor_str){(const char *)u.p, (size_t)(u.end - u.p)}, input, &f->span[i], e);
        if (rc != COR_OK)
            return rc;
    }
    cor_intern_free(&f->merged);
    for (size_t i = 0; i < cor_fact_rows; i++)
        f->alive[i].no = COR_NONE;
    return COR_OK;
}

static void join(span *old, const span *s)
{
    if (s->last > old->last) /* COR_NOTIME is below all times */
        old->last = s->last;
    if (earlier(s->first, old->first) || (s->first == old->first && s->offset < old->offset)) {
        old->first = s->first;
        old->event_id = s->event_id;
        old->record_id = s->record_id;
        old->offset = s->offset;
    }
}

static cor_code merge(cor_facts *f, const span *s, uint32_t *at, cor_err *e)
{
    if (f->merged.n >= COR_FACTS_TABLE || f->merged.mem.total > COR_FACTS_TEXT) {
        cor_code rc = flush(f, e);
        if (rc != COR_OK)
            return rc;
    }
    size_t had = f->merged.n;
    uint32_t no = cor_intern_add(&f->merged, cor_buf_view(&f->values));
    span *all = cor_grow(f->span, &f->cap_span, had + 1, sizeof *all);
    if (all != NULL)
        f->span = all;
    if (no == COR_NONE || all == NULL)
        return cor_nomem(e, ROOM);
    *at = no;
    if (no == had)
        all[no] = *s;
    else
        join(&all[no], s);
    return COR_OK;
}

/* Counted already, without a look at any text? */
static bool still_alive(void *ctx, size_t row, const cor_event *ev)
{
    cor_facts *f = ctx;
    const lively *l = &f->alive[row];
    const cor_val c = ev->sys[COR_SYS_COMPUTER];
    if (l->no == COR_NONE || l->input != f->input || l->computer.n != (size_t)c.len + 1 || l->computer.p[0] != c.type ||
        (c.len != 0 && memcmp(l->computer.p + 1, c.p, c.len) != 0))
        return false;
    join(&f->span[l->no], &(span){ev->time, ev->time, ev->head.event_id, ev->record_id, ev->offset});
    return true;
}

static void keep_alive(cor_facts *f, size_t row, const cor_event *ev, uint32_t no)
{
    lively *l = &f->alive[row];
    const cor_val c = ev->sys[COR_SYS_COMPUTER];
    cor_buf_clear(&l->computer);
    cor_buf_c(&l->computer, (char)c.type);
    cor_buf_put(&l->computer, c.p, c.len);
    l->no = cor_buf_ok(&l->computer) ? no : COR_NONE; /* only slower without */
    l->input = f->input;
}

static cor_code put(void *ctx, size_t row, const cor_event *ev, const cor_fact *x, cor_err *e)
{
    cor_facts *f = ctx;
    const span s = {x->first, x->last, x->event_id, x->record_id, x->offset};
    bool merged = cor_fact_merged(x->kind) != COR_MERGED_NOT;
    uint32_t no = COR_NONE;
    cor_buf_clear(&f->values);
    if (merged)
        cor_pack_u64(&f->values, f->input);
    pack_values(&f->values, x);
    if (!cor_buf_ok(&f->values))
        return cor_nomem(e, ROOM);
    if (!merged)
        return add_row(f, cor_buf_view(&f->values), f->input, &s, e);
    cor_code rc = merge(f, &s, &no, e);
    if (rc == COR_OK && x->kind == COR_FACT_ALIVE)
        keep_alive(f, row, ev, no);
    return rc;
}

bool cor_facts_want(const cor_facts *f, const cor_head *head)
{
    return cor_fact_want(f->reader, head);
}

cor_code cor_facts_event(cor_facts *f, const cor_event *ev, uint32_t input, cor_err *e)
{
    cor_arena_reset(&f->mem);
    f->input = input;
    return cor_fact_read(f->reader, ev, &f->mem, &(cor_fact_hooks){f, put, still_alive}, e);
}

/* ---- reading back ---- */

typedef struct walk {
    const uint32_t *rank;
    size_t n_rank;
    cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e);
    void *ctx;
    cor_buf key, data; /* of the fact that is being joined */
    cor_fact at;
    bool any;
} walk;

static uint32_t rank_of(const walk *w, uint32_t input)
{
    return input < w->n_rank ? w->rank[input] : COR_NONE;
}

/* Slices of data. */
static bool unpack(cor_str key, cor_str data, cor_fact *f)
{
    cor_unpack u = cor_unpack_of(data);
    *f = (cor_fact){.input = (uint32_t)cor_unpack_u64(&u), .host = COR_S(""), .path = COR_S("")};
    f->first = cor_unpack_i64(&u);
    f->last = cor_unpack_i64(&u);
    f->event_id = (uint32_t)cor_unpack_u64(&u);
    f->record_id = cor_unpack_u64(&u);
    f->offset = cor_unpack_u64(&u);
    if (u.bad || key.n < KEY_SIZE || !unpack_values((cor_str){(const char *)u.p, (size_t)(u.end - u.p)}, f))
        return false;
    memcpy(f->key, key.p + key.n - KEY_SIZE, KEY_SIZE);
    return true;
}

static bool before(const walk *w, const cor_fact *a, const cor_fact *b)
{
    if (a->first != b->first)
        return earlier(a->first, b->first);
    uint32_t x = rank_of(w, a->input), y = rank_of(w, b->input);
    return x != y ? x < y : a->offset < b->offset;
}

static cor_code met(walk *w, cor_str key, cor_str data, cor_err *e)
{
    cor_fact f;
    if (!unpack(key, data, &f))
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a fact read back from temporary data is broken");
    if (rank_of(w, f.input) == COR_NONE)
        return COR_OK;
    if (w->any && cor_str_eq(key, cor_buf_view(&w->key))) { /* the values are the same */
        w->at.last = f.last > w->at.last ? f.last : w->at.last;
        if (before(w, &f, &w->at)) {
            w->at.first = f.first;
            w->at.event_id = f.event_id;
            w->at.record_id = f.record_id;
            w->at.input = f.input;
            w->at.offset = f.offset;
        }
        return COR_OK;
    }
    cor_code rc = w->any ? w->each(w->ctx, &w->at, e) : COR_OK;
    if (rc != COR_OK)
        return rc;
    cor_buf_clear(&w->key);
    cor_buf_clear(&w->data);
    cor_buf_str(&w->key, key);
    cor_buf_str(&w->data, data);
    if (!cor_buf_ok(&w->key) || !cor_buf_ok(&w->data))
        return cor_nomem(e, ROOM);
    w->any = unpack(cor_buf_view(&w->key), cor_buf_view(&w->data), &w->at);
    return COR_OK;
}

cor_code cor_facts_each(cor_facts *const *f, size_t n, const uint32_t *rank, size_t n_rank,
                        cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e)
{
    walk w = {.rank = rank, .n_rank = n_rank, .each = each, .ctx = ctx};
    cor_sort **s = cor_alloc(n * sizeof(cor_sort *));
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++) {
        rc = flush(f[i], e);
        s[i] = f[i]->sort;
    }
    cor_sort_iter *it = rc == COR_OK ? cor_sort_merge(s, n, e) : NULL;
    if (rc == COR_OK && it == NULL)
        rc = e->code;
    while (rc == COR_OK) {
        cor_str key, data;
        rc = cor_sort_next(it, &key, &data, e);
        if (rc != COR_OK || key.p == NULL)
            break;
        rc = met(&w, key, data, e);
    }
    if (rc == COR_OK && w.any)
        rc = each(ctx, &w.at, e);
    cor_sort_iter_free(it);
    cor_free(s);
    cor_buf_free(&w.key);
    cor_buf_free(&w.data);
    return rc;
}
