#include "sigma/scan.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/intern.h"
#include "sigma/rare.h"

#define MUL64 UINT64_C(0x9e3779b97f4a7c15)
#define MUL32 0x9e3779b1u
#define BITMAP_MAX 16 /* log2 of its bits: 8 KiB stay in the first cache; larger ones gain nothing */
#define BITMAP_MIN 9
#define PAIRS_COST_MAX 600 /* one position in forty: beyond, grams find fewer false places */

typedef struct lit {
    const char *p;
    uint32_t n, bit;
    uint32_t next; /* with the same key, COR_NONE ends */
    uint32_t at;   /* of the gram in the literal */
    uint32_t from; /* of the eight bytes compared first, which reach beyond the gram */
    uint64_t key, mask;
} lit;

typedef struct slot {
    uint32_t tag;   /* rest of the hash, or the gram itself */
    uint32_t first; /* literal, COR_NONE: free */
} slot;

typedef struct table {
    slot *slot;
    uint32_t mask;
} table;

typedef struct grams {
    table t;
    uint64_t *bitmap;
    int shift; /* 32 - log2 of the bitmap's bits */
    bool used;
} grams;

struct cor_scan {
    lit *lit;
    table fixed;            /* WHOLE, HEAD, TAIL */
    bool whole, head8, tail8;
    uint8_t head_len, tail_len; /* bit L: literals of L bytes (1..7) */
    uint32_t empty;         /* literals of no bytes that are not WHOLE: always found; chain */
    grams four, two;
    bool typed;             /* see cor_scan_typed */
    cor_pairs pairs;        /* not none: the literals of two bytes and more are filed in `two`, under one of these */
    bool fixed_any;
    uint32_t one;           /* chain of single bytes */
};

/* ---- keys ---- */

enum { KEY_WHOLE = 1, KEY_HEAD8, KEY_TAIL8, KEY_HEAD, KEY_TAIL = KEY_HEAD + 8 };

static inline uint64_t mix(uint64_t x, uint64_t kind)
{
    x = (x ^ kind * UINT64_C(0xd6e8feb86659fd93)) * MUL64;
    return x ^ x >> 29;
}

static inline uint64_t load_n(const char *p, size_t n) /* n < 8; 8 bytes readable */
{
    return cor_ld64((const uint8_t *)p) & ((UINT64_C(1) << (8 * n)) - 1);
}

static inline uint64_t key_whole(size_t n, uint64_t head, uint64_t tail)
{
    return mix(head + (tail << 3 | tail >> 61) + n * UINT64_C(0xa0761d6478bd642f), KEY_WHOLE) * MUL64;
}

/* The kind stays in the tag, so that chains of different kinds never mix, whatever the hashes do. */
static inline uint32_t tag_of(uint64_t key, cor_where where)
{
    return (uint32_t)(key >> 32 & ~UINT64_C(3)) | (uint32_t)where;
}

/* ---- building ---- */

static bool table_make(table *t, uint32_t keys, cor_arena *mem)
{
    uint32_t n = 8;
    while (n < keys * 2)
        n *= 2;
    t->slot = cor_arena_get(mem, n * sizeof *t->slot);
    t->mask = n - 1;
    if (t->slot != NULL)
        memset(t->slot, 0xff, n * sizeof *t->slot);
    return t->slot != NULL;
}

static void table_add(table *t, uint64_t at, uint32_t tag, lit *all, uint32_t no)
{
    uint32_t i = (uint32_t)at & t->mask;
    while (t->slot[i].first != COR_NONE && t->slot[i].tag != tag)
        i = (i + 1) & t->mask;
    t->slot[i].tag = tag;
    all[no].next = t->slot[i].first;
    t->slot[i].first = no;
}

static inline uint32_t table_find(const table *t, uint64_t at, uint32_t tag)
{
    for (uint32_t i = (uint32_t)at & t->mask;; i = (i + 1) & t->mask)
        if (t->slot[i].first == COR_NONE || t->slot[i].tag == tag)
            return t->slot[i].first;
}

static void pick_four(lit *l, const cor_common *r)
{
    unsigned best = UINT32_MAX;
    for (uint32_t i = 0; i + 4 <= l->n; i++) {
        unsigned c = cor_byte_cost(l->p[i]) + cor_byte_cost(l->p[i + 1]) + cor_byte_cost(l->p[i + 2]) +
                     cor_byte_cost(l->p[i + 3]);
        if (cor_common_gram(r, l->p + i))
            c += 40;
        if (c < best) {
            best = c;
            l->at = i;
        }
    }
}

