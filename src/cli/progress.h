/* What a long run says while it works: one line on a terminal, a plain line every ten seconds elsewhere. */
#ifndef COR_CLI_PROGRESS_H
#define COR_CLI_PROGRESS_H

#include "cli/terminal.h"
#include "readers/run.h"

typedef struct cor_progress {
    cor_cli *cli;
    const atomic_ullong *findings; /* NULL: not counted */
    double start, said, logged;    /* seconds of a steady clock */
} cor_progress;

/* Hangs p on the run. `streams`: results go to standard output meanwhile; when that is the terminal, no line is
 * drawn. */
void cor_progress_start(cor_progress *p, cor_cli *cli, cor_run_options *o, bool streams, const atomic_ullong *findings);
void cor_progress_end(cor_progress *p);

/* 1234567 as "1,234,567". */
void cor_buf_count(cor_buf *b, uint64_t n);
/* 1234567 as "1.2 MB". */
void cor_buf_bytes(cor_buf *b, uint64_t n);

#endif
