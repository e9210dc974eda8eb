#include "report/answer.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_SHOWN = 8 }; /* hosts named in one sentence; the list of hosts has all */

cor_code cor_outlet_flush(const cor_outlet *s, cor_buf *b, cor_err *e)
{
    if (!cor_buf_ok(b))
        return cor_nomem(e, "report");
    cor_code rc = b->n == 0 ? COR_OK : s->put(s->ctx, cor_buf_view(b), e);
    cor_buf_clear(b);
    return rc;
}

/* ---- settings ---- */

static uint64_t number_in(cor_str s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n < UINT64_MAX / 16; i++)
        n = n * 10 + (uint64_t)(s.p[i] - '0');
    return n;
}

/* What stands before `end` in *rest, which moves behind it; all of it when there is no `end`. */
static cor_str before(cor_str *rest, char end)
{
    const char *at = rest->n == 0 ? NULL : memchr(rest->p, end, rest->n);
    cor_str s = {rest->p, at == NULL ? rest->n : (size_t)(at - rest->p)};
    size_t used = at == NULL ? s.n : s.n + 1;
    *rest = (cor_str){rest->n == 0 ? rest->p : rest->p + used, rest->n - used};
    return s;
}

bool cor_refused_next(cor_str *rest, cor_refused *out)
{
    if (rest->n == 0)
        return false;
    cor_str line = before(rest, '\n');
    out->file = before(&line, '\t');
    out->line = number_in(before(&line, '\t'));
    out->column = number_in(before(&line, '\t'));
    out->why = line;
    return true;
}

cor_code cor_answer_number(const cor_answer *a, const char *name, uint64_t *out, cor_err *e)
{
    *out = 0;
    if (a->c == NULL)
        return COR_OK;
    cor_arena mem = {0};
    cor_str s = {NULL, 0};
    cor_code rc = cor_case_get(a->c, name, &mem, &s, e);
    if (rc == COR_OK)
        *out = number_in(s);
    cor_arena_free(&mem);
    return rc;
}

cor_code cor_answer_stopped(const cor_answer *a, cor_arena *mem, cor_str *out, cor_err *e)
{
    cor_str rest = COR_S("");
    *out = COR_S("");
    cor_code rc = a->c == NULL ? COR_OK : cor_case_get(a->c, COR_SET_STOPPED, mem, &rest, e);
    if (rc != COR_OK || rest.n == 0)
        return rc;
    cor_buf b = {0};
    cor_buf_z(&b, "Not all of the evidence was read, for reading it was stopped: ");
    for (const char *gap = ""; rest.n > 0; gap = ", ") {
        cor_buf_z(&b, gap);
        cor_buf_str(&b, before(&rest, '\n'));
    }
    cor_buf_z(&b, ". Investigate it again into this case; until then no host is clean for sure.");
    *out = cor_buf_ok(&b) ? cor_arena_str(mem, cor_buf_view(&b)) : (cor_str){NULL, 0};
    cor_buf_free(&b);
    return out->p == NULL ? cor_nomem(e, "report") : COR_OK;
}

/* ---- words ---- */

/* What is said of hosts with a verdict: "is suspicious", "are suspicious". */
static const char *const said[COR_VERDICT_N] = {
    [COR_VERDICT_CLEAN] = "clean",     [COR_VERDICT_UNKNOWN] = "cannot be judged", [COR_VERDICT_ATTACKED] = "attacked",
    [COR_VERDICT_EXPOSED] = "exposed", [COR_VERDICT_SUSPICIOUS] = "suspicious",    [COR_VERDICT_INFECTED] = "infected",
};

static void state(cor_buf *b, uint32_t n, cor_verdict_word v)
{
    if (v == COR_VERDICT_UNKNOWN)
        cor_buf_z(b, said[v]);
    else if (v == COR_VERDICT_ATTACKED)
        cor_buf_fmt(b, "%s attacked", n == 1 ? "was" : "were");
    else
        cor_buf_fmt(b, "%s %s", n == 1 ? "is" : "are", said[v]);
}

static cor_verdict_word worst(const cor_judgement *j)
{
    for (unsigned v = COR_VERDICT_N; v-- > 0;)
        if (j->count[v] > 0)
            return (cor_verdict_word)v;
    return COR_VERDICT_CLEAN;
}

