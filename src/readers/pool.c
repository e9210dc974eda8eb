#include "readers/pool.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

/* Shown about five times a second. */
#define SHOW_EVERY_NS 200000000L
#define HASH_STEP ((size_t)64 << 10)

void cor_spool_drop(cor_spool *s)
{
    if (s != NULL && atomic_fetch_sub(&s->users, 1) == 1) {
        close(s->fd);
        cor_free(s);
    }
}

/* ---- errors, reports ---- */

void cor_pool_fatal(cor_pool *p, uint64_t seq, const cor_err *e)
{
    pthread_mutex_lock(&p->mu);
    if (p->fatal.code == COR_OK || seq < p->fatal_seq) {
        p->fatal = *e;
        p->fatal_seq = seq;
    }
    atomic_store(&p->abort, true);
    pthread_cond_broadcast(&p->filled);
    pthread_cond_broadcast(&p->drained);
    pthread_mutex_unlock(&p->mu);
}

static void fatal_nomem(cor_pool *p, uint64_t seq)
{
    cor_err e;
    cor_nomem(&e, "run");
    cor_pool_fatal(p, seq, &e);
}

uint32_t cor_pool_report(cor_pool *p, cor_str name, uint64_t size, const char *reader)
{
    pthread_mutex_lock(&p->mu);
    cor_run_result *r = p->out;
    cor_input_report *list = NULL;
    if (r->n_input < COR_NONE)
        list = cor_grow(r->input, &p->cap_input, r->n_input + 1, sizeof *list);
    uint32_t no = COR_NONE;
    if (list != NULL) {
        r->input = list;
        no = (uint32_t)r->n_input++;
        list[no] = (cor_input_report){.name = name, .size = size, .reader = reader};
        p->inputs_done += reader == NULL;
    }
    pthread_mutex_unlock(&p->mu);
    return no;
}

/* The lock is held. */
static void set_err(cor_pool *p, uint32_t input, const cor_err *e)
{
    cor_err *copy = cor_arena_get(&p->errs, sizeof *copy);
    if (copy == NULL) {
        p->kept.nomem = true;
        return;
    }
    *copy = *e;
    p->out->input[input].err = copy;
}

void cor_pool_fail_input(cor_pool *p, uint32_t input, const cor_err *e)
{
    pthread_mutex_lock(&p->mu);
    set_err(p, input, e);
    pthread_mutex_unlock(&p->mu);
}

/* The lock is held. */
static void release(cor_pool *p, cor_work *w)
{
    if (--w->pending > 0)
        return;
    p->out->input[w->in.no].tally = w->tally;
    p->inputs_done++;
    if (w->spool != NULL)
        cor_spool_drop(w->spool);
    else
        close(w->in.fd);
    cor_free(w);
}

void cor_pool_release(cor_pool *p, cor_work *w)
{
    pthread_mutex_lock(&p->mu);
    release(p, w);
    pthread_mutex_unlock(&p->mu);
}

bool cor_pool_stopped(const cor_pool *p)
{
    return atomic_load_explicit(&p->abort, memory_order_relaxed) ||
           (p->o->stop != NULL && atomic_load_explicit(p->o->stop, memory_order_relaxed));
}

/* ---- one part ---- */

typedef struct part_ctx {
    cor_pool *pool;
    const cor_work *work;
    cor_sink user;
    cor_time from, to;
    bool heed_stop;
    /* what the caller's sink returned, if anything: the run ends with it, unless the reader called it damage */
    cor_err refused;
    unsigned notes;
} part_ctx;

static bool inside(const part_ctx *c, cor_time t)
{
    return t == COR_NOTIME || COR_LIKELY(t >= c->from && t <= c->to);
}

static void part_seen(void *ctx, const cor_seen *s)
{
    const part_ctx *c = ctx;
    if (inside(c, s->time))
        c->user.seen(c->user.ctx, s);
}

static bool part_want(void *ctx, const cor_head *head)
{
    const part_ctx *c = ctx;
    return c->user.want(c->user.ctx, head);
}

static bool part_spare(void *ctx, const cor_event *ev)
{
    const part_ctx *c = ctx;
    return inside(c, ev->time) && c->user.spare(c->user.ctx, ev);
}

