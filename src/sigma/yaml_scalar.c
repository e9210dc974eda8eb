/* What a plain scalar is: the implicit types of YAML 1.1 exactly as PyYAML's safe loader decides them, so that a rule
 * means here what it means in pySigma. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "sigma/yaml.h"

static bool one_of(cor_str s, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (cor_str_is(s, word[i]))
            return true;
    return false;
}

static const char *const yes[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
static const char *const no[] = {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
static const char *const null[] = {"", "~", "null", "Null", "NULL"};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_in(cor_str s, size_t from, const char *set)
{
    if (from >= s.n)
        return false;
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] == '\0' || strchr(set, s.p[i]) == NULL)
            return false;
    return true;
}

/* (:[0-5]?[0-9])+ up to `end`: the sexagesimal tail of 190:20:30. */
static bool base60_tail(cor_str s, size_t i, size_t end)
{
    bool any = false;
    while (i < end) {
        if (s.p[i++] != ':' || i >= end || !digit(s.p[i]))
            return false;
        if (i + 1 < end && digit(s.p[i + 1])) {
            if (s.p[i] > '5')
                return false;
            i++;
        }
        i++;
        any = true;
    }
    return any;
}

static size_t run(cor_str s, size_t i) /* end of [0-9_]* */
{
    while (i < s.n && (digit(s.p[i]) || s.p[i] == '_'))
        i++;
    return i;
}

static bool is_int(cor_str s)
{
    size_t i = s.p[0] == '-' || s.p[0] == '+' ? 1 : 0;
    if (i >= s.n || !digit(s.p[i]))
        return false;
    if (s.p[i] == '0') {
        if (i + 1 == s.n)
            return true;
        if (s.p[i + 1] == 'b')
            return all_in(s, i + 2, "01_");
        if (s.p[i + 1] == 'x')
            return all_in(s, i + 2, "0123456789abcdefABCDEF_");
        return all_in(s, i + 1, "01234567_");
    }
    size_t end = run(s, i);
    return end == s.n || base60_tail(s, end, s.n);
}

static bool is_exponent(cor_str s, size_t i)
{
    if (i == s.n)
        return true;
    return s.n - i >= 3 && (s.p[i] == 'e' || s.p[i] == 'E') && (s.p[i + 1] == '-' || s.p[i + 1] == '+') &&
           all_in(s, i + 2, "0123456789");
}

static bool is_float(cor_str s)
{
    static const char *const odd[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
                                      ".nan", ".NaN", ".NAN"};
    if (one_of(s, odd, COR_LEN(odd)))
        return true;
    if (s.p[0] == '.')
        return s.n > 1 && digit(s.p[1]) && is_exponent(s, run(s, 1));
    size_t i = s.p[0] == '-' || s.p[0] == '+' ? 1 : 0;
    if (i >= s.n || !digit(s.p[i]))
        return false;
    size_t end = run(s, i);
    if (end < s.n && s.p[end] == '.')
        return is_exponent(s, run(s, end + 1));
    const char *dot = memchr(s.p, '.', s.n);
    if (dot == NULL)
        return false;
    size_t at = (size_t)(dot - s.p);
    return base60_tail(s, end, at) && run(s, at + 1) == s.n;
}

static bool digits(cor_str s, size_t at, size_t n)
{
    if (at + n > s.n)
        return false;
    for (size_t i = at; i < at + n; i++)
        if (!digit(s.p[i]))
            return false;
    return true;
}

/* A date alone is 2001-12-14; with a time the month and day may have one digit and the zone may be missing. */
static bool is_time(cor_str s)
{
    if (!digits(s, 0, 4) || s.n < 8 || s.p[4] != '-')
        return false;
    if (s.n == 10 && digits(s, 5, 2) && s.p[7] == '-' && digits(s, 8, 2))
        return true;
    size_t i = 5;
    for (int part = 0; part < 2; part++) {
        if (!digits(s, i, 1))
            return false;
        i += digits(s, i, 2) ? 2 : 1;
        if (part == 0 && (i >= s.n || s.p[i++] != '-'))
            return false;
    }
    if (i >= s.n || (s.p[i] != 'T' && s.p[i] != 't' && s.p[i] != ' ' && s.p[i] != '\t'))
        return false;
    while (i < s.n && (s.p[i] == 'T' || s.p[i] == 't' || s.p[i] == ' ' || s.p[i] == '\t'))
        i++;
    i += digits(s, i, 2) ? 2 : 1;
    return i + 5 < s.n && s.p[i] == ':' && digits(s, i + 1, 2) && s.p[i + 3] == ':' && digits(s, i + 4, 2);
}

