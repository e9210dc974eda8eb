#include "range/truth.h"

#include <stdio.h>

#include "base/utf.h"
#include "range/files.h"
#include "range/scene_in.h"

#define MANY 64u /* of every list: a scenario that says more is a mistake */

typedef struct told {
    const char *verdict, *provable[COR_PROFILE_N], *vector;
    const char *flag[4], *family[4], *stage[16];
    const cor_user *risk[COR_USERS];
    unsigned n_flag, n_family, n_stage, n_risk;
    cor_time first, last; /* COR_NOTIME: none */
} told;

struct cor_truth {
    told host[COR_MACHINES];
    struct {
        cor_time time;
        const cor_machine *from, *to;
        const cor_user *who;
        const char *technique;
    } spread[MANY];
    struct {
        const cor_machine *host;
        const char *vector;
        cor_time time;
    } zero[4];
    struct {
        const char *type, *value;
    } indicator[MANY];
    struct {
        const char *activity, *looks_like;
        unsigned hosts;
    } noise[MANY];
    const char *c2[MANY];
    unsigned n_spread, n_zero, n_indicator, n_noise, n_c2;
};

cor_truth *cor_truth_new(cor_scene *s)
{
    cor_truth *t = cor_arena_zero(cor_stage_mem(s->stage), sizeof *t);
    for (unsigned i = 0; t != NULL && i < COR_MACHINES; i++)
        t->host[i].first = t->host[i].last = COR_NOTIME;
    if (t == NULL)
        cor_stage_nomem(s->stage);
    return t;
}

/* Room for one more; false (and told) when a list is full. */
static bool room(cor_scene *s, unsigned n, unsigned most)
{
    if (n >= most)
        cor_stage_fail(s->stage, "a scenario tells more truth than truth.c has room for");
    return n < most;
}

static void add(cor_scene *s, const char **list, unsigned *n, unsigned most, const char *word)
{
    for (unsigned i = 0; i < *n; i++)
        if (strcmp(list[i], word) == 0)
            return;
    if (room(s, *n, most))
        list[(*n)++] = word;
}

void cor_truth_host(cor_scene *s, const cor_machine *m, const char *verdict, const char *a0, const char *a1,
                    const char *a2)
{
    told *h = &s->truth->host[m->place];
    h->verdict = verdict;
    h->provable[COR_PROFILE_A0] = a0;
    h->provable[COR_PROFILE_A1] = a1;
    h->provable[COR_PROFILE_A2] = a2;
}

void cor_truth_rest_clean(cor_scene *s)
{
    for (unsigned i = 0; i < s->n_machine; i++)
        if (s->truth->host[i].verdict == NULL)
            cor_truth_host(s, &s->machine[i], "clean", "unknown", "clean", "clean");
}

void cor_truth_vector(cor_scene *s, const cor_machine *m, const char *vector)
{
    s->truth->host[m->place].vector = vector;
}

void cor_truth_family(cor_scene *s, const cor_machine *m, const char *family)
{
    told *h = &s->truth->host[m->place];
    add(s, h->family, &h->n_family, COR_LEN(h->family), family);
}

void cor_truth_flag(cor_scene *s, const cor_machine *m, const char *flag)
{
    told *h = &s->truth->host[m->place];
    add(s, h->flag, &h->n_flag, COR_LEN(h->flag), flag);
}

void cor_truth_stage(cor_scene *s, const cor_machine *m, cor_time t, const char *stage)
{
    told *h = &s->truth->host[m->place];
    if (stage == NULL && h->verdict != NULL && strcmp(h->verdict, "infected") == 0)
        return; /* what arrived before is no evidence of the infection */
    if (stage != NULL)
        add(s, h->stage, &h->n_stage, COR_LEN(h->stage), stage);
    h->first = h->first == COR_NOTIME || t < h->first ? t : h->first;
    h->last = t > h->last ? t : h->last;
}

