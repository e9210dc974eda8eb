/* Runs the cases of tests/conformance/<area>.yml (README.md there says what a case is) through the engine's own door:
 * rules from a file, events as a reader would make them, both engines, and two ways in which a value can lie in the
 * evidence. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "formats/json/json.h"
#include "sigma/sigma.h"
#include "sigma/yaml.h"

#define EVENTS_MAX 200 /* of one case */
#define FIELDS_MAX 64  /* of one event */
#define RULES_MAX 64   /* of one case */

/* How the values of an event lie in the evidence. */
typedef enum form {
    FORM_TEXT,  /* UTF-8, as from JSON */
    FORM_TYPED, /* UTF-16 and integers, as from EVTX */
    FORM_N
} form;
static const char *const form_name[] = {"text", "typed"};
static const char *const engine_name[] = {"fast", "plain"};

typedef struct event {
    cor_event ev;
    cor_str name[FIELDS_MAX];
    cor_val val[FIELDS_MAX];
    uint32_t n;
} event;

/* What came out, by title. */
typedef struct result {
    cor_str title;
    bool correlation;
    cor_buf got; /* "[1, 2]" or "[[1, 2], [3]]" */
    uint32_t n;
} result;

typedef struct run {
    const char *dir;          /* of the temporary rule file */
    cor_arena mem;            /* of one case */
    const cor_ynode *c;       /* the case */
    const char *file;         /* of the case, for messages */
    cor_ruleset *set;
    cor_layouts *layouts;
    event *event;
    uint32_t n_event;
    result res[RULES_MAX];
    uint32_t n_res;
    cor_buf why;              /* what is wrong with the case; empty: nothing */
    unsigned cases, passed;
} run;

static void die(const char *what)
{
    fprintf(stderr, "run_conformance: %s\n", what);
    exit(2);
}

static void *need(void *p)
{
    if (p == NULL)
        die("out of memory");
    return p;
}

static void wrong(run *r, const char *fmt, ...) COR_PRINTF(2, 3);
static void wrong(run *r, const char *fmt, ...)
{
    char line[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    cor_buf_fmt(&r->why, "    %s\n", line);
}

static const char *text(run *r, const char *key)
{
    const cor_ynode *n = cor_ymap_get(r->c, key);
    return n == NULL ? NULL : need((void *)(uintptr_t)cor_arena_str(&r->mem, n->text).p);
}

/* ---- rules ---- */

static const char *write_file(run *r, const char *name, cor_str s)
{
    const char *path = need((void *)(uintptr_t)cor_arena_fmt(&r->mem, "%s/%s", r->dir, name).p);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0)
        die("cannot write the temporary rule file");
    return path;
}

static const char *write_placeholders(run *r)
{
    const cor_ynode *map = cor_ymap_get(r->c, "placeholders");
    if (map == NULL)
        return NULL;
    cor_buf b = {0};
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next) {
        cor_buf_fmt(&b, "'%.*s':\n", COR_STR_FMT(k->text));
        for (const cor_ynode *v = k->next->first; v != NULL; v = v->next)
            cor_buf_fmt(&b, "    - '%.*s'\n", COR_STR_FMT(v->text));
    }
    const char *path = write_file(r, "placeholders.yml", cor_buf_view(&b));
    cor_buf_free(&b);
    return path;
}

static void load(run *r)
{
    const char *rule = text(r, "rule");
    if (rule == NULL)
        die("a case without a rule");
    const char *path = write_file(r, "case.yml", cor_str_of(rule));
    cor_load_options o = {.path = &path, .n_path = 1, .placeholders = write_placeholders(r), .lint = true};
    cor_err e = {0};
    if (cor_rules_load(&o, &r->set, &e) != COR_OK) {
        wrong(r, "the rules cannot be loaded: %s", e.msg);
        r->set = NULL;
    }
}

static void lower(char *s)
{
    for (; *s != '\0'; s++)
        *s = (char)(*s >= 'A' && *s <= 'Z' ? *s + 32 : *s);
}

