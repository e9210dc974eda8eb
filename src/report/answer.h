/* What every output of a case says alike: the answer in plain words, what to do next, the way of the intruder through a
 * host. Texts hold names from evidence: who prints them escapes them as a whole. */
#ifndef COR_REPORT_ANSWER_H
#define COR_REPORT_ANSWER_H

#include "judge/verdict.h"

typedef struct cor_answer {
    const cor_judgement *j;
    cor_case *c; /* inputs, findings, settings; NULL: a judgement alone, as in tests */
} cor_answer;

/* Where bytes go, a piece at a time. */
typedef struct cor_outlet {
    void *ctx;
    cor_code (*put)(void *ctx, cor_str s, cor_err *e);
} cor_outlet;
/* Puts what stands in b, and empties it. */
cor_code cor_outlet_flush(const cor_outlet *s, cor_buf *b, cor_err *e);

/* ---- settings of a case that outputs read and commands write (cor_case_set); an empty text is none ---- */
#define COR_SET_NOW "now"            /* --to, ISO 8601 */
#define COR_SET_DWELL "dwell"        /* seconds */
#define COR_SET_CONTEXT "context"    /* text of the file */
#define COR_SET_OPTIONS "options"    /* of the last reading: a line each, name=value */
#define COR_SET_RULES "rules.loaded" /* a number, as are both of the next */
#define COR_SET_REFUSED "rules.refused"
#define COR_SET_REASONS "rules.reasons" /* of those refused, a line each: file, line, column, why, parted by tabs */
/* PATHs of readings that were stopped (Ctrl-C) and not done since, a line each */
#define COR_SET_STOPPED "stopped"
#define COR_REFUSED_MAX 1000            /* lines of COR_SET_REASONS */

typedef struct cor_refused {
    cor_str file, why;
    uint64_t line, column;
} cor_refused;
/* The next line of COR_SET_REASONS; moves *rest behind it. False at its end. */
bool cor_refused_next(cor_str *rest, cor_refused *out);
/* A number among settings; 0 when it is not set. */
cor_code cor_answer_number(const cor_answer *a, const char *name, uint64_t *out, cor_err *e);

/* What is said of a case whose reading was stopped, as one sentence; "" when none was. */
cor_code cor_answer_stopped(const cor_answer *a, cor_arena *mem, cor_str *out, cor_err *e);

/* ---- words ---- */
/* "4 of 12 hosts are infected" or what else is worst; without a full stop. */
void cor_answer_headline(const cor_judgement *j, cor_buf *b);
/* "1 is suspicious, 2 cannot be judged, 5 are clean": the others, worst first; nothing when there are none. */
void cor_answer_others(const cor_judgement *j, cor_buf *b);
/* The infected (without any: suspicious) host with the earliest evidence; NULL: there is none. */
const cor_host_verdict *cor_answer_first(const cor_judgement *j);
/* "by mail, probably"; NULL when it is not known. */
const char *cor_vector_words(cor_vector v);
/* A row of minimal coverage for people: "programs" is "programs that were started". */
const char *cor_row_words(const char *row);
/* "no process records: ARR1, ARR2": the signs that a host's logs could not show, by what is lacking. Texts in mem;
 * .p NULL for want of memory. */
enum { COR_ANSWER_LACKS = 16 };
uint32_t cor_answer_impossible(const cor_host_verdict *h, cor_arena *mem, cor_str out[COR_ANSWER_LACKS]);
/* "programs that were started, on 3 of 5 hosts": the required rows that could not be filled, most hosts first. Texts in
 * mem. */
#define COR_ANSWER_ROWS 16
uint32_t cor_answer_gaps(const cor_judgement *j, cor_arena *mem, cor_str out[COR_ANSWER_ROWS]);
/* "12 hosts were not judged": what limits left out of judging. Texts in mem; .p NULL: no memory, as above. */
uint32_t cor_answer_left_out(const cor_judgement *j, cor_arena *mem, cor_str out[COR_LEFT_N]);
/* What to do next for the case as a whole, in order. Texts in mem; .p NULL: no memory, as above. */
#define COR_ANSWER_STEPS 8
uint32_t cor_answer_steps(const cor_judgement *j, cor_arena *mem, cor_str out[COR_ANSWER_STEPS]);
/* Up to `most` names of hosts with this verdict, "and N more". Returns how many there are. */
uint32_t cor_answer_names(const cor_judgement *j, cor_verdict_word v, uint32_t most, cor_buf *b);
/* "Qakbot, carrier, implicated": families and flags; nothing when there are none. */
void cor_answer_marks(const cor_host_verdict *h, cor_buf *b);

/* ---- the way through a host: stages in order of their first evidence that counts ---- */
typedef struct cor_link {
    cor_stage_no stage;
    cor_str name; /* of the stage, or its group */
    cor_time first;
    uint64_t n; /* observations */
} cor_link;
#define COR_CHAIN_LINKS 24
uint32_t cor_answer_chain(const cor_host_verdict *h, cor_link out[COR_CHAIN_LINKS]);

/* Host by any of its names, letter case aside; NULL: none. */
const cor_host_verdict *cor_answer_host(const cor_judgement *j, cor_str name);
/* Stage of a reason, or its group; "" for one that has none. */
cor_str cor_reason_stage(const cor_reason *r);
/* A reason without its particulars: what its sign shows, else its text. */
cor_str cor_reason_short(const cor_reason *r);
/* The particulars alone: what stands in the text behind what the sign shows; "" when it is not told so. */
cor_str cor_reason_rest(const cor_reason *r);
/* Its reasons that count. */
uint32_t cor_answer_counting(const cor_host_verdict *h);
/* A time for people: 2026-03-03 08:12:40Z, or "time not known". */
void cor_answer_time(cor_buf *b, cor_time t, int digits);
/* The same without the date when that is the date of the time before. */
void cor_answer_time_after(cor_buf *b, cor_time t, cor_time before);

#endif
