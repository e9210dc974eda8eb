/* The command line by the tables: no abbreviations of long names (a new option must never change an old script's
 * meaning), a suggestion for what was mistyped instead. */
#include "base/alloc.h"
#include "cli/command.h"
#include "cli/evidence.h"
#include "cli/rules.h"

#include <errno.h>
#include <stdlib.h>

static const cor_opt common_opts[] = {
    {'q', "quiet", NULL, "Say nothing but errors", NULL, 0},
    {'v', "verbose", NULL, "Say more: each damaged place, each note, the memory used", NULL, 0},
    {'K', "no-color", NULL, "No colours (also when NO_COLOR is set or output is no terminal)", NULL, 0},
    {0, "log", "FILE", "Write what happens as JSON lines to FILE", NULL, COR_OPT_FILE},
    {'h', "help", NULL, "Show this help", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

void cor_opt_tables(const cor_command *cmd, cor_opt_table out[COR_OPT_TABLES])
{
    out[0] = (cor_opt_table){"Options", cmd->opt};
    out[1] = (cor_opt_table){"Rule options", cmd->flags & COR_CMD_RULES ? cor_rule_opts : NULL};
    out[2] = (cor_opt_table){"Evidence options", cmd->flags & COR_CMD_EVIDENCE ? cor_evidence_opts : NULL};
    out[3] = (cor_opt_table){"Common options", common_opts};
}

static const cor_opt *by_name(const cor_command *cmd, cor_str name)
{
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++)
            if (cor_str_is(name, o->name))
                return o;
    return NULL;
}

static const cor_opt *by_letter(const cor_command *cmd, char letter)
{
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL; o++)
            if (o->letter == letter)
                return o;
    return NULL;
}

static cor_code unknown(const cor_command *cmd, cor_str name, cor_err *e)
{
    const char *names[64] = {NULL};
    size_t n = 0;
    cor_opt_table t[COR_OPT_TABLES];
    cor_opt_tables(cmd, t);
    for (size_t i = 0; i < COR_OPT_TABLES; i++)
        for (const cor_opt *o = t[i].opt; o != NULL && o->name != NULL && n < COR_LEN(names); o++)
            names[n++] = o->name;
    char word[64];
    size_t len = name.n < sizeof(word) - 1 ? name.n : sizeof(word) - 1;
    memcpy(word, name.p, len);
    word[len] = 0;
    const char *near = cor_nearest(word, names, n);
    if (near != NULL)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "there is no option --%s; did you mean --%s?", word, near);
    return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "there is no option --%s", word);
}

static bool allowed(const char *choice, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = choice; p != NULL; p = strchr(p, '|') == NULL ? NULL : strchr(p, '|') + 1)
        if (strncmp(p, value, n) == 0 && n > 0 && (p[n] == '|' || p[n] == 0))
            return true;
    return false;
}

static cor_code seen(cor_args *a, const cor_opt *o, const char *value, cor_err *e)
{
    if (value != NULL && o->choice != NULL && !allowed(o->choice, value))
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s is one of %s, not \"%s\"", o->name, o->choice, value);
    a->seen[a->n_seen++] = (cor_given){o, value};
    return COR_OK;
}

/* One argument that starts with "--"; *i moves on when the value is the next word. */
static cor_code long_option(cor_args *a, int argc, char *const *argv, int *i, cor_err *e)
{
    const char *word = argv[*i] + 2;
    const char *eq = strchr(word, '=');
    cor_str name = {word, eq == NULL ? strlen(word) : (size_t)(eq - word)};
    const cor_opt *o = by_name(a->cmd, name);
    if (o == NULL && cor_str_is(name, "no-colour"))
        o = by_name(a->cmd, COR_S("no-color"));
    if (o == NULL)
        return unknown(a->cmd, name, e);
    if (o->arg == NULL) {
        if (eq != NULL)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s takes no value", o->name);
        return seen(a, o, NULL, e);
    }
    if (eq != NULL)
        return seen(a, o, eq + 1, e);
    if (*i + 1 >= argc)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s needs a value: --%s %s", o->name, o->name, o->arg);
    return seen(a, o, argv[++*i], e);
}

/* One argument like -q, -qC, -oFILE, -o FILE. */
static cor_code letters(cor_args *a, int argc, char *const *argv, int *i, cor_err *e)
{
    for (const char *p = argv[*i] + 1; *p != 0; p++) {
        const cor_opt *o = by_letter(a->cmd, *p);
        if (o == NULL)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "there is no option -%c", *p);
        cor_code rc;
        if (o->arg == NULL) {
            if ((rc = seen(a, o, NULL, e)) != COR_OK)
                return rc;
            continue;
        }
        if (p[1] != 0)
            return seen(a, o, p + 1, e);
        if (*i + 1 >= argc)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "-%c needs a value: -%c %s", *p, *p, o->arg);
        return seen(a, o, argv[++*i], e);
    }
    return COR_OK;
}

