#include "base/utf.h"
#include "report/hosts/hosts.h"

static void string(cor_buf *b, cor_str s)
{
    cor_buf_c(b, '"');
    cor_json_escape(b, s);
    cor_buf_c(b, '"');
}

static void time_or_null(cor_buf *b, cor_time t)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "null");
        return;
    }
    cor_buf_c(b, '"');
    cor_buf_time(b, t, 7);
    cor_buf_c(b, '"');
}

static void logs(const cor_host *h, cor_buf *b)
{
    cor_buf_z(b, ",\"logs\":[");
    for (uint32_t i = 0; i < h->n_log; i++) {
        cor_buf_z(b, i == 0 ? "{\"channel\":" : ",{\"channel\":");
        string(b, h->log[i].channel);
        cor_buf_fmt(b, ",\"records\":%llu,\"first\":", (unsigned long long)h->log[i].records);
        time_or_null(b, h->log[i].first);
        cor_buf_z(b, ",\"last\":");
        time_or_null(b, h->log[i].last);
        cor_buf_c(b, '}');
    }
    cor_buf_z(b, "],\"missing\":[");
    const char *gap = "";
    for (const cor_wanted_log *w = cor_wanted_logs; w->channel != NULL; w++)
        if (cor_host_has(h, w->channel) == 0) {
            cor_buf_z(b, gap);
            string(b, cor_str_of(w->channel));
            gap = ",";
        }
    cor_buf_c(b, ']');
}

static void counts(const cor_ranked *h, cor_buf *b)
{
    cor_buf_z(b, ",\"findings\":{");
    for (unsigned l = COR_LEVEL_INFO; l <= COR_LEVEL_CRITICAL; l++)
        cor_buf_fmt(b, "%s\"%s\":%llu", l == COR_LEVEL_INFO ? "" : ",", cor_level_name[l],
                    (unsigned long long)h->host.level[l]);
    cor_buf_z(b, "},\"rules\":{");
    for (unsigned l = COR_LEVEL_INFO; l <= COR_LEVEL_CRITICAL; l++)
        cor_buf_fmt(b, "%s\"%s\":%u", l == COR_LEVEL_INFO ? "" : ",", cor_level_name[l], h->rules[l]);
    cor_buf_z(b, "},\"tactics\":{");
    const char *gap = "";
    for (unsigned t = 0; t < COR_TACTIC_N; t++)
        if (h->host.tactic[t] > 0) {
            cor_buf_fmt(b, "%s\"%s\":%llu", gap, cor_tactic_name[t], (unsigned long long)h->host.tactic[t]);
            gap = ",";
        }
    cor_buf_c(b, '}');
}

static void strong(const cor_strong *s, cor_buf *b)
{
    cor_buf_z(b, "{\"rule_id\":");
    string(b, s->rule->id);
    cor_buf_z(b, ",\"rule_title\":");
    string(b, s->rule->title);
    cor_buf_z(b, ",\"rule_author\":");
    string(b, s->rule->author);
    cor_buf_fmt(b, ",\"level\":\"%s\",\"findings\":%llu,\"time\":", cor_level_name[s->rule->level],
                (unsigned long long)s->count);
    time_or_null(b, s->time);
    cor_buf_z(b, ",\"channel\":");
    string(b, s->channel);
    if (s->n_event > 0)
        cor_buf_fmt(b, ",\"events_total\":%llu", (unsigned long long)s->n_event);
    else
        cor_buf_fmt(b, ",\"event_id\":%u,\"record_id\":%llu", s->event_id, (unsigned long long)s->record_id);
    cor_buf_z(b, ",\"evidence\":{\"path\":");
    string(b, s->input);
    cor_buf_fmt(b, ",\"offset\":%llu},\"matched\":", (unsigned long long)s->offset);
    string(b, s->matched);
    cor_buf_c(b, '}');
}

void cor_hosts_json(const cor_ranked *h, uint64_t rank, cor_buf *out)
{
    cor_buf_fmt(out, "{\"rank\":%llu,\"host\":", (unsigned long long)rank);
    string(out, h->host.name);
    cor_buf_z(out, ",\"names\":[");
    for (uint32_t i = 0; i < h->host.n_spelled; i++) {
        if (i > 0)
            cor_buf_c(out, ',');
        string(out, h->host.spelled[i]);
    }
    cor_buf_fmt(out, "],\"records\":%llu,\"first\":", (unsigned long long)h->host.records);
    time_or_null(out, h->host.first);
    cor_buf_z(out, ",\"last\":");
    time_or_null(out, h->host.last);
    logs(&h->host, out);
    counts(h, out);
    cor_buf_z(out, ",\"strongest\":[");
    for (uint32_t i = 0; i < h->n_strong; i++) {
        if (i > 0)
            cor_buf_c(out, ',');
        strong(&h->strong[i], out);
    }
    cor_buf_z(out, "]}\n");
}
