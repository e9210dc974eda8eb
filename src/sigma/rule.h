/* CONTRACT. What a rule is after loading: the front (yaml, parse, condition, modifier, logsource, filter) produces it,
 * the back (plan, match, correlate, explain) consumes it. All memory belongs to the rule set's arena. */
#ifndef COR_SIGMA_RULE_H
#define COR_SIGMA_RULE_H

#include "base/arena.h"
#include "base/intern.h"
#include "base/time.h"
#include "events/event.h"

typedef enum cor_level { COR_LEVEL_NONE, COR_LEVEL_INFO, COR_LEVEL_LOW, COR_LEVEL_MEDIUM, COR_LEVEL_HIGH,
                         COR_LEVEL_CRITICAL } cor_level;
extern const char *const cor_level_name[];  /* "", "informational", "low", ... */
extern const char *const cor_level_short[]; /* "", "info", "low", "med", "high", "crit" */

/* Where in which rule file something stands. line and col are 1-based, 0: whole file. */
typedef struct cor_pos {
    uint32_t file; /* index into cor_ruleset.file */
    uint32_t line, col;
} cor_pos;

/* ---- tests: modifiers are already applied, lists already unfolded, values unescaped ---- */

typedef enum cor_op {
    COR_OP_EQUALS,     /* value = text */
    COR_OP_CONTAINS,
    COR_OP_STARTSWITH,
    COR_OP_ENDSWITH,
    COR_OP_PATTERN,    /* wildcards inside: piece[] */
    COR_OP_REGEX,      /* PCRE2 source in text, re_flags; unanchored, case-sensitive unless COR_RE_I */
    COR_OP_CIDR,       /* net[], net_bits; a value that is no address is false */
    COR_OP_NULL,       /* field absent, null or empty */
    COR_OP_EXISTS,     /* field present whatever its value (wanted = true) or absent (false) */
    COR_OP_COMPARE,    /* number: cmp; event text that is no number is false */
    COR_OP_TIMEPART,   /* part of a timestamp value compared with number by cmp (EQ) */
    COR_OP_FIELDREF,   /* the value of another field: ref_field with ref_op EQUALS/CONTAINS/STARTSWITH/ENDSWITH */
    COR_OP_FALSE,      /* can never hold, e.g. expand without a list; note says why */
} cor_op;

typedef enum cor_cmp { COR_CMP_EQ, COR_CMP_NEQ, COR_CMP_LT, COR_CMP_LTE, COR_CMP_GT, COR_CMP_GTE } cor_cmp;
typedef enum cor_timepart { COR_PART_MINUTE, COR_PART_HOUR, COR_PART_DAY, COR_PART_WEEK, COR_PART_MONTH,
                            COR_PART_YEAR } cor_timepart;
enum { COR_RE_I = 1, COR_RE_M = 2, COR_RE_S = 4 };

typedef enum cor_piece_kind { COR_PIECE_TEXT, COR_PIECE_ANY /* '*' */, COR_PIECE_ONE /* '?': one character */ } cor_piece_kind;
typedef struct cor_piece {
    cor_piece_kind kind;
    cor_str text;
} cor_piece;

typedef struct cor_test {
    cor_op op;
    bool cased;            /* compare without folding; else both sides are folded (base/utf.h cor_fold) */
    cor_str field;         /* Sigma's field name; .p NULL: a keyword, tried on every value of the event */
    cor_str text;          /* EQUALS..ENDSWITH: the literal, unfolded; REGEX: the expression */
    const cor_piece *piece;
    uint32_t n_piece;
    uint32_t re_flags;
    uint8_t net[16];       /* CIDR: IPv4 as ::ffff:a.b.c.d with net_bits + 96 */
    uint8_t net_bits;
    bool wanted;           /* EXISTS */
    cor_cmp cmp;
    double number;
    /* COMPARE: the number is whole, of this sign and size: a double would take neighbours above 2^53 for equal */
    bool whole, minus;
    uint64_t size;
    cor_timepart part;
    cor_str ref_field;
    cor_op ref_op;
    cor_pos pos;           /* of the value in the rule file */
    const char *note;
} cor_test;

typedef enum cor_node_kind { COR_NODE_AND, COR_NODE_OR, COR_NODE_NOT, COR_NODE_TEST } cor_node_kind;
typedef struct cor_node {
    cor_node_kind kind;
    uint32_t n;                    /* children: AND, OR any number (AND of none true, OR of none false); NOT one */
    struct cor_node *const *child;
    const cor_test *test;          /* TEST */
    /* name of the search identifier this subtree stands for, for explain; .p NULL inside one */
    cor_str label;
} cor_node;

/* ---- log sources ---- */

typedef enum cor_convert {
    COR_CONV_NONE, COR_CONV_HEX_TO_DECIMAL, COR_CONV_INTEGRITY_FROM_SID, COR_CONV_LOWER_ADDRESS, COR_CONV_REGISTRY_PATH,
    COR_CONV_DEVICE_PATH, COR_CONV_PROTOCOL_NAME, COR_CONV_ENUM, COR_CONV_SID_OF_USER,
} cor_convert;