void cor_truth_at_risk(cor_scene *s, const cor_machine *m, const cor_user *u)
{
    told *h = &s->truth->host[m->place];
    for (unsigned i = 0; i < h->n_risk; i++)
        if (h->risk[i] == u)
            return;
    if (room(s, h->n_risk, COR_LEN(h->risk)))
        h->risk[h->n_risk++] = u;
}

void cor_truth_spread(cor_scene *s, cor_time t, const cor_machine *from, const cor_machine *to, const cor_user *u,
                      const char *technique)
{
    cor_truth *tr = s->truth;
    if (!room(s, tr->n_spread, MANY))
        return;
    tr->spread[tr->n_spread].time = t;
    tr->spread[tr->n_spread].from = from;
    tr->spread[tr->n_spread].to = to;
    tr->spread[tr->n_spread].who = u;
    tr->spread[tr->n_spread++].technique = technique;
}

void cor_truth_zero(cor_scene *s, const cor_machine *m, const char *vector, cor_time t)
{
    cor_truth *tr = s->truth;
    if (!room(s, tr->n_zero, COR_LEN(tr->zero)))
        return;
    tr->zero[tr->n_zero].host = m;
    tr->zero[tr->n_zero].vector = vector;
    tr->zero[tr->n_zero++].time = t;
}

void cor_truth_c2(cor_scene *s, const char *value)
{
    add(s, s->truth->c2, &s->truth->n_c2, MANY, value);
}

void cor_truth_indicator(cor_scene *s, const char *type, const char *value)
{
    cor_truth *tr = s->truth;
    if (!room(s, tr->n_indicator, MANY))
        return;
    tr->indicator[tr->n_indicator].type = type;
    tr->indicator[tr->n_indicator++].value = value;
}

void cor_truth_noise(cor_scene *s, const cor_machine *m, const char *activity, const char *looks_like)
{
    cor_truth *tr = s->truth;
    unsigned i = 0;
    while (i < tr->n_noise && strcmp(tr->noise[i].activity, activity) != 0)
        i++;
    if (i == tr->n_noise && !room(s, i, MANY))
        return;
    tr->n_noise = i == tr->n_noise ? i + 1 : tr->n_noise;
    tr->noise[i].activity = activity;
    tr->noise[i].looks_like = looks_like;
    tr->noise[i].hosts |= 1u << m->place;
}

bool cor_truth_noise_may_reach(const cor_scene *s, const cor_machine *from, const cor_machine *to)
{
    const char *a = s->truth->host[from->place].verdict, *b = s->truth->host[to->place].verdict;
    if (from == to)
        return true;
    return a == NULL || b == NULL || strcmp(a, "infected") != 0 ||
           (strcmp(b, "attacked") != 0 && strcmp(b, "clean") != 0);
}

bool cor_truth_is(const cor_scene *s, const cor_machine *m, const char *verdict)
{
    const char *told_verdict = s->truth->host[m->place].verdict;
    return told_verdict != NULL && strcmp(told_verdict, verdict) == 0;
}

/* ---- truth.json ---- */

static void text(cor_buf *b, const char *z)
{
    cor_json_quote(b, cor_str_of(z));
}

static void moment(cor_buf *b, cor_time t)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "null");
        return;
    }
    cor_buf_c(b, '"');
    cor_buf_time(b, t, 7);
    cor_buf_c(b, '"');
}

static void list(cor_buf *b, const char *key, const char *const *word, unsigned n)
{
    cor_buf_fmt(b, ",\"%s\":[", key);
    for (unsigned i = 0; i < n; i++) {
        cor_buf_z(b, i == 0 ? "" : ",");
        text(b, word[i]);
    }
    cor_buf_c(b, ']');
}

