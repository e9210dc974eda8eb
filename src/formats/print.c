#include "formats/print.h"

#include <emmintrin.h>

#include "base/cursor.h"
#include "base/utf.h"

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869"
    "707172737475767778798081828384858687888990919293949596979899";

/* Longest escape of one UTF-16 unit: \u0000 or &quot; */
#define UNIT_MAX 6u

static uint8_t *put_z(uint8_t *o, const char *z)
{
    while (*z != '\0')
        *o++ = (uint8_t)*z++;
    return o;
}

static uint8_t *escape_json(uint8_t *o, uint32_t u)
{
    static const char hex[] = "0123456789ABCDEF";
    *o++ = '\\';
    switch (u) {
    case '"': case '\\': *o++ = (uint8_t)u; return o;
    case '\b': *o++ = 'b'; return o;
    case '\f': *o++ = 'f'; return o;
    case '\n': *o++ = 'n'; return o;
    case '\r': *o++ = 'r'; return o;
    case '\t': *o++ = 't'; return o;
    default:
        *o++ = 'u';
        *o++ = (uint8_t)hex[u >> 12 & 15];
        *o++ = (uint8_t)hex[u >> 8 & 15];
        *o++ = (uint8_t)hex[u >> 4 & 15];
        *o++ = (uint8_t)hex[u & 15];
        return o;
    }
}

static uint8_t *escape_xml(uint8_t *o, uint32_t u, bool attr)
{
    switch (u) {
    case '&': return put_z(o, "&amp;");
    case '<': return put_z(o, "&lt;");
    case '>': return put_z(o, "&gt;");
    case '\n': return put_z(o, "&#10;"); /* a record stays on one line */
    case '\r': return put_z(o, "&#13;");
    case '\t': break;
    case '"':
        if (attr)
            return put_z(o, "&quot;");
        break;
    case '\'':
        if (attr)
            return put_z(o, "&apos;");
        break;
    default:
        if (u < 0x20 || u >= 0xd800)
            u = '_';
    }
    *o++ = (uint8_t)u;
    return o;
}

/* One unit (or pair) that is not plain ASCII. Moves *i behind it. */
static uint8_t *put_unit(uint8_t *o, const uint8_t *p, size_t n, size_t *i, cor_escape esc)
{
    uint32_t u = cor_ld16(p + *i);
    *i += 2;
    if (u >= 0xd800 && u < 0xe000) {
        uint32_t v = u < 0xdc00 && n - *i >= 2 ? cor_ld16(p + *i) : 0;
        if (v < 0xdc00 || v >= 0xe000)
            return esc == COR_ESC_JSON ? escape_json(o, u) : escape_xml(o, u, false);
        *i += 2;
        u = 0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00);
        *o++ = (uint8_t)(0xf0 | u >> 18);
        *o++ = (uint8_t)(0x80 | (u >> 12 & 63));
        *o++ = (uint8_t)(0x80 | (u >> 6 & 63));
        *o++ = (uint8_t)(0x80 | (u & 63));
        return o;
    }
    if (u < 0x80)
        return esc == COR_ESC_JSON ? (u < 0x20 || u == '"' || u == '\\' ? escape_json(o, u) : (*o = (uint8_t)u, o + 1))
                                   : escape_xml(o, u, esc == COR_ESC_XML_ATTR);
    if (u < 0x800) {
        *o++ = (uint8_t)(0xc0 | u >> 6);
    } else {
        if (esc != COR_ESC_JSON && u >= 0xfffe)
            return escape_xml(o, u, false);
        *o++ = (uint8_t)(0xe0 | u >> 12);
        *o++ = (uint8_t)(0x80 | (u >> 6 & 63));
    }
    *o++ = (uint8_t)(0x80 | (u & 63));
    return o;
}

/* Bit k set: byte k of the eight needs an escape (or is not ASCII: then `packed` is meaningless and all is handled one by one). */
static int special_json(__m128i b)
{
    __m128i q = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('"')), _mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
    q = _mm_or_si128(q, _mm_cmplt_epi8(b, _mm_set1_epi8(0x20)));
    return _mm_movemask_epi8(q) & 0xff;
}

static int special_xml(__m128i b, bool attr)
{
    __m128i q = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('&')), _mm_cmpeq_epi8(b, _mm_set1_epi8('<')));
    q = _mm_or_si128(q, _mm_cmpeq_epi8(b, _mm_set1_epi8('>')));
    q = _mm_or_si128(q, _mm_cmplt_epi8(b, _mm_set1_epi8(0x20)));
    if (attr)
        q = _mm_or_si128(q, _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('"')), _mm_cmpeq_epi8(b, _mm_set1_epi8('\''))));
    return _mm_movemask_epi8(q) & 0xff;
}