void cor_answer_headline(const cor_judgement *j, cor_buf *b)
{
    cor_verdict_word v = worst(j);
    if (j->n_host == 0) {
        cor_buf_z(b, "There is no host to judge: no record was read");
        return;
    }
    if (v <= COR_VERDICT_ATTACKED)
        cor_buf_z(b, "No host is infected or suspicious by these logs: ");
    if (j->count[v] == j->n_host)
        cor_buf_fmt(b, j->n_host == 1 ? "the one host " : "all %u hosts ", j->n_host);
    else
        cor_buf_fmt(b, "%u of %u hosts ", j->count[v], j->n_host);
    if (b->n > 0 && v > COR_VERDICT_ATTACKED && b->p[0] >= 'a')
        b->p[0] = (uint8_t)(b->p[0] - 'a' + 'A');
    state(b, j->count[v], v);
}

void cor_answer_others(const cor_judgement *j, cor_buf *b)
{
    const char *gap = "";
    for (unsigned v = worst(j); v-- > 0;)
        if (j->count[v] > 0) {
            cor_buf_fmt(b, "%s%u ", gap, j->count[v]);
            state(b, j->count[v], (cor_verdict_word)v);
            gap = ", ";
        }
}

const cor_host_verdict *cor_answer_first(const cor_judgement *j)
{
    const cor_host_verdict *first = NULL;
    cor_verdict_word w = j->count[COR_VERDICT_INFECTED] > 0 ? COR_VERDICT_INFECTED : COR_VERDICT_SUSPICIOUS;
    for (uint32_t i = 0; i < j->n_host; i++) {
        const cor_host_verdict *h = &j->host[i];
        if (h->verdict == w && h->first != COR_NOTIME && (first == NULL || h->first < first->first))
            first = h;
    }
    return first;
}

const char *cor_vector_words(cor_vector v)
{
    switch (v) {
    case COR_VECTOR_MAIL: return "by mail, probably";
    case COR_VECTOR_WEB: return "from a website";
    case COR_VECTOR_EXPLOIT_KIT: return "by an exploit on a website";
    case COR_VECTOR_USB: return "from a removable drive";
    case COR_VECTOR_SHARE: return "from a network share";
    case COR_VECTOR_SMB_SERVICE: return "from another host, as a service";
    case COR_VECTOR_OTHER_MALWARE: return "by malware that was there before";
    case COR_VECTOR_OPERATOR: return "by an operator's hand";
    default: return NULL;
    }
}

/* What a row of coverage is about, for people. */
static const struct {
    const char *row, *words;
} row_words[] = {
    {"programs", "programs that were started"},
    {"persistence", "services and tasks that were made"},
    {"logons", "logons"},
    {"antivirus", "what the antivirus saw"},
    {"log integrity", "logs without gaps"},
    {"network", "connections"},
    {"registry", "changes of the registry"},
};

const char *cor_row_words(const char *row)
{
    for (size_t i = 0; i < COR_LEN(row_words); i++)
        if (strcmp(row_words[i].row, row) == 0)
            return row_words[i].words;
    return row;
}

typedef struct gap_row {
    const char *row;
    uint32_t hosts, part; /* part: those of them where a part of the time is seen */
} gap_row;

static int more_hosts(const void *a, const void *b)
{
    const gap_row *x = a, *y = b;
    return x->hosts != y->hosts ? (x->hosts < y->hosts ? 1 : -1) : strcmp(x->row, y->row);
}

static uint32_t count_gaps(const cor_judgement *j, gap_row out[COR_ANSWER_ROWS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->n_host; i++)
        for (uint32_t k = 0; k < j->host[i].n_coverage; k++) {
            const cor_coverage *c = &j->host[i].coverage[k];
            uint32_t at = 0;
            while (at < n && strcmp(out[at].row, c->row) != 0)
                at++;
            if (!c->required || c->filled || at == COR_ANSWER_ROWS)
                continue;
            if (at == n)
                out[n++] = (gap_row){c->row, 0, 0};
            out[at].hosts++;
            out[at].part += c->part;
        }
    qsort(out, n, sizeof(*out), more_hosts);
    return n;
}

