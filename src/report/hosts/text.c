#include "base/utf.h"
#include "report/hosts/hosts.h"
#include "report/text.h"

enum { NAMES_SHOWN = 4 }; /* other spellings of a host's name in its line; JSON has all */

void cor_hosts_text_head(cor_buf *out)
{
    cor_buf_z(out, "Hosts by what rules found on them, worst first. This is a ranking, not a judgement: a first place "
                   "is no\nproof of infection, and "
                   "a host without findings is not thereby clean, least of all where logs are missing.\n\n");
}

static void time_of(cor_buf *b, cor_time t, int digits)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "?");
        return;
    }
    char iso[33];
    size_t n = cor_time_iso(t, digits, iso);
    for (size_t i = 0; i < n; i++)
        cor_buf_c(b, iso[i] == 'T' ? ' ' : iso[i]);
}

static void shown(cor_buf *b, cor_str s)
{
    if (s.n == 0)
        cor_buf_z(b, "(unknown)");
    else
        cor_term_escape(b, s);
}

static void levels(const cor_hosts_options *o, const cor_ranked *h, cor_buf *b)
{
    static const char *const colour[] = {
        [COR_LEVEL_LOW] = "\033[38;2;0;255;0m",
        [COR_LEVEL_MEDIUM] = "\033[38;2;255;255;0m",
        [COR_LEVEL_HIGH] = "\033[38;2;255;193;0m",
        [COR_LEVEL_CRITICAL] = "\033[38;2;255;0;0m",
    };
    const char *gap = "";
    for (int l = COR_LEVEL_CRITICAL; l >= COR_LEVEL_NONE; l--) {
        uint64_t n = h->host.level[l];
        if (n == 0)
            continue;
        bool c = o->colour && l >= COR_LEVEL_LOW;
        cor_buf_fmt(b, "%s%s%llu %s%s", gap, c ? colour[l] : "", (unsigned long long)n,
                    l == COR_LEVEL_NONE ? "of no level" : cor_level_name[l],
                    c ? "\033[0m" : "");
        gap = ", ";
    }
    if (gap[0] == 0)
        cor_buf_z(b, "no findings");
}

static void tactics(const cor_ranked *h, cor_buf *b)
{
    const char *gap = " (";
    for (unsigned t = 0; t < COR_TACTIC_N; t++)
        if (h->host.tactic[t] > 0) {
            cor_buf_fmt(b, "%s%s %llu", gap, cor_tactic_name[t], (unsigned long long)h->host.tactic[t]);
            gap = ", ";
        }
    if (gap[0] == ',')
        cor_buf_c(b, ')');
}

static void other_names(const cor_ranked *h, cor_buf *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->host.n_spelled; i++) {
        if (cor_str_eq(h->host.spelled[i], h->host.name))
            continue;
        if (n == NAMES_SHOWN) {
            cor_buf_z(b, ", ...");
            n++;
            break;
        }
        cor_buf_z(b, n++ == 0 ? " (" : ", ");
        shown(b, h->host.spelled[i]);
    }
    if (n > 0)
        cor_buf_c(b, ')');
}

static void logs(const cor_ranked *h, cor_buf *b)
{
    uint32_t wanted = 0, there = 0;
    for (const cor_wanted_log *w = cor_wanted_logs; w->channel != NULL; w++, wanted++) {
        if (cor_host_has(&h->host, w->channel) == 0)
            continue;
        cor_buf_z(b, there++ == 0 ? "; logs: " : ", ");
        cor_buf_str(b, cor_channel_short(cor_str_of(w->channel)));
    }
    if (h->host.n_log > there)
        cor_buf_fmt(b, "%s%u other%s", there == 0 ? "; logs: " : " and ", h->host.n_log - there,
                    h->host.n_log - there == 1 ? "" : "s");
    if (there == wanted)
        return;
    cor_buf_z(b, "; missing:");
    for (const cor_wanted_log *w = cor_wanted_logs; w->channel != NULL; w++)
        if (cor_host_has(&h->host, w->channel) == 0) {
            cor_buf_c(b, ' ');
            cor_buf_str(b, cor_channel_short(cor_str_of(w->channel)));
        }
}

static void strong(const cor_strong *s, cor_buf *b)
{
    cor_buf_fmt(b, "      %-4s  ", s->rule->level == COR_LEVEL_NONE ? "-" : cor_level_short[s->rule->level]);
    shown(b, s->rule->title);
    if (s->count > 1)
        cor_buf_fmt(b, " (%llu times)", (unsigned long long)s->count);
    cor_buf_z(b, "  ");
    time_of(b, s->time, 3);
    cor_buf_z(b, "  ");
    if (s->n_event > 0) {
        cor_buf_fmt(b, "%llu events", (unsigned long long)s->n_event);
    } else {
        shown(b, cor_channel_short(s->channel));
        cor_buf_fmt(b, " %u", s->event_id);
        if (s->record_id != 0) /* some exports leave it out */
            cor_buf_fmt(b, " #%llu", (unsigned long long)s->record_id);
    }
    if (s->matched.n > 0) {
        cor_buf_z(b, "  ");
        cor_term_escape(b, s->matched);
    }
    cor_buf_z(b, "  [");
    cor_term_escape(b, s->input);
    cor_buf_fmt(b, "@%llu]\n", (unsigned long long)s->offset);
}

void cor_hosts_text(const cor_hosts_options *o, const cor_ranked *h, uint64_t rank, cor_buf *out)
{
    cor_buf_fmt(out, "%3llu  ", (unsigned long long)rank);
    shown(out, h->host.name);
    other_names(h, out);
    cor_buf_z(out, "  ");
    levels(o, h, out);
    tactics(h, out);
    cor_buf_z(out, "; ");
    time_of(out, h->host.first, 0);
    cor_buf_z(out, " to ");
    time_of(out, h->host.last, 0);
    cor_buf_fmt(out, ", %llu events", (unsigned long long)h->host.records);
    logs(h, out);
    cor_buf_c(out, '\n');
    for (uint32_t i = 0; i < h->n_strong && i < o->top; i++)
        strong(&h->strong[i], out);
    if (h->n_strong > o->top && o->top > 0)
        cor_buf_fmt(out, "      and %u more rules\n", h->n_strong - o->top);
}
