/* Whom infected hosts reached, and whom they only tried to reach. */
#include "judge/desk.h"

#include <stdlib.h>

typedef enum reach { TRIED, REACHED } reach;

static bool anonymous(cor_str account)
{
    return account.n == 0 || cor_str_ieq(account, COR_S("ANONYMOUS LOGON"));
}

/* Files that could carry it on. */
static bool program_file(cor_str name)
{
    static const char *const ending[] = {".exe", ".dll", ".dll.cfg", ".scr", ".ocx", "autorun.inf"};
    for (size_t i = 0; i < COR_LEN(ending); i++)
        if (cor_str_ends(name, ending[i]))
            return true;
    return false;
}

/* Told, and when S counts and T is not convicted by its own signs, judged. */
static cor_code contact(cor_desk *d, uint32_t s, uint32_t t, reach r, const cor_fact *f, const char *what, cor_str text,
                        cor_err *e)
{
    cor_jhost *T = &d->host[t];
    const cor_jhost *S = &d->host[s];
    bool sure = S->own == COR_VERDICT_INFECTED || S->implicated;
    bool convicted = T->own >= COR_VERDICT_SUSPICIOUS;
    if (text.p == NULL)
        return cor_nomem(e, "judge");
    if (sure)
        cor_span_see(r == REACHED ? &T->reached : &T->tried, f->first, f->last);
    cor_basis b = cor_desk_basis(d, f);
    cor_obs o = {.host = t, .peer = s, .kind = COR_REASON_CONTACT, .grade = COR_GRADE_NONE, .stage = COR_STAGE_LATERAL,
                 .group = COR_S(""), .family = COR_S(""), .what = cor_str_of(what), .text = text, .last = f->last,
                 .basis = &b, .n_basis = 1, .counts = sure && !convicted, .reached = r == REACHED};
    if (!sure)
        o.text = cor_arena_fmt(&d->scratch, "%.*s (%.*s is only suspicious: this counts for nothing)",
                               COR_STR_FMT(text),
                               COR_STR_FMT(S->name));
    if (o.text.p == NULL)
        return cor_nomem(e, "judge");
    return cor_desk_observe(d, &o, e);
}

/* Does what S does matter, at this time? */
static bool matters(const cor_desk *d, uint32_t s, uint32_t t, cor_time when)
{
    if (s == COR_NONE || t == COR_NONE || s == t || when == COR_NOTIME)
        return false;
    const cor_jhost *S = &d->host[s];
    return (S->own >= COR_VERDICT_SUSPICIOUS || S->implicated) && (S->since == COR_NOTIME || when >= S->since);
}

static cor_code take_logon(cor_desk *d, uint32_t t, const cor_fact *f, cor_err *e)
{
    uint32_t s;
    if ((f->address.n == 0 && f->peer.n == 0) ||
        (f->kind == COR_FACT_LOGON && f->logon_type != 3 && f->logon_type != 10) ||
        cor_source_find(d, f->address, f->peer, f->first, &s) != COR_WHOSE_HOST || !matters(d, s, t, f->first))
        return COR_OK;
    const char *from = d->host[s].name.p;
    int n = (int)d->host[s].name.n;
    if (f->kind == COR_FACT_LOGON_FAILED)
        return contact(d, s, t, TRIED, f, "refused",
                       cor_arena_fmt(&d->scratch, "%.*s tried to log on as %.*s and was refused (%.*s)", n, from,
                                     COR_STR_FMT(f->account), COR_STR_FMT(f->status)), e);
    if (anonymous(f->account))
        return contact(d, s, t, TRIED, f, "anonymous",
                       cor_arena_fmt(&d->scratch, "%.*s connected without saying who it is (anonymous logon)", n,
                                     from), e);
    return contact(d, s, t, REACHED, f, f->logon_type == 10 ? "desktop" : "logon",
                   cor_arena_fmt(&d->scratch, "%.*s logged on %s as %.*s", n, from,
                                 f->logon_type == 10 ? "by remote desktop" : "over the network",
                                 COR_STR_FMT(f->account)), e);
}

