/* The outputs: one line each. */
#include "report/report.h"

extern const cor_report cor_report_jsonl, cor_report_json, cor_report_csv, cor_report_table;

const cor_report *const cor_reports[] = {
    &cor_report_table,
    &cor_report_jsonl,
    &cor_report_json,
    &cor_report_csv,
    NULL,
};

const cor_report *cor_report_named(const char *name)
{
    for (const cor_report *const *r = cor_reports; *r != NULL; r++)
        if (strcmp((*r)->name, name) == 0)
            return *r;
    return NULL;
}
