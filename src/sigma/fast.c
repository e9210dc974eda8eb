/* The fast engine at work: one event through its gate. */
#include <stdlib.h>

#include "base/alloc.h"
#include "sigma/fold.h"
#include "sigma/gate.h"

/* Where the fields of a gate lie in a layout. */
typedef struct resolved {
    cor_cols *cols;    /* by slot */
    uint32_t *scanned; /* slots that are there and have literals: eager ones, those that a sweep may spare, lazy ones */
    uint32_t n_eager, n_swept, n_scanned; /* where each of the three ends */
} resolved;

typedef struct resolved_slot {
    uint64_t key; /* gate, layout */
    resolved *r;
} resolved_slot;

/* Layouts times gates kept resolved; reached only by logs of ever new layouts, which then pay for resolving again. */
#define RESOLVED_MAX ((size_t)8 << 20)

typedef struct slot_now {
    uint32_t stamp;
    cor_values values;
} slot_now;

typedef struct late_now {
    uint32_t stamp;
    bool holds;
} late_now;

/* A System text in which no keyword was found: the next event mostly has the same provider, channel and computer. */
enum { CLEAN_BYTES = 124 };
typedef struct clean_text {
    uint16_t len; /* 0: none */
    uint8_t type;
    uint8_t bytes[CLEAN_BYTES];
} clean_text;

typedef struct gate_state {
    const cor_gate_code *code;
    uint32_t *mark;  /* by bit */
    uint32_t *woken; /* by candidate */
    slot_now *slot;
    late_now *late;
    clean_text clean[COR_SYS_N]; /* keywords only */
} gate_state;

enum { CHANNELS = 16, CHANNEL_BYTES = 240 };

typedef struct channel_memo {
    uint32_t len;
    uint32_t no;
    uint8_t type;
    uint8_t bytes[CHANNEL_BYTES];
} channel_memo;

struct cor_fast {
    gate_state **state; /* by gate */
    uint32_t now;       /* number of the event, 1.. */
    uint32_t *found;    /* bits of the event; room for those of the largest gate in use */
    size_t cap_found;
    uint32_t *cand;     /* candidates of the event */
    size_t cap_cand;
    const cor_layouts *layouts; /* whose layouts are resolved */
    uint64_t epoch;
    cor_arena mem;      /* resolved ones */
    resolved_slot *table;
    uint32_t mask, n_resolved;
    struct folded_col {
        uint32_t stamp;
        cor_str text;
    } *col; /* data values of the event, folded once however many fields read them */
    size_t cap_col;
    uint32_t last_channel;
    channel_memo channel[CHANNELS];
};

bool cor_fast_new(cor_matcher *m)
{
    struct cor_fast *f = m->fast = cor_zalloc(sizeof *f);
    if (f == NULL)
        return false;
    f->state = cor_zalloc(m->plan->n_gate * sizeof *f->state);
    f->mask = 255;
    f->table = cor_zalloc((f->mask + (size_t)1) * sizeof *f->table);
    return f->state != NULL && f->table != NULL;
}

static void free_state(gate_state *s)
{
    if (s == NULL)
        return;
    cor_free(s->mark);
    cor_free(s->woken);
    cor_free(s->slot);
    cor_free(s->late);
    cor_free(s);
}

void cor_fast_free(cor_matcher *m)
{
    struct cor_fast *f = m->fast;
    if (f == NULL)
        return;
    for (uint32_t i = 0; f->state != NULL && i < m->plan->n_gate; i++)
        free_state(f->state[i]);
    cor_free(f->state);
    cor_free(f->found);
    cor_free(f->cand);
    cor_free(f->table);
    cor_free(f->col);
    cor_arena_free(&f->mem);
    cor_free(f);
}

/* ---- which gate ---- */

static inline bool same_channel(const channel_memo *c, const cor_val *v)
{
    return c->len == v->len && c->type == v->type && memcmp(c->bytes, v->p, v->len) == 0;
}