static cor_code take_explicit(cor_desk *d, uint32_t s, const cor_fact *f, cor_err *e)
{
    cor_str name = f->peer;
    const char *slash = name.n == 0 ? NULL : memchr(name.p, '/', name.n); /* a service's name: cifs/ws05 */
    if (slash != NULL)
        name = (cor_str){slash + 1, name.n - (size_t)(slash + 1 - name.p)};
    if (name.n == 0 || cor_str_ieq(name, COR_S("localhost")))
        return COR_OK;
    char room[COR_ADDRESS_TEXT];
    cor_str clean;
    uint32_t t = COR_NONE;
    if (!cor_address_clean(name, room, &clean))
        t = cor_desk_named(d, name);
    else if (cor_addresses_find(d, clean, f->first, &t) != COR_WHOSE_HOST)
        t = COR_NONE;
    if (!matters(d, s, t, f->first))
        return COR_OK;
    return contact(d, s, t, TRIED, f, "explicit",
                   cor_arena_fmt(&d->scratch, "%.*s tried this host with the credentials of %.*s",
                                 COR_STR_FMT(d->host[s].name), COR_STR_FMT(f->account)), e);
}

static cor_code take_share(cor_desk *d, uint32_t t, const cor_fact *f, cor_err *e)
{
    uint32_t s;
    if (!cor_fact_writes(f) || cor_source_find(d, f->address, f->peer, f->first, &s) != COR_WHOSE_HOST ||
        !matters(d, s, t, f->first))
        return COR_OK;
    const cor_jhost *S = &d->host[s];
    bool holds = program_file(f->detail) && (S->own == COR_VERDICT_INFECTED || S->implicated) &&
                 d->host[t].own < COR_VERDICT_SUSPICIOUS;
    if (holds)
        d->host[t].flags |= COR_FLAG_CARRIER;
    return contact(d, s, t, REACHED, f, holds ? "program" : "write",
                   cor_arena_fmt(&d->scratch, "%.*s wrote %.*s to the share %.*s", COR_STR_FMT(S->name),
                                 COR_STR_FMT(f->detail), COR_STR_FMT(f->object)), e);
}

static cor_code take(void *to, const cor_fact *f, cor_err *e)
{
    cor_desk *d = to;
    uint32_t host = cor_desk_host(d, f->host);
    if (host == COR_NONE)
        return COR_OK;
    cor_arena_reset(&d->scratch);
    switch (f->kind) {
    case COR_FACT_LOGON:
    case COR_FACT_LOGON_FAILED: return take_logon(d, host, f, e);
    case COR_FACT_LOGON_EXPLICIT: return take_explicit(d, host, f, e);
    default: return take_share(d, host, f, e);
    }
}

cor_code cor_judge_contacts(cor_desk *d, cor_err *e)
{
    uint32_t kinds = 1u << COR_FACT_LOGON | 1u << COR_FACT_LOGON_FAILED | 1u << COR_FACT_LOGON_EXPLICIT |
                     1u << COR_FACT_SHARE;
    bool any = false;
    for (size_t i = 0; i < d->n_host; i++)
        any = any || d->host[i].own >= COR_VERDICT_SUSPICIOUS || d->host[i].implicated;
    cor_code c = any ? d->source->facts(d->source->ctx, kinds, take, d, e) : COR_OK;
    for (size_t i = 0; c == COR_OK && i < d->n_host; i++) {
        cor_jhost *h = &d->host[i];
        if (h->implicated)
            h->flags |= COR_FLAG_IMPLICATED;
        if (h->own >= COR_VERDICT_SUSPICIOUS) /* who runs it is no mere carrier */
            h->flags &= ~(unsigned)COR_FLAG_CARRIER;
        h->word = h->own >= COR_VERDICT_SUSPICIOUS       ? h->own
                  : h->implicated                        ? COR_VERDICT_UNKNOWN
                  : h->reached.first != COR_NOTIME       ? COR_VERDICT_EXPOSED
                  : h->tried.first != COR_NOTIME         ? COR_VERDICT_ATTACKED
                                                         : COR_VERDICT_CLEAN;
    }
    return c;
}
