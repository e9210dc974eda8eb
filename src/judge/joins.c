/* What one event says gets its meaning from another: signs of life and addresses, services with the logon they were
 * made by, files with the service that ran them. */
#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"

#define MINUTE (60 * COR_SECOND)
enum { JOIN_SECONDS = 60 };  /* a logon this long before a service may have made it */
enum { TWIN_SECONDS = 10 };  /* 7045 and 4697 of one service */
enum { TWINS_SEEN = 64 };    /* services looked through for a twin: nobody makes more in these seconds */

/* ---- first pass: small facts ---- */

static const struct { const char *word; cor_alive_no no; } alive_word[] = {
    {COR_ALIVE_PROCESS, COR_LIVE_PROCESS}, {COR_ALIVE_PROCESS_BARE, COR_LIVE_PROCESS_BARE},
    {COR_ALIVE_TASK, COR_LIVE_TASK},
    {COR_ALIVE_SERVICE, COR_LIVE_SERVICE}, {COR_ALIVE_LOGON, COR_LIVE_LOGON},
    {COR_ALIVE_LOGON_FAILED, COR_LIVE_LOGON_FAILED}, {COR_ALIVE_SHARE, COR_LIVE_SHARE},
    {COR_ALIVE_ANTIVIRUS, COR_LIVE_ANTIVIRUS}, {COR_ALIVE_NETWORK, COR_LIVE_NETWORK},
    {COR_ALIVE_REGISTRY, COR_LIVE_REGISTRY},
};

static void *more(void **p, size_t *cap, size_t n, size_t each)
{
    if (n < *cap)
        return *p;
    void *q = cor_grow(*p, cap, n + 1, each);
    if (q != NULL)
        *p = q;
    return q;
}

static cor_code take_mark(cor_desk *d, uint32_t host, const cor_fact *f, cor_err *e)
{
    cor_jhost *h = &d->host[host];
    cor_time before, after;
    cor_mark m = {.time = f->first, .no = f->event_id, .channel = f->object};
    switch (f->event_id) {
    case 104: case 1102: m.kind = COR_MARK_CLEARED; break;
    case 1100: case 6006: m.kind = COR_MARK_STOP; break;
    case 6005: m.kind = COR_MARK_START; break;
    case 1074: m.kind = COR_MARK_SHUTDOWN; break;
    case 6008: case 41: m.kind = COR_MARK_CRASH; break;
    case 4616:
        m.kind = COR_MARK_CLOCK;
        if (cor_time_parse(f->detail, &before, NULL) && cor_time_parse(f->access, &after, NULL))
            m.step = after > before ? after - before : before - after;
        break;
    default: return COR_OK;
    }
    m.system = cor_str_is(f->sid, "S-1-5-18");
    if (h->n_mark >= COR_JUDGE_MARKS_MAX) {
        d->left_out[COR_LEFT_MARKS]++;
        h->marks_cut = true;
        return COR_OK;
    }
    if (more((void **)&h->mark, &h->cap_mark, h->n_mark, sizeof(*h->mark)) == NULL)
        return cor_nomem(e, "judge");
    m.basis = cor_desk_basis(d, f);
    if (cor_keep(&d->work, &m.channel, e) != COR_OK || cor_desk_basis_keep(&d->work, &m.basis, e) != COR_OK)
        return e->code;
    h->mark[h->n_mark++] = m;
    return COR_OK;
}

static cor_code take_service(cor_desk *d, uint32_t host, const cor_fact *f, cor_err *e)
{
    if (f->first == COR_NOTIME)
        return COR_OK;
    if (d->n_service >= COR_JUDGE_SERVICES_MAX) {
        d->left_out[COR_LEFT_SERVICES]++;
        return COR_OK;
    }
    if (more((void **)&d->service, &d->cap_service, d->n_service, sizeof(*d->service)) == NULL)
        return cor_nomem(e, "judge");
    cor_service *s = &d->service[d->n_service];
    *s = (cor_service){host, f->first, f->object, f->logon_id, cor_desk_basis(d, f)};
    if (cor_keep(&d->work, &s->name, e) != COR_OK || cor_keep(&d->work, &s->logon_id, e) != COR_OK ||
        cor_desk_basis_keep(&d->work, &s->basis, e) != COR_OK)
        return e->code;
    d->n_service++;
    return COR_OK;
}

