#include "sigma/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "sigma/rule.h"

/* Fills often and times; says whether quantifiers may be turned lazy without changing which texts match. */
static bool count_needed(cor_regex *re, cor_str source, uint32_t flags);

/* Internal calls of one match before it is given up: a few milliseconds. The 165 expressions of the SigmaHQ
 * rules stay below 2,000 on all test logs; one that explodes needs millions. */
#define MATCH_LIMIT 400000u
#define DEPTH_LIMIT 50000u
#define HEAP_LIMIT_KIB 16384u
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)
#define LITERAL_MIN 2
#define LITERAL_MAX 64 /* longer ones distinguish no better */
#define TIMES_MIN 4    /* from here on a.*a.*a.*a tries ever more ways on a text with too few of them */

struct cor_regex {
    pcre2_code *code;
    char often;      /* a byte that every match holds at least `times` times; 0 times: none worth counting */
    uint32_t times;
    bool in_line;    /* and all of them in one line */
};

struct cor_regex_run {
    pcre2_match_data *data;
    pcre2_match_context *ctx;
    pcre2_jit_stack *stack;
};

static void *take(size_t n, void *ctx)
{
    (void)ctx;
    return cor_alloc(n);
}

static void give(void *p, void *ctx)
{
    (void)ctx;
    cor_free(p);
}

cor_code cor_regex_new(cor_str source, uint32_t flags, bool jit, cor_regex **out, cor_err *e)
{
    uint32_t o = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (flags & COR_RE_I)
        o |= PCRE2_CASELESS;
    if (flags & COR_RE_M)
        o |= PCRE2_MULTILINE;
    if (flags & COR_RE_S)
        o |= PCRE2_DOTALL;
    *out = NULL;
    cor_regex *re = cor_zalloc(sizeof *re);
    pcre2_general_context *g = pcre2_general_context_create(take, give, NULL);
    pcre2_compile_context *c = g == NULL ? NULL : pcre2_compile_context_create(g);
    if (c != NULL)
        pcre2_set_newline(c, PCRE2_NEWLINE_LF); /* whatever the library was built with */
    if (re != NULL && count_needed(re, source, flags) && re->times != 0)
        o |= PCRE2_UNGREEDY; /* a.*a.*a: the first way that fits, not the last of very many */
    cor_code code = COR_OK;
    int err = 0;
    PCRE2_SIZE at = 0;
    if (re == NULL || c == NULL)
        code = cor_nomem(e, "sigma");
    else if ((re->code = pcre2_compile((PCRE2_SPTR)source.p, source.n, o, &err, &at, c)) == NULL) {
        PCRE2_UCHAR text[160];
        if (err == PCRE2_ERROR_NOMEMORY || err == 121) { /* 121: "failed to allocate heap memory" of the compiler */
            code = cor_nomem(e, "sigma");
        } else {
            pcre2_get_error_message(err, text, sizeof text);
            code = cor_fail(e, COR_EFORMAT, "sigma", at, "regular expression: %s at character %zu", (const char *)text,
                            (size_t)at + 1);
        }
    } else if (jit) {
        pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE); /* without JIT it only runs slower */
    }
    pcre2_compile_context_free(c);
    pcre2_general_context_free(g);
    if (code != COR_OK) {
        cor_regex_free(re);
        return code;
    }
    *out = re;
    return COR_OK;
}

void cor_regex_free(cor_regex *re)
{
    if (re == NULL)
        return;
    pcre2_code_free(re->code);
    cor_free(re);
}

cor_regex_run *cor_regex_run_new(void)
{
    cor_regex_run *r = cor_zalloc(sizeof *r);
    pcre2_general_context *g = pcre2_general_context_create(take, give, NULL);
    if (r == NULL || g == NULL) {
        pcre2_general_context_free(g);
        cor_free(r);
        return NULL;
    }
    r->data = pcre2_match_data_create(1, g);
    r->ctx = pcre2_match_context_create(g);
    r->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, g);
    pcre2_general_context_free(g);
    if (r->data == NULL || r->ctx == NULL || r->stack == NULL) {
        cor_regex_run_free(r);
        return NULL;
    }
    pcre2_set_match_limit(r->ctx, MATCH_LIMIT);
    pcre2_set_depth_limit(r->ctx, DEPTH_LIMIT);
    pcre2_set_heap_limit(r->ctx, HEAP_LIMIT_KIB);
    pcre2_jit_stack_assign(r->ctx, NULL, r->stack);
    return r;
}

