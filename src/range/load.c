/* Any amount of ordinary events, written as they are made: memory stays the same for any size. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "range/files.h"

#define ROOM "range"

/* How often each card comes, of 64: as busy hosts have them, and few that public rules report. */
static const struct {
    const char *card;
    unsigned upto;
} security_mix[] = {{"4624", 30}, {"4688", 62}, {"4634", 63}, {"4672", 64}},
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
    const struct {
        const char *field, *value;
    } known[] = {
        {"TargetUserName", t->user},
        {"User", t->user},
        {"NewProcessId", t->number},
        {"ProcessId", t->number},
        {"NewProcessName", t->image},
        {"Image", t->image},
        {"CommandLine", t->line},
        {"ParentProcessName", "C:\\Windows\\System32\\services.exe"},
        {"ParentImage", "C:\\Windows\\System32\\services.exe"},
        {"ParentCommandLine", "C:\\Windows\\system32\\services.exe"},
        {"TargetFilename", t->file},
        {"TargetObject", t->key},
        {"Details", "DWORD (0x00000001)"},
        {"EventType", "SetValue"},
        {"QueryName", t->name},
        {"DestinationIp", "192.0.2.44"},
        {"DestinationPort", "443"},
        {"DestinationHostname", t->name},
        {"Protocol", "tcp"},
        {"LogonType", "3"},
        {"TargetLogonId", t->number},
        {"SubjectUserSid", "S-1-5-18"},
        {"IpAddress", "10.20.1.51"},
        {"AuthenticationPackageName", "Kerberos"},
        {"LogonProcessName", "Kerberos"},
        {"CurrentDirectory", "C:\\Windows\\system32\\"},
        {"IntegrityLevel", "System"},
        {"Hashes", "SHA256=5F1B5A0C2E7D9B3F4A6C8E0D2F4B6A8C0E2D4F6B8A0C2E4D6F8B0A2C4E6D8F0B"},
    };
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_is(field, known[i].field))
            return known[i].value;
    return NULL;
}

static void draw_text(uint64_t r, load_text *t)
{
    static const char *const program[] = {
        "svchost.exe",  "dllhost.exe", "RuntimeBroker.exe", "backgroundTaskHost.exe", "SearchProtocolHost.exe",
        "taskhostw.exe"};
    const char *name = program[(r >> 32) % COR_LEN(program)];
    snprintf(t->number, sizeof t->number, "0x%x", (unsigned)(r >> 8 & 0xffff));
    snprintf(t->user, sizeof t->user, "user%u", (unsigned)(r >> 24 & 63));
    snprintf(t->image, sizeof t->image, "C:\\Windows\\System32\\%s", name);
    snprintf(t->line, sizeof t->line, "C:\\Windows\\system32\\%s -k netsvcs -p -s task%u", name,
             (unsigned)(r >> 40 & 1023));
    snprintf(t->file, sizeof t->file, "C:\\Users\\%s\\Documents\\report-%u.docx", t->user, (unsigned)(r >> 40 & 4095));
    snprintf(t->key, sizeof t->key, "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\value%u",
             (unsigned)(r >> 40 & 255));
    snprintf(t->name, sizeof t->name, "host%u.corp.example", (unsigned)(r >> 24 & 255));
}

static cor_code load_log(const char *path, uint64_t size, bool sysmon, cor_stage *s, const atomic_bool *stop, uint64_t *events,
                         cor_err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    cor_evtx_writer *w = cor_evtx_writer_new(cor_range_to_file, &fd);
    cor_arena mem = {0};
    cor_code rc = w == NULL ? cor_nomem(e, ROOM) : COR_OK;
    cor_time t = cor_time_from_civil(2026, 3, 2, 6, 0, 0, 0);
    for (uint64_t id = 1; rc == COR_OK && cor_evtx_writer_size(w) < size; id++, ++*events) {
        if (atomic_load_explicit(stop, memory_order_relaxed)) {
            rc = cor_fail(e, COR_ESTOP, ROOM, COR_NOPOS, "stopped");
            break;
        }
        uint64_t r = cor_stage_random(s);
        const cor_card *c = drawn(r, sysmon);
        cor_str name[COR_CARD_FIELDS_MAX];
        const char *value[COR_CARD_FIELDS_MAX];
        load_text text;
        draw_text(r, &text);
        unsigned n = cor_card_fields(c, name, COR_CARD_FIELDS_MAX);
        for (unsigned i = 0; i < n; i++)
            value[i] = ordinary(name[i], &text);
        cor_evtx_out ev;
        cor_arena_reset(&mem);
        rc = cor_card_event(c, value, NULL, &mem, &ev, e);
        ev.computer = COR_S("LOAD01.corp.example");
        ev.time = t += (cor_time)(r >> 50) * 1000;
        ev.record_id = id;
        rc = rc != COR_OK ? rc : cor_evtx_write(w, &ev, e);
    }
    cor_code end = rc == COR_OK || rc == COR_ESTOP ? cor_evtx_writer_end(w, e) : rc; /* what was written is a whole log */
    rc = rc == COR_OK ? end : rc;
    cor_evtx_writer_free(w);
    cor_arena_free(&mem);
    if (close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

cor_code cor_range_load(const char *dir, uint64_t size, uint64_t seed, const atomic_bool *stop, uint64_t *events, cor_err *e)
{
    const uint64_t most = size / 2 < UINT64_C(1) << 30
                              ? size / 2 + 1
                              : UINT64_C(1) << 30; /* of one log: well below what the format holds */
    cor_stage *s = cor_stage_new(seed);
    cor_code rc = s == NULL ? cor_nomem(e, ROOM) : cor_range_dir(dir, e);
    *events = 0;
    for (uint64_t done = 0, k = 0; done < size && rc == COR_OK; k++) {
        char path[4096], name[32];
        snprintf(name, sizeof name, k % 2 == 0 ? "load-security-%03u" : "load-sysmon-%03u", (unsigned)k);
        rc = cor_range_log(dir, "LOAD01", name, ".evtx", path, sizeof path, e);
        uint64_t part = size - done < most ? size - done : most;
        rc = rc != COR_OK ? rc : load_log(path, part, k % 2 == 1, s, stop, events, e);
        done += part;
    }
    cor_stage_free(s);
    return rc;
}
