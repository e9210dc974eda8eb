/* Inside of the plan: which rules look at which channel. For the files of the matching half only. */
#ifndef COR_SIGMA_PLAN_H
#define COR_SIGMA_PLAN_H

#include <pthread.h>

#include "sigma/sigma.h"
#include "sigma/tree.h"

typedef struct cor_pair { /* a rule at one of its log sources */
    const cor_rule *rule;
    const cor_source *source;
} cor_pair;

typedef struct cor_gate cor_gate;

typedef struct cor_channel {
    /* plain engine */
    uint32_t *pair; /* numbers of pairs, ascending */
    uint32_t n_pair;
    /* fast engine: gates by event id, open addressing; any: for every other id */
    struct cor_gate_slot { uint32_t id; cor_gate *gate; } *slot;
    uint32_t mask;
    cor_gate *any;
} cor_channel;

struct cor_plan {
    const cor_ruleset *set;
    cor_engine engine;
    cor_arena mem;
    cor_pair *pair;        /* in order of rule numbers */
    uint32_t n_pair;
    cor_intern channel_name; /* folded */
    cor_channel *channel;  /* by number; the last one stands for every channel no source names */
    uint32_t n_channel;
    /* plain engine */
    cor_fields fields;
    cor_tree *tree;        /* by pair */
    /* fast engine */
    cor_gate *gate;
    uint32_t n_gate;
    pthread_mutex_t *lock; /* held while a gate is compiled: the one thing that changes in a plan */
};

/* Number of the channel of this head in plan->channel. */
uint32_t cor_matcher_channel(cor_matcher *m, const cor_val *channel);

struct cor_matcher {
    const cor_plan *plan;
    cor_scratch scratch;
    cor_view view;
    uint32_t *hit;         /* matched rules of the last event */
    uint32_t n_hit;
    size_t cap_hit;
    /* explain, matched, field: trees made when first asked for, by pair */
    cor_arena mem;
    cor_fields fields;
    cor_tree **tree;
    cor_view look;
    cor_scratch look_scratch;
    struct cor_fast *fast; /* fast engine's own state */
};

/* The gate of a head, NULL: no rule looks. */
static inline cor_gate *cor_channel_gate(const cor_channel *c, uint32_t id)
{
    if (c->slot != NULL)
        for (uint32_t i = id * 0x9e3779b1u >> 7 & c->mask; c->slot[i].gate != NULL; i = (i + 1) & c->mask)
            if (c->slot[i].id == id)
                return c->slot[i].gate;
    return c->any;
}

cor_code cor_fast_plan(cor_plan *p, cor_err *e);
void cor_fast_end(cor_plan *p);
bool cor_fast_new(cor_matcher *m);
void cor_fast_free(cor_matcher *m);
bool cor_fast_want(cor_matcher *m, const cor_head *head);
bool cor_fast_spare(cor_matcher *m, const cor_event *ev);
cor_code cor_fast_event(cor_matcher *m, const cor_event *ev, cor_err *e);

bool cor_plain_want(cor_matcher *m, const cor_head *head);
cor_code cor_plain_event(cor_matcher *m, const cor_event *ev, cor_err *e);
cor_code cor_plain_plan(cor_plan *p, cor_err *e);
void cor_plain_end(cor_plan *p);
/* Adds a matched rule; pairs come in order of rule numbers, so that a repeated rule is the last one. */
cor_code cor_matcher_hit(cor_matcher *m, uint32_t rule, cor_err *e);

#endif
