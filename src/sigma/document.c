/* One YAML document to one rule: its names and other fields here, its heart in detection.c, correlation.c or
 * filter.c. */
#include "base/alloc.h"
#include "sigma/load.h"

#define TITLE_MAX 256 /* characters, from the specification */

static bool is_text(const cor_ynode *n)
{
    cor_ytype t = cor_yscalar_type(n);
    return n->kind == COR_Y_SCALAR && t != COR_YT_NULL && t != COR_YT_BOOL && t != COR_YT_INT && t != COR_YT_FLOAT;
}

static bool is_null(const cor_ynode *n)
{
    return n == NULL || (n->kind == COR_Y_SCALAR && cor_yscalar_type(n) == COR_YT_NULL);
}

/* A field that must be text when it is there. .p NULL: absent, or wrong and said so. */
static cor_str text_field(cor_load *ld, const cor_ynode *root, const char *name)
{
    const cor_ynode *n = cor_ymap_get(root, name);
    if (is_null(n))
        return (cor_str){NULL, 0};
    if (n->kind != COR_Y_SCALAR) {
        cor_oops(ld, n, "field-kind", "write it as text", "`%s` must be text", name);
        return (cor_str){NULL, 0};
    }
    return cor_keep_str(ld, n->text);
}

/* A field that must be a list of text. `lenient`: one text instead of a list is only remarked upon. */
static const cor_str *list_field(cor_load *ld, const cor_ynode *root, const char *name, bool lenient, uint32_t *count)
{
    const cor_ynode *n = cor_ymap_get(root, name);
    *count = 0;
    if (is_null(n))
        return NULL;
    if (n->kind == COR_Y_SCALAR && lenient) {
        cor_say_at(ld, COR_DIAG_WARNING, n, "field-kind", "write it as a list", "`%s` should be a list", name);
    } else if (n->kind != COR_Y_LIST) {
        cor_oops(ld, n, "field-kind", "write it as a list", "`%s` must be a list", name);
        return NULL;
    }
    uint32_t k = n->kind == COR_Y_LIST ? n->n : 1;
    cor_str *out = cor_keep_array(ld, k, sizeof *out);
    const cor_ynode *i = n->kind == COR_Y_LIST ? n->first : n;
    for (; out != NULL && *count < k; i = i->next) {
        if (i->kind != COR_Y_SCALAR) {
            cor_oops(ld, i, "field-kind", "write it as text", "an item of `%s` must be text", name);
            *count = 0;
            return NULL;
        }
        out[(*count)++] = cor_keep_str(ld, i->text);
    }
    return out;
}

/* Fields that carry nothing the engine needs are only checked. */
static void check_list(cor_load *ld, const cor_ynode *root, const char *name, bool lenient)
{
    const cor_ynode *n = cor_ymap_get(root, name);
    if (is_null(n) || n->kind == COR_Y_LIST)
        return;
    cor_say_at(ld, lenient ? COR_DIAG_WARNING : COR_DIAG_ERROR, n, "field-kind", "write it as a list",
               "`%s` %s be a list", name,
               lenient ? "should" : "must");
}

static void check_text(cor_load *ld, const cor_ynode *root, const char *name)
{
    const cor_ynode *n = cor_ymap_get(root, name);
    if (n != NULL && n->kind != COR_Y_SCALAR)
        cor_oops(ld, n, "field-kind", "write it as text", "`%s` must be text", name);
}

static bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(cor_str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? s.p[i] != '-' : !hex(s.p[i]))
            return false;
    return true;
}

static void check_id(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "id");
    if (is_null(n))
        return;
    if (n->kind != COR_Y_SCALAR || !is_uuid(n->text)) {
        cor_oops(ld, n, "bad-id", "make one with `uuidgen`, or leave `id` out and give a `name`",
                 "the id must be a UUID");
        return;
    }
    r->id = cor_keep_str(ld, n->text);
}

static size_t characters(cor_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void check_title(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "title");
    if (is_null(n))
        cor_oops(ld, root, "no-title", "add `title:` with what the rule detects", "the rule has no title");
    else if (n->kind != COR_Y_SCALAR)
        cor_oops(ld, n, "field-kind", "write it as text", "`title` must be text");
    else if (characters(n->text) > TITLE_MAX)
        cor_oops(ld, n, "long-title", "say it shorter and put the rest into `description`",
                 "the title is longer than %d characters", TITLE_MAX);
    else
        r->title = ld->title;
}

