/* Findings as CSV (RFC 4180, every cell quoted), safe to open in a spreadsheet: no cell that comes from evidence can
 * be a formula, and a finding is one line. Sets of columns for Cordon, for tools made for Hayabusa, for Timesketch. */
#include "base/utf.h"
#include "report/report.h"
#include "report/text.h"

typedef struct column {
    const char *name;
    void (*put)(const cor_finding *f, cor_buf *b);
} column;

/* A spreadsheet takes a cell as a formula by its first character; some take the full-width forms and skip blanks
 * before. */
static bool formula(cor_str s)
{
    size_t i = 0;
    while (i < s.n) {
        uint32_t c = cor_utf8_next(s, &i);
        if (c == ' ' || c == 0xa0 || c == 0x3000)
            continue;
        return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r' || c == '\n' || c == '|' ||
               c == '%' || c == 0xff1d || c == 0xff0b || c == 0xff0d || c == 0xff20 || c == 0x2212;
    }
    return false;
}

/* Length of the line break at s[i], 0 when there is none. */
static size_t line_break(cor_str s, size_t i)
{
    unsigned char c = (unsigned char)s.p[i];
    if (c == '\r')
        return i + 1 < s.n && s.p[i + 1] == '\n' ? 2 : 1;
    if (c == '\n' || c == '\v' || c == '\f')
        return 1;
    if (i + 2 < s.n && (memcmp(s.p + i, "\xe2\x80\xa8", 3) == 0 || memcmp(s.p + i, "\xe2\x80\xa9", 3) == 0))
        return 3;
    return c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] == 0x85 ? 2 : 0;
}

/* A stretch without line breaks: control characters made visible, quotes doubled. */
static void stretch(cor_buf *b, cor_str s)
{
    cor_buf t = {0};
    cor_term_escape(&t, s);
    b->bad = b->bad || t.bad;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == '"')
            cor_buf_c(b, '"');
        cor_buf_c(b, (char)t.p[i]);
    }
    cor_buf_free(&t);
}

static void cell(const cor_report_options *o, cor_buf *b, cor_str s)
{
    cor_buf_c(b, '"');
    if (formula(s))
        cor_buf_c(b, '\'');
    size_t from = 0;
    for (size_t i = 0; i < s.n;) {
        size_t n = line_break(s, i);
        if (n == 0 && s.p[i] != '\t') {
            i++;
            continue;
        }
        stretch(b, (cor_str){s.p + from, i - from});
        if (n == 0)
            cor_buf_c(b, ' ');
        else
            cor_buf_z(b, o->multiline ? "\n" : " \xc2\xa6 ");
        i += n == 0 ? 1 : n;
        from = i;
    }
    stretch(b, (cor_str){s.p + from, s.n - from});
    cor_buf_c(b, '"');
}

