/* cordon investigate: the main job. Evidence goes into a case, the case is judged, the answer is told and written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/casework.h"
#include "cli/matching.h"

#define CONTEXT_MAX ((size_t)8 << 20) /* bytes of a context file: as a rule file, people write it by hand */

typedef struct job {
    cor_cli *cli;
    const cor_args *a;
    cor_casework w;
    cor_hosts_options opt;
    bool json, fail, written;
    cor_verdict_word limit; /* fail */
    cor_str context;        /* of --context, in cli->mem; .p NULL without */
    long dwell;             /* seconds; 0 without --dwell */
    bool fresh;        /* the case was not there before */
} job;

/* ---- options ---- */

/* "24h", "3d", "90m", "3600s": seconds. */
static cor_code dwell_option(const cor_args *a, long *out, cor_err *e)
{
    const char *z = cor_args_value(a, "dwell");
    *out = 0;
    if (z == NULL)
        return COR_OK;
    char *end;
    errno = 0;
    long n = strtol(z, &end, 10);
    long unit = *end == 'd' ? 86400 : *end == 'h' ? 3600 : *end == 'm' ? 60 : *end == 's' ? 1 : 0;
    if (end == z || errno != 0 || unit == 0 || end[1] != 0 || n < 1 || n > 3660 * 86400L / unit)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--dwell wants a time like 24h, 3d or 90m, not \"%s\"", z);
    *out = n * unit;
    return COR_OK;
}

static cor_code read_context(job *j, const char *path, cor_err *e)
{
    cor_buf b = {.max = CONTEXT_MAX};
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "cannot read the context %s: %s", path, strerror(errno));
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
        cor_buf_put(&b, part, n);
    bool failed = ferror(f) != 0;
    fclose(f);
    cor_code rc = failed            ? cor_fail(e, COR_EIO, "cli", COR_NOPOS, "cannot read the context %s", path)
                  : !cor_buf_ok(&b) ? cor_fail(e, COR_ELIMIT, "cli", COR_NOPOS, "the context %s is too long", path)
                                    : COR_OK;
    cor_arena mem = {0};
    cor_context *known;
    if (rc == COR_OK && (rc = cor_context_read(cor_buf_view(&b), &mem, &known, e)) == COR_OK) {
        j->context = cor_arena_str(&j->cli->mem, cor_buf_view(&b));
        rc = j->context.p == NULL ? cor_nomem(e, "cli") : COR_OK;
    } else if (rc != COR_OK && e->line != 0) {
        const cor_err bad = *e;
        cor_fail(e, bad.code, "cli", COR_NOPOS, "%s:%u:%u: %s", path, bad.line, bad.col, bad.msg);
    }
    cor_arena_free(&mem);
    cor_buf_free(&b);
    return rc;
}

static cor_code options(job *j, cor_err *e)
{
    const char *format = cor_args_value(j->a, "format"), *fail = cor_args_value(j->a, "fail-on"),
               *context = cor_args_value(j->a, "context");
    long top;
    j->json = format != NULL && strcmp(format, "jsonl") == 0;
    j->fail = fail != NULL && cor_verdict_parse(cor_str_of(fail), &j->limit);
    cor_code rc = cor_args_number(j->a, "top", 0, 1000, 3, &top, e);
    j->opt.top = (uint32_t)top;
    if (rc == COR_OK)
        rc = dwell_option(j->a, &j->dwell, e);
    if (rc == COR_OK && context != NULL)
        rc = read_context(j, context, e);
    return rc;
}

/* The folder that a path lies in or would lie in, without links. False: none of it exists. */
static bool real_folder(const char *path, char out[PATH_MAX])
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof(part))
        return false;
    memcpy(part, path, n + 1);
    while (realpath(part, out) == NULL) {
        while (n > 0 && part[n - 1] == '/')
            part[--n] = 0;
        while (n > 0 && part[n - 1] != '/')
            part[--n] = 0;
        if (n == 0)
            return realpath(".", out) != NULL;
    }
    return true;
}

