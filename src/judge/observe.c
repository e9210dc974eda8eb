/* Findings become observations: whom a sign speaks against, how much, and in which words. */
#include "judge/desk.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"

cor_str cor_finding_field(const cor_case_finding *f, const char *name)
{
    for (uint32_t i = 0; i < f->n_field; i++)
        if (cor_str_is(f->field[i].name, name))
            return f->field[i].text;
    for (uint32_t i = 0; i < f->n_corr_group; i++)
        if (cor_str_is(f->corr_group[i].name, name))
            return f->corr_group[i].text;
    return (cor_str){NULL, 0};
}

static cor_str lower(cor_arena *mem, cor_str s)
{
    cor_str out = cor_arena_str(mem, s.p == NULL ? COR_S("") : s);
    for (size_t i = 0; out.p != NULL && i < out.n; i++)
        if (out.p[i] >= 'A' && out.p[i] <= 'Z')
            ((char *)out.p)[i] = (char)(out.p[i] - 'A' + 'a');
    return out;
}

static bool has(cor_str s, const char *part)
{
    cor_str want = cor_str_of(part);
    for (size_t i = 0; i + want.n <= s.n; i++)
        if (cor_str_ieq((cor_str){s.p + i, want.n}, want))
            return true;
    return false;
}

/* ---- grades that one rule cannot tell apart ---- */

/* Minutes of `hh:mm` behind a switch such as "/st "; -1: none. */
static int minutes_behind(cor_str s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n + 5 <= s.n; i++) {
        const char *p = s.p + i + n;
        if (cor_str_ieq((cor_str){s.p + i, n}, (cor_str){what, n}) && p[0] >= '0' && p[0] <= '2' && p[1] >= '0' &&
            p[1] <= '9' && p[2] == ':' &&
            p[3] >= '0' && p[3] <= '5' && p[4] >= '0' && p[4] <= '9')
            return ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0';
    }
    return -1;
}

/* Qakbot's one-time task ends eleven or twelve minutes after its start; others of that shape are strong. */
static cor_grade grade_per1(const cor_case_finding *f, cor_grade given)
{
    cor_str cmd = cor_finding_field(f, "CommandLine");
    int st = minutes_behind(cmd, "/st "), et = minutes_behind(cmd, "/et ");
    if (st < 0 || et < 0)
        return given;
    int span = (et - st + 24 * 60) % (24 * 60);
    return span == 11 || span == 12 ? COR_GRADE_CONCLUSIVE : COR_GRADE_STRONG;
}

/* Where antivirus found it: Defender writes file:_C:\..; regkeyvalue:_..; taskscheduler:_.. */
static cor_str antivirus_path(const cor_case_finding *f)
{
    cor_str p = cor_finding_field(f, "Path");
    return p.p != NULL ? p : cor_finding_field(f, "Filename");
}

static cor_grade grade_av1(const cor_case_finding *f, cor_grade given)
{
    cor_str path = antivirus_path(f);
    bool runs = has(path, "regkeyvalue:_") || has(path, "taskscheduler:_") || has(path, "service:_");
    return given == COR_GRADE_STRONG && runs ? COR_GRADE_CONCLUSIVE : given;
}

static cor_str family_named(const cor_case_finding *f)
{
    static const struct { const char *part, *family; } row[] = {
        {"qakbot", "Qakbot"}, {"qbot", "Qakbot"}, {"quakbot", "Qakbot"}, {"pinkslip", "Qakbot"}, {"emotet", "Emotet"},
        {"heodo", "Emotet"}, {"geodo", "Emotet"}, {"trickbot", "TrickBot"}, {"trickster", "TrickBot"},
    };
    cor_str name = cor_finding_field(f, "Threat Name");
    if (name.p == NULL)
        name = cor_finding_field(f, "Signature");
    for (size_t i = 0; i < COR_LEN(row); i++)
        if (has(name, row[i].part))
            return cor_str_of(row[i].family);
    return f->family;
}

/* ---- programs that signs speak of ---- */

/* The path of the program in a command, in lower case: quotes, arguments and %SystemRoot% are gone. */
static cor_str program_of(cor_arena *mem, cor_str command)
{
    cor_str s = lower(mem, command);
    if (s.p == NULL)
        return s;
    while (s.n > 0 && (s.p[0] == '"' || s.p[0] == ' '))
        s = (cor_str){s.p + 1, s.n - 1};
    for (size_t i = 0; i + 4 <= s.n; i++)
        if (memcmp(s.p + i, ".exe", 4) == 0) {
            s.n = i + 4;
            break;
        }
    if (s.n > 12 && memcmp(s.p, "%systemroot%", 12) == 0)
        return cor_arena_fmt(mem, "c:\\windows%.*s", (int)(s.n - 12), s.p + 12);
    return s;
}