static uint32_t gram_of(const lit *l, bool pairs)
{
    return l->n >= 4 && !pairs ? cor_ld32((const uint8_t *)l->p + l->at) : cor_ld16((const uint8_t *)l->p + l->at);
}

/* Most places of a gram hold another literal or none: eight bytes tell, without going to the literal's text. */
static void make_key(lit *l)
{
    char t[8] = {0};
    l->from = l->n <= 8 ? 0 : l->at + 8 <= l->n ? l->at : l->n - 8;
    memcpy(t, l->p + l->from, l->n < 8 ? l->n : 8);
    l->key = cor_ld64((const uint8_t *)t);
    l->mask = l->n < 8 ? (UINT64_C(1) << 8 * l->n) - 1 : UINT64_MAX;
}

static bool grams_make(grams *g, lit *all, const uint32_t *list, uint32_t n, bool pairs, cor_arena *mem)
{
    if (n == 0)
        return true;
    int log2 = BITMAP_MIN;
    while (log2 < BITMAP_MAX && (uint32_t)1 << log2 < n * 16)
        log2++;
    size_t words = (size_t)1 << (log2 - 6);
    g->used = true;
    g->shift = 32 - log2;
    g->bitmap = cor_arena_zero(mem, words * sizeof *g->bitmap);
    if (g->bitmap == NULL || !table_make(&g->t, n, mem))
        return false;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t gram = gram_of(&all[list[i]], pairs), h = gram * MUL32;
        g->bitmap[h >> g->shift >> 6] |= UINT64_C(1) << (h >> g->shift & 63);
        table_add(&g->t, h >> 7, gram, all, list[i]);
        make_key(&all[list[i]]);
    }
    return true;
}

/* Files every literal of the list under a pair; false: too many pairs, or too common ones. */
static bool pick_pairs(cor_scan *s, const uint32_t *list, uint32_t n, const cor_common *c)
{
    cor_str text[COR_PAIRED];
    uint32_t at[COR_PAIRED];
    for (uint32_t i = 0; i < n; i++)
        text[i] = (cor_str){s->lit[list[i]].p, s->lit[list[i]].n};
    if (!cor_pairs_pick(text, n, COR_PAIRS, PAIRS_COST_MAX, c, &s->pairs, at))
        return false;
    for (uint32_t i = 0; i < n; i++)
        s->lit[list[i]].at = at[i];
    return true;
}

static void add_fixed(cor_scan *s, uint32_t no, cor_where where)
{
    lit *l = &s->lit[no];
    char t[16] = {0};
    memcpy(t, l->p, l->n < 8 ? l->n : 8);
    uint64_t head = cor_ld64((const uint8_t *)t), tail = l->n >= 8 ? cor_ld64((const uint8_t *)l->p + l->n - 8) : 0,
             key;
    if (where == COR_AT_WHOLE) {
        key = key_whole(l->n, head, tail);
        s->whole = true;
    } else if (where == COR_AT_HEAD) {
        key = mix(head, l->n >= 8 ? KEY_HEAD8 : KEY_HEAD + (uint64_t)l->n);
        s->head8 |= l->n >= 8;
        s->head_len |= (uint8_t)(l->n < 8 ? 1u << l->n : 0);
    } else {
        key = l->n >= 8 ? mix(tail, KEY_TAIL8) : mix(head, KEY_TAIL + (uint64_t)l->n);
        s->tail8 |= l->n >= 8;
        s->tail_len |= (uint8_t)(l->n < 8 ? 1u << l->n : 0);
    }
    s->fixed_any = true;
    table_add(&s->fixed, key, tag_of(key, where), s->lit, no);
}

/* four: room for the literals of both lists. */
static bool file_inside(cor_scan *s, uint32_t *four, uint32_t n_four, const uint32_t *two, uint32_t n_two,
                        const cor_common *c, cor_arena *mem)
{
    uint32_t n = n_four + n_two;
#ifdef __SSE2__
    if (n <= COR_PAIRED) {
        uint32_t all[COR_PAIRED];
        if (n != 0) {
            memcpy(all, four, n_four * sizeof *all);
            memcpy(all + n_four, two, n_two * sizeof *all);
        }
        if (pick_pairs(s, all, n, c))
            return grams_make(&s->two, s->lit, all, n, true, mem);
    }
#endif
    for (uint32_t i = 0; i < n_four; i++)
        pick_four(&s->lit[four[i]], c);
    for (uint32_t i = 0; i < n_two; i++) {
        lit *l = &s->lit[two[i]];
        l->at = l->n == 3 && cor_byte_cost(l->p[2]) < cor_byte_cost(l->p[0]);
    }
    return grams_make(&s->four, s->lit, four, n_four, false, mem) &&
           grams_make(&s->two, s->lit, two, n_two, false, mem);
}

