/* The nested shapes: evtx_dump and Hayabusa ({"Event": {"System": ...}}, attributes inside or beside), Python's
 * xmltodict ("@Name"), and dumpevtx, the parser of Velociraptor ({"System": ..., "EventData": ...}, attributes as plain
 * members). */
#include <stdlib.h>

#include "readers/json/shape.h"

enum where { TOP, SYSTEM, DATA, OTHER };

typedef struct nest {
    cor_build *b;
    bool typed; /* dumpevtx: numbers of hexadecimal types and GUIDs have lost their form */
    bool audit; /* an event of the audit, where process ids are hexadecimal too */
} nest;

static cor_code object(nest *n, const cor_jnode *o, cor_elem *el, enum where w);

static cor_code nomem(nest *n)
{
    return cor_nomem(n->b->e, "json");
}

/* Fields that are hexadecimal numbers in the log, by their names: those that Security and Sysmon events have, and what
 * else the public logs show. */
static bool hex_field(const nest *n, cor_str name)
{
    static const char *const names[] = {
        "SubjectLogonId", "TargetLogonId", "LogonId", "LogonID", "TargetLinkedLogonId", "LinkedLogonId",
        "NewProcessId", "Keywords", "GrantedAccess",
        "AccessMask", "HandleId", "SourceHandleId", "TargetHandleId", "Status", "SubStatus", "FinalStatus",
        "FailureReasonCode", "TicketOptions",
        "TicketEncryptionType", "PreAuthType0", "OldUacValue", "NewUacValue", "CallerProcessId", "ServiceType",
        "PuaPolicyId", "EventSourceId",
    };
    for (size_t i = 0; i < COR_LEN(names); i++)
        if (cor_str_is(name, names[i]))
            return true;
    return n->audit && cor_str_is(name, "ProcessId");
}

/* dumpevtx writes values of type GUID in capitals and without braces; a text that looks so is one. */
static bool bare_guid(cor_str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            return false;
    return true;
}

static bool ends_with(cor_str s, cor_str end)
{
    return s.n >= end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0;
}

/* dumpevtx writes Binary as base64, the log shows its bytes in hexadecimal; s itself when it is no base64, or
 * hexadecimal already. */
static cor_str bytes_shown(cor_arena *mem, cor_str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = s.n, hex = 0;
    while (n > 0 && s.n - n < 2 && s.p[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++) {
        if (s.p[i] == '\0' || strchr(digits, s.p[i]) == NULL)
            return s;
        hex += (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'F');
    }
    if (n == 0 || s.n % 4 != 0 || hex == s.n)
        return s;
    char *out = cor_arena_get(mem, n * 2);
    uint32_t bits = 0;
    size_t have = 0, len = 0;
    for (size_t i = 0; i < n && out != NULL; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, s.p[i]) - digits);
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        out[len++] = "0123456789ABCDEF"[bits >> (have + 4) & 15];
        out[len++] = "0123456789ABCDEF"[bits >> have & 15];
    }
    return out == NULL ? (cor_str){NULL, 0} : (cor_str){out, len};
}

/* A number of the shape that has lost its form; s itself when it has not. */
static cor_str number_shown(nest *n, cor_str name, cor_str s, unsigned *flags)
{
    cor_time at;
    /* from 2001 on */
    bool when = n->typed && s.n >= 10 && (ends_with(name, COR_S("Time")) || ends_with(name, COR_S("time")));
    if ((when || cor_str_is(name, "SystemTime")) && cor_build_epoch(s, &at)) {
        *flags = 0;
        return cor_build_iso(n->b->mem, at);
    }
    if (!n->typed || s.n > 20 || s.p[0] == '-' || !hex_field(n, name))
        return s;
    char t[24], *end;
    memcpy(t, s.p, s.n);
    t[s.n] = '\0';
    unsigned long long u = strtoull(t, &end, 10);
    if (*end != '\0')
        return s;
    *flags = 0;
    return cor_arena_fmt(n->b->mem, "0x%llx", u);
}

