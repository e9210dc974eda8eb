#include "sigma/yaml.h"

#include <stdlib.h>

#include <yaml.h>

#include "base/alloc.h"

#define ROOM "yaml"

typedef struct anchor {
    cor_str name;
    const cor_ynode *node;
} anchor;

struct cor_yaml {
    yaml_parser_t parser;
    cor_str text;
    anchor *anchor; /* of the current document; names and nodes are in the caller's arena */
    size_t n_anchor, cap_anchor;
    uint32_t nodes; /* of the current document */
    bool ended;
};

/* A collection that is still open. */
typedef struct frame {
    cor_ynode *node;
    cor_ynode *last; /* newest child */
    cor_str anchor;
} frame;

cor_yaml *cor_yaml_open(cor_str text)
{
    cor_yaml *y = cor_zalloc(sizeof *y);
    if (y == NULL)
        return NULL;
    if (!yaml_parser_initialize(&y->parser)) {
        cor_free(y);
        return NULL;
    }
    y->text = text;
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)text.p, text.n);
    return y;
}

void cor_yaml_close(cor_yaml *y)
{
    if (y == NULL)
        return;
    yaml_parser_delete(&y->parser);
    cor_free(y->anchor);
    cor_free(y);
}

static uint32_t place(size_t zero_based)
{
    return zero_based >= UINT32_MAX ? UINT32_MAX : (uint32_t)zero_based + 1;
}

static cor_code parser_error(cor_yaml *y, cor_err *e)
{
    const yaml_parser_t *p = &y->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return cor_nomem(e, ROOM);
    if (p->error == YAML_READER_ERROR) {
        /* The reader only knows a byte offset; people want a line. */
        uint32_t line = 1;
        for (size_t i = 0; i < p->problem_offset && i < y->text.n; i++)
            line += y->text.p[i] == '\n';
        return cor_fail_at(e, COR_EFORMAT, ROOM, line, 0, "%s at byte %zu", p->problem, p->problem_offset);
    }
    uint32_t line = place(p->problem_mark.line), col = place(p->problem_mark.column);
    if (p->context != NULL)
        return cor_fail_at(e, COR_EFORMAT, ROOM, line, col, "%s %s (line %u)", p->problem, p->context,
                           place(p->context_mark.line));
    return cor_fail_at(e, COR_EFORMAT, ROOM, line, col, "%s", p->problem == NULL ? "not YAML" : p->problem);
}

static cor_code count(const cor_ynode *node, uint64_t sum, cor_err *e)
{
    if (sum > COR_YAML_NODES_MAX)
        return cor_fail_at(e, COR_ELIMIT, ROOM, node->line, node->col, "more than %d nodes, aliases written out",
                           COR_YAML_NODES_MAX);
    return COR_OK;
}

