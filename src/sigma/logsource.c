/* Where rules look: rules/mapping/windows.yml (its head explains the form) and further files of the user, united. */
#include <stdio.h>

#include "sigma/load.h"

#include "base/alloc.h"

#define ROOM "mapping"

typedef struct entry {
    cor_str category, product, service; /* .p NULL: not named */
    const cor_source *source;
    uint32_t n;
} entry;

typedef struct found { /* what some rule asked for before */
    cor_str category, product, service;
    const cor_source **source;
    uint32_t n;
    bool known;     /* some entry of these names exists */
} found;

struct cor_mapping {
    entry *entry;
    size_t n_entry, cap_entry;
    found *found;
    size_t n_found, cap_found;
    cor_str *alias_name;
    cor_sys *alias_sys;
    size_t n_alias, cap_name, cap_sys;
};

#define bad(e, node, ...) cor_fail_at((e), COR_EFORMAT, ROOM, (node)->line, (node)->col, __VA_ARGS__)

static cor_str text_of(cor_load *ld, const cor_ynode *n)
{
    return n == NULL || n->kind != COR_Y_SCALAR ? (cor_str){NULL, 0} : cor_keep_str(ld, n->text);
}

/* A scalar or a list of scalars. */
static cor_code strings(cor_load *ld, const cor_ynode *v, const cor_str **out, uint32_t *n, cor_err *e)
{
    const cor_ynode *i = v->kind == COR_Y_LIST ? v->first : v;
    *n = v->kind == COR_Y_LIST ? v->n : 1;
    cor_str *s = cor_keep_array(ld, *n, sizeof *s);
    if (s == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t k = 0; k < *n; k++, i = i->next) {
        if (i->kind != COR_Y_SCALAR)
            return bad(e, i, "text is wanted here");
        s[k] = cor_keep_str(ld, i->text);
    }
    *out = s;
    return ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
}

static cor_code event_ids(cor_load *ld, const cor_ynode *v, cor_source *s, cor_err *e)
{
    const cor_ynode *i = v->kind == COR_Y_LIST ? v->first : v;
    uint32_t n = v->kind == COR_Y_LIST ? v->n : 1;
    uint32_t *id = cor_keep_array(ld, n, sizeof *id);
    if (id == NULL)
        return cor_nomem(e, ROOM);
    for (uint32_t k = 0; k < n; k++, i = i->next) {
        int64_t no;
        if (!cor_yscalar_int(i, &no) || no < 0 || no > UINT16_MAX)
            return bad(e, i, "an event id is a number from 0 to 65535");
        id[k] = (uint32_t)no;
    }
    s->event_id = id;
    s->n_event_id = n;
    return COR_OK;
}

/* ---- fields ---- */

typedef struct maps {
    cor_fieldmap *map;
    uint32_t n;
} maps;

static cor_fieldmap *map_of(cor_load *ld, maps *m, cor_str field)
{
    for (uint32_t i = 0; i < m->n; i++)
        if (cor_str_eq(m->map[i].field, field))
            return &m->map[i];
    cor_fieldmap *f = &m->map[m->n++];
    *f = (cor_fieldmap){.field = cor_keep_str(ld, field)};
    return f;
}

static const struct { const char *name; cor_convert convert; } conversion[] = {
    {"hex-to-decimal", COR_CONV_HEX_TO_DECIMAL}, {"integrity-from-sid", COR_CONV_INTEGRITY_FROM_SID},
    {"lower-address", COR_CONV_LOWER_ADDRESS},   {"registry-path", COR_CONV_REGISTRY_PATH},
    {"device-path", COR_CONV_DEVICE_PATH},       {"protocol-name", COR_CONV_PROTOCOL_NAME},
    {"sid-of-user", COR_CONV_SID_OF_USER},
};

static cor_code enumeration(cor_load *ld, const cor_ynode *v, cor_fieldmap *f, cor_err *e)
{
    const cor_ynode *values = cor_ymap_get(v, "values"), *kind = cor_ymap_get(v, "kind");
    if (kind == NULL || !cor_str_is(kind->text, "enum") || values == NULL || values->kind != COR_Y_MAP)
        return bad(e, v, "want {kind: enum, values: {old: new}}");
    cor_str *from = cor_keep_array(ld, values->n, sizeof *from), *to = cor_keep_array(ld, values->n, sizeof *to);
    if (from == NULL || to == NULL)
        return cor_nomem(e, ROOM);
    uint32_t n = 0;
    for (const cor_ynode *k = values->first; k != NULL; k = k->next->next, n++) {
        if (k->next->kind != COR_Y_SCALAR)
            return bad(e, k->next, "text is wanted here");
        from[n] = cor_keep_str(ld, k->text);
        to[n] = cor_keep_str(ld, k->next->text);
    }
    f->convert = COR_CONV_ENUM;
    f->enum_from = from;
    f->enum_to = to;
    f->n_enum = n;
    return COR_OK;
}

