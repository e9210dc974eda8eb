#include "sigma/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/utf.h"

bool cor_scratch_init(cor_scratch *s)
{
    *s = (cor_scratch){0};
    cor_arena_init(&s->mem, (size_t)256 << 10); /* the texts of nearly every event fit, so that events cost no malloc */
    s->re = cor_regex_run_new();
    return s->re != NULL;
}

void cor_scratch_free(cor_scratch *s)
{
    cor_arena_free(&s->mem);
    cor_buf_free(&s->fold);
    cor_regex_run_free(s->re);
    *s = (cor_scratch){0};
}

cor_str cor_scratch_fold(cor_scratch *s, cor_str text)
{
    cor_buf_clear(&s->fold);
    cor_fold_utf8(text, &s->fold);
    cor_str r = cor_buf_ok(&s->fold) ? cor_arena_str(&s->mem, cor_buf_view(&s->fold)) : (cor_str){NULL, 0};
    if (r.p == NULL)
        s->nomem = true;
    return r;
}

cor_str cor_values_folded(const cor_values *v, uint32_t i, cor_scratch *s)
{
    if (v->folded[i].p == NULL)
        v->folded[i] = cor_scratch_fold(s, v->text[i]);
    return v->folded[i];
}

/* ---- making ready ---- */

static cor_str fold_into(cor_str s, cor_arena *mem)
{
    cor_buf b = {0};
    cor_fold_utf8(s, &b);
    cor_str r = cor_buf_ok(&b) ? cor_arena_str(mem, cor_buf_view(&b)) : (cor_str){NULL, 0};
    cor_buf_free(&b);
    return r;
}

static cor_code ready_pieces(const cor_test *t, cor_arena *mem, cor_ready *out, cor_err *e)
{
    cor_piece *p = cor_arena_get(mem, t->n_piece * sizeof *p);
    if (p == NULL)
        return cor_nomem(e, "sigma");
    for (uint32_t i = 0; i < t->n_piece; i++) {
        p[i] = t->piece[i];
        if (p[i].kind == COR_PIECE_TEXT && !t->cased && (p[i].text = fold_into(p[i].text, mem)).p == NULL)
            return cor_nomem(e, "sigma");
    }
    out->piece = p;
    return COR_OK;
}

cor_code cor_ready_make(const cor_test *t, cor_arena *mem, cor_ready *out, cor_err *e)
{
    *out = (cor_ready){.t = t};
    switch (t->op) {
    case COR_OP_EQUALS: case COR_OP_CONTAINS: case COR_OP_STARTSWITH: case COR_OP_ENDSWITH:
        out->lit = t->cased ? t->text : fold_into(t->text, mem);
        return out->lit.p == NULL && t->text.n != 0 ? cor_nomem(e, "sigma") : COR_OK;
    case COR_OP_PATTERN:
        return ready_pieces(t, mem, out, e);
    case COR_OP_REGEX: {
        cor_code c = cor_regex_new(t->text, t->re_flags, true, &out->re, e);
        return c == COR_EFORMAT ? COR_OK : c;
    }
    default:
        return COR_OK;
    }
}

void cor_ready_end(cor_ready *r)
{
    cor_regex_free(r->re);
    r->re = NULL;
}

/* ---- the tests ---- */

static bool compare_text(cor_op op, cor_str v, cor_str lit)
{
    switch (op) {
    case COR_OP_EQUALS: return cor_str_eq(v, lit);
    case COR_OP_CONTAINS: return lit.n == 0 || memmem(v.p, v.n, lit.p, lit.n) != NULL;
    case COR_OP_STARTSWITH: return v.n >= lit.n && (lit.n == 0 || memcmp(v.p, lit.p, lit.n) == 0);
    case COR_OP_ENDSWITH: return v.n >= lit.n && (lit.n == 0 || memcmp(v.p + v.n - lit.n, lit.p, lit.n) == 0);
    default: return false;
    }
}

