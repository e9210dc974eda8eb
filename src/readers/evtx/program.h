/* The programs of lane.c and how a shape becomes one. */
#ifndef COR_READERS_EVTX_PROGRAM_H
#define COR_READERS_EVTX_PROGRAM_H

#include "events/event.h"
#include "formats/evtx/evtx.h"

typedef enum cor_evtx_op_kind {
    OP_LIT,        /* nothing but the literal before it */
    OP_J_VALUE,    /* hole as a JSON value; flag: "" when empty, else null */
    OP_J_ATTRS,    /* an element with attributes: OP_J_ATTR and OP_J_ATTR_LIT follow, then OP_J_CONTENT */
    OP_J_ATTR,     /* "name": in lit, value in hole; left out when empty */
    OP_J_ATTR_LIT, /* "name":"value" in lit */
    OP_J_CONTENT,  /* flag CONTENT_*; literal in lit, or hole */
    OP_J_CLOSE,    /* ends an object */
    OP_J_POS,      /* unnamed Data of an EventData: hole */
    OP_X_VALUE,    /* hole as XML text */
    OP_X_ATTR,     /* ' name="' in lit, value in hole, left out when empty */
    OP_X_POS,      /* unnamed Data: start tag in lit, value or values in hole */
    OP_DEP,        /* the next len operations are left out when the hole is NULL */
    OP_NEST,       /* hole holds an instance of its own */
} cor_evtx_op_kind;

#define COR_EVTX_LIT_PAD 32u /* readable bytes behind a program's literals */

enum { CONTENT_NONE, CONTENT_LITERAL, CONTENT_HOLE };

typedef struct cor_evtx_op {
    uint8_t kind, flag;
    uint16_t hole;
    uint32_t before, n_before; /* literal printed in front: lit[before..before + n_before) */
    uint32_t at, len;          /* literal of its own, or a count */
} cor_evtx_op;

typedef struct cor_evtx_program {
    const cor_evtx_op *op;
    uint32_t n;
    bool by_tree;          /* the shape has something no operation says */
    const uint8_t *lit;
} cor_evtx_program;

/* In mem, which lives as long as the shape. */
cor_code cor_evtx_program_new(const cor_bx_shape *shape, cor_format fmt, cor_arena *mem, cor_evtx_program **out,
                              cor_err *e);

#endif
