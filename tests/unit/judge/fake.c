#include "tests/unit/judge/fake.h"

#include <stdlib.h>

static cor_str str(fake *of, const char *z)
{
    return cor_arena_str(&of->mem, cor_str_of(z));
}

void fake_begin(fake *of)
{
    *of = (fake){.now = NOW};
}

void fake_end(fake *of)
{
    cor_arena_free(&of->mem);
}

static void alive(fake *of, const char *host, const char *what, uint32_t id)
{
    cor_fact *x = fake_fact(of, COR_FACT_ALIVE, host, id, AT(-30, 0, 0));
    x->last = AT(22, 0, 0);
    x->object = str(of, what);
}

void fake_host(fake *of, const char *name, unsigned without)
{
    assert_true(of->n_host < FAKE_MAX);
    cor_host *h = &of->host[of->n_host++];
    cor_host_log *log = cor_arena_zero(&of->mem, COR_LOG_N * sizeof(*log));
    cor_str *spelled = cor_arena_get(&of->mem, 2 * sizeof(*spelled));
    spelled[0] = cor_arena_fmt(&of->mem, "%s.corp.example", name);
    *h = (cor_host){.name = str(of, name), .spelled = spelled, .n_spelled = 1, .records = 100, .first = AT(-48, 0, 0),
                    .last = AT(22, 0, 0), .log = log};
    for (unsigned i = 0; i < COR_LOG_DNS; i++)
        if ((without >> i & 1) == 0)
            log[h->n_log++] = (cor_host_log){.channel = cor_str_of(cor_log_channel[i]), .records = 10,
                                             .first = AT(-48, 0, 0), .last = AT(22, 0, 0)};
    if ((without & FAKE_NO_PROCESS) == 0)
        alive(of, name, COR_ALIVE_PROCESS, 1);
    if ((without & FAKE_NO_TASK) == 0)
        alive(of, name, COR_ALIVE_TASK, 4698);
    if ((without & FAKE_NO_LOGON) == 0)
        alive(of, name, COR_ALIVE_LOGON, 4624);
    if ((without & FAKE_NO_ANTIVIRUS) == 0)
        alive(of, name, COR_ALIVE_ANTIVIRUS, 1150);
}

static cor_case_finding *finding(fake *of, const char *host, cor_time t)
{
    assert_true(of->n_finding < FAKE_MAX);
    cor_case_finding *c = &of->finding[of->n_finding++];
    *c = (cor_case_finding){.time = t, .last = t, .host = str(of, host), .computer = str(of, host),
                            .channel = COR_S("System"),
                            .provider = COR_S(""), .event_id = 1, .record_id = ++of->record, .level = COR_LEVEL_HIGH,
                            .sign = COR_S(""), .stage = COR_S(""), .grade = COR_S(""), .family = COR_S(""),
                                .group = COR_S("")};
    c->id = cor_arena_fmt(&of->mem, "id%03llu", (unsigned long long)of->record);
    c->field = cor_arena_get(&of->mem, 8 * sizeof(cor_named));
    return c;
}

cor_case_finding *fake_sign(fake *of, const char *host, const char *sign, const char *grade, cor_time t)
{
    const cor_sign *s = cor_sign_find(cor_str_of(sign));
    assert_non_null(s);
    cor_case_finding *c = finding(of, host, t);
    c->builtin = true;
    c->sign = cor_str_of(sign);
    c->grade = cor_str_of(grade);
    c->stage = cor_str_of(cor_stage_name[s->stage]);
    c->group = cor_str_of(s->group);
    return c;
}

void fake_field(fake *of, cor_case_finding *c, const char *name, const char *value)
{
    assert_true(c->n_field < 8);
    ((cor_named *)c->field)[c->n_field++] = (cor_named){str(of, name), str(of, value)};
}

cor_case_finding *fake_rule(fake *of, const char *host, const char *title, cor_level level, const char *tag, cor_time t)
{
    cor_case_finding *c = finding(of, host, t);
    cor_str *tags = cor_arena_get(&of->mem, sizeof(*tags));
    tags[0] = str(of, tag);
    c->rule_title = c->rule_id = str(of, title);
    c->level = level;
    c->tag = tags;
    c->n_tag = 1;
    return c;
}

cor_fact *fake_fact(fake *of, cor_fact_kind kind, const char *host, uint32_t id, cor_time t)
{
    assert_true(of->n_fact < COR_LEN(of->fact));
    const cor_str none = COR_S("");
    cor_fact *x = &of->fact[of->n_fact++];
    *x = (cor_fact){.kind = kind, .first = t, .last = t, .computer = str(of, host), .channel = COR_S("Security"),
                    .host = str(of, host), .event_id = id, .record_id = ++of->record, .account = none, .domain = none,
                    .sid = none, .address = none, .peer = none, .input = 3, .path = none, .logon_id = none,
                        .object = none, .detail = none,
                    .access = none, .status = none};
    memcpy(x->key, &of->record, sizeof(of->record));
    return x;
}

cor_fact *fake_logon(fake *of, const char *host, const char *account, const char *address, uint32_t type, cor_time t)
{
    cor_fact *x = fake_fact(of, COR_FACT_LOGON, host, 4624, t);
    x->account = str(of, account);
    x->address = str(of, address);
    x->logon_type = type;
    x->logon_id = cor_arena_fmt(&of->mem, "0x%llx", (unsigned long long)(0x10000 + of->record));
    return x;
}

