#include "base/alloc.h"
#include "sigma/gate_maker.h"

/* Lists by key as one array: at[k] .. at[k + 1]. Call first to count (fill false), then to fill. */
typedef struct lists {
    uint32_t *at, *item, *next;
} lists;

static bool lists_make(lists *l, uint32_t keys, const uint32_t *count, cor_arena *mem, cor_arena *tmp)
{
    l->at = cor_arena_get(mem, (keys + (size_t)1) * sizeof *l->at);
    l->next = cor_arena_get(tmp, (keys + (size_t)1) * sizeof *l->next);
    if (l->at == NULL || l->next == NULL)
        return false;
    uint32_t n = 0;
    for (uint32_t k = 0; k < keys; k++) {
        l->at[k] = l->next[k] = n;
        n += count[k];
    }
    l->at[keys] = n;
    l->item = cor_arena_get(mem, n * sizeof *l->item);
    return l->item != NULL;
}

/* Whether finding the bit wakes a rule, by itself or through a group. */
static bool wakes(const cor_gate_code *c, uint32_t bit)
{
    bool w = c->wake_at[bit + 1] != c->wake_at[bit];
    for (uint32_t i = c->up_at[bit]; !w && i < c->up_at[bit + 1]; i++)
        w = c->wake_at[c->up[i] + 1] != c->wake_at[c->up[i]];
    return w;
}

static cor_code finish_slots(cor_maker *m)
{
    cor_gate_code *c = m->code;
    c->n_slot = (uint32_t)m->slots.key.n;
    c->slot = cor_arena_zero(&c->mem, c->n_slot * sizeof *c->slot);
    uint32_t *count = cor_arena_zero(&m->tmp, c->n_slot * sizeof *count);
    cor_literal *sorted = cor_arena_get(&m->tmp, m->n_lit * sizeof *sorted);
    uint32_t *at = cor_arena_get(&m->tmp, (c->n_slot + (size_t)1) * sizeof *at);
    c->odd = cor_arena_get(&c->mem, m->n_odd * sizeof *c->odd);
    if (c->slot == NULL || count == NULL || sorted == NULL || at == NULL || c->odd == NULL)
        return cor_maker_nomem(m);
    for (uint32_t i = 0; i < m->n_lit; i++)
        count[m->lit[i].slot]++;
    for (uint32_t s = 0, n = 0; s < c->n_slot; n += count[s++])
        at[s] = n;
    for (uint32_t i = 0; i < m->n_lit; i++)
        sorted[at[m->lit[i].slot]++] = m->lit[i].lit;
    for (uint32_t s = 0; s < c->n_slot; s++)
        c->slot[s].lazy = true;
    for (uint32_t i = 0; i < m->n_lit; i++)
        c->slot[m->lit[i].slot].lazy &= !wakes(c, i);
    uint32_t n_odd = 0;
    for (uint32_t s = 0; s < c->n_slot; s++) {
        c->slot[s].bind = m->slots.bind[s];
        if (count[s] != 0 && (c->slot[s].scan = cor_scan_make(sorted + at[s] - count[s], count[s], &c->mem)) == NULL)
            return cor_maker_nomem(m);
        c->slot[s].odd = n_odd;
        for (uint32_t i = 0; i < m->n_odd; i++)
            if (m->odd[i].slot == s)
                c->odd[n_odd++] = m->odd[i].bit;
        c->slot[s].n_odd = n_odd - c->slot[s].odd;
    }
    return COR_OK;
}

static cor_code finish_groups(cor_maker *m, uint32_t *cost)
{
    cor_gate_code *c = m->code;
    uint32_t *count = cor_arena_zero(&m->tmp, c->n_bit * sizeof *count), n_group = (uint32_t)m->group_key.n;
    lists up;
    if (count == NULL)
        return cor_maker_nomem(m);
    for (uint32_t g = 0; g < n_group; g++)
        for (uint32_t i = 0; i < m->group[g].n; i++)
            count[m->group[g].bit[i]]++;
    if (!lists_make(&up, c->n_bit, count, &c->mem, &m->tmp))
        return cor_maker_nomem(m);
    for (uint32_t g = 0; g < n_group; g++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < m->group[g].n; i++) {
            uint32_t bit = m->group[g].bit[i];
            up.item[up.next[bit]++] = m->n_lit + g;
            sum += cost[bit];
        }
        cost[m->n_lit + g] = sum < COR_NONE ? (uint32_t)sum : COR_NONE - 1;
    }
    c->up_at = up.at;
    c->up = up.item;
    return COR_OK;
}