static cor_code convert(cor_load *ld, const cor_ynode *v, cor_fieldmap *f, cor_err *e)
{
    if (v->kind == COR_Y_MAP)
        return enumeration(ld, v, f, e);
    for (size_t i = 0; v->kind == COR_Y_SCALAR && i < COR_LEN(conversion); i++)
        if (cor_str_is(v->text, conversion[i].name)) {
            f->convert = conversion[i].convert;
            return COR_OK;
        }
    return bad(e, v, "no such conversion");
}

/* One of the maps "fields", "join", "convert", "constants". */
static cor_code section(cor_load *ld, const cor_ynode *ev, const char *name, maps *m, cor_err *e)
{
    const cor_ynode *map = cor_ymap_get(ev, name);
    if (map == NULL)
        return COR_OK;
    if (map->kind != COR_Y_MAP)
        return bad(e, map, "`%s` must be a map of fields", name);
    cor_code c = COR_OK;
    for (const cor_ynode *k = map->first; c == COR_OK && k != NULL; k = k->next->next) {
        cor_fieldmap *f = map_of(ld, m, k->text);
        const cor_ynode *v = k->next;
        if (name[0] == 'f' || name[0] == 'j') {
            c = strings(ld, v, &f->from, &f->n_from, e);
        } else if (cor_str_is(cor_str_of(name), "convert")) {
            c = convert(ld, v, f, e);
        } else {
            f->constant = text_of(ld, v);
            if (f->constant.p == NULL)
                c = bad(e, v, "a constant must be text");
        }
    }
    return c;
}

static cor_code fields(cor_load *ld, const cor_ynode *ev, cor_source *s, cor_err *e)
{
    static const char *const name[] = {"fields", "join", "convert", "constants"};
    size_t most = 0;
    for (size_t i = 0; i < COR_LEN(name); i++) {
        const cor_ynode *map = cor_ymap_get(ev, name[i]);
        most += map == NULL ? 0 : map->n;
    }
    maps m = {.map = cor_keep_array(ld, most, sizeof *m.map)};
    if (m.map == NULL)
        return cor_nomem(e, ROOM);
    cor_code c = COR_OK;
    for (size_t i = 0; c == COR_OK && i < COR_LEN(name); i++)
        c = section(ld, ev, name[i], &m, e);
    for (uint32_t i = 0; c == COR_OK && i < m.n; i++)
        if (m.map[i].n_from == 0) { /* a conversion alone: of the field of the same name */
            m.map[i].from = &m.map[i].field;
            m.map[i].n_from = 1;
        }
    s->map = m.map;
    s->n_map = m.n;
    return c;
}

static cor_code requires(cor_load *ld, const cor_ynode *map, cor_source *s, cor_err *e)
{
    if (map->kind != COR_Y_MAP)
        return bad(e, map, "`requires` must be a map of fields");
    struct cor_require *r = cor_keep_array(ld, map->n, sizeof *r);
    if (r == NULL)
        return cor_nomem(e, ROOM);
    cor_code c = COR_OK;
    uint32_t n = 0;
    for (const cor_ynode *k = map->first; c == COR_OK && k != NULL; k = k->next->next, n++) {
        r[n].field = cor_keep_str(ld, k->text);
        c = strings(ld, k->next, &r[n].value, &r[n].n_value, e);
    }
    s->require = r;
    s->n_require = n;
    return c;
}

static cor_code one_event(cor_load *ld, const cor_ynode *ev, cor_source *s, cor_err *e)
{
    const cor_ynode *channel = cor_ymap_get(ev, "channel"), *id = cor_ymap_get(ev, "event_id"),
        *req = cor_ymap_get(ev, "requires");
    if (channel == NULL)
        return bad(e, ev, "an event needs its channel");
    cor_code c = strings(ld, channel, &s->channel, &s->n_channel, e);
    if (c == COR_OK && s->n_channel == 0)
        c = bad(e, channel, "the list of channels is empty");
    if (c == COR_OK && id != NULL)
        c = event_ids(ld, id, s, e);
    if (c == COR_OK)
        c = fields(ld, ev, s, e);
    if (c == COR_OK && req != NULL)
        c = requires(ld, req, s, e);
    return c;
}

