/* Why a rule fired, or did not: the slow path, on the trees of tree.h. */
#include "base/alloc.h"
#include "base/utf.h"
#include "sigma/dash.h"
#include "sigma/plan.h"

/* The tree of a pair, made when first asked for and kept. */
static cor_code tree_of(cor_matcher *m, uint32_t pair, const cor_tree **out, cor_err *e)
{
    if (m->tree[pair] == NULL) {
        cor_tree *t = cor_arena_zero(&m->mem, sizeof *t);
        if (t == NULL)
            return cor_nomem(e, "sigma");
        const cor_pair *p = &m->plan->pair[pair];
        cor_code c = cor_tree_make(m->plan->set, p->rule, p->source, &m->fields, &m->mem, t, e);
        if (c != COR_OK)
            return c;
        m->tree[pair] = t;
    }
    *out = m->tree[pair];
    return COR_OK;
}

static uint32_t first_pair(const cor_plan *p, uint32_t rule)
{
    uint32_t lo = 0, hi = p->n_pair;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (p->pair[mid].rule->no < rule)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static cor_code turn(cor_matcher *m, const cor_event *ev, cor_err *e)
{
    if (!cor_view_turn(&m->look, m->plan->set, &m->fields, ev, &m->look_scratch))
        return cor_nomem(e, "sigma");
    return COR_OK;
}

/* ---- matched ---- */

typedef struct listing {
    cor_matched *item;
    uint32_t n;
    size_t cap;
    cor_view *v;
    bool nomem;
} listing;

static void list_one(listing *l, cor_str field, cor_str value)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (cor_str_eq(l->item[i].field, field) && cor_str_eq(l->item[i].value, value))
            return;
    cor_matched *item = cor_grow(l->item, &l->cap, l->n + (size_t)1, sizeof *item);
    if (item == NULL) {
        l->nomem = true;
        return;
    }
    l->item = item;
    item[l->n++] = (cor_matched){field, value};
}

/* Walks what made n hold; n is known to hold. */
static void list_node(listing *l, const cor_tnode *n)
{
    if (n->kind == COR_NODE_NOT)
        return;
    if (n->kind != COR_NODE_TEST) {
        for (uint32_t i = 0; i < n->n; i++)
            if (n->kind == COR_NODE_AND || cor_tnode_holds(n->child[i], l->v))
                list_node(l, n->child[i]);
        return;
    }
    uint32_t which = 0;
    const cor_values *v = cor_view_values(l->v, n->leaf->field);
    if (v == NULL || !cor_leaf_holds(n->leaf, l->v, &which))
        return;
    cor_str field = n->leaf->ready.t->field;
    list_one(l, field.p == NULL ? COR_S("") : field, v->n == 0 ? COR_S("") : v->text[which]);
}

static cor_code hand_over(listing *l, cor_arena *mem, const cor_matched **out, uint32_t *n, cor_err *e)
{
    cor_matched *copy = l->nomem ? NULL : cor_arena_get(mem, l->n * sizeof *copy);
    for (uint32_t i = 0; copy != NULL && i < l->n; i++) {
        copy[i] = (cor_matched){cor_arena_str(mem, l->item[i].field), cor_arena_str(mem, l->item[i].value)};
        if (copy[i].field.p == NULL || copy[i].value.p == NULL)
            copy = NULL;
    }
    *out = copy;
    *n = l->n;
    cor_free(l->item);
    return copy == NULL ? cor_nomem(e, "sigma") : COR_OK;
}

