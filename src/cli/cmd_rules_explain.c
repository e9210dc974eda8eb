/* cordon rules explain: which part of a rule's condition held for an event, and on which value. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "cli/cmd_rules.h"
#include "cli/evidence.h"

#define STDIN_MAX ((size_t)64 << 20) /* an event on standard input; more is no event */
#define EVENTS_MAX 20                /* events explained; a record number may occur in several computers' logs */

typedef struct job {
    cor_ruleset *set;
    cor_plan *plan;
    cor_matcher *m;
    const cor_rule *rule;
    bool all;             /* every event of the input, up to EVENTS_MAX */
    uint64_t record;
    uint64_t found;
    cor_out *out;
} job;

/* ---- which event ---- */

/* "FILE:RECORD" apart; a name without a number behind its last colon is a file whose events are all meant. */
static cor_code split(cor_cli *cli, const char *event, const char **file, job *j, cor_err *e)
{
    const char *colon = strrchr(event, ':');
    j->all = true;
    *file = event;
    if (colon == NULL || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return COR_OK;
    errno = 0;
    j->record = strtoull(colon + 1, NULL, 10);
    j->all = false;
    cor_str name = cor_arena_str(&cli->mem, (cor_str){event, (size_t)(colon - event)});
    if (name.p == NULL)
        return cor_nomem(e, "rules");
    if (errno != 0 || name.n == 0)
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "--event wants FILE:RECORD, FILE or -");
    *file = name.p;
    return COR_OK;
}

/* Standard input as a file in memory, since evidence is read by position. */
static cor_code from_stdin(cor_cli *cli, int *fd, const char **path, cor_err *e)
{
    *fd = memfd_create("event", MFD_CLOEXEC);
    if (*fd < 0)
        return cor_fail(e, COR_EIO, NULL, COR_NOPOS, "standard input: %s", strerror(errno));
    char b[65536];
    size_t total = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, b, sizeof b);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            break;
        total += n < 0 ? 0 : (size_t)n;
        if (n < 0 || total > STDIN_MAX || write(*fd, b, (size_t)n) != n)
            return cor_fail(e, COR_EIO, NULL, COR_NOPOS, "standard input: %s", total > STDIN_MAX ? "too much" : strerror(errno));
    }
    cor_str p = cor_arena_fmt(&cli->mem, "/proc/self/fd/%d", *fd);
    *path = p.p;
    return p.p == NULL ? cor_nomem(e, "rules") : COR_OK;
}

/* ---- which rule ---- */

static const cor_rule *rule_named(const cor_ruleset *s, const char *name)
{
    cor_str want = cor_str_of(name);
    for (uint32_t i = 0; i < s->n_rule; i++)
        if (cor_str_ieq(s->rule[i]->id, want) || cor_str_eq(s->rule[i]->name, want) || cor_str_eq(s->rule[i]->title, want))
            return s->rule[i];
    return NULL;
}

/* RULE is a file of rules, or the id, name or title of one of those that -r names (else of the built-in ones). */
static cor_code pick(cor_cli *cli, const cor_args *a, job *j, cor_err *e)
{
    const char *name = a->word[0];
    bool is_file = access(name, F_OK) == 0;
    cor_code c = cor_cli_load_rules(a, is_file ? 0 : 1, "rules", true, false, &j->set, e);
    if (c != COR_OK)
        return c;
    cor_cli_diags(cli, j->set, is_file ? COR_DIAG_WARNING : COR_DIAG_ERROR);
    if (!is_file)
        j->rule = rule_named(j->set, name);
    if (is_file ? j->set->n_rule == 0 : j->rule == NULL)
        return cor_fail(e, COR_ENOTSUP, NULL, COR_NOPOS, is_file ? "%s: no rule that can be used" : "%s: no file, and no id, name or title of a rule", name);
    return COR_OK;
}

/* ---- explaining ---- */

static void headline(job *j, const cor_rule *r, const cor_event *ev, cor_buf *b)
{
    cor_arena mem = {0};
    cor_term_escape(b, r->title);
    cor_buf_z(b, " (");
    cor_term_escape(b, j->set->file[r->pos.file]);
    cor_buf_fmt(b, ":%u)\n  on ", r->pos.line);
    cor_term_escape(b, cor_event_sys(ev, COR_SYS_CHANNEL, &mem));
    cor_buf_fmt(b, " event %u, record %llu", ev->head.event_id, (unsigned long long)ev->record_id);
    if (ev->time != COR_NOTIME) {
        cor_buf_z(b, ", ");
        cor_buf_time(b, ev->time, 3);
    }
    cor_buf_c(b, '\n');
    cor_arena_free(&mem);
}

static cor_code one_rule(job *j, const cor_rule *r, const cor_event *ev, unsigned depth, cor_err *e)
{
    if (r->kind == COR_RULE_CORRELATION) { /* an event alone says nothing about it: its parts do */
        cor_code c = COR_OK;
        for (uint32_t i = 0; c == COR_OK && depth < 32 && i < r->corr->n_rule; i++)
            c = one_rule(j, j->set->rule[r->corr->rule[i]], ev, depth + 1, e);
        return c;
    }
    cor_buf b = {0};
    headline(j, r, ev, &b);
    cor_code c = cor_matcher_explain(j->m, r->no, ev, &b, e);
    if (c == COR_OK)
        c = cor_buf_ok(&b) ? cor_out_put(j->out, cor_buf_view(&b), e) : cor_nomem(e, "rules");
    cor_buf_free(&b);
    return c;
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    job *j = ctx;
    if ((!j->all && ev->record_id != j->record) || j->found++ >= EVENTS_MAX)
        return COR_OK;
    if (j->rule != NULL)
        return one_rule(j, j->rule, ev, 0, e);
    cor_code c = COR_OK;
    for (uint32_t i = 0; c == COR_OK && i < j->set->n_rule; i++)
        if (j->set->rule[i]->kind == COR_RULE_DETECTION)
            c = one_rule(j, j->set->rule[i], ev, 0, e);
    return c;
}

