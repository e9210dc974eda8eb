/* CONTRACT. From a case to verdicts: docs/verdicts.md in code. Same case, same context, same now: same judgement. */
#ifndef COR_JUDGE_VERDICT_H
#define COR_JUDGE_VERDICT_H

#include "case/store.h"
#include "judge/context.h"
#include "judge/sign.h"

typedef enum cor_verdict_word { /* worst last */
    COR_VERDICT_CLEAN, COR_VERDICT_UNKNOWN, COR_VERDICT_ATTACKED, COR_VERDICT_EXPOSED, COR_VERDICT_SUSPICIOUS,
    COR_VERDICT_INFECTED, COR_VERDICT_N
} cor_verdict_word;
extern const char *const cor_verdict_name[COR_VERDICT_N];
bool cor_verdict_parse(cor_str s, cor_verdict_word *out);

enum cor_verdict_flags { COR_FLAG_CARRIER = 1, COR_FLAG_IMPLICATED = 2 };

typedef enum cor_vector {
    COR_VECTOR_UNKNOWN, COR_VECTOR_MAIL, COR_VECTOR_WEB, COR_VECTOR_EXPLOIT_KIT, COR_VECTOR_USB, COR_VECTOR_SHARE,
    COR_VECTOR_SMB_SERVICE, COR_VECTOR_OTHER_MALWARE, COR_VECTOR_OPERATOR, COR_VECTOR_N
} cor_vector;
extern const char *const cor_vector_name[COR_VECTOR_N];

/* Where a claim rests. */
typedef struct cor_basis {
    cor_str finding;          /* id, or "" when it is a fact: */
    cor_str input;
    uint64_t offset, record_id;
    cor_str channel, computer;
    uint32_t event_id;
    cor_time time;
} cor_basis;

typedef enum cor_reason_kind {
    COR_REASON_SIGN,          /* a sign of ours */
    COR_REASON_RULE,          /* a finding of a rule that the user brought: supports, alone at most suspicious */
    COR_REASON_CONTACT,       /* an infected host reached this one, or tried to */
    COR_REASON_SAID,          /* an analyst's override */
} cor_reason_kind;

typedef struct cor_reason {
    cor_reason_kind kind;
    const cor_sign *sign;     /* NULL unless SIGN */
    cor_grade grade;          /* as it counted here */
    cor_stage_no stage;
    cor_str group;            /* of stage other */
    bool counts;              /* the verdict rests on it; else it is shown beside */
    cor_str text;             /* one plain sentence without sign and grade; from evidence: to be escaped when printed */
    cor_str peer;             /* the other host; "" when there is none */
    cor_time first, last;
    uint64_t n;               /* observations */
    const cor_basis *basis;   /* the first few, by time */
    uint32_t n_basis;
} cor_reason;
#define COR_BASIS_MAX 20      /* of one reason; all stand in the case */

/* A row of minimal coverage: what `clean` asks of the logs of a host. */
typedef struct cor_coverage {
    /* "programs", "persistence", "logons", "antivirus", "log integrity", "network", "registry" */
    const char *row;
    bool required, filled;
    bool part;                /* not filled, but seen for a part of the window */
    cor_str why;              /* plain: which log is missing, since when, what it cannot show */
} cor_coverage;

typedef struct cor_indicator {
    /* "sha256", "ip", "domain", "file", "service", "task", "registry", "computer" (a name that no host has) */
    const char *type;
    cor_str value;
    cor_str finding;
} cor_indicator;

typedef struct cor_host_verdict {
    cor_str host;
    const cor_str *name;      /* all names */
    uint32_t n_name;
    cor_verdict_word verdict; /* in force: the analyst's when there is one */
    cor_verdict_word judged;  /* Cordon's own */
    const cor_said *override; /* NULL: none */
    const cor_said *note;
    uint32_t n_note;
    unsigned flags;
    const cor_str *family;
    uint32_t n_family;
    cor_time first, last;     /* evidence of the verdict; COR_NOTIME when there is none */
    cor_vector vector;
    /* findings of signs that count, and contacts' none */
    struct { const cor_str *id; uint32_t n; uint64_t total; } stage[COR_STAGE_N];
    const cor_reason *reason; /* those that count first, strongest first, then by time */
    uint32_t n_reason;
    const cor_coverage *coverage;
    uint32_t n_coverage;
    const cor_str *change;    /* what would change the verdict, plain sentences */
    uint32_t n_change;
    /* ids of signs that these logs could not have shown, and why as text: "INJ1: no process records" */
    const cor_str *impossible;
    uint32_t n_impossible;
    const cor_indicator *indicator;
    uint32_t n_indicator;
    cor_str next;             /* what to do next, one sentence */
    bool has_logs;            /* false: known from others or from the context only */
    uint64_t records, findings;
    cor_time log_first, log_last;
} cor_host_verdict;

/* What limits of docs/limits.md left out of judging: every output tells it (law 5). */
typedef enum cor_left {
    COR_LEFT_HOSTS, COR_LEFT_SOURCES, COR_LEFT_SERVICES, COR_LEFT_PROGRAMS, COR_LEFT_ADDRESSES, COR_LEFT_MARKS,
    COR_LEFT_REGISTRY, COR_LEFT_N
} cor_left;
extern const char *const cor_left_words[COR_LEFT_N]; /* what stands behind their number */

typedef struct cor_judgement {
    cor_arena mem;
    cor_time now, from;       /* the window that coverage is asked for */
    bool intruder;            /* some host is infected or suspicious */
    /* worst first: verdict, then more conclusive reasons, more stages, then first evidence, then more weak ones,
     * then name */
    const cor_host_verdict *host;
    uint32_t n_host;
    uint32_t count[COR_VERDICT_N];
    uint64_t left_out[COR_LEFT_N];
} cor_judgement;

typedef struct cor_judge_options {
    cor_time now;             /* COR_NOTIME: newest record */
    cor_time dwell;           /* 0: 24 hours */
    const cor_context *context; /* may be NULL */
} cor_judge_options;

/* Reads the case alone. Free the judgement in any case. */
cor_code cor_judge(cor_case *c, const cor_judge_options *o, cor_judgement *out, cor_err *e);
void cor_judgement_free(cor_judgement *j);

#endif
