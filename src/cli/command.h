/* CONTRACT. What a command is. One descriptor a command; parsing, --help, man page and completion are made from it.
 * Adding one: a file cmd_NAME.c with its descriptor, a line in commands.c and one in meson.build. */
#ifndef COR_CLI_COMMAND_H
#define COR_CLI_COMMAND_H

#include "cli/args.h"
#include "cli/terminal.h"

/* How the program ends; scripts rely on the numbers, so they never change. */
typedef enum cor_exit {
    COR_EXIT_OK = 0,
    COR_EXIT_FAIL_ON = 1,      /* --fail-on was reached */
    COR_EXIT_USAGE = 2,        /* asked for something impossible; also: could not do it at all (no memory, disk full) */
    COR_EXIT_RULES = 3,        /* no usable rules; `rules check`: one was refused */
    COR_EXIT_EVIDENCE = 4,     /* some recognised evidence was not read to its end */
    COR_EXIT_UNAVAILABLE = 5,  /* not available in this build or version */
    COR_EXIT_ACT = 6,          /* an act failed or is partial */
    COR_EXIT_INTERRUPTED = 130,
} cor_exit;

enum cor_command_flags {
    COR_CMD_EVIDENCE = 1,  /* reads evidence: takes PATH... and the options of cli/evidence.h */
    COR_CMD_RULES = 4,     /* matches rules: takes the options of cli/rules.h */
    COR_CMD_HIDDEN = 2,    /* for the build and for developers: not in the overview, no man page */
};

typedef struct cor_example {
    const char *line;  /* what to type */
    const char *what;  /* what it does */
} cor_example;

typedef struct cor_command cor_command;
struct cor_command {
    const char *name;              /* "decode"; of a member of a group its second word, "check" */
    const char *summary;           /* one line, imperative, no full stop */
    const char *synopsis;          /* what follows the options: "PATH..."; NULL: nothing */
    const char *about;             /* paragraphs for --help and the man page, parted by an empty line; may be NULL */
    const cor_opt *opt;            /* own options, ends with .name NULL; may be NULL */
    unsigned flags;
    int min_args, max_args;        /* words that are not options; max_args < 0: any number */
    unsigned exits;                /* bits 1u << code of what it may return besides 0 and 2 */
    const cor_example *example;    /* ends with .line NULL; may be NULL */
    const cor_command *const *sub; /* a group, ends with NULL: `cordon rules check`; run is NULL then */
    int (*run)(cor_cli *cli, const cor_args *a); /* returns a cor_exit */
};

extern const cor_command *const cor_commands[]; /* ends with NULL, in the order of the overview */
/* The member of a list with this name, or NULL. */
const cor_command *cor_command_find(const cor_command *const *list, const char *name);
/* The name closest to a mistyped one, or NULL when none is near. */
const char *cor_nearest(const char *word, const char *const *name, size_t n);
/* What the exit code means, for help and man pages; NULL when there is no such code. */
const char *cor_exit_text(unsigned code);

#endif
