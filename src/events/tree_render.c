/* From the tree to one line. The JSON is what evtx_dump 0.15.1 prints with -o jsonl: an element is null when it is
 * empty, its value when it has neither attributes nor children, else an object with "#attributes", "#text" and its
 * children; a name that comes again gets _1, _2...; Data elements of EventData and UserData become members by their
 * Name, in an array when equal names follow each other; unnamed ones share {"Data":{"#text":...}}. Unlike there,
 * unnamed Data beside named ones are not dropped. */
#include "base/utf.h"
#include "events/tree.h"

static cor_code json_value(const cor_elem *el, cor_buf *out, int depth);

static void json_text(const cor_elem *el, cor_buf *out)
{
    if (el->flags & COR_ELEM_BARE)
        cor_buf_str(out, el->text);
    else
        cor_json_quote(out, el->text);
}

static bool has_attrs(const cor_elem *el)
{
    for (const cor_attr *a = el->attr; a != NULL; a = a->next)
        if (a->value.n > 0)
            return true;
    return false;
}

static void json_attrs(const cor_elem *el, cor_buf *out)
{
    bool first = true;
    cor_buf_z(out, "\"#attributes\":{");
    for (const cor_attr *a = el->attr; a != NULL; a = a->next) {
        if (a->value.n == 0)
            continue;
        if (!first)
            cor_buf_c(out, ',');
        first = false;
        cor_json_quote(out, a->name);
        cor_buf_c(out, ':');
        if (a->bare)
            cor_buf_str(out, a->value);
        else
            cor_json_quote(out, a->value);
    }
    cor_buf_c(out, '}');
}

/* The member name a child is printed under; {NULL, 0} for an unnamed Data of a container. */
static cor_str member(const cor_elem *c, bool container)
{
    if (!container || !cor_str_is(c->name, "Data"))
        return c->name;
    const cor_attr *a = cor_attr_find(c, "Name");
    return a != NULL && a->value.n > 0 ? a->value : (cor_str){NULL, 0};
}

/* How often each name came up in one object. The first distinct ones stand in a list, the rest, which only crafted
 * events have, in a table, so that no event costs quadratic time. */
typedef struct names {
    cor_str name[48];
    uint32_t count[48];
    uint32_t n;
    cor_intern rest;
    cor_buf rest_count; /* uint32_t by number */
} names;

/* 0 the first time, then 1, 2... No memory: poisons out. */
static uint32_t seen(names *t, cor_str name, cor_buf *out)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (cor_str_eq(t->name[i], name))
            return ++t->count[i];
    if (t->n < COR_LEN(t->name)) {
        t->name[t->n] = name;
        t->count[t->n++] = 0;
        return 0;
    }
    uint32_t no = cor_intern_add(&t->rest, name), count = 0;
    if (no == t->rest_count.n / sizeof count)
        cor_buf_put(&t->rest_count, &count, sizeof count);
    else if (no < t->rest_count.n / sizeof count) {
        memcpy(&count, t->rest_count.p + no * sizeof count, sizeof count);
        count++;
        memcpy(t->rest_count.p + no * sizeof count, &count, sizeof count);
    }
    out->bad |= no == COR_NONE || !cor_buf_ok(&t->rest_count);
    return count;
}

/* The value of one Data element of a container: "" when empty, and never its attributes. */
static cor_code data_value(const cor_elem *el, cor_buf *out, int depth)
{
    if (el->child == NULL) {
        json_text(el, out);
        return COR_OK;
    }
    cor_elem bare = *el;
    bare.attr = NULL;
    return json_value(&bare, out, depth);
}

/* Data elements: those that `same` says belong together, starting at c, as one value or an array of them. */
static cor_code data_values(const cor_elem *c, size_t n, bool unnamed, cor_buf *out, int depth)
{
    if (n > 1)
        cor_buf_c(out, '[');
    for (size_t done = 0; done < n; c = c->next) {
        if (unnamed && (!cor_str_is(c->name, "Data") || member(c, true).p != NULL))
            continue;
        if (done++ > 0)
            cor_buf_c(out, ',');
        cor_code code = data_value(c, out, depth);
        if (code != COR_OK)
            return code;
    }
    if (n > 1)
        cor_buf_c(out, ']');
    return COR_OK;
}

static size_t count_unnamed(const cor_elem *c)
{
    size_t n = 0;
    for (; c != NULL; c = c->next)
        n += member(c, true).p == NULL;
    return n;
}

static void member_key(cor_buf *out, cor_str name, unsigned suffix)
{
    cor_buf_c(out, '"');
    cor_json_escape(out, name);
    if (suffix > 0) {
        cor_buf_c(out, '_');
        cor_buf_u64(out, suffix);
    }
    cor_buf_z(out, "\":");
}

/* The run of Data elements from *c that share its name, which moves to the last of them. */
static size_t same_name(const cor_elem **c, cor_str name)
{
    size_t run = 1;
    for (const cor_elem *k = (*c)->next; k != NULL && cor_str_is(k->name, "Data") && cor_str_eq(member(k, true), name);
         k = k->next, run++)
        *c = k;
    return run;
}

