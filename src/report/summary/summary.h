/* summary.json: the answer for programs. Its keys are documented in docs/case.md and checked by
 * docs/summary.schema.json. */
#ifndef COR_REPORT_SUMMARY_SUMMARY_H
#define COR_REPORT_SUMMARY_SUMMARY_H

#include "report/answer.h"

/* The whole document. Streams: what is held is one host or one input. */
cor_code cor_summary(const cor_answer *a, const cor_outlet *to, cor_err *e);
/* One host as in hosts[], without a newline. */
void cor_summary_host(const cor_host_verdict *h, cor_buf *out);

#endif
