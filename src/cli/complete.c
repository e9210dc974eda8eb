/* Completion for bash and zsh, from the tables. */
#include "cli/help.h"

static void words(cor_buf *b, const cor_command *const *list)
{
    for (const char *gap = ""; *list != NULL; list++)
        if (!((*list)->flags & COR_CMD_HIDDEN)) {
            cor_buf_fmt(b, "%s%s", gap, (*list)->name);
            gap = " ";
        }
}

/* The case branch of one command: its options, and what may follow an option with a value. */
static void bash_command(cor_buf *b, const cor_command *group, const cor_command *cmd)
{
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    cor_buf_fmt(b, "    '%s%s%s')\n        case $prev in\n", group == NULL ? "" : group->name,
                group == NULL ? "" : " ", cmd->name);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++) {
            if (o->arg == NULL)
                continue;
            cor_buf_fmt(b, "        --%s", o->name);
            if (o->letter != 0)
                cor_buf_fmt(b, "|-%c", o->letter);
            cor_buf_z(b, ") ");
            if (o->choice != NULL) {
                cor_buf_z(b, "COMPREPLY=($(compgen -W '");
                for (const char *p = o->choice; *p != 0; p++)
                    cor_buf_c(b, *p == '|' ? ' ' : *p);
                cor_buf_z(b, "' -- \"$cur\")); return ;;\n");
            } else {
                cor_buf_z(b, o->flags & COR_OPT_FILE ? "COMPREPLY=($(compgen -f -- \"$cur\")); " : "");
                cor_buf_z(b, "return ;;\n");
            }
        }
    cor_buf_z(b, "        esac\n        opts='");
    const char *gap = "";
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++) {
            cor_buf_fmt(b, "%s--%s", gap, o->name);
            gap = " ";
        }
    cor_buf_z(b, "' ;;\n");
}

void cor_complete_bash(cor_buf *b)
{
    cor_buf_z(b, "# bash completion for cordon; made from its command tables\n"
                 "_cordon() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
                 "cmd=${COMP_WORDS[1]} opts=\n"
                 "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W '");
    words(b, cor_commands);
    cor_buf_z(b, " --help --version' -- \"$cur\"))\n        return\n    fi\n    case $cmd in\n    help)\n        "
                 "if [[ $COMP_CWORD -eq 2 && $cur != -* ]]; then\n            COMPREPLY=($(compgen -W '");
    words(b, cor_commands);
    cor_buf_z(b, "' -- \"$cur\"))\n            return\n        fi ;;\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++)
        if ((*c)->sub != NULL) {
            cor_buf_fmt(b, "    %s)\n        if [ \"$COMP_CWORD\" -eq 2 ]; then\n            "
                           "COMPREPLY=($(compgen -W '", (*c)->name);
            words(b, (*c)->sub);
            cor_buf_z(b, "' -- \"$cur\"))\n            return\n        fi\n        cmd=\"$cmd ${COMP_WORDS[2]}\" ;;\n");
        }
    cor_buf_z(b, "    esac\n    case $cmd in\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++) {
        if ((*c)->flags & COR_CMD_HIDDEN)
            continue;
        if ((*c)->sub == NULL)
            bash_command(b, NULL, *c);
        for (const cor_command *const *s = (*c)->sub; s != NULL && *s != NULL; s++)
            bash_command(b, *c, *s);
    }
    cor_buf_z(b, "    esac\n    case $cur in\n    -*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\")) ;;\n"
                 "    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n    esac\n}\ncomplete -o filenames -F _cordon "
                 "cordon\n");
}

/* Inside single quotes of an _arguments specification. */
static void zsh_text(cor_buf *b, const char *s)
{
    for (; *s != 0; s++) {
        if (*s == '\'')
            cor_buf_z(b, "'\\''");
        else if (*s == '[' || *s == ']' || *s == ':' || *s == '\\')
            cor_buf_fmt(b, "\\%c", *s);
        else
            cor_buf_c(b, *s);
    }
}

static void zsh_option(cor_buf *b, const cor_opt *o)
{
    for (int which = 0; which < 2; which++) {
        if (which == 0 && o->letter == 0)
            continue;
        cor_buf_z(b, " \\\n        '*");
        if (which == 0)
            cor_buf_fmt(b, "-%c", o->letter);
        else
            cor_buf_fmt(b, "--%s%s", o->name, o->arg == NULL ? "" : "=");
        cor_buf_c(b, '[');
        zsh_text(b, o->help);
        cor_buf_c(b, ']');
        if (o->arg != NULL) {
            cor_buf_fmt(b, ":%s:", o->arg);
            if (o->choice != NULL) {
                cor_buf_c(b, '(');
                for (const char *p = o->choice; *p != 0; p++)
                    cor_buf_c(b, *p == '|' ? ' ' : *p);
                cor_buf_c(b, ')');
            } else if (o->flags & COR_OPT_FILE) {
                cor_buf_z(b, "_files");
            }
        }
        cor_buf_c(b, '\'');
    }
}

static void zsh_list(cor_buf *b, const cor_command *const *list)
{
    cor_buf_z(b, "_values command");
    for (; *list != NULL; list++)
        if (!((*list)->flags & COR_CMD_HIDDEN)) {
            cor_buf_fmt(b, " '%s[", (*list)->name);
            zsh_text(b, (*list)->summary);
            cor_buf_z(b, "]'");
        }
}

static void zsh_command(cor_buf *b, const cor_command *cmd)
{
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    cor_buf_fmt(b, "    %s) _arguments -s -S", cmd->name);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++)
            zsh_option(b, o);
    cor_buf_z(b, " \\\n        '*:path:_files' ;;\n");
}

void cor_complete_zsh(cor_buf *b)
{
    cor_buf_z(b, "#compdef cordon\n# zsh completion for cordon; made from its command tables\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++)
        if ((*c)->sub != NULL) {
            cor_buf_fmt(b, "_cordon_%s() {\n    if (( CURRENT == 2 )); then ", (*c)->name);
            zsh_list(b, (*c)->sub);
            cor_buf_z(b, "; return; fi\n    local cmd=$words[2]\n    shift words; (( CURRENT-- ))\n    case $cmd in\n");
            for (const cor_command *const *s = (*c)->sub; *s != NULL; s++)
                zsh_command(b, *s);
            cor_buf_z(b, "    esac\n}\n");
        }
    cor_buf_z(b, "_cordon() {\n    if (( CURRENT == 2 )); then ");
    zsh_list(b, cor_commands);
    cor_buf_z(b,
              "; return; fi\n    local cmd=$words[2]\n    shift words; (( CURRENT-- ))\n    case $cmd in\n    help) ");
    zsh_list(b, cor_commands);
    cor_buf_z(b, " ;;\n");
    for (const cor_command *const *c = cor_commands; *c != NULL; c++) {
        if (((*c)->flags & COR_CMD_HIDDEN) || strcmp((*c)->name, "help") == 0)
            continue;
        if ((*c)->sub != NULL)
            cor_buf_fmt(b, "    %s) _cordon_%s ;;\n", (*c)->name, (*c)->name);
        else
            zsh_command(b, *c);
    }
    cor_buf_z(b, "    esac\n}\n_cordon \"$@\"\n");
}
