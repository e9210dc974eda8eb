/* Rule texts to trees, and what is said of the ones that cannot be used. What conformance says by behaviour is said
 * there; here are the shapes that the matching half gets, and the places of errors. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "sigma/diag.h"
#include "sigma/pack.h"
#include "sigma/sigma.h"
#include "tests/unit/test.h"

static cor_ruleset *load(const char *text, const cor_load_options *more)
{
    const cor_rule_text t = {"t.yml", cor_str_of(text)};
    cor_load_options o = more == NULL ? (cor_load_options){0} : *more;
    o.text = &t;
    o.n_text = 1;
    cor_ruleset *s = NULL;
    cor_err e = {0};
    if (cor_rules_load(&o, &s, &e) != COR_OK)
        fail_msg("load: %s", e.msg);
    return s;
}

/* ---- trees as text ---- */

static void put_test(cor_buf *b, const cor_test *t)
{
    static const char *const cmp[] = {"=", "!=", "<", "<=", ">", ">="};
    static const char *const part[] = {"minute", "hour", "day", "week", "month", "year"};
    if (t->field.p != NULL)
        cor_buf_str(b, t->field);
    switch (t->op) {
    case COR_OP_EQUALS: cor_buf_fmt(b, "=%.*s", COR_STR_FMT(t->text)); break;
    case COR_OP_CONTAINS: cor_buf_fmt(b, "~%.*s", COR_STR_FMT(t->text)); break;
    case COR_OP_STARTSWITH: cor_buf_fmt(b, "^%.*s", COR_STR_FMT(t->text)); break;
    case COR_OP_ENDSWITH: cor_buf_fmt(b, "$%.*s", COR_STR_FMT(t->text)); break;
    case COR_OP_PATTERN:
        cor_buf_c(b, ':');
        for (uint32_t i = 0; i < t->n_piece; i++)
            cor_buf_fmt(b, "%s[%.*s]", t->piece[i].kind == COR_PIECE_ANY ? "*" : t->piece[i].kind == COR_PIECE_ONE
                        ? "?" : "", COR_STR_FMT(t->piece[i].text));
        break;
    case COR_OP_REGEX: cor_buf_fmt(b, "/%.*s/%u", COR_STR_FMT(t->text), t->re_flags); break;
    case COR_OP_CIDR: {
        char net[INET6_ADDRSTRLEN];
        cor_buf_fmt(b, " in %s/%u", inet_ntop(AF_INET6, t->net, net, sizeof net), t->net_bits);
        break;
    }
    case COR_OP_NULL: cor_buf_z(b, " null"); break;
    case COR_OP_EXISTS: cor_buf_z(b, t->wanted ? " exists" : " absent"); break;
    case COR_OP_COMPARE: cor_buf_fmt(b, "%s%g", cmp[t->cmp], t->number); break;
    case COR_OP_TIMEPART: cor_buf_fmt(b, ".%s%s%g", part[t->part], cmp[t->cmp], t->number); break;
    case COR_OP_FIELDREF: cor_buf_fmt(b, "->%u:%.*s", (unsigned)t->ref_op, COR_STR_FMT(t->ref_field)); break;
    case COR_OP_FALSE: cor_buf_z(b, " never"); break;
    default: cor_buf_z(b, "?"); break;
    }
    if (t->cased && t->op != COR_OP_REGEX)
        cor_buf_z(b, " cased");
}

static void put_node(cor_buf *b, const cor_node *n)
{
    if (n->label.p != NULL)
        cor_buf_fmt(b, "%.*s:", COR_STR_FMT(n->label));
    if (n->kind == COR_NODE_TEST) {
        put_test(b, n->test);
        return;
    }
    cor_buf_z(b, n->kind == COR_NODE_AND ? "and(" : n->kind == COR_NODE_OR ? "or(" : "not(");
    for (uint32_t i = 0; i < n->n; i++) {
        if (i != 0)
            cor_buf_z(b, ", ");
        put_node(b, n->child[i]);
    }
    cor_buf_c(b, ')');
}

static void check_tree(const char *text, const cor_load_options *o, const char *want)
{
    cor_ruleset *s = load(text, o);
    cor_buf b = {0};
    if (s->n_rule != 1)
        fail_msg("%s\n%u rules: %.*s", text, s->n_rule, COR_STR_FMT(s->n_diag == 0 ? COR_S("") : s->diag[0].what));
    put_node(&b, s->rule[0]->expr);
    cor_buf_c(&b, '\0');
    if (strcmp((const char *)b.p, want) != 0)
        fail_msg("%s\n is %s\n not %s", text, (const char *)b.p, want);
    cor_buf_free(&b);
    cor_rules_free(s);
}

