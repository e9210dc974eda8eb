#include "base/utf.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"

size_t cor_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 63));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 63));
        out[2] = (char)(0x80 | (cp & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 63));
    out[2] = (char)(0x80 | (cp >> 6 & 63));
    out[3] = (char)(0x80 | (cp & 63));
    return 4;
}

size_t cor_utf16_to_utf8(const uint8_t *p, size_t n, char *out)
{
    size_t o = 0;
    n &= ~(size_t)1;
    for (size_t i = 0; i < n; i += 2) {
#ifdef __SSE2__
        for (; n - i >= 16; i += 16, o += 8) { /* eight ASCII letters; out has room for three bytes each */
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
            __m128i high = _mm_and_si128(a, _mm_set1_epi16((short)0xff80));
            if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) != 0xffff)
                break;
            _mm_storel_epi64((__m128i *)(void *)(out + o), _mm_packus_epi16(a, a));
        }
        if (i == n)
            break;
#endif
        uint32_t u = cor_ld16(p + i);
        if (u >= 0xd800 && u < 0xdc00 && n - i >= 4) {
            uint32_t v = cor_ld16(p + i + 2);
            if (v >= 0xdc00 && v < 0xe000) {
                u = 0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00);
                i += 2;
            }
        }
        o += cor_utf8_encode(u, out + o);
    }
    return o;
}

void cor_utf8_put(cor_buf *b, uint32_t cp)
{
    char t[4];
    cor_buf_put(b, t, cor_utf8_encode(cp, t));
}

uint32_t cor_utf8_next(cor_str s, size_t *i)
{
    const uint8_t *p = (const uint8_t *)s.p + *i;
    size_t left = s.n - *i;
    uint32_t c = p[0], cp = 0xfffd;
    size_t n = 1;
    if (c < 0x80) {
        cp = c;
    } else if (c >= 0xc2 && c < 0xe0 && left >= 2 && (p[1] & 0xc0) == 0x80) {
        cp = (c & 31) << 6 | (p[1] & 63);
        n = 2;
    } else if (c >= 0xe0 && c < 0xf0 && left >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        uint32_t v = (c & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
        if (v >= 0x800) {
            cp = v;
            n = 3;
        }
    } else if (c >= 0xf0 && c < 0xf5 && left >= 4 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 &&
               (p[3] & 0xc0) == 0x80) {
        uint32_t v = (c & 7) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 | (p[3] & 63);
        if (v >= 0x10000 && v < 0x110000) {
            cp = v;
            n = 4;
        }
    }
    *i += n;
    return cp;
}

bool cor_utf8_valid(cor_str s)
{
    for (size_t i = 0; i < s.n;) {
        if ((uint8_t)s.p[i] < 0x80) {
            i++;
            continue;
        }
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        if (i == at + 1 || (cp >= 0xd800 && cp < 0xe000))
            return false;
    }
    return true;
}

void cor_utf8_to_utf16(cor_str s, cor_buf *b)
{
    for (size_t i = 0; i < s.n;) {
        uint32_t cp = cor_utf8_next(s, &i);
        uint8_t t[4];
        if (cp >= 0x10000) {
            uint32_t v = cp - 0x10000, hi = 0xd800 + (v >> 10), lo = 0xdc00 + (v & 0x3ff);
            t[0] = (uint8_t)hi, t[1] = (uint8_t)(hi >> 8), t[2] = (uint8_t)lo, t[3] = (uint8_t)(lo >> 8);
            cor_buf_put(b, t, 4);
        } else {
            t[0] = (uint8_t)cp, t[1] = (uint8_t)(cp >> 8);
            cor_buf_put(b, t, 2);
        }
    }
}

uint32_t cor_cp1252(uint8_t c)
{
    /* 0x80..0x9f of the code page; the five unassigned bytes map to the C1 control of the same number, as Windows
     * does. */
    static const uint16_t high[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,
        0x017d, 0x8f, 0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0x9d,   0x017e, 0x0178,
    };
    return c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c;
}

uint32_t cor_fold(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c < 0x100)
        return c >= 0xc0 && c <= 0xde && c != 0xd7 ? c + 32 : c;
    if (c < 0x180) { /* Latin Extended-A: pairs, with the parity changing at 0x139 and 0x14a and 0x179 */
        if (c == 0x130)
            return c; /* I with dot: its lower form is two characters */
        if (c == 0x178)
            return 0xff;
        if ((c >= 0x139 && c <= 0x148) || c >= 0x179)
            return c < 0x17f && (c & 1) ? c + 1 : c;
        return c == 0x138 || c == 0x149 || c == 0x17f ? c : c | 1;
    }
    if (c >= 0x388 && c < 0x3ac)
        return c >= 0x391 && c <= 0x3ab && c != 0x3a2 ? c + 32 : c == 0x388 || c == 0x389 || c == 0x38a ? c + 37
               : c == 0x38c ? 0x3cc : c == 0x38e || c == 0x38f ? c + 63 : c;
    if (c == 0x386)
        return 0x3ac;
    if (c >= 0x400 && c < 0x430)
        return c < 0x410 ? c + 80 : c + 32;
    if ((c >= 0x460 && c < 0x482) || (c >= 0x48a && c < 0x4c0) || (c >= 0x4d0 && c < 0x530))
        return c | 1;
    if (c >= 0x531 && c <= 0x556)
        return c + 48;
    if (c >= 0x1e00 && c < 0x1e96)
        return c | 1;
    if (c >= 0xff21 && c <= 0xff3a)
        return c + 32;
    return c;
}

