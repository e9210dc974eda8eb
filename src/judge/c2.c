/* Command servers that the case itself shows (C2a): whoever speaks to an address to which malware on an infected
 * host speaks.
 *
 * Four times through the connections, which are merged facts and far fewer than events: which programs are everybody's,
 * which addresses convicted ones spoke to, who else knows these, and who is to be told of. */
#include "judge/desk.h"

#include "base/alloc.h"

enum { OTHERS = 2 }; /* hosts that are not infected and may know such an address; more make it everybody's */

typedef struct users {
    uint32_t by, others; /* infected hosts that malware uses it on; hosts that are not infected */
} users;

typedef struct place {
    cor_time first;      /* anybody's first connection */
    users users;
    uint32_t least;      /* least host whose malware speaks to it ... */
    cor_str program;     /* ... and as which program */
} place;

typedef struct c2 {
    cor_desk *d;
    cor_intern *said;    /* facts told of in this and earlier rounds */
    cor_intern program_no, place_no, seen;
    users *program;
    place *place;
    size_t cap_program, cap_place;
    cor_time before;     /* an address that anybody spoke to before the intruder came is none of his */
    bool changed;
} c2;

static bool infected(const c2 *r, uint32_t host)
{
    return r->d->host[host].own == COR_VERDICT_INFECTED;
}

static bool by_malware(const c2 *r, uint32_t host, const cor_fact *f)
{
    return infected(r, host) && cor_desk_convicted(r->d, host, f->object, f->last);
}

/* Counts a host once for each thing: `what` tells things apart. */
static cor_code use(c2 *r, users *u, char what, uint32_t no, uint32_t host, const cor_fact *f, cor_err *e)
{
    bool malware = by_malware(r, host, f);
    size_t n = r->seen.n;
    if (!malware && infected(r, host))
        return COR_OK;
    cor_buf_clear(&r->d->key);
    cor_buf_fmt(&r->d->key, "%c|%u|%u|%d", what, no, host, malware);
    if (!cor_buf_ok(&r->d->key) || cor_intern_add(&r->seen, cor_buf_view(&r->d->key)) == COR_NONE)
        return cor_nomem(e, "judge");
    if (r->seen.n > n)
        *(malware ? &u->by : &u->others) += 1;
    return COR_OK;
}

/* ---- programs: what malware runs as may be what all hosts run ---- */

static cor_code programs(c2 *r, cor_err *e)
{
    for (uint32_t i = 0; i < r->d->image_key.n; i++) {
        cor_str key = r->d->image_key.str[i];
        const char *bar = memchr(key.p, '|', key.n);
        if (bar == NULL || !infected(r, r->d->image[i].host))
            continue;
        size_t known = r->program_no.n;
        uint32_t no = cor_intern_add(&r->program_no, (cor_str){bar + 1, key.n - (size_t)(bar + 1 - key.p)});
        users *p = no == COR_NONE ? NULL : cor_grow(r->program, &r->cap_program, (size_t)no + 1, sizeof(*p));
        if (p == NULL)
            return cor_nomem(e, "judge");
        r->program = p;
        if (no == known)
            r->program[no] = (users){0};
    }
    return COR_OK;
}

static uint32_t program_of(c2 *r, const cor_fact *f)
{
    cor_str name = cor_program_name(r->d, f->object);
    return cor_buf_ok(&r->d->key) ? cor_intern_find(&r->program_no, name) : COR_NONE;
}

static cor_code count_program(c2 *r, uint32_t host, const cor_fact *f, cor_err *e)
{
    uint32_t no = program_of(r, f);
    return no == COR_NONE ? COR_OK : use(r, &r->program[no], 'p', no, host, f, e);
}

/* ---- addresses ---- */

static cor_code collect(c2 *r, uint32_t host, const cor_fact *f, cor_err *e)
{
    uint32_t program = by_malware(r, host, f) ? program_of(r, f) : COR_NONE;
    if (program == COR_NONE || r->program[program].others > r->program[program].by ||
        r->place_no.n >= COR_JUDGE_JOINS_MAX)
        return COR_OK;
    size_t known = r->place_no.n;
    uint32_t no = cor_intern_add(&r->place_no, f->address);
    place *p = no == COR_NONE ? NULL : cor_grow(r->place, &r->cap_place, (size_t)no + 1, sizeof(*p));
    if (p == NULL)
        return cor_nomem(e, "judge");
    r->place = p;
    p = &r->place[no];
    if (no == known)
        *p = (place){.first = COR_NOTIME, .least = COR_NONE, .program = COR_S("")};
    if (host < p->least || (host == p->least && cor_str_cmp(f->object, p->program) < 0)) {
        p->least = host;
        p->program = f->object;
        return cor_keep(&r->d->work, &p->program, e);
    }
    return COR_OK;
}

