#include "base/utf.h"
#include "report/hosts/hosts.h"
#include "report/text.h"

enum { NAMES_SHOWN = 4 };               /* other names of a host in its line; its own page has all */
enum { WHY_SHOWN = 2 };                 /* reasons in the line of a host */
enum { INDENT = 12, INDENT_MORE = 14 }; /* of folded lines: of the host, of a detail */
enum { ID_SHOWN = 12 };                 /* hex digits of a finding's id: enough to be the only one of 10 million */
enum { FULL_MAX = 200 };                /* rows of one kind on the page of a host */

static const char *const colour[COR_VERDICT_N] = {
    [COR_VERDICT_INFECTED] = "\033[1;38;2;255;85;85m", [COR_VERDICT_SUSPICIOUS] = "\033[38;2;255;193;0m",
    [COR_VERDICT_EXPOSED] = "\033[38;2;255;230;90m",   [COR_VERDICT_ATTACKED] = "\033[38;2;255;230;90m",
    [COR_VERDICT_UNKNOWN] = "\033[38;2;150;190;255m",  [COR_VERDICT_CLEAN] = "\033[38;2;120;220;120m",
};

/* What a part appends is made harmless as a whole: who forgets that a name comes from evidence is covered too. */
typedef struct line {
    const cor_hosts_options *o;
    cor_buf *out;
    size_t from;
} line;

static line begin(const cor_hosts_options *o, cor_buf *out)
{
    return (line){o, out, out->n};
}

static void end(line l, size_t indent)
{
    cor_buf_c(l.out, '\n');
    cor_text_fold(l.out, l.from, l.o->width, indent);
}

static void shown(cor_buf *b, cor_str s)
{
    if (s.n == 0)
        cor_buf_z(b, "(unknown)");
    else
        cor_term_escape(b, s);
}

/* Text of cor_answer_*, which holds names from evidence. */
static void harmless(cor_buf *out, cor_buf *b)
{
    if (!cor_buf_ok(b))
        out->bad = true;
    else
        cor_term_escape(out, cor_buf_view(b));
    cor_buf_free(b);
}

static void word(const cor_hosts_options *o, cor_verdict_word v, cor_buf *b)
{
    if (o->colour)
        cor_buf_z(b, colour[v]);
    cor_buf_fmt(b, "%-10s", cor_verdict_name[v]);
    if (o->colour)
        cor_buf_z(b, "\033[0m");
}

/* ---- the case ---- */

static void first_evidence(const cor_hosts_options *o, const cor_judgement *j, cor_buf *out)
{
    const cor_host_verdict *h = cor_answer_first(j);
    if (h == NULL)
        return;
    line l = begin(o, out);
    cor_buf_z(out, "First evidence: ");
    shown(out, h->host);
    cor_buf_z(out, ", ");
    cor_answer_time(out, h->first, 0);
    const char *how = cor_vector_words(h->vector);
    cor_buf_fmt(out, "; it came %s.", how == NULL ? "in a way these logs do not show" : how);
    end(l, 0);
}

void cor_hosts_head(const cor_hosts_options *o, const cor_answer *a, cor_buf *out)
{
    const cor_judgement *j = a->j;
    cor_buf head = {0}, others = {0};
    cor_answer_headline(j, &head);
    cor_answer_others(j, &others);
    line l = begin(o, out);
    harmless(out, &head);
    if (others.n > 0)
        cor_buf_z(out, "; ");
    harmless(out, &others);
    cor_buf_c(out, '.');
    end(l, 0);
    first_evidence(o, j, out);
    if (j->n_host > 0 && j->now != COR_NOTIME) {
        l = begin(o, out);
        cor_buf_z(out, "Judged for ");
        cor_answer_time(out, j->from, 0);
        cor_buf_z(out, " to ");
        cor_answer_time(out, j->now, 0);
        cor_buf_c(out, '.');
        end(l, 0);
    }
    cor_buf_c(out, '\n');
}

static void texts(const cor_hosts_options *o, const char *title, const cor_str *s, uint32_t n, bool numbers,
                  size_t indent, cor_buf *out)
{
    if (n == 0)
        return;
    cor_buf_fmt(out, "\n%s\n", title);
    for (uint32_t i = 0; i < n; i++) {
        line l = begin(o, out);
        if (numbers)
            cor_buf_fmt(out, "  %u. ", i + 1);
        else
            cor_buf_fmt(out, "%*s", (int)indent, "");
        out->bad = out->bad || s[i].p == NULL;
        cor_term_escape(out, s[i]);
        end(l, numbers ? 5 : indent + 2);
    }
}

