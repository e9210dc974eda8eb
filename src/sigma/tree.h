/* A rule's condition made ready for one log source, evaluated plainly: node by node, test by test. The oracle of the
 * fast engine, and what explain and matched fields come from. */
#ifndef COR_SIGMA_TREE_H
#define COR_SIGMA_TREE_H

#include "sigma/test.h"

/* Conditions nest no deeper than this; the loader refuses deeper ones, so that recursion over conditions is bounded. */
#define COR_SIGMA_DEPTH_MAX 200

/* Distinct binds, numbered. */
typedef struct cor_fields {
    cor_intern key;
    cor_bind *bind; /* by number */
    size_t cap;
} cor_fields;
uint32_t cor_fields_add(cor_fields *f, const cor_bind *b); /* COR_NONE: no memory */
void cor_fields_free(cor_fields *f);

typedef struct cor_leaf {
    cor_ready ready;
    uint32_t field, ref; /* numbers in cor_fields; ref: FIELDREF only */
    struct cor_leaf *next; /* of the same tree, for freeing */
} cor_leaf;

typedef struct cor_tnode {
    cor_node_kind kind;
    uint32_t n;
    struct cor_tnode **child;
    cor_leaf *leaf;
    cor_str label;
} cor_tnode;

typedef struct cor_tree {
    const cor_source *source;
    cor_tnode *require;  /* AND over the source's own conditions */
    cor_tnode *root;     /* the rule's condition */
    cor_leaf *leaves;
} cor_tree;

cor_code cor_tree_make(const cor_ruleset *s, const cor_rule *r, const cor_source *source, cor_fields *f, cor_arena *mem,
                       cor_tree *out, cor_err *e);
void cor_tree_end(cor_tree *t); /* what the arena does not own */

/* Values of fields of one event, made once each. */
typedef struct cor_view {
    const cor_ruleset *set;
    const cor_fields *fields;
    const cor_event *ev;
    cor_scratch *scratch;
    cor_values *value; /* by field number */
    uint32_t *stamp;   /* == now: value is of this event */
    size_t cap, scap;
    uint32_t now;
} cor_view;
/* Turns the view to an event; the caller resets scratch->mem before. False: no memory. */
bool cor_view_turn(cor_view *v, const cor_ruleset *set, const cor_fields *f, const cor_event *ev, cor_scratch *scratch);
void cor_view_free(cor_view *v);
/* NULL and scratch->nomem: no memory. */
const cor_values *cor_view_values(cor_view *v, uint32_t field);

bool cor_tnode_holds(const cor_tnode *n, cor_view *v);
bool cor_leaf_holds(const cor_leaf *l, cor_view *v, uint32_t *which);
static inline bool cor_tree_holds(const cor_tree *t, cor_view *v)
{
    return cor_tnode_holds(t->require, v) && cor_tnode_holds(t->root, v);
}
/* Channel and event id only. */
bool cor_source_covers(const cor_source *s, const cor_head *head, cor_scratch *scratch);

#endif
