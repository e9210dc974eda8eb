/* findings.jsonl: a line as `detect --format jsonl` writes it, of a finding that stands in a case. */
#ifndef COR_REPORT_JSONL_JSONL_H
#define COR_REPORT_JSONL_JSONL_H

#include "case/store.h"

/* One line a finding, at its first place; host, sign and stage behind what `detect` writes, other places as `copies`.
 */
void cor_jsonl_found(const cor_case_finding *c, cor_buf *out);

#endif
