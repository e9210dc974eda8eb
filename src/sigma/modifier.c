#include "sigma/modifier.h"

#include <stdio.h>
#include <stdlib.h>

#include "sigma/regex.h"

#define ANYTHING (COR_M_TEXT | COR_M_NUMBER | COR_M_BOOL | COR_M_NULL | COR_M_REGEX | COR_M_REF | COR_M_PART | COR_M_OTHER | COR_M_NEVER)
#define WORDS (COR_M_TEXT | COR_M_NEVER)

/* To add a modifier: a line here, a function in modifier_text.c or modifier_type.c, a row in tests/unit/sigma. */
const cor_modifier cor_modifiers[] = {
    {"contains", WORDS | COR_M_REGEX | COR_M_REF, false, "text", cor_mod_place, 3},
    {"endswith", WORDS | COR_M_REGEX | COR_M_REF, false, "text", cor_mod_place, 2},
    {"startswith", WORDS | COR_M_REGEX | COR_M_REF, false, "text", cor_mod_place, 1},
    {"all", ANYTHING, false, "anything", cor_mod_all, 0},
    {"windash", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_windash, 0},
    {"re", COR_M_TEXT | COR_M_NUMBER, true, "text", cor_mod_re, 0},
    {"i", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag, COR_RE_I},
    {"m", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag, COR_RE_M},
    {"s", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag, COR_RE_S},
    {"ignorecase", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag,
     COR_RE_I},
    {"multiline", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag,
     COR_RE_M},
    {"dotall", COR_M_REGEX | COR_M_NEVER, false, "a regular expression (it belongs behind `re`)", cor_mod_re_flag,
     COR_RE_S},
    {"cased", WORDS | COR_M_REF, false, "text", cor_mod_cased, 0},
    {"neq", ANYTHING, false, "anything", cor_mod_neq, 0},
    {"exists", COR_M_BOOL, true, "true or false without quotes", cor_mod_exists, 0},
    {"cidr", COR_M_TEXT, true, "a network such as 10.0.0.0/8", cor_mod_cidr, 0},
    {"fieldref", COR_M_TEXT, false, "the name of a field", cor_mod_fieldref, 0},
    {"expand", COR_M_TEXT | COR_M_REGEX, false, "text with %placeholders%", cor_mod_expand, 0},
    {"base64", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_base64, 0},
    {"base64offset", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_base64offset, 0},
    {"wide", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_utf16, 'l'},
    {"utf16le", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_utf16, 'l'},
    {"utf16be", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_utf16, 'b'},
    {"utf16", COR_M_TEXT | COR_M_NEVER, false, "text", cor_mod_utf16, 'm'},
    {"lt", COR_M_NUMBER | COR_M_PART, false, "a number without quotes", cor_mod_compare, COR_CMP_LT},
    {"lte", COR_M_NUMBER | COR_M_PART, false, "a number without quotes", cor_mod_compare, COR_CMP_LTE},
    {"gt", COR_M_NUMBER | COR_M_PART, false, "a number without quotes", cor_mod_compare, COR_CMP_GT},
    {"gte", COR_M_NUMBER | COR_M_PART, false, "a number without quotes", cor_mod_compare, COR_CMP_GTE},
    {"minute", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_MINUTE},
    {"hour", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_HOUR},
    {"day", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_DAY},
    {"week", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_WEEK},
    {"month", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_MONTH},
    {"year", COR_M_NUMBER, true, "a number without quotes", cor_mod_part, COR_PART_YEAR},
};
const size_t cor_modifiers_n = COR_LEN(cor_modifiers);

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case COR_M_TEXT:
        return "text";
    case COR_M_NUMBER:
        return "a number";
    case COR_M_BOOL:
        return "true or false";
    case COR_M_NULL:
        return "null";
    case COR_M_REGEX:
        return "a regular expression";
    case COR_M_REF:
        return "a field reference";
    case COR_M_PART:
        return "a part of a time";
    default:
        return "a finished test";
    }
}

/* Number of single-letter changes between two words, for "did you mean"; long words are not compared. */
static unsigned distance(cor_str a, const char *b)
{
    size_t m = strlen(b);
    unsigned row[32];
    if (a.n > 24 || m > 24)
        return 99;
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned up = row[j], best = diagonal + (a.p[i - 1] != b[j - 1]);
            best = up + 1 < best ? up + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = up;
            row[j] = best;
        }
    }
    return row[m];
}

