/* What was judged becomes what people read: reasons in order, coverage, what to do next. */
#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"

/* ---- reasons ---- */

static int reason_cmp(const void *a, const void *b)
{
    const cor_reason *x = a, *y = b;
    if (x->counts != y->counts)
        return x->counts ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->grade != y->grade)
        return x->grade > y->grade ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->stage != y->stage)
        return x->stage < y->stage ? -1 : 1;
    int c = x->sign == NULL || y->sign == NULL ? 0 : strcmp(x->sign->id, y->sign->id);
    if (c == 0 && (c = cor_str_cmp(x->peer, y->peer)) == 0)
        c = cor_str_cmp(x->text, y->text);
    if (c == 0 && (c = cor_str_cmp(x->group, y->group)) == 0 && x->n_basis > 0 && y->n_basis > 0)
        c = cor_basis_cmp(&x->basis[0], &y->basis[0]);
    return c != 0 ? c : (x->n < y->n) - (x->n > y->n);
}

/* Once a host is taken, all strong signs from then on count; of a suspicious one all do. */
static bool counts(const cor_jhost *h, const cor_heap *p)
{
    if (p->kind == COR_REASON_CONTACT)
        return p->counts && h->word == (p->reached ? COR_VERDICT_EXPOSED : COR_VERDICT_ATTACKED);
    if (p->kind == COR_REASON_RULE)
        return h->own == COR_VERDICT_SUSPICIOUS && p->level >= COR_LEVEL_HIGH && p->stage != COR_STAGE_N;
    bool strong = p->grade >= COR_GRADE_STRONG && (h->own >= COR_VERDICT_SUSPICIOUS || h->implicated);
    return strong && (h->since == COR_NOTIME || p->span.last == COR_NOTIME || p->span.last >= h->since);
}

static bool rests_on(const cor_heap *p, const cor_basis *b)
{
    for (uint32_t i = 0; i < p->n_basis; i++)
        if (p->basis[i].time == b->time && p->basis[i].record_id == b->record_id &&
            cor_str_eq(p->basis[i].channel, b->channel) && cor_str_eq(p->basis[i].computer, b->computer))
            return true;
    return false;
}

/* The same events said it with a higher grade as well: once is enough. */
static bool said_higher(const cor_desk *d, const cor_jhost *h, const cor_heap *p)
{
    for (size_t i = 0; i < h->n_heap; i++) {
        const cor_heap *q = &d->heap[h->heap[i]];
        uint32_t k = 0;
        if (q->kind != COR_REASON_SIGN || q->sign != p->sign || q->grade <= p->grade || q->as_source != p->as_source ||
            q->peer != p->peer || p->n > p->n_basis)
            continue;
        while (k < p->n_basis && rests_on(q, &p->basis[k]))
            k++;
        if (k == p->n_basis)
            return true;
    }
    return false;
}

static cor_code reasons(cor_desk *d, const cor_jhost *h, const cor_said *said, cor_host_verdict *v, cor_err *e)
{
    cor_reason *r = cor_arena_zero(d->mem, (h->n_heap + 1) * sizeof(*r));
    if (r == NULL)
        return cor_nomem(e, "judge");
    bool ours = cor_host_has_signs(h); /* rules of users count only where no sign of ours does */
    uint32_t n = 0;
    for (size_t i = 0; i < h->n_heap; i++) {
        const cor_heap *p = &d->heap[h->heap[i]];
        bool c = counts(h, p) && !(p->kind == COR_REASON_RULE && ours);
        if (p->kind == COR_REASON_SIGN && said_higher(d, h, p))
            continue;
        r[n++] = (cor_reason){.kind = p->kind, .sign = p->sign, .grade = p->grade, .stage = p->stage, .group = p->group,
                              .counts = c, .text = p->text,
                              .peer = p->peer == COR_NONE ? COR_S("") : d->host[p->peer].name,
                              .first = p->span.first, .last = p->span.last, .n = p->n, .basis = p->basis,
                              .n_basis = p->n_basis};
    }
    if (said != NULL)
        r[n++] = (cor_reason){.kind = COR_REASON_SAID, .stage = COR_STAGE_N, .group = COR_S(""), .counts = true,
                              .text = said->text, .peer = COR_S(""), .first = COR_NOTIME, .last = COR_NOTIME, .n = 1};
    if (n > 1)
        qsort(r, n, sizeof(*r), reason_cmp);
    v->reason = r;
    v->n_reason = n;
    return COR_OK;
}

