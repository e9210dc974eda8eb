#include "readers/evtx/view.h"

#include "base/alloc.h"
#include "readers/evtx/totree.h"

#define ROOM "evtx"

typedef struct source {
    enum { SRC_NONE, SRC_LITERAL, SRC_HOLE, SRC_MIXED /* in pieces: only a record's tree can tell */ } kind;
    uint16_t hole;
    cor_val val;                  /* LITERAL */
} source;

struct cor_evtx_view {
    source sys[COR_SYS_N];
    uint32_t n_field;
    const cor_str *name;
    const source *field;
    bool by_tree;                 /* has something that only a record's tree can tell: pieces of text, a name with a hole */
    bool userdata;
    bool in_holes;                /* no field's value is part of the template */
    int data_hole;                /* the hole among Event's children that holds the data, or -1 */
    const cor_layout *layout;     /* of the fields, in the layouts table of layout_epoch - 1 (0: none yet) */
    uint64_t layout_epoch;
};

/* ---- where a value stands ---- */

static source source_of(const cor_bx_node *list)
{
    if (list == NULL)
        return (source){.kind = SRC_NONE};
    if (list->next == NULL && list->kind == COR_BX_TEXT)
        return (source){.kind = SRC_LITERAL, .val = cor_val_utf8(list->text)};
    if (list->next == NULL && list->kind == COR_BX_VALUE)
        return (source){.kind = SRC_LITERAL, .val = list->val};
    if (list->next == NULL && list->kind == COR_BX_HOLE)
        return (source){.kind = SRC_HOLE, .hole = list->index};
    return (source){.kind = SRC_MIXED};
}

/* ---- System ---- */

static const struct { const char *element, *attr; cor_sys sys; } system_table[] = {
    {"Provider", "Name", COR_SYS_PROVIDER_NAME}, {"Provider", "Guid", COR_SYS_PROVIDER_GUID},
    {"Provider", "EventSourceName", COR_SYS_EVENT_SOURCE}, {"EventID", NULL, COR_SYS_EVENT_ID}, {"EventID", "Qualifiers", COR_SYS_QUALIFIERS},
    {"Version", NULL, COR_SYS_VERSION}, {"Level", NULL, COR_SYS_LEVEL}, {"Task", NULL, COR_SYS_TASK}, {"Opcode", NULL, COR_SYS_OPCODE},
    {"Keywords", NULL, COR_SYS_KEYWORDS}, {"TimeCreated", "SystemTime", COR_SYS_TIME_CREATED}, {"EventRecordID", NULL, COR_SYS_RECORD_ID},
    {"Correlation", "ActivityID", COR_SYS_ACTIVITY_ID}, {"Correlation", "RelatedActivityID", COR_SYS_RELATED_ACTIVITY_ID},
    {"Execution", "ProcessID", COR_SYS_PROCESS_ID}, {"Execution", "ThreadID", COR_SYS_THREAD_ID}, {"Channel", NULL, COR_SYS_CHANNEL},
    {"Computer", NULL, COR_SYS_COMPUTER}, {"Security", "UserID", COR_SYS_USER_ID},
};

static const cor_bx_node *attr_value(const cor_bx_node *el, const char *name)
{
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next)
        if (cor_str_is(a->name, name))
            return a->value;
    return NULL;
}

static void find_system(const cor_bx_node *system, source sys[COR_SYS_N])
{
    for (const cor_bx_node *el = system->child; el != NULL; el = el->next) {
        if (el->kind != COR_BX_ELEMENT)
            continue;
        for (size_t i = 0; i < COR_LEN(system_table); i++) {
            if (!cor_str_is(el->text, system_table[i].element))
                continue;
            source s = source_of(system_table[i].attr == NULL ? el->child : attr_value(el, system_table[i].attr));
            if (sys[system_table[i].sys].kind == SRC_NONE)
                sys[system_table[i].sys] = s;
        }
    }
}

/* ---- data fields: their names and where each value stands ---- */

typedef struct walk {
    cor_evtx_viewer *v;   /* name[] and n are the room used */
    source *field;        /* parallel to v->name */
    size_t field_cap;
    bool by_tree, userdata;
    cor_str prefix;       /* "RenderingInfo." or empty */
    cor_err *e;
} walk;

