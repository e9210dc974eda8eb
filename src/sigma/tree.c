#include "sigma/tree.h"

#include "base/alloc.h"

uint32_t cor_fields_add(cor_fields *f, const cor_bind *b)
{
    cor_buf key = {0};
    cor_bind_key(b, &key);
    uint32_t no = cor_buf_ok(&key) ? cor_intern_add(&f->key, cor_buf_view(&key)) : COR_NONE;
    cor_buf_free(&key);
    if (no == COR_NONE)
        return COR_NONE;
    cor_bind *bind = cor_grow(f->bind, &f->cap, no + (size_t)1, sizeof *bind);
    if (bind == NULL)
        return COR_NONE;
    f->bind = bind;
    bind[no] = *b;
    return no;
}

void cor_fields_free(cor_fields *f)
{
    cor_intern_free(&f->key);
    cor_free(f->bind);
    *f = (cor_fields){0};
}

/* ---- making ---- */

typedef struct maker {
    const cor_ruleset *set;
    const cor_source *source;
    cor_fields *fields;
    cor_arena *mem;
    cor_tree *tree;
    cor_err *e;
} maker;

static cor_code make_leaf(maker *m, const cor_test *t, const cor_bind *b, cor_tnode *n)
{
    cor_leaf *l = cor_arena_zero(m->mem, sizeof *l);
    if (l == NULL)
        return cor_nomem(m->e, "sigma");
    cor_code c = cor_ready_make(t, m->mem, &l->ready, m->e);
    if (c != COR_OK)
        return c;
    l->next = m->tree->leaves;
    m->tree->leaves = l;
    l->field = l->ref = cor_fields_add(m->fields, b);
    if (t->op == COR_OP_FIELDREF) {
        cor_bind ref = cor_bind_of(m->set, m->source, t->ref_field);
        l->ref = cor_fields_add(m->fields, &ref);
    }
    if (l->field == COR_NONE || l->ref == COR_NONE)
        return cor_nomem(m->e, "sigma");
    n->kind = COR_NODE_TEST;
    n->leaf = l;
    return COR_OK;
}

static cor_tnode *new_node(maker *m, cor_node_kind kind, uint32_t n)
{
    cor_tnode *t = cor_arena_zero(m->mem, sizeof *t);
    if (t == NULL)
        return NULL;
    t->kind = kind;
    t->n = n;
    t->child = cor_arena_zero(m->mem, n * sizeof *t->child);
    return t->child == NULL ? NULL : t;
}

static cor_code make_node(maker *m, const cor_node *from, cor_tnode **out, int depth)
{
    if (depth > COR_SIGMA_DEPTH_MAX)
        return cor_fail(m->e, COR_ELIMIT, "sigma", COR_NOPOS, "a condition is nested deeper than %d",
                        COR_SIGMA_DEPTH_MAX);
    cor_tnode *t = new_node(m, from->kind, from->kind == COR_NODE_TEST ? 0 : from->n);
    if (t == NULL)
        return cor_nomem(m->e, "sigma");
    *out = t;
    t->label = from->label;
    if (from->kind == COR_NODE_TEST) {
        cor_bind b = cor_bind_of(m->set, m->source, from->test->field);
        return make_leaf(m, from->test, &b, t);
    }
    for (uint32_t i = 0; i < from->n; i++) {
        cor_code c = make_node(m, from->child[i], &t->child[i], depth + 1);
        if (c != COR_OK)
            return c;
    }
    return COR_OK;
}

static cor_code make_require(maker *m, cor_tnode **out)
{
    const cor_source *s = m->source;
    uint32_t n = s == NULL ? 0 : s->n_require;
    cor_tnode *all = new_node(m, COR_NODE_AND, n);
    if (all == NULL)
        return cor_nomem(m->e, "sigma");
    *out = all;
    for (uint32_t i = 0; i < n; i++) {
        cor_bind b = cor_bind_raw(m->set, s->require[i].field);
        cor_tnode *any = all->child[i] = new_node(m, COR_NODE_OR, s->require[i].n_value);
        if (any == NULL)
            return cor_nomem(m->e, "sigma");
        for (uint32_t k = 0; k < any->n; k++) {
            cor_test *t = cor_arena_zero(m->mem, sizeof *t);
            any->child[k] = new_node(m, COR_NODE_TEST, 0);
            if (t == NULL || any->child[k] == NULL)
                return cor_nomem(m->e, "sigma");
            t->op = COR_OP_EQUALS;
            t->field = s->require[i].field;
            t->text = s->require[i].value[k];
            cor_code c = make_leaf(m, t, &b, any->child[k]);
            if (c != COR_OK)
                return c;
        }
    }
    return COR_OK;
}