static int str_cmp(const void *a, const void *b)
{
    return cor_str_cmp(*(const cor_str *)a, *(const cor_str *)b);
}

/* ---- families, stages, vector, first and last ---- */

/* A strong sign tells a family less surely than a conclusive one; what antivirus calls by name is named. */
static bool names_family(const cor_heap *p, bool sure)
{
    return p->kind == COR_REASON_SIGN && p->family.n > 0 &&
           (!sure || p->grade == COR_GRADE_CONCLUSIVE || strcmp(p->sign->id, "AV1") == 0);
}

static cor_code families(cor_desk *d, const cor_jhost *h, cor_host_verdict *v, cor_err *e)
{
    cor_str *f = cor_arena_get(d->mem, (h->n_heap + 1) * sizeof(*f));
    if (f == NULL)
        return cor_nomem(e, "judge");
    uint32_t n = 0;
    bool sure = false;
    for (size_t i = 0; i < h->n_heap; i++)
        sure = sure || (names_family(&d->heap[h->heap[i]], true) && counts(h, &d->heap[h->heap[i]]));
    for (size_t i = 0; i < h->n_heap; i++) {
        const cor_heap *p = &d->heap[h->heap[i]];
        uint32_t k = 0;
        if (!names_family(p, sure) || !counts(h, p))
            continue;
        while (k < n && !cor_str_eq(f[k], p->family))
            k++;
        if (k == n)
            f[n++] = p->family;
    }
    if (n > 1)
        qsort(f, n, sizeof(*f), str_cmp);
    v->family = f;
    v->n_family = n;
    return COR_OK;
}

enum { STAGE_IDS = 100 }; /* finding ids of one stage that are told */

static cor_code stages(cor_desk *d, const cor_jhost *h, cor_host_verdict *v, cor_err *e)
{
    for (unsigned s = 0; s < COR_STAGE_N; s++) {
        cor_str *id = NULL;
        uint32_t n = 0;
        for (size_t i = 0; i < h->n_heap; i++) {
            const cor_heap *p = &d->heap[h->heap[i]];
            if (p->kind != COR_REASON_SIGN || p->stage != s || !counts(h, p))
                continue;
            v->stage[s].total += p->n;
            if (id == NULL && (id = cor_arena_get(d->mem, STAGE_IDS * sizeof(*id))) == NULL)
                return cor_nomem(e, "judge");
            for (uint32_t k = 0; k < p->n_basis && n < STAGE_IDS; k++) {
                uint32_t at = 0;
                while (at < n && !cor_str_eq(id[at], p->basis[k].finding))
                    at++;
                if (at == n && p->basis[k].finding.n > 0)
                    id[n++] = p->basis[k].finding;
            }
        }
        if (n > 1)
            qsort(id, n, sizeof(*id), str_cmp);
        v->stage[s].id = id;
        v->stage[s].n = n;
    }
    return COR_OK;
}

static void times(const cor_jhost *h, cor_host_verdict *v)
{
    cor_span s = {COR_NOTIME, COR_NOTIME};
    if (v->judged == COR_VERDICT_EXPOSED) {
        s = h->reached;
    } else if (v->judged == COR_VERDICT_ATTACKED) {
        s = h->tried;
    } else {
        for (uint32_t i = 0; i < v->n_reason; i++)
            if (v->reason[i].counts && v->reason[i].kind != COR_REASON_SAID)
                cor_span_see(&s, v->reason[i].first, v->reason[i].last);
        /* a reason may have begun before its signs spoke together with others */
        if (s.first != COR_NOTIME && h->since > s.first)
            s.first = h->since;
    }
    v->first = s.first;
    v->last = s.last;
}

