/* Rule files: whatever the text, a rule set that holds together and remarks that can be printed; nothing refused in silence. */
#include <stdlib.h>

#include "sigma/diag.h"
#include "sigma/sigma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const cor_node *n, unsigned depth, unsigned *budget)
{
    if (depth > 400 || n->kind > COR_NODE_TEST || (n->kind == COR_NODE_TEST) != (n->test != NULL) || (n->kind == COR_NODE_NOT && n->n != 1))
        abort();
    if (*budget == 0)
        return;
    --*budget;
    if (n->test != NULL && ((n->test->op <= COR_OP_ENDSWITH && n->test->text.p == NULL) || (n->test->op == COR_OP_PATTERN && n->test->n_piece == 0)))
        abort();
    for (uint32_t i = 0; i < n->n; i++)
        check_node(n->child[i], depth + 1, budget);
}

static void check_rule(const cor_ruleset *s, const cor_rule *r)
{
    unsigned budget = 50000;
    if (r->pos.file >= s->n_file || (r->kind == COR_RULE_CORRELATION) != (r->corr != NULL) || (r->kind == COR_RULE_DETECTION) != (r->expr != NULL))
        abort();
    if (r->expr != NULL)
        check_node(r->expr, 0, &budget);
    for (uint32_t i = 0; r->corr != NULL && i < r->corr->n_rule; i++)
        if (r->corr->rule[i] >= s->n_rule)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cor_rule_text text = {"fuzz", {(const char *)data, size}};
    const cor_load_options o = {.text = &text, .n_text = 1, .lint = true};
    cor_ruleset *s = NULL;
    cor_err e = {0};
    if (cor_rules_load(&o, &s, &e) != COR_OK)
        abort(); /* one text can break itself, not the load */
    uint32_t errors = 0;
    cor_buf b = {0};
    for (uint32_t i = 0; i < s->n_diag; i++) {
        errors += s->diag[i].sev == COR_DIAG_ERROR;
        cor_diag_print(&b, s, &s->diag[i]);
        cor_buf_clear(&b);
    }
    cor_buf_free(&b);
    if (s->n_refused > errors)
        abort();
    for (uint32_t i = 0; i < s->n_rule; i++)
        check_rule(s, s->rule[i]);
    cor_rules_free(s);
    return 0;
}