cor_ytype cor_yscalar_type(const cor_ynode *n)
{
    if (n->kind != COR_Y_SCALAR || n->style != COR_YS_PLAIN || n->tagged_text)
        return COR_YT_TEXT;
    cor_str s = n->text;
    /* Nearly every scalar is a word or a path: one look at the first character settles those. */
    if (s.n != 0 && strchr("~nNyYtToOfF0123456789+-.", s.p[0]) == NULL)
        return COR_YT_TEXT;
    if (s.n <= 5) {
        if (one_of(s, null, COR_LEN(null)))
            return COR_YT_NULL;
        if (one_of(s, yes, COR_LEN(yes)) || one_of(s, no, COR_LEN(no)))
            return COR_YT_BOOL;
    }
    if (is_int(s))
        return COR_YT_INT;
    if (is_float(s))
        return COR_YT_FLOAT;
    return is_time(s) ? COR_YT_TIME : COR_YT_TEXT;
}

bool cor_yscalar_bool(const cor_ynode *n, bool *out)
{
    if (cor_yscalar_type(n) != COR_YT_BOOL)
        return false;
    *out = one_of(n->text, yes, COR_LEN(yes));
    return true;
}

/* Underscores out; longer numbers than this hold no information that a 64-bit value or a double could carry. */
static bool squeeze(cor_str s, char out[64])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '_') {
            if (n == 63)
                return false;
            out[n++] = s.p[i];
        }
    out[n] = '\0';
    return true;
}

static bool base60(const char *p, double *out)
{
    double v = 0;
    for (;;) {
        char *end;
        v = v * 60 + strtod(p, &end);
        if (end == p)
            return false;
        if (*end != ':')
            break;
        p = end + 1;
    }
    *out = v;
    return true;
}

bool cor_yscalar_whole(const cor_ynode *n, bool *minus, uint64_t *size)
{
    char b[64];
    if (cor_yscalar_type(n) != COR_YT_INT || !squeeze(n->text, b))
        return false;
    const char *p = b;
    *minus = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (strchr(p, ':') != NULL) {
        double d;
        if (!base60(p, &d) || d > 9e15)
            return false;
        *size = (uint64_t)d;
        return true;
    }
    int base = p[0] != '0' ? 10 : p[1] == 'b' ? 2 : p[1] == 'x' ? 16 : 8;
    errno = 0;
    *size = strtoull(base == 2 || base == 16 ? p + 2 : p, NULL, base);
    return errno == 0;
}

bool cor_yscalar_int(const cor_ynode *n, int64_t *out)
{
    bool minus;
    uint64_t size;
    if (!cor_yscalar_whole(n, &minus, &size) || size > INT64_MAX)
        return false;
    *out = minus ? -(int64_t)size : (int64_t)size;
    return true;
}

bool cor_yscalar_number(const cor_ynode *n, double *out)
{
    int64_t i;
    if (cor_yscalar_int(n, &i)) {
        *out = (double)i;
        return true;
    }
    char b[64];
    cor_ytype t = cor_yscalar_type(n);
    if ((t != COR_YT_FLOAT && t != COR_YT_INT) || !squeeze(n->text, b))
        return false;
    const char *p = b;
    bool minus = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    double v;
    if (!base60(p, &v) || !isfinite(v))
        return false;
    *out = minus ? -v : v;
    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Folding and indentation change blanks only, so the n-th visible byte of the text is the n-th visible byte of the
 * source; in single quotes '' stands for one. */
void cor_yscalar_pos(cor_str file, const cor_ynode *n, size_t at, uint32_t *line, uint32_t *col)
{
    *line = n->line;
    *col = n->col;
    size_t i = 0;
    for (uint32_t l = 1; l < n->line && i < file.n; i++)
        l += file.p[i] == '\n';
    if (n->line == 1 && file.n >= 3 && memcmp(file.p, "\xef\xbb\xbf", 3) == 0)
        i = 3;
    for (uint32_t c = 1; c < n->col && i < file.n; c++)
        for (i++; i < file.n && ((unsigned char)file.p[i] & 0xc0) == 0x80;)
            i++;
    uint32_t l = n->line, c = n->col;
    if (n->style == COR_YS_BLOCK) { /* the text begins on the line after | or > */
        while (i < file.n && file.p[i] != '\n')
            i++;
    } else if (n->style != COR_YS_PLAIN && i < file.n) {
        i++;
        c++;
    }
    size_t visible = 0, left = 0;
    for (size_t k = 0; k < n->text.n; k++) {
        visible += k < at && !blank(n->text.p[k]);
        left += k >= at && !blank(n->text.p[k]);
    }
    if (left == 0 && visible == 0)
        return;
    for (; i < file.n; i++) {
        char ch = file.p[i];
        if (ch == '\n') {
            l++;
            c = 1;
            continue;
        }
        if (!blank(ch)) {
            if (n->style == COR_YS_DOUBLE && ch == '\\')
                return;
            if (visible == 0) {
                *line = l;
                *col = c;
                return;
            }
            if (--visible == 0 && left == 0) { /* the end of the text: right behind its last character */
                *line = l;
                *col = c + (((unsigned char)ch & 0xc0) != 0x80);
                return;
            }
            if (n->style == COR_YS_SINGLE && ch == '\'' && i + 1 < file.n && file.p[i + 1] == '\'') {
                i++;
                c++;
            }
        }
        c += ((unsigned char)ch & 0xc0) != 0x80;
    }
}
