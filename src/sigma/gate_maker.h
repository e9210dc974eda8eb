/* Inside of compiling a gate: what is gathered while its rules are read. Shared by gate.c (conditions), gate_bits.c
 * (fields, literals, late tests) and gate_finish.c (putting together) alone. */
#ifndef COR_SIGMA_GATE_MAKER_H
#define COR_SIGMA_GATE_MAKER_H

#include "sigma/gate.h"

typedef struct cor_made_literal {
    cor_literal lit;
    uint32_t slot, cost;
    bool loose; /* may be set without being there (see cor_regex_odd): nothing else may share the bit */
    uint64_t hash;
} cor_made_literal;

typedef struct cor_made_group {
    uint32_t *bit; /* ascending */
    uint32_t n;
} cor_made_group;

typedef struct cor_made_odd {
    uint32_t slot, bit;
} cor_made_odd;

typedef struct cor_maker {
    const cor_plan *plan;
    const cor_gate *gate;
    cor_gate_code *code;
    cor_arena tmp;
    cor_err *e;
    cor_scratch scratch;     /* for conditions on what the gate decides */
    cor_common common;
    cor_fields slots;
    cor_intern name;         /* (source, Sigma field) -> slot */
    uint32_t *slot_of_name;
    size_t cap_name;
    const cor_source *last_source;
    const char *last_field;
    size_t last_n;
    uint32_t last_slot;
    cor_made_literal *lit;
    uint32_t n_lit;
    size_t cap_lit;
    uint32_t *lit_slot, lit_mask; /* open addressing */
    cor_intern group_key;
    cor_made_group *group;
    size_t cap_group;
    cor_intern late_key;
    cor_late *late;
    size_t cap_late;
    cor_made_odd *odd;
    uint32_t n_odd;
    size_t cap_odd;
    cor_buf buf;
    const cor_source *source; /* of the pair in work */
} cor_maker;

static inline cor_code cor_maker_nomem(cor_maker *m)
{
    return cor_nomem(m->e, "sigma");
}

/* The slot of a Sigma field in the source in work. COR_NONE: no memory. */
uint32_t cor_maker_slot(cor_maker *m, cor_str field);
/* The bit of a literal, text unfolded. COR_NONE: no memory. */
uint32_t cor_maker_literal(cor_maker *m, uint32_t slot, cor_where where, cor_str text, bool loose);
cor_where cor_maker_where(cor_op op);
/* Makes *n the late test t. */
cor_code cor_maker_late(cor_maker *m, const cor_test *t, uint32_t slot, cor_gnode *n);

/* Everything gathered into m->code; node: the conditions, by pair of the gate. */
cor_code cor_maker_finish(cor_maker *m, cor_gnode *const *node);

#endif