void cor_regex_run_free(cor_regex_run *run)
{
    if (run == NULL)
        return;
    pcre2_match_data_free(run->data);
    pcre2_match_context_free(run->ctx);
    pcre2_jit_stack_free(run->stack);
    cor_free(run);
}

static bool too_few(const cor_regex *re, cor_str text)
{
    uint32_t n = 0;
    const char *p = text.p, *end = text.p + text.n, *line = text.p;
    while (n < re->times && p < end && (p = memchr(p, re->often, (size_t)(end - p))) != NULL) {
        if (re->in_line && n != 0 && memchr(line, '\n', (size_t)(p - line)) != NULL)
            n = 0;
        line = p++;
        n++;
    }
    return n < re->times;
}

cor_regex_result cor_regex_match(cor_regex_run *run, const cor_regex *re, cor_str text)
{
    if (re->times != 0 && too_few(re, text))
        return COR_REGEX_NO;
    int rc = pcre2_match(re->code, (PCRE2_SPTR)text.p, text.n, 0, 0, run->data, run->ctx);
    return rc >= 0 ? COR_REGEX_YES : rc == PCRE2_ERROR_NOMATCH ? COR_REGEX_NO : COR_REGEX_LIMIT;
}

bool cor_regex_odd(cor_str text)
{
    return memmem(text.p, text.n, "\xe2\x84\xaa", 3) != NULL || memmem(text.p, text.n, "\xc5\xbf", 2) != NULL;
}

/* ---- the literal that must occur ----
 *
 * A deliberately small reader of the syntax: it understands a top-level sequence of characters, classes, groups and
 * quantifiers; whatever else it meets makes it give up (no literal), never guess. */

typedef struct scan {
    const char *p, *end;
    char run[LITERAL_MAX], best[LITERAL_MAX];
    size_t n, n_best;
    uint16_t count[128]; /* how often each byte must occur */
    bool grouped;        /* a group, or a quantifier that gives nothing back, was met: greed may decide what matches */
    bool may_break;      /* something besides characters and '.' was met: a match may go over lines */
} scan;

static void cut(scan *s)
{
    if (s->n > s->n_best) {
        memcpy(s->best, s->run, s->n);
        s->n_best = s->n;
    }
    s->n = 0;
}

static bool skip_class(scan *s) /* behind '[' */
{
    if (s->p < s->end && *s->p == '^')
        s->p++;
    if (s->p < s->end && *s->p == ']')
        s->p++;
    while (s->p < s->end && *s->p != ']') {
        if (*s->p == '[' && s->end - s->p > 1 && (s->p[1] == ':' || s->p[1] == '.' || s->p[1] == '=')) {
            const char *close = memchr(s->p + 2, ']', (size_t)(s->end - s->p) - 2);
            if (close == NULL)
                return false;
            s->p = close + 1;
            continue;
        }
        if (*s->p == '\\') {
            if (s->end - s->p < 2 || s->p[1] == 'Q' || s->p[1] == 'E')
                return false;
            s->p++;
        }
        s->p++;
    }
    if (s->p == s->end)
        return false;
    s->p++;
    return true;
}

static bool skip_group(scan *s) /* behind '(' */
{
    int depth = 1;
    if (s->p < s->end && *s->p == '*')
        return false; /* (*VERB) may change everything */
    while (s->p < s->end && depth > 0) {
        char c = *s->p++;
        if (c == '\\') {
            if (s->p == s->end || *s->p == 'Q' || *s->p == 'E')
                return false;
            s->p++;
        } else if (c == '[') {
            if (!skip_class(s))
                return false;
        } else if (c == '(') {
            if (s->p < s->end && *s->p == '*')
                return false;
            if (s->end - s->p > 1 && s->p[0] == '?' && s->p[1] == '#')
                return false;
            depth++;
        } else if (c == ')') {
            depth--;
        }
    }
    return depth == 0;
}

static size_t strspn_flags(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && ((p[n] >= 'a' && p[n] <= 'z') || p[n] == '-' || p[n] == '^'))
        n++;
    return n;
}

/* (?i) and the like at the current level, behind "(?": understands i, m, s, -; false: something else. */
static bool inline_flags(scan *s, bool *caseless)
{
    const char *p = s->p + 1;
    bool on = true;
    bool i = *caseless;
    for (; p < s->end && *p != ')'; p++) {
        if (*p == '-')
            on = false;
        else if (*p == 'i')
            i = i || on; /* switched off again: still treated as caseless, which only weakens the claim */
        else if (*p == 's')
            s->may_break = true;
        else if (*p != 'm')
            return false;
    }
    if (p == s->end)
        return false;
    *caseless = i;
    s->p = p + 1;
    return true;
}