cor_code cor_tree_make(const cor_ruleset *s, const cor_rule *r, const cor_source *source, cor_fields *f, cor_arena *mem,
                       cor_tree *out, cor_err *e)
{
    *out = (cor_tree){.source = source};
    maker m = {.set = s, .source = source, .fields = f, .mem = mem, .tree = out, .e = e};
    cor_code c = make_require(&m, &out->require);
    if (c == COR_OK)
        c = make_node(&m, r->expr, &out->root, 0);
    if (c != COR_OK)
        cor_tree_end(out);
    return c;
}

void cor_tree_end(cor_tree *t)
{
    for (cor_leaf *l = t->leaves; l != NULL; l = l->next)
        cor_ready_end(&l->ready);
    t->leaves = NULL;
}

/* ---- evaluating ---- */

bool cor_view_turn(cor_view *v, const cor_ruleset *set, const cor_fields *f, const cor_event *ev, cor_scratch *scratch)
{
    size_t n = f->key.n, had = v->scap;
    cor_values *value = cor_grow(v->value, &v->cap, n, sizeof *value);
    if (value != NULL)
        v->value = value;
    uint32_t *stamp = cor_grow(v->stamp, &v->scap, n, sizeof *stamp);
    if (stamp != NULL)
        v->stamp = stamp;
    if ((value == NULL || stamp == NULL) && n != 0)
        return false;
    for (size_t i = had; i < v->scap; i++)
        v->stamp[i] = 0;
    if (++v->now == 0) { /* after 2^32 events: no stamp may look new */
        memset(v->stamp, 0, v->scap * sizeof *v->stamp);
        v->now = 1;
    }
    v->set = set;
    v->fields = f;
    v->ev = ev;
    v->scratch = scratch;
    return true;
}

void cor_view_free(cor_view *v)
{
    cor_free(v->value);
    cor_free(v->stamp);
    *v = (cor_view){0};
}

const cor_values *cor_view_values(cor_view *v, uint32_t field)
{
    if (v->stamp[field] == v->now)
        return &v->value[field];
    const cor_bind *b = &v->fields->bind[field];
    cor_cols cols;
    if (!cor_bind_cols(v->set, b, v->ev->layout, &v->scratch->mem, &cols) ||
        !cor_bind_values(b, cols, v->ev, &v->scratch->mem, &v->value[field])) {
        v->scratch->nomem = true;
        return NULL;
    }
    v->stamp[field] = v->now;
    return &v->value[field];
}

bool cor_leaf_holds(const cor_leaf *l, cor_view *v, uint32_t *which)
{
    const cor_values *a = cor_view_values(v, l->field);
    const cor_values *ref = l->ready.t->op == COR_OP_FIELDREF ? cor_view_values(v, l->ref) : a;
    return a != NULL && ref != NULL && cor_ready_holds(&l->ready, a, ref, v->scratch, which);
}

bool cor_tnode_holds(const cor_tnode *n, cor_view *v)
{
    switch (n->kind) {
    case COR_NODE_TEST:
        return cor_leaf_holds(n->leaf, v, NULL);
    case COR_NODE_NOT:
        return !cor_tnode_holds(n->child[0], v);
    case COR_NODE_AND:
        for (uint32_t i = 0; i < n->n; i++)
            if (!cor_tnode_holds(n->child[i], v))
                return false;
        return true;
    case COR_NODE_OR:
        for (uint32_t i = 0; i < n->n; i++)
            if (cor_tnode_holds(n->child[i], v))
                return true;
        return false;
    }
    return false;
}

bool cor_source_covers(const cor_source *s, const cor_head *head, cor_scratch *scratch)
{
    if (s->n_event_id != 0) {
        uint32_t i = 0;
        while (i < s->n_event_id && s->event_id[i] != head->event_id)
            i++;
        if (i == s->n_event_id)
            return false;
    }
    if (s->n_channel == 0)
        return true;
    cor_str name = head->channel.len == 0 ? COR_S("") : cor_val_text(&scratch->mem, head->channel);
    cor_str folded = name.p == NULL ? name : cor_scratch_fold(scratch, name);
    for (uint32_t i = 0; folded.p != NULL && i < s->n_channel; i++) {
        cor_str want = cor_scratch_fold(scratch, s->channel[i]);
        if (want.p != NULL && cor_str_eq(want, folded))
            return true;
    }
    return false;
}
