/* The stage: machines, people, their numbers, and the texts and times that acts share. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "range/scene_in.h"

#define ROOM "range"

const char *const cor_profile_name[COR_PROFILE_N] = {"a0", "a1", "a2"};
const cor_user cor_local_system = {.name = "SYSTEM", .domain = "NT AUTHORITY", .sid = "S-1-5-18"};

static const struct {
    const char *name, *address, *user;
    cor_machine_kind kind;
} topology[COR_MACHINES] = {
    {"WS01", "10.20.1.11", "a.brandt", COR_WORKSTATION},  {"WS02", "10.20.1.12", "b.hahn", COR_WORKSTATION},
    {"WS03", "10.20.1.13", "m.keller", COR_WORKSTATION},  {"WS04", "10.20.1.14", "s.neumann", COR_WORKSTATION},
    {"WS05", "10.20.1.15", "j.lindner", COR_WORKSTATION}, {"WS06", "10.20.1.16", "t.vogel", COR_WORKSTATION},
    {"WS07", "10.20.1.17", "p.ostrow", COR_WORKSTATION},  {"WS08", "10.20.1.18", "c.albers", COR_WORKSTATION},
    {"WS09", "10.20.1.19", "k.lang", COR_WORKSTATION},    {"SRV-FILE01", "10.20.2.21", NULL, COR_SERVER},
    {"SRV-APP01", "10.20.2.22", NULL, COR_SERVER},        {"DC01", "10.20.2.10", NULL, COR_CONTROLLER},
};

void *cor_scene_get(cor_scene *s, size_t n)
{
    static uint64_t spare[64]; /* where writes of a scene without memory go; it is never read as a result */
    void *p = cor_arena_zero(cor_stage_mem(s->stage), n);
    if (p == NULL)
        cor_stage_nomem(s->stage);
    return p != NULL ? p : n <= sizeof spare ? memset(spare, 0, sizeof spare) : NULL;
}

const char *cor_scene_fmt(cor_scene *s, const char *f, ...)
{
    char t[512];
    va_list ap, again;
    va_start(ap, f);
    va_copy(again, ap);
    int n = vsnprintf(t, sizeof t, f, ap);
    char *p = n < 0 ? NULL : cor_arena_get(cor_stage_mem(s->stage), (size_t)n + 1);
    if (p != NULL)
        vsnprintf(p, (size_t)n + 1, f, again);
    va_end(again);
    va_end(ap);
    if (p == NULL)
        cor_stage_nomem(s->stage);
    return p == NULL ? "" : p;
}

uint64_t cor_scene_random(cor_scene *s)
{
    return cor_stage_random(s->stage);
}

unsigned cor_scene_between(cor_scene *s, unsigned from, unsigned to)
{
    return from + (unsigned)(cor_scene_random(s) % (to - from + 1));
}

const char *cor_scene_word(cor_scene *s, unsigned from, unsigned to)
{
    const char *p = cor_stage_word(s->stage, from, to).p;
    if (p == NULL)
        cor_stage_nomem(s->stage);
    return p == NULL ? "" : p;
}

const char *cor_scene_Word(cor_scene *s, unsigned from, unsigned to)
{
    const char *w = cor_scene_word(s, from, to);
    return *w == '\0' ? w : cor_scene_fmt(s, "%c%s", toupper((unsigned char)*w), w + 1);
}

const char *cor_scene_sha256(cor_scene *s)
{
    unsigned long long r[4];
    for (int i = 0; i < 4; i++)
        r[i] = (unsigned long long)cor_scene_random(s);
    return cor_scene_fmt(s, "%016llX%016llX%016llX%016llX", r[0], r[1], r[2], r[3]);
}

