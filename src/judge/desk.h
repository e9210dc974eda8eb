/* The desk that a case is judged on: its hosts, what was seen on them, and the tables that joins need. Inner header of
 * src/judge.
 *
 * The case is read through cor_judge_source, as streams, so that judging can be tested without a database. Nothing here
 * depends on the order of a stream: what is kept is a least, a greatest or a sum, ties broken by place (law 2). What
 * grows with the evidence is not kept but counted (law 4). */
#ifndef COR_JUDGE_DESK_H
#define COR_JUDGE_DESK_H

#include "base/address.h"
#include "base/intern.h"
#include "judge/verdict.h"

/* Strong signs of two stages speak together when they lie this near to each other. */
#define COR_JUDGE_NEAR (INT64_C(72) * 3600 * COR_SECOND)

#define COR_JUDGE_HOSTS_MAX 100000u   /* hosts judged */
#define COR_JUDGE_JOINS_MAX 65536u    /* services and sessions that a source is looked for */
#define COR_JUDGE_SERVICES_MAX 65536u /* service installations looked through for joins */
#define COR_JUDGE_INPUTS_MAX 10000000u /* inputs whose names are held */
#define COR_JUDGE_CLAIMS_MAX 1000000u /* words on who had an address */
#define COR_JUDGE_MARKS_MAX 4096u     /* clearings, stops and starts of the logs of one host */
#define COR_JUDGE_PEERS_MAX 64u       /* contacts told of one host; all are judged */
#define COR_JUDGE_RULES_MAX 128u      /* rules of users told of one host; all are judged */
#define COR_JUDGE_HOURS_MAX 8784u     /* hours of one class of signs on one host: a year */
#define COR_JUDGE_REASONS_MAX 1024u   /* reasons told of one host */
#define COR_JUDGE_INDICATORS_MAX 128u /* indicators of one host */

typedef struct cor_judge_source {
    void *ctx;
    cor_code (*hosts)(void *ctx, cor_code (*each)(void *to, const cor_host *h, cor_err *e), void *to, cor_err *e);
    cor_code (*findings)(void *ctx, cor_code (*each)(void *to, const cor_case_finding *f, cor_err *e), void *to,
                         cor_err *e);
    cor_code (*facts)(void *ctx, uint32_t kinds, cor_code (*each)(void *to, const cor_fact *f, cor_err *e), void *to,
                      cor_err *e);
    cor_code (*paths)(void *ctx, cor_code (*each)(void *to, uint32_t input, cor_str path, cor_err *e), void *to,
                      cor_err *e);
    cor_code (*said)(void *ctx, cor_code (*each)(void *to, const cor_said *s, cor_err *e), void *to, cor_err *e);
    cor_code (*span)(void *ctx, cor_time *first, cor_time *last, cor_err *e);
} cor_judge_source;

/* cor_judge with another source than a case. */
cor_code cor_judge_from(const cor_judge_source *s, const cor_judge_options *o, cor_judgement *out, cor_err *e);

/* ---- hosts ---- */

/* The logs that coverage asks for. */
typedef enum cor_log_no {
    COR_LOG_SECURITY, COR_LOG_SYSTEM, COR_LOG_SYSMON, COR_LOG_DEFENDER, COR_LOG_TASKS, COR_LOG_POWERSHELL,
    COR_LOG_POWERSHELL_OLD, COR_LOG_WMI, COR_LOG_DNS, COR_LOG_N
} cor_log_no;
extern const char *const cor_log_channel[COR_LOG_N];
cor_log_no cor_log_find(cor_str channel); /* COR_LOG_N: another one */

typedef enum cor_alive_no {
    COR_LIVE_PROCESS, COR_LIVE_PROCESS_BARE, COR_LIVE_TASK, COR_LIVE_SERVICE, COR_LIVE_LOGON, COR_LIVE_LOGON_FAILED,
    COR_LIVE_SHARE, COR_LIVE_ANTIVIRUS, COR_LIVE_NETWORK, COR_LIVE_REGISTRY, COR_LIVE_N
} cor_alive_no;