/* Doubled keys in a map: by pairs while it is small, by sorting when it is not (a hostile map may hold a million). */
static int by_text(const void *a, const void *b)
{
    const cor_ynode *x = *(cor_ynode *const *)a, *y = *(cor_ynode *const *)b;
    int c = cor_str_cmp(x->text, y->text);
    if (c != 0)
        return c;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

static bool mark_doubled(const cor_ynode *map)
{
    if (map->n <= 32) {
        for (cor_ynode *k = map->first; k != NULL; k = k->next->next)
            for (const cor_ynode *b = map->first; b != k && !k->again; b = b->next->next)
                k->again = cor_str_eq(b->text, k->text);
        return true;
    }
    cor_ynode **key = cor_alloc(map->n * sizeof(cor_ynode *));
    if (key == NULL)
        return false;
    size_t n = 0;
    for (cor_ynode *k = map->first; k != NULL; k = k->next->next)
        key[n++] = k;
    qsort(key, n, sizeof *key, by_text);
    for (size_t i = 1; i < n; i++)
        key[i]->again = cor_str_eq(key[i - 1]->text, key[i]->text);
    cor_free(key);
    return true;
}

/* "<<: *base": the pairs of base that the map does not have itself (YAML 1.1 merge key). */
static cor_code merge(cor_yaml *y, cor_arena *mem, cor_ynode *map, const cor_ynode *from, cor_ynode **last, cor_err *e)
{
    if (from->kind == COR_Y_LIST) {
        for (const cor_ynode *i = from->first; i != NULL; i = i->next) {
            if (i->kind != COR_Y_MAP)
                return cor_fail_at(e, COR_EFORMAT, ROOM, i->line, i->col, "a merge key wants maps");
            cor_code c = merge(y, mem, map, i, last, e);
            if (c != COR_OK)
                return c;
        }
        return COR_OK;
    }
    if (from->kind != COR_Y_MAP)
        return cor_fail_at(e, COR_EFORMAT, ROOM, from->line, from->col, "a merge key wants a map");
    for (const cor_ynode *k = from->first; k != NULL; k = k->next->next) {
        bool have = false;
        for (const cor_ynode *own = map->first; own != NULL && !have; own = own->next->next)
            have = cor_str_eq(own->text, k->text);
        if (have)
            continue;
        cor_code c = count(map, y->nodes += 2, e);
        if (c != COR_OK)
            return c;
        cor_ynode *key = cor_arena_get(mem, sizeof *key), *val = cor_arena_get(mem, sizeof *val);
        if (key == NULL || val == NULL)
            return cor_nomem(e, ROOM);
        *key = *k;
        *val = *k->next;
        key->next = val;
        val->next = NULL;
        if (*last == NULL)
            map->first = key;
        else
            (*last)->next = key;
        *last = val;
        map->n++;
    }
    return COR_OK;
}

#define MERGE_PAIRS_MAX 256 /* merging compares pairs with pairs */

static cor_code end_map(cor_yaml *y, cor_arena *mem, cor_ynode *map, cor_err *e)
{
    cor_ynode *merges[8];
    size_t n = 0;
    cor_ynode *last = NULL;
    for (cor_ynode **at = &map->first; *at != NULL;) {
        cor_ynode *key = *at, *val = key->next;
        if (key->style == COR_YS_PLAIN && cor_str_is(key->text, "<<")) {
            if (n == COR_LEN(merges) || val->n > MERGE_PAIRS_MAX || map->n > MERGE_PAIRS_MAX)
                return cor_fail_at(e, COR_ELIMIT, ROOM, key->line, key->col, "too much to merge");
            merges[n++] = val;
            *at = val->next;
            map->n--;
        } else {
            last = val;
            at = &val->next;
        }
    }
    for (size_t i = 0; i < n; i++) {
        cor_code c = merge(y, mem, map, merges[i], &last, e);
        if (c != COR_OK)
            return c;
    }
    return mark_doubled(map) ? COR_OK : cor_nomem(e, ROOM);
}

static cor_str event_text(cor_arena *mem, const yaml_char_t *p, size_t n)
{
    return cor_arena_str(mem, (cor_str){(const char *)p, n});
}

static cor_code add_anchor(cor_yaml *y, cor_str name, const cor_ynode *node, cor_err *e)
{
    if (y->n_anchor == COR_YAML_ANCHORS_MAX)
        return cor_fail_at(e, COR_ELIMIT, ROOM, node->line, node->col, "more than %d anchors", COR_YAML_ANCHORS_MAX);
    anchor *a = cor_grow(y->anchor, &y->cap_anchor, y->n_anchor + 1, sizeof *a);
    if (a == NULL)
        return cor_nomem(e, ROOM);
    y->anchor = a;
    a[y->n_anchor++] = (anchor){name, node};
    return COR_OK;
}

/* An alias is a shallow copy: it shares the children. Only what is complete can be named, so no node contains
 * itself. */
static cor_code find_alias(cor_yaml *y, const yaml_event_t *ev, cor_ynode *node, cor_err *e)
{
    cor_str name = cor_str_of((const char *)ev->data.alias.anchor);
    uint32_t line = node->line, col = node->col;
    for (size_t i = y->n_anchor; i-- > 0;)
        if (cor_str_eq(y->anchor[i].name, name)) {
            *node = *y->anchor[i].node;
            node->line = line;
            node->col = col;
            node->next = NULL;
            node->again = false;
            return COR_OK;
        }
    return cor_fail_at(e, COR_EFORMAT, ROOM, line, col, "*%.40s is no anchor that stands complete before it", name.p);
}

static cor_code fill_node(cor_yaml *y, cor_arena *mem, const yaml_event_t *ev, cor_ynode *node, cor_str *name,
                          cor_err *e)
{
    const yaml_char_t *a = NULL;
    *node = (cor_ynode){.line = place(ev->start_mark.line), .col = place(ev->start_mark.column), .weight = 1};
    switch (ev->type) {
    case YAML_SCALAR_EVENT: {
        yaml_scalar_style_t s = ev->data.scalar.style;
        node->kind = COR_Y_SCALAR;
        node->style = s == YAML_PLAIN_SCALAR_STYLE           ? COR_YS_PLAIN
                      : s == YAML_SINGLE_QUOTED_SCALAR_STYLE ? COR_YS_SINGLE
                      : s == YAML_DOUBLE_QUOTED_SCALAR_STYLE ? COR_YS_DOUBLE
                                                             : COR_YS_BLOCK;
        node->tagged_text = ev->data.scalar.tag != NULL;
        node->text = event_text(mem, ev->data.scalar.value, ev->data.scalar.length);
        a = ev->data.scalar.anchor;
        if (node->text.p == NULL)
            return cor_nomem(e, ROOM);
        break;
    }
    case YAML_SEQUENCE_START_EVENT:
        node->kind = COR_Y_LIST;
        a = ev->data.sequence_start.anchor;
        break;
    case YAML_MAPPING_START_EVENT:
        node->kind = COR_Y_MAP;
        a = ev->data.mapping_start.anchor;
        break;
    default:
        return find_alias(y, ev, node, e);
    }
    *name = (cor_str){NULL, 0};
    if (a != NULL) {
        *name = event_text(mem, a, strlen((const char *)a));
        if (name->p == NULL)
            return cor_nomem(e, ROOM);
    }
    return COR_OK;
}

typedef struct tree {
    frame stack[COR_YAML_DEPTH_MAX];
    size_t depth;
    cor_ynode *root;
    bool done;
} tree;

static cor_code attach(tree *t, cor_ynode *node, cor_err *e)
{
    if (t->depth == 0) {
        t->root = node;
        return COR_OK;
    }
    frame *f = &t->stack[t->depth - 1];
    cor_ynode *up = f->node;
    bool is_key = up->kind == COR_Y_MAP && (f->last == NULL || up->n % 2 == 0);
    if (is_key && node->kind != COR_Y_SCALAR)
        return cor_fail_at(e, COR_EFORMAT, ROOM, node->line, node->col,
                           "a key must be a plain word, not a list or a map");
    if (f->last == NULL)
        up->first = node;
    else
        f->last->next = node;
    f->last = node;
    up->n++; /* of a map: keys and values, halved at its end */
    return COR_OK;
}

static cor_code close_top(cor_yaml *y, cor_arena *mem, tree *t, cor_err *e)
{
    frame *f = &t->stack[--t->depth];
    cor_ynode *node = f->node;
    if (node->kind == COR_Y_MAP) {
        node->n /= 2;
        cor_code c = end_map(y, mem, node, e);
        if (c != COR_OK)
            return c;
    }
    uint64_t sum = 1;
    for (const cor_ynode *i = node->first; i != NULL; i = i->next)
        sum += i->weight;
    cor_code c = count(node, sum, e);
    if (c != COR_OK)
        return c;
    node->weight = (uint32_t)sum;
    if (f->anchor.p != NULL && (c = add_anchor(y, f->anchor, node, e)) != COR_OK)
        return c;
    t->done = t->depth == 0;
    return COR_OK;
}

static cor_code take(cor_yaml *y, cor_arena *mem, const yaml_event_t *ev, tree *t, cor_err *e)
{
    if (ev->type == YAML_SEQUENCE_END_EVENT || ev->type == YAML_MAPPING_END_EVENT)
        return close_top(y, mem, t, e);
    cor_ynode *node = cor_arena_get(mem, sizeof *node);
    if (node == NULL)
        return cor_nomem(e, ROOM);
    cor_str name = {NULL, 0};
    cor_code c = fill_node(y, mem, ev, node, &name, e);
    if (c == COR_OK)
        c = count(node, ++y->nodes, e);
    if (c == COR_OK)
        c = attach(t, node, e);
    if (c != COR_OK)
        return c;
    if (ev->type == YAML_SEQUENCE_START_EVENT || ev->type == YAML_MAPPING_START_EVENT) {
        if (t->depth == COR_YAML_DEPTH_MAX)
            return cor_fail_at(e, COR_ELIMIT, ROOM, node->line, node->col, "nested deeper than %d", COR_YAML_DEPTH_MAX);
        t->stack[t->depth++] = (frame){node, NULL, name};
        return COR_OK;
    }
    if (name.p != NULL && (c = add_anchor(y, name, node, e)) != COR_OK)
        return c;
    t->done = t->depth == 0;
    return COR_OK;
}

cor_code cor_yaml_next(cor_yaml *y, cor_arena *mem, cor_ynode **root, cor_err *e)
{
    *root = NULL;
    if (y->ended)
        return COR_OK;
    if (y->text.n > COR_YAML_BYTES_MAX)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "longer than %zu MiB", COR_YAML_BYTES_MAX >> 20);
    tree t = {.depth = 0};
    y->n_anchor = 0;
    y->nodes = 0;
    cor_code c = COR_OK;
    while (c == COR_OK && !t.done) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&y->parser, &ev)) {
            c = parser_error(y, e);
            break;
        }
        switch (ev.type) {
        case YAML_STREAM_END_EVENT:
            y->ended = true;
            t.done = true;
            break;
        case YAML_SCALAR_EVENT:
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
        case YAML_ALIAS_EVENT:
            c = take(y, mem, &ev, &t, e);
            break;
        default: /* stream start, document start and end */
            break;
        }
        yaml_event_delete(&ev);
    }
    if (c != COR_OK)
        y->ended = true;
    else
        *root = t.root;
    return c;
}

const cor_ynode *cor_ymap_get(const cor_ynode *n, const char *key)
{
    const cor_ynode *found = NULL;
    if (n == NULL || n->kind != COR_Y_MAP)
        return NULL;
    size_t len = strlen(key);
    for (const cor_ynode *k = n->first; k != NULL; k = k->next->next)
        if (k->text.n == len && memcmp(k->text.p, key, len) == 0)
            found = k->next;
    return found;
}