/* Law 1: evidence is never changed, and a case within it would be read as evidence the next time. */
static cor_code not_within_evidence(const cor_run_options *o, const char *dir, cor_err *e)
{
    char mine[PATH_MAX], its[PATH_MAX];
    struct stat st;
    if (!real_folder(dir, mine))
        return COR_OK;
    for (size_t i = 0; i < o->n_path; i++) {
        if (stat(o->path[i], &st) != 0 || !S_ISDIR(st.st_mode) || realpath(o->path[i], its) == NULL)
            continue;
        size_t n = strlen(its);
        if (strncmp(mine, its, n) == 0 && (mine[n] == 0 || mine[n] == '/' || strcmp(its, "/") == 0))
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                            "the case %s would lie within the evidence %s, which is never changed: choose a folder "
                            "beside it",
                            dir, o->path[i]);
    }
    return COR_OK;
}

static cor_code prepare(cor_matching *m, void *ctx, const cor_args *a, cor_err *e)
{
    job *j = ctx;
    const char *dir = cor_args_value(a, "output");
    cor_code rc = options(j, e);
    return rc != COR_OK || dir == NULL ? rc : not_within_evidence(&m->opt.run, dir, e);
}

/* ---- the case ---- */

static cor_code open_case(job *j, const cor_run_options *o, cor_err *e)
{
    const char *dir = cor_args_value(j->a, "output");
    if (cor_case_spill_to(o->tmp, e) != COR_OK)
        return e->code;
    return dir == NULL ? cor_casework_private(&j->w, j->cli, e)
                       : cor_casework_make(&j->w, j->cli, dir, &j->fresh, e);
}

/* The database and its journal: whatever else somebody laid there in the meantime stays. */
static void remove_case(const char *dir)
{
    static const char *const name[] = {COR_CASE_FILE, COR_CASE_FILE "-journal"};
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < COR_LEN(name); i++)
        unlinkat(fd, name[i], 0);
    if (fd >= 0)
        close(fd);
    rmdir(dir);
}

static cor_code count(void *ctx, const cor_case_input *i, cor_err *e)
{
    (void)i;
    (void)e;
    ++*(uint64_t *)ctx;
    return COR_OK;
}

/* A mistyped PATH leaves no case behind; what was read is kept whatever came after it. */
static bool in_vain(const job *j)
{
    uint64_t n = 0;
    return j->fresh && !j->written && j->w.c != NULL && cor_case_inputs(j->w.c, count, &n, NULL) == COR_OK && n == 0;
}

static void close_case(job *j)
{
    const char *dir = j->w.dir;
    bool gone = dir != NULL && in_vain(j);
    cor_casework_close(&j->w);
    if (gone)
        remove_case(dir);
}

/* ---- settings that stand in the case ---- */

/* A text of one line, without what parts the columns of COR_SET_REASONS. */
static void cell(cor_buf *b, cor_str s, char end)
{
    for (size_t i = 0; i < s.n; i++)
        cor_buf_c(b, s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
    cor_buf_c(b, end);
}

static void refused(const cor_ruleset *s, cor_buf *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_diag && n < COR_REFUSED_MAX; i++) {
        const cor_diag *d = &s->diag[i];
        if (d->sev != COR_DIAG_ERROR)
            continue;
        n++;
        cell(b, d->pos.file < s->n_file ? s->file[d->pos.file] : COR_S(""), '\t');
        cor_buf_fmt(b, "%u\t%u\t", d->pos.line, d->pos.col);
        cell(b, d->what, '\n');
    }
}

/* Options that bear on the answer: not how fast it is made, and not where it goes. */
static void given(const cor_args *a, cor_buf *b)
{
    static const char *const bear[] = {"from",      "to",      "recover",      "rules",
                                       "min-level", "mapping", "placeholders", "include-unsupported",
                                       "dwell",     "context"};
    for (size_t k = 0; k < COR_LEN(bear); k++)
        for (size_t i = 0; i < a->n_seen; i++)
            if (strcmp(a->seen[i].opt->name, bear[k]) == 0) {
                cor_buf_fmt(b, "--%s%s", bear[k], a->seen[i].value == NULL ? "" : " ");
                cell(b, cor_str_of(a->seen[i].value), '\n');
            }
}

