/* Signs that are computed from values: names that Qakbot generates (C2c), names of its configuration (INS1), Run
 * values that come at shutdown and go at logon (PER4). */
#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "judge/dga.h"
#include "judge/regproof.h"

#define COR_JUDGE_KEYS_MAX 65536u       /* registry keys whose value names are held together */
#define COR_JUDGE_KEY_NAMES_MAX 1024u   /* names of one of them: Qakbot has some tens */
#define COR_JUDGE_RUN_VALUES_MAX 65536u /* Run values written near a shutdown, and Run values deleted */
#define SHUTDOWN_NEAR (60 * COR_SECOND)
#define LOGON_WITHIN (INT64_C(14) * 24 * 3600 * COR_SECOND) /* holidays */

typedef struct name_link {
    struct name_link *next;
    cor_str name;
} name_link;

typedef struct reg_key {
    uint32_t host, n;
    cor_str path;
    name_link *names;
    cor_basis basis;
    cor_time last;
} reg_key;

typedef struct run_value {
    uint32_t host;
    bool gone;
    cor_str path, detail;
    cor_basis basis;
} run_value;

typedef struct values {
    cor_desk *d;
    cor_dga *dga;
    cor_intern key_no;
    reg_key *key;
    size_t cap_key;
    run_value *run;
    size_t n_run, cap_run;
} values;

static cor_code take_name(values *v, uint32_t host, const cor_fact *f, cor_err *e)
{
    cor_desk *d = v->d;
    cor_dga_hit hit;
    const cor_sign *s = cor_sign_find(COR_S("C2c"));
    uint32_t witness = COR_NONE;
    if (s == NULL || cor_dga_find(v->dga, f->object, f->first, &hit, e) != COR_OK)
        return s == NULL ? COR_OK : e->code;
    if (!hit.found && f->last != f->first && cor_dga_find(v->dga, f->object, f->last, &hit, e) != COR_OK)
        return e->code;
    if (!hit.found)
        return COR_OK;
    if (f->address.n > 0) { /* a resolver says for whom it asked; it is no infected host itself */
        witness = host;
        if (cor_addresses_find(d, f->address, f->first, &host) != COR_WHOSE_HOST)
            return cor_desk_indicate(d, witness, "ip", f->address, COR_S(""), e);
    }
    cor_basis b = cor_desk_basis(d, f);
    cor_str text = cor_arena_fmt(&d->scratch, "Looked up %.*s, a name that Qakbot generates for period %u of %d-%02u",
                                 COR_STR_FMT(f->object), hit.period, (int)hit.year, hit.month);
    cor_obs o = {.host = host, .peer = witness == host ? COR_NONE : witness, .kind = COR_REASON_SIGN, .sign = s,
                 .grade = COR_GRADE_CONCLUSIVE, .stage = s->stage, .group = COR_S(""), .family = COR_S("Qakbot"),
                 .text = text, .last = f->last, .basis = &b, .n_basis = 1};
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    cor_code c = cor_desk_observe(d, &o, e);
    return c == COR_OK ? cor_desk_indicate(d, host, "domain", f->object, COR_S(""), e) : c;
}

static bool all_hex(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'f')))
            return false;
    return s.n >= 1 && s.n <= 8;
}

