/* A gate: all rules that look at one (channel, event id), compiled together.
 *
 * Bits: distinct literal tests come first, then groups ("any of these literals"), each true or not for an event. A late
 * test (expression, network, number ...) is evaluated when a rule asks and remembered for the event. Every rule is a
 * line of branches over bits and late tests; it is run when one of the bits that it cannot do without was found
 * ("trigger"), or always when there is none. */
#ifndef COR_SIGMA_GATE_H
#define COR_SIGMA_GATE_H

#include <stdatomic.h>

#include "sigma/plan.h"
#include "sigma/rare.h"
#include "sigma/scan.h"
#include "sigma/sweep.h"

#define COR_LATE 0x80000000u    /* in cor_branch.what: a late test */
#define COR_SILENT 0x80000000u  /* in cor_gate_code.up */
#define COR_YES 0xfffffffeu     /* targets of branches that end the rule */
#define COR_NO 0xffffffffu

typedef struct cor_branch {
    uint32_t what, yes, no;
} cor_branch;

typedef struct cor_slot { /* one bound field */
    cor_bind bind;
    cor_scan *scan;       /* NULL: only late tests look at it */
    bool lazy;            /* none of its literals wakes a rule: scanned once some rule is awake */
    bool swept;           /* the gate's sweep finds those of its literals that wake rules */
    bool wholly;          /* and there are no others: where the sweep finds nothing, its data values hold none */
    uint32_t odd, n_odd;  /* gate->odd[odd ..]: bits to set when the text holds letters that expressions fold, we not */
} cor_slot;

typedef struct cor_late {
    cor_ready ready;
    uint32_t slot, ref;
    uint32_t need;        /* bit without which it cannot hold, COR_NONE: none */
} cor_late;

typedef struct cor_cand { /* a rule of this gate */
    uint32_t start;       /* branch, COR_YES: always true */
    uint32_t rule;
} cor_cand;

typedef struct cor_gate_code {
    cor_arena mem;
    cor_slot *slot;
    uint32_t n_slot;
    uint32_t n_bit;
    uint32_t *up_at, *up;     /* up[up_at[b] .. up_at[b + 1]]: groups that bit b sets; COR_SILENT: that wake no rule */
    uint32_t *wake_at, *wake; /* likewise: candidates that bit b triggers */
    cor_late *late;
    uint32_t n_late;
    cor_branch *branch;
    uint32_t n_branch;
    cor_cand *cand;
    uint32_t n_cand;
    uint32_t *always;         /* candidates without trigger */
    uint32_t n_always;
    uint32_t *odd;
    cor_sweep *sweep;         /* NULL: none of the slots is swept */
    bool spares;              /* where it finds nothing, and keywords nothing in System, no rule matches */
    bool keywords;            /* some of the literals are keywords */
} cor_gate_code;

struct cor_gate {
    uint32_t no;
    uint32_t channel;
    uint32_t event_id;        /* COR_NONE: every id without a gate of its own */
    uint32_t *pair;
    uint32_t n_pair;
    _Atomic(cor_gate_code *) code; /* made on first use, under plan->lock */
    atomic_bool dead;              /* compiled, and no rule is left */
};

/* The compiled gate; the first caller compiles it. */
cor_code cor_gate_get(const cor_plan *p, cor_gate *g, const cor_gate_code **out, cor_err *e);
void cor_gate_code_free(cor_gate_code *c);

/* Inside of compiling: a condition after folding what the gate decides. */
typedef enum cor_gkind {
    COR_G_FALSE,
    COR_G_TRUE,
    COR_G_BIT,
    COR_G_GROUP,
    COR_G_LATE,
    COR_G_AND,
    COR_G_OR,
    COR_G_NOT
} cor_gkind;
typedef struct cor_gnode {
    cor_gkind kind;
    bool has_late;
    uint32_t id; /* literal, group or late test */
    uint32_t n;
    struct cor_gnode **child;
} cor_gnode;

/* program.c: branches and triggers of one rule. */
typedef struct cor_program {
    cor_branch *branch;
    uint32_t n;
    size_t cap;
    bool nomem;
    uint32_t n_literal; /* group g is bit n_literal + g */
} cor_program;
uint32_t cor_program_add(cor_program *p, const cor_gnode *n, uint32_t yes, uint32_t no);

typedef struct cor_trigger {
    uint32_t *bit;  /* any of these must be set; in the caller's arena */
    uint32_t n;
    uint32_t cost;  /* how often they are likely to be, COR_NONE: there is no trigger */
} cor_trigger;
/* What is known of bits and late tests when triggers are chosen. */
typedef struct cor_costs {
    const uint32_t *of_bit;
    const cor_late *late;
    uint32_t n_literal;
} cor_costs;
/* False: no memory. */
bool cor_trigger_of(const cor_gnode *n, const cor_costs *c, cor_arena *mem, cor_trigger *out);

#endif