bool cor_literal_typed(cor_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\0' || strchr("0123456789abcdef{}-.:stxz", text.p[i]) == NULL)
            return false;
    return true;
}

bool cor_scan_typed(const cor_scan *s)
{
    return s->typed;
}

cor_scan *cor_scan_make(const cor_literal *from, uint32_t n, cor_arena *mem)
{
    cor_scan *s = cor_arena_zero(mem, sizeof *s);
    uint32_t *four = cor_alloc((size_t)n * 2 * sizeof *four), *two = four == NULL ? NULL : four + n;
    uint32_t n_four = 0, n_two = 0, n_fixed = 0;
    bool ok = s != NULL && four != NULL && (s->lit = cor_arena_get(mem, n * sizeof *s->lit)) != NULL;
    for (uint32_t i = 0; ok && i < n; i++)
        n_fixed += from[i].where != COR_AT_INSIDE && (from[i].text.n != 0 || from[i].where == COR_AT_WHOLE);
    ok = ok && table_make(&s->fixed, n_fixed, mem);
    cor_common rare;
    if (ok) {
        cor_common_make(&rare);
        s->empty = s->one = COR_NONE;
    }
    for (uint32_t i = 0; ok && i < n; i++) {
        lit *l = &s->lit[i];
        *l = (lit){.p = from[i].text.p, .n = (uint32_t)from[i].text.n, .bit = from[i].bit, .next = COR_NONE};
        s->typed = s->typed || cor_literal_typed(from[i].text);
        if (l->n == 0 && from[i].where != COR_AT_WHOLE) {
            l->next = s->empty;
            s->empty = i;
        } else if (from[i].where != COR_AT_INSIDE) {
            add_fixed(s, i, from[i].where);
        } else if (l->n >= 4) {
            four[n_four++] = i;
        } else if (l->n >= 2) {
            two[n_two++] = i;
        } else {
            l->next = s->one;
            s->one = i;
        }
    }
    ok = ok && file_inside(s, four, n_four, two, n_two, &rare, mem);
    cor_free(four);
    return ok ? s : NULL;
}

/* ---- running ---- */

static inline void chain_whole(const cor_scan *s, uint32_t no, cor_str t, cor_marks *out)
{
    for (; no != COR_NONE; no = s->lit[no].next)
        if (s->lit[no].n == t.n && memcmp(s->lit[no].p, t.p, t.n) == 0)
            cor_mark(out, s->lit[no].bit);
}

static inline void chain_head(const cor_scan *s, uint32_t no, cor_str t, cor_marks *out)
{
    for (; no != COR_NONE; no = s->lit[no].next)
        if (s->lit[no].n <= t.n && memcmp(s->lit[no].p, t.p, s->lit[no].n) == 0)
            cor_mark(out, s->lit[no].bit);
}

static inline void chain_tail(const cor_scan *s, uint32_t no, cor_str t, cor_marks *out)
{
    for (; no != COR_NONE; no = s->lit[no].next)
        if (s->lit[no].n <= t.n && memcmp(s->lit[no].p, t.p + t.n - s->lit[no].n, s->lit[no].n) == 0)
            cor_mark(out, s->lit[no].bit);
}

static void run_fixed(const cor_scan *s, cor_str t, cor_marks *out)
{
    uint64_t head = t.n >= 8 ? cor_ld64((const uint8_t *)t.p) : load_n(t.p, t.n);
    uint64_t tail = t.n >= 8 ? cor_ld64((const uint8_t *)t.p + t.n - 8) : 0, key;
    if (s->whole) {
        key = key_whole(t.n, head, tail);
        chain_whole(s, table_find(&s->fixed, key, tag_of(key, COR_AT_WHOLE)), t, out);
    }
    if (s->head8 && t.n >= 8) {
        key = mix(head, KEY_HEAD8);
        chain_head(s, table_find(&s->fixed, key, tag_of(key, COR_AT_HEAD)), t, out);
    }
    if (s->tail8 && t.n >= 8) {
        key = mix(tail, KEY_TAIL8);
        chain_tail(s, table_find(&s->fixed, key, tag_of(key, COR_AT_TAIL)), t, out);
    }
    for (unsigned l = s->head_len; l != 0; l &= l - 1) {
        size_t n = (size_t)__builtin_ctz(l);
        if (n > t.n)
            break;
        key = mix(load_n(t.p, n), KEY_HEAD + (uint64_t)n);
        chain_head(s, table_find(&s->fixed, key, tag_of(key, COR_AT_HEAD)), t, out);
    }
    for (unsigned l = s->tail_len; l != 0; l &= l - 1) {
        size_t n = (size_t)__builtin_ctz(l);
        if (n > t.n)
            break;
        key = mix(load_n(t.p + t.n - n, n), KEY_TAIL + (uint64_t)n);
        chain_tail(s, table_find(&s->fixed, key, tag_of(key, COR_AT_TAIL)), t, out);
    }
}

