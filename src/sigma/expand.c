/* Lists for `expand`: a YAML file of "name: value" or "name: [values]". */
#include "sigma/load.h"

struct cor_expand {
    cor_intern name;
    const cor_str **value; /* by number of name */
    uint32_t *n;
};

static cor_code take(cor_load *ld, cor_expand *x, const cor_ynode *key, const cor_ynode *v, cor_err *e)
{
    const cor_ynode *first = v->kind == COR_Y_LIST ? v->first : v;
    uint32_t n = v->kind == COR_Y_LIST ? v->n : 1;
    cor_str *list = cor_keep_array(ld, n, sizeof *list);
    if (list == NULL)
        return cor_nomem(e, "placeholders");
    for (uint32_t i = 0; i < n; i++, first = first->next) {
        if (first->kind != COR_Y_SCALAR)
            return cor_fail_at(e, COR_EFORMAT, "placeholders", first->line, first->col,
                               "a placeholder's value must be text or a number");
        list[i] = cor_keep_str(ld, first->text);
    }
    cor_str name = key->text; /* "%Name%" and "Name" are the same */
    if (name.n > 2 && name.p[0] == '%' && name.p[name.n - 1] == '%')
        name = (cor_str){name.p + 1, name.n - 2};
    uint32_t no = cor_intern_add(&x->name, name);
    if (no == COR_NONE || ld->nomem)
        return cor_nomem(e, "placeholders");
    x->value[no] = list;
    x->n[no] = n;
    return COR_OK;
}

cor_code cor_expand_load(cor_load *ld, cor_err *e)
{
    if (ld->opt->placeholders == NULL)
        return COR_OK;
    cor_str text;
    cor_code c = cor_read_all(ld->opt->placeholders, COR_YAML_BYTES_MAX, &ld->tmp, &text, e);
    if (c != COR_OK)
        return c;
    cor_yaml *y = cor_yaml_open(text);
    if (y == NULL)
        return cor_nomem(e, "placeholders");
    cor_ynode *root;
    c = cor_yaml_next(y, &ld->tmp, &root, e);
    if (c == COR_OK && (root == NULL || root->kind != COR_Y_MAP))
        c = cor_fail_at(e, COR_EFORMAT, "placeholders", 1, 1, "not a map of names to lists");
    cor_expand *x = c == COR_OK ? cor_keep(ld, sizeof *x) : NULL;
    if (x != NULL) {
        *x = (cor_expand){.value = cor_keep_array(ld, root->n, sizeof *x->value),
                          .n = cor_keep_array(ld, root->n, sizeof *x->n)};
        ld->expand = x;
        for (const cor_ynode *k = root->first; c == COR_OK && !ld->nomem && k != NULL; k = k->next->next)
            c = take(ld, x, k, k->next, e);
    }
    cor_yaml_close(y);
    if (c != COR_OK)
        cor_err_within(e, ld->opt->placeholders);
    return c == COR_OK && ld->nomem ? cor_nomem(e, "placeholders") : c;
}

bool cor_expand_get(const cor_load *ld, cor_str name, const cor_str **value, uint32_t *n)
{
    uint32_t no = ld->expand == NULL ? COR_NONE : cor_intern_find(&ld->expand->name, name);
    if (no == COR_NONE)
        return false;
    *value = ld->expand->value[no];
    *n = ld->expand->n[no];
    return true;
}

void cor_expand_free(cor_load *ld)
{
    if (ld->expand != NULL)
        cor_intern_free(&ld->expand->name);
}
