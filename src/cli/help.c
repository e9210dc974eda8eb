/* --help and the overview. */
#include "cli/help.h"

enum { WIDTH = 80, INDENT = 28 }; /* columns of a common terminal; where descriptions begin */

/* Words of `text` from column `col` on, lines broken before WIDTH and indented by `indent`; an empty line parts
 * paragraphs. */
static void wrap(cor_buf *b, const char *text, size_t col, size_t indent)
{
    size_t at = col;
    bool first = true;
    while (*text != 0) {
        if (text[0] == '\n' && text[1] == '\n') {
            cor_buf_z(b, "\n\n");
            cor_buf_fmt(b, "%*s", (int)indent, "");
            at = indent;
            first = true;
            text += 2;
            continue;
        }
        size_t n = strcspn(text, " \n");
        if (!first && at + 1 + n > WIDTH) {
            cor_buf_fmt(b, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first && n > 0) {
            cor_buf_c(b, ' ');
            at++;
        }
        cor_buf_put(b, text, n);
        at += n;
        first = first && n == 0;
        text += n;
        if (*text == ' ' || (*text == '\n' && text[1] != '\n'))
            text++;
    }
    cor_buf_c(b, '\n');
}

static void option(cor_buf *b, const cor_opt *o)
{
    size_t start = b->n;
    cor_buf_z(b, "  ");
    if (o->letter != 0)
        cor_buf_fmt(b, "-%c, ", o->letter);
    else
        cor_buf_z(b, "    ");
    cor_buf_fmt(b, "--%s", o->name);
    if (o->arg != NULL)
        cor_buf_fmt(b, " %s", o->arg);
    size_t col = b->n - start;
    if (col + 2 > INDENT) {
        cor_buf_c(b, '\n');
        col = 0;
    }
    cor_buf_fmt(b, "%*s", (int)(INDENT - col), "");
    if (o->choice == NULL) {
        wrap(b, o->help, INDENT, INDENT);
        return;
    }
    cor_buf t = {0};
    cor_buf_fmt(&t, "%s (", o->help);
    for (const char *p = o->choice; *p != 0; p++)
        cor_buf_z(&t, *p == '|' ? ", " : (char[]){*p, 0});
    cor_buf_z(&t, ")");
    cor_buf_c(&t, 0);
    wrap(b, cor_buf_ok(&t) ? (const char *)t.p : o->help, INDENT, INDENT);
    cor_buf_free(&t);
}

static void members(cor_buf *b, const cor_command *const *list)
{
    for (; *list != NULL; list++)
        if (!((*list)->flags & COR_CMD_HIDDEN)) {
            cor_buf_fmt(b, "  %-14s", (*list)->name);
            wrap(b, (*list)->summary, 16, 16);
        }
}

void cor_help_overview(cor_buf *b)
{
    cor_buf_z(b, "cordon " CORDON_VERSION " - reads Windows event logs, matches Sigma rules, ranks hosts\n\n"
                 "Usage: cordon COMMAND [OPTION]... [PATH]...\n\nCommands:\n");
    members(b, cor_commands);
    cor_buf_z(b, "\n`cordon help COMMAND` or `cordon COMMAND --help` tells about one;\n"
                 "`cordon --version` names the version.\n");
}

static void exits(cor_buf *b, const cor_command *cmd)
{
    cor_buf_z(b, "\nExit codes:\n");
    unsigned bits = cmd->exits | 1u << COR_EXIT_OK | 1u << COR_EXIT_USAGE;
    for (unsigned code = 0; code < 8; code++)
        if (bits & 1u << code) {
            cor_buf_fmt(b, "  %3u  ", code);
            wrap(b, cor_exit_text(code), 7, 7);
        }
    if (cmd->flags & COR_CMD_EVIDENCE) {
        cor_buf_fmt(b, "  %3u  ", COR_EXIT_INTERRUPTED);
        wrap(b, cor_exit_text(COR_EXIT_INTERRUPTED), 7, 7);
    }
}

void cor_help_command(cor_buf *b, const cor_command *group, const cor_command *cmd)
{
    const char *first = group == NULL ? "" : group->name, *gap = group == NULL ? "" : " ";
    cor_buf_fmt(b, "cordon %s%s%s - %s\n\n", first, gap, cmd->name, cmd->summary);
    if (cmd->sub != NULL) {
        cor_buf_fmt(b, "Usage: cordon %s COMMAND [OPTION]...\n\nCommands:\n", cmd->name);
        members(b, cmd->sub);
        cor_buf_fmt(b, "\n`cordon %s COMMAND --help` tells about one.\n", cmd->name);
        return;
    }
    cor_buf_fmt(b, "Usage: cordon %s%s%s [OPTION]...%s%s\n", first, gap, cmd->name, cmd->synopsis == NULL ? "" : " ",
                cmd->synopsis == NULL ? "" : cmd->synopsis);
    if (cmd->about != NULL) {
        cor_buf_c(b, '\n');
        wrap(b, cmd->about, 0, 0);
    }
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    for (size_t i = 0; i < COR_OPT_TABLES; i++) {
        if (t[i].opt == NULL)
            continue;
        cor_buf_fmt(b, "\n%s:\n", t[i].title);
        for (const cor_opt *o = t[i].opt; o->name != NULL; o++)
            option(b, o);
    }
    exits(b, cmd);
    if (cmd->example != NULL)
        cor_buf_z(b, "\nExamples:\n");
    for (const cor_example *x = cmd->example; x != NULL && x->line != NULL; x++) {
        cor_buf_fmt(b, "  %s\n      ", x->line);
        wrap(b, x->what, 6, 6);
    }
}
