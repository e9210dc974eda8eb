/* The JSON reader of formats/json: values one after another, each walked to its last byte. */
#include <stdint.h>
#include <stdlib.h>

#include "formats/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t walk(const cor_jnode *v, const char *from, const char *to)
{
    uint64_t sum = v->type;
    bool raw = v->type != COR_J_STRING; /* tokens and groups lie in the input */
    if (raw && (v->str.p < from || v->str.p + v->str.n > to))
        abort();
    for (size_t i = 0; i < v->str.n; i++)
        sum += (uint8_t)v->str.p[i];
    for (size_t i = 0; i < v->key.n; i++)
        sum += (uint8_t)v->key.p[i];
    for (const cor_jnode *c = v->child; c != NULL; c = c->next)
        sum += walk(c, from, to);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = 0;
    cor_arena mem = {0};
    cor_str text = {(const char *)data, size};
    for (size_t at = 0; at < size;) {
        size_t before = at;
        cor_jnode *v = NULL;
        cor_err e;
        cor_code code = cor_json_parse(text, &at, 0, &mem, &v, &e);
        if (at < before || at > size || (code != COR_OK && v != NULL) || (code == COR_OK && v == NULL && at != size))
            abort();
        if (code != COR_OK && (e.code != code || e.off > size))
            abort();
        if (v == NULL)
            break;
        sum += walk(v, text.p, text.p + text.n);
        cor_arena_reset(&mem);
    }
    cor_arena_free(&mem);
    return sum == UINT64_MAX ? -1 : 0; /* the sum keeps the walk from being optimised away */
}
