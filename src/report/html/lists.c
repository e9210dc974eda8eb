/* What is not known, evidence read, rules. */
#include "report/html/page.h"

enum { UNKNOWN_MAX = 300 }; /* hosts listed under "not known" */

/* ---- what is not known ---- */

static void unknown_host(const cor_host_verdict *h, cor_buf *b)
{
    cor_buf_z(b, "<tr><th scope=\"row\">");
    cor_html_host(b, h->host);
    cor_buf_z(b, "</th><td>");
    if (!h->has_logs)
        cor_buf_z(b, "No log of its own. ");
    const char *gap = "";
    for (uint32_t i = 0; i < h->n_coverage; i++)
        if (h->coverage[i].required && !h->coverage[i].filled) {
            cor_buf_fmt(b, "%s<b>", gap);
            cor_html_z(b, cor_row_words(h->coverage[i].row));
            cor_buf_z(b, "</b>");
            if (h->coverage[i].why.n > 0)
                cor_buf_z(b, ": ");
            cor_html_text(b, h->coverage[i].why);
            gap = "<br>";
        }
    cor_buf_z(b, "</td></tr>\n");
}

static void unknown_hosts(const cor_judgement *j, cor_buf *b)
{
    uint32_t n = 0;
    if (j->count[COR_VERDICT_UNKNOWN] == 0)
        return;
    cor_buf_z(b, "<h3>Hosts that cannot be judged</h3>\n<table class=\"gaps\">\n<thead><tr><th scope=\"col\">Host</th>"
                 "<th scope=\"col\">What is missing</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < j->n_host && n < UNKNOWN_MAX; i++)
        if (j->host[i].verdict == COR_VERDICT_UNKNOWN) {
            unknown_host(&j->host[i], b);
            n++;
        }
    cor_buf_z(b, "</tbody>\n</table>\n");
    if (j->count[COR_VERDICT_UNKNOWN] > n)
        cor_buf_fmt(b, "<p>And %u more: <code>cordon show CASE</code> lists them.</p>\n",
                    j->count[COR_VERDICT_UNKNOWN] - n);
}

void cor_html_unknown(cor_page *p, cor_arena *mem)
{
    cor_buf *b = &p->b;
    cor_str gap[COR_ANSWER_ROWS], left[COR_LEFT_N];
    uint32_t n = cor_answer_gaps(p->a->j, mem, gap), n_left = cor_answer_left_out(p->a->j, mem, left);
    cor_buf_z(b, "<section aria-labelledby=\"unknown\">\n<h2 id=\"unknown\">What is not known</h2>\n<ul>\n"
                 "<li>Only event logs were read: files, registry, memory and network captures were not. What leaves no "
                 "record in them is not seen.</li>\n"
                 "<li>This version does not yet say how sure it is, how the intruder went from host to host, who was "
                 "first, and which accounts are lost.</li>\n");
    if (p->damaged > 0 || p->unread > 0)
        cor_buf_fmt(b,
                    "<li>%llu places of damage in %llu files, %llu files not read to the end: what stood there is "
                    "not known.</li>\n",
                    (unsigned long long)p->damaged, (unsigned long long)p->damaged_files,
                    (unsigned long long)p->unread);
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(b, "<li>Not to be seen: ");
        b->bad = b->bad || gap[i].p == NULL;
        cor_html_text(b, gap[i]);
        cor_buf_z(b, ".</li>\n");
    }
    for (uint32_t i = 0; i < n_left; i++) {
        cor_buf_z(b, "<li>Left out because a limit was reached: ");
        b->bad = b->bad || left[i].p == NULL;
        cor_html_text(b, left[i]);
        cor_buf_z(b, ".</li>\n");
    }
    cor_buf_z(b, "</ul>\n");
    unknown_hosts(p->a->j, b);
    cor_buf_z(b, "</section>\n");
}

/* ---- evidence ---- */

static cor_code add(void *ctx, const cor_case_input *i, cor_err *e)
{
    (void)e;
    cor_page *p = ctx;
    p->inputs++;
    p->unread += i->error.n > 0;
    p->records += i->records;
    p->damaged += i->damaged;
    p->damaged_files += i->damaged > 0;
    p->lost += i->lost;
    return COR_OK;
}

cor_code cor_html_sum(cor_page *p, cor_err *e)
{
    return p->a->c == NULL ? COR_OK : cor_case_inputs(p->a->c, add, p, e);
}

typedef struct files {
    cor_page *p;
    bool bad; /* only those with damage */
    uint64_t n;
} files;

