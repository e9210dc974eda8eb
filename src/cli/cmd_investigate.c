/* cordon investigate: the main job. In this version: rules over evidence, hosts ranked by what was found. */
#include <unistd.h>

#include "cli/evidence.h"
#include "cli/progress.h"
#include "cli/rules.h"
#include "judge/rank.h"
#include "report/hosts/hosts.h"

#define RANK_MEMORY ((size_t)8 << 20) /* bytes held while ranking, before spilling */

typedef struct job {
    cor_cli *cli;
    cor_out out;
    cor_hosts_options opt;
    bool json;
    uint64_t n;
    cor_buf buf;
    cor_rank *rank;
    cor_progress progress;
} job;

static cor_code flush(job *j, cor_err *e)
{
    if (!cor_buf_ok(&j->buf))
        return cor_nomem(e, "investigate");
    cor_code rc = cor_out_put(&j->out, cor_buf_view(&j->buf), e);
    cor_buf_clear(&j->buf);
    return rc;
}

static cor_code on_ranked(void *ctx, const cor_ranked *h, cor_err *e)
{
    job *j = ctx;
    j->n++;
    if (j->json) {
        cor_hosts_json(h, j->n, &j->buf);
    } else {
        if (j->n == 1)
            cor_hosts_text_head(&j->buf);
        cor_hosts_text(&j->opt, h, j->n, &j->buf);
    }
    return flush(j, e);
}

static cor_code options(cor_cli *cli, const cor_args *a, job *j, cor_detect_options *d, cor_err *e)
{
    const char *format = cor_args_value(a, "format");
    j->json = format != NULL && strcmp(format, "jsonl") == 0;
    long top;
    cor_code rc = cor_args_number(a, "top", 0, 1000, 5, &top, e);
    j->opt.top = (uint32_t)top;
    if (rc == COR_OK)
        rc = cor_evidence_options(a, cli, &d->run, e);
    if (rc == COR_OK)
        rc = cor_evidence_not_overwritten(&d->run, cor_args_value(a, "output"), e);
    return rc;
}

/* Hosts and findings into the ranking, then out in its order; after Ctrl-C with what was found until then. */
static cor_code investigate(job *j, cor_detect_options *d, cor_detect_result *res, cor_err *e)
{
    j->rank = cor_rank_new(d->rules, RANK_MEMORY, d->run.tmp);
    if (j->rank == NULL)
        return cor_nomem(e, "investigate");
    const cor_detect_hooks hooks = {.ctx = j->rank, .host = cor_rank_host, .finding = cor_rank_finding};
    cor_progress_start(&j->progress, j->cli, &d->run, false, &res->so_far);
    cor_code rc = cor_detect(d, &hooks, res, e);
    cor_progress_end(&j->progress);
    if (rc != COR_OK && rc != COR_ESTOP)
        return rc;
    cor_err last = {0};
    if (cor_rank_each(j->rank, on_ranked, j, &last) != COR_OK) {
        *e = last;
        rc = last.code;
    }
    return rc;
}

static int conclude(job *j, const cor_detect_options *d, const cor_detect_result *res, cor_code rc, const cor_err *e)
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
    return whole ? COR_EXIT_OK : COR_EXIT_EVIDENCE;
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {.cli = cli};
    cor_detect_options d = {0};
    cor_detect_result res = {0};
    cor_err e = {0};
    cor_code rc = options(cli, a, &j, &d, &e);
    int code = COR_EXIT_OK;
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        code = cor_exit_of(&e);
    }
    if (code == COR_EXIT_OK)
        code = cor_cli_rules(cli, a, true, &d);
    if (code == COR_EXIT_OK) {
        rc = cor_out_open(&j.out, cor_args_value(a, "output"), cor_args_has(a, "clobber"), &e);
        if (rc == COR_OK) {
            j.opt.colour = cli->out_colour && !j.out.own;
            j.opt.width = j.out.own || !cli->out_tty ? 0 : cor_cli_columns(STDOUT_FILENO);
            rc = investigate(&j, &d, &res, &e);
            cor_err last = {0};
            if (cor_out_close(&j.out, &last) != COR_OK && (rc == COR_OK || rc == COR_ESTOP)) {
                e = last;
                rc = last.code;
            }
        }
        code = conclude(&j, &d, &res, rc, &e);
        cor_detect_result_free(&res);
    }
    cor_rank_free(j.rank);
    cor_buf_free(&j.buf);
    if (d.rules != NULL)
        cor_rules_free((cor_ruleset *)(uintptr_t)d.rules);
    return code;
}

static const cor_opt opts[] = {
    {'t', "format", "FORMAT", "Shape of the output; the default is text", "text|jsonl", 0},
    {0, "top", "N", "Show the first finding of the N strongest rules of each host (default 5)", NULL, 0},
    {'o', "output", "FILE", "Write to FILE instead of standard output", NULL, COR_OPT_FILE},
    {'C', "clobber", NULL, "Overwrite FILE when it exists", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon investigate collected/", "Ranks the hosts whose logs lie in a folder"},
    {"cordon investigate case.zip -r sigma/rules --format jsonl -o hosts.jsonl",
     "With the rules of a folder besides the built-in ones, for scripts"},
    {NULL, NULL},
};

const cor_command cor_cmd_investigate = {
    .name = "investigate",
    .summary = "rank hosts by what rules find in their logs",
    .synopsis = "PATH...",
    .about = "PATH is a file, a folder or an archive of logs. Each host that logged something gets a line, worst "
             "first: its names, what was found by level, its first and last event; below it the findings by ATT&CK "
             "tactic, which logs are there and which are missing, and the strongest findings with their evidence "
             "(log, event id, record id, and the place in the file).\n\n"
             "Hosts come in this order: more different critical rules that found something, then more different high "
             "ones, then more tactics, then medium and low rules, then more findings. Which host an event belongs to "
             "is taken from the event, not from the name of the file.\n\n"
             "This version ranks and does not judge: it does not say that a host is infected or clean.\n\n"
             "The built-in rules are always used; -r adds others.",
    .opt = opts,
    .flags = COR_CMD_EVIDENCE | COR_CMD_RULES,
    .min_args = 1,
    .max_args = -1,
    .exits = 1u << COR_EXIT_RULES | 1u << COR_EXIT_EVIDENCE,
    .example = examples,
    .run = run,
};
