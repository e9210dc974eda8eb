/* Binary XML to trees and instances. Everything that steers the parser comes from the file: positions only move forward
 * inside one record or definition, nesting is bounded by DEPTH_MAX, names and definitions are bounded by the chunk. */
#include "base/alloc.h"
#include "base/utf.h"
#include "formats/evtx/state.h"

#define ROOM "evtx"
#define DEPTH_MAX 64u       /* elements in elements, instances in instances: real events need 6 */
#define NODES_MAX 20000u    /* of one record or definition: a record has 64 KiB, real ones some hundred nodes */
#define HOLE_USES_MAX 32u   /* of one hole in a definition: real ones use theirs once or twice */
#define DEF_HEADER 24u      /* next definition, GUID, size */

enum {
    T_EOF = 0x00, T_OPEN = 0x01, T_CLOSE_START = 0x02, T_CLOSE_EMPTY = 0x03, T_END = 0x04, T_VALUE = 0x05, T_ATTR = 0x06, T_CDATA = 0x07,
    T_CHARREF = 0x08, T_ENTITY = 0x09, T_PI_TARGET = 0x0a, T_PI_DATA = 0x0b, T_INSTANCE = 0x0c, T_HOLE = 0x0d, T_OPT_HOLE = 0x0e,
    T_FRAGMENT = 0x0f, T_MORE = 0x40,
};

typedef struct parse {
    cor_evtx *x;
    cor_cur cur;               /* over the chunk up to the end of what is parsed: offsets are chunk offsets */
    cor_arena *mem;
    cor_buf *canon;            /* definitions only */
    cor_bx_shape *shape;       /* definitions only: counts holes */
    bool deps;                 /* elements carry a dependency id */
    uint32_t depth, nodes;
    uint8_t uses[256];         /* of holes, by index modulo 256: distant ones share a count, which real definitions do not notice */
    cor_err *e;
} parse;

static cor_code fail(parse *p, cor_code code, const char *what)
{
    return cor_fail(p->e, code, ROOM, p->x->file_off + p->cur.off, "%s", what);
}

static cor_code short_read(parse *p)
{
    return cor_fail(p->e, COR_ETRUNC, ROOM, p->cur.bad_at, "%s cut short", p->cur.bad);
}

static bool spend(parse *p, size_t n)
{
    if (COR_LIKELY(cor_evtx_spend(p->x, n)))
        return true;
    fail(p, COR_ELIMIT, "names, definitions or values that are used again and again, beyond what a chunk can need");
    return false;
}

static void canon(parse *p, const void *bytes, size_t n)
{
    if (p->canon != NULL)
        cor_buf_put(p->canon, bytes, n);
}

static void canon_str(parse *p, uint8_t tag, cor_str s)
{
    if (p->canon != NULL) {
        uint8_t head[5] = {tag, (uint8_t)s.n, (uint8_t)(s.n >> 8), (uint8_t)(s.n >> 16), (uint8_t)(s.n >> 24)};
        cor_buf_put(p->canon, head, sizeof head);
        cor_buf_str(p->canon, s);
    }
}

static cor_bx_node *node(parse *p, cor_bx_kind kind, cor_bx_node ***tail)
{
    if (++p->nodes > NODES_MAX) {
        fail(p, COR_ELIMIT, "more nodes than a record can need");
        return NULL;
    }
    if (!spend(p, sizeof(cor_bx_node)))
        return NULL;
    cor_bx_node *n = cor_arena_zero(p->mem, sizeof *n);
    if (n == NULL) {
        cor_nomem(p->e, ROOM);
        return NULL;
    }
    n->kind = kind;
    n->index = COR_BX_NODEP;
    **tail = n;
    *tail = &n->next;
    return n;
}

/* UTF-16 bytes as inner text. */
static bool text16(parse *p, cor_arena *mem, const uint8_t *s, size_t bytes, cor_str *out)
{
    char *t = cor_arena_get(mem, bytes / 2 * 3 + 1);
    if (t == NULL) {
        cor_nomem(p->e, ROOM);
        return false;
    }
    *out = (cor_str){t, cor_utf16_to_utf8(s, bytes, t)};
    return true;
}

