#include "report/summary/summary.h"

#include "base/hash.h"
#include "base/utf.h"
#include "report/json.h"

#define SCHEMA 1 /* raised when a key changes its meaning or goes; new keys do not raise it */

/* ---- a host ---- */

static void flags(const cor_host_verdict *h, cor_buf *b)
{
    cor_str f[2];
    size_t n = 0;
    if (h->flags & COR_FLAG_CARRIER)
        f[n++] = COR_S("carrier");
    if (h->flags & COR_FLAG_IMPLICATED)
        f[n++] = COR_S("implicated");
    cor_jw_member_list(b, "flags", f, n);
}

static bool rests_on(const cor_host_verdict *h, unsigned stage)
{
    for (uint32_t i = 0; i < h->n_reason; i++)
        if (h->reason[i].counts && h->reason[i].kind == COR_REASON_SIGN && h->reason[i].stage == stage)
            return true;
    return h->stage[stage].total > 0;
}

static void stages(const cor_host_verdict *h, cor_buf *b)
{
    cor_buf_z(b, ",\"stages\":{");
    size_t start = b->n;
    for (unsigned s = 0; s < COR_STAGE_N; s++) {
        if (!rests_on(h, s))
            continue;
        size_t before = b->n;
        cor_jw_member_list(b, cor_stage_name[s], h->stage[s].id, h->stage[s].n);
        if (before == start && cor_buf_ok(b)) { /* the first member has no comma */
            memmove(b->p + start, b->p + start + 1, b->n - start - 1);
            b->n--;
        }
    }
    cor_buf_c(b, '}');
}

static void evidence(const cor_basis *x, cor_buf *b)
{
    cor_buf_z(b, "{\"path\":");
    cor_json_quote(b, x->input);
    cor_jw_member_u64(b, "offset", x->offset);
    cor_jw_member_u64(b, "record_id", x->record_id);
    cor_jw_member(b, "channel", x->channel);
    cor_jw_member_u64(b, "event_id", x->event_id);
    cor_jw_member(b, "computer", x->computer);
    cor_jw_member_time(b, "time", x->time);
    cor_buf_c(b, '}');
}

/* Ids of the findings among the bases, each once. */
static void findings(const cor_reason *r, cor_buf *b)
{
    const char *gap = "";
    cor_buf_z(b, ",\"findings\":[");
    for (uint32_t i = 0; i < r->n_basis; i++) {
        bool again = r->basis[i].finding.n == 0;
        for (uint32_t k = 0; k < i && !again; k++)
            again = cor_str_eq(r->basis[k].finding, r->basis[i].finding);
        if (again)
            continue;
        cor_buf_z(b, gap);
        cor_json_quote(b, r->basis[i].finding);
        gap = ",";
    }
    cor_buf_z(b, "],\"evidence\":[");
    for (uint32_t i = 0; i < r->n_basis; i++) {
        if (i > 0)
            cor_buf_c(b, ',');
        evidence(&r->basis[i], b);
    }
    cor_buf_c(b, ']');
}

static void reason(const cor_reason *r, cor_buf *b)
{
    static const char *const kind[] = {
        [COR_REASON_SIGN] = "sign",
        [COR_REASON_RULE] = "rule",
        [COR_REASON_CONTACT] = "contact",
        [COR_REASON_SAID] = "analyst",
    };
    cor_buf_z(b, "{\"text\":");
    cor_json_quote(b, r->text);
    cor_jw_member(b, "kind", cor_str_of(kind[r->kind]));
    cor_jw_member_or_null(b, "sign", r->sign == NULL ? COR_S("") : cor_str_of(r->sign->id));
    cor_jw_member_or_null(b, "stage", r->stage < COR_STAGE_N ? cor_str_of(cor_stage_name[r->stage]) : COR_S(""));
    cor_jw_member_or_null(b, "group", r->group);
    cor_jw_member_or_null(b, "grade", r->grade == COR_GRADE_NONE ? COR_S("") : cor_str_of(cor_grade_name[r->grade]));
    cor_buf_fmt(b, ",\"counts\":%s", r->counts ? "true" : "false");
    cor_jw_member_or_null(b, "peer", r->peer);
    cor_jw_member_time(b, "first", r->first);
    cor_jw_member_time(b, "last", r->last);
    cor_jw_member_u64(b, "count", r->n);
    findings(r, b);
    cor_buf_c(b, '}');
}

static void missing(const cor_host_verdict *h, cor_buf *b)
{
    const char *gap = "";
    cor_buf_z(b, ",\"missing_sources\":[");
    for (uint32_t i = 0; i < h->n_coverage; i++) {
        const cor_coverage *c = &h->coverage[i];
        if (c->filled)
            continue;
        cor_buf_fmt(b, "%s{\"row\":", gap);
        cor_json_quote(b, cor_str_of(c->row));
        cor_buf_fmt(b, ",\"required\":%s", c->required ? "true" : "false");
        cor_jw_member(b, "why", c->why);
        cor_buf_c(b, '}');
        gap = ",";
    }
    cor_buf_c(b, ']');
}