static cor_code take_hex(values *v, uint32_t host, const cor_fact *f, cor_str path, cor_str name, cor_err *e)
{
    cor_desk *d = v->d;
    cor_buf_clear(&d->key);
    cor_buf_fmt(&d->key, "%u|", host);
    cor_buf_str(&d->key, path);
    size_t known = v->key_no.n;
    uint32_t no = cor_buf_ok(&d->key) ? cor_intern_find(&v->key_no, cor_buf_view(&d->key)) : COR_NONE;
    if (no == COR_NONE) {
        if (known >= COR_JUDGE_KEYS_MAX) {
            d->left_out[COR_LEFT_REGISTRY]++;
            return COR_OK;
        }
        no = cor_buf_ok(&d->key) ? cor_intern_add(&v->key_no, cor_buf_view(&d->key)) : COR_NONE;
        reg_key *k = no == COR_NONE ? NULL : cor_grow(v->key, &v->cap_key, (size_t)no + 1, sizeof(*k));
        if (k == NULL)
            return cor_nomem(e, "judge");
        v->key = k;
        v->key[no] = (reg_key){.host = host, .path = path, .basis = {.time = COR_NOTIME}};
        if (cor_keep(&d->work, &v->key[no].path, e) != COR_OK)
            return e->code;
    }
    reg_key *k = &v->key[no];
    cor_basis b = cor_desk_basis(d, f);
    if (k->n == 0 || cor_basis_cmp(&b, &k->basis) < 0) {
        k->basis = b;
        if (cor_desk_basis_keep(&d->work, &k->basis, e) != COR_OK)
            return e->code;
    }
    k->last = k->n == 0 || f->last > k->last ? f->last : k->last;
    if (k->n >= COR_JUDGE_KEY_NAMES_MAX) {
        d->left_out[COR_LEFT_REGISTRY]++;
        return COR_OK;
    }
    for (const name_link *l = k->names; l != NULL; l = l->next)
        if (cor_str_ieq(l->name, name))
            return COR_OK;
    name_link *l = cor_arena_get(&d->work, sizeof(*l));
    if (l == NULL)
        return cor_nomem(e, "judge");
    *l = (name_link){k->names, name};
    k->names = l;
    k->n++;
    return cor_keep(&d->work, &l->name, e);
}

static bool near_shutdown(const cor_jhost *h, cor_time t)
{
    for (size_t i = 0; i < h->n_mark; i++) {
        const cor_mark *m = &h->mark[i];
        if ((m->kind == COR_MARK_SHUTDOWN || m->no == 6006) && t >= m->time - SHUTDOWN_NEAR &&
            t <= m->time + SHUTDOWN_NEAR)
            return true;
    }
    return false;
}

static cor_code take_run(values *v, uint32_t host, const cor_fact *f, cor_err *e)
{
    cor_desk *d = v->d;
    bool gone = cor_str_ieq(f->access, COR_S("DeleteValue")) || cor_str_is(f->access, "%%1906");
    if (f->first == COR_NOTIME || (!gone && !near_shutdown(&d->host[host], f->first)))
        return COR_OK;
    if (v->n_run >= COR_JUDGE_RUN_VALUES_MAX) {
        d->left_out[COR_LEFT_REGISTRY]++;
        return COR_OK;
    }
    run_value *r = cor_grow(v->run, &v->cap_run, v->n_run + 1, sizeof(*r));
    if (r == NULL)
        return cor_nomem(e, "judge");
    v->run = r;
    r = &v->run[v->n_run];
    *r = (run_value){host, gone, f->object, f->detail, cor_desk_basis(d, f)};
    if (cor_keep(&d->work, &r->path, e) != COR_OK || cor_keep(&d->work, &r->detail, e) != COR_OK ||
        cor_desk_basis_keep(&d->work, &r->basis, e) != COR_OK)
        return e->code;
    v->n_run++;
    return COR_OK;
}

static cor_code take_value(void *to, const cor_fact *f, cor_err *e)
{
    values *v = to;
    uint32_t host = cor_desk_host(v->d, f->host);
    if (host == COR_NONE)
        return COR_OK;
    cor_arena_reset(&v->d->scratch);
    if (f->kind == COR_FACT_NAME)
        return take_name(v, host, f, e);
    size_t cut = f->object.n;
    while (cut > 0 && f->object.p[cut - 1] != '\\')
        cut--;
    if (cut == 0)
        return COR_OK;
    cor_str path = {f->object.p, cut - 1}, name = {f->object.p + cut, f->object.n - cut};
    if (cor_str_ends(path, "\\CurrentVersion\\Run"))
        return take_run(v, host, f, e);
    return all_hex(name) ? take_hex(v, host, f, path, name, e) : COR_OK;
}

