/* Rules and events made by hand, for tests of the matching half that want no YAML. */
#ifndef COR_TESTS_SIGMA_KIT_H
#define COR_TESTS_SIGMA_KIT_H

#include "base/utf.h"
#include "sigma/sigma.h"
#include "tests/unit/test.h"

#define KIT_RULES 4000
#define KIT_FIELDS 64

typedef struct kit {
    cor_ruleset set;
    cor_rule *rule[KIT_RULES];
    cor_arena mem; /* all of the test's memory */
    cor_layouts *layouts;
    /* the event being made */
    cor_event ev;
    cor_str name[KIT_FIELDS];
    cor_val val[KIT_FIELDS];
    uint32_t n;
} kit;

static void *kit_get(kit *k, size_t n)
{
    void *p = cor_arena_zero(&k->mem, n);
    assert_non_null(p);
    return p;
}

static void kit_open(kit *k)
{
    static const cor_str alias[] = {{"EventID", 7},        {"EventId", 7},  {"Channel", 7},
                                    {"Provider_Name", 13}, {"Computer", 8}, {"Level", 5}};
    static const cor_sys sys[] = {COR_SYS_EVENT_ID,      COR_SYS_EVENT_ID, COR_SYS_CHANNEL,
                                  COR_SYS_PROVIDER_NAME, COR_SYS_COMPUTER, COR_SYS_LEVEL};
    memset(k, 0, sizeof *k);
    k->set.rule = k->rule;
    k->set.alias_name = alias;
    k->set.alias_sys = sys;
    k->set.n_alias = COR_LEN(alias);
    k->layouts = cor_layouts_new();
    assert_non_null(k->layouts);
}

static void kit_close(kit *k)
{
    cor_layouts_free(k->layouts);
    cor_arena_free(&k->mem);
}

/* ---- conditions ---- */

static COR_UNUSED cor_test *kit_test(kit *k, cor_op op, const char *field, const char *text)
{
    cor_test *t = kit_get(k, sizeof *t);
    t->op = op;
    t->field = cor_str_of(field);
    t->text = cor_str_of(text);
    return t;
}

static COR_UNUSED cor_node *kit_leaf(kit *k, const cor_test *t)
{
    cor_node *n = kit_get(k, sizeof *n);
    n->kind = COR_NODE_TEST;
    n->test = t;
    return n;
}

static COR_UNUSED cor_node *kit_t(kit *k, cor_op op, const char *field, const char *text)
{
    return kit_leaf(k, kit_test(k, op, field, text));
}

static COR_UNUSED cor_node *kit_list(kit *k, cor_node_kind kind, uint32_t n, cor_node *const *child)
{
    cor_node *r = kit_get(k, sizeof *r);
    cor_node **c = kit_get(k, (n + 1) * sizeof *c);
    memcpy(c, child, n * sizeof *c);
    r->kind = kind;
    r->n = n;
    r->child = c;
    return r;
}
#define KIT_LIST(k, kind, ...) \
    kit_list((k), (kind), (uint32_t)COR_LEN(((cor_node *[]){__VA_ARGS__})), (cor_node *[]){__VA_ARGS__})
#define KIT_AND(k, ...) KIT_LIST(k, COR_NODE_AND, __VA_ARGS__)
#define KIT_OR(k, ...) KIT_LIST(k, COR_NODE_OR, __VA_ARGS__)
#define KIT_NOT(k, x) KIT_LIST(k, COR_NODE_NOT, x)

/* '*' and '?' of text as wildcards. */
static COR_UNUSED cor_test *kit_pattern(kit *k, const char *field, const char *text)
{
    cor_test *t = kit_test(k, COR_OP_PATTERN, field, text);
    cor_piece *p = kit_get(k, (strlen(text) + 1) * sizeof *p);
    for (size_t i = 0; text[i] != '\0'; t->n_piece++) {
        size_t n = strcspn(text + i, "*?");
        if (n == 0) {
            p[t->n_piece].kind = text[i] == '*' ? COR_PIECE_ANY : COR_PIECE_ONE;
            i++;
        } else {
            p[t->n_piece] = (cor_piece){COR_PIECE_TEXT, {text + i, n}};
            i += n;
        }
    }
    t->piece = p;
    return t;
}