static cor_code check_words(const cor_args *a, cor_err *e)
{
    if (cor_args_has(a, "help"))
        return COR_OK;
    const cor_command *c = a->cmd;
    if (a->n_word < (size_t)c->min_args)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "%s is missing",
                        c->synopsis == NULL ? "an argument" : c->synopsis);
    if (c->max_args >= 0 && a->n_word > (size_t)c->max_args)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "\"%s\" is one argument too many", a->word[c->max_args]);
    return COR_OK;
}

cor_code cor_args_parse(const cor_command *cmd, int argc, char *const *argv, cor_args *out, cor_err *e)
{
    *out = (cor_args){.cmd = cmd};
    /* every letter of every word might be an option */
    size_t most = 1;
    for (int i = 0; i < argc; i++)
        most += 1 + strlen(argv[i]);
    out->seen = cor_zalloc(most * sizeof(*out->seen));
    out->word = cor_zalloc(((size_t)argc + 1) * sizeof(*out->word));
    if (out->seen == NULL || out->word == NULL)
        return cor_nomem(e, "cli");
    bool only_words = false;
    for (int i = 0; i < argc; i++) {
        cor_code rc = COR_OK;
        if (only_words || argv[i][0] != '-' || argv[i][1] == 0)
            out->word[out->n_word++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (argv[i][1] == '-')
            rc = long_option(out, argc, argv, &i, e);
        else
            rc = letters(out, argc, argv, &i, e);
        if (rc != COR_OK)
            return rc;
    }
    return check_words(out, e);
}

void cor_args_free(cor_args *a)
{
    cor_free(a->seen);
    cor_free(a->word);
    *a = (cor_args){0};
}

static const cor_opt *known(const cor_args *a, const char *name)
{
    const cor_opt *o = by_name(a->cmd, cor_str_of(name));
    if (o == NULL)
        abort(); /* a command asks for an option that its table does not have */
    return o;
}

bool cor_args_has(const cor_args *a, const char *name)
{
    const cor_opt *o = known(a, name);
    for (size_t i = 0; i < a->n_seen; i++)
        if (a->seen[i].opt == o)
            return true;
    return false;
}

const char *cor_args_value(const cor_args *a, const char *name)
{
    const cor_opt *o = known(a, name);
    for (size_t i = a->n_seen; i > 0; i--)
        if (a->seen[i - 1].opt == o)
            return a->seen[i - 1].value;
    return NULL;
}

cor_code cor_args_values(const cor_args *a, const char *name, const char ***out, size_t *n, cor_err *e)
{
    const cor_opt *o = known(a, name);
    *out = NULL;
    *n = 0;
    if (!cor_args_has(a, name))
        return COR_OK;
    *out = cor_alloc(a->n_seen * sizeof(**out));
    if (*out == NULL)
        return cor_nomem(e, "cli");
    for (size_t i = 0; i < a->n_seen; i++)
        if (a->seen[i].opt == o)
            (*out)[(*n)++] = a->seen[i].value;
    return COR_OK;
}

cor_code cor_args_number(const cor_args *a, const char *name, long lo, long hi, long otherwise, long *out, cor_err *e)
{
    const char *v = cor_args_value(a, name);
    *out = otherwise;
    if (v == NULL)
        return COR_OK;
    char *end;
    errno = 0;
    long n = strtol(v, &end, 10);
    if (end == v || *end != 0 || errno != 0 || n < lo || n > hi)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s wants a whole number from %ld to %ld, not \"%s\"", name,
                        lo, hi, v);
    *out = n;
    return COR_OK;
}

/* Edits (insert, delete, replace, swap neighbours) that turn a into b; words longer than the row are never near. */
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 40 };
    size_t na = strlen(a), nb = strlen(b), row[3][MOST + 1];
    if (na > MOST || nb > MOST)
        return SIZE_MAX;
    size_t *before = row[0], *prev = row[1], *cur = row[2];
    for (size_t j = 0; j <= nb; j++)
        prev[j] = j;
    for (size_t i = 1; i <= na; i++) {
        cur[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t best = prev[j - 1] + (a[i - 1] != b[j - 1]);
            best = prev[j] + 1 < best ? prev[j] + 1 : best;
            best = cur[j - 1] + 1 < best ? cur[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            cur[j] = best;
        }
        size_t *t = before;
        before = prev;
        prev = cur;
        cur = t;
    }
    return prev[nb];
}

const char *cor_nearest(const char *word, const char *const *name, size_t n)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2; /* a third of the letters wrong is no longer a slip */
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, name[i]);
        if (d < least || (strlen(word) > 2 && d != 0 && strncmp(word, name[i], strlen(word)) == 0 && best == NULL)) {
            best = name[i];
            least = d < least ? d : least;
        }
    }
    return best;
}