static cor_code say_keys(values *v, cor_err *e)
{
    cor_desk *d = v->d;
    const cor_sign *s = cor_sign_find(COR_S("INS1"));
    for (size_t i = 0; s != NULL && i < v->key_no.n; i++) {
        reg_key *k = &v->key[i];
        cor_regproof p;
        cor_arena_reset(&d->scratch);
        cor_str *name = cor_arena_get(&d->scratch, (k->n + 1) * sizeof(*name));
        size_t n = 0;
        if (name == NULL)
            return cor_nomem(e, "judge");
        for (const name_link *l = k->names; l != NULL; l = l->next)
            name[n++] = l->name;
        if (cor_regproof_of(name, n, &p, e) != COR_OK)
            return e->code;
        if (!p.proved)
            continue;
        cor_str text = cor_arena_fmt(&d->scratch,
                                     "The names of %u values of %.*s are those of Qakbot's configuration on this host, "
                                     "by computation", p.agree, COR_STR_FMT(k->path));
        cor_obs o = {.host = k->host, .peer = COR_NONE, .kind = COR_REASON_SIGN, .sign = s,
                     .grade = COR_GRADE_CONCLUSIVE,
                     .stage = s->stage, .group = COR_S(""), .family = COR_S("Qakbot"), .what = k->path, .text = text,
                     .last = k->last, .basis = &k->basis, .n_basis = 1};
        if (text.p == NULL)
            return cor_nomem(e, "judge");
        if (cor_desk_observe(d, &o, e) != COR_OK ||
            cor_desk_indicate(d, k->host, "registry", k->path, COR_S(""), e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

static int run_cmp(const void *a, const void *b)
{
    const run_value *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    int c = cor_str_cmp(x->path, y->path);
    return c != 0 ? c : cor_basis_cmp(&x->basis, &y->basis);
}

/* By host, path and time: what follows a writing is its deletion, or it is none. */
static cor_code say_run(values *v, cor_err *e)
{
    cor_desk *d = v->d;
    const cor_sign *s = cor_sign_find(COR_S("PER4"));
    if (v->n_run > 1)
        qsort(v->run, v->n_run, sizeof(*v->run), run_cmp);
    for (size_t i = 0; s != NULL && i + 1 < v->n_run; i++) {
        const run_value *set = &v->run[i], *del = &v->run[i + 1];
        if (set->gone || !del->gone || set->host != del->host || !cor_str_eq(set->path, del->path) ||
            del->basis.time - set->basis.time > LOGON_WITHIN)
            continue;
        cor_arena_reset(&d->scratch);
        cor_basis b[2] = {set->basis, del->basis};
        cor_str text = cor_arena_fmt(&d->scratch,
                                     "Run value %.*s was written as the host went down and deleted after the "
                                                  "next start: %.*s", COR_STR_FMT(set->path), COR_STR_FMT(set->detail));
        cor_obs o = {.host = set->host, .peer = COR_NONE, .kind = COR_REASON_SIGN, .sign = s, .grade = COR_GRADE_STRONG,
                     .stage = s->stage, .group = COR_S(""), .family = cor_str_of(s->family), .text = text,
                     .last = del->basis.time, .basis = b, .n_basis = 2};
        if (text.p == NULL)
            return cor_nomem(e, "judge");
        if (cor_desk_observe(d, &o, e) != COR_OK ||
            cor_desk_indicate(d, set->host, "registry", set->path, COR_S(""), e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

cor_code cor_judge_values(cor_desk *d, cor_err *e)
{
    values v = {.d = d, .dga = cor_dga_new()};
    cor_code c = v.dga == NULL ? cor_nomem(e, "judge") : COR_OK;
    if (c == COR_OK)
        c = d->source->facts(d->source->ctx, 1u << COR_FACT_NAME | 1u << COR_FACT_REGISTRY, take_value, &v, e);
    if (c == COR_OK)
        c = say_keys(&v, e);
    if (c == COR_OK)
        c = say_run(&v, e);
    cor_dga_free(v.dga);
    cor_intern_free(&v.key_no);
    cor_free(v.key);
    cor_free(v.run);
    return c;
}
