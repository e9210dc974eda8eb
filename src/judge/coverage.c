/* What `clean` asks of the logs of a host, and which signs its logs could not have shown. */
#include "judge/desk.h"

#define HOUR (INT64_C(3600) * COR_SECOND)
#define STOP_LONG HOUR                  /* event logs stopped for longer while the host ran */
#define STOP_PLANNED (10 * 60 * COR_SECOND) /* a shutdown is announced (1074) this long before the logs stop */
#define CLOCK_STEP (5 * 60 * COR_SECOND) /* more than Kerberos bears */
#define LOG_LATE (4 * HOUR)             /* an idle host that is on writes something more often */
#define OLDEST (-(INT64_C(584388) * 24 * HOUR)) /* 0001-01-01: earlier times cannot be written down */

static cor_str when(cor_desk *d, cor_time t)
{
    char z[33];
    return cor_arena_str(d->mem, t == COR_NOTIME ? COR_S("an unknown time") : (cor_str){z, cor_time_iso(t, 0, z)});
}

/* A log reaches back to the beginning of the window. */
static bool reaches(const cor_desk *d, const cor_jhost *h, cor_log_no n)
{
    return h->log[n].records > 0 && h->log[n].first != COR_NOTIME && h->log[n].first <= d->from;
}

static bool alive(const cor_desk *d, const cor_jhost *h, cor_alive_no n)
{
    const cor_span *s = &h->alive[n];
    return s->first != COR_NOTIME && s->last >= d->from && s->first <= d->now;
}

/* Records of it lie inside the window. */
static bool meets(const cor_desk *d, const cor_jhost *h, cor_log_no n)
{
    return h->log[n].records > 0 && h->log[n].last != COR_NOTIME && h->log[n].last >= d->from;
}

/* Why a log does not do for `what`; "" when it does. */
static cor_str log_lack(cor_desk *d, const cor_jhost *h, cor_log_no n, const char *what)
{
    if (h->log[n].records == 0)
        return cor_arena_fmt(d->mem, "there is no %s log: nothing shows %s", cor_log_channel[n], what);
    if (!reaches(d, h, n))
        return cor_arena_fmt(d->mem, "the %s log begins at %.*s: nothing shows %s before", cor_log_channel[n],
                             COR_STR_FMT(when(d, h->log[n].first)), what);
    return COR_S("");
}

static cor_str row_programs(cor_desk *d, const cor_jhost *h, bool *ok)
{
    *ok = alive(d, h, COR_LIVE_PROCESS) && (reaches(d, h, COR_LOG_SYSMON) || reaches(d, h, COR_LOG_SECURITY));
    if (*ok)
        return COR_S("");
    const char *blind = "which programs ran, with which commands: arrival, installation, injection, evasion and "
                        "discovery";
    if (alive(d, h, COR_LIVE_PROCESS))
        return cor_arena_fmt(d->mem, "process starts are recorded from %.*s on: before, nothing shows %s",
                             COR_STR_FMT(when(d, h->alive[COR_LIVE_PROCESS].first)), blind);
    if (alive(d, h, COR_LIVE_PROCESS_BARE))
        return cor_arena_fmt(d->mem, "process starts (4688) are recorded without command lines and there is no Sysmon: "
                                     "these logs cannot show %s", blind);
    return cor_arena_fmt(d->mem,
                         "no process starts are recorded (Sysmon 1, or 4688 with command line): these logs cannot "
                                 "show %s", blind);
}

static cor_str row_persistence(cor_desk *d, const cor_jhost *h, bool programs, bool *ok)
{
    cor_str lack = log_lack(d, h, COR_LOG_SYSTEM, "services that were made");
    bool tasks = alive(d, h, COR_LIVE_TASK) || programs;
    *ok = lack.n == 0 && tasks;
    if (*ok || lack.n > 0 || lack.p == NULL)
        return lack;
    return COR_S("no task is recorded (4698, TaskScheduler 106) and no process start: these logs cannot show tasks "
                 "that were "
                 "made");
}

