#include "sigma/gate.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf.h"

/* ---- what compiling needs ---- */

typedef struct literal {
    cor_literal lit;
    uint32_t slot, cost;
    bool loose; /* may be set without being there (see cor_regex_odd): nothing else may share the bit */
    uint64_t hash;
} literal;

typedef struct group {
    uint32_t *bit; /* ascending */
    uint32_t n;
} group;

typedef struct odd_bit {
    uint32_t slot, bit;
} odd_bit;

typedef struct maker {
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
    literal *lit;
    uint32_t n_lit;
    size_t cap_lit;
    uint32_t *lit_slot, lit_mask; /* open addressing */
    cor_intern group_key;
    group *group;
    size_t cap_group;
    cor_intern late_key;
    cor_late *late;
    size_t cap_late;
    odd_bit *odd;
    uint32_t n_odd;
    size_t cap_odd;
    cor_buf buf;
    const cor_source *source; /* of the pair in work */
} maker;

static cor_code nomem(maker *m)
{
    return cor_nomem(m->e, "sigma");
}

static void maker_free(maker *m)
{
    cor_arena_free(&m->tmp);
    cor_scratch_free(&m->scratch);
    cor_fields_free(&m->slots);
    cor_intern_free(&m->name);
    cor_intern_free(&m->group_key);
    cor_intern_free(&m->late_key);
    cor_free(m->slot_of_name);
    cor_free(m->lit);
    cor_free(m->lit_slot);
    cor_free(m->group);
    cor_free(m->late);
    cor_free(m->odd);
    cor_buf_free(&m->buf);
}

/* ---- fields ---- */

static uint32_t slot_of(maker *m, cor_str field)
{
    if (m->source == m->last_source && field.p == m->last_field && field.n == m->last_n)
        return m->last_slot;
    cor_buf_clear(&m->buf);
    cor_buf_put(&m->buf, &m->source, sizeof m->source);
    cor_buf_c(&m->buf, field.p == NULL);
    cor_buf_str(&m->buf, field);
    uint32_t had = (uint32_t)m->name.n, no = cor_buf_ok(&m->buf) ? cor_intern_add(&m->name, cor_buf_view(&m->buf)) : COR_NONE;
    if (no == COR_NONE)
        return COR_NONE;
    if (no == had) {
        uint32_t *of = cor_grow(m->slot_of_name, &m->cap_name, no + (size_t)1, sizeof *of);
        if (of == NULL)
            return COR_NONE;
        m->slot_of_name = of;
        cor_bind b = cor_bind_of(m->plan->set, m->source, field);
        of[no] = cor_fields_add(&m->slots, &b);
    }
    m->last_source = m->source;
    m->last_field = field.p;
    m->last_n = field.n;
    return m->last_slot = m->slot_of_name[no];
}

/* ---- literals ---- */

/* How many of a hundred events are likely to hold it: a guess, that only picks triggers. */
static uint32_t literal_cost(const maker *m, cor_where where, cor_str t)
{
    bool common = cor_common_text(&m->common, t);
    switch (where) {
    case COR_AT_WHOLE: return t.n <= 2 ? 60 : t.n <= 5 ? 20 : common ? 10 : 2;
    case COR_AT_HEAD: return common ? 70 : t.n < 5 ? 50 : 8;
    case COR_AT_TAIL: return t.n < 5 ? 80 : common ? 25 : 3;
    case COR_AT_INSIDE: break;
    }
    return t.n == 0 ? 100 : t.n == 1 ? 95 : t.n == 2 ? 80 : t.n == 3 ? 50 : common ? 60 : t.n == 4 ? 25 : t.n < 8 ? 10 : t.n < 12 ? 5 : 3;
}

static bool literal_room(maker *m)
{
    if ((m->n_lit + 1) * 2 <= m->lit_mask)
        return true;
    uint32_t n = m->lit_mask == 0 ? 256 : (m->lit_mask + 1) * 2;
    uint32_t *slot = cor_alloc(n * sizeof *slot);
    if (slot == NULL)
        return false;
    memset(slot, 0xff, n * sizeof *slot);
    for (uint32_t i = 0; i < m->n_lit; i++) {
        uint32_t k = (uint32_t)m->lit[i].hash & (n - 1);
        while (slot[k] != COR_NONE)
            k = (k + 1) & (n - 1);
        slot[k] = i;
    }
    cor_free(m->lit_slot);
    m->lit_slot = slot;
    m->lit_mask = n - 1;
    return true;
}

