/* The correlation section, up to its references, which resolve.c ties to rules when all files are read. */
#include "sigma/load.h"

static const char *const types[] = {"event_count", "value_count", "temporal", "temporal_ordered", "value_sum",
                                    "value_avg",
                                    "value_percentile", "value_median"};

static bool temporal(cor_corr_type t)
{
    return t == COR_CORR_TEMPORAL || t == COR_CORR_TEMPORAL_ORDERED;
}

static bool of_values(cor_corr_type t)
{
    return t != COR_CORR_EVENT_COUNT && !temporal(t);
}

static bool nothing(const cor_ynode *n)
{
    return n == NULL || (n->kind == COR_Y_SCALAR && cor_yscalar_type(n) == COR_YT_NULL);
}

static bool read_type(cor_load *ld, const cor_ynode *map, cor_correlation *c)
{
    const cor_ynode *n = cor_ymap_get(map, "type");
    for (size_t i = 0; n != NULL && n->kind == COR_Y_SCALAR && i < COR_LEN(types); i++)
        if (cor_str_ieq(n->text, cor_str_of(types[i]))) {
            c->type = (cor_corr_type)i;
            return true;
        }
    if (nothing(n))
        cor_oops(ld, map, "no-type", "add `type: event_count` or another", "the correlation has no type");
    else
        cor_oops(ld, n, "bad-type", "one of event_count, value_count, temporal, temporal_ordered, value_sum, "
                 "value_avg, value_percentile, value_median",
                 "`%.*s` is no correlation type", COR_CUT(n->text, 60));
    return false;
}

/* 90m and the like. Weeks, months (30.44 days) and years are pySigma's. */
static void read_timespan(cor_load *ld, const cor_ynode *map, cor_correlation *c)
{
    static const struct { char unit; int64_t seconds; } unit[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400},
                                                                  {'w', 604800},
                                                                  {'M', 2629746}, {'y', 31556952}};
    const cor_ynode *n = cor_ymap_get(map, "timespan");
    if (nothing(n)) {
        cor_oops(ld, map, "no-timespan", "add `timespan: 5m` or another", "the correlation has no timespan");
        return;
    }
    cor_str s = n->kind == COR_Y_SCALAR ? n->text : COR_S("");
    int64_t count = 0;
    size_t i = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && count < 1000000000; i++)
        count = count * 10 + (s.p[i] - '0');
    for (size_t k = 0; count != 0 && i + 1 == s.n && k < COR_LEN(unit); k++)
        if (s.p[i] == unit[k].unit && count < INT64_MAX / COR_SECOND / unit[k].seconds) {
            c->timespan = count * unit[k].seconds * COR_SECOND;
            if (k > 3)
                cor_say_at(ld, COR_DIAG_NOTE, n, "timespan-unit", "",
                           "the specification knows s, m, h and d only; taken as pySigma does");
            return;
        }
    cor_oops(ld, n, "bad-timespan", "a number and one of s, m, h, d: 90m", "`%.*s` is no timespan", COR_CUT(s, 40));
}

/* Text or a list of text. */
static const cor_str *strings(cor_load *ld, const cor_ynode *v, const char *name, uint32_t *n)
{
    const cor_ynode *i = v->kind == COR_Y_LIST ? v->first : v;
    uint32_t k = v->kind == COR_Y_LIST ? v->n : 1;
    cor_str *s = cor_keep_array(ld, k, sizeof *s);
    *n = 0;
    for (; s != NULL && *n < k; i = i->next) {
        if (i->kind != COR_Y_SCALAR) {
            cor_oops(ld, i, "field-kind", "give the name of a field, or a list of them",
                     "`%s` must hold names of fields", name);
            *n = 0;
            return NULL;
        }
        s[(*n)++] = cor_keep_str(ld, i->text);
    }
    return s;
}

/* ---- conditions ---- */

