#include "case/finding_row.h"

#include "base/sort.h"

#define ROOM "finding"

const char *const cor_tactic_name[COR_TACTIC_N] = {
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
    "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
    "exfiltration", "impact",
};

/* Older rules write tactics with underscores. */
static bool is_tactic(cor_str tag, const char *name)
{
    size_t n = strlen(name);
    if (tag.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (tag.p[i] != name[i] && !(tag.p[i] == '_' && name[i] == '-'))
            return false;
    return true;
}

uint32_t cor_rule_tactics(const cor_rule *r)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < r->n_tag; i++) {
        cor_str t = r->tag[i];
        if (t.n < 7 || memcmp(t.p, "attack.", 7) != 0)
            continue;
        t = (cor_str){t.p + 7, t.n - 7};
        for (uint32_t k = 0; k < COR_TACTIC_N; k++)
            if (is_tactic(t, cor_tactic_name[k]))
                set |= UINT32_C(1) << k;
    }
    return set;
}

/* ---- identity ---- */

static void digest_u64(cor_digest *d, uint64_t v)
{
    uint8_t b[8];
    for (int i = 0; i < 8; i++, v >>= 8)
        b[i] = (uint8_t)v;
    cor_digest_add(d, b, sizeof b);
}

/* With its length, so that no two lists of texts run into the same bytes. */
static void digest_str(cor_digest *d, cor_str s)
{
    digest_u64(d, s.p == NULL ? UINT64_MAX : s.n);
    cor_digest_add(d, s.p == NULL ? "" : s.p, s.n);
}

static void digest_end(cor_digest *d, uint8_t out[COR_ID_SIZE])
{
    uint8_t full[COR_SHA256_SIZE];
    cor_digest_end(d, full);
    memcpy(out, full, COR_ID_SIZE);
}

cor_str cor_rule_name(const cor_rule *r)
{
    return r->id.n != 0 ? r->id : r->name.n != 0 ? r->name : r->title.p != NULL ? r->title : COR_S("");
}

void cor_hit_id(const cor_hit *h, const cor_rule *r, cor_digest *d, uint8_t id[COR_ID_SIZE])
{
    digest_str(d, cor_rule_name(r));
    cor_digest_add(d, h->ref.key, sizeof h->ref.key);
    digest_end(d, id);
}

void cor_corr_id(const cor_corr_finding *f, const cor_rule *r, cor_digest *d, uint8_t id[COR_ID_SIZE])
{
    digest_str(d, cor_rule_name(r));
    for (uint32_t i = 0; i < r->corr->n_group_by; i++)
        digest_str(d, f->group[i]);
    digest_u64(d, f->n_total);
    for (uint32_t i = 0; i < f->n_event; i++)
        cor_digest_add(d, f->event[i].key, sizeof f->event[i].key);
    digest_end(d, id);
}

/* ---- the event as text ---- */

static cor_str text_of(cor_val v, cor_arena *mem, bool *ok)
{
    cor_str s = v.type == COR_V_NULL ? COR_S("") : cor_val_text(mem, v);
    *ok = *ok && s.p != NULL;
    return s.p == NULL ? COR_S("") : s;
}

/* Shortened at the border of a character. */
static cor_str shorten(cor_str s, cor_arena *mem, bool *ok)
{
    size_t n = COR_FINDING_TEXT_MAX;
    while (n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80)
        n--;
    cor_str out = cor_arena_fmt(mem, "%.*s...", (int)n, s.p);
    *ok = *ok && out.p != NULL;
    return out.p == NULL ? COR_S("") : out;
}

cor_code cor_hit_make(cor_hit *h, const cor_event *ev, uint32_t input, cor_arena *mem, cor_digest *d, cor_err *e)
{
    bool ok = true;
    uint32_t n = ev->layout == NULL ? 0 : ev->layout->n, keep = n < COR_FINDING_FIELDS_MAX ? n : COR_FINDING_FIELDS_MAX;
    cor_named *field = cor_arena_get(mem, keep * sizeof *field);
    if (field == NULL)
        return cor_nomem(e, ROOM);
    *h = (cor_hit){.flags = ev->flags, .cut = keep < n, .field = field, .n_field = keep};
    h->ref = (cor_evref){.time = ev->time, .input = input, .offset = ev->offset, .record_id = ev->record_id,
                         .event_id = ev->head.event_id};
    h->ref.computer = text_of(ev->sys[COR_SYS_COMPUTER], mem, &ok);
    h->ref.channel = text_of(ev->head.channel, mem, &ok);
    h->ref.provider = text_of(ev->head.provider, mem, &ok);
    digest_str(d, h->ref.computer);
    digest_str(d, h->ref.channel);
    digest_u64(d, ev->record_id);
    digest_u64(d, (uint64_t)ev->time);
    for (uint32_t i = 0; i < n; i++) {
        cor_str text = text_of(ev->val[i], mem, &ok);
        digest_str(d, ev->layout->name[i]);
        digest_str(d, text);
        if (i >= keep)
            continue;
        h->cut = h->cut || text.n > COR_FINDING_TEXT_MAX;
        field[i] = (cor_named){ev->layout->name[i], text.n > COR_FINDING_TEXT_MAX ? shorten(text, mem, &ok) : text};
    }
    digest_end(d, h->ref.key); /* even when memory ran out: the digest must be empty for the next */
    return ok ? COR_OK : cor_nomem(e, ROOM);
}

