#include "readers/evtx/lane.h"

#include "readers/evtx/program.h"

#define ROOM "evtx"
#define NEST_MAX 8u /* instances in instances: real events have 2 */
#define LANE_OUT_MAX ((size_t)8 << 20) /* what one record may print here before the tree, which counts, looks at it */
#define LANE_NESTS_MAX 1000u /* instances printed for one record, likewise: holes used again in each level multiply */

typedef struct run {
    cor_evtx *x;
    cor_printer *pr;
    cor_buf *out;
    cor_format fmt;
    uint32_t depth, nests;
    size_t from;       /* of the record in out */
    cor_err *e;
    cor_code rc;
} run;

/* What an operation found. */
typedef enum step { STEP_OK, STEP_TREE, STEP_ERROR } step;

/* Between operations the place written to lives in a register; the buffer learns of it at the end and when it must
 * grow. An operation returns the new place, or NULL: let the tree do it. */
static step nest(run *r, cor_bx_inst *inst, uint32_t hole);

static uint8_t *grow(run *r, uint8_t *o, size_t need)
{
    r->out->n = (size_t)(o - r->out->p);
    return cor_buf_room(r->out, need) ? r->out->p + r->out->n : NULL;
}

static inline uint8_t *room(run *r, uint8_t *o, size_t need)
{
    return COR_LIKELY((size_t)(r->out->p + r->out->cap - o) >= need) ? o : grow(r, o, need);
}

/* A literal. Programs keep COR_EVTX_LIT_PAD bytes behind their literals, so that short ones are two moves without a
 * call. */
static inline uint8_t *put(run *r, uint8_t *o, const uint8_t *lit, uint32_t n)
{
    o = room(r, o, (size_t)n + COR_EVTX_LIT_PAD);
    if (COR_UNLIKELY(o == NULL))
        return NULL;
    if (COR_LIKELY(n <= COR_EVTX_LIT_PAD))
        memcpy(o, lit, COR_EVTX_LIT_PAD);
    else
        memcpy(o, lit, n);
    return o + n;
}

static inline uint8_t *put_z(run *r, uint8_t *o, const char *z)
{
    size_t n = strlen(z); /* known when compiled: z is a literal */
    o = room(r, o, n);
    return o == NULL ? NULL : (uint8_t *)memcpy(o, z, n) + n;
}

static inline bool bare(cor_val v)
{
    return (v.type >= COR_V_I8 && v.type <= COR_V_U64) || v.type == COR_V_BOOL;
}

/* A JSON value: null or "" when empty, bare numbers, else text. */
static inline uint8_t *json_value(run *r, uint8_t *o, cor_val v, bool empty_quotes)
{
    o = room(r, o, cor_print_room(v) + 2);
    if (COR_UNLIKELY(o == NULL))
        return NULL;
    if (bare(v))
        return cor_print(r->pr, o, v, COR_ESC_JSON);
    if (COR_LIKELY(v.type == COR_V_UTF16)) { /* most values: straight, without its NULs */
        while (v.len >= 2 && v.p[v.len - 1] == 0 && v.p[v.len - 2] == 0)
            v.len -= 2;
        if (v.len >= 2) {
            *o++ = '"';
            o = cor_print_utf16(o, v.p, v.len, COR_ESC_JSON);
            *o++ = '"';
            return o;
        }
    }
    if (v.len == 0 || v.type == COR_V_NULL || cor_val_empty(v)) {
        memcpy(o, empty_quotes ? "\"\"  " : "null", 4);
        return v.type == COR_V_BXML || (v.type & COR_V_ARRAY) != 0 ? NULL : o + (empty_quotes ? 2 : 4);
    }
    *o++ = '"';
    o = cor_print(r->pr, o, v, COR_ESC_JSON);
    if (COR_LIKELY(o != NULL))
        *o++ = '"';
    return o;
}

