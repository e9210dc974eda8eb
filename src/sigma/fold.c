#include "sigma/fold.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"
#include "base/digits.h"
#include "base/utf.h"

#ifdef __SSE2__
/* ASCII letters to lower case in 16 bytes, all below 0x80. */
static inline __m128i lower16(__m128i v)
{
    __m128i up = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(v, _mm_set1_epi8('Z' + 1)));
    return _mm_or_si128(v, _mm_and_si128(up, _mm_set1_epi8(0x20)));
}
#endif

/* One code point of UTF-16 at p + *i, folded, to out. */
static size_t one16(const uint8_t *p, size_t n, size_t *i, char *out)
{
    uint32_t u = cor_ld16(p + *i);
    *i += 2;
    if (u < 0x80) {
        out[0] = (char)(u >= 'A' && u <= 'Z' ? u + 32 : u);
        return 1;
    }
    if (u >= 0xd800 && u < 0xdc00 && n - *i >= 2) {
        uint32_t v = cor_ld16(p + *i);
        if (v >= 0xdc00 && v < 0xe000) {
            *i += 2;
            u = 0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00);
        }
    }
    return cor_utf8_encode(cor_fold(u), out);
}

/* n even. out: 3 bytes for each unit and 16 more. */
static size_t fold16(const uint8_t *p, size_t n, char *out)
{
    size_t i = 0, o = 0;
#ifdef __SSE2__
    const __m128i high = _mm_set1_epi16((short)0xff80);
    while (n - i >= 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        if (COR_UNLIKELY(_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_and_si128(a, high), _mm_setzero_si128())) != 0xffff)) {
            for (size_t end = i + 16; i < end;)
                o += one16(p, n, &i, out + o);
            continue;
        }
        _mm_storel_epi64((__m128i *)(void *)(out + o), lower16(_mm_packus_epi16(a, a)));
        i += 16;
        o += 8;
    }
    if (n >= 16 && i < n) { /* the rest together with units before it, when all eight are ASCII: those are written again
                               as they were */
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + n - 16));
        if (COR_LIKELY(_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_and_si128(a, high), _mm_setzero_si128())) == 0xffff)) {
            size_t rest = (n - i) / 2;
            _mm_storel_epi64((__m128i *)(void *)(out + o + rest - 8), lower16(_mm_packus_epi16(a, a)));
            return o + rest;
        }
    }
#endif
    while (i < n) {
        if (COR_LIKELY(p[i + 1] == 0 && p[i] < 0x80)) {
            out[o++] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]);
            i += 2;
        } else {
            o += one16(p, n, &i, out + o);
        }
    }
    return o;
}