/* A name: an offset into the chunk, where link, hash, length and text stand; directly here when it is the first use. */
static cor_code name(parse *p, cor_str *out)
{
    size_t place = p->cur.off;
    uint32_t at = cor_u32(&p->cur, "name offset");
    if (p->cur.bad != NULL)
        return short_read(p);
    if (p->canon != NULL && p->x->n_place++ < COR_TWIN_NAMES)
        p->x->place[p->x->n_place - 1] = (uint32_t)place;
    bool here = at == p->cur.off, keep = p->mem == &p->x->shapes;
    size_t slot = at % NAME_SLOTS;
    if (!here && !keep && p->x->name[slot].stamp == p->x->stamp && p->x->name[slot].off == at) {
        *out = p->x->name[slot].text;
        /* What a definition spends must not depend on what was read before: see cor_twins_find. */
        return p->canon == NULL || spend(p, 3 * (size_t)p->x->name[slot].units) ? COR_OK : COR_ELIMIT;
    }
    if (at > p->x->chunk_n || p->x->chunk_n - at < 8)
        return fail(p, COR_EFORMAT, "a name offset points outside its chunk");
    uint32_t units = cor_ld16(p->x->chunk + at + 6);
    if ((p->x->chunk_n - at - 8) / 2 < units)
        return fail(p, COR_EFORMAT, "a name is longer than its chunk");
    if (here && cor_take(&p->cur, 8 + 2 * (size_t)units + 2, "name") == NULL)
        return short_read(p);
    if (!spend(p, 3 * (size_t)units))
        return COR_ELIMIT;
    if (!text16(p, keep ? p->mem : &p->x->names /* a shape outlives its chunk */, p->x->chunk + at + 8, 2 * (size_t)units, out))
        return COR_ENOMEM;
    if (!keep) {
        p->x->name[slot].off = at;
        p->x->name[slot].stamp = p->x->stamp;
        p->x->name[slot].units = units;
        p->x->name[slot].text = *out;
    }
    return COR_OK;
}

static cor_code content(parse *p, cor_bx_node ***tail, bool attribute);
static cor_code instance(parse *p, cor_bx_inst *out);

static cor_code attributes(parse *p, cor_bx_node *el)
{
    uint32_t size = cor_u32(&p->cur, "attribute list size");
    (void)size; /* the tokens say the same, and are checked */
    cor_bx_attr **tail = &el->attr;
    while (cor_left(&p->cur) > 0 && (p->cur.p[p->cur.off] & ~T_MORE) == T_ATTR) {
        p->cur.off++;
        if (!spend(p, sizeof(cor_bx_attr)))
            return COR_ELIMIT;
        cor_bx_attr *a = cor_arena_zero(p->mem, sizeof *a);
        if (a == NULL)
            return cor_nomem(p->e, ROOM);
        cor_code rc = name(p, &a->name);
        if (rc != COR_OK)
            return rc;
        canon_str(p, T_ATTR, a->name);
        cor_bx_node **value = &a->value;
        rc = content(p, &value, true);
        if (rc != COR_OK)
            return rc;
        *tail = a;
        tail = &a->next;
    }
    return p->cur.bad != NULL ? short_read(p) : COR_OK;
}

