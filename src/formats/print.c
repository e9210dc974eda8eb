#include "formats/print.h"

#include <emmintrin.h>

#include "base/cursor.h"
#include "base/utf.h"

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869"
    "707172737475767778798081828384858687888990919293949596979899";

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
    case '\t':
        if (attr)
            return put_z(o, "&#9;"); /* readers of XML make a blank of it */
        break;
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

/* A control character of 0x80 to 0x9f, for XML. */
static uint8_t *escape_c1(uint8_t *o, uint32_t u)
{
    const uint8_t t[6] = {'&', '#', '1', (uint8_t)('0' + u / 10 % 10), (uint8_t)('0' + u % 10), ';'};
    memcpy(o, t, sizeof t);
    return o + sizeof t;
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
        if (u < 0xa0) /* a terminal obeys these too */
            return esc == COR_ESC_JSON ? escape_json(o, u) : escape_c1(o, u);
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

/* Bit k set: byte k of the eight needs an escape (or is not ASCII: then `packed` is meaningless and all is handled one
 * by one). */
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
        q = _mm_or_si128(q, _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('"')),
                                         _mm_cmpeq_epi8(b, _mm_set1_epi8('\''))));
    return _mm_movemask_epi8(q) & 0xff;
}

uint8_t *cor_print_utf16(uint8_t *o, const uint8_t *p, size_t n, cor_escape esc)
{
    n &= ~(size_t)1;
    for (size_t i = 0; i < n;) {
        /* Eight units at once; behind the text other bytes are readable, and are left out by the mask. */
        __m128i u = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i packed = _mm_packus_epi16(u, u);
        unsigned left = n - i >= 16 ? 8 : (unsigned)(n - i) / 2, mine = (1u << left) - 1;
        __m128i ascii = _mm_cmpeq_epi16(_mm_and_si128(u, _mm_set1_epi16((short)0xff80)), _mm_setzero_si128());
        unsigned stop = ~(unsigned)_mm_movemask_epi8(_mm_packs_epi16(ascii, ascii));
        stop |= (unsigned)(esc == COR_ESC_JSON ? special_json(packed) : special_xml(packed, esc == COR_ESC_XML_ATTR));
        stop &= mine;
        _mm_storel_epi64((__m128i *)(void *)o, packed);
        if (COR_LIKELY(stop == 0)) {
            o += left;
            i += 2 * (size_t)left;
            continue;
        }
        unsigned k = (unsigned)__builtin_ctz(stop);
        o += k;
        i += 2 * (size_t)k;
        uint16_t c = cor_ld16(p + i);
        if (esc == COR_ESC_JSON && (c == '\\' || c == '"')) {
            *o++ = '\\';
            *o++ = (uint8_t)c;
            i += 2;
        } else if (c < 0x80 || esc != COR_ESC_JSON) {
            o = put_unit(o, p, n, &i, esc);
        } else { /* text in another script: not worth a vector step a character */
            while (i < n && cor_ld16(p + i) >= 0x80)
                o = put_unit(o, p, n, &i, esc);
        }
    }
    return o;
}

static uint8_t *put_text(uint8_t *o, cor_str s, cor_escape esc)
{
    for (size_t i = 0; i < s.n;) {
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        bool half = cp >= 0xd800 && cp < 0xe000, invalid = i == at + 1 && cp == 0xfffd;
        if (esc != COR_ESC_JSON && cp >= 0x80 && cp < 0xa0) {
            o = escape_c1(o, cp);
        } else if (esc != COR_ESC_JSON && (cp < 0x80 || half || cp >= 0xfffe) && cp < 0x10000) {
            o = escape_xml(o, cp, esc == COR_ESC_XML_ATTR);
        } else if (esc == COR_ESC_JSON && (half || cp < 0x20 || (cp >= 0x80 && cp < 0xa0) || cp == '"' || cp == '\\')) {
            o = escape_json(o, cp);
        } else if (invalid) {
            o = put_z(o, "\xef\xbf\xbd");
        } else {
            memcpy(o, s.p + at, i - at);
            o += i - at;
        }
    }
    return o;
}

static uint8_t *put_u64(uint8_t *o, uint64_t v)
{
    uint8_t t[20];
    if (v < 10) {
        *o = (uint8_t)('0' + v);
        return o + 1;
    }
    if (v < 100) {
        memcpy(o, pairs + v * 2, 2);
        return o + 2;
    }
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
    memcpy(o, t + i, sizeof t - i);
    return o + sizeof t - i;
}

