#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"
#include "base/digits.h"
#include "base/utf.h"
#include "formats/value.h"

/* Length without trailing NUL units (strings in logs often end in one). */
static uint32_t trim16(const uint8_t *p, uint32_t n)
{
    n &= ~1u;
    while (n >= 2 && p[n - 1] == 0 && p[n - 2] == 0)
        n -= 2;
    return n;
}

static uint32_t trim8(const uint8_t *p, uint32_t n)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    return n;
}

bool cor_val_empty(cor_val v)
{
    switch (v.type) {
    case COR_V_NULL:
        return true;
    case COR_V_UTF16:
    case COR_V_UTF16 | COR_V_ARRAY:
        return trim16(v.p, v.len) == 0;
    case COR_V_ANSI:
    case COR_V_UTF8:
        return trim8(v.p, v.len) == 0;
    default:
        return v.len == 0;
    }
}

static cor_str from_utf16(cor_arena *mem, const uint8_t *p, uint32_t n)
{
    n = trim16(p, n);
    char *out = cor_arena_get(mem, (size_t)n / 2 * 3 + 1);
    if (out == NULL)
        return (cor_str){NULL, 0};
    return (cor_str){out, cor_utf16_to_utf8(p, n, out)};
}

static cor_str from_ansi(cor_arena *mem, const uint8_t *p, uint32_t n)
{
    n = trim8(p, n);
    char *out = cor_arena_get(mem, (size_t)n * 3 + 1);
    if (out == NULL)
        return (cor_str){NULL, 0};
    size_t o = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t pair[2] = {(uint8_t)cor_cp1252(p[i]), (uint8_t)(cor_cp1252(p[i]) >> 8)};
        o += cor_utf16_to_utf8(pair, 2, out + o);
    }
    return (cor_str){out, o};
}

static cor_str binary_text(cor_arena *mem, const uint8_t *p, uint32_t n)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = cor_arena_get(mem, (size_t)n * 2 + 1);
    if (out == NULL)
        return (cor_str){NULL, 0};
    for (uint32_t i = 0; i < n; i++) {
        out[2 * i] = hex[p[i] >> 4];
        out[2 * i + 1] = hex[p[i] & 15];
    }
    return (cor_str){out, (size_t)n * 2};
}

static cor_str sid_text(cor_arena *mem, const uint8_t *p, uint32_t n)
{
    uint32_t subs = n >= 8 ? p[1] : 0;
    if (n < 8 || n - 8 < subs * 4)
        return binary_text(mem, p, n); /* damaged: show the bytes rather than nothing */
    char t[4 + 16 + 256 * 11];
    uint64_t auth = 0;
    for (int i = 2; i < 8; i++)
        auth = auth << 8 | p[i];
    int o = snprintf(t, sizeof t, "S-%u-%" PRIu64, p[0], auth);
    for (uint32_t i = 0; i < subs; i++)
        o += snprintf(t + o, sizeof t - (size_t)o, "-%u", cor_ld32(p + 8 + 4 * i));
    return cor_arena_str(mem, (cor_str){t, (size_t)o});
}

static cor_str double_text(cor_arena *mem, double d, int digits)
{
    char t[40];
    for (int k = 1; k <= digits; k++) { /* the shortest form that reads back as the same number */
        snprintf(t, sizeof t, "%.*g", k, d);
        if (strtod(t, NULL) == d || isnan(d))
            break;
    }
    return cor_arena_str(mem, cor_str_of(t));
}

static bool systime(const uint8_t *p, cor_time *out)
{
    unsigned y = cor_ld16(p), mo = cor_ld16(p + 2), d = cor_ld16(p + 6), h = cor_ld16(p + 8), mi = cor_ld16(p + 10),
    s = cor_ld16(p + 12),
             ms = cor_ld16(p + 14);
    if (y < 1601 || y > 30827 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60 || ms > 999)
        return false;
    *out = cor_time_from_civil((int32_t)y, mo, d, h, mi, s, ms * 10000);
    return true;
}

static cor_str time_text(cor_arena *mem, cor_time t)
{
    char s[33];
    return cor_arena_str(mem, (cor_str){s, cor_time_iso(t, 7, s)});
}

/* Bytes of one element of a fixed-size type; 0 for the others. */
static uint32_t width(uint8_t type)
{
    switch (type) {
    case COR_V_I8: case COR_V_U8: return 1;
    case COR_V_I16: case COR_V_U16: return 2;
    case COR_V_I32: case COR_V_U32: case COR_V_F32: case COR_V_BOOL: case COR_V_HEX32: return 4;
    case COR_V_I64: case COR_V_U64: case COR_V_F64: case COR_V_FILETIME: case COR_V_HEX64: return 8;
    case COR_V_GUID: case COR_V_SYSTIME: return 16;
    default: return 0;
    }
}

