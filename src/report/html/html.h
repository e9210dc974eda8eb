/* report.html: the answer for people, one file that needs nothing else. No network, no script from evidence (the policy
 * in its head names the one style and the one script by their hashes), readable on paper and without the script. */
#ifndef COR_REPORT_HTML_HTML_H
#define COR_REPORT_HTML_HTML_H

#include "report/answer.h"

/* What is shown of each kind; the rest is counted, and the command that shows it is named. */
#define COR_HTML_HOSTS_MAX 2000    /* rows in the table of hosts */
#define COR_HTML_SECTIONS_MAX 300  /* hosts with a section of their own, worst first */
#define COR_HTML_REASONS_MAX 40    /* of a host that count, and as many that do not */
#define COR_HTML_FIELDS_MAX 2000   /* findings printed with their fields */
#define COR_HTML_TIMELINE_MAX 1000 /* rows */
#define COR_HTML_INPUTS_MAX 500    /* files listed; damaged ones have a list of their own with as many */
#define COR_HTML_VALUE_MAX 2000    /* bytes of a field's value */

cor_code cor_html(const cor_answer *a, const cor_outlet *to, cor_err *e);

#endif
