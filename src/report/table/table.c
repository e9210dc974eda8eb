/* Findings for a terminal: one line each, level in colour, values shortened, nothing from evidence unescaped. */
#include "base/utf.h"
#include "report/report.h"
#include "report/text.h"

enum { VALUE_MAX = 160, COMPUTER_WIDTH = 15, PLACE_WIDTH = 22 }; /* characters; a NetBIOS name has at most 15 */
enum { INDENT = 26 }; /* of a folded line: below the level */

static const char *const colour[] = {
    [COR_LEVEL_NONE] = "",
    [COR_LEVEL_INFO] = "",
    [COR_LEVEL_LOW] = "\033[38;2;0;255;0m",
    [COR_LEVEL_MEDIUM] = "\033[38;2;255;255;0m",
    [COR_LEVEL_HIGH] = "\033[38;2;255;193;0m",
    [COR_LEVEL_CRITICAL] = "\033[38;2;255;0;0m",
};

/* At most `most` characters of s, escaped, padded to `width`. */
static void shown(cor_buf *b, cor_str s, size_t most, size_t width)
{
    size_t i = 0, n = 0;
    while (i < s.n && n < most) {
        cor_utf8_next(s, &i);
        n++;
    }
    cor_term_escape(b, (cor_str){s.p, i});
    if (i < s.n)
        cor_buf_z(b, "...");
    for (; n < width; n++)
        cor_buf_c(b, ' ');
}

static void pair(cor_buf *b, cor_str name, cor_str text)
{
    cor_buf_z(b, "  ");
    if (name.n > 0) {
        shown(b, name, VALUE_MAX, 0);
        cor_buf_z(b, ": ");
    }
    shown(b, text, VALUE_MAX, 0);
}

static void finding(const cor_report_options *o, const cor_finding *f, uint64_t no, cor_buf *out)
{
    (void)no;
    size_t start = out->n;
    if (f->time == COR_NOTIME) {
        cor_buf_fmt(out, "%-24s", "(no time)");
    } else {
        char iso[33];
        size_t n = cor_time_iso(f->time, 3, iso);
        for (size_t i = 0; i < n; i++)
            cor_buf_c(out, iso[i] == 'T' ? ' ' : iso[i]);
    }
    const char *c = o->colour ? colour[f->rule->level] : "";
    const char *level = f->rule->level == COR_LEVEL_NONE ? "-" : cor_level_short[f->rule->level];
    cor_buf_fmt(out, "  %s%-4s%s  ", c, level, c[0] == 0 ? "" : "\033[0m");
    shown(out, f->computer.n == 0 ? COR_S("-") : f->computer, 64, COMPUTER_WIDTH);
    cor_buf_z(out, "  ");
    cor_buf t = {0};
    if (f->rule->kind == COR_RULE_CORRELATION) {
        cor_buf_fmt(&t, "%llu events", (unsigned long long)f->n_total);
    } else {
        cor_buf_str(&t, cor_channel_short(f->channel));
        cor_buf_fmt(&t, " %u", f->event_id);
        if (f->record_id != 0) /* some exports leave it out */
            cor_buf_fmt(&t, " #%llu", (unsigned long long)f->record_id);
    }
    out->bad = out->bad || t.bad;
    shown(out, cor_buf_view(&t), 80, PLACE_WIDTH);
    cor_buf_free(&t);
    cor_buf_z(out, "  ");
    shown(out, f->rule->title, VALUE_MAX, 0);
    for (uint32_t i = 0; i < f->n_group; i++)
        pair(out, f->group[i].name, f->group[i].text);
    for (uint32_t i = 0; i < f->n_matched; i++)
        pair(out, f->matched[i].field, f->matched[i].value);
    cor_buf_z(out, "  [");
    cor_term_escape(out, f->input);
    cor_buf_fmt(out, "@%llu]\n", (unsigned long long)f->offset);
    cor_text_fold(out, start, o->width, INDENT);
}

extern const cor_report cor_report_table;
const cor_report cor_report_table = {.name = "table", .finding = finding};