static cor_code finish_rules(cor_maker *m, cor_gnode *const *node, const uint32_t *cost)
{
    cor_gate_code *c = m->code;
    uint32_t n = m->gate->n_pair;
    cor_program prog = {.n_literal = m->n_lit};
    cor_trigger *trigger = cor_arena_zero(&m->tmp, n * sizeof *trigger);
    uint32_t *count = cor_arena_zero(&m->tmp, c->n_bit * sizeof *count);
    c->cand = cor_arena_get(&c->mem, n * sizeof *c->cand);
    c->always = cor_arena_get(&c->mem, n * sizeof *c->always);
    bool ok = trigger != NULL && count != NULL && c->cand != NULL && c->always != NULL;
    cor_costs costs = {cost, m->late, m->n_lit};
    for (uint32_t i = 0; ok && i < n; i++) {
        uint32_t start = cor_program_add(&prog, node[i], COR_YES, COR_NO);
        if (start == COR_NO)
            continue;
        ok = cor_trigger_of(node[i], &costs, &m->tmp, &trigger[c->n_cand]);
        if (trigger[c->n_cand].cost == COR_NONE)
            c->always[c->n_always++] = c->n_cand;
        for (uint32_t k = 0; k < trigger[c->n_cand].n; k++)
            count[trigger[c->n_cand].bit[k]]++;
        c->cand[c->n_cand++] = (cor_cand){start, m->plan->pair[m->gate->pair[i]].rule->no};
    }
    lists wake;
    ok = ok && !prog.nomem && lists_make(&wake, c->n_bit, count, &c->mem, &m->tmp);
    c->branch = ok ? cor_arena_get(&c->mem, prog.n * sizeof *c->branch) : NULL;
    if (c->branch != NULL && prog.n != 0)
        memcpy(c->branch, prog.branch, prog.n * sizeof *c->branch);
    c->n_branch = prog.n;
    cor_free(prog.branch);
    if (c->branch == NULL)
        return cor_maker_nomem(m);
    for (uint32_t i = 0; i < c->n_cand; i++)
        for (uint32_t k = 0; k < trigger[i].n; k++)
            wake.item[wake.next[trigger[i].bit[k]]++] = i;
    c->wake_at = wake.at;
    c->wake = wake.item;
    return COR_OK;
}

/* Groups that wake no rule need not be queued when they are set: most are of filters. */
static void mark_silent(cor_gate_code *c)
{
    for (uint32_t i = 0; i < c->up_at[c->n_bit]; i++)
        if (c->wake_at[c->up[i] + 1] == c->wake_at[c->up[i]])
            c->up[i] |= COR_SILENT;
}

/* Which slots can be swept. A sweep asks text as it stands in the evidence, for printable ASCII. */
static void choose_swept(cor_maker *m, bool keywords)
{
    cor_gate_code *c = m->code;
    for (uint32_t s = 0; s < c->n_slot; s++) {
        cor_slot *slot = &c->slot[s];
        slot->swept = slot->scan != NULL && !slot->lazy && slot->bind.map == NULL && !slot->bind.sys_always &&
                      slot->n_odd == 0 && (!keywords || slot->bind.name.p == NULL);
        slot->wholly = slot->swept;
    }
    for (uint32_t i = 0; i < m->n_lit; i++) {
        cor_slot *slot = &c->slot[m->lit[i].slot];
        cor_str t = m->lit[i].lit.text;
        if (!wakes(c, i))
            slot->wholly = false;
        else if (!cor_sweep_can(t) || cor_literal_typed(t))
            slot->swept = false;
    }
}

/* Their literals, each once. False: they are too many. */
static bool literals_to_sweep(const cor_maker *m, cor_str *text, uint32_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < m->n_lit; i++) {
        bool had = !m->code->slot[m->lit[i].slot].swept || !wakes(m->code, i);
        for (uint32_t k = 0; k < *n && !had; k++)
            had = cor_str_eq(text[k], m->lit[i].lit.text);
        if (!had && *n == COR_SWEPT)
            return false;
        if (!had)
            text[(*n)++] = m->lit[i].lit.text;
    }
    return *n != 0;
}

/* All slots that can be, else keywords alone: every value is searched for those. */
static cor_code finish_sweep(cor_maker *m)
{
    cor_str text[COR_SWEPT];
    uint32_t n;
    cor_gate_code *c = m->code;
    for (int keywords = 0; keywords < 2 && c->sweep == NULL; keywords++) {
        choose_swept(m, keywords);
        if (literals_to_sweep(m, text, &n) && !cor_sweep_make(text, n, &m->common, &c->mem, &c->sweep))
            return cor_maker_nomem(m);
    }
    return COR_OK;
}

/* Whether the sweep can end an event: every rule waits for a literal, and all literals that wake rules are swept. */
static void see_spares(cor_gate_code *c)
{
    c->spares = c->sweep != NULL && c->n_always == 0;
    for (uint32_t i = 0; i < c->n_slot; i++) {
        const cor_slot *s = &c->slot[i];
        c->keywords |= s->scan != NULL && s->bind.name.p == NULL && s->bind.map == NULL;
        c->spares &= s->scan == NULL || s->lazy || (s->swept && s->bind.sys < 0); /* a System value is not swept */
    }
}

cor_code cor_maker_finish(cor_maker *m, cor_gnode *const *node)
{
    cor_gate_code *c = m->code;
    c->n_bit = m->n_lit + (uint32_t)m->group_key.n;
    uint32_t *cost = cor_arena_get(&m->tmp, c->n_bit * sizeof *cost);
    if (cost == NULL)
        return cor_maker_nomem(m);
    for (uint32_t i = 0; i < m->n_lit; i++)
        cost[i] = m->lit[i].cost;
    cor_code code = finish_groups(m, cost);
    if (code == COR_OK)
        code = finish_rules(m, node, cost);
    if (code == COR_OK)
        code = finish_slots(m);
    if (code == COR_OK)
        code = finish_sweep(m);
    if (code == COR_OK) {
        see_spares(c);
        mark_silent(c);
    }
    return code;
}