/* The bit of a literal, text unfolded. COR_NONE: no memory. */
static uint32_t literal_bit(maker *m, uint32_t slot, cor_where where, cor_str text, bool loose)
{
    cor_buf_clear(&m->buf);
    cor_fold_utf8(text, &m->buf);
    if (!cor_buf_ok(&m->buf) || !literal_room(m))
        return COR_NONE;
    cor_str t = cor_buf_view(&m->buf);
    uint64_t h = cor_hash(t.p, t.n) + (slot * 8u + loose * 4u + (uint32_t)where) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    uint32_t k = (uint32_t)h & m->lit_mask;
    for (; m->lit_slot[k] != COR_NONE; k = (k + 1) & m->lit_mask) {
        const literal *l = &m->lit[m->lit_slot[k]];
        if (l->hash == h && l->slot == slot && l->lit.where == where && l->loose == loose && cor_str_eq(l->lit.text, t))
            return l->lit.bit;
    }
    literal *l = cor_grow(m->lit, &m->cap_lit, m->n_lit + (size_t)1, sizeof *l);
    if (l == NULL)
        return COR_NONE;
    m->lit = l;
    l += m->n_lit;
    l->lit = (cor_literal){cor_arena_str(&m->code->mem, t), m->n_lit, where};
    l->slot = slot;
    l->loose = loose;
    l->hash = h;
    l->cost = literal_cost(m, where, t);
    if (l->lit.text.p == NULL)
        return COR_NONE;
    m->lit_slot[k] = m->n_lit;
    return m->n_lit++;
}

static cor_where where_of(cor_op op)
{
    return op == COR_OP_EQUALS ? COR_AT_WHOLE : op == COR_OP_STARTSWITH ? COR_AT_HEAD : op == COR_OP_ENDSWITH ? COR_AT_TAIL : COR_AT_INSIDE;
}

/* ---- late tests ---- */

static void key_of_late(maker *m, const cor_test *t, uint32_t slot, uint32_t ref)
{
    cor_buf_clear(&m->buf);
    uint32_t head[] = {(uint32_t)t->op, t->cased, slot, ref, t->re_flags, t->net_bits, t->wanted, (uint32_t)t->cmp, (uint32_t)t->part, (uint32_t)t->ref_op};
    cor_buf_put(&m->buf, head, sizeof head);
    cor_buf_put(&m->buf, &t->number, sizeof t->number);
    cor_buf_put(&m->buf, t->net, sizeof t->net);
    for (uint32_t i = 0; t->op == COR_OP_PATTERN && i < t->n_piece; i++) {
        uint32_t piece[] = {(uint32_t)t->piece[i].kind, t->piece[i].kind == COR_PIECE_TEXT ? (uint32_t)t->piece[i].text.n : 0};
        cor_buf_put(&m->buf, piece, sizeof piece);
        if (t->piece[i].kind == COR_PIECE_TEXT)
            cor_buf_str(&m->buf, t->piece[i].text);
    }
    if (t->op <= COR_OP_ENDSWITH || t->op == COR_OP_REGEX)
        cor_buf_str(&m->buf, t->text);
}

static bool add_odd(maker *m, uint32_t slot, uint32_t bit)
{
    odd_bit *o = cor_grow(m->odd, &m->cap_odd, m->n_odd + (size_t)1, sizeof *o);
    if (o == NULL)
        return false;
    m->odd = o;
    o[m->n_odd++] = (odd_bit){slot, bit};
    return true;
}

