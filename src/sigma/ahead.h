/* Rule files parsed ahead of the loader by a second thread. Finding, reading and understanding files stays with the
 * caller, who gets them back in the order in which they came: nothing shows that two are at work. */
#ifndef COR_SIGMA_AHEAD_H
#define COR_SIGMA_AHEAD_H

#include "sigma/yaml.h"

/* A rule file as YAML trees. */
typedef struct cor_parsed {
    cor_str name, text;
    bool named;             /* the user named this very file */
    struct cor_parsed_doc { const cor_ynode *root; struct cor_parsed_doc *next; } *doc;
    cor_code code;          /* after the documents: why there are no more */
    cor_err why;
} cor_parsed;

/* Fills doc, code and why of *p from its text; the trees are in mem. */
void cor_parse_file(cor_parsed *p, cor_arena *mem);

typedef struct cor_ahead cor_ahead;
typedef cor_code (*cor_ahead_fn)(void *ctx, const cor_parsed *p, cor_err *e);

/* take is called in the caller's thread alone. NULL: no memory, no thread. */
cor_ahead *cor_ahead_new(cor_ahead_fn take, void *ctx);
/* Name and text are copied. Calls take for earlier files when too many wait. */
cor_code cor_ahead_add(cor_ahead *a, cor_str name, cor_str text, bool named, cor_err *e);
/* Calls take for all that wait. NULL is fine. */
cor_code cor_ahead_drain(cor_ahead *a, cor_err *e);
void cor_ahead_free(cor_ahead *a);

#endif
