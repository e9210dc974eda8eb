/* Conditions: the input is the text of one, over a rule with search identifiers of several kinds. */
#include <stdlib.h>

#include "base/utf.h"
#include "sigma/sigma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "title: t\nlogsource: {product: windows, service: security}\n"
                               "detection:\n  sel: {A: 1}\n  sel_b: [x, y]\n  filter_1: {B|contains: [p, q]}\n  _hidden: {C: null}\n  condition: \"";
    cor_buf b = {0};
    cor_buf_z(&b, head);
    cor_json_escape(&b, (cor_str){(const char *)data, size});
    cor_buf_z(&b, "\"\n");
    const cor_rule_text text = {"fuzz", cor_buf_view(&b)};
    const cor_load_options o = {.text = &text, .n_text = 1};
    cor_ruleset *s = NULL;
    cor_err e = {0};
    if (!cor_buf_ok(&b) || cor_rules_load(&o, &s, &e) != COR_OK)
        abort();
    if (s->n_rule + s->n_refused != 1 || (s->n_refused == 1 && s->n_diag == 0) || (s->n_rule == 1 && s->rule[0]->expr == NULL))
        abort();
    cor_rules_free(s);
    cor_buf_free(&b);
    return 0;
}
