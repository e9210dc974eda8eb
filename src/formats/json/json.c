#include "base/cursor.h"
#include "formats/json/json.h"

typedef struct parser {
    const uint8_t *p;
    size_t n, i;
    uint64_t base;
    cor_arena *mem;
    cor_err *e;
    uint32_t nodes, depth;
} parser;

static cor_code value(parser *s, cor_jnode **out);

static cor_code wrong(parser *s, const char *want)
{
    if (s->i >= s->n)
        return cor_fail(s->e, COR_ETRUNC, "json", s->base + s->n, "the text ends where %s should be", want);
    uint8_t c = s->p[s->i];
    if (c > 0x20 && c < 0x7f)
        return cor_fail(s->e, COR_EFORMAT, "json", s->base + s->i, "'%c' where %s should be", c, want);
    return cor_fail(s->e, COR_EFORMAT, "json", s->base + s->i, "byte 0x%02x where %s should be", c, want);
}

static inline void space(parser *s)
{
    while (s->i < s->n && (s->p[s->i] == ' ' || s->p[s->i] == '\n' || s->p[s->i] == '\r' || s->p[s->i] == '\t'))
        s->i++;
}

/* High bits of the bytes of w that equal c. Bits above the first true one may be false alarms; the first never is. */
static inline uint64_t bytes_equal(uint64_t w, uint8_t c)
{
    uint64_t x = w ^ (UINT64_C(0x0101010101010101) * c);
    return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

/* Moves to the next quote, backslash or line feed of a string (or the end). */
static inline void plain(parser *s)
{
    while (s->n - s->i >= 8) {
        uint64_t w = cor_ld64(s->p + s->i);
        uint64_t hit = bytes_equal(w, '"') | bytes_equal(w, '\\') | bytes_equal(w, '\n');
        if (hit != 0) {
            s->i += (size_t)__builtin_ctzll(hit) >> 3;
            return;
        }
        s->i += 8;
    }
    while (s->i < s->n && s->p[s->i] != '"' && s->p[s->i] != '\\' && s->p[s->i] != '\n')
        s->i++;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at s->i, which moves behind them. */
static cor_code unit(parser *s, uint32_t *out)
{
    uint32_t v = 0;
    for (int k = 0; k < 4; k++, s->i++) {
        int d = s->i < s->n ? hex_digit(s->p[s->i]) : -1;
        if (d < 0)
            return wrong(s, "a hex digit of \\u");
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return COR_OK;
}

static char *put_utf8(char *o, uint32_t cp)
{
    if (cp < 0x80) {
        *o++ = (char)cp;
    } else if (cp < 0x800) {
        *o++ = (char)(0xc0 | cp >> 6);
        *o++ = (char)(0x80 | (cp & 0x3f));
    } else if (cp < 0x10000) {
        *o++ = (char)(0xe0 | cp >> 12);
        *o++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (char)(0x80 | (cp & 0x3f));
    } else {
        *o++ = (char)(0xf0 | cp >> 18);
        *o++ = (char)(0x80 | (cp >> 12 & 0x3f));
        *o++ = (char)(0x80 | (cp >> 6 & 0x3f));
        *o++ = (char)(0x80 | (cp & 0x3f));
    }
    return o;
}

/* The escape behind a backslash at s->i - 1, written to *o. */
static cor_code escape(parser *s, char **o)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (s->i >= s->n)
        return wrong(s, "an escape");
    uint8_t c = s->p[s->i];
    if (c != 'u') {
        const char *at = c == 0 ? NULL : strchr(from, c);
        if (at == NULL)
            return wrong(s, "an escape letter");
        s->i++;
        *(*o)++ = to[at - from];
        return COR_OK;
    }
    s->i++;
    uint32_t cp = 0, low = 0;
    cor_code code = unit(s, &cp);
    if (code != COR_OK)
        return code;
    if (cp >= 0xd800 && cp < 0xdc00 && s->n - s->i >= 6 && s->p[s->i] == '\\' && s->p[s->i + 1] == 'u') {
        size_t back = s->i;
        s->i += 2;
        code = unit(s, &low);
        if (code != COR_OK)
            return code;
        if (low >= 0xdc00 && low < 0xe000)
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        else
            s->i = back; /* an unpaired half: kept as such, the next escape stands for itself */
    }
    *o = put_utf8(*o, cp);
    return COR_OK;
}

/* Where the string that is open at s->i ends; *length is what it needs at most. */
static cor_code string_end(parser *s, size_t *length)
{
    size_t from = s->i;
    for (;;) {
        plain(s);
        if (s->i >= s->n)
            return wrong(s, "the quote that ends a string");
        if (s->p[s->i] == '\n')
            return wrong(s, "the quote that ends a string, on the same line");
        if (s->p[s->i] == '"')
            break;
        if (s->n - s->i < 2)
            return s->i = s->n, wrong(s, "an escape");
        s->i += 2;
    }
    *length = s->i - from;
    s->i = from;
    return COR_OK;
}

/* s->i stands behind the opening quote. */
static cor_code string(parser *s, cor_str *out)
{
    size_t from = s->i, room = 0;
    plain(s);
    if (s->i < s->n && s->p[s->i] == '"') {
        *out = (cor_str){(const char *)s->p + from, s->i - from};
        s->i++;
        return COR_OK;
    }
    s->i = from;
    cor_code code = string_end(s, &room);
    if (code != COR_OK)
        return code;
    char *buf = cor_arena_get(s->mem, room + 1), *o = buf; /* an escape is never shorter than what it stands for */
    if (buf == NULL)
        return cor_nomem(s->e, "json");
    for (;;) {
        size_t run = s->i;
        plain(s);
        memcpy(o, s->p + run, s->i - run);
        o += s->i - run;
        if (s->i >= s->n)
            return wrong(s, "the quote that ends a string");
        if (s->p[s->i++] == '"')
            break;
        code = escape(s, &o);
        if (code != COR_OK)
            return code;
    }
    *o = '\0';
    *out = (cor_str){buf, (size_t)(o - buf)};
    return COR_OK;
}

static bool digits(parser *s)
{
    size_t from = s->i;
    while (s->i < s->n && s->p[s->i] >= '0' && s->p[s->i] <= '9')
        s->i++;
    return s->i > from;
}

static cor_code number(parser *s, cor_jnode *v)
{
    size_t from = s->i;
    s->i += s->p[s->i] == '-';
    bool zero = s->i < s->n && s->p[s->i] == '0';
    size_t first = s->i;
    if (!digits(s) || (zero && s->i - first > 1)) {
        if (zero)
            s->i = first + 1;
        return wrong(s, zero ? "a number without leading zeros" : "a digit");
    }
    if (s->i < s->n && s->p[s->i] == '.') {
        s->i++;
        if (!digits(s))
            return wrong(s, "a digit behind the point");
    }
    if (s->i < s->n && (s->p[s->i] | 0x20) == 'e') {
        s->i++;
        if (s->i < s->n && (s->p[s->i] == '+' || s->p[s->i] == '-'))
            s->i++;
        if (!digits(s))
            return wrong(s, "a digit of the exponent");
    }
    v->type = COR_J_NUMBER;
    v->str = (cor_str){(const char *)s->p + from, s->i - from};
    return COR_OK;
}

static cor_code word(parser *s, cor_jnode *v, const char *w, cor_jtype type)
{
    size_t len = strlen(w);
    v->type = (uint8_t)type;
    v->str = (cor_str){(const char *)s->p + s->i, len};
    for (size_t k = 0; k < len; k++, s->i++)
        if (s->i >= s->n || s->p[s->i] != (uint8_t)w[k])
            return wrong(s, w);
    return COR_OK;
}

static cor_code member_name(parser *s, cor_str *key)
{
    if (s->i >= s->n || s->p[s->i] != '"')
        return wrong(s, "a member name");
    s->i++;
    cor_code code = string(s, key);
    if (code != COR_OK)
        return code;
    space(s);
    if (s->i >= s->n || s->p[s->i] != ':')
        return wrong(s, "the colon behind a member name");
    s->i++;
    return COR_OK;
}

/* An array or object; s->i stands at its bracket. */
static cor_code group(parser *s, cor_jnode *v, bool object)
{
    const uint8_t close = object ? '}' : ']';
    size_t from = s->i++;
    v->type = object ? COR_J_OBJECT : COR_J_ARRAY;
    if (++s->depth > COR_JSON_DEPTH_MAX)
        return cor_fail(s->e, COR_ELIMIT, "json", s->base + from, "nested deeper than %d", COR_JSON_DEPTH_MAX);
    cor_jnode **tail = &v->child;
    space(s);
    if (s->i < s->n && s->p[s->i] == close) {
        s->i++;
    } else {
        for (;;) {
            cor_str key = {NULL, 0};
            cor_code code;
            space(s);
            if (object && (code = member_name(s, &key)) != COR_OK)
                return code;
            cor_jnode *item;
            if ((code = value(s, &item)) != COR_OK)
                return code;
            item->key = key;
            *tail = item;
            tail = &item->next;
            space(s);
            if (s->i < s->n && s->p[s->i] == ',') {
                s->i++;
                continue;
            }
            if (s->i >= s->n || s->p[s->i] != close)
                return wrong(s, object ? "a comma or }" : "a comma or ]");
            s->i++;
            break;
        }
    }
    s->depth--;
    v->str = (cor_str){(const char *)s->p + from, s->i - from};
    return COR_OK;
}

static cor_code value(parser *s, cor_jnode **out)
{
    space(s);
    if (s->i >= s->n)
        return wrong(s, "a value");
    if (++s->nodes > COR_JSON_NODES_MAX)
        return cor_fail(s->e, COR_ELIMIT, "json", s->base + s->i, "more than %d values in one", COR_JSON_NODES_MAX);
    cor_jnode *v = cor_arena_get(s->mem, sizeof *v);
    if (v == NULL)
        return cor_nomem(s->e, "json");
    *v = (cor_jnode){0};
    *out = v;
    uint8_t c = s->p[s->i];
    switch (c) {
    case '"':
        s->i++;
        v->type = COR_J_STRING;
        return string(s, &v->str);
    case '{': case '[': return group(s, v, c == '{');
    case 't': return word(s, v, "true", COR_J_TRUE);
    case 'f': return word(s, v, "false", COR_J_FALSE);
    case 'n': return word(s, v, "null", COR_J_NULL);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return number(s, v);
        return wrong(s, "a value");
    }
}

cor_code cor_json_parse(cor_str text, size_t *at, uint64_t base, cor_arena *mem, cor_jnode **out, cor_err *e)
{
    cor_err ignored;
    parser s = {.p = (const uint8_t *)text.p, .n = text.n, .i = *at, .base = base, .mem = mem, .e = e != NULL ? e
                : &ignored};
    *out = NULL;
    space(&s);
    if (s.n - s.i >= 3 && memcmp(s.p + s.i, "\xef\xbb\xbf", 3) == 0) {
        s.i += 3;
        space(&s);
    }
    if (s.i >= s.n) {
        *at = s.n;
        return COR_OK;
    }
    cor_jnode *v = NULL;
    cor_code code = value(&s, &v);
    if (code == COR_OK)
        *out = v;
    if (code != COR_ETRUNC)
        *at = s.i;
    return code;
}

const cor_jnode *cor_json_get(const cor_jnode *o, const char *key)
{
    if (o == NULL || o->type != COR_J_OBJECT)
        return NULL;
    size_t n = strlen(key);
    for (const cor_jnode *m = o->child; m != NULL; m = m->next)
        if (m->key.n == n && memcmp(m->key.p, key, n) == 0)
            return m;
    return NULL;
}

cor_str cor_json_text(const cor_jnode *o, const char *key)
{
    const cor_jnode *v = cor_json_get(o, key);
    return v != NULL && cor_json_scalar(v) ? v->str : (cor_str){NULL, 0};
}