void cor_hosts_tail(const cor_hosts_options *o, const cor_answer *a, cor_buf *out)
{
    cor_arena mem = {0};
    cor_str step[COR_ANSWER_STEPS], gap[COR_ANSWER_ROWS], left[COR_LEFT_N];
    texts(o, "What to do next", step, cor_answer_steps(a->j, &mem, step), true, 2, out);
    texts(o, "What the logs do not show for the whole of that time", gap, cor_answer_gaps(a->j, &mem, gap), false, 2,
          out);
    texts(o, "What limits left out (docs/limits.md)", left, cor_answer_left_out(a->j, &mem, left), false, 2, out);
    cor_arena_free(&mem);
    cor_buf_z(out, "\n");
    const char *comma = "";
    for (unsigned v = COR_VERDICT_N; v-- > 0; comma = ", ")
        cor_buf_fmt(out, "%s%u %s", comma, a->j->count[v], cor_verdict_name[v]);
    cor_buf_c(out, '\n');
}

/* ---- a host ---- */

/* WS03.corp.example says no more than WS03. */
static bool same_first_label(cor_str name, cor_str host)
{
    return name.n > host.n && name.p[host.n] == '.' && cor_str_ieq((cor_str){name.p, host.n}, host);
}

static void other_names(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_name; i++) {
        if (cor_str_ieq(h->name[i], h->host) || (!o->full && same_first_label(h->name[i], h->host)))
            continue;
        if (n == (o->full ? FULL_MAX : NAMES_SHOWN)) {
            cor_buf_z(b, ", ...");
            break;
        }
        cor_buf_z(b, n++ == 0 ? " = " : ", ");
        shown(b, h->name[i]);
    }
}

/* What is not seen at all, then what is seen for a part of the time. */
static void not_seen(const cor_host_verdict *h, cor_buf *b)
{
    const char *begin = "";
    for (int part = 0; part < 2; part++) {
        const char *gap = part ? "seen only in part: " : "not seen: ";
        for (uint32_t i = 0; i < h->n_coverage; i++) {
            const cor_coverage *c = &h->coverage[i];
            if (!c->required || c->filled || c->part != (part != 0))
                continue;
            cor_buf_fmt(b, "%s%s%s", begin, gap, cor_row_words(c->row));
            begin = "";
            gap = ", ";
        }
        begin = gap[0] == ',' ? "; " : begin;
    }
}

static void why(const cor_host_verdict *h, cor_buf *b)
{
    uint32_t n = cor_answer_counting(h), told = 0;
    for (uint32_t i = 0; i < n && told < WHY_SHOWN; i++) {
        cor_str s = cor_reason_short(&h->reason[i]);
        if (i > 0 && cor_str_eq(s, cor_reason_short(&h->reason[i - 1]))) /* one sign, in two grades or two programs */
            continue;
        cor_buf_z(b, told++ == 0 ? ": " : "; ");
        cor_term_escape(b, s);
    }
    if (n > told)
        cor_buf_fmt(b, "; and %u more", n - told);
    if (n == 0 && h->verdict == COR_VERDICT_UNKNOWN) {
        cor_buf_z(b, ": ");
        if (h->has_logs)
            not_seen(h, b);
        else
            cor_buf_z(b, "no log of its own");
    }
}

static void first_line(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    line l = begin(o, out);
    word(o, h->verdict, out);
    cor_buf_z(out, "  ");
    shown(out, h->host);
    other_names(o, h, out);
    cor_buf marks = {0};
    cor_answer_marks(h, &marks);
    if (h->override != NULL)
        cor_buf_z(&marks, marks.n > 0 ? ", analyst's word" : "analyst's word");
    bool any = marks.n > 0;
    cor_buf_z(out, any ? " (" : "");
    harmless(out, &marks);
    cor_buf_z(out, any ? ")" : "");
    if (h->first != COR_NOTIME) {
        cor_buf_z(out, " since ");
        cor_answer_time(out, h->first, 0);
    }
    why(h, out);
    if (h->next.n > 0 && h->verdict != COR_VERDICT_CLEAN) {
        cor_buf_z(out, ". Next: ");
        cor_term_escape(out, h->next);
    }
    end(l, INDENT);
}

static void chain(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    cor_link link[COR_CHAIN_LINKS];
    uint32_t n = cor_answer_chain(h, link);
    if (n == 0)
        return;
    line l = begin(o, out);
    cor_buf_z(out, "      way: ");
    for (uint32_t i = 0; i < n; i++) {
        cor_buf_z(out, i == 0 ? "" : " -> ");
        cor_term_escape(out, link[i].name);
        cor_buf_c(out, ' ');
        cor_answer_time_after(out, link[i].first, i == 0 ? COR_NOTIME : link[i - 1].first);
    }
    end(l, INDENT_MORE);
}

static void basis(const cor_basis *b, cor_buf *out)
{
    cor_answer_time(out, b->time, 3);
    cor_buf_z(out, "  ");
    shown(out, cor_channel_short(b->channel));
    cor_buf_fmt(out, " %u", b->event_id);
    if (b->record_id != 0) /* some exports leave it out */
        cor_buf_fmt(out, " #%llu", (unsigned long long)b->record_id);
    cor_buf_z(out, "  [");
    cor_term_escape(out, b->input);
    cor_buf_fmt(out, "@%llu]", (unsigned long long)b->offset);
    if (b->finding.n > 0) {
        cor_buf_z(out, "  ");
        cor_term_escape(out, (cor_str){b->finding.p, b->finding.n < ID_SHOWN ? b->finding.n : ID_SHOWN});
    }
}

