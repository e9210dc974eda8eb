/* cordon detect: rules over evidence, findings by time. */
#include <unistd.h>

#include "base/alloc.h"
#include "cli/evidence.h"
#include "cli/progress.h"
#include "cli/rules.h"
#include "report/report.h"

typedef struct job {
    cor_cli *cli;
    cor_out out;
    const cor_report *report;
    cor_report_options opt;
    cor_buf buf;
    uint64_t n;
    cor_level worst;
    cor_progress progress;
    const char **path; /* words, -d and -f together */
} job;

/* Nothing is made of the hosts; that somebody asks makes them counted. */
static cor_code on_host(void *ctx, const cor_host *h, cor_err *e)
{
    (void)ctx;
    (void)h;
    (void)e;
    return COR_OK;
}

static cor_code flush(job *j, cor_err *e)
{
    if (!cor_buf_ok(&j->buf))
        return cor_nomem(e, "detect");
    cor_code rc = cor_out_put(&j->out, cor_buf_view(&j->buf), e);
    cor_buf_clear(&j->buf);
    return rc;
}

static cor_code on_finding(void *ctx, const cor_finding *f, cor_err *e)
{
    job *j = ctx;
    if (j->n == 0)
        cor_progress_end(&j->progress);
    if (f->rule->level > j->worst)
        j->worst = f->rule->level;
    j->report->finding(&j->opt, f, j->n++, &j->buf);
    return flush(j, e);
}

/* PATH..., -d and -f are one list. */
static cor_code paths(const cor_args *a, job *j, cor_run_options *o, cor_err *e)
{
    const char **list[2];
    size_t n[2];
    cor_code rc = cor_args_values(a, "directory", &list[0], &n[0], e);
    if (rc != COR_OK)
        return rc;
    rc = cor_args_values(a, "file", &list[1], &n[1], e);
    size_t total = rc == COR_OK ? a->n_word + n[0] + n[1] : 0;
    if (rc == COR_OK && total == 0)
        rc = cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "PATH... is missing");
    if (rc == COR_OK && (j->path = cor_alloc(total * sizeof(*j->path))) == NULL)
        rc = cor_nomem(e, "cli");
    if (rc == COR_OK) {
        size_t at = 0;
        for (size_t i = 0; i < a->n_word; i++)
            j->path[at++] = a->word[i];
        for (size_t k = 0; k < 2; k++)
            for (size_t i = 0; i < n[k]; i++)
                j->path[at++] = list[k][i];
        o->path = j->path;
        o->n_path = total;
    }
    cor_free(list[0]);
    cor_free(list[1]);
    return rc;
}

static cor_code prepare(cor_cli *cli, const cor_args *a, job *j, cor_detect_options *d, cor_err *e)
{
    const char *format = cor_args_value(a, "format"), *columns = cor_args_value(a, "columns");
    if (format == NULL)
        format = columns == NULL ? "table" : "csv";
    j->report = cor_report_named(format);
    j->opt = (cor_report_options){.multiline = cor_args_has(a, "multiline")};
    if (columns != NULL) {
        j->opt.columns = strcmp(columns, "hayabusa") == 0     ? COR_COLUMNS_HAYABUSA
                         : strcmp(columns, "timesketch") == 0 ? COR_COLUMNS_TIMESKETCH
                                                              : COR_COLUMNS_OWN;
        if (strcmp(format, "csv") != 0)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--columns goes with --format csv, not %s", format);
    }
    d->dedupe = cor_args_has(a, "dedupe");
    cor_code rc = cor_evidence_options(a, cli, &d->run, e);
    if (rc == COR_OK)
        rc = paths(a, j, &d->run, e);
    if (rc == COR_OK)
        rc = cor_evidence_not_overwritten(&d->run, cor_args_value(a, "output"), e);
    return rc;
}

static cor_code detect(job *j, cor_detect_options *d, cor_detect_result *res, cor_err *e)
{
    if (j->report->begin != NULL)
        j->report->begin(&j->opt, &j->buf);
    cor_code rc = flush(j, e);
    if (rc != COR_OK)
        return rc;
    const cor_detect_hooks hooks = {.ctx = j, .host = on_host, .finding = on_finding};
    cor_progress_start(&j->progress, j->cli, &d->run, false, &res->so_far);
    rc = cor_detect(d, &hooks, res, e);
    cor_progress_end(&j->progress);
    if ((rc == COR_OK || rc == COR_ESTOP) && j->report->end != NULL) {
        cor_err last = {0};
        j->report->end(&j->opt, j->n, &j->buf);
        if (flush(j, &last) != COR_OK) {
            *e = last;
            rc = last.code;
        }
    }
    return rc;
}