static cor_code part_event(void *ctx, const cor_event *ev, cor_err *e)
{
    part_ctx *c = ctx;
    if (c->heed_stop && COR_UNLIKELY(cor_pool_stopped(c->pool)))
        return cor_fail(e, COR_ESTOP, "run", ev->offset, "stopped before its end");
    if (!inside(c, ev->time))
        return COR_OK;
    cor_code rc = c->user.event(c->user.ctx, ev, e);
    if (COR_UNLIKELY(rc != COR_OK)) {
        if (e != NULL)
            c->refused = *e;
        c->refused.code = rc;
    }
    return rc;
}

static void part_damage(void *ctx, const cor_damage *d)
{
    part_ctx *c = ctx;
    c->refused.code = COR_OK;
    cor_kept_damage(&c->pool->kept, c->work->in.no, d);
    if (c->user.damage != NULL)
        c->user.damage(c->user.ctx, d);
}

static void part_note(void *ctx, const char *text)
{
    part_ctx *c = ctx;
    if (c->notes++ < COR_PART_NOTES_MAX)
        cor_kept_note(&c->pool->kept, c->work->in.no, cor_str_of(text));
    if (c->user.note != NULL)
        c->user.note(c->user.ctx, text);
}

static cor_code read_part(cor_worker *k, cor_work *w, const cor_job *j, part_ctx *c, cor_tally *tally, cor_err *e)
{
    void **state = &k->state[w->reader_no];
    if (*state == NULL && w->reader->open != NULL) {
        *state = w->reader->open(&k->pool->o->read);
        if (*state == NULL)
            return cor_nomem(e, "run");
    }
    const cor_sink sink = {
        .ctx = c,
        .seen = c->user.seen == NULL ? NULL : part_seen,
        .want = c->user.want == NULL ? NULL : part_want,
        .spare = c->user.spare == NULL ? NULL : part_spare,
        .fields = c->user.fields,
        .event = part_event,
        .damage = part_damage,
        .note = part_note,
    };
    return w->reader->read(*state, &w->in, &j->part, &sink, tally, e);
}

static uint64_t nanos_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void do_part(cor_worker *k, const cor_job *j)
{
    cor_pool *p = k->pool;
    cor_work *w = j->work;
    cor_tally tally = {0};
    cor_err e = {0}, done = {0};
    part_ctx c = {
        .pool = p,
        .work = w,
        .user = p->h->sink(k->user, &w->in, j->seq),
        .from = p->o->read.from == COR_NOTIME ? INT64_MIN : p->o->read.from,
        .to = p->o->read.to == COR_NOTIME ? INT64_MAX : p->o->read.to,
        .heed_stop = j->part.len > COR_STOP_PART,
    };
    uint64_t start = nanos_now();
    cor_code rc = read_part(k, w, j, &c, &tally, &e);
    uint64_t spent = nanos_now() - start;
    e.code = rc;
    cor_code rc_done = p->h->part_done == NULL ? COR_OK : p->h->part_done(k->user, &w->in, j->seq, &done);
    if (rc_done != COR_OK)
        done.code = rc_done;
    bool refused = c.refused.code != COR_OK;
    if (refused || rc_done != COR_OK)
        cor_pool_fatal(p, j->seq, refused ? &c.refused : &done);
    atomic_fetch_add_explicit(&p->records, tally.records, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->bytes_done, j->part.len, memory_order_relaxed);
    pthread_mutex_lock(&p->mu);
    w->tally.records += tally.records;
    w->tally.recovered += tally.recovered;
    w->tally.damaged += tally.damaged;
    w->tally.lossy += tally.lossy;
    p->out->input[w->in.no].nanos += spent;
    if (rc != COR_OK && !refused && (!w->failed || j->seq < w->err_seq)) {
        w->failed = true;
        w->err_seq = j->seq;
        set_err(p, w->in.no, &e);
    }
    release(p, w);
    pthread_mutex_unlock(&p->mu);
}