static void indicators(const cor_host_verdict *h, cor_buf *b)
{
    cor_buf_z(b, ",\"indicators\":[");
    for (uint32_t i = 0; i < h->n_indicator; i++) {
        const cor_indicator *x = &h->indicator[i];
        cor_buf_z(b, i == 0 ? "{\"type\":" : ",{\"type\":");
        cor_json_quote(b, cor_str_of(x->type));
        cor_jw_member(b, "value", x->value);
        cor_jw_member_or_null(b, "finding", x->finding);
        cor_buf_c(b, '}');
    }
    cor_buf_c(b, ']');
}

static void analyst(const cor_host_verdict *h, cor_buf *b)
{
    cor_jw_member(b, "judged", cor_str_of(cor_verdict_name[h->judged]));
    if (h->override == NULL) {
        cor_buf_z(b, ",\"override\":null");
    } else {
        cor_buf_z(b, ",\"override\":{\"verdict\":");
        cor_json_quote(b, h->override->verdict);
        cor_jw_member(b, "why", h->override->text);
        cor_jw_member(b, "by", h->override->by);
        cor_jw_member_time(b, "when", h->override->when);
        cor_buf_c(b, '}');
    }
    cor_buf_z(b, ",\"notes\":[");
    for (uint32_t i = 0; i < h->n_note; i++) {
        cor_buf_z(b, i == 0 ? "{\"text\":" : ",{\"text\":");
        cor_json_quote(b, h->note[i].text);
        cor_jw_member(b, "by", h->note[i].by);
        cor_jw_member_time(b, "when", h->note[i].when);
        cor_buf_c(b, '}');
    }
    cor_buf_c(b, ']');
}

void cor_summary_host(const cor_host_verdict *h, cor_buf *b)
{
    cor_buf_z(b, "{\"host\":");
    cor_json_quote(b, h->host);
    cor_jw_member_list(b, "names", h->name, h->n_name);
    cor_jw_member(b, "verdict", cor_str_of(cor_verdict_name[h->verdict]));
    flags(h, b);
    cor_buf_z(b, ",\"confidence\":null");
    cor_jw_member_list(b, "families", h->family, h->n_family);
    cor_jw_member_time(b, "first_evidence", h->first);
    cor_jw_member_time(b, "last_evidence", h->last);
    cor_jw_member(b, "vector", cor_str_of(cor_vector_name[h->vector]));
    stages(h, b);
    cor_buf_z(b, ",\"reasons\":[");
    for (uint32_t i = 0; i < h->n_reason; i++) {
        if (i > 0)
            cor_buf_c(b, ',');
        reason(&h->reason[i], b);
    }
    cor_buf_c(b, ']');
    missing(h, b);
    indicators(h, b);
    analyst(h, b);
    cor_jw_member(b, "next", h->next);
    cor_jw_member_list(b, "change", h->change, h->n_change);
    cor_jw_member_list(b, "impossible", h->impossible, h->n_impossible);
    cor_jw_key(b, "logs");
    cor_buf_fmt(b, "{\"own\":%s", h->has_logs ? "true" : "false");
    cor_jw_member_u64(b, "records", h->records);
    cor_jw_member_u64(b, "findings", h->findings);
    cor_jw_member_time(b, "first", h->log_first);
    cor_jw_member_time(b, "last", h->log_last);
    cor_buf_z(b, "}}");
}

/* ---- the document ---- */

typedef struct writer {
    const cor_answer *a;
    const cor_outlet *to;
    cor_buf b;
    bool any; /* an input was written */
} writer;

static cor_code head(writer *w, cor_err *e)
{
    const cor_judgement *j = w->a->j;
    cor_buf_fmt(&w->b, "{\"schema\":%d,\"cordon\":\"" CORDON_VERSION "\"", SCHEMA);
    cor_jw_member_time(&w->b, "now", j->now);
    cor_buf_z(&w->b, ",\"window\":{\"from\":");
    cor_jw_time(&w->b, j->from);
    cor_jw_member_time(&w->b, "to", j->now);
    cor_buf_z(&w->b, "},\n\"hosts\":[");
    cor_code rc = COR_OK;
    for (uint32_t i = 0; i < j->n_host && rc == COR_OK; i++) {
        cor_buf_z(&w->b, i == 0 ? "\n" : ",\n");
        cor_summary_host(&j->host[i], &w->b);
        rc = cor_outlet_flush(w->to, &w->b, e);
    }
    /* not told apart from "none" by the arrays alone: provenance says what this version does not fill */
    cor_buf_z(&w->b, "],\n\"spread\":[],\"patient_zero\":[],\"accounts\":[],\n\"inputs\":[");
    return rc;
}

