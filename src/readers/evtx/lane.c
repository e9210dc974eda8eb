#include "readers/evtx/lane.h"

#include "readers/evtx/program.h"

#define ROOM "evtx"
#define NEST_MAX 8u /* instances in instances: real events have 2 */

typedef struct run {
    cor_evtx *x;
    cor_printer *pr;
    cor_buf *out;
    cor_format fmt;
    uint32_t depth;
    cor_err *e;
    cor_code rc;
} run;

/* What an operation found. */
typedef enum step { STEP_OK, STEP_TREE, STEP_ERROR } step;

static step nest(run *r, cor_bx_inst *inst, uint32_t hole);

static bool bare(cor_val v)
{
    return (v.type >= COR_V_I8 && v.type <= COR_V_U64) || v.type == COR_V_BOOL;
}

/* A JSON value: null or "" when empty, bare numbers, else text. */
static bool json_value(run *r, cor_val v, bool empty_quotes)
{
    if (bare(v))
        return cor_print(r->pr, r->out, v, COR_ESC_JSON);
    if (cor_val_empty(v)) {
        cor_buf_put(r->out, empty_quotes ? "\"\"" : "null", empty_quotes ? 2 : 4);
        return v.type != COR_V_BXML;
    }
    cor_buf_c(r->out, '"');
    bool ok = cor_print(r->pr, r->out, v, COR_ESC_JSON);
    cor_buf_c(r->out, '"');
    return ok;
}

/* Unnamed Data: one value, or an array's in a list. */
static bool json_positional(run *r, cor_val v)
{
    cor_buf_z(r->out, "\"Data\":{\"#text\":");
    if ((v.type & COR_V_ARRAY) == 0) {
        bool ok = json_value(r, v, true);
        cor_buf_put(r->out, "},", 2);
        return ok;
    }
    if (v.type != (COR_V_UTF16 | COR_V_ARRAY))
        return false;
    cor_val item;
    size_t at = 0, n = 0, from = r->out->n;
    cor_buf_c(r->out, '[');
    for (; cor_val_item(v, &at, &item); n++) {
        if (n != 0)
            cor_buf_c(r->out, ',');
        if (!json_value(r, item, true))
            return false;
    }
    if (n < 2 && !r->out->bad) { /* one value stands without brackets */
        memmove(r->out->p + from, r->out->p + from + 1, r->out->n - from - 1);
        r->out->n--;
    } else {
        cor_buf_c(r->out, ']');
    }
    if (n == 0)
        cor_buf_put(r->out, "\"\"", 2);
    cor_buf_put(r->out, "},", 2);
    return true;
}

static bool xml_positional(run *r, cor_val v, cor_str open)
{
    cor_val item;
    size_t at = 0;
    bool any = false, ok = true;
    if (v.type != (COR_V_UTF16 | COR_V_ARRAY) && (v.type & COR_V_ARRAY) != 0)
        return false;
    while (ok && cor_val_item(v, &at, &item)) {
        cor_buf_str(r->out, open);
        ok = cor_print(r->pr, r->out, item, COR_ESC_XML_TEXT);
        cor_buf_z(r->out, "</Data>");
        any = true;
    }
    if (!any) {
        cor_buf_str(r->out, open);
        cor_buf_z(r->out, "</Data>");
    }
    return ok;
}