static void put_time(const cor_finding *f, cor_buf *b)
{
    if (f->time != COR_NOTIME)
        cor_buf_time(b, f->time, 7);
}
static void put_time_6(const cor_finding *f, cor_buf *b)
{
    if (f->time != COR_NOTIME)
        cor_buf_time(b, f->time, 6); /* what Timesketch's import understands */
}
static void put_time_hayabusa(const cor_finding *f, cor_buf *b)
{
    if (f->time == COR_NOTIME)
        return;
    char iso[33];
    size_t n = cor_time_iso(f->time, 3, iso);
    for (size_t i = 0; i + 1 < n; i++)
        cor_buf_c(b, iso[i] == 'T' ? ' ' : iso[i]);
    cor_buf_z(b, " +00:00");
}
static void put_level(const cor_finding *f, cor_buf *b)
{
    cor_buf_z(b, cor_level_name[f->rule->level]);
}
static void put_level_short(const cor_finding *f, cor_buf *b)
{
    cor_buf_z(b, cor_level_short[f->rule->level]);
}
static void put_title(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->rule->title);
}
static void put_computer(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->computer);
}
static void put_channel(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->channel);
}
static void put_channel_short(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, cor_channel_short(f->channel));
}
static void put_provider(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->provider);
}
static void put_event_id(const cor_finding *f, cor_buf *b)
{
    if (f->rule->kind != COR_RULE_CORRELATION || f->event_id != 0)
        cor_buf_u64(b, f->event_id);
}
static void put_record_id(const cor_finding *f, cor_buf *b)
{
    if (f->rule->kind != COR_RULE_CORRELATION)
        cor_buf_u64(b, f->record_id);
}
static void put_matched(const cor_finding *f, cor_buf *b)
{
    cor_buf_matched(b, f);
}
static void put_fields(const cor_finding *f, cor_buf *b)
{
    cor_buf_fields(b, f, false);
}
static void put_other_fields(const cor_finding *f, cor_buf *b)
{
    cor_buf_fields(b, f, true);
}
static void put_tags(const cor_finding *f, cor_buf *b)
{
    cor_buf_tags(b, f->rule, COR_TAG_ALL);
}
static void put_tactics(const cor_finding *f, cor_buf *b)
{
    cor_buf_tags(b, f->rule, COR_TAG_TACTIC);
}
static void put_attack(const cor_finding *f, cor_buf *b)
{
    cor_buf_tags(b, f->rule, COR_TAG_ATTACK);
}
static void put_other_tags(const cor_finding *f, cor_buf *b)
{
    cor_buf_tags(b, f->rule, COR_TAG_OTHER);
}
static void put_rule_id(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->rule->id);
}
static void put_author(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->rule->author);
}
static void put_path(const cor_finding *f, cor_buf *b)
{
    cor_buf_str(b, f->input);
}
static void put_offset(const cor_finding *f, cor_buf *b)
{
    cor_buf_u64(b, f->offset);
}
static void put_id(const cor_finding *f, cor_buf *b)
{
    cor_buf_z(b, f->id);
}
static void put_cordon(const cor_finding *f, cor_buf *b)
{
    (void)f;
    cor_buf_z(b, "cordon");
}

static const column own[] = {
    {"time", put_time}, {"level", put_level}, {"rule_title", put_title}, {"computer", put_computer},
    {"channel", put_channel}, {"provider", put_provider}, {"event_id", put_event_id}, {"record_id", put_record_id},
    {"matched", put_matched}, {"fields", put_fields}, {"tags", put_tags}, {"rule_id", put_rule_id},
    {"rule_author", put_author}, {"path", put_path}, {"offset", put_offset}, {"id", put_id},
    {NULL, NULL},
};
static const column hayabusa[] = { /* its "standard" profile */
    {"Timestamp", put_time_hayabusa}, {"RuleTitle", put_title}, {"Level", put_level_short},
    {"Computer", put_computer}, {"Channel", put_channel_short}, {"EventID", put_event_id},
    {"RecordID", put_record_id}, {"Details", put_matched}, {"ExtraFieldInfo", put_other_fields},
    {"RuleID", put_rule_id},
    {NULL, NULL},
};
static const column timesketch[] = {
    {"datetime", put_time_6}, {"timestamp_desc", put_cordon}, {"message", put_title}, {"Level", put_level},
    {"Computer", put_computer}, {"Channel", put_channel}, {"EventID", put_event_id}, {"MitreTactics", put_tactics},
    {"MitreTags", put_attack}, {"OtherTags", put_other_tags}, {"RecordID", put_record_id}, {"Details", put_matched},
    {"ExtraFieldInfo", put_other_fields}, {"RuleID", put_rule_id}, {"RuleAuthor", put_author}, {"EvtxFile", put_path},
    {NULL, NULL},
};
static const column *const sets[] = {[COR_COLUMNS_OWN] = own, [COR_COLUMNS_HAYABUSA] = hayabusa,
                                     [COR_COLUMNS_TIMESKETCH] = timesketch};

static void begin(const cor_report_options *o, cor_buf *out)
{
    for (const column *c = sets[o->columns]; c->name != NULL; c++)
        cor_buf_fmt(out, "%s\"%s\"", c == sets[o->columns] ? "" : ",", c->name);
    cor_buf_z(out, "\r\n");
}

static void finding(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)no;
    cor_buf t = {0};
    for (const column *c = sets[o->columns]; c->name != NULL; c++) {
        if (c != sets[o->columns])
            cor_buf_c(out, ',');
        cor_buf_clear(&t);
        c->put(f, &t);
        out->bad = out->bad || t.bad;
        cell(o, out, cor_buf_view(&t));
    }
    cor_buf_z(out, "\r\n");
    cor_buf_free(&t);
}

extern const cor_report cor_report_csv;
const cor_report cor_report_csv = {.name = "csv", .begin = begin, .finding = finding};