/* How it came, by the earliest sign that tells. A script that joins its words (ARR8) can be typed by anybody. */
static cor_vector vector_of(const cor_desk *d, const cor_jhost *h)
{
    static const struct { const char *sign; cor_vector vector; } row[] = {
        {"ARR1", COR_VECTOR_MAIL}, {"ARR2", COR_VECTOR_MAIL}, {"ARR3", COR_VECTOR_MAIL}, {"ARR4", COR_VECTOR_MAIL},
        {"ARR5", COR_VECTOR_MAIL}, {"ARR6", COR_VECTOR_MAIL}, {"ARR9", COR_VECTOR_MAIL},
        {"ARR11", COR_VECTOR_EXPLOIT_KIT}, {"LAT1", COR_VECTOR_SMB_SERVICE}, {"LAT2", COR_VECTOR_SMB_SERVICE},
        {"LAT3", COR_VECTOR_SMB_SERVICE}, {"PER6", COR_VECTOR_SMB_SERVICE}, {"OPS1", COR_VECTOR_OPERATOR},
    };
    cor_vector best = COR_VECTOR_UNKNOWN;
    cor_time at = COR_NOTIME;
    for (size_t i = 0; i < h->n_heap; i++) {
        const cor_heap *p = &d->heap[h->heap[i]];
        if (p->kind != COR_REASON_SIGN || p->as_source || !counts(h, p) || p->span.first == COR_NOTIME)
            continue; /* what it did to others does not tell how it came */
        for (size_t k = 0; k < COR_LEN(row); k++)
            if (strcmp(row[k].sign, p->sign->id) == 0 &&
                (at == COR_NOTIME || p->span.first < at || (p->span.first == at && row[k].vector > best))) {
                best = row[k].vector;
                at = p->span.first;
            }
    }
    return best;
}

/* ---- what these logs could not show ---- */

static bool log_in(const cor_desk *d, const cor_jhost *h, cor_log_no n)
{
    return h->log[n].records > 0 && h->log[n].last != COR_NOTIME && h->log[n].last >= d->from;
}

static unsigned sources(const cor_desk *d, const cor_jhost *h)
{
    unsigned s = 0;
    bool process = h->alive[COR_LIVE_PROCESS].first != COR_NOTIME;
    s |= process ? COR_SRC_PROCESS : 0;
    s |= log_in(d, h, COR_LOG_SYSMON) ? COR_SRC_SYSMON : 0;
    s |= log_in(d, h, COR_LOG_SECURITY) ? COR_SRC_SECURITY : 0;
    bool audit = h->alive[COR_LIVE_SHARE].first != COR_NOTIME || h->alive[COR_LIVE_LOGON_FAILED].first != COR_NOTIME;
    s |= audit || (h->alive[COR_LIVE_TASK].first != COR_NOTIME && log_in(d, h, COR_LOG_SECURITY)) ? COR_SRC_AUDIT : 0;
    s |= log_in(d, h, COR_LOG_SYSTEM) ? COR_SRC_SYSTEM : 0;
    s |= log_in(d, h, COR_LOG_DEFENDER) ? COR_SRC_DEFENDER : 0;
    s |= log_in(d, h, COR_LOG_POWERSHELL) || log_in(d, h, COR_LOG_POWERSHELL_OLD) ? COR_SRC_POWERSHELL : 0;
    s |= d->dc ? COR_SRC_DC : 0;
    s |= h->alive[COR_LIVE_NETWORK].first != COR_NOTIME ? COR_SRC_NETWORK : 0;
    s |= log_in(d, h, COR_LOG_SYSMON) || log_in(d, h, COR_LOG_DNS) ? COR_SRC_NAMES : 0;
    s |= log_in(d, h, COR_LOG_WMI) ? COR_SRC_WMI : 0;
    s |= log_in(d, h, COR_LOG_TASKS) ? COR_SRC_TASKS : 0;
    return s;
}

