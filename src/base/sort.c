/* Rows are collected in an arena with an index beside it, sorted by a merge sort of our own (the C library's qsort may
 * quietly take as much memory again), and written as runs one behind another into a single unlinked file per sorter, so
 * that open files stay few whatever the input. Reading merges the runs through a heap. */
#include "base/sort.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/spill.h"

#define ROOM "sort"
#define ROW_HEAD 8            /* two 32-bit lengths before each row, in memory and in runs */
#define READ_MIN ((size_t)16 << 10) /* least read buffer of a run: below, seeks would eat the gain */
#define READ_MAX ((size_t)256 << 10)
#define FANIN_MAX 128         /* runs merged at once by one sorter; more would make the buffers too small to pay */
#define SPILL_MIN ((size_t)4 << 10) /* a smaller budget counts as this: a run needs some rows to be worth its seek */

typedef struct row {
    uint64_t prefix;  /* the key's first 8 bytes, big-endian, padded with zeros: most comparisons end here */
    const uint8_t *p; /* ROW_HEAD, key, data */
} row;

typedef struct run {
    uint64_t off, end;
} run;

struct cor_sort {
    size_t budget;
    const char *tmpdir;
    cor_arena mem;
    row *row;
    size_t n, cap;
    size_t used;     /* bytes of rows and of their index, its sorting room included */
    cor_spill file;
    run *run;
    size_t n_run, cap_run;
    uint64_t rows;
    bool ended, sorted;
    const atomic_bool *stop;
};

/* One of the sorted sequences that are merged: rows in memory, or a run in a file read through a window. */
typedef struct source {
    const row *at, *stop; /* memory */
    const cor_spill *file; /* run; NULL: memory */
    uint64_t off, end;    /* not yet read part of the run */
    uint8_t *buf;
    size_t cap, pos, fill;
    cor_str key, data;    /* the row it stands on */
    uint64_t prefix;
} source;

struct cor_sort_iter {
    source *src;
    size_t n_src;
    source **heap;   /* smallest first */
    size_t n_heap;
    bool begun;
    const atomic_bool *stop;
};

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static cor_str row_key(const uint8_t *p)
{
    return (cor_str){(const char *)p + ROW_HEAD, get32(p)};
}

static cor_str row_data(const uint8_t *p)
{
    return (cor_str){(const char *)p + ROW_HEAD + get32(p), get32(p + 4)};
}

static uint64_t prefix_of(cor_str key)
{
    uint64_t v = 0;
    for (size_t i = 0; i < 8; i++)
        v = v << 8 | (i < key.n ? (uint8_t)key.p[i] : 0);
    return v;
}

static int compare(uint64_t ap, cor_str ak, cor_str ad, uint64_t bp, cor_str bk, cor_str bd)
{
    if (ap != bp)
        return ap < bp ? -1 : 1;
    int c = cor_str_cmp(ak, bk);
    return c != 0 ? c : cor_str_cmp(ad, bd);
}

static bool row_le(const row *a, const row *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    return compare(0, row_key(a->p), row_data(a->p), 0, row_key(b->p), row_data(b->p)) <= 0;
}

/* ---- collecting ---- */

cor_sort *cor_sort_new(size_t budget, const char *tmpdir)
{
    cor_sort *s = cor_zalloc(sizeof *s);
    if (s == NULL)
        return NULL;
    s->budget = budget < SPILL_MIN ? SPILL_MIN : budget;
    s->tmpdir = tmpdir;
    cor_spill_init(&s->file);
    size_t block = s->budget / 16;
    cor_arena_init(&s->mem, block < 1024 ? 1024 : block > ((size_t)256 << 10) ? (size_t)256 << 10 : block);
    return s;
}

static cor_code sort_rows(cor_sort *s, cor_err *e)
{
    row *from = s->row, *to = cor_alloc(s->n * sizeof *to);
    if (to == NULL)
        return cor_nomem(e, ROOM);
    row *const spare = to;
    for (size_t width = 1; width < s->n; width *= 2) {
        for (size_t lo = 0; lo < s->n; lo += 2 * width) {
            size_t mid = s->n - lo < width ? s->n : lo + width;
            size_t hi = s->n - mid < width ? s->n : mid + width;
            if (mid == hi || row_le(&from[mid - 1], &from[mid])) { /* in order already: events often come so */
                memcpy(to + lo, from + lo, (hi - lo) * sizeof *to);
                continue;
            }
            size_t i = lo, j = mid;
            for (size_t k = lo; k < hi; k++)
                to[k] = j == hi || (i < mid && row_le(&from[i], &from[j])) ? from[i++] : from[j++];
        }
        row *t = from;
        from = to;
        to = t;
    }
    if (from != s->row)
        memcpy(s->row, from, s->n * sizeof *from);
    cor_free(spare);
    return COR_OK;
}

