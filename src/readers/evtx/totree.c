#include "readers/evtx/totree.h"

#include "base/utf.h"

#define ROOM "evtx"
#define DEPTH_MAX COR_TREE_DEPTH_MAX
/* nodes looked at for one record: instances in instances multiply what 64 KiB hold; events need some hundred */
#define ELEMENTS_MAX 100000u
/* bytes of names and text of one record, for the same reason; 64 KiB hold at most 200 KB */
#define SPELLED_MAX ((size_t)4 << 20)

typedef struct build {
    cor_evtx *x;
    cor_arena *mem;
    uint32_t depth, elements;
    size_t spelled;
    cor_err *e;
} build;

bool cor_evtx_bare(cor_val v)
{
    return v.type >= COR_V_I8 && v.type <= COR_V_U64 ? true : v.type == COR_V_BOOL;
}

static cor_code add(build *b, const cor_bx_node *list, cor_bx_inst *inst, cor_elem *parent, cor_elem **root);

/* Counts a node looked at, and n bytes that it adds. */
static cor_code count(build *b, size_t n)
{
    b->spelled += n;
    if (++b->elements > ELEMENTS_MAX || b->spelled > SPELLED_MAX)
        return cor_fail(b->e, COR_ELIMIT, ROOM, COR_NOPOS,
                        "values within values that unfold to more than a record can need");
    return COR_OK;
}

static uint32_t entity(cor_str name)
{
    static const struct { const char *name; char c; } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'},
                                                                 {"apos", '\''}};
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_is(name, known[i].name))
            return (uint32_t)known[i].c;
    return 0;
}

static void put_node(build *b, cor_buf *out, const cor_bx_node *n, const cor_bx_inst *inst, bool *bare)
{
    cor_val v = n->kind == COR_BX_VALUE ? n->val : n->kind == COR_BX_HOLE ? inst->val[n->index] : (cor_val){0};
    *bare = false;
    if (n->kind == COR_BX_TEXT) {
        cor_buf_str(out, n->text);
    } else if (n->kind == COR_BX_CHARREF) {
        cor_utf8_put(out, n->index);
    } else if (n->kind == COR_BX_ENTITY) {
        if (entity(n->text) != 0)
            cor_utf8_put(out, entity(n->text));
        else
            cor_buf_fmt(out, "&%.*s;", COR_STR_FMT(n->text));
    } else if (v.type != COR_V_BXML && !cor_val_empty(v)) {
        cor_str s = cor_val_text(b->mem, v);
        out->bad |= s.p == NULL;
        cor_buf_str(out, s);
        *bare = cor_evtx_bare(v);
    }
}

/* All text directly in a list, and whether it is one bare value. */
static cor_code text_of(build *b, const cor_bx_node *list, const cor_bx_inst *inst, cor_str *out, bool *bare)
{
    *bare = false;
    *out = COR_S("");
    if (list == NULL)
        return COR_OK;
    if (list->next == NULL && list->kind == COR_BX_TEXT) {
        *out = list->text;
        return count(b, out->n);
    }
    cor_buf t = {0};
    size_t parts = 0;
    cor_code rc = COR_OK;
    for (const cor_bx_node *n = list; n != NULL && rc == COR_OK; n = n->next) {
        size_t before = t.n;
        bool one;
        put_node(b, &t, n, inst, &one);
        if (t.n != before)
            *bare = parts++ == 0 && one;
        rc = count(b, t.n - before);
    }
    if (rc != COR_OK) {
        cor_buf_free(&t);
        return rc;
    }
    *out = cor_buf_ok(&t) ? cor_arena_str(b->mem, cor_buf_view(&t)) : (cor_str){NULL, 0};
    cor_buf_free(&t);
    return out->p == NULL ? cor_nomem(b->e, ROOM) : COR_OK;
}

static cor_code add_attributes(build *b, const cor_bx_node *n, const cor_bx_inst *inst, cor_elem *el)
{
    for (const cor_bx_attr *a = n->attr; a != NULL; a = a->next) {
        cor_str value;
        bool bare;
        cor_code rc = text_of(b, a->value, inst, &value, &bare);
        rc = rc != COR_OK ? rc : count(b, a->name.n);
        if (rc != COR_OK)
            return rc;
        if (value.n != 0 && !cor_elem_attr(b->mem, el, a->name, value, bare))
            return cor_nomem(b->e, ROOM);
    }
    return COR_OK;
}

