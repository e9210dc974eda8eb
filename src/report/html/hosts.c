/* The table of hosts, and a section for each of which there is something to say. */
#include "report/html/page.h"

enum { NAMES_MAX = 20, INDICATORS_MAX = 100, LINES_MAX = 60, NOTES_MAX = 50 }; /* of one host */

bool cor_html_has_section(const cor_page *p, uint32_t host)
{
    const cor_host_verdict *h = &p->a->j->host[host];
    return host < COR_HTML_SECTIONS_MAX && (h->verdict > COR_VERDICT_UNKNOWN || h->n_reason > 0 || h->n_note > 0 ||
                                            h->override != NULL || (h->flags & COR_FLAG_IMPLICATED));
}

/* ---- the table ---- */

static void way_short(const cor_host_verdict *h, cor_buf *b)
{
    cor_link link[COR_CHAIN_LINKS];
    uint32_t n = cor_answer_chain(h, link);
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(b, i == 0 ? "" : " <span class=\"to\">\xe2\x86\x92</span> ");
        cor_html_text(b, link[i].name);
    }
}

static void not_seen(const cor_host_verdict *h, cor_buf *b)
{
    const char *gap = "Not or not always seen: ";
    for (uint32_t i = 0; i < h->n_coverage; i++)
        if (h->coverage[i].required && !h->coverage[i].filled) {
            cor_buf_z(b, gap);
            cor_html_z(b, cor_row_words(h->coverage[i].row));
            gap = ", ";
        }
}

static void why_short(const cor_host_verdict *h, cor_buf *b)
{
    uint32_t n = cor_answer_counting(h);
    if (n > 0) {
        cor_html_text(b, cor_reason_short(&h->reason[0]));
        if (n > 1)
            cor_buf_fmt(b, " <span class=\"small\">and %u more</span>", n - 1);
    } else if (!h->has_logs) {
        cor_buf_z(b, "No log of its own");
    } else {
        not_seen(h, b);
    }
}

static void marks(const cor_host_verdict *h, cor_buf *b)
{
    cor_buf m = {0};
    cor_answer_marks(h, &m);
    b->bad = b->bad || m.bad;
    if (m.n > 0) {
        cor_buf_z(b, " <span class=\"marks\">");
        cor_html_text(b, cor_buf_view(&m));
        cor_buf_z(b, "</span>");
    }
    if (h->override != NULL)
        cor_buf_z(b, " <span class=\"marks\">analyst's word</span>");
    cor_buf_free(&m);
}

static void row(const cor_page *p, uint32_t no, cor_buf *b)
{
    const cor_host_verdict *h = &p->a->j->host[no];
    cor_buf_fmt(b, "<tr class=\"%s\"><td data-h=\"Verdict\">", cor_verdict_name[h->verdict]);
    cor_html_word(b, h->verdict);
    cor_buf_z(b, "</td><th scope=\"row\">");
    if (cor_html_has_section(p, no))
        cor_buf_fmt(b, "<a href=\"#h%u\">", no + 1);
    cor_html_host(b, h->host);
    cor_buf_z(b, cor_html_has_section(p, no) ? "</a>" : "");
    marks(h, b);
    cor_buf_z(b, "</th><td data-h=\"Since\">");
    if (h->first != COR_NOTIME)
        cor_html_time(b, h->first, 0);
    cor_buf_z(b, "</td><td data-h=\"Why\">");
    why_short(h, b);
    cor_buf_z(b, "</td><td data-h=\"Way\">");
    way_short(h, b);
    cor_buf_z(b, "</td></tr>\n");
}

cor_code cor_html_table(cor_page *p, cor_err *e)
{
    const cor_judgement *j = p->a->j;
    cor_buf *b = &p->b;
    cor_buf_z(
        b, "<section aria-labelledby=\"hosts\">\n<h2 id=\"hosts\">Hosts, worst first</h2>\n"
           "<div class=\"tools\" id=\"tools\" hidden><label>Show only hosts with <input id=\"filter\" type=\"search\" "
           "autocomplete=\"off\"></label> <span id=\"shown\" role=\"status\"></span></div>\n"
           "<table class=\"hosts\" id=\"table\">\n<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Host</th>"
           "<th scope=\"col\">Since</th><th scope=\"col\">Why</th><th scope=\"col\">Way through the host</th></tr>"
           "</thead>\n<tbody>\n");
    cor_code rc = COR_OK;
    for (uint32_t i = 0; i < j->n_host && i < COR_HTML_HOSTS_MAX && rc == COR_OK; i++) {
        row(p, i, b);
        rc = cor_outlet_flush(p->to, b, e);
    }
    cor_buf_z(b, "</tbody>\n</table>\n");
    if (j->n_host > COR_HTML_HOSTS_MAX)
        cor_buf_fmt(b, "<p>And %u more hosts, none worse: <code>cordon show CASE</code> lists them.</p>\n",
                    j->n_host - COR_HTML_HOSTS_MAX);
    cor_buf_z(b, "</section>\n");
    return rc;
}

