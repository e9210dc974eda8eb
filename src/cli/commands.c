/* The list of what Cordon can do. A new command is its name here, twice. */
#include "cli/help.h"

extern const cor_command cor_cmd_decode, cor_cmd_detect, cor_cmd_help, cor_cmd_investigate, cor_cmd_note,
    cor_cmd_override, cor_cmd_range, cor_cmd_rules, cor_cmd_show;

const cor_command *const cor_commands[] = {
    &cor_cmd_investigate,
    &cor_cmd_show,
    &cor_cmd_note,
    &cor_cmd_override,
    &cor_cmd_detect,
    &cor_cmd_decode,
    &cor_cmd_rules,
    &cor_cmd_range,
    &cor_cmd_help,
    NULL,
};

/* Commands of the whole design that this version does not have: named, so that nobody takes them for typing errors. */
static const char *const planned[] = {
    "plan", "apply", "verify", "undo", "watch", "merge", "hunt", "autostarts", "report",
};

const char *cor_planned(const char *name)
{
    for (size_t i = 0; i < COR_LEN(planned); i++)
        if (strcmp(planned[i], name) == 0 && cor_command_find(cor_commands, name) == NULL)
            return planned[i];
    return NULL;
}

const cor_command *cor_command_find(const cor_command *const *list, const char *name)
{
    for (; list != NULL && *list != NULL; list++)
        if (strcmp((*list)->name, name) == 0)
            return *list;
    return NULL;
}

const char *cor_exit_text(unsigned code)
{
    switch (code) {
    case COR_EXIT_OK: return "Done";
    case COR_EXIT_FAIL_ON: return "What was found reached --fail-on";
    case COR_EXIT_USAGE:
        return "The command line asks for something impossible, or the system refused (disk full, no memory)";
    case COR_EXIT_RULES: return "No usable rules; of `rules check` and `rules test`: a rule was refused or failed";
    case COR_EXIT_EVIDENCE: return "Some recognised evidence was not read to its end: a file or archive is cut, or bytes of it could not be read as records; the rest was";
    case COR_EXIT_UNAVAILABLE: return "Not available in this build or version";
    case COR_EXIT_ACT: return "An act failed or is partial";
    case COR_EXIT_INTERRUPTED: return "Interrupted; what was written until then is kept";
    default: return NULL;
    }
}
