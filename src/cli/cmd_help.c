/* cordon help: about commands; also what the build asks for man pages and completion. */
#include "cli/help.h"

static const cor_opt opts[] = {
    {0, "man", NULL, "The man page instead, in mdoc", NULL, 0},
    {0, "completion", "SHELL", "The completion script for a shell", "bash|zsh", 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon help decode", "Tells about one command"},
    {"cordon help --completion bash > ~/.local/share/bash-completion/completions/cordon", "Completion for one user"},
    {NULL, NULL},
};

static cor_code about(const cor_args *a, cor_buf *b, cor_err *e)
{
    const char *shell = cor_args_value(a, "completion");
    if (shell != NULL) {
        (strcmp(shell, "bash") == 0 ? cor_complete_bash : cor_complete_zsh)(b);
        return COR_OK;
    }
    bool man = cor_args_has(a, "man");
    const cor_command *group = NULL, *cmd = NULL;
    const cor_command *const *list = cor_commands;
    for (size_t i = 0; i < a->n_word; i++) {
        group = cmd;
        cmd = cor_command_find(list, a->word[i]);
        if (cmd == NULL && cor_planned(a->word[i]) != NULL)
            return cor_fail(e, COR_ENOTSUP, "cli", COR_NOPOS, "%s is not available in this version", a->word[i]);
        if (cmd == NULL)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "there is no command %s; `cordon help` lists them",
                            a->word[i]);
        list = cmd->sub;
    }
    if (man)
        cor_man_page(b, cmd);
    else if (cmd == NULL)
        cor_help_overview(b);
    else
        cor_help_command(b, group, cmd);
    return COR_OK;
}

static int run(cor_cli *cli, const cor_args *a)
{
    cor_buf b = {0};
    cor_err e = {0};
    cor_out o;
    cor_code rc = about(a, &b, &e);
    if (rc == COR_OK && !cor_buf_ok(&b))
        rc = cor_nomem(&e, "cli");
    if (rc == COR_OK && (rc = cor_out_open(&o, NULL, false, &e)) == COR_OK) {
        cor_out_put(&o, cor_buf_view(&b), &e);
        rc = cor_out_close(&o, &e);
        if (o.closed_pipe)
            rc = COR_OK;
    }
    cor_buf_free(&b);
    if (rc != COR_OK)
        cor_cli_err(cli, NULL, &e);
    return rc == COR_OK ? COR_EXIT_OK : cor_exit_of(&e);
}

const cor_command cor_cmd_help = {
    .name = "help",
    .summary = "tell about a command",
    .synopsis = "[COMMAND [SUBCOMMAND]]",
    .opt = opts,
    .max_args = 2,
    .exits = 1u << COR_EXIT_UNAVAILABLE,
    .example = examples,
    .run = run,
};