static void check_name(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "name");
    if (n == NULL || (is_null(n) && n->text.n != 0))
        return;
    if (n->kind != COR_Y_SCALAR || !is_text(n) || n->text.n == 0) {
        if (is_null(n)) /* "name:" with nothing behind it */
            return;
        cor_oops(ld, n, "bad-name", "give a word that other rules can refer to", "`name` must be text, and not empty");
        return;
    }
    r->name = cor_keep_str(ld, n->text);
}

static bool one_of(cor_str s, const char *const *word, size_t n, size_t *which)
{
    for (*which = 0; *which < n; ++*which)
        if (cor_str_ieq(s, cor_str_of(word[*which])))
            return true;
    return false;
}

static void check_level(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "level");
    size_t which;
    if (is_null(n))
        return;
    if (n->kind != COR_Y_SCALAR || !one_of(n->text, cor_level_name + 1, 5, &which)) {
        cor_oops(ld, n, "bad-level", "one of informational, low, medium, high, critical", "`%.*s` is no level",
                 COR_CUT(n->text, 60));
        return;
    }
    r->level = (cor_level)(which + 1);
}

static const char *const statuses[] = {"stable", "test", "experimental", "deprecated", "unsupported"};

/* True when the rule is marked as unsupported and that counts. */
static bool check_status(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "status");
    size_t which;
    if (is_null(n))
        return false;
    if (n->kind != COR_Y_SCALAR || !one_of(n->text, statuses, COR_LEN(statuses), &which)) {
        cor_oops(ld, n, "bad-status", "one of stable, test, experimental, deprecated, unsupported",
                 "`%.*s` is no status",
                 COR_CUT(n->text, 60));
        return false;
    }
    r->status = cor_str_of(statuses[which]);
    return which == 4 && !ld->opt->include_unsupported;
}

static bool number(cor_str s, size_t *i, size_t least, size_t most, unsigned *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < most && *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; n++)
        *out = *out * 10 + (unsigned)(s.p[(*i)++] - '0');
    return n >= least;
}

/* 2023-10-19, also 2023/10/19, also with a time behind it, as YAML reads dates. */
static bool is_date(const cor_ynode *n)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    cor_str s = n->text;
    size_t i = 0;
    unsigned y, m, d;
    if (n->kind != COR_Y_SCALAR || !number(s, &i, 4, 4, &y) || i >= s.n || (s.p[i] != '-' && s.p[i] != '/'))
        return false;
    char sep = s.p[i++];
    size_t least = sep == '/' ? 1 : 2;
    if (!number(s, &i, least, 2, &m) || i >= s.n || s.p[i++] != sep || !number(s, &i, least, 2, &d))
        return false;
    return y >= 1000 && m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] &&
        (i == s.n || cor_yscalar_type(n) == COR_YT_TIME);
}

static void check_date(cor_load *ld, const cor_ynode *root, const char *name)
{
    const cor_ynode *n = cor_ymap_get(root, name);
    if (!is_null(n) && !is_date(n))
        cor_oops(ld, n, "bad-date", "write it as 2026-08-31", "`%s` is no date", name);
}

static void check_related(cor_load *ld, const cor_ynode *root)
{
    static const char *const type[] = {"derived", "obsolete", "obsoletes", "merged", "renamed", "similar"};
    const cor_ynode *n = cor_ymap_get(root, "related");
    size_t which;
    if (is_null(n))
        return;
    if (n->kind != COR_Y_LIST) {
        cor_oops(ld, n, "bad-related", "write it as a list of {id, type}", "`related` must be a list");
        return;
    }
    for (const cor_ynode *i = n->first; i != NULL; i = i->next) {
        const cor_ynode *id = cor_ymap_get(i, "id"), *t = cor_ymap_get(i, "type");
        if (id == NULL || t == NULL || id->kind != COR_Y_SCALAR || !is_uuid(id->text))
            cor_oops(ld, i, "bad-related", "write {id: UUID, type: ...}",
                     "an item of `related` needs the id of a rule and a type");
        else if (t->kind != COR_Y_SCALAR || !one_of(t->text, type, COR_LEN(type), &which))
            cor_oops(ld, t, "bad-related", "one of derived, obsolete, merged, renamed, similar",
                     "`%.*s` is no kind of relation",
                     COR_CUT(t->text, 60));
    }
}

