#include "case/ruletest.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "ruletest"

typedef struct test {
    cor_ruleset *set;
    const char *tmp;
    const cor_ruletest_hooks *h;
    cor_ruletest_stats *stats;
    cor_arena mem;        /* of the file at hand */
    uint32_t file;
    bool correlation;     /* the file has one */
    struct line { uint64_t off, no; } *line; /* the lines of the events file that hold something, in order */
    bool *hit;
    size_t n, cap;
    uint64_t findings;    /* of correlations of the file */
} test;

static void fail(test *t, const char *events, uint64_t line, const char *what)
{
    t->stats->failures++;
    t->h->failed(t->h->ctx, &(cor_ruletest_failure){events, line, what});
}

static cor_code on_finding(void *ctx, const cor_finding *f, cor_err *e)
{
    (void)e;
    test *t = ctx;
    if (f->rule->pos.file != t->file)
        return COR_OK;
    if (f->rule->kind == COR_RULE_CORRELATION) {
        t->findings++;
        return COR_OK;
    }
    size_t lo = 0, hi = t->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->line[mid].off < f->offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < t->n && t->line[lo].off == f->offset)
        t->hit[lo] = true;
    return COR_OK;
}

/* Where the lines that hold something begin. */
static cor_code find_lines(test *t, const char *path, cor_err *e)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
    cor_code c = COR_OK;
    uint64_t at = 0, start = 0, no = 0;
    bool something = false;
    t->n = 0;
    for (int ch = 0; ch != EOF && c == COR_OK;) {
        ch = getc(f);
        if (ch == '\n' || ch == EOF) {
            no++;
            if (something) {
                struct line *line = cor_grow(t->line, &t->cap, t->n + 1, sizeof *line);
                t->line = line == NULL ? t->line : line;
                if (line == NULL)
                    c = cor_nomem(e, ROOM);
                else
                    line[t->n++] = (struct line){start, no};
            }
            something = false;
            start = at + 1;
        } else if (ch != ' ' && ch != '\t' && ch != '\r') {
            something = true;
        }
        if (++at > COR_RULETEST_EVENTS_MAX)
            c = cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "%s: larger than %zu MiB", path,
                         COR_RULETEST_EVENTS_MAX >> 20);
    }
    if (ferror(f) && c == COR_OK)
        c = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
    fclose(f);
    t->hit = c == COR_OK ? cor_arena_zero(&t->mem, t->n + 1) : NULL;
    return c == COR_OK && t->hit == NULL ? cor_nomem(e, ROOM) : c;
}

static void judge(test *t, const char *events, bool wanted, const cor_detect_result *r)
{
    if (r->n_records != t->n || r->run.n_damage != 0 || r->n_unfinished != 0)
        fail(t, events, 0, "not every line is an event that can be read");
    if (t->correlation) {
        if (wanted != (t->findings != 0))
            fail(t, events, 0, wanted ? "the correlation has no finding over these events"
                 : "the correlation has a finding over these events");
        return;
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->hit[i] != wanted)
            fail(t, events, t->line[i].no, wanted ? "the rule does not match this event"
                 : "the rule matches this event");
}

static cor_code one_file(test *t, const char *events, bool wanted, cor_err *e)
{
    cor_code c = find_lines(t, events, e);
    if (c != COR_OK)
        return c;
    t->findings = 0;
    const cor_detect_options o = {
        .run = {.path = &events, .n_path = 1, .threads = 1, .tmp = t->tmp,
                .read = {.from = COR_NOTIME, .to = COR_NOTIME}},
        .rules = t->set,
    };
    const cor_detect_hooks hooks = {.ctx = t, .finding = on_finding};
    cor_detect_result r = {0};
    c = cor_detect(&o, &hooks, &r, e);
    for (size_t i = 0; c == COR_OK && i < r.run.n_input; i++)
        if (r.run.input[i].err != NULL && r.run.input[i].err->code != COR_EFORMAT) { /* the system's fault, not that of the events */
            *e = *r.run.input[i].err;
            c = e->code;
        }
    if (c == COR_OK) {
        t->stats->events += r.n_records;
        judge(t, events, wanted, &r);
    }
    cor_detect_result_free(&r);
    return c;
}

/* "dir/name.yml" -> "dir/name.match.jsonl"; NULL when there is no such file. */
static const char *beside(test *t, cor_str rule, const char *ending)
{
    size_t dot = rule.n;
    while (dot > 0 && rule.p[dot - 1] != '.' && rule.p[dot - 1] != '/')
        dot--;
    size_t n = dot > 0 && rule.p[dot - 1] == '.' ? dot - 1 : rule.n;
    cor_str path = cor_arena_fmt(&t->mem, "%.*s%s", (int)n, rule.p, ending);
    return path.p != NULL && access(path.p, F_OK) == 0 ? path.p : NULL;
}

static cor_code one_rule_file(test *t, cor_err *e)
{
    cor_arena_reset(&t->mem);
    t->correlation = false;
    bool any = false;
    for (uint32_t i = 0; i < t->set->n_rule; i++)
        if (t->set->rule[i]->pos.file == t->file) {
            any = true;
            t->correlation |= t->set->rule[i]->kind == COR_RULE_CORRELATION;
        }
    for (uint32_t i = 0; i < t->set->n_rule && !t->correlation; i++)
        if (t->set->rule[i]->pos.file == t->file)
            t->set->rule[i]->silent = false;
    cor_str name = t->set->file[t->file];
    const char *match = beside(t, name, ".match.jsonl"), *nomatch = beside(t, name, ".nomatch.jsonl");
    if (!any) /* refused, or a filter */
        return COR_OK;
    if (match == NULL && nomatch == NULL) {
        t->stats->without++;
        return COR_OK;
    }
    uint64_t before = t->stats->events, failures = t->stats->failures;
    t->stats->files++;
    cor_code c = match == NULL ? COR_OK : one_file(t, match, true, e);
    if (c == COR_OK && nomatch != NULL)
        c = one_file(t, nomatch, false, e);
    if (c == COR_OK && t->stats->failures == failures && t->h->passed != NULL)
        t->h->passed(t->h->ctx, name, t->stats->events - before);
    return c;
}

cor_code cor_ruletest(cor_ruleset *s, const char *tmp, const cor_ruletest_hooks *h, cor_ruletest_stats *out, cor_err *e)
{
    *out = (cor_ruletest_stats){0};
    test t = {.set = s, .tmp = tmp, .h = h, .stats = out};
    cor_code c = COR_OK;
    for (t.file = 0; c == COR_OK && t.file < s->n_file; t.file++)
        c = one_rule_file(&t, e);
    cor_arena_free(&t.mem);
    cor_free(t.line);
    return c;
}
