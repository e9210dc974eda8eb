/* Tools for readers whose shape is not nested as the log is: they gather what stands in System, have it put in order,
 * and append the rest. */
#ifndef COR_EVENTS_BUILD_H
#define COR_EVENTS_BUILD_H

#include "events/tree.h"

typedef struct cor_build {
    cor_arena *mem;
    cor_err *e;
    cor_elem *root;    /* what is built */
    unsigned flags;    /* cor_event_flags that the shape knows of */
    void *own;         /* of the reader */
} cor_build;

/* What stands in System, as text in whatever form the shape has it; .n 0: absent. */
typedef struct cor_sysset {
    cor_str v[COR_SYS_N];
    cor_time time; /* COR_NOTIME: v[COR_SYS_TIME_CREATED] is taken as it stands */
} cor_sysset;

/* b->root with its System, in the order and with the forms of the log: keywords hexadecimal, names of levels, opcodes
 * and audit keywords as their numbers (other names are left out), GUIDs in braces. */
cor_code cor_build_system(cor_build *b, const cor_sysset *s);
/* A child of b->root, made when it is not there. NULL: no memory. */
cor_elem *cor_build_part(cor_build *b, const char *name);
/* RenderingInfo/name with text; nothing when the text is empty. */
cor_code cor_build_rendering(cor_build *b, const char *name, cor_str text);
/* The number of a level's English name; the text itself when it is none. */
cor_str cor_build_level(cor_str name, cor_str provider);

/* Times as exports write them: ISO 8601, /Date(ms)/, seconds or milliseconds since 1970, 03/25/2022 05:46:37.123 PM. */
bool cor_build_time(cor_str s, cor_time *out, bool *zoned);
/* Seconds since 1970 as a decimal number, cut to 100 ns. */
bool cor_build_epoch(cor_str s, cor_time *out);
/* ISO text of t in the arena; .p NULL: no memory. */
cor_str cor_build_iso(cor_arena *mem, cor_time t);

#endif
