/* Texts made from the command tables: overview, --help, man pages (mdoc), completion for bash and zsh. */
#ifndef COR_CLI_HELP_H
#define COR_CLI_HELP_H

#include "cli/command.h"

void cor_help_overview(cor_buf *b);
/* group may be NULL; cmd may be a group itself. */
void cor_help_command(cor_buf *b, const cor_command *group, const cor_command *cmd);
/* cmd NULL: the page cordon(1). A group's page describes its members. */
void cor_man_page(cor_buf *b, const cor_command *cmd);
void cor_complete_bash(cor_buf *b);
void cor_complete_zsh(cor_buf *b);
/* Commands that other versions have: what `cordon NAME` answers here, or NULL. */
const char *cor_planned(const char *name);

#endif