uint32_t cor_answer_gaps(const cor_judgement *j, cor_arena *mem, cor_str out[COR_ANSWER_ROWS])
{
    gap_row row[COR_ANSWER_ROWS];
    uint32_t n = count_gaps(j, row);
    for (uint32_t i = 0; i < n; i++) {
        char part[64] = "";
        if (row[i].part > 0)
            (void)snprintf(part, sizeof(part), ", on %u of these in part", row[i].part);
        out[i] = cor_arena_fmt(mem, "%s, on %u of %u host%s%s", cor_row_words(row[i].row), row[i].hosts, j->n_host,
                               j->n_host == 1 ? "" : "s",
                               row[i].part == row[i].hosts ? ", seen in part" : part);
    }
    return n;
}

uint32_t cor_answer_left_out(const cor_judgement *j, cor_arena *mem, cor_str out[COR_LEFT_N])
{
    uint32_t n = 0;
    for (unsigned i = 0; i < COR_LEFT_N; i++)
        if (j->left_out[i] > 0)
            out[n++] = cor_arena_fmt(mem, "%llu %s", (unsigned long long)j->left_out[i], cor_left_words[i]);
    return n;
}

/* "ARR1: no process records" as its two parts; false when it has not two. */
static bool halves(cor_str s, cor_str *sign, cor_str *lack)
{
    const char *at = s.n == 0 ? NULL : memmem(s.p, s.n, ": ", 2);
    if (at == NULL)
        return false;
    *sign = (cor_str){s.p, (size_t)(at - s.p)};
    *lack = (cor_str){at + 2, s.n - sign->n - 2};
    return true;
}

uint32_t cor_answer_impossible(const cor_host_verdict *h, cor_arena *mem, cor_str out[COR_ANSWER_LACKS])
{
    cor_str lack[COR_ANSWER_LACKS], sign, why;
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_impossible; i++) {
        uint32_t at = 0;
        if (!halves(h->impossible[i], &sign, &why))
            continue;
        while (at < n && !cor_str_eq(lack[at], why))
            at++;
        if (at == COR_ANSWER_LACKS)
            continue; /* there are fewer kinds of logs */
        if (at == n) {
            lack[n] = why;
            out[n++] = cor_arena_fmt(mem, "%.*s: %.*s", COR_STR_FMT(why), COR_STR_FMT(sign));
        } else {
            out[at] = cor_arena_fmt(mem, "%.*s, %.*s", COR_STR_FMT(out[at]), COR_STR_FMT(sign));
        }
        if (out[at].p == NULL)
            return n;
    }
    return n;
}

static bool implicated(const cor_host_verdict *h)
{
    return h->verdict == COR_VERDICT_UNKNOWN && (h->flags & COR_FLAG_IMPLICATED);
}

static bool has_verdict(const cor_host_verdict *h, cor_verdict_word v)
{
    return h->verdict == v;
}

/* Names of hosts for which `is` holds. */
static uint32_t names(const cor_judgement *j, bool (*is)(const cor_host_verdict *h, cor_verdict_word v),
                      cor_verdict_word v, uint32_t most, cor_buf *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->n_host; i++) {
        if (!is(&j->host[i], v))
            continue;
        if (n++ >= most)
            continue;
        cor_buf_z(b, n == 1 ? "" : ", ");
        cor_buf_str(b, j->host[i].host.n == 0 ? COR_S("(unknown)") : j->host[i].host);
    }
    if (n > most)
        cor_buf_fmt(b, " and %u more", n - most);
    return n;
}

uint32_t cor_answer_names(const cor_judgement *j, cor_verdict_word v, uint32_t most, cor_buf *b)
{
    return names(j, has_verdict, v, most, b);
}

static bool is_implicated(const cor_host_verdict *h, cor_verdict_word v)
{
    (void)v;
    return implicated(h);
}

static bool is_silent(const cor_host_verdict *h, cor_verdict_word v)
{
    return h->verdict == v && !implicated(h);
}

typedef struct steps {
    cor_arena *mem;
    cor_str *out;
    uint32_t n;
} steps;

