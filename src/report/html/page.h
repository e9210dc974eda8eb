/* The parts of report.html. Inner header of report/html. */
#ifndef COR_REPORT_HTML_PAGE_H
#define COR_REPORT_HTML_PAGE_H

#include "report/html/html.h"

typedef struct cor_page {
    const cor_answer *a;
    const cor_outlet *to;
    cor_buf b;
    uint64_t n_fields; /* findings printed with their fields so far */
    /* sums over the inputs */
    uint64_t inputs, unread, records, damaged, damaged_files, lost;
} cor_page;

/* ---- escaping: the only ways by which text gets into the page ---- */
/* One line: control characters and what turns the direction of text become visible. */
void cor_html_text(cor_buf *b, cor_str s);
void cor_html_z(cor_buf *b, const char *z);
/* Line breaks stay; at most `most` bytes, what is left out is said. */
void cor_html_value(cor_buf *b, cor_str s, size_t most);
/* <time>; digits of the fraction. */
void cor_html_time(cor_buf *b, cor_time t, int digits);
/* " 3 times, until 08:13:25Z", small; nothing for once. */
void cor_html_times(cor_buf *b, uint64_t n, cor_time first, cor_time last);
/* The verdict as a word in its colour. */
void cor_html_word(cor_buf *b, cor_verdict_word v);
/* A name of a host, "(unknown)" when there is none. */
void cor_html_host(cor_buf *b, cor_str name);

/* ---- parts ---- */
cor_code cor_html_table(cor_page *p, cor_err *e);            /* all hosts */
cor_code cor_html_hosts(cor_page *p, cor_err *e);            /* a section each */
bool cor_html_has_section(const cor_page *p, uint32_t host); /* host: number in the judgement */
/* The reasons of a host with their evidence. */
cor_code cor_html_reasons(cor_page *p, const cor_host_verdict *h, cor_err *e);
cor_code cor_html_timeline(cor_page *p, cor_err *e);
cor_code cor_html_inputs(cor_page *p, cor_err *e);
cor_code cor_html_rules(cor_page *p, cor_err *e);
cor_code cor_html_sum(cor_page *p, cor_err *e);     /* before all others */
void cor_html_unknown(cor_page *p, cor_arena *mem); /* what is not known */

#endif