/* One run of pieces between two '*' at position *at of v; moves *at behind it. */
static bool run_at(const cor_piece *p, uint32_t n, cor_str v, size_t *at)
{
    size_t i = *at;
    for (uint32_t k = 0; k < n; k++) {
        if (p[k].kind == COR_PIECE_TEXT) {
            if (v.n - i < p[k].text.n || (p[k].text.n != 0 && memcmp(v.p + i, p[k].text.p, p[k].text.n) != 0))
                return false;
            i += p[k].text.n;
        } else {
            if (i == v.n)
                return false;
            cor_utf8_next(v, &i);
        }
    }
    *at = i;
    return true;
}

static bool next_char(cor_str v, size_t *at)
{
    if (*at >= v.n)
        return false;
    cor_utf8_next(v, at);
    return true;
}

/* Each run is put at its first place behind the one before; the last must end the value. A later place of an earlier
 * run can never help, so there is no going back: at most (value length x run length) steps in all. */
static bool pattern(const cor_piece *p, uint32_t n, cor_str v)
{
    size_t at = 0;
    uint32_t i = 0;
    bool floating = false;
    while (i < n || floating) {
        uint32_t k = i;
        while (k < n && p[k].kind != COR_PIECE_ANY)
            k++;
        bool last = k == n;
        if (!floating) {
            if (!run_at(p + i, k - i, v, &at))
                return false;
            if (last)
                return at == v.n;
        } else {
            for (;;) {
                size_t behind = at;
                if (run_at(p + i, k - i, v, &behind) && (!last || behind == v.n || k == i)) {
                    at = behind;
                    break;
                }
                if (!next_char(v, &at))
                    return false;
            }
            if (last)
                return true;
        }
        floating = true;
        i = k + 1;
    }
    return v.n == 0; /* no piece at all: the empty text */
}

static bool in_net(const cor_test *t, cor_str s)
{
    uint8_t a[16];
    if (!cor_address_parse(s, a))
        return false;
    unsigned whole = t->net_bits / 8, rest = t->net_bits % 8;
    if (whole > 16 || (whole == 16 && rest != 0))
        return false;
    if (memcmp(a, t->net, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ t->net[whole]) >> (8 - rest)) == 0;
}

static bool compare_number(cor_cmp cmp, double a, double b)
{
    switch (cmp) {
    case COR_CMP_EQ: return a == b;
    case COR_CMP_NEQ: return a < b || a > b;
    case COR_CMP_LT: return a < b;
    case COR_CMP_LTE: return a <= b;
    case COR_CMP_GT: return a > b;
    case COR_CMP_GTE: return a >= b;
    }
    return false;
}

/* Decimal (with sign, fraction, exponent) or 0x hex; blanks around it are the event's, not a number's. */
static bool number_of(cor_str s, double *out)
{
    char t[64], *end;
    if (s.n == 0 || s.n >= sizeof t)
        return false;
    memcpy(t, s.p, s.n);
    t[s.n] = '\0';
    if (t[strspn(t, "0123456789abcdefABCDEFxX+-.")] != '\0')
        return false;
    bool hex = t[0] == '0' && (t[1] | 32) == 'x';
    if (hex)
        *out = (double)strtoull(t + 2, &end, 16);
    else if (strpbrk(t, "xX") != NULL || strpbrk(t, "0123456789") == NULL)
        return false;
    else
        *out = strtod(t, &end);
    return *end == '\0' && end != t + (hex ? 2 : 0) && isfinite(*out);
}

/* A whole number of at most 64 bits as sign and size; anything else is left to number_of. */
static bool whole_of(cor_str s, bool *negative, uint64_t *size)
{
    bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x';
    size_t i = hex ? 2 : s.n > 1 && (s.p[0] == '-' || s.p[0] == '+');
    *negative = !hex && i == 1 && s.p[0] == '-';
    *size = 0;
    for (size_t k = i; k < s.n; k++) {
        char c = (char)(s.p[k] | 32);
        uint64_t d = s.p[k] >= '0' && s.p[k] <= '9' ? (uint64_t)(s.p[k] - '0')
                     : hex && c >= 'a' && c <= 'f'  ? (uint64_t)(c - 'a' + 10)
                                                    : 16;
        if (d == 16 || __builtin_mul_overflow(*size, hex ? UINT64_C(16) : UINT64_C(10), size) ||
            __builtin_add_overflow(*size, d, size))
            return false;
    }
    return s.n > i;
}