static cor_code element(parse *p, uint8_t token, cor_bx_node ***tail)
{
    if (p->depth >= DEPTH_MAX)
        return fail(p, COR_ELIMIT, "elements nested too deeply");
    cor_bx_node *el = node(p, COR_BX_ELEMENT, tail);
    if (el == NULL)
        return p->e != NULL ? p->e->code : COR_ENOMEM;
    if (p->deps)
        el->index = cor_u16(&p->cur, "dependency id");
    (void)cor_u32(&p->cur, "element size"); /* the tokens say the same, and are checked */
    if (p->cur.bad != NULL)
        return short_read(p);
    cor_code rc = name(p, &el->text);
    if (rc != COR_OK)
        return rc;
    canon_str(p, T_OPEN, el->text);
    uint8_t dep[2] = {(uint8_t)el->index, (uint8_t)(el->index >> 8)};
    canon(p, dep, sizeof dep);
    if ((token & T_MORE) != 0 && (rc = attributes(p, el)) != COR_OK)
        return rc;
    uint8_t close = cor_u8(&p->cur, "end of start tag");
    if (p->cur.bad != NULL)
        return short_read(p);
    canon(p, &close, 1);
    if (close == T_CLOSE_EMPTY) {
        el->closed = true;
        return COR_OK;
    }
    if (close != T_CLOSE_START)
        return fail(p, COR_EFORMAT, "a start tag does not end");
    p->depth++;
    cor_bx_node **child = &el->child;
    rc = content(p, &child, false);
    p->depth--;
    if (rc != COR_OK)
        return rc;
    uint8_t end = cor_u8(&p->cur, "end tag");
    if (p->cur.bad != NULL)
        return short_read(p);
    canon(p, &end, 1);
    return end == T_END ? COR_OK : fail(p, COR_EFORMAT, "an element does not end");
}

/* Bytes of a literal value of the given type behind its type byte. */
static cor_code literal(parse *p, uint8_t type, cor_val *out)
{
    static const uint8_t size[0x16] = {0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 0, 16, 8, 8, 16, 0, 4, 8};
    size_t n = type < sizeof size ? size[type] : 0;
    if (type == COR_V_UTF16 || type == COR_V_ANSI || type == COR_V_BINARY) {
        uint16_t units = cor_u16(&p->cur, "literal length");
        n = type == COR_V_UTF16 ? 2u * (size_t)units : units;
    } else if (type == COR_V_SID) {
        n = cor_left(&p->cur) >= 2 ? 8 + 4u * p->cur.p[p->cur.off + 1] : 8;
    } else if (n == 0 && type != COR_V_NULL) {
        return fail(p, COR_EFORMAT, "a literal of a type that cannot be one");
    }
    const uint8_t *b = cor_take(&p->cur, n, "literal");
    if (b == NULL)
        return short_read(p);
    *out = (cor_val){b, (uint32_t)n, type};
    return COR_OK;
}

static cor_code value_token(parse *p, cor_bx_node ***tail)
{
    uint8_t type = cor_u8(&p->cur, "value type");
    cor_val v = {0};
    cor_code rc = literal(p, type, &v);
    if (rc != COR_OK)
        return rc;
    cor_bx_node *n = node(p, type == COR_V_UTF16 ? COR_BX_TEXT : COR_BX_VALUE, tail);
    if (n == NULL)
        return p->e != NULL ? p->e->code : COR_ENOMEM;
    if (type == COR_V_UTF16) {
        if (!text16(p, p->mem, v.p, v.len, &n->text))
            return COR_ENOMEM;
        canon_str(p, T_VALUE, n->text);
        return COR_OK;
    }
    cor_str copy = cor_arena_str(p->mem, (cor_str){(const char *)v.p, v.len}); /* a shape outlives its chunk */
    if (copy.p == NULL)
        return cor_nomem(p->e, ROOM);
    n->val = (cor_val){(const uint8_t *)copy.p, v.len, type};
    canon(p, &type, 1);
    canon_str(p, T_VALUE | T_MORE, copy);
    return COR_OK;
}

static cor_code hole(parse *p, uint8_t token, cor_bx_node ***tail)
{
    uint16_t index = cor_u16(&p->cur, "substitution index");
    uint8_t type = cor_u8(&p->cur, "substitution type");
    if (p->cur.bad != NULL)
        return short_read(p);
    if (p->shape == NULL)
        return fail(p, COR_EFORMAT, "a substitution outside a template definition");
    cor_bx_node *n = node(p, COR_BX_HOLE, tail);
    if (n == NULL)
        return p->e != NULL ? p->e->code : COR_ENOMEM;
    n->index = index;
    n->optional = token == T_OPT_HOLE;
    if (index >= p->shape->n_hole)
        p->shape->n_hole = index + 1u;
    if (++p->uses[index % COR_LEN(p->uses)] > HOLE_USES_MAX)
        return fail(p, COR_ELIMIT, "a template definition that uses a value more often than one can need");
    uint8_t c[4] = {token, (uint8_t)index, (uint8_t)(index >> 8), type};
    canon(p, c, sizeof c);
    return COR_OK;
}

