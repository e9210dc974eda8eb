/* CONTRACT. What a command says to people. Standard output carries results only; everything else goes to standard
 * error. Nothing from evidence reaches a terminal unescaped: print it through cor_cli_say with cor_shown, or into a
 * file. */
#ifndef COR_CLI_TERMINAL_H
#define COR_CLI_TERMINAL_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"

typedef struct cor_cli {
    bool out_tty, err_tty;
    bool out_colour;     /* colour wanted on standard output: a terminal, no NO_COLOR, no --no-color */
    bool quiet, verbose;
    FILE *log;           /* --log: JSON lines; NULL without */
    int log_errno;       /* why it could not be written; 0: it could */
    atomic_bool *stop;   /* set by the first Ctrl-C */
    cor_arena mem;       /* texts of this run; freed at its end */
    bool line_open;      /* a progress line stands on the terminal and must be wiped before anything else is said */
} cor_cli;

/* "cordon: " + text + newline on standard error, wiping the progress line first; also goes to --log. */
void cor_cli_say(cor_cli *cli, const char *fmt, ...) COR_PRINTF(2, 3);
/* The same without prefix, for lists below such a line; nothing under --quiet. */
void cor_cli_tell(cor_cli *cli, const char *fmt, ...) COR_PRINTF(2, 3);
/* An error with its place: "cordon: NAME:12:3: what" or "cordon: NAME: what (at byte 4096)". name may be NULL. */
void cor_cli_err(cor_cli *cli, const char *name, const cor_err *e);
/* Text of unknown origin made harmless, in cli->mem, NUL-terminated. Never NULL. */
const char *cor_shown(cor_cli *cli, cor_str s);
const char *cor_shown_z(cor_cli *cli, const char *s);
/* Columns of the terminal behind a descriptor; 0: none there. */
size_t cor_cli_columns(int fd);
/* "s" for every number but one. */
const char *cor_plural(uint64_t n);
/* The exit code that an error of the whole run means. */
int cor_exit_of(const cor_err *e);

/* ---- --log ---- */
typedef struct cor_log_field {
    const char *key;
    cor_str text;        /* .p NULL: number */
    uint64_t number;
} cor_log_field;
/* One JSON line {"event": what, ...}. Nothing without --log. */
void cor_log_line(cor_cli *cli, const char *what, const cor_log_field *f, size_t n);

/* ---- results ---- */
/* Where results go: a file named with -o, else standard output. Writes are buffered; errors are kept and said once. */
typedef struct cor_out {
    int fd;
    const char *name;    /* for messages */
    cor_buf buf;
    uint64_t written;
    cor_err err;         /* the first failure; later writes do nothing */
    bool own, closed_pipe; /* closed_pipe: the reader went away (head, less): an end, not an error */
    const char *final;   /* of cor_out_replace: what `name` becomes when it is whole */
} cor_out;

/* path NULL or "-": standard output. Refuses an existing file without clobber. */
cor_code cor_out_open(cor_out *o, const char *path, bool clobber, cor_err *e);
/* A file in a folder that is whole or as it was before: written beside it, renamed by cor_out_close. Names in mem. */
cor_code cor_out_replace(cor_out *o, const char *dir, const char *name, cor_arena *mem, cor_err *e);
/* Instead of cor_out_close: nothing was written. */
void cor_out_drop(cor_out *o);
cor_code cor_out_put(cor_out *o, cor_str s, cor_err *e);
cor_code cor_out_flush(cor_out *o, cor_err *e);
/* Flushes and closes; the error of any write is returned here too. */
cor_code cor_out_close(cor_out *o, cor_err *e);

#endif
