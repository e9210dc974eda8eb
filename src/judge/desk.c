#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/pack.h"

const char *const cor_log_channel[COR_LOG_N] = {
    [COR_LOG_SECURITY] = "Security",
    [COR_LOG_SYSTEM] = "System",
    [COR_LOG_SYSMON] = "Microsoft-Windows-Sysmon/Operational",
    [COR_LOG_DEFENDER] = "Microsoft-Windows-Windows Defender/Operational",
    [COR_LOG_TASKS] = "Microsoft-Windows-TaskScheduler/Operational",
    [COR_LOG_POWERSHELL] = "Microsoft-Windows-PowerShell/Operational",
    [COR_LOG_POWERSHELL_OLD] = "Windows PowerShell",
    [COR_LOG_WMI] = "Microsoft-Windows-WMI-Activity/Operational",
    [COR_LOG_DNS] = "Microsoft-Windows-DNS Client Events/Operational",
};

cor_log_no cor_log_find(cor_str channel)
{
    unsigned i = 0;
    while (i < COR_LOG_N && !cor_str_ieq(channel, cor_str_of(cor_log_channel[i])))
        i++;
    return (cor_log_no)i;
}

void cor_desk_free(cor_desk *d)
{
    for (size_t i = 0; i < d->n_host; i++) {
        cor_jhost *h = &d->host[i];
        for (size_t k = 0; k < h->n_class; k++)
            cor_free(h->class[k].hour);
        cor_free(h->class);
        cor_free(h->mark);
        cor_free(h->heap);
        cor_free(h->indicator);
    }
    cor_free(d->host);
    cor_free(d->alias_host);
    cor_free(d->path);
    cor_free(d->claim);
    cor_free(d->heap);
    cor_free(d->join);
    cor_free(d->service);
    cor_free(d->image);
    cor_free(d->blind);
    cor_free(d->session_join);
    cor_intern_free(&d->session);
    cor_intern_free(&d->alias);
    cor_intern_free(&d->address);
    cor_intern_free(&d->heap_key);
    cor_intern_free(&d->image_key);
    cor_buf_free(&d->key);
    cor_arena_free(&d->work);
    cor_arena_free(&d->scratch);
}

/* ---- hosts ---- */

static cor_code room(void **p, size_t *cap, size_t need, size_t each, cor_err *e)
{
    if (need <= *cap)
        return COR_OK;
    void *q = cor_grow(*p, cap, need, each);
    if (q == NULL)
        return cor_nomem(e, "judge");
    *p = q;
    return COR_OK;
}

enum { NAME_MAX_BYTES = 255, KEY_ROOM = 4 * COR_FACT_TEXT_MAX }; /* no computer's name is longer */

/* A name as the table of aliases has it: upper case, \\ before it and the dot and dollar behind it gone. */
static cor_str alias_of(cor_desk *d, cor_str name)
{
    while (name.n > 0 && name.p[0] == '\\')
        name = (cor_str){name.p + 1, name.n - 1};
    while (name.n > 0 && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == '$'))
        name.n--;
    if (name.n > NAME_MAX_BYTES)
        name.n = 0;
    cor_buf_clear(&d->key);
    for (size_t i = 0; i < name.n; i++)
        cor_buf_c(&d->key, name.p[i] >= 'a' && name.p[i] <= 'z' ? (char)(name.p[i] - 'a' + 'A') : name.p[i]);
    return cor_buf_view(&d->key);
}

static cor_str short_of(cor_str name)
{
    const char *dot = name.n == 0 ? NULL : memchr(name.p, '.', name.n);
    return dot == NULL ? name : (cor_str){name.p, (size_t)(dot - name.p)};
}

static cor_code alias_add(cor_desk *d, cor_str name, uint32_t host, cor_err *e)
{
    if (name.n == 0)
        return COR_OK;
    size_t known = d->alias.n;
    uint32_t no = cor_buf_ok(&d->key) ? cor_intern_add(&d->alias, name) : COR_NONE;
    if (no == COR_NONE || room((void **)&d->alias_host, &d->cap_alias, d->alias.n, sizeof(*d->alias_host), e) != COR_OK)
        return cor_nomem(e, "judge");
    if (no == known)
        d->alias_host[no] = host;
    else if (d->alias_host[no] != host)
        d->alias_host[no] = COR_NONE;
    return COR_OK;
}

