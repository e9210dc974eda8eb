/* The table of signs, the manual's and the rules are one: test-sign-docs ROOT compares them, with --print it writes
 * the manual's lines. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "judge/sign.h"
#include "sigma/sigma.h"

static int bad;

static void complain(const char *fmt, ...) COR_PRINTF(1, 2);
static void complain(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    bad++;
}

static const struct {
    unsigned bit;
    const char *words;
} sources[] = {
    {COR_SRC_PROCESS, "programs"}, {COR_SRC_SYSMON, "Sysmon"}, {COR_SRC_SECURITY, "Security"},
    {COR_SRC_AUDIT, "audited Security"},
    {COR_SRC_SYSTEM, "System"}, {COR_SRC_DEFENDER, "Defender"}, {COR_SRC_POWERSHELL, "PowerShell"},
    {COR_SRC_DC, "domain controller"}, {COR_SRC_NETWORK, "network"}, {COR_SRC_NAMES, "names"}, {COR_SRC_WMI, "WMI"},
    {COR_SRC_TASKS, "tasks"}, {COR_SRC_DISK, "disk"},
};

static void print_row(const cor_sign *s, cor_buf *b)
{
    static const char *const against[] = {"the host itself", "the host named", "the host and whoever came"};
    cor_buf_fmt(b, "| %s | %s%s%s%s | %s%s%s | ", s->id, cor_stage_name[s->stage], s->group[0] != '\0' ? " (" : "",
                s->group,
                s->group[0] != '\0' ? ")" : "", cor_grade_name[s->least], s->least == s->grade ? "" : " to ",
                s->least == s->grade ? "" : cor_grade_name[s->grade]);
    for (const char *p = s->family; *p != '\0'; p++)
        cor_buf_fmt(b, *p == ' ' ? ", " : "%c", *p);
    cor_buf_fmt(b, " | %s | ", against[s->convicts]);
    const char *comma = "";
    for (size_t i = 0; i < COR_LEN(sources); i++)
        if ((s->sources & sources[i].bit) != 0) {
            cor_buf_fmt(b, "%s%s", comma, sources[i].words);
            comma = ", ";
        }
    cor_buf_fmt(b, " | %s | %s | %s |\n", s->proved ? "yes" : "never", s->shows, s->alike);
}

static void compare_manual(const char *root)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/docs/verdicts.md", root);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        complain("%s cannot be read", path);
        return;
    }
    static char line[4096];
    unsigned next = 0;
    bool here = false;
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#')
            here = strcmp(line, "## Signs\n") == 0;
        if (!here || line[0] != '|' || strncmp(line, "| sign |", 8) == 0 || strncmp(line, "|---", 4) == 0)
            continue;
        cor_buf b = {0};
        if (next < cor_signs_n)
            print_row(&cor_signs[next++], &b);
        if (!cor_buf_ok(&b) || !cor_str_is(cor_buf_view(&b), line))
            complain("docs/verdicts.md has\n%sand not\n%.*s", line, COR_STR_FMT(cor_buf_view(&b)));
        cor_buf_free(&b);
    }
    fclose(f);
    if (next != cor_signs_n)
        complain("docs/verdicts.md has %u signs, there are %u", next, cor_signs_n);
}

/* Signs that only a join or a computation in judge/ shows. */
static const char *const joined[] = {"INS1", "PER4", "C2a", "C2c", "LAT3"};

static void compare_rule(const cor_rule *r, bool *shown)
{
    const cor_sign *s = cor_sign_find(r->sign);
    if (s == NULL) {
        complain("%.*s: no sign %.*s", COR_STR_FMT(r->title), COR_STR_FMT(r->sign));
        return;
    }
    shown[s - cor_signs] = true;
    if (!cor_str_is(r->stage, cor_stage_name[s->stage]))
        complain("%.*s: stage %.*s", COR_STR_FMT(r->title), COR_STR_FMT(r->stage));
    if (!cor_str_is(r->group.p == NULL ? COR_S("") : r->group, s->group))
        complain("%.*s: group %.*s", COR_STR_FMT(r->title), COR_STR_FMT(r->group));
    cor_grade g = COR_GRADE_WEAK;
    while (g <= COR_GRADE_CONCLUSIVE && !cor_str_is(r->grade, cor_grade_name[g]))
        g++;
    if (g < s->least || g > s->grade)
        complain("%.*s: grade %.*s", COR_STR_FMT(r->title), COR_STR_FMT(r->grade));
    if (r->family.p != NULL && !cor_str_is(r->family, s->family))
        complain("%.*s: family %.*s", COR_STR_FMT(r->title), COR_STR_FMT(r->family));
}

static void compare_rules(void)
{
    const cor_load_options o = {.builtin = true};
    cor_ruleset *set = NULL;
    cor_err e = {0};
    bool *shown = calloc(cor_signs_n, sizeof *shown);
    if (shown == NULL || cor_rules_load(&o, &set, &e) != COR_OK) {
        complain("rules: %s", e.msg);
        free(shown);
        return;
    }
    for (uint32_t i = 0; i < set->n_rule; i++)
        if (set->rule[i]->sign.p != NULL)
            compare_rule(set->rule[i], shown);
    for (unsigned i = 0; i < cor_signs_n; i++) {
        bool join = false;
        for (size_t k = 0; k < COR_LEN(joined); k++)
            join |= strcmp(joined[k], cor_signs[i].id) == 0;
        if (shown[i] == join)
            complain("%s: %s", cor_signs[i].id, join ? "has a rule and is said to be joined" : "no rule shows it");
    }
    free(shown);
    cor_rules_free(set);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        cor_buf b = {0};
        for (unsigned i = 0; i < cor_signs_n; i++)
            print_row(&cor_signs[i], &b);
        fwrite(b.p, 1, b.n, stdout);
        cor_buf_free(&b);
        return 0;
    }
    if (argc < 2)
        return 2;
    compare_manual(argv[1]);
    compare_rules();
    return bad == 0 ? 0 : 1;
}