/* ---- rows ---- */

typedef struct place {
    cor_time time;
    cor_str computer, channel, provider;
    uint32_t event_id;
    uint64_t record_id, offset;
    uint32_t input;
} place;

static void pack_head(const place *p, const cor_rule *r, const uint8_t id[COR_ID_SIZE], cor_buf *key, cor_buf *data)
{
    cor_buf_put(key, id, COR_ID_SIZE);
    cor_key_u64(key, p->input);
    cor_key_u64(key, p->offset);

    cor_buf order = {0};
    cor_key_i64(&order, p->time);
    cor_key_str(&order, p->computer);
    cor_key_str(&order, p->channel);
    cor_key_u64(&order, p->record_id);
    cor_key_u64(&order, p->input);
    cor_key_u64(&order, p->offset);
    cor_key_str(&order, cor_rule_name(r));
    cor_key_u64(&order, r->no);
    cor_buf_put(&order, id, COR_ID_SIZE); /* correlations of one rule may share all of the above */
    cor_pack_str(data, cor_buf_view(&order));
    data->bad = data->bad || order.bad;
    cor_buf_free(&order);

    cor_buf_put(data, id, COR_ID_SIZE);
    cor_pack_u64(data, r->no);
    cor_pack_i64(data, p->time);
    cor_pack_str(data, p->computer);
    cor_pack_str(data, p->channel);
    cor_pack_str(data, p->provider);
    cor_pack_u64(data, p->event_id);
    cor_pack_u64(data, p->record_id);
    cor_pack_u64(data, p->input);
    cor_pack_u64(data, p->offset);
}

void cor_hit_pack(const cor_hit *h, const cor_rule *r, const uint8_t id[COR_ID_SIZE], const cor_matched *m, uint32_t n,
                  cor_buf *key, cor_buf *data)
{
    const cor_evref *x = &h->ref;
    place p = {x->time, x->computer, x->channel, x->provider, x->event_id, x->record_id, x->offset, x->input};
    pack_head(&p, r, id, key, data);
    cor_pack_u64(data, h->flags);
    cor_buf_c(data, h->cut);
    cor_pack_u64(data, h->n_field);
    for (uint32_t i = 0; i < h->n_field; i++) {
        cor_pack_str(data, h->field[i].name);
        cor_pack_str(data, h->field[i].text);
    }
    cor_pack_u64(data, n);
    for (uint32_t i = 0; i < n; i++) {
        cor_pack_str(data, m[i].field);
        cor_pack_str(data, m[i].value);
    }
}

static cor_str common(cor_str a, cor_str b)
{
    return cor_str_eq(a, b) ? a : COR_S("");
}

void cor_corr_pack(const cor_corr_finding *f, const cor_rule *r, const uint8_t id[COR_ID_SIZE], cor_buf *key, cor_buf *data)
{
    const cor_evref *x = &f->event[0];
    place p = {f->first, x->computer, x->channel, x->provider, x->event_id, 0, x->offset, x->input};
    for (uint32_t i = 1; i < f->n_event; i++) {
        p.computer = common(p.computer, f->event[i].computer);
        p.channel = common(p.channel, f->event[i].channel);
        p.provider = common(p.provider, f->event[i].provider);
        p.event_id = p.event_id == f->event[i].event_id ? p.event_id : 0;
    }
    pack_head(&p, r, id, key, data);
    cor_pack_u64(data, f->n_total);
    cor_pack_i64(data, f->last);
    cor_pack_f64(data, f->value);
    cor_pack_u64(data, r->corr->n_group_by);
    for (uint32_t i = 0; i < r->corr->n_group_by; i++)
        cor_pack_str(data, f->group[i]);
    cor_pack_u64(data, f->n_event);
    for (uint32_t i = 0; i < f->n_event; i++) {
        const cor_evref *v = &f->event[i];
        cor_pack_u64(data, f->event_rule[i]);
        cor_pack_i64(data, v->time);
        cor_pack_u64(data, v->record_id);
        cor_pack_u64(data, v->input);
        cor_pack_u64(data, v->offset);
        cor_pack_str(data, v->computer);
        cor_pack_str(data, v->channel);
        cor_pack_str(data, v->provider);
        cor_pack_u64(data, v->event_id);
    }
}

