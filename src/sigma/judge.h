/* Judges the events of one group of one correlation, handed over in order of time, and says over which spans of time
 * the condition held. Knows nothing of rows, sorting or places; docs/correlations.md defines what it computes.
 *
 * Memory does not grow with the number of events: for "at least N" only the N newest matter, for sums and percentiles
 * at most COR_CORR_WINDOW_MAX values are in the window at once (older ones leave early then, and `limited` says so). */
#ifndef COR_SIGMA_JUDGE_H
#define COR_SIGMA_JUDGE_H

#include "sigma/rule.h"

/* Values, or distinct values, that one window can tell apart; also the largest count that a condition can ask for.
 * About 6 MiB at most. A window that needs more is no longer a pattern but a storm, which lower thresholds show as
 * well. */
#define COR_CORR_WINDOW_MAX ((uint32_t)1 << 17)

typedef struct cor_span {
    cor_time from, last; /* its events: from <= time <= last. from need not be the time of an event; last is */
    cor_time fire;       /* when the condition first held */
    double value;        /* value_sum, _avg, _percentile, _median: the largest that met the condition; otherwise 0 */
} cor_span;

typedef struct cor_judge_event {
    cor_time time;
    uint32_t pos;        /* index in cor_correlation.rule of the rule it matched */
    double number;       /* value_sum, _avg, _percentile, _median */
    uint8_t digest[16];  /* value_count: of the value */
} cor_judge_event;

typedef cor_code (*cor_span_fn)(void *ctx, const cor_span *s, cor_err *e);

typedef struct cor_judge cor_judge;
/* c is borrowed. NULL: no memory. */
cor_judge *cor_judge_new(const cor_correlation *c, cor_span_fn found, void *ctx);
void cor_judge_begin(cor_judge *w); /* a new group */
/* Times never go back within a group. An event may come several times at one time, once for each rule it matches, where
 * the type asks for rules (temporal, temporal_ordered); otherwise each event once. */
cor_code cor_judge_add(cor_judge *w, const cor_judge_event *ev, cor_err *e);
cor_code cor_judge_end(cor_judge *w, cor_err *e); /* the group has no further events */
bool cor_judge_limited(const cor_judge *w);       /* a limit was met in this group */
void cor_judge_free(cor_judge *w);

/* Whether the condition only looks upward (gt, gte, or that rules matched), so that windows slide; else they tumble. */
bool cor_corr_slides(const cor_correlation *c);

#endif
