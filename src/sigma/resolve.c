/* When all files are read: references of correlations and filters to their rules, cycles, what is reported and what
 * only feeds. */
#include "base/alloc.h"
#include "sigma/load.h"

#define SAME_NAME_MAX 1000 /* rules of one id or name that are looked at for the one in the same file */
#define CHAIN_DEPTH_MAX 32 /* correlations of correlations of ... */
#define FILTERS_MAX 1000   /* filters in one load: each may touch every rule */

enum { NEW, BUSY, DONE };

typedef struct index {
    cor_load *ld;
    cor_intern name;     /* "i" + id in lower case, "n" + name */
    uint32_t *first;     /* by number of name: the first item */
    uint32_t *next[2];   /* by item: the next of the same id, name */
    uint32_t *last;      /* by number of name */
    size_t cap_first, cap_last;
    cor_buf key;
} index_t;

static void speak_of(cor_load *ld, const cor_item *it)
{
    ld->file = it->rule->pos.file;
    ld->title = it->rule->title;
    ld->id = it->rule->id;
    ld->errors = 0;
}

static void refuse(cor_load *ld, cor_item *it)
{
    if (!it->refused)
        ld->set->n_refused++;
    it->refused = true;
}

static cor_str key_of(index_t *x, char kind, cor_str s)
{
    cor_buf_clear(&x->key);
    cor_buf_c(&x->key, kind);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        cor_buf_c(&x->key, kind == 'i' && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    return cor_buf_view(&x->key);
}

static void enter(index_t *x, char kind, cor_str s, uint32_t item)
{
    size_t before = x->name.n;
    uint32_t no = s.p == NULL ? COR_NONE : cor_intern_add(&x->name, key_of(x, kind, s));
    if (s.p == NULL)
        return;
    uint32_t *first = no == COR_NONE ? NULL : cor_grow(x->first, &x->cap_first, x->name.n, sizeof *first);
    x->first = first == NULL ? x->first : first;
    uint32_t *last = first == NULL ? NULL : cor_grow(x->last, &x->cap_last, x->name.n, sizeof *last);
    x->last = last == NULL ? x->last : last;
    if (last == NULL || !cor_buf_ok(&x->key)) {
        x->ld->nomem = true;
        return;
    }
    if (x->name.n != before)
        first[no] = item;
    else
        x->next[kind == 'n'][last[no]] = item;
    last[no] = item;
}

static void build(index_t *x)
{
    cor_load *ld = x->ld;
    for (int k = 0; k < 2; k++) {
        x->next[k] = cor_alloc(ld->n_item * sizeof(uint32_t));
        if (x->next[k] == NULL) {
            ld->nomem = true;
            return;
        }
        memset(x->next[k], 0xff, ld->n_item * sizeof(uint32_t));
    }
    for (uint32_t i = 0; i < ld->n_item && !ld->nomem; i++) {
        cor_item *it = &ld->item[i];
        if (it->kind == COR_ITEM_FILTER)
            continue;
        enter(x, 'i', it->rule->id, i);
        enter(x, 'n', it->rule->name, i);
    }
}

static void close_index(index_t *x)
{
    cor_intern_free(&x->name);
    cor_free(x->first);
    cor_free(x->last);
    cor_free(x->next[0]);
    cor_free(x->next[1]);
    cor_buf_free(&x->key);
}

static uint32_t first_of(index_t *x, cor_str name, int *kind)
{
    for (*kind = 0; *kind < 2; ++*kind) {
        uint32_t no = cor_intern_find(&x->name, key_of(x, "in"[*kind], name));
        if (no != COR_NONE)
            return x->first[no];
    }
    return COR_NONE;
}

/* The rule of this id or name: one of the same file before others, in the order of loading. */
static uint32_t find(index_t *x, cor_str name, uint32_t file)
{
    int kind;
    uint32_t first = first_of(x, name, &kind), i = first;
    for (int n = 0; i != COR_NONE && n < SAME_NAME_MAX; n++, i = x->next[kind][i])
        if (x->ld->item[i].rule->pos.file == file)
            return i;
    return first;
}

/* ---- duplicates ---- */

static void say_duplicates(index_t *x)
{
    cor_load *ld = x->ld;
    for (uint32_t no = 0; no < x->name.n; no++) {
        int kind = x->name.str[no].p[0] == 'n';
        const cor_item *a = &ld->item[x->first[no]];
        for (uint32_t i = x->next[kind][x->first[no]]; i != COR_NONE; i = x->next[kind][i]) {
            cor_item *b = &ld->item[i];
            cor_str where = ld->path[a->rule->pos.file];
            uint32_t line = b->rule->pos.line, col = b->rule->pos.col;
            bool one_file = a->rule->pos.file == b->rule->pos.file;
            speak_of(ld, b);
            if (kind == 0) {
                cor_say(ld, COR_DIAG_WARNING, line, col, "duplicate-id", "give one of the two another id",
                        "the rule has the id of the one in %.*s:%u; both are used", COR_STR_FMT(where),
                            a->rule->pos.line);
            } else if (one_file) {
                cor_say(ld, COR_DIAG_ERROR, line, col, "duplicate-name", "give one of the two another name",
                        "the rule has the name of the one in line %u", a->rule->pos.line);
                refuse(ld, b);
            } else {
                cor_say(ld, COR_DIAG_WARNING, line, col, "duplicate-name", "give one of the two another name",
                        "the rule has the name of the one in %.*s:%u; references mean the one in their own file, "
                            "else the first",
                        COR_STR_FMT(where), a->rule->pos.line);
            }
        }
    }
}

/* ---- filters ---- */

typedef struct cell {
    struct cell *next;
    const cor_node *expr;
    uint32_t weight;
} cell;

static bool covers(const cor_rule *f, const cor_rule *r)
{
    return (f->category.p == NULL || cor_str_ieq(f->category, r->category)) &&
        (f->product.p == NULL || cor_str_ieq(f->product, r->product)) &&
           (f->service.p == NULL || cor_str_ieq(f->service, r->service));
}

static void give(cor_load *ld, cell **list, uint32_t target, const cor_filter_raw *f)
{
    cell *c = cor_scratch(ld, 1, sizeof *c);
    if (c == NULL)
        return;
    *c = (cell){list[target], f->expr, f->weight};
    list[target] = c;
}

static void filter_by_name(index_t *x, cell **list, const cor_item *it, const cor_ref *ref)
{
    cor_load *ld = x->ld;
    int kind;
    bool any = false, outside = false;
    uint32_t first = first_of(x, ref->name, &kind);
    for (uint32_t t = first; t != COR_NONE; t = x->next[kind][t]) {
        const cor_item *target = &ld->item[t];
        if (target->kind != COR_ITEM_DETECTION || target->refused)
            continue;
        outside |= !covers(it->rule, target->rule);
        if (!covers(it->rule, target->rule))
            continue;
        give(ld, list, t, it->filter);
        any = true;
    }
    if (any)
        return;
    int n = (int)(ref->name.n > 100 ? 100 : ref->name.n);
    if (outside)
        cor_say(ld, COR_DIAG_WARNING, ref->line, ref->col, "filter-logsource",
                "give the filter the rule's logsource, or less of it",
                "the filter is not applied to `%.*s`: its logsource does not cover the rule's", n, ref->name.p);
    else
        cor_say(ld, COR_DIAG_WARNING, ref->line, ref->col, "filter-unknown-rule", "load it too, or mend the id",
                first == COR_NONE ? "the filter names `%.*s`, which is not among the rules"
                                  : "the filter names `%.*s`, which is no detection rule that can be used", n,
                                      ref->name.p);
}

static void collect_filters(index_t *x, cell **list)
{
    cor_load *ld = x->ld;
    size_t n = 0;
    for (size_t i = 0; i < ld->n_item && !ld->nomem; i++) {
        cor_item *it = &ld->item[i];
        if (it->kind != COR_ITEM_FILTER || it->refused)
            continue;
        speak_of(ld, it);
        if (++n > FILTERS_MAX) {
            cor_say(ld, COR_DIAG_ERROR, it->rule->pos.line, it->rule->pos.col, "too-many-filters", "join some of them",
                    "more than %d filters", FILTERS_MAX);
            refuse(ld, it);
            continue;
        }
        for (uint32_t k = 0; !it->filter->any && k < it->filter->n_ref; k++)
            filter_by_name(x, list, it, &it->filter->ref[k]);
        for (uint32_t t = 0; it->filter->any && t < ld->n_item; t++)
            if (ld->item[t].kind == COR_ITEM_DETECTION && !ld->item[t].refused && covers(it->rule, ld->item[t].rule))
                give(ld, list, t, it->filter);
    }
}

/* (rule) and (filter) and (filter) ... */
static void narrow(cor_load *ld, cor_item *it, const cell *list)
{
    size_t n = 1;
    uint64_t weight = it->weight;
    for (const cell *c = list; c != NULL; c = c->next) {
        n++;
        weight += c->weight;
    }
    if (weight > COR_SIGMA_NODES_MAX) {
        speak_of(ld, it);
        cor_say(ld, COR_DIAG_ERROR, it->rule->pos.line, it->rule->pos.col, "condition-size", "use fewer filters",
                "with its filters the rule unfolds to more than %d tests", COR_SIGMA_NODES_MAX);
        refuse(ld, it);
        return;
    }
    cor_node **child = cor_keep_array(ld, n, sizeof(cor_node *));
    cor_node *and = cor_keep(ld, sizeof *and);
    if (child == NULL || and == NULL)
        return;
    *and = (cor_node){.kind = COR_NODE_AND, .n = (uint32_t)n, .child = child};
    child[0] = (cor_node *)(uintptr_t)it->rule->expr;
    for (const cell *c = list; c != NULL; c = c->next) /* the list is the wrong way round */
        child[--n] = (cor_node *)(uintptr_t)c->expr;
    it->rule->expr = and;
    it->weight = (uint32_t)weight;
}

static void apply_filters(index_t *x)
{
    cor_load *ld = x->ld;
    cor_arena_reset(&ld->tmp);
    cell **list = cor_scratch(ld, ld->n_item, sizeof *list);
    if (list == NULL)
        return;
    memset(list, 0, ld->n_item * sizeof *list);
    collect_filters(x, list);
    for (size_t i = 0; i < ld->n_item && !ld->nomem; i++)
        if (list[i] != NULL)
            narrow(ld, &ld->item[i], list[i]);
}

/* ---- correlations ---- */

static void link(index_t *x, cor_item *it)
{
    cor_load *ld = x->ld;
    cor_corr_raw *raw = it->corr;
    speak_of(ld, it);
    for (uint32_t k = 0; k < raw->n_ref; k++) {
        cor_ref *ref = &raw->ref[k];
        ref->item = find(x, ref->name, it->rule->pos.file);
        if (ref->item == COR_NONE)
            cor_say(ld, COR_DIAG_ERROR, ref->line, ref->col, "unknown-rule",
                    "load the rule too, or mend its id or name",
                    "the correlation refers to `%.*s`, which is not among the rules", COR_CUT(ref->name, 100));
    }
    for (uint32_t a = 0; a < raw->n_alias; a++)
        for (uint32_t k = 0; k < raw->alias[a].n; k++) {
            cor_ref *ref = &raw->alias[a].rule[k];
            bool used = false;
            ref->item = find(x, ref->name, it->rule->pos.file);
            for (uint32_t r = 0; r < raw->n_ref; r++)
                used |= raw->ref[r].item == ref->item && ref->item != COR_NONE;
            if (!used)
                cor_say(ld, COR_DIAG_ERROR, ref->line, ref->col, "unknown-rule",
                        "name one of the rules of this correlation",
                        "the alias speaks of `%.*s`, which is not among the correlation's rules",
                        COR_CUT(ref->name, 100));
        }
    if (ld->errors != 0)
        refuse(ld, it);
}

/* Depth first: refuses what goes in a circle, too deep, or through a refused rule. */
static void visit(cor_load *ld, uint32_t i, unsigned depth)
{
    cor_item *it = &ld->item[i];
    if (it->kind != COR_ITEM_CORRELATION || it->refused || it->mark == DONE)
        return;
    it->mark = BUSY;
    for (uint32_t k = 0; k < it->corr->n_ref && !it->refused; k++) {
        const cor_ref *ref = &it->corr->ref[k];
        const cor_item *to = &ld->item[ref->item];
        bool circle = to->mark == BUSY, deep = depth == CHAIN_DEPTH_MAX;
        if (!circle && !deep)
            visit(ld, ref->item, depth + 1);
        deep |= to->depth == CHAIN_DEPTH_MAX;
        if (!deep && to->depth >= it->depth)
            it->depth = (uint8_t)(to->depth + (to->kind == COR_ITEM_CORRELATION));
        speak_of(ld, it);
        int n = (int)(ref->name.n > 100 ? 100 : ref->name.n);
        if (circle)
            cor_say(ld, COR_DIAG_ERROR, ref->line, ref->col, "cycle", "break it",
                    "the correlation goes in a circle: through `%.*s` it refers to itself", n, ref->name.p);
        else if (deep)
            cor_say(ld, COR_DIAG_ERROR, ref->line, ref->col, "too-deep", "",
                    "correlations refer to one another deeper than %d", CHAIN_DEPTH_MAX);
        else if (to->refused)
            cor_say(ld, COR_DIAG_ERROR, ref->line, ref->col, "refused-rule", "mend that rule first",
                    "the correlation needs `%.*s`, which was refused", n, ref->name.p);
        if (ld->errors != 0)
            refuse(ld, it);
    }
    it->mark = DONE;
}

/* The field that supplies `name` in the events of the r-th rule. */
static cor_str field_for(cor_load *ld, const cor_item *it, cor_str name, uint32_t r)
{
    const cor_corr_raw *raw = it->corr;
    bool alias = false;
    for (uint32_t a = 0; a < raw->n_alias; a++) {
        if (!cor_str_eq(raw->alias[a].name, name))
            continue;
        alias = true;
        for (uint32_t k = 0; k < raw->alias[a].n; k++)
            if (raw->alias[a].rule[k].item == raw->ref[r].item)
                return raw->alias[a].field[k];
    }
    if (alias)
        cor_say(ld, COR_DIAG_WARNING, raw->ref[r].line, raw->ref[r].col, "alias-incomplete",
                "add this rule to the alias",
                "the alias `%.*s` does not say which field it is in `%.*s`; the field of that name is taken",
                COR_CUT(name, 80), COR_CUT(raw->ref[r].name, 80));
    return name;
}

static const cor_str *fields_for(cor_load *ld, const cor_item *it, const cor_str *name, uint32_t n)
{
    uint32_t rules = it->corr->n_ref;
    cor_str *f = cor_keep_array(ld, (size_t)n * rules, sizeof *f);
    for (uint32_t g = 0; f != NULL && g < n; g++)
        for (uint32_t r = 0; r < rules; r++)
            f[(size_t)g * rules + r] = field_for(ld, it, name[g], r);
    return f;
}

static void complete(cor_load *ld, cor_item *it)
{
    cor_correlation *c = it->corr->c;
    speak_of(ld, it);
    c->n_rule = it->corr->n_ref;
    uint32_t *rule = cor_keep_array(ld, c->n_rule, sizeof *rule);
    for (uint32_t k = 0; rule != NULL && k < c->n_rule; k++) {
        cor_rule *part = ld->item[it->corr->ref[k].item].rule;
        rule[k] = part->no;
        part->wanted_by_corr = true;
    }
    c->rule = rule;
    c->group_field = fields_for(ld, it, c->group_by, c->n_group_by);
    c->value_name = it->corr->field;
    c->n_value = it->corr->n_field;
    c->value_field = fields_for(ld, it, c->value_name, c->n_value);
    it->rule->corr = c;
}

/* ---- what stays ---- */

static void keep(cor_load *ld, uint32_t i, bool *kept)
{
    cor_item *it = &ld->item[i];
    if (kept[i] || it->refused || it->kind == COR_ITEM_FILTER)
        return;
    kept[i] = true;
    for (uint32_t k = 0; it->kind == COR_ITEM_CORRELATION && k < it->corr->n_ref; k++)
        keep(ld, it->corr->ref[k].item, kept); /* no deeper than CHAIN_DEPTH_MAX: visit() saw to it */
}

/* Its depth was bounded when it was read. */
static bool holds_never(const cor_node *n)
{
    if (n->kind == COR_NODE_TEST)
        return n->test->op == COR_OP_FALSE;
    for (uint32_t i = 0; i < n->n; i++)
        if (holds_never(n->child[i]))
            return true;
    return false;
}

static void number(cor_load *ld)
{
    cor_ruleset *set = ld->set;
    bool *kept = cor_scratch(ld, ld->n_item, sizeof *kept);
    if (kept == NULL)
        return;
    memset(kept, 0, ld->n_item * sizeof *kept);
    for (uint32_t i = 0; i < ld->n_item; i++)
        if (ld->item[i].rule->level >= ld->opt->min_level)
            keep(ld, i, kept);
    set->rule = cor_keep_array(ld, ld->n_item, sizeof *set->rule);
    for (uint32_t i = 0; set->rule != NULL && i < ld->n_item; i++) {
        cor_rule *r = ld->item[i].rule;
        if (!kept[i])
            continue;
        r->no = set->n_rule;
        r->partial = r->expr != NULL && holds_never(r->expr);
        r->silent |= r->level < ld->opt->min_level;
        set->rule[set->n_rule++] = r;
    }
    for (uint32_t i = 0; set->rule != NULL && i < ld->n_item && !ld->nomem; i++)
        if (kept[i] && ld->item[i].kind == COR_ITEM_CORRELATION)
            complete(ld, &ld->item[i]);
}

void cor_resolve(cor_load *ld)
{
    index_t x = {.ld = ld};
    if (ld->n_item != 0)
        build(&x);
    if (!ld->nomem)
        say_duplicates(&x);
    if (!ld->nomem)
        apply_filters(&x);
    for (uint32_t i = 0; i < ld->n_item && !ld->nomem; i++)
        if (ld->item[i].kind == COR_ITEM_CORRELATION && !ld->item[i].refused)
            link(&x, &ld->item[i]);
    for (uint32_t i = 0; i < ld->n_item && !ld->nomem; i++)
        visit(ld, i, 0);
    /* a part is silent even where its correlation is below the level asked for */
    for (uint32_t i = 0; i < ld->n_item && !ld->nomem; i++) {
        const cor_item *it = &ld->item[i];
        for (uint32_t k = 0; it->kind == COR_ITEM_CORRELATION && !it->refused && !it->corr->c->generate &&
             k < it->corr->n_ref; k++)
            ld->item[it->corr->ref[k].item].rule->silent = true;
    }
    if (!ld->nomem)
        number(ld);
    close_index(&x);
}