static cor_code set_buf(job *j, const char *name, cor_buf *b, cor_err *e)
{
    cor_code rc =
        cor_buf_ok(b) ? cor_case_set(j->w.c, name, b->n == 0 ? COR_S("") : cor_buf_view(b), e) : cor_nomem(e, "cli");
    cor_buf_clear(b);
    return rc;
}

/* What holds for judging. Without evidence (`again`) what is not given stays as it was. */
static cor_code keep_judging(job *j, cor_time now, bool again, cor_err *e)
{
    cor_buf b = {0};
    cor_code rc = COR_OK;
    if (j->context.p != NULL)
        rc = cor_case_set(j->w.c, COR_SET_CONTEXT, j->context, e);
    if (rc == COR_OK && j->dwell > 0) {
        cor_buf_u64(&b, (uint64_t)j->dwell);
        rc = set_buf(j, COR_SET_DWELL, &b, e);
    }
    if (rc == COR_OK && (now != COR_NOTIME || !again)) {
        if (now != COR_NOTIME)
            cor_buf_time(&b, now, 7);
        rc = set_buf(j, COR_SET_NOW, &b, e);
    }
    cor_buf_free(&b);
    return rc;
}

static cor_code keep_reading(job *j, const cor_ruleset *s, cor_err *e)
{
    cor_buf b = {0};
    cor_buf_u64(&b, s->n_rule);
    cor_code rc = set_buf(j, COR_SET_RULES, &b, e);
    cor_buf_u64(&b, s->n_refused);
    rc = rc != COR_OK ? rc : set_buf(j, COR_SET_REFUSED, &b, e);
    refused(s, &b);
    rc = rc != COR_OK ? rc : set_buf(j, COR_SET_REASONS, &b, e);
    given(j->a, &b);
    rc = rc != COR_OK ? rc : set_buf(j, COR_SET_OPTIONS, &b, e);
    cor_buf_free(&b);
    return rc;
}

/* Whether a line of `lines` is s. */
static bool has_line(cor_str lines, cor_str s)
{
    for (size_t i = 0; i + s.n < lines.n; i++)
        if (memcmp(lines.p + i, s.p, s.n) == 0 && (i == 0 || lines.p[i - 1] == '\n') && lines.p[i + s.n] == '\n')
            return true;
    return false;
}

/* The case says which reading was stopped until that is done: whoever opens it later would take it for whole. */
static cor_code keep_stopped(job *j, const cor_run_options *o, bool stopped, cor_err *e)
{
    cor_str old, line;
    cor_buf b = {0}, mine = {0};
    cor_code rc = cor_case_get(j->w.c, COR_SET_STOPPED, &j->cli->mem, &old, e);
    if (rc != COR_OK)
        return rc;
    for (size_t i = 0; i < o->n_path; i++)
        cell(&mine, cor_str_of(o->path[i]), '\n');
    for (size_t from = 0; from < old.n; from += line.n + 1) {
        const char *end = memchr(old.p + from, '\n', old.n - from);
        line = (cor_str){old.p + from, end == NULL ? old.n - from : (size_t)(end - old.p) - from};
        if (mine.bad || !has_line(cor_buf_view(&mine), line))
            cell(&b, line, '\n');
    }
    if (stopped && mine.n > 0)
        cor_buf_str(&b, cor_buf_view(&mine));
    b.bad = b.bad || mine.bad;
    cor_buf_free(&mine);
    rc = set_buf(j, COR_SET_STOPPED, &b, e);
    cor_buf_free(&b);
    return rc;
}

/* ---- the work ---- */

static cor_code tell(job *j, cor_out *out, cor_err *e)
{
    cor_code rc = cor_casework_judge(&j->w, e);
    if (rc == COR_OK)
        rc = cor_casework_print(&j->w, &j->opt, j->json, out, e);
    if (rc == COR_OK && j->w.dir != NULL) {
        rc = cor_casework_write(&j->w, e);
        j->written = rc == COR_OK;
    }
    return rc;
}