static const char *const comparison[] = {"eq", "neq", "lt", "lte", "gt", "gte"}; /* in the order of cor_cmp */

static bool read_comparison(cor_load *ld, const cor_ynode *key, cor_correlation *c)
{
    for (size_t i = 0; i < COR_LEN(comparison); i++) {
        double number;
        if (!cor_str_is(key->text, comparison[i]))
            continue;
        if (key->next->kind != COR_Y_SCALAR || !cor_yscalar_number(key->next, &number))
            cor_oops(ld, key->next, "bad-condition", "write a number", "`%s` of the condition must be a number",
                     comparison[i]);
        else if (c->n_cond < COR_LEN(c->cond)) {
            c->cond[c->n_cond].cmp = (cor_cmp)i;
            c->cond[c->n_cond++].number = number;
        }
        return true;
    }
    return false;
}

static void read_percentile(cor_load *ld, const cor_ynode *n, cor_correlation *c)
{
    if (n->kind != COR_Y_SCALAR || !cor_yscalar_number(n, &c->percentile) || c->percentile < 0 || c->percentile > 100)
        cor_oops(ld, n, "bad-condition", "like `percentile: 95`",
                 "`percentile` of the condition must be a number from 0 to 100");
}

static void read_map_condition(cor_load *ld, const cor_ynode *map, cor_correlation *c, cor_corr_raw *raw)
{
    const cor_ynode *percentile = NULL, *field = NULL;
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        if (k->again)
            cor_oops(ld, k, "duplicate-key", "leave one of the two out", "duplicate key `%.*s`", COR_CUT(k->text, 60));
        else if (cor_str_is(k->text, "field"))
            field = k->next;
        else if (cor_str_is(k->text, "percentile"))
            percentile = k->next;
        else if (!read_comparison(ld, k, c))
            cor_oops(ld, k, "bad-condition", "it holds eq, neq, lt, lte, gt, gte, field, percentile",
                     "`%.*s` has no meaning in a correlation's condition", COR_CUT(k->text, 60));
    }
    if (c->n_cond == 0 && ld->errors == 0)
        cor_oops(ld, map, "bad-condition", "add `gte: 10` or another", "the condition compares with nothing");
    if (field != NULL && field->kind != COR_Y_MAP)
        raw->field = (cor_str *)(uintptr_t)strings(ld, field, "field", &raw->n_field);
    if (of_values(c->type) && (raw->n_field == 0 || raw->field[0].n == 0))
        cor_oops(ld, map, "no-field", "add `field:` with the field's name",
                 "a %s correlation needs the field whose values it looks at", types[c->type]);
    if (of_values(c->type) && c->type != COR_CORR_VALUE_COUNT && raw->n_field > 1)
        cor_oops(ld, field, "many-fields", "give one field", "only value_count takes several fields");
    if (percentile != NULL)
        read_percentile(ld, percentile, c);
    else if (c->type == COR_CORR_VALUE_PERCENTILE)
        cor_oops(ld, map, "no-percentile",
                 "add `percentile: 95` to the condition; the comparison is made with that percentile of the values",
                 "a value_percentile correlation needs to know which percentile");
    if (percentile != NULL && c->type != COR_CORR_VALUE_PERCENTILE)
        cor_say_at(ld, COR_DIAG_WARNING, percentile, "useless-percentile", "leave it out",
                   "`percentile` means nothing to %s", types[c->type]);
}

/* ---- boolean conditions over rules ---- */

typedef struct bparser {
    cor_load *ld;
    const cor_ynode *at;
    cor_str text, word;
    size_t pos, from;
    cor_corr_raw *raw;
    bool fixed;       /* `rules` is given: nothing is added to it */
    uint64_t *used;   /* bit per rule */
    unsigned depth;
    bool failed;
} bparser;

#define BOOLEAN_RULES_MAX 64 /* rules in one boolean condition: the bits of a word */
#define BOOLEAN_PARTS_MAX 64 /* operands of one `and` or `or` */

