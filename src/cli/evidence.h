/* CONTRACT. What all commands that read evidence share: options, progress, the list of damage at the end. */
#ifndef COR_CLI_EVIDENCE_H
#define COR_CLI_EVIDENCE_H

#include "cli/command.h"
#include "readers/run.h"

extern const cor_opt cor_evidence_opts[]; /* --threads --from --to --tmp --recover; ends with .name NULL */

/* Fills o from the command line; paths are a's words (borrowed) unless `path` is given. */
cor_code cor_evidence_options(const cor_args *a, cor_cli *cli, cor_run_options *o, cor_err *e);
/* Refuses an -o that names one of the given evidence files: -C is for old results. */
cor_code cor_evidence_not_overwritten(const cor_run_options *o, const char *output, cor_err *e);
/* Notes, files that could not be read, damage, and (totals) how much was read. True when all recognised evidence was
 * read to its end. */
bool cor_evidence_tell(cor_cli *cli, const cor_run_result *r, bool totals);

#endif