/* Text with a u16 length in front: CDATA and the data of a processing instruction. */
static cor_code counted_text(parse *p, cor_str *out, const char *field)
{
    uint16_t units = cor_u16(&p->cur, field);
    const uint8_t *s = cor_take(&p->cur, 2 * (size_t)units, field);
    if (s == NULL)
        return short_read(p);
    return text16(p, p->mem, s, 2 * (size_t)units, out) ? COR_OK : COR_ENOMEM;
}

static cor_code rare(parse *p, uint8_t token, cor_bx_node ***tail)
{
    cor_bx_kind kind = token == T_CDATA ? COR_BX_TEXT : token == T_CHARREF ? COR_BX_CHARREF : token == T_ENTITY ? COR_BX_ENTITY : COR_BX_PI;
    cor_bx_node *n = node(p, kind, tail);
    if (n == NULL)
        return p->e != NULL ? p->e->code : COR_ENOMEM;
    cor_code rc = COR_OK;
    if (token == T_CDATA) {
        rc = counted_text(p, &n->text, "CDATA");
    } else if (token == T_CHARREF) {
        n->index = cor_u16(&p->cur, "character reference");
        rc = p->cur.bad != NULL ? short_read(p) : COR_OK;
    } else if (token == T_ENTITY) {
        rc = name(p, &n->text);
    } else {
        rc = name(p, &n->target);
        if (rc == COR_OK && cor_left(&p->cur) > 0 && p->cur.p[p->cur.off] == T_PI_DATA) {
            p->cur.off++;
            rc = counted_text(p, &n->text, "processing instruction");
        }
    }
    if (rc != COR_OK)
        return rc;
    uint8_t ref[3] = {token, (uint8_t)n->index, (uint8_t)(n->index >> 8)};
    canon(p, ref, sizeof ref);
    canon_str(p, token, n->text);
    canon_str(p, token, n->target);
    return COR_OK;
}

static cor_code content_instance(parse *p, cor_bx_node ***tail)
{
    if (p->shape != NULL)
        return fail(p, COR_EFORMAT, "a template instance inside a definition");
    cor_bx_node *n = node(p, COR_BX_INSTANCE, tail);
    if (n == NULL)
        return p->e != NULL ? p->e->code : COR_ENOMEM;
    n->inst = cor_arena_zero(p->mem, sizeof *n->inst);
    return n->inst == NULL ? cor_nomem(p->e, ROOM) : instance(p, n->inst);
}

/* Whether the element at the cursor (behind its token) carries a dependency id. Collectors write elements without one,
 * and nothing announces it: the size and the name offset tell, since the wrong reading gives a size beyond the record.
 */
static bool has_dependency(const parse *p)
{
    const uint8_t *q = p->cur.p + p->cur.off;
    size_t left = cor_left(&p->cur);
    if (left < 10)
        return false;
    uint32_t with_size = cor_ld32(q + 2), with_name = cor_ld32(q + 6);
    return with_size <= left && with_name < p->x->chunk_n;
}

/* Tokens up to one that closes what surrounds them (left unread). */
static cor_code content(parse *p, cor_bx_node ***tail, bool attribute)
{
    while (cor_left(&p->cur) > 0) {
        uint8_t token = p->cur.p[p->cur.off], kind = token & (uint8_t)~T_MORE;
        if (kind == T_END || kind == T_EOF || kind == T_ATTR || kind == T_CLOSE_START || kind == T_CLOSE_EMPTY)
            return COR_OK;
        if (attribute && (kind == T_OPEN || kind == T_INSTANCE || kind == T_FRAGMENT))
            return fail(p, COR_EFORMAT, "an element inside an attribute");
        p->cur.off++;
        cor_code rc;
        switch (kind) {
        case T_FRAGMENT:
            rc = cor_take(&p->cur, 3, "fragment header") == NULL ? short_read(p) : COR_OK;
            break;
        case T_OPEN:
            if (p->depth == 0 && p->shape == NULL)
                p->deps = has_dependency(p);
            rc = element(p, token, tail);
            break;
        case T_VALUE: rc = value_token(p, tail); break;
        case T_HOLE: case T_OPT_HOLE: rc = hole(p, kind, tail); break;
        case T_CDATA: case T_CHARREF: case T_ENTITY: case T_PI_TARGET: rc = rare(p, kind, tail); break;
        case T_INSTANCE: rc = content_instance(p, tail); break;
        default:
            p->cur.off--;
            return fail(p, COR_EFORMAT, "an unknown binary XML token");
        }
        if (rc != COR_OK)
            return rc;
    }
    return COR_OK;
}