static const char *nearest(cor_load *ld, cor_str word)
{
    const char *best = NULL;
    unsigned least = 3;
    for (size_t i = 0; i < cor_modifiers_n; i++) {
        unsigned d = distance(word, cor_modifiers[i].name);
        if (d < least && d < strlen(cor_modifiers[i].name)) {
            least = d;
            best = cor_modifiers[i].name;
        }
    }
    if (best == NULL)
        return "the modifiers are listed in appendix \"Sigma Modifiers\" of the specification";
    cor_str hint = cor_arena_fmt(ld->mem, "did you mean `%s`?", best);
    return hint.p == NULL ? "" : hint.p;
}

static const cor_modifier *find(cor_str name)
{
    for (size_t i = 0; i < cor_modifiers_n; i++)
        if (cor_str_is(name, cor_modifiers[i].name))
            return &cor_modifiers[i];
    return NULL;
}

cor_mval *cor_mod_values(cor_load *ld, cor_mitem *m, size_t n)
{
    size_t more = n > m->n ? n - m->n : 0;
    if (more > COR_SIGMA_TESTS_MAX - ld->tests) {
        cor_mod_oops(ld, m, "too-many-values", "split the rule",
                     "with this the rule has more than %d values after lists and alternatives are unfolded",
                         COR_SIGMA_TESTS_MAX);
        return NULL;
    }
    ld->tests += (uint32_t)more;
    return cor_scratch(ld, n, sizeof(cor_mval));
}

/* How to mend a value of the wrong kind: quotes help only where the same letters would then do. */
static const char *value_hint(const cor_modifier *mod, const cor_mval *v)
{
    cor_ynode bare = *v->at;
    bare.style = COR_YS_PLAIN;
    bare.tagged_text = false;
    cor_ytype t = cor_yscalar_type(&bare);
    if (mod->accepts & COR_M_TEXT)
        return v->kind == COR_M_NULL ? "leave the modifier out to ask for an empty field; write the word null in quotes"
                                     : "write it in quotes";
    if (mod->accepts & COR_M_BOOL)
        return v->kind == COR_M_TEXT && t == COR_YT_BOOL ? "write it without quotes" : "write true or false";
    return v->kind == COR_M_TEXT && (t == COR_YT_INT || t == COR_YT_FLOAT) ? "write it without quotes"
           : "write a number";
}

static bool check(cor_load *ld, cor_mitem *m, const cor_modifier *mod, cor_str previous)
{
    if (mod->first && m->applied != 0) {
        cor_mod_oops(ld, m, "modifier-order", "put it first, or leave the other out",
                     "`%s` must be the first modifier that changes the value, but `%.*s` stands before it", mod->name,
                     COR_STR_FMT(previous));
        return false;
    }
    for (uint32_t i = 0; i < m->n; i++) {
        const cor_mval *v = &m->v[i];
        if ((v->kind & mod->accepts) != 0)
            continue;
        if (m->applied != 0)
            cor_mod_oops(ld, m, "modifier-chain", "leave one of the two out",
                         "`%s` wants %s, but behind `%.*s` the value is %s",
                         mod->name, mod->wants, COR_STR_FMT(previous), kind_name(v->kind));
        else
            cor_oops(ld, v->at, "modifier-value", value_hint(mod, v), "`%s` wants %s, but this is %s", mod->name,
                     mod->wants, kind_name(v->kind));
        return false;
    }
    return true;
}

static bool apply_chain(cor_load *ld, cor_mitem *m, cor_str chain, size_t at)
{
    cor_str previous = COR_S("");
    bool good = true;
    while (good && at <= chain.n) {
        const char *bar = at == chain.n ? NULL : memchr(chain.p + at, '|', chain.n - at);
        size_t end = bar == NULL ? chain.n : (size_t)(bar - chain.p);
        cor_str name = {chain.p + at, end - at};
        m->key_at = at;
        const cor_modifier *mod = find(name);
        if (mod == NULL) {
            cor_mod_oops(ld, m, "unknown-modifier", nearest(ld, name), "`%.*s` is not a Sigma modifier",
                         COR_STR_FMT(name));
            return false;
        }
        good = check(ld, m, mod, previous) && mod->apply(ld, m, mod);
        if (mod->apply != cor_mod_all && mod->apply != cor_mod_neq) {
            m->applied++;
            previous = name;
        }
        at = end + 1;
    }
    return good;
}