/* A log repeats few channels: their bytes as they lie there are remembered. */
static uint32_t channel_of(cor_matcher *m, const cor_val *v)
{
    struct cor_fast *f = m->fast;
    if (COR_UNLIKELY(v->len == 0 || v->len > CHANNEL_BYTES))
        return cor_matcher_channel(m, v);
    if (COR_LIKELY(same_channel(&f->channel[f->last_channel], v)))
        return f->channel[f->last_channel].no;
    uint32_t i = (v->len * 31u + v->p[v->len / 2] * 7u + v->p[v->len / 4] + v->type) % CHANNELS;
    f->last_channel = i;
    channel_memo *c = &f->channel[i];
    if (!same_channel(c, v)) {
        c->no = cor_matcher_channel(m, v);
        c->len = v->len;
        c->type = v->type;
        memcpy(c->bytes, v->p, v->len);
        if (m->scratch.nomem)
            c->len = 0;
    }
    return c->no;
}

bool cor_fast_want(cor_matcher *m, const cor_head *head)
{
    uint32_t no = channel_of(m, &head->channel);
    if (COR_UNLIKELY(m->scratch.nomem))
        return true; /* unknown: cor_matcher_event tries again, and says so */
    const cor_gate *g = cor_channel_gate(&m->plan->channel[no], head->event_id);
    if (COR_UNLIKELY(m->scratch.nomem)) /* its channel is not known: the event says the error, or does better */
        return true;
    return g != NULL && !atomic_load_explicit(&g->dead, memory_order_relaxed);
}

/* ---- state ---- */

static cor_code make_state(struct cor_fast *f, const cor_gate *g, const cor_gate_code *c, cor_err *e)
{
    gate_state *s = cor_zalloc(sizeof *s);
    if (s == NULL)
        return cor_nomem(e, "sigma");
    s->code = c;
    s->mark = cor_zalloc(c->n_bit * sizeof *s->mark);
    s->woken = cor_zalloc(c->n_cand * sizeof *s->woken);
    s->slot = cor_zalloc(c->n_slot * sizeof *s->slot);
    s->late = cor_zalloc(c->n_late * sizeof *s->late);
    uint32_t *found = cor_grow(f->found, &f->cap_found, c->n_bit + (size_t)1, sizeof *found);
    if (found != NULL)
        f->found = found;
    uint32_t *cand = cor_grow(f->cand, &f->cap_cand, c->n_cand + (size_t)1, sizeof *cand);
    if (cand != NULL)
        f->cand = cand;
    if (s->mark == NULL || s->woken == NULL || s->slot == NULL || s->late == NULL || found == NULL || cand == NULL) {
        free_state(s);
        return cor_nomem(e, "sigma");
    }
    f->state[g->no] = s;
    return COR_OK;
}

/* A new event: every stamp of an older one is void. After 2^32 events all stamps are wiped once. */
static void next_event(cor_matcher *m)
{
    struct cor_fast *f = m->fast;
    if (COR_LIKELY(++f->now != 0))
        return;
    for (uint32_t i = 0; i < m->plan->n_gate; i++) {
        free_state(f->state[i]);
        f->state[i] = NULL;
    }
    memset(f->col, 0, f->cap_col * sizeof *f->col);
    f->now = 1;
}

/* ---- layouts ---- */

static void forget_layouts(struct cor_fast *f)
{
    memset(f->table, 0, (f->mask + (size_t)1) * sizeof *f->table);
    f->n_resolved = 0;
    cor_arena_reset(&f->mem);
}

