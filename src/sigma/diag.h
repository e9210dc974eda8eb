/* Printing what the loader has to say about rules. */
#ifndef COR_SIGMA_DIAG_H
#define COR_SIGMA_DIAG_H

#include "sigma/rule.h"

/* Like a compiler: "path:line:col: error: what [code]", the hint indented below. Text from rule files is escaped for
 * terminals. */
void cor_diag_print(cor_buf *out, const cor_ruleset *set, const cor_diag *d);
extern const char *const cor_severity_name[]; /* "note", "warning", "error" */

#endif