/* out: n bytes and 16 more; folding never makes UTF-8 longer (cor_fold stays within the ranges of one length). */
static size_t fold8(const char *p, size_t n, char *out)
{
    size_t i = 0, o = 0;
    cor_str s = {p, n};
    while (i < n) {
#ifdef __SSE2__
        if (n - i >= 16) {
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
            if (COR_LIKELY(_mm_movemask_epi8(a) == 0)) {
                _mm_storeu_si128((__m128i *)(void *)(out + o), lower16(a));
                i += 16;
                o += 16;
                continue;
            }
        }
#endif
        for (size_t k = 0; k < 16 && i < n; k++) {
            uint8_t c = (uint8_t)p[i];
            if (c < 0x80) {
                out[o++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
                i++;
                continue;
            }
            size_t at = i;
            uint32_t cp = cor_utf8_next(s, &i);
            if (i == at + 1)
                out[o++] = (char)c;
            else
                o += cor_utf8_encode(cor_fold(cp), out + o);
        }
    }
    return o;
}

cor_str cor_fold_text(cor_arena *mem, cor_str s)
{
    char *out = s.n > SIZE_MAX - 32 ? NULL : cor_arena_get(mem, s.n + 16 + COR_FOLD_PAD);
    return (cor_str){out, out == NULL ? 0 : fold8(s.p, s.n, out)};
}

static cor_str decimal(cor_arena *mem, uint64_t u, bool negative)
{
    char *out = cor_arena_get(mem, 24 + COR_FOLD_PAD);
    if (out == NULL)
        return (cor_str){NULL, 0};
    out[0] = '-';
    return (cor_str){out, negative + cor_put_u64(out + negative, u)};
}

static cor_str hex(cor_arena *mem, uint64_t u)
{
    char *out = cor_arena_get(mem, 24 + COR_FOLD_PAD);
    if (out == NULL)
        return (cor_str){NULL, 0};
    return (cor_str){out, cor_put_hex(out, u)};
}

/* s-1-5-21-...; n is the whole SID ([MS-DTYP] 2.4.2.2) */
static cor_str sid(cor_arena *mem, const uint8_t *p, uint32_t subs)
{
    char *out = cor_arena_get(mem, 32 + 11 * (size_t)subs + COR_FOLD_PAD);
    if (out == NULL)
        return (cor_str){NULL, 0};
    uint64_t authority = 0;
    for (int i = 2; i < 8; i++)
        authority = authority << 8 | p[i];
    size_t o = 2;
    memcpy(out, "s-", 2);
    o += cor_put_u64(out + o, p[0]);
    out[o++] = '-';
    o += cor_put_u64(out + o, authority);
    for (uint32_t i = 0; i < subs; i++) {
        out[o++] = '-';
        o += cor_put_u64(out + o, cor_ld32(p + 8 + 4 * i));
    }
    return (cor_str){out, o};
}

cor_str cor_fold_val(cor_arena *mem, cor_val v)
{
    static const uint8_t width[256] = {[COR_V_I8] = 1,    [COR_V_U8] = 1,   [COR_V_I16] = 2, [COR_V_U16] = 2,
                                       [COR_V_I32] = 4,   [COR_V_U32] = 4,  [COR_V_I64] = 8, [COR_V_U64] = 8,
                                       [COR_V_HEX32] = 4, [COR_V_HEX64] = 8};
    if (v.type == COR_V_UTF16) {
        size_t n = v.len & ~(size_t)1;
        while (n >= 2 && (v.p[n - 1] | v.p[n - 2]) == 0)
            n -= 2;
        char *out = cor_arena_get(mem, n / 2 * 3 + 16 + COR_FOLD_PAD);
        return (cor_str){out, out == NULL ? 0 : fold16(v.p, n, out)};
    }
    if (v.len == 0)
        return cor_fold_text(mem, COR_S(""));
    if (width[v.type] != 0 && v.len >= width[v.type]) {
        int64_t i = 0;
        switch (v.type) {
        case COR_V_I8: i = (int8_t)v.p[0]; break;
        case COR_V_I16: i = (int16_t)cor_ld16(v.p); break;
        case COR_V_I32: i = (int32_t)cor_ld32(v.p); break;
        case COR_V_I64: i = (int64_t)cor_ld64(v.p); break;
        case COR_V_U8: return decimal(mem, v.p[0], false);
        case COR_V_U16: return decimal(mem, cor_ld16(v.p), false);
        case COR_V_U32: return decimal(mem, cor_ld32(v.p), false);
        case COR_V_U64: return decimal(mem, cor_ld64(v.p), false);
        case COR_V_HEX32: return hex(mem, cor_ld32(v.p));
        default: return hex(mem, cor_ld64(v.p));
        }
        return decimal(mem, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
    }
    if (v.type == COR_V_GUID && v.len >= 16) {
        char *out = cor_arena_get(mem, COR_GUID_TEXT + COR_FOLD_PAD);
        return (cor_str){out, out == NULL ? 0 : cor_put_guid(out, v.p)};
    }
    if (v.type == COR_V_SID && v.len >= 8 && v.len - 8 >= v.p[1] * 4u)
        return sid(mem, v.p, v.p[1]);
    cor_str s = cor_val_text(mem, v);
    return s.p == NULL ? s : cor_fold_text(mem, s);
}