static cor_code alias_both(cor_desk *d, cor_str name, uint32_t host, cor_err *e)
{
    cor_str up = alias_of(d, name);
    if (alias_add(d, up, host, e) != COR_OK)
        return e->code;
    cor_str part = short_of(up);
    return part.n == up.n ? COR_OK : alias_add(d, part, host, e);
}

uint32_t cor_desk_named(cor_desk *d, cor_str name)
{
    cor_str up = alias_of(d, name);
    uint32_t no = up.n == 0 ? COR_NONE : cor_intern_find(&d->alias, up);
    if (no != COR_NONE)
        return d->alias_host[no];
    /* A full name that no event wrote: its first part counts when all that is known of that host are short names. */
    cor_str part = short_of(up);
    if (part.n == up.n || part.n == 0 || (no = cor_intern_find(&d->alias, part)) == COR_NONE)
        return COR_NONE;
    uint32_t h = d->alias_host[no];
    if (h == COR_NONE)
        return COR_NONE;
    for (uint32_t i = 0; i < d->host[h].n_spelled; i++)
        if (memchr(d->host[h].spelled[i].p, '.', d->host[h].spelled[i].n) != NULL)
            return COR_NONE;
    return h;
}

static int host_cmp(const void *a, const void *b)
{
    return cor_str_cmp(((const cor_jhost *)a)->name, ((const cor_jhost *)b)->name);
}

/* Its own name tells a host of the case apart, whatever else is called so: WS5 is not WS5.A.EXAMPLE or WS5.B.EXAMPLE,
 * though in an event WS5 may mean any of them. */
uint32_t cor_desk_host(const cor_desk *d, cor_str name)
{
    if (name.n == 0)
        return COR_NONE;
    const cor_jhost key = {.name = name};
    const cor_jhost *own = d->n_own == 0 ? NULL : bsearch(&key, d->host, d->n_own, sizeof(*d->host), host_cmp);
    if (own != NULL)
        return (uint32_t)(own - d->host);
    uint32_t no = cor_intern_find(&d->alias, name); /* hosts of a case are named in upper case */
    return no == COR_NONE ? COR_NONE : d->alias_host[no];
}

static cor_code host_new(cor_desk *d, cor_str name, uint32_t *out, cor_err *e)
{
    *out = COR_NONE;
    if (d->n_host >= COR_JUDGE_HOSTS_MAX) {
        d->left_out[COR_LEFT_HOSTS]++;
        return COR_OK;
    }
    if (room((void **)&d->host, &d->cap_host, d->n_host + 1, sizeof(*d->host), e) != COR_OK)
        return e->code;
    cor_jhost *h = &d->host[d->n_host];
    *h = (cor_jhost){.name = name, .log_first = COR_NOTIME, .log_last = COR_NOTIME, .since = COR_NOTIME,
                      .reached = {COR_NOTIME, COR_NOTIME}, .tried = {COR_NOTIME, COR_NOTIME}};
    for (unsigned i = 0; i < COR_LOG_N; i++)
        h->log[i].first = h->log[i].last = h->log[i].gap_last = COR_NOTIME;
    for (unsigned i = 0; i < COR_LIVE_N; i++)
        h->alive[i] = (cor_span){COR_NOTIME, COR_NOTIME};
    if (cor_keep(d->mem, &h->name, e) != COR_OK)
        return e->code;
    *out = (uint32_t)d->n_host++;
    return COR_OK;
}

cor_code cor_desk_meet(cor_desk *d, cor_str name, uint32_t *host, cor_err *e)
{
    cor_str up = alias_of(d, name);
    if (cor_intern_find(&d->alias, up) != COR_NONE || up.n == 0) {
        *host = cor_desk_named(d, name); /* two hosts of one name: it is neither */
        return COR_OK;
    }
    if ((*host = cor_desk_named(d, name)) != COR_NONE)
        return COR_OK;
    cor_str part = cor_arena_str(d->mem, short_of(alias_of(d, name)));
    if (part.p == NULL)
        return cor_nomem(e, "judge");
    cor_code c = host_new(d, part, host, e);
    if (c != COR_OK || *host == COR_NONE)
        return c;
    cor_str *one = cor_arena_get(d->mem, sizeof(*one));
    if (one == NULL)
        return cor_nomem(e, "judge");
    *one = cor_arena_str(d->mem, name);
    if (one->p == NULL)
        return cor_nomem(e, "judge");
    d->host[*host].spelled = one;
    d->host[*host].n_spelled = 1;
    return alias_both(d, name, *host, e);
}