static void check_tags(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    r->tag = list_field(ld, root, "tags", false, &r->n_tag);
    const cor_ynode *n = cor_ymap_get(root, "tags");
    const cor_ynode *i = n == NULL || n->kind != COR_Y_LIST ? NULL : n->first;
    for (uint32_t k = 0; k < r->n_tag && i != NULL; k++, i = i->next)
        if (memchr(r->tag[k].p, '.', r->tag[k].n) == NULL)
            cor_oops(ld, i, "bad-tag", "like attack.t1059 or cve.2021-44228", "the tag `%.*s` has no namespace",
                     COR_CUT(r->tag[k], 60));
}

static void check_doubled(cor_load *ld, const cor_ynode *map)
{
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next)
        if (k->again)
            cor_oops(ld, k, "duplicate-key", "leave one of the two out", "duplicate key `%.*s`", COR_CUT(k->text, 80));
}

/* What every kind of rule has. Returns whether the rule is to be refused for its status. */
static bool common_fields(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    check_doubled(ld, root);
    check_title(ld, root, r);
    check_id(ld, root, r);
    check_name(ld, root, r);
    check_level(ld, root, r);
    bool unsupported = check_status(ld, root, r);
    r->description = text_field(ld, root, "description");
    r->author = text_field(ld, root, "author");
    check_tags(ld, root, r);
    r->falsepositive = list_field(ld, root, "falsepositives", false, &r->n_falsepositive);
    check_related(ld, root);
    check_date(ld, root, "date");
    check_date(ld, root, "modified");
    check_list(ld, root, "references", true); /* a bare address is common in rules in the field */
    check_list(ld, root, "fields", false);
    check_list(ld, root, "scope", false);
    check_text(ld, root, "license");
    check_text(ld, root, "taxonomy");
    cor_read_own(ld, root, r);
    return unsupported;
}

static cor_str source_field(cor_load *ld, const cor_ynode *map, const char *name)
{
    const cor_ynode *n = cor_ymap_get(map, name);
    if (is_null(n))
        return (cor_str){NULL, 0};
    if (!is_text(n)) {
        cor_oops(ld, n, "bad-logsource", "write it as text", "`%s` of the logsource must be text", name);
        return (cor_str){NULL, 0};
    }
    return cor_keep_str(ld, n->text);
}

static const cor_ynode *logsource(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *n = cor_ymap_get(root, "logsource");
    if (n == NULL || n->kind != COR_Y_MAP) {
        cor_oops(ld, n == NULL ? root : n, "bad-logsource",
                 "say where to look: `logsource:` with category, product or service below it",
                 n == NULL ? "the rule has no logsource" : "the logsource must be a map");
        return NULL;
    }
    check_doubled(ld, n);
    uint32_t before = ld->errors;
    r->category = source_field(ld, n, "category");
    r->product = source_field(ld, n, "product");
    r->service = source_field(ld, n, "service");
    if (r->category.p == NULL && r->product.p == NULL && r->service.p == NULL && ld->errors == before)
        cor_oops(ld, n, "bad-logsource", "name at least one of category, product and service",
                 "the logsource says nothing");
    return n;
}

/* ---- the three kinds ---- */

static void read_detection(cor_load *ld, const cor_ynode *root, cor_item *it)
{
    const cor_ynode *at = logsource(ld, root, it->rule), *d = cor_ymap_get(root, "detection");
    if (d == NULL || d->kind != COR_Y_MAP) {
        cor_oops(ld, d == NULL ? root : d, "no-detection",
                 "add `detection:` with search identifiers and a condition below it",
                 d == NULL ? "the rule has no detection" : "the detection must be a map of search identifiers");
        return;
    }
    it->rule->expr = cor_read_detection(ld, d, NULL, &it->weight);
    if (at != NULL && ld->errors == 0)
        cor_mapping_find(ld, it->rule, at);
}

static void read_filter(cor_load *ld, const cor_ynode *root, cor_item *it)
{
    logsource(ld, root, it->rule);
    it->filter = cor_read_filter(ld, cor_ymap_get(root, "filter"));
}