static uint8_t *put_i64(uint8_t *o, int64_t v)
{
    if (v < 0)
        *o++ = '-';
    return put_u64(o, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

static uint8_t *put_hex(uint8_t *o, uint64_t v)
{
    static const char digit[] = "0123456789abcdef";
    *o++ = '0';
    *o++ = 'x';
    int shift = v == 0 ? 0 : (63 - __builtin_clzll(v)) / 4 * 4;
    for (; shift >= 0; shift -= 4)
        *o++ = (uint8_t)digit[v >> shift & 15];
    return o;
}

static uint8_t *put_guid(uint8_t *o, const uint8_t *g)
{
    static const char digit[] = "0123456789abcdef";
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    *o++ = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *o++ = '-';
        *o++ = (uint8_t)digit[g[order[i]] >> 4];
        *o++ = (uint8_t)digit[g[order[i]] & 15];
    }
    *o++ = '}';
    return o;
}

static uint8_t *put_sid(uint8_t *o, const uint8_t *p, uint32_t n)
{
    if (n < 8 || n - 8 < 4u * p[1])
        return NULL;
    uint64_t auth = 0;
    for (int i = 2; i < 8; i++)
        auth = auth << 8 | p[i];
    *o++ = 'S';
    *o++ = '-';
    o = put_u64(o, p[0]);
    *o++ = '-';
    o = put_u64(o, auth);
    for (uint32_t i = 0; i < p[1]; i++) {
        *o++ = '-';
        o = put_u64(o, cor_ld32(p + 8 + 4 * (size_t)i));
    }
    return o;
}

static uint8_t *put_time(cor_printer *pr, uint8_t *o, cor_time t)
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
    return o + 17;
}

static uint8_t *put_binary(uint8_t *o, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        *o++ = (uint8_t)digit[p[i] >> 4];
        *o++ = (uint8_t)digit[p[i] & 15];
    }
    return o;
}

uint8_t *cor_print(cor_printer *pr, uint8_t *o, cor_val v, cor_escape esc)
{
    static const uint8_t need[0x16] = {0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 0, 0, 4, 0, 16, 0, 8, 0, 0, 4, 8};
    const uint8_t *p = v.p;
    if (v.type < sizeof need && v.len < need[v.type])
        return NULL; /* damaged: its text says what it can */
    switch (v.type) {
    case COR_V_NULL: return o;
    case COR_V_UTF16: {
        size_t n = v.len & ~1u;
        while (n >= 2 && p[n - 1] == 0 && p[n - 2] == 0)
            n -= 2;
        return cor_print_utf16(o, p, n, esc);
    }
    case COR_V_UTF8: return put_text(o, (cor_str){(const char *)p, v.len}, esc);
    case COR_V_ANSI:
        for (uint32_t i = 0, n = v.len; i < n; i++) {
            uint32_t u = cor_cp1252(p[i]);
            uint8_t pair[16] = {(uint8_t)u, (uint8_t)(u >> 8)};
            if (u == 0 && cor_val_empty((cor_val){p + i, n - i, COR_V_ANSI}))
                break; /* only NULs are left */
            o = cor_print_utf16(o, pair, 2, esc);
        }
        return o;
    case COR_V_I8: return put_i64(o, (int8_t)p[0]);
    case COR_V_U8: return put_u64(o, p[0]);
    case COR_V_I16: return put_i64(o, (int16_t)cor_ld16(p));
    case COR_V_U16: return put_u64(o, cor_ld16(p));
    case COR_V_I32: return put_i64(o, (int32_t)cor_ld32(p));
    case COR_V_U32: return put_u64(o, cor_ld32(p));
    case COR_V_I64: return put_i64(o, (int64_t)cor_ld64(p));
    case COR_V_U64: return put_u64(o, cor_ld64(p));
    case COR_V_BOOL: return cor_ld32(p) > 1 ? put_i64(o, (int32_t)cor_ld32(p))
        : put_z(o, cor_ld32(p) != 0 ? "true" : "false");
    case COR_V_GUID: return put_guid(o, p);
    case COR_V_FILETIME: return put_time(pr, o, (cor_time)(cor_ld64(p) & INT64_MAX));
    case COR_V_SID: return put_sid(o, p, v.len);
    case COR_V_HEX32: return put_hex(o, cor_ld32(p));
    case COR_V_HEX64: return put_hex(o, cor_ld64(p));
    case COR_V_SIZE: return v.len == 4 ? put_hex(o, cor_ld32(p)) : v.len == 8 ? put_hex(o, cor_ld64(p)) : NULL;
    case COR_V_BINARY: return put_binary(o, p, v.len);
    default: return NULL;
    }
}