/* The literal without which the test cannot hold. */
static cor_code need_of_late(maker *m, const cor_test *t, cor_late *l)
{
    cor_str best = {NULL, 0};
    cor_where where = COR_AT_INSIDE;
    bool caseless = false;
    l->need = COR_NONE;
    if (t->op <= COR_OP_ENDSWITH) {
        best = t->text;
        where = where_of(t->op);
    } else if (t->op == COR_OP_PATTERN) {
        for (uint32_t i = 0; i < t->n_piece; i++)
            if (t->piece[i].kind == COR_PIECE_TEXT && t->piece[i].text.n > best.n)
                best = t->piece[i].text;
    } else if (t->op == COR_OP_REGEX) {
        best = cor_regex_literal(t->text, t->re_flags, &m->tmp, &caseless);
    }
    if (best.n == 0)
        return COR_OK;
    l->need = literal_bit(m, l->slot, where, best, caseless);
    if (l->need == COR_NONE || (caseless && !add_odd(m, l->slot, l->need)))
        return nomem(m);
    return COR_OK;
}

static cor_code late_of(maker *m, const cor_test *t, uint32_t slot, cor_gnode *n)
{
    uint32_t ref = t->op == COR_OP_FIELDREF ? slot_of(m, t->ref_field) : slot;
    if (ref == COR_NONE)
        return nomem(m);
    key_of_late(m, t, slot, ref);
    uint32_t had = (uint32_t)m->late_key.n, no = cor_buf_ok(&m->buf) ? cor_intern_add(&m->late_key, cor_buf_view(&m->buf)) : COR_NONE;
    if (no == COR_NONE)
        return nomem(m);
    n->kind = COR_G_LATE;
    n->has_late = true;
    n->id = no;
    if (no < had)
        return COR_OK;
    cor_late *l = cor_grow(m->late, &m->cap_late, no + (size_t)1, sizeof *l);
    if (l == NULL)
        return nomem(m);
    m->late = l;
    m->code->n_late = no + 1;
    l += no;
    *l = (cor_late){.slot = slot, .ref = ref, .need = COR_NONE};
    cor_code c = cor_ready_make(t, &m->code->mem, &l->ready, m->e);
    return c == COR_OK ? need_of_late(m, t, l) : c;
}

/* ---- conditions ---- */

static cor_gnode *new_gnode(maker *m, cor_gkind kind)
{
    cor_gnode *n = cor_arena_zero(&m->tmp, sizeof *n);
    if (n != NULL)
        n->kind = kind;
    return n;
}

/* What the gate itself decides about a field: its text, or .p NULL. */
static cor_str decided(maker *m, const cor_bind *b)
{
    if (b->map != NULL)
        return b->map->constant;
    if (!b->sys_always)
        return (cor_str){NULL, 0};
    if (b->sys == COR_SYS_EVENT_ID && m->gate->event_id != COR_NONE && m->gate->event_id != 0)
        return cor_arena_fmt(&m->tmp, "%u", m->gate->event_id);
    return (cor_str){NULL, 0};
}

static cor_code decide(maker *m, const cor_test *t, cor_str text, cor_gnode *n)
{
    if (m->scratch.re == NULL && !cor_scratch_init(&m->scratch))
        return nomem(m);
    cor_ready r;
    cor_code c = cor_ready_make(t, &m->tmp, &r, m->e);
    if (c != COR_OK)
        return c;
    cor_val raw = cor_val_utf8(text);
    cor_str folded = {NULL, 0};
    cor_values v = {&text, &raw, &folded, 1, true};
    n->kind = cor_ready_holds(&r, &v, &v, &m->scratch, NULL) ? COR_G_TRUE : COR_G_FALSE;
    cor_ready_end(&r);
    return m->scratch.nomem ? nomem(m) : COR_OK;
}

static cor_code make_test(maker *m, const cor_test *t, cor_gnode **out)
{
    cor_gnode *n = *out = new_gnode(m, COR_G_FALSE);
    if (n == NULL)
        return nomem(m);
    if (t->op == COR_OP_FALSE)
        return COR_OK;
    uint32_t slot = slot_of(m, t->field);
    if (slot == COR_NONE)
        return nomem(m);
    cor_str known = t->op == COR_OP_FIELDREF ? (cor_str){NULL, 0} : decided(m, &m->slots.bind[slot]);
    if (known.p != NULL)
        return decide(m, t, known, n);
    if (t->op > COR_OP_ENDSWITH || t->cased)
        return late_of(m, t, slot, n);
    n->kind = COR_G_BIT;
    n->id = literal_bit(m, slot, where_of(t->op), t->text, false);
    return n->id == COR_NONE ? nomem(m) : COR_OK;
}