/* Whether a remark of this severity contains the text; all of that severity are appended to said. */
static bool diag_has(const cor_ruleset *s, cor_severity least, cor_severity most, const char *want, cor_buf *said)
{
    bool found = false;
    for (uint32_t i = 0; i < s->n_diag; i++) {
        const cor_diag *d = &s->diag[i];
        if (d->sev < least || d->sev > most)
            continue;
        char line[2000];
        snprintf(line, sizeof line, "%.*s: %.*s (%.*s) [%.*s]", COR_STR_FMT(d->code), COR_STR_FMT(d->what),
                 COR_STR_FMT(d->hint),
                 COR_STR_FMT(d->rule_title));
        cor_buf_fmt(said, "\n        %u:%u %s", d->pos.line, d->pos.col, line);
        lower(line);
        found = found || strstr(line, want) != NULL;
    }
    cor_buf_c(said, '\0');
    return found;
}

static void check_diagnostics(run *r)
{
    const char *error = text(r, "error"), *warning = text(r, "warning");
    cor_buf said = {0};
    bool has = diag_has(r->set, COR_DIAG_ERROR, COR_DIAG_ERROR, error == NULL ? "" : error, &said);
    if (error == NULL && r->set->n_refused != 0)
        wrong(r, "refused:%s", (const char *)said.p);
    else if (error != NULL && r->set->n_refused == 0)
        wrong(r, "not refused; expected an error with \"%s\"", error);
    else if (error != NULL && !has)
        wrong(r, "expected an error with \"%s\"; said:%s", error, (const char *)said.p);
    cor_buf_clear(&said);
    if (warning != NULL && !diag_has(r->set, COR_DIAG_NOTE, COR_DIAG_WARNING, warning, &said))
        wrong(r, "expected a warning with \"%s\"; said:%s", warning, (const char *)said.p);
    cor_buf_free(&said);
}

/* ---- events ---- */

static cor_val utf16(run *r, cor_str s)
{
    cor_buf b = {0};
    cor_utf8_to_utf16(s, &b);
    cor_str kept = cor_arena_str(&r->mem, cor_buf_view(&b));
    cor_buf_free(&b);
    need((void *)(uintptr_t)kept.p);
    return (cor_val){(const uint8_t *)kept.p, (uint32_t)kept.n, COR_V_UTF16};
}

static bool of_text(const cor_jnode *array)
{
    const cor_jnode *i = array->child;
    while (i != NULL && i->type == COR_J_STRING)
        i = i->next;
    return i == NULL && array->child != NULL;
}

/* Strings one behind another, each ended by a NUL unit, as one EVTX value holds them. */
static cor_val utf16_array(run *r, const cor_jnode *array)
{
    cor_buf b = {0};
    for (const cor_jnode *i = array->child; i != NULL; i = i->next) {
        cor_buf_str(&b, i->str);
        cor_buf_c(&b, '\0');
    }
    cor_val v = utf16(r, cor_buf_view(&b));
    cor_buf_free(&b);
    v.type |= COR_V_ARRAY;
    return v;
}

static cor_val value(run *r, const cor_jnode *j, form as)
{
    if (j->type == COR_J_NULL)
        return (cor_val){.type = COR_V_NULL};
    if (as == FORM_TYPED && j->type == COR_J_NUMBER && strpbrk(cor_arena_str(&r->mem, j->str).p, ".eE") == NULL) {
        int64_t *i = need(cor_arena_get(&r->mem, sizeof *i));
        *i = strtoll(cor_arena_str(&r->mem, j->str).p, NULL, 10);
        return (cor_val){(const uint8_t *)i, 8, COR_V_I64};
    }
    return as == FORM_TYPED ? utf16(r, j->str) : cor_val_utf8(j->str);
}

