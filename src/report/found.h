/* A finding of a case in the shape that outputs print, so that `detect` and a case are written by the same code. */
#ifndef COR_REPORT_FOUND_H
#define COR_REPORT_FOUND_H

#include "case/store.h"

typedef struct cor_found {
    cor_finding f;
    cor_rule rule; /* as far as outputs ask: id, title, author, level, tags, kind, the key `cordon:` */
} cor_found;

/* Everything in out is a slice of c, and f.rule points into out: neither may move or go while out is used. */
void cor_found_of(const cor_case_finding *c, cor_found *out);
/* Of a correlation, which has events instead of a place. */
bool cor_found_correlated(const cor_case_finding *c);

#endif
