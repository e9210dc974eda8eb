/* What the shapes are built with. */
#include "readers/json/shape.h"

cor_str cor_shape_text(const cor_jnode *v, unsigned *flags)
{
    *flags = v->type == COR_J_STRING ? 0 : v->type == COR_J_NULL ? COR_ELEM_NULL : COR_ELEM_BARE;
    return v->type == COR_J_NULL || !cor_json_scalar(v) ? (cor_str){"", 0} : v->str;
}

const cor_jnode *cor_shape_path(const cor_jnode *o, const char *path)
{
    if (o == NULL || o->type != COR_J_OBJECT)
        return NULL;
    size_t n = strlen(path);
    for (const cor_jnode *m = o->child; m != NULL; m = m->next) {
        if (m->key.n > n || memcmp(m->key.p, path, m->key.n) != 0)
            continue;
        if (m->key.n == n)
            return m;
        const cor_jnode *in = path[m->key.n] == '.' ? cor_shape_path(m, path + m->key.n + 1) : NULL;
        if (in != NULL)
            return in;
    }
    return NULL;
}

cor_str cor_shape_path_text(const cor_jnode *o, const char *path)
{
    const cor_jnode *v = cor_shape_path(o, path);
    if (v != NULL && v->type == COR_J_ARRAY)
        v = v->child;
    return v != NULL && cor_json_scalar(v) ? v->str : (cor_str){NULL, 0};
}

cor_code cor_shape_data(cor_build *b, cor_elem *parent, cor_str name, const cor_jnode *v)
{
    cor_code code = COR_OK;
    if (v->type == COR_J_ARRAY) {
        for (const cor_jnode *i = v->child; i != NULL && code == COR_OK; i = i->next)
            code = cor_shape_data(b, parent, name, i);
        return code;
    }
    if (v->type == COR_J_OBJECT) {
        cor_elem *el = cor_elem_new(b->mem, parent, name.n > 0 ? name : COR_S("Data"));
        if (el == NULL)
            return cor_nomem(b->e, "json");
        for (const cor_jnode *m = v->child; m != NULL && code == COR_OK; m = m->next)
            code = cor_shape_data(b, el, m->key, m);
        return code;
    }
    unsigned flags;
    cor_str s = cor_shape_text(v, &flags);
    bool data = parent->name.n == 9 && memcmp(parent->name.p, "EventData", 9) == 0;
    cor_elem *el = data && name.n > 0 ? cor_elem_data(b->mem, parent, name, s, flags)
                                      : cor_elem_leaf(b->mem, parent, data ? COR_S("Data") : name, s, flags);
    return el == NULL ? cor_nomem(b->e, "json") : COR_OK;
}

