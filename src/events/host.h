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
 * 4. Logs of two folders under one name are of two machines, when each folder's own logs tell a machine SID and the
 *    SIDs differ: a machine made new, or one under another's name. A SID never joins names, since machines made from
 *    one image may share it. Not within one folder: there it cannot be said whose the logs are that tell none, and a
 *    log that runs on through setup outlives a SID. Where a name has two machines, folders that tell no SID, and shared
 *    logs, stay with the bare name: a host of its own, since nobody can say whose they are.
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
/* Different logs. 10,000 machines have fewer; with more, or with longer names in all, all logs count as shared. Some
 * 300 MB, and the names. */
#define COR_IDENT_LOGS_MAX 2000000u
#define COR_IDENT_LOG_NAMES_MAX ((size_t)256 << 20)

typedef struct cor_idents cor_idents;

/* a, b and c of a machine's SID, S-1-5-21-a-b-c. */
typedef struct cor_ident_sid {
    uint32_t part[3];
} cor_ident_sid;

typedef struct cor_ident_sids cor_ident_sids; /* private */

/* What one log holds of one computer. */
typedef struct cor_ident_row {
    uint64_t id_min, id_max;   /* record ids; min > max when none is known */
    uint64_t records;
    cor_time first, last;      /* COR_NOTIME when none is known */
    uint32_t log, computer;    /* private */
    uint32_t host;             /* after cor_idents_settle */
    cor_ident_sids *sids;      /* private; NULL: none told */
} cor_ident_row;

typedef struct cor_ident {
    /* newest short name in upper case, with its suffix where hosts share it, and its SID behind it, "WS01
     * (S-1-5-21-1-2-3)", where machines share that; "": unknown */
    cor_str name;
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

/* Whether an account is one that the computer keeps itself: its domain is the computer's short name. Then its SID tells
 * that of the machine. */
bool cor_ident_local_sid(cor_str account, cor_str domain, cor_str computer, cor_ident_sid *out);
/* The row's machine had this SID. false: no memory. */
bool cor_ident_row_sid(cor_idents *h, cor_ident_row *r, const cor_ident_sid *sid);

/* Adds what `other` has seen. COR_ENOMEM leaves h in part. */
cor_code cor_idents_absorb(cor_idents *h, const cor_idents *other, cor_err *e);

/* Makes hosts of everything seen; nothing may be added afterwards. */
cor_code cor_idents_settle(cor_idents *h, cor_err *e);
/* Hosts by number, in order of their names. */
size_t cor_idents_n(const cor_idents *h);
const cor_ident *cor_idents_get(const cor_idents *h, size_t host);
/* The host of records of a computer in a log: it must have been seen, else COR_NONE of base/intern.h. */
uint32_t cor_idents_find(const cor_idents *h, cor_str input, cor_str channel, cor_str computer);
/* Many machines share the log: its record ids say nothing about one of them. After settling. */
bool cor_idents_shared(const cor_idents *h, cor_str input, cor_str channel);
/* COR_IDENT_COMPUTERS_MAX was reached. */
bool cor_idents_cut(const cor_idents *h);
/* COR_IDENT_LOGS_MAX was reached: hosts are told apart by name alone. */
bool cor_idents_by_name(const cor_idents *h);

#endif