static cor_code image_see(cor_desk *d, uint32_t host, const cor_sign *s, const cor_case_finding *f, cor_err *e)
{
    static const struct { const char *sign, *field; } row[] = {
        {"INJ1", "Image"}, {"INJ2", "Image"}, {"INJ3", "Image"}, {"INS2", "Image"}, {"C2a", "Image"}, {"C2b", "Image"},
        {"THE3", "SourceImage"}, {"THE4", "Image"}, {"THE5", "Image"}, {"DIS1", "ParentImage"},
        {"DIS4", "ParentImage"}, {"ARR10", "Image"}, {"OPS5", "Image"}, {"LAT2", "ImagePath"}, {"PER6", "ImagePath"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        if (strcmp(row[i].sign, s->id) != 0)
            continue;
        cor_str path = program_of(&d->scratch, cor_finding_field(f, row[i].field));
        if (path.p == NULL)
            return cor_nomem(e, "judge");
        if (path.n == 0)
            return COR_OK;
        return cor_desk_image(d, host, path, f->time, e);
    }
    return COR_OK;
}

/* Without its volume: Sysmon writes C:\x.exe, the filtering platform \device\harddiskvolume3\x.exe. */
static cor_str below_volume(cor_str path)
{
    static const char device[] = "\\device\\";
    size_t n = sizeof(device) - 1;
    if (path.n > 2 && path.p[1] == ':')
        return (cor_str){path.p + 2, path.n - 2};
    if (path.n <= n || !cor_str_ieq((cor_str){path.p, n}, (cor_str){device, n}))
        return path;
    const char *end = memchr(path.p + n, '\\', path.n - n);
    return end == NULL ? path : (cor_str){end, path.n - (size_t)(end - path.p)};
}

static void put_program(cor_buf *b, cor_str path)
{
    path = below_volume(path);
    for (size_t i = 0; i < path.n; i++)
        cor_buf_c(b, path.p[i] >= 'A' && path.p[i] <= 'Z' ? (char)(path.p[i] - 'A' + 'a') : path.p[i]);
}

cor_str cor_program_name(cor_desk *d, cor_str path)
{
    cor_buf_clear(&d->key);
    put_program(&d->key, path);
    return cor_buf_view(&d->key);
}

static cor_str image_key(cor_desk *d, uint32_t host, cor_str path)
{
    cor_buf_clear(&d->key);
    cor_buf_fmt(&d->key, "%u|", host);
    put_program(&d->key, path);
    return cor_buf_view(&d->key);
}

bool cor_desk_convicted(cor_desk *d, uint32_t host, cor_str path, cor_time t)
{
    cor_str key = image_key(d, host, path);
    uint32_t no = cor_buf_ok(&d->key) ? cor_intern_find(&d->image_key, key) : COR_NONE;
    return no != COR_NONE && t >= d->image[no].first;
}

cor_code cor_desk_image(cor_desk *d, uint32_t host, cor_str path, cor_time t, cor_err *e)
{
    (void)image_key(d, host, path);
    if (!cor_buf_ok(&d->key))
        return cor_nomem(e, "judge");
    uint32_t no = cor_intern_find(&d->image_key, cor_buf_view(&d->key));
    if (no == COR_NONE) {
        if (d->image_key.n >= COR_JUDGE_JOINS_MAX) {
            d->left_out[COR_LEFT_PROGRAMS]++;
            return COR_OK;
        }
        if ((no = cor_intern_add(&d->image_key, cor_buf_view(&d->key))) == COR_NONE)
            return cor_nomem(e, "judge");
        if (no >= d->cap_image) {
            cor_image *p = cor_grow(d->image, &d->cap_image, (size_t)no + 1, sizeof(*p));
            if (p == NULL)
                return cor_nomem(e, "judge");
            d->image = p;
        }
        d->image[no] = (cor_image){.host = host, .first = t};
    }
    if (t < d->image[no].first)
        d->image[no].first = t;
    return COR_OK;
}

/* ---- indicators ---- */

static bool own_place(cor_str path)
{
    static const char *const common[] = {"c:\\windows\\system32\\", "c:\\windows\\syswow64\\", "c:\\program files",
                                         "c:\\windows\\explorer.exe", "c:\\windows\\microsoft.net\\"};
    for (size_t i = 0; i < COR_LEN(common); i++)
        if (path.n >= strlen(common[i]) && memcmp(path.p, common[i], strlen(common[i])) == 0)
            return false;
    return path.n > 0;
}

static cor_code indicate(cor_desk *d, uint32_t host, const cor_case_finding *f, cor_err *e)
{
    static const struct { const char *field, *type; } row[] = {
        {"ServiceName", "service"}, {"TaskName", "task"}, {"TargetObject", "registry"}, {"QueryName", "domain"},
        {"TargetFilename", "file"}, {"Image", "file"}, {"DestinationIp", "ip"}, {"Hashes", "sha256"},
    };
    bool own = false;
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_str v = cor_finding_field(f, row[i].field), clean;
        char room[COR_ADDRESS_TEXT];
        if (v.p == NULL || v.n == 0)
            continue;
        if (strcmp(row[i].field, "Image") == 0) {
            cor_str low = lower(&d->scratch, v);
            if (low.p == NULL)
                return cor_nomem(e, "judge");
            own = own_place(low);
            if (!own)
                continue;
        } else if (strcmp(row[i].type, "ip") == 0) {
            if (!cor_address_clean(v, room, &clean) || !cor_address_public(clean))
                continue;
            v = clean;
        } else if (strcmp(row[i].type, "sha256") == 0) {
            size_t at = 0;
            while (at + 7 + 64 <= v.n && memcmp(v.p + at, "SHA256=", 7) != 0)
                at++;
            if (!own || at + 7 + 64 > v.n)
                continue;
            v = (cor_str){v.p + at + 7, 64};
        }
        if (cor_desk_indicate(d, host, row[i].type, v, f->id, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

/* ---- whom it convicts ---- */

static cor_basis basis_of(const cor_case_finding *f)
{
    cor_basis b = {.finding = f->id, .input = COR_S(""), .offset = 0, .record_id = f->record_id, .channel = f->channel,
                   .computer = f->computer, .event_id = f->event_id, .time = f->time};
    if (f->n_place > 0) {
        b.input = f->place[0].input;
        b.offset = f->place[0].offset;
    } else if (f->n_event > 0) { /* a correlation lies where its first event does */
        const cor_finding_event *v = &f->event[0];
        b = (cor_basis){f->id, v->input, v->offset, v->record_id, v->channel, v->computer, v->event_id, f->time};
    }
    return b;
}

/* The host of a finding, or hosts of a correlation's events, each once. */
static uint32_t hosts_of(const cor_desk *d, const cor_case_finding *f, uint32_t *out, uint32_t max)
{
    uint32_t one = cor_desk_host(d, f->host), n = 0;
    if (one != COR_NONE)
        out[n++] = one;
    for (uint32_t i = 0; one == COR_NONE && i < f->n_event && n < max; i++) {
        uint32_t h = cor_desk_host(d, f->event[i].host), k = 0;
        while (k < n && out[k] != h)
            k++;
        if (h != COR_NONE && k == n)
            out[n++] = h;
    }
    return n;
}

enum { EVENT_HOSTS = 64 }; /* hosts of one correlation that it speaks against */

static cor_code take_rule(cor_desk *d, const cor_case_finding *f, cor_err *e)
{
    uint32_t host[EVENT_HOSTS], n = hosts_of(d, f, host, EVENT_HOSTS);
    cor_basis b = basis_of(f);
    cor_stage_no stage = COR_STAGE_N;
    (void)cor_stage_of_tactics(f->tag, f->n_tag, &stage);
    cor_obs o = {.kind = COR_REASON_RULE, .grade = COR_GRADE_NONE, .stage = stage,
                 .level = f->level, .peer = COR_NONE, .what = f->rule_id.n > 0 ? f->rule_id : f->rule_title,
                 .text = f->rule_title, .last = f->last, .basis = &b, .n_basis = 1};
    for (uint32_t i = 0; i < n; i++) {
        o.host = host[i];
        if (cor_desk_observe(d, &o, e) != COR_OK)
            return e->code;
    }
    return COR_OK;
}

/* What comes from where administrators work is explained one grade down, never away. */
cor_grade cor_grade_explained(const cor_desk *d, cor_grade g, uint32_t source, cor_str account, const char **why)
{
    const cor_context *c = d->options->context;
    unsigned roles = source == COR_NONE ? 0 : d->host[source].roles;
    *why = NULL;
    if (c == NULL)
        return g;
    bool of_account = roles == 0;
    if (of_account && account.n > 0)
        roles = cor_context_account_roles(c, account);
    if (roles == 0)
        return g;
    *why = roles & COR_ROLE_SCANNER    ? (of_account ? "account of a known scanner" : "a known scanner")
           : roles & COR_ROLE_DEPLOYMENT ? (of_account ? "account that installs software" : "a known deployment server")
           : roles & COR_ROLE_ADMIN      ? (of_account ? "account of administrators" : "a known admin host")
                                         : "account of a backup";
    return g > COR_GRADE_WEAK ? (cor_grade)(g - 1) : g;
}

/* The host that a field of the sign names. One that is no host of the case makes nobody: it is told. */
static cor_code named_host(cor_desk *d, const cor_sign *s, const cor_case_finding *f, uint32_t *host, cor_err *e)
{
    char name[64], room[COR_ADDRESS_TEXT];
    cor_str clean, stranger = COR_S("");
    uint32_t witness = cor_desk_host(d, f->host);
    *host = COR_NONE;
    for (const char *field = s->field; *field != '\0' && *host == COR_NONE; field += strspn(field, " ")) {
        size_t n = strcspn(field, " ");
        (void)snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name) - 1), field);
        field += n;
        cor_str v = cor_finding_field(f, name);
        if (v.p == NULL || v.n == 0 || cor_str_is(v, "-"))
            continue;
        if (!cor_address_clean(v, room, &clean))
            *host = cor_desk_named(d, v);
        else if (cor_addresses_find(d, clean, f->time, host) != COR_WHOSE_HOST)
            *host = COR_NONE;
        stranger = stranger.n == 0 ? v : stranger;
    }
    if (*host != COR_NONE || witness == COR_NONE || stranger.n == 0)
        return COR_OK;
    bool address = cor_address_clean(stranger, room, &clean);
    return cor_desk_indicate(d, witness, address ? "ip" : "computer", address ? clean : stranger, f->id, e);
}

static cor_code take_named(cor_desk *d, cor_obs *o, const cor_case_finding *f, cor_err *e)
{
    uint32_t witness = cor_desk_host(d, f->host), host;
    cor_code c = named_host(d, o->sign, f, &host, e);
    if (c != COR_OK || host == COR_NONE)
        return c;
    const char *why;
    o->host = host;
    o->peer = witness == host ? COR_NONE : witness;
    o->as_source = true;
    o->grade = cor_grade_explained(d, o->grade, host, COR_S(""), &why);
    if (why != NULL)
        o->text = cor_arena_fmt(&d->scratch, "%.*s (%s: one grade lower)", COR_STR_FMT(o->text), why);
    return o->text.p == NULL ? cor_nomem(e, "judge") : cor_desk_observe(d, o, e);
}

/* As facts spell it: exports write it in decimal or with leading zeros. */
static cor_str logon_id(cor_desk *d, cor_str s)
{
    char z[24], *end;
    if (s.n == 0 || s.n >= sizeof(z))
        return COR_S("");
    memcpy(z, s.p, s.n);
    z[s.n] = '\0';
    unsigned long long v = strtoull(z, &end, 0);
    return *end != '\0' ? COR_S("") : cor_arena_fmt(&d->work, "0x%llx", v);
}

/* Its source is looked for first: who it is may explain it. */
static cor_code take_join(cor_desk *d, const cor_obs *o, const cor_case_finding *f, cor_err *e)
{
    if (d->n_join >= d->cap_join) {
        cor_join *p = cor_grow(d->join, &d->cap_join, d->n_join + 1, sizeof(*p));
        if (p == NULL)
            return cor_nomem(e, "judge");
        d->join = p;
    }
    cor_join *j = &d->join[d->n_join];
    cor_str id = cor_finding_field(f, f->event_id == 4688 ? "TargetLogonId" : "SubjectLogonId");
    *j = (cor_join){.host = o->host, .time = f->time, .service = cor_finding_field(f, "ServiceName"),
                    .logon_id = logon_id(d, id.p != NULL ? id : cor_finding_field(f, "LogonId")), .sign = o->sign,
                    .grade = o->grade, .stage = o->stage, .group = o->group, .family = o->family,
                    .text = o->text, .basis = *o->basis};
    j->exact.time = j->pipe.time = j->near.time = COR_NOTIME;
    if (cor_desk_basis_keep(&d->work, &j->basis, e) != COR_OK || cor_keep(&d->work, &j->service, e) != COR_OK ||
        cor_keep(&d->work, &j->logon_id, e) != COR_OK || cor_keep(&d->work, &j->group, e) != COR_OK ||
        cor_keep(&d->work, &j->family, e) != COR_OK || cor_keep(&d->work, &j->text, e) != COR_OK)
        return e->code;
    d->n_join++;
    return COR_OK;
}

/* Antivirus found it on another computer's share: that one holds it. */
static cor_code take_carrier(cor_desk *d, const cor_case_finding *f, cor_err *e)
{
    cor_str p = antivirus_path(f);
    for (size_t i = 0; p.p != NULL && i + 2 < p.n; i++) {
        if (p.p[i] != '\\' || p.p[i + 1] != '\\' || (i > 0 && p.p[i - 1] == '\\'))
            continue;
        size_t from = i + 2, n = 0;
        while (from + n < p.n && p.p[from + n] != '\\')
            n++;
        uint32_t h = cor_desk_named(d, (cor_str){p.p + from, n});
        if (h != COR_NONE && h != cor_desk_host(d, f->host)) {
            cor_basis b = basis_of(f);
            d->host[h].flags |= COR_FLAG_CARRIER;
            cor_str text = cor_arena_fmt(&d->scratch, "Antivirus names malware in a file on a share of this host: %.*s",
                                         COR_STR_FMT(p));
            cor_obs o = {.host = h, .peer = cor_desk_host(d, f->host), .kind = COR_REASON_SIGN,
                         .sign = cor_sign_find(f->sign), .grade = COR_GRADE_WEAK, .stage = COR_STAGE_OTHER,
                         .group = COR_S("antivirus"), .family = family_named(f), .text = text, .last = f->last,
                         .basis = &b, .n_basis = 1};
            return text.p == NULL ? cor_nomem(e, "judge") : cor_desk_observe(d, &o, e);
        }
    }
    return COR_OK;
}

static cor_code take_sign(cor_desk *d, const cor_case_finding *f, const cor_sign *s, cor_err *e)
{
    cor_basis b = basis_of(f);
    cor_obs o = {.kind = COR_REASON_SIGN, .sign = s, .grade = COR_GRADE_WEAK, .stage = s->stage, .group = f->group,
                 .family = f->family, .peer = COR_NONE, .last = f->last, .basis = &b, .n_basis = 1};
    for (unsigned g = COR_GRADE_WEAK; g <= COR_GRADE_CONCLUSIVE; g++)
        if (cor_str_is(f->grade, cor_grade_name[g]))
            o.grade = (cor_grade)g;
    for (unsigned i = 0; i < COR_STAGE_N; i++)
        if (cor_str_is(f->stage, cor_stage_name[i]))
            o.stage = (cor_stage_no)i;
    if (strcmp(s->id, "PER1") == 0)
        o.grade = grade_per1(f, o.grade);
    if (strcmp(s->id, "AV1") == 0) {
        o.grade = grade_av1(f, o.grade);
        o.family = family_named(f);
        if (take_carrier(d, f, e) != COR_OK)
            return e->code;
    }
    o.text = cor_tell_finding(&d->scratch, s, o.grade, f);
    if (o.text.p == NULL)
        return cor_nomem(e, "judge");
    if (s->convicts == COR_CONVICTS_NAMED)
        return take_named(d, &o, f, e);
    uint32_t host[EVENT_HOSTS], n = hosts_of(d, f, host, EVENT_HOSTS);
    for (uint32_t i = 0; i < n; i++) {
        o.host = host[i];
        bool joins = s->convicts == COR_CONVICTS_BOTH && f->n_event == 0 && f->time != COR_NOTIME;
        if (joins && d->n_join >= COR_JUDGE_JOINS_MAX) {
            joins = false;
            d->left_out[COR_LEFT_SOURCES]++;
        }
        if ((joins ? take_join(d, &o, f, e) : cor_desk_observe(d, &o, e)) != COR_OK ||
            (o.grade >= COR_GRADE_STRONG &&
             (image_see(d, o.host, s, f, e) != COR_OK || indicate(d, o.host, f, e) != COR_OK)))
            return e->code;
    }
    return COR_OK;
}

static cor_code take(void *to, const cor_case_finding *f, cor_err *e)
{
    cor_desk *d = to;
    cor_arena_reset(&d->scratch);
    if (!f->builtin)
        return f->level >= COR_LEVEL_HIGH ? take_rule(d, f, e) : COR_OK;
    const cor_sign *s = f->sign.n == 0 ? NULL : cor_sign_find(f->sign);
    return s == NULL ? COR_OK : take_sign(d, f, s, e);
}

cor_code cor_judge_observe(cor_desk *d, cor_err *e)
{
    const cor_context *c = d->options->context;
    for (size_t i = 0; i < d->n_host; i++)
        d->host[i].roles = cor_context_roles(c, d->host[i].name);
    for (size_t i = 0; c != NULL && i < d->n_claim; i++)
        d->host[d->claim[i].host].roles |= cor_context_roles(c, d->address.str[d->claim[i].address]);
    return d->source->findings(d->source->ctx, take, d, e);
}
