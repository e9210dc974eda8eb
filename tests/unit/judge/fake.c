#include "tests/unit/judge/fake.h"

#include <stdlib.h>

static cor_str str(fake *f, const char *z)
{
    return cor_arena_str(&f->mem, cor_str_of(z));
}

void fake_begin(fake *f)
{
    *f = (fake){.now = NOW};
}

void fake_end(fake *f)
{
    cor_arena_free(&f->mem);
}

static void alive(fake *f, const char *host, const char *what, uint32_t id)
{
    cor_fact *x = fake_fact(f, COR_FACT_ALIVE, host, id, AT(-30, 0, 0));
    x->last = AT(22, 0, 0);
    x->object = str(f, what);
}

void fake_host(fake *f, const char *name, unsigned without)
{
    assert_true(f->n_host < FAKE_MAX);
    cor_host *h = &f->host[f->n_host++];
    cor_host_log *log = cor_arena_zero(&f->mem, COR_LOG_N * sizeof(*log));
    cor_str *spelled = cor_arena_get(&f->mem, 2 * sizeof(*spelled));
    spelled[0] = cor_arena_fmt(&f->mem, "%s.corp.example", name);
    *h = (cor_host){.name = str(f, name), .spelled = spelled, .n_spelled = 1, .records = 100, .first = AT(-48, 0, 0),
                    .last = AT(22, 0, 0), .log = log};
    for (unsigned i = 0; i < COR_LOG_DNS; i++)
        if ((without >> i & 1) == 0)
            log[h->n_log++] = (cor_host_log){.channel = cor_str_of(cor_log_channel[i]), .records = 10,
                                             .first = AT(-48, 0, 0), .last = AT(22, 0, 0)};
    if ((without & FAKE_NO_PROCESS) == 0)
        alive(f, name, COR_ALIVE_PROCESS, 1);
    if ((without & FAKE_NO_TASK) == 0)
        alive(f, name, COR_ALIVE_TASK, 4698);
    if ((without & FAKE_NO_LOGON) == 0)
        alive(f, name, COR_ALIVE_LOGON, 4624);
    if ((without & FAKE_NO_ANTIVIRUS) == 0)
        alive(f, name, COR_ALIVE_ANTIVIRUS, 1150);
}

static cor_case_finding *finding(fake *f, const char *host, cor_time t)
{
    assert_true(f->n_finding < FAKE_MAX);
    cor_case_finding *c = &f->finding[f->n_finding++];
    *c = (cor_case_finding){.time = t, .last = t, .host = str(f, host), .computer = str(f, host),
                            .channel = COR_S("System"),
                            .provider = COR_S(""), .event_id = 1, .record_id = ++f->record, .level = COR_LEVEL_HIGH,
                            .sign = COR_S(""), .stage = COR_S(""), .grade = COR_S(""), .family = COR_S(""),
                                .group = COR_S("")};
    c->id = cor_arena_fmt(&f->mem, "id%03llu", (unsigned long long)f->record);
    c->field = cor_arena_get(&f->mem, 8 * sizeof(cor_named));
    return c;
}

cor_case_finding *fake_sign(fake *f, const char *host, const char *sign, const char *grade, cor_time t)
{
    const cor_sign *s = cor_sign_find(cor_str_of(sign));
    assert_non_null(s);
    cor_case_finding *c = finding(f, host, t);
    c->builtin = true;
    c->sign = cor_str_of(sign);
    c->grade = cor_str_of(grade);
    c->stage = cor_str_of(cor_stage_name[s->stage]);
    c->group = cor_str_of(s->group);
    return c;
}

void fake_field(fake *f, cor_case_finding *c, const char *name, const char *value)
{
    assert_true(c->n_field < 8);
    ((cor_named *)c->field)[c->n_field++] = (cor_named){str(f, name), str(f, value)};
}

cor_case_finding *fake_rule(fake *f, const char *host, const char *title, cor_level level, const char *tag, cor_time t)
{
    cor_case_finding *c = finding(f, host, t);
    cor_str *tags = cor_arena_get(&f->mem, sizeof(*tags));
    tags[0] = str(f, tag);
    c->rule_title = c->rule_id = str(f, title);
    c->level = level;
    c->tag = tags;
    c->n_tag = 1;
    return c;
}

