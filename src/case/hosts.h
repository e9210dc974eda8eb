/* Counting by host and log over all records, and whose record an event is. Inner header of src/case.
 *
 * Each worker has a cor_hosts. After reading they are settled into one cor_fleet: events/host.h makes hosts of computer
 * names, what each log holds goes through a sort that spills. */
#ifndef COR_CASE_HOSTS_H
#define COR_CASE_HOSTS_H

#include "base/intern.h"
#include "base/sort.h"
#include "case/detect.h"
#include "events/host.h"

#define COR_HOSTS_TABLE 4096                  /* logs counted at once: about 0.5 MiB ... */
#define COR_HOSTS_NAMES ((size_t)512 << 10)   /* ... and bytes of their names */

typedef struct cor_hosts cor_hosts;
typedef struct cor_fleet cor_fleet;

typedef enum cor_counting {
    COR_COUNT_NONE,
    COR_COUNT_SETTLED,  /* for a fleet */
    COR_COUNT_LOGS,     /* for cor_hosts_each_log: who the hosts are is found out later, over more than this run */
} cor_counting;

/* What one log holds of one computer. */
typedef struct cor_log_row {
    uint32_t input;
    cor_str channel, computer;
    bool through;              /* a record came through a collector */
    uint64_t records;
    uint64_t id_min, id_max;   /* record ids; min > max when none is known */
    cor_time first, last;      /* COR_NOTIME when none is known */
    /* Record ids passed over from one record to the next within a part of the input, and the time of the newer record
     * at the newest such place (COR_NOTIME: there is none). What is missing between parts is not among them. */
    uint64_t jumps;
    cor_time gap_last;
    const cor_ident_sid *sid;  /* not NULL: no count, but a SID that its machine had; the same one may come again */
} cor_log_row;
void cor_log_row_join(cor_log_row *to, const cor_log_row *from); /* counts, ids and times of both */

cor_hosts *cor_hosts_new(size_t budget, const char *tmpdir, cor_counting how); /* NULL: no memory */
void cor_hosts_part(cor_hosts *h); /* what is seen next lies in another part */
cor_code cor_hosts_seen(cor_hosts *h, const cor_input *in, const cor_seen *s, cor_err *e);
/* Whether an event may tell its machine's SID: a few ids of Security that are rare, so that fields are looked at for
 * them. */
bool cor_hosts_want(const cor_head *head);
/* Such an event, the one seen last. */
cor_code cor_hosts_event(cor_hosts *h, const cor_event *ev, cor_err *e);
void cor_hosts_free(cor_hosts *h);
/* All that n of them have counted, in order of (input, channel, computer). Nothing may be seen afterwards. */
cor_code cor_hosts_each_log(cor_hosts *const *h, size_t n,
                            cor_code (*each)(void *ctx, const cor_log_row *r, cor_err *e), void *ctx, cor_err *e);
/* What it counted, for a fleet: the names go into `into`, the rows of its logs stay in its sorter. Nothing may be seen
 * afterwards. */
cor_code cor_hosts_settle(cor_hosts *h, cor_idents *into, const atomic_bool *stop, cor_sort **counts, cor_err *e);

/* Nothing may be seen afterwards. run and the hosts must outlive the fleet. */
cor_code cor_fleet_new(cor_hosts *const *h, size_t n, const cor_run_result *run, size_t budget, const char *tmpdir,
                       const atomic_bool *stop, cor_fleet **out, cor_err *e);
bool cor_fleet_by_name(const cor_fleet *f); /* COR_IDENT_LOGS_MAX was reached */
/* Number of the host of such a record, COR_NONE when it is not known. */
uint32_t cor_fleet_find(const cor_fleet *f, uint32_t input, cor_str channel, cor_str computer);
cor_str cor_fleet_name(const cor_fleet *f, uint32_t host); /* "" for COR_NONE */
/* A distinct finding on this host (COR_NONE: on an unknown one, not counted). */
void cor_fleet_finding(cor_fleet *f, uint32_t host, cor_level level, uint32_t tactics);
/* All hosts in order of their names. *n: those with a name. */
cor_code cor_fleet_each(cor_fleet *f, cor_code (*host)(void *ctx, const cor_host *h, cor_err *e), void *ctx,
                        uint64_t *n, cor_err *e);
void cor_fleet_free(cor_fleet *f);

#endif