static cor_code json_children(const cor_elem *el, cor_buf *out, bool comma, int depth)
{
    bool container = cor_str_is(el->name, "EventData") || cor_str_is(el->name, "UserData"), unnamed_done = false;
    names t; /* its lists are filled as they are used */
    t.n = 0;
    t.rest = (cor_intern){0};
    t.rest_count = (cor_buf){0};
    cor_code code = COR_OK;
    for (const cor_elem *c = el->child; c != NULL && code == COR_OK; c = c->next) {
        cor_str name = member(c, container);
        if (name.p == NULL && unnamed_done)
            continue;
        if (comma)
            cor_buf_c(out, ',');
        comma = true;
        member_key(out, name.p == NULL ? c->name : name, seen(&t, name.p == NULL ? c->name : name, out));
        if (name.p == NULL) {
            unnamed_done = true;
            cor_buf_z(out, "{\"#text\":");
            code = data_values(c, count_unnamed(c), true, out, depth);
            cor_buf_c(out, '}');
        } else if (container && cor_str_is(c->name, "Data")) {
            const cor_elem *first = c;
            code = data_values(first, same_name(&c, name), false, out, depth);
        } else {
            code = json_value(c, out, depth);
        }
    }
    cor_intern_free(&t.rest);
    cor_buf_free(&t.rest_count);
    return code;
}

static cor_code json_value(const cor_elem *el, cor_buf *out, int depth)
{
    if (depth > COR_TREE_DEPTH_MAX) {
        cor_buf_z(out, "null");
        return COR_OK;
    }
    bool attrs = has_attrs(el);
    if (el->child == NULL && !attrs) {
        if (el->text.n == 0)
            cor_buf_z(out, "null");
        else
            json_text(el, out);
        return COR_OK;
    }
    bool comma = false;
    cor_buf_c(out, '{');
    if (attrs) {
        json_attrs(el, out);
        comma = true;
    }
    if (el->text.n > 0) {
        if (comma)
            cor_buf_c(out, ',');
        cor_buf_z(out, "\"#text\":");
        json_text(el, out);
        comma = true;
    }
    cor_code code = json_children(el, out, comma, depth + 1);
    cor_buf_c(out, '}');
    return code;
}

void cor_xml_line(cor_buf *out, cor_str s, bool attribute)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\n' && s.p[i] != '\r' && !(attribute && s.p[i] == '\t'))
            continue;
        cor_xml_escape(out, (cor_str){s.p + run, i - run}, attribute);
        cor_buf_z(out, s.p[i] == '\n' ? "&#10;" : s.p[i] == '\r' ? "&#13;" : "&#9;");
        run = i + 1;
    }
    cor_xml_escape(out, (cor_str){s.p + run, s.n - run}, attribute);
}

/* Names come from JSON members too, where they may hold anything: what XML does not allow becomes an underscore. */
static void xml_name(cor_buf *out, cor_str name)
{
    if (name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9') || name.p[0] == '-' || name.p[0] == '.')
        cor_buf_c(out, '_');
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
            c == '-' || c == '.' || c == ':';
        cor_buf_c(out, fine ? c : '_');
    }
}

static void xml_element(const cor_elem *el, cor_buf *out, int depth)
{
    if (depth > COR_TREE_DEPTH_MAX)
        return;
    cor_buf_c(out, '<');
    xml_name(out, el->name);
    for (const cor_attr *a = el->attr; a != NULL; a = a->next) {
        if (a->value.n == 0)
            continue;
        cor_buf_c(out, ' ');
        xml_name(out, a->name);
        cor_buf_z(out, "=\"");
        cor_xml_line(out, a->value, true);
        cor_buf_c(out, '"');
    }
    if (el->child == NULL && el->text.n == 0 && (el->flags & COR_ELEM_CLOSED)) {
        cor_buf_z(out, "/>");
        return;
    }
    cor_buf_c(out, '>');
    cor_xml_line(out, el->text, false);
    for (const cor_elem *c = el->child; c != NULL; c = c->next)
        xml_element(c, out, depth + 1);
    cor_buf_z(out, "</");
    xml_name(out, el->name);
    cor_buf_c(out, '>');
}

cor_code cor_tree_render(const cor_elem *root, cor_format fmt, cor_buf *out, cor_err *e)
{
    cor_code code = COR_OK;
    if (fmt == COR_FMT_XML) {
        xml_element(root, out, 1);
    } else {
        cor_buf_c(out, '{');
        member_key(out, root->name, 0);
        code = json_value(root, out, 1);
        cor_buf_c(out, '}');
    }
    return code == COR_OK && !cor_buf_ok(out) ? cor_nomem(e, "tree") : code;
}

cor_code cor_tree_render_event(const cor_event *ev, cor_format fmt, cor_buf *out, cor_err *e)
{
    return cor_tree_render(ev->reader, fmt, out, e);
}