static cor_code one_entry(cor_load *ld, const cor_ynode *n, cor_err *e)
{
    cor_mapping *m = ld->map;
    const cor_ynode *events = cor_ymap_get(n, "events");
    entry x = {.category = text_of(ld, cor_ymap_get(n, "category")), .product = text_of(ld, cor_ymap_get(n, "product")),
               .service = text_of(ld, cor_ymap_get(n, "service"))};
    if (n->kind != COR_Y_MAP || (x.category.p == NULL && x.service.p == NULL) || events == NULL ||
        events->kind != COR_Y_LIST)
        return bad(e, n, "a source needs a category or a service, and a list of events");
    cor_source *s = cor_keep_array(ld, events->n, sizeof *s);
    if (s == NULL)
        return cor_nomem(e, ROOM);
    memset(s, 0, events->n * sizeof *s);
    x.source = s;
    for (const cor_ynode *i = events->first; i != NULL; i = i->next) {
        cor_code c = one_event(ld, i, &s[x.n++], e);
        if (c != COR_OK)
            return c;
    }
    entry *p = cor_grow(m->entry, &m->cap_entry, m->n_entry + 1, sizeof *p);
    if (p == NULL)
        return cor_nomem(e, ROOM);
    m->entry = p;
    p[m->n_entry++] = x;
    return COR_OK;
}

static cor_code aliases(cor_load *ld, const cor_ynode *map, cor_err *e)
{
    cor_mapping *m = ld->map;
    if (map->kind != COR_Y_MAP)
        return bad(e, map, "`aliases` must be a map");
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        static const char prefix[] = "system.";
        size_t skip = sizeof prefix - 1, sys = COR_SYS_N;
        cor_str v = k->next->text;
        if (k->next->kind == COR_Y_SCALAR && v.n > skip && memcmp(v.p, prefix, skip) == 0)
            for (sys = 0; sys < COR_SYS_N; sys++)
                if (cor_str_is((cor_str){v.p + skip, v.n - skip}, cor_sys_name[sys]))
                    break;
        if (sys == COR_SYS_N)
            return bad(e, k->next, "an alias stands for one of the system.* values");
        cor_str *name = cor_grow(m->alias_name, &m->cap_name, m->n_alias + 1, sizeof *name);
        m->alias_name = name == NULL ? m->alias_name : name;
        cor_sys *to = cor_grow(m->alias_sys, &m->cap_sys, m->n_alias + 1, sizeof *to);
        m->alias_sys = to == NULL ? m->alias_sys : to;
        if (name == NULL || to == NULL)
            return cor_nomem(e, ROOM);
        name[m->n_alias] = cor_keep_str(ld, k->text);
        to[m->n_alias++] = (cor_sys)sys;
    }
    return COR_OK;
}

static cor_code one_file(cor_load *ld, cor_str text, const char *path, cor_err *e)
{
    cor_yaml *y = cor_yaml_open(text);
    if (y == NULL)
        return cor_nomem(e, ROOM);
    cor_ynode *root;
    cor_code c = cor_yaml_next(y, &ld->tmp, &root, e);
    if (c == COR_OK && (root == NULL || root->kind != COR_Y_MAP))
        c = cor_fail_at(e, COR_EFORMAT, ROOM, 1, 1, "not a mapping of log sources");
    if (c == COR_OK) {
        const cor_ynode *a = cor_ymap_get(root, "aliases"), *s = cor_ymap_get(root, "sources");
        for (const cor_ynode *k = root->first; c == COR_OK && k != NULL; k = k->next->next)
            if (k->next != a && k->next != s && !cor_str_is(k->text, "version"))
                c = bad(e, k, "`%.*s` is not known here: `aliases`, `sources` and `version` are", COR_STR_FMT(k->text));
        if (c == COR_OK && s != NULL && s->kind != COR_Y_LIST)
            c = bad(e, s, "`sources` must be a list");
        if (c == COR_OK && a != NULL)
            c = aliases(ld, a, e);
        for (const cor_ynode *i = s == NULL ? NULL : s->first; c == COR_OK && i != NULL; i = i->next)
            c = one_entry(ld, i, e);
    }
    cor_yaml_close(y);
    if (c != COR_OK)
        cor_err_within(e, path);
    return c == COR_OK && ld->nomem ? cor_nomem(e, ROOM) : c;
}

