/* Inside readers/: the thread that opens evidence and feeds the workers. */
#ifndef COR_READERS_PRODUCER_H
#define COR_READERS_PRODUCER_H

#include "evidence/archive.h"
#include "evidence/walk.h"
#include "readers/pool.h"

typedef struct cor_producer {
    cor_pool pool;
    cor_walk walk;           /* its arena also holds the names of members */
    cor_digest *digest;      /* for files of equal names */
    cor_unpacker *unpacker;  /* NULL: no archives, unpacker_err says why */
    cor_err unpacker_err;
} cor_producer;

/* How deep inside archives, and what they may still cost. */
typedef struct cor_nest {
    unsigned level;          /* 1: in an archive */
    cor_unpack_budget *left;
} cor_nest;

/* Ends the run; false, for `return`. */
bool cor_producer_nomem(cor_producer *r);
/* Reports an opened input and gives it to the workers, or unpacks it, or closes it. Takes over w; nest is NULL for
 * files, sha256 when it is not known. False: the run is over. */
bool cor_producer_take(cor_producer *r, cor_work *w, const uint8_t *sha256, const cor_nest *nest);

/* members.c. Before the first worker: starts the process that unpacks. */
void cor_producer_start(cor_producer *r);
/* Unpacks an archive in work and takes its members. False: the run is over. */
bool cor_producer_archive(cor_producer *r, cor_work *w, cor_archive_kind kind, const cor_nest *nest);

#endif
