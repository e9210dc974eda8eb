#include "base/alloc.h"
#include "sigma/gate.h"

static uint32_t branch(cor_program *p, uint32_t what, uint32_t yes, uint32_t no)
{
    cor_branch *b = cor_grow(p->branch, &p->cap, p->n + (size_t)1, sizeof *b);
    if (b == NULL) {
        p->nomem = true;
        return no;
    }
    p->branch = b;
    b[p->n] = (cor_branch){what, yes, no};
    return p->n++;
}

/* Returns where to begin. Built from the end, so that every target is known. Cheap children are asked first. */
uint32_t cor_program_add(cor_program *p, const cor_gnode *n, uint32_t yes, uint32_t no)
{
    switch (n->kind) {
    case COR_G_TRUE: return yes;
    case COR_G_FALSE: return no;
    case COR_G_BIT: return branch(p, n->id, yes, no);
    case COR_G_GROUP: return branch(p, p->n_literal + n->id, yes, no);
    case COR_G_LATE: return branch(p, n->id | COR_LATE, yes, no);
    case COR_G_NOT: return cor_program_add(p, n->child[0], no, yes);
    case COR_G_AND: case COR_G_OR: break;
    }
    uint32_t at = n->kind == COR_G_AND ? yes : no;
    for (int late = 1; late >= 0; late--)
        for (uint32_t i = n->n; i-- > 0;)
            if (n->child[i]->has_late == (bool)late)
                at = n->kind == COR_G_AND ? cor_program_add(p, n->child[i], at, no)
                                          : cor_program_add(p, n->child[i], yes, at);
    return at;
}

static bool one(uint32_t bit, const cor_costs *c, cor_arena *mem, cor_trigger *out)
{
    out->bit = cor_arena_get(mem, sizeof *out->bit);
    if (out->bit == NULL)
        return false;
    out->bit[0] = bit;
    out->n = 1;
    out->cost = c->of_bit[bit];
    return true;
}

static bool all_of(cor_trigger *part, uint32_t n, cor_arena *mem, cor_trigger *out)
{
    uint64_t cost = 0;
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (part[i].cost == COR_NONE)
            return true; /* one way without a trigger: no trigger at all */
        cost += part[i].cost;
        total += part[i].n;
    }
    out->bit = cor_arena_get(mem, total * sizeof *out->bit);
    if (out->bit == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(out->bit + out->n, part[i].bit, part[i].n * sizeof *out->bit);
        out->n += part[i].n;
    }
    out->cost = cost < COR_NONE ? (uint32_t)cost : COR_NONE - 1;
    return true;
}

bool cor_trigger_of(const cor_gnode *n, const cor_costs *c, cor_arena *mem, cor_trigger *out)
{
    *out = (cor_trigger){NULL, 0, COR_NONE};
    switch (n->kind) {
    case COR_G_BIT: return one(n->id, c, mem, out);
    case COR_G_GROUP: return one(c->n_literal + n->id, c, mem, out);
    case COR_G_LATE: return c->late[n->id].need == COR_NONE || one(c->late[n->id].need, c, mem, out);
    case COR_G_AND: case COR_G_OR: break;
    default: return true;
    }
    cor_trigger *part = cor_arena_get(mem, n->n * sizeof *part);
    if (part == NULL)
        return false;
    for (uint32_t i = 0; i < n->n; i++)
        if (!cor_trigger_of(n->child[i], c, mem, &part[i]))
            return false;
    if (n->kind == COR_G_OR)
        return all_of(part, n->n, mem, out);
    for (uint32_t i = 0; i < n->n; i++)
        if (part[i].cost < out->cost)
            *out = part[i];
    return true;
}