static cor_code add_run(cor_sort *s, uint64_t off, cor_err *e)
{
    run *r = cor_grow(s->run, &s->cap_run, s->n_run + 1, sizeof *r);
    if (r == NULL)
        return cor_nomem(e, ROOM);
    s->run = r;
    s->run[s->n_run++] = (run){off, cor_spill_size(&s->file)};
    return COR_OK;
}

/* Writes what is in memory as one run. */
static cor_code spill(cor_sort *s, cor_err *e)
{
    cor_code rc = sort_rows(s, e);
    if (rc == COR_OK)
        rc = cor_spill_open(&s->file, s->tmpdir, e);
    uint64_t off = cor_spill_size(&s->file);
    for (size_t i = 0; rc == COR_OK && i < s->n; i++)
        rc = cor_spill_put(&s->file, s->row[i].p, ROW_HEAD + row_key(s->row[i].p).n + row_data(s->row[i].p).n, e);
    if (rc == COR_OK)
        rc = cor_spill_flush(&s->file, e);
    if (rc == COR_OK)
        rc = add_run(s, off, e);
    if (rc == COR_OK) {
        s->n = 0;
        s->used = 0;
        cor_arena_reset(&s->mem);
    }
    return rc;
}

cor_code cor_sort_add(cor_sort *s, cor_str key, cor_str data, cor_err *e)
{
    if (s->ended)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "a row came after the sorting had ended");
    if (key.n > COR_SORT_ROW_MAX || data.n > COR_SORT_ROW_MAX - key.n)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "a row of %zu bytes is more than a sort takes (%zu)",
                        key.n + data.n, COR_SORT_ROW_MAX);
    size_t bytes = ROW_HEAD + key.n + data.n, cost = ((bytes + 7) & ~(size_t)7) + 2 * sizeof(row);
    if (s->n != 0 && s->used + cost > s->budget) {
        cor_code rc = spill(s, e);
        if (rc != COR_OK)
            return rc;
    }
    uint8_t *p = cor_arena_get(&s->mem, bytes);
    row *r = cor_grow(s->row, &s->cap, s->n + 1, sizeof *r);
    if (r != NULL)
        s->row = r;
    if (p == NULL || r == NULL)
        return cor_nomem(e, ROOM);
    uint32_t len[2] = {(uint32_t)key.n, (uint32_t)data.n};
    memcpy(p, len, ROW_HEAD);
    if (key.n != 0)
        memcpy(p + ROW_HEAD, key.p, key.n);
    if (data.n != 0)
        memcpy(p + ROW_HEAD + key.n, data.p, data.n);
    s->row[s->n++] = (row){prefix_of(key), p};
    s->used += cost;
    s->rows++;
    return COR_OK;
}

uint64_t cor_sort_rows(const cor_sort *s)
{
    return s->rows;
}

void cor_sort_heed(cor_sort *s, const atomic_bool *stop)
{
    s->stop = stop;
}

void cor_sort_free(cor_sort *s)
{
    if (s == NULL)
        return;
    cor_spill_close(&s->file);
    cor_arena_free(&s->mem);
    cor_free(s->row);
    cor_free(s->run);
    cor_free(s);
}

/* ---- merging ---- */

/* Moves a run's window on until `need` bytes from pos lie in it. */
static cor_code window(source *s, size_t need, cor_err *e)
{
    size_t have = s->fill - s->pos;
    if (have >= need)
        return COR_OK;
    if (s->end - s->off < need - have)
        return cor_fail(e, COR_EIO, ROOM, s->off, "a spilled run ends inside a row");
    if (need > s->cap) {
        uint8_t *p = cor_realloc(s->buf, need);
        if (p == NULL)
            return cor_nomem(e, ROOM);
        s->buf = p;
        s->cap = need;
    }
    memmove(s->buf, s->buf + s->pos, have);
    s->pos = 0;
    size_t want = s->cap - have;
    if (want > s->end - s->off)
        want = (size_t)(s->end - s->off);
    cor_code rc = cor_spill_read(s->file, s->off, s->buf + have, want, e);
    s->off += want;
    s->fill = have + want;
    return rc;
}