static cor_code from_path(cor_load *ld, const char *path, cor_err *e)
{
    cor_str text;
    cor_code c = cor_read_all(path, COR_YAML_BYTES_MAX, &ld->tmp, &text, e);
    return c != COR_OK ? c : one_file(ld, text, path, e);
}

cor_code cor_mapping_load(cor_load *ld, cor_err *e)
{
    ld->map = cor_zalloc(sizeof *ld->map);
    if (ld->map == NULL)
        return cor_nomem(e, ROOM);
    cor_code c = ld->opt->mapping != NULL
                     ? from_path(ld, ld->opt->mapping, e)
                     : one_file(ld, (cor_str){(const char *)cor_builtin_mapping, cor_builtin_mapping_size},
                                "built-in mapping", e);
    for (size_t i = 0; c == COR_OK && i < ld->opt->n_extra_mapping; i++)
        c = from_path(ld, ld->opt->extra_mapping[i], e);
    if (c != COR_OK)
        return c;
    cor_mapping *m = ld->map;
    cor_str *name = cor_keep_array(ld, m->n_alias, sizeof *name);
    cor_sys *sys = cor_keep_array(ld, m->n_alias, sizeof *sys);
    if (name == NULL || sys == NULL)
        return cor_nomem(e, ROOM);
    if (m->n_alias != 0) {
        memcpy(name, m->alias_name, m->n_alias * sizeof *name);
        memcpy(sys, m->alias_sys, m->n_alias * sizeof *sys);
    }
    ld->set->alias_name = name;
    ld->set->alias_sys = sys;
    ld->set->n_alias = (uint32_t)m->n_alias;
    return COR_OK;
}

void cor_mapping_free(cor_load *ld)
{
    if (ld->map == NULL)
        return;
    cor_free(ld->map->entry);
    cor_free(ld->map->found);
    cor_free(ld->map->alias_name);
    cor_free(ld->map->alias_sys);
    cor_free(ld->map);
    ld->map = NULL;
}

/* ---- finding ---- */

static bool same(cor_str a, cor_str b)
{
    return (a.p == NULL) == (b.p == NULL) && cor_str_ieq(a, b);
}

/* An entry without a product serves all; a rule without one is served by all. */
static bool serves(const entry *x, cor_str product)
{
    return x->product.p == NULL || product.p == NULL || cor_str_ieq(x->product, product);
}

static bool push(cor_load *ld, found *f, size_t *cap, const cor_source *s)
{
    if (f->n == *cap) {
        size_t more = *cap * 2 + 4;
        const cor_source **p = cor_keep_array(ld, more, sizeof(cor_source *));
        if (p == NULL)
            return false;
        if (f->n != 0)
            memcpy(p, f->source, f->n * sizeof(cor_source *));
        f->source = p;
        *cap = more;
    }
    f->source[f->n++] = s;
    return true;
}

static bool common_channels(cor_load *ld, const cor_source *a, const cor_source *b, cor_source *out)
{
    cor_str *c = cor_keep_array(ld, a->n_channel, sizeof *c);
    if (c == NULL)
        return false;
    out->channel = c;
    for (uint32_t i = 0; i < a->n_channel; i++)
        for (uint32_t k = 0; k < b->n_channel; k++)
            if (cor_str_ieq(a->channel[i], b->channel[k])) {
                c[out->n_channel++] = a->channel[i];
                break;
            }
    return out->n_channel != 0;
}

static bool common_ids(cor_load *ld, const cor_source *a, const cor_source *b, cor_source *out)
{
    if (a->n_event_id == 0 || b->n_event_id == 0) {
        const cor_source *one = a->n_event_id == 0 ? b : a;
        out->event_id = one->event_id;
        out->n_event_id = one->n_event_id;
        return true;
    }
    uint32_t *id = cor_keep_array(ld, a->n_event_id, sizeof *id);
    if (id == NULL)
        return false;
    out->event_id = id;
    for (uint32_t i = 0; i < a->n_event_id; i++)
        for (uint32_t k = 0; k < b->n_event_id; k++)
            if (a->event_id[i] == b->event_id[k]) {
                id[out->n_event_id++] = a->event_id[i];
                break;
            }
    return out->n_event_id != 0;
}

/* Arrays of a and b behind one another. */
static const void *both(cor_load *ld, const void *a, uint32_t na, const void *b, uint32_t nb, size_t each)
{
    if (na == 0 || nb == 0)
        return na == 0 ? b : a;
    char *p = cor_keep_array(ld, (size_t)na + nb, each);
    if (p != NULL) {
        memcpy(p, a, na * each);
        memcpy(p + na * each, b, nb * each);
    }
    return p;
}

