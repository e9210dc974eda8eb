/* From the tree to the event. */
#include "events/tree.h"

static bool hex_at(cor_str s, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f')))
            return false;
    return true;
}

/* 8-4-4-4-12, with or without braces. */
static bool is_guid(cor_str s)
{
    if (s.n == 38 && s.p[0] == '{' && s.p[37] == '}')
        s = (cor_str){s.p + 1, 36};
    return s.n == 36 && s.p[8] == '-' && s.p[13] == '-' && s.p[18] == '-' && s.p[23] == '-' && hex_at(s, 0, 8) &&
           hex_at(s, 9, 4) && hex_at(s, 14, 4) && hex_at(s, 19, 4) && hex_at(s, 24, 12);
}

cor_str cor_tree_guid(cor_arena *mem, cor_str s)
{
    if (!is_guid(s))
        return s;
    char *out = cor_arena_get(mem, 38);
    if (out == NULL)
        return (cor_str){NULL, 0};
    size_t o = 0;
    out[o++] = '{';
    for (size_t i = s.n == 38; o < 37; i++)
        out[o++] = s.p[i] >= 'A' && s.p[i] <= 'F' ? (char)(s.p[i] + 0x20) : s.p[i];
    out[o++] = '}';
    return (cor_str){out, o};
}

bool cor_tree_guid_name(cor_str name)
{
    return name.n >= 4 && cor_str_ieq((cor_str){name.p + name.n - 4, 4}, COR_S("guid"));
}

static cor_val text_val(cor_str s)
{
    return s.n == 0 ? (cor_val){0} : cor_val_utf8(s);
}

static const struct { const char *el; cor_sys sys; } by_text[] = {
    {"EventID", COR_SYS_EVENT_ID}, {"Version", COR_SYS_VERSION}, {"Level", COR_SYS_LEVEL}, {"Task", COR_SYS_TASK},
    {"Opcode", COR_SYS_OPCODE},
    {"Keywords", COR_SYS_KEYWORDS}, {"EventRecordID", COR_SYS_RECORD_ID}, {"Channel", COR_SYS_CHANNEL},
    {"Computer", COR_SYS_COMPUTER},
};
static const struct { const char *el, *attr; cor_sys sys; } by_attr[] = {
    {"Provider", "Name", COR_SYS_PROVIDER_NAME}, {"Provider", "Guid", COR_SYS_PROVIDER_GUID},
    {"Provider", "EventSourceName", COR_SYS_EVENT_SOURCE}, {"EventID", "Qualifiers", COR_SYS_QUALIFIERS},
    {"TimeCreated", "SystemTime", COR_SYS_TIME_CREATED}, {"Correlation", "ActivityID", COR_SYS_ACTIVITY_ID},
    {"Correlation", "RelatedActivityID", COR_SYS_RELATED_ACTIVITY_ID}, {"Execution", "ProcessID", COR_SYS_PROCESS_ID},
    {"Execution", "ThreadID", COR_SYS_THREAD_ID}, {"Security", "UserID", COR_SYS_USER_ID},
};

/* TimeCreated as a FILETIME, so that its text is the same whatever digits the shape wrote. */
static cor_code settle_time(cor_arena *mem, cor_event *ev, cor_err *e)
{
    ev->time = COR_NOTIME;
    if (!cor_val_time(ev->sys[COR_SYS_TIME_CREATED], &ev->time))
        return ev->time = COR_NOTIME, COR_OK;
    cor_time *t = cor_arena_get(mem, sizeof *t);
    if (t == NULL)
        return cor_nomem(e, "tree");
    *t = ev->time;
    ev->sys[COR_SYS_TIME_CREATED] = (cor_val){(const uint8_t *)t, sizeof *t, COR_V_FILETIME};
    return COR_OK;
}

cor_code cor_tree_system(const cor_elem *root, cor_arena *mem, cor_event *ev, cor_err *e)
{
    memset(ev->sys, 0, sizeof ev->sys);
    const cor_elem *system = cor_elem_find(root, "System");
    for (const cor_elem *el = system != NULL ? system->child : NULL; el != NULL; el = el->next) {
        for (size_t i = 0; i < COR_LEN(by_text); i++)
            if (cor_str_is(el->name, by_text[i].el))
                ev->sys[by_text[i].sys] = text_val(el->text);
        for (const cor_attr *a = el->attr; a != NULL; a = a->next)
            for (size_t i = 0; i < COR_LEN(by_attr); i++)
                if (cor_str_is(a->name, by_attr[i].attr) && cor_str_is(el->name, by_attr[i].el))
                    ev->sys[by_attr[i].sys] = text_val(a->value);
    }
    static const cor_sys guids[] = {COR_SYS_PROVIDER_GUID, COR_SYS_ACTIVITY_ID, COR_SYS_RELATED_ACTIVITY_ID};
    for (size_t i = 0; i < COR_LEN(guids); i++) {
        cor_val *v = &ev->sys[guids[i]];
        cor_str s = cor_tree_guid(mem, (cor_str){(const char *)v->p, v->len});
        if (s.p == NULL && v->len != 0)
            return cor_nomem(e, "tree");
        *v = text_val(s);
    }
    int64_t n;
    ev->head = (cor_head){ev->sys[COR_SYS_CHANNEL], ev->sys[COR_SYS_PROVIDER_NAME], 0};
    if (cor_val_int(ev->sys[COR_SYS_EVENT_ID], &n) && n > 0 && n <= UINT32_MAX)
        ev->head.event_id = (uint32_t)n;
    ev->record_id = cor_val_int(ev->sys[COR_SYS_RECORD_ID], &n) && n > 0 ? (uint64_t)n : 0;
    ev->render = cor_tree_render_event;
    /* Readers only read through it; render takes the event as const again. */
    memcpy(&ev->reader, &root, sizeof root);
    return settle_time(mem, ev, e);
}