cor_code cor_input_sha256(cor_digest *d, const cor_input *in, const cor_pool *p, uint8_t out[COR_SHA256_SIZE],
                          cor_err *e)
{
    uint8_t buf[HASH_STEP];
    cor_code rc = COR_OK;
    for (uint64_t off = 0; off < in->size && rc == COR_OK;) {
        size_t got = 0;
        if (cor_pool_stopped(p))
            rc = cor_fail(e, COR_ESTOP, "run", off, "stopped before its end");
        else
            rc = cor_input_read(in, off, buf, sizeof buf, &got, e);
        if (got == 0)
            break;
        cor_digest_add(d, buf, got);
        off += got;
    }
    cor_digest_end(d, out);
    return rc;
}

static void do_hash(cor_worker *k, const cor_job *j)
{
    cor_pool *p = k->pool;
    cor_work *w = j->work;
    if (k->digest == NULL)
        k->digest = cor_digest_new();
    uint8_t sha[COR_SHA256_SIZE];
    cor_err e = {0};
    bool ok = false;
    if (k->digest == NULL)
        fatal_nomem(p, j->seq);
    else
        ok = cor_input_sha256(k->digest, &w->in, p, sha, &e) == COR_OK;
    pthread_mutex_lock(&p->mu);
    cor_input_report *r = &p->out->input[w->in.no];
    if (ok) {
        memcpy(r->sha256, sha, sizeof r->sha256);
        r->hashed = true;
    } else if (e.code != COR_OK && r->err == NULL) {
        set_err(p, w->in.no, &e);
    }
    release(p, w);
    pthread_mutex_unlock(&p->mu);
}

/* ---- workers ---- */

/* Waits until there is a job, without taking it. */
static bool await(cor_pool *p)
{
    p->idle++;
    while (p->n == 0 && !p->closed && !cor_pool_stopped(p))
        pthread_cond_wait(&p->filled, &p->mu);
    p->idle--;
    return p->n > 0 && !cor_pool_stopped(p);
}

/* What the caller keeps per worker is made before a job is taken: a job that was taken is always finished, or those who
 * wait for their turn after it would wait for ever. */
static bool open_worker(cor_worker *k)
{
    if (k->opened)
        return true;
    pthread_mutex_unlock(&k->pool->mu);
    k->user = k->pool->h->worker_open == NULL ? NULL : k->pool->h->worker_open(k->pool->h->ctx, k->no);
    k->opened = k->user != NULL || k->pool->h->worker_open == NULL;
    if (!k->opened)
        fatal_nomem(k->pool, 0);
    pthread_mutex_lock(&k->pool->mu);
    return k->opened;
}

static void *work(void *arg)
{
    cor_worker *k = arg;
    cor_pool *p = k->pool;
    pthread_mutex_lock(&p->mu);
    while (await(p)) {
        if (!open_worker(k))
            break;
        if (p->n == 0 || cor_pool_stopped(p))
            continue;
        cor_job j = p->ring[p->first];
        p->first = (p->first + 1) % COR_QUEUE_MAX;
        p->n--;
        p->busy++;
        p->current = j.work->in.name;
        if (p->n == COR_QUEUE_MAX / 2 || p->n == 0)
            pthread_cond_signal(&p->drained); /* not for each: the producer fills half a queue at a time */
        pthread_mutex_unlock(&p->mu);
        if (j.hash)
            do_hash(k, &j);
        else
            do_part(k, &j);
        pthread_mutex_lock(&p->mu);
        p->busy--;
        if (p->closed && p->n == 0 && p->busy == 0)
            pthread_cond_signal(&p->drained);
    }
    pthread_mutex_unlock(&p->mu);
    return NULL;
}

/* The lock is held. */
static bool hire(cor_pool *p)
{
    cor_worker *k = &p->worker[p->n_worker];
    *k = (cor_worker){.pool = p, .no = p->n_worker};
    k->state = cor_zalloc((p->n_readers + 1) * sizeof *k->state);
    if (k->state == NULL)
        return false;
    if (pthread_create(&k->thread, NULL, work, k) != 0) {
        cor_free(k->state);
        return false;
    }
    p->n_worker++;
    return true;
}

/* ---- producer's side ---- */