static bool grow_table(struct cor_fast *f)
{
    uint32_t mask = f->mask * 2 + 1;
    resolved_slot *t = cor_zalloc((mask + (size_t)1) * sizeof *t);
    if (t == NULL)
        return false;
    for (uint32_t i = 0; i <= f->mask; i++) {
        if (f->table[i].r == NULL)
            continue;
        uint32_t k = (uint32_t)(f->table[i].key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
        while (t[k].r != NULL)
            k = (k + 1) & mask;
        t[k] = f->table[i];
    }
    cor_free(f->table);
    f->table = t;
    f->mask = mask;
    return true;
}

/* A gate without a sweep has no slots to spare. */
static enum when { EAGER, SWEPT, LAZY } when_of(const cor_gate_code *c, const cor_slot *s)
{
    return c->sweep != NULL && s->swept ? SWEPT : s->lazy ? LAZY : EAGER;
}

static void add_scanned(resolved *r, const cor_gate_code *c, enum when when)
{
    for (uint32_t i = 0; i < c->n_slot; i++)
        if (c->slot[i].scan != NULL && r->cols[i].n != 0 && when_of(c, &c->slot[i]) == when)
            r->scanned[r->n_scanned++] = i;
}

static resolved *resolve_new(cor_matcher *m, const cor_gate_code *c, const cor_layout *l)
{
    cor_arena *mem = &m->fast->mem;
    resolved *r = cor_arena_zero(mem, sizeof *r);
    if (r == NULL || (r->cols = cor_arena_get(mem, c->n_slot * sizeof *r->cols)) == NULL ||
        (r->scanned = cor_arena_get(mem, c->n_slot * sizeof *r->scanned)) == NULL)
        return NULL;
    for (uint32_t i = 0; i < c->n_slot; i++)
        if (!cor_bind_cols(m->plan->set, &c->slot[i].bind, l, mem, &r->cols[i]))
            return NULL;
    add_scanned(r, c, EAGER);
    r->n_eager = r->n_scanned;
    add_scanned(r, c, SWEPT);
    r->n_swept = r->n_scanned;
    add_scanned(r, c, LAZY);
    return r;
}

static const resolved *resolve(cor_matcher *m, const cor_gate *g, const cor_gate_code *c, const cor_event *ev)
{
    struct cor_fast *f = m->fast;
    uint64_t epoch = ev->layouts == NULL ? 0 : cor_layouts_epoch(ev->layouts);
    if (COR_UNLIKELY(f->layouts != ev->layouts || f->epoch != epoch || f->mem.total > RESOLVED_MAX ||
                     ev->layouts == NULL)) {
        forget_layouts(f);
        f->layouts = ev->layouts;
        f->epoch = epoch;
    }
    uint64_t key = (uint64_t)g->no << 32 | ev->layout->no;
    uint32_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & f->mask;
    for (; f->table[i].r != NULL; i = (i + 1) & f->mask)
        if (f->table[i].key == key)
            return f->table[i].r;
    resolved *r = resolve_new(m, c, ev->layout);
    if (r == NULL)
        return NULL;
    f->table[i] = (resolved_slot){key, r};
    if (++f->n_resolved * 4 > f->mask * 3 && !grow_table(f))
        return NULL;
    return r;
}

/* ---- one event ---- */

typedef struct run {
    cor_matcher *m;
    const cor_event *ev;
    const cor_gate_code *code;
    gate_state *state;
    const resolved *where;
    cor_marks marks;
    uint32_t n_cand;
    uint32_t n_spread; /* of marks.hit: their groups and rules are done */
} run;

static void scan_text(run *r, const cor_slot *s, cor_str folded)
{
    if (folded.p == NULL) {
        r->m->scratch.nomem = true;
        return;
    }
    cor_scan_run(s->scan, folded, &r->marks);
    if (s->n_odd != 0 && cor_regex_odd(folded))
        for (uint32_t i = 0; i < s->n_odd; i++)
            cor_mark(&r->marks, r->code->odd[s->odd + i]);
}

static const cor_values *values_of(run *r, uint32_t slot)
{
    slot_now *s = &r->state->slot[slot];
    if (s->stamp == r->marks.now)
        return &s->values;
    if (!cor_bind_values(&r->code->slot[slot].bind, r->where->cols[slot], r->ev, &r->m->scratch.mem, &s->values)) {
        r->m->scratch.nomem = true;
        return NULL;
    }
    s->stamp = r->marks.now;
    return &s->values;
}

/* Values that need more than folding: a conversion, a join, the number of the head. */
static void scan_made(run *r, uint32_t slot)
{
    const cor_values *v = values_of(r, slot);
    for (uint32_t i = 0; v != NULL && i < v->n; i++) {
        v->folded[i] = cor_fold_text(&r->m->scratch.mem, v->text[i]);
        scan_text(r, &r->code->slot[slot], v->folded[i]);
    }
}

static bool is_text(uint8_t type)
{
    return type == COR_V_UTF16 || type == COR_V_UTF8 || type == COR_V_ANSI || type == COR_V_NULL ||
           type == COR_V_BINARY || type == COR_V_BOOL || type == COR_V_F32 || type == COR_V_F64;
}

static cor_str fold_col(run *r, uint32_t col)
{
    struct folded_col *c = &r->m->fast->col[col];
    if (c->stamp != r->marks.now) {
        c->text = cor_fold_val(&r->m->scratch.mem, r->ev->val[col]);
        c->stamp = r->marks.now;
    }
    return c->text;
}

/* Room for the columns of a layout; new ones with a stamp that no event has. */
static bool cols_room(struct cor_fast *f, uint32_t n)
{
    if (COR_LIKELY(n <= f->cap_col))
        return true;
    size_t had = f->cap_col;
    struct folded_col *c = cor_grow(f->col, &f->cap_col, n, sizeof *c);
    if (c == NULL)
        return false;
    f->col = c;
    memset(c + had, 0, (f->cap_col - had) * sizeof *c);
    return true;
}

/* first: bits found before this slot. Bits belong to one slot, so while no more are found none of its literals was. */
static void scan_sys(run *r, const cor_slot *s, uint32_t col, cor_val v, uint32_t first)
{
    clean_text *c = s->bind.name.p == NULL ? &r->state->clean[col & ~COR_COL_SYS] : NULL;
    if (v.type == COR_V_NULL ||
        (c != NULL && v.len != 0 && v.len == c->len && v.type == c->type && memcmp(v.p, c->bytes, v.len) == 0))
        return;
    scan_text(r, s, cor_fold_val(&r->m->scratch.mem, v));
    if (c != NULL && r->marks.n == first && v.len != 0 && v.len <= CLEAN_BYTES && !r->m->scratch.nomem) {
        c->len = (uint16_t)v.len;
        c->type = v.type;
        memcpy(c->bytes, v.p, v.len);
    }
}

/* Which values of a slot. */
typedef enum part { ALL, SYSTEM, DATA } part;

static void scan_slot(run *r, uint32_t slot, part which)
{
    const cor_slot *s = &r->code->slot[slot];
    cor_arena *mem = &r->m->scratch.mem;
    uint32_t first = r->marks.n;
    if (s->bind.map != NULL) {
        scan_made(r, slot);
        return;
    }
    cor_cols cols = r->where->cols[slot];
    bool typed = cor_scan_typed(s->scan);
    for (uint32_t i = 0; i < cols.n; i++) {
        bool sys = cols.col[i] & COR_COL_SYS;
        if (which != ALL && sys != (which == SYSTEM))
            continue;
        cor_val v = sys ? cor_col_val(r->ev, cols.col[i]) : r->ev->val[cols.col[i]];
        if (sys && cols.col[i] == (COR_COL_SYS | COR_SYS_EVENT_ID) &&
            r->ev->head.event_id != 0) /* the number that chose the gate */
            v = (cor_val){(const uint8_t *)&r->ev->head.event_id, 4, COR_V_U32};
        if (!typed && !is_text(v.type & (uint8_t)~COR_V_ARRAY))
            continue; /* a number holds none of the literals */
        if (COR_LIKELY(!(v.type & COR_V_ARRAY))) {
            if (!sys)
                scan_text(r, s, fold_col(r, cols.col[i]));
            else
                scan_sys(r, s, cols.col[i], v, first);
            continue;
        }
        size_t at = 0;
        cor_val item;
        bool any = false;
        for (; cor_val_item(v, &at, &item); any = true)
            scan_text(r, s, cor_fold_val(mem, item));
        if (!any)
            scan_text(r, s, cor_fold_val(mem, (cor_val){0}));
    }
}

/* Whether the System part is one in which the gate's keywords were not found before: mostly it is the last one's. */
static bool system_clean(const gate_state *s, const cor_event *ev)
{
    for (size_t i = 0; i < COR_KEYWORD_SYS; i++) {
        const clean_text *c = &s->clean[cor_keyword_sys[i]];
        cor_val v = cor_col_val(ev, COR_COL_SYS | (uint32_t)cor_keyword_sys[i]);
        if (v.type != COR_V_NULL &&
            (v.len == 0 || v.len != c->len || v.type != c->type || memcmp(v.p, c->bytes, v.len) != 0))
            return false;
    }
    return true;
}

static void scan_slots(run *r, uint32_t from, uint32_t to, part which)
{
    for (uint32_t i = from; i < to; i++)
        if (which != SYSTEM || r->code->slot[r->where->scanned[i]].bind.name.p != NULL ||
            !system_clean(r->state, r->ev))
            scan_slot(r, r->where->scanned[i], which);
}

/* A rule is awake: it may ask for literals that wake none, which the sweep did not look for. */
static void scan_spared(run *r)
{
    for (uint32_t i = r->where->n_eager; i < r->where->n_swept; i++)
        if (!r->code->slot[r->where->scanned[i]].wholly)
            scan_slot(r, r->where->scanned[i], DATA);
}

/* Whether the data values hold nothing that the gate's sweep looks for. Only text in UTF-16 can be swept, where the
 * event says that its values lie side by side; numbers and the like are not looked at, as in scan_slot. */
static bool sweeps_clean(const run *r)
{
    const cor_event *ev = r->ev;
    if (ev->raw.p == NULL)
        return false;
    for (uint32_t i = 0; i < ev->layout->n; i++) {
        cor_val v = ev->val[i];
        uint8_t type = v.type & (uint8_t)~COR_V_ARRAY;
        if (COR_LIKELY(type == COR_V_UTF16)) {
            size_t at = (uintptr_t)v.p - (uintptr_t)ev->raw.p;
            if (at > ev->raw.n || v.len > ev->raw.n - at)
                return false;
        } else if (is_text(type) && type != COR_V_NULL && type != COR_V_BINARY) {
            return false;
        }
    }
    return !cor_sweep_finds(r->code->sweep, (const uint8_t *)ev->raw.p, ev->raw.n);
}

/* Found bits set their groups and wake their rules; groups join the queue. */
static void spread(run *r)
{
    const cor_gate_code *c = r->code;
    uint32_t *woken = r->state->woken, *cand = r->m->fast->cand, now = r->marks.now;
    while (r->n_spread < r->marks.n) {
        uint32_t bit = r->marks.hit[r->n_spread++];
        for (uint32_t k = c->up_at[bit]; k < c->up_at[bit + 1]; k++)
            if (c->up[k] & COR_SILENT)
                r->marks.mark[c->up[k] & ~COR_SILENT] = now;
            else
                cor_mark(&r->marks, c->up[k]);
        for (uint32_t k = c->wake_at[bit]; k < c->wake_at[bit + 1]; k++) {
            uint32_t x = c->wake[k];
            if (woken[x] != now) {
                woken[x] = now;
                cand[r->n_cand++] = x;
            }
        }
    }
}

static bool late(run *r, uint32_t no)
{
    late_now *n = &r->state->late[no];
    if (n->stamp == r->marks.now)
        return n->holds;
    const cor_late *l = &r->code->late[no];
    n->stamp = r->marks.now;
    n->holds = false;
    if (l->need != COR_NONE && r->marks.mark[l->need] != r->marks.now)
        return false;
    const cor_values *v = values_of(r, l->slot), *ref = l->ref == l->slot ? v : values_of(r, l->ref);
    if (v != NULL && ref != NULL)
        n->holds = cor_ready_holds(&l->ready, v, ref, &r->m->scratch, NULL);
    return n->holds;
}

static bool holds(run *r, uint32_t at)
{
    while (at < COR_YES) {
        const cor_branch *b = &r->code->branch[at];
        bool yes = b->what & COR_LATE ? late(r, b->what & ~COR_LATE) : r->marks.mark[b->what] == r->marks.now;
        at = yes ? b->yes : b->no;
    }
    return at == COR_YES;
}

static cor_code judge(run *r, const uint32_t *list, uint32_t n, cor_err *e)
{
    for (uint32_t i = 0; i < n; i++) {
        const cor_cand *c = &r->code->cand[list[i]];
        if (!holds(r, c->start))
            continue;
        cor_code code = cor_matcher_hit(r->m, c->rule, e);
        if (code != COR_OK)
            return code;
    }
    return COR_OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_hits(cor_matcher *m)
{
    if (m->n_hit < 2)
        return;
    qsort(m->hit, m->n_hit, sizeof *m->hit, by_number);
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n_hit; i++)
        if (n == 0 || m->hit[n - 1] != m->hit[i])
            m->hit[n++] = m->hit[i];
    m->n_hit = n;
}

bool cor_fast_spare(cor_matcher *m, const cor_event *ev)
{
    const cor_gate *g = cor_channel_gate(&m->plan->channel[channel_of(m, &ev->head.channel)], ev->head.event_id);
    const gate_state *s = g == NULL ? NULL : m->fast->state[g->no]; /* the first event of a gate is looked at as a whole */
    return s != NULL && !m->scratch.nomem && s->code->spares && (!s->code->keywords || system_clean(s, ev)) &&
           !cor_sweep_finds(s->code->sweep, (const uint8_t *)ev->raw.p, ev->raw.n);
}

cor_code cor_fast_event(cor_matcher *m, const cor_event *ev, cor_err *e)
{
    struct cor_fast *f = m->fast;
    cor_gate *g = cor_channel_gate(&m->plan->channel[channel_of(m, &ev->head.channel)], ev->head.event_id);
    if (g == NULL)
        return COR_OK;
    run r = {.m = m, .ev = ev};
    cor_code c = cor_gate_get(m->plan, g, &r.code, e);
    if (c != COR_OK)
        return c;
    next_event(m);
    if (f->state[g->no] == NULL && (c = make_state(f, g, r.code, e)) != COR_OK)
        return c;
    r.state = f->state[g->no];
    r.where = resolve(m, g, r.code, ev);
    if (r.where == NULL || !cols_room(f, ev->layout->n))
        return cor_nomem(e, "sigma");
    r.marks = (cor_marks){r.state->mark, f->now, f->found, 0};
    scan_slots(&r, 0, r.where->n_eager, ALL);
    bool clean = r.where->n_swept != r.where->n_eager && sweeps_clean(&r);
    scan_slots(&r, r.where->n_eager, r.where->n_swept, clean ? SYSTEM : ALL);
    spread(&r);
    if (r.n_cand == 0 && r.code->n_always == 0)
        return COR_OK;
    if (clean)
        scan_spared(&r);
    scan_slots(&r, r.where->n_swept, r.where->n_scanned, ALL);
    spread(&r);
    c = judge(&r, f->cand, r.n_cand, e);
    if (c == COR_OK)
        c = judge(&r, r.code->always, r.code->n_always, e);
    sort_hits(m);
    return c;
}
