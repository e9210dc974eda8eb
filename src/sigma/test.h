/* One test of a rule made ready (literals folded, expression compiled), and whether it holds on values: plainly, one
 * value after another. The plain engine, explain and the late tests of the fast engine use it; the fast engine's
 * literals do not. */
#ifndef COR_SIGMA_TEST_H
#define COR_SIGMA_TEST_H

#include "sigma/field.h"
#include "sigma/regex.h"

typedef struct cor_ready {
    const cor_test *t;
    cor_str lit;             /* EQUALS..ENDSWITH: folded unless t->cased */
    const cor_piece *piece;  /* PATTERN: likewise */
    cor_regex *re;           /* REGEX; owned: freed by cor_ready_end */
} cor_ready;

/* A wrong expression makes a test that never holds (the loader has refused such rules). COR_ENOMEM otherwise. */
cor_code cor_ready_make(const cor_test *t, cor_arena *mem, cor_ready *out, cor_err *e);
void cor_ready_end(cor_ready *r);

/* What evaluation needs besides the values. */
typedef struct cor_scratch {
    cor_arena mem;           /* emptied by the owner between events */
    cor_buf fold;
    cor_regex_run *re;
    uint64_t limits;         /* tests given up because of a limit; they count as not held */
    bool nomem;              /* sticky: the answer is worth nothing */
} cor_scratch;
bool cor_scratch_init(cor_scratch *s);
void cor_scratch_free(cor_scratch *s);

/* Folded copy in s->mem; .p NULL and s->nomem when there is no memory. */
cor_str cor_scratch_fold(cor_scratch *s, cor_str text);
/* Value i folded, made once; .p NULL: no memory. */
cor_str cor_values_folded(const cor_values *v, uint32_t i, cor_scratch *s);
/* Whether the test (not EXISTS, FIELDREF) holds on value i. */
bool cor_ready_on(const cor_ready *r, const cor_values *v, uint32_t i, cor_scratch *s);
/* Whether it holds on any of the values; *which (may be NULL) tells on which one. ref: FIELDREF only. */
bool cor_ready_holds(const cor_ready *r, const cor_values *v, const cor_values *ref, cor_scratch *s, uint32_t *which);

#endif
