/* Man pages in mdoc(7), from the same tables as --help. */
#include "cli/help.h"

#include <stdio.h>

/* Text for a macro line's argument or a text line: backslashes, a leading control character and quotes lose their
 * meaning. */
static void quiet(cor_buf *b, const char *s, bool line_start)
{
    if (line_start && (*s == '.' || *s == '\''))
        cor_buf_z(b, "\\&");
    for (; *s != 0; s++) {
        switch (*s) {
        case '\\': cor_buf_z(b, "\\e"); break;
        case '-': cor_buf_z(b, "\\-"); break;
        case '"': cor_buf_z(b, "\\(dq"); break;
        default: cor_buf_c(b, *s);
        }
    }
}

static void paragraphs(cor_buf *b, const char *s)
{
    while (*s != 0) {
        const char *end = strstr(s, "\n\n");
        size_t n = end == NULL ? strlen(s) : (size_t)(end - s);
        cor_buf t = {0};
        for (size_t i = 0; i < n; i++)
            cor_buf_c(&t, s[i] == '\n' ? ' ' : s[i]);
        cor_buf_c(&t, 0);
        if (cor_buf_ok(&t))
            quiet(b, (const char *)t.p, true);
        cor_buf_free(&t);
        cor_buf_z(b, end == NULL ? "\n" : "\n.Pp\n");
        s += end == NULL ? n : n + 2;
    }
}

static void head(cor_buf *b, const char *title, const char *name, const char *summary)
{
    /* No date: the page must be the same bytes whenever it is built. */
    cor_buf_fmt(b, ".Dd $Mdocdate$\n.Dt %s 1\n.Os cordon %s\n.Sh NAME\n.Nm %s\n.Nd ", title, CORDON_VERSION, name);
    quiet(b, summary, false);
    cor_buf_c(b, '\n');
}

