/* CONTRACT. The case: CASE/case.sqlite, and the only place with SQL. Schema: docs/case-schema.md.
 *
 * A case holds what was read (inputs, logs, findings of single events, raw correlation rows, facts) under keys made of
 * content, so that the same evidence met again changes nothing, and what follows from all of it (hosts, findings of
 * correlations, verdicts), which is made again by cor_case_conclude whenever something was added. What an analyst says
 * is kept apart and stays. */
#ifndef COR_CASE_STORE_H
#define COR_CASE_STORE_H

#include "case/detect.h"
#include "case/fact.h"

#define COR_CASE_SCHEMA 1
#define COR_CASE_FILE "case.sqlite"

typedef struct cor_case cor_case;

/* COR_CASE_ADD makes folder and database when they are not there, and holds a lock against a second writer; whoever
 * adds, judges for keeps or says something takes it. COR_CASE_READ takes no lock: its reading goes on beside a writer.
 * Errors: not a case, a newer schema, locked, not writable, damaged. */
typedef enum cor_case_mode { COR_CASE_READ, COR_CASE_ADD } cor_case_mode;
cor_code cor_case_open(const char *dir, cor_case_mode mode, cor_case **out, cor_err *e);
/* A case that lies in no folder and is gone when it is closed, or when the program dies. */
cor_code cor_case_private(cor_case **out, cor_err *e);
void cor_case_close(cor_case *c);

/* Where cases spill what is sorted and what is private; said while none is open. NULL: beside the case, a private one
 * in $TMPDIR or /tmp. */
cor_code cor_case_spill_to(const char *dir, cor_err *e);
/* Once *stop is true, whatever runs over the case ends with COR_ESTOP; NULL: nothing ends it. */
void cor_case_heed(cor_case *c, const atomic_bool *stop);

/* What happens between the two happens whole or not at all, also when the program is killed: who gathers and does not
 * conclude would leave a case that misses hosts. Every other function that writes is whole by itself. */
cor_code cor_case_begin(cor_case *c, cor_err *e);
cor_code cor_case_commit(cor_case *c, cor_err *e); /* not COR_OK: it is as it was before */
void cor_case_rollback(cor_case *c);

/* Reads evidence into the case: cor_detect's first stride. After COR_ESTOP what was read whole stays. */
cor_code cor_case_gather(cor_case *c, const cor_detect_options *o, cor_detect_result *out, cor_err *e);
/* Hosts and correlations over everything in the case. `rules`: as loaded for this run; rows of rules that are not among
 * them stay and are not swept. */
cor_code cor_case_conclude(cor_case *c, const cor_detect_options *o, cor_detect_result *out, cor_err *e);

/* ---- what is in it, in total orders ---- */
typedef struct cor_case_place { cor_str input; uint8_t sha256[32]; bool hashed; uint64_t offset; } cor_case_place;

typedef struct cor_case_finding {
    cor_str id, rule_id, rule_title, rule_author;
    cor_level level;
    bool builtin;                        /* of a rule that Cordon carries: only these have a sign that counts */
    cor_str sign, stage, grade, family, group; /* "" where the rule has none */
    const cor_str *tag;
    uint32_t n_tag;
    cor_time time, last;
    cor_str host, computer, channel, provider; /* host: "" when unknown, and for a correlation over several */
    uint32_t event_id;
    uint64_t record_id;
    const cor_case_place *place;         /* of one event: by input name and offset */
    uint32_t n_place;
    const cor_named *field;              /* data fields of the event, as in cor_finding */
    uint32_t n_field;
    const cor_matched *matched;
    uint32_t n_matched;
    const cor_named *corr_group;         /* of a correlation */
    uint32_t n_corr_group;
    const cor_finding_event *event;
    uint32_t n_event;
    uint64_t n_total;
    double value;
} cor_case_finding;

typedef struct cor_case_filter {
    cor_str host;             /* .p NULL: all */
    cor_str id;               /* a finding's id or its unambiguous beginning; .p NULL: all */
    cor_time from, to;        /* COR_NOTIME: open */
    bool signs;               /* only findings with a sign of a built-in rule */
} cor_case_filter;

/* In order of (time, computer, channel, record id, id). What the hooks get is valid until they return. Not COR_OK ends
 * it. */
cor_code cor_case_findings(cor_case *c, const cor_case_filter *f,
                           cor_code (*each)(void *ctx, const cor_case_finding *f, cor_err *e), void *ctx, cor_err *e);
/* Facts of the kinds in `kinds` (bits 1u << kind), host "" or .p NULL: all; in order of (first, computer, channel,
 * record id, key). */
cor_code cor_case_facts(cor_case *c, uint32_t kinds, cor_str host,
                        cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e);
/* The same of all hosts in order of kind and key, many times cheaper: for who goes through very many. `path` is "";
 * cor_case_paths tells the first name of each input by its number. */
cor_code cor_case_facts_by_key(cor_case *c, uint32_t kinds, cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e),
                               void *ctx, cor_err *e);
cor_code cor_case_paths(cor_case *c, cor_code (*each)(void *ctx, uint32_t input, cor_str path, cor_err *e), void *ctx,
                        cor_err *e);
/* In order of their names; level[] and tactic[] count distinct findings. gap in a log: cor_host_log.gaps. */
cor_code cor_case_hosts(cor_case *c, cor_code (*each)(void *ctx, const cor_host *h, cor_err *e), void *ctx, cor_err *e);

typedef struct cor_case_input {
    cor_str path;
    uint8_t sha256[32];
    bool hashed;
    cor_str reader;           /* "" when not recognised */
    uint64_t size, records, damaged, lost; /* places of damage; records known to be lost */
    cor_str error;            /* why it was not read to its end; "" when it was */
} cor_case_input;
cor_code cor_case_inputs(cor_case *c, cor_code (*each)(void *ctx, const cor_case_input *i, cor_err *e), void *ctx,
                           cor_err *e);

/* Oldest and newest record in the case (COR_NOTIME: none). */
cor_code cor_case_span(cor_case *c, cor_time *first, cor_time *last, cor_err *e);

/* ---- settings of the case: "now" (--to), dwell, the context file's text, rules loaded and refused, version. NULL: not
 * set. ---- */
cor_code cor_case_set(cor_case *c, const char *name, cor_str value, cor_err *e);
cor_code cor_case_get(cor_case *c, const char *name, cor_arena *mem, cor_str *value /* .p NULL: not set */, cor_err *e);

/* ---- what an analyst says; survives judging again ---- */
typedef struct cor_said {
    cor_str host;
    cor_str verdict;          /* "" for a note */
    cor_str text;             /* the note, or why */
    cor_str by;               /* user name of who ran the program */
    cor_time when;            /* clock of the analyst's machine: the one place where the clock is asked */
} cor_said;
cor_code cor_case_say(cor_case *c, const cor_said *s, cor_err *e);
/* In order of their saying; the last override of a host is the one in force, one with verdict "none" takes it back. */
cor_code cor_case_said(cor_case *c, cor_code (*each)(void *ctx, const cor_said *s, cor_err *e), void *ctx, cor_err *e);

/* ---- verdicts as last judged, for people who read the database ---- */
typedef struct cor_case_verdict { cor_str host, verdict, flags, families, json; cor_time first,
                           last; } cor_case_verdict;
/* Replaces all by n, each asked for in turn: what `one` gives is done with when it is called again. */
cor_code cor_case_put_verdicts(cor_case *c, size_t n,
                               cor_code (*one)(void *ctx, size_t i, cor_case_verdict *v, cor_err *e), void *ctx,
                               cor_err *e);

#endif
