/* CONTRACT. The engine of `detect` and of the first step of `investigate`: rules over evidence, findings in final
 * order.
 *
 * Law 2: findings come in order of (time, computer, channel, record id, input, offset, rule id), hosts in order of
 * their names, whatever the threads and the order of arrival. Law 4: all that grows with the evidence spills. */
#ifndef COR_CASE_DETECT_H
#define COR_CASE_DETECT_H

#include "case/finding.h"
#include "readers/run.h"

#define COR_DETECT_MEMORY ((size_t)16 << 20) /* default for cor_detect_options.memory */
#define COR_HOST_LOGS_MAX 4096  /* logs of one host kept; Windows 11 has about 1,200 channels */

typedef struct cor_detect_options {
    cor_run_options run;        /* paths, threads, tmp, from, to, recover, stop, progress */
    const cor_ruleset *rules;
    cor_engine engine;
    cor_level min_level;        /* findings of rules below are not reported (but feed correlations) */
    bool dedupe;                /* report a finding once, from its first place by (input, offset) */
    bool hash_inputs;           /* sha256 of every input in result.run */
    size_t memory;              /* bytes held for sorting and correlating, all threads together; 0: COR_DETECT_MEMORY */
} cor_detect_options;

/* What one log of one host holds. */
typedef struct cor_host_log {
    cor_str channel;            /* "" when the evidence does not say */
    uint64_t records;
    cor_time first, last;       /* COR_NOTIME when no record has a time */
    /* From a case; 0 from detect, and where many machines share the log: */
    uint64_t gaps;              /* record ids that are missing between its first and its last */
    cor_time gap_last;          /* time of the first record behind the newest gap; COR_NOTIME: there is none, or not known */
} cor_host_log;

/* One host, counted over all records, hit or not. events/host.h says which computer names are one host. */
typedef struct cor_host {
    cor_str name;               /* newest short name in upper case (with the suffix where two hosts share it); "" when unknown */
    const cor_str *spelled;     /* as the events spell it, bytewise sorted */
    uint32_t n_spelled;
    uint64_t records;
    cor_time first, last;
    const cor_host_log *log;    /* bytewise sorted by channel */
    uint32_t n_log;
    bool cut;                   /* COR_HOST_LOGS_MAX was reached; of the unknown host: COR_IDENT_COMPUTERS_MAX too */
    uint64_t level[COR_LEVEL_CRITICAL + 1]; /* distinct findings reported, by level; a correlation counts for each host of its events */
    uint64_t tactic[COR_TACTIC_N];          /* the same by ATT&CK tactic; a finding may count for several */
} cor_host;

/* Called in the calling thread after all evidence is read: first all hosts, then all findings. Either may be NULL: then
 * the hosts are not counted, the findings only counted. What they get is valid until they return. Not COR_OK ends the
 * run with that. */
typedef struct cor_detect_hooks {
    void *ctx;
    cor_code (*host)(void *ctx, const cor_host *h, cor_err *e);
    cor_code (*finding)(void *ctx, const cor_finding *f, cor_err *e);
} cor_detect_hooks;

typedef struct cor_detect_result {
    cor_run_result run;          /* inputs, damage, notes */
    uint64_t n_inputs;           /* inputs met ... */
    uint64_t n_evidence;         /* ... of which event logs (archives are none) ... */
    bool unsettled;              /* stopped: there may be more than was handed out */
    uint64_t n_unfinished;       /* ... and of those not read to their end */
    uint64_t n_records;          /* records met */
    uint64_t n_looked_at;        /* records whose fields were looked at: some rule asks for their channel and event id */
    uint64_t n_rules;            /* rules used */
    uint64_t n_findings;         /* reported (lines) */
    uint64_t n_distinct;         /* of which distinct ids */
    uint64_t n_level[COR_LEVEL_CRITICAL + 1]; /* reported, by level */
    uint64_t n_hosts;            /* hosts with a name; 0 when hosts are not counted */
    bool hosts_by_name;          /* too many logs (COR_IDENT_LOGS_MAX): hosts were told apart by name alone */
    /* correlations: what they could not use */
    uint64_t n_corr_rows;        /* hits kept for correlations */
    uint64_t n_corr_notime;      /* hits without a time: they take part in none */
    uint64_t n_corr_nogroup;     /* hits that lack every group-by field, so that grouping says nothing about them */
    uint64_t n_corr_novalue;     /* hits without a value (or number) in the field that is counted or summed */
    uint64_t n_corr_limited;     /* groups in which a limit was reached (docs/correlations.md) */
    uint64_t n_regex_limited;    /* regular expressions given up at their limit (docs/limits.md); they count as not matching */
    atomic_ullong so_far;        /* hits met while reading, for a progress line; may be read from any thread */
} cor_detect_result;

/* *out is filled as far as the work went, also when an error or COR_ESTOP comes back; free it in any case. After
 * COR_ESTOP what was found until then has been handed out. */
cor_code cor_detect(const cor_detect_options *o, const cor_detect_hooks *h, cor_detect_result *out, cor_err *e);
void cor_detect_result_free(cor_detect_result *r);

#endif
