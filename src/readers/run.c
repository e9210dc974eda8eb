/* The producer of a run: it walks, orders and opens the evidence, numbers inputs and parts, and feeds the workers
 * (pool.c). All numbering happens here, in one thread and in order of the names, so that it cannot depend on the
 * workers. */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "readers/producer.h"

/* About so many bytes make a part: 16 chunks of an event log, one millisecond of work. */
#define PART_WANT ((uint64_t)1 << 20)

/* A walk entry with what tells it apart from others of the same name. */
typedef struct twin {
    cor_walk_entry entry;
    uint8_t sha256[COR_SHA256_SIZE];
    bool hashed;
} twin;

bool cor_producer_nomem(cor_producer *r)
{
    cor_err e;
    cor_nomem(&e, "run");
    cor_pool_fatal(&r->pool, r->pool.seq, &e);
    return false;
}

/* Cuts an input into parts and gives them to the workers. Takes over w, whose number is set. False: the run is over. */
static bool feed(cor_producer *r, cor_work *w, bool hash)
{
    cor_pool *p = &r->pool;
    bool go = true;
    cor_part part = {0, w->in.size};
    if (w->reader->part == NULL) {
        go = cor_pool_push(p, (cor_job){w, part, p->seq++, false});
    } else {
        for (uint64_t k = 0; go && w->reader->part(&w->in, PART_WANT, k, &part); k++)
            go = cor_pool_push(p, (cor_job){w, part, p->seq++, false});
    }
    if (go && hash)
        go = cor_pool_push(p, (cor_job){.work = w, .seq = p->seq, .hash = true});
    if (!go) {
        cor_err e;
        cor_fail(&e, COR_ESTOP, "run", COR_NOPOS, "stopped before its end");
        cor_pool_fail_input(p, w->in.no, &e);
    }
    cor_pool_release(p, w);
    return go;
}

static void drop(cor_work *w)
{
    if (w->spool != NULL)
        cor_spool_drop(w->spool);
    else
        close(w->in.fd);
    cor_free(w);
}

static bool take_archive(cor_producer *r, cor_work *w, cor_archive_kind kind, const cor_nest *nest, bool hash)
{
    w->pending = 1;
    bool go = !hash || cor_pool_push(&r->pool, (cor_job){.work = w, .seq = r->pool.seq, .hash = true});
    if (go)
        go = cor_producer_archive(r, w, kind, nest);
    cor_pool_release(&r->pool, w);
    return go;
}

bool cor_producer_take(cor_producer *r, cor_work *w, const uint8_t *sha256, const cor_nest *nest)
{
    cor_pool *p = &r->pool;
    cor_archive_kind kind = COR_ARCHIVE_NONE;
    if (nest == NULL || nest->level < COR_UNPACK_DEPTH)
        kind = cor_archive_sniff(w->in.head, w->in.head_n);
    w->reader = kind != COR_ARCHIVE_NONE ? NULL : cor_reader_among(p->readers, w->in.head, w->in.head_n);
    const char *reader = kind != COR_ARCHIVE_NONE ? "archive" : w->reader == NULL ? NULL : w->reader->name;
    w->in.no = cor_pool_report(p, w->in.name, w->in.size, reader);
    if (w->in.no == COR_NONE) {
        drop(w);
        return cor_producer_nomem(r);
    }
    if (sha256 != NULL) {
        pthread_mutex_lock(&p->mu); /* the array of reports is shared with workers that end */
        memcpy(p->out->input[w->in.no].sha256, sha256, COR_SHA256_SIZE);
        p->out->input[w->in.no].hashed = true;
        pthread_mutex_unlock(&p->mu);
    }
    if (w->bad != NULL) { /* set before any worker sees it: their complaints come after this one */
        cor_err e;
        cor_fail(&e, COR_EFORMAT, "archive", w->in.size, "not unpacked to its end: %s", w->bad);
        cor_pool_fail_input(p, w->in.no, &e);
        w->failed = true;
    }
    bool hash = p->h->hash_inputs && sha256 == NULL;
    if (kind != COR_ARCHIVE_NONE)
        return take_archive(r, w, kind, nest, hash);
    if (w->reader == NULL) {
        drop(w);
        return true;
    }
    for (w->reader_no = 0; p->readers[w->reader_no] != w->reader;)
        w->reader_no++;
    w->pending = 1;
    return feed(r, w, hash);
}

/* What cannot be read still gets its line in the report. */
static bool not_opened(cor_producer *r, const cor_walk_entry *x, const cor_err *e, const char *note)
{
    uint32_t no = cor_pool_report(&r->pool, cor_walk_name(x), x->size, NULL);
    if (no == COR_NONE)
        return cor_producer_nomem(r);
    if (e != NULL)
        cor_pool_fail_input(&r->pool, no, e);
    if (note != NULL)
        cor_kept_note(&r->pool.kept, no, cor_str_of(note));
    return true;
}

