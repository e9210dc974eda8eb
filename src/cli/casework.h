/* What the commands that work on a case do alike: open it, judge it, print the answer, write what people read. */
#ifndef COR_CLI_CASEWORK_H
#define COR_CLI_CASEWORK_H

#include "cli/command.h"
#include "report/hosts/hosts.h"

typedef struct cor_casework {
    cor_cli *cli;
    const char *dir; /* borrowed */
    cor_case *c;
    cor_arena mem; /* the context */
    cor_judgement j;
} cor_casework;

/* Opens a case that exists. Close in any case. */
cor_code cor_casework_open(cor_casework *w, cor_cli *cli, const char *dir, cor_case_mode mode, cor_err *e);
/* Opens one that nothing stays of. */
cor_code cor_casework_private(cor_casework *w, cor_cli *cli, cor_err *e);
/* Opens one to add to, making it when the folder does not exist or is empty; *fresh says whether it was made. */
cor_code cor_casework_make(cor_casework *w, cor_cli *cli, const char *dir, bool *fresh, cor_err *e);
void cor_casework_close(cor_casework *w);

/* Judges with the settings that stand in the case; anew when it was judged before. */
cor_code cor_casework_judge(cor_casework *w, cor_err *e);
/* summary.json, findings.jsonl and report.html, each whole or as it was before; the verdicts into the database. */
cor_code cor_casework_write(cor_casework *w, cor_err *e);
/* "Report: CASE/report.html", for the end. */
void cor_casework_tell(const cor_casework *w);

/* The answer on the terminal, or its hosts as JSON lines. */
cor_code cor_casework_print(const cor_casework *w, const cor_hosts_options *o, bool json, cor_out *out, cor_err *e);
/* The host with this name; NULL: *e names the nearest. */
const cor_host_verdict *cor_casework_host(const cor_casework *w, const char *name, cor_err *e);

/* Note and override: kept under the caller's name, then judged and written again. */
int cor_casework_say(cor_cli *cli, const char *dir, const char *host, const char *verdict, const char *text);

#endif
