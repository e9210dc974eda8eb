/* What detect and investigate do alike: options, rules, output, progress, what is said at the end, the exit code. */
#ifndef COR_CLI_MATCHING_H
#define COR_CLI_MATCHING_H

#include "cli/evidence.h"
#include "cli/progress.h"
#include "cli/rules.h"

typedef struct cor_matching {
    cor_cli *cli;
    cor_out out;
    bool colour;     /* of the output: it is a terminal that shows them */
    size_t width;    /* columns of it; 0: no terminal, no folding */
    cor_buf buf;     /* made, and not yet put out */
    cor_detect_options opt;
    cor_detect_result res;
    cor_progress progress;
} cor_matching;

/* The part that is the command's own; `job` is its state. */
typedef struct cor_matching_work {
    bool add_rules;  /* -r adds to the built-in rules instead of replacing them */
    bool to_stdout;  /* results go to standard output: -o, if there is one, means something else */
    cor_code (*prepare)(cor_matching *m, void *job, const cor_args *a, cor_err *e); /* options; m->opt.run is filled before */
    cor_code (*work)(cor_matching *m, void *job, cor_err *e);                       /* between opening and closing the output */
    int (*exit)(const void *job, const cor_args *a); /* after all was read: an exit code of the command's own, or 0. May be NULL */
} cor_matching_work;

int cor_cli_match(cor_cli *cli, const cor_args *a, const cor_matching_work *w, void *job);
/* Puts out what stands in m->buf. */
cor_code cor_matching_flush(cor_matching *m, cor_err *e);

#endif
