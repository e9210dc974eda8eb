/* Rules against the events beside them: NAME.match.jsonl holds what NAME.yml must report, NAME.nomatch.jsonl what it
 * must not.
 *
 * A detection must report every line of the one and no line of the other. A file with a correlation must give a finding
 * over the whole of the one, and none over the other: its single events mean nothing. */
#ifndef COR_CASE_RULETEST_H
#define COR_CASE_RULETEST_H

#include "case/detect.h"

typedef struct cor_ruletest_failure {
    const char *events;   /* the file of events */
    uint64_t line;        /* 1-based; 0: the file as a whole */
    const char *what;
} cor_ruletest_failure;

typedef struct cor_ruletest_stats {
    uint64_t files;       /* rule files with events beside them ... */
    uint64_t without;     /* ... and without */
    uint64_t events;      /* lines looked at */
    uint64_t failures;
} cor_ruletest_stats;

typedef struct cor_ruletest_hooks {
    void *ctx;
    void (*failed)(void *ctx, const cor_ruletest_failure *f);
    void (*passed)(void *ctx, cor_str rule_file, uint64_t events); /* may be NULL */
} cor_ruletest_hooks;

#define COR_RULETEST_EVENTS_MAX ((size_t)64 << 20) /* bytes of one file of events: they are written by hand */

/* All rules of the set take part, so that a rule is tested beside the others. Rules in files without a correlation
 * report for themselves here, whoever refers to them: their `silent` is cleared. */
cor_code cor_ruletest(cor_ruleset *s, const char *tmp, const cor_ruletest_hooks *h, cor_ruletest_stats *out,
                      cor_err *e);

#endif