/* Parses the definition at `def` into mem; false leaves the error. */
static cor_code definition(cor_evtx *x, uint32_t def, cor_arena *mem, cor_buf *cn, cor_bx_shape *shape, cor_err *e)
{
    uint32_t size = cor_ld32(x->chunk + def + 20);
    size_t end = (size_t)def + DEF_HEADER + size;
    parse p = {.x = x, .mem = mem, .canon = cn, .shape = shape, .deps = true, .e = e};
    p.cur = cor_cur_of(x->chunk, end, x->file_off);
    p.cur.off = def + DEF_HEADER;
    cor_bx_node **tail = &shape->root;
    cor_code rc = content(&p, &tail, false);
    if (rc == COR_OK && shape->root == NULL)
        rc = fail(&p, COR_EFORMAT, "an empty template definition");
    return rc;
}

static cor_code new_shape(cor_evtx *x, uint32_t def, uint32_t no, cor_bx_shape **out, cor_err *e)
{
    cor_bx_shape **grown = cor_grow(x->shape, &x->shape_cap, (size_t)no + 1, sizeof *grown);
    if (grown == NULL)
        return cor_nomem(e, ROOM);
    x->shape = grown;
    cor_bx_shape *s = cor_arena_zero(&x->shapes, sizeof *s);
    x->shape[no] = s;
    if (s == NULL)
        return cor_nomem(e, ROOM);
    s->no = no;
    size_t left = x->free, spent = x->spent; /* paid when it was parsed the first time */
    cor_code rc = definition(x, def, &x->shapes, NULL, s, e);
    x->free = left;
    x->spent = spent;
    if (rc != COR_OK)
        x->shape[no] = NULL;
    *out = s;
    return rc;
}

static void remember(cor_evtx *x, size_t slot, uint32_t def, cor_bx_shape *shape)
{
    x->def[slot].off = def;
    x->def[slot].stamp = x->stamp;
    x->def[slot].shape = shape;
}

static inline size_t slot_of(uint32_t def)
{
    return (def ^ def >> 10) % DEF_SLOTS;
}

/* The shape of the definition at chunk offset `def`. */
static cor_code shape_at(cor_evtx *x, uint32_t def, cor_bx_shape **out, cor_err *e)
{
    size_t slot = slot_of(def);
    if (COR_LIKELY(x->def[slot].stamp == x->stamp && x->def[slot].off == def)) {
        *out = x->def[slot].shape;
        return COR_OK;
    }
    if (def < COR_EVTX_CHUNK_HEADER || def > x->chunk_n || x->chunk_n - def < DEF_HEADER ||
        cor_ld32(x->chunk + def + 20) > x->chunk_n - def - DEF_HEADER)
        return cor_fail(e, COR_EFORMAT, ROOM, x->file_off + def, "a template definition lies outside its chunk");
    cor_twin_at where = {x->chunk, x->chunk_n, def, def + DEF_HEADER, cor_ld32(x->chunk + def + 20)};
    size_t cost;
    cor_bx_shape *twin = cor_twins_find(&x->twins, &where, &cost);
    if (COR_LIKELY(twin != NULL && cor_evtx_spend(x, cost))) {
        *out = twin;
        remember(x, slot, def, twin);
        return COR_OK;
    }
    size_t left = x->free, spent = x->spent;
    cor_arena_reset(&x->scratch);
    cor_buf_clear(&x->canon);
    x->n_place = 0;
    cor_bx_shape trial = {0};
    cor_code rc = definition(x, def, &x->scratch, &x->canon, &trial, e);
    if (rc != COR_OK)
        return rc;
    size_t before = x->known.n;
    uint32_t no = cor_buf_ok(&x->canon) ? cor_intern_add(&x->known, cor_buf_view(&x->canon)) : COR_NONE;
    if (no == COR_NONE)
        return cor_nomem(e, ROOM);
    if (no < before && x->shape[no] != NULL)
        *out = x->shape[no];
    else if ((rc = new_shape(x, def, no, out, e)) != COR_OK)
        return rc;
    if (twin == NULL && x->n_place <= COR_TWIN_NAMES &&
        !cor_twins_keep(&x->twins, &where, x->place, x->n_place, *out, left - x->free + x->spent - spent))
        return cor_nomem(e, ROOM);
    remember(x, slot, def, *out);
    return COR_OK;
}