static bool number_text(cor_load *ld, const cor_ynode *n, cor_mval *v)
{
    int64_t i;
    double d;
    char text[40];
    cor_str s = n->text;
    v->t.whole = cor_yscalar_whole(n, &v->t.minus, &v->t.size);
    if (cor_yscalar_int(n, &i)) {
        s = (cor_str){text, (size_t)snprintf(text, sizeof text, "%lld", (long long)i)};
        v->t.number = (double)i;
    } else if (cor_yscalar_number(n, &d)) {
        v->t.number = d;
        if (d > -9e15 && d < 9e15 && d == (double)(int64_t)d) {
            s = (cor_str){text, (size_t)snprintf(text, sizeof text, "%lld", (long long)d)};
        } else if (cor_yscalar_type(n) == COR_YT_FLOAT) {
            int w = snprintf(text, sizeof text, "%.15g", d);
            if (strtod(text, NULL) != d)
                w = snprintf(text, sizeof text, "%.17g", d);
            s = (cor_str){text, (size_t)w};
        }
    } else {
        cor_oops(ld, n, "bad-number", "put it in quotes if it is text", "`%.*s` is no number that can be compared",
                 COR_CUT(n->text, 60));
        return false;
    }
    v->kind = COR_M_NUMBER;
    return cor_value_pieces(ld, s, v);
}

static bool read_value(cor_load *ld, const cor_ynode *n, bool regex, uint32_t group, cor_mval *v)
{
    memset(v, 0, sizeof *v);
    v->group = group;
    v->at = n;
    v->t.pos = (cor_pos){ld->file, n->line, n->col};
    if (n->kind != COR_Y_SCALAR) {
        cor_oops(ld, n, "value-kind", "maps belong one level up, as items of the search identifier",
                 "a value must be text, a number, "
                 "true, false or null, not a %s", n->kind == COR_Y_MAP ? "map" : "list");
        return false;
    }
    switch (regex ? COR_YT_TEXT : cor_yscalar_type(n)) {
    case COR_YT_NULL:
        v->kind = COR_M_NULL;
        return true;
    case COR_YT_BOOL:
        v->kind = COR_M_BOOL;
        cor_yscalar_bool(n, &v->t.wanted);
        return true;
    case COR_YT_INT:
    case COR_YT_FLOAT:
        return number_text(ld, n, v);
    default:
        break;
    }
    v->kind = COR_M_TEXT;
    if (!regex)
        return cor_value_pieces(ld, n->text, v);
    /* An expression is taken as it stands: its backslashes and stars are not Sigma's. */
    v->t.text = cor_keep_str(ld, n->text);
    return v->t.text.p != NULL;
}

static bool read_values(cor_load *ld, cor_mitem *m, const cor_ynode *value, bool regex)
{
    bool list = value->kind == COR_Y_LIST;
    const cor_ynode *first = list ? value->first : value;
    uint32_t n = list ? value->n : 1;
    if (n == 0) { /* "field: []" is null, as in pySigma */
        n = 1;
        first = value;
    }
    cor_mval *v = cor_mod_values(ld, m, n);
    if (v == NULL)
        return false;
    m->v = v;
    m->n = n;
    if (first == value && list) {
        v[0] = (cor_mval){.kind = COR_M_NULL, .at = value, .t.pos = {ld->file, value->line, value->col}};
        return true;
    }
    bool good = true;
    uint32_t i = 0;
    for (const cor_ynode *k = first; i < n; k = k->next, i++)
        good = read_value(ld, k, regex, i, &v[i]) && good;
    return good;
}

/* PCRE2 has the last word on what an expression is. */
static bool check_regex(cor_load *ld, const cor_mval *v)
{
    cor_regex *re;
    cor_err why = {0};
    cor_code c = cor_regex_new(v->t.text, v->t.re_flags, false, &re, &why);
    if (c == COR_OK) {
        cor_regex_free(re);
        return true;
    }
    if (c == COR_ENOMEM) {
        ld->nomem = true;
        return false;
    }
    uint32_t line = v->at->line, col = v->at->col;
    if (cor_str_eq(v->t.text, v->at->text) && why.off <= v->at->text.n)
        cor_yscalar_pos(ld->src, v->at, (size_t)why.off, &line, &col);
    cor_say(ld, COR_DIAG_ERROR, line, col, "bad-regex",
            "mend it here; a plain character is written with a backslash before it",
            "%s", why.msg);
    return false;
}