static void one_host(cor_buf *b, const cor_machine *m, const told *h)
{
    static const char *const order[] = {"arrival",   "installation", "persistence", "injection", "evasion",
                                        "discovery", "theft",        "c2",          "lateral",   "other"};
    const char *names[] = {m->name, m->fqdn}, *stage[COR_LEN(order)], *risk[COR_USERS];
    unsigned n = 0;
    for (size_t i = 0; i < COR_LEN(order); i++)
        for (unsigned k = 0; k < h->n_stage; k++)
            if (strcmp(h->stage[k], order[i]) == 0)
                stage[n++] = order[i];
    for (unsigned i = 0; i < h->n_risk; i++)
        risk[i] = h->risk[i]->name;
    cor_buf_z(b, "{\"host\":");
    text(b, m->name);
    list(b, "names", names, 2);
    cor_buf_fmt(b, ",\"volume_serial\":%u,\"verdict\":", m->serial);
    text(b, h->verdict != NULL ? h->verdict : "unknown");
    list(b, "flags", h->flag, h->n_flag);
    list(b, "families", h->family, h->n_family);
    cor_buf_z(b, ",\"first_evidence\":");
    moment(b, h->first == COR_NOTIME ? h->first : h->first + m->skew);
    cor_buf_z(b, ",\"last_evidence\":");
    moment(b, h->last == COR_NOTIME ? h->last : h->last + m->skew);
    cor_buf_z(b, ",\"vector\":");
    text(b, h->vector != NULL ? h->vector : "unknown");
    list(b, "stages", stage, n);
    list(b, "accounts_at_risk", risk, h->n_risk);
    cor_buf_z(b, ",\"provable_by\":{");
    for (int p = 0; p < COR_PROFILE_N; p++) {
        cor_buf_fmt(b, "%s\"%s\":", p == 0 ? "" : ",", cor_profile_name[p]);
        text(b, h->provable[p] != NULL ? h->provable[p] : "unknown");
    }
    cor_buf_z(b, "}}");
}

/* A machine's own accounts with its name, for each machine has them. */
static void account(cor_buf *b, const cor_user *u)
{
    char name[64];
    bool own = u != NULL && strcmp(u->domain, COR_DOMAIN) != 0;
    int n = u == NULL ? 0 : snprintf(name, sizeof name, "%s%s%s", own ? u->domain : "", own ? "\\" : "", u->name);
    name[n < 0 || u == NULL ? 0 : (size_t)n < sizeof name ? (size_t)n : sizeof name - 1] = '\0';
    text(b, name);
}

static void spread(cor_buf *b, const cor_truth *tr)
{
    cor_buf_z(b, "\n],\"spread\":[");
    for (unsigned i = 0; i < tr->n_spread; i++) {
        cor_buf_z(b, i == 0 ? "\n{\"time\":" : ",\n{\"time\":");
        moment(b, tr->spread[i].time);
        cor_buf_fmt(b, ",\"from\":\"%s\",\"to\":\"%s\",\"account\":", tr->spread[i].from->name, tr->spread[i].to->name);
        account(b, tr->spread[i].who);
        cor_buf_fmt(b, ",\"technique\":\"%s\"}", tr->spread[i].technique);
    }
    cor_buf_z(b, "\n],\"patient_zero\":[");
    for (unsigned i = 0; i < tr->n_zero; i++) {
        cor_buf_fmt(b, "%s{\"host\":\"%s\",\"vector\":\"%s\",\"time\":", i == 0 ? "\n" : ",\n", tr->zero[i].host->name,
                    tr->zero[i].vector);
        moment(b, tr->zero[i].time);
        cor_buf_c(b, '}');
    }
}