void fake_address(fake *of, const char *host, const char *address)
{
    cor_fact *x = fake_fact(of, COR_FACT_ADDRESS, host, 3, AT(-40, 0, 0));
    x->last = AT(22, 0, 0);
    x->address = str(of, address);
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

#define EACH(name, type, list, count) \
    static cor_code name(void *ctx, cor_code (*each)(void *to, const type *x, cor_err *e), void *to, cor_err *e) \
    { \
        const fake *of = ctx; \
        for (size_t i = 0; i < of->count; i++) \
            if (each(to, &of->list[i], e) != COR_OK) \
                return e->code; \
        return COR_OK; \
    }
EACH(hosts, cor_host, host, n_host)
EACH(findings, cor_case_finding, finding, n_finding)

static cor_code said(void *ctx, cor_code (*each)(void *to, const cor_said *s, cor_err *e), void *to, cor_err *e)
{
    const fake *of = ctx;
    for (size_t i = 0; i < of->n_said; i++)
        if (each(to, &of->said[i], e) != COR_OK)
            return e->code;
    return COR_OK;
}

static cor_code facts(void *ctx, uint32_t kinds, cor_code (*each)(void *to, const cor_fact *x, cor_err *e), void *to,
                      cor_err *e)
{
    const fake *of = ctx;
    for (size_t i = 0; i < of->n_fact; i++) {
        const cor_fact *x = &of->fact[i];
        cor_code c = kinds >> x->kind & 1 ? each(to, x, e) : COR_OK;
        if (c != COR_OK)
            return c;
    }
    return COR_OK;
}

static cor_code paths(void *ctx, cor_code (*each)(void *to, uint32_t input, cor_str path, cor_err *e), void *to,
                      cor_err *e)
{
    (void)ctx;
    return each(to, 3, COR_S("log.evtx"), e);
}

static cor_code span(void *ctx, cor_time *first, cor_time *last, cor_err *e)
{
    (void)ctx;
    (void)e;
    *first = AT(-48, 0, 0);
    *last = NOW;
    return COR_OK;
}

cor_code fake_try(fake *of, cor_judgement *judged)
{
    const cor_judge_source s = {of, hosts, findings, facts, paths, said, span};
    const cor_judge_options o = {.now = of->now};
    cor_err e;
    return cor_judge_from(&s, &o, judged, &e);
}

void fake_judge(fake *of, cor_judgement *judged)
{
    const cor_judge_source s = {of, hosts, findings, facts, paths, said, span};
    cor_arena mem = {0};
    cor_context *c = NULL;
    cor_err e;
    if (of->context != NULL && cor_context_read(cor_str_of(of->context), &mem, &c, &e) != COR_OK)
        fail_msg("%s", e.msg);
    if (of->order != 0) {
        mix(of->host, of->n_host, sizeof(of->host[0]), &of->order);
        mix(of->finding, of->n_finding, sizeof(of->finding[0]), &of->order);
        mix(of->fact, of->n_fact, sizeof(of->fact[0]), &of->order);
    }
    const cor_judge_options o = {.now = of->now, .context = c};
    if (cor_judge_from(&s, &o, judged, &e) != COR_OK)
        fail_msg("%s", e.msg);
    cor_arena_free(&mem);
}

/* ---- as text ---- */

const cor_host_verdict *fake_find(const cor_judgement *judged, const char *host)
{
    for (uint32_t i = 0; i < judged->n_host; i++)
        if (cor_str_is(judged->host[i].host, host))
            return &judged->host[i];
    return NULL;
}

static cor_str done(fake *of, cor_buf *b)
{
    assert_true(cor_buf_ok(b));
    cor_str s = cor_arena_str(&of->mem, cor_buf_view(b));
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

const char *fake_word(fake *of, const cor_judgement *judged, const char *host)
{
    const cor_host_verdict *v = fake_find(judged, host);
    cor_buf b = {0};
    if (v == NULL)
        return "not there";
    word(&b, v);
    return done(of, &b).p;
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

const char *fake_reasons(fake *of, const cor_judgement *judged, const char *host)
{
    const cor_host_verdict *v = fake_find(judged, host);
    cor_buf b = {0};
    if (v == NULL)
        return "not there";
    reasons(&b, v);
    return done(of, &b).p;
}

cor_str fake_print(fake *of, const cor_judgement *judged)
{
    cor_buf b = {0};
    for (uint32_t i = 0; i < judged->n_host; i++) {
        const cor_host_verdict *v = &judged->host[i];
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
    return done(of, &b);
}

/* ---- what tests share ---- */

fake f;
cor_judgement j;

int fake_setup(void **state)
{
    (void)state;
    fake_begin(&f);
    return 0;
}

int fake_teardown(void **state)
{
    (void)state;
    cor_judgement_free(&j);
    fake_end(&f);
    return 0;
}

void says(const char *host, const char *want)
{
    const char *got = fake_word(&f, &j, host);
    if (strcmp(got, want) != 0)
        fail_msg("%s is %s, not %s\n%s", host, got, want, fake_reasons(&f, &j, host));
}

void because(const char *host, const char *want)
{
    const char *got = fake_reasons(&f, &j, host);
    if (strcmp(got, want) != 0)
        fail_msg("reasons of %s:\n%s-- not:\n%s", host, got, want);
}

cor_case_finding *fake_lockouts(const char *caller)
{
    cor_case_finding *c = fake_sign(&f, "DC01", "LAT4", "strong", AT(10, 0, 0));
    cor_named *g = cor_arena_get(&f.mem, sizeof(*g));
    *g = (cor_named){COR_S("TargetDomainName"), cor_str_of(caller)};
    c->corr_group = g;
    c->n_corr_group = 1;
    return c;
}
