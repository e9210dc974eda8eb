#include "readers/evtx/program.h"

#include "base/alloc.h"
#include "base/utf.h"
#include "events/tree.h"

typedef struct maker {
    cor_buf lit;
    cor_evtx_op *op;
    size_t n, cap;
    size_t lit_from;   /* start of the literal not yet flushed */
    bool by_tree, nomem;
    uint32_t n_hole;
} maker;

/* The operation takes the literal in front of it along. */
static cor_evtx_op *emit(maker *m, uint8_t kind)
{
    static cor_evtx_op nowhere;
    cor_evtx_op *op = cor_grow(m->op, &m->cap, m->n + 1, sizeof *op);
    if (op == NULL) {
        m->nomem = true;
        return &nowhere;
    }
    m->op = op;
    op[m->n] = (cor_evtx_op){.kind = kind, .before = (uint32_t)m->lit_from,
                             .n_before = (uint32_t)(m->lit.n - m->lit_from)};
    m->lit_from = m->lit.n;
    return &op[m->n++];
}

static void flush(maker *m)
{
    if (m->lit.n != m->lit_from)
        emit(m, OP_LIT);
}

/* A literal that an operation carries itself: everything appended since `from`. */
static void own_literal(maker *m, cor_evtx_op *op, size_t from)
{
    op->at = (uint32_t)from;
    op->len = (uint32_t)(m->lit.n - from);
    m->lit_from = m->lit.n;
}

static void quoted(maker *m, cor_str s)
{
    cor_buf_c(&m->lit, '"');
    cor_json_escape(&m->lit, s);
    cor_buf_c(&m->lit, '"');
}

/* ---- what an element is made of ---- */

typedef enum content { HAS_NONE, HAS_TEXT, HAS_HOLE, HAS_ELEMENTS, HAS_OTHER } content;

static content content_of(const cor_bx_node *list)
{
    if (list == NULL)
        return HAS_NONE;
    bool elements = true;
    for (const cor_bx_node *n = list; n != NULL; n = n->next)
        elements &= n->kind == COR_BX_ELEMENT;
    if (elements)
        return HAS_ELEMENTS;
    if (list->next != NULL)
        return HAS_OTHER;
    return list->kind == COR_BX_TEXT ? (list->text.n == 0 ? HAS_NONE : HAS_TEXT) : list->kind == COR_BX_HOLE ? HAS_HOLE
           : HAS_OTHER;
}

static bool is_container(cor_str name)
{
    return cor_str_is(name, "EventData") || cor_str_is(name, "UserData");
}

static const cor_bx_attr *named(const cor_bx_node *el)
{
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next)
        if (cor_str_is(a->name, "Name"))
            return a;
    return NULL;
}

/* Names that need no change in XML. */
static bool plain_name(cor_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '-' && c != '.' && c != ':')))
            return false;
    }
    return s.n != 0;
}

/* Counts of names would make suffixes and lists; the tree knows those. */
static bool names_unique(const cor_bx_node *list, bool container)
{
    uint32_t n = 0;
    for (const cor_bx_node *a = list; a != NULL; a = a->next, n++) {
        bool da = container && cor_str_is(a->text, "Data");
        cor_str na = da && named(a) != NULL && named(a)->value != NULL ? named(a)->value->text : a->text;
        for (const cor_bx_node *b = list; b != a; b = b->next) {
            bool db = container && cor_str_is(b->text, "Data");
            cor_str nb = db && named(b) != NULL && named(b)->value != NULL ? named(b)->value->text : b->text;
            if (cor_str_eq(na, nb))
                return false;
        }
        if (n > 500) /* quadratic, once a shape */
            return false;
    }
    return true;
}

/* Opens the operations that an absent value leaves out; its place, or SIZE_MAX. */
static size_t dep_begin(maker *m, const cor_bx_node *el)
{
    if (el->index == COR_BX_NODEP)
        return SIZE_MAX;
    if (el->index >= m->n_hole) {
        m->by_tree = true;
        return SIZE_MAX;
    }
    emit(m, OP_DEP)->hole = el->index;
    return m->n - 1;
}

static void dep_end(maker *m, size_t at)
{
    flush(m);
    if (at < m->n)
        m->op[at].len = (uint32_t)(m->n - 1 - at);
}

/* ---- JSON ---- */

static void json_member(maker *m, const cor_bx_node *el);

static void json_hole(maker *m, uint16_t hole, bool empty_quotes)
{
    cor_evtx_op *op = emit(m, OP_J_VALUE);
    op->hole = hole;
    op->flag = empty_quotes;
}

static void json_attr(maker *m, const cor_bx_attr *a)
{
    content c = content_of(a->value);
    if (c == HAS_NONE)
        return;
    if (c != HAS_TEXT && c != HAS_HOLE) {
        m->by_tree = true;
        return;
    }
    cor_evtx_op *op = emit(m, c == HAS_HOLE ? OP_J_ATTR : OP_J_ATTR_LIT);
    op->hole = c == HAS_HOLE ? a->value->index : 0;
    size_t at = m->n - 1, from = m->lit.n;
    quoted(m, a->name);
    cor_buf_c(&m->lit, ':');
    if (c == HAS_TEXT)
        quoted(m, a->value->text);
    if (!m->nomem)
        own_literal(m, &m->op[at], from);
}

