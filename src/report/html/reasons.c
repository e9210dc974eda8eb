/* Reasons, each with the records it rests on: one click to the records, a second to all their fields. */
#include "report/found.h"
#include "report/html/page.h"

enum { EVENTS_MAX = 20 }; /* of a correlation */
enum { OPEN_MAX = 8 };    /* reasons that are not folded away: the strongest */

static const char *weight(const cor_reason *r)
{
    switch (r->kind) {
    case COR_REASON_CONTACT: return "contact";
    case COR_REASON_RULE: return "your rule";
    case COR_REASON_SAID: return "analyst";
    default: return r->grade == COR_GRADE_NONE ? "sign" : cor_grade_name[r->grade];
    }
}

static const char *grade_class(const cor_reason *r)
{
    return r->kind == COR_REASON_SIGN ? cor_grade_name[r->grade] : "none";
}

/* "Security 4688, record 123, in WS03/Security.evtx at byte 4096" */
static void place(const cor_basis *x, cor_buf *b)
{
    cor_html_time(b, x->time, 3);
    cor_buf_z(b, " <span class=\"mono\">");
    cor_html_text(b, x->channel);
    cor_buf_fmt(b, " %u</span>", x->event_id);
    if (x->record_id != 0) /* some exports leave it out */
        cor_buf_fmt(b, ", record %llu", (unsigned long long)x->record_id);
    cor_buf_z(b, ", in <span class=\"mono\">");
    cor_html_text(b, x->input);
    cor_buf_fmt(b, "</span> at byte %llu", (unsigned long long)x->offset);
}

static void field(cor_buf *b, cor_str name, cor_str text, bool matched)
{
    cor_buf_fmt(b, "<tr%s><th scope=\"row\">", matched ? " class=\"hit\"" : "");
    cor_html_text(b, name.n == 0 ? COR_S("keyword") : name);
    cor_buf_z(b, "</th><td class=\"mono\">");
    cor_html_value(b, text, COR_HTML_VALUE_MAX);
    cor_buf_z(b, "</td></tr>\n");
}

static bool matched(const cor_case_finding *f, const cor_named *n)
{
    for (uint32_t i = 0; i < f->n_matched; i++)
        if (cor_str_eq(f->matched[i].field, n->name) && cor_str_eq(f->matched[i].value, n->text))
            return true;
    return false;
}

/* What an event says field by field; what the rule looked at comes first where no field of the event has this name. */
static void fields(const cor_case_finding *f, cor_buf *b)
{
    cor_buf_z(b, "<table class=\"fields\">\n<tbody>\n");
    for (uint32_t i = 0; i < f->n_matched; i++) {
        bool there = false;
        for (uint32_t k = 0; k < f->n_field && !there; k++)
            there = cor_str_eq(f->field[k].name, f->matched[i].field) && matched(f, &f->field[k]);
        if (!there)
            field(b, f->matched[i].field, f->matched[i].value, true);
    }
    for (uint32_t i = 0; i < f->n_corr_group; i++)
        field(b, f->corr_group[i].name, f->corr_group[i].text, true);
    for (uint32_t i = 0; i < f->n_field; i++)
        field(b, f->field[i].name, f->field[i].text, matched(f, &f->field[i]));
    cor_buf_z(b, "</tbody>\n</table>\n");
}

static void events(const cor_case_finding *f, cor_buf *b)
{
    cor_buf_z(b, "<ol>\n");
    for (uint32_t i = 0; i < f->n_event && i < EVENTS_MAX; i++) {
        const cor_finding_event *v = &f->event[i];
        const cor_basis x = {.input = v->input,
                             .offset = v->offset,
                             .record_id = v->record_id,
                             .channel = v->channel,
                             .event_id = v->event_id,
                             .time = v->time};
        cor_buf_z(b, "<li>");
        place(&x, b);
        cor_buf_z(b, "</li>\n");
    }
    cor_buf_z(b, "</ol>\n");
    if (f->n_total > EVENTS_MAX)
        cor_buf_fmt(b, "<p>And %llu more events: findings.jsonl has up to 1,000.</p>\n",
                    (unsigned long long)(f->n_total - EVENTS_MAX));
}

static cor_code finding(void *ctx, const cor_case_finding *f, cor_err *e)
{
    (void)e;
    cor_buf *b = ctx;
    cor_buf_z(b, "<details><summary>");
    cor_html_text(b, f->rule_title);
    cor_buf_z(b, "</summary>\n<p class=\"small\">Rule <span class=\"mono\">");
    cor_html_text(b, f->rule_id);
    cor_buf_z(b, "</span>, finding <span class=\"mono\">");
    cor_html_text(b, f->id);
    cor_buf_z(b, "</span>, computer <span class=\"mono\">");
    cor_html_text(b, f->computer);
    cor_buf_z(b, "</span>");
    if (cor_found_correlated(f))
        cor_buf_fmt(b, ", %llu events together", (unsigned long long)f->n_total);
    if (f->n_place > 1)
        cor_buf_fmt(b, "; the record lies in %u places", f->n_place);
    cor_buf_z(b, "</p>\n");
    fields(f, b);
    if (cor_found_correlated(f))
        events(f, b);
    cor_buf_z(b, "</details>\n");
    return COR_OK;
}

static bool told_before(const cor_reason *r, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (cor_str_eq(r->basis[k].finding, r->basis[i].finding))
            return true;
    return false;
}

