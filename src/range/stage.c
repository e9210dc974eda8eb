#include "range/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "range"
#define FIELDS_MAX 64u

typedef struct entry {
    const char *host;
    const cor_card *card;
    cor_time time;
    uint64_t order;       /* of cor_stage_put, among equal times */
    const char **value;   /* by position */
} entry;

struct cor_stage {
    cor_arena mem;
    entry *e;
    size_t n, cap;
    uint64_t random;
    cor_err err;          /* the first failure of cor_stage_put */
};

cor_stage *cor_stage_new(uint64_t seed)
{
    cor_stage *s = cor_zalloc(sizeof *s);
    if (s != NULL)
        s->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    return s;
}

void cor_stage_free(cor_stage *s)
{
    if (s == NULL)
        return;
    cor_arena_free(&s->mem);
    cor_free(s->e);
    cor_free(s);
}

cor_arena *cor_stage_mem(cor_stage *s)
{
    return &s->mem;
}

uint64_t cor_stage_random(cor_stage *s) /* splitmix64 (Vigna) */
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

cor_str cor_stage_word(cor_stage *s, unsigned from, unsigned to)
{
    unsigned n = from + (unsigned)(cor_stage_random(s) % (to - from + 1));
    char t[32];
    for (unsigned i = 0; i < n && i < sizeof t; i++)
        t[i] = i % 2 == 0 ? "bcdfghjklmnprstvwz"[cor_stage_random(s) % 18] : "aeiouy"[cor_stage_random(s) % 6];
    return cor_arena_str(&s->mem, (cor_str){t, n});
}

static void failed(cor_stage *s, cor_code code, const char *what)
{
    if (s->err.code == COR_OK)
        cor_fail(&s->err, code, ROOM, COR_NOPOS, "%s", what);
}

void cor_stage_put(cor_stage *s, const char *host, cor_time t, const char *card, ...)
{
    const cor_card *c = cor_card_find(card);
    entry *grown = cor_grow(s->e, &s->cap, s->n + 1, sizeof *grown);
    const char **value = cor_arena_zero(&s->mem, FIELDS_MAX * sizeof *value);
    if (c == NULL || grown == NULL || value == NULL) {
        failed(s, c == NULL ? COR_EUSAGE : COR_ENOMEM, c == NULL ? "no such card" : "out of memory");
        s->e = grown != NULL ? grown : s->e;
        return;
    }
    s->e = grown;
    cor_str name[FIELDS_MAX];
    unsigned n = cor_card_fields(c, name, FIELDS_MAX);
    va_list ap;
    va_start(ap, card);
    for (const char *field; (field = va_arg(ap, const char *)) != NULL;) {
        const char *text = va_arg(ap, const char *);
        unsigned i = 0;
        while (i < n && !cor_str_is(name[i], field))
            i++;
        if (i == n)
            failed(s, COR_EUSAGE, "a card has no such field");
        else
            value[i] = cor_arena_str(&s->mem, cor_str_of(text)).p;
    }
    va_end(ap);
    s->e[s->n] = (entry){host, c, t, s->n, value};
    s->n++;
}

static int by_log(const void *pa, const void *pb)
{
    const entry *a = pa, *b = pb;
    int c = strcmp(a->host, b->host);
    c = c != 0 ? c : strcmp(a->card->channel, b->card->channel);
    if (c == 0)
        c = (a->time > b->time) - (a->time < b->time);
    return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static cor_code to_file(void *ctx, uint64_t off, const void *p, size_t n, cor_err *e)
{
    int fd = *(int *)ctx;
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite(fd, (const char *)p + done, n - done, (off_t)(off + done));
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return cor_fail(e, COR_EIO, ROOM, off + done, "cannot write: %s", strerror(w < 0 ? errno : ENOSPC));
        done += (size_t)w;
    }
    return COR_OK;
}

static cor_code make_dir(const char *path, cor_err *e)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ? COR_OK : cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot make %s: %s", path, strerror(errno));
}

