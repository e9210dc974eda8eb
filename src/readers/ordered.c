/* Output in the order of the parts. Whoever has the turn writes straight through, outside the lock; the others keep
 * their bytes in a ring of slots, one per part from the turn on. Only the one with the turn never waits, so nobody
 * waits for ever: parts are taken in order, so the part whose turn it is has always been taken (or all workers are
 * gone). */
#include <pthread.h>

#include "base/alloc.h"
#include "readers/run.h"

/* Bytes kept for all parts together. A 1 MiB piece of an event log prints as 2 to 4 MB: enough for some workers to
 * be ahead. */
#define HELD_MAX (4 * COR_ORDERED_HOLD)
/* Parts ahead of the turn, when their output is small or none. */
#define AHEAD_MAX ((size_t)1 << 16)

typedef struct slot {
    cor_buf held;
    bool done;
} slot;

struct cor_ordered {
    cor_code (*write)(void *ctx, cor_str bytes, cor_err *e);
    void *ctx;
    pthread_mutex_t mu;
    pthread_cond_t moved; /* the turn went on, bytes were written, or writing failed */
    uint64_t turn;
    slot *slot; /* of part s: slot[s & mask] */
    size_t mask;
    size_t held; /* bytes in all slots */
    bool writing; /* somebody writes for the part `turn` without the lock */
    cor_err failed; /* sticky */
};

cor_ordered *cor_ordered_new(cor_code (*write)(void *ctx, cor_str bytes, cor_err *e), void *ctx)
{
    cor_ordered *o = cor_zalloc(sizeof *o);
    if (o == NULL)
        return NULL;
    o->mask = 15;
    o->slot = cor_zalloc((o->mask + 1) * sizeof *o->slot);
    if (o->slot == NULL) {
        cor_free(o);
        return NULL;
    }
    o->write = write;
    o->ctx = ctx;
    pthread_mutex_init(&o->mu, NULL);
    pthread_cond_init(&o->moved, NULL);
    return o;
}

static void fail(cor_ordered *o, const cor_err *e)
{
    if (o->failed.code == COR_OK)
        o->failed = *e;
    pthread_cond_broadcast(&o->moved);
}

/* The lock is held before and after, not while writing. Only called for the part whose turn it is. */
static cor_code write_out(cor_ordered *o, cor_str bytes)
{
    cor_err e = {0};
    o->writing = true;
    pthread_mutex_unlock(&o->mu);
    cor_code rc = o->write(o->ctx, bytes, &e);
    pthread_mutex_lock(&o->mu);
    o->writing = false;
    pthread_cond_broadcast(&o->moved);
    if (rc != COR_OK) {
        e.code = rc;
        fail(o, &e);
    }
    return rc;
}

/* Writes what the part whose turn it is has kept. */
static cor_code flush(cor_ordered *o)
{
    slot *s = &o->slot[o->turn & o->mask];
    if (s->held.n == 0)
        return COR_OK;
    cor_buf b = s->held; /* taken out: the ring may grow meanwhile */
    s->held = (cor_buf){0};
    cor_code rc = write_out(o, cor_buf_view(&b));
    o->held -= b.n;
    cor_buf_free(&b);
    return rc;
}

/* Room in the ring for part seq; waits when it is too far ahead. */
static cor_code reach(cor_ordered *o, uint64_t seq)
{
    while (o->failed.code == COR_OK && seq - o->turn >= AHEAD_MAX)
        pthread_cond_wait(&o->moved, &o->mu);
    if (o->failed.code != COR_OK)
        return o->failed.code;
    if (seq - o->turn <= o->mask)
        return COR_OK;
    size_t mask = o->mask;
    while (seq - o->turn > mask)
        mask = mask * 2 + 1;
    slot *grown = cor_zalloc((mask + 1) * sizeof *grown);
    if (grown == NULL)
        return COR_ENOMEM;
    for (uint64_t k = o->turn; k <= o->turn + o->mask; k++)
        grown[k & mask] = o->slot[k & o->mask];
    cor_free(o->slot);
    o->slot = grown;
    o->mask = mask;
    return COR_OK;
}

static cor_code leave(cor_ordered *o, cor_code rc, cor_err *e)
{
    if (rc == COR_ENOMEM && o->failed.code == COR_OK) {
        cor_err none;
        cor_nomem(&none, "output");
        fail(o, &none);
    }
    if (o->failed.code != COR_OK) {
        rc = o->failed.code;
        if (e != NULL)
            *e = o->failed;
    }
    pthread_mutex_unlock(&o->mu);
    return rc;
}

cor_code cor_ordered_put(cor_ordered *o, uint64_t seq, cor_str bytes, cor_err *e)
{
    if (bytes.n == 0)
        return COR_OK;
    pthread_mutex_lock(&o->mu);
    cor_code rc = reach(o, seq);
    while (rc == COR_OK && o->failed.code == COR_OK && (seq != o->turn || o->writing) && o->held + bytes.n > HELD_MAX)
        pthread_cond_wait(&o->moved, &o->mu);
    if (rc != COR_OK || o->failed.code != COR_OK)
        return leave(o, rc, e);
    if (seq == o->turn && !o->writing) {
        rc = flush(o);
        if (rc == COR_OK)
            rc = write_out(o, bytes);
        return leave(o, rc, e);
    }
    /* Not its turn, or whoever gave it the turn is still writing what it had kept. */
    slot *s = &o->slot[seq & o->mask];
    cor_buf_str(&s->held, bytes);
    if (!cor_buf_ok(&s->held))
        rc = COR_ENOMEM;
    else
        o->held += bytes.n;
    return leave(o, rc, e);
}

cor_code cor_ordered_done(cor_ordered *o, uint64_t seq, cor_err *e)
{
    pthread_mutex_lock(&o->mu);
    cor_code rc = reach(o, seq);
    if (rc == COR_OK)
        o->slot[seq & o->mask].done = true;
    /* Everything that is complete from the turn on is written here; a worker still busy with the next part finds its
     * turn come. */
    while (rc == COR_OK && o->failed.code == COR_OK && !o->writing) {
        rc = flush(o);
        slot *s = &o->slot[o->turn & o->mask];
        if (s->held.n > 0)
            continue;
        if (rc != COR_OK || !s->done)
            break;
        s->done = false;
        o->turn++;
        pthread_cond_broadcast(&o->moved);
    }
    return leave(o, rc, e);
}

void cor_ordered_free(cor_ordered *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i <= o->mask; i++)
        cor_buf_free(&o->slot[i].held);
    pthread_cond_destroy(&o->moved);
    pthread_mutex_destroy(&o->mu);
    cor_free(o->slot);
    cor_free(o);
}
