#include "cli/rules.h"

#include "base/alloc.h"
#include "sigma/diag.h"

#define LEVELS "informational|low|medium|high|critical|info|med|crit"

const cor_opt cor_rule_opts[] = {
    {'r', "rules", "PATH", "Rules: a file, a folder or a pack; may be given several times", NULL,
     COR_OPT_MANY | COR_OPT_FILE},
    {'m', "min-level", "LEVEL", "Report only findings of this level or above", LEVELS, 0},
    {0, "mapping", "FILE", "A further mapping of log sources and fields; may be given several times", NULL,
     COR_OPT_MANY | COR_OPT_FILE},
    {0, "placeholders", "FILE", "Values of the placeholders that rules expand: YAML, name: [values]", NULL,
     COR_OPT_FILE},
    {0, "include-unsupported", NULL, "Try rules of status unsupported too", NULL, 0},
    {0, "engine", "ENGINE", "How rules are matched; plain is slow and simple, to compare with (default: fast)",
     "fast|plain", 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

enum { SHOWN = 5 }; /* refused rules shown before the hint at `rules check` */

bool cor_level_named(const char *name, cor_level *out)
{
    for (unsigned l = COR_LEVEL_INFO; l <= COR_LEVEL_CRITICAL; l++)
        if (strcmp(name, cor_level_name[l]) == 0 || strcmp(name, cor_level_short[l]) == 0) {
            *out = (cor_level)l;
            return true;
        }
    return false;
}

void cor_cli_diag(cor_cli *cli, const cor_ruleset *s, const cor_diag *d)
{
    cor_buf b = {0};
    cor_diag_print(&b, s, d);
    for (size_t from = 0, to; cor_buf_ok(&b) && from < b.n; from = to + 1) { /* the remark, and its hint below it */
        for (to = from; to < b.n && b.p[to] != '\n';)
            to++;
        cor_cli_tell(cli, "%.*s", (int)(to - from), (const char *)b.p + from);
    }
    cor_buf_free(&b);
}

/* Of the remarks that tell what a rule cannot do here, the first ones: its errors, or values without their list. */
static void tell_lacking(cor_cli *cli, const cor_ruleset *s, bool refused, const char *path)
{
    size_t told = 0, met = 0;
    for (uint32_t i = 0; i < s->n_diag; i++) {
        const cor_diag *d = &s->diag[i];
        if (refused ? d->sev != COR_DIAG_ERROR : !cor_str_is(d->code, "no-placeholders"))
            continue;
        met++;
        if (cli->verbose || told < SHOWN) {
            cor_cli_diag(cli, s, d);
            told++;
        }
    }
    if (told < met)
        cor_cli_tell(cli, "and %zu more; `cordon rules check %s` lists them", met - told, path);
}

static uint32_t count_partial(const cor_ruleset *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_rule; i++)
        n += s->rule[i]->partial;
    return n;
}

/* The files of --mapping and -r, alive while the rules are loaded. */
typedef struct lists {
    const char **rules, **mapping;
    size_t n_rules, n_mapping;
} lists;

static cor_code load(const cor_args *a, bool add, const lists *l, cor_detect_options *d, cor_ruleset **out, cor_err *e)
{
    const char *level = cor_args_value(a, "min-level"), *engine = cor_args_value(a, "engine");
    if (level != NULL)
        cor_level_named(level, &d->min_level);
    d->engine = engine != NULL && strcmp(engine, "plain") == 0 ? COR_ENGINE_PLAIN : COR_ENGINE_FAST;
    const cor_load_options o = {
        .path = l->rules,
        .n_path = l->n_rules,
        .builtin = add || l->n_rules == 0,
        .extra_mapping = l->mapping,
        .n_extra_mapping = l->n_mapping,
        .placeholders = cor_args_value(a, "placeholders"),
        .include_unsupported = cor_args_has(a, "include-unsupported"),
        .min_level = d->min_level,
        .threads = d->run.threads,
    };
    return cor_rules_load(&o, out, e);
}

/* Why there is none: all are refused, all are below the level, or the path holds none. */
static void tell_no_rules(cor_cli *cli, const lists *l, const cor_detect_options *d, const cor_ruleset *set)
{
    const char *where = l->n_rules == 0 ? "the built-in ones" : cor_shown_z(cli, l->rules[0]);
    const char *more = l->n_rules > 1 ? " and the others named" : "";
    if (set->n_refused > 0)
        cor_cli_say(cli, "no usable rules (%u refused)", set->n_refused);
    else if (d->min_level > COR_LEVEL_INFO)
        cor_cli_say(cli, "no rule of level %s or above in %s%s", cor_level_name[d->min_level], where, more);
    else
        cor_cli_say(cli, "no rule in %s%s: wanted are *.yml and *.yaml files, or a pack of `cordon rules pack`", where,
                    more);
}

int cor_cli_rules(cor_cli *cli, const cor_args *a, bool add, cor_detect_options *d)
{
    lists l = {0};
    cor_err e = {0};
    cor_ruleset *set = NULL;
    cor_code rc = cor_args_values(a, "rules", &l.rules, &l.n_rules, &e);
    if (rc == COR_OK)
        rc = cor_args_values(a, "mapping", &l.mapping, &l.n_mapping, &e);
    if (rc == COR_OK)
        rc = load(a, add, &l, d, &set, &e);
    int code = COR_EXIT_OK;
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        code = cor_exit_of(&e);
    } else {
        d->rules = set;
        tell_lacking(cli, set, true, l.n_rules > 0 ? l.rules[0] : "");
        tell_lacking(cli, set, false, l.n_rules > 0 ? l.rules[0] : "");
        if (set->n_rule == 0) {
            tell_no_rules(cli, &l, d, set);
            code = COR_EXIT_RULES;
        }
    }
    cor_free(l.rules);
    cor_free(l.mapping);
    return code;
}