bool cor_val_int(cor_val v, int64_t *out)
{
    const uint8_t *p = v.p;
    uint32_t w = width(v.type);
    if (w != 0 && v.len < w)
        return false;
    switch (v.type) {
    case COR_V_I8: *out = (int8_t)p[0]; return true;
    case COR_V_U8: *out = p[0]; return true;
    case COR_V_I16: *out = (int16_t)cor_ld16(p); return true;
    case COR_V_U16: *out = cor_ld16(p); return true;
    case COR_V_I32: *out = (int32_t)cor_ld32(p); return true;
    case COR_V_U32: case COR_V_HEX32: *out = cor_ld32(p); return true;
    case COR_V_I64: case COR_V_U64: case COR_V_HEX64: *out = (int64_t)cor_ld64(p); return v.type == COR_V_I64 ||
        *out >= 0;
    case COR_V_SIZE:
        if (v.len != 4 && v.len != 8)
            return false;
        *out = v.len == 4 ? (int64_t)cor_ld32(p) : (int64_t)cor_ld64(p);
        return *out >= 0;
    case COR_V_UTF16: case COR_V_ANSI: case COR_V_UTF8: break;
    default: return false;
    }
    char t[32];
    uint32_t step = v.type == COR_V_UTF16 ? 2 : 1, n = v.type == COR_V_UTF16 ? trim16(p, v.len) / 2 : trim8(p, v.len);
    if (n == 0 || n >= sizeof t)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (step == 2 && p[2 * i + 1] != 0)
            return false;
        t[i] = (char)p[step * i];
    }
    t[n] = '\0';
    bool neg = t[0] == '-', hex = t[0] == '0' && (t[1] == 'x' || t[1] == 'X');
    const char *from = t + (neg || t[0] == '+') + (hex ? 2 : 0);
    if (from[strspn(from, hex ? "0123456789abcdefABCDEF" : "0123456789")] != '\0' || *from == '\0' ||
        strlen(from) > (hex ? 16u : 19u))
        return false;
    uint64_t u = strtoull(from, NULL, hex ? 16 : 10);
    if (u > INT64_MAX)
        return false;
    *out = neg ? -(int64_t)u : (int64_t)u;
    return true;
}

bool cor_val_time(cor_val v, cor_time *out)
{
    if (v.type == COR_V_FILETIME && v.len >= 8) {
        *out = (cor_time)cor_ld64(v.p);
        return *out >= 0;
    }
    if (v.type == COR_V_SYSTIME && v.len >= 16)
        return systime(v.p, out);
    if (v.type == COR_V_UTF8)
        return cor_time_parse((cor_str){(const char *)v.p, trim8(v.p, v.len)}, out, NULL);
    if (v.type == COR_V_UTF16) {
        char t[40 * 3];
        uint32_t n = trim16(v.p, v.len);
        return n <= 80 && cor_time_parse((cor_str){t, cor_utf16_to_utf8(v.p, n, t)}, out, NULL);
    }
    return false;
}

static cor_str decimal(cor_arena *mem, uint64_t u, bool negative)
{
    char *out = cor_arena_get(mem, 1 + COR_U64_DIGITS);
    if (out == NULL)
        return (cor_str){NULL, 0};
    out[0] = '-';
    return (cor_str){out, negative + cor_put_u64(out + negative, u)};
}

static cor_str hex(cor_arena *mem, uint64_t u)
{
    char *out = cor_arena_get(mem, 18);
    return (cor_str){out, out == NULL ? 0 : cor_put_hex(out, u)};
}

static cor_str number_text(cor_arena *mem, cor_val v)
{
    uint64_t u = 0;
    int64_t i = 0;
    switch (v.type) {
    case COR_V_I8: case COR_V_I16: case COR_V_I32: case COR_V_I64:
        cor_val_int(v, &i);
        return decimal(mem, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
    case COR_V_U8: u = v.p[0]; break;
    case COR_V_U16: u = cor_ld16(v.p); break;
    case COR_V_U32: u = cor_ld32(v.p); break;
    case COR_V_U64: u = cor_ld64(v.p); break;
    case COR_V_HEX32: return hex(mem, cor_ld32(v.p));
    default: return hex(mem, cor_ld64(v.p));
    }
    return decimal(mem, u, false);
}

size_t cor_put_guid(char *out, const uint8_t *p)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char digit[] = "0123456789abcdef";
    size_t o = 0;
    out[o++] = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[o++] = '-';
        out[o++] = digit[p[order[i]] >> 4];
        out[o++] = digit[p[order[i]] & 15];
    }
    out[o++] = '}';
    return o;
}