/* A gram's literals at position i of the text. A text that repeats one gram costs a compare per literal that shares it
 * and has not been found yet: chains are short (tens), so the work stays linear in the text. */
static void gram_found(const cor_scan *s, const grams *g, uint32_t gram, uint32_t h, size_t i, cor_str t,
                       cor_marks *out)
{
    for (uint32_t no = table_find(&g->t, h >> 7, gram); no != COR_NONE; no = s->lit[no].next) {
        const lit *l = &s->lit[no];
        if (l->at > i || t.n - (i - l->at) < l->n)
            continue;
        const char *p = t.p + (i - l->at);
        if (((cor_ld64((const uint8_t *)p + l->from) ^ l->key) & l->mask) != 0)
            continue;
        if (out->mark[l->bit] != out->now && (l->n <= 8 || memcmp(p, l->p, l->n) == 0))
            cor_mark(out, l->bit);
    }
}

#ifdef __SSE2__
static void run_pairs(const cor_scan *s, cor_str t, cor_marks *out)
{
    int n = s->pairs.n;
    for (size_t i = 0; i + 1 < t.n; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(t.p + i)),
                y = _mm_loadu_si128((const __m128i *)(const void *)(t.p + i + 1));
        __m128i any = _mm_setzero_si128();
        for (int k = 0; k < n; k++) {
            __m128i a = _mm_loadu_si128((const __m128i *)(const void *)s->pairs.pair[k][0]),
                    b = _mm_loadu_si128((const __m128i *)(const void *)s->pairs.pair[k][1]);
            any = _mm_or_si128(any, _mm_and_si128(_mm_cmpeq_epi8(x, a), _mm_cmpeq_epi8(y, b)));
        }
        unsigned bits = (unsigned)_mm_movemask_epi8(any);
        if (t.n - i < 17)
            bits &= (1u << (t.n - i - 1)) - 1; /* positions behind the text do not count */
        for (; COR_UNLIKELY(bits != 0); bits &= bits - 1) {
            size_t at = i + (size_t)__builtin_ctz(bits);
            uint32_t gram = cor_ld16((const uint8_t *)t.p + at);
            gram_found(s, &s->two, gram, gram * MUL32, at, t, out);
        }
    }
}
#endif

void cor_scan_run(const cor_scan *s, cor_str t, cor_marks *out)
{
    if (s->fixed_any)
        run_fixed(s, t, out);
    for (uint32_t no = s->empty; no != COR_NONE; no = s->lit[no].next)
        cor_mark(out, s->lit[no].bit);
    if (s->four.used && t.n >= 4) {
        const uint64_t *map = s->four.bitmap;
        int shift = s->four.shift;
        for (size_t i = 0; i + 4 <= t.n; i++) {
            uint32_t gram = cor_ld32((const uint8_t *)t.p + i), h = gram * MUL32, b = h >> shift;
            if (COR_UNLIKELY(map[b >> 6] >> (b & 63) & 1))
                gram_found(s, &s->four, gram, h, i, t, out);
        }
    }
#ifdef __SSE2__
    if (s->pairs.n != 0)
        run_pairs(s, t, out);
    else
#endif
    if (s->two.used && t.n >= 2) {
        const uint64_t *map = s->two.bitmap;
        int shift = s->two.shift;
        for (size_t i = 0; i + 2 <= t.n; i++) {
            uint32_t gram = cor_ld16((const uint8_t *)t.p + i), h = gram * MUL32, b = h >> shift;
            if (COR_UNLIKELY(map[b >> 6] >> (b & 63) & 1))
                gram_found(s, &s->two, gram, h, i, t, out);
        }
    }
    for (uint32_t no = s->one; no != COR_NONE; no = s->lit[no].next)
        if (t.n != 0 && memchr(t.p, s->lit[no].p[0], t.n) != NULL)
            cor_mark(out, s->lit[no].bit);
}