static void upper(const char *s, char *out, size_t cap)
{
    size_t i = 0;
    for (; s[i] != 0 && i + 1 < cap; i++)
        out[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
    out[i] = 0;
}

static void synopsis(cor_buf *b, const cor_command *group, const cor_command *cmd)
{
    cor_buf_fmt(b, ".Nm cordon\n.Cm %s%s%s\n.Op Ar option ...\n", group == NULL ? "" : group->name,
                group == NULL ? "" : " ", cmd->name);
    if (cmd->synopsis != NULL) {
        cor_buf_z(b, ".Ar ");
        quiet(b, cmd->synopsis, false);
        cor_buf_c(b, '\n');
    }
}

static void options(cor_buf *b, const cor_opt *o)
{
    cor_buf_z(b, ".Bl -tag -width Ds\n");
    for (; o->name != NULL; o++) {
        cor_buf_z(b, ".It ");
        if (o->letter != 0)
            cor_buf_fmt(b, "Fl %c , ", o->letter);
        cor_buf_z(b, "Fl \\-");
        quiet(b, o->name, false);
        if (o->arg != NULL)
            cor_buf_fmt(b, " Ar %s", o->arg);
        cor_buf_c(b, '\n');
        quiet(b, o->help, true);
        if (o->choice != NULL) {
            cor_buf_z(b, " (");
            for (const char *p = o->choice; *p != 0; p++)
                cor_buf_z(b, *p == '|' ? ", " : (char[]){*p, 0});
            cor_buf_z(b, ")");
        }
        cor_buf_z(b, ".\n");
    }
    cor_buf_z(b, ".El\n");
}

static void describe(cor_buf *b, const cor_command *cmd)
{
    if (cmd->about != NULL)
        paragraphs(b, cmd->about);
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        if (t[i].opt != NULL) {
            cor_buf_fmt(b, ".Pp\n%s:\n", t[i].title);
            options(b, t[i].opt);
        }
}

static void exits(cor_buf *b, unsigned bits, bool evidence)
{
    cor_buf_z(b, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (unsigned code = 0; code < 8; code++)
        if (bits & 1u << code) {
            cor_buf_fmt(b, ".It %u\n", code);
            quiet(b, cor_exit_text(code), true);
            cor_buf_z(b, ".\n");
        }
    if (evidence) {
        cor_buf_fmt(b, ".It %u\n", COR_EXIT_INTERRUPTED);
        quiet(b, cor_exit_text(COR_EXIT_INTERRUPTED), true);
        cor_buf_z(b, ".\n");
    }
    cor_buf_z(b, ".El\n");
}

static void examples(cor_buf *b, const cor_example *x)
{
    for (; x != NULL && x->line != NULL; x++) {
        quiet(b, x->what, true);
        cor_buf_z(b, ":\n.Pp\n.Dl ");
        quiet(b, x->line, false);
        cor_buf_z(b, "\n.Pp\n");
    }
}

static void main_page(cor_buf *b)
{
    head(b, "CORDON", "cordon", "reads Windows event logs, matches Sigma rules, ranks hosts");
    cor_buf_z(b, ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar path ...\n.Sh DESCRIPTION\n"
                 "Evidence is only read, never changed and never executed.\n"
                 "The same evidence, rules and options give the same output bytes, whatever the order of files or the "
                 "number of threads.\n"
                 "Results go to standard output or to the file of\n.Fl o ;\neverything else is said on standard "
                 "error.\n"
                 ".Pp\nCommands:\n.Bl -tag -width Ds\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++)
        if (!((*c)->flags & COR_CMD_HIDDEN)) {
            cor_buf_fmt(b, ".It Cm %s\n", (*c)->name);
            quiet(b, (*c)->summary, true);
            cor_buf_z(b, ".\n");
        }
    cor_buf_z(b, ".El\n");
    exits(b, 0x7f, true);
    cor_buf_z(b, ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev NO_COLOR\nWhen set and not empty: no colours.\n"
                 ".It Ev TMPDIR\nWhere sorting spills and archives are unpacked, unless\n.Fl \\-tmp\nsays "
                 "otherwise.\n.El\n.Sh SEE ALSO\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++)
        if (!((*c)->flags & COR_CMD_HIDDEN))
            cor_buf_fmt(b, ".Xr cordon-%s 1%s\n", (*c)->name,
                        c[1] == NULL || (c[1]->flags & COR_CMD_HIDDEN) ? "" : " ,");
}

void cor_man_page(cor_buf *b, const cor_command *cmd)
{
    if (cmd == NULL) {
        main_page(b);
        return;
    }
    char title[40], name[40];
    upper(cmd->name, title, sizeof(title));
    cor_buf t = {0};
    cor_buf_fmt(&t, "CORDON-%s", title);
    cor_buf_c(&t, 0);
    snprintf(name, sizeof(name), "cordon-%s", cmd->name);
    head(b, cor_buf_ok(&t) ? (const char *)t.p : "CORDON", name, cmd->summary);
    cor_buf_free(&t);
    cor_buf_z(b, ".Sh SYNOPSIS\n");
    unsigned bits = cmd->exits;
    bool evidence = cmd->flags & COR_CMD_EVIDENCE;
    if (cmd->sub == NULL)
        synopsis(b, NULL, cmd);
    for (const cor_command *const *s = cmd->sub; s != NULL && *s != NULL; s++) {
        synopsis(b, cmd, *s);
        bits |= (*s)->exits;
        evidence = evidence || ((*s)->flags & COR_CMD_EVIDENCE);
    }
    cor_buf_z(b, ".Sh DESCRIPTION\n");
    if (cmd->sub == NULL)
        describe(b, cmd);
    else if (cmd->about != NULL)
        paragraphs(b, cmd->about);
    for (const cor_command *const *s = cmd->sub; s != NULL && *s != NULL; s++) {
        cor_buf_fmt(b, ".Ss %s %s\n", cmd->name, (*s)->name);
        quiet(b, (*s)->summary, true);
        cor_buf_z(b, ".\n.Pp\n");
        describe(b, *s);
    }
    exits(b, bits | 1u << COR_EXIT_OK | 1u << COR_EXIT_USAGE, evidence);
    cor_buf_z(b, ".Sh EXAMPLES\n");
    examples(b, cmd->example);
    for (const cor_command *const *s = cmd->sub; s != NULL && *s != NULL; s++)
        examples(b, (*s)->example);
    cor_buf_z(b, ".Sh SEE ALSO\n.Xr cordon 1\n");
}