/* Whole numbers compare exactly: a double would take neighbours above 2^53 for equal. */
static bool compare(const cor_test *t, cor_str text)
{
    bool negative, minus = t->minus, whole = t->whole;
    uint64_t size, other = t->size;
    double d, most = fabs(t->number);
    if (!whole && most < 18446744073709551616.0 && floor(most) >= most) { /* 1e18, 10.0 */
        whole = true;
        minus = t->number < 0;
        other = (uint64_t)most;
    }
    if (!whole || !whole_of(text, &negative, &size))
        return number_of(text, &d) && compare_number(t->cmp, d, t->number);
    negative = negative && size != 0;
    minus = minus && other != 0;
    int order = negative != minus            ? (negative ? -1 : 1)
                : size == other              ? 0
                : (size < other) != negative ? -1
                                             : 1;
    return compare_number(t->cmp, order, 0);
}

static bool part_of_time(const cor_test *t, cor_str text, cor_val raw)
{
    cor_time at;
    if (!cor_val_time(raw, &at) && !cor_time_parse(text, &at, NULL))
        return false;
    cor_civil c = cor_time_civil(at);
    double v = 0;
    switch (t->part) {
    case COR_PART_MINUTE: v = c.minute; break;
    case COR_PART_HOUR: v = c.hour; break;
    case COR_PART_DAY: v = c.day; break;
    case COR_PART_WEEK: v = c.week; break;
    case COR_PART_MONTH: v = c.month; break;
    case COR_PART_YEAR: v = c.year; break;
    }
    return compare_number(t->cmp, v, t->number);
}

bool cor_ready_on(const cor_ready *r, const cor_values *v, uint32_t i, cor_scratch *s)
{
    const cor_test *t = r->t;
    cor_str text = v->text[i];
    switch (t->op) {
    case COR_OP_EQUALS: case COR_OP_CONTAINS: case COR_OP_STARTSWITH: case COR_OP_ENDSWITH: case COR_OP_PATTERN:
        if (!t->cased) {
            text = cor_values_folded(v, i, s);
            if (text.p == NULL)
                return false;
        }
        return t->op == COR_OP_PATTERN ? pattern(r->piece, t->n_piece, text) : compare_text(t->op, text, r->lit);
    case COR_OP_REGEX: {
        cor_regex_result x = r->re == NULL ? COR_REGEX_NO : cor_regex_match(s->re, r->re, text);
        s->limits += x == COR_REGEX_LIMIT;
        return x == COR_REGEX_YES;
    }
    case COR_OP_CIDR: return in_net(t, text);
    case COR_OP_COMPARE: return compare(t, text);
    case COR_OP_TIMEPART: return part_of_time(t, text, v->raw[i]);
    case COR_OP_NULL: return text.n == 0;
    default: return false;
    }
}

/* Another field's value: a field that is absent or empty refers to nothing, and only an empty value equals it. */
static bool refers(const cor_ready *r, const cor_values *v, uint32_t k, const cor_values *ref, cor_scratch *s)
{
    cor_str a = r->t->cased ? v->text[k] : cor_values_folded(v, k, s);
    for (uint32_t i = 0; a.p != NULL && i < ref->n; i++) {
        cor_str b = r->t->cased ? ref->text[i] : cor_values_folded(ref, i, s);
        if (b.p != NULL && (b.n != 0 || r->t->ref_op == COR_OP_EQUALS) && compare_text(r->t->ref_op, a, b))
            return true;
    }
    return false;
}

bool cor_ready_holds(const cor_ready *r, const cor_values *v, const cor_values *ref, cor_scratch *s, uint32_t *which)
{
    const cor_test *t = r->t;
    if (which != NULL)
        *which = 0;
    if (t->op == COR_OP_FALSE)
        return false;
    if (t->op == COR_OP_EXISTS)
        return v->present == t->wanted;
    if (t->op == COR_OP_NULL && !v->present)
        return true;
    for (uint32_t i = 0; i < v->n; i++) {
        bool yes = t->op == COR_OP_FIELDREF ? refers(r, v, i, ref, s) : cor_ready_on(r, v, i, s);
        if (yes) {
            if (which != NULL)
                *which = i;
            return true;
        }
    }
    return false;
}
