/* The document and its first screen. */
#include "report/html/html.h"

#include "report/html/page.h"

extern const unsigned char cor_report_css[], cor_report_js[];
extern const size_t cor_report_css_size, cor_report_js_size;
extern const char cor_report_css_sha256[], cor_report_js_sha256[];

enum { NAMES_SHOWN = 12 }; /* hosts named on the first screen; the table has all */

/* Text of cor_answer_*, which is freed. */
static void sentence(cor_buf *b, cor_buf *s, const char *open, const char *close)
{
    if (s->n > 0) {
        cor_buf_z(b, open);
        cor_html_text(b, cor_buf_view(s));
        cor_buf_z(b, close);
    }
    if (!cor_buf_ok(s))
        b->bad = true;
    cor_buf_free(s);
}

static void head(cor_page *p)
{
    cor_buf *b = &p->b;
    cor_buf title = {0};
    cor_answer_headline(p->a->j, &title);
    cor_buf_fmt(b,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; "
                "script-src '%s'; base-uri 'none'; form-action 'none'\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
                cor_report_css_sha256, cor_report_js_sha256);
    sentence(b, &title, "", " - Cordon</title>\n<style>");
    cor_buf_put(b, cor_report_css, cor_report_css_size);
    cor_buf_z(b, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#hosts\">To the hosts</a>\n");
}

static void navigation(cor_buf *b)
{
    cor_buf_z(b, "<nav aria-label=\"Parts of this report\"><a href=\"#hosts\">Hosts</a> <a href=\"#details\">Why</a> "
                 "<a href=\"#timeline\">Timeline</a> <a href=\"#unknown\">Not known</a> "
                 "<a href=\"#read\">Evidence read</a></nav>\n");
}

static void foot(cor_page *p)
{
    cor_buf *b = &p->b;
    cor_buf_z(b, "</main>\n<footer>\n<p>Made by Cordon " CORDON_VERSION " from the case that this file lies in, and "
                 "only from event logs. All times are UTC. In commands, CASE stands for this folder. What is said here "
                 "rests on written rules (docs/verdicts.md of Cordon), not on a score; each reason names the record it "
                 "rests on.</p>\n</footer>\n<script>");
    cor_buf_put(b, cor_report_js, cor_report_js_size);
    cor_buf_z(b, "</script>\n</body>\n</html>\n");
}

/* ---- the first screen ---- */

static void first_evidence(const cor_judgement *j, cor_buf *b)
{
    const cor_host_verdict *h = cor_answer_first(j);
    if (h == NULL)
        return;
    const char *how = cor_vector_words(h->vector);
    cor_buf_z(b, "<p class=\"lead\">The first evidence is on <b>");
    cor_html_host(b, h->host);
    cor_buf_z(b, "</b>, ");
    cor_html_time(b, h->first, 0);
    cor_buf_fmt(b, "; it came %s.</p>\n", how == NULL ? "in a way that these logs do not show" : how);
}

static void window(const cor_judgement *j, cor_buf *b)
{
    if (j->now == COR_NOTIME || j->n_host == 0)
        return;
    cor_buf_z(b, "<p class=\"small\">Judged for ");
    cor_html_time(b, j->from, 0);
    cor_buf_z(b, " to ");
    cor_html_time(b, j->now, 0);
    cor_buf_z(b, ". All times are UTC.</p>\n");
}

static void counts(const cor_judgement *j, cor_buf *b)
{
    cor_buf_z(b, "<ul class=\"counts\" aria-label=\"Hosts by verdict\">");
    for (unsigned v = COR_VERDICT_N; v-- > 0;)
        if (j->count[v] > 0) {
            cor_buf_fmt(b, "<li class=\"%s\"><b>%u</b> ", cor_verdict_name[v], j->count[v]);
            cor_buf_fmt(b, "%s</li>", cor_verdict_name[v]);
        }
    cor_buf_z(b, "</ul>\n");
}

static void todo(const cor_judgement *j, cor_arena *mem, cor_buf *b)
{
    cor_str step[COR_ANSWER_STEPS];
    uint32_t n = cor_answer_steps(j, mem, step);
    cor_buf_z(b, "<section class=\"todo\" aria-labelledby=\"todo\">\n<h2 id=\"todo\">What to do next</h2>\n<ol>\n");
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(b, "<li>");
        b->bad = b->bad || step[i].p == NULL;
        cor_html_text(b, step[i]);
        cor_buf_z(b, "</li>\n");
    }
    cor_buf_z(b, "</ol>\n</section>\n");
}