#define HEAD "title: t\nlogsource: {service: security}\ndetection:\n"

static void test_values(void **state)
{
    (void)state;
    static const struct { const char *item, *want; } row[] = {
        {"F: foo", "F=foo"}, {"F: 'foo*'", "F^foo"}, {"F: '*foo'", "F$foo"}, {"F: '**foo*'", "F~foo"},
        {"F: '*'", "F:*[]"},
        {"F: 'a*b?'", "F:[a]*[][b]?[]"}, {"F: 'a\\*b'", "F=a*b"}, {"F: 'a\\\\*b'", "F:[a\\]*[][b]"},
        {"F: 'a\\\\\\*b'", "F=a\\*b"},
        {"F: 'a\\b'", "F=a\\b"}, {"F: 'a\\\\b'", "F=a\\b"}, {"F: '\\\\\\\\a'", "F=\\\\a"}, {"F: 'a\\'", "F=a\\"},
        {"F: ''", "F="},
        {"F: null", "F null"}, {"F: []", "F null"}, {"F: 0x10", "F=16"}, {"F: 1.50", "F=1.5"}, {"F: 2.0", "F=2"},
        {"F: yes", "F=true"},
        {"F: 0x8010000000000000", "F=0x8010000000000000"}, {"F: 2023-10-19", "F=2023-10-19"},
        {"F: [a, 1]", "or(F=a, F=1)"}, {"F|contains: a", "F~a"}, {"F|contains: '*a'", "F~a"},
        {"F|contains: ''", "F:*[]"},
        {"F|startswith: a*", "F^a"}, {"F|endswith: 'a?b'", "F:*[][a]?[][b]"}, {"F|startswith|endswith: a", "F~a"},
        {"F|contains|all: [a, b]", "and(F~a, F~b)"}, {"F|all|contains: [a, b]", "and(F~a, F~b)"},
        {"F|cased: A", "F=A cased"},
        {"F|contains|cased: A", "F~A cased"}, {"F|neq: a", "not(F=a)"}, {"F|contains|neq: [a, b]", "not(or(F~a, F~b))"},
        {"F|re: 'a\\*b'", "F/a\\*b/0"}, {"F|re|i|m|s: a", "F/a/7"}, {"F|re|startswith: a|b", "F/^(?:a|b)/0"},
        {"F|re|endswith: a", "F/(?:a)$/0"},
        {"F|exists: true", "F exists"}, {"F|exists: no", "F absent"}, {"F|gte: 5", "F>=5"}, {"F|lt: -1.5", "F<-1.5"},
        {"F|hour: 8", "F.hour=8"}, {"F|hour|gt: 8", "F.hour>8"}, {"F|fieldref: G", "F->0:G"},
        {"F|fieldref|contains: G", "F->1:G"},
        {"F|fieldref|startswith|neq: G", "not(F->2:G)"}, {"F|fieldref|endswith|startswith: G", "F->1:G"},
        {"F|cidr: 10.0.0.0/8", "F in ::ffff:10.0.0.0/104"}, {"F|cidr: 10.1.2.3", "F in ::ffff:10.1.2.3/128"},
        {"F|cidr: 'fe80::/10'", "F in fe80::/10"},
        {"F|cidr: 10.0.0.0/255.0.0.0", "F in ::ffff:10.0.0.0/104"}, {"F|cidr: 0.0.0.0/0", "F in ::ffff:0.0.0.0/96"},
        {"F|base64: abc", "F=YWJj"}, {"F|base64: ab", "F=YWI="}, {"F|base64|contains: a", "F~YQ=="},
        {"F|base64: 'a\\*'", "F=YSo="},
        {"F|base64offset|contains: foobar", "or(F~Zm9vYmFy, F~Zvb2Jhc, F~mb29iYX)"}, {"F|wide|base64: a", "F=YQA="},
        {"F|utf16be|base64: a", "F=AGE="}, {"F|utf16|base64: a", "F=//5hAA=="},
        {"F|windash: a-b", "F=a-b"}, {"F|windash: ' -b'", "or(F= -b, F= /b, F= \xe2\x80\x93" "b, F= \xe2\x80\x94"
                                      "b, F= \xe2\x80\x95" "b)"},
        {"F|windash: '- b'", "F=- b"}, {"F|windash: '--b'", "or(F=--b, F=-/b, F=-\xe2\x80\x93" "b, F=-\xe2\x80\x94"
                                        "b, F=-\xe2\x80\x95" "b)"},
        {"F|windash|all: ['/a', c]", "and(or(F=-a, F=/a, F=\xe2\x80\x93" "a, F=\xe2\x80\x94" "a, F=\xe2\x80\x95"
         "a), F=c)"},
        {"F|expand: '%x%'", "F never"}, {"F|expand: '50\\%'", "F=50%"},
        {"'|all': [a, b]", "and(~a, ~b)"}, {"'|startswith': a", "^a"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        char text[400], want[400];
        const char *colon = strstr(row[i].item, ": ");
        snprintf(text, sizeof text, HEAD "  s:\n    %.*s: %s\n  condition: s\n", (int)(colon - row[i].item),
                 row[i].item, colon + 2);
        snprintf(want, sizeof want, "s:%s", row[i].want);
        check_tree(text, NULL, want);
    }
}

static void test_structure(void **state)
{
    (void)state;
    static const struct { const char *detection, *want; } row[] = {
        {"  s: {A: 1, B: 2}\n  condition: s\n", "s:and(A=1, B=2)"},
        {"  s: [a, 'b*']\n  condition: s\n", "s:or(~a, ~b)"},
        {"  s: a\n  condition: s\n", "s:~a"},
        {"  s: [{A: 1}, {B: 2, C: 3}]\n  condition: s\n", "s:or(A=1, and(B=2, C=3))"},
        {"  s: [{A: 1}, x]\n  condition: s\n", "s:or(A=1, ~x)"},
        {"  a: {A: 1}\n  b: {B: 1}\n  c: {C: 1}\n  condition: a or b and not c\n", "or(a:A=1, and(b:B=1, not(c:C=1)))"},
        {"  a: {A: 1}\n  b: {B: 1}\n  c: {C: 1}\n  condition: (a or b) and c\n", "and(or(a:A=1, b:B=1), c:C=1)"},
        {"  a: {A: 1}\n  b: {B: 1}\n  _c: {C: 1}\n  condition: 1 of them\n", "or(a:A=1, b:B=1)"},
        {"  a: {A: 1}\n  b: {B: 1}\n  _c: {C: 1}\n  condition: ALL OF _* AND NOT a\n", "and(_c:C=1, not(a:A=1))"},
        {"  x_a: {A: 1}\n  x_b: {B: 1}\n  y: {C: 1}\n  condition: any of x*a or all of x_*\n",
         "or(x_a:A=1, and(x_a:A=1, x_b:B=1))"},
        {"  a: {A: 1}\n  condition: not not a\n", "a:A=1"},
        {"  a: {A: 1}\n  b: {B: 1}\n  condition: [a, b]\n", "or(a:A=1, b:B=1)"},
        {"  of: {A: 1}\n  them: {B: 1}\n  condition: of and them\n", "and(of:A=1, them:B=1)"},
        {"  a: &x {A: 1}\n  b:\n    <<: *x\n    B: 2\n  condition: a or b\n", "or(a:A=1, b:and(B=2, A=1))"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        char text[500];
        snprintf(text, sizeof text, HEAD "%s", row[i].detection);
        check_tree(text, NULL, row[i].want);
    }
}

/* ---- errors and their places ---- */

typedef struct said {
    const char *text, *code;
    uint32_t line, col;
    const char *what;
} said;

static void check_said(const said *row, size_t n, bool refused)
{
    const cor_load_options lint = {.lint = true};
    for (size_t i = 0; i < n; i++) {
        cor_ruleset *s = load(row[i].text, &lint);
        bool found = false;
        cor_buf b = {0};
        for (uint32_t k = 0; k < s->n_diag; k++) {
            const cor_diag *d = &s->diag[k];
            cor_diag_print(&b, s, d);
            found |= cor_str_is(d->code, row[i].code) && d->pos.line == row[i].line && d->pos.col == row[i].col &&
                     memmem(d->what.p, d->what.n, row[i].what, strlen(row[i].what)) != NULL;
        }
        cor_buf_c(&b, '\0');
        if (!found || (s->n_refused != 0) != refused)
            fail_msg("%s\nwant %u:%u [%s] %s\nhave (%u refused)\n%s", row[i].text, row[i].line, row[i].col,
                     row[i].code, row[i].what, s->n_refused, (const char *)b.p);
        cor_buf_free(&b);
        cor_rules_free(s);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const said row[] = {
        {HEAD "  s: {Field|contian: a}\n  condition: s\n", "unknown-modifier", 4, 13, "contian"},
        {HEAD "  s: {F|contains|re: a}\n  condition: s\n", "modifier-order", 4, 18, "contains"},
        {HEAD "  s: {F|re|base64: a}\n  condition: s\n", "modifier-chain", 4, 12, "regular expression"},
        {HEAD "  s:\n    F|gt: [1, '2']\n  condition: s\n", "modifier-value", 5, 15, "gt"},
        {HEAD "  s:\n    F|re: 'ab(c'\n  condition: s\n", "bad-regex", 5, 16, "regular expression"},
        {HEAD "  s: {F|cidr: 10.0.0.1/8}\n  condition: s\n", "bad-cidr", 4, 15, "bits set"},
        {HEAD "  s: {F: {a: b}}\n  condition: s\n", "value-kind", 4, 10, "map"},
        {HEAD "  s: {F: [a, null]}\n  condition: s\n", "null-in-list", 4, 14, "null"},
        {HEAD "  s: {F: a, F: b}\n  condition: s\n", "duplicate-key", 4, 13, "F"},
        {HEAD "  s: {}\n  condition: s\n", "empty-detection", 4, 6, "empty map"},
        {HEAD "  s: {A: 1}\n  condition: s and  t\n", "unknown-identifier", 5, 21, "`t`"},
        {HEAD "  s: {A: 1}\n  condition: >-\n    s and\n    (s or\n", "condition-syntax", 7, 10, "ends where"},
        {HEAD "  s: {A: 1}\n  condition: (s and s\n", "condition-syntax", 5, 14, "never closed"},
        {HEAD "  s: {A: 1}\n  condition: s and\n", "condition-syntax", 5, 19, "ends where"},
        {HEAD "  s: {A: 1}\n  condition: 's s'\n", "condition-syntax", 5, 17, "`and` or `or`"},
        {HEAD "  s: {A: 1}\n  condition: s)\n", "condition-syntax", 5, 15, "never opened"},
        {HEAD "  s: {A: 1}\n  condition: s*\n", "pattern-alone", 5, 14, "s*"},
        {HEAD "  s: {A: 1}\n  condition: 3 of them\n", "bad-quantifier", 5, 14, "3 of"},
        {HEAD "  s: {A: 1}\n  condition: s | count(A) by B > 3\n", "deprecated-aggregation", 5, 16,
         "count(A) by B > 3"},
        {HEAD "  s: {A: 1}\n  condition: s | near s\n", "deprecated-near", 5, 16, "near"},
        {HEAD "  s: {A: 1}\n  timeframe: 5m\n  condition: s\n", "deprecated-timeframe", 5, 3, "timeframe"},
        {HEAD "  s: {A: 1}\n", "no-condition", 4, 3, "condition"},
        {"title: t\nlogsource: {}\ndetection: {s: {A: 1}, condition: s}\n", "bad-logsource", 2, 12, "logsource"},
        {"title: t\nid: x\nlogsource: {service: security}\ndetection: {s: {A: 1}, condition: s}\n", "bad-id", 2, 5,
         "UUID"},
        {"title: t\nstatus: unsupported\nlogsource: {service: security}\ndetection: {s: {A: 1}, condition: s | near s}\n", "status-unsupported", 2, 9, "near"},
        {"title: t\ndetection: {s: [}\n", "yaml", 2, 17, "YAML"},
        {"action: global\ntitle: t\nstatus: unsupported\n---\ndetection: {}\n", "status-unsupported", 3, 9,
         "action: global"},
        {"action: reset\n", "collection-action", 1, 9, "reset"},
        {"- a\n", "not-a-rule", 1, 1, "map"},
    };
    check_said(row, COR_LEN(row), true);
}

/* Quotes mend a value only where the same letters are of the kind that is wanted. */
static void test_value_hints(void **state)
{
    (void)state;
    static const struct { const char *item, *hint; } row[] = {
        {"F|gte: null", "write a number"}, {"F|gte: true", "write a number"}, {"F|gte: some", "write a number"},
        {"F|gte: '5'", "write it without quotes"}, {"F|gte: !!str 5", "write it without quotes"},
        {"F|hour: '8'", "write it without quotes"},
        {"F|exists: 'true'", "write it without quotes"}, {"F|exists: 1", "write true or false"},
        {"F|exists: there", "write true or false"},
        {"F|contains: 5", "write it in quotes"}, {"F|contains: true", "write it in quotes"},
        {"F|contains: null", "leave the modifier out"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        char text[300];
        snprintf(text, sizeof text, HEAD "  s:\n    %s\n  condition: s\n", row[i].item);
        cor_ruleset *s = load(text, NULL);
        if (s->n_diag != 1 || strncmp(s->diag[0].hint.p, row[i].hint, strlen(row[i].hint)) != 0)
            fail_msg("%s: %.*s", row[i].item, COR_STR_FMT(s->n_diag == 0 ? COR_S("nothing said") : s->diag[0].hint));
        cor_rules_free(s);
    }
}

static void test_warnings(void **state)
{
    (void)state;
    static const said row[] = {
        {HEAD "  s: {A: 1}\n  t: {B: 1}\n  condition: s\n", "unused-identifier", 5, 3, "`t`"},
        {HEAD "  s: {A|contains|all: x}\n  condition: s\n", "all-of-one", 4, 7, "`all`"},
        {HEAD "  s: {A: '*'}\n  condition: s\n", "wildcard-only", 4, 10, "wildcard"},
        {HEAD "  s: {A|re: 'a(?=b)'}\n  condition: s\n", "regex-beyond", 4, 13, "look-around"},
        {HEAD "  s: {A|re: '[\\(?]\\d'}\n  condition: s\n", "regex-beyond", 4, 13, "backslash and letter"},
        {HEAD "  s: {A|re: '([a])\\1'}\n  condition: s\n", "regex-beyond", 4, 13, "back reference"},
        {HEAD "  s: {A|re: 'a.*?b'}\n  condition: s\n", "regex-beyond", 4, 13, "lazy"},
        {HEAD "  s: {A|contains: '*a'}\n  condition: s\n", "double-wildcard", 4, 19, "`contains`"},
        {HEAD "  s: {A|wide|contains: abc}\n  condition: s\n", "utf16-alone", 4, 24, "UTF-16"},
        {HEAD "  s: {A|expand: '%x%'}\n  condition: s\n", "no-placeholders", 4, 17, "%x%"},
        {HEAD "  s: {A|hour: 24}\n  condition: s\n", "time-range", 4, 15, "24"},
        {HEAD "  s: {A: 1}\n  condition: s\n", "no-id", 1, 1, "id"},
        {"title: t\nlogsource: {category: nonsense}\ndetection: {s: {A: 1}, condition: s}\n", "unknown-source", 2, 12,
         "nonsense"},
        {"title: t\nlogsource: {category: file_access, product: windows}\ndetection: {s: {A: 1}, condition: s}\n",
         "source-without-events", 2, 12, "file_access"},
        {"title: t\nlogsource: {product: linux}\ndetection: {s: {A: 1}, condition: s}\n", "other-product", 2, 12,
         "linux"},
        {"title: t\nlogsource: {product: windows}\nfilter: {rules: any, s: {A: 1}, condition: s}\n",
         "filter-without-not", 3, 44, "only events"},
    };
    check_said(row, COR_LEN(row), false);
}

#define BASE(name, extra) "title: " name "\nname: " name "\nlogsource: {product: windows, service: security}\ndetection: {s: {A: 1}, condition: s}\n" extra
#define CORR(body) "title: c\nname: c\ncorrelation: {type: event_count, timespan: 5m, condition: {gte: 2}, " body "}\n---\n"

static void test_reference_errors(void **state)
{
    (void)state;
    static const said row[] = {
        {CORR("rules: [a, b]") BASE("a", ""), "unknown-rule", 3, 80, "`b`"},
        {CORR("rules: c"), "cycle", 3, 76, "circle"},
        {CORR("rules: a") "title: a\nname: a\ndetection: {}\n", "refused-rule", 3, 76, "`a`"},
        {CORR("rules: a, aliases: {x: {b: F}}") BASE("a", ""), "unknown-rule", 3, 93, "`b`"},
        {BASE("a", "---\n") BASE("a", ""), "duplicate-name", 6, 1, "line 1"},
        {"title: c\ncorrelation: {type: event_count, rules: a, timespan: 5x, condition: {gte: 1}}\n", "bad-timespan",
         2, 54, "5x"},
        {"title: c\ncorrelation: {type: event_count, rules: a, timespan: 5m, condition: {gte: x}}\n", "bad-condition",
         2, 75, "gte"},
        {"title: c\ncorrelation: {type: value_sum, rules: a, timespan: 5m, condition: {gte: 1}}\n", "no-field", 2, 67,
         "value_sum"},
        {"title: c\ncorrelation: {type: value_percentile, rules: a, timespan: 5m, condition: {gte: 1, field: F}}\n",
         "no-percentile", 2, 74, "percentile"},
        {"title: c\ncorrelation: {type: temporal, rules: [a], timespan: 5m, condition: a and b}\n", "unlisted-rule", 2,
         74, "`b`"},
        {"title: c\ncorrelation: {type: temporal, rules: [a, b], timespan: 5m, condition: a}\n", "unused-rule", 2, 71,
         "`b`"},
        {"title: c\ncorrelation: {type: temporal, rules: [a, {b: c}], timespan: 5m, condition: a}\n", "bad-reference",
         2, 42, "ids or names"},
        {"title: c\ntags: [{a: b}]\ncorrelation: {type: temporal, rules: a, timespan: 5m, group-by: [[a]]}\n",
         "field-kind", 3, 66, "group-by"},
        {"title: c\ncorrelation: {type: sometimes, rules: [a], timespan: 5m}\n", "bad-type", 2, 21, "sometimes"},
    };
    check_said(row, COR_LEN(row), true);
}

/* ---- correlations, filters, levels ---- */

static void test_correlation(void **state)
{
    (void)state;
    cor_ruleset *s = load("title: c\nlevel: high\ncorrelation:\n  type: value_count\n  rules: [b, 5B0B75DC-9190-4047-B9A8-14164CEE8A31]\n"
                          "  group-by: [user, Computer]\n  timespan: 90m\n  condition: {gte: 3, lt: 10, field: [user, X]}\n"
                          "  aliases: {user: {a: TargetUserName, b: SubjectUserName}}\n---\n"
                          BASE("a", "id: 5b0b75dc-9190-4047-b9a8-14164cee8a31\n---\n") BASE("b",
                                  "level: low\n---\n") BASE("z", "level: high\n"), NULL);
    assert_int_equal(s->n_rule, 4);
    assert_int_equal(s->n_diag, 0);
    const cor_correlation *c = s->rule[0]->corr;
    assert_int_equal(c->type, COR_CORR_VALUE_COUNT);
    assert_int_equal(c->n_rule, 2);
    assert_int_equal(c->rule[0], 2);
    assert_int_equal(c->rule[1], 1);
    assert_true(c->timespan == 90 * 60 * COR_SECOND);
    assert_int_equal(c->n_cond, 2);
    static const char *const group[] = {"SubjectUserName", "TargetUserName", "Computer", "Computer"};
    for (size_t i = 0; i < 4; i++)
        assert_str(c->group_field[i], group[i]);
    static const char *const value[] = {"SubjectUserName", "TargetUserName", "X", "X"};
    assert_int_equal(c->n_value, 2);
    for (size_t i = 0; i < 4; i++)
        assert_str(c->value_field[i], value[i]);
    assert_true(s->rule[1]->silent && s->rule[1]->wanted_by_corr && !s->rule[0]->silent);
    assert_true(!s->rule[3]->silent && !s->rule[3]->wanted_by_corr);
    cor_rules_free(s);
}

static void test_boolean(void **state)
{
    (void)state;
    cor_ruleset *s = load("title: c\ncorrelation: {type: temporal, timespan: 1h, generate: true, condition: b and not (a or z)}\n---\n"
                          BASE("a", "---\n") BASE("b", "---\n") BASE("z", ""), NULL);
    assert_int_equal(s->n_rule, 4);
    const cor_correlation *c = s->rule[0]->corr;
    assert_int_equal(c->n_rule, 3);
    assert_int_equal(c->rule[0], 2); /* in the order of the condition */
    assert_int_equal(c->rule[1], 1);
    assert_int_equal(c->expr->kind, COR_CE_AND);
    assert_int_equal(c->expr->child[1]->kind, COR_CE_NOT);
    assert_int_equal(c->expr->child[1]->child[0]->child[1]->rule, 2);
    assert_true(c->generate && !s->rule[1]->silent && s->rule[1]->wanted_by_corr);
    cor_rules_free(s);
}

static void test_filter(void **state)
{
    (void)state;
    static const char text[] = "title: t\nname: t\nlogsource: {product: windows, service: security}\ndetection:\n  s: {A: 1}\n  condition: s\n---\n"
                               "title: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {B: 2}, condition: not s}\n---\n"
                               "title: g\nlogsource: {service: security}\nfilter: {rules: [t], s: {C: 3}, condition: not s}\n---\n"
                               "title: h\nlogsource: {service: system}\nfilter: {rules: any, s: {D: 4}, condition: not s}\n";
    check_tree(text, NULL, "and(s:A=1, not(s:B=2), not(s:C=3))");
}

static void test_min_level(void **state)
{
    (void)state;
    const cor_load_options o = {.min_level = COR_LEVEL_HIGH};
    cor_ruleset *s = load("title: c\nlevel: critical\ncorrelation: {type: event_count, rules: a, timespan: 5m, generate: true, condition: {gte: 1}}\n---\n"
                          BASE("a", "level: low\n---\n") BASE("b", "level: medium\n---\n") BASE("z", "level: high\n"),
                              &o);
    assert_int_equal(s->n_rule, 3);
    assert_str(s->rule[1]->name, "a");
    assert_true(s->rule[1]->silent && s->rule[1]->wanted_by_corr); /* a part, below the level */
    assert_str(s->rule[2]->name, "z");
    cor_rules_free(s);
}

/* ---- log sources ---- */

static void test_sources(void **state)
{
    (void)state;
    static const struct { const char *source; uint32_t n; const char *channel; uint32_t id; } row[] = {
        {"{category: process_creation, product: windows}", 2, "Microsoft-Windows-Sysmon/Operational", 1},
        {"{category: process_creation}", 2, "Microsoft-Windows-Sysmon/Operational", 1},
        {"{category: process_creation, service: security}", 1, "Security", 4688},
        {"{category: process_creation, service: system}", 0, NULL, 0},
        {"{service: security}", 1, "Security", 0},
        {"{product: windows}", 1, NULL, 0},
        {"{product: linux, service: security}", 0, NULL, 0},
        {"{category: antivirus, product: whatever}", 1, "Microsoft-Windows-Windows Defender/Operational", 1006},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        char text[300];
        snprintf(text, sizeof text, "title: t\nlogsource: %s\ndetection: {s: {A: 1}, condition: s}\n", row[i].source);
        cor_ruleset *s = load(text, NULL);
        const cor_rule *r = s->rule[0];
        if (r->n_source != row[i].n || (r->n_source == 0) != (s->n_diag != 0))
            fail_msg("%s: %u sources, want %u", row[i].source, r->n_source, row[i].n);
        if (row[i].channel != NULL)
            assert_str(r->source[0]->channel[0], row[i].channel);
        assert_int_equal(r->n_source == 0 || r->source[0]->n_event_id == 0 ? 0 : r->source[0]->event_id[0], row[i].id);
        cor_rules_free(s);
    }
}

/* ---- files, packs, memory ---- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void test_pack(void **state)
{
    (void)state;
    char dir[] = "/tmp/cordon-test-XXXXXX", path[3][64];
    assert_non_null(mkdtemp(dir));
    snprintf(path[0], sizeof path[0], "%s/b.yml", dir);
    snprintf(path[1], sizeof path[1], "%s/a.yaml", dir);
    snprintf(path[2], sizeof path[2], "%s/p.pack", dir);
    write_file(path[0], BASE("b", ""));
    write_file(path[1], BASE("a", "---\nbroken: [\n"));
    cor_err e = {0};
    cor_pack_stats n;
    assert_int_equal(cor_rules_pack(dir, path[2], &n, &e), COR_OK);
    assert_int_equal(n.files, 2);
    for (int k = 0; k < 2; k++) { /* the folder and its pack say the same */
        const char *from = k == 0 ? dir : path[2];
        const cor_load_options o = {.path = &from, .n_path = 1};
        cor_ruleset *s = NULL;
        assert_int_equal(cor_rules_load(&o, &s, &e), COR_OK);
        assert_int_equal(s->n_rule, 2);
        assert_int_equal(s->n_refused, 1);
        assert_str(s->rule[0]->title, "a"); /* byte order of names */
        assert_int_equal(s->diag[0].pos.line, 7);
        cor_rules_free(s);
    }
    char link[64]; /* what is named twice counts once; a circle of links ends */
    snprintf(link, sizeof link, "%s/circle", dir);
    assert_int_equal(symlink(dir, link), 0);
    const char *twice[] = {path[0], dir, dir};
    const cor_load_options o3 = {.path = twice, .n_path = 3};
    cor_ruleset *s3 = NULL;
    assert_int_equal(cor_rules_load(&o3, &s3, &e), COR_OK);
    assert_int_equal(s3->n_rule, 2);
    assert_str(s3->rule[0]->title, "b");
    cor_rules_free(s3);
    unlink(link);
    FILE *f = fopen(path[2], "r+b");
    assert_non_null(f);
    fseek(f, 40, SEEK_SET);
    fputs("damaged", f);
    fclose(f);
    const char *from = path[2];
    const cor_load_options o = {.path = &from, .n_path = 1};
    cor_ruleset *s = NULL;
    assert_int_equal(cor_rules_load(&o, &s, &e), COR_EFORMAT);
    from = "/tmp/cordon-test-none/no";
    assert_int_equal(cor_rules_load(&o, &s, &e), COR_EIO);
    for (int i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(dir);
}

static void test_mapping_errors(void **state)
{
    (void)state;
    static const struct { const char *text, *what; uint32_t line; } row[] = {
        {"sources:\n  - category: x\n", "events", 2},
        {"sources:\n  - category: x\n    events:\n      - event_id: [1]\n", "channel", 4},
        {"sources:\n  - category: x\n    events:\n      - channel: C\n        event_id: [a]\n", "number", 5},
        {"sources:\n  - category: x\n    events:\n      - channel: C\n        convert: {A: magic}\n", "conversion", 5},
        {"aliases: {A: system.nothing}\n", "alias", 1},
        {"version: 1\nlogsources: []\n", "`logsources` is not known here", 2},
        {"sources: {category: x}\n", "must be a list", 1},
        {"sources: [1,2\n", "flow sequence", 2},
    };
    char path[] = "/tmp/cordon-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < COR_LEN(row); i++) {
        write_file(path, row[i].text);
        const char *extra = path;
        const cor_load_options o = {.extra_mapping = &extra, .n_extra_mapping = 1};
        cor_ruleset *s = NULL;
        cor_err e = {0};
        char place[64]; /* said with the name of the file: it is not the rule that is at fault */
        snprintf(place, sizeof place, "%s:%u:", path, row[i].line);
        if (cor_rules_load(&o, &s, &e) != COR_EFORMAT || strstr(e.msg, row[i].what) == NULL || strncmp(e.msg, place, strlen(place)) != 0)
            fail_msg("%s: %s", row[i].text, e.msg);
    }
    unlink(path);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char text[] = CORR("rules: [a, b], group-by: F, aliases: {F: {a: X, b: Y}}") BASE("a",
            "---\n") BASE("b", "")
        "---\ntitle: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {B|windash|re: 'x'}, condition: s}\n"
        "---\ntitle: g\nlogsource: {product: windows}\nfilter: {rules: [a, q], s: {B|wide|base64offset|contains: [x, 'y z']}, condition: not s}\n";
    const cor_rule_text t = {"t.yml", cor_str_of(text)};
    const cor_load_options o = {.text = &t, .n_text = 1, .lint = true, .builtin = true};
    for (long k = 0;; k++) {
        cor_ruleset *s = NULL;
        cor_err e = {0};
        cor_oom_at(k);
        cor_code c = cor_rules_load(&o, &s, &e);
        bool fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_rules_free(s);
        if (!fired) {
            assert_int_equal(c, COR_OK);
            assert_true(k > 10);
            break;
        }
        if (c != COR_ENOMEM)
            fail_msg("allocation %ld: code %d", k, (int)c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_structure), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_value_hints), cmocka_unit_test(test_warnings), cmocka_unit_test(test_reference_errors),
        cmocka_unit_test(test_correlation), cmocka_unit_test(test_boolean), cmocka_unit_test(test_filter),
        cmocka_unit_test(test_min_level), cmocka_unit_test(test_sources), cmocka_unit_test(test_pack),
        cmocka_unit_test(test_mapping_errors), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
