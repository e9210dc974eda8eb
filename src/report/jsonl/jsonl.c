/* Findings as JSON lines, or as one JSON array. The keys and their order are documented in docs/findings.md; tools
 * rely on them. */
#include "base/hash.h"
#include "base/utf.h"
#include "report/report.h"

static void string(cor_buf *b, cor_str s)
{
    cor_buf_c(b, '"');
    cor_json_escape(b, s);
    cor_buf_c(b, '"');
}

static void member(cor_buf *b, const char *key, cor_str s)
{
    cor_buf_fmt(b, ",\"%s\":", key);
    string(b, s);
}

static void time_member(cor_buf *b, const char *key, cor_time t)
{
    cor_buf_fmt(b, ",\"%s\":", key);
    if (t == COR_NOTIME) {
        cor_buf_z(b, "null");
        return;
    }
    cor_buf_c(b, '"');
    cor_buf_time(b, t, 7);
    cor_buf_c(b, '"');
}

static void evidence(cor_buf *b, cor_str path, uint64_t offset, const uint8_t *sha256)
{
    cor_buf_z(b, ",\"evidence\":{\"path\":");
    string(b, path);
    cor_buf_z(b, ",\"offset\":");
    cor_buf_u64(b, offset);
    if (sha256 != NULL) {
        char hex[2 * COR_SHA256_SIZE + 1];
        cor_hex(sha256, COR_SHA256_SIZE, hex);
        cor_buf_fmt(b, ",\"sha256\":\"%s\"", hex);
    }
    cor_buf_c(b, '}');
}

static cor_str name_of(const void *list, bool matched, uint32_t i, cor_str *text)
{
    if (matched) {
        const cor_matched *m = list;
        *text = m[i].value;
        return m[i].field.n == 0 ? COR_S("keyword") : m[i].field;
    }
    const cor_named *f = list;
    *text = f[i].text;
    return f[i].name;
}

/* Names may repeat in an event, but not in an object: a repeated one gets an array of its values at its first place. */
static void object(cor_buf *b, const char *key, const void *list, bool matched, uint32_t n)
{
    cor_buf_fmt(b, ",\"%s\":{", key);
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        cor_str text, other;
        cor_str name = name_of(list, matched, i, &text);
        bool before = false;
        uint32_t more = 0;
        for (uint32_t j = 0; j < n; j++)
            if (j != i && cor_str_eq(name_of(list, matched, j, &other), name)) {
                before = before || j < i;
                more += j > i;
            }
        if (before)
            continue;
        if (any)
            cor_buf_c(b, ',');
        any = true;
        string(b, name);
        cor_buf_c(b, ':');
        if (more > 0)
            cor_buf_c(b, '[');
        if (text.p == NULL)
            cor_buf_z(b, "null");
        else
            string(b, text);
        for (uint32_t j = i + 1; j < n && more > 0; j++)
            if (cor_str_eq(name_of(list, matched, j, &other), name)) {
                cor_buf_c(b, ',');
                string(b, other);
            }
        if (more > 0)
            cor_buf_c(b, ']');
    }
    cor_buf_c(b, '}');
}

static void rule(cor_buf *b, const cor_finding *f)
{
    const cor_rule *r = f->rule;
    cor_buf_fmt(b, "{\"id\":\"%s\"", f->id);
    member(b, "rule_id", r->id);
    member(b, "rule_title", r->title);
    member(b, "rule_author", r->author);
    member(b, "level", cor_str_of(cor_level_name[r->level]));
    cor_buf_z(b, ",\"tags\":[");
    for (uint32_t i = 0; i < r->n_tag; i++) {
        if (i > 0)
            cor_buf_c(b, ',');
        string(b, r->tag[i]);
    }
    cor_buf_c(b, ']');
}

static void number_or_null(cor_buf *b, const char *key, uint64_t n, bool null)
{
    cor_buf_fmt(b, ",\"%s\":", key);
    if (null)
        cor_buf_z(b, "null");
    else
        cor_buf_u64(b, n);
}

static void events(cor_buf *b, const cor_finding *f)
{
    time_member(b, "last_time", f->last);
    object(b, "group", f->group, false, f->n_group);
    cor_buf_z(b, ",\"value\":");
    cor_buf_fmt(b, "%.15g", f->value);
    number_or_null(b, "events_total", f->n_total, false);
    cor_buf_z(b, ",\"events\":[");
    for (uint32_t i = 0; i < f->n_event; i++) {
        const cor_finding_event *e = &f->event[i];
        cor_buf_fmt(b, "%s{\"record_id\":%llu", i == 0 ? "" : ",", (unsigned long long)e->record_id);
        evidence(b, e->input, e->offset, e->sha256);
        time_member(b, "time", e->time);
        member(b, "computer", e->computer);
        member(b, "channel", e->channel);
        number_or_null(b, "event_id", e->event_id, false);
        if (e->rule != NULL) {
            member(b, "rule_id", e->rule->id);
            member(b, "rule_title", e->rule->title);
        }
        cor_buf_c(b, '}');
    }
    cor_buf_c(b, ']');
}

static void one(const cor_finding *f, cor_buf *b)
{
    bool corr = f->rule->kind == COR_RULE_CORRELATION;
    rule(b, f);
    time_member(b, "time", f->time);
    member(b, "computer", f->computer);
    member(b, "channel", f->channel);
    member(b, "provider", f->provider);
    number_or_null(b, "event_id", f->event_id, corr && f->event_id == 0);
    if (corr) {
        events(b, f);
    } else {
        number_or_null(b, "record_id", f->record_id, false);
        evidence(b, f->input, f->offset, f->sha256);
        object(b, "fields", f->field, false, f->n_field);
        object(b, "matched", f->matched, true, f->n_matched);
    }
    if (f->flags & COR_EV_RECOVERED)
        cor_buf_z(b, ",\"recovered\":true");
    if (f->cut)
        cor_buf_z(b, ",\"cut\":true");
    cor_buf_c(b, '}');
}

static void line(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)o;
    (void)no;
    one(f, out);
    cor_buf_c(out, '\n');
}

static void item(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)o;
    cor_buf_z(out, no == 0 ? "[\n" : ",\n");
    one(f, out);
}

static void array_end(const cor_report_options *o, uint64_t n, cor_buf *out)
{
    (void)o;
    cor_buf_z(out, n == 0 ? "[]\n" : "\n]\n");
}

extern const cor_report cor_report_jsonl, cor_report_json;
const cor_report cor_report_jsonl = {.name = "jsonl", .finding = line};
const cor_report cor_report_json = {.name = "json", .finding = item, .end = array_end};
