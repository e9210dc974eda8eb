/* One finding, with everything that its event says. */
#include <stdarg.h>
#include <stdio.h>

#include "base/utf.h"
#include "report/found.h"
#include "report/hosts/hosts.h"
#include "report/text.h"

enum { NAME_WIDTH = 14 };

static void row(const cor_hosts_options *o, cor_str name, cor_str text, cor_buf *out)
{
    if (text.n == 0)
        return;
    size_t from = out->n;
    cor_buf_z(out, "  ");
    cor_term_escape(out, name.n == 0 ? COR_S("keyword") : name);
    for (size_t n = name.n; n < NAME_WIDTH; n++)
        cor_buf_c(out, ' ');
    cor_buf_z(out, "  ");
    cor_term_escape(out, text);
    cor_buf_c(out, '\n');
    cor_text_fold(out, from, o->width, NAME_WIDTH + 4);
}

static void row_fmt(const cor_hosts_options *o, const char *name, cor_buf *out, const char *fmt, ...) COR_PRINTF(4, 5);
static void row_fmt(const cor_hosts_options *o, const char *name, cor_buf *out, const char *fmt, ...)
{
    char t[128];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t, sizeof(t), fmt, ap);
    va_end(ap);
    row(o, cor_str_of(name), (cor_str){t, n < 0 ? 0 : (size_t)n < sizeof(t) ? (size_t)n : sizeof(t) - 1}, out);
}

static void time_row(const cor_hosts_options *o, const char *name, cor_time t, cor_buf *out)
{
    cor_buf b = {0};
    cor_answer_time(&b, t, 7);
    row(o, cor_str_of(name), cor_buf_view(&b), out);
    cor_buf_free(&b);
}

static void place_row(const cor_hosts_options *o, const char *name, cor_str input, uint64_t offset, cor_buf *out)
{
    cor_buf b = {0};
    cor_buf_str(&b, input);
    cor_buf_fmt(&b, " at byte %llu", (unsigned long long)offset);
    row(o, cor_str_of(name), cor_buf_view(&b), out);
    cor_buf_free(&b);
}

static void events(const cor_hosts_options *o, const cor_case_finding *f, cor_buf *out)
{
    cor_buf_fmt(out, "\n  Its events (%u of %llu)\n", f->n_event, (unsigned long long)f->n_total);
    for (uint32_t i = 0; i < f->n_event; i++) {
        const cor_finding_event *e = &f->event[i];
        size_t from = out->n;
        cor_buf_z(out, "  ");
        cor_answer_time(out, e->time, 3);
        cor_buf_z(out, "  ");
        cor_term_escape(out, e->computer);
        cor_buf_z(out, "  ");
        cor_term_escape(out, cor_channel_short(e->channel));
        cor_buf_fmt(out, " %u #%llu  [", e->event_id, (unsigned long long)e->record_id);
        cor_term_escape(out, e->input);
        cor_buf_fmt(out, "@%llu]\n", (unsigned long long)e->offset);
        cor_text_fold(out, from, o->width, 4);
    }
}

static void head(const cor_hosts_options *o, const cor_case_finding *f, cor_buf *out)
{
    size_t from = out->n;
    cor_term_escape(out, f->rule_title);
    cor_buf_c(out, '\n');
    cor_text_fold(out, from, o->width, 2);
    row(o, COR_S("finding"), f->id, out);
    row(o, COR_S("rule"), f->rule_id, out);
    row(o, COR_S("level"), cor_str_of(cor_level_name[f->level]), out);
    row(o, COR_S("sign"), f->sign, out);
    row(o, COR_S("stage"), f->stage, out);
    row(o, COR_S("grade"), f->grade, out);
    row(o, COR_S("host"), f->host, out);
    row(o, COR_S("computer"), f->computer, out);
    time_row(o, "time", f->time, out);
    if (f->last != f->time)
        time_row(o, "last", f->last, out);
    row(o, COR_S("channel"), f->channel, out);
    row(o, COR_S("provider"), f->provider, out);
    if (f->event_id != 0)
        row_fmt(o, "event id", out, "%u", f->event_id);
    if (f->record_id != 0)
        row_fmt(o, "record id", out, "%llu", (unsigned long long)f->record_id);
    for (uint32_t i = 0; i < f->n_place; i++)
        place_row(o, i == 0 ? "evidence" : "also in", f->place[i].input, f->place[i].offset, out);
}

void cor_hosts_finding(const cor_hosts_options *o, const cor_case_finding *f, cor_buf *out)
{
    head(o, f, out);
    if (f->n_matched > 0)
        cor_buf_z(out, "\n  What the rule matched\n");
    for (uint32_t i = 0; i < f->n_matched; i++)
        row(o, f->matched[i].field, f->matched[i].value, out);
    if (f->n_corr_group > 0)
        cor_buf_z(out, "\n  Grouped by\n");
    for (uint32_t i = 0; i < f->n_corr_group; i++)
        row(o, f->corr_group[i].name, f->corr_group[i].text, out);
    if (f->n_field > 0)
        cor_buf_z(out, "\n  All fields\n");
    for (uint32_t i = 0; i < f->n_field; i++)
        row(o, f->field[i].name, f->field[i].text, out);
    if (cor_found_correlated(f))
        events(o, f, out);
}
