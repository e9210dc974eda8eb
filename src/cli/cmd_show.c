/* cordon show: what a case holds, on the terminal. */
#include "cli/casework.h"

#include <unistd.h>

#include "report/found.h"
#include "report/jsonl/jsonl.h"
#include "report/report.h"

enum { ID_LEAST = 4 }; /* digits of a finding's id that are taken for one */

typedef struct job {
    cor_casework w;
    cor_out out;
    cor_hosts_options opt;
    bool json, whole; /* whole: a finding with all its fields, not a line */
    uint64_t n;
    cor_buf b;
} job;

static cor_code flush(job *j, cor_err *e)
{
    if (!cor_buf_ok(&j->b))
        return cor_nomem(e, "cli");
    cor_code rc = cor_out_put(&j->out, cor_buf_view(&j->b), e);
    cor_buf_clear(&j->b);
    return rc;
}

static cor_code one(void *ctx, const cor_case_finding *f, cor_err *e)
{
    job *j = ctx;
    cor_found found;
    if (j->json) {
        cor_jsonl_found(f, &j->b);
    } else if (j->whole) {
        cor_buf_z(&j->b, j->n > 0 ? "\n" : "");
        cor_hosts_finding(&j->opt, f, &j->b);
    } else {
        const cor_report_options o = {.colour = j->opt.colour, .width = j->opt.width};
        cor_found_of(f, &found);
        cor_report_named("table")->finding(&o, &found.f, j->n, &j->b);
    }
    j->n++;
    return flush(j, e);
}

static cor_code findings(job *j, const cor_case_filter *f, const char *what, cor_err *e)
{
    cor_code rc = cor_case_findings(j->w.c, f, one, j, e);
    if (rc == COR_OK && j->n == 0 && what != NULL)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                        "%s is neither a host nor a finding of the case, nor FROM..TO; "
                        "`cordon show CASE` lists the hosts",
                        what);
    return rc;
}

/* "2026-03-03T09:00..2026-03-03T10:00"; either side may be left out, a date alone as the end means its end. */
static cor_code times(const char *what, const char *dots, cor_case_filter *f, cor_err *e)
{
    cor_str from = {what, (size_t)(dots - what)}, to = cor_str_of(dots + 2);
    if ((from.n > 0 && !cor_time_parse(from, &f->from, NULL)) || (to.n > 0 && !cor_time_parse(to, &f->to, NULL)))
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                        "wanted are times like 2026-03-03T09:00..2026-03-03T10:30, not \"%s\"", what);
    if (to.n == sizeof("2026-03-03") - 1)
        f->to += 24 * 3600 * COR_SECOND - 1;
    if (from.n > 0 && to.n > 0 && f->to < f->from)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "%s ends before it begins", what);
    return COR_OK;
}

static bool is_id(const char *z)
{
    size_t n = strlen(z);
    return n >= ID_LEAST && n <= 32 && strspn(z, "0123456789abcdef") == n;
}

static cor_code host_page(job *j, const cor_host_verdict *h, bool all, cor_err *e)
{
    if (!j->json) {
        j->opt.full = true;
        cor_hosts_one(&j->opt, h, &j->b);
        if (all)
            cor_buf_z(&j->b, "\n   All findings\n");
    }
    cor_code rc = flush(j, e);
    const cor_case_filter f = {.host = h->host, .from = COR_NOTIME, .to = COR_NOTIME};
    return rc == COR_OK && (all || j->json) ? findings(j, &f, NULL, e) : rc;
}

static cor_code show(job *j, const char *what, bool all, cor_err *e)
{
    cor_case_filter f = {.from = COR_NOTIME, .to = COR_NOTIME};
    const char *dots = what == NULL ? NULL : strstr(what, "..");
    cor_code rc;
    if (dots != NULL) {
        rc = times(what, dots, &f, e);
        if (rc == COR_OK)
            rc = findings(j, &f, NULL, e);
        if (rc == COR_OK && j->n == 0)
            cor_cli_tell(j->w.cli, "No rule found anything in that time.");
        return rc;
    }
    rc = cor_casework_judge(&j->w, e);
    if (rc != COR_OK)
        return rc;
    if (what == NULL)
        return cor_casework_print(&j->w, &j->opt, j->json, &j->out, e);
    const cor_host_verdict *h = cor_answer_host(&j->w.j, cor_str_of(what));
    if (h != NULL)
        return host_page(j, h, all, e);
    if (!is_id(what) && cor_time_parse(cor_str_of(what), &f.from, NULL))
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "%s is one time; a range is wanted: %s..%s", what, what, what);
    if (!is_id(what))
        return cor_casework_host(&j->w, what, e) == NULL ? e->code : COR_OK;
    f.id = cor_str_of(what);
    j->whole = true;
    return findings(j, &f, what, e);
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {0};
    cor_err e = {0};
    long top;
    const char *format = cor_args_value(a, "format");
    j.json = format != NULL && strcmp(format, "jsonl") == 0;
    cor_code rc = cor_args_number(a, "top", 0, 1000, 3, &top, &e);
    if (rc == COR_OK)
        rc = cor_casework_open(&j.w, cli, a->word[0], COR_CASE_READ, &e);
    if (rc == COR_OK)
        rc = cor_out_open(&j.out, NULL, false, &e);
    if (rc == COR_OK) {
        j.opt = (cor_hosts_options){.top = (uint32_t)top,
                                    .colour = cli->out_colour,
                                    .width = cli->out_tty ? cor_cli_columns(STDOUT_FILENO) : 0};
        rc = show(&j, a->n_word > 1 ? a->word[1] : NULL, cor_args_has(a, "findings"), &e);
        cor_err last = {0};
        if (cor_out_close(&j.out, &last) != COR_OK && rc == COR_OK) {
            e = last;
            rc = last.code;
        }
    }
    if (j.out.closed_pipe)
        rc = COR_OK;
    if (rc != COR_OK)
        cor_cli_err(cli, NULL, &e);
    cor_casework_close(&j.w);
    cor_buf_free(&j.b);
    return rc == COR_OK ? COR_EXIT_OK : cor_exit_of(&e);
}

static const cor_opt opts[] = {
    {'t', "format", "FORMAT", "Shape of the output; the default is text", "text|jsonl", 0},
    {0, "top", "N", "Show N reasons of each host (default 3)", NULL, 0},
    {'a', "findings", NULL, "Of a host: all its findings too", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon show case", "The answer again: hosts, worst first"},
    {"cordon show case WS03",
     "All that is known of one host: reasons, logs, indicators, what would change the verdict"},
    {"cordon show case 6f0a1c52", "One finding with all fields of its event; the beginning of its id is enough"},
    {"cordon show case 2026-03-03T09:00..2026-03-03T10:30", "All findings of a time"},
    {NULL, NULL},
};

const cor_command cor_cmd_show = {
    .name = "show",
    .summary = "show a case: all hosts, one host, a finding, a time",
    .synopsis = "CASE [HOST | FINDING | FROM..TO]",
    .about =
        "CASE is the folder that investigate -o wrote; it is only read. HOST is any name of a host. FINDING is the id "
        "of a finding or its first four digits or more. FROM..TO are times (UTC unless they say otherwise) or dates; "
        "one of them may be left out.\n\n"
        "With --format jsonl a case gives its hosts as in summary.json, everything else findings as in "
        "findings.jsonl, one a line.",
    .opt = opts,
    .min_args = 1,
    .max_args = 2,
    .example = examples,
    .run = run,
};