cor_code cor_matcher_matched(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_arena *mem,
                             const cor_matched **out, uint32_t *n, cor_err *e)
{
    listing l = {.v = &m->look};
    cor_arena_reset(&m->look_scratch.mem);
    m->look_scratch.nomem = false;
    for (uint32_t i = first_pair(m->plan, rule); i < m->plan->n_pair && m->plan->pair[i].rule->no == rule; i++) {
        const cor_tree *t;
        if (!cor_source_covers(m->plan->pair[i].source, &ev->head, &m->look_scratch))
            continue;
        cor_code c = tree_of(m, i, &t, e);
        if (c == COR_OK)
            c = turn(m, ev, e);
        if (c != COR_OK) {
            cor_free(l.item);
            return c;
        }
        if (cor_tree_holds(t, &m->look))
            list_node(&l, t->root);
    }
    l.nomem |= m->look_scratch.nomem;
    return hand_over(&l, mem, out, n, e);
}

/* ---- one field ---- */

cor_str cor_matcher_field(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_str field, cor_arena *mem)
{
    const cor_source *source = NULL;
    cor_arena_reset(&m->look_scratch.mem);
    for (uint32_t i = first_pair(m->plan, rule);
         i < m->plan->n_pair && m->plan->pair[i].rule->no == rule && source == NULL; i++)
        if (cor_source_covers(m->plan->pair[i].source, &ev->head, &m->look_scratch))
            source = m->plan->pair[i].source;
    cor_bind b = cor_bind_of(m->plan->set, source, field);
    cor_cols cols;
    cor_values v;
    if (!cor_bind_cols(m->plan->set, &b, ev->layout, mem, &cols) || !cor_bind_values(&b, cols, ev, mem, &v) ||
        !v.present)
        return (cor_str){NULL, 0};
    if (v.n == 1)
        return v.text[0];
    cor_buf all = {0};
    for (uint32_t i = 0; i < v.n; i++) {
        if (i != 0)
            cor_buf_z(&all, ", ");
        cor_buf_str(&all, v.text[i]);
    }
    cor_str r = cor_buf_ok(&all) ? cor_arena_str(mem, cor_buf_view(&all)) : (cor_str){NULL, 0};
    cor_buf_free(&all);
    return r;
}

/* ---- explain ---- */