static cor_code push(walk *w, cor_str name, source s)
{
    cor_evtx_viewer *v = w->v;
    cor_str *names = cor_grow(v->name, &v->name_cap, v->n + 1, sizeof *names);
    if (names == NULL)
        return cor_nomem(w->e, ROOM);
    v->name = names;
    source *f = cor_grow(w->field, &w->field_cap, v->n + 1, sizeof *f);
    if (f == NULL)
        return cor_nomem(w->e, ROOM);
    w->field = f;
    if (w->prefix.n != 0) {
        if (!cor_evtx_spend(v->evtx, name.n))
            return cor_fail(w->e, COR_ELIMIT, ROOM, COR_NOPOS, "field names longer than a chunk can need");
        name = cor_arena_fmt(cor_evtx_shape_mem(v->evtx), "%.*s%.*s", COR_STR_FMT(w->prefix), COR_STR_FMT(name));
        if (name.p == NULL)
            return cor_nomem(w->e, ROOM);
    }
    names[v->n] = name;
    f[v->n++] = s;
    w->by_tree |= s.kind == SRC_MIXED;
    return COR_OK;
}

/* Attributes other than namespaces are fields of their own: Element.Attribute. */
static cor_code push_attributes(walk *w, const cor_bx_node *el)
{
    for (const cor_bx_attr *a = el->attr; a != NULL; a = a->next) {
        if (a->name.n >= 5 && memcmp(a->name.p, "xmlns", 5) == 0)
            continue;
        if (!cor_evtx_spend(w->v->evtx, el->text.n + a->name.n))
            return cor_fail(w->e, COR_ELIMIT, ROOM, COR_NOPOS, "field names longer than a chunk can need");
        cor_str name = cor_arena_fmt(cor_evtx_shape_mem(w->v->evtx), "%.*s.%.*s", COR_STR_FMT(el->text), COR_STR_FMT(a->name));
        if (name.p == NULL)
            return cor_nomem(w->e, ROOM);
        cor_code rc = push(w, name, source_of(a->value));
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}

static bool has_elements(const cor_bx_node *list)
{
    for (const cor_bx_node *n = list; n != NULL; n = n->next)
        if (n->kind == COR_BX_ELEMENT)
            return true;
    return false;
}

/* The children of EventData, UserData and the like. The recursion is as deep as the parser allows elements to be. */
static cor_code walk_nodes(walk *w, const cor_bx_node *list, bool event_data)
{
    for (const cor_bx_node *el = list; el != NULL; el = el->next) {
        if (el->kind != COR_BX_ELEMENT)
            continue;
        bool data = event_data && cor_str_is(el->text, "Data");
        cor_str name = el->text;
        cor_code rc = COR_OK;
        source value = source_of(el->child);
        w->by_tree |= el->index != COR_BX_NODEP && (value.kind != SRC_HOLE || value.hole != el->index); /* left out by another's absence */
        if (data) { /* by its Name attribute */
            source s = source_of(attr_value(el, "Name"));
            w->by_tree |= s.kind != SRC_NONE && s.kind != SRC_LITERAL;
            if (s.kind == SRC_LITERAL && s.val.type == COR_V_UTF8)
                name = (cor_str){(const char *)s.val.p, s.val.len};
        } else {
            rc = push_attributes(w, el);
        }
        if (rc == COR_OK && has_elements(el->child))
            rc = walk_nodes(w, el->child, false);
        else if (rc == COR_OK && (el->child != NULL || el->attr == NULL || data))
            rc = push(w, name, value);
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}

/* A part of an event beside System: EventData, UserData, RenderingInfo, ProcessingErrorData, DebugData... */
static cor_code walk_part(walk *w, const cor_bx_node *el)
{
    cor_str prefix = w->prefix;
    if (cor_str_is(el->text, "RenderingInfo"))
        w->prefix = COR_S("RenderingInfo.");
    w->userdata |= cor_str_is(el->text, "UserData");
    for (const cor_bx_node *n = el->child; n != NULL; n = n->next)
        w->by_tree |= n->kind == COR_BX_HOLE; /* data beside something else: only the tree shows both */
    cor_code rc = walk_nodes(w, el->child, cor_str_is(el->text, "EventData"));
    w->prefix = prefix;
    return rc;
}

/* ---- views ---- */

static bool is_event(const cor_bx_node *root)
{
    return root != NULL && root->kind == COR_BX_ELEMENT && cor_str_is(root->text, "Event");
}

/* The parts that Event has beside System. */
static bool is_part(const cor_bx_node *el)
{
    static const char *const part[] = {"EventData", "UserData", "RenderingInfo", "ProcessingErrorData", "DebugData", "BinaryEventData"};
    for (size_t i = 0; i < COR_LEN(part); i++)
        if (cor_str_is(el->text, part[i]))
            return true;
    return false;
}

/* <UserData>hole</UserData>: the data is an instance of its own inside, and without it the element is left out. */
static bool is_shell(const cor_bx_node *el)
{
    return is_part(el) && el->attr == NULL && el->child != NULL && el->child->next == NULL && el->child->kind == COR_BX_HOLE &&
           (el->index == COR_BX_NODEP || el->index == el->child->index);
}

static cor_code keep_fields(cor_evtx_viewer *v, const walk *w, cor_evtx_view *out)
{
    cor_arena *mem = cor_evtx_shape_mem(v->evtx);
    cor_str *names = cor_arena_get(mem, v->n * sizeof *names);
    source *f = cor_arena_get(mem, v->n * sizeof *f);
    if (names == NULL || f == NULL)
        return cor_nomem(w->e, ROOM);
    memcpy(names, v->name, v->n * sizeof *names);
    memcpy(f, w->field, v->n * sizeof *f);
    out->n_field = (uint32_t)v->n;
    out->name = names;
    out->field = f;
    return COR_OK;
}

static cor_code make_view(cor_evtx_viewer *v, const cor_bx_node *root, cor_evtx_view *out, cor_err *e)
{
    *out = (cor_evtx_view){.data_hole = -1};
    walk w = {.v = v, .e = e, .prefix = {"", 0}, .by_tree = root->next != NULL};
    v->n = 0;
    cor_code rc = COR_OK;
    for (const cor_bx_node *part = is_event(root) ? root->child : NULL; part != NULL && rc == COR_OK; part = part->next) {
        if (part->kind == COR_BX_ELEMENT && cor_str_is(part->text, "System"))
            find_system(part, out->sys);
        else if (part->kind == COR_BX_ELEMENT && is_shell(part) && out->data_hole < 0)
            out->data_hole = part->child->index, w.userdata |= cor_str_is(part->text, "UserData");
        else if (part->kind == COR_BX_ELEMENT)
            rc = walk_part(&w, part);
        else if (part->kind == COR_BX_HOLE && out->data_hole < 0)
            out->data_hole = part->index;
        else
            w.by_tree = true;
    }
    if (rc == COR_OK && root->kind == COR_BX_ELEMENT && !is_event(root) && is_shell(root))
        out->data_hole = root->child->index, w.userdata = cor_str_is(root->text, "UserData"); /* a shell with its data one deeper */
    else if (rc == COR_OK && root->kind == COR_BX_ELEMENT && !is_event(root))
        rc = is_part(root) ? walk_part(&w, root) : walk_nodes(&w, root, false);
    for (int i = 0; i < COR_SYS_N; i++)
        w.by_tree |= out->sys[i].kind == SRC_MIXED;
    out->by_tree = w.by_tree;
    out->in_holes = !w.by_tree;
    for (size_t i = 0; rc == COR_OK && i < v->n; i++)
        out->in_holes &= w.field[i].kind == SRC_HOLE || w.field[i].kind == SRC_NONE;
    out->userdata = w.userdata;
    if (rc == COR_OK && v->n != 0)
        rc = keep_fields(v, &w, out);
    cor_free(w.field);
    return rc;
}

/* A shape's view, made at its first use. */
static cor_code view_of(cor_evtx_viewer *v, const cor_bx_shape *shape, cor_evtx_view **out, cor_err *e)
{
    if (COR_LIKELY(shape->user[0] != NULL)) {
        *out = shape->user[0];
        return COR_OK;
    }
    cor_evtx_view *view = cor_arena_get(cor_evtx_shape_mem(v->evtx), sizeof *view);
    if (view == NULL)
        return cor_nomem(e, ROOM);
    cor_code rc = make_view(v, shape->root, view, e);
    if (rc == COR_OK)
        ((cor_bx_shape *)shape)->user[0] = view;
    *out = view;
    return rc;
}

static cor_val resolve(const source *s, const cor_bx_inst *inst)
{
    return s->kind == SRC_LITERAL ? s->val : s->kind == SRC_HOLE ? inst->val[s->hole] : (cor_val){0};
}

/* What is asked of every record; most end before somebody wants the rest. */
static const cor_sys first_sys[] = {COR_SYS_CHANNEL, COR_SYS_PROVIDER_NAME, COR_SYS_EVENT_ID, COR_SYS_RECORD_ID,
                                    COR_SYS_TIME_CREATED, COR_SYS_COMPUTER};

static void fill_head(const cor_evtx_view *view, const cor_bx_inst *inst, const cor_evtx_record *r, cor_event *ev)
{
    for (size_t i = 0; i < COR_LEN(first_sys); i++)
        ev->sys[first_sys[i]] = resolve(&view->sys[first_sys[i]], inst);
    int64_t n;
    ev->head = (cor_head){ev->sys[COR_SYS_CHANNEL], ev->sys[COR_SYS_PROVIDER_NAME], 0};
    if (cor_val_int(ev->sys[COR_SYS_EVENT_ID], &n) && n >= 0 && n <= UINT32_MAX)
        ev->head.event_id = (uint32_t)n;
    ev->record_id = cor_val_int(ev->sys[COR_SYS_RECORD_ID], &n) && n >= 0 ? (uint64_t)n : r->number;
    if (!cor_val_time(ev->sys[COR_SYS_TIME_CREATED], &ev->time))
        ev->time = r->written;
}

/* ---- the record in work ---- */

cor_code cor_evtx_view_tree(cor_evtx_viewer *v, cor_elem **root, cor_err *e)
{
    if (v->tree == NULL) {
        cor_code rc = cor_evtx_tree(v->evtx, &v->inst, &v->tree, e);
        if (rc != COR_OK)
            return rc;
    }
    *root = v->tree;
    return COR_OK;
}

cor_code cor_evtx_view_record(cor_evtx_viewer *v, const cor_evtx_record *r, cor_event *ev, cor_err *e)
{
    v->tree = NULL;
    cor_code rc = cor_evtx_parse(v->evtx, r, &v->inst, e);
    if (rc != COR_OK)
        return rc;
    v->view = NULL;
    if (v->inst.shape != NULL) {
        if ((rc = view_of(v, v->inst.shape, &v->view, e)) != COR_OK)
            return rc;
        if (!v->view->by_tree) {
            fill_head(v->view, &v->inst, r, ev);
            return COR_OK;
        }
    } else {
        ev->flags |= COR_EV_INLINE;
    }
    cor_elem *root;
    rc = cor_evtx_view_tree(v, &root, e);
    if (rc == COR_OK)
        rc = cor_tree_system(root, cor_evtx_record_mem(v->evtx), ev, e);
    if (rc != COR_OK)
        return rc;
    if (ev->time == COR_NOTIME)
        ev->time = r->written;
    if (ev->sys[COR_SYS_RECORD_ID].type == COR_V_NULL)
        ev->record_id = r->number;
    return COR_OK;
}

void cor_evtx_view_system(const cor_evtx_viewer *v, cor_event *ev)
{
    if (v->view != NULL && !v->view->by_tree) /* else all of it came from the tree */
        for (int i = 0; i < COR_SYS_N; i++)
            ev->sys[i] = resolve(&v->view->sys[i], &v->inst);
}

bool cor_evtx_view_bytes(const cor_evtx_viewer *v, cor_str *raw)
{
    static const uint64_t plain =
        UINT64_C(1) << COR_V_NULL | UINT64_C(1) << COR_V_UTF16 | UINT64_C(1) << COR_V_I8 | UINT64_C(1) << COR_V_U8 |
        UINT64_C(1) << COR_V_I16 | UINT64_C(1) << COR_V_U16 | UINT64_C(1) << COR_V_I32 | UINT64_C(1) << COR_V_U32 |
        UINT64_C(1) << COR_V_I64 | UINT64_C(1) << COR_V_U64 | UINT64_C(1) << COR_V_BINARY | UINT64_C(1) << COR_V_GUID |
        UINT64_C(1) << COR_V_SIZE | UINT64_C(1) << COR_V_FILETIME | UINT64_C(1) << COR_V_SYSTIME |
        UINT64_C(1) << COR_V_SID | UINT64_C(1) << COR_V_HEX32 | UINT64_C(1) << COR_V_HEX64;
    const cor_evtx_view *view = v->view;
    cor_evtx_glance g;
    if (view == NULL || view->by_tree || view->n_field != 0 || view->data_hole < 0 ||
        !cor_evtx_glance_at(v->evtx, &v->inst, (uint32_t)view->data_hole, &g) || (g.types & ~plain) != 0)
        return false;
    const cor_evtx_view *inner = g.shape->user[0];
    *raw = g.bytes;
    return inner != NULL && inner->in_holes;
}

/* The values of a view's fields; false when one is binary XML, which only a tree can show. */
static bool copy_fields(cor_evtx_viewer *v, const cor_evtx_view *view, const cor_bx_inst *inst)
{
    for (uint32_t i = 0; i < view->n_field; i++) {
        v->val[i] = resolve(&view->field[i], inst);
        if (COR_UNLIKELY(v->val[i].type == COR_V_BXML))
            return false;
    }
    return true;
}

/* The usual record: its view says all. False: by its tree. */
/* Instances inside each other that only wrap the data: Event, UserData. Deeper ones are left to the tree. */
enum { SHELLS_MAX = 4 };

static bool by_view(cor_evtx_viewer *v, cor_evtx_view *view, const cor_bx_inst *inst, cor_event *ev, cor_err *e, cor_code *rc)
{
    if (view->by_tree)
        return false;
    cor_val *vals = cor_grow(v->val, &v->val_cap, view->n_field + (size_t)1, sizeof *vals);
    if (vals == NULL) {
        *rc = cor_nomem(e, ROOM);
        return true;
    }
    v->val = vals;
    if (!copy_fields(v, view, inst))
        return false;
    if (COR_UNLIKELY(view->layout_epoch != cor_layouts_epoch(v->layouts) + 1)) {
        view->layout = cor_layouts_get(v->layouts, view->name, view->n_field);
        view->layout_epoch = cor_layouts_epoch(v->layouts) + 1;
        if (view->layout == NULL)
            *rc = cor_nomem(e, ROOM);
    }
    ev->layout = view->layout;
    ev->layouts = v->layouts;
    ev->val = v->val;
    ev->raw = inst->bytes;
    return true;
}

cor_code cor_evtx_view_fields(cor_evtx_viewer *v, cor_event *ev, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_evtx_view *view = v->view;
    cor_bx_inst *inst = &v->inst;
    bool nested = false, userdata = view != NULL && view->userdata;
    ev->raw = (cor_str){NULL, 0};
    for (int depth = 0; view != NULL && !view->by_tree; depth++) {
        const cor_val *hole = view->data_hole >= 0 ? &inst->val[view->data_hole] : NULL;
        nested = hole != NULL && hole->type == COR_V_BXML && hole->len > 0;
        if (!nested || view->n_field != 0 || depth == SHELLS_MAX)
            break;
        if ((rc = cor_evtx_nested(v->evtx, inst, (uint32_t)view->data_hole, &inst, e)) != COR_OK)
            return rc;
        if (inst->shape == NULL)
            break;
        if ((rc = view_of(v, inst->shape, &view, e)) != COR_OK)
            return rc;
        userdata |= view->userdata;
    }
    if (view != NULL && !nested && inst->shape != NULL && by_view(v, view, inst, ev, e, &rc)) {
        ev->flags |= userdata ? COR_EV_USERDATA : 0;
        return rc;
    }
    cor_elem *root;
    rc = cor_evtx_view_tree(v, &root, e);
    return rc != COR_OK ? rc : cor_tree_fields(root, cor_evtx_record_mem(v->evtx), v->layouts, ev, e);
}

bool cor_evtx_viewer_init(cor_evtx_viewer *v)
{
    *v = (cor_evtx_viewer){.evtx = cor_evtx_new(), .layouts = cor_layouts_new()};
    return v->evtx != NULL && v->layouts != NULL;
}

void cor_evtx_viewer_free(cor_evtx_viewer *v)
{
    cor_evtx_free(v->evtx);
    cor_layouts_free(v->layouts);
    cor_free(v->name);
    cor_free(v->val);
}