/* Steps to the next row; *more false at the end. */
static cor_code step(source *s, bool *more, cor_err *e)
{
    if (s->file == NULL) {
        *more = s->at != s->stop;
        if (*more) {
            s->key = row_key(s->at->p);
            s->data = row_data(s->at->p);
            s->prefix = s->at++->prefix;
        }
        return COR_OK;
    }
    *more = s->pos != s->fill || s->off != s->end;
    if (!*more)
        return COR_OK;
    cor_code rc = window(s, ROW_HEAD, e);
    if (rc != COR_OK)
        return rc;
    size_t bytes = ROW_HEAD + (size_t)get32(s->buf + s->pos) + get32(s->buf + s->pos + 4);
    rc = window(s, bytes, e);
    if (rc != COR_OK)
        return rc;
    s->key = row_key(s->buf + s->pos);
    s->data = row_data(s->buf + s->pos);
    s->prefix = prefix_of(s->key);
    s->pos += bytes;
    return COR_OK;
}

static bool before(const source *a, const source *b)
{
    return compare(a->prefix, a->key, a->data, b->prefix, b->key, b->data) < 0;
}

static void sift(cor_sort_iter *it, size_t i)
{
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= it->n_heap)
            return;
        if (c + 1 < it->n_heap && before(it->heap[c + 1], it->heap[c]))
            c++;
        if (!before(it->heap[c], it->heap[i]))
            return;
        source *t = it->heap[i];
        it->heap[i] = it->heap[c];
        it->heap[c] = t;
        i = c;
    }
}

static cor_sort_iter *iter_new(size_t n_src)
{
    cor_sort_iter *it = cor_zalloc(sizeof *it);
    if (it == NULL)
        return NULL;
    it->src = cor_zalloc(n_src * sizeof *it->src);
    it->heap = cor_alloc(n_src * sizeof(source *));
    if (it->src != NULL && it->heap != NULL)
        return it;
    cor_sort_iter_free(it);
    return NULL;
}

static cor_code iter_add_run(cor_sort_iter *it, const cor_spill *file, run r, size_t buf, cor_err *e)
{
    source *s = &it->src[it->n_src++];
    *s = (source){.file = file, .off = r.off, .end = r.end, .cap = buf};
    s->buf = cor_alloc(buf);
    return s->buf == NULL ? cor_nomem(e, ROOM) : COR_OK;
}

/* Puts every source on its first row. */
static cor_code iter_begin(cor_sort_iter *it, cor_err *e)
{
    for (size_t i = 0; i < it->n_src; i++) {
        bool more = false;
        cor_code rc = step(&it->src[i], &more, e);
        if (rc != COR_OK)
            return rc;
        if (more)
            it->heap[it->n_heap++] = &it->src[i];
    }
    for (size_t i = it->n_heap / 2; i-- > 0;)
        sift(it, i);
    return COR_OK;
}

cor_code cor_sort_next(cor_sort_iter *it, cor_str *key, cor_str *data, cor_err *e)
{
    if (it->stop != NULL && atomic_load_explicit(it->stop, memory_order_relaxed))
        return cor_fail(e, COR_ESTOP, ROOM, COR_NOPOS, "stopped");
    if (it->begun && it->n_heap != 0) { /* the row given out last is done with */
        bool more = false;
        cor_code rc = step(it->heap[0], &more, e);
        if (rc != COR_OK)
            return rc;
        if (!more)
            it->heap[0] = it->heap[--it->n_heap];
        sift(it, 0);
    }
    it->begun = true;
    bool more = it->n_heap != 0;
    *key = more ? it->heap[0]->key : (cor_str){NULL, 0};
    *data = more ? it->heap[0]->data : (cor_str){NULL, 0};
    return COR_OK;
}

void cor_sort_iter_free(cor_sort_iter *it)
{
    if (it == NULL)
        return;
    for (size_t i = 0; it->src != NULL && i < it->n_src; i++)
        cor_free(it->src[i].buf);
    cor_free(it->src);
    cor_free(it->heap);
    cor_free(it);
}

static size_t fanin(const cor_sort *s)
{
    size_t k = s->budget / READ_MIN;
    return k < 2 ? 2 : k > FANIN_MAX ? FANIN_MAX : k;
}

