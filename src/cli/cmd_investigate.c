/* cordon investigate: the main job. In this version: rules over evidence, hosts ranked by what was found. */
#include "cli/matching.h"
#include "judge/rank.h"
#include "report/hosts/hosts.h"

#define RANK_MEMORY ((size_t)8 << 20) /* bytes held while ranking, before spilling */

typedef struct job {
    cor_matching *m;
    cor_hosts_options opt;
    bool json;
    uint64_t n;
    cor_rank *rank;
} job;

static cor_code on_ranked(void *ctx, const cor_ranked *h, cor_err *e)
{
    job *j = ctx;
    j->n++;
    if (j->json) {
        cor_hosts_json(h, j->n, &j->m->buf);
    } else {
        if (j->n == 1)
            cor_hosts_text_head(&j->m->buf);
        cor_hosts_text(&j->opt, h, j->n, &j->m->buf);
    }
    return cor_matching_flush(j->m, e);
}

static cor_code prepare(cor_matching *m, void *ctx, const cor_args *a, cor_err *e)
{
    job *j = ctx;
    const char *format = cor_args_value(a, "format");
    j->m = m;
    j->json = format != NULL && strcmp(format, "jsonl") == 0;
    long top;
    cor_code rc = cor_args_number(a, "top", 0, 1000, 5, &top, e);
    j->opt.top = (uint32_t)top;
    return rc;
}

/* Hosts and findings into the ranking, then out in its order; after Ctrl-C with what was found until then. */
static cor_code investigate(cor_matching *m, void *ctx, cor_err *e)
{
    job *j = ctx;
    j->opt.colour = m->colour;
    j->opt.width = m->width;
    j->rank = cor_rank_new(m->opt.rules, RANK_MEMORY, m->opt.run.tmp);
    if (j->rank == NULL)
        return cor_nomem(e, "investigate");
    const cor_detect_hooks hooks = {.ctx = j->rank, .host = cor_rank_host, .finding = cor_rank_finding};
    cor_progress_start(&m->progress, m->cli, &m->opt.run, false, &m->res.so_far);
    cor_code rc = cor_detect(&m->opt, &hooks, &m->res, e);
    cor_progress_end(&m->progress);
    if (rc != COR_OK && rc != COR_ESTOP)
        return rc;
    cor_err last = {0};
    if (cor_rank_each(j->rank, on_ranked, j, &last) != COR_OK) {
        *e = last;
        rc = last.code;
    }
    return rc;
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {0};
    int code = cor_cli_match(cli, a, &(cor_matching_work){.add_rules = true, .prepare = prepare, .work = investigate}, &j);
    cor_rank_free(j.rank);
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