static void cannot(cor_page *p, cor_arena *mem, cor_buf *b)
{
    const cor_judgement *j = p->a->j;
    cor_buf hosts = {0};
    cor_str gap[COR_ANSWER_ROWS];
    uint32_t unknown = cor_answer_names(j, COR_VERDICT_UNKNOWN, NAMES_SHOWN, &hosts), n = cor_answer_gaps(j, mem, gap);
    cor_buf_z(b,
              "<section class=\"cannot\" aria-labelledby=\"cannot\">\n<h2 id=\"cannot\">What cannot be judged</h2>\n");
    if (unknown == 0)
        cor_buf_z(b, j->n_host == 0 ? "<p>Nothing: no record was read.</p>\n" : "<p>Every host could be judged.</p>\n");
    else
        cor_buf_fmt(b, "<p>%u host%s ", unknown, unknown == 1 ? ": " : "s: ");
    sentence(b, &hosts, "", ". No sign is no proof there: logs that would show one are missing.</p>\n");
    if (n > 0)
        cor_buf_z(b, "<p>Not shown for the whole of that time:</p>\n<ul>\n");
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(b, "<li>");
        b->bad = b->bad || gap[i].p == NULL;
        cor_html_text(b, gap[i]);
        cor_buf_z(b, "</li>\n");
    }
    if (n > 0)
        cor_buf_z(b, "</ul>\n");
    if (p->damaged_files > 0 || p->unread > 0)
        cor_buf_fmt(b, "<p>Of %llu files read, %llu %s damaged and %llu could not be read to the end.</p>\n",
                    (unsigned long long)p->inputs, (unsigned long long)p->damaged_files,
                    p->damaged_files == 1 ? "is" : "are", (unsigned long long)p->unread);
    cor_buf_z(b, "<p><a href=\"#unknown\">All that is not known</a></p>\n</section>\n");
}

static cor_code answer(cor_page *p, cor_arena *mem, cor_err *e)
{
    cor_str stopped;
    if (cor_answer_stopped(p->a, mem, &stopped, e) != COR_OK)
        return e->code;
    const cor_judgement *j = p->a->j;
    cor_buf *b = &p->b, line = {0};
    cor_buf_z(b, "<header>\n<p class=\"brand\">Cordon: which hosts are infected, since when, why</p>\n");
    cor_answer_headline(j, &line);
    sentence(b, &line, "<h1>", ".</h1>\n");
    first_evidence(j, b);
    counts(j, b);
    window(j, b);
    if (stopped.n > 0) {
        cor_buf_z(b, "<p><b>");
        cor_html_text(b, stopped);
        cor_buf_z(b, "</b></p>\n");
    }
    navigation(b);
    cor_buf_z(b, "</header>\n<main>\n<div class=\"first\">\n");
    todo(j, mem, b);
    cannot(p, mem, b);
    cor_buf_z(b, "</div>\n");
    return COR_OK;
}

cor_code cor_html(const cor_answer *a, const cor_outlet *to, cor_err *e)
{
    cor_page p = {.a = a, .to = to};
    cor_arena mem = {0};
    cor_code rc = cor_html_sum(&p, e);
    if (rc == COR_OK) {
        head(&p);
        rc = answer(&p, &mem, e);
    }
    rc = rc != COR_OK ? rc : cor_html_table(&p, e);
    rc = rc != COR_OK ? rc : cor_html_hosts(&p, e);
    rc = rc != COR_OK ? rc : cor_html_timeline(&p, e);
    if (rc == COR_OK)
        cor_html_unknown(&p, &mem);
    rc = rc != COR_OK ? rc : cor_html_inputs(&p, e);
    rc = rc != COR_OK ? rc : cor_html_rules(&p, e);
    if (rc == COR_OK) {
        foot(&p);
        rc = cor_outlet_flush(to, &p.b, e);
    }
    cor_arena_free(&mem);
    cor_buf_free(&p.b);
    return rc;
}