/* The text of a scalar member, in the form it has in the log as far as the name tells it. */
static cor_str scalar(nest *n, cor_str name, const cor_jnode *v, unsigned *flags)
{
    cor_str s = cor_shape_text(v, flags);
    if (v->type == COR_J_NUMBER)
        return number_shown(n, name, s, flags);
    if (!n->typed || v->type != COR_J_STRING)
        return s;
    if (cor_str_is(name, "Binary"))
        return bytes_shown(n->b->mem, s);
    return bare_guid(s) || cor_tree_guid_name(name) || ends_with(name, COR_S("ActivityID"))
           ? cor_tree_guid(n->b->mem, s) : s;
}

static cor_code attribute(nest *n, cor_elem *el, cor_str name, const cor_jnode *v)
{
    unsigned flags;
    cor_str s = scalar(n, name, v, &flags);
    if (s.p == NULL || !cor_elem_attr(n->b->mem, el, name, s, (flags & COR_ELEM_BARE) != 0))
        return nomem(n);
    return COR_OK;
}

static cor_code attributes(nest *n, const cor_jnode *o, cor_elem *el)
{
    cor_code code = COR_OK;
    for (const cor_jnode *m = o->child; m != NULL && code == COR_OK; m = m->next)
        code = attribute(n, el, m->key, m);
    return code;
}

/* Elements of System whose plain members are attributes (dumpevtx writes them so). */
static bool only_attributes(cor_str name)
{
    return cor_str_is(name, "Provider") || cor_str_is(name, "TimeCreated") || cor_str_is(name, "Correlation") ||
           cor_str_is(name, "Execution") || cor_str_is(name, "Security");
}

/* One Data element; the name is empty for an unnamed one. */
static cor_code data(nest *n, cor_elem *parent, cor_str name, const cor_jnode *v)
{
    cor_code code = COR_OK;
    if (v->type == COR_J_ARRAY) { /* equal names one behind another */
        for (const cor_jnode *i = v->child; i != NULL && code == COR_OK; i = i->next)
            code = i->type == COR_J_ARRAY ? COR_OK : data(n, parent, name, i);
        return code;
    }
    if (v->type == COR_J_OBJECT) {
        cor_str inner = cor_json_text(v, "Name");
        if (inner.p == NULL)
            inner = cor_json_text(v, "@Name");
        if (inner.p == NULL)
            inner = cor_json_text(cor_json_get(v, "#attributes"), "Name");
        const cor_jnode *text = cor_json_get(v, "#text");
        if (text == NULL)
            text = cor_json_get(v, "Value");
        static const cor_jnode none = {.type = COR_J_NULL};
        return data(n, parent, inner.p != NULL ? inner : name, text == NULL || text->type == COR_J_OBJECT ? &none
                    : text);
    }
    unsigned flags;
    cor_str s = scalar(n, name, v, &flags);
    cor_elem *el = name.n == 0 ? cor_elem_leaf(n->b->mem, parent, COR_S("Data"), s, flags)
        : cor_elem_data(n->b->mem, parent, name, s, flags);
    return el == NULL || s.p == NULL ? nomem(n) : COR_OK;
}

/* evtx_dump numbers names that come again (X, X_1, X_2): the name without its number, when the plain one stands
 * before. */
static cor_str without_number(const cor_elem *parent, cor_str key)
{
    size_t i = key.n;
    while (i > 0 && key.p[i - 1] >= '0' && key.p[i - 1] <= '9')
        i--;
    if (i == key.n || i < 2 || key.p[i - 1] != '_')
        return key;
    cor_str plain = {key.p, i - 1};
    int looked = 0;
    for (const cor_elem *c = parent->child; c != NULL && looked < 256; c = c->next, looked++) {
        const cor_attr *a = cor_attr_find(c, "Name");
        if (cor_str_eq(c->name, plain) || (a != NULL && cor_str_eq(a->value, plain)))
            return plain;
    }
    return key;
}