const char *cor_scene_guid(cor_scene *s)
{
    uint64_t a = cor_scene_random(s), b = cor_scene_random(s);
    return cor_scene_fmt(s, "{%08x-%04x-4%03x-%04x-%012llx}", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                         (unsigned)(a & 0xfff), (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                         (unsigned long long)(b & 0xffffffffffff));
}

/* UTF-16LE in base64, as -encodedCommand takes it. ASCII only. */
const char *cor_scene_encoded(cor_scene *s, const char *text)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 2 * strlen(text);
    char *out = cor_scene_get(s, n * 4 / 3 + 8), *o = out;
    for (size_t i = 0; out != NULL && i < n; i += 3) {
        unsigned v = 0;
        for (size_t k = i; k < i + 3; k++)
            v = v << 8 | (k < n && k % 2 == 0 ? (unsigned char)text[k / 2] : 0u);
        for (unsigned k = 0; k < 4; k++)
            *o++ = i + k > n ? '=' : digit[v >> (18 - 6 * k) & 63];
    }
    return out;
}

const char *cor_num(cor_scene *s, uint64_t n)
{
    return cor_scene_fmt(s, "%llu", (unsigned long long)n);
}

const char *cor_hex_num(cor_scene *s, uint64_t n)
{
    return cor_scene_fmt(s, "0x%llx", (unsigned long long)n);
}

const char *cor_who(cor_scene *s, const cor_user *u)
{
    return cor_scene_fmt(s, "%s\\%s", u->domain, u->name);
}

const char *cor_utc(cor_scene *s, const cor_machine *m, cor_time t)
{
    char iso[33];
    size_t n = cor_time_iso(t + m->skew, 3, iso);
    iso[10] = ' ';
    return cor_scene_fmt(s, "%.*s", (int)n - 1, iso);
}

const char *cor_local(cor_scene *s, cor_time t)
{
    char iso[33];
    size_t n = cor_time_iso(t + COR_ZONE, 0, iso);
    return cor_scene_fmt(s, "%.*s", (int)n - 1, iso);
}

/* As Sysmon makes them: the machine, the second, a running number. */
const char *cor_process_guid(cor_scene *s, const cor_machine *m, cor_time t)
{
    uint32_t sec = (uint32_t)((t - COR_UNIX_EPOCH) / COR_SECOND), next = ++s->guid_next[m->place];
    return cor_scene_fmt(s, "{%08x-%04x-%04x-%04x-%012x}", s->guid_head[m->place], sec & 0xffff, sec >> 16,
                         (next & 0xff) << 8 | (next >> 8 & 0xff), 0x0900u + (next >> 16));
}

uint32_t cor_pid(cor_scene *s, cor_machine *m)
{
    m->next_pid += 4 * (1 + (uint32_t)(cor_scene_random(s) % 24));
    if (m->next_pid > 28000)
        m->next_pid = 2000 + m->next_pid % 8 * 4;
    return m->next_pid;
}

cor_process *cor_process_known(cor_scene *s, cor_time t, cor_machine *m, const cor_session *as, const char *image,
                               const char *line)
{
    cor_process *p = cor_scene_get(s, sizeof *p);
    *p = (cor_process){.on = m,
                       .as = as,
                       .image = image,
                       .line = line,
                       .cwd = "C:\\Windows\\system32\\",
                       .guid = cor_process_guid(s, m, t),
                       .integrity = as->elevated ? "System" : "Medium",
                       .pid = cor_pid(s, m)};
    return p;
}

/* Which process of the machine writes a kind of event. */
static uint32_t writer_of(const cor_machine *m, const char *card)
{
    const struct {
        const char *head;
        uint32_t pid;
    } known[] = {
        {"4688", 4},
        {"sysmon", m->services->pid + 1204},
        {"defender", m->services->pid + 1388},
        {"task-", m->scheduler->pid},
        {"7", m->services->pid},
        {"policy", m->netsvcs->pid},
        {"kernel", 4},
        {"update", m->netsvcs->pid},
        {"60", m->services->pid + 412},
        {"1", m->services->pid + 412},
        {"powershell", m->netsvcs->pid + 2040},
        {"", m->lsass->pid},
    };
    size_t i = 0;
    while (strncmp(card, known[i].head, strlen(known[i].head)) != 0)
        i++;
    return known[i].pid & ~3u;
}