void cor_print_utf16(cor_buf *b, const uint8_t *p, size_t n, cor_escape esc)
{
    n &= ~(size_t)1;
    if (!cor_buf_room(b, n / 2 * UNIT_MAX + 8))
        return;
    uint8_t *o = b->p + b->n;
    size_t i = 0;
    while (n - i >= 16) {
        __m128i u = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i high = _mm_cmpgt_epi16(_mm_and_si128(u, _mm_set1_epi16((short)0xff80)), _mm_setzero_si128());
        high = _mm_or_si128(high, _mm_cmplt_epi16(u, _mm_setzero_si128()));
        if (_mm_movemask_epi8(high) != 0) { /* some unit of the eight is not ASCII */
            for (size_t end = i + 16; i < end;)
                o = put_unit(o, p, n, &i, esc);
            continue;
        }
        __m128i packed = _mm_packus_epi16(u, u);
        _mm_storel_epi64((__m128i *)(void *)o, packed);
        int mask = esc == COR_ESC_JSON ? special_json(packed) : special_xml(packed, esc == COR_ESC_XML_ATTR);
        if (mask == 0) {
            o += 8;
            i += 16;
            continue;
        }
        int k = __builtin_ctz((unsigned)mask);
        o += k;
        i += 2 * (size_t)k;
        o = put_unit(o, p, n, &i, esc);
    }
    while (i < n)
        o = put_unit(o, p, n, &i, esc);
    b->n = (size_t)(o - b->p);
}

static void put_text(cor_buf *b, cor_str s, cor_escape esc)
{
    if (esc == COR_ESC_JSON) {
        cor_json_escape(b, s);
        return;
    }
    if (!cor_buf_room(b, s.n * UNIT_MAX))
        return;
    uint8_t *o = b->p + b->n;
    for (size_t i = 0; i < s.n;) {
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        if (cp < 0x80 || (cp >= 0xd800 && cp < 0xe000) || cp == 0xfffe || cp == 0xffff) {
            o = escape_xml(o, cp, esc == COR_ESC_XML_ATTR);
        } else {
            memcpy(o, s.p + at, i - at);
            o += i - at;
        }
    }
    b->n = (size_t)(o - b->p);
}

