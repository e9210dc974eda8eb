#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf.h"
#include "sigma/gate_maker.h"

/* ---- fields ---- */

uint32_t cor_maker_slot(cor_maker *m, cor_str field)
{
    if (m->source == m->last_source && field.p == m->last_field && field.n == m->last_n)
        return m->last_slot;
    cor_buf_clear(&m->buf);
    cor_buf_put(&m->buf, &m->source, sizeof m->source);
    cor_buf_c(&m->buf, field.p == NULL);
    cor_buf_str(&m->buf, field);
    uint32_t had = (uint32_t)m->name.n,
             no = cor_buf_ok(&m->buf) ? cor_intern_add(&m->name, cor_buf_view(&m->buf)) : COR_NONE;
    if (no == COR_NONE)
        return COR_NONE;
    if (no == had) {
        uint32_t *of = cor_grow(m->slot_of_name, &m->cap_name, no + (size_t)1, sizeof *of);
        if (of == NULL)
            return COR_NONE;
        m->slot_of_name = of;
        cor_bind b = cor_bind_of(m->plan->set, m->source, field);
        of[no] = cor_fields_add(&m->slots, &b);
    }
    m->last_source = m->source;
    m->last_field = field.p;
    m->last_n = field.n;
    return m->last_slot = m->slot_of_name[no];
}

/* ---- literals ---- */

/* How many of a hundred events are likely to hold it: a guess, that only picks triggers. */
static uint32_t literal_cost(const cor_maker *m, cor_where where, cor_str t)
{
    bool common = cor_common_text(&m->common, t);
    switch (where) {
    case COR_AT_WHOLE: return t.n <= 2 ? 60 : t.n <= 5 ? 20 : common ? 10 : 2;
    case COR_AT_HEAD: return common ? 70 : t.n < 5 ? 50 : 8;
    case COR_AT_TAIL: return t.n < 5 ? 80 : common ? 25 : 3;
    case COR_AT_INSIDE: break;
    }
    return t.n == 0   ? 100
           : t.n == 1 ? 95
           : t.n == 2 ? 80
           : t.n == 3 ? 50
           : common   ? 60
           : t.n == 4 ? 25
           : t.n < 8  ? 10
           : t.n < 12 ? 5
                      : 3;
}

static bool literal_room(cor_maker *m)
{
    if ((m->n_lit + 1) * 2 <= m->lit_mask)
        return true;
    uint32_t n = m->lit_mask == 0 ? 256 : (m->lit_mask + 1) * 2;
    uint32_t *slot = cor_alloc(n * sizeof *slot);
    if (slot == NULL)
        return false;
    memset(slot, 0xff, n * sizeof *slot);
    for (uint32_t i = 0; i < m->n_lit; i++) {
        uint32_t k = (uint32_t)m->lit[i].hash & (n - 1);
        while (slot[k] != COR_NONE)
            k = (k + 1) & (n - 1);
        slot[k] = i;
    }
    cor_free(m->lit_slot);
    m->lit_slot = slot;
    m->lit_mask = n - 1;
    return true;
}

uint32_t cor_maker_literal(cor_maker *m, uint32_t slot, cor_where where, cor_str text, bool loose)
{
    cor_buf_clear(&m->buf);
    cor_fold_utf8(text, &m->buf);
    if (!cor_buf_ok(&m->buf) || !literal_room(m))
        return COR_NONE;
    cor_str t = cor_buf_view(&m->buf);
    uint64_t h = cor_hash(t.p, t.n) + (slot * 8u + loose * 4u + (uint32_t)where) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    uint32_t k = (uint32_t)h & m->lit_mask;
    for (; m->lit_slot[k] != COR_NONE; k = (k + 1) & m->lit_mask) {
        const cor_made_literal *l = &m->lit[m->lit_slot[k]];
        if (l->hash == h && l->slot == slot && l->lit.where == where && l->loose == loose && cor_str_eq(l->lit.text, t))
            return l->lit.bit;
    }
    cor_made_literal *l = cor_grow(m->lit, &m->cap_lit, m->n_lit + (size_t)1, sizeof *l);
    if (l == NULL)
        return COR_NONE;
    m->lit = l;
    l += m->n_lit;
    l->lit = (cor_literal){cor_arena_str(&m->code->mem, t), m->n_lit, where};
    l->slot = slot;
    l->loose = loose;
    l->hash = h;
    l->cost = literal_cost(m, where, t);
    if (l->lit.text.p == NULL)
        return COR_NONE;
    m->lit_slot[k] = m->n_lit;
    return m->n_lit++;
}

