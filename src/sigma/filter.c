/* Filters: meta rules that narrow other rules. Their condition is and-ed to the rule's, as pySigma does it, so a filter
 * that takes events away says "not selection". */
#include "sigma/load.h"

cor_ref *cor_read_refs(cor_load *ld, const cor_ynode *v, uint32_t *n)
{
    const cor_ynode *i = v->kind == COR_Y_LIST ? v->first : v;
    uint32_t k = v->kind == COR_Y_LIST ? v->n : 1;
    cor_ref *ref = cor_keep_array(ld, k, sizeof *ref);
    *n = 0;
    for (; ref != NULL && *n < k; i = i->next) {
        if (i->kind != COR_Y_SCALAR || i->text.n == 0) {
            cor_oops(ld, i, "bad-reference", "give ids or names", "`rules` must hold ids or names of rules");
            *n = 0;
            return NULL;
        }
        ref[(*n)++] = (cor_ref){.name = cor_keep_str(ld, i->text), .line = i->line, .col = i->col, .item = COR_NONE};
    }
    return ref;
}

cor_filter_raw *cor_read_filter(cor_load *ld, const cor_ynode *map)
{
    if (map->kind != COR_Y_MAP) {
        cor_oops(ld, map, "bad-filter", "put rules, search identifiers and a condition below it",
                 "`filter` must be a map");
        return NULL;
    }
    cor_filter_raw *f = cor_arena_zero(ld->mem, sizeof *f);
    if (f == NULL) {
        ld->nomem = true;
        return NULL;
    }
    const cor_ynode *rules = cor_ymap_get(map, "rules"), *cond = cor_ymap_get(map, "condition");
    if (rules == NULL || rules->kind == COR_Y_MAP || (rules->kind == COR_Y_SCALAR &&
                                                      cor_yscalar_type(rules) == COR_YT_NULL)) {
        cor_oops(ld, rules == NULL ? map : rules, "filter-rules", "list ids or names of rules, or write `any`",
                 "a filter must say with `rules` which rules it is for");
    } else if ((rules->kind == COR_Y_SCALAR && cor_str_ieq(rules->text, COR_S("any"))) ||
               (rules->kind == COR_Y_LIST && rules->n == 0)) {
        f->any = true;
    } else {
        f->ref = cor_read_refs(ld, rules, &f->n_ref);
    }
    if (cond != NULL && cond->kind == COR_Y_LIST)
        cor_oops(ld, cond, "filter-condition", "join them by `and` or `or`", "a filter has one condition, not a list");
    if (map->n == (uint32_t)(rules != NULL) + (uint32_t)(cond != NULL))
        cor_oops(ld, map, "empty-detection", "add a selection", "the filter has no selection");
    else
        f->expr = cor_read_detection(ld, map, "rules", &f->weight);
    if (cond != NULL && f->expr != NULL && ld->opt->lint && !cor_mentions_not(f->expr))
        cor_say_at(ld, COR_DIAG_WARNING, cond, "filter-without-not", "to take such events away write `not selection`",
                   "the rules will match only events that this filter's condition matches too");
    return f;
}

bool cor_mentions_not(const cor_node *n)
{
    if (n->kind == COR_NODE_NOT)
        return true;
    for (uint32_t i = 0; i < n->n; i++)
        if (cor_mentions_not(n->child[i]))
            return true;
    return false;
}