static cor_code file(void *ctx, const cor_case_input *i, cor_err *e)
{
    files *f = ctx;
    cor_buf *b = &f->p->b;
    if ((f->bad && i->damaged == 0 && i->error.n == 0) || f->n++ >= COR_HTML_INPUTS_MAX)
        return COR_OK;
    cor_buf_z(b, "<tr><th scope=\"row\" class=\"mono\">");
    cor_html_text(b, i->path);
    cor_buf_z(b, "</th><td>");
    cor_html_text(b, i->reader.n == 0 ? COR_S("not recognised") : i->reader);
    cor_buf_fmt(b, "</td><td class=\"number\">%llu</td><td class=\"number\">%llu</td><td>",
                (unsigned long long)i->records, (unsigned long long)i->damaged);
    cor_html_text(b, i->error);
    cor_buf_z(b, "</td></tr>\n");
    return cor_outlet_flush(f->p->to, b, e);
}

static cor_code file_table(cor_page *p, bool bad, cor_err *e)
{
    files f = {p, bad, 0};
    cor_buf_z(&p->b,
              "<table class=\"files\">\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\">Read as</th>"
              "<th scope=\"col\" class=\"number\">Records</th><th scope=\"col\" class=\"number\">Damaged places</th>"
              "<th scope=\"col\">Error</th></tr></thead>\n<tbody>\n");
    cor_code rc = cor_case_inputs(p->a->c, file, &f, e);
    cor_buf_z(&p->b, "</tbody>\n</table>\n");
    if (f.n > COR_HTML_INPUTS_MAX)
        cor_buf_fmt(&p->b, "<p>And %llu more: summary.json has all under \"inputs\".</p>\n",
                    (unsigned long long)(f.n - COR_HTML_INPUTS_MAX));
    return rc;
}

cor_code cor_html_inputs(cor_page *p, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_buf_fmt(&p->b,
                "<section aria-labelledby=\"read\">\n<h2 id=\"read\">Evidence read</h2>\n"
                "<p>%llu file%s, %llu record%s; %llu damaged place%s in %llu file%s, %llu not read to the end.</p>\n",
                (unsigned long long)p->inputs, p->inputs == 1 ? "" : "s", (unsigned long long)p->records,
                p->records == 1 ? "" : "s", (unsigned long long)p->damaged, p->damaged == 1 ? "" : "s",
                (unsigned long long)p->damaged_files, p->damaged_files == 1 ? "" : "s", (unsigned long long)p->unread);
    if (p->a->c != NULL && (p->damaged_files > 0 || p->unread > 0)) {
        cor_buf_z(&p->b, "<h3>Damaged or not read to the end</h3>\n");
        rc = file_table(p, true, e);
    }
    if (rc == COR_OK && p->a->c != NULL && p->inputs > 0) {
        cor_buf_z(&p->b, "<details><summary>All files</summary>\n");
        rc = file_table(p, false, e);
        cor_buf_z(&p->b, "</details>\n");
    }
    return rc;
}

/* ---- rules; ends the section of the evidence ---- */

static void refused(cor_page *p, cor_str rest)
{
    cor_refused r;
    cor_buf_z(&p->b, "<details><summary>Rules refused</summary>\n<ul>\n");
    while (cor_refused_next(&rest, &r)) {
        cor_buf_z(&p->b, "<li><span class=\"mono\">");
        cor_html_text(&p->b, r.file);
        cor_buf_fmt(&p->b, ":%llu:%llu</span> ", (unsigned long long)r.line, (unsigned long long)r.column);
        cor_html_text(&p->b, r.why);
        cor_buf_z(&p->b, "</li>\n");
    }
    cor_buf_z(&p->b, "</ul>\n</details>\n");
}

cor_code cor_html_rules(cor_page *p, cor_err *e)
{
    uint64_t loaded, n;
    cor_arena mem = {0};
    cor_str reasons = {NULL, 0};
    cor_code rc = cor_answer_number(p->a, COR_SET_RULES, &loaded, e);
    if (rc == COR_OK)
        rc = cor_answer_number(p->a, COR_SET_REFUSED, &n, e);
    if (rc == COR_OK && p->a->c != NULL)
        rc = cor_case_get(p->a->c, COR_SET_REASONS, &mem, &reasons, e);
    if (rc == COR_OK) {
        cor_buf_fmt(&p->b, "<p>%llu rules were used, %llu refused.</p>\n", (unsigned long long)loaded,
                    (unsigned long long)n);
        if (reasons.n > 0)
            refused(p, reasons);
        cor_buf_z(&p->b, "</section>\n");
    }
    cor_arena_free(&mem);
    return rc;
}
