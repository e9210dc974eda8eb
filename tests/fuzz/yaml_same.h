/* Whether two YAML trees are equal in all that a reader of rules can see. */
#ifndef COR_TESTS_YAML_SAME_H
#define COR_TESTS_YAML_SAME_H

#include "sigma/yaml.h"

static inline bool yaml_same(const cor_ynode *a, const cor_ynode *b)
{
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        if (a->kind != b->kind || a->style != b->style || a->again != b->again || a->tagged_text != b->tagged_text ||
            a->line != b->line || a->col != b->col || a->n != b->n || a->weight != b->weight ||
            !cor_str_eq(a->text, b->text) || !yaml_same(a->first, b->first))
            return false;
    return a == b;
}

#endif