void cor_fold_utf8(cor_str s, cor_buf *b)
{
    if (!cor_buf_room(b, s.n))
        return;
    for (size_t i = 0; i < s.n;) {
        uint8_t c = (uint8_t)s.p[i];
        if (c < 0x80) {
            cor_buf_c(b, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
            i++;
            continue;
        }
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        if (i == at + 1)
            cor_buf_c(b, (char)c); /* an invalid byte stays itself */
        else
            cor_utf8_put(b, cor_fold(cp));
    }
}

void cor_json_escape(cor_buf *b, cor_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t run = 0;
    for (size_t i = 0; i < s.n;) {
#ifdef __SSE2__
        if (s.n - i >= 16) { /* bytes from 0x80 on are below zero */
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(s.p + i));
            __m128i quoted = _mm_or_si128(_mm_cmpeq_epi8(a, _mm_set1_epi8('"')), _mm_cmpeq_epi8(a, _mm_set1_epi8('\\')));
            int bits = _mm_movemask_epi8(_mm_or_si128(quoted, _mm_cmplt_epi8(a, _mm_set1_epi8(0x20))));
            i += bits == 0 ? 16 : (size_t)__builtin_ctz((unsigned)bits);
            if (bits == 0)
                continue;
        }
#endif
        uint8_t c = (uint8_t)s.p[i];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            i++;
            continue;
        }
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        bool half = cp >= 0xd800 && cp < 0xe000, invalid = i == at + 1 && c >= 0x80;
        if (cp >= 0xa0 && !half && !invalid)
            continue;
        cor_buf_put(b, s.p + run, at - run);
        run = i;
        if (invalid) {
            cor_buf_put(b, "\xef\xbf\xbd", 3);
        } else if (c == '"' || c == '\\') {
            char t[2] = {'\\', (char)c};
            cor_buf_put(b, t, 2);
        } else if (cp < 0x20 && memchr("\b\f\n\r\t", (int)cp, 5) != NULL) {
            char t[2] = {'\\', cp == '\b' ? 'b' : cp == '\f' ? 'f' : cp == '\n' ? 'n' : cp == '\r' ? 'r' : 't'};
            cor_buf_put(b, t, 2);
        } else {
            char t[6] = {'\\', 'u', hex[cp >> 12 & 15], hex[cp >> 8 & 15], hex[cp >> 4 & 15], hex[cp & 15]};
            cor_buf_put(b, t, 6);
        }
    }
    cor_buf_put(b, s.p + run, s.n - run);
}

void cor_json_quote(cor_buf *b, cor_str s)
{
    cor_buf_c(b, '"');
    cor_json_escape(b, s);
    cor_buf_c(b, '"');
}

void cor_xml_escape(cor_buf *b, cor_str s, bool attribute)
{
    size_t run = 0;
    for (size_t i = 0; i < s.n;) {
        uint8_t c = (uint8_t)s.p[i];
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        const char *with = NULL;
        char reference[] = "&#128;";
        if (cp >= 0x80 && cp < 0xa0 && i == at + 2) { /* a terminal obeys these */
            reference[3] = (char)('0' + cp / 10 % 10);
            reference[4] = (char)('0' + cp % 10);
            with = reference;
        } else if (c == '&')
            with = "&amp;";
        else if (c == '<')
            with = "&lt;";
        else if (c == '>')
            with = "&gt;";
        else if (c == '"' && attribute)
            with = "&quot;";
        else if (c == '\'' && attribute)
            with = "&apos;";
        else if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (i == at + 1 && c >= 0x80) ||
                 (cp >= 0xd800 && cp < 0xe000) || cp == 0xfffe || cp == 0xffff)
            with = "_"; /* as Windows writes it */
        if (with == NULL)
            continue;
        cor_buf_put(b, s.p + run, at - run);
        cor_buf_z(b, with);
        run = i;
    }
    cor_buf_put(b, s.p + run, s.n - run);
}

/* Characters that move the cursor or reorder text on a terminal: C0, DEL, C1, bidi marks and overrides, zero-width. */
static bool deceives(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c || (cp >= 0x200b && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
           (cp >= 0xd800 && cp < 0xe000);
}

void cor_term_escape(cor_buf *b, cor_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t at = i;
        uint32_t cp = cor_utf8_next(s, &i);
        bool invalid = i == at + 1 && (uint8_t)s.p[at] >= 0x80;
        if (invalid || (deceives(cp) && cp < 0x100 && i == at + 1))
            cor_buf_fmt(b, "\\x%02x", (uint8_t)s.p[at]);
        else if (deceives(cp))
            cor_buf_fmt(b, "\\u{%x}", (unsigned)cp);
        else
            cor_buf_put(b, s.p + at, i - at);
    }
}
