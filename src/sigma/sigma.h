/* CONTRACT. The rule engine's door: load, match, explain, correlate. Knows events, not evidence files. */
#ifndef COR_SIGMA_SIGMA_H
#define COR_SIGMA_SIGMA_H

#include "base/hash.h"
#include "base/sort.h"
#include "sigma/rule.h"

/* ---- loading (front) ---- */
typedef struct cor_rule_text {
    const char *name;            /* how remarks call it */
    cor_str text;                /* YAML, one or more documents */
} cor_rule_text;

typedef struct cor_load_options {
    const char *const *path;     /* rule files, folders (read in byte order of names), packs */
    size_t n_path;
    const cor_rule_text *text;   /* rules in memory, after those of path */
    size_t n_text;
    bool builtin;                /* also the rules that the program carries (sigma/builtin.h), before those of path */
    const char *mapping;         /* mapping file; NULL: the built-in one */
    const char *const *extra_mapping; /* further files of the user, united with it */
    size_t n_extra_mapping;
    const char *placeholders;    /* YAML file name: [values]; NULL: none */
    bool include_unsupported;    /* try rules of status unsupported */
    bool lint;                   /* also say what is allowed and yet looks wrong */
    cor_level min_level;         /* below: loaded but left out (correlation parts stay) */
    int threads;                 /* more than one: a second one parses ahead; the result is the same */
} cor_load_options;

/* Broken rules are refused one by one (diag); the call fails only for memory, a path that does not exist, or a broken
 * mapping. */
cor_code cor_rules_load(const cor_load_options *o, cor_ruleset **out, cor_err *e);
void cor_rules_free(cor_ruleset *s);

/* ---- matching (back) ---- */
typedef enum cor_engine { COR_ENGINE_FAST, COR_ENGINE_PLAIN } cor_engine;
typedef struct cor_plan cor_plan;       /* compiled rules, read-only, shared by all threads */
typedef struct cor_matcher cor_matcher; /* one per thread */

cor_code cor_plan_new(const cor_ruleset *s, cor_engine engine, cor_plan **out, cor_err *e);
void cor_plan_free(cor_plan *p);
cor_matcher *cor_matcher_new(const cor_plan *p);
void cor_matcher_free(cor_matcher *m);

/* Whether any rule looks at events of this head: the cheap question that ends four of five records. */
bool cor_matcher_want(cor_matcher *m, const cor_head *head);
/* Whether the bytes of a wanted event (cor_sink.spare) show that no rule matches it. */
bool cor_matcher_spare(cor_matcher *m, const cor_event *ev);
/* Rules that match, in order of their numbers, each once; *rule is valid until the next call. */
cor_code cor_matcher_event(cor_matcher *m, const cor_event *ev, const uint32_t **rule, uint32_t *n, cor_err *e);
/* Tests given up because an expression reached a limit of docs/limits.md; they counted as not held. Never silent: ask
 * at the end. */
typedef struct cor_limits { uint64_t regex; } cor_limits;
cor_limits cor_matcher_limits(const cor_matcher *m);

/* What made a rule fire: for each test that held, positively used: Sigma field name ("" for a keyword), the event's
 * value. Slow path, for findings only. */
typedef struct cor_matched { cor_str field, value; } cor_matched;
cor_code cor_matcher_matched(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_arena *mem, const cor_matched **out, uint32_t *n, cor_err *e);
/* Text of a Sigma field of this event as rule `rule` sees it (mapping, conversion applied); .p NULL when absent. For
 * correlations and explain. */
cor_str cor_matcher_field(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_str field, cor_arena *mem);
/* Prints the condition as a tree with held / did not hold and on which value. */
cor_code cor_matcher_explain(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_buf *out, cor_err *e);