static void print_quoted(cor_buf *out, cor_str s)
{
    enum { SHOWN = 200 }; /* bytes of a value: enough to see it, short enough for a line */
    size_t n = s.n;
    if (n > SHOWN) {
        n = SHOWN;
        while (n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
            n--;
    }
    cor_buf_c(out, '"');
    cor_term_escape(out, (cor_str){s.p, n});
    cor_buf_z(out, n < s.n ? "..." : "\"");
}

static void print_pattern(cor_buf *out, const cor_test *t)
{
    cor_buf b = {0};
    for (uint32_t i = 0; i < t->n_piece; i++) {
        if (t->piece[i].kind == COR_PIECE_TEXT)
            cor_buf_str(&b, t->piece[i].text);
        else
            cor_buf_c(&b, t->piece[i].kind == COR_PIECE_ANY ? '*' : '?');
    }
    print_quoted(out, cor_buf_view(&b));
    out->bad |= b.bad;
    cor_buf_free(&b);
}

static void print_test(cor_buf *out, const cor_test *t)
{
    static const char *const cmp[] = {"=", "!=", "<", "<=", ">", ">="};
    static const char *const part[] = {"minute", "hour", "day", "week", "month", "year"};
    static const char *const op[] = {
        [COR_OP_EQUALS] = "is",          [COR_OP_CONTAINS] = "contains", [COR_OP_STARTSWITH] = "starts with",
        [COR_OP_ENDSWITH] = "ends with", [COR_OP_PATTERN] = "is like",   [COR_OP_REGEX] = "matches"};
    if (t->field.p == NULL)
        cor_buf_z(out, "any value");
    else
        cor_term_escape(out, t->field);
    cor_buf_c(out, ' ');
    switch (t->op) {
    case COR_OP_EQUALS: case COR_OP_CONTAINS: case COR_OP_STARTSWITH: case COR_OP_ENDSWITH: case COR_OP_REGEX:
        cor_buf_fmt(out, "%s%s ", op[t->op], t->cased ? " (with case)" : "");
        print_quoted(out, t->text);
        break;
    case COR_OP_PATTERN:
        cor_buf_fmt(out, "%s%s ", op[t->op], t->cased ? " (with case)" : "");
        print_pattern(out, t);
        break;
    case COR_OP_CIDR: cor_buf_z(out, "is an address of "); print_quoted(out, t->text); break;
    case COR_OP_NULL: cor_buf_z(out, "is absent or empty"); break;
    case COR_OP_EXISTS: cor_buf_z(out, t->wanted ? "is there" : "is not there"); break;
    case COR_OP_COMPARE:
        if (t->whole)
            cor_buf_fmt(out, "%s %s%llu", cmp[t->cmp], t->minus ? "-" : "", (unsigned long long)t->size);
        else
            cor_buf_fmt(out, "%s %.15g", cmp[t->cmp], t->number);
        break;
    case COR_OP_TIMEPART: cor_buf_fmt(out, "has %s %s %.15g", part[t->part], cmp[t->cmp], t->number); break;
    case COR_OP_FIELDREF:
        cor_buf_fmt(out, "%s field ", t->ref_op <= COR_OP_ENDSWITH ? op[t->ref_op] : "is");
        cor_term_escape(out, t->ref_field);
        break;
    case COR_OP_FALSE:
        cor_buf_fmt(out, "can never hold%s%s", t->note == NULL ? "" : ": ", t->note == NULL ? "" : t->note);
        break;
    }
}

static void print_values(cor_buf *out, const cor_leaf *l, cor_view *v)
{
    enum { SHOWN = 3 };
    uint32_t which = 0;
    bool holds = cor_leaf_holds(l, v, &which);
    const cor_values *a = cor_view_values(v, l->field);
    if (a == NULL)
        return;
    if (!a->present) {
        cor_buf_z(out, "   (field absent)");
        return;
    }
    if (l->ready.t->field.p == NULL && !holds)
        return; /* a keyword: every value of the event would follow */
    cor_buf_z(out, "   value ");
    for (uint32_t i = holds ? which : 0, n = 0; i < a->n && n < SHOWN; i++, n++) {
        if (n != 0)
            cor_buf_z(out, ", ");
        print_quoted(out, a->text[i]);
        if (holds)
            break;
        if (n + 1 == SHOWN && i + 1 < a->n)
            cor_buf_fmt(out, " and %u more", a->n - i - 1);
    }
    if (l->ready.t->op == COR_OP_FIELDREF) {
        const cor_values *ref = cor_view_values(v, l->ref);
        cor_buf_z(out, " against ");
        if (ref == NULL || ref->n == 0)
            cor_buf_z(out, "a field that is absent");
        else
            print_quoted(out, ref->text[0]);
    }
}

/* Whether two tests are one value of the rule, spelled with other dashes by `windash`. */
static bool one_value(const cor_tnode *x, const cor_tnode *y)
{
    if (x->kind != COR_NODE_TEST || y->kind != COR_NODE_TEST || x->label.p != NULL || y->label.p != NULL)
        return false;
    const cor_test *a = x->leaf->ready.t, *b = y->leaf->ready.t;
    if (a->pos.line != b->pos.line || a->pos.col != b->pos.col || a->pos.file != b->pos.file || a->op != b->op ||
        a->n_piece != b->n_piece || a->cased != b->cased || !cor_str_eq(a->field, b->field))
        return false;
    bool same = a->op == COR_OP_PATTERN || (a->op <= COR_OP_ENDSWITH && cor_dash_same(a->text, b->text));
    for (uint32_t i = 0; same && a->op == COR_OP_PATTERN && i < a->n_piece; i++)
        same = a->piece[i].kind == b->piece[i].kind && cor_dash_same(a->piece[i].text, b->piece[i].text);
    return same;
}

typedef struct how {
    unsigned depth;
    uint32_t spellings; /* this line stands for so many tests */
    bool told;          /* the line before told the same field's values, and none of them held there either */
} how;

static void print_node(cor_buf *out, const cor_tnode *n, cor_view *v, how h);

/* Spellings of one value are one line, with the one that holds; what a field holds instead is told once. */
static void print_children(cor_buf *out, const cor_tnode *n, cor_view *v, unsigned depth)
{
    uint32_t told = COR_NONE;
    for (uint32_t i = 0, k; i < n->n; i += k) {
        const cor_tnode *shown = n->child[i];
        for (k = 1; n->kind == COR_NODE_OR && i + k < n->n && one_value(n->child[i], n->child[i + k]); k++)
            if (!cor_tnode_holds(shown, v) && cor_tnode_holds(n->child[i + k], v))
                shown = n->child[i + k];
        bool failed = shown->kind == COR_NODE_TEST && !cor_tnode_holds(shown, v) &&
            shown->leaf->ready.t->op != COR_OP_FIELDREF;
        print_node(out, shown, v, (how){depth, k, failed && shown->leaf->field == told});
        told = failed ? shown->leaf->field : COR_NONE;
    }
}

static void print_node(cor_buf *out, const cor_tnode *n, cor_view *v, how h)
{
    enum { INDENT_MAX = 40 };
    cor_buf_fmt(out, "%*s%s ", (int)(2 * (h.depth < INDENT_MAX ? h.depth : INDENT_MAX)), "",
                cor_tnode_holds(n, v) ? "+" : "-");
    if (n->label.p != NULL) {
        cor_term_escape(out, n->label);
        cor_buf_z(out, ": ");
    }
    if (n->kind == COR_NODE_TEST) {
        print_test(out, n->leaf->ready.t);
        if (h.spellings > 1)
            cor_buf_fmt(out, " (in %u spellings of the dash)", h.spellings);
        if (!h.told)
            print_values(out, n->leaf, v);
        cor_buf_c(out, '\n');
        return;
    }
    cor_buf_z(out, n->kind == COR_NODE_NOT ? "not\n" : n->kind == COR_NODE_AND ? "all of\n" : "any of\n");
    print_children(out, n, v, h.depth + 1);
}

static void print_source(cor_buf *out, const cor_source *s, bool covers)
{
    cor_buf_fmt(out, "%s log source: ", covers ? "+" : "-");
    for (uint32_t i = 0; i < s->n_channel; i++) {
        if (i != 0)
            cor_buf_z(out, " or ");
        cor_term_escape(out, s->channel[i]);
    }
    if (s->n_channel == 0)
        cor_buf_z(out, "any channel");
    for (uint32_t i = 0; i < s->n_event_id; i++)
        cor_buf_fmt(out, "%s%u", i == 0 ? ", event " : " or ", s->event_id[i]);
    cor_buf_c(out, '\n');
}

cor_code cor_matcher_explain(cor_matcher *m, uint32_t rule, const cor_event *ev, cor_buf *out, cor_err *e)
{
    cor_arena_reset(&m->look_scratch.mem);
    m->look_scratch.nomem = false;
    uint32_t first = first_pair(m->plan, rule);
    if (first == m->plan->n_pair || m->plan->pair[first].rule->no != rule)
        cor_buf_z(out, "- the rule looks at no Windows event log\n");
    for (uint32_t i = first; i < m->plan->n_pair && m->plan->pair[i].rule->no == rule; i++) {
        const cor_tree *t;
        bool covers = cor_source_covers(m->plan->pair[i].source, &ev->head, &m->look_scratch);
        print_source(out, m->plan->pair[i].source, covers);
        if (!covers)
            continue;
        cor_code c = tree_of(m, i, &t, e);
        if (c == COR_OK)
            c = turn(m, ev, e);
        if (c != COR_OK)
            return c;
        for (uint32_t k = 0; k < t->require->n; k++)
            print_node(out, t->require->child[k], &m->look, (how){1, 1, false});
        print_node(out, t->root, &m->look, (how){0, 1, false});
    }
    return m->look_scratch.nomem || !cor_buf_ok(out) ? cor_nomem(e, "sigma") : COR_OK;
}
