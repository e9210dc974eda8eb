/* Remarks on what is allowed and yet looks wrong: for `rules check`, not for every load. */
#include "sigma/load.h"

static void warn_unused(cor_load *ld, const cor_ident *id)
{
    cor_say_at(ld, COR_DIAG_WARNING, id->key, "unused-identifier", "use it in the condition, or take it out",
               "the condition never uses `%.*s`", COR_CUT(id->name, 80));
}

void cor_lint_unused(cor_load *ld, const cor_ident *id, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!id[i].used)
            warn_unused(ld, &id[i]);
}

static bool missing(const cor_ynode *root, const char *key)
{
    const cor_ynode *n = cor_ymap_get(root, key);
    return n == NULL || (n->kind == COR_Y_SCALAR && cor_yscalar_type(n) == COR_YT_NULL);
}

/* The first construct of an expression that the specification's list of metacharacters does not hold; NULL: none. */
static const char *beyond(cor_str s)
{
    bool set = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';
        if (c == '\\') {
            if (next >= '1' && next <= '9' && !set)
                return "a back reference";
            if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'))
                return "a class or an assertion by backslash and letter";
            i++;
        } else if (set) {
            set = c != ']';
        } else if (c == '[') {
            set = true;
            i += next == '^' ? 1 : 0;
            i += i + 1 < s.n && s.p[i + 1] == ']' ? 1 : 0; /* "[]" and "[^]" hold a bracket */
        } else if (c == '(' && (next == '?' || next == '*')) {
            char kind = i + 2 < s.n ? s.p[i + 2] : '\0', more = i + 3 < s.n ? s.p[i + 3] : '\0';
            if (kind == '=' || kind == '!' || (kind == '<' && (more == '=' || more == '!')))
                return "a look-around";
            return kind == ':' ? "a group without capture" : "an extended group";
        } else if ((c == '*' || c == '+' || c == '?' || c == '}') && (next == '?' || next == '+')) {
            return "a lazy or possessive repetition";
        }
    }
    return NULL;
}

static void lint_value(cor_load *ld, const cor_test *t)
{
    const char *odd = t->op == COR_OP_REGEX ? beyond(t->text) : NULL;
    if (odd != NULL)
        cor_say(ld, COR_DIAG_NOTE, t->pos.line, t->pos.col, "regex-beyond", "other programs may refuse it",
                "the expression has %s: PCRE2 knows it, the specification does not allow it", odd);
    if (t->op == COR_OP_PATTERN && t->n_piece == 1 && t->piece[0].kind == COR_PIECE_ANY)
        cor_say(ld, COR_DIAG_WARNING, t->pos.line, t->pos.col, "wildcard-only", "write `exists: true` if that is meant",
                "the value is a wildcard alone: any value will do");
    for (size_t i = 0; t->op <= COR_OP_ENDSWITH && i < t->text.n; i++)
        if (t->text.p[i] == '\0') {
            cor_say(ld, COR_DIAG_WARNING, t->pos.line, t->pos.col, "utf16-alone", "put base64offset|contains behind it",
                    "text in UTF-16 is in no event's value unless it is encoded further");
            break;
        }
}

static void lint_tests(cor_load *ld, const cor_node *n)
{
    if (n->test != NULL)
        lint_value(ld, n->test);
    for (uint32_t i = 0; i < n->n; i++)
        lint_tests(ld, n->child[i]);
}

void cor_lint_rule(cor_load *ld, const cor_ynode *root, const cor_item *it)
{
    if (missing(root, "id"))
        cor_say_at(ld, COR_DIAG_WARNING, root, "no-id", "make one with `uuidgen`",
                   "the rule has no id, so that its findings cannot be told apart for good");
    if (it->kind != COR_ITEM_FILTER && missing(root, "level"))
        cor_say_at(ld, COR_DIAG_WARNING, root, "no-level", "one of informational, low, medium, high, critical",
                   "the rule has no level");
    if (it->kind != COR_ITEM_FILTER && missing(root, "status"))
        cor_say_at(ld, COR_DIAG_NOTE, root, "no-status", "", "the rule has no status");
    if (it->rule->expr != NULL)
        lint_tests(ld, it->rule->expr);
    if (it->filter != NULL && it->filter->expr != NULL)
        lint_tests(ld, it->filter->expr);
}