static void tell_nothing_found(cor_cli *cli, const cor_detect_options *d, const cor_detect_result *r)
{
    cor_cli_tell(cli,
                 "Nothing found. Looked at: %llu file%s, %llu of them event logs, with %llu record%s, %llu of those in "
                 "channels and of event ids that the %u rule%s ask%s for.",
                 (unsigned long long)r->n_inputs, cor_plural(r->n_inputs), (unsigned long long)r->n_evidence,
                 (unsigned long long)r->n_records, cor_plural(r->n_records), (unsigned long long)r->n_looked_at,
                 d->rules->n_rule, cor_plural(d->rules->n_rule), d->rules->n_rule == 1 ? "s" : "");
    if (d->run.read.from != COR_NOTIME || d->run.read.to != COR_NOTIME)
        cor_cli_tell(cli, "Events outside --from and --to are read, but not looked at.");
    if (d->min_level > COR_LEVEL_INFO)
        cor_cli_tell(cli, "Findings below %s are not reported.", cor_level_name[d->min_level]);
}

void cor_cli_detect_summary(cor_cli *cli, const cor_detect_options *d, const cor_detect_result *r)
{
    if (r->n_corr_notime > 0)
        cor_cli_tell(cli, "%llu hits without a time took part in no correlation", (unsigned long long)r->n_corr_notime);
    if (r->n_corr_nogroup > 0)
        cor_cli_tell(cli, "%llu hits had none of the fields that their correlation groups by",
                     (unsigned long long)r->n_corr_nogroup);
    if (r->n_corr_novalue > 0)
        cor_cli_tell(cli, "%llu hits had no value, or no number, in the field that their correlation counts",
                     (unsigned long long)r->n_corr_novalue);
    if (r->n_corr_limited > 0)
        cor_cli_tell(cli, "%llu correlation groups reached a limit (docs/correlations.md)",
                     (unsigned long long)r->n_corr_limited);
    if (r->n_regex_limited > 0)
        cor_cli_tell(cli,
                     "%llu regular expressions were given up at their limit and count as not matching (docs/limits.md)",
                     (unsigned long long)r->n_regex_limited);
    if (r->hosts_by_name)
        cor_cli_tell(cli, "There are more logs than can be kept apart: renamed computers count as several (docs/limits.md)");
    if (r->unsettled)
        cor_cli_tell(cli, "Stopped: not everything was read and put in order, so this is not all that there is.");
    else if (r->n_findings == 0)
        tell_nothing_found(cli, d, r);
    uint32_t partial = count_partial(d->rules);
    if (partial > 0)
        cor_cli_tell(cli, "%u rule%s expand%s placeholders that no list was given for (--placeholders): what needs them never holds",
                     partial, cor_plural(partial), partial == 1 ? "s" : "");
    cor_cli_tell(cli, "%u rules loaded (%u refused)", d->rules->n_rule, d->rules->n_refused);
    cor_cli_tell(cli, "%llu finding%s in %llu record%s of %llu host%s", (unsigned long long)r->n_findings,
                 cor_plural(r->n_findings), (unsigned long long)r->n_records, cor_plural(r->n_records),
                 (unsigned long long)r->n_hosts, cor_plural(r->n_hosts));
    if (cli->log != NULL) {
        const cor_log_field f[] = {
            {"rules", {NULL, 0}, d->rules->n_rule},   {"refused", {NULL, 0}, d->rules->n_refused},
            {"findings", {NULL, 0}, r->n_findings},   {"records", {NULL, 0}, r->n_records},
            {"looked_at", {NULL, 0}, r->n_looked_at}, {"hosts", {NULL, 0}, r->n_hosts},
            {"without_placeholders", {NULL, 0}, partial},
        };
        cor_log_line(cli, "summary", f, COR_LEN(f));
    }
}