/* Unnamed Data: one value, or an array's in a list. */
static uint8_t *json_positional(run *r, uint8_t *o, cor_val v)
{
    bool array = v.type == (COR_V_UTF16 | COR_V_ARRAY);
    if ((v.type & COR_V_ARRAY) != 0 && !array)
        return NULL;
    cor_val item = {0}, ahead;
    size_t at = 0, n = 0;
    bool any = cor_val_item(v, &at, &item), more = any && cor_val_item(v, &at, &ahead);
    o = more ? put_z(r, o, "\"Data\":{\"#text\":[") : put_z(r, o, "\"Data\":{\"#text\":");
    at = 0;
    if (o != NULL && !any)
        o = put_z(r, o, "\"\"");
    for (; o != NULL && any && cor_val_item(v, &at, &item); n++) {
        if (n != 0)
            o = put_z(r, o, ",");
        if (o != NULL)
            o = json_value(r, o, item, true);
    }
    return o == NULL ? NULL : more ? put_z(r, o, "]},") : put_z(r, o, "},");
}

static uint8_t *xml_value(run *r, uint8_t *o, cor_val v, cor_escape esc)
{
    o = room(r, o, cor_print_room(v));
    return o == NULL ? NULL : cor_print(r->pr, o, v, esc);
}

static uint8_t *xml_positional(run *r, uint8_t *o, cor_val v, const uint8_t *open, uint32_t n)
{
    if ((v.type & COR_V_ARRAY) != 0 && v.type != (COR_V_UTF16 | COR_V_ARRAY))
        return NULL;
    cor_val item = {0};
    size_t at = 0;
    bool first = true;
    while (o != NULL && (cor_val_item(v, &at, &item) || first)) {
        o = put(r, o, open, n);
        o = o == NULL ? NULL : xml_value(r, o, item, COR_ESC_XML_TEXT);
        o = o == NULL ? NULL : put_z(r, o, "</Data>");
        first = false;
    }
    return o;
}

/* An element with attributes and at most a value: {"#attributes":{...},"#text":...}, or just the value when all are
 * empty. */
static uint8_t *json_attributes(run *r, uint8_t *o, const cor_evtx_program *p, const cor_evtx_op **op,
                                const cor_bx_inst *inst)
{
    bool wrote = false;
    for (; (*op)->kind == OP_J_ATTR || (*op)->kind == OP_J_ATTR_LIT; ++*op) {
        cor_val v = (*op)->kind == OP_J_ATTR ? inst->val[(*op)->hole] : (cor_val){0};
        if ((*op)->kind == OP_J_ATTR && !bare(v) && cor_val_empty(v))
            continue;
        o = wrote ? put_z(r, o, ",") : put_z(r, o, "{\"#attributes\":{");
        o = o == NULL ? NULL : put(r, o, p->lit + (*op)->at, (*op)->len);
        if (o != NULL && (*op)->kind == OP_J_ATTR)
            o = json_value(r, o, v, true);
        if (o == NULL)
            return NULL;
        wrote = true;
    }
    bool hole = (*op)->flag == CONTENT_HOLE;
    cor_val v = hole ? inst->val[(*op)->hole] : (cor_val){0};
    bool text = (*op)->flag == CONTENT_LITERAL || (hole && (bare(v) || !cor_val_empty(v)));
    if (v.type == COR_V_BXML)
        return NULL;
    if (wrote)
        o = text ? put_z(r, o, "},\"#text\":") : put_z(r, o, "}");
    if (o != NULL && (*op)->flag == CONTENT_LITERAL)
        o = put(r, o, p->lit + (*op)->at, (*op)->len);
    else if (o != NULL && text)
        o = json_value(r, o, v, true);
    return o == NULL ? NULL : wrote ? put_z(r, o, "}") : text ? o : put_z(r, o, "null");
}

/* Members end in a comma; the object's end takes its place. An object without members is null. */
static uint8_t *json_close(run *r, uint8_t *o)
{
    if (o[-1] == ',') {
        o[-1] = '}';
        return o;
    }
    return put_z(r, o - 1, "null"); /* over the brace that opened it */
}

static uint8_t *xml_attribute(run *r, uint8_t *o, const cor_evtx_program *p, const cor_evtx_op *op, cor_val v)
{
    if (!bare(v) && cor_val_empty(v))
        return v.type == COR_V_BXML ? NULL : o;
    o = put(r, o, p->lit + op->at, op->len);
    o = o == NULL ? NULL : xml_value(r, o, v, COR_ESC_XML_ATTR);
    return o == NULL ? NULL : put_z(r, o, "\"");
}