static const char *source_lack(unsigned wanted)
{
    static const struct { unsigned bit; const char *lack; } row[] = {
        {COR_SRC_PROCESS, "no process records"}, {COR_SRC_SYSMON, "no Sysmon log"},
        {COR_SRC_NETWORK, "no connection records"},
        {COR_SRC_NAMES, "no records of names looked up"}, {COR_SRC_DC, "no Security log of a domain controller"},
        {COR_SRC_AUDIT, "no audit records of shares, services and tasks"}, {COR_SRC_SYSTEM, "no System log"},
        {COR_SRC_SECURITY, "no Security log"}, {COR_SRC_DEFENDER, "no Defender log"},
        {COR_SRC_POWERSHELL, "no PowerShell log"},
        {COR_SRC_WMI, "no WMI log"}, {COR_SRC_TASKS, "no TaskScheduler log"}, {COR_SRC_DISK, "only the disk shows it"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++)
        if (wanted & row[i].bit)
            return row[i].lack;
    return "no log shows it";
}

static const cor_blind *blind_of(cor_desk *d, unsigned there, cor_err *e)
{
    for (size_t i = 0; i < d->n_blind; i++)
        if (d->blind[i].there == there)
            return &d->blind[i];
    cor_blind *all = cor_grow(d->blind, &d->cap_blind, d->n_blind + 1, sizeof(*all));
    cor_str *sign = all == NULL ? NULL : cor_arena_get(d->mem, (cor_signs_n + 1) * sizeof(*sign));
    d->blind = all != NULL ? all : d->blind;
    if (sign == NULL) {
        cor_nomem(e, "judge");
        return NULL;
    }
    cor_blind *out = &all[d->n_blind];
    *out = (cor_blind){there, sign, 0};
    for (unsigned i = 0; i < cor_signs_n; i++) {
        const cor_sign *s = &cor_signs[i];
        if (s->grade < COR_GRADE_STRONG || (s->sources & there) != 0)
            continue;
        sign[out->n] = cor_arena_fmt(d->mem, "%s: %s", s->id, source_lack(s->sources));
        if (sign[out->n++].p == NULL) {
            cor_nomem(e, "judge");
            return NULL;
        }
    }
    d->n_blind++;
    return out;
}

static cor_code impossible(cor_desk *d, const cor_jhost *h, cor_host_verdict *v, cor_err *e)
{
    const cor_blind *b = blind_of(d, sources(d, h), e);
    if (b == NULL)
        return e->code;
    v->impossible = b->sign;
    v->n_impossible = b->n;
    return COR_OK;
}

/* ---- what next, what would change it ---- */

static cor_str next_of(const cor_host_verdict *v)
{
    switch (v->verdict) {
    case COR_VERDICT_INFECTED:
        return COR_S("Isolate it now; keep it running for its memory, and let nobody with privileges log on to it.");
    case COR_VERDICT_SUSPICIOUS:
        return COR_S("Look at its reasons today and take it from the network if you cannot explain them; collect "
                     "what is missing.");
    case COR_VERDICT_EXPOSED:
        return COR_S("Collect its full logs and look for programs, services and tasks that came after the contact; "
                     "change the "
                     "passwords used.");
    case COR_VERDICT_ATTACKED:
        if (!v->has_logs)
            return COR_S("Collect its logs: infected hosts tried it, and only its own logs tell whether they got in.");
        return COR_S("Block the hosts that tried it and watch its logons; it needs no cleaning so far.");
    case COR_VERDICT_UNKNOWN:
        return v->flags & COR_FLAG_IMPLICATED
                   ? COR_S("Collect its logs first of all: other hosts speak against it. Isolate it until then.")
                   : COR_S("Collect what is missing; until then treat it as not cleared.");
    default:
        return COR_S("Nothing to do; judge again when new evidence comes in.");
    }
}

typedef struct lines {
    cor_desk *d;
    cor_str *line;
    uint32_t n, cap;
    cor_err *e;
    bool bad;
} lines;

static void say(lines *l, cor_str s)
{
    l->bad = l->bad || s.p == NULL;
    if (l->n < l->cap && !l->bad)
        l->line[l->n++] = s;
}

static void change_suspicious(lines *l, const cor_host_verdict *v)
{
    cor_str stage = COR_S("");
    for (uint32_t i = 0; i < v->n_reason && stage.n == 0; i++)
        if (v->reason[i].counts && v->reason[i].kind == COR_REASON_SIGN)
            stage = v->reason[i].group.n > 0 ? v->reason[i].group : cor_str_of(cor_stage_name[v->reason[i].stage]);
    if (stage.n > 0)
        say(l, cor_arena_fmt(l->d->mem,
                             "A strong sign of another kind than %.*s within 72 hours, or any conclusive one, would "
                                        "make it infected.", COR_STR_FMT(stage)));
    else
        say(l, COR_S("It rests on rules that you brought: a sign of Cordon's own would carry more."));
    say(l, COR_S("If you can explain its reasons, say so: cordon override CASE HOST clean --why ..."));
}

static cor_code change(cor_desk *d, const cor_jhost *h, cor_host_verdict *v, cor_err *e)
{
    lines l = {.d = d, .cap = 4 + v->n_coverage, .e = e};
    l.line = cor_arena_get(d->mem, l.cap * sizeof(*l.line));
    if (l.line == NULL)
        return cor_nomem(e, "judge");
    switch (v->judged) {
    case COR_VERDICT_INFECTED:
        say(&l, COR_S("Only an explanation of its signs would: say it with cordon override CASE HOST VERDICT --why "
                      "..."));
        break;
    case COR_VERDICT_SUSPICIOUS: change_suspicious(&l, v); break;
    case COR_VERDICT_EXPOSED:
        say(&l, COR_S("A sign that something ran here (a service, task or program that came with the contact) would "
                      "make it "
                      "suspicious or infected."));
        break;
    case COR_VERDICT_ATTACKED:
        say(&l, COR_S("One logon of an infected host that succeeded would make it exposed."));
        break;
    case COR_VERDICT_CLEAN: say(&l, COR_S("A strong sign, or a contact of an infected host, would.")); break;
    default: break;
    }
    for (uint32_t i = 0; v->judged != COR_VERDICT_INFECTED && h->has_logs && i < v->n_coverage; i++)
        if (v->coverage[i].required && !v->coverage[i].filled)
            say(&l, cor_arena_fmt(d->mem, "Evidence for %s: %.*s.", v->coverage[i].row,
                                  COR_STR_FMT(v->coverage[i].why)));
    if (!h->has_logs)
        say(&l, COR_S("Its own logs: without them it can be neither cleared nor convicted."));
    v->change = l.line;
    v->n_change = l.n;
    return l.bad ? cor_nomem(e, "judge") : COR_OK;
}

/* ---- what analysts said ---- */

typedef struct voices {
    cor_desk *d;
    cor_said *said;
    size_t n, cap;
} voices;

static cor_code take_said(void *to, const cor_said *s, cor_err *e)
{
    voices *v = to;
    cor_said *p = cor_grow(v->said, &v->cap, v->n + 1, sizeof(*p));
    if (p == NULL)
        return cor_nomem(e, "judge");
    v->said = p;
    p = &v->said[v->n];
    *p = *s;
    if (cor_keep(v->d->mem, &p->host, e) != COR_OK || cor_keep(v->d->mem, &p->verdict, e) != COR_OK ||
        cor_keep(v->d->mem, &p->text, e) != COR_OK || cor_keep(v->d->mem, &p->by, e) != COR_OK)
        return e->code;
    v->n++;
    return COR_OK;
}

/* What was said is kept under the name that the case gave its host then. */
static uint32_t said_of(cor_desk *d, cor_str name)
{
    uint32_t host = cor_desk_host(d, name);
    return host != COR_NONE ? host : cor_desk_named(d, name);
}

static cor_code voices_of(cor_desk *d, const voices *all, uint32_t host, cor_host_verdict *v, cor_err *e)
{
    uint32_t notes = 0;
    const cor_said *last = NULL;
    for (size_t i = 0; i < all->n; i++) {
        if (said_of(d, all->said[i].host) != host)
            continue;
        if (all->said[i].verdict.n == 0)
            notes++;
        else
            last = &all->said[i];
    }
    cor_said *kept = cor_arena_get(d->mem, (notes + 1u) * sizeof(*kept));
    if (kept == NULL)
        return cor_nomem(e, "judge");
    v->note = kept;
    for (size_t i = 0; i < all->n && notes > 0; i++)
        if (all->said[i].verdict.n == 0 && said_of(d, all->said[i].host) == host)
            kept[v->n_note++] = all->said[i];
    cor_verdict_word w;
    if (last != NULL && cor_verdict_parse(last->verdict, &w)) { /* "none" takes it back */
        kept[v->n_note] = *last;
        v->override = &kept[v->n_note];
        v->verdict = w;
    }
    return COR_OK;
}

/* ---- all of it ---- */

static int indicator_cmp(const void *a, const void *b)
{
    const cor_indicator *x = a, *y = b;
    int c = strcmp(x->type, y->type);
    return c != 0 ? c : cor_str_cmp(x->value, y->value);
}

static cor_code tell_host(cor_desk *d, uint32_t no, const voices *said, cor_host_verdict *v, cor_err *e)
{
    cor_jhost *h = &d->host[no];
    *v = (cor_host_verdict){.host = h->name, .name = h->spelled, .n_name = h->n_spelled, .verdict = h->word,
                            .judged = h->word, .flags = h->flags, .first = COR_NOTIME, .last = COR_NOTIME,
                            .coverage = h->coverage, .n_coverage = h->n_coverage, .has_logs = h->has_logs,
                            .records = h->records, .findings = h->findings, .log_first = h->log_first,
                            .log_last = h->log_last, .vector = vector_of(d, h)};
    if (voices_of(d, said, no, v, e) != COR_OK || reasons(d, h, v->override, v, e) != COR_OK ||
        families(d, h, v, e) != COR_OK || stages(d, h, v, e) != COR_OK || impossible(d, h, v, e) != COR_OK)
        return e->code;
    times(h, v);
    cor_indicator *i = cor_arena_get(d->mem, (h->n_indicator + 1) * sizeof(*i));
    if (i == NULL)
        return cor_nomem(e, "judge");
    if (h->n_indicator > 0)
        memcpy(i, h->indicator, h->n_indicator * sizeof(*i));
    if (h->n_indicator > 1)
        qsort(i, h->n_indicator, sizeof(*i), indicator_cmp);
    v->indicator = i;
    v->n_indicator = (uint32_t)h->n_indicator;
    v->next = next_of(v);
    return change(d, h, v, e);
}

typedef struct weight {
    uint32_t conclusive, stages, weak;
} weight;

static weight weigh(const cor_host_verdict *v)
{
    weight w = {0};
    for (uint32_t i = 0; i < v->n_reason; i++) {
        const cor_reason *r = &v->reason[i];
        if (r->kind != COR_REASON_SIGN)
            continue;
        w.conclusive += r->counts && r->grade == COR_GRADE_CONCLUSIVE;
        w.weak += r->grade == COR_GRADE_WEAK;
    }
    for (unsigned s = 0; s < COR_STAGE_N; s++)
        w.stages += v->stage[s].total > 0;
    return w;
}

static int verdict_cmp(const void *a, const void *b)
{
    const cor_host_verdict *x = a, *y = b;
    if (x->verdict != y->verdict)
        return x->verdict > y->verdict ? -1 : 1;
    if ((x->flags & COR_FLAG_IMPLICATED) != (y->flags & COR_FLAG_IMPLICATED))
        return x->flags & COR_FLAG_IMPLICATED ? -1 : 1;
    weight p = weigh(x), q = weigh(y);
    if (p.conclusive != q.conclusive)
        return p.conclusive > q.conclusive ? -1 : 1;
    if (p.stages != q.stages)
        return p.stages > q.stages ? -1 : 1;
    if (x->first != y->first) {
        if (x->first == COR_NOTIME || y->first == COR_NOTIME)
            return x->first != COR_NOTIME ? -1 : 1;
        return x->first < y->first ? -1 : 1;
    }
    if (p.weak != q.weak)
        return p.weak > q.weak ? -1 : 1;
    return cor_str_cmp(x->host, y->host);
}

cor_code cor_judge_tell(cor_desk *d, cor_judgement *out, cor_err *e)
{
    voices said = {.d = d};
    cor_code c = d->source->said(d->source->ctx, take_said, &said, e);
    cor_host_verdict *v = cor_arena_get(d->mem, (d->n_host + 1) * sizeof(*v));
    if (c == COR_OK && v == NULL)
        c = cor_nomem(e, "judge");
    for (uint32_t i = 0; c == COR_OK && i < d->n_host; i++) {
        const cor_jhost *h = &d->host[i];
        if (!h->told && h->reached.first == COR_NOTIME && h->tried.first == COR_NOTIME)
            continue;
        c = tell_host(d, i, &said, &v[out->n_host], e);
        if (c == COR_OK)
            out->count[v[out->n_host++].verdict]++;
        out->intruder = out->intruder || h->own >= COR_VERDICT_SUSPICIOUS;
    }
    if (c == COR_OK && out->n_host > 1)
        qsort(v, out->n_host, sizeof(*v), verdict_cmp);
    out->host = v;
    out->now = d->now;
    out->from = d->from;
    memcpy(out->left_out, d->left_out, sizeof(out->left_out));
    cor_free(said.said);
    return c;
}
