/* cordon rules: check, list, test, pack, explain. */
#include "cli/cmd_rules.h"

#include "base/alloc.h"
#include "base/utf.h"
#include "case/ruletest.h"
#include "cli/rules.h"
#include "sigma/diag.h"
#include "sigma/pack.h"

cor_code cor_cli_load_rules(const cor_args *a, size_t first, const char *extra_option, bool builtin, bool lint, cor_ruleset **out, cor_err *e)
{
    const char **extra = NULL, **mapping = NULL, **path = NULL;
    size_t n_extra = 0, n_mapping = 0, n = a->n_word > first ? a->n_word - first : 0;
    cor_code c = extra_option == NULL ? COR_OK : cor_args_values(a, extra_option, &extra, &n_extra, e);
    if (c == COR_OK)
        c = cor_args_values(a, "mapping", &mapping, &n_mapping, e);
    if (c == COR_OK && (path = cor_alloc((n + n_extra) * sizeof(char *))) == NULL)
        c = cor_nomem(e, "rules");
    if (c == COR_OK) {
        for (size_t i = 0; i < n; i++)
            path[i] = a->word[first + i];
        for (size_t i = 0; i < n_extra; i++)
            path[n + i] = extra[i];
        const cor_load_options o = {
            .path = path, .n_path = n + n_extra, .builtin = builtin && n + n_extra == 0, .extra_mapping = mapping, .n_extra_mapping = n_mapping,
            .placeholders = cor_args_value(a, "placeholders"), .include_unsupported = cor_args_has(a, "include-unsupported"), .lint = lint,
        };
        c = cor_rules_load(&o, out, e);
    }
    cor_free(extra);
    cor_free(mapping);
    cor_free(path);
    return c;
}

void cor_cli_rule_count(cor_cli *cli, const cor_ruleset *s)
{
    cor_cli_tell(cli, "%u rules loaded (%u refused)", s->n_rule, s->n_refused);
}

void cor_cli_diags(cor_cli *cli, const cor_ruleset *s, cor_severity least)
{
    for (uint32_t i = 0; i < s->n_diag; i++)
        if (s->diag[i].sev >= least)
            cor_cli_diag(cli, s, &s->diag[i]);
}

static int failed(cor_cli *cli, const cor_err *e)
{
    cor_cli_err(cli, NULL, e);
    return cor_exit_of(e);
}

/* ---- check ---- */

static void json_text(cor_buf *b, const char *key, cor_str s)
{
    cor_buf_fmt(b, ",\"%s\":", key);
    cor_json_quote(b, s);
}

static void diag_json(cor_buf *b, const cor_ruleset *s, const cor_diag *d)
{
    cor_buf_fmt(b, "{\"severity\":\"%s\"", cor_severity_name[d->sev]);
    json_text(b, "path", d->pos.file < s->n_file ? s->file[d->pos.file] : COR_S(""));
    cor_buf_fmt(b, ",\"line\":%u,\"column\":%u", d->pos.line, d->pos.col);
    json_text(b, "code", d->code);
    json_text(b, "what", d->what);
    json_text(b, "hint", d->hint);
    json_text(b, "rule_id", d->rule_id);
    json_text(b, "rule_title", d->rule_title);
    cor_buf_z(b, "}\n");
}

static cor_code print_diags(const cor_ruleset *s, bool json, cor_out *out, uint64_t count[3], cor_err *e)
{
    cor_code c = COR_OK;
    for (uint32_t i = 0; c == COR_OK && i < s->n_diag; i++) {
        cor_buf b = {0};
        count[s->diag[i].sev]++;
        if (json)
            diag_json(&b, s, &s->diag[i]);
        else
            cor_diag_print(&b, s, &s->diag[i]);
        c = cor_buf_ok(&b) ? cor_out_put(out, cor_buf_view(&b), e) : cor_nomem(e, "rules");
        cor_buf_free(&b);
    }
    return c;
}

static int check(cor_cli *cli, const cor_args *a)
{
    cor_ruleset *s;
    cor_err e = {0};
    const char *format = cor_args_value(a, "format");
    if (cor_cli_load_rules(a, 0, NULL, true, true, &s, &e) != COR_OK)
        return failed(cli, &e);
    cor_out out;
    uint64_t count[3] = {0};
    cor_code c = cor_out_open(&out, NULL, false, &e);
    if (c == COR_OK) {
        cor_err last = {0};
        c = print_diags(s, format != NULL && strcmp(format, "jsonl") == 0, &out, count, &e);
        cor_code closed = cor_out_close(&out, &last);
        if (c == COR_OK && closed != COR_OK) {
            e = last;
            c = closed;
        }
    }
    int code = s->n_refused != 0 || count[COR_DIAG_ERROR] != 0 ? COR_EXIT_RULES : COR_EXIT_OK;
    if (c != COR_OK && !out.closed_pipe)
        code = failed(cli, &e);
    cor_cli_rule_count(cli, s);
    cor_cli_tell(cli, "%llu error%s, %llu warning%s, %llu note%s", (unsigned long long)count[COR_DIAG_ERROR],
                 cor_plural(count[COR_DIAG_ERROR]), (unsigned long long)count[COR_DIAG_WARNING],
                 cor_plural(count[COR_DIAG_WARNING]), (unsigned long long)count[COR_DIAG_NOTE],
                 cor_plural(count[COR_DIAG_NOTE]));
    cor_rules_free(s);
    return code;
}