static step exec(run *r, const cor_evtx_program *p, cor_bx_inst *inst)
{
    uint8_t *o = r->out->p + r->out->n;
    for (const cor_evtx_op *op = p->op, *end = p->op + p->n; op < end; op++) {
        if (op->n_before != 0 && (o = put(r, o, p->lit + op->before, op->n_before)) == NULL)
            return STEP_TREE;
        switch (op->kind) {
        case OP_LIT: break;
        case OP_J_VALUE: o = json_value(r, o, inst->val[op->hole], op->flag); break;
        case OP_X_VALUE: o = xml_value(r, o, inst->val[op->hole], COR_ESC_XML_TEXT); break;
        case OP_J_ATTRS:
            op++;
            o = json_attributes(r, o, p, &op, inst);
            break;
        case OP_J_CLOSE: o = json_close(r, o); break;
        case OP_J_POS: o = json_positional(r, o, inst->val[op->hole]); break;
        case OP_X_POS: o = xml_positional(r, o, inst->val[op->hole], p->lit + op->at, op->len); break;
        case OP_X_ATTR: o = xml_attribute(r, o, p, op, inst->val[op->hole]); break;
        case OP_DEP:
            if (inst->val[op->hole].type == COR_V_NULL)
                op += op->len;
            break;
        case OP_NEST:
            r->out->n = (size_t)(o - r->out->p);
            step s = nest(r, inst, op->hole);
            if (s != STEP_OK)
                return s;
            o = r->out->p + r->out->n;
            break;
        default: return STEP_TREE;
        }
        if (COR_UNLIKELY(o == NULL))
            return STEP_TREE;
    }
    r->out->n = (size_t)(o - r->out->p);
    return STEP_OK;
}

static step render(run *r, cor_bx_inst *inst)
{
    if (inst->shape == NULL || ++r->depth > NEST_MAX || ++r->nests > LANE_NESTS_MAX ||
        r->out->n - r->from > LANE_OUT_MAX)
        return STEP_TREE;
    uint16_t dep = inst->root->index;
    if (inst->root->kind == COR_BX_ELEMENT && dep != COR_BX_NODEP && dep < inst->n_val &&
        inst->val[dep].type == COR_V_NULL)
        return STEP_TREE; /* the whole is left out */
    cor_evtx_program *p = inst->shape->user[1 + r->fmt];
    if (COR_UNLIKELY(p == NULL)) {
        r->rc = cor_evtx_program_new(inst->shape, r->fmt, cor_evtx_shape_mem(r->x), &p, r->e);
        if (r->rc != COR_OK)
            return STEP_ERROR;
        ((cor_bx_shape *)inst->shape)->user[1 + r->fmt] = p;
    }
    step s = p->by_tree ? STEP_TREE : exec(r, p, inst);
    r->depth--;
    return s;
}

static step nest(run *r, cor_bx_inst *inst, uint32_t hole)
{
    cor_val v = inst->val[hole];
    if (v.type == COR_V_NULL || (v.type == COR_V_BXML && v.len == 0))
        return STEP_OK;
    if (v.type != COR_V_BXML)
        return STEP_TREE;
    cor_bx_inst *inner;
    r->rc = cor_evtx_nested(r->x, inst, hole, &inner, r->e);
    if (r->rc != COR_OK)
        return STEP_ERROR;
    return render(r, inner);
}

cor_code cor_evtx_lane(cor_evtx *x, cor_printer *pr, cor_bx_inst *inst, cor_format fmt, cor_buf *out, bool *done,
                       cor_err *e)
{
    size_t before = out->n;
    run r = {.x = x, .pr = pr, .out = out, .fmt = fmt, .from = before, .e = e};
    if (!cor_buf_room(out, 1)) /* so that the buffer is there */
        return cor_nomem(e, ROOM);
    step s = render(&r, inst);
    *done = s == STEP_OK;
    if (s != STEP_OK)
        out->n = before;
    if (s == STEP_ERROR)
        return r.rc;
    return cor_buf_ok(out) ? COR_OK : cor_nomem(e, ROOM);
}