/* An element with attributes and at most a value: {"#attributes":{...},"#text":...}, or just the value when all are empty. */
static bool json_attributes(run *r, const cor_evtx_program *p, const cor_evtx_op **op, const cor_bx_inst *inst)
{
    bool wrote = false;
    for (; (*op)->kind == OP_J_ATTR || (*op)->kind == OP_J_ATTR_LIT; ++*op) {
        cor_val v = (*op)->kind == OP_J_ATTR ? inst->val[(*op)->hole] : (cor_val){0};
        if ((*op)->kind == OP_J_ATTR && cor_val_empty(v))
            continue;
        cor_buf_z(r->out, wrote ? "," : "{\"#attributes\":{");
        cor_buf_put(r->out, p->lit + (*op)->at, (*op)->len);
        if ((*op)->kind == OP_J_ATTR && !json_value(r, v, true))
            return false;
        wrote = true;
    }
    bool hole = (*op)->flag == CONTENT_HOLE;
    cor_val v = hole ? inst->val[(*op)->hole] : (cor_val){0};
    bool text = (*op)->flag == CONTENT_LITERAL || (hole && (bare(v) || !cor_val_empty(v)));
    if (wrote)
        cor_buf_z(r->out, text ? "},\"#text\":" : "}");
    if ((*op)->flag == CONTENT_LITERAL)
        cor_buf_put(r->out, p->lit + (*op)->at, (*op)->len);
    else if (text && !json_value(r, v, true))
        return false;
    if (wrote)
        cor_buf_c(r->out, '}');
    else if (!text)
        cor_buf_put(r->out, "null", 4);
    return !hole || v.type != COR_V_BXML;
}

/* Members end in a comma; the object's end takes its place. An object without members is null. */
static void json_close(cor_buf *b)
{
    if (b->bad || b->n == 0)
        return;
    if (b->p[b->n - 1] == ',') {
        b->p[b->n - 1] = '}';
        return;
    }
    b->n--; /* the brace that opened it */
    cor_buf_put(b, "null", 4);
}

static bool xml_attribute(run *r, const cor_evtx_program *p, const cor_evtx_op *op, cor_val v)
{
    if (!bare(v) && cor_val_empty(v))
        return v.type != COR_V_BXML;
    cor_buf_put(r->out, p->lit + op->at, op->len);
    bool ok = cor_print(r->pr, r->out, v, COR_ESC_XML_ATTR);
    cor_buf_c(r->out, '"');
    return ok;
}

static step exec(run *r, const cor_evtx_program *p, cor_bx_inst *inst)
{
    for (const cor_evtx_op *op = p->op, *end = p->op + p->n; op < end; op++) {
        bool ok = true;
        switch (op->kind) {
        case OP_LIT: cor_buf_put(r->out, p->lit + op->at, op->len); break;
        case OP_J_VALUE: ok = json_value(r, inst->val[op->hole], op->flag); break;
        case OP_X_VALUE: ok = cor_print(r->pr, r->out, inst->val[op->hole], COR_ESC_XML_TEXT); break;
        case OP_J_ATTRS:
            op++;
            ok = json_attributes(r, p, &op, inst);
            break;
        case OP_J_CLOSE: json_close(r->out); break;
        case OP_J_POS: ok = json_positional(r, inst->val[op->hole]); break;
        case OP_X_POS: ok = xml_positional(r, inst->val[op->hole], (cor_str){(const char *)p->lit + op->at, op->len}); break;
        case OP_X_ATTR: ok = xml_attribute(r, p, op, inst->val[op->hole]); break;
        case OP_DEP:
            if (inst->val[op->hole].type == COR_V_NULL)
                op += op->len;
            break;
        case OP_NEST: {
            step s = nest(r, inst, op->hole);
            if (s != STEP_OK)
                return s;
            break;
        }
        default: return STEP_TREE;
        }
        if (COR_UNLIKELY(!ok))
            return STEP_TREE;
    }
    return STEP_OK;
}

static step render(run *r, cor_bx_inst *inst)
{
    if (inst->shape == NULL || ++r->depth > NEST_MAX)
        return STEP_TREE;
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

cor_code cor_evtx_lane(cor_evtx *x, cor_printer *pr, cor_bx_inst *inst, cor_format fmt, cor_buf *out, bool *done, cor_err *e)
{
    run r = {.x = x, .pr = pr, .out = out, .fmt = fmt, .e = e};
    size_t before = out->n;
    step s = render(&r, inst);
    *done = s == STEP_OK;
    if (s != STEP_OK)
        out->n = before;
    if (s == STEP_ERROR)
        return r.rc;
    return cor_buf_ok(out) ? COR_OK : cor_nomem(e, ROOM);
}
