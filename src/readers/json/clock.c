#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "readers/json/clock.h"

#define QUARTER (15 * 60 * COR_SECOND) /* zones differ by whole quarter hours */
#define MINUTE (60 * COR_SECOND)
#define HOUR (60 * MINUTE)

/* d to the nearest quarter hour. */
static cor_time quarters(cor_time d)
{
    return (d >= 0 ? (d + QUARTER / 2) / QUARTER : -((-d + QUARTER / 2) / QUARTER)) * QUARTER;
}

static bool time_of(cor_str s, cor_time *t, bool *zoned)
{
    return s.n > 0 && cor_build_time(s, t, zoned);
}

/* EventTime and EventReceivedTime are of one clock, and @timestamp is the moment of receipt in UTC: the difference of
 * the latter two is the zone, however late the event came. */
static bool by_receipt(cor_clock *c, const cor_stamp *s, cor_time *out)
{
    cor_time event, received, receipt;
    bool zoned, z;
    if (!time_of(s->event_time, &event, &zoned))
        return false;
    *out = event;
    if (zoned)
        return true;
    if (!time_of(s->receipt, &receipt, &z) || !z)
        return false;
    if (!time_of(s->received, &received, &z))
        received = event;
    c->zone_seen = quarters(receipt - received);
    c->by_receipt = true;
    *out = event + c->zone_seen;
    return true;
}

/* The clock of a computer; NULL when there are too many. */
static cor_zone *zone_of(cor_clock *c, cor_str computer)
{
    uint64_t h = cor_hash(computer.p, computer.n);
    for (size_t i = 0; i < c->n_host; i++)
        if (c->host[i].host == h)
            return &c->host[i];
    if (c->n_host == COR_LEN(c->host))
        return NULL;
    c->host[c->n_host].host = h;
    return &c->host[c->n_host++];
}

/* What Sysmon's own UTC says of the recorded time t: a shift of whole quarter hours, or nothing that can be explained.
 * A shift that differs from the one before is believed at once when it is that of a clock of twelve hours or of summer
 * time, else when the next event bears it out: a machine that has just started can have a wrong UTC. */
static void learn(cor_clock *c, cor_zone *z, cor_time t, cor_str utc)
{
    cor_time u;
    bool zoned;
    if (!time_of(utc, &u, &zoned))
        return;
    cor_time d = u - t, q = quarters(d), rest = d - q;
    if (rest > 2 * MINUTE || rest < -2 * MINUTE) /* late by minutes: the queue of a busy host, not a clock */
        return;
    if (d >= -MINUTE && d <= MINUTE)
        q = 0;
    cor_time by = q > z->shift ? q - z->shift : z->shift - q;
    bool believed = !z->learned || by % (12 * HOUR) == 0 || by == HOUR || (z->doubt && z->other == q);
    c->sure |= z->learned && z->other == q;
    z->doubt = !believed;
    z->other = q;
    if (!believed)
        return;
    z->shift = c->any.shift = q;
    z->learned = c->any.learned = true;
}

cor_time cor_clock_time(cor_clock *c, const cor_stamp *s)
{
    cor_time t;
    bool zoned = true, told = by_receipt(c, s, &t);
    if (!told && s->event_time.n > 0 && time_of(s->event_time, &t, &zoned))
        zoned = false;
    else if (!told && !time_of(s->recorded, &t, &zoned))
        return COR_NOTIME;
    if (told)
        return t;
    cor_zone *z = zone_of(c, s->computer);
    if (z == NULL)
        z = &c->any;
    learn(c, z, t, s->sysmon_utc);
    if (!z->learned)
        z = &c->any;
    if (!z->learned) {
        c->zoneless |= !zoned;
        return t;
    }
    if (z->shift != 0) {
        if (!c->shifted)
            c->shift_first = z->shift;
        else if (z->shift != c->shift_first)
            c->varied = true, c->shift_other = z->shift;
        c->shifted = true;
    }
    return t + z->shift;
}

/* +4 h, -5 h 30 min. */
static void span(cor_time d, char out[40])
{
    cor_time m = (d < 0 ? -d : d) / MINUTE;
    int n = snprintf(out, 40, "%c%" PRId64 " h", d < 0 ? '-' : '+', m / 60);
    if (m % 60 != 0)
        snprintf(out + n, (size_t)(40 - n), " %" PRId64 " min", m % 60);
}

bool cor_clock_note(const cor_clock *c, char *out, size_t size)
{
    char a[40], b[40];
    span(c->shift_first, a);
    span(c->shift_other, b);
    if (c->shifted)
        snprintf(out, size, "clock: recorded times contradict Sysmon's UtcTime; moved by %s%s%s to agree with it", a,
                 c->varied ? " and " : "", c->varied ? b : "");
    else if (c->by_receipt) {
        span(c->zone_seen, a);
        snprintf(out, size, "clock: EventTime is local time without a zone; moved by %s to UTC, as @timestamp and "
                            "EventReceivedTime tell", a);
    } else if (c->zoneless)
        snprintf(out, size, "clock: times have no zone and nothing tells it; read as UTC");
    return c->shifted || c->by_receipt || c->zoneless;
}