static void btoken(bparser *p)
{
    cor_str s = p->text;
    while (p->pos < s.n && (s.p[p->pos] == ' ' || s.p[p->pos] == '\t' || s.p[p->pos] == '\n'))
        p->pos++;
    p->from = p->pos;
    while (p->pos < s.n && s.p[p->pos] != ' ' && s.p[p->pos] != '\t' && s.p[p->pos] != '\n' && s.p[p->pos] != '(' &&
           s.p[p->pos] != ')')
        p->pos++;
    if (p->pos == p->from && p->pos < s.n)
        p->pos++;
    p->word = (cor_str){s.p + p->from, p->pos - p->from};
}

static void bfail(bparser *p, const char *code, const char *hint, const char *what)
{
    uint32_t line, col;
    cor_yscalar_pos(p->ld->src, p->at, p->from, &line, &col);
    if (!p->failed)
        cor_say(p->ld, COR_DIAG_ERROR, line, col, code, hint, "%s: `%.*s`", what, COR_CUT(p->word, 60));
    p->failed = true;
}

static bool bis(const bparser *p, const char *w)
{
    return cor_str_ieq(p->word, cor_str_of(w));
}

static cor_corr_expr *bnode(bparser *p, cor_ce_kind kind, cor_corr_expr **child, uint32_t n)
{
    cor_corr_expr *x = cor_keep(p->ld, sizeof *x);
    cor_corr_expr **copy = cor_keep_array(p->ld, n, sizeof(cor_corr_expr *));
    if (x == NULL || copy == NULL)
        return NULL;
    if (n != 0)
        memcpy(copy, child, n * sizeof(cor_corr_expr *));
    *x = (cor_corr_expr){.n = n, .child = copy};
    x->kind = kind;
    return x;
}

static cor_corr_expr *brule(bparser *p)
{
    cor_corr_raw *raw = p->raw;
    uint32_t i = 0;
    while (i < raw->n_ref && !cor_str_eq(raw->ref[i].name, p->word))
        i++;
    if (i == raw->n_ref) {
        if (p->fixed) {
            bfail(p, "unlisted-rule", "add it to `rules`, or leave `rules` out",
                  "the condition names a rule that `rules` does not list");
            return NULL;
        }
        if (i == BOOLEAN_RULES_MAX) {
            bfail(p, "condition-size", "", "too many rules in one condition");
            return NULL;
        }
        uint32_t line, col;
        cor_yscalar_pos(p->ld->src, p->at, p->from, &line, &col);
        raw->ref[raw->n_ref++] = (cor_ref){.name = cor_keep_str(p->ld, p->word), .line = line, .col = col,
                                           .item = COR_NONE};
    }
    *p->used |= UINT64_C(1) << i;
    cor_corr_expr *x = bnode(p, COR_CE_RULE, NULL, 0);
    if (x != NULL)
        x->rule = i;
    btoken(p);
    return x;
}

static cor_corr_expr *bor(bparser *p);

static cor_corr_expr *bitem(bparser *p)
{
    unsigned nots = 0;
    for (; bis(p, "not"); nots++)
        btoken(p);
    cor_corr_expr *x;
    if (bis(p, "(")) {
        if (++p->depth > COR_SIGMA_CONDITION_DEPTH) {
            bfail(p, "too-deep", "", "parentheses too deep in the condition");
            return NULL;
        }
        btoken(p);
        x = bor(p);
        p->depth--;
        if (x != NULL && !bis(p, ")"))
            bfail(p, "condition-syntax", "close the parenthesis", "the condition wants `)` here");
        btoken(p);
    } else if (p->word.n == 0 || bis(p, ")") || bis(p, "and") || bis(p, "or")) {
        bfail(p, "condition-syntax", "", "the condition wants the name of a rule here");
        return NULL;
    } else {
        x = brule(p);
    }
    return x == NULL || p->failed ? NULL : nots % 2 != 0 ? bnode(p, COR_CE_NOT, &x, 1) : x;
}