/* ---- a section ---- */

static void names(const cor_host_verdict *h, cor_buf *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_name; i++) {
        if (cor_str_eq(h->name[i], h->host) || n++ >= NAMES_MAX)
            continue;
        cor_buf_z(b, n == 1 ? "<p class=\"small\">Also called " : ", ");
        cor_html_host(b, h->name[i]);
    }
    if (n > NAMES_MAX)
        cor_buf_fmt(b, " and %u more", n - NAMES_MAX);
    cor_buf_z(b, n > 0 ? "</p>\n" : "");
}

static void since(const cor_host_verdict *h, cor_buf *b)
{
    if (h->first == COR_NOTIME)
        return;
    cor_buf_z(b, "<p>First evidence ");
    cor_html_time(b, h->first, 0);
    if (h->last != COR_NOTIME && h->last != h->first) {
        cor_buf_z(b, ", last ");
        cor_html_time(b, h->last, 0);
    }
    const char *how = cor_vector_words(h->vector);
    if (how != NULL)
        cor_buf_fmt(b, ". It came %s", how);
    cor_buf_z(b, ".</p>\n");
}

static void way(const cor_host_verdict *h, cor_buf *b)
{
    cor_link link[COR_CHAIN_LINKS];
    uint32_t n = cor_answer_chain(h, link);
    if (n == 0)
        return;
    cor_buf_z(b, "<ol class=\"way\" aria-label=\"Stages in order of their first evidence\">\n");
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(b, "<li><b>");
        cor_html_text(b, link[i].name);
        cor_buf_z(b, "</b> <span class=\"t\">");
        cor_answer_time_after(b, link[i].first, i == 0 ? COR_NOTIME : link[i - 1].first);
        cor_buf_z(b, "</span>");
        cor_buf_z(b, "</li>\n");
    }
    cor_buf_z(b, "</ol>\n");
}

static void said(const char *what, const cor_said *s, cor_buf *b)
{
    cor_buf_fmt(b, "<p><b>%s</b> by ", what);
    cor_html_host(b, s->by);
    cor_buf_z(b, ", ");
    cor_html_time(b, s->when, 0);
    cor_buf_z(b, ": <q>");
    cor_html_text(b, s->text);
    cor_buf_z(b, "</q></p>\n");
}

static void analyst(const cor_host_verdict *h, cor_buf *b)
{
    if (h->override == NULL && h->n_note == 0)
        return;
    cor_buf_z(b, "<div class=\"analyst\">\n");
    if (h->override != NULL) {
        cor_buf_fmt(b, "<p>The word <b>%s</b> is the analyst's; Cordon's own is <b>%s</b>.</p>\n",
                    cor_verdict_name[h->verdict], cor_verdict_name[h->judged]);
        said("Override", h->override, b);
    }
    for (uint32_t i = 0; i < h->n_note && i < NOTES_MAX; i++)
        said("Note", &h->note[i], b);
    if (h->n_note > NOTES_MAX)
        cor_buf_fmt(b, "<p>And %u more notes.</p>\n", h->n_note - NOTES_MAX);
    cor_buf_z(b, "</div>\n");
}

/* What can be seen in one sentence, what cannot a line each. */
static void coverage(const cor_host_verdict *h, cor_buf *b)
{
    if (h->n_coverage == 0)
        return;
    const char *gap = "<p>They show ";
    cor_buf_z(b, "<h4>What its logs show</h4>\n");
    for (uint32_t i = 0; i < h->n_coverage; i++)
        if (h->coverage[i].filled) {
            cor_buf_z(b, gap);
            cor_html_z(b, cor_row_words(h->coverage[i].row));
            gap = ", ";
        }
    cor_buf_z(b, gap[0] == ',' ? ".</p>\n<ul>\n" : "<ul>\n");
    for (uint32_t i = 0; i < h->n_coverage; i++) {
        const cor_coverage *c = &h->coverage[i];
        if (c->filled)
            continue;
        cor_buf_fmt(b, "<li>%s ", c->part ? "<b>Seen in part:</b>" : c->required ? "<b>Not seen:</b>"
                                                                            : "Not seen, but not asked for:");
        cor_html_z(b, cor_row_words(c->row));
        cor_buf_z(b, c->why.n > 0 ? ": " : "");
        cor_html_text(b, c->why);
        cor_buf_z(b, "</li>\n");
    }
    cor_buf_z(b, "</ul>\n");
}