cor_fact *fake_fact(fake *f, cor_fact_kind kind, const char *host, uint32_t id, cor_time t)
{
    assert_true(f->n_fact < COR_LEN(f->fact));
    const cor_str none = COR_S("");
    cor_fact *x = &f->fact[f->n_fact++];
    *x = (cor_fact){.kind = kind, .first = t, .last = t, .computer = str(f, host), .channel = COR_S("Security"),
                    .host = str(f, host), .event_id = id, .record_id = ++f->record, .account = none, .domain = none,
                    .sid = none, .address = none, .peer = none, .path = COR_S("log.evtx"), .logon_id = none,
                        .object = none, .detail = none,
                    .access = none, .status = none};
    memcpy(x->key, &f->record, sizeof(f->record));
    return x;
}

cor_fact *fake_logon(fake *f, const char *host, const char *account, const char *address, uint32_t type, cor_time t)
{
    cor_fact *x = fake_fact(f, COR_FACT_LOGON, host, 4624, t);
    x->account = str(f, account);
    x->address = str(f, address);
    x->logon_type = type;
    x->logon_id = cor_arena_fmt(&f->mem, "0x%llx", (unsigned long long)(0x10000 + f->record));
    return x;
}

void fake_address(fake *f, const char *host, const char *address)
{
    cor_fact *x = fake_fact(f, COR_FACT_ADDRESS, host, 3, AT(-40, 0, 0));
    x->last = AT(22, 0, 0);
    x->address = str(f, address);
}

/* ---- as a source ---- */

static void mix(void *p, size_t n, size_t each, unsigned *seed)
{
    char t[1024];
    assert_true(each <= sizeof(t));
    for (size_t i = n; i > 1; i--) {
        *seed = *seed * 1103515245u + 12345u;
        size_t k = (*seed >> 8) % i;
        char *a = (char *)p + (i - 1) * each, *b = (char *)p + k * each;
        memcpy(t, a, each);
        memcpy(a, b, each);
        memcpy(b, t, each);
    }
}

#define EACH(name, type, list, count)                                                                           \
    static cor_code name(void *ctx, cor_code (*each)(void *to, const type *x, cor_err *e), void *to, cor_err *e)       \
    {                                                                                                                  \
        const fake *f = ctx;                                                                                           \
        for (size_t i = 0; i < f->count; i++)                                                                          \
            if (each(to, &f->list[i], e) != COR_OK)                                                \
                return e->code;                                                                                        \
        return COR_OK;                                                                                                 \
    }
EACH(hosts, cor_host, host, n_host)
EACH(findings, cor_case_finding, finding, n_finding)

static cor_code said(void *ctx, cor_code (*each)(void *to, const cor_said *s, cor_err *e), void *to, cor_err *e)
{
    const fake *f = ctx;
    for (size_t i = 0; i < f->n_said; i++)
        if (each(to, &f->said[i], e) != COR_OK)
            return e->code;
    return COR_OK;
}

static cor_code facts(void *ctx, uint32_t kinds, cor_code (*each)(void *to, const cor_fact *x, cor_err *e), void *to,
                      cor_err *e)
{
    const fake *f = ctx;
    for (size_t i = 0; i < f->n_fact; i++) {
        const cor_fact *x = &f->fact[i];
        cor_code c = kinds >> x->kind & 1 ? each(to, x, e) : COR_OK;
        if (c != COR_OK)
            return c;
    }
    return COR_OK;
}

static cor_code span(void *ctx, cor_time *first, cor_time *last, cor_err *e)
{
    (void)ctx;
    (void)e;
    *first = AT(-48, 0, 0);
    *last = NOW;
    return COR_OK;
}

cor_code fake_try(fake *f, cor_judgement *j)
{
    const cor_judge_source s = {f, hosts, findings, facts, said, span};
    const cor_judge_options o = {.now = f->now};
    cor_err e;
    return cor_judge_from(&s, &o, j, &e);
}

void fake_judge(fake *f, cor_judgement *j)
{
    const cor_judge_source s = {f, hosts, findings, facts, said, span};
    cor_arena mem = {0};
    cor_context *c = NULL;
    cor_err e;
    if (f->context != NULL && cor_context_read(cor_str_of(f->context), &mem, &c, &e) != COR_OK)
        fail_msg("%s", e.msg);
    if (f->order != 0) {
        mix(f->host, f->n_host, sizeof(f->host[0]), &f->order);
        mix(f->finding, f->n_finding, sizeof(f->finding[0]), &f->order);
        mix(f->fact, f->n_fact, sizeof(f->fact[0]), &f->order);
    }
    const cor_judge_options o = {.now = f->now, .context = c};
    if (cor_judge_from(&s, &o, j, &e) != COR_OK)
        fail_msg("%s", e.msg);
    cor_arena_free(&mem);
}

/* ---- as text ---- */