static cor_code take_host(void *to, const cor_host *c, cor_err *e)
{
    cor_desk *d = to;
    uint32_t no;
    if (c->name.n == 0)
        return COR_OK; /* records of nobody known: no host */
    cor_code code = host_new(d, c->name, &no, e);
    if (code != COR_OK || no == COR_NONE)
        return code;
    cor_jhost *h = &d->host[no];
    cor_str *spelled = cor_arena_get(d->mem, (c->n_spelled + 1) * sizeof(*spelled));
    if (spelled == NULL)
        return cor_nomem(e, "judge");
    for (uint32_t i = 0; i < c->n_spelled; i++) {
        spelled[i] = c->spelled[i];
        if (cor_keep(d->mem, &spelled[i], e) != COR_OK)
            return e->code;
    }
    h->spelled = spelled;
    h->n_spelled = c->n_spelled;
    h->has_logs = c->records > 0;
    h->told = true;
    h->records = c->records;
    h->log_first = c->first;
    h->log_last = c->last;
    for (unsigned i = 0; i <= COR_LEVEL_CRITICAL; i++)
        h->findings += c->level[i];
    for (uint32_t i = 0; i < c->n_log; i++) {
        cor_log_no n = cor_log_find(c->log[i].channel);
        if (n == COR_LOG_N)
            continue;
        h->log[n].records += c->log[i].records;
        h->log[n].gaps += c->log[i].gaps;
        h->log[n].gap_last = c->log[i].gap_last > h->log[n].gap_last ? c->log[i].gap_last : h->log[n].gap_last;
        cor_span s = {h->log[n].first, h->log[n].last};
        cor_span_see(&s, c->log[i].first, c->log[i].last);
        h->log[n].first = s.first;
        h->log[n].last = s.last;
    }
    return COR_OK;
}

static cor_code take_path(void *to, uint32_t input, cor_str path, cor_err *e)
{
    cor_desk *d = to;
    if (input >= COR_JUDGE_INPUTS_MAX)
        return COR_OK;
    if (room((void **)&d->path, &d->cap_path, (size_t)input + 1, sizeof(*d->path), e) != COR_OK)
        return e->code;
    while (d->n_path <= input)
        d->path[d->n_path++] = COR_S("");
    d->path[input] = path;
    return cor_keep(&d->work, &d->path[input], e);
}

cor_code cor_desk_hosts(cor_desk *d, cor_err *e)
{
    const cor_judge_source *s = d->source;
    if (!cor_buf_room(&d->key, KEY_ROOM)) /* keys of values fit: looking one up cannot fail for want of memory */
        return cor_nomem(e, "judge");
    if (s->paths(s->ctx, take_path, d, e) != COR_OK || s->hosts(s->ctx, take_host, d, e) != COR_OK)
        return e->code;
    if (d->n_host > 1)
        qsort(d->host, d->n_host, sizeof(*d->host), host_cmp);
    d->n_own = d->n_host;
    for (uint32_t i = 0; i < d->n_host; i++)
        if (alias_add(d, d->host[i].name, i, e) != COR_OK)
            return e->code;
    for (uint32_t i = 0; i < d->n_host; i++)
        for (uint32_t k = 0; k < d->host[i].n_spelled; k++)
            if (alias_both(d, d->host[i].spelled[k], i, e) != COR_OK)
                return e->code;
    const cor_str *list = NULL;
    uint32_t n = d->options->context == NULL ? 0 : cor_context_hosts(d->options->context, &list);
    for (uint32_t i = 0, no; i < n; i++) {
        if (cor_desk_meet(d, list[i], &no, e) != COR_OK)
            return e->code;
        if (no != COR_NONE)
            d->host[no].told = true;
    }
    return COR_OK;
}