static void *worker_open(void *ctx, int no)
{
    (void)no;
    return ctx;
}

static void worker_close(void *worker)
{
    (void)worker; /* the job is the caller's */
}

static cor_sink sink(void *worker, const cor_input *in, uint64_t seq)
{
    (void)in, (void)seq;
    return (cor_sink){.ctx = worker, .fields = true, .event = on_event};
}

static cor_code read_events(const cor_args *a, const char *path, job *j, cor_run_result *res, cor_err *e)
{
    const cor_run_options o = {.path = &path, .n_path = 1, .threads = 1, .tmp = cor_args_value(a, "tmp"), .read = {.from = COR_NOTIME, .to = COR_NOTIME}};
    const cor_run_hooks h = {.ctx = j, .worker_open = worker_open, .sink = sink, .worker_close = worker_close};
    cor_code c = cor_run(&o, &h, res, e);
    if (c == COR_OK && j->found == 0 && res->n_input == 1 && res->input[0].err != NULL) {
        *e = *res->input[0].err;
        return e->code;
    }
    if (c == COR_OK && j->found == 0 && !j->all)
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "%s: no event with the record number %llu", path, (unsigned long long)j->record);
    return c == COR_OK && j->found == 0 ? cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "%s: no event in it", path) : c;
}

static cor_code explain(cor_cli *cli, const cor_args *a, job *j, cor_run_result *res, cor_err *e)
{
    const char *event = cor_args_value(a, "event"), *path = NULL;
    int fd = -1;
    if (event == NULL)
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "name an event with --event FILE:RECORD, or - for standard input");
    cor_code c = pick(cli, a, j, e);
    if (c == COR_OK && strcmp(event, "-") == 0) {
        j->all = true;
        c = from_stdin(cli, &fd, &path, e);
    } else if (c == COR_OK) {
        c = split(cli, event, &path, j, e);
    }
    if (c == COR_OK)
        c = cor_plan_new(j->set, COR_ENGINE_PLAIN, &j->plan, e);
    if (c == COR_OK && (j->m = cor_matcher_new(j->plan)) == NULL)
        c = cor_nomem(e, "rules");
    if (c == COR_OK)
        c = read_events(a, path, j, res, e);
    if (fd >= 0)
        close(fd);
    return c;
}

static int run(cor_cli *cli, const cor_args *a)
{
    cor_err e = {0}, last = {0};
    cor_out out;
    cor_run_result res = {0};
    if (cor_out_open(&out, NULL, false, &e) != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        return cor_exit_of(&e);
    }
    job j = {.out = &out};
    cor_code c = explain(cli, a, &j, &res, &e);
    cor_code closed = cor_out_close(&out, &last);
    if (c == COR_OK && closed != COR_OK) {
        e = last;
        c = closed;
    }
    int code = COR_EXIT_OK;
    if (c != COR_OK && !out.closed_pipe) {
        cor_cli_err(cli, NULL, &e);
        code = e.code == COR_ENOTSUP ? COR_EXIT_RULES : cor_exit_of(&e);
    }
    if (j.found > EVENTS_MAX)
        cor_cli_say(cli, "only the first %d of %llu events were explained", EVENTS_MAX, (unsigned long long)j.found);
    cor_matcher_free(j.m);
    cor_plan_free(j.plan);
    cor_rules_free(j.set);
    cor_run_result_free(&res);
    return code;
}

static const cor_opt opts[] = {
    {'e', "event", "EVENT", "FILE:RECORD, by the event's record number; FILE, all its events; - is standard input", NULL, 0},
    {'r', "rules", "PATH", "Rules to look for RULE in", NULL, COR_OPT_FILE | COR_OPT_MANY},
    {0, "mapping", "FILE", "Further log sources, besides the built-in mapping", NULL, COR_OPT_FILE | COR_OPT_MANY},
    {0, "placeholders", "FILE", "Lists for %placeholders% (modifier expand), as YAML", NULL, COR_OPT_FILE},
    {0, "include-unsupported", NULL, "Try rules whose status is unsupported", NULL, 0},
    {0, "tmp", "DIR", "Folder for temporary files", NULL, COR_OPT_FILE},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon rules explain my_rule.yml --event Security.evtx:4711", "Why a rule does or does not fire on a record"},
    {"cordon rules explain 5b0b75dc-9190-4047-b9a8-14164cee8a31 -r rules/ --event - < event.json", "The same by id, for an event on standard input"},
    {NULL, NULL},
};

const cor_command cor_cmd_rules_explain = {
    .name = "explain",
    .summary = "say which part of a rule held for an event",
    .synopsis = "RULE",
    .about = "RULE is a file of rules, or the id, name or title of one. Prints the rule's condition as a tree, with what held, what did not, "
             "and the value it was tried on. Of a correlation its parts are explained.",
    .opt = opts,
    .min_args = 1,
    .max_args = 1,
    .exits = 1u << COR_EXIT_RULES,
    .example = examples,
    .run = run,
};
