/* The producer and archives: unpack, name and number the members, take them as if they were files. */
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "readers/producer.h"

static bool want(const void *ctx, const uint8_t *head, size_t n)
{
    return cor_reader_among(ctx, head, n) != NULL;
}

void cor_producer_start(cor_producer *r)
{
    cor_unpacker_start(&r->unpacker, want, r->pool.readers, &r->unpacker_err);
}

typedef struct place {
    cor_producer *r;
    uint64_t at;
} place;

static bool tick(void *ctx, uint64_t at)
{
    place *k = ctx;
    if (at > k->at) { /* a zip is read here and there: progress never goes back */
        atomic_fetch_add(&k->r->pool.bytes_done, at - k->at);
        k->at = at;
    }
    cor_pool_show(&k->r->pool, false);
    return !cor_pool_stopped(&k->r->pool);
}

static bool take_member(cor_producer *r, const cor_member *m, cor_str name, cor_spool *spool, const cor_nest *nest)
{
    cor_work *w = cor_zalloc(sizeof *w);
    if (w == NULL)
        return cor_producer_nomem(r);
    w->in.name = name;
    w->in.fd = spool->fd;
    w->in.base = m->off;
    w->in.size = m->size;
    w->spool = spool;
    w->bad = m->bad;
    atomic_fetch_add(&spool->users, 1);
    r->pool.bytes_total += m->size;
    cor_err e;
    if (cor_input_read(&w->in, 0, w->in.head, sizeof w->in.head, &w->in.head_n, &e) != COR_OK)
        w->bad = "the temporary file cannot be read back";
    return cor_producer_take(r, w, NULL, nest);
}

static bool take_members(cor_producer *r, const cor_work *w, const cor_unpacked *u, cor_spool *spool,
                         const cor_nest *nest)
{
    r->pool.inputs_total += u->n;
    for (size_t i = 0; i < u->n; i++) {
        const cor_member *m = &u->member[i];
        cor_str name = cor_member_name(&r->walk.mem, w->in.name, m->name);
        if (name.p == NULL)
            return cor_producer_nomem(r);
        if (m->kind == COR_MEMBER_WANTED) {
            if (!take_member(r, m, name, spool, nest))
                return false;
        } else if (cor_pool_report(&r->pool, name, m->size, NULL) == COR_NONE) {
            return cor_producer_nomem(r);
        }
    }
    return true;
}

/* What was left out, in the archive's own line of the report. */
static void tell(cor_producer *r, uint32_t no, const cor_unpacked *u, cor_code rc, cor_err *e)
{
    char text[160];
    size_t locked = u->n_kind[COR_MEMBER_ENCRYPTED], deeper = u->n_kind[COR_MEMBER_DEEPER];
    if (locked > 0) {
        snprintf(text, sizeof text,
                 "%zu of %zu members are encrypted and not read: unpack it with its password and give the folder",
                 locked, u->n);
        cor_kept_note(&r->pool.kept, no, cor_str_of(text));
        if (rc == COR_OK)
            rc = cor_fail(e, COR_EFORMAT, "archive", COR_NOPOS, "%s", text);
    }
    if (deeper > 0) {
        snprintf(text, sizeof text,
                 "%zu archives lie too deep inside it and are not opened: one archive inside another is", deeper);
        cor_kept_note(&r->pool.kept, no, cor_str_of(text));
    }
    if (rc != COR_OK)
        cor_pool_fail_input(&r->pool, no, e);
}

bool cor_producer_archive(cor_producer *r, cor_work *w, cor_archive_kind kind, const cor_nest *nest)
{
    if (r->unpacker == NULL) {
        cor_pool_fail_input(&r->pool, w->in.no, &r->unpacker_err);
        return true;
    }
    cor_spool *spool = cor_zalloc(sizeof *spool);
    if (spool == NULL)
        return cor_producer_nomem(r);
    cor_unpack_budget mine = cor_unpack_budget_for(w->in.size);
    cor_nest inner = {nest == NULL ? 1 : nest->level + 1, nest == NULL ? &mine : nest->left};
    place at = {.r = r};
    const cor_unpack_task task = {&w->in, kind, inner.level >= COR_UNPACK_DEPTH, r->pool.o->tmp, tick, &at};
    pthread_mutex_lock(&r->pool.mu);
    r->pool.current = w->in.name;
    pthread_mutex_unlock(&r->pool.mu);
    cor_unpacked u;
    cor_err e = {0};
    cor_code rc = cor_unpack(r->unpacker, &task, inner.left, &u, &e);
    atomic_fetch_add(&r->pool.bytes_done, w->in.size - at.at);
    spool->fd = u.fd;
    u.fd = -1;
    atomic_store(&spool->users, 1);
    tell(r, w->in.no, &u, rc, &e);
    bool go = rc != COR_ESTOP && take_members(r, w, &u, spool, &inner);
    cor_spool_drop(spool);
    cor_unpacked_free(&u);
    return go;
}