static bool of_machine(cor_str account)
{
    return account.n > 1 && account.p[account.n - 1] == '$';
}

/* Its own word, or its machine account's, seen by another: then there is such a computer, whoever has its logs. */
static cor_code take_address(cor_desk *d, uint32_t writer, const cor_fact *f, cor_err *e)
{
    uint32_t host = writer;
    if (f->peer.n > 0) {
        if (cor_desk_meet(d, f->peer, &host, e) != COR_OK)
            return e->code;
        if (host == COR_NONE)
            return COR_OK;
    }
    return cor_addresses_claim(d, f->address, host, f->first, f->last, e);
}

static cor_code take_small(void *to, const cor_fact *f, cor_err *e)
{
    cor_desk *d = to;
    uint32_t host = cor_desk_host(d, f->host);
    if (host == COR_NONE)
        return COR_OK;
    switch (f->kind) {
    case COR_FACT_ADDRESS: return take_address(d, host, f, e);
    case COR_FACT_LOG: return take_mark(d, host, f, e);
    case COR_FACT_SERVICE: return take_service(d, host, f, e);
    case COR_FACT_ALIVE:
        for (size_t i = 0; i < COR_LEN(alive_word); i++)
            if (cor_str_is(f->object, alive_word[i].word))
                cor_span_see(&d->host[host].alive[alive_word[i].no], f->first, f->last);
        return COR_OK;
    default: return COR_OK;
    }
}

static int service_cmp(const void *a, const void *b)
{
    const cor_service *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return cor_basis_cmp(&x->basis, &y->basis);
}

static int mark_cmp(const void *a, const void *b)
{
    const cor_mark *x = a, *y = b;
    return x->time != y->time ? (x->time < y->time ? -1 : 1) : cor_basis_cmp(&x->basis, &y->basis);
}

static cor_code take_dc(void *to, const cor_fact *f, cor_err *e)
{
    (void)e;
    (void)f;
    ((cor_desk *)to)->dc = true;
    return COR_ESTOP; /* one is enough */
}

cor_code cor_judge_facts(cor_desk *d, cor_err *e)
{
    cor_code c = d->source->facts(d->source->ctx, 1u << COR_FACT_TICKET | 1u << COR_FACT_LOCKOUT, take_dc, d, e);
    if (c != COR_OK && !d->dc)
        return c;
    uint32_t kinds = 1u << COR_FACT_ADDRESS | 1u << COR_FACT_LOG | 1u << COR_FACT_SERVICE | 1u << COR_FACT_ALIVE;
    if (d->source->facts(d->source->ctx, kinds, take_small, d, e) != COR_OK)
        return e->code;
    cor_addresses_seal(d);
    if (d->n_service > 1)
        qsort(d->service, d->n_service, sizeof(*d->service), service_cmp);
    for (size_t i = 0; i < d->n_host; i++)
        if (d->host[i].n_mark > 1)
            qsort(d->host[i].mark, d->host[i].n_mark, sizeof(*d->host[i].mark), mark_cmp);
    return COR_OK;
}

/* ---- second pass: sessions ---- */

static int join_cmp(const void *a, const void *b)
{
    const cor_join *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    int c = cor_str_cmp(x->service, y->service);
    return c != 0 ? c : cor_basis_cmp(&x->basis, &y->basis);
}

