/* The detection section: search identifiers to trees of tests, and the condition over them. */
#include "sigma/load.h"

static cor_node *definition(cor_load *ld, const cor_ynode *v, unsigned depth, uint32_t *weight);

static bool plain_list(const cor_ynode *list)
{
    for (const cor_ynode *i = list->first; i != NULL; i = i->next)
        if (i->kind != COR_Y_SCALAR)
            return false;
    return true;
}

/* A map: all of its fields. */
static cor_node *fields(cor_load *ld, const cor_ynode *map, uint32_t *weight)
{
    cor_node **child = cor_scratch(ld, map->n, sizeof(cor_node *));
    if (child == NULL)
        return NULL;
    uint32_t n = 0;
    bool good = true;
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        if (k->again)
            cor_oops(ld, k, "duplicate-key", "put the values in one list, or make a list of two maps",
                     "duplicate key `%.*s` in one map",
                     COR_CUT(k->text, 80));
        child[n] = cor_read_field(ld, k, k->next, weight);
        good = good && child[n] != NULL && !k->again;
        n++;
    }
    if (!good)
        return NULL;
    return n == 1 ? child[0] : cor_make_node(ld, COR_NODE_AND, child, n);
}

/* A list that is not of scalars alone: any of its items. */
static cor_node *items(cor_load *ld, const cor_ynode *list, unsigned depth, uint32_t *weight)
{
    if (depth == COR_SIGMA_DETECTION_DEPTH) {
        cor_oops(ld, list, "too-deep", "", "lists inside lists deeper than %d", COR_SIGMA_DETECTION_DEPTH);
        return NULL;
    }
    cor_node **child = cor_scratch(ld, list->n, sizeof(cor_node *));
    if (child == NULL)
        return NULL;
    uint32_t n = 0;
    bool good = true;
    for (const cor_ynode *i = list->first; i != NULL; i = i->next) {
        child[n] = definition(ld, i, depth + 1, weight);
        good = good && child[n] != NULL;
        n++;
    }
    *weight += 1;
    return !good ? NULL : n == 1 ? child[0] : cor_make_node(ld, COR_NODE_OR, child, n);
}

static cor_node *definition(cor_load *ld, const cor_ynode *v, unsigned depth, uint32_t *weight)
{
    if (v->kind == COR_Y_SCALAR)
        return cor_read_field(ld, NULL, v, weight);
    if (v->n == 0) {
        cor_oops(ld, v, "empty-detection", "name what to look for", "an empty %s says nothing", v->kind == COR_Y_MAP
                 ? "map" : "list");
        return NULL;
    }
    if (v->kind == COR_Y_MAP)
        return fields(ld, v, weight);
    return plain_list(v) ? cor_read_field(ld, NULL, v, weight) : items(ld, v, depth, weight);
}

static bool identifiers(cor_load *ld, const cor_ynode *map, const char *skip, cor_ident *id, size_t *n)
{
    bool good = true;
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        if (k->again) {
            cor_oops(ld, k, "duplicate-key", "give one of the two another name", "duplicate search identifier `%.*s`",
                     COR_CUT(k->text, 80));
            good = false;
            continue;
        }
        if (cor_str_is(k->text, "condition") || (skip != NULL && cor_str_is(k->text, skip)))
            continue;
        if (cor_str_is(k->text, "timeframe") && skip == NULL) {
            cor_oops(ld, k, "deprecated-timeframe", "write a correlation rule with `timespan` that refers to this one",
                     "`timeframe` belonged to the old aggregations and is no longer Sigma");
            good = false;
            continue;
        }
        if (*n == COR_SIGMA_IDENTIFIERS_MAX) {
            cor_oops(ld, k, "too-many-identifiers", "split the rule", "more than %d search identifiers",
                     COR_SIGMA_IDENTIFIERS_MAX);
            return false;
        }
        uint32_t weight = 0;
        cor_node *node = definition(ld, k->next, 0, &weight);
        cor_str name = cor_keep_str(ld, k->text);
        if (node != NULL)
            node->label = name;
        good = good && node != NULL;
        id[(*n)++] = (cor_ident){.name = name, .node = node, .key = k, .weight = weight};
    }
    return good;
}

const cor_node *cor_read_detection(cor_load *ld, const cor_ynode *map, const char *skip, uint32_t *weight)
{
    if (map->kind != COR_Y_MAP) {
        cor_oops(ld, map, "bad-detection", "write search identifiers and a condition below it",
                 "this must be a map of search identifiers");
        return NULL;
    }
    size_t most = map->n < COR_SIGMA_IDENTIFIERS_MAX ? map->n : COR_SIGMA_IDENTIFIERS_MAX;
    cor_ident *id = cor_scratch(ld, most, sizeof *id);
    if (id == NULL)
        return NULL;
    size_t n = 0;
    bool good = identifiers(ld, map, skip, id, &n);
    const cor_ynode *cond = cor_ymap_get(map, "condition");
    if (cond == NULL) {
        cor_oops(ld, map, "no-condition", "add `condition:` that says how the search identifiers combine",
                 "the detection has no condition");
        return NULL;
    }
    if (n == 0 && good) {
        cor_oops(ld, map, "empty-detection", "add a search identifier", "the detection has no search identifier");
        return NULL;
    }
    cor_node *node = cor_condition(ld, cond, id, n, weight);
    if (!good || node == NULL)
        return NULL;
    if (ld->opt->lint)
        cor_lint_unused(ld, id, n);
    return node;
}