static void put_u64(cor_buf *b, uint64_t v)
{
    uint8_t t[20];
    size_t i = sizeof t;
    while (v >= 100) {
        i -= 2;
        memcpy(t + i, pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        i -= 2;
        memcpy(t + i, pairs + v * 2, 2);
    } else {
        t[--i] = (uint8_t)('0' + v);
    }
    cor_buf_put(b, t + i, sizeof t - i);
}

static void put_i64(cor_buf *b, int64_t v)
{
    if (v < 0)
        cor_buf_c(b, '-');
    put_u64(b, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

static void put_hex(cor_buf *b, uint64_t v)
{
    static const char digit[] = "0123456789abcdef";
    uint8_t t[18];
    size_t i = sizeof t;
    do {
        t[--i] = (uint8_t)digit[v & 15];
        v >>= 4;
    } while (v != 0);
    t[--i] = 'x';
    t[--i] = '0';
    cor_buf_put(b, t + i, sizeof t - i);
}

static void put_guid(cor_buf *b, const uint8_t *g)
{
    static const char digit[] = "0123456789abcdef";
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    if (!cor_buf_room(b, 38))
        return;
    uint8_t *o = b->p + b->n;
    *o++ = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *o++ = '-';
        *o++ = (uint8_t)digit[g[order[i]] >> 4];
        *o++ = (uint8_t)digit[g[order[i]] & 15];
    }
    *o++ = '}';
    b->n += 38;
}

static bool put_sid(cor_buf *b, const uint8_t *p, uint32_t n)
{
    if (n < 8 || n - 8 < 4u * p[1])
        return false;
    uint64_t auth = 0;
    for (int i = 2; i < 8; i++)
        auth = auth << 8 | p[i];
    cor_buf_put(b, "S-", 2);
    put_u64(b, p[0]);
    cor_buf_c(b, '-');
    put_u64(b, auth);
    for (uint32_t i = 0; i < p[1]; i++) {
        cor_buf_c(b, '-');
        put_u64(b, cor_ld32(p + 8 + 4 * (size_t)i));
    }
    return true;
}

static void put_time(cor_printer *pr, cor_buf *b, cor_time t)
{
    const int64_t day_len = INT64_C(86400) * COR_SECOND;
    int64_t day = t / day_len, rest = t % day_len;
    if (pr->len == 0 || pr->day != day) {
        char iso[33];
        size_t n = cor_time_iso(t, 0, iso);
        pr->len = (uint8_t)(n - 9); /* without hh:mm:ssZ */
        memcpy(pr->date, iso, pr->len);
        pr->day = day;
    }
    if (!cor_buf_room(b, 32))
        return;
    uint8_t *o = b->p + b->n;
    memcpy(o, pr->date, sizeof pr->date);
    o += pr->len;
    uint32_t sec = (uint32_t)(rest / COR_SECOND), frac = (uint32_t)(rest % COR_SECOND);
    memcpy(o, pairs + sec / 3600 * 2, 2);
    o[2] = ':';
    memcpy(o + 3, pairs + sec / 60 % 60 * 2, 2);
    o[5] = ':';
    memcpy(o + 6, pairs + sec % 60 * 2, 2);
    o[8] = '.';
    o[9] = (uint8_t)('0' + frac / 1000000);
    memcpy(o + 10, pairs + frac / 10000 % 100 * 2, 2);
    memcpy(o + 12, pairs + frac / 100 % 100 * 2, 2);
    memcpy(o + 14, pairs + frac % 100 * 2, 2);
    o[16] = 'Z';
    b->n += pr->len + 17u;
}

static void put_binary(cor_buf *b, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789ABCDEF";
    if (!cor_buf_room(b, 2 * n))
        return;
    uint8_t *o = b->p + b->n;
    for (size_t i = 0; i < n; i++) {
        *o++ = (uint8_t)digit[p[i] >> 4];
        *o++ = (uint8_t)digit[p[i] & 15];
    }
    b->n += 2 * n;
}

static bool put_bool(cor_buf *b, uint32_t v)
{
    if (v > 1)
        put_i64(b, (int32_t)v);
    else
        cor_buf_z(b, v != 0 ? "true" : "false");
    return true;
}

bool cor_print(cor_printer *pr, cor_buf *b, cor_val v, cor_escape esc)
{
    static const uint8_t need[0x16] = {0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 0, 0, 4, 0, 16, 0, 8, 0, 0, 4, 8};
    const uint8_t *p = v.p;
    if (v.type < sizeof need && v.len < need[v.type])
        return false; /* damaged: its text says what it can */
    switch (v.type) {
    case COR_V_NULL: return true;
    case COR_V_UTF16: {
        size_t n = v.len & ~1u;
        while (n >= 2 && p[n - 1] == 0 && p[n - 2] == 0)
            n -= 2;
        cor_print_utf16(b, p, n, esc);
        return true;
    }
    case COR_V_UTF8: put_text(b, (cor_str){(const char *)p, v.len}, esc); return true;
    case COR_V_I8: put_i64(b, (int8_t)p[0]); return true;
    case COR_V_U8: put_u64(b, p[0]); return true;
    case COR_V_I16: put_i64(b, (int16_t)cor_ld16(p)); return true;
    case COR_V_U16: put_u64(b, cor_ld16(p)); return true;
    case COR_V_I32: put_i64(b, (int32_t)cor_ld32(p)); return true;
    case COR_V_U32: put_u64(b, cor_ld32(p)); return true;
    case COR_V_I64: put_i64(b, (int64_t)cor_ld64(p)); return true;
    case COR_V_U64: put_u64(b, cor_ld64(p)); return true;
    case COR_V_BOOL: return put_bool(b, cor_ld32(p));
    case COR_V_GUID: put_guid(b, p); return true;
    case COR_V_FILETIME: put_time(pr, b, (cor_time)(cor_ld64(p) & INT64_MAX)); return true;
    case COR_V_SID: return put_sid(b, p, v.len);
    case COR_V_HEX32: put_hex(b, cor_ld32(p)); return true;
    case COR_V_HEX64: put_hex(b, cor_ld64(p)); return true;
    case COR_V_SIZE:
        if (v.len != 4 && v.len != 8)
            return false;
        put_hex(b, v.len == 4 ? cor_ld32(p) : cor_ld64(p));
        return true;
    case COR_V_BINARY: put_binary(b, p, v.len); return true;
    default: return false;
    }
}