/* ---- what was seen ---- */

static int time_cmp(cor_time a, cor_time b)
{
    return a < b ? -1 : a > b;
}

int cor_basis_cmp(const cor_basis *a, const cor_basis *b)
{
    int c = time_cmp(a->time, b->time);
    if (c == 0 && (c = cor_str_cmp(a->computer, b->computer)) == 0 && (c = cor_str_cmp(a->channel, b->channel)) == 0)
        c = a->record_id < b->record_id ? -1 : a->record_id > b->record_id;
    if (c == 0 && (c = cor_str_cmp(a->finding, b->finding)) == 0 && (c = cor_str_cmp(a->input, b->input)) == 0)
        c = a->offset < b->offset ? -1 : a->offset > b->offset;
    return c;
}

cor_basis cor_desk_basis(const cor_desk *d, const cor_fact *f)
{
    cor_str path = f->path.n == 0 && f->input < d->n_path ? d->path[f->input] : f->path;
    return (cor_basis){.finding = COR_S(""), .input = path.p == NULL ? COR_S("") : path, .offset = f->offset,
                       .record_id = f->record_id,
                       .channel = f->channel, .computer = f->computer,
                       .event_id = f->event_id, .time = f->first};
}

cor_code cor_desk_basis_keep(cor_arena *mem, cor_basis *b, cor_err *e)
{
    return cor_keep(mem, &b->finding, e) == COR_OK && cor_keep(mem, &b->input, e) == COR_OK &&
                   cor_keep(mem, &b->channel, e) == COR_OK
               ? cor_keep(mem, &b->computer, e)
               : e->code;
}

enum { BASIS_BESIDE = 3 }; /* of a contact or a user's rule: there may be many of them */

/* Puts one basis among the first few of a heap. */
static cor_code basis_add(cor_desk *d, cor_heap *h, const cor_basis *b, cor_err *e)
{
    uint32_t at = h->n_basis;
    while (at > 0 && cor_basis_cmp(b, &h->basis[at - 1]) < 0)
        at--;
    if (at > 0 && cor_basis_cmp(b, &h->basis[at - 1]) == 0)
        return COR_OK;
    uint32_t most = h->kind == COR_REASON_SIGN ? COR_BASIS_MAX : BASIS_BESIDE;
    if (at >= most)
        return COR_OK;
    if (h->basis == NULL) {
        /* most reasons have one or two */
        h->basis = cor_arena_get(d->mem, 2 * sizeof(*h->basis));
    } else if (h->n_basis >= 2 && (h->n_basis & (h->n_basis - 1)) == 0) {
        cor_basis *more = cor_arena_get(d->mem, 2 * h->n_basis * sizeof(*more));
        if (more != NULL)
            memcpy(more, h->basis, h->n_basis * sizeof(*more));
        h->basis = more;
    }
    if (h->basis == NULL)
        return cor_nomem(e, "judge");
    cor_basis mine = *b;
    if (cor_desk_basis_keep(d->mem, &mine, e) != COR_OK)
        return e->code;
    uint32_t n = h->n_basis < most ? h->n_basis : most - 1;
    memmove(&h->basis[at + 1], &h->basis[at], (n - at) * sizeof(*h->basis));
    h->basis[at] = mine;
    h->n_basis = n + 1;
    return COR_OK;
}

static cor_class *class_of(cor_desk *d, cor_jhost *h, cor_stage_no stage, cor_str group, bool rule, cor_err *e)
{
    group = group.p == NULL ? COR_S("") : group;
    for (size_t i = 0; i < h->n_class; i++)
        if (h->class[i].stage == stage && h->class[i].rule == rule && cor_str_eq(h->class[i].group, group))
            return &h->class[i];
    if (room((void **)&h->class, &h->cap_class, h->n_class + 1, sizeof(*h->class), e) != COR_OK)
        return NULL;
    h->class[h->n_class] = (cor_class){.stage = stage, .group = group, .rule = rule};
    if (cor_keep(&d->work, &h->class[h->n_class].group, e) != COR_OK)
        return NULL;
    return &h->class[h->n_class++];
}

