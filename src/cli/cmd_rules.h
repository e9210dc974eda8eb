/* What the `rules` commands share. */
#ifndef COR_CLI_CMD_RULES_H
#define COR_CLI_CMD_RULES_H

#include "cli/command.h"
#include "sigma/sigma.h"

/* Loads what the words (from `first` on) and the options name. The arrays of *o are freed before it returns. `builtin`:
 * the rules that the program carries, when no word names others. */
cor_code cor_cli_load_rules(const cor_args *a, size_t first, const char *extra_option, bool builtin, bool lint, cor_ruleset **out, cor_err *e);
/* The last lines of every such command: how many rules, how many refused. */
void cor_cli_rule_count(cor_cli *cli, const cor_ruleset *s);
/* Prints errors only, or all there is to say, to standard error. */
void cor_cli_diags(cor_cli *cli, const cor_ruleset *s, cor_severity least);

#endif