/* ---- list ---- */

static void list_json(cor_buf *b, const cor_ruleset *s, const cor_rule *r)
{
    cor_buf_fmt(b, "{\"kind\":\"%s\"", r->kind == COR_RULE_CORRELATION ? "correlation" : "detection");
    json_text(b, "id", r->id);
    json_text(b, "name", r->name);
    json_text(b, "title", r->title);
    cor_buf_fmt(b, ",\"level\":\"%s\"", cor_level_name[r->level]);
    json_text(b, "status", r->status);
    json_text(b, "author", r->author);
    json_text(b, "category", r->category);
    json_text(b, "product", r->product);
    json_text(b, "service", r->service);
    cor_buf_z(b, ",\"tags\":[");
    for (uint32_t i = 0; i < r->n_tag; i++) {
        cor_buf_z(b, i == 0 ? "" : ",");
        cor_json_quote(b, r->tag[i]);
    }
    cor_buf_fmt(b, "],\"looks\":%s,\"silent\":%s", r->kind == COR_RULE_CORRELATION || r->n_source != 0 ? "true" : "false", r->silent ? "true" : "false");
    json_text(b, "path", s->file[r->pos.file]);
    cor_buf_fmt(b, ",\"line\":%u}\n", r->pos.line);
}

static void list_text(cor_buf *b, const cor_ruleset *s, const cor_rule *r)
{
    cor_buf_fmt(b, "%-4s  %-36.*s  ", cor_level_short[r->level], COR_STR_FMT(r->id.p == NULL ? COR_S("-") : r->id));
    cor_term_escape(b, r->title);
    cor_buf_z(b, "  (");
    cor_term_escape(b, s->file[r->pos.file]);
    cor_buf_z(b, ")\n");
}

static int list(cor_cli *cli, const cor_args *a)
{
    cor_ruleset *s;
    cor_err e = {0};
    const char *format = cor_args_value(a, "format");
    bool json = format != NULL && strcmp(format, "jsonl") == 0;
    if (cor_cli_load_rules(a, 0, NULL, true, false, &s, &e) != COR_OK)
        return failed(cli, &e);
    cor_cli_diags(cli, s, COR_DIAG_ERROR);
    cor_out out;
    cor_code c = cor_out_open(&out, NULL, false, &e);
    if (c == COR_OK) {
        for (uint32_t i = 0; c == COR_OK && i < s->n_rule; i++) {
            cor_buf b = {0};
            (json ? list_json : list_text)(&b, s, s->rule[i]);
            c = cor_buf_ok(&b) ? cor_out_put(&out, cor_buf_view(&b), &e) : cor_nomem(&e, "rules");
            cor_buf_free(&b);
        }
        cor_err last = {0};
        cor_code closed = cor_out_close(&out, &last);
        if (c == COR_OK && closed != COR_OK) {
            e = last;
            c = closed;
        }
    }
    int code = s->n_rule == 0 ? COR_EXIT_RULES : COR_EXIT_OK;
    if (c != COR_OK && !out.closed_pipe)
        code = failed(cli, &e);
    cor_cli_rule_count(cli, s);
    cor_rules_free(s);
    return code;
}

/* ---- test ---- */

static void test_failed(void *ctx, const cor_ruletest_failure *f)
{
    cor_cli *cli = ctx;
    if (f->line != 0)
        cor_cli_say(cli, "%s:%llu: %s", cor_shown_z(cli, f->events), (unsigned long long)f->line, f->what);
    else
        cor_cli_say(cli, "%s: %s", cor_shown_z(cli, f->events), f->what);
}

static void test_passed(void *ctx, cor_str file, uint64_t events)
{
    cor_cli *cli = ctx;
    if (cli->verbose)
        cor_cli_tell(cli, "%s: good over %llu events", cor_shown(cli, file), (unsigned long long)events);
}

static int test(cor_cli *cli, const cor_args *a)
{
    cor_ruleset *s;
    cor_err e = {0};
    if (cor_cli_load_rules(a, 0, NULL, false, false, &s, &e) != COR_OK)
        return failed(cli, &e);
    cor_cli_diags(cli, s, COR_DIAG_ERROR);
    const cor_ruletest_hooks h = {.ctx = cli, .failed = test_failed, .passed = test_passed};
    cor_ruletest_stats n;
    cor_code c = cor_ruletest(s, cor_args_value(a, "tmp"), &h, &n, &e);
    int code = c != COR_OK ? failed(cli, &e) : n.failures != 0 || s->n_refused != 0 || s->n_rule == 0 ? COR_EXIT_RULES : COR_EXIT_OK;
    cor_cli_rule_count(cli, s);
    cor_cli_tell(cli, "%llu rule files tested over %llu events, %llu failures; %llu rule files have no events beside them", (unsigned long long)n.files,
                 (unsigned long long)n.events, (unsigned long long)n.failures, (unsigned long long)n.without);
    cor_rules_free(s);
    return code;
}

