/* Remarks on what is allowed and yet looks wrong: for `rules check`, not for every load. */
#include "sigma/load.h"

static void warn_unused(cor_load *ld, const cor_ident *id)
{
    cor_say_at(ld, COR_DIAG_WARNING, id->key, "unused-identifier", "use it in the condition, or take it out",
               "the condition never uses `%.*s`", (int)(id->name.n > 80 ? 80 : id->name.n), id->name.p);
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

/* Tests that hold for every event that has the field. */
static void lint_tests(cor_load *ld, const cor_node *n)
{
    const cor_test *t = n->test;
    for (uint32_t i = 0; i < n->n; i++)
        lint_tests(ld, n->child[i]);
    if (t == NULL)
        return;
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

void cor_lint_rule(cor_load *ld, const cor_ynode *root, const cor_item *it)
{
    if (missing(root, "id"))
        cor_say_at(ld, COR_DIAG_WARNING, root, "no-id", "make one with `uuidgen`", "the rule has no id, so that its findings cannot be told apart for good");
    if (it->kind != COR_ITEM_FILTER && missing(root, "level"))
        cor_say_at(ld, COR_DIAG_WARNING, root, "no-level", "one of informational, low, medium, high, critical", "the rule has no level");
    if (it->kind != COR_ITEM_FILTER && missing(root, "status"))
        cor_say_at(ld, COR_DIAG_NOTE, root, "no-status", "", "the rule has no status");
    if (it->rule->expr != NULL)
        lint_tests(ld, it->rule->expr);
    if (it->filter != NULL && it->filter->expr != NULL)
        lint_tests(ld, it->filter->expr);
}