/* Behind the token 0x0c: which definition, then the values. */
static cor_code instance(parse *p, cor_bx_inst *out)
{
    (void)cor_take(&p->cur, 1 + 4, "template instance"); /* version, template id */
    uint32_t def = cor_u32(&p->cur, "template definition offset");
    if (p->cur.bad != NULL)
        return short_read(p);
    cor_bx_shape *shape = NULL;
    cor_code rc = shape_at(p->x, def, &shape, p->e);
    if (rc != COR_OK)
        return rc;
    if (def == p->cur.off) /* the definition stands here, at its first use */
        (void)cor_take(&p->cur, DEF_HEADER + (size_t)cor_ld32(p->x->chunk + def + 20), "template definition");
    uint32_t n = cor_u32(&p->cur, "number of substitutions");
    if (p->cur.bad != NULL)
        return short_read(p);
    if (n > cor_left(&p->cur) / 4)
        return fail(p, COR_EFORMAT, "more substitutions than the record can hold");
    const uint8_t *d = cor_take(&p->cur, 4 * (size_t)n, "substitution descriptors");
    uint32_t room = n > shape->n_hole ? n : shape->n_hole;
    if (!spend(p, (room - n) * sizeof(cor_val)))
        return COR_ELIMIT;
    cor_val *val = cor_arena_get(p->mem, room * sizeof *val);
    if (d == NULL || val == NULL)
        return d == NULL ? short_read(p) : cor_nomem(p->e, ROOM);
    const uint8_t *first = p->cur.p + p->cur.off, *at = first;
    size_t left = cor_left(&p->cur);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = cor_ld16(d + 4 * (size_t)i);
        if (COR_UNLIKELY(size > left)) {
            p->cur.off = p->cur.len - left;
            return fail(p, COR_ETRUNC, "a substitution value is cut short");
        }
        val[i] = (cor_val){at, size, d[4 * (size_t)i + 2]};
        at += size;
        left -= size;
    }
    for (uint32_t i = n; i < room; i++)
        val[i] = (cor_val){0};
    p->cur.off = p->cur.len - left;
    *out = (cor_bx_inst){.shape = shape, .root = shape->root, .val = val, .n_val = room,
                         .bytes = {(const char *)first, (size_t)(at - first)}};
    return COR_OK;
}

/* Where the instance begins that a stream consists of, behind a fragment header or not; 0: it begins otherwise. */
static size_t instance_in(const uint8_t *p, size_t n)
{
    return n >= 5 && p[0] == T_FRAGMENT && p[4] == T_INSTANCE ? 5 : n != 0 && p[0] == T_INSTANCE ? 1 : 0;
}

/* Bytes that end content stand here, or nothing. */
static bool ended(const cor_cur *c)
{
    uint8_t kind = cor_left(c) == 0 ? T_EOF : c->p[c->off] & (uint8_t)~T_MORE;
    return kind == T_END || kind == T_EOF || kind == T_ATTR || kind == T_CLOSE_START || kind == T_CLOSE_EMPTY;
}