static void lines(const char *title, const cor_str *s, uint32_t n, cor_buf *b)
{
    if (n == 0)
        return;
    cor_buf_fmt(b, "<details><summary>%s (%u)</summary>\n<ul>\n", title, n);
    for (uint32_t i = 0; i < n && i < LINES_MAX; i++) {
        cor_buf_z(b, "<li>");
        b->bad = b->bad || s[i].p == NULL;
        cor_html_text(b, s[i]);
        cor_buf_z(b, "</li>\n");
    }
    cor_buf_z(b, "</ul>\n");
    if (n > LINES_MAX)
        cor_buf_fmt(b, "<p>And %u more: <code>cordon show CASE HOST</code> lists them.</p>\n", n - LINES_MAX);
    cor_buf_z(b, "</details>\n");
}

static void indicators(const cor_host_verdict *h, cor_buf *b)
{
    if (h->n_indicator == 0)
        return;
    cor_buf_fmt(b,
                "<details><summary>Indicators (%u)</summary>\n<table>\n<thead><tr><th scope=\"col\">Kind</th>"
                "<th scope=\"col\">Value</th></tr></thead>\n<tbody>\n",
                h->n_indicator);
    for (uint32_t i = 0; i < h->n_indicator && i < INDICATORS_MAX; i++) {
        cor_buf_z(b, "<tr><td>");
        cor_html_z(b, h->indicator[i].type);
        cor_buf_z(b, "</td><td class=\"mono\">");
        cor_html_value(b, h->indicator[i].value, COR_HTML_VALUE_MAX);
        cor_buf_z(b, "</td></tr>\n");
    }
    cor_buf_z(b, "</tbody>\n</table>\n");
    if (h->n_indicator > INDICATORS_MAX)
        cor_buf_fmt(b, "<p>And %u more: summary.json has all.</p>\n", h->n_indicator - INDICATORS_MAX);
    cor_buf_z(b, "</details>\n");
}

static cor_code section(cor_page *p, uint32_t no, cor_err *e)
{
    const cor_host_verdict *h = &p->a->j->host[no];
    cor_buf *b = &p->b;
    cor_buf_fmt(b, "<article class=\"host %s\" id=\"h%u\" aria-labelledby=\"t%u\">\n<h3 id=\"t%u\">",
                cor_verdict_name[h->verdict], no + 1, no + 1, no + 1);
    cor_html_host(b, h->host);
    cor_buf_c(b, ' ');
    cor_html_word(b, h->verdict);
    marks(h, b);
    cor_buf_z(b, "</h3>\n");
    names(h, b);
    since(h, b);
    way(h, b);
    if (h->next.n > 0) {
        cor_buf_z(b, "<p class=\"next\"><b>Next:</b> ");
        cor_html_text(b, h->next);
        cor_buf_z(b, "</p>\n");
    }
    analyst(h, b);
    cor_code rc = cor_html_reasons(p, h, e);
    coverage(h, b);
    indicators(h, b);
    lines("What would change the verdict", h->change, h->n_change, b);
    cor_arena mem = {0};
    cor_str lack[COR_ANSWER_LACKS];
    uint32_t n = cor_answer_impossible(h, &mem, lack);
    lines("Signs that these logs could not show, by what they lack", lack, n, b);
    cor_arena_free(&mem);
    cor_buf_z(b, "</article>\n");
    return rc != COR_OK ? rc : cor_outlet_flush(p->to, b, e);
}

cor_code cor_html_hosts(cor_page *p, cor_err *e)
{
    const cor_judgement *j = p->a->j;
    cor_code rc = COR_OK;
    uint32_t shown = 0;
    cor_buf_z(&p->b,
              "<section aria-labelledby=\"details\">\n<h2 id=\"details\">Why: each host with its evidence</h2>\n");
    for (uint32_t i = 0; i < j->n_host && rc == COR_OK; i++)
        if (cor_html_has_section(p, i)) {
            rc = section(p, i, e);
            shown++;
        }
    if (shown == 0)
        cor_buf_z(&p->b, "<p>On no host was anything found that speaks of an intruder.</p>\n");
    if (shown < j->n_host)
        cor_buf_fmt(&p->b, "<p>%u host%s no section here%s; <code>cordon show CASE HOST</code> tells all of one.</p>\n",
                    j->n_host - shown, j->n_host - shown == 1 ? " has" : "s have",
                    j->n_host > COR_HTML_SECTIONS_MAX ? ", those with the least first" : ": nothing was found there");
    cor_buf_z(&p->b, "</section>\n");
    return rc;
}