void cor_put(cor_scene *s, cor_profile least, const cor_machine *m, cor_time t, const char *card, ...)
{
    if (s->profile < least)
        return;
    va_list ap;
    va_start(ap, card);
    cor_stage_vput(s->stage, m->fqdn, t + m->skew, card, ap);
    va_end(ap);
    cor_stage_by(s->stage, writer_of(m, card), 4 * (120 + (uint32_t)(t >> 22) % 900)); /* any of its threads */
    if (t >= s->day && t < s->day + 24 * 3600 * COR_SECOND)
        s->today[m->place]++;
}

cor_stage *cor_scene_stage(cor_scene *s)
{
    return s->stage;
}

cor_time cor_scene_t0(const cor_scene *s)
{
    return s->t0;
}

cor_time cor_scene_at(const cor_scene *s, int h, int m, int sec)
{
    return s->t0 + ((int64_t)h * 3600 + (int64_t)m * 60 + sec) * COR_SECOND;
}

cor_time cor_scene_end(const cor_scene *s)
{
    return s->end;
}

cor_machine *cor_scene_machine(cor_scene *s, unsigned place)
{
    return place < s->n_machine ? &s->machine[place] : NULL;
}

cor_machine *cor_scene_host(cor_scene *s, const char *name)
{
    for (unsigned i = 0; i < s->n_machine; i++)
        if (strcmp(s->machine[i].name, name) == 0)
            return &s->machine[i];
    cor_stage_fail(s->stage, cor_scene_fmt(s, "there is no machine %s", name));
    return &s->machine[0];
}

cor_machine *cor_scene_dc(cor_scene *s)
{
    return &s->machine[s->n_machine - 1];
}

cor_user *cor_scene_user(cor_scene *s, const char *name)
{
    for (unsigned i = 0; i < s->n_user; i++)
        if (strcmp(s->user[i].name, name) == 0)
            return &s->user[i];
    cor_stage_fail(s->stage, cor_scene_fmt(s, "there is no user %s", name));
    return &s->user[0];
}

cor_user *cor_scene_user_at(cor_scene *s, unsigned n)
{
    return n < s->n_user ? &s->user[n] : NULL;
}

bool cor_scene_admin(const cor_user *u, const cor_machine *m)
{
    return u->domain_admin || (u->helpdesk && m->kind == COR_WORKSTATION) || (u->admin_of >> m->place & 1) != 0 ||
           strcmp(u->sid, "S-1-5-18") == 0;
}

static void make_users(cor_scene *s)
{
    static const char *const others[] = {"helpdesk1", "adm.scholz", "svc_backup", "svc_scan", "svc_deploy"};
    s->domain_sid =
        cor_scene_fmt(s, "S-1-5-21-%u-%u-%u", cor_scene_between(s, 1000000000, 1900000000),
                      cor_scene_between(s, 500000000, 1900000000), cor_scene_between(s, 600000000, 2100000000));
    for (unsigned i = 0; i < COR_MACHINES + COR_LEN(others); i++) {
        const char *name = i < COR_MACHINES ? topology[i].user : others[i - COR_MACHINES];
        if (name != NULL && s->n_user < COR_USERS)
            s->user[s->n_user++] = (cor_user){.name = name,
                                              .domain = COR_DOMAIN,
                                              .sid = cor_scene_fmt(s, "%s-%u", s->domain_sid, 1105 + i),
                                              .helpdesk = strcmp(name, "helpdesk1") == 0,
                                              .domain_admin = strcmp(name, "adm.scholz") == 0};
    }
    cor_scene_user(s, "svc_deploy")->helpdesk = true; /* may install software on workstations */
    cor_scene_user(s, "svc_backup")->admin_of = 7u << 9;
}

/* About N(0, 0.4 s): the sum of four numbers of the same chance. */
static cor_time clock_error(cor_scene *s)
{
    int64_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (int64_t)cor_scene_between(s, 0, 6928200) -
               3464100; /* ten-millionths; 0.3464 s evenly has a deviation of 0.2 s */
    return sum;
}

