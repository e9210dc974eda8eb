/* Hosts by what was found on them, worst first: more different critical rules, then more different high ones, then
 * more ATT&CK tactics, then medium and low rules, then more findings, then the name. Different rules count before
 * findings, because one noisy rule that fires ten thousand times says less than three rules that fire once.
 *
 * Hosts and findings go through sorters that spill: memory is bounded but for a table of host names. */
#ifndef COR_JUDGE_RANK_H
#define COR_JUDGE_RANK_H

#include "case/detect.h"

/* The findings of one rule on one host. */
typedef struct cor_strong {
    const cor_rule *rule;
    uint64_t count;
    cor_time time;            /* of the first, as all below */
    cor_str channel, input, matched; /* matched: "Field: value" pairs, shortened; of a correlation its group */
    uint32_t event_id;
    uint64_t record_id, offset;
    uint64_t n_event;         /* of a correlation: how many events; 0 otherwise */
} cor_strong;

/* A log that an investigation wants, and what it would show. */
typedef struct cor_wanted_log {
    const char *channel, *shows;
} cor_wanted_log;
extern const cor_wanted_log cor_wanted_logs[]; /* ends with .channel NULL */

typedef struct cor_ranked {
    cor_host host;
    uint32_t rules[COR_LEVEL_CRITICAL + 1]; /* different rules that found something here, by level */
    const cor_strong *strong;               /* by level downwards, then by time of the first */
    uint32_t n_strong;                      /* all that found something */
} cor_ranked;

/* Records of a wanted log on this host: 0 when it is missing. */
uint64_t cor_host_has(const cor_host *h, const char *channel);

typedef struct cor_rank cor_rank;
/* `budget` bytes are held before spilling below tmpdir (NULL: as cor_sort). NULL: no memory. s must outlive it. */
cor_rank *cor_rank_new(const cor_ruleset *s, size_t budget, const char *tmpdir);
/* Two hooks of cor_detect: all hosts, then all findings. ctx is the cor_rank. */
cor_code cor_rank_host(void *ctx, const cor_host *h, cor_err *e);
cor_code cor_rank_finding(void *ctx, const cor_finding *f, cor_err *e);
/* Calls each for all hosts, worst first; what it gets is valid until it returns. Once. */
cor_code cor_rank_each(cor_rank *r, cor_code (*each)(void *ctx, const cor_ranked *h, cor_err *e), void *ctx,
                       cor_err *e);
void cor_rank_free(cor_rank *r);

#endif