static void add_field(run *r, event *x, cor_str name, const cor_jnode *j, form as)
{
    if (x->n == FIELDS_MAX)
        die("an event with too many fields");
    if (j->type == COR_J_ARRAY && as == FORM_TYPED && of_text(j)) {
        x->name[x->n] = name;
        x->val[x->n++] = utf16_array(r, j);
        return;
    }
    if (j->type == COR_J_ARRAY) { /* equal names one behind another, as the JSON reader has them */
        for (const cor_jnode *i = j->child; i != NULL; i = i->next)
            add_field(r, x, name, i, as);
        return;
    }
    x->name[x->n] = name;
    x->val[x->n++] = value(r, j, as);
}

static void system_value(run *r, event *x, cor_sys sys, const cor_jnode *o, const char *key, const char *otherwise,
    form as)
{
    const cor_jnode *j = cor_json_get(o, key);
    const cor_jnode def = {.type = COR_J_STRING, .str = cor_str_of(otherwise)};
    x->ev.sys[sys] = value(r, j == NULL ? &def : j, as);
}

static void make_event(run *r, event *x, const cor_jnode *o, uint32_t no, form as)
{
    *x = (event){.ev.layouts = r->layouts, .ev.record_id = no, .ev.offset = no};
    for (const cor_jnode *m = o->child; m != NULL; m = m->next)
        if (m->key.n == 0 || m->key.p[0] != '@')
            add_field(r, x, m->key, m, as);
    x->ev.layout = need((void *)(uintptr_t)cor_layouts_get(r->layouts, x->name, x->n));
    x->ev.val = x->val;

    int64_t id = 1;
    cor_str time = cor_json_text(o, "@time");
    x->ev.time = cor_time_from_civil(2026, 1, 1, 0, 0, 0, 0) + (no - 1) * COR_SECOND;
    if (time.p != NULL && !cor_time_parse(time, &x->ev.time, NULL))
        die("an event with a broken @time");
    char iso[33];
    size_t n = cor_time_iso(x->ev.time, 7, iso);
    x->ev.sys[COR_SYS_TIME_CREATED] = cor_val_utf8(cor_arena_str(&r->mem, (cor_str){iso, n}));
    const char *record = cor_arena_fmt(&r->mem, "%u", no).p;
    system_value(r, x, COR_SYS_CHANNEL, o, "@channel", "Microsoft-Windows-Sysmon/Operational", as);
    system_value(r, x, COR_SYS_PROVIDER_NAME, o, "@provider", "Microsoft-Windows-Sysmon", as);
    system_value(r, x, COR_SYS_COMPUTER, o, "@computer", "HOST1", as);
    system_value(r, x, COR_SYS_EVENT_ID, o, "@id", "1", as);
    system_value(r, x, COR_SYS_RECORD_ID, o, "@record", record, as);
    cor_val_int(x->ev.sys[COR_SYS_EVENT_ID], &id);
    x->ev.head = (cor_head){x->ev.sys[COR_SYS_CHANNEL], x->ev.sys[COR_SYS_PROVIDER_NAME], (uint32_t)id};
}

static void make_events(run *r, form as)
{
    const cor_ynode *n = cor_ymap_get(r->c, "events");
    r->n_event = 0;
    if (n == NULL)
        return;
    cor_str s = cor_arena_str(&r->mem, n->text);
    for (size_t at = 0;;) {
        cor_jnode *o;
        cor_err e = {0};
        if (cor_json_parse(s, &at, 0, &r->mem, &o, &e) != COR_OK)
            die(cor_arena_fmt(&r->mem, "%s: case \"%s\": %s", r->file, text(r, "name"), e.msg).p);
        if (o == NULL)
            return;
        if (r->n_event == EVENTS_MAX)
            die("a case with too many events");
        make_event(r, &r->event[r->n_event], o, r->n_event + 1, as);
        r->n_event++;
    }
}

/* ---- results ---- */

static result *result_of(run *r, cor_str title, bool correlation)
{
    for (uint32_t i = 0; i < r->n_res; i++)
        if (cor_str_eq(r->res[i].title, title))
            return &r->res[i];
    if (r->n_res == RULES_MAX)
        die("a case with too many rules");
    result *x = &r->res[r->n_res++];
    *x = (result){.title = title, .correlation = correlation};
    return x;
}

