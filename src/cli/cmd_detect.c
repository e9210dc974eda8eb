/* cordon detect: rules over evidence, findings by time. */
#include "base/alloc.h"
#include "cli/matching.h"
#include "report/report.h"

typedef struct job {
    cor_matching *m;
    const cor_report *report;
    cor_report_options opt;
    uint64_t n;
    cor_level worst;
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

static cor_code on_finding(void *ctx, const cor_finding *f, cor_err *e)
{
    job *j = ctx;
    if (j->n == 0)
        cor_progress_end(&j->m->progress);
    if (f->rule->level > j->worst)
        j->worst = f->rule->level;
    j->report->finding(&j->opt, f, j->n++, &j->m->buf);
    return cor_matching_flush(j->m, e);
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

static cor_code prepare(cor_matching *m, void *ctx, const cor_args *a, cor_err *e)
{
    job *j = ctx;
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
    j->m = m;
    m->opt.dedupe = cor_args_has(a, "dedupe");
    return paths(a, j, &m->opt.run, e);
}

static cor_code detect(cor_matching *m, void *ctx, cor_err *e)
{
    job *j = ctx;
    j->opt.colour = m->colour;
    j->opt.width = m->width;
    if (j->report->begin != NULL)
        j->report->begin(&j->opt, &m->buf);
    cor_code rc = cor_matching_flush(m, e);
    if (rc != COR_OK)
        return rc;
    const cor_detect_hooks hooks = {.ctx = j, .host = on_host, .finding = on_finding};
    cor_progress_start(&m->progress, m->cli, &m->opt.run, false, &m->res.so_far);
    rc = cor_detect(&m->opt, &hooks, &m->res, e);
    cor_progress_end(&m->progress);
    if ((rc == COR_OK || rc == COR_ESTOP) && j->report->end != NULL) {
        cor_err last = {0};
        j->report->end(&j->opt, j->n, &m->buf);
        if (cor_matching_flush(m, &last) != COR_OK) {
            *e = last;
            rc = last.code;
        }
    }
    return rc;
}

static int fail_on(const void *ctx, const cor_args *a)
{
    const job *j = ctx;
    const char *level = cor_args_value(a, "fail-on");
    cor_level limit;
    return level != NULL && j->n > 0 && cor_level_named(level, &limit) && j->worst >= limit ? COR_EXIT_FAIL_ON : 0;
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {0};
    int code = cor_cli_match(cli, a, &(cor_matching_work){.prepare = prepare, .work = detect, .exit = fail_on}, &j);
    cor_free(j.path);
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
