#include "base/alloc.h"
#include "events/tree_xml.h"

typedef struct builder {
    cor_arena *mem;
    cor_elem *root;
    cor_elem *open[COR_XML_DEPTH_MAX + 1];
    size_t room[COR_XML_DEPTH_MAX + 1]; /* bytes that the open element's text can hold where it lies */
    int depth;
} builder;

static cor_code on_start(void *ctx, cor_str name, const char *const *attr, cor_err *e)
{
    builder *b = ctx;
    if (b->depth > 0 && cor_str_is(name, "Event"))
        return cor_fail(e, COR_EFORMAT, "xml", COR_NOPOS,
                        "an Event begins inside an Event: the end of the first is missing");
    cor_elem *el = cor_elem_new(b->mem, b->depth == 0 ? NULL : b->open[b->depth - 1], cor_arena_str(b->mem, name));
    if (el == NULL || el->name.p == NULL)
        return cor_nomem(e, "xml");
    for (; attr[0] != NULL; attr += 2) {
        cor_str an = cor_arena_str(b->mem, cor_str_of(attr[0])), av = cor_arena_str(b->mem, cor_str_of(attr[1]));
        if (an.p == NULL || av.p == NULL || !cor_elem_attr(b->mem, el, an, av, false))
            return cor_nomem(e, "xml");
    }
    if (b->depth == 0)
        b->root = el;
    b->room[b->depth] = 0;
    b->open[b->depth++] = el;
    return COR_OK;
}

/* Text comes in pieces (at each reference and line end); the room for them doubles. */
static cor_code on_text(void *ctx, cor_str s, cor_err *e)
{
    builder *b = ctx;
    cor_elem *el = b->open[b->depth - 1];
    size_t *room = &b->room[b->depth - 1], need = el->text.n + s.n;
    if (need > *room) {
        size_t want = *room == 0 ? s.n : need * 2;
        char *p = cor_arena_get(b->mem, want);
        if (p == NULL)
            return cor_nomem(e, "xml");
        memcpy(p, el->text.p, el->text.n);
        el->text.p = p;
        *room = want;
    }
    char *end;
    memcpy(&end, &el->text.p, sizeof end); /* the arena's own memory, ours to write */
    memcpy(end + el->text.n, s.p, s.n);
    el->text.n = need;
    return COR_OK;
}

static bool blank(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return false;
    return true;
}

static cor_code on_end(void *ctx, bool closed, cor_err *e)
{
    (void)e;
    builder *b = ctx;
    cor_elem *el = b->open[--b->depth];
    if (closed)
        el->flags |= COR_ELEM_CLOSED;
    if (el->child != NULL && blank(el->text))
        el->text.n = 0; /* indentation */
    return COR_OK;
}

cor_code cor_tree_xml(cor_xml *x, cor_str text, uint64_t base, cor_arena *mem, cor_elem **root, size_t *used,
                      cor_err *e)
{
    builder b = {.mem = mem};
    cor_xml_hooks h = {.ctx = &b, .start = on_start, .text = on_text, .end = on_end};
    cor_code code = cor_xml_element(x, text, base, &h, used, e);
    if (code != COR_OK)
        return code;
    if (!cor_str_is(b.root->name, "Event"))
        return cor_fail(e, COR_EFORMAT, "xml", base, "the element %.40s where Event should be", b.root->name.p);
    cor_tree_bare_system(b.root);
    *root = b.root;
    return COR_OK;
}

cor_code cor_tree_xml_whole(cor_xml *x, cor_str text, uint64_t base, cor_arena *mem, cor_elem **root, bool *repaired,
                            cor_err *e)
{
    size_t used;
    *repaired = false;
    cor_code code = cor_tree_xml(x, text, base, mem, root, &used, e);
    if (code != COR_EFORMAT)
        return code;
    cor_buf fixed = {0};
    cor_xml_repair(text, &fixed);
    if (!cor_buf_ok(&fixed)) {
        code = cor_nomem(e, "xml");
    } else if (!cor_str_eq(cor_buf_view(&fixed), text)) {
        cor_err second;
        cor_code again = cor_tree_xml(x, cor_buf_view(&fixed), base, mem, root, &used, &second);
        *repaired = again == COR_OK;
        if (again == COR_OK)
            code = COR_OK;
        else if (again == COR_ENOMEM)
            code = cor_nomem(e, "xml"); /* otherwise the first error has the true position */
    }
    cor_buf_free(&fixed);
    return code;
}