static void json_with_attrs(maker *m, const cor_bx_node *el, content c)
{
    emit(m, OP_J_ATTRS);
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next)
        json_attr(m, a);
    cor_evtx_op *op = emit(m, OP_J_CONTENT);
    op->flag = c == HAS_HOLE ? CONTENT_HOLE : c == HAS_TEXT ? CONTENT_LITERAL : CONTENT_NONE;
    op->hole = c == HAS_HOLE ? el->child->index : 0;
    size_t at = m->n - 1, from = m->lit.n;
    if (c == HAS_TEXT) {
        quoted(m, el->child->text);
        if (!m->nomem)
            own_literal(m, &m->op[at], from);
    }
}

/* Attributes in front of children: only literal ones; others are rare, and the tree's. */
static void json_literal_attrs(maker *m, const cor_bx_node *el)
{
    bool any = false;
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next) {
        content c = content_of(a->value);
        if (c == HAS_NONE)
            continue;
        if (c != HAS_TEXT) {
            m->by_tree = true;
            return;
        }
        cor_buf_z(&m->lit, any ? "," : "\"#attributes\":{");
        quoted(m, a->name);
        cor_buf_c(&m->lit, ':');
        quoted(m, a->value->text);
        any = true;
    }
    if (any)
        cor_buf_z(&m->lit, "},");
}

/* Data elements of an EventData: by name, or one unnamed with a hole. */
static void json_data(maker *m, const cor_bx_node *el, bool named_form)
{
    const cor_bx_attr *name = named(el);
    content c = content_of(el->child);
    size_t dep = dep_begin(m, el);
    if (!named_form) {
        if (c != HAS_HOLE || name != NULL)
            m->by_tree = true;
        else
            emit(m, OP_J_POS)->hole = el->child->index;
    } else if (name == NULL || content_of(name->value) != HAS_TEXT || c == HAS_ELEMENTS || c == HAS_OTHER) {
        m->by_tree = true;
    } else {
        quoted(m, name->value->text);
        cor_buf_c(&m->lit, ':');
        if (c == HAS_HOLE)
            json_hole(m, el->child->index, true);
        else
            quoted(m, c == HAS_TEXT ? el->child->text : COR_S(""));
        cor_buf_c(&m->lit, ',');
    }
    dep_end(m, dep);
}

static void json_children(maker *m, const cor_bx_node *el)
{
    bool container = is_container(el->text), named_form = false, unnamed = false;
    if (!names_unique(el->child, container)) {
        m->by_tree = true;
        return;
    }
    for (const cor_bx_node *n = el->child; n != NULL; n = n->next) {
        bool data = container && cor_str_is(n->text, "Data");
        named_form |= data && named(n) != NULL;
        unnamed |= data && named(n) == NULL;
    }
    if (named_form && unnamed) {
        m->by_tree = true;
        return;
    }
    cor_buf_c(&m->lit, '{');
    json_literal_attrs(m, el);
    for (const cor_bx_node *n = el->child; n != NULL && !m->by_tree; n = n->next) {
        if (container && cor_str_is(n->text, "Data"))
            json_data(m, n, named_form);
        else
            json_member(m, n);
    }
    emit(m, OP_J_CLOSE);
}

static void json_value(maker *m, const cor_bx_node *el)
{
    content c = content_of(el->child);
    if (c == HAS_OTHER) {
        m->by_tree = true;
    } else if (c == HAS_ELEMENTS) {
        json_children(m, el);
    } else if (el->attr != NULL) {
        json_with_attrs(m, el, c);
    } else if (c == HAS_HOLE && is_container(el->text)) { /* its content is an instance of its own */
        cor_buf_c(&m->lit, '{');
        emit(m, OP_NEST)->hole = el->child->index;
        emit(m, OP_J_CLOSE);
    } else if (c == HAS_HOLE) {
        json_hole(m, el->child->index, false);
    } else if (c == HAS_TEXT) {
        quoted(m, el->child->text);
    } else {
        cor_buf_z(&m->lit, "null");
    }
}

static void json_member(maker *m, const cor_bx_node *el)
{
    size_t dep = dep_begin(m, el);
    quoted(m, el->text);
    cor_buf_c(&m->lit, ':');
    json_value(m, el);
    cor_buf_c(&m->lit, ',');
    dep_end(m, dep);
}