/* ---- sources and rules ---- */

static COR_UNUSED cor_source *kit_source(kit *k, const char *channel, uint32_t id) /* NULL: any channel; 0: any id */
{
    cor_source *s = kit_get(k, sizeof *s);
    cor_str *c = kit_get(k, sizeof *c);
    uint32_t *i = kit_get(k, sizeof *i);
    *c = cor_str_of(channel);
    *i = id;
    s->channel = c;
    s->n_channel = channel != NULL;
    s->event_id = i;
    s->n_event_id = id != 0;
    return s;
}

static COR_UNUSED cor_fieldmap *kit_map(kit *k, cor_source *s, const char *field, const char *from, cor_convert convert)
{
    cor_fieldmap *m = kit_get(k, (s->n_map + 1) * sizeof *m);
    if (s->n_map != 0)
        memcpy(m, s->map, s->n_map * sizeof *m);
    cor_str *f = kit_get(k, 2 * sizeof *f);
    m += s->n_map;
    m->field = cor_str_of(field);
    m->convert = convert;
    m->from = f;
    for (const char *at = from; at != NULL && m->n_from < 2;) { /* "A+B": joined */
        const char *plus = strchr(at, '+');
        f[m->n_from++] = (cor_str){at, plus == NULL ? strlen(at) : (size_t)(plus - at)};
        at = plus == NULL ? NULL : plus + 1;
    }
    s->map = m - s->n_map;
    s->n_map++;
    return m;
}

static COR_UNUSED cor_rule *kit_rule(kit *k, const cor_node *expr, uint32_t n, const cor_source *const *source)
{
    cor_rule *r = kit_get(k, sizeof *r);
    assert_true(k->set.n_rule < KIT_RULES);
    r->no = k->set.n_rule;
    r->kind = COR_RULE_DETECTION;
    r->expr = expr;
    const cor_source **s = kit_get(k, (n + 1) * sizeof *s);
    memcpy(s, source, n * sizeof *s);
    r->source = s;
    r->n_source = n;
    k->rule[k->set.n_rule++] = r;
    return r;
}

/* ---- events ---- */

static COR_UNUSED cor_val kit_utf8(const char *s)
{
    return cor_val_utf8(cor_str_of(s));
}

static COR_UNUSED cor_val kit_utf16(kit *k, const char *s)
{
    cor_buf b = {0};
    cor_utf8_to_utf16(cor_str_of(s), &b);
    uint8_t *p = kit_get(k, b.n + 1);
    if (b.n != 0)
        memcpy(p, b.p, b.n);
    cor_val v = {p, (uint32_t)b.n, COR_V_UTF16};
    cor_buf_free(&b);
    return v;
}

static COR_UNUSED void kit_event(kit *k, const char *channel, uint32_t id)
{
    memset(&k->ev, 0, sizeof k->ev);
    k->n = 0;
    k->ev.layouts = k->layouts;
    k->ev.head.channel = k->ev.sys[COR_SYS_CHANNEL] = kit_utf8(channel);
    k->ev.head.event_id = id;
    k->ev.sys[COR_SYS_EVENT_ID] = kit_utf8(cor_arena_fmt(&k->mem, "%u", id).p);
    k->ev.sys[COR_SYS_COMPUTER] = kit_utf8("HOST1");
}

static COR_UNUSED void kit_val(kit *k, const char *name, cor_val v)
{
    assert_true(k->n < KIT_FIELDS);
    k->name[k->n] = cor_str_of(name);
    k->val[k->n++] = v;
}

static COR_UNUSED void kit_set(kit *k, const char *name, const char *value)
{
    kit_val(k, name, kit_utf8(value));
}

static COR_UNUSED void kit_done(kit *k)
{
    k->ev.layout = cor_layouts_get(k->layouts, k->name, k->n);
    assert_non_null(k->ev.layout);
    k->ev.val = k->val;
}

#endif