void cor_pool_show(cor_pool *p, bool always)
{
    if (p->o->progress == NULL)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!always && (now.tv_sec - p->last.tv_sec) * 1000000000L + (now.tv_nsec - p->last.tv_nsec) < SHOW_EVERY_NS)
        return;
    p->last = now;
    pthread_mutex_lock(&p->mu);
    cor_run_progress s = {
        .bytes_done = atomic_load(&p->bytes_done),
        .bytes_total = p->bytes_total,
        .records = atomic_load(&p->records),
        .inputs_done = p->inputs_done,
        .inputs_total = p->inputs_total,
        .current = p->current,
    };
    pthread_mutex_unlock(&p->mu);
    p->o->progress(p->o->progress_ctx, &s);
}

/* The lock is held; it is given up while waiting and while progress is shown. */
static void wait_drained(cor_pool *p)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SHOW_EVERY_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    if (pthread_cond_timedwait(&p->drained, &p->mu, &until) == ETIMEDOUT) {
        pthread_mutex_unlock(&p->mu);
        cor_pool_show(p, true);
        pthread_mutex_lock(&p->mu);
    }
}

bool cor_pool_push(cor_pool *p, cor_job j)
{
    pthread_mutex_lock(&p->mu);
    if (p->n == COR_QUEUE_MAX)
        while (p->n > COR_QUEUE_MAX / 2 && !cor_pool_stopped(p))
            wait_drained(p);
    bool ok = !cor_pool_stopped(p);
    if (ok && p->idle == 0 && p->n_worker < p->o->threads && !hire(p) && p->n_worker == 0) {
        pthread_mutex_unlock(&p->mu);
        fatal_nomem(p, j.seq);
        return false;
    }
    if (ok) {
        p->ring[(p->first + p->n++) % COR_QUEUE_MAX] = j;
        j.work->pending++;
        if (p->idle > 0)
            pthread_cond_signal(&p->filled);
    }
    pthread_mutex_unlock(&p->mu);
    cor_pool_show(p, false);
    return ok;
}

cor_code cor_pool_init(cor_pool *p, const cor_run_options *o, const cor_run_hooks *h, cor_run_result *out, cor_err *e)
{
    *p = (cor_pool){.o = o, .h = h, .out = out, .readers = o->readers == NULL ? cor_readers : o->readers};
    while (p->readers[p->n_readers] != NULL)
        p->n_readers++;
    cor_kept_init(&p->kept);
    pthread_mutex_init(&p->mu, NULL);
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_cond_init(&p->filled, &a);
    pthread_cond_init(&p->drained, &a);
    pthread_condattr_destroy(&a);
    p->worker = cor_zalloc((size_t)o->threads * sizeof *p->worker);
    return p->worker == NULL ? cor_nomem(e, "run") : COR_OK;
}

static void close_worker(cor_pool *p, cor_worker *k)
{
    for (size_t r = 0; r < p->n_readers; r++)
        if (k->state[r] != NULL && p->readers[r]->close != NULL)
            p->readers[r]->close(k->state[r]);
    cor_free(k->state);
    cor_digest_free(k->digest);
    if (k->opened && p->h->worker_close != NULL)
        p->h->worker_close(k->user);
}

void cor_pool_finish(cor_pool *p)
{
    pthread_mutex_lock(&p->mu);
    p->closed = true;
    pthread_cond_broadcast(&p->filled);
    while (!cor_pool_stopped(p) && (p->n > 0 || p->busy > 0))
        wait_drained(p);
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->mu);
    for (int i = 0; i < p->n_worker; i++)
        pthread_join(p->worker[i].thread, NULL);
    while (p->n > 0) { /* after a stop: given back unread */
        cor_work *w = p->ring[p->first].work;
        p->first = (p->first + 1) % COR_QUEUE_MAX;
        p->n--;
        cor_err e;
        cor_fail(&e, COR_ESTOP, "run", COR_NOPOS, "stopped before its end");
        if (p->out->input[w->in.no].err == NULL)
            cor_pool_fail_input(p, w->in.no, &e);
        cor_pool_release(p, w);
    }
    for (int i = 0; i < p->n_worker; i++)
        close_worker(p, &p->worker[i]);
    p->n_worker = 0;
    cor_pool_show(p, true);
}

void cor_pool_free(cor_pool *p)
{
    cor_kept_free(&p->kept);
    cor_arena_free(&p->errs);
    cor_free(p->worker);
    pthread_cond_destroy(&p->filled);
    pthread_cond_destroy(&p->drained);
    pthread_mutex_destroy(&p->mu);
}