static cor_code count_place(c2 *r, uint32_t host, const cor_fact *f, cor_err *e)
{
    uint32_t no = cor_intern_find(&r->place_no, f->address);
    if (no == COR_NONE)
        return COR_OK;
    place *p = &r->place[no];
    if (f->first != COR_NOTIME && (p->first == COR_NOTIME || f->first < p->first))
        p->first = f->first;
    return use(r, &p->users, 'a', no, host, f, e);
}

static cor_code say(c2 *r, uint32_t host, const cor_fact *f, cor_err *e)
{
    cor_desk *d = r->d;
    const cor_sign *s = cor_sign_find(COR_S("C2a"));
    uint32_t no = cor_intern_find(&r->place_no, f->address);
    const place *p = no == COR_NONE ? NULL : &r->place[no];
    if (s == NULL || p == NULL || p->least == host || p->first == COR_NOTIME || p->first < r->before ||
        p->users.others > (p->users.by > OTHERS ? p->users.by : OTHERS) || by_malware(r, host, f))
        return COR_OK;
    size_t known = r->said->n;
    if (cor_intern_add(r->said, (cor_str){(const char *)f->key, sizeof(f->key)}) == COR_NONE)
        return cor_nomem(e, "judge");
    if (r->said->n == known)
        return COR_OK;
    r->changed = true;
    cor_arena_reset(&d->scratch);
    cor_basis b = cor_desk_basis(d, f);
    cor_str text = cor_arena_fmt(&d->scratch, "%.*s connected to %.*s port %u, to which malware on %.*s speaks (%.*s)",
                                 COR_STR_FMT(f->object), COR_STR_FMT(f->address), f->port,
                                 COR_STR_FMT(d->host[p->least].name), COR_STR_FMT(p->program));
    cor_obs o = {.host = host, .peer = p->least, .kind = COR_REASON_SIGN, .sign = s, .grade = COR_GRADE_STRONG,
                 .stage = s->stage, .group = COR_S(""), .family = COR_S(""), .what = f->address, .text = text,
                 .last = f->last, .basis = &b, .n_basis = 1};
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    cor_code c = cor_desk_observe(d, &o, e);
    return c == COR_OK ? cor_desk_indicate(d, host, "ip", f->address, COR_S(""), e) : c;
}

/* ---- all of it ---- */

typedef struct pass {
    c2 *r;
    cor_code (*of)(c2 *r, uint32_t host, const cor_fact *f, cor_err *e);
} pass;

static cor_code take(void *to, const cor_fact *f, cor_err *e)
{
    const pass *p = to;
    uint32_t host = cor_desk_host(p->r->d, f->host);
    return host == COR_NONE || !cor_address_public(f->address) ? COR_OK : p->of(p->r, host, f, e);
}

cor_code cor_judge_c2(cor_desk *d, cor_intern *said, bool *changed, cor_err *e)
{
    static cor_code (*const passes[])(c2 *r, uint32_t host, const cor_fact *f, cor_err *e) = {count_program, collect,
                                                                                              count_place, say};
    c2 r = {.d = d, .said = said, .before = COR_NOTIME};
    for (size_t i = 0; i < d->n_host; i++)
        if (d->host[i].own == COR_VERDICT_INFECTED && d->host[i].since != COR_NOTIME &&
            (r.before == COR_NOTIME || d->host[i].since < r.before))
            r.before = d->host[i].since;
    cor_code c = r.before == COR_NOTIME ? COR_OK : programs(&r, e);
    for (size_t i = 0; c == COR_OK && r.program_no.n > 0 && i < COR_LEN(passes); i++) {
        pass p = {&r, passes[i]};
        c = d->source->facts(d->source->ctx, 1u << COR_FACT_CONNECTION, take, &p, e);
    }
    *changed = *changed || r.changed;
    cor_free(r.program);
    cor_free(r.place);
    cor_intern_free(&r.program_no);
    cor_intern_free(&r.place_no);
    cor_intern_free(&r.seen);
    return c;
}
