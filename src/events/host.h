/* Whose records are these? Computer names become hosts.
 *
 * A machine changes its name: at setup, when it is renamed, when it joins a domain. In a log that it wrote itself
 * this shows as a new Computer while the record ids run on; there, and only there, two names are one machine. Not by
 * time: at setup the clock often jumps back. Not by the name alone: machines made from one image share their first
 * name. Not in a log that many machines share (forwarded, exported together), where ids of different machines lie
 * side by side. So:
 *
 * 1. A log is (input, channel). It is *shared* when a record came through a collector, when ids of two names
 *    overlap, or when it holds more than COR_IDENT_RENAMES names. In other logs a name that ends at id n is followed
 *    by the one that begins at n + 1.
 * 2. In logs of the same folder an old name without successor of its own is taken for the same machine, if all logs
 *    there that show its successor show the same one.
 * 3. A name without DNS suffix is the same as the only name with a suffix that begins so (in all evidence, else in
 *    its folder). Names with different suffixes are different machines, unless a log shows one following the other.
 *
 * Letter case makes no difference.
 *
 * Counting is per thread; the parts are absorbed into one in any order, then settled: the same result always (laws
 * 2, 3). */
#ifndef COR_EVENTS_HOST_H
#define COR_EVENTS_HOST_H

#include "base/arena.h"
#include "base/time.h"

/* Names of one machine in one log. Setup gives it two or three; more are people sharing a log. */
#define COR_IDENT_RENAMES 8u
/* Different computer names. More cannot be machines; the rest is counted as of an unknown one (name ""). Some 100
 * MB. */
#define COR_IDENT_COMPUTERS_MAX 1000000u

typedef struct cor_idents cor_idents;

/* What one log holds of one computer. */
typedef struct cor_ident_row {
    uint64_t id_min, id_max;   /* record ids; min > max when none is known */
    uint64_t records;
    cor_time first, last;      /* COR_NOTIME when none is known */
    uint32_t log, computer;    /* private */
    uint32_t host;             /* after cor_idents_settle */
} cor_ident_row;

typedef struct cor_ident {
    cor_str name;              /* newest short name in upper case, with its suffix where hosts share it; "": unknown */
    const cor_str *spelled;    /* all its names as the events spell them, bytewise sorted */
    uint32_t n_spelled;
    uint64_t records;
    cor_time first, last;
} cor_ident;

cor_idents *cor_idents_new(void); /* NULL when there is no memory */
void cor_idents_free(cor_idents *h);

/* The row to count into: look it up once per (log, computer) and keep it; it stays valid and belongs to h. `input`
 * tells artefacts apart and its folder is what stands before the last / or !: its name will do. `through`: came
 * through a collector (COR_EV_INLINE). NULL when there is no memory. */
cor_ident_row *cor_idents_row(cor_idents *h, cor_str input, cor_str channel, cor_str computer, bool through);

static inline void cor_ident_row_see(cor_ident_row *r, uint64_t record_id, cor_time time)
{
    r->records++;
    if (record_id != 0) {
        r->id_min = record_id < r->id_min ? record_id : r->id_min;
        r->id_max = record_id > r->id_max ? record_id : r->id_max;
    }
    if (time != COR_NOTIME) {
        r->first = r->first == COR_NOTIME || time < r->first ? time : r->first;
        r->last = time > r->last ? time : r->last; /* COR_NOTIME is below all times */
    }
}

/* Adds what `other` has seen. COR_ENOMEM leaves h in part. */
cor_code cor_idents_absorb(cor_idents *h, const cor_idents *other, cor_err *e);

/* Makes hosts of everything seen; nothing may be added afterwards. */
cor_code cor_idents_settle(cor_idents *h, cor_err *e);
/* Hosts by number, in order of their names. */
size_t cor_idents_n(const cor_idents *h);
const cor_ident *cor_idents_get(const cor_idents *h, size_t host);
/* The host of records of a computer in a log: it must have been seen, else COR_NONE of base/intern.h. */
uint32_t cor_idents_find(const cor_idents *h, cor_str input, cor_str channel, cor_str computer);
/* COR_IDENT_COMPUTERS_MAX was reached. */
bool cor_idents_cut(const cor_idents *h);

#endif