/* Events that category a and service b share, with a's fields before b's. NULL when there are none. */
static const cor_source *intersect(cor_load *ld, const cor_source *a, const cor_source *b)
{
    cor_source *s = cor_keep(ld, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (cor_source){0};
    if (!common_channels(ld, a, b, s) || !common_ids(ld, a, b, s))
        return NULL;
    s->map = both(ld, a->map, a->n_map, b->map, b->n_map, sizeof *s->map);
    s->n_map = a->n_map + b->n_map;
    s->require = both(ld, a->require, a->n_require, b->require, b->n_require, sizeof *s->require);
    s->n_require = a->n_require + b->n_require;
    return ld->nomem ? NULL : s;
}

static void collect(cor_load *ld, found *f)
{
    cor_mapping *m = ld->map;
    size_t cap = 0;
    bool have_category = false, have_service = false;
    for (size_t i = 0; i < m->n_entry && !ld->nomem; i++) {
        const entry *x = &m->entry[i];
        bool category = x->category.p != NULL && same(x->category, f->category);
        bool service = x->service.p != NULL && same(x->service, f->service);
        if (!serves(x, f->product) || (x->category.p != NULL && !category) || (x->service.p != NULL && !service))
            continue;
        have_category |= category;
        have_service |= service;
        bool whole = category == (f->category.p != NULL) && service == (f->service.p != NULL);
        for (uint32_t k = 0; whole && k < x->n; k++)
            push(ld, f, &cap, &x->source[k]);
        if (whole || !category)
            continue;
        /* an entry of the category alone: meets those of the service */
        for (size_t j = 0; j < m->n_entry && !ld->nomem; j++) {
            const entry *y = &m->entry[j];
            if (y->category.p != NULL || !same(y->service, f->service) || !serves(y, f->product))
                continue;
            for (uint32_t k = 0; k < x->n; k++)
                for (uint32_t l = 0; l < y->n; l++) {
                    const cor_source *s = intersect(ld, &x->source[k], &y->source[l]);
                    if (s != NULL)
                        push(ld, f, &cap, s);
                }
        }
    }
    f->known = have_category == (f->category.p != NULL) && have_service == (f->service.p != NULL);
}

/* Rules that name the product alone look at every event. */
static const cor_source everything = {0};

static found *look_up(cor_load *ld, const cor_rule *r)
{
    cor_mapping *m = ld->map;
    for (size_t i = 0; i < m->n_found; i++)
        if (same(m->found[i].category, r->category) && same(m->found[i].service, r->service) &&
            same(m->found[i].product, r->product))
            return &m->found[i];
    found *f = cor_grow(m->found, &m->cap_found, m->n_found + 1, sizeof *f);
    if (f == NULL) {
        ld->nomem = true;
        return NULL;
    }
    m->found = f;
    f += m->n_found++;
    *f = (found){.category = r->category, .product = r->product, .service = r->service};
    if (r->category.p != NULL || r->service.p != NULL) {
        collect(ld, f);
    } else {
        size_t cap = 0;
        f->known = cor_str_ieq(r->product, COR_S("windows"));
        if (f->known)
            push(ld, f, &cap, &everything);
    }
    return f;
}

void cor_mapping_find(cor_load *ld, cor_rule *r, const cor_ynode *at)
{
    const found *f = look_up(ld, r);
    if (f == NULL)
        return;
    r->source = f->source;
    r->n_source = f->n;
    if (f->n != 0)
        return;
    char name[200];
    snprintf(name, sizeof name, "%s%.*s%s%.*s%s%.*s", r->category.p == NULL ? "" : " category ",
             COR_STR_FMT(r->category),
             r->product.p == NULL ? "" : " product ", COR_STR_FMT(r->product), r->service.p == NULL ? "" : " service ",
             COR_STR_FMT(r->service));
    if (r->product.p != NULL && !cor_str_ieq(r->product, COR_S("windows")))
        cor_say_at(ld, COR_DIAG_NOTE, at, "other-product", "",
                   "the rule matches nothing here: Windows event logs have no events of%s", name);
    else if (f->known)
        cor_say_at(ld, COR_DIAG_NOTE, at, "source-without-events",
                   "the mapping of log sources says which event has what",
                   "the rule matches nothing here: no Windows event log holds events of%s", name);
    else
        cor_say_at(ld, COR_DIAG_WARNING, at, "unknown-source",
                   "mend the name, or add the log source with a mapping file",
                   "the rule matches nothing here: the mapping of log sources does not know%s", name);
}