/* LogonIds of the system itself and its services. */
static bool local_session(cor_str id)
{
    return cor_str_ieq(id, COR_S("0x3e7")) || cor_str_ieq(id, COR_S("0x3e4")) || cor_str_ieq(id, COR_S("0x3e5"));
}

/* First service of `host` at `t` or later. */
static size_t service_from(const cor_desk *d, uint32_t host, cor_time t)
{
    size_t lo = 0, hi = d->n_service;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const cor_service *s = &d->service[mid];
        if (s->host < host || (s->host == host && s->time < t))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static size_t join_from(const cor_desk *d, uint32_t host, cor_time t)
{
    size_t lo = 0, hi = d->n_join;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const cor_join *j = &d->join[mid];
        if (j->host < host || (j->host == host && j->time < t))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static cor_str session_key(cor_desk *d, uint32_t host, cor_str id)
{
    cor_buf_clear(&d->key);
    cor_buf_fmt(&d->key, "%u|", host);
    for (size_t i = 0; i < id.n; i++)
        cor_buf_c(&d->key, id.p[i] >= 'A' && id.p[i] <= 'F' ? (char)(id.p[i] - 'A' + 'a') : id.p[i]);
    return cor_buf_view(&d->key);
}

static cor_code ask_session(cor_desk *d, uint32_t no, cor_err *e)
{
    cor_join *j = &d->join[no];
    cor_str key = session_key(d, j->host, j->logon_id);
    size_t known = d->session.n;
    uint32_t s = cor_buf_ok(&d->key) ? cor_intern_add(&d->session, key) : COR_NONE;
    if (s == COR_NONE ||
        more((void **)&d->session_join, &d->cap_session, d->session.n, sizeof(*d->session_join)) == NULL)
        return cor_nomem(e, "judge");
    j->next = s == known ? COR_NONE : d->session_join[s];
    d->session_join[s] = no;
    return COR_OK;
}

/* The 4697 of a 7045 knows the session. Twins of one service are marked, so that it counts once. */
static cor_code seal_joins(cor_desk *d, cor_err *e)
{
    if (d->n_join > 1)
        qsort(d->join, d->n_join, sizeof(*d->join), join_cmp);
    for (uint32_t i = 0; i < d->n_join; i++) {
        cor_join *j = &d->join[i];
        cor_time from = j->time - TWIN_SECONDS * COR_SECOND, to = j->time + TWIN_SECONDS * COR_SECOND;
        size_t s = service_from(d, j->host, from);
        for (size_t k = s; j->logon_id.n == 0 && j->service.n > 0 && k < d->n_service && k < s + TWINS_SEEN &&
                           d->service[k].host == j->host && d->service[k].time <= to;
             k++)
            if (d->service[k].logon_id.n > 0 && cor_str_ieq(d->service[k].name, j->service))
                j->logon_id = d->service[k].logon_id;
        j->local = local_session(j->logon_id);
        for (size_t k = i; k-- > 0 && i - k <= TWINS_SEEN && d->join[k].host == j->host && d->join[k].time >= from;)
            if (j->service.n > 0 && d->join[k].sign == j->sign && cor_str_ieq(d->join[k].service, j->service))
                j->twin = true;
        j->next = COR_NONE;
        if (j->logon_id.n > 0 && !j->local && ask_session(d, i, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

static cor_code candidate(cor_desk *d, cor_candidate *c, const cor_fact *f, cor_err *e)
{
    cor_basis b = cor_desk_basis(d, f);
    if (c->time != COR_NOTIME && (f->first < c->time || (f->first == c->time && cor_basis_cmp(&b, &c->basis) <= 0)))
        return COR_OK; /* the last before it */
    *c = (cor_candidate){f->first, f->address, f->peer, f->account, f->logon_type, b};
    return cor_keep(&d->work, &c->address, e) == COR_OK && cor_keep(&d->work, &c->workstation, e) == COR_OK &&
                   cor_keep(&d->work, &c->account, e) == COR_OK
               ? cor_desk_basis_keep(&d->work, &c->basis, e)
               : e->code;
}

/* A session that a join asks for by its id may be hours old; without an id the last one before the service is the
 * likeliest. */
static cor_code take_logon(cor_desk *d, uint32_t host, const cor_fact *f, cor_err *e)
{
    cor_str key = f->logon_id.n == 0 ? COR_S("") : session_key(d, host, f->logon_id);
    uint32_t s = key.n == 0 ? COR_NONE : cor_intern_find(&d->session, key);
    for (uint32_t i = s == COR_NONE ? COR_NONE : d->session_join[s]; i != COR_NONE; i = d->join[i].next)
        if (f->first <= d->join[i].time && candidate(d, &d->join[i].exact, f, e) != COR_OK)
            return e->code;
    if ((f->logon_type != 3 && f->logon_type != 10) || !f->elevated || of_machine(f->account))
        return COR_OK;
    for (size_t i = join_from(d, host, f->first);
         i < d->n_join && d->join[i].host == host && d->join[i].time <= f->first + JOIN_SECONDS * COR_SECOND; i++)
        if (d->join[i].logon_id.n == 0 && d->join[i].service.n > 0 && candidate(d, &d->join[i].near, f, e) != COR_OK)
            return e->code;
    return COR_OK;
}

/* Bits of an access mask that change a file: write, append, delete. */
static bool writes(cor_str access)
{
    unsigned long m = 0;
    char z[20];
    if (access.n < 3 || access.n >= sizeof(z) || access.p[0] != '0' || (access.p[1] != 'x' && access.p[1] != 'X'))
        return false;
    memcpy(z, access.p, access.n);
    z[access.n] = '\0';
    m = strtoul(z, NULL, 16);
    return (m & 0x10006) != 0;
}

bool cor_fact_writes(const cor_fact *f)
{
    return f->kind == COR_FACT_SHARE && f->event_id == 5145 && f->detail.n > 0 && !cor_str_ends(f->object, "\\IPC$") &&
           writes(f->access);
}

/* A library that lies in the root of a drive or straight in the Windows folder, as worms copy it. */
static bool worm_copy(const cor_fact *f)
{
    cor_str name = f->detail;
    bool root = cor_str_ends(f->object, "\\C$"), windows = cor_str_ends(f->object, "\\ADMIN$");
    if (!cor_fact_writes(f) || (!root && !windows) || (!cor_str_ends(name, ".dll") && !cor_str_ends(name, ".dll.cfg")))
        return false;
    if (name.n > 0 && name.p[0] == '\\')
        name = (cor_str){name.p + 1, name.n - 1};
    if (root && name.n > 8 && cor_str_ieq((cor_str){name.p, 8}, COR_S("Windows\\")))
        name = (cor_str){name.p + 8, name.n - 8};
    return memchr(name.p, '\\', name.n) == NULL;
}

/* LAT3: such a copy, and a service on the same host within a minute. */
static cor_code take_copy(cor_desk *d, uint32_t host, const cor_fact *f, cor_err *e)
{
    const cor_sign *s = cor_sign_find(COR_S("LAT3"));
    size_t k = service_from(d, host, f->first);
    if (s == NULL || k >= d->n_service || d->service[k].host != host ||
        d->service[k].time > f->first + JOIN_SECONDS * COR_SECOND)
        return COR_OK;
    const cor_service *v = &d->service[k];
    cor_basis b[2] = {cor_desk_basis(d, f), v->basis};
    uint32_t source = COR_NONE;
    bool known = cor_source_find(d, f->address, f->peer, f->first, &source) == COR_WHOSE_HOST && source != host;
    cor_str who = known ? d->host[source].name : COR_S("");
    cor_str text = cor_arena_fmt(&d->scratch,
                                 "%.*s was copied to %.*s and service %.*s was made within a minute%s%.*s%s%.*s",
                                 COR_STR_FMT(f->detail), COR_STR_FMT(f->object), COR_STR_FMT(v->name),
                                 f->address.n > 0 ? ", from " : "", COR_STR_FMT(f->address),
                                 known ? ", which was " : "", COR_STR_FMT(who));
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    cor_obs o = {.host = host, .peer = known ? source : COR_NONE, .kind = COR_REASON_SIGN, .sign = s,
                 .grade = COR_GRADE_CONCLUSIVE, .stage = s->stage, .group = COR_S(""), .family = COR_S(""),
                 .text = text, .last = v->time, .basis = b, .n_basis = 2};
    if (cor_desk_observe(d, &o, e) != COR_OK)
        return e->code;
    if (!known)
        return f->address.n > 0 ? cor_desk_indicate(d, host, "ip", f->address, COR_S(""), e) : COR_OK;
    const char *why;
    o.host = source;
    o.as_source = true;
    o.peer = host;
    o.grade = cor_grade_explained(d, COR_GRADE_STRONG, source, f->account, &why);
    o.text = cor_arena_fmt(&d->scratch, "Copied %.*s to %.*s of %.*s, where service %.*s was made within a minute%s%s",
                           COR_STR_FMT(f->detail), COR_STR_FMT(f->object), COR_STR_FMT(d->host[host].name),
                           COR_STR_FMT(v->name), why == NULL ? "" : "; one grade lower: ", why == NULL ? "" : why);
    return o.text.p == NULL ? cor_nomem(e, "judge") : cor_desk_observe(d, &o, e);
}

static cor_code take_share(cor_desk *d, uint32_t host, const cor_fact *f, cor_err *e)
{
    if (worm_copy(f))
        return take_copy(d, host, f, e);
    if (!cor_str_ends(f->object, "\\IPC$") || !cor_str_ends(f->detail, "svcctl"))
        return COR_OK;
    for (size_t i = join_from(d, host, f->first);
         i < d->n_join && d->join[i].host == host && d->join[i].time <= f->first + JOIN_SECONDS * COR_SECOND; i++) {
        cor_join *j = &d->join[i];
        bool mine = j->service.n > 0 && (j->logon_id.n == 0 || cor_str_ieq(j->logon_id, f->logon_id));
        if (mine && candidate(d, &j->pipe, f, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

static cor_code take_session(void *to, const cor_fact *f, cor_err *e)
{
    cor_desk *d = to;
    uint32_t host = f->first == COR_NOTIME ? COR_NONE : cor_desk_host(d, f->host);
    if (host == COR_NONE)
        return COR_OK;
    cor_arena_reset(&d->scratch);
    return f->kind == COR_FACT_SHARE ? take_share(d, host, f, e) : take_logon(d, host, f, e);
}

/* ---- what the joins say ---- */

/* The target's own observation; explained when it came from where such things come from. */
static cor_code say_target(cor_desk *d, const cor_join *j, uint32_t source, cor_str account, cor_err *e)
{
    const char *why = NULL;
    cor_grade g = j->grade;
    if (g == COR_GRADE_STRONG && j->service.n > 0)
        g = cor_grade_explained(d, g, source, account, &why);
    if (g == j->grade && g == COR_GRADE_STRONG && j->service.n > 0 && d->options->context != NULL &&
        cor_context_maintenance(d->options->context, d->host[j->host].name, j->time)) {
        g = COR_GRADE_WEAK;
        why = "maintenance";
    }
    cor_str text = why == NULL ? j->text
                               : cor_arena_fmt(&d->scratch, "%.*s (one grade lower: %s)", COR_STR_FMT(j->text), why);
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    cor_obs o = {.host = j->host, .peer = source, .kind = COR_REASON_SIGN, .sign = j->sign, .grade = g,
                 .stage = j->stage, .group = j->group, .family = j->family, .text = text, .last = j->time,
                 .basis = &j->basis, .n_basis = 1};
    return cor_desk_observe(d, &o, e);
}

static cor_code say_source(cor_desk *d, const cor_join *j, uint32_t source, const cor_candidate *c, bool sure,
                           cor_err *e)
{
    const char *why;
    cor_basis b[2] = {j->basis, c->basis};
    cor_grade g = cor_grade_explained(d, j->grade < COR_GRADE_STRONG ? j->grade : COR_GRADE_STRONG, source,
                                      c->account, &why);
    cor_str text;
    if (j->service.n > 0)
        text = cor_arena_fmt(&d->scratch, "%s service %.*s on %.*s, logged on as %.*s from %.*s%s%s%s",
                             sure ? "Made" : "Most likely made", COR_STR_FMT(j->service),
                             COR_STR_FMT(d->host[j->host].name),
                             COR_STR_FMT(c->account), COR_STR_FMT(c->address.n > 0 ? c->address : c->workstation),
                             sure ? "" : " within the minute before", why == NULL ? "" : "; one grade lower: ",
                             why == NULL ? "" : why);
    else
        text = cor_arena_fmt(&d->scratch, "Logged on to %.*s as %.*s; in that session there: %.*s%s%s",
                             COR_STR_FMT(d->host[j->host].name), COR_STR_FMT(c->account), COR_STR_FMT(j->text),
                             why == NULL ? "" : "; one grade lower: ", why == NULL ? "" : why);
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    cor_obs o = {.host = source, .peer = j->host, .kind = COR_REASON_SIGN, .sign = j->sign, .grade = g,
                 .stage = COR_STAGE_LATERAL, .group = COR_S(""), .family = j->family, .text = text, .last = j->time,
                 .basis = b, .n_basis = 2, .as_source = true};
    return cor_desk_observe(d, &o, e);
}

static cor_code say_join(cor_desk *d, const cor_join *j, cor_err *e)
{
    const cor_candidate *c = NULL;
    uint32_t source = COR_NONE;
    bool sure = true;
    if (!j->local && j->exact.time != COR_NOTIME) {
        c = &j->exact;
    } else if (!j->local && j->pipe.time != COR_NOTIME) {
        c = &j->pipe;
    } else if (!j->local && j->near.time != COR_NOTIME) {
        c = &j->near;
        sure = false;
    }
    bool remote = c != NULL && (c == &j->pipe || c->logon_type == 3 || c->logon_type == 10);
    if (remote && cor_source_find(d, c->address, c->workstation, c->time, &source) != COR_WHOSE_HOST)
        source = COR_NONE;
    if (source == j->host) {
        source = COR_NONE; /* from itself */
        remote = false;
    }
    if (say_target(d, j, source, c == NULL ? COR_S("") : c->account, e) != COR_OK)
        return e->code;
    if (j->twin || !remote)
        return COR_OK;
    if (source != COR_NONE)
        return say_source(d, j, source, c, sure, e);
    if (c->address.n > 0)
        return cor_desk_indicate(d, j->host, "ip", c->address, j->basis.finding, e);
    return cor_desk_indicate(d, j->host, "computer", c->workstation, j->basis.finding, e);
}

cor_code cor_judge_joins(cor_desk *d, cor_err *e)
{
    if (seal_joins(d, e) != COR_OK)
        return e->code;
    /* logons are the many: who asks for none need not look at them */
    uint32_t kinds = (d->n_join > 0 ? 1u << COR_FACT_LOGON : 0) | (d->n_service > 0 ? 1u << COR_FACT_SHARE : 0);
    cor_code c = kinds == 0 ? COR_OK : d->source->facts(d->source->ctx, kinds, take_session, d, e);
    if (c != COR_OK)
        return c;
    for (size_t i = 0; i < d->n_join; i++) {
        cor_arena_reset(&d->scratch);
        if (say_join(d, &d->join[i], e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}
