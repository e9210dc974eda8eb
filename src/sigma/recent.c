#include "sigma/recent.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/intern.h"

#define ROOM "correlate"

struct cor_recent_node {
    uint8_t digest[16];
    cor_time first, time;
    uint32_t newer, staler; /* the list by time */
    uint32_t chain;         /* next in the same bucket */
};
typedef struct cor_recent_node node;

void cor_recent_init(cor_recent *r, uint32_t limit)
{
    *r = (cor_recent){.limit = limit, .newest = COR_NONE, .stalest = COR_NONE};
}

static uint32_t *bucket_of(const cor_recent *r, const uint8_t digest[16])
{
    return &r->bucket[cor_hash(digest, 16) & (r->n_bucket - 1)];
}

static bool grow_buckets(cor_recent *r)
{
    size_t n = r->n_bucket == 0 ? 16 : r->n_bucket * 2;
    uint32_t *b = cor_alloc(n * sizeof *b);
    if (b == NULL)
        return false;
    memset(b, 0xff, n * sizeof *b); /* COR_NONE everywhere */
    cor_free(r->bucket);
    r->bucket = b;
    r->n_bucket = n;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t *at = bucket_of(r, r->node[i].digest);
        r->node[i].chain = *at;
        *at = i;
    }
    return true;
}

static void unlink_time(cor_recent *r, uint32_t i)
{
    node *x = &r->node[i];
    if (x->newer != COR_NONE)
        r->node[x->newer].staler = x->staler;
    else
        r->newest = x->staler;
    if (x->staler != COR_NONE)
        r->node[x->staler].newer = x->newer;
    else
        r->stalest = x->newer;
}

static void link_newest(cor_recent *r, uint32_t i, cor_time t)
{
    node *x = &r->node[i];
    x->time = t;
    x->newer = COR_NONE;
    x->staler = r->newest;
    if (r->newest != COR_NONE)
        r->node[r->newest].newer = i;
    else
        r->stalest = i;
    r->newest = i;
}

static void unlink_bucket(cor_recent *r, uint32_t i)
{
    uint32_t *at = bucket_of(r, r->node[i].digest);
    while (*at != i)
        at = &r->node[*at].chain;
    *at = r->node[i].chain;
}

cor_code cor_recent_add(cor_recent *r, const uint8_t digest[16], cor_time t, bool *fresh, cor_time *first, cor_err *e)
{
    uint32_t i = COR_NONE;
    if (r->n_bucket != 0)
        for (i = *bucket_of(r, digest); i != COR_NONE && memcmp(r->node[i].digest, digest, 16) != 0;)
            i = r->node[i].chain;
    if (fresh != NULL)
        *fresh = i == COR_NONE;
    if (first != NULL)
        *first = i == COR_NONE ? t : r->node[i].first;
    if (i != COR_NONE) {
        unlink_time(r, i);
        link_newest(r, i, t);
        return COR_OK;
    }
    if (r->n < r->limit) {
        node *p = cor_grow(r->node, &r->cap, r->n + 1, sizeof *p);
        if (p == NULL)
            return cor_nomem(e, ROOM);
        r->node = p;
        if (r->n_bucket <= r->n && !grow_buckets(r))
            return cor_nomem(e, ROOM);
        i = (uint32_t)r->n++;
    } else {
        i = r->stalest;
        r->dropped = true;
        unlink_time(r, i);
        unlink_bucket(r, i);
    }
    memcpy(r->node[i].digest, digest, 16);
    r->node[i].first = t;
    uint32_t *at = bucket_of(r, digest);
    r->node[i].chain = *at;
    *at = i;
    link_newest(r, i, t);
    return COR_OK;
}

cor_time cor_recent_stalest(const cor_recent *r)
{
    return r->stalest == COR_NONE ? COR_NOTIME : r->node[r->stalest].time;
}

void cor_recent_clear(cor_recent *r)
{
    for (size_t i = 0; i < r->n; i++) /* not the whole table: most groups are small, even after a large one */
        *bucket_of(r, r->node[i].digest) = COR_NONE;
    r->n = 0;
    r->newest = r->stalest = COR_NONE;
    r->dropped = false;
}

void cor_recent_free(cor_recent *r)
{
    cor_free(r->node);
    cor_free(r->bucket);
    *r = (cor_recent){0};
}