const cor_host_verdict *fake_find(const cor_judgement *j, const char *host)
{
    for (uint32_t i = 0; i < j->n_host; i++)
        if (cor_str_is(j->host[i].host, host))
            return &j->host[i];
    return NULL;
}

static cor_str done(fake *f, cor_buf *b)
{
    assert_true(cor_buf_ok(b));
    cor_str s = cor_arena_str(&f->mem, cor_buf_view(b));
    cor_buf_free(b);
    return s;
}

static void word(cor_buf *b, const cor_host_verdict *v)
{
    cor_buf_z(b, cor_verdict_name[v->verdict]);
    cor_buf_z(b, v->flags & COR_FLAG_CARRIER ? "+carrier" : "");
    cor_buf_z(b, v->flags & COR_FLAG_IMPLICATED ? "+implicated" : "");
    for (uint32_t i = 0; i < v->n_family; i++)
        cor_buf_fmt(b, " %.*s", COR_STR_FMT(v->family[i]));
}

const char *fake_word(fake *f, const cor_judgement *j, const char *host)
{
    const cor_host_verdict *v = fake_find(j, host);
    cor_buf b = {0};
    if (v == NULL)
        return "not there";
    word(&b, v);
    return done(f, &b).p;
}

static void reasons(cor_buf *b, const cor_host_verdict *v)
{
    for (uint32_t i = 0; i < v->n_reason; i++) {
        const cor_reason *r = &v->reason[i];
        cor_buf_z(b, r->counts ? "counts " : "shows ");
        if (r->kind == COR_REASON_SIGN)
            cor_buf_fmt(b, "%s %s %s", r->sign->id, cor_grade_name[r->grade], cor_stage_name[r->stage]);
        else
            cor_buf_z(b, r->kind == COR_REASON_RULE ? "rule" : r->kind == COR_REASON_CONTACT ? "contact" : "said");
        if (r->peer.n > 0)
            cor_buf_fmt(b, " <- %.*s", COR_STR_FMT(r->peer));
        cor_buf_fmt(b, " x%llu\n", (unsigned long long)r->n);
    }
}

const char *fake_reasons(fake *f, const cor_judgement *j, const char *host)
{
    const cor_host_verdict *v = fake_find(j, host);
    cor_buf b = {0};
    if (v == NULL)
        return "not there";
    reasons(&b, v);
    return done(f, &b).p;
}

cor_str fake_print(fake *f, const cor_judgement *j)
{
    cor_buf b = {0};
    for (uint32_t i = 0; i < j->n_host; i++) {
        const cor_host_verdict *v = &j->host[i];
        cor_buf_fmt(&b, "%.*s ", COR_STR_FMT(v->host));
        word(&b, v);
        cor_buf_fmt(&b, " %lld %lld %s\n", (long long)v->first, (long long)v->last, cor_vector_name[v->vector]);
        reasons(&b, v);
        for (uint32_t k = 0; k < v->n_reason; k++) {
            cor_buf_fmt(&b, " %.*s\n", COR_STR_FMT(v->reason[k].text));
            for (uint32_t n = 0; n < v->reason[k].n_basis; n++)
                cor_buf_fmt(&b, "  %.*s %llu\n", COR_STR_FMT(v->reason[k].basis[n].finding),
                            (unsigned long long)v->reason[k].basis[n].record_id);
        }
        for (unsigned s = 0; s < COR_STAGE_N; s++)
            for (uint32_t k = 0; k < v->stage[s].n; k++)
                cor_buf_fmt(&b, " %s %.*s\n", cor_stage_name[s], COR_STR_FMT(v->stage[s].id[k]));
        for (uint32_t k = 0; k < v->n_coverage; k++)
            cor_buf_fmt(&b, " %s %d %.*s\n", v->coverage[k].row, v->coverage[k].filled,
                        COR_STR_FMT(v->coverage[k].why));
        for (uint32_t k = 0; k < v->n_change; k++)
            cor_buf_fmt(&b, " %.*s\n", COR_STR_FMT(v->change[k]));
        for (uint32_t k = 0; k < v->n_impossible; k++)
            cor_buf_fmt(&b, " %.*s\n", COR_STR_FMT(v->impossible[k]));
        for (uint32_t k = 0; k < v->n_indicator; k++)
            cor_buf_fmt(&b, " %s %.*s %.*s\n", v->indicator[k].type, COR_STR_FMT(v->indicator[k].value),
                        COR_STR_FMT(v->indicator[k].finding));
        cor_buf_fmt(&b, " %.*s\n", COR_STR_FMT(v->next));
    }
    return done(f, &b);
}