typedef struct cor_span {
    cor_time first, last; /* first COR_NOTIME: nothing */
} cor_span;
static inline void cor_span_see(cor_span *s, cor_time first, cor_time last)
{
    if (first == COR_NOTIME)
        return;
    last = last == COR_NOTIME ? first : last;
    s->first = s->first == COR_NOTIME || first < s->first ? first : s->first;
    s->last = s->last == COR_NOTIME || last > s->last ? last : s->last;
}

/* What bears on the logs themselves. */
typedef enum cor_mark_kind {
    COR_MARK_CLEARED, COR_MARK_STOP, COR_MARK_START, COR_MARK_SHUTDOWN, COR_MARK_CRASH, COR_MARK_CLOCK
} cor_mark_kind;
typedef struct cor_mark {
    cor_time time;
    cor_mark_kind kind;
    cor_str channel;          /* of a clearing */
    bool system;              /* cleared by SYSTEM */
    cor_time step;            /* of a clock: how far, either way */
    uint32_t no;              /* event id */
    cor_basis basis;
} cor_mark;

/* Hours in which a class of signs was seen. Class: a stage; of `other` a group. */
typedef struct cor_hour {
    int64_t hour;
    cor_time min, max;
    cor_span here;      /* the part of it that the host itself showed; what others' logs say of it can be forged */
} cor_hour;
typedef struct cor_class {
    cor_stage_no stage; /* COR_STAGE_N: all that is conclusive */
    cor_str group;
    bool rule;          /* of rules that the user brought */
    cor_hour *hour;     /* by time */
    size_t n, cap;
} cor_class;

/* One reason as it grows. */
typedef struct cor_heap {
    uint32_t host, peer;      /* peer COR_NONE: none */
    cor_reason_kind kind;
    const cor_sign *sign;
    cor_grade grade;
    cor_stage_no stage;
    cor_level level;          /* of kind RULE */
    cor_str group, family, text;
    bool counts, as_source, reached;
    uint64_t n;
    cor_span span;
    cor_basis *basis;         /* by cor_basis_cmp, at most COR_BASIS_MAX */
    uint32_t n_basis;
    uint32_t raised;          /* bits: those of basis that counted higher beside other signs already */
} cor_heap;

typedef struct cor_jhost {
    cor_str name;
    const cor_str *spelled;
    uint32_t n_spelled;
    bool has_logs;
    bool told;                /* stands in the judgement: has logs, is in the context, or was convicted or contacted */
    uint64_t records, findings;
    cor_time log_first, log_last;
    struct { uint64_t records, gaps; cor_time first, last, gap_last; } log[COR_LOG_N];
    cor_span alive[COR_LIVE_N];
    unsigned roles;
    cor_mark *mark;
    size_t n_mark, cap_mark;
    bool marks_cut;           /* it has more than COR_JUDGE_MARKS_MAX */
    cor_class *class;
    size_t n_class, cap_class;
    uint32_t *heap;           /* numbers in cor_desk.heap */
    size_t n_heap, cap_heap;
    cor_indicator *indicator;
    size_t n_indicator, cap_indicator;
    /* what follows */
    cor_verdict_word own;     /* by its own signs: infected, suspicious, or clean for "neither" */
    bool implicated;
    cor_time since;           /* first evidence that counts */
    cor_span reached, tried;  /* by infected or implicated hosts */
    uint32_t n_peer, n_rule;  /* reasons of these kinds */
    cor_verdict_word word;    /* with contacts and coverage */
    unsigned flags;
    cor_coverage *coverage;
    uint32_t n_coverage;
} cor_jhost;

/* ---- addresses: who had which when ---- */
typedef struct cor_claim {
    uint32_t address, host;
    cor_span span;
} cor_claim;

