/* The condition: a recursive descent over
 *
 *   or    = and { "or" and }
 *   and   = not { "and" not }
 *   not   = "not" not | item
 *   item  = "(" or ")" | ("1" | "any" | "all") "of" ("them" | pattern) | identifier
 *
 * Words are case-insensitive, identifiers are not. Errors name the column in the rule file. */
#include "sigma/load.h"

typedef enum token_kind { T_END, T_OPEN, T_CLOSE, T_WORD, T_PIPE, T_BAD } token_kind;

typedef struct parser {
    cor_load *ld;
    const cor_ynode *at;
    cor_str text;
    size_t pos;          /* behind the token */
    token_kind kind;     /* the token at hand */
    size_t from;         /* where it begins */
    cor_str word;
    cor_ident *id;
    size_t n_id;
    uint32_t weight;
    unsigned depth;
    bool failed;
} parser;

#define oops(p, where, ...)                                               \
    do {                                                                  \
        uint32_t line_, col_;                                             \
        cor_yscalar_pos((p)->ld->src, (p)->at, (where), &line_, &col_);   \
        if (!(p)->failed)                                                 \
            cor_say((p)->ld, COR_DIAG_ERROR, line_, col_, __VA_ARGS__);   \
        (p)->failed = true;                                               \
    } while (0)

static bool word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
        c == '*' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static void next(parser *p)
{
    cor_str s = p->text;
    while (p->pos < s.n && (s.p[p->pos] == ' ' || s.p[p->pos] == '\t' || s.p[p->pos] == '\n' || s.p[p->pos] == '\r'))
        p->pos++;
    p->from = p->pos;
    if (p->pos == s.n) {
        p->kind = T_END;
        return;
    }
    char c = s.p[p->pos];
    if (word_byte(c)) {
        while (p->pos < s.n && word_byte(s.p[p->pos]))
            p->pos++;
        p->kind = T_WORD;
        p->word = (cor_str){s.p + p->from, p->pos - p->from};
        return;
    }
    p->pos++;
    p->kind = c == '(' ? T_OPEN : c == ')' ? T_CLOSE : c == '|' ? T_PIPE : T_BAD;
}

static bool is(const parser *p, const char *word)
{
    return p->kind == T_WORD && cor_str_ieq(p->word, cor_str_of(word));
}

static bool is_operator(const parser *p)
{
    return is(p, "and") || is(p, "or") || is(p, "not");
}

static bool is_quantifier(const parser *p)
{
    return is(p, "1") || is(p, "any") || is(p, "all");
}

/* What stands behind a pipe: the aggregations of Sigma before version 2. */
static void pipe_error(parser *p)
{
    size_t pipe = p->from;
    next(p);
    if (is(p, "near")) {
        oops(p, pipe, "deprecated-near", "write the parts as rules and join them by a correlation of type temporal",
             "the aggregation `| near` is no longer Sigma: since version 2 such joins are correlation rules");
        return;
    }
    static const char *const aggregation[] = {"count", "min", "max", "avg", "sum"};
    for (size_t i = 0; i < COR_LEN(aggregation); i++)
        if (is(p, aggregation[i])) {
            cor_str rest = {p->text.p + p->from, p->text.n - p->from};
            oops(p, pipe, "deprecated-aggregation",
                 "make the part before the pipe a rule of its own and count it by a correlation of type event_count "
                     "or value_count",
                 "the aggregation `| %.*s` is no longer Sigma: since version 2 counting is done by correlation rules",
                 COR_CUT(rest, 80));
            return;
        }
    oops(p, pipe, "deprecated-pipe", "counting and joining are done by correlation rules",
         "a pipe has no meaning in a condition");
}

static void unexpected(parser *p, const char *wanted)
{
    if (p->kind == T_PIPE)
        pipe_error(p);
    else if (p->kind == T_END)
        oops(p, p->from, "condition-syntax", "", "the condition ends where %s should follow", wanted);
    else
        oops(p, p->from, "condition-syntax", "", "in the condition `%.*s` stands where %s should",
             (int)(p->pos - p->from > 60 ? 60 : p->pos - p->from),
             p->text.p + p->from, wanted);
}

