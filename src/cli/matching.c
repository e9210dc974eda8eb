#include "cli/matching.h"

#include <unistd.h>

cor_code cor_matching_flush(cor_matching *m, cor_err *e)
{
    if (!cor_buf_ok(&m->buf))
        return cor_nomem(e, "cli");
    cor_code rc = cor_out_put(&m->out, cor_buf_view(&m->buf), e);
    cor_buf_clear(&m->buf);
    return rc;
}

static const char *output_of(const cor_matching_work *w, const cor_args *a)
{
    return w->to_stdout ? NULL : cor_args_value(a, "output");
}

static cor_code options(cor_matching *m, const cor_args *a, const cor_matching_work *w, void *job, cor_err *e)
{
    cor_code rc = cor_evidence_options(a, m->cli, &m->opt.run, e);
    rc = rc != COR_OK ? rc : w->prepare(m, job, a, e);
    return rc != COR_OK ? rc : cor_evidence_not_overwritten(&m->opt.run, output_of(w, a), e);
}

static cor_code into_output(cor_matching *m, const cor_args *a, const cor_matching_work *w, void *job, cor_err *e)
{
    cor_code rc = cor_out_open(&m->out, output_of(w, a), !w->to_stdout && cor_args_has(a, "clobber"), e);
    if (rc != COR_OK)
        return rc;
    m->colour = m->cli->out_colour && !m->out.own;
    m->width = m->out.own || !m->cli->out_tty ? 0 : cor_cli_columns(STDOUT_FILENO);
    rc = w->work(m, job, e);
    cor_err last = {0};
    if (cor_out_close(&m->out, &last) != COR_OK && (rc == COR_OK || rc == COR_ESTOP)) {
        *e = last;
        rc = last.code;
    }
    return rc;
}

/* 130 goes before the command's own code, and that before 4. */
static int conclude(cor_matching *m, const cor_args *a, const cor_matching_work *w, const void *job, cor_code rc, const cor_err *e)
{
    if (m->out.closed_pipe)
        return COR_EXIT_OK;
    if (rc != COR_OK && rc != COR_ESTOP) {
        cor_cli_err(m->cli, NULL, e);
        return cor_exit_of(e);
    }
    bool whole = cor_evidence_tell(m->cli, &m->res.run, false);
    m->res.unsettled |= rc == COR_ESTOP;
    cor_cli_detect_summary(m->cli, &m->opt, &m->res);
    if (rc == COR_ESTOP)
        return COR_EXIT_INTERRUPTED;
    int own = w->exit == NULL ? 0 : w->exit(job, a);
    return own != 0 ? own : whole ? COR_EXIT_OK : COR_EXIT_EVIDENCE;
}

int cor_cli_match(cor_cli *cli, const cor_args *a, const cor_matching_work *w, void *job)
{
    cor_matching m = {.cli = cli};
    cor_err e = {0};
    cor_code rc = options(&m, a, w, job, &e);
    int code = COR_EXIT_OK;
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        code = cor_exit_of(&e);
    }
    if (code == COR_EXIT_OK)
        code = cor_cli_rules(cli, a, w->add_rules, &m.opt);
    if (code == COR_EXIT_OK) {
        rc = into_output(&m, a, w, job, &e);
        code = conclude(&m, a, w, job, rc, &e);
        cor_detect_result_free(&m.res);
    }
    cor_buf_free(&m.buf);
    if (m.opt.rules != NULL)
        cor_rules_free((cor_ruleset *)(uintptr_t)m.opt.rules);
    return code;
}