/* Names of attributes as fields hold their element's name too: a long one with many attributes would multiply. Events
 * have some hundred bytes of such names. */
#define JOINED_MAX ((size_t)4 << 20)

typedef struct flat {
    cor_arena *mem;
    size_t joined;
    cor_str *name;
    cor_val *val;
    uint32_t n, cap;
    bool rendering; /* below RenderingInfo */
    bool full, swollen; /* no memory; more names than JOINED_MAX */
} flat;

static void add(flat *f, cor_str name, cor_str text)
{
    if (f->n == f->cap) { /* the arena keeps the old halves; events outgrow the first 64 rarely */
        uint32_t cap = f->cap * 2;
        cor_str *nn = cor_arena_get(f->mem, cap * sizeof *nn);
        cor_val *nv = cor_arena_get(f->mem, cap * sizeof *nv);
        if (nn == NULL || nv == NULL) {
            f->full = true;
            return;
        }
        memcpy(nn, f->name, f->n * sizeof *nn);
        memcpy(nv, f->val, f->n * sizeof *nv);
        f->name = nn;
        f->val = nv;
        f->cap = cap;
    }
    if (text.n >= 36 && text.n <= 38 && cor_tree_guid_name(name)) {
        text = cor_tree_guid(f->mem, text);
        f->full |= text.p == NULL;
    }
    f->name[f->n] = name;
    f->val[f->n++] = text_val(text);
}

static cor_str joined(flat *f, const char *prefix, cor_str a, const char *dot, cor_str b)
{
    f->joined += a.n + b.n;
    f->swollen |= f->joined > JOINED_MAX;
    if (f->swollen)
        return (cor_str){"", 0};
    cor_str s = cor_arena_fmt(f->mem, "%s%.*s%s%.*s", prefix, COR_STR_FMT(a), dot, COR_STR_FMT(b));
    f->full |= s.p == NULL;
    return s;
}

static bool is_xmlns(cor_str name)
{
    return name.n >= 5 && memcmp(name.p, "xmlns", 5) == 0;
}

static bool blank(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n')
            return false;
    return true;
}

/* One element of EventData, UserData and the like, and what is below it. `data`: it stands directly in EventData. */
static void part(flat *f, const cor_elem *el, bool data, int depth)
{
    if (depth > COR_TREE_DEPTH_MAX)
        return;
    const char *prefix = f->rendering ? "RenderingInfo." : "";
    cor_str name = el->name;
    data = data && cor_str_is(name, "Data");
    if (data) {
        const cor_attr *named = cor_attr_find(el, "Name");
        name = named != NULL && named->value.n > 0 ? named->value : name;
    }
    for (const cor_attr *a = data ? NULL : el->attr; a != NULL; a = a->next)
        if (!is_xmlns(a->name) && a->value.n > 0)
            add(f, joined(f, prefix, name, ".", a->name), a->value);
    if (f->rendering)
        name = joined(f, prefix, name, "", (cor_str){"", 0});
    bool only_attributes = !data && el->attr != NULL && (el->flags & (COR_ELEM_CLOSED | COR_ELEM_NULL |
                                                                      COR_ELEM_ATTRS)) && el->text.n == 0;
    if (el->child == NULL ? !only_attributes : !blank(el->text))
        add(f, name, el->text);
    for (const cor_elem *c = el->child; c != NULL; c = c->next)
        part(f, c, false, depth + 1);
}

/* One child of Event but System: EventData, UserData, RenderingInfo... The wrapper itself is no field. */
static void section(flat *f, const cor_elem *el)
{
    bool data = cor_str_is(el->name, "EventData");
    f->rendering = cor_str_is(el->name, "RenderingInfo");
    if (!blank(el->text))
        add(f, el->name, el->text);
    for (const cor_elem *c = el->child; c != NULL; c = c->next)
        part(f, c, data, 2);
}

cor_code cor_tree_fields(const cor_elem *root, cor_arena *mem, cor_layouts *layouts, cor_event *ev, cor_err *e)
{
    flat f = {.mem = mem, .cap = 64};
    f.name = cor_arena_get(mem, f.cap * sizeof *f.name);
    f.val = cor_arena_get(mem, f.cap * sizeof *f.val);
    if (f.name == NULL || f.val == NULL)
        return cor_nomem(e, "tree");
    for (const cor_elem *el = root->child; el != NULL && !f.full && !f.swollen; el = el->next) {
        if (cor_str_is(el->name, "System"))
            continue;
        if (cor_str_is(el->name, "UserData"))
            ev->flags |= COR_EV_USERDATA;
        section(&f, el);
    }
    if (f.swollen)
        return cor_fail(e, COR_ELIMIT, "tree", COR_NOPOS, "field names longer than an event can need");
    ev->layouts = layouts;
    ev->layout = f.full ? NULL : cor_layouts_get(layouts, f.name, f.n);
    ev->val = f.val;
    return ev->layout == NULL ? cor_nomem(e, "tree") : COR_OK;
}