/* ---- services and sessions whose source is looked for ---- */
typedef struct cor_candidate {
    cor_time time;            /* COR_NOTIME: none */
    cor_str address, workstation, account;
    uint32_t logon_type;
    cor_basis basis;
} cor_candidate;
typedef struct cor_join {
    uint32_t host;
    cor_time time;
    cor_str service, logon_id;
    bool local;               /* made by the system itself: nobody came from outside */
    const cor_sign *sign;
    cor_grade grade;
    cor_stage_no stage;
    cor_str group, family, text;
    cor_basis basis;
    bool twin;                /* the same service, told by another event */
    uint32_t next;            /* the next join that asks for the same session; COR_NONE */
    cor_candidate exact, pipe, near;
} cor_join;

typedef struct cor_service { /* 7045 and 4697, each */
    uint32_t host;
    cor_time time;
    cor_str name, logon_id;
    cor_basis basis;
} cor_service;

/* A program on a host that signs speak of. */
typedef struct cor_image {
    uint32_t host;
    cor_time first;
} cor_image;

/* What logs of these kinds cannot show: hosts of one network are mostly alike. */
typedef struct cor_blind {
    unsigned there;           /* bits: enum cor_source_bits */
    const cor_str *sign;
    uint32_t n;
} cor_blind;

typedef struct cor_desk {
    const cor_judge_source *source;
    const cor_judge_options *options;
    cor_arena *mem;           /* the judgement's: all texts that are told */
    cor_arena work;           /* of judging */
    cor_arena scratch;        /* of the row at hand */
    cor_time now, from;
    cor_str *path;            /* of inputs, by number */
    size_t n_path, cap_path;

    cor_jhost *host;          /* by name */
    size_t n_host, cap_host;
    size_t n_own; /* hosts of the case: these come first, sorted by name */
    cor_intern alias;         /* upper-case names of all kinds */
    uint32_t *alias_host;     /* by number; COR_NONE: of several */
    size_t cap_alias;

    cor_intern address;
    cor_claim *claim;         /* by address, then by host */
    size_t n_claim, cap_claim;

    cor_intern heap_key;
    cor_heap *heap;
    size_t cap_heap;

    cor_join *join;           /* by host and time, once sealed */
    size_t n_join, cap_join;
    cor_service *service;     /* by host and time, once sealed */
    size_t n_service, cap_service;
    cor_intern session;       /* host and LogonId that joins ask for */
    uint32_t *session_join;   /* by number: the first of them */
    size_t cap_session;
    uint64_t left_out[COR_LEFT_N];
    bool dc;                  /* the case has a domain controller's Security log */

    cor_intern image_key;
    cor_image *image;
    size_t cap_image;
    cor_blind *blind;
    size_t n_blind, cap_blind;
    cor_buf key;
} cor_desk;

void cor_desk_free(cor_desk *d);
cor_code cor_desk_hosts(cor_desk *d, cor_err *e);            /* hosts of the case and of the context, inputs */
uint32_t cor_desk_host(const cor_desk *d, cor_str name);     /* by the name that the case gives it; COR_NONE */
/* The host that a name in an event means: short or full, letter case no matter. COR_NONE: no host of the case, or
 * two. */
uint32_t cor_desk_named(cor_desk *d, cor_str name);
/* A host that others know of; not told until something is said of it. */
cor_code cor_desk_meet(cor_desk *d, cor_str name, uint32_t *host, cor_err *e);