static bool all_scalar(const cor_jnode *v)
{
    for (const cor_jnode *i = v->child; i != NULL; i = i->next)
        if (i->type >= COR_J_ARRAY)
            return false;
    return true;
}

static cor_code child(nest *n, cor_elem *parent, cor_str key, const cor_jnode *v, enum where w)
{
    cor_code code = COR_OK;
    if (w != SYSTEM)
        key = without_number(parent, key);
    if (w == DATA && cor_str_is(key, "Data"))
        return data(n, parent, (cor_str){"", 0}, v);
    /* evtx_dump prints an empty Data as "" and other empty elements as null; Binary is the other element that EventData
     * has */
    bool element = v->type == COR_J_NULL || cor_str_is(key, "Binary");
    if (w == DATA && !element && (v->type < COR_J_ARRAY || (v->type == COR_J_ARRAY && all_scalar(v))))
        return data(n, parent, key, v);
    if (v->type == COR_J_ARRAY) {
        for (const cor_jnode *i = v->child; i != NULL && code == COR_OK; i = i->next)
            code = i->type == COR_J_ARRAY ? COR_OK : child(n, parent, key, i, w);
        return code;
    }
    cor_elem *el = NULL; /* there already, when "X_attributes" came before */
    if (parent->child_last != NULL && (parent->child_last->flags & COR_ELEM_NULL) &&
        cor_str_eq(parent->child_last->name, key))
        el = parent->child_last;
    if (el == NULL && (el = cor_elem_new(n->b->mem, parent, key)) == NULL)
        return nomem(n);
    el->flags = 0;
    if (w == SYSTEM || (w == TOP && v->type == COR_J_NULL))
        el->flags = COR_ELEM_CLOSED;
    if (v->type != COR_J_OBJECT) {
        unsigned flags;
        el->text = scalar(n, key, v, &flags);
        el->flags |= (uint8_t)(flags & COR_ELEM_BARE);
        return el->text.p == NULL ? nomem(n) : COR_OK;
    }
    if (w == SYSTEM && only_attributes(key) && cor_json_get(v, "#attributes") == NULL) {
        for (const cor_jnode *m = v->child; m != NULL && code == COR_OK; m = m->next)
            code = attribute(n, el, m->key.n > 1 && m->key.p[0] == '@' ? (cor_str){m->key.p + 1, m->key.n - 1}
                             : m->key, m);
        return code;
    }
    enum where inner = w != TOP ? OTHER : cor_str_is(key, "System") ? SYSTEM : cor_str_is(key, "EventData") ? DATA
        : OTHER;
    return object(n, v, el, w == SYSTEM ? SYSTEM : inner);
}

/* The members of o into el. */
static cor_code object(nest *n, const cor_jnode *o, cor_elem *el, enum where w)
{
    cor_code code = COR_OK;
    const cor_str beside = COR_S("_attributes");
    for (const cor_jnode *m = o->child; m != NULL && code == COR_OK; m = m->next) {
        bool plain = m->type < COR_J_ARRAY;
        if (cor_str_is(m->key, "#attributes") && !plain) {
            code = attributes(n, m, el);
        } else if (plain && m->key.n > 1 && m->key.p[0] == '@') {
            code = attribute(n, el, (cor_str){m->key.p + 1, m->key.n - 1}, m);
        } else if (plain && m->key.n >= 5 && memcmp(m->key.p, "xmlns", 5) == 0) {
            code = attribute(n, el, m->key, m);
        } else if (cor_str_is(m->key, "#text") || (cor_str_is(el->name, "EventID") && cor_str_is(m->key, "Value"))) {
            unsigned flags;
            const cor_jnode *v = m->type == COR_J_ARRAY && m->child != NULL ? m->child : m;
            el->text = scalar(n, el->name, v, &flags);
            el->flags |= (uint8_t)(flags & COR_ELEM_BARE);
        } else if (cor_str_is(el->name, "EventID") && w == SYSTEM) {
            code = attribute(n, el, m->key, m);
        } else if (m->type == COR_J_OBJECT && m->key.n > beside.n && ends_with(m->key, beside)) {
            cor_str name = without_number(el, (cor_str){m->key.p, m->key.n - beside.n});
            cor_elem *c = cor_elem_new(n->b->mem, el, name);
            if (c == NULL)
                return nomem(n);
            c->flags = COR_ELEM_NULL | (w == SYSTEM ? COR_ELEM_CLOSED : 0);
            code = attributes(n, m, c);
        } else {
            code = child(n, el, m->key, m, w);
        }
    }
    if (el->attr != NULL && el->child == NULL && cor_json_get(o, "#text") == NULL)
        el->flags |= COR_ELEM_ATTRS;
    return code;
}

