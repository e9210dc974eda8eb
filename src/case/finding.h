/* CONTRACT. A finding: one rule that matched one event, or one correlation that held over several. What every output of
 * `detect` prints, and what the case keeps. */
#ifndef COR_CASE_FINDING_H
#define COR_CASE_FINDING_H

#include "sigma/sigma.h"

/* The most that findings carry of one event; the event itself stays reachable by its place. A record cannot exceed 64
 * KiB in EVTX, but a line of JSON can be anything. Longer values end in "..."; `cut` says so. */
#define COR_FINDING_FIELDS_MAX 1024
#define COR_FINDING_TEXT_MAX ((size_t)256 << 10) /* per value */

typedef struct cor_named {
    cor_str name, text;
} cor_named;

/* An event of a correlation, for people. */
typedef struct cor_finding_event {
    cor_time time;
    uint64_t record_id;
    uint64_t offset;
    cor_str input;             /* name of the evidence it lies in */
    const uint8_t *sha256;     /* as in cor_finding */
    cor_str computer, channel, provider;
    cor_str host;              /* as in cor_finding */
    uint32_t event_id;
    const cor_rule *rule;      /* which of the correlation's rules it matched (itself a correlation in a chain: then the event that completed it) */
} cor_finding_event;

typedef struct cor_finding {
    char id[33];               /* hex; the same for the same rule and record wherever the record lies */
    const cor_rule *rule;
    cor_time time;             /* of the event; a correlation: of its first event. COR_NOTIME when not known */
    cor_str computer, channel, provider; /* a correlation: "" where its events differ */
    cor_str host;              /* name of the cor_host whose record it is; "" when unknown, when hosts are not counted, and for a
                                  correlation over several hosts */
    uint32_t event_id;         /* a correlation: 0 where its events differ */
    uint64_t record_id;        /* a correlation: 0 */
    cor_str input;             /* name of the evidence; a correlation: of its first event */
    const uint8_t *sha256;     /* of that evidence, where it is known: always when another one has the same name; else NULL */
    uint32_t input_no;
    uint64_t offset;           /* byte offset of the record in it */
    uint32_t flags;            /* cor_event_flags of the event */
    bool again;                /* the same finding was reported before, from another place (never set with dedupe) */
    bool cut;                  /* some field or value was left out or shortened, see the limits above */
    const cor_named *field;    /* all data fields, in the event's order; names may repeat */
    uint32_t n_field;
    const cor_matched *matched; /* what made the rule fire; field "" is a keyword */
    uint32_t n_matched;
    /* correlations only */
    const cor_named *group;    /* group-by name and value; text.p NULL: the events have no such field */
    uint32_t n_group;
    const cor_finding_event *event; /* by time; at most COR_CORR_EVENTS_MAX */
    uint32_t n_event;
    uint64_t n_total;          /* events there were */
    cor_time last;             /* of the last event; of other rules = time */
    double value;              /* the count, distinct count, sum ... that the condition was held against */
} cor_finding;

/* ATT&CK tactics in their order, as Sigma tags write them without "attack.": "reconnaissance", ... Both the tactics
 * before and after ATT&CK split "defense-evasion" are there. */
#define COR_TACTIC_N 16
extern const char *const cor_tactic_name[COR_TACTIC_N];
/* Bit i: the rule is tagged with tactic i (spelled with - or _). */
uint32_t cor_rule_tactics(const cor_rule *r);

#endif