static cor_code make_node(maker *m, const cor_node *from, cor_gnode **out, int depth);

/* AND, OR: children that are decided vanish or decide, children of the same kind are taken in. */
static cor_code make_list(maker *m, const cor_node *from, cor_gnode **out, int depth)
{
    bool and = from->kind == COR_NODE_AND;
    const cor_gkind kind = and ? COR_G_AND : COR_G_OR, neutral = and ? COR_G_TRUE : COR_G_FALSE, absorbing = and ? COR_G_FALSE : COR_G_TRUE;
    cor_gnode **part = cor_arena_get(&m->tmp, from->n * sizeof *part);
    if (part == NULL)
        return nomem(m);
    uint32_t n = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        cor_code c = make_node(m, from->child[i], &part[i], depth + 1);
        if (c != COR_OK)
            return c;
        if (part[i]->kind == absorbing) {
            *out = part[i];
            return COR_OK;
        }
        n += part[i]->kind == kind ? part[i]->n : part[i]->kind != neutral;
    }
    cor_gnode *r = *out = new_gnode(m, n == 0 ? neutral : kind);
    if (r == NULL || (r->child = cor_arena_get(&m->tmp, n * sizeof *r->child)) == NULL)
        return nomem(m);
    for (uint32_t i = 0; i < from->n; i++) {
        if (part[i]->kind == neutral)
            continue;
        r->has_late |= part[i]->has_late;
        for (uint32_t k = 0; part[i]->kind == kind && k < part[i]->n; k++)
            r->child[r->n++] = part[i]->child[k];
        if (part[i]->kind != kind)
            r->child[r->n++] = part[i];
    }
    if (r->n == 1)
        *out = r->child[0];
    return COR_OK;
}

static cor_code make_node(maker *m, const cor_node *from, cor_gnode **out, int depth)
{
    if (depth > COR_SIGMA_DEPTH_MAX)
        return cor_fail(m->e, COR_ELIMIT, "sigma", COR_NOPOS, "a condition is nested deeper than %d", COR_SIGMA_DEPTH_MAX);
    if (from->kind == COR_NODE_TEST)
        return make_test(m, from->test, out);
    if (from->kind != COR_NODE_NOT)
        return make_list(m, from, out, depth);
    cor_gnode *inner;
    cor_code c = make_node(m, from->child[0], &inner, depth + 1);
    if (c != COR_OK)
        return c;
    if (inner->kind == COR_G_NOT) {
        *out = inner->child[0];
        return COR_OK;
    }
    cor_gnode *n = *out = new_gnode(m, inner->kind == COR_G_TRUE ? COR_G_FALSE : inner->kind == COR_G_FALSE ? COR_G_TRUE : COR_G_NOT);
    if (n == NULL || (n->child = cor_arena_get(&m->tmp, sizeof *n->child)) == NULL)
        return nomem(m);
    n->child[0] = inner;
    n->n = n->kind == COR_G_NOT;
    n->has_late = inner->has_late;
    return COR_OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static cor_code group_of(maker *m, uint32_t *bit, uint32_t n, cor_gnode *out)
{
    qsort(bit, n, sizeof *bit, by_number);
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++)
        if (k == 0 || bit[k - 1] != bit[i])
            bit[k++] = bit[i];
    uint32_t had = (uint32_t)m->group_key.n, no = cor_intern_add(&m->group_key, (cor_str){(const char *)bit, k * sizeof *bit});
    if (no == COR_NONE)
        return nomem(m);
    if (no == had) {
        group *g = cor_grow(m->group, &m->cap_group, no + (size_t)1, sizeof *g);
        if (g == NULL)
            return nomem(m);
        m->group = g;
        g[no] = (group){bit, k};
    }
    out->kind = COR_G_GROUP;
    out->id = no;
    return COR_OK;
}

