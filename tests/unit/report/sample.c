#include "tests/unit/report/sample.h"

#include <stdlib.h>

enum { T0_HOUR = 9 };

static cor_time at(unsigned hour, unsigned minute, unsigned second)
{
    return cor_time_from_civil(2026, 3, 3, hour, minute, second, 1234567);
}

static cor_str fmt_id(cor_arena *mem, uint32_t a, uint32_t b)
{
    return cor_arena_fmt(mem, "%08x%08x%016x", a * 2654435761u, b * 40503u + 7, a * 131 + b);
}

static cor_str text_of(cor_arena *mem, const char *z)
{
    return cor_arena_str(mem, cor_str_of(z));
}

static cor_reason reason(cor_arena *mem, uint32_t host, cor_str name, const char *sign, cor_grade grade,
                         const char *text, cor_time t, uint32_t n)
{
    cor_basis *b = cor_arena_zero(mem, n * sizeof(*b));
    for (uint32_t i = 0; i < n; i++)
        b[i] = (cor_basis){.finding = fmt_id(mem, host * 100 + (uint32_t)(t / COR_SECOND % 97), i),
                           .input = cor_arena_fmt(mem, "%.*s/Sysmon.evtx", COR_STR_FMT(name)),
                           .offset = 4096 + 512 * (uint64_t)i,
                           .record_id = 1200 + i,
                           .channel = COR_S("Microsoft-Windows-Sysmon/Operational"),
                           .computer = name,
                           .event_id = 1,
                           .time = t + (int64_t)i * 40 * COR_SECOND};
    const cor_sign *s = cor_sign_find(cor_str_of(sign));
    return (cor_reason){.kind = COR_REASON_SIGN,
                        .sign = s,
                        .grade = grade,
                        .stage = s->stage,
                        .group = cor_str_of(s->group),
                        .counts = true,
                        .text = text_of(mem, text),
                        .first = t,
                        .last = t + (int64_t)(n - 1) * 40 * COR_SECOND,
                        .n = n,
                        .basis = b,
                        .n_basis = n};
}

static void coverage(cor_arena *mem, cor_host_verdict *h, bool programs, bool antivirus)
{
    cor_coverage *c = cor_arena_zero(mem, 6 * sizeof(*c));
    c[0] = (cor_coverage){
        "programs", true, programs, false,
        programs
            ? COR_S("Sysmon 1 since 2026-02-27 06:12:00Z")
            : COR_S(
                  "no Sysmon log, and Security 4688 has no command lines: programs that were started cannot be seen")};
    c[1] = (cor_coverage){"persistence", true, true, false, COR_S("")};
    c[2] = (cor_coverage){"logons", true, true, false, COR_S("")};
    c[3] = (cor_coverage){"antivirus", true, antivirus, !antivirus,
                          antivirus ? COR_S("") : COR_S("no log of an antivirus product in the window")};
    c[4] = (cor_coverage){"log integrity", true, true, false, COR_S("")};
    c[5] = (cor_coverage){"network", false, false, false,
                          COR_S("no record of connections: theft and control traffic cannot be seen")};
    h->coverage = c;
    h->n_coverage = 6;
}

