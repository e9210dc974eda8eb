/* Rules in the case: whose a finding is, and of which version a correlation's row. Inner header of src/case. */
#ifndef COR_CASE_STORE_RULE_H
#define COR_CASE_STORE_RULE_H

#include "case/store_db.h"

typedef struct cor_case_rules {
    cor_case *c;
    const cor_correlator *corr;  /* of the same rule set: knows what correlations ask for */
    const cor_ruleset *set;
    cor_digest *digest;
    int64_t *id;                 /* by rule number; 0: not asked yet */
    sqlite3_stmt *put, *find;
} cor_case_rules;

/* Everything is borrowed. */
void cor_case_rules_open(cor_case_rules *r, cor_case *c, const cor_correlator *corr, cor_digest *digest,
                         const cor_ruleset *set);
void cor_case_rules_close(cor_case_rules *r); /* of a zeroed one too */
/* Its number in the case, where it is put when it is not there; what people read of it is as in this run. */
cor_code cor_case_rule(cor_case_rules *r, const cor_rule *rule, int64_t *id, cor_err *e);
/* 0: it is not there. */
cor_code cor_case_rule_find(cor_case_rules *r, const cor_rule *rule, int64_t *id, cor_err *e);
/* Forgets what older versions of the run's rules found in inputs that are read whole now (numbers in the case; 0:
 * none). */
cor_code cor_case_forget_stale(cor_case_rules *r, const int64_t *input, size_t n, cor_err *e);

#endif
