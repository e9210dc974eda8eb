/* The timeline: all findings with a sign by time. What one rule finds on one host within minutes is one row: a process
 * start stands in two logs, a worm tries passwords by the hundred. */
#include "report/found.h"
#include "report/html/page.h"
#include "report/text.h"

#define NEAR (5 * 60 * COR_SECOND) /* between a finding and the next of its row */
enum { OPEN_MAX = 64 };            /* rows that may still grow */

typedef struct row {
    cor_arena mem; /* its texts */
    cor_str host, rule, title, stage, grade, log;
    cor_time first, last;
    uint32_t event_id;
    bool several_logs;
    uint64_t n;
} row;

typedef struct timeline {
    cor_page *p;
    row row[OPEN_MAX]; /* by time of the first finding; a ring */
    size_t at, open;
    uint64_t rows, hidden; /* hidden: findings behind the last row shown */
} timeline;

static row *nth(timeline *t, size_t i)
{
    return &t->row[(t->at + i) % OPEN_MAX];
}

static void host_link(const cor_page *p, cor_str host, cor_buf *b)
{
    for (uint32_t i = 0; i < p->a->j->n_host && i < COR_HTML_SECTIONS_MAX; i++)
        if (cor_str_eq(p->a->j->host[i].host, host) && cor_html_has_section(p, i)) {
            cor_buf_fmt(b, "<a href=\"#h%u\">", i + 1);
            cor_html_host(b, host);
            cor_buf_z(b, "</a>");
            return;
        }
    cor_html_text(b, host);
}

static cor_code put_first(timeline *t, cor_err *e)
{
    row *r = nth(t, 0);
    cor_buf *b = &t->p->b;
    t->at = (t->at + 1) % OPEN_MAX;
    t->open--;
    if (t->rows++ >= COR_HTML_TIMELINE_MAX) {
        t->hidden += r->n;
        return COR_OK;
    }
    cor_buf_z(b, "<tr><td>");
    cor_html_time(b, r->first, 0);
    cor_buf_z(b, "</td><th scope=\"row\">");
    host_link(t->p, r->host, b);
    cor_buf_z(b, "</th><td class=\"one-line\">");
    cor_html_text(b, r->stage);
    cor_buf_z(b, "</td><td class=\"one-line\">");
    cor_html_text(b, r->grade);
    cor_buf_z(b, "</td><td>");
    cor_html_text(b, r->title);
    cor_html_times(b, r->n, r->first, r->last);
    cor_buf_z(b, "</td><td class=\"mono\">");
    cor_html_text(b, r->log);
    if (r->event_id != 0)
        cor_buf_fmt(b, " %u", r->event_id);
    cor_buf_z(b, r->several_logs ? " and others</td></tr>\n" : "</td></tr>\n");
    return cor_outlet_flush(t->p->to, b, e);
}

static bool keep(row *r, cor_str *out, cor_str s)
{
    *out = cor_arena_str(&r->mem, s);
    return out->p != NULL;
}

static cor_code open_row(timeline *t, const cor_case_finding *f, cor_err *e)
{
    cor_code rc = t->open < OPEN_MAX ? COR_OK : put_first(t, e);
    if (rc != COR_OK)
        return rc;
    row *r = nth(t, t->open++);
    cor_arena_reset(&r->mem);
    r->first = f->time;
    r->last = f->last;
    r->event_id = f->event_id;
    r->several_logs = false;
    r->n = 1;
    return keep(r, &r->host, f->host.n == 0 && cor_found_correlated(f) ? COR_S("several") : f->host) &&
                   keep(r, &r->rule, f->rule_id) && keep(r, &r->title, f->rule_title) &&
                   keep(r, &r->stage, f->group.n > 0 ? f->group : f->stage) && keep(r, &r->grade, f->grade) &&
                   keep(r, &r->log, cor_channel_short(f->channel))
               ? COR_OK
               : cor_nomem(e, "report");
}

static bool near(const row *r, cor_time t)
{
    return r->last != COR_NOTIME && t != COR_NOTIME && t - r->last <= NEAR;
}

static cor_code seen(void *ctx, const cor_case_finding *f, cor_err *e)
{
    timeline *t = ctx;
    cor_code rc = COR_OK;
    while (rc == COR_OK && t->open > 0 && !near(nth(t, 0), f->time))
        rc = put_first(t, e);
    for (size_t i = 0; rc == COR_OK && i < t->open; i++) {
        row *r = nth(t, i);
        if (!near(r, f->time) || !cor_str_eq(r->rule, f->rule_id) || !cor_str_eq(r->host, f->host))
            continue;
        r->several_logs = r->several_logs || !cor_str_eq(r->log, cor_channel_short(f->channel));
        r->last = f->last > r->last ? f->last : r->last;
        r->n++;
        return COR_OK;
    }
    return rc != COR_OK ? rc : open_row(t, f, e);
}

cor_code cor_html_timeline(cor_page *p, cor_err *e)
{
    timeline t = {.p = p};
    const cor_case_filter signs = {.signs = true, .from = COR_NOTIME, .to = COR_NOTIME};
    cor_buf_z(&p->b, "<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline of all signs</h2>\n"
                     "<table class=\"timeline\">\n<thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Host</th>"
                     "<th scope=\"col\">Stage</th><th scope=\"col\">Grade</th><th scope=\"col\">What was found</th>"
                     "<th scope=\"col\">Log, event</th></tr></thead>\n<tbody>\n");
    cor_code rc = p->a->c == NULL ? COR_OK : cor_case_findings(p->a->c, &signs, seen, &t, e);
    while (rc == COR_OK && t.open > 0)
        rc = put_first(&t, e);
    cor_buf_z(&p->b, "</tbody>\n</table>\n");
    if (t.rows == 0)
        cor_buf_z(&p->b, "<p>No rule with a sign found anything.</p>\n");
    if (t.hidden > 0)
        cor_buf_fmt(&p->b,
                    "<p>And %llu later findings: <code>cordon show CASE FROM..TO</code> lists those of a time.</p>\n",
                    (unsigned long long)t.hidden);
    cor_buf_z(&p->b, "</section>\n");
    for (size_t i = 0; i < OPEN_MAX; i++)
        cor_arena_free(&t.row[i].mem);
    return rc;
}