static void weigh(parser *p, uint32_t n)
{
    p->weight += n;
    if (p->weight > COR_SIGMA_NODES_MAX)
        oops(p, p->from, "condition-size", "split the rule", "the condition unfolds to more than %d tests",
             COR_SIGMA_NODES_MAX);
}

static cor_node *use(parser *p, cor_ident *id)
{
    id->used = true;
    weigh(p, id->weight + 1);
    return id->node;
}

static cor_node *identifier(parser *p)
{
    for (size_t i = 0; i < p->n_id; i++)
        if (cor_str_eq(p->id[i].name, p->word)) {
            cor_node *n = use(p, &p->id[i]);
            next(p);
            if (n == NULL)
                p->failed = true; /* the identifier is broken, which has been said */
            return n;
        }
    if (memchr(p->word.p, '*', p->word.n) != NULL)
        oops(p, p->from, "pattern-alone", "write `1 of` or `all of` before it",
             "in the condition `%.*s` is a pattern, so it must be said how many of it",
             COR_STR_FMT(p->word));
    else if (is_quantifier(p))
        oops(p, p->from, "condition-syntax", "write `1 of` or `all of`",
             "in the condition `%.*s` wants `of` behind it", COR_STR_FMT(p->word));
    else
        oops(p, p->from, "unknown-identifier", "name a search identifier of this rule",
             "there is no search identifier `%.*s`",
             COR_CUT(p->word, 80));
    return NULL;
}

static bool glob(cor_str pattern, cor_str s)
{
    size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;
    while (k < s.n) {
        if (i < pattern.n && pattern.p[i] == '*') {
            star = i++;
            mark = k;
        } else if (i < pattern.n && pattern.p[i] == s.p[k]) {
            i++;
            k++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            k = ++mark;
        } else {
            return false;
        }
    }
    while (i < pattern.n && pattern.p[i] == '*')
        i++;
    return i == pattern.n;
}

static cor_node *selector(parser *p, bool all)
{
    next(p); /* "of" */
    if (p->kind != T_WORD) {
        unexpected(p, "`them` or a pattern");
        return NULL;
    }
    bool them = is(p, "them"), hidden = p->word.p[0] == '_';
    cor_node **child = cor_scratch(p->ld, p->n_id, sizeof(cor_node *));
    size_t n = 0;
    if (child == NULL)
        return NULL;
    for (size_t i = 0; i < p->n_id && !p->failed; i++) {
        cor_ident *id = &p->id[i];
        if ((id->name.n != 0 && id->name.p[0] == '_' && !hidden) || !(them || glob(p->word, id->name)))
            continue;
        child[n] = use(p, id);
        p->failed |= child[n++] == NULL;
    }
    if (n == 0) /* as a truth or a falsehood out of nothing it would change the rule in silence */
        oops(p, p->from, "empty-selector", "mend the name, or leave this part out",
             "no search identifier is called `%.*s`",
             COR_STR_FMT(p->word));
    next(p);
    if (p->failed)
        return NULL;
    return n == 1 ? child[0] : cor_make_node(p->ld, all ? COR_NODE_AND : COR_NODE_OR, child, n);
}

static cor_node *parse_or(parser *p);

static cor_node *item(parser *p)
{
    if (p->kind == T_OPEN) {
        size_t open = p->from;
        if (p->depth == COR_SIGMA_CONDITION_DEPTH) {
            oops(p, open, "too-deep", "", "parentheses deeper than %d", COR_SIGMA_CONDITION_DEPTH);
            return NULL;
        }
        p->depth++;
        next(p);
        cor_node *n = parse_or(p);
        p->depth--;
        if (n == NULL)
            return NULL;
        if (p->kind == T_END)
            oops(p, open, "condition-syntax", "close it", "this parenthesis of the condition is never closed");
        else if (p->kind != T_CLOSE)
            unexpected(p, "`and`, `or` or `)`");
        if (p->failed)
            return NULL;
        next(p);
        return n;
    }
    if (p->kind != T_WORD || is_operator(p)) {
        unexpected(p, "a search identifier");
        return NULL;
    }
    parser ahead = *p;
    next(&ahead);
    if (!is(&ahead, "of"))
        return identifier(p);
    bool all = is(p, "all");
    if (!is_quantifier(p)) {
        oops(p, p->from, "bad-quantifier", "write `1 of` or `all of`",
             "`%.*s of`: the specification knows `1 of` and `all of` only",
             COR_CUT(p->word, 40));
        return NULL;
    }
    next(p);
    return selector(p, all);
}

