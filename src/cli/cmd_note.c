/* cordon note: what an analyst has to say about a host. */
#include "cli/casework.h"

static int run(cor_cli *cli, const cor_args *a)
{
    if (a->word[2][0] == 0) {
        cor_cli_say(cli, "the note is empty");
        return COR_EXIT_USAGE;
    }
    return cor_casework_say(cli, a->word[0], a->word[1], "", a->word[2]);
}

static const cor_example examples[] = {
    {"cordon note case WS03 \"user opened an invoice at ten past nine\"", "Keeps what the user told"},
    {NULL, NULL},
};

const cor_command cor_cmd_note = {
    .name = "note",
    .summary = "keep a remark on a host in the case",
    .synopsis = "CASE HOST TEXT",
    .about = "The note is kept with your user name and the time, shown as yours wherever the host is, and stays when "
             "the case is judged again. HOST is any of its names. The report and summary.json are written anew.",
    .min_args = 3,
    .max_args = 3,
    .example = examples,
    .run = run,
};
