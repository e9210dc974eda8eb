/* What all commands that match rules share: options, loading, what to say of refused rules. */
#ifndef COR_CLI_RULES_H
#define COR_CLI_RULES_H

#include "case/detect.h"
#include "cli/command.h"

/* --rules --min-level --mapping --placeholders --include-unsupported --engine; ends with .name NULL */
extern const cor_opt cor_rule_opts[];

/* Loads the rules that -r names; the built-in ones when there is no -r, or besides (`add`). Fills d->rules, engine,
 * min_level. Refused rules are told. COR_ENOTSUP never; an exit code other than 0 is what the command should end
 * with. */
int cor_cli_rules(cor_cli *cli, const cor_args *a, bool add, cor_detect_options *d);
/* "path:line:col: error: what [code]", and the hint in a line of its own. */
void cor_cli_diag(cor_cli *cli, const cor_ruleset *s, const cor_diag *d);
/* Level by name or Hayabusa's short name; false when there is none such. */
bool cor_level_named(const char *name, cor_level *out);

/* What detect and investigate say at the end: rules, findings, records, hosts; why nothing was found. */
void cor_cli_detect_summary(cor_cli *cli, const cor_detect_options *d, const cor_detect_result *r);

#endif