/* What was read, concluded over; after Ctrl-C with what was read until then. */
static cor_code conclude(cor_matching *m, job *j, bool stopped, cor_err *e)
{
    cor_detect_options o = m->opt;
    if (stopped)
        o.run.stop = NULL; /* what was read is worth an answer */
    cor_case_heed(j->w.c, o.run.stop);
    cor_code rc = cor_case_conclude(j->w.c, &o, &m->res, e);
    if (rc == COR_OK)
        rc = keep_judging(j, m->opt.run.read.to, false, e);
    if (rc == COR_OK)
        rc = keep_reading(j, m->opt.rules, e);
    return rc == COR_OK ? keep_stopped(j, &m->opt.run, stopped, e) : rc;
}

static cor_code read_evidence(cor_matching *m, job *j, cor_err *e)
{
    cor_err last = {0};
    cor_code rc = cor_case_begin(j->w.c, e);
    if (rc != COR_OK)
        return rc;
    rc = cor_case_gather(j->w.c, &m->opt, &m->res, e);
    if (rc != COR_OK && rc != COR_ESTOP) {
        cor_case_rollback(j->w.c);
        return rc;
    }
    cor_code then = conclude(m, j, rc == COR_ESTOP, &last);
    if (then == COR_OK)
        then = cor_case_commit(j->w.c, &last);
    else
        cor_case_rollback(j->w.c);
    if (then == COR_OK)
        return rc;
    m->res.unsettled = true;
    *e = last;
    return then;
}

static cor_code investigate(cor_matching *m, void *ctx, cor_err *e)
{
    job *j = ctx;
    j->opt.colour = m->colour;
    j->opt.width = m->width;
    cor_code rc = open_case(j, &m->opt.run, e);
    if (rc != COR_OK)
        return rc;
    cor_progress_start(&m->progress, m->cli, &m->opt.run, false, &m->res.so_far);
    rc = read_evidence(m, j, e);
    cor_progress_end(&m->progress);
    if ((rc != COR_OK && rc != COR_ESTOP) || m->res.unsettled) /* an answer that lacks findings would mislead */
        return rc;
    cor_err last = {0};
    if (tell(j, &m->out, &last) != COR_OK) {
        *e = last;
        return last.code;
    }
    return rc;
}

static int fail_on(const void *ctx, const cor_args *a)
{
    const job *j = ctx;
    (void)a;
    if (j->fail && j->w.j.n_host == 0 && j->limit <= COR_VERDICT_UNKNOWN)
        return COR_EXIT_FAIL_ON; /* nothing was read: nothing is known */
    for (uint32_t i = 0; j->fail && i < j->w.j.n_host; i++)
        if (j->w.j.host[i].verdict >= j->limit)
            return COR_EXIT_FAIL_ON;
    return 0;
}

/* No PATH: what is in the case is judged again. */
static cor_code again(job *j, cor_err *e)
{
    static const char *const reading[] = {"rules", "from", "min-level", "recover", "mapping", "placeholders"};
    const char *dir = cor_args_value(j->a, "output");
    if (dir == NULL)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                        "PATH... is missing (only a case, -o CASE, can be judged again without)");
    for (size_t i = 0; i < COR_LEN(reading); i++)
        if (cor_args_has(j->a, reading[i]))
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s needs PATH...: without it nothing is read",
                            reading[i]);
    cor_run_options o;
    cor_out out;
    cor_code rc = cor_evidence_options(j->a, j->cli, &o, e);
    if (rc == COR_OK)
        rc = options(j, e);
    if (rc == COR_OK)
        rc = cor_casework_open(&j->w, j->cli, dir, COR_CASE_ADD, e);
    if (rc == COR_OK)
        rc = keep_judging(j, o.read.to, true, e);
    if (rc == COR_OK)
        rc = cor_out_open(&out, NULL, false, e);
    if (rc != COR_OK)
        return rc;
    j->opt.colour = j->cli->out_colour;
    j->opt.width = j->cli->out_tty ? cor_cli_columns(STDOUT_FILENO) : 0;
    rc = tell(j, &out, e);
    cor_err last = {0};
    if (cor_out_close(&out, &last) != COR_OK && rc == COR_OK && !out.closed_pipe) {
        *e = last;
        rc = last.code;
    }
    return out.closed_pipe ? COR_OK : rc;
}

