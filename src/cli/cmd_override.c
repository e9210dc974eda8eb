/* cordon override: an analyst's verdict in place of Cordon's. */
#include "cli/casework.h"

static int run(cor_cli *cli, const cor_args *a)
{
    const char *why = cor_args_value(a, "why");
    cor_verdict_word v;
    if (strcmp(a->word[2], "none") != 0 && !cor_verdict_parse(cor_str_of(a->word[2]), &v)) {
        cor_cli_say(cli,
                    "%s is no verdict: infected, suspicious, exposed, attacked, unknown, clean, or none to take an "
                    "override back",
                    cor_shown_z(cli, a->word[2]));
        return COR_EXIT_USAGE;
    }
    if (why == NULL || why[0] == 0) {
        cor_cli_say(cli, "say why: --why TEXT stands beside the verdict in the report");
        return COR_EXIT_USAGE;
    }
    return cor_casework_say(cli, a->word[0], a->word[1], a->word[2], why);
}

static const cor_opt opts[] = {
    {0, "why", "TEXT", "The reason; needed, and shown beside the verdict", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon override case WS07 clean --why \"pentest of the morning, agreed with J. Doe\"", "Takes WS07 out"},
    {"cordon override case WS07 none --why \"was the wrong host\"", "Takes that back"},
    {NULL, NULL},
};

const cor_command cor_cmd_override = {
    .name = "override",
    .summary = "put your verdict on a host in place of Cordon's",
    .synopsis = "CASE HOST VERDICT",
    .about =
        "Your verdict holds from now on, in counts, order and report, marked as yours with the reason; Cordon's own "
        "stays beside it and is judged on as before. VERDICT is infected, suspicious, exposed, attacked, unknown, "
        "clean, or none, which takes an override back. It does not change what is said of other hosts. The report "
        "and summary.json are written anew.",
    .opt = opts,
    .min_args = 3,
    .max_args = 3,
    .example = examples,
    .run = run,
};