static void hour_see(cor_hour *o, cor_time t, bool here)
{
    o->min = t < o->min ? t : o->min;
    o->max = t > o->max ? t : o->max;
    if (here)
        cor_span_see(&o->here, t, t);
}

static cor_code class_see(cor_desk *d, cor_jhost *h, cor_stage_no stage, cor_str group, bool rule, bool here,
                          cor_time t, cor_err *e)
{
    cor_class *c = class_of(d, h, stage, group, rule, e);
    if (c == NULL)
        return e->code;
    if (t == COR_NOTIME)
        return COR_OK; /* it counts, but is near nothing */
    int64_t hour = t / (3600 * COR_SECOND);
    size_t at = c->n;
    while (at > 0 && c->hour[at - 1].hour > hour)
        at--;
    if ((at > 0 && c->hour[at - 1].hour == hour) || (at > 0 && c->n >= COR_JUDGE_HOURS_MAX)) {
        hour_see(&c->hour[at - 1], t, here);
        return COR_OK;
    }
    if (c->n >= COR_JUDGE_HOURS_MAX) {
        hour_see(&c->hour[0], t, here);
        return COR_OK;
    }
    if (room((void **)&c->hour, &c->cap, c->n + 1, sizeof(*c->hour), e) != COR_OK)
        return e->code;
    memmove(&c->hour[at + 1], &c->hour[at], (c->n - at) * sizeof(*c->hour));
    c->hour[at] = (cor_hour){hour, t, t, {COR_NOTIME, COR_NOTIME}};
    hour_see(&c->hour[at], t, here);
    c->n++;
    return COR_OK;
}

bool cor_host_has_signs(const cor_jhost *h)
{
    for (size_t i = 0; i < h->n_class; i++)
        if (!h->class[i].rule)
            return true;
    return false;
}

bool cor_class_near(const cor_class *c, cor_time t)
{
    for (size_t i = 0; i < c->n; i++)
        if (t >= c->hour[i].min - COR_JUDGE_NEAR && t <= c->hour[i].max + COR_JUDGE_NEAR)
            return true;
    return false;
}

static cor_code heap_find(cor_desk *d, const cor_obs *o, uint32_t peer, cor_str what, uint32_t *no, bool *new,
                          cor_err *e)
{
    cor_buf_clear(&d->key);
    cor_pack_u64(&d->key, o->host);
    cor_pack_u64(&d->key, (uint64_t)o->kind);
    cor_pack_u64(&d->key, (uint64_t)o->grade);
    cor_pack_u64(&d->key, (uint64_t)o->stage);
    cor_pack_u64(&d->key, (uint64_t)o->counts << 1 | o->as_source);
    cor_pack_u64(&d->key, peer);
    cor_pack_str(&d->key, o->sign == NULL ? COR_S("") : cor_str_of(o->sign->id));
    cor_pack_str(&d->key, o->group.p == NULL ? COR_S("") : o->group);
    cor_pack_str(&d->key, o->family.p == NULL ? COR_S("") : o->family);
    cor_pack_str(&d->key, what.p == NULL ? COR_S("") : what);
    size_t known = d->heap_key.n;
    *no = cor_buf_ok(&d->key) ? cor_intern_find(&d->heap_key, cor_buf_view(&d->key)) : COR_NONE;
    *new = *no == COR_NONE;
    const cor_jhost *h = &d->host[o->host];
    if (!*new || h->n_heap >= COR_JUDGE_REASONS_MAX ||
        (o->kind == COR_REASON_CONTACT && h->n_peer >= COR_JUDGE_PEERS_MAX) ||
        (o->kind == COR_REASON_RULE && h->n_rule >= COR_JUDGE_RULES_MAX))
        return COR_OK;
    *no = cor_buf_ok(&d->key) ? cor_intern_add(&d->heap_key, cor_buf_view(&d->key)) : COR_NONE;
    return *no == known ? COR_OK : cor_nomem(e, "judge");
}