/* ---- correlating ---- */
/* An event as correlations and findings remember it. Plain text, so that it can go through a sort and a merge. */
typedef struct cor_evref {
    cor_time time;
    uint8_t key[16];      /* hash of computer, channel, record id, time, fields: the same record has the same key wherever it lies */
    uint32_t input;       /* cor_input.no */
    uint64_t offset;
    uint64_t record_id;
    cor_str computer, channel, provider;
    uint32_t event_id;
} cor_evref;

typedef struct cor_corr_finding {
    uint32_t rule;               /* the correlation */
    const cor_str *group;        /* values of group_by, n = rule's n_group_by */
    const cor_evref *event;      /* by time, then key; one event once, with its first place by input and offset */
    const uint32_t *event_rule;  /* which rule each event matched */
    uint32_t n_event;            /* at most COR_CORR_EVENTS_MAX kept */
    uint64_t n_total;
    cor_time first, last;
    double value;                /* count, distinct count, sum... at the time it was reported */
} cor_corr_finding;
#define COR_CORR_EVENTS_MAX 1000 /* events kept with one finding; a storm of millions stays a finding, not a memory problem */

typedef struct cor_correlator cor_correlator; /* collects rows; one per thread */
cor_correlator *cor_correlator_new(const cor_ruleset *s, size_t budget, const char *tmpdir);
/* Call for each hit of a rule with wanted_by_corr. */
cor_code cor_correlator_add(cor_correlator *c, cor_matcher *m, uint32_t rule, const cor_event *ev, const cor_evref *ref, cor_err *e);
typedef struct cor_corr_stats {
    uint64_t rows;      /* (hit, correlation) pairs kept */
    uint64_t notime;    /* left out: the event has no time */
    uint64_t nogroup;   /* left out: none of the group-by fields is in the event */
    uint64_t novalue;   /* left out: no value, or no number, in the field that is counted, summed... */
    uint64_t limited;   /* groups in which a limit was met (docs/correlations.md); known after cor_correlate, in the first collector */
} cor_corr_stats;
void cor_correlator_stats(const cor_correlator *c, cor_corr_stats *sum); /* adds to *sum */
/* Sweeps the rows of n collectors in event time. Findings of silent correlations too. In order of (depth, rule, group,
 * first), where correlations of correlations are one deeper than those they refer to. Once per set of collectors.
 * COR_ESTOP once *stop (may be NULL) is set. */
cor_code cor_correlate(cor_correlator *const *c, size_t n, const atomic_bool *stop,
                       cor_code (*found)(void *ctx, const cor_corr_finding *f, cor_err *e), void *ctx, cor_err *e);
void cor_correlator_free(cor_correlator *c);

/* Rows that outlive the run, to be correlated with others later: without the numbers that rules and inputs have in it.
 */
typedef struct cor_corr_kept {
    uint32_t corr;        /* number of the correlation rule in this run */
    cor_str key;          /* which event it is, to this correlation: the same wherever it lies */
    cor_str data;         /* what a finding says of it */
    uint32_t input;       /* where it lies, in this run */
    uint64_t offset;
    cor_str computer, channel; /* the event's; only told */
} cor_corr_kept;
/* All rows of n collectors, before cor_correlate; in order of (correlation, key, input, offset). */
cor_code cor_correlator_each(cor_correlator *const *c, size_t n, cor_code (*each)(void *ctx, const cor_corr_kept *r, cor_err *e),
                             void *ctx, cor_err *e);
/* Such a row back; only for a correlation of the same version. COR_EFORMAT: it is broken. */
cor_code cor_correlator_put(cor_correlator *c, const cor_corr_kept *r, cor_err *e);

#define COR_VERSION_SIZE 16
/* A digest of what the rule asks of events; of a correlation, what decides on its rows. c is of the same rule set, d an
 * empty digest. COR_EFORMAT: the correlations refer to each other in a circle. */
cor_code cor_rule_version(const cor_correlator *c, const cor_rule *r, cor_digest *d, uint8_t out[COR_VERSION_SIZE], cor_err *e);

#endif