static bool finish(cor_load *ld, cor_mitem *m, cor_mval *v)
{
    v->t.field = m->field;
    switch (v->kind) {
    case COR_M_TEXT:
    case COR_M_NUMBER:
        if (m->field.p == NULL && !m->placed && !cor_value_wrap(ld, v, true, true))
            return false;
        return cor_value_finish(ld, v);
    case COR_M_BOOL:
        v->t.op = m->field.p == NULL ? COR_OP_CONTAINS : COR_OP_EQUALS;
        v->t.text = v->t.wanted ? COR_S("true") : COR_S("false");
        return true;
    case COR_M_NULL:
        if (m->n > 1) {
            cor_oops(ld, v->at, "null-in-list",
                     "make a search identifier of its own for it and join the two in the condition",
                     "null cannot stand in a list of values");
            return false;
        }
        if (m->field.p == NULL) {
            cor_oops(ld, v->at, "null-keyword", "name the field that has to be empty", "null is no keyword");
            return false;
        }
        v->t.op = COR_OP_NULL;
        return true;
    case COR_M_PART:
        v->t.op = COR_OP_TIMEPART;
        return true;
    case COR_M_NEVER:
        v->t.op = COR_OP_FALSE;
        return true;
    case COR_M_REF:
        v->t.op = COR_OP_FIELDREF;
        return true;
    case COR_M_REGEX:
        return check_regex(ld, v);
    default: /* the finished ones have set it */
        return true;
    }
}

cor_node *cor_make_node(cor_load *ld, cor_node_kind kind, cor_node **child, size_t n)
{
    cor_node *node = cor_keep(ld, sizeof *node);
    cor_node **copy = cor_keep_array(ld, n, sizeof(cor_node *));
    if (node == NULL || copy == NULL)
        return NULL;
    if (n != 0)
        memcpy(copy, child, n * sizeof(cor_node *));
    *node = (cor_node){.kind = kind, .n = (uint32_t)n, .child = copy};
    return node;
}

/* Values from..to of m as one node: OR (or AND) of their tests. */
static cor_node *tests(cor_load *ld, const cor_mitem *m, uint32_t from, uint32_t to, cor_node_kind link)
{
    uint32_t n = to - from;
    cor_test *t = cor_keep_array(ld, n, sizeof *t);
    cor_node *leaf = cor_keep_array(ld, n, sizeof *leaf);
    cor_node **child = cor_scratch(ld, n, sizeof(cor_node *));
    if (t == NULL || leaf == NULL || child == NULL)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        t[i] = m->v[from + i].t;
        leaf[i] = (cor_node){.kind = COR_NODE_TEST, .test = &t[i]};
        child[i] = &leaf[i];
    }
    return n == 1 ? &leaf[0] : cor_make_node(ld, link, child, n);
}

static cor_node *groups(cor_load *ld, const cor_mitem *m)
{
    uint32_t n = 0;
    cor_node **child = cor_scratch(ld, m->n, sizeof(cor_node *));
    if (child == NULL)
        return NULL;
    for (uint32_t i = 0, j; i < m->n; i = j) {
        for (j = i + 1; j < m->n && m->v[j].group == m->v[i].group;)
            j++;
        if ((child[n++] = tests(ld, m, i, j, COR_NODE_OR)) == NULL)
            return NULL;
    }
    return n == 1 ? child[0] : cor_make_node(ld, COR_NODE_AND, child, n);
}

cor_node *cor_read_field(cor_load *ld, const cor_ynode *key, const cor_ynode *value, uint32_t *weight)
{
    cor_mitem m = {.key = key};
    const char *bar = key == NULL ? NULL : memchr(key->text.p, '|', key->text.n);
    size_t name = key == NULL ? 0 : bar == NULL ? key->text.n : (size_t)(bar - key->text.p);
    bool regex = false;
    for (size_t i = name; key != NULL && i + 2 < key->text.n; i++)
        regex |= memcmp(key->text.p + i, "|re", 3) == 0 && (i + 3 == key->text.n || key->text.p[i + 3] == '|');
    if (name != 0) {
        m.field = cor_keep_str(ld, (cor_str){key->text.p, name});
        if (m.field.p == NULL)
            return NULL;
    }
    if (key == NULL)
        m.key = value;
    if (!read_values(ld, &m, value, regex))
        return NULL;
    if (bar != NULL && !apply_chain(ld, &m, key->text, name + 1))
        return NULL;
    for (uint32_t i = 0; i < m.n; i++)
        if (!finish(ld, &m, &m.v[i]))
            return NULL;
    if (m.all && m.v[m.n - 1].group == 0)
        cor_say_at(ld, COR_DIAG_WARNING, key, "all-of-one", "leave `all` out, or list several values",
                   "`all` has one value only, so that it says nothing");
    cor_node *node = m.all ? groups(ld, &m) : tests(ld, &m, 0, m.n, COR_NODE_OR);
    if (node != NULL && m.neq)
        node = cor_make_node(ld, COR_NODE_NOT, &node, 1);
    *weight += m.n + 2;
    return node;
}
