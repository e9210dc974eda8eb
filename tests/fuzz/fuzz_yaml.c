/* The YAML tree: every document of the text, every scalar's type and place. */
#include <stdlib.h>

#include "sigma/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(cor_str text, const cor_ynode *n, unsigned depth, unsigned *budget)
{
    if (depth > COR_YAML_DEPTH_MAX || n->line == 0 || n->col == 0 || n->weight == 0)
        abort();
    if (*budget == 0)
        return;
    --*budget;
    if (n->kind == COR_Y_SCALAR) {
        bool b;
        int64_t i;
        double d;
        uint32_t line, col;
        cor_ytype t = cor_yscalar_type(n);
        if (cor_yscalar_bool(n, &b) != (t == COR_YT_BOOL) || (cor_yscalar_int(n, &i) && t != COR_YT_INT))
            abort();
        if (cor_yscalar_number(n, &d) && t != COR_YT_INT && t != COR_YT_FLOAT)
            abort();
        cor_yscalar_pos(text, n, n->text.n / 2, &line, &col);
        if (line < n->line || col == 0)
            abort();
    }
    uint32_t count = 0;
    for (const cor_ynode *k = n->first; k != NULL; k = k->next, count++)
        look(text, k, depth + 1, budget);
    if (count != (n->kind == COR_Y_MAP ? 2 * n->n : n->n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cor_str text = {(const char *)data, size};
    cor_arena mem = {0};
    cor_yaml *y = cor_yaml_open(text);
    cor_ynode *root;
    cor_err e = {0};
    unsigned budget = 20000; /* aliases share nodes: the tree written out may be large */
    cor_code c = COR_OK;
    while (y != NULL && (c = cor_yaml_next(y, &mem, &root, &e)) == COR_OK && root != NULL)
        look(text, root, 0, &budget);
    if (c != COR_OK && e.msg[0] == '\0')
        abort();
    cor_yaml_close(y);
    cor_arena_free(&mem);
    return 0;
}