static cor_code input(void *ctx, const cor_case_input *i, cor_err *e)
{
    writer *w = ctx;
    cor_buf_z(&w->b, w->any ? ",\n{\"path\":" : "\n{\"path\":");
    w->any = true;
    cor_json_quote(&w->b, i->path);
    char hex[2 * COR_SHA256_SIZE + 1];
    cor_hex(i->sha256, COR_SHA256_SIZE, hex);
    cor_jw_member_or_null(&w->b, "sha256", i->hashed ? cor_str_of(hex) : COR_S(""));
    cor_jw_member_or_null(&w->b, "reader", i->reader);
    cor_jw_member_u64(&w->b, "size", i->size);
    cor_jw_member_u64(&w->b, "records", i->records);
    cor_jw_member_u64(&w->b, "damage", i->damaged);
    cor_jw_member_u64(&w->b, "lost", i->lost);
    cor_jw_member_or_null(&w->b, "error", i->error);
    cor_buf_c(&w->b, '}');
    return cor_outlet_flush(w->to, &w->b, e);
}

static void refused(cor_str rest, cor_buf *b)
{
    cor_refused r;
    for (bool any = false; cor_refused_next(&rest, &r); any = true) {
        cor_buf_z(b, any ? ",{\"file\":" : "{\"file\":");
        cor_json_quote(b, r.file);
        cor_jw_member_u64(b, "line", r.line);
        cor_jw_member_u64(b, "column", r.column);
        cor_jw_member(b, "why", r.why);
        cor_buf_c(b, '}');
    }
}

static void lines(const char *key, cor_str s, cor_buf *b)
{
    cor_jw_key(b, key);
    cor_buf_c(b, '[');
    const char *gap = "";
    for (size_t i = 0, from = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '\n')
            continue;
        if (i > from) {
            cor_buf_z(b, gap);
            cor_json_quote(b, (cor_str){s.p + from, i - from});
            gap = ",";
        }
        from = i + 1;
    }
    cor_buf_c(b, ']');
}

static cor_code setting(const cor_answer *a, const char *name, cor_arena *mem, cor_str *out, cor_err *e)
{
    *out = (cor_str){NULL, 0};
    return a->c == NULL ? COR_OK : cor_case_get(a->c, name, mem, out, e);
}

static cor_code tail(writer *w, cor_arena *mem, cor_err *e)
{
    uint64_t loaded, n_refused, dwell;
    cor_str reasons, options, stopped, now, context;
    cor_code rc = cor_answer_number(w->a, COR_SET_RULES, &loaded, e);
    if (rc == COR_OK)
        rc = cor_answer_number(w->a, COR_SET_REFUSED, &n_refused, e);
    if (rc == COR_OK)
        rc = cor_answer_number(w->a, COR_SET_DWELL, &dwell, e);
    if (rc != COR_OK || (rc = setting(w->a, COR_SET_REASONS, mem, &reasons, e)) != COR_OK ||
        (rc = setting(w->a, COR_SET_OPTIONS, mem, &options, e)) != COR_OK ||
        (rc = setting(w->a, COR_SET_STOPPED, mem, &stopped, e)) != COR_OK ||
        (rc = setting(w->a, COR_SET_NOW, mem, &now, e)) != COR_OK ||
        (rc = setting(w->a, COR_SET_CONTEXT, mem, &context, e)) != COR_OK)
        return rc;
    cor_buf *b = &w->b;
    cor_buf_z(b, "],\n\"rules\":{\"loaded\":");
    cor_buf_u64(b, loaded);
    cor_jw_member_u64(b, "refused_total", n_refused);
    cor_buf_z(b, ",\"refused\":[");
    refused(reasons, b);
    cor_buf_z(b, "]},\n\"provenance\":{\"now_given\":");
    cor_buf_z(b, now.n > 0 ? "true" : "false");
    if (dwell > 0)
        cor_jw_member_u64(b, "dwell_seconds", dwell);
    else
        cor_buf_z(b, ",\"dwell_seconds\":null");
    cor_buf_fmt(b, ",\"context\":%s", context.n > 0 ? "true" : "false");
    lines("options", options, b);
    lines("stopped", stopped, b);
    cor_str left[COR_LEFT_N];
    uint32_t n_left = cor_answer_left_out(w->a->j, mem, left);
    for (uint32_t i = 0; i < n_left; i++)
        b->bad = b->bad || left[i].p == NULL;
    cor_jw_member_list(b, "left_out", left, n_left);
    cor_buf_z(b, ",\"not_yet\":[\"confidence\",\"spread\",\"patient_zero\",\"accounts\"]}}\n");
    return cor_outlet_flush(w->to, b, e);
}

cor_code cor_summary(const cor_answer *a, const cor_outlet *to, cor_err *e)
{
    writer w = {.a = a, .to = to};
    cor_arena mem = {0};
    cor_code rc = head(&w, e);
    if (rc == COR_OK && a->c != NULL)
        rc = cor_case_inputs(a->c, input, &w, e);
    if (rc == COR_OK)
        rc = tail(&w, &mem, e);
    cor_arena_free(&mem);
    cor_buf_free(&w.b);
    return rc;
}