/* ---- pack ---- */

static int pack(cor_cli *cli, const cor_args *a)
{
    cor_err e = {0};
    const char *out = cor_args_value(a, "output");
    if (out == NULL) {
        cor_fail(&e, COR_EUSAGE, NULL, COR_NOPOS, "name the pack with -o FILE");
        return failed(cli, &e);
    }
    cor_out probe; /* the same refusal to overwrite as everywhere */
    if (!cor_args_has(a, "clobber")) {
        if (cor_out_open(&probe, out, false, &e) != COR_OK)
            return failed(cli, &e);
        cor_out_close(&probe, NULL);
    }
    cor_pack_stats n;
    if (cor_rules_pack(a->word[0], out, &n, &e) != COR_OK)
        return failed(cli, &e);
    cor_cli_tell(cli, "%llu files, %llu bytes packed to %llu", (unsigned long long)n.files, (unsigned long long)n.raw_bytes,
                 (unsigned long long)n.packed_bytes);
    return COR_EXIT_OK;
}

/* ---- descriptors ---- */

#define RULE_OPTS                                                                                                                        \
    {0, "mapping", "FILE", "Further log sources, besides the built-in mapping", NULL, COR_OPT_FILE | COR_OPT_MANY},                      \
    {0, "placeholders", "FILE", "Lists for %placeholders% (modifier expand), as YAML", NULL, COR_OPT_FILE},                             \
    {0, "include-unsupported", NULL, "Try rules whose status is unsupported", NULL, 0}

#define END {0, NULL, NULL, NULL, NULL, 0}

static const cor_opt check_opts[] = {{'t', "format", "FORMAT", "Shape of the output; the default is text", "text|jsonl", 0}, RULE_OPTS, END};
static const cor_opt test_opts[] = {RULE_OPTS, {0, "tmp", "DIR", "Folder for temporary files", NULL, COR_OPT_FILE}, END};
static const cor_opt pack_opts[] = {
    {'o', "output", "FILE", "The pack to write", NULL, COR_OPT_FILE},
    {'C', "clobber", NULL, "Overwrite FILE when it exists", NULL, 0},
    END,
};

static const cor_example check_examples[] = {
    {"cordon rules check rules/ my-rules/", "All remarks on two folders of rules"},
    {"cordon rules check -t jsonl rules.pack | jq -r .code | sort | uniq -c", "What kinds of remarks there are"},
    {NULL, NULL},
};
static const cor_example pack_examples[] = {
    {"cordon rules pack sigma/rules -o sigma.pack", "One file of a folder of rules"},
    {"cordon detect logs/ -r sigma.pack", "Use it"},
    {NULL, NULL},
};

static const cor_command cmd_check = {
    .name = "check",
    .summary = "say what is wrong with rules",
    .synopsis = "[PATH...]",
    .about = "Reads rule files, folders and packs as detect would, and says like a compiler where something is wrong: path, line, column, what, "
             "and how to mend it. Errors make a rule unusable; warnings and notes do not. Without PATH the rules that Cordon carries are checked.",
    .opt = check_opts,
    .max_args = -1,
    .exits = 1u << COR_EXIT_RULES,
    .example = check_examples,
    .run = check,
};

static const cor_command cmd_list = {
    .name = "list",
    .summary = "list rules",
    .synopsis = "[PATH...]",
    .about = "One line for each rule that can be used: level, id, title, file. Without PATH the rules that Cordon carries.",
    .opt = check_opts,
    .max_args = -1,
    .exits = 1u << COR_EXIT_RULES,
    .run = list,
};

static const cor_command cmd_test = {
    .name = "test",
    .summary = "run rules over the events beside them",
    .synopsis = "PATH...",
    .about = "For a rule NAME.yml, NAME.match.jsonl holds events that it must report, every one of them, and NAME.nomatch.jsonl events that it "
             "must not. For a file with a correlation the events count as a whole: the one must give a finding, the other none.",
    .opt = test_opts,
    .min_args = 1,
    .max_args = -1,
    .exits = 1u << COR_EXIT_RULES,
    .run = test,
};

static const cor_command cmd_pack = {
    .name = "pack",
    .summary = "make one file of a folder of rules",
    .synopsis = "DIR",
    .about = "A pack stands wherever a rule file or folder may: it opens faster than thousands of files, and antivirus programs leave it alone. "
             "It holds the files as they are, broken ones too.",
    .opt = pack_opts,
    .min_args = 1,
    .max_args = 1,
    .example = pack_examples,
    .run = pack,
};

extern const cor_command cor_cmd_rules_explain;
static const cor_command *const members[] = {&cmd_check, &cmd_list, &cmd_test, &cmd_pack, &cor_cmd_rules_explain, NULL};

const cor_command cor_cmd_rules = {
    .name = "rules",
    .summary = "check, list, test, pack and explain rules",
    .sub = members,
};