/* One element; `item`, when given, stands for the value of its only content, a hole. */
static cor_code add_element(build *b, const cor_bx_node *n, cor_bx_inst *inst, cor_elem *parent, const cor_val *item,
                            bool bare_item, cor_elem **root)
{
    if (b->depth >= DEPTH_MAX)
        return cor_fail(b->e, COR_ELIMIT, ROOM, COR_NOPOS, "elements nested too deeply");
    cor_code rc = count(b, n->text.n);
    if (rc != COR_OK)
        return rc;
    cor_elem *el = cor_elem_new(b->mem, parent, n->text);
    if (el == NULL)
        return cor_nomem(b->e, ROOM);
    if (root != NULL && *root == NULL)
        *root = el;
    rc = add_attributes(b, n, inst, el);
    if (rc != COR_OK)
        return rc;
    el->flags |= n->closed ? COR_ELEM_CLOSED : 0;
    if (item != NULL) {
        el->text = cor_val_text(b->mem, *item);
        el->flags |= bare_item ? COR_ELEM_BARE : 0;
        return el->text.p == NULL ? cor_nomem(b->e, ROOM) : count(b, el->text.n);
    }
    bool bare;
    rc = text_of(b, n->child, inst, &el->text, &bare);
    el->flags |= bare ? COR_ELEM_BARE : 0;
    b->depth++;
    rc = rc != COR_OK ? rc : add(b, n->child, inst, el, NULL);
    b->depth--;
    return rc;
}

/* An array in an element's only hole repeats the element ([MS-EVEN6] 3.1.4.7.5). */
static cor_code add_repeated(build *b, const cor_bx_node *n, cor_bx_inst *inst, cor_elem *parent, cor_elem **root)
{
    const cor_bx_node *hole = n->child;
    cor_val v = hole != NULL && hole->next == NULL && hole->kind == COR_BX_HOLE ? inst->val[hole->index] : (cor_val){0};
    if ((v.type & COR_V_ARRAY) == 0)
        return add_element(b, n, inst, parent, NULL, false, root);
    cor_val item;
    size_t at = 0;
    bool any = false;
    while (cor_val_item(v, &at, &item)) {
        bool alone = !any && at >= v.len; /* an array of one number is text, as evtx_dump shows it */
        cor_code rc = add_element(b, n, inst, parent, &item, !alone && cor_evtx_bare(item), root);
        if (rc != COR_OK)
            return rc;
        any = true;
    }
    return any ? COR_OK : add_element(b, n, inst, parent, NULL, false, root);
}

static cor_code add_instance(build *b, cor_bx_inst *inner, cor_elem *parent, cor_elem **root)
{
    if (b->depth >= DEPTH_MAX)
        return cor_fail(b->e, COR_ELIMIT, ROOM, COR_NOPOS, "values nested too deeply");
    b->depth++;
    cor_code rc = add(b, inner->root, inner, parent, root);
    b->depth--;
    if (rc == COR_OK && parent != NULL && parent->text.n == 0) { /* a nested value may also be bare text */
        bool bare;
        rc = text_of(b, inner->root, inner, &parent->text, &bare);
    }
    return rc;
}

static cor_code add(build *b, const cor_bx_node *list, cor_bx_inst *inst, cor_elem *parent, cor_elem **root)
{
    for (const cor_bx_node *n = list; n != NULL; n = n->next) {
        cor_code rc = count(b, 0);
        if (rc != COR_OK)
            return rc;
        if (n->kind == COR_BX_ELEMENT) {
            bool left_out = n->index != COR_BX_NODEP && n->index < inst->n_val &&
                inst->val[n->index].type == COR_V_NULL;
            rc = left_out ? COR_OK : add_repeated(b, n, inst, parent, root);
        } else if (n->kind == COR_BX_INSTANCE) {
            rc = add_instance(b, n->inst, parent, root);
        } else if (n->kind == COR_BX_HOLE && inst->val[n->index].type == COR_V_BXML && inst->val[n->index].len > 0) {
            cor_bx_inst *inner;
            rc = cor_evtx_nested(b->x, inst, n->index, &inner, b->e);
            rc = rc != COR_OK ? rc : add_instance(b, inner, parent, root);
        }
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}

cor_code cor_evtx_tree(cor_evtx *x, cor_bx_inst *inst, cor_elem **root, cor_err *e)
{
    build b = {.x = x, .mem = cor_evtx_record_mem(x), .e = e};
    *root = NULL;
    cor_code rc = add(&b, inst->root, inst, NULL, root);
    if (rc == COR_OK && *root == NULL)
        rc = cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "a record without an element");
    return rc;
}