static cor_corr_expr *bchain(bparser *p, const char *op, cor_corr_expr *(*lower)(bparser *), cor_ce_kind kind)
{
    cor_corr_expr *part[BOOLEAN_PARTS_MAX];
    uint32_t n = 1;
    part[0] = lower(p);
    while (part[n - 1] != NULL && bis(p, op)) {
        if (n == COR_LEN(part)) {
            bfail(p, "condition-size", "", "too many parts in one condition");
            return NULL;
        }
        btoken(p);
        part[n++] = lower(p);
    }
    return part[n - 1] == NULL ? NULL : n == 1 ? part[0] : bnode(p, kind, part, n);
}

static cor_corr_expr *band(bparser *p)
{
    return bchain(p, "and", bitem, COR_CE_AND);
}

static cor_corr_expr *bor(bparser *p)
{
    return bchain(p, "or", band, COR_CE_OR);
}

static void read_boolean(cor_load *ld, const cor_ynode *n, cor_correlation *c, cor_corr_raw *raw, bool fixed)
{
    if (!temporal(c->type)) {
        cor_oops(ld, n, "bad-condition", "write a map like {gte: 10}",
                 "a condition over rules is for temporal and temporal_ordered, not for %s", types[c->type]);
        return;
    }
    if (n->text.n > COR_SIGMA_CONDITION_MAX || raw->n_ref > BOOLEAN_RULES_MAX) {
        cor_oops(ld, n, "condition-size", "split the correlation", "the condition is too large");
        return;
    }
    uint64_t used = 0;
    cor_ref *room = cor_keep_array(ld, BOOLEAN_RULES_MAX, sizeof *room);
    if (room == NULL)
        return;
    if (raw->n_ref != 0)
        memcpy(room, raw->ref, raw->n_ref * sizeof *room);
    raw->ref = room;
    bparser p = {.ld = ld, .at = n, .text = n->text, .raw = raw, .fixed = fixed, .used = &used};
    btoken(&p);
    c->expr = bor(&p);
    if (c->expr != NULL && p.word.n != 0)
        bfail(&p, "condition-syntax", "", "the condition wants `and` or `or` here");
    for (uint32_t i = 0; !p.failed && c->expr != NULL && i < raw->n_ref; i++)
        if ((used >> i & 1) == 0)
            cor_oops(ld, n, "unused-rule", "use it, or take it from `rules`",
                     "the condition does not use the rule `%.*s` of `rules`",
                     COR_CUT(raw->ref[i].name, 80));
}

static void read_condition(cor_load *ld, const cor_ynode *map, cor_correlation *c, cor_corr_raw *raw, bool fixed)
{
    const cor_ynode *n = cor_ymap_get(map, "condition");
    if (nothing(n)) {
        if (!temporal(c->type))
            cor_oops(ld, map, "no-condition", "add `condition:` with `gte: 10` or another below it",
                     "a %s correlation needs a condition", types[c->type]);
        else if (!fixed)
            cor_oops(ld, map, "no-rules", "list the rules that must occur", "the correlation has no rules");
    } else if (n->kind == COR_Y_MAP) {
        read_map_condition(ld, n, c, raw);
    } else if (n->kind == COR_Y_SCALAR) {
        read_boolean(ld, n, c, raw, fixed);
    } else {
        cor_oops(ld, n, "bad-condition", "write a map like {gte: 10}",
                 "the condition of a correlation must be a map or, over rules, text");
    }
}

/* ---- aliases ---- */

