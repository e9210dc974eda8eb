/* The rules of the folder rules/, carried inside the program; the table is made at build time by tools/embed-rules. */
#ifndef COR_SIGMA_BUILTIN_H
#define COR_SIGMA_BUILTIN_H

#include <stddef.h>

typedef struct cor_builtin_rule {
    const char *name;   /* path below rules/ */
    const char *text;   /* YAML, not NUL-terminated */
    size_t n;
} cor_builtin_rule;

extern const cor_builtin_rule cor_builtin_rules[]; /* in byte order of names; ends with .name NULL */

#endif