static cor_str row_logons(cor_desk *d, const cor_jhost *h, bool *ok)
{
    const char *what = "who came in from another host";
    cor_str lack = log_lack(d, h, COR_LOG_SECURITY, what);
    if (lack.n == 0)
        lack = log_lack(d, h, COR_LOG_SYSTEM, what);
    bool seen = alive(d, h, COR_LIVE_LOGON);
    *ok = lack.n == 0 && seen;
    if (*ok || lack.n > 0 || lack.p == NULL)
        return lack;
    return COR_S("no logon (4624) is recorded in the window: these logs cannot show who came in from another host");
}

static cor_str row_antivirus(cor_desk *d, const cor_jhost *h, bool *ok)
{
    cor_str lack = log_lack(d, h, COR_LOG_DEFENDER, "what the antivirus met");
    bool seen = alive(d, h, COR_LIVE_ANTIVIRUS);
    *ok = lack.n == 0 && seen;
    if (*ok || lack.n > 0 || lack.p == NULL)
        return lack;
    return COR_S("the Defender log shows no sign of life in the window (1150, 1151, 2000): silence means nothing");
}

/* Logs stopped at i while the host ran on, for longer than STOP_LONG. */
static bool stopped_long(const cor_desk *d, const cor_jhost *h, size_t i)
{
    cor_time at = h->mark[i].time, start = COR_NOTIME;
    for (size_t k = i; k-- > 0 && h->mark[k].time >= at - STOP_PLANNED;)
        if (h->mark[k].kind == COR_MARK_SHUTDOWN)
            return false; /* it was switched off */
    for (size_t k = i + 1; k < h->n_mark && start == COR_NOTIME; k++) {
        if (h->mark[k].kind == COR_MARK_SHUTDOWN && h->mark[k].time <= at + STOP_PLANNED)
            return false;
        if (h->mark[k].kind == COR_MARK_START)
            start = h->mark[k].time;
    }
    return (start == COR_NOTIME ? d->now : start) - at > STOP_LONG;
}

/* All logs end long before the window does, and the host was not switched off: they were collected too early, or no
 * longer written. */
static bool ends_early(const cor_desk *d, const cor_jhost *h)
{
    cor_time last = h->log_last;
    if (last == COR_NOTIME || d->now == COR_NOTIME || d->now - LOG_LATE <= last)
        return false;
    for (size_t k = h->n_mark; k-- > 0 && h->mark[k].time >= last - STOP_PLANNED;)
        if (h->mark[k].kind == COR_MARK_SHUTDOWN)
            return false;
    return true;
}

static cor_str row_integrity(cor_desk *d, const cor_jhost *h, bool *ok)
{
    static const cor_log_no asked[] = {COR_LOG_SECURITY, COR_LOG_SYSTEM, COR_LOG_SYSMON, COR_LOG_DEFENDER,
                                       COR_LOG_TASKS};
    *ok = false;
    if (h->marks_cut)
        return cor_arena_fmt(d->mem, "logs were cleared, stopped or started more than %u times: not all were looked at",
                             COR_JUDGE_MARKS_MAX);
    for (size_t i = 0; i < h->n_mark; i++) {
        const cor_mark *m = &h->mark[i];
        if (m->time == COR_NOTIME || m->time < d->from || m->time > d->now)
            continue;
        if (m->kind == COR_MARK_CLEARED && (m->no == 1102 || cor_log_find(m->channel) != COR_LOG_N))
            return cor_arena_fmt(d->mem, "the %.*s log was cleared at %.*s: what stood in it is gone",
                                 COR_STR_FMT(m->no == 1102 ? COR_S("Security") : m->channel),
                                 COR_STR_FMT(when(d, m->time)));
        if (m->kind == COR_MARK_STOP && stopped_long(d, h, i))
            return cor_arena_fmt(d->mem, "the event logs stopped at %.*s for hours and no shutdown was asked for",
                                 COR_STR_FMT(when(d, m->time)));
        if (m->kind == COR_MARK_CLOCK && m->step > CLOCK_STEP)
            return cor_arena_fmt(d->mem,
                                 "the clock was set by %lld minutes at %.*s: times before and after do not agree",
                                 (long long)(m->step / (60 * COR_SECOND)), COR_STR_FMT(when(d, m->time)));
    }
    for (size_t i = 0; i < COR_LEN(asked); i++) {
        cor_time newest = h->log[asked[i]].gap_last;
        if (h->log[asked[i]].gaps > 0 && (newest == COR_NOTIME || newest >= d->from))
            return cor_arena_fmt(d->mem, "%llu record%s of the %s log are missing, as its numbers show",
                                 (unsigned long long)h->log[asked[i]].gaps,
                                 h->log[asked[i]].gaps == 1 ? "" : "s", cor_log_channel[asked[i]]);
    }
    if (ends_early(d, h))
        return cor_arena_fmt(d->mem,
                             "the logs of this host end at %.*s, and now is %.*s: they cannot show what came after",
                             COR_STR_FMT(when(d, h->log_last)), COR_STR_FMT(when(d, d->now)));
    *ok = true;
    return COR_S("");
}