static size_t read_size(const cor_sort *s, size_t runs)
{
    size_t b = s->budget / (runs + 1);
    return b < READ_MIN ? READ_MIN : b > READ_MAX ? READ_MAX : b;
}

/* Merges `n` runs from the old file into one of the new. */
static cor_code merge_runs(const cor_sort *s, const run *r, size_t n, cor_spill *to, cor_err *e)
{
    cor_sort_iter *it = iter_new(n);
    if (it == NULL)
        return cor_nomem(e, ROOM);
    it->stop = s->stop;
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        rc = iter_add_run(it, &s->file, r[i], read_size(s, n), e);
    if (rc == COR_OK)
        rc = iter_begin(it, e);
    for (cor_str k, d; rc == COR_OK;) {
        rc = cor_sort_next(it, &k, &d, e);
        if (rc != COR_OK || k.p == NULL)
            break;
        uint32_t len[2] = {(uint32_t)k.n, (uint32_t)d.n};
        rc = cor_spill_put(to, len, sizeof len, e);
        if (rc == COR_OK)
            rc = cor_spill_put(to, k.p, k.n, e);
        if (rc == COR_OK)
            rc = cor_spill_put(to, d.p, d.n, e);
    }
    cor_sort_iter_free(it);
    return rc == COR_OK ? cor_spill_flush(to, e) : rc;
}

/* One pass over all runs, into a new file; the old one stays, and its room is given back, only after it. */
static cor_code pass(cor_sort *s, cor_err *e)
{
    cor_spill to;
    cor_spill_init(&to);
    size_t k = fanin(s), n = 0, cap = (s->n_run + k - 1) / k;
    run *made = cor_alloc(cap * sizeof *made);
    cor_code rc = made == NULL ? cor_nomem(e, ROOM) : cor_spill_open(&to, s->tmpdir, e);
    for (size_t i = 0; rc == COR_OK && i < s->n_run; i += k) {
        uint64_t off = cor_spill_size(&to);
        rc = merge_runs(s, s->run + i, s->n_run - i < k ? s->n_run - i : k, &to, e);
        made[n++] = (run){off, cor_spill_size(&to)};
    }
    if (rc != COR_OK) {
        cor_spill_close(&to);
        cor_free(made);
        return rc;
    }
    cor_spill_close(&s->file);
    cor_free(s->run);
    s->file = to;
    s->run = made;
    s->n_run = n;
    s->cap_run = cap;
    return COR_OK;
}

/* Makes a sorter ready for reading: all in memory and sorted, or all in runs that can be merged at once. */
static cor_code end(cor_sort *s, cor_err *e)
{
    s->ended = true;
    cor_code rc = COR_OK;
    if (s->n_run == 0) {
        if (!s->sorted && s->n != 0)
            rc = sort_rows(s, e);
        s->sorted = rc == COR_OK;
        return rc;
    }
    if (s->n != 0) {
        rc = spill(s, e);
        if (rc != COR_OK)
            return rc;
    }
    cor_arena_free(&s->mem);
    cor_free(s->row);
    s->row = NULL;
    s->cap = 0;
    while (rc == COR_OK && s->n_run > fanin(s))
        rc = pass(s, e);
    return rc;
}

cor_sort_iter *cor_sort_merge(cor_sort *const *s, size_t n, cor_err *e)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        if (end(s[i], e) != COR_OK)
            return NULL;
        total += s[i]->n_run == 0 ? 1 : s[i]->n_run;
    }
    cor_sort_iter *it = iter_new(total);
    if (it == NULL) {
        cor_nomem(e, ROOM);
        return NULL;
    }
    it->stop = n == 0 ? NULL : s[0]->stop;
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++) {
        if (s[i]->n_run == 0)
            it->src[it->n_src++] = s[i]->n == 0 ? (source){0} : (source){.at = s[i]->row, .stop = s[i]->row + s[i]->n};
        for (size_t r = 0; rc == COR_OK && r < s[i]->n_run; r++)
            rc = iter_add_run(it, &s[i]->file, s[i]->run[r], read_size(s[i], s[i]->n_run), e);
    }
    if (rc == COR_OK)
        rc = iter_begin(it, e);
    if (rc == COR_OK)
        return it;
    cor_sort_iter_free(it);
    return NULL;
}
