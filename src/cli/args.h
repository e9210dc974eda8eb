/* CONTRACT. Options as data and the parsed command line. */
#ifndef COR_CLI_ARGS_H
#define COR_CLI_ARGS_H

#include "base/base.h"

enum cor_opt_flags {
    COR_OPT_MANY = 1, /* may be given several times; else the last one counts */
    COR_OPT_FILE = 2, /* the value is a path: completion offers files */
};

typedef struct cor_opt {
    char letter;         /* 0: none */
    const char *name;    /* long name without dashes */
    const char *arg;     /* what its value is called: "FILE"; NULL: a switch */
    const char *help;    /* one sentence, no full stop */
    const char *choice;  /* "jsonl|xml": the only values there are; NULL: any */
    unsigned flags;
} cor_opt;

struct cor_command;

typedef struct cor_given {
    const cor_opt *opt;
    const char *value;   /* NULL for a switch */
} cor_given;

/* Everything borrows from argv and the tables; freed by cor_args_free. */
typedef struct cor_args {
    const struct cor_command *group; /* NULL unless the command is a member of a group */
    const struct cor_command *cmd;
    cor_given *seen;      /* options in the order given */
    size_t n_seen;
    const char **word;   /* the rest */
    size_t n_word;
} cor_args;

/* The option tables that hold for a command, in the order of help: own, rules, evidence, common. */
#define COR_OPT_TABLES 4
typedef struct cor_opt_table {
    const char *title;
    const cor_opt *opt;  /* ends with .name NULL; may be NULL */
} cor_opt_table;
void cor_opt_tables(const struct cor_command *cmd, cor_opt_table out[COR_OPT_TABLES]);

/* Parses what follows the command's name. Options may stand anywhere; "--" ends them; "-" is a word. */
cor_code cor_args_parse(const struct cor_command *cmd, int argc, char *const *argv, cor_args *out, cor_err *e);
void cor_args_free(cor_args *a);

/* By long name, which must be in the command's tables (a slip of the programmer aborts). */
bool cor_args_has(const cor_args *a, const char *name);
const char *cor_args_value(const cor_args *a, const char *name); /* the last one given; NULL when none */
/* All values of a repeatable option, in order. *out is allocated (free with cor_free) and NULL when n is 0. */
cor_code cor_args_values(const cor_args *a, const char *name, const char ***out, size_t *n, cor_err *e);
/* A whole number in lo..hi; `otherwise` when the option was not given. */
cor_code cor_args_number(const cor_args *a, const char *name, long lo, long hi, long otherwise, long *out, cor_err *e);

#endif