enum { ROWS = 7 };

static cor_code rows(cor_desk *d, cor_jhost *h, cor_err *e)
{
    cor_coverage *r = cor_arena_zero(d->mem, ROWS * sizeof(*r));
    if (r == NULL)
        return cor_nomem(e, "judge");
    static const char *const name[ROWS] = {"programs", "persistence", "logons", "antivirus", "log integrity", "network",
                                           "registry"};
    for (unsigned i = 0; i < ROWS; i++) {
        r[i] = (cor_coverage){.row = name[i], .required = i < 5, .why = COR_S("")};
        if (!h->has_logs)
            r[i].why = COR_S("the case holds no logs of this host");
    }
    if (h->has_logs) {
        r[0].why = row_programs(d, h, &r[0].filled);
        r[1].why = row_persistence(d, h, r[0].filled, &r[1].filled);
        r[2].why = row_logons(d, h, &r[2].filled);
        r[3].why = row_antivirus(d, h, &r[3].filled);
        r[4].why = row_integrity(d, h, &r[4].filled);
        r[0].part = !r[0].filled && alive(d, h, COR_LIVE_PROCESS);
        r[1].part = !r[1].filled && (meets(d, h, COR_LOG_SYSTEM) || alive(d, h, COR_LIVE_TASK));
        r[2].part = !r[2].filled && alive(d, h, COR_LIVE_LOGON);
        r[3].part = !r[3].filled && alive(d, h, COR_LIVE_ANTIVIRUS);
        r[5].filled = alive(d, h, COR_LIVE_NETWORK);
        r[6].filled = alive(d, h, COR_LIVE_REGISTRY);
        if (!r[5].filled)
            r[5].why = COR_S("no connections are recorded (Sysmon 3, 5156): these logs cannot show theft and "
                             "command servers");
        if (!r[6].filled)
            r[6].why = COR_S("no registry writes are recorded (Sysmon 12 to 14, 4657): these logs cannot show Run "
                             "values and "
                             "stored configuration");
    }
    bool all = true;
    for (unsigned i = 0; i < ROWS; i++) {
        if (r[i].why.p == NULL)
            return cor_nomem(e, "judge");
        all = all && (!r[i].required || r[i].filled);
    }
    h->coverage = r;
    h->n_coverage = ROWS;
    if (h->word == COR_VERDICT_CLEAN && !all)
        h->word = COR_VERDICT_UNKNOWN;
    return COR_OK;
}

cor_code cor_judge_coverage(cor_desk *d, cor_err *e)
{
    cor_time oldest, newest, dwell = d->options->dwell > 0 ? d->options->dwell : 24 * HOUR, intruder = COR_NOTIME;
    if (d->source->span(d->source->ctx, &oldest, &newest, e) != COR_OK)
        return e->code;
    d->now = d->options->now != COR_NOTIME ? d->options->now : newest;
    for (size_t i = 0; i < d->n_host; i++) {
        const cor_jhost *h = &d->host[i];
        /* rules of users alone do not tell when somebody came: more of them must not make clean hosts unknown */
        if ((h->own >= COR_VERDICT_SUSPICIOUS || h->implicated) && cor_host_has_signs(h) && h->since != COR_NOTIME &&
            (intruder == COR_NOTIME || h->since < intruder))
            intruder = h->since;
    }
    d->from = intruder != COR_NOTIME ? intruder - dwell : d->now == COR_NOTIME ? COR_NOTIME : d->now - 24 * HOUR;
    d->from = d->from != COR_NOTIME && d->from < OLDEST ? OLDEST : d->from;
    for (size_t i = 0; i < d->n_host; i++)
        if (rows(d, &d->host[i], e) != COR_OK)
            return e->code;
    return COR_OK;
}