static void json_event(maker *m, const cor_bx_node *root)
{
    cor_buf_z(&m->lit, "{\"Event\":{");
    json_literal_attrs(m, root);
    for (const cor_bx_node *n = root->child; n != NULL && !m->by_tree; n = n->next) {
        if (n->kind == COR_BX_HOLE)
            emit(m, OP_NEST)->hole = n->index;
        else if (n->kind == COR_BX_ELEMENT)
            json_member(m, n);
        else
            m->by_tree = true;
    }
    emit(m, OP_J_CLOSE);
    cor_buf_c(&m->lit, '}');
}

/* ---- XML ---- */

static void xml_element(maker *m, const cor_bx_node *el);

static void xml_attrs(maker *m, const cor_bx_node *el)
{
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next) {
        content c = content_of(a->value);
        if (c == HAS_NONE)
            continue;
        if ((c != HAS_TEXT && c != HAS_HOLE) || !plain_name(a->name)) {
            m->by_tree = true;
            return;
        }
        cor_evtx_op *op = c == HAS_HOLE ? emit(m, OP_X_ATTR) : NULL;
        size_t from = m->lit.n;
        cor_buf_c(&m->lit, ' ');
        cor_buf_str(&m->lit, a->name);
        cor_buf_z(&m->lit, "=\"");
        if (op != NULL) {
            op->hole = a->value->index;
            own_literal(m, op, from);
        } else {
            cor_xml_line(&m->lit, a->value->text, true);
            cor_buf_c(&m->lit, '"');
        }
    }
}

static void end_tag(maker *m, cor_str name)
{
    cor_buf_z(&m->lit, "</");
    cor_buf_str(&m->lit, name);
    cor_buf_c(&m->lit, '>');
}

/* `whole`: holes among the content are instances of their own. */
static void xml_content(maker *m, const cor_bx_node *el, bool whole)
{
    content c = content_of(el->child);
    if (c == HAS_TEXT)
        cor_xml_line(&m->lit, el->child->text, false);
    else if (c == HAS_HOLE && !whole)
        emit(m, OP_X_VALUE)->hole = el->child->index;
    else if (c == HAS_OTHER && !whole)
        m->by_tree = true;
    else
        for (const cor_bx_node *n = el->child; n != NULL && !m->by_tree; n = n->next) {
            if (n->kind == COR_BX_ELEMENT)
                xml_element(m, n);
            else if (n->kind == COR_BX_HOLE)
                emit(m, OP_NEST)->hole = n->index;
            else
                m->by_tree = true;
        }
}

static void xml_element(maker *m, const cor_bx_node *el)
{
    if (!plain_name(el->text)) {
        m->by_tree = true;
        return;
    }
    size_t dep = dep_begin(m, el);
    content c = content_of(el->child);
    if (cor_str_is(el->text, "Data") && c == HAS_HOLE && el->attr == NULL) {
        cor_evtx_op *op = emit(m, OP_X_POS);
        size_t from = m->lit.n;
        op->hole = el->child->index;
        cor_buf_z(&m->lit, "<Data>");
        own_literal(m, op, from);
        dep_end(m, dep);
        return;
    }
    cor_buf_c(&m->lit, '<');
    cor_buf_str(&m->lit, el->text);
    xml_attrs(m, el);
    if (c == HAS_NONE && el->closed) {
        cor_buf_z(&m->lit, "/>");
    } else {
        cor_buf_c(&m->lit, '>');
        xml_content(m, el, cor_str_is(el->text, "Event") || (is_container(el->text) && el->attr == NULL));
        end_tag(m, el->text);
    }
    dep_end(m, dep);
}

cor_code cor_evtx_program_new(const cor_bx_shape *shape, cor_format fmt, cor_arena *mem, cor_evtx_program **out,
                              cor_err *e)
{
    maker m = {.n_hole = shape->n_hole};
    const cor_bx_node *root = shape->root;
    bool event = cor_str_is(root->text, "Event");
    if (root->kind != COR_BX_ELEMENT || root->next != NULL)
        m.by_tree = true;
    else if (fmt == COR_FMT_XML)
        xml_element(&m, root);
    else if (event)
        json_event(&m, root);
    else
        json_member(&m, root);
    flush(&m);
    cor_evtx_program *p = cor_arena_zero(mem, sizeof *p);
    cor_evtx_op *op = cor_arena_get(mem, (m.n + 1) * sizeof *op);
    uint8_t *lit = cor_arena_get(mem, m.lit.n + COR_EVTX_LIT_PAD);
    cor_code rc = p == NULL || op == NULL || lit == NULL || m.nomem || !cor_buf_ok(&m.lit) ? cor_nomem(e, "evtx")
        : COR_OK;
    if (rc == COR_OK) {
        if (m.n != 0)
            memcpy(op, m.op, m.n * sizeof *op);
        if (m.lit.n != 0)
            memcpy(lit, m.lit.p, m.lit.n);
        memset(lit + m.lit.n, 0, COR_EVTX_LIT_PAD);
        *p = (cor_evtx_program){op, (uint32_t)m.n, m.by_tree, lit};
        *out = p;
    }
    cor_free(m.op);
    cor_buf_free(&m.lit);
    return rc;
}