/* After an atom: 0 no quantifier, 1 at least once, -1 may be absent, -2 not understood. Moves behind it. */
static int quantifier(scan *s)
{
    int r;
    if (s->p == s->end)
        return 0;
    if (*s->p == '?' || *s->p == '*') {
        r = -1;
        s->p++;
    } else if (*s->p == '+') {
        r = 1;
        s->p++;
    } else if (*s->p == '{' && s->end - s->p > 1 && s->p[1] >= '0' && s->p[1] <= '9') {
        const char *close = memchr(s->p, '}', (size_t)(s->end - s->p));
        if (close == NULL)
            return -2;
        r = s->p[1] == '0' ? -1 : 1;
        s->p = close + 1;
    } else if (*s->p == '{') {
        return -2;
    } else {
        return 0;
    }
    if (s->p < s->end && (*s->p == '?' || *s->p == '+'))
        s->grouped |= *s->p++ == '+';
    return s->p < s->end && (*s->p == '{' || *s->p == '*' || *s->p == '?' || *s->p == '+') ? -2 : r;
}

static bool literal_char(scan *s, char c)
{
    bool ascii = (unsigned char)c < 0x80;
    int q = quantifier(s);
    if (q == -2)
        return false;
    if (q == -1 || !ascii) {
        cut(s);
        return true;
    }
    if (s->count[(unsigned char)c] < UINT16_MAX)
        s->count[(unsigned char)c]++;
    if (s->n == LITERAL_MAX)
        cut(s);
    s->run[s->n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    if (q == 1)
        cut(s); /* x+ holds one x for sure, but what follows may stand behind several */
    return true;
}

static bool step(scan *s, bool *caseless)
{
    char c = *s->p++;
    s->grouped |= c == '(';
    s->may_break |= c == '[' || c == '(' || c == '\n' ||
                    (c == '\\' && s->p < s->end && ((*s->p | 32) >= 'a' && (*s->p | 32) <= 'z'));
    switch (c) {
    case '|': case ')': case '*': case '+': case '?':
        return false;
    case '(':
        if (s->p < s->end && *s->p == '?') {
            const char *q = s->p + 1 + strspn_flags(s->p + 1, s->end);
            if (q == s->end)
                return false;
            if (*q == ')') { /* (?i): from here on */
                cut(s);
                return inline_flags(s, caseless);
            }
            if (strchr(q == s->p + 1 ? ":=!<>|P'" : ":", *q) == NULL)
                return false;
        }
        cut(s);
        return skip_group(s) && quantifier(s) != -2;
    case '[':
        cut(s);
        return skip_class(s) && quantifier(s) != -2;
    case '^': case '$':
        cut(s);
        return quantifier(s) == 0;
    case '.':
        cut(s);
        return quantifier(s) != -2;
    case '\\': {
        if (s->p == s->end)
            return false;
        char x = *s->p++;
        if (strchr("dDwWsSbBhHvVRNAzZ", x) != NULL && x != '\0') {
            cut(s);
            return !(x == 'N' && s->p < s->end && *s->p == '{') && quantifier(s) != -2;
        }
        if ((x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z'))
            return false; /* back references, \x, \Q, \K ... */
        return literal_char(s, x);
    }
    default:
        return literal_char(s, c);
    }
}

static bool read_all(scan *s, cor_str source, uint32_t flags, bool *caseless)
{
    *s = (scan){.p = source.p, .end = source.p + source.n};
    *caseless = flags & COR_RE_I;
    while (s->p < s->end)
        if (!step(s, caseless))
            return false;
    cut(s);
    return true;
}

cor_str cor_regex_literal(cor_str source, uint32_t flags, cor_arena *mem, bool *caseless)
{
    scan s;
    if (!read_all(&s, source, flags, caseless) || s.n_best < LITERAL_MIN)
        return (cor_str){NULL, 0};
    return cor_arena_str(mem, (cor_str){s.best, s.n_best});
}

static bool count_needed(cor_regex *re, cor_str source, uint32_t flags)
{
    scan s;
    bool caseless;
    if (!read_all(&s, source, flags, &caseless))
        return false;
    for (int c = 0; c < 128; c++) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (s.count[c] >= TIMES_MIN && s.count[c] > re->times && !(letter && caseless)) {
            re->often = (char)c;
            re->times = s.count[c];
            re->in_line = !s.may_break && !(flags & COR_RE_S);
        }
    }
    return !s.grouped;
}