static cor_code heap_begin(cor_desk *d, const cor_obs *o, uint32_t no, uint32_t peer, cor_err *e)
{
    cor_jhost *h = &d->host[o->host];
    if (room((void **)&d->heap, &d->cap_heap, (size_t)no + 1, sizeof(*d->heap), e) != COR_OK ||
        room((void **)&h->heap, &h->cap_heap, h->n_heap + 1, sizeof(*h->heap), e) != COR_OK)
        return e->code;
    cor_heap *p = &d->heap[no];
    *p = (cor_heap){.host = o->host, .peer = peer, .kind = o->kind, .sign = o->sign, .grade = o->grade,
                    .stage = o->stage, .level = o->level, .group = o->group, .family = o->family, .text = COR_S(""),
                    .counts = o->counts, .as_source = o->as_source, .reached = o->reached,
                    .span = {COR_NOTIME, COR_NOTIME}};
    if (cor_keep(d->mem, &p->group, e) != COR_OK || cor_keep(d->mem, &p->family, e) != COR_OK)
        return e->code;
    h->heap[h->n_heap++] = no;
    h->n_peer += o->kind == COR_REASON_CONTACT;
    h->n_rule += o->kind == COR_REASON_RULE;
    return COR_OK;
}

cor_code cor_desk_observe(cor_desk *d, const cor_obs *o, cor_err *e)
{
    cor_jhost *h = &d->host[o->host];
    uint32_t no;
    bool new;
    cor_time t = o->basis[0].time;
    h->told = true;
    if (o->kind == COR_REASON_SIGN && o->grade >= COR_GRADE_STRONG) {
        if (class_see(d, h, o->stage, o->group, false, !o->as_source, t, e) != COR_OK ||
            (o->grade == COR_GRADE_CONCLUSIVE &&
             class_see(d, h, COR_STAGE_N, COR_S(""), false, !o->as_source, t, e) != COR_OK))
            return e->code;
    } else if (o->kind == COR_REASON_RULE && o->stage != COR_STAGE_N && o->level >= COR_LEVEL_HIGH) {
        if (class_see(d, h, o->stage, COR_S(""), true, !o->as_source, t, e) != COR_OK)
            return e->code;
    }
    if (heap_find(d, o, o->peer, o->what, &no, &new, e) != COR_OK)
        return e->code;
    if (no == COR_NONE)
        return COR_OK; /* COR_JUDGE_REASONS_MAX: judged, not told apart */
    if (new && heap_begin(d, o, no, o->peer, e) != COR_OK)
        return e->code;
    cor_heap *p = &d->heap[no];
    bool first = p->n_basis == 0 || cor_basis_cmp(&o->basis[0], &p->basis[0]) < 0;
    if (first) {
        p->text = o->text;
        if (cor_keep(d->mem, &p->text, e) != COR_OK)
            return e->code;
    }
    for (uint32_t i = 0; i < o->n_basis; i++)
        if (basis_add(d, p, &o->basis[i], e) != COR_OK)
            return e->code;
    p->n++;
    cor_span_see(&p->span, t, o->last);
    return COR_OK;
}

cor_code cor_desk_indicate(cor_desk *d, uint32_t host, const char *type, cor_str value, cor_str finding, cor_err *e)
{
    cor_jhost *h = &d->host[host];
    if (value.n == 0)
        return COR_OK;
    for (size_t i = 0; i < h->n_indicator; i++)
        if (strcmp(h->indicator[i].type, type) == 0 && cor_str_eq(h->indicator[i].value, value)) {
            if (cor_str_cmp(finding, h->indicator[i].finding) >= 0)
                return COR_OK;
            h->indicator[i].finding = finding; /* the least id, whatever came first */
            return cor_keep(d->mem, &h->indicator[i].finding, e);
        }
    if (h->n_indicator >= COR_JUDGE_INDICATORS_MAX)
        return COR_OK;
    if (room((void **)&h->indicator, &h->cap_indicator, h->n_indicator + 1, sizeof(*h->indicator), e) != COR_OK)
        return e->code;
    cor_indicator *i = &h->indicator[h->n_indicator];
    *i = (cor_indicator){type, value, finding};
    if (cor_keep(d->mem, &i->value, e) != COR_OK || cor_keep(d->mem, &i->finding, e) != COR_OK)
        return e->code;
    h->n_indicator++;
    return COR_OK;
}