static bool read_entry(cor_producer *r, const twin *t)
{
    const cor_walk_entry *x = &t->entry;
    if (cor_pool_stopped(&r->pool))
        return false;
    cor_pool_show(&r->pool, false);
    if (x->kind == COR_WALK_LINK)
        return not_opened(r, x, NULL, "a symbolic link inside a folder is not followed; give its target to read it");
    if (x->kind == COR_WALK_SPECIAL)
        return not_opened(r, x, NULL, "not a regular file (a pipe, socket or device): not opened");
    cor_work *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return cor_producer_nomem(r);
    cor_err e;
    if (cor_walk_open(x, &w->in, &e) != COR_OK) {
        cor_free(w);
        return not_opened(r, x, &e, NULL);
    }
    if (w->in.size != x->size)
        r->pool.bytes_total += w->in.size - x->size; /* wraps back when it shrank */
    return cor_producer_take(r, w, t->hashed ? t->sha256 : NULL, NULL);
}

static int by_sha(const void *a, const void *b)
{
    const twin *x = a, *y = b;
    int c = x->hashed != y->hashed ? (int)x->hashed - (int)y->hashed : memcmp(x->sha256, y->sha256, sizeof x->sha256);
    return c != 0 ? c : strcmp(x->entry.path, y->entry.path);
}

static cor_code hash_twin(cor_producer *r, twin *t)
{
    cor_input in;
    if (t->entry.kind != COR_WALK_FILE || cor_walk_open(&t->entry, &in, NULL) != COR_OK)
        return COR_OK; /* what is wrong with it is said when its turn comes */
    if (r->digest == NULL)
        r->digest = cor_digest_new();
    cor_code rc = r->digest == NULL ? COR_ENOMEM : cor_input_sha256(r->digest, &in, &r->pool, t->sha256, NULL);
    t->hashed = rc == COR_OK;
    close(in.fd);
    return rc == COR_ENOMEM ? rc : COR_OK;
}

/* Files of one name, under different roots: their content gives them an order that does not depend on the roots'
 * order. */
static bool read_twins(cor_producer *r, const cor_walk_entry *x, size_t n)
{
    twin *t = cor_zalloc(n * sizeof *t);
    if (t == NULL)
        return cor_producer_nomem(r);
    bool go = true;
    for (size_t i = 0; i < n && go; i++) {
        t[i].entry = x[i];
        if (hash_twin(r, &t[i]) != COR_OK)
            go = cor_producer_nomem(r);
    }
    qsort(t, n, sizeof *t, by_sha);
    for (size_t i = 0; i < n && go; i++)
        go = read_entry(r, &t[i]);
    cor_free(t);
    return go;
}

static void produce(cor_producer *r)
{
    cor_walk *w = &r->walk;
    r->pool.inputs_total = w->n;
    cor_producer_start(r);
    for (size_t i = 0; i < w->n; i++)
        r->pool.bytes_total += w->entry[i].size;
    bool go = true;
    for (size_t i = 0, n; i < w->n && go; i += n) {
        for (n = 1; i + n < w->n && cor_str_eq(cor_walk_name(&w->entry[i]), cor_walk_name(&w->entry[i + n]));)
            n++;
        if (n > 1) {
            go = read_twins(r, &w->entry[i], n);
        } else {
            twin t = {.entry = w->entry[i]};
            go = read_entry(r, &t);
        }
    }
}

/* Moves what the run found into the result, which outlives the pool. */
static cor_code give(cor_producer *r, cor_run_result *out, cor_err *e)
{
    for (size_t i = 0; i < out->n_input; i++) {
        cor_input_report *x = &out->input[i];
        if (x->err == NULL)
            continue;
        cor_err *copy = cor_arena_get(&out->mem, sizeof *copy);
        if (copy != NULL)
            *copy = *x->err;
        x->err = copy;
        if (copy == NULL)
            r->pool.kept.nomem = true;
    }
    out->walk_err = r->walk.err;
    out->n_walk_err = r->walk.n_err;
    r->walk.err = NULL;
    return cor_kept_give(&r->pool.kept, out, e);
}

cor_code cor_run(const cor_run_options *o, const cor_run_hooks *h, cor_run_result *out, cor_err *e)
{
    *out = (cor_run_result){0};
    cor_producer r = {0};
    cor_code rc = cor_walk_paths(&r.walk, o->path, o->n_path, o->stop, e);
    if (rc != COR_OK) {
        cor_walk_free(&r.walk);
        return rc;
    }
    rc = cor_pool_init(&r.pool, o, h, out, e);
    if (rc == COR_OK) {
        produce(&r);
        cor_pool_finish(&r.pool);
        out->mem = r.walk.mem; /* the names lie there */
        r.walk.mem = (cor_arena){0};
        rc = give(&r, out, e);
    }
    if (r.pool.fatal.code != COR_OK) {
        rc = r.pool.fatal.code;
        if (e != NULL)
            *e = r.pool.fatal;
    } else if (rc == COR_OK && o->stop != NULL && atomic_load(o->stop)) {
        rc = cor_fail(e, COR_ESTOP, "run", COR_NOPOS, "stopped");
    }
    cor_unpacker_free(r.unpacker);
    cor_digest_free(r.digest);
    cor_pool_free(&r.pool);
    cor_walk_free(&r.walk);
    return rc;
}

void cor_run_result_free(cor_run_result *r)
{
    cor_free(r->input);
    cor_free(r->damage);
    cor_free(r->walk_err);
    cor_arena_free(&r->mem);
    *r = (cor_run_result){0};
}
