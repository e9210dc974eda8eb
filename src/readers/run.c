/* The producer of a run: it walks, orders and opens the evidence, numbers inputs and parts, and feeds the workers (pool.c).
 * All numbering happens here, in one thread and in order of the names, so that it cannot depend on the workers. */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "evidence/walk.h"
#include "readers/pool.h"

/* About so many bytes make a part: 16 chunks of an event log, one millisecond of work. */
#define PART_WANT ((uint64_t)1 << 20)

typedef struct producer {
    cor_pool pool;
    cor_walk walk;
    cor_digest *digest; /* for files of equal names */
} producer;

/* A walk entry with what tells it apart from others of the same name. */
typedef struct twin {
    cor_walk_entry entry;
    uint8_t sha256[COR_SHA256_SIZE];
    bool hashed;
} twin;

static bool out_of_memory(producer *r)
{
    cor_err e;
    cor_nomem(&e, "run");
    cor_pool_fatal(&r->pool, r->pool.seq, &e);
    return false;
}

/* Cuts an input into parts and gives them to the workers. Takes over w, whose number is set. False: the run is over. */
static bool feed(producer *r, cor_work *w, bool hash)
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

/* Reports an opened input and feeds it when some reader takes it; else closes it. */
static bool take(producer *r, cor_work *w, const twin *t)
{
    cor_pool *p = &r->pool;
    w->reader = cor_reader_among(p->readers, w->in.head, w->in.head_n);
    w->in.no = cor_pool_report(p, w->in.name, w->in.size, w->reader == NULL ? NULL : w->reader->name);
    if (w->in.no == COR_NONE) {
        close(w->in.fd);
        cor_free(w);
        return out_of_memory(r);
    }
    bool hashed = t != NULL && t->hashed;
    if (hashed) {
        memcpy(p->out->input[w->in.no].sha256, t->sha256, COR_SHA256_SIZE);
        p->out->input[w->in.no].hashed = true;
    }
    if (w->reader == NULL) {
        close(w->in.fd);
        cor_free(w);
        return true;
    }
    for (w->reader_no = 0; p->readers[w->reader_no] != w->reader;)
        w->reader_no++;
    w->pending = 1;
    return feed(r, w, p->h->hash_inputs && !hashed);
}

/* What cannot be read still gets its line in the report. */
static bool not_opened(producer *r, const cor_walk_entry *x, const cor_err *e, const char *note)
{
    uint32_t no = cor_pool_report(&r->pool, cor_walk_name(x), x->size, NULL);
    if (no == COR_NONE)
        return out_of_memory(r);
    if (e != NULL)
        cor_pool_fail_input(&r->pool, no, e);
    if (note != NULL)
        cor_kept_note(&r->pool.kept, no, cor_str_of(note));
    return true;
}

static bool read_entry(producer *r, const twin *t)
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
        return out_of_memory(r);
    cor_err e;
    if (cor_walk_open(x, &w->in, &e) != COR_OK) {
        cor_free(w);
        return not_opened(r, x, &e, NULL);
    }
    if (w->in.size != x->size)
        r->pool.bytes_total += w->in.size - x->size; /* wraps back when it shrank */
    return take(r, w, t);
}

static int by_sha(const void *a, const void *b)
{
    const twin *x = a, *y = b;
    int c = x->hashed != y->hashed ? (int)x->hashed - (int)y->hashed : memcmp(x->sha256, y->sha256, sizeof x->sha256);
    return c != 0 ? c : strcmp(x->entry.path, y->entry.path);
}

static cor_code hash_twin(producer *r, twin *t)
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

/* Files of one name, under different roots: their content gives them an order that does not depend on the roots' order. */
static bool read_twins(producer *r, const cor_walk_entry *x, size_t n)
{
    twin *t = cor_zalloc(n * sizeof *t);
    if (t == NULL)
        return out_of_memory(r);
    bool go = true;
    for (size_t i = 0; i < n && go; i++) {
        t[i].entry = x[i];
        if (hash_twin(r, &t[i]) != COR_OK)
            go = out_of_memory(r);
    }
    qsort(t, n, sizeof *t, by_sha);
    for (size_t i = 0; i < n && go; i++)
        go = read_entry(r, &t[i]);
    cor_free(t);
    return go;
}

static void produce(producer *r)
{
    cor_walk *w = &r->walk;
    r->pool.inputs_total = w->n;
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
static cor_code give(producer *r, cor_run_result *out, cor_err *e)
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
    producer r = {0};
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