static cor_code record(cor_page *p, const cor_reason *r, uint32_t i, cor_err *e)
{
    const cor_basis *x = &r->basis[i];
    cor_code rc = COR_OK;
    cor_buf_z(&p->b, "<li>");
    place(x, &p->b);
    if (x->finding.n > 0 && !told_before(r, i)) {
        if (p->a->c == NULL || p->n_fields >= COR_HTML_FIELDS_MAX) {
            cor_buf_z(&p->b, "; <code>cordon show CASE ");
            cor_html_text(&p->b, x->finding);
            cor_buf_z(&p->b, "</code> tells its fields");
        } else {
            p->n_fields++;
            const cor_case_filter one = {.id = x->finding, .from = COR_NOTIME, .to = COR_NOTIME};
            rc = cor_case_findings(p->a->c, &one, finding, &p->b, e);
        }
    }
    cor_buf_z(&p->b, "</li>\n");
    return rc;
}

static cor_code evidence(cor_page *p, const cor_reason *r, cor_err *e)
{
    cor_buf *b = &p->b;
    cor_code rc = COR_OK;
    if (r->n_basis == 0)
        return rc;
    cor_buf_z(b, "<p class=\"at\">");
    place(&r->basis[0], b);
    cor_buf_z(b, "</p>\n");
    cor_buf_fmt(b, "<details><summary>Evidence: %u record%s</summary>\n<ol>\n", r->n_basis, r->n_basis == 1 ? "" : "s");
    for (uint32_t i = 0; i < r->n_basis && rc == COR_OK; i++)
        rc = record(p, r, i, e);
    cor_buf_z(b, "</ol>\n");
    if (r->n > r->n_basis)
        cor_buf_fmt(b, "<p>And %llu more like these%s.</p>\n", (unsigned long long)(r->n - r->n_basis),
                    r->basis[0].finding.n > 0 ? ": <code>cordon show CASE HOST --findings</code>" : "");
    cor_buf_z(b, "</details>\n");
    return rc;
}

static cor_code reason(cor_page *p, const cor_reason *r, cor_err *e)
{
    cor_buf *b = &p->b;
    cor_str stage = cor_reason_stage(r), rest = cor_reason_rest(r);
    cor_buf_fmt(b, "<li><p><span class=\"grade %s\">%s</span> ", grade_class(r), weight(r));
    if (stage.n > 0) {
        cor_buf_z(b, "<span class=\"stage\">");
        cor_html_text(b, stage);
        cor_buf_z(b, "</span> ");
    }
    cor_html_text(b, rest.n == 0 ? r->text : (cor_str){r->text.p, r->text.n - rest.n - 2});
    cor_html_times(b, r->n, r->first, r->last);
    if (r->sign != NULL) {
        cor_buf_z(b, " <span class=\"sign\">");
        cor_html_z(b, r->sign->id);
        cor_buf_z(b, "</span>");
    }
    cor_buf_z(b, "</p>\n");
    if (rest.n > 0) {
        cor_buf_z(b, "<p class=\"mono rest\">");
        cor_html_value(b, rest, COR_HTML_VALUE_MAX);
        cor_buf_z(b, "</p>\n");
    }
    cor_code rc = evidence(p, r, e);
    cor_buf_z(b, "</li>\n");
    return rc != COR_OK ? rc : cor_outlet_flush(p->to, b, e);
}

static cor_code list(cor_page *p, const cor_host_verdict *h, uint32_t from, uint32_t to, cor_err *e)
{
    cor_code rc = COR_OK;
    cor_buf_z(&p->b, "<ul class=\"reasons\">\n");
    for (uint32_t i = from; i < to && i - from < COR_HTML_REASONS_MAX && rc == COR_OK; i++)
        rc = reason(p, &h->reason[i], e);
    cor_buf_z(&p->b, "</ul>\n");
    if (to - from > COR_HTML_REASONS_MAX)
        cor_buf_fmt(&p->b, "<p>And %u more: <code>cordon show CASE HOST</code> lists them.</p>\n",
                    to - from - COR_HTML_REASONS_MAX);
    return rc;
}

cor_code cor_html_reasons(cor_page *p, const cor_host_verdict *h, cor_err *e)
{
    uint32_t counting = cor_answer_counting(h), rest = h->n_reason - counting;
    cor_code rc = COR_OK;
    uint32_t first = counting > OPEN_MAX + 1 ? OPEN_MAX : counting; /* one more is no reason to fold */
    if (counting > 0) {
        cor_buf_z(&p->b, "<h4>Why</h4>\n");
        rc = list(p, h, 0, first, e);
    }
    if (rc == COR_OK && counting > first) {
        cor_buf_fmt(&p->b,
                    "<p class=\"paper\">And %u more reasons that count.</p>\n"
                    "<details class=\"beside\"><summary>%u more reasons that count</summary>\n",
                    counting - first, counting - first);
        rc = list(p, h, first, counting, e);
        cor_buf_z(&p->b, "</details>\n");
    }
    if (rc == COR_OK && rest > 0) {
        cor_buf_fmt(&p->b,
                    "<details class=\"beside\"><summary>%u observation%s that the verdict does not rest on</summary>\n",
                    rest, rest == 1 ? "" : "s");
        rc = list(p, h, counting, h->n_reason, e);
        cor_buf_z(&p->b, "</details>\n");
    }
    return rc;
}
