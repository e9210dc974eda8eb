/* What a rule set's correlations ask for: which rule feeds which correlation, how deep chains are, and which values
 * have to travel up a chain. Made once per collector from the rule set. Inner header of src/sigma. */
#ifndef COR_SIGMA_CORRELATE_PLAN_H
#define COR_SIGMA_CORRELATE_PLAN_H

#include "sigma/sigma.h"

/* A correlation that a rule feeds: as its pos-th rule. */
typedef struct cor_corr_feed {
    uint32_t corr;
    uint32_t pos;
} cor_corr_feed;

typedef struct cor_corr_plan {
    cor_arena mem;
    const cor_ruleset *rules;
    uint32_t n_depth;        /* 0: no correlations */
    /* by rule number: 0 for correlations over detections, one more for each correlation below */
    uint32_t *depth;
    struct cor_corr_need {
        const cor_corr_feed *feed;
        uint32_t n_feed;
        /* of a correlation: names that correlations over it ask for and its group-by does not have */
        const cor_str *carry;
        uint32_t n_carry;
    } *need;                 /* by rule number */
} cor_corr_plan;

/* COR_EFORMAT when correlations refer to each other in a circle. */
cor_code cor_corr_plan_make(cor_corr_plan *p, const cor_ruleset *s, cor_err *e);
void cor_corr_plan_free(cor_corr_plan *p);

#endif
