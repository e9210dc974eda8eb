/* Findings as JSON lines, or as one JSON array. The keys and their order are documented in docs/findings.md; tools
 * rely on them. */
#include "report/jsonl/jsonl.h"

#include "base/hash.h"
#include "base/utf.h"
#include "report/found.h"
#include "report/json.h"
#include "report/report.h"

static void evidence(cor_buf *b, cor_str path, uint64_t offset, const uint8_t *sha256)
{
    cor_buf_z(b, ",\"evidence\":{\"path\":");
    cor_json_quote(b, path);
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
    cor_jw_key(b, key);
    cor_buf_c(b, '{');
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
        cor_json_quote(b, name);
        cor_buf_c(b, ':');
        if (more > 0)
            cor_buf_c(b, '[');
        if (text.p == NULL)
            cor_buf_z(b, "null");
        else
            cor_json_quote(b, text);
        for (uint32_t j = i + 1; j < n && more > 0; j++)
            if (cor_str_eq(name_of(list, matched, j, &other), name)) {
                cor_buf_c(b, ',');
                cor_json_quote(b, other);
            }
        if (more > 0)
            cor_buf_c(b, ']');
    }
    cor_buf_c(b, '}');
}

static void rule(cor_buf *b, const cor_finding *f)
{
    const cor_rule *r = f->rule;
    cor_buf_z(b, "{\"id\":\"");
    cor_buf_z(b, f->id);
    cor_buf_c(b, '"');
    cor_jw_member(b, "rule_id", r->id);
    cor_jw_member(b, "rule_title", r->title);
    cor_jw_member(b, "rule_author", r->author);
    cor_jw_member(b, "level", cor_str_of(cor_level_name[r->level]));
    cor_buf_z(b, ",\"tags\":[");
    for (uint32_t i = 0; i < r->n_tag; i++) {
        if (i > 0)
            cor_buf_c(b, ',');
        cor_json_quote(b, r->tag[i]);
    }
    cor_buf_c(b, ']');
}

static void number_or_null(cor_buf *b, const char *key, uint64_t n, bool null)
{
    cor_jw_key(b, key);
    if (null)
        cor_buf_z(b, "null");
    else
        cor_buf_u64(b, n);
}

static void events(cor_buf *b, const cor_finding *f)
{
    cor_jw_member_time(b, "last_time", f->last);
    object(b, "group", f->group, false, f->n_group);
    cor_buf_z(b, ",\"value\":");
    cor_buf_fmt(b, "%.15g", f->value);
    cor_jw_member_u64(b, "events_total", f->n_total);
    cor_buf_z(b, ",\"events\":[");
    for (uint32_t i = 0; i < f->n_event; i++) {
        const cor_finding_event *e = &f->event[i];
        cor_buf_fmt(b, "%s{\"record_id\":%llu", i == 0 ? "" : ",", (unsigned long long)e->record_id);
        evidence(b, e->input, e->offset, e->sha256);
        cor_jw_member_time(b, "time", e->time);
        cor_jw_member(b, "computer", e->computer);
        cor_jw_member(b, "channel", e->channel);
        cor_jw_member_u64(b, "event_id", e->event_id);
        if (e->rule != NULL) {
            cor_jw_member(b, "rule_id", e->rule->id);
            cor_jw_member(b, "rule_title", e->rule->title);
        }
        cor_buf_c(b, '}');
    }
    cor_buf_c(b, ']');
}

static void one(const cor_finding *f, cor_buf *b)
{
    bool corr = f->rule->kind == COR_RULE_CORRELATION;
    rule(b, f);
    cor_jw_member_time(b, "time", f->time);
    cor_jw_member(b, "computer", f->computer);
    cor_jw_member(b, "channel", f->channel);
    cor_jw_member(b, "provider", f->provider);
    number_or_null(b, "event_id", f->event_id, corr && f->event_id == 0);
    if (corr) {
        events(b, f);
    } else {
        cor_jw_member_u64(b, "record_id", f->record_id);
        evidence(b, f->input, f->offset, f->sha256);
        object(b, "fields", f->field, false, f->n_field);
        object(b, "matched", f->matched, true, f->n_matched);
    }
    if (f->flags & COR_EV_RECOVERED)
        cor_buf_z(b, ",\"recovered\":true");
    if (f->cut)
        cor_buf_z(b, ",\"cut\":true");
}

static void line(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)o;
    (void)no;
    one(f, out);
    cor_buf_z(out, "}\n");
}

/* The other places of a record that lies in several: the first stands under `evidence`. */
static void copies(cor_buf *b, const cor_case_finding *c)
{
    cor_jw_key(b, "copies");
    cor_buf_c(b, '[');
    for (uint32_t i = 1; i < c->n_place; i++) {
        cor_buf_z(b, i == 1 ? "{\"path\":" : ",{\"path\":");
        cor_json_quote(b, c->place[i].input);
        cor_jw_member_u64(b, "offset", c->place[i].offset);
        cor_buf_c(b, '}');
    }
    cor_buf_c(b, ']');
}

void cor_jsonl_found(const cor_case_finding *c, cor_buf *out)
{
    cor_found f;
    cor_found_of(c, &f);
    one(&f.f, out);
    cor_jw_member(out, "host", c->host);
    cor_jw_member_or_null(out, "sign", c->sign);
    cor_jw_member_or_null(out, "stage", c->stage);
    if (c->n_place > 1)
        copies(out, c);
    cor_buf_z(out, "}\n");
}

static void item(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)o;
    cor_buf_z(out, no == 0 ? "[\n" : ",\n");
    one(f, out);
    cor_buf_c(out, '}');
}

static void array_end(const cor_report_options *o, uint64_t n, cor_buf *out)
{
    (void)o;
    cor_buf_z(out, n == 0 ? "[]\n" : "\n]\n");
}

extern const cor_report cor_report_jsonl, cor_report_json;
const cor_report cor_report_jsonl = {.name = "jsonl", .finding = line};
const cor_report cor_report_json = {.name = "json", .finding = item, .end = array_end};