static cor_code broken(cor_err *e)
{
    return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a finding read back from temporary data is broken");
}

cor_code cor_finding_split(cor_str data, cor_str *order, cor_str *body, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    *order = cor_unpack_str(&u);
    *body = (cor_str){(const char *)u.p, (size_t)(u.end - u.p)};
    return u.bad || order->p == NULL ? broken(e) : COR_OK;
}

/* ---- reading back ---- */

/* A count of things that take a byte each at least. */
static uint32_t count(cor_unpack *u)
{
    uint64_t n = cor_unpack_u64(u);
    if (n > (uint64_t)(u->end - u->p) || n > UINT32_MAX)
        u->bad = true;
    return u->bad ? 0 : (uint32_t)n;
}

static bool read_hit(cor_unpack *u, cor_arena *mem, cor_finding *f)
{
    f->flags = (uint32_t)cor_unpack_u64(u);
    const uint8_t *cut = cor_unpack_bytes(u, 1);
    f->cut = cut != NULL && *cut != 0;
    f->n_field = count(u);
    cor_named *field = cor_arena_get(mem, f->n_field * sizeof *field);
    for (uint32_t i = 0; field != NULL && i < f->n_field; i++) {
        field[i].name = cor_unpack_str(u);
        field[i].text = cor_unpack_str(u);
    }
    f->field = field;
    f->n_matched = count(u);
    cor_matched *m = cor_arena_get(mem, f->n_matched * sizeof *m);
    for (uint32_t i = 0; m != NULL && i < f->n_matched; i++) {
        m[i].field = cor_unpack_str(u);
        m[i].value = cor_unpack_str(u);
    }
    f->matched = m;
    f->n_total = 1;
    f->last = f->time;
    return field != NULL && m != NULL;
}

static bool read_corr(cor_unpack *u, const cor_ruleset *s, cor_arena *mem, cor_finding *f, const uint32_t **event_input)
{
    f->n_total = cor_unpack_u64(u);
    f->last = cor_unpack_i64(u);
    f->value = cor_unpack_f64(u);
    f->n_group = count(u);
    u->bad = u->bad || f->n_group != f->rule->corr->n_group_by;
    f->n_group = u->bad ? 0 : f->n_group;
    cor_named *group = cor_arena_get(mem, f->n_group * sizeof *group);
    for (uint32_t i = 0; group != NULL && i < f->n_group; i++)
        group[i] = (cor_named){f->rule->corr->group_by[i], cor_unpack_str(u)};
    f->group = group;
    f->n_event = count(u);
    cor_finding_event *ev = cor_arena_zero(mem, f->n_event * sizeof *ev);
    uint32_t *input = cor_arena_get(mem, f->n_event * sizeof *input);
    for (uint32_t i = 0; ev != NULL && input != NULL && i < f->n_event; i++) {
        uint64_t rule = cor_unpack_u64(u);
        u->bad = u->bad || rule >= s->n_rule;
        ev[i].rule = u->bad ? NULL : s->rule[rule];
        ev[i].time = cor_unpack_i64(u);
        ev[i].record_id = cor_unpack_u64(u);
        input[i] = (uint32_t)cor_unpack_u64(u);
        ev[i].offset = cor_unpack_u64(u);
        ev[i].computer = cor_unpack_str(u);
        ev[i].channel = cor_unpack_str(u);
        ev[i].provider = cor_unpack_str(u);
        ev[i].event_id = (uint32_t)cor_unpack_u64(u);
    }
    f->event = ev;
    *event_input = input;
    return group != NULL && ev != NULL && input != NULL;
}

cor_code cor_finding_read(cor_str body, const cor_ruleset *s, cor_arena *mem, cor_finding *f,
                          const uint32_t **event_input, cor_err *e)
{
    cor_unpack u = cor_unpack_of(body);
    *f = (cor_finding){0};
    *event_input = NULL;
    const uint8_t *id = cor_unpack_bytes(&u, COR_ID_SIZE);
    uint64_t rule = cor_unpack_u64(&u);
    if (id == NULL || rule >= s->n_rule)
        return broken(e);
    cor_hex(id, COR_ID_SIZE, f->id);
    f->rule = s->rule[rule];
    f->time = cor_unpack_i64(&u);
    f->computer = cor_unpack_str(&u);
    f->channel = cor_unpack_str(&u);
    f->provider = cor_unpack_str(&u);
    f->event_id = (uint32_t)cor_unpack_u64(&u);
    f->record_id = cor_unpack_u64(&u);
    f->input_no = (uint32_t)cor_unpack_u64(&u);
    f->offset = cor_unpack_u64(&u);
    bool ok = f->rule->kind == COR_RULE_CORRELATION ? read_corr(&u, s, mem, f, event_input) : read_hit(&u, mem, f);
    return !ok ? cor_nomem(e, ROOM) : u.bad ? broken(e) : COR_OK;
}
