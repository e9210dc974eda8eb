#include "base/utf.h"
#include "report/hosts/hosts.h"
#include "report/text.h"

enum { NAMES_SHOWN = 4 }; /* other spellings of a host's name in its line; JSON has all */
enum { INDENT = 7, INDENT_RULE = 12 }; /* of folded lines: of the host, of a finding */

void cor_hosts_text_head(cor_buf *out)
{
    cor_buf_z(out, "Hosts by what rules found on them, worst first. This is a ranking,\n"
                   "not a judgement: a first place is no proof of infection, and a host without\n"
                   "findings is not thereby clean, least of all where logs are missing.\n\n");
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
        if (h->rules[l] != n) /* the order of hosts goes by rules, not by findings */
            cor_buf_fmt(b, " of %u rule%s", h->rules[l], h->rules[l] == 1 ? "" : "s");
        gap = ", ";
    }
    if (gap[0] == 0)
        cor_buf_z(b, "no findings");
}

static void tactics(const cor_ranked *h, cor_buf *b)
{
    const char *gap = "     tactics: ";
    for (unsigned t = 0; t < COR_TACTIC_N; t++)
        if (h->host.tactic[t] > 0) {
            cor_buf_fmt(b, "%s%s %llu", gap, cor_tactic_name[t], (unsigned long long)h->host.tactic[t]);
            gap = ", ";
        }
    if (gap[0] == ',')
        cor_buf_c(b, '\n');
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

/* Of the logs that tell most, those that are there and those that are not; the others only counted. */
static void logs(const cor_ranked *h, cor_buf *b)
{
    uint32_t there = 0, missing = 0;
    cor_buf_z(b, "     logs: ");
    for (const cor_wanted_log *w = cor_wanted_logs; w->channel != NULL; w++) {
        if (cor_host_has(&h->host, w->channel) == 0)
            continue;
        cor_buf_z(b, there++ == 0 ? "" : ", ");
        cor_buf_str(b, cor_channel_short(cor_str_of(w->channel)));
    }
    uint32_t others = h->host.n_log > there ? h->host.n_log - there : 0;
    if (others > 0)
        cor_buf_fmt(b, "%s%u other%s", there == 0 ? "" : " and ", others, others == 1 ? "" : "s");
    else if (there == 0)
        cor_buf_z(b, "none");
    for (const cor_wanted_log *w = cor_wanted_logs; w->channel != NULL; w++)
        if (cor_host_has(&h->host, w->channel) == 0) {
            cor_buf_z(b, missing++ == 0 ? "; missing: " : ", ");
            cor_buf_str(b, cor_channel_short(cor_str_of(w->channel)));
        }
    cor_buf_c(b, '\n');
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
    size_t start = out->n;
    cor_buf_fmt(out, "%3llu  ", (unsigned long long)rank);
    shown(out, h->host.name);
    other_names(h, out);
    cor_buf_z(out, "  ");
    levels(o, h, out);
    cor_buf_z(out, "; ");
    time_of(out, h->host.first, 0);
    cor_buf_z(out, " to ");
    time_of(out, h->host.last, 0);
    cor_buf_fmt(out, ", %llu event%s\n", (unsigned long long)h->host.records, h->host.records == 1 ? "" : "s");
    cor_text_fold(out, start, o->width, INDENT);
    start = out->n;
    tactics(h, out);
    cor_text_fold(out, start, o->width, INDENT);
    start = out->n;
    logs(h, out);
    cor_text_fold(out, start, o->width, INDENT);
    for (uint32_t i = 0; i < h->n_strong && i < o->top; i++) {
        start = out->n;
        strong(&h->strong[i], out);
        cor_text_fold(out, start, o->width, INDENT_RULE);
    }
    if (h->n_strong > o->top && o->top > 0)
        cor_buf_fmt(out, "      and %u more rule%s\n", h->n_strong - o->top, h->n_strong - o->top == 1 ? "" : "s");
}