static int run_again(job *j)
{
    cor_err e = {0};
    if (again(j, &e) == COR_OK)
        return fail_on(j, j->a);
    cor_cli_err(j->cli, NULL, &e);
    return cor_exit_of(&e);
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {.cli = cli, .a = a};
    const cor_matching_work work = {
        .add_rules = true, .to_stdout = true, .prepare = prepare, .work = investigate, .exit = fail_on};
    int code = a->n_word == 0 ? run_again(&j) : cor_cli_match(cli, a, &work, &j);
    if (j.written)
        cor_casework_tell(&j.w);
    close_case(&j);
    return code;
}

static const cor_opt opts[] = {
    {'o', "output", "CASE",
     "Keep the case in this folder, with report.html and summary.json; a case that is there already "
     "is added to",
     NULL, COR_OPT_FILE},
    {0, "context", "FILE",
     "What is known of the network: admin hosts, scanners, deployment servers, all computers "
     "(docs/context.md)",
     NULL, COR_OPT_FILE},
    {0, "dwell", "TIME",
     "How long before the first evidence logs must be there for a host to be called clean (24h, 3d; "
     "default 24h)",
     NULL, 0},
    {'t', "format", "FORMAT", "Shape of the output; the default is text", "text|jsonl", 0},
    {0, "top", "N", "Show N reasons of each host (default 3)", NULL, 0},
    {0, "fail-on", "VERDICT", "Exit with 1 when a host has this verdict or a worse one; no host at all counts as unknown",
     "infected|suspicious|exposed|attacked|unknown", 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon investigate collected/ -o case", "Which hosts are infected, since when, why; all of it kept in a case"},
    {"cordon investigate more.zip -o case", "Adds logs that came later, and judges again"},
    {"cordon investigate -o case --context network.yml", "Judges again with what is known of the network"},
    {"cordon investigate case.zip -r sigma/rules --format jsonl > hosts.jsonl",
     "With the rules of a folder besides the built-in ones, for scripts"},
    {NULL, NULL},
};

const cor_command cor_cmd_investigate = {
    .name = "investigate",
    .summary = "tell which hosts are infected, since when, and why",
    .synopsis = "[PATH...]",
    .about =
        "PATH is a file, a folder or an archive of logs. Each host gets a verdict, worst first: infected, "
        "suspicious, exposed (an infected host got in), attacked (it tried), unknown (logs are missing), clean; with "
        "since when, why, what to do next, and below it the evidence of each reason (log, event id, record id, and "
        "the place in the file, which is named from PATH on). Clean is earned: the logs that would show an intruder "
        "must be there, else the host is unknown. The rules of the verdicts are written down in docs/verdicts.md.\n\n"
        "With -o the case is kept: case.sqlite with all that was found, report.html for people, summary.json and "
        "findings.jsonl for programs (docs/case.md). Evidence met again changes nothing. Without PATH a case is judged "
        "again. Without -o the answer is the same, and nothing stays behind. After Ctrl-C the case holds what was read "
        "whole, and says until the same PATH is read again that this is not all.\n\n"
        "--to also fixes \"now\", the end of the window that a host must have logs for; without it now is the newest "
        "record.\n\n"
        "The built-in rules are always used; -r adds others, whose findings support a verdict, and alone make a host "
        "suspicious at most.\n\n"
        "When several exit codes hold, 130 goes before 1, and 1 before 4.",
    .opt = opts,
    .flags = COR_CMD_EVIDENCE | COR_CMD_RULES,
    .min_args = 0,
    .max_args = -1,
    .exits = 1u << COR_EXIT_FAIL_ON | 1u << COR_EXIT_RULES | 1u << COR_EXIT_EVIDENCE,
    .example = examples,
    .run = run,
};
