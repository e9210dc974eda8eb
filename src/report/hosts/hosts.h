/* The answer as text for people: what holds for the case, hosts worst first, what to do next. */
#ifndef COR_REPORT_HOSTS_HOSTS_H
#define COR_REPORT_HOSTS_HOSTS_H

#include "report/answer.h"

typedef struct cor_hosts_options {
    uint32_t top; /* reasons shown per host */
    bool full;    /* one host is asked for: all reasons, all coverage, what would change the verdict, indicators */
    bool colour;
    size_t width; /* columns of the terminal, where lines are folded; 0: none, no folding */
} cor_hosts_options;

/* What holds for the case: how many hosts are infected, the first evidence, the window. */
void cor_hosts_head(const cor_hosts_options *o, const cor_answer *a, cor_buf *out);
/* A line for the host: verdict, since when, why, what next; indented ones below it with the evidence. */
void cor_hosts_one(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out);
/* What to do next, hosts by verdict, what is missing. */
void cor_hosts_tail(const cor_hosts_options *o, const cor_answer *a, cor_buf *out);
/* A finding with all its fields. */
void cor_hosts_finding(const cor_hosts_options *o, const cor_case_finding *f, cor_buf *out);

#endif
