/* CONTRACT. An output of findings. Adding one: a folder with a descriptor, a line in report.c. */
#ifndef COR_REPORT_REPORT_H
#define COR_REPORT_REPORT_H

#include "case/finding.h"

typedef enum cor_columns { COR_COLUMNS_OWN, COR_COLUMNS_HAYABUSA, COR_COLUMNS_TIMESKETCH } cor_columns;

typedef struct cor_report_options {
    cor_columns columns; /* csv */
    bool multiline;      /* csv: line breaks inside cells stay */
    bool colour;         /* table */
    size_t width;        /* table: columns of the terminal, where lines are folded; 0: none, no folding */
} cor_report_options;

/* All append to out; running out of memory poisons it, which the caller checks. begin and end may be NULL. */
typedef struct cor_report {
    const char *name;
    void (*begin)(const cor_report_options *o, cor_buf *out);
    void (*finding)(const cor_report_options *o, const cor_finding *f, uint64_t no /* from 0 */, cor_buf *out);
    void (*end)(const cor_report_options *o, uint64_t n, cor_buf *out);
} cor_report;

extern const cor_report *const cor_reports[]; /* ends with NULL */
const cor_report *cor_report_named(const char *name);

#endif