/* One thing seen. */
typedef struct cor_obs {
    uint32_t host, peer;
    cor_reason_kind kind;
    const cor_sign *sign;
    cor_grade grade;
    cor_stage_no stage;
    cor_level level;
    cor_str group, family;
    cor_str what;             /* parts reasons of the same sign: a rule's id, an address; "" */
    cor_str text;
    cor_time last;
    const cor_basis *basis;   /* the first gives the time */
    uint32_t n_basis;
    bool counts;              /* of contacts; signs are asked later */
    bool as_source;           /* it did this to another host */
    bool reached;             /* of contacts: it got in */
} cor_obs;
cor_code cor_desk_observe(cor_desk *d, const cor_obs *o, cor_err *e);
int cor_basis_cmp(const cor_basis *a, const cor_basis *b);
cor_basis cor_desk_basis(const cor_desk *d, const cor_fact *f); /* strings are the fact's and the desk's */
cor_code cor_desk_basis_keep(cor_arena *mem, cor_basis *b, cor_err *e); /* copies its strings */
cor_code cor_desk_indicate(cor_desk *d, uint32_t host, const char *type, cor_str value, cor_str finding, cor_err *e);
/* A program that malware runs as on this host, from t on; and whether one is, at t. */
cor_code cor_desk_image(cor_desk *d, uint32_t host, cor_str path, cor_time t, cor_err *e);
/* A path as programs are compared: in lower case, below its volume. Valid until the desk's key is used again. */
cor_str cor_program_name(cor_desk *d, cor_str path);
bool cor_desk_convicted(cor_desk *d, uint32_t host, cor_str path, cor_time t);
bool cor_host_has_signs(const cor_jhost *h); /* strong ones, of Cordon's own */
/* Whether some hour of a lies within COR_JUDGE_NEAR of time t. */
bool cor_class_near(const cor_class *c, cor_time t);

static inline cor_code cor_keep(cor_arena *mem, cor_str *s, cor_err *e)
{
    *s = cor_arena_str(mem, s->p == NULL ? COR_S("") : *s);
    return s->p == NULL ? cor_nomem(e, "judge") : COR_OK;
}

/* ---- the steps, in their order ---- */
cor_code cor_judge_observe(cor_desk *d, cor_err *e);   /* findings become observations, joins, images */
cor_code cor_judge_facts(cor_desk *d, cor_err *e);     /* addresses, signs of life, marks, services */
cor_code cor_judge_joins(cor_desk *d, cor_err *e);     /* sources of services and sessions */
cor_code cor_judge_values(cor_desk *d, cor_err *e);    /* names looked up, registry values */
void cor_judge_decide(cor_desk *d);                    /* each host by its own signs */
cor_code cor_judge_spread(cor_desk *d, cor_err *e);    /* what follows from other hosts, to the fixpoint; decides */
/* One round of command servers; `said` is kept between rounds, *changed says that something followed. */
cor_code cor_judge_c2(cor_desk *d, cor_intern *said, bool *changed, cor_err *e);
cor_code cor_judge_contacts(cor_desk *d, cor_err *e);
cor_code cor_judge_coverage(cor_desk *d, cor_err *e);  /* window, rows */
cor_code cor_judge_tell(cor_desk *d, cor_judgement *out, cor_err *e);

/* The grade of what comes from `source`, when context explains that host or account; *why NULL: it does not. */
cor_grade cor_grade_explained(const cor_desk *d, cor_grade g, uint32_t source, cor_str account, const char **why);
bool cor_fact_writes(const cor_fact *f); /* a 5145 that changes a file on a share */

/* ---- addresses ---- */
/* The name of an address as text is compared: lower case, IPv4 in IPv6 as IPv4. False: none, or the machine itself. */
bool cor_address_clean(cor_str text, char out[COR_ADDRESS_TEXT], cor_str *clean);
bool cor_address_public(cor_str clean);
cor_code cor_addresses_claim(cor_desk *d, cor_str address, uint32_t host, cor_time first, cor_time last, cor_err *e);
void cor_addresses_seal(cor_desk *d);
typedef enum cor_whose { COR_WHOSE_NOBODY, COR_WHOSE_HOST, COR_WHOSE_CONFLICT } cor_whose;
cor_whose cor_addresses_find(const cor_desk *d, cor_str address, cor_time t, uint32_t *host);
/* The host that a network event came from: by its address, else by the workstation that an NTLM client claims. */
cor_whose cor_source_find(cor_desk *d, cor_str address, cor_str workstation, cor_time t, uint32_t *host);

/* ---- texts ---- */
/* What a finding of this sign and grade says in one sentence. */
cor_str cor_tell_finding(cor_arena *mem, const cor_sign *s, cor_grade g, const cor_case_finding *f);
cor_str cor_finding_field(const cor_case_finding *f, const char *name); /* .p NULL: none */

#endif
