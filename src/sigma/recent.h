/* The most recent distinct values, each with the times it was first and last seen; at most `limit` of them,
 * the stalest leaves first. */
#ifndef COR_SIGMA_RECENT_H
#define COR_SIGMA_RECENT_H

#include "base/time.h"

typedef struct cor_recent {
    struct cor_recent_node *node;
    uint32_t *bucket;
    size_t n, cap, n_bucket;
    uint32_t limit;
    uint32_t newest, stalest;
    bool dropped; /* a value had to leave */
} cor_recent;

void cor_recent_init(cor_recent *r, uint32_t limit);
/* Times never go back. *fresh: it was not there; *first: when it was first seen. Either may be NULL. */
cor_code cor_recent_add(cor_recent *r, const uint8_t digest[16], cor_time t, bool *fresh, cor_time *first, cor_err *e);
cor_time cor_recent_stalest(const cor_recent *r); /* its time; COR_NOTIME when empty */
void cor_recent_clear(cor_recent *r);
void cor_recent_free(cor_recent *r);

#endif