/* head, the names of the hosts, and what goes with one or with several; nothing when there are none. */
static void step(steps *s, const cor_judgement *j, bool (*is)(const cor_host_verdict *h, cor_verdict_word v),
                 cor_verdict_word v, const char *head, const char *one, const char *several)
{
    cor_buf b = {0};
    cor_buf_z(&b, head);
    uint32_t n = names(j, is, v, NAMES_SHOWN, &b);
    cor_buf_z(&b, n == 1 ? one : several);
    if (n > 0 && s->n < COR_ANSWER_STEPS)
        s->out[s->n++] = cor_buf_ok(&b) ? cor_arena_str(s->mem, cor_buf_view(&b)) : (cor_str){NULL, 0};
    cor_buf_free(&b);
}

static void plain(steps *s, const char *text)
{
    if (s->n < COR_ANSWER_STEPS)
        s->out[s->n++] = cor_str_of(text);
}

static void steps_of_infection(steps *s, const cor_judgement *j)
{
    step(s, j, has_verdict, COR_VERDICT_INFECTED, "Cut off ",
         " from the network, and leave it switched on: memory is lost with the power. A domain controller is the "
         "exception: without it nobody logs on, and nothing can be undone.",
         " from the network together, in one act, and leave them switched on: a host cleaned while its neighbours "
         "still spread is infected again, and memory is lost with the power. A domain controller is the exception: "
         "without it nobody logs on, and nothing can be undone.");
    plain(s, "Do not log on there with administrator accounts of the domain: this kind of malware takes what is typed. "
             "Disable accounts that it used; reset passwords only when every infected host is cut off.");
}

uint32_t cor_answer_steps(const cor_judgement *j, cor_arena *mem, cor_str out[COR_ANSWER_STEPS])
{
    steps s = {mem, out, 0};
    if (j->intruder || j->count[COR_VERDICT_INFECTED] > 0)
        plain(&s, "Keep the evidence: copy the logs of every host that can still be reached, before anything on it "
                  "is changed.");
    if (j->count[COR_VERDICT_INFECTED] > 0)
        steps_of_infection(&s, j);
    step(&s, j, is_implicated, COR_VERDICT_UNKNOWN, "Cut off ",
         " too, and collect its logs: those of other hosts speak against it, its own are missing.",
         " too, and collect their logs: those of other hosts speak against them, their own are missing.");
    step(&s, j, has_verdict, COR_VERDICT_SUSPICIOUS, "Look at the evidence of ",
         ", and treat it as infected until that is explained.",
         ", and treat them as infected until that is explained.");
    step(&s, j, has_verdict, COR_VERDICT_EXPOSED, "Search ",
         ": an infected host got in there, and it is not proved that nothing ran.",
         ": infected hosts got in there, and it is not proved that nothing ran.");
    step(&s, j, has_verdict, COR_VERDICT_ATTACKED, "Watch ", ": an infected host tried to get in there.",
         ": infected hosts tried to get in there.");
    step(&s, j, is_silent, COR_VERDICT_UNKNOWN, "Do not count ",
         " as clean: collect the logs that are missing, and investigate them into this case.",
         " as clean: collect the logs that are missing, and investigate them into this case.");
    if (j->n_host == 0)
        plain(&s, "Give it event logs: nothing is known, for no record was read.");
    else if (s.n == 0)
        plain(&s, "Nothing has to be done at once. Keep the logs, and investigate again when new ones are there.");
    return s.n;
}

void cor_answer_marks(const cor_host_verdict *h, cor_buf *b)
{
    const char *gap = "";
    for (uint32_t i = 0; i < h->n_family; i++) {
        cor_buf_z(b, gap);
        cor_buf_str(b, h->family[i]);
        gap = ", ";
    }
    if (h->flags & COR_FLAG_CARRIER) {
        cor_buf_fmt(b, "%scarrier", gap);
        gap = ", ";
    }
    if (h->flags & COR_FLAG_IMPLICATED)
        cor_buf_fmt(b, "%simplicated", gap);
}

/* ---- hosts ---- */

static bool earlier(cor_time a, cor_time b)
{
    return a != COR_NOTIME && (b == COR_NOTIME || a < b);
}

cor_str cor_reason_stage(const cor_reason *r)
{
    return r->stage == COR_STAGE_OTHER && r->group.n > 0 ? r->group
           : r->stage < COR_STAGE_N                      ? cor_str_of(cor_stage_name[r->stage])
                                                         : COR_S("");
}