/* A stream of binary XML at [from, to) of the chunk: one instance (the usual case), or a fragment without template. */
static cor_code stream(cor_evtx *x, size_t from, size_t to, cor_bx_inst *out, cor_err *e)
{
    parse p; /* most of it is for content */
    size_t behind = instance_in(x->chunk + from, to - from);
    if (COR_LIKELY(behind != 0)) {
        size_t left = x->free, spent = x->spent;
        p.x = x;
        p.mem = &x->record;
        p.e = e;
        p.cur = cor_cur_of(x->chunk, to, x->file_off);
        p.cur.off = from + behind;
        cor_code rc = instance(&p, out);
        if (COR_LIKELY(rc != COR_OK || behind != 1 || ended(&p.cur)))
            return rc;
        x->free = left; /* there is more than the instance: once more, as content */
        x->spent = spent;
    }
    p = (parse){.x = x, .mem = &x->record, .e = e, .cur = cor_cur_of(x->chunk, to, x->file_off)};
    p.cur.off = from;
    *out = (cor_bx_inst){0};
    cor_bx_node *root = NULL, **tail = &root;
    cor_code rc = content(&p, &tail, false);
    if (rc == COR_OK && root == NULL)
        rc = fail(&p, COR_EFORMAT, "an empty record");
    if (rc == COR_OK && root->kind == COR_BX_INSTANCE && root->next == NULL)
        *out = *root->inst;
    else
        out->root = root;
    return rc;
}

cor_code cor_evtx_parse(cor_evtx *x, const cor_evtx_record *r, cor_bx_inst *out, cor_err *e)
{
    cor_arena_reset(&x->record);
    x->free = SPENT_FREE * (size_t)r->size;
    return stream(x, r->off + 24, (size_t)r->off + r->size - 4, out, e);
}

cor_code cor_evtx_nested(cor_evtx *x, cor_bx_inst *inst, uint32_t v, cor_bx_inst **out, cor_err *e)
{
    if (inst->nested == NULL) {
        inst->nested = cor_arena_zero(&x->record, inst->n_val * sizeof(cor_bx_inst *));
        if (inst->nested == NULL)
            return cor_nomem(e, ROOM);
    }
    if (inst->nested[v] == NULL) {
        cor_bx_inst *n = cor_arena_zero(&x->record, sizeof *n);
        if (n == NULL)
            return cor_nomem(e, ROOM);
        size_t from = (size_t)(inst->val[v].p - x->chunk);
        cor_code rc = stream(x, from, from + inst->val[v].len, n, e);
        if (rc != COR_OK)
            return rc;
        inst->nested[v] = n;
    }
    *out = inst->nested[v];
    return COR_OK;
}

bool cor_evtx_glance_at(const cor_evtx *x, const cor_bx_inst *inst, uint32_t v, cor_evtx_glance *out)
{
    enum { HEAD = 1 + 4 + 4 + 4 }; /* version, template id, definition, number of values */
    const uint8_t *p = inst->val[v].p;
    size_t n = inst->val[v].len, behind = inst->val[v].type == COR_V_BXML ? instance_in(p, n) : 0, size = 0;
    if (behind == 0 || n - behind < HEAD)
        return false;
    p += behind;
    n -= behind + HEAD;
    const uint8_t *d = p + HEAD;
    uint32_t def = cor_ld32(p + 5), count = cor_ld32(p + 9);
    size_t slot = slot_of(def);
    if (x->def[slot].stamp != x->stamp || x->def[slot].off != def || def == (size_t)(p + 9 - x->chunk))
        return false;
    out->shape = x->def[slot].shape;
    if (count < out->shape->n_hole || count > n / 4)
        return false;
    n -= 4 * (size_t)count;
    out->types = 0;
    for (uint32_t i = 0; i < count; i++, d += 4) {
        uint8_t type = d[2] & (uint8_t)~COR_V_ARRAY;
        if (type >= 64)
            return false;
        out->types |= UINT64_C(1) << type;
        size += cor_ld16(d);
    }
    out->bytes = (cor_str){(const char *)d, size};
    cor_cur behind_all = cor_cur_of(d, n, 0);
    behind_all.off = size;
    return size == n || (size < n && (behind == 5 || ended(&behind_all)));
}