bool cor_shape_nested_is(const cor_jnode *o)
{
    const cor_jnode *event = cor_json_get(o, "Event");
    return cor_json_get(event, "System") != NULL;
}

bool cor_shape_separate_is(const cor_jnode *o)
{
    const cor_jnode *system = cor_json_get(cor_json_get(o, "Event"), "System");
    return system != NULL && (cor_json_get(system, "Provider_attributes") != NULL ||
                              cor_json_get(system, "TimeCreated_attributes") != NULL);
}

bool cor_shape_dumpevtx_is(const cor_jnode *o)
{
    return cor_json_get(cor_json_get(o, "System"), "EventID") != NULL;
}

cor_code cor_shape_nested(cor_build *b, const cor_jnode *o)
{
    nest n = {.b = b};
    const cor_jnode *beside = cor_json_get(o, "Event_attributes");
    b->root = cor_elem_new(b->mem, NULL, COR_S("Event"));
    if (b->root == NULL)
        return nomem(&n);
    cor_code code = beside != NULL ? attributes(&n, beside, b->root) : COR_OK;
    return code != COR_OK ? code : object(&n, cor_json_get(o, "Event"), b->root, TOP);
}

/* Whose events have hexadecimal process ids. */
static bool audit(cor_str provider)
{
    return cor_str_is(provider, "Microsoft-Windows-Security-Auditing");
}

cor_code cor_shape_part(cor_build *b, cor_str provider, const char *part, const cor_jnode *members)
{
    nest n = {.b = b, .typed = true, .audit = audit(provider)};
    cor_elem *el = cor_build_part(b, part);
    return el == NULL ? nomem(&n) : object(&n, members, el, strcmp(part, "EventData") == 0 ? DATA : OTHER);
}

cor_code cor_shape_dumpevtx(cor_build *b, const cor_jnode *o)
{
    nest n = {.b = b, .typed = true, .audit = audit(cor_json_text(cor_json_get(cor_json_get(o, "System"), "Provider"),
                                                                  "Name"))};
    b->root = cor_elem_new(b->mem, NULL, COR_S("Event"));
    if (b->root == NULL || !cor_elem_attr(b->mem, b->root, COR_S("xmlns"), COR_S(COR_EVENT_XMLNS), false))
        return nomem(&n);
    static const char *const parts[] = {"System", "EventData", "UserData", "ProcessingErrorData", "RenderingInfo"};
    for (size_t i = 0; i < COR_LEN(parts); i++) {
        const cor_jnode *m = cor_json_get(o, parts[i]);
        cor_code code = m != NULL ? child(&n, b->root, m->key, m, TOP) : COR_OK;
        if (code != COR_OK)
            return code;
    }
    cor_str message = cor_json_text(o, "Message");
    if (message.n > 0 && cor_elem_find(b->root, "RenderingInfo") == NULL) {
        cor_elem *info = cor_elem_new(b->mem, b->root, COR_S("RenderingInfo"));
        if (info == NULL || cor_elem_leaf(b->mem, info, COR_S("Message"), message, 0) == NULL)
            return nomem(&n);
    }
    return COR_OK;
}