static void account_row(cor_buf *b, const cor_scene *s, const cor_user *u, unsigned *rows)
{
    const cor_truth *tr = s->truth;
    const char *on[COR_MACHINES], *from[MANY], *to[MANY];
    unsigned n_on = 0, n_from = 0, n_to = 0;
    for (unsigned i = 0; i < s->n_machine; i++)
        for (unsigned k = 0; k < tr->host[i].n_risk; k++)
            if (tr->host[i].risk[k] == u)
                on[n_on++] = s->machine[i].name;
    for (unsigned i = 0; i < tr->n_spread; i++) {
        if (tr->spread[i].who != u)
            continue;
        if (n_from == 0 || strcmp(from[n_from - 1], tr->spread[i].from->name) != 0)
            from[n_from++] = tr->spread[i].from->name;
        to[n_to++] = tr->spread[i].to->name;
    }
    if (n_on + n_to == 0)
        return;
    cor_buf_z(b, (*rows)++ == 0 ? "\n{\"account\":" : ",\n{\"account\":");
    account(b, u);
    list(b, "exposed_on", on, n_on);
    list(b, "used_from", from, n_from);
    list(b, "used_on", to, n_to);
    cor_buf_c(b, '}');
}

/* Whose credentials lay on an infected host, and where they were used: the domain's, then machines' own. */
static void accounts(cor_buf *b, const cor_scene *s)
{
    const cor_truth *tr = s->truth;
    unsigned rows = 0;
    cor_buf_z(b, "\n],\"accounts\":[");
    for (unsigned u = 0; u < s->n_user; u++)
        account_row(b, s, &s->user[u], &rows);
    for (unsigned i = 0; i < tr->n_spread; i++) {
        const cor_user *u = tr->spread[i].who;
        unsigned before = 0;
        while (before < i && tr->spread[before].who != u)
            before++;
        if (u != NULL && before == i && (u < s->user || u >= s->user + s->n_user))
            account_row(b, s, u, &rows);
    }
}

static void rest(cor_buf *b, const cor_scene *s)
{
    const cor_truth *tr = s->truth;
    cor_buf_z(b, "\n]");
    list(b, "c2", tr->c2, tr->n_c2);
    cor_buf_z(b, ",\"indicators\":[");
    for (unsigned i = 0; i < tr->n_indicator; i++) {
        cor_buf_fmt(b, "%s{\"type\":\"%s\",\"value\":", i == 0 ? "\n" : ",\n", tr->indicator[i].type);
        text(b, tr->indicator[i].value);
        cor_buf_c(b, '}');
    }
    cor_buf_z(b, "\n],\"noise\":[");
    for (unsigned i = 0; i < tr->n_noise; i++) {
        const char *on[COR_MACHINES];
        unsigned n = 0;
        for (unsigned m = 0; m < s->n_machine; m++)
            if ((tr->noise[i].hosts >> m & 1) != 0)
                on[n++] = s->machine[m].name;
        cor_buf_z(b, i == 0 ? "\n{\"activity\":" : ",\n{\"activity\":");
        text(b, tr->noise[i].activity);
        list(b, "hosts", on, n);
        cor_buf_z(b, ",\"looks_like\":");
        text(b, tr->noise[i].looks_like);
        cor_buf_c(b, '}');
    }
    cor_buf_z(b, "\n]}\n");
}

cor_code cor_truth_write(const cor_scene *s, const char *scenario, const char *dir, cor_err *e)
{
    cor_buf b = {0};
    cor_buf_z(&b, "{\"schema\":1,\"scenario\":");
    text(&b, scenario);
    cor_buf_fmt(&b, ",\"profile\":\"%s\",\"hosts\":[", cor_profile_name[s->profile]);
    for (unsigned i = 0; i < s->n_machine; i++) {
        cor_buf_z(&b, i == 0 ? "\n" : ",\n");
        one_host(&b, &s->machine[i], &s->truth->host[i]);
    }
    spread(&b, s->truth);
    accounts(&b, s);
    rest(&b, s);
    cor_code rc = cor_buf_ok(&b) ? cor_range_file(dir, "truth.json", b.p, b.n, e) : cor_nomem(e, "range");
    cor_buf_free(&b);
    return rc;
}