static void forget_results(run *r)
{
    for (uint32_t i = 0; i < r->n_res; i++)
        cor_buf_free(&r->res[i].got);
    r->n_res = 0;
}

static void match_event(run *r, cor_matcher *m, cor_correlator *corr, const event *x)
{
    const uint32_t *rule;
    uint32_t n = 0;
    cor_err e = {0};
    if (!cor_matcher_want(m, &x->ev.head))
        return;
    if (cor_matcher_event(m, &x->ev, &rule, &n, &e) != COR_OK)
        die(e.msg);
    cor_evref ref = {
        .time = x->ev.time,
        .offset = x->ev.offset,
        .record_id = x->ev.record_id,
        .event_id = x->ev.head.event_id,
        .computer = cor_event_sys(&x->ev, COR_SYS_COMPUTER, &r->mem),
        .channel = cor_event_sys(&x->ev, COR_SYS_CHANNEL, &r->mem),
        .provider = cor_event_sys(&x->ev, COR_SYS_PROVIDER_NAME, &r->mem),
    };
    ref.key[0] = (uint8_t)x->ev.offset;
    uint32_t *hit = need(cor_arena_get(&r->mem, (n + 1) * sizeof *hit)); /* rule[] is valid until the next call only */
    if (n != 0)
        memcpy(hit, rule, n * sizeof *hit);
    for (uint32_t i = 0; i < n; i++) {
        const cor_rule *u = r->set->rule[hit[i]];
        if (u->wanted_by_corr && cor_correlator_add(corr, m, hit[i], &x->ev, &ref, &e) != COR_OK)
            die(e.msg);
        if (u->silent)
            continue;
        result *res = result_of(r, u->title, false);
        cor_buf_fmt(&res->got, "%s%" PRIu64, res->n++ == 0 ? "" : ", ", x->ev.record_id);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static cor_code found(void *ctx, const cor_corr_finding *f, cor_err *e)
{
    run *r = ctx;
    (void)e;
    const cor_rule *u = r->set->rule[f->rule];
    if (u->silent)
        return COR_OK;
    uint32_t no[EVENTS_MAX], n = f->n_event < EVENTS_MAX ? f->n_event : EVENTS_MAX;
    for (uint32_t i = 0; i < n; i++)
        no[i] = (uint32_t)f->event[i].record_id;
    qsort(no, n, sizeof *no, by_number);
    result *res = result_of(r, u->title, true);
    cor_buf_z(&res->got, res->n++ == 0 ? "[" : " [");
    for (uint32_t i = 0; i < n; i++)
        cor_buf_fmt(&res->got, "%s%u", i == 0 ? "" : ", ", no[i]);
    cor_buf_c(&res->got, ']');
    return COR_OK;
}

static void judge_events(run *r, cor_engine engine)
{
    cor_plan *plan;
    cor_err e = {0};
    if (cor_plan_new(r->set, engine, &plan, &e) != COR_OK)
        die(e.msg);
    cor_matcher *m = need(cor_matcher_new(plan));
    cor_correlator *corr = need(cor_correlator_new(r->set, (size_t)1 << 20, r->dir));
    for (uint32_t i = 0; i < r->set->n_rule; i++)
        if (!r->set->rule[i]->silent)
            result_of(r, r->set->rule[i]->title, r->set->rule[i]->kind == COR_RULE_CORRELATION);
    for (uint32_t i = 0; i < r->n_event; i++)
        match_event(r, m, corr, &r->event[i]);
    if (cor_correlate(&corr, 1, NULL, found, r, &e) != COR_OK)
        die(e.msg);
    cor_correlator_free(corr);
    cor_matcher_free(m);
    cor_plan_free(plan);
}

/* ---- comparing ---- */

static void print_list(const cor_ynode *list, cor_buf *out)
{
    for (const cor_ynode *v = list->first; v != NULL; v = v->next)
        cor_buf_fmt(out, "%s%.*s", v == list->first ? "" : ", ", COR_STR_FMT(v->text));
}

/* The lists of a findings entry, each as text; findings have no order, so each is looked for and taken out. */
static bool same_findings(const cor_ynode *lists, cor_str got, cor_buf *want)
{
    char *left = need(malloc(got.n + 1));
    if (got.n != 0)
        memcpy(left, got.p, got.n);
    left[got.n] = '\0';
    bool all = true;
    for (const cor_ynode *l = lists->first; l != NULL; l = l->next) {
        cor_buf one = {0};
        cor_buf_c(&one, '[');
        print_list(l, &one);
        cor_buf_c(&one, ']');
        cor_buf_fmt(want, "%s%.*s", l == lists->first ? "" : " ", COR_STR_FMT(cor_buf_view(&one)));
        cor_buf_c(&one, '\0');
        char *at = strstr(left, (const char *)one.p);
        if (at == NULL)
            all = false;
        else
            memset(at, ' ', one.n - 1);
        cor_buf_free(&one);
    }
    all = all && left[strspn(left, " ")] == '\0';
    free(left);
    return all;
}

static void compare(run *r, const char *how, const result *res, cor_str title, bool correlation, const cor_ynode *want)
{
    cor_str got = res == NULL ? COR_S("") : cor_buf_view(&res->got);
    cor_buf w = {0};
    bool same;
    if (correlation) {
        same = same_findings(want, got, &w);
    } else {
        print_list(want, &w);
        same = cor_str_eq(cor_buf_view(&w), got);
    }
    const char *open = correlation ? "" : "[", *close = correlation ? "" : "]";
    if (!same)
        wrong(r, "%s: \"%.*s\" %s %s%.*s%s, expected %s%.*s%s", how, COR_STR_FMT(title),
              correlation ? "found" : "matches", open, COR_STR_FMT(got), close, open, COR_STR_FMT(cor_buf_view(&w)),
              close);
    cor_buf_free(&w);
}

static const result *find(const run *r, cor_str title)
{
    for (uint32_t i = 0; i < r->n_res; i++)
        if (cor_str_eq(r->res[i].title, title))
            return &r->res[i];
    return NULL;
}

/* The only result of its kind, for `matches` and for `findings` without titles. NULL, and said, when there are
 * several or none. */
static const result *only(run *r, const char *how, bool correlation)
{
    const result *one = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_res; i++)
        if (r->res[i].correlation == correlation) {
            one = &r->res[i];
            n++;
        }
    if (n == 1)
        return one;
    wrong(r, "%s: %u %s report; the case wants one", how, n, correlation ? "correlations" : "rules");
    return NULL;
}

static void compare_titles(run *r, const char *how, const cor_ynode *map, bool correlation)
{
    for (const cor_ynode *k = map->first; k != NULL; k = k->next->next)
        compare(r, how, find(r, k->text), k->text, correlation, k->next);
}

static void check_results(run *r, const char *how)
{
    const cor_ynode *matches = cor_ymap_get(r->c, "matches"), *rules = cor_ymap_get(r->c, "rules"),
        *findings = cor_ymap_get(r->c, "findings");
    const result *one;
    if (matches != NULL && (one = only(r, how, false)) != NULL)
        compare(r, how, one, one->title, false, matches);
    if (rules != NULL)
        compare_titles(r, how, rules, false);
    if (findings != NULL && findings->kind == COR_Y_MAP)
        compare_titles(r, how, findings, true);
    else if (findings != NULL && (one = only(r, how, true)) != NULL)
        compare(r, how, one, one->title, true, findings);
}

static void run_case(run *r)
{
    cor_buf_clear(&r->why);
    r->cases++;
    load(r);
    if (r->set != NULL) {
        check_diagnostics(r);
        for (int as = 0; as < FORM_N && r->why.n == 0; as++)
            for (int engine = COR_ENGINE_FAST; engine <= COR_ENGINE_PLAIN && r->why.n == 0; engine++) {
                char how[40];
                snprintf(how, sizeof how, "%s engine, %s values", engine_name[engine], form_name[as]);
                make_events(r, (form)as);
                judge_events(r, (cor_engine)engine);
                check_results(r, how);
                forget_results(r);
            }
        cor_rules_free(r->set);
        r->set = NULL;
    }
    if (r->why.n == 0) {
        r->passed++;
        return;
    }
    printf("FAIL %s:%u: %s (%s)\n%.*s", r->file, r->c->line, text(r, "name"), text(r, "clause"),
        COR_STR_FMT(cor_buf_view(&r->why)));
}

/* Something is expected, and events are there where it is about events: "matches nothing" of no events could never
 * fail. */
static bool has_expectation(const cor_ynode *c)
{
    bool events = cor_ymap_get(c, "events") != NULL;
    if (!events && (cor_ymap_get(c, "matches") != NULL || cor_ymap_get(c, "findings") != NULL))
        return false;
    static const char *const key[] = {"matches", "rules", "findings", "error", "warning"};
    for (size_t i = 0; i < COR_LEN(key); i++)
        if (cor_ymap_get(c, key[i]) != NULL)
            return true;
    return false;
}

static void run_file(run *r, const char *path, const char *only_case)
{
    cor_arena tree = {0};
    cor_buf b = {0};
    cor_err e = {0};
    FILE *f = fopen(path, "rb");
    char part[8192];
    if (f == NULL)
        die(path);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) != 0;)
        cor_buf_put(&b, part, n);
    fclose(f);
    cor_yaml *y = need(cor_yaml_open(cor_buf_view(&b)));
    cor_ynode *root;
    if (cor_yaml_next(y, &tree, &root, &e) != COR_OK || root == NULL || root->kind != COR_Y_LIST) {
        fprintf(stderr, "%s:%u:%u: %s\n", path, e.line, e.col, e.code == COR_OK ? "not a list of cases" : e.msg);
        exit(2);
    }
    const char *slash = strrchr(path, '/');
    r->file = slash == NULL ? path : slash + 1;
    for (const cor_ynode *c = root->first; c != NULL; c = c->next) {
        r->c = c;
        const cor_ynode *name = cor_ymap_get(c, "name");
        if (name == NULL || cor_ymap_get(c, "clause") == NULL || !has_expectation(c))
            die(cor_arena_fmt(&r->mem, "%s:%u: a case needs name, clause, expectation, events to match",
                              path, c->line).p);
        if (only_case == NULL || cor_str_is(name->text, only_case))
            run_case(r);
        cor_arena_reset(&r->mem);
    }
    cor_yaml_close(y);
    cor_arena_free(&tree);
    cor_buf_free(&b);
}

int main(int argc, char **argv)
{
    static char dir[] = "/tmp/cordon-conformance-XXXXXX";
    const char *only_case = NULL;
    int from = 1;
    if (argc > 2 && strcmp(argv[1], "-c") == 0) {
        only_case = argv[2];
        from = 3;
    }
    if (from >= argc)
        die("usage: run_conformance [-c CASE] FILE.yml...");
    run r = {.dir = need(mkdtemp(dir)), .layouts = need(cor_layouts_new()),
             .event = need(calloc(EVENTS_MAX, sizeof(event)))};
    for (int i = from; i < argc; i++)
        run_file(&r, argv[i], only_case);
    printf("%u cases, %u passed\n", r.cases, r.passed);
    unlink(cor_arena_fmt(&r.mem, "%s/case.yml", dir).p);
    unlink(cor_arena_fmt(&r.mem, "%s/placeholders.yml", dir).p);
    rmdir(dir);
    cor_buf_free(&r.why);
    cor_arena_free(&r.mem);
    cor_layouts_free(r.layouts);
    free(r.event);
    return r.cases == r.passed && r.cases != 0 ? 0 : 1;
}