static void read_aliases(cor_load *ld, const cor_ynode *n, cor_corr_raw *raw)
{
    if (n->kind != COR_Y_MAP) {
        cor_oops(ld, n, "bad-aliases", "write {alias: {rule: field}}", "`aliases` must be a map");
        return;
    }
    raw->alias = cor_keep_array(ld, n->n, sizeof *raw->alias);
    for (const cor_ynode *k = n->first; raw->alias != NULL && k != NULL; k = k->next->next) {
        const cor_ynode *m = k->next;
        if (m->kind != COR_Y_MAP) {
            cor_oops(ld, m, "bad-aliases", "write {alias: {rule: field}}",
                     "an alias must be a map from rules to fields");
            return;
        }
        cor_alias *a = &raw->alias[raw->n_alias];
        *a = (cor_alias){.name = cor_keep_str(ld, k->text), .rule = cor_keep_array(ld, m->n, sizeof *a->rule),
                         .field = cor_keep_array(ld, m->n, sizeof *a->field)};
        if (a->rule == NULL || a->field == NULL)
            return;
        for (const cor_ynode *r = m->first; r != NULL; r = r->next->next) {
            if (r->next->kind != COR_Y_SCALAR) {
                cor_oops(ld, r->next, "bad-aliases", "give the name of a field",
                         "an alias must be the name of a field");
                return;
            }
            a->rule[a->n] = (cor_ref){.name = cor_keep_str(ld, r->text), .line = r->line, .col = r->col,
                                      .item = COR_NONE};
            a->field[a->n++] = cor_keep_str(ld, r->next->text);
        }
        raw->n_alias++;
    }
}

/* The schema puts it beside `correlation`, pySigma reads it inside: either place will do. */
static void read_generate(cor_load *ld, const cor_ynode *n, cor_correlation *c)
{
    bool yes = false;
    if (!nothing(n) && !cor_yscalar_bool(n, &yes))
        cor_oops(ld, n, "bad-generate", "write true or false", "`generate` must be true or false");
    c->generate |= yes;
}

cor_corr_raw *cor_read_correlation(cor_load *ld, const cor_ynode *root)
{
    const cor_ynode *map = cor_ymap_get(root, "correlation");
    if (map->kind != COR_Y_MAP) {
        cor_oops(ld, map, "bad-correlation", "put type, rules, timespan and condition below it",
                 "`correlation` must be a map");
        return NULL;
    }
    cor_corr_raw *raw = cor_arena_zero(ld->mem, sizeof *raw);
    cor_correlation *c = cor_arena_zero(ld->mem, sizeof *c);
    if (raw == NULL || c == NULL) {
        ld->nomem = true;
        return NULL;
    }
    raw->c = c;
    if (!read_type(ld, map, c))
        return NULL;
    const cor_ynode *rules = cor_ymap_get(map, "rules"), *group = cor_ymap_get(map, "group-by");
    const cor_ynode *aliases = cor_ymap_get(map, "aliases");
    bool fixed = !nothing(rules) && !(rules->kind == COR_Y_LIST && rules->n == 0);
    if (fixed && rules->kind == COR_Y_MAP)
        cor_oops(ld, rules, "bad-reference", "list ids or names of rules",
                 "`rules` must be the id or name of a rule, or a list of them");
    else if (fixed)
        raw->ref = cor_read_refs(ld, rules, &raw->n_ref);
    else if (!temporal(c->type))
        cor_oops(ld, map, "no-rules", "add `rules:` with ids or names of rules", "the correlation has no rules");
    if (!nothing(group) && group->kind == COR_Y_MAP)
        cor_oops(ld, group, "field-kind", "list names of fields",
                 "`group-by` must be the name of a field, or a list of them");
    else if (!nothing(group))
        c->group_by = strings(ld, group, "group-by", &c->n_group_by);
    read_generate(ld, cor_ymap_get(root, "generate"), c);
    read_generate(ld, cor_ymap_get(map, "generate"), c);
    read_timespan(ld, map, c);
    if (!nothing(aliases))
        read_aliases(ld, aliases, raw);
    read_condition(ld, map, c, raw, fixed);
    return raw;
}