/* The plain bits of every OR become one group. */
static cor_code group_up(maker *m, cor_gnode *n)
{
    for (uint32_t i = 0; i < n->n; i++) {
        cor_code c = group_up(m, n->child[i]);
        if (c != COR_OK)
            return c;
    }
    if (n->kind != COR_G_OR)
        return COR_OK;
    uint32_t *bit = cor_arena_get(&m->tmp, n->n * sizeof *bit), n_bit = 0, rest = 0;
    if (bit == NULL)
        return nomem(m);
    for (uint32_t i = 0; i < n->n; i++)
        n_bit += n->child[i]->kind == COR_G_BIT;
    if (n_bit < 2)
        return COR_OK;
    n_bit = 0;
    for (uint32_t i = 0; i < n->n; i++)
        if (n->child[i]->kind == COR_G_BIT)
            bit[n_bit++] = n->child[i]->id;
        else
            n->child[rest++] = n->child[i];
    if (rest == 0) { /* nothing but bits: the node itself is the group */
        n->n = 0;
        return group_of(m, bit, n_bit, n);
    }
    n->n = rest + 1;
    n->child[rest] = new_gnode(m, COR_G_GROUP);
    return n->child[rest] == NULL ? nomem(m) : group_of(m, bit, n_bit, n->child[rest]);
}

/* The source's own conditions and the rule's. */
static cor_code make_pair(maker *m, const cor_pair *p, cor_gnode **out)
{
    m->source = p->source;
    uint32_t n = p->source->n_require;
    if (n == 0)
        return make_node(m, p->rule->expr, out, 0);
    cor_gnode *all = *out = new_gnode(m, COR_G_AND);
    if (all == NULL || (all->child = cor_arena_get(&m->tmp, (n + 1) * sizeof *all->child)) == NULL)
        return nomem(m);
    cor_code c = make_node(m, p->rule->expr, &all->child[0], 0);
    all->n = 1;
    for (uint32_t i = 0; c == COR_OK && i < n; i++) {
        const struct cor_require *q = &p->source->require[i];
        cor_bind b = cor_bind_raw(m->plan->set, q->field);
        uint32_t slot = cor_fields_add(&m->slots, &b);
        cor_gnode *any = all->child[all->n++] = new_gnode(m, COR_G_OR);
        if (slot == COR_NONE || any == NULL || (any->child = cor_arena_get(&m->tmp, q->n_value * sizeof *any->child)) == NULL)
            return nomem(m);
        for (uint32_t k = 0; k < q->n_value; k++) {
            cor_gnode *x = any->child[any->n++] = new_gnode(m, COR_G_BIT);
            if (x == NULL || (x->id = literal_bit(m, slot, COR_AT_WHOLE, q->value[k], false)) == COR_NONE)
                return nomem(m);
        }
    }
    if (c == COR_OK)
        all->has_late = all->child[0]->has_late;
    return c;
}

/* ---- putting together ---- */

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

static cor_code finish_slots(maker *m)
{
    cor_gate_code *c = m->code;
    c->n_slot = (uint32_t)m->slots.key.n;
    c->slot = cor_arena_zero(&c->mem, c->n_slot * sizeof *c->slot);
    uint32_t *count = cor_arena_zero(&m->tmp, c->n_slot * sizeof *count);
    cor_literal *sorted = cor_arena_get(&m->tmp, m->n_lit * sizeof *sorted);
    uint32_t *at = cor_arena_get(&m->tmp, (c->n_slot + (size_t)1) * sizeof *at);
    c->odd = cor_arena_get(&c->mem, m->n_odd * sizeof *c->odd);
    if (c->slot == NULL || count == NULL || sorted == NULL || at == NULL || c->odd == NULL)
        return nomem(m);
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
            return nomem(m);
        c->slot[s].odd = n_odd;
        for (uint32_t i = 0; i < m->n_odd; i++)
            if (m->odd[i].slot == s)
                c->odd[n_odd++] = m->odd[i].bit;
        c->slot[s].n_odd = n_odd - c->slot[s].odd;
    }
    return COR_OK;
}