static cor_node *parse_not(parser *p)
{
    unsigned nots = 0;
    for (; is(p, "not"); nots++)
        next(p);
    cor_node *n = item(p);
    if (n == NULL || nots % 2 == 0) /* "not not x" is x */
        return n;
    weigh(p, 1);
    return cor_make_node(p->ld, COR_NODE_NOT, &n, 1);
}

/* One level of "a op b op c". */
static cor_node *chain(parser *p, const char *op, cor_node *(*lower)(parser *), cor_node_kind kind)
{
    cor_node *first = lower(p);
    if (first == NULL || !is(p, op))
        return first;
    size_t cap = 8, n = 0;
    cor_node **child = cor_scratch(p->ld, cap, sizeof(cor_node *));
    if (child == NULL)
        return NULL;
    child[n++] = first;
    while (is(p, op)) {
        next(p);
        if (n == cap) {
            cor_node **more = cor_scratch(p->ld, cap * 2, sizeof(cor_node *));
            if (more == NULL)
                return NULL;
            memcpy(more, child, n * sizeof(cor_node *));
            child = more;
            cap *= 2;
        }
        if ((child[n++] = lower(p)) == NULL)
            return NULL;
    }
    weigh(p, 1);
    return cor_make_node(p->ld, kind, child, n);
}

static cor_node *parse_and(parser *p)
{
    return chain(p, "and", parse_not, COR_NODE_AND);
}

static cor_node *parse_or(parser *p)
{
    return chain(p, "or", parse_and, COR_NODE_OR);
}

static cor_node *one(cor_load *ld, const cor_ynode *cond, cor_ident *id, size_t n, uint32_t *weight)
{
    if (cond->kind != COR_Y_SCALAR) {
        cor_oops(ld, cond, "bad-condition", "write it as text", "a condition must be text");
        return NULL;
    }
    if (cor_yscalar_type(cond) == COR_YT_NULL || cond->text.n == 0) {
        cor_oops(ld, cond, "no-condition", "write how the search identifiers combine", "the condition is empty");
        return NULL;
    }
    if (cond->text.n > COR_SIGMA_CONDITION_MAX) {
        cor_oops(ld, cond, "condition-size", "split the rule", "the condition is longer than %d bytes",
                 COR_SIGMA_CONDITION_MAX);
        return NULL;
    }
    parser p = {.ld = ld, .at = cond, .text = cond->text, .id = id, .n_id = n};
    next(&p);
    cor_node *node = parse_or(&p);
    if (node != NULL && p.kind == T_CLOSE)
        oops(&p, p.from, "condition-syntax", "leave it out", "this parenthesis of the condition was never opened");
    else if (node != NULL && p.kind != T_END)
        unexpected(&p, "`and` or `or`");
    *weight += p.weight;
    return p.failed ? NULL : node;
}

cor_node *cor_condition(cor_load *ld, const cor_ynode *cond, cor_ident *id, size_t n, uint32_t *weight)
{
    if (cond->kind != COR_Y_LIST)
        return one(ld, cond, id, n, weight);
    if (cond->n == 0) {
        cor_oops(ld, cond, "no-condition", "write how the search identifiers combine",
                 "the list of conditions is empty");
        return NULL;
    }
    cor_node **child = cor_scratch(ld, cond->n, sizeof(cor_node *));
    if (child == NULL)
        return NULL;
    size_t k = 0;
    bool good = true;
    for (const cor_ynode *c = cond->first; c != NULL; c = c->next) {
        child[k] = one(ld, c, id, n, weight);
        good = good && child[k++] != NULL;
        if (*weight > COR_SIGMA_NODES_MAX) {
            if (good)
                cor_oops(ld, c, "condition-size", "split the rule", "the conditions unfold to more than %d tests",
                         COR_SIGMA_NODES_MAX);
            return NULL;
        }
    }
    return !good ? NULL : k == 1 ? child[0] : cor_make_node(ld, COR_NODE_OR, child, k);
}