/* How one Sigma field is found in the events of one source. */
typedef struct cor_fieldmap {
    cor_str field;           /* Sigma name */
    const cor_str *from;     /* event fields; several: joined by a backslash */
    uint32_t n_from;
    cor_convert convert;
    const cor_str *enum_from, *enum_to;
    uint32_t n_enum;
    cor_str constant;        /* .p not NULL: this text, whatever the event says */
} cor_fieldmap;

typedef struct cor_source {      /* one "events:" entry of rules/mapping */
    const cor_str *channel;      /* exact names, compared without case */
    uint32_t n_channel;
    const uint32_t *event_id;    /* n_event_id == 0: any */
    uint32_t n_event_id;
    const cor_fieldmap *map;
    uint32_t n_map;
    /* all; each any of its values, without case */
    struct cor_require { cor_str field; const cor_str *value; uint32_t n_value; } const *require;
    uint32_t n_require;
} cor_source;

/* ---- rules ---- */

/* filters are merged into their targets */
typedef enum cor_rule_kind { COR_RULE_DETECTION, COR_RULE_CORRELATION } cor_rule_kind;

typedef enum cor_corr_type {
    COR_CORR_EVENT_COUNT, COR_CORR_VALUE_COUNT, COR_CORR_TEMPORAL, COR_CORR_TEMPORAL_ORDERED,
    COR_CORR_VALUE_SUM, COR_CORR_VALUE_AVG, COR_CORR_VALUE_PERCENTILE, COR_CORR_VALUE_MEDIAN,
} cor_corr_type;

/* Boolean condition over rules (pySigma's extension): leaf = index into cor_correlation.rule. */
typedef enum cor_ce_kind { COR_CE_AND, COR_CE_OR, COR_CE_NOT, COR_CE_RULE } cor_ce_kind;
typedef struct cor_corr_expr {
    cor_ce_kind kind;
    uint32_t n;
    struct cor_corr_expr *const *child;
    uint32_t rule;
} cor_corr_expr;

typedef struct cor_correlation {
    cor_corr_type type;
    const uint32_t *rule;        /* numbers of the referenced rules, in the order of the list */
    uint32_t n_rule;
    const cor_str *group_by;     /* field or alias names */
    uint32_t n_group_by;
    /* field[g * n_rule + r]: the field of rule r that supplies group_by[g], after aliases */
    const cor_str *group_field;
    const cor_str *value_field;  /* value_*: by rule r, after aliases; n_rule entries per name */
    const cor_str *value_name;   /* value_count may count over several fields together */
    uint32_t n_value;
    cor_time timespan;           /* 100 ns */
    /* all must hold; temporal without a condition: n_cond == 0 = every rule at least once */
    struct { cor_cmp cmp; double number; } cond[6];
    uint32_t n_cond;
    double percentile;           /* value_percentile: 0..100 */
    const cor_corr_expr *expr;   /* NULL unless the condition is boolean */
    bool generate;               /* the referenced rules report their own hits too */
} cor_correlation;

typedef struct cor_rule {
    uint32_t no;              /* index in cor_ruleset.rule */
    cor_rule_kind kind;
    cor_str id, name, title, status, description;
    cor_str author;
    cor_level level;
    const cor_str *tag;
    uint32_t n_tag;
    const cor_str *falsepositive;
    uint32_t n_falsepositive;
    cor_str category, product, service;
    /* The key `cordon:` (rules/README.md). sign, stage and grade are all there, checked, or none is (.p NULL) and the
     * others neither; group is there exactly when the stage is "other". Any rule may have them: who judges asks
     * `builtin` too. */
    cor_str sign, stage, grade, family, group;
    bool builtin;             /* one that the program carries */
    cor_pos pos;
    const cor_node *expr;     /* DETECTION: condition with filters merged; a list of conditions is their OR */
    /* DETECTION: where it looks; n_source 0: nowhere on Windows event logs (said at load) */
    const cor_source *const *source;
    uint32_t n_source;
    const cor_correlation *corr;
    /* referenced by a correlation without generate: its hits feed that, and are not reported */
    bool silent;
    bool wanted_by_corr;      /* some correlation refers to it */
    /* a value of it, or of a filter on it, can never hold: it wants a list that was not given */
    bool partial;
} cor_rule;

typedef enum cor_severity { COR_DIAG_NOTE, COR_DIAG_WARNING, COR_DIAG_ERROR } cor_severity;
typedef struct cor_diag {     /* what the loader has to say; printed as path:line:col: error: what (hint) */
    cor_severity sev;
    cor_pos pos;
    cor_str code;             /* short stable slug: "unknown-modifier", "status-unsupported", ... */
    cor_str what, hint;       /* why; how to mend (may be empty) */
    cor_str rule_title, rule_id;
} cor_diag;

typedef struct cor_ruleset {
    cor_arena mem;
    const cor_str *file;      /* paths as given below the rule root */
    uint32_t n_file;
    cor_rule **rule;
    uint32_t n_rule;
    uint32_t n_refused;       /* rules not loaded; each has a COR_DIAG_ERROR */
    const cor_diag *diag;     /* in order of file, line, col */
    uint32_t n_diag;
    const cor_str *alias_name; /* Sigma names of System values ... */
    const cor_sys *alias_sys;  /* ... and which */
    uint32_t n_alias;
} cor_ruleset;

#endif