static cor_code finish_groups(maker *m, uint32_t *cost)
{
    cor_gate_code *c = m->code;
    uint32_t *count = cor_arena_zero(&m->tmp, c->n_bit * sizeof *count), n_group = (uint32_t)m->group_key.n;
    lists up;
    if (count == NULL)
        return nomem(m);
    for (uint32_t g = 0; g < n_group; g++)
        for (uint32_t i = 0; i < m->group[g].n; i++)
            count[m->group[g].bit[i]]++;
    if (!lists_make(&up, c->n_bit, count, &c->mem, &m->tmp))
        return nomem(m);
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

static cor_code finish_rules(maker *m, cor_gnode *const *node, const uint32_t *cost)
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
        return nomem(m);
    for (uint32_t i = 0; i < c->n_cand; i++)
        for (uint32_t k = 0; k < trigger[i].n; k++)
            wake.item[wake.next[trigger[i].bit[k]]++] = i;
    c->wake_at = wake.at;
    c->wake = wake.item;
    return COR_OK;
}

static cor_code finish(maker *m, cor_gnode *const *node)
{
    cor_gate_code *c = m->code;
    c->n_bit = m->n_lit + (uint32_t)m->group_key.n;
    uint32_t *cost = cor_arena_get(&m->tmp, c->n_bit * sizeof *cost);
    if (cost == NULL)
        return nomem(m);
    for (uint32_t i = 0; i < m->n_lit; i++)
        cost[i] = m->lit[i].cost;
    cor_code code = finish_groups(m, cost);
    if (code == COR_OK)
        code = finish_rules(m, node, cost);
    if (code == COR_OK)
        code = finish_slots(m);
    return code;
}

static cor_code compile(const cor_plan *p, const cor_gate *g, cor_gate_code **out, cor_err *e)
{
    enum { SMALL = 40 };
    cor_gate_code *code = cor_zalloc(sizeof *code);
    if (code == NULL)
        return cor_nomem(e, "sigma");
    cor_arena_init(&code->mem, g->n_pair < SMALL ? (size_t)4 << 10 : (size_t)64 << 10); /* hundreds of gates hold few rules */
    maker m = {.plan = p, .gate = g, .code = code, .e = e};
    cor_common_make(&m.common);
    cor_gnode **node = cor_arena_get(&m.tmp, g->n_pair * sizeof *node);
    cor_code c = node == NULL ? cor_nomem(e, "sigma") : COR_OK;
    for (uint32_t i = 0; c == COR_OK && i < g->n_pair; i++) {
        c = make_pair(&m, &p->pair[g->pair[i]], &node[i]);
        if (c == COR_OK)
            c = group_up(&m, node[i]);
    }
    if (c == COR_OK)
        c = finish(&m, node);
    code->late = m.late; /* handed over even on failure: their expressions must be freed */
    m.late = NULL;
    maker_free(&m);
    if (c != COR_OK) {
        cor_gate_code_free(code);
        return c;
    }
    *out = code;
    return COR_OK;
}

void cor_gate_code_free(cor_gate_code *c)
{
    if (c == NULL)
        return;
    for (uint32_t i = 0; i < c->n_late; i++)
        cor_ready_end(&c->late[i].ready);
    cor_free(c->late);
    cor_arena_free(&c->mem);
    cor_free(c);
}

cor_code cor_gate_get(const cor_plan *p, cor_gate *g, const cor_gate_code **out, cor_err *e)
{
    cor_gate_code *code = atomic_load_explicit(&g->code, memory_order_acquire);
    cor_code c = COR_OK;
    if (COR_UNLIKELY(code == NULL)) {
        pthread_mutex_lock(p->lock);
        code = atomic_load_explicit(&g->code, memory_order_acquire);
        if (code == NULL && (c = compile(p, g, &code, e)) == COR_OK) {
            atomic_store_explicit(&g->dead, code->n_cand == 0, memory_order_relaxed);
            atomic_store_explicit(&g->code, code, memory_order_release);
        }
        pthread_mutex_unlock(p->lock);
    }
    *out = code;
    return c;
}