static cor_item *new_item(cor_load *ld, const cor_ynode *root, cor_item_kind kind)
{
    cor_item *p = cor_grow(ld->item, &ld->cap_item, ld->n_item + 1, sizeof *p);
    if (p != NULL)
        ld->item = p;
    cor_rule *r = cor_arena_zero(ld->mem, sizeof *r);
    if (p == NULL || r == NULL) {
        ld->nomem = true;
        return NULL;
    }
    r->kind = kind == COR_ITEM_CORRELATION ? COR_RULE_CORRELATION : COR_RULE_DETECTION;
    r->pos = (cor_pos){ld->file, root->line, root->col};
    r->builtin = ld->builtin;
    p[ld->n_item] = (cor_item){.kind = kind, .rule = r};
    return &p[ld->n_item++];
}

bool cor_is_unsupported(const cor_load *ld, const cor_ynode *root)
{
    const cor_ynode *status = cor_ymap_get(root, "status");
    return status != NULL && status->kind == COR_Y_SCALAR && cor_str_ieq(status->text, COR_S("unsupported")) &&
        !ld->opt->include_unsupported;
}

static void refuse_status(cor_load *ld, const cor_ynode *root)
{
    const cor_ynode *at = cor_ymap_get(root, "status");
    cor_str why = ld->why;
    ld->hush = false;
    ld->errors = 0;
    cor_oops(ld, at, "status-unsupported", "--include-unsupported tries such rules all the same",
             "the rule's own status is `unsupported`%s%.*s",
             why.n == 0 ? "" : "; ", COR_CUT(why, 800));
}

void cor_refuse_collection(cor_load *ld, const cor_ynode *root)
{
    cor_begin_document(ld, root);
    const cor_ynode *act = cor_ymap_get(root, "action");
    ld->hush = cor_is_unsupported(ld, root);
    cor_oops(ld, act, "collection-action",
             "write every rule out whole; filters and correlations may stand in the same file",
             "`action: %.*s`: collections with actions are no longer Sigma", COR_CUT(act->text, 40));
    if (ld->hush)
        refuse_status(ld, root);
    ld->set->n_refused++;
}

/* Names for remarks, before anything is said. */
void cor_begin_document(cor_load *ld, const cor_ynode *root)
{
    const cor_ynode *title = cor_ymap_get(root, "title"), *id = cor_ymap_get(root, "id");
    ld->title = title == NULL || title->kind != COR_Y_SCALAR ? (cor_str){NULL, 0} : cor_keep_str(ld, title->text);
    ld->id = id == NULL || id->kind != COR_Y_SCALAR ? (cor_str){NULL, 0} : cor_keep_str(ld, id->text);
    ld->errors = 0;
    ld->tests = 0;
    ld->hush = false;
    ld->why = (cor_str){NULL, 0};
}

void cor_read_document(cor_load *ld, const cor_ynode *root, bool named)
{
    cor_begin_document(ld, root);
    if (root->kind != COR_Y_MAP) {
        cor_oops(ld, root, "not-a-rule", "", "a rule must be a map of title, logsource, detection and so on");
        ld->set->n_refused++;
        return;
    }
    bool correlation = cor_ymap_get(root, "correlation") != NULL, filter = cor_ymap_get(root, "filter") != NULL;
    bool detection = cor_ymap_get(root, "detection") != NULL;
    if (!correlation && !filter && !detection && !named && cor_ymap_get(root, "logsource") == NULL &&
        cor_ymap_get(root, "title") == NULL) {
        if (cor_ymap_get(root, "sources") == NULL) /* a mapping of log sources may well lie among rules */
            cor_say_at(ld, COR_DIAG_NOTE, root, "not-a-rule", "",
                       "this is not a Sigma rule: it has no detection, correlation or filter");
        return;
    }
    cor_item *it = new_item(ld, root, correlation ? COR_ITEM_CORRELATION : filter ? COR_ITEM_FILTER
                            : COR_ITEM_DETECTION);
    if (it == NULL)
        return;
    ld->hush = cor_is_unsupported(ld, root);
    bool unsupported = common_fields(ld, root, it->rule);
    if (correlation)
        it->corr = cor_read_correlation(ld, root);
    else if (filter)
        read_filter(ld, root, it);
    else
        read_detection(ld, root, it);
    if (unsupported)
        refuse_status(ld, root);
    else if (ld->opt->lint)
        cor_lint_rule(ld, root, it);
    if (ld->errors != 0) {
        it->refused = true;
        ld->set->n_refused++;
    }
}