cor_where cor_maker_where(cor_op op)
{
    return op == COR_OP_EQUALS       ? COR_AT_WHOLE
           : op == COR_OP_STARTSWITH ? COR_AT_HEAD
           : op == COR_OP_ENDSWITH   ? COR_AT_TAIL
                                     : COR_AT_INSIDE;
}

/* ---- late tests ---- */

static void key_of_late(cor_maker *m, const cor_test *t, uint32_t slot, uint32_t ref)
{
    cor_buf_clear(&m->buf);
    uint32_t head[] = {(uint32_t)t->op,   t->cased,           slot,      ref,
                       t->re_flags,       t->net_bits,        t->wanted, (uint32_t)t->cmp,
                       (uint32_t)t->part, (uint32_t)t->ref_op};
    cor_buf_put(&m->buf, head, sizeof head);
    cor_buf_put(&m->buf, &t->number, sizeof t->number);
    uint64_t whole[] = {t->whole, t->minus, t->size};
    cor_buf_put(&m->buf, whole, sizeof whole);
    cor_buf_put(&m->buf, t->net, sizeof t->net);
    for (uint32_t i = 0; t->op == COR_OP_PATTERN && i < t->n_piece; i++) {
        uint32_t piece[] = {(uint32_t)t->piece[i].kind,
                            t->piece[i].kind == COR_PIECE_TEXT ? (uint32_t)t->piece[i].text.n : 0};
        cor_buf_put(&m->buf, piece, sizeof piece);
        if (t->piece[i].kind == COR_PIECE_TEXT)
            cor_buf_str(&m->buf, t->piece[i].text);
    }
    if (t->op <= COR_OP_ENDSWITH || t->op == COR_OP_REGEX)
        cor_buf_str(&m->buf, t->text);
}

static bool add_odd(cor_maker *m, uint32_t slot, uint32_t bit)
{
    cor_made_odd *o = cor_grow(m->odd, &m->cap_odd, m->n_odd + (size_t)1, sizeof *o);
    if (o == NULL)
        return false;
    m->odd = o;
    o[m->n_odd++] = (cor_made_odd){slot, bit};
    return true;
}

/* The literal without which the test cannot hold. */
static cor_code need_of_late(cor_maker *m, const cor_test *t, cor_late *l)
{
    cor_str best = {NULL, 0};
    cor_where where = COR_AT_INSIDE;
    bool caseless = false;
    l->need = COR_NONE;
    if (t->op <= COR_OP_ENDSWITH) {
        best = t->text;
        where = cor_maker_where(t->op);
    } else if (t->op == COR_OP_PATTERN) {
        for (uint32_t i = 0; i < t->n_piece; i++)
            if (t->piece[i].kind == COR_PIECE_TEXT && t->piece[i].text.n > best.n)
                best = t->piece[i].text;
    } else if (t->op == COR_OP_REGEX) {
        best = cor_regex_literal(t->text, t->re_flags, &m->tmp, &caseless);
    }
    if (best.n == 0)
        return COR_OK;
    l->need = cor_maker_literal(m, l->slot, where, best, caseless);
    if (l->need == COR_NONE || (caseless && !add_odd(m, l->slot, l->need)))
        return cor_maker_nomem(m);
    return COR_OK;
}

cor_code cor_maker_late(cor_maker *m, const cor_test *t, uint32_t slot, cor_gnode *n)
{
    uint32_t ref = t->op == COR_OP_FIELDREF ? cor_maker_slot(m, t->ref_field) : slot;
    if (ref == COR_NONE)
        return cor_maker_nomem(m);
    key_of_late(m, t, slot, ref);
    uint32_t had = (uint32_t)m->late_key.n,
             no = cor_buf_ok(&m->buf) ? cor_intern_add(&m->late_key, cor_buf_view(&m->buf)) : COR_NONE;
    if (no == COR_NONE)
        return cor_maker_nomem(m);
    n->kind = COR_G_LATE;
    n->has_late = true;
    n->id = no;
    if (no < had)
        return COR_OK;
    cor_late *l = cor_grow(m->late, &m->cap_late, no + (size_t)1, sizeof *l);
    if (l == NULL)
        return cor_maker_nomem(m);
    m->late = l;
    m->code->n_late = no + 1;
    l += no;
    *l = (cor_late){.slot = slot, .ref = ref, .need = COR_NONE};
    cor_code c = cor_ready_make(t, &m->code->mem, &l->ready, m->e);
    return c == COR_OK ? need_of_late(m, t, l) : c;
}