static void infected(cor_arena *mem, cor_host_verdict *h, uint32_t i, bool hostile)
{
    cor_reason *r = cor_arena_zero(mem, 8 * sizeof(*r));
    unsigned hour = T0_HOUR + i / 4 % 8;
    r[0] = reason(mem, i, h->host, "ARR4", COR_GRADE_CONCLUSIVE,
                  hostile ? "opened " HOSTILE : "the console host was made to start rundll32 (m.keller, from E:\\)",
                  at(hour, 12 + i % 4, 40), 1);
    r[1] = reason(mem, i, h->host, "PER1", COR_GRADE_CONCLUSIVE,
                  "a task was made that runs once as SYSTEM within minutes, deletes itself and loads a library",
                  at(hour, 18 + i % 4, 2), 3);
    r[2] = reason(mem, i, h->host, "INS4", COR_GRADE_STRONG,
                  "a program appeared in C:\\Users\\m.keller\\AppData\\Roaming\\Microsoft\\Zulycjadyc", at(hour, 14, 9),
                  1);
    r[3] = reason(mem, i, h->host, "INJ1", COR_GRADE_STRONG,
                  "a system program without arguments was started by a library loader and then written into",
                  at(hour, 15, 30), 2);
    r[4] = reason(mem, i, h->host, "ARR7", COR_GRADE_WEAK,
                  "a disk image, notebook or script file that came by mail or browser was opened", at(hour, 12, 11), 1);
    r[4].counts = false;
    h->reason = r;
    h->n_reason = 5;
    h->verdict = h->judged = COR_VERDICT_INFECTED;
    h->first = r[0].first;
    h->last = at(hour, 58, 1);
    h->vector = i == 0 ? COR_VECTOR_MAIL : COR_VECTOR_SMB_SERVICE;
    static const cor_str family[] = {{"Qakbot", 6}};
    h->family = family;
    h->n_family = 1;
    h->flags = i == 1 ? COR_FLAG_CARRIER : 0;
    h->next = COR_S("cut it off from the network together with the other infected hosts; keep it switched on");
    for (unsigned k = 0; k < 4; k++) {
        unsigned s = r[k].stage;
        cor_str *id = cor_arena_zero(mem, sizeof(*id));
        *id = r[k].basis[0].finding;
        h->stage[s].id = id;
        h->stage[s].n = 1;
        h->stage[s].total = r[k].n;
    }
    cor_indicator *x = cor_arena_zero(mem, 3 * sizeof(*x));
    x[0] = (cor_indicator){"sha256", COR_S("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
                           r[0].basis[0].finding};
    x[1] = (cor_indicator){"file", COR_S("C:\\Users\\m.keller\\AppData\\Roaming\\Microsoft\\Zulycjadyc\\ecmut.dll"),
                           r[2].basis[0].finding};
    x[2] = (cor_indicator){"ip", COR_S("203.0.113.45"), COR_S("")};
    h->indicator = x;
    h->n_indicator = 3;
    static const cor_str change[] = {
        {"if the conclusive sign ARR4 is explained, two strong ones of two stages still make it infected", 93}};
    h->change = change;
    h->n_change = 1;
}

static void one_reason(cor_arena *mem, cor_host_verdict *h, uint32_t i, cor_verdict_word v)
{
    cor_reason *r = cor_arena_zero(mem, sizeof(*r));
    if (v == COR_VERDICT_SUSPICIOUS) {
        *r = reason(mem, i, h->host, "ARR1", COR_GRADE_STRONG,
                    "an Office program started a script host or a library loader", at(10, 2, 3), 1);
        h->next = COR_S("look at this one sign: it makes the host infected or clears it");
    } else {
        *r = reason(mem, i, h->host, "LAT1", COR_GRADE_NONE,
                    v == COR_VERDICT_EXPOSED ? "WS03, which is infected, logged on here over the network"
                                             : "WS03, which is infected, tried to log on here and failed",
                    at(11, 2, 3), 14);
        r->kind = COR_REASON_CONTACT;
        r->sign = NULL;
        r->peer = COR_S("WS03");
        h->next = COR_S("search it for files and tasks that came after 2026-03-03 11:02:03Z");
    }
    h->verdict = h->judged = v;
    h->reason = r;
    h->n_reason = 1;
    h->first = r->first;
    h->last = r->last;
}

static void unknown(cor_arena *mem, cor_host_verdict *h, uint32_t i)
{
    static const cor_str impossible[] = {{"INJ1: no record of processes", 28}, {"ARR4: no record of processes", 28}};
    h->verdict = h->judged = COR_VERDICT_UNKNOWN;
    h->next = COR_S("collect its Sysmon log, or switch on 4688 with command lines");
    h->impossible = impossible;
    h->n_impossible = 2;
    coverage(mem, h, false, i % 2 == 0);
    if (i % 12 == 9) {
        h->has_logs = false;
        h->records = 0;
        h->flags = COR_FLAG_IMPLICATED;
    }
}

static const cor_said notes[] = {
    {{"WS03", 4},
     {"", 0},
     {"Talked to m.keller: opened an invoice at about ten past nine.", 60},
     {"j.doe", 5},
     134170000000000000},
};
static const cor_said override_ = {
    {"WS05", 4}, {"infected", 8}, {"memory image shows the injected library", 39}, {"j.doe", 5}, 134170000000000000};

cor_judgement sample(uint32_t n, bool hostile, cor_arena *mem)
{
    cor_host_verdict *all = cor_arena_zero(mem, (n == 0 ? 1 : n) * sizeof(*all)),
                     *in_order = cor_arena_zero(mem, (n == 0 ? 1 : n) * sizeof(*all));
    cor_judgement j = {.now = at(18, 0, 0),
                       .from = at(9, 12, 40) - 24 * 3600 * COR_SECOND,
                       .intruder = n > 0,
                       .host = in_order,
                       .n_host = n};
    for (uint32_t i = 0; i < n; i++) {
        cor_host_verdict *h = &all[i];
        cor_str *names = cor_arena_zero(mem, 2 * sizeof(*names));
        names[0] = h->host = hostile && i == 0 ? COR_S(HOSTILE) : cor_arena_fmt(mem, "WS%02u", i + 3);
        names[1] = cor_arena_fmt(mem, "ws%02u.corp.example", i + 3);
        h->name = names;
        h->n_name = 2;
        h->first = h->last = COR_NOTIME;
        h->verdict = h->judged = COR_VERDICT_CLEAN;
        h->has_logs = true;
        h->records = 1834 + i;
        h->log_first = at(0, 0, 0);
        h->log_last = at(17, 59, 0);
        coverage(mem, h, true, true);
        unsigned kind = i % 12;
        if (kind < 4)
            infected(mem, h, i, hostile && i == 0);
        else if (kind < 7)
            one_reason(mem, h, i,
                       kind == 4   ? COR_VERDICT_SUSPICIOUS
                       : kind == 5 ? COR_VERDICT_EXPOSED
                                   : COR_VERDICT_ATTACKED);
        else if (kind < 10)
            unknown(mem, h, i);
        if (i == 0) {
            h->note = notes;
            h->n_note = 1;
        }
        if (i == 1)
            h->override = &override_;
        j.count[h->verdict]++;
    }
    uint32_t k = 0;
    for (unsigned v = COR_VERDICT_N; v-- > 0;)
        for (uint32_t i = 0; i < n; i++)
            if (all[i].verdict == v)
                in_order[k++] = all[i];
    return j;
}