static const char *weight(const cor_reason *r)
{
    switch (r->kind) {
    case COR_REASON_CONTACT: return "contact";
    case COR_REASON_RULE: return "rule";
    case COR_REASON_SAID: return "analyst";
    default: return r->grade == COR_GRADE_NONE ? "sign" : cor_grade_name[r->grade];
    }
}

static void reason(const cor_hosts_options *o, const cor_reason *r, cor_buf *out)
{
    line l = begin(o, out);
    cor_buf_fmt(out, "      %-10s  ", weight(r));
    cor_term_escape(out, r->text);
    if (r->n > 1)
        cor_buf_fmt(out, " (%llu times)", (unsigned long long)r->n);
    if (!r->counts)
        cor_buf_z(out, " (shown, does not count)");
    if (r->n_basis > 0) {
        cor_buf_z(out, "  ");
        basis(&r->basis[0], out);
    } else if (r->first != COR_NOTIME) {
        cor_buf_z(out, "  ");
        cor_answer_time(out, r->first, 3);
    }
    end(l, INDENT_MORE + 4);
    for (uint32_t i = 1; o->full && i < r->n_basis; i++) {
        l = begin(o, out);
        cor_buf_fmt(out, "%*s", INDENT_MORE + 4, "");
        basis(&r->basis[i], out);
        end(l, INDENT_MORE + 4);
    }
}

/* Those that count first; the others only on the host's own page, or where nothing counts. */
static void reasons(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    uint32_t counting = cor_answer_counting(h), most = o->full ? FULL_MAX : o->top;
    uint32_t there = o->full || counting == 0 ? h->n_reason : counting;
    if (!o->full && h->verdict == COR_VERDICT_CLEAN)
        return;
    for (uint32_t i = 0; i < there && i < most; i++)
        reason(o, &h->reason[i], out);
    if (h->n_reason > most || (h->n_reason > there && most > 0))
        cor_buf_fmt(out, "      and %u more\n", h->n_reason - (there < most ? there : most));
}

static void said(const cor_hosts_options *o, const char *what, const cor_said *s, cor_buf *out)
{
    line l = begin(o, out);
    cor_buf_fmt(out, "      %s of ", what);
    shown(out, s->by);
    cor_buf_z(out, ", ");
    cor_answer_time(out, s->when, 0);
    cor_buf_z(out, ": ");
    cor_term_escape(out, s->text);
    end(l, INDENT_MORE);
}

static void analyst(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    if (h->override != NULL) {
        line l = begin(o, out);
        cor_buf_fmt(out, "      the word %s is the analyst's; Cordon's own is %s", cor_verdict_name[h->verdict],
                    cor_verdict_name[h->judged]);
        end(l, INDENT_MORE);
        said(o, "override", h->override, out);
    }
    for (uint32_t i = 0; i < h->n_note; i++)
        said(o, "note", &h->note[i], out);
}

/* ---- what only the page of a host has ---- */

static void coverage(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    for (uint32_t i = 0; i < h->n_coverage; i++) {
        const cor_coverage *c = &h->coverage[i];
        line l = begin(o, out);
        cor_buf_fmt(out, "      %-10s  %s",
                    c->filled     ? "seen"
                    : c->part     ? "IN PART"
                    : c->required ? "NOT SEEN"
                                  : "not seen",
                    cor_row_words(c->row));
        if (c->why.n > 0) {
            cor_buf_z(out, ": ");
            cor_term_escape(out, c->why);
        }
        end(l, INDENT_MORE + 4);
    }
}

static void indicators(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    for (uint32_t i = 0; i < h->n_indicator && i < FULL_MAX; i++) {
        line l = begin(o, out);
        cor_buf_fmt(out, "      %-10s  ", h->indicator[i].type);
        cor_term_escape(out, h->indicator[i].value);
        end(l, INDENT_MORE + 4);
    }
    if (h->n_indicator > FULL_MAX)
        cor_buf_fmt(out, "      and %u more\n", h->n_indicator - FULL_MAX);
}

static void page(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    if (h->n_coverage > 0)
        cor_buf_z(out, "\n   Logs\n");
    coverage(o, h, out);
    if (h->n_indicator > 0)
        cor_buf_z(out, "\n   Indicators\n");
    indicators(o, h, out);
    texts(o, "   What would change the verdict", h->change, h->n_change, false, 6, out);
    cor_arena mem = {0};
    cor_str lack[COR_ANSWER_LACKS];
    texts(o, "   Signs that these logs could not show (docs/verdicts.md says what each is)", lack,
          cor_answer_impossible(h, &mem, lack), false, 6, out);
    cor_arena_free(&mem);
}

void cor_hosts_one(const cor_hosts_options *o, const cor_host_verdict *h, cor_buf *out)
{
    first_line(o, h, out);
    size_t before = out->n;
    chain(o, h, out);
    reasons(o, h, out);
    analyst(o, h, out);
    if (o->full)
        page(o, h, out);
    else if (out->n > before)
        cor_buf_c(out, '\n');
}