static cor_str guid_text(cor_arena *mem, const uint8_t *p)
{
    char *out = cor_arena_get(mem, COR_GUID_TEXT);
    return (cor_str){out, out == NULL ? 0 : cor_put_guid(out, p)};
}

static cor_str array_text(cor_arena *mem, cor_val v)
{
    cor_buf b = {0};
    cor_val item;
    bool first = true;
    for (size_t at = 0; cor_val_item(v, &at, &item); first = false) {
        if (!first)
            cor_buf_z(&b, ", ");
        cor_str s = cor_val_text(mem, item);
        if (s.p == NULL)
            b.bad = true;
        cor_buf_str(&b, s);
    }
    cor_str r = cor_buf_ok(&b) ? cor_arena_str(mem, cor_buf_view(&b)) : (cor_str){NULL, 0};
    cor_buf_free(&b);
    return r;
}

cor_str cor_val_text(cor_arena *mem, cor_val v)
{
    if (v.type & COR_V_ARRAY)
        return array_text(mem, v);
    uint32_t w = width(v.type);
    if (w != 0 && v.len < w)
        return binary_text(mem, v.p, v.len);
    switch (v.type) {
    case COR_V_NULL: return COR_S("");
    case COR_V_UTF8: return (cor_str){(const char *)v.p, trim8(v.p, v.len)};
    case COR_V_UTF16: return from_utf16(mem, v.p, v.len);
    case COR_V_ANSI: return from_ansi(mem, v.p, v.len);
    case COR_V_BOOL: { /* neither 0 nor 1 occurs in real logs: show the number rather than hide it */
        uint32_t b = cor_ld32(v.p);
        return b == 0 ? COR_S("false") : b == 1 ? COR_S("true") : cor_arena_fmt(mem, "%" PRId32, (int32_t)b);
    }
    case COR_V_GUID: return guid_text(mem, v.p);
    case COR_V_SID: return sid_text(mem, v.p, v.len);
    case COR_V_FILETIME: return time_text(mem, (cor_time)(cor_ld64(v.p) & INT64_MAX));
    case COR_V_SYSTIME: {
        cor_time t;
        return systime(v.p, &t) ? time_text(mem, t) : binary_text(mem, v.p, v.len);
    }
    case COR_V_F32: {
        float f;
        memcpy(&f, v.p, 4);
        return double_text(mem, (double)f, 9);
    }
    case COR_V_F64: {
        double d;
        memcpy(&d, v.p, 8);
        return double_text(mem, d, 17);
    }
    case COR_V_SIZE:
        if (v.len == 4)
            return hex(mem, cor_ld32(v.p));
        return v.len == 8 ? hex(mem, cor_ld64(v.p)) : binary_text(mem, v.p, v.len);
    case COR_V_BINARY: return binary_text(mem, v.p, v.len);
    default: return w != 0 ? number_text(mem, v) : binary_text(mem, v.p, v.len);
    }
}

bool cor_val_item(cor_val v, size_t *at, cor_val *item)
{
    if (!(v.type & COR_V_ARRAY)) {
        *item = v;
        return (*at)++ == 0;
    }
    uint8_t type = (uint8_t)(v.type & ~COR_V_ARRAY);
    if (*at >= v.len)
        return false;
    const uint8_t *p = v.p + *at;
    uint32_t left = v.len - (uint32_t)*at, n = width(type);
    if (type == COR_V_UTF16) {
        n = 0;
#ifdef __SSE2__
        for (; left - n >= 16; n += 16) {
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + n));
            if (_mm_movemask_epi8(_mm_cmpeq_epi16(a, _mm_setzero_si128())) != 0)
                break;
        }
#endif
        while (left - n >= 2 && (p[n] | p[n + 1]) != 0)
            n += 2;
        *at += n + 2;
    } else if (type == COR_V_ANSI) {
        for (n = 0; n < left && p[n] != 0;)
            n++;
        *at += n + 1;
    } else {
        if (type == COR_V_SID && left >= 8)
            n = 8 + 4u * p[1];
        if (type == COR_V_SIZE)
            n = v.len % 8 == 0 ? 8 : 4;
        if (n == 0 || n > left)
            n = left; /* a cut element shows as what is there */
        *at += n;
    }
    *item = (cor_val){p, n, type};
    return true;
}