/* evidence/HOST/<channel with %4 for the slash>.evtx, as Windows names them. */
static cor_code log_path(const char *dir, const char *host, const char *channel, char *path, size_t n, cor_err *e)
{
    snprintf(path, n, "%s/evidence", dir);
    cor_code rc = make_dir(path, e);
    size_t at = strlen(path);
    snprintf(path + at, n - at, "/%.*s", (int)strcspn(host, "."), host);
    rc = rc != COR_OK ? rc : make_dir(path, e);
    at = strlen(path);
    if (at + strlen(channel) + 10 > n)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "a path is too long");
    path[at++] = '/';
    for (const char *c = channel; *c != '\0'; c++) {
        if (*c == '/') {
            path[at++] = '%';
            path[at++] = '4';
        } else {
            path[at++] = *c;
        }
    }
    memcpy(path + at, ".evtx", 6);
    return rc;
}

static cor_code write_log(const entry *from, size_t n, const char *dir, cor_err *e)
{
    char path[4096];
    cor_code rc = log_path(dir, from->host, from->card->channel, path, sizeof path, e);
    if (rc != COR_OK)
        return rc;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_evtx_writer *w = cor_evtx_writer_new(to_file, &fd);
    cor_arena mem = {0};
    rc = w == NULL ? cor_nomem(e, ROOM) : COR_OK;
    for (size_t i = 0; i < n && rc == COR_OK; i++) {
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_card_event(from[i].card, from[i].value, &mem, &ev, e);
        ev.computer = cor_str_of(from[i].host);
        ev.time = from[i].time;
        ev.record_id = i + 1;
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    rc = rc != COR_OK ? rc : cor_evtx_writer_end(w, e);
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

cor_code cor_stage_write(cor_stage *s, const char *dir, uint64_t *events, cor_err *e)
{
    if (s->err.code != COR_OK) {
        *e = s->err;
        return e->code;
    }
    cor_code rc = make_dir(dir, e);
    if (s->n != 0)
        qsort(s->e, s->n, sizeof *s->e, by_log);
    for (size_t from = 0, to; from < s->n && rc == COR_OK; from = to) {
        for (to = from; to < s->n && strcmp(s->e[to].host, s->e[from].host) == 0 && strcmp(s->e[to].card->channel, s->e[from].card->channel) == 0;)
            to++;
        rc = write_log(s->e + from, to - from, dir, e);
    }
    *events = s->n;
    return rc;
}

/* ---- load ---- */

/* How often each card comes, of 64: as busy hosts have them, and few that public rules report. */
static const struct { const char *card; unsigned upto; } security_mix[] = {{"4624", 30}, {"4688", 62}, {"4634", 63}, {"4672", 64}},
    sysmon_mix[] = {{"sysmon-1", 8}, {"sysmon-3", 20}, {"sysmon-11", 34}, {"sysmon-13", 54}, {"sysmon-22", 64}};

static const cor_card *drawn(uint64_t r, bool sysmon)
{
    unsigned k = 0, n = (unsigned)(r & 63);
    while (n >= (sysmon ? sysmon_mix[k].upto : security_mix[k].upto))
        k++;
    return cor_card_find(sysmon ? sysmon_mix[k].card : security_mix[k].card);
}

typedef struct load_text {
    char number[24], user[24], image[96], line[160], file[160], key[160], name[64];
} load_text;

/* The value of a field of an ordinary event, by its name; NULL: empty. */
static const char *ordinary(cor_str field, const load_text *t)
{
    const struct { const char *field, *value; } known[] = {
        {"TargetUserName", t->user}, {"User", t->user}, {"NewProcessId", t->number}, {"ProcessId", t->number}, {"NewProcessName", t->image},
        {"Image", t->image}, {"CommandLine", t->line}, {"ParentProcessName", "C:\\Windows\\System32\\services.exe"},
        {"ParentImage", "C:\\Windows\\System32\\services.exe"}, {"ParentCommandLine", "C:\\Windows\\system32\\services.exe"},
        {"TargetFilename", t->file}, {"TargetObject", t->key}, {"Details", "DWORD (0x00000001)"}, {"EventType", "SetValue"}, {"QueryName", t->name},
        {"DestinationIp", "192.0.2.44"}, {"DestinationPort", "443"}, {"DestinationHostname", t->name}, {"Protocol", "tcp"}, {"LogonType", "3"},
        {"TargetLogonId", t->number}, {"SubjectUserSid", "S-1-5-18"}, {"IpAddress", "10.20.1.51"}, {"AuthenticationPackageName", "Kerberos"},
        {"LogonProcessName", "Kerberos"}, {"CurrentDirectory", "C:\\Windows\\system32\\"}, {"IntegrityLevel", "System"},
        {"Hashes", "SHA256=5F1B5A0C2E7D9B3F4A6C8E0D2F4B6A8C0E2D4F6B8A0C2E4D6F8B0A2C4E6D8F0B"},
    };
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_is(field, known[i].field))
            return known[i].value;
    return NULL;
}

static void draw_text(uint64_t r, load_text *t)
{
    static const char *const program[] = {"svchost.exe", "dllhost.exe", "RuntimeBroker.exe", "backgroundTaskHost.exe", "SearchProtocolHost.exe", "taskhostw.exe"};
    const char *name = program[(r >> 32) % COR_LEN(program)];
    snprintf(t->number, sizeof t->number, "0x%x", (unsigned)(r >> 8 & 0xffff));
    snprintf(t->user, sizeof t->user, "user%u", (unsigned)(r >> 24 & 63));
    snprintf(t->image, sizeof t->image, "C:\\Windows\\System32\\%s", name);
    snprintf(t->line, sizeof t->line, "C:\\Windows\\system32\\%s -k netsvcs -p -s task%u", name, (unsigned)(r >> 40 & 1023));
    snprintf(t->file, sizeof t->file, "C:\\Users\\%s\\Documents\\report-%u.docx", t->user, (unsigned)(r >> 40 & 4095));
    snprintf(t->key, sizeof t->key, "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\value%u", (unsigned)(r >> 40 & 255));
    snprintf(t->name, sizeof t->name, "host%u.corp.example", (unsigned)(r >> 24 & 255));
}

static cor_code load_log(const char *path, uint64_t size, bool sysmon, cor_stage *s, uint64_t *events, cor_err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_evtx_writer *w = cor_evtx_writer_new(to_file, &fd);
    cor_arena mem = {0};
    cor_code rc = w == NULL ? cor_nomem(e, ROOM) : COR_OK;
    cor_time t = cor_time_from_civil(2026, 3, 2, 6, 0, 0, 0);
    for (uint64_t id = 1; rc == COR_OK && cor_evtx_writer_size(w) < size; id++, ++*events) {
        uint64_t r = cor_stage_random(s);
        const cor_card *c = drawn(r, sysmon);
        cor_str name[FIELDS_MAX];
        const char *value[FIELDS_MAX];
        load_text text;
        draw_text(r, &text);
        unsigned n = cor_card_fields(c, name, FIELDS_MAX);
        for (unsigned i = 0; i < n; i++)
            value[i] = ordinary(name[i], &text);
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_card_event(c, value, &mem, &ev, e);
        ev.computer = COR_S("LOAD01.corp.example");
        ev.time = t += (cor_time)(r >> 50) * 1000;
        ev.record_id = id;
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    rc = rc != COR_OK ? rc : cor_evtx_writer_end(w, e);
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

cor_code cor_range_load(const char *dir, uint64_t size, uint64_t seed, uint64_t *events, cor_err *e)
{
    const uint64_t most = size / 2 < UINT64_C(1) << 30 ? size / 2 + 1 : UINT64_C(1) << 30; /* of one log: well below what the format holds */
    cor_stage *s = cor_stage_new(seed);
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : make_dir(dir, e);
    *events = 0;
    for (uint64_t done = 0, k = 0; done < size && rc == COR_OK; k++) {
        char path[4096], name[32];
        snprintf(name, sizeof name, k % 2 == 0 ? "load-security-%03u" : "load-sysmon-%03u", (unsigned)k);
        rc = log_path(dir, "LOAD01", name, path, sizeof path, e);
        uint64_t part = size - done < most ? size - done : most;
        rc = rc != COR_OK ? rc : load_log(path, part, k % 2 == 1, s, events, e);
        done += part;
    }
    cor_stage_free(s);
    return rc;
}
