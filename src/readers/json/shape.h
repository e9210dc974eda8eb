/* Inside of readers/json: the shapes, and the tools they are built with. */
#ifndef COR_READERS_JSON_SHAPE_H
#define COR_READERS_JSON_SHAPE_H

#include "events/tree.h"
#include "formats/json/json.h"

typedef struct cor_build {
    cor_arena *mem;
    cor_err *e;
    cor_elem *root;    /* what is built */
    unsigned flags;    /* cor_event_flags that the shape knows of */
} cor_build;

typedef struct cor_shape {
    const char *name;  /* as the note tells it */
    bool (*is)(const cor_jnode *o);
    cor_code (*build)(cor_build *b, const cor_jnode *o);
} cor_shape;

extern const cor_shape *const cor_shapes[]; /* in the order they are asked; ends with NULL */

bool cor_shape_nested_is(const cor_jnode *o);
cor_code cor_shape_nested(cor_build *b, const cor_jnode *o);
bool cor_shape_separate_is(const cor_jnode *o);
bool cor_shape_dumpevtx_is(const cor_jnode *o);
cor_code cor_shape_dumpevtx(cor_build *b, const cor_jnode *o);

/* Text and flags of a scalar or null. */
cor_str cor_shape_text(const cor_jnode *v, unsigned *flags);
/* Seconds since 1970 as a decimal number, cut to 100 ns. */
bool cor_shape_epoch(cor_str s, cor_time *out);
/* ISO text of t in the arena; .p NULL: no memory. */
cor_str cor_shape_iso(cor_arena *mem, cor_time t);

#endif