static int conclude(job *j, const cor_args *a, const cor_detect_options *d, const cor_detect_result *res, cor_code rc,
                    const cor_err *e)
{
    if (j->out.closed_pipe)
        return COR_EXIT_OK;
    if (rc != COR_OK && rc != COR_ESTOP) {
        cor_cli_err(j->cli, NULL, e);
        return cor_exit_of(e);
    }
    bool whole = cor_evidence_tell(j->cli, &res->run, false);
    cor_cli_detect_summary(j->cli, d, res);
    if (rc == COR_ESTOP)
        return COR_EXIT_INTERRUPTED;
    const char *fail_on = cor_args_value(a, "fail-on");
    cor_level limit;
    if (fail_on != NULL && j->n > 0 && cor_level_named(fail_on, &limit) && j->worst >= limit)
        return COR_EXIT_FAIL_ON;
    return whole ? COR_EXIT_OK : COR_EXIT_EVIDENCE;
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {.cli = cli};
    cor_detect_options d = {0};
    cor_detect_result res = {0};
    cor_err e = {0};
    cor_code rc = prepare(cli, a, &j, &d, &e);
    int code = COR_EXIT_OK;
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        code = cor_exit_of(&e);
    }
    if (code == COR_EXIT_OK)
        code = cor_cli_rules(cli, a, false, &d);
    if (code == COR_EXIT_OK) {
        rc = cor_out_open(&j.out, cor_args_value(a, "output"), cor_args_has(a, "clobber"), &e);
        if (rc == COR_OK) {
            j.opt.colour = cli->out_colour && !j.out.own;
            j.opt.width = j.out.own || !cli->out_tty ? 0 : cor_cli_columns(STDOUT_FILENO);
            rc = detect(&j, &d, &res, &e);
            cor_err last = {0};
            if (cor_out_close(&j.out, &last) != COR_OK && (rc == COR_OK || rc == COR_ESTOP)) {
                e = last;
                rc = last.code;
            }
        }
        code = conclude(&j, a, &d, &res, rc, &e);
        cor_detect_result_free(&res);
    }
    cor_buf_free(&j.buf);
    cor_free(j.path);
    if (d.rules != NULL)
        cor_rules_free((cor_ruleset *)(uintptr_t)d.rules);
    return code;
}

static const cor_opt opts[] = {
    {'d', "directory", "DIR", "Evidence, as PATH; may be given several times", NULL, COR_OPT_MANY | COR_OPT_FILE},
    {'f', "file", "FILE", "Evidence, as PATH; may be given several times", NULL, COR_OPT_MANY | COR_OPT_FILE},
    {'t', "format", "FORMAT", "Shape of the output; default: table, or csv when --columns is given", "table|jsonl|json|csv",
     0},
    {0, "columns", "SET", "Columns of CSV: Cordon's own, Hayabusa's standard profile, what Timesketch imports",
     "cordon|hayabusa|timesketch", 0},
    {'M', "multiline", NULL, "Keep line breaks inside the cells of CSV", NULL, 0},
    {'o', "output", "FILE", "Write to FILE instead of standard output", NULL, COR_OPT_FILE},
    {'C', "clobber", NULL, "Overwrite FILE when it exists", NULL, 0},
    {0, "dedupe", NULL, "Report a record that lies in several places once", NULL, 0},
    {0, "fail-on", "LEVEL", "Exit with 1 when there is a finding of this level or above",
     "informational|low|medium|high|critical|info|med|crit", 0},
    {'U', "utc", NULL, "Times in UTC: always so, accepted for Hayabusa's users", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon detect logs/", "What the built-in rules find in a folder of logs"},
    {"cordon detect case.zip -r sigma/rules -m high -t jsonl -o findings.jsonl",
     "High and critical findings of the Sigma rules in a folder"},
    {"cordon detect -d logs/ -r rules/ --columns timesketch -o timeline.csv", "A timeline to import into Timesketch"},
    {"cordon detect logs/ --fail-on high -q", "For scripts: exit code 1 when there is something high or critical"},
    {NULL, NULL},
};

const cor_command cor_cmd_detect = {
    .name = "detect",
    .summary = "match Sigma rules and print what they find, by time",
    .synopsis = "PATH...",
    .about = "PATH is a file, a folder or an archive of logs; content, not names, decides what a file is. Without "
             "-r the built-in rules are used, with it those that it names, whatever mixture of detections, filters "
             "and correlations. Rules that cannot be used are refused by name and counted; the others work on.\n\n"
             "Findings come sorted by the time of their event, the same bytes whatever the order of the files and the "
             "number of threads. A record that lies in two places (a backup, a shadow copy) is reported for both with "
             "the same id, unless --dedupe is given. The letters are those of Hayabusa where it has the same "
             "thing.\n\n"
             "When several exit codes hold, 130 goes before 1, and 1 before 4.",
    .opt = opts,
    .flags = COR_CMD_EVIDENCE | COR_CMD_RULES,
    .min_args = 0,
    .max_args = -1,
    .exits = 1u << COR_EXIT_FAIL_ON | 1u << COR_EXIT_RULES | 1u << COR_EXIT_EVIDENCE,
    .example = examples,
    .run = run,
};