/* What stands before the first ": ", all of it without one. */
static cor_str head_of(cor_str s)
{
    const char *end = s.n == 0 ? NULL : memmem(s.p, s.n, ": ", 2);
    return end == NULL ? s : (cor_str){s.p, (size_t)(end - s.p)};
}

cor_str cor_reason_short(const cor_reason *r)
{
    if (r->sign == NULL)
        return r->text;
    return cor_sign_many(r->sign) ? head_of(r->text) : cor_sign_says(r->sign);
}

cor_str cor_reason_rest(const cor_reason *r)
{
    cor_str is = r->sign == NULL ? COR_S("") : cor_reason_short(r);
    size_t n = is.n;
    if (n == 0 || r->text.n < n + 2 || !cor_str_ieq((cor_str){r->text.p, n}, is) ||
        memcmp(r->text.p + n, ": ", 2) != 0)
        return COR_S("");
    return (cor_str){r->text.p + n + 2, r->text.n - n - 2};
}

/* A reason may have been met once before the incident, such as a log cleared months ago: what lies in it is told. */
static cor_time first_within(const cor_reason *r, cor_time since)
{
    if (since == COR_NOTIME || !earlier(r->first, since))
        return r->first;
    for (uint32_t i = 0; i < r->n_basis; i++)
        if (r->basis[i].time != COR_NOTIME && r->basis[i].time >= since)
            return r->basis[i].time;
    return r->first;
}

static uint32_t add_link(cor_link *out, uint32_t n, const cor_reason *r, cor_time first)
{
    cor_str name = cor_reason_stage(r);
    for (uint32_t i = 0; i < n; i++)
        if (cor_str_eq(out[i].name, name)) {
            if (earlier(first, out[i].first))
                out[i].first = first;
            out[i].n += r->n;
            return n;
        }
    if (n == COR_CHAIN_LINKS)
        return n;
    out[n] = (cor_link){r->stage, name, first, r->n};
    return n + 1;
}

uint32_t cor_answer_chain(const cor_host_verdict *h, cor_link out[COR_CHAIN_LINKS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_reason; i++)
        if (h->reason[i].counts && h->reason[i].stage < COR_STAGE_N &&
            (h->reason[i].kind == COR_REASON_SIGN || h->reason[i].kind == COR_REASON_RULE))
            n = add_link(out, n, &h->reason[i], first_within(&h->reason[i], h->first));
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && earlier(out[k].first, out[k - 1].first); k--) {
            cor_link t = out[k];
            out[k] = out[k - 1];
            out[k - 1] = t;
        }
    return n;
}

const cor_host_verdict *cor_answer_host(const cor_judgement *j, cor_str name)
{
    for (uint32_t i = 0; i < j->n_host; i++)
        if (cor_str_ieq(j->host[i].host, name))
            return &j->host[i];
    for (uint32_t i = 0; i < j->n_host; i++)
        for (uint32_t k = 0; k < j->host[i].n_name; k++)
            if (cor_str_ieq(j->host[i].name[k], name))
                return &j->host[i];
    return NULL;
}

uint32_t cor_answer_counting(const cor_host_verdict *h)
{
    uint32_t n = 0;
    while (n < h->n_reason && h->reason[n].counts)
        n++;
    return n;
}

void cor_answer_time(cor_buf *b, cor_time t, int digits)
{
    if (t == COR_NOTIME) {
        cor_buf_z(b, "time not known");
        return;
    }
    char iso[33];
    size_t n = cor_time_iso(t, digits, iso);
    for (size_t i = 0; i < n; i++)
        cor_buf_c(b, iso[i] == 'T' ? ' ' : iso[i]);
}

void cor_answer_time_after(cor_buf *b, cor_time t, cor_time before)
{
    const cor_time day = 24 * 3600 * COR_SECOND;
    size_t from = b->n, date = sizeof("2026-03-03 ") - 1;
    cor_answer_time(b, t, 0);
    if (t == COR_NOTIME || before == COR_NOTIME || t < 0 || before < 0 || t / day != before / day || !cor_buf_ok(b) ||
        b->n < from + date)
        return;
    memmove(b->p + from, b->p + from + date, b->n - from - date);
    b->n -= date;
}