static void make_processes(cor_scene *s, cor_machine *m)
{
    cor_process **const p[] = {&m->kernel,   &m->wininit, &m->services,  &m->lsass,
                               &m->winlogon, &m->netsvcs, &m->scheduler, &m->wmi};
    static const char *const program[][2] = {
        {"System", ""},
        {"C:\\Windows\\System32\\wininit.exe", "wininit.exe"},
        {"C:\\Windows\\System32\\services.exe", "C:\\Windows\\system32\\services.exe"},
        {"C:\\Windows\\System32\\lsass.exe", "C:\\Windows\\system32\\lsass.exe"},
        {"C:\\Windows\\System32\\winlogon.exe", "winlogon.exe"},
        {"C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s gpsvc"},
        {"C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule"},
        {"C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding"},
    };
    for (size_t i = 0; i < COR_LEN(p); i++)
        *p[i] = cor_process_known(s, m->booted + (cor_time)i * COR_SECOND, m, m->system, program[i][0], program[i][1]);
    m->kernel->pid = 4;
}

static void make_machine(cor_scene *s, unsigned i)
{
    cor_machine *m = &s->machine[i];
    *m = (cor_machine){.place = i, .name = topology[i].name, .address = topology[i].address, .kind = topology[i].kind};
    m->fqdn = cor_scene_fmt(s, "%s.%s", m->name, COR_DOMAIN_DNS);
    m->user = topology[i].user == NULL ? NULL : cor_scene_user(s, topology[i].user);
    m->self = (cor_user){.name = cor_scene_fmt(s, "%s$", m->name),
                         .domain = COR_DOMAIN,
                         .sid = cor_scene_fmt(s, "%s-%u", s->domain_sid, 1001 + i)};
    m->serial = (uint32_t)cor_scene_random(s) | 0x10000000u;
    m->skew = clock_error(s);
    m->booted = s->day - 48 * 3600 * COR_SECOND +
                (cor_time)cor_scene_between(s, 5 * 3600, 6 * 3600) * COR_SECOND; /* Sunday, early */
    m->arrived = s->day + (cor_time)cor_scene_between(s, 7 * 3600 + 1800, 8 * 3600 + 2400) * COR_SECOND;
    m->left = s->day + (cor_time)cor_scene_between(s, 16 * 3600 + 1800, 17 * 3600 + 3000) * COR_SECOND;
    m->next_pid = 480;
    m->next_logon = UINT64_C(0x20000) + cor_scene_random(s) % 0x8000;
    m->next_port = 49700 + cor_scene_between(s, 0, 3000);
    s->guid_head[i] = (uint32_t)cor_scene_random(s);
    m->system = cor_scene_get(s, sizeof *m->system);
    *m->system = (cor_session){.on = m,
                               .who = &cor_local_system,
                               .id = "0x3e7",
                               .guid = COR_NO_GUID,
                               .address = "-",
                               .port = "-",
                               .full = m->system,
                               .type = 5,
                               .elevated = true,
                               .since = m->booted};
    make_processes(s, m);
}

cor_scene *cor_scene_new(uint64_t seed, cor_profile profile, unsigned density, cor_err *e)
{
    cor_scene *s = cor_zalloc(sizeof *s);
    if (s != NULL)
        s->stage = cor_stage_new(seed);
    if (s == NULL || s->stage == NULL) {
        cor_free(s);
        cor_nomem(e, ROOM);
        return NULL;
    }
    cor_stage_old_logs(s->stage);
    s->profile = profile;
    s->density = density;
    s->day = cor_time_from_civil(2026, 3, 3, 0, 0, 0, 0) - COR_ZONE;
    s->t0 = s->day + (9 * 3600 + 12 * 60 + 40) * COR_SECOND;
    s->end = s->day + 18 * 3600 * COR_SECOND;
    make_users(s);
    s->n_machine = COR_MACHINES;
    for (unsigned i = 0; i < COR_MACHINES; i++)
        make_machine(s, i);
    s->truth = cor_truth_new(s);
    if (cor_stage_error(s->stage, e) != COR_OK) {
        cor_scene_free(s);
        return NULL;
    }
    return s;
}

void cor_scene_free(cor_scene *s)
{
    if (s == NULL)
        return;
    cor_stage_free(s->stage);
    cor_free(s->session);
    cor_free(s->image);
    cor_free(s);
}
