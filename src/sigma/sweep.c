#include "sigma/sweep.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"

#define PAIRS_MAX 6u
#define PAIRS_COST_MAX 450 /* one position in fifty: each costs a compare with the literals of its pair */

typedef struct literal {
    cor_str text;
    size_t at; /* of its pair in UTF-16: bytes */
} literal;

struct cor_sweep {
    cor_pairs pairs; /* with the bit that parts upper from lower case set */
    literal *lit;    /* by pair: lit[first[k] .. first[k + 1]] */
    uint32_t first[PAIRS_MAX + 1];
};

bool cor_sweep_can(cor_str t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] < 0x20 || t.p[i] > 0x7e)
            return false;
    return t.n >= 2 && t.n <= UINT16_MAX;
}

bool cor_sweep_make(const cor_str *text, uint32_t n, const cor_common *c, cor_arena *mem, cor_sweep **out)
{
    *out = NULL;
#ifdef __SSE2__ /* elsewhere the values are searched one by one */
    uint32_t at[COR_SWEPT];
    cor_pairs pairs;
    if (n > COR_SWEPT || !cor_pairs_pick(text, n, PAIRS_MAX, PAIRS_COST_MAX, c, &pairs, at))
        return true;
    cor_sweep *s = cor_arena_zero(mem, sizeof *s);
    if (s == NULL || (s->lit = cor_arena_get(mem, n * sizeof *s->lit)) == NULL)
        return false;
    s->pairs = pairs;
    for (uint32_t k = 0, filed = 0; k < pairs.n; k++) {
        for (uint32_t i = 0; i < n; i++)
            if ((uint8_t)text[i].p[at[i]] == pairs.pair[k][0][0] &&
                (uint8_t)text[i].p[at[i] + 1] == pairs.pair[k][1][0])
                s->lit[filed++] = (literal){text[i], at[i] * (size_t)2};
        s->first[k + 1] = filed;
        for (int i = 0; i < 16; i++) {
            s->pairs.pair[k][0][i] |= 0x20;
            s->pairs.pair[k][1][i] |= 0x20;
        }
    }
    *out = s;
#else
    (void)text, (void)n, (void)c, (void)mem;
#endif
    return true;
}

#ifdef __SSE2__
static bool stands(const literal *l, const uint8_t *p, size_t n, size_t at)
{
    if (at < l->at || at >= n || (n - (at - l->at)) / 2 < l->text.n)
        return false;
    const uint8_t *q = p + at - l->at;
    for (size_t i = 0; i < l->text.n; i++) {
        uint32_t u = cor_ld16(q + 2 * i);
        if ((u >= 'A' && u <= 'Z' ? u + 32 : u) != (uint8_t)l->text.p[i])
            return false;
    }
    return true;
}

static bool any_stands(const cor_sweep *s, const uint8_t *p, size_t n, size_t at)
{
    for (uint32_t k = 0; k < s->pairs.n; k++) {
        if ((p[at] | 0x20) != s->pairs.pair[k][0][0] || (p[at + 2] | 0x20) != s->pairs.pair[k][1][0])
            continue;
        for (uint32_t i = s->first[k]; i < s->first[k + 1]; i++)
            if (stands(&s->lit[i], p, n, at))
                return true;
    }
    return false;
}

/* Units may begin at any byte, since values of all sizes lie side by side: every byte is compared, and the one two
 * behind. The number of pairs is known when this is compiled, so that they stay in registers. */
static inline __attribute__((always_inline)) bool run(const cor_sweep *s, const uint8_t *p, size_t n, uint32_t pairs)
{
    const __m128i low = _mm_set1_epi8(0x20);
    __m128i a[PAIRS_MAX], b[PAIRS_MAX];
    for (uint32_t k = 0; k < pairs; k++) {
        a[k] = _mm_loadu_si128((const __m128i *)(const void *)s->pairs.pair[k][0]);
        b[k] = _mm_loadu_si128((const __m128i *)(const void *)s->pairs.pair[k][1]);
    }
    for (size_t i = 0; i + 3 < n; i += 16) {
        __m128i x = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + i)), low),
                y = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + i + 2)), low),
                any = _mm_and_si128(_mm_cmpeq_epi8(x, a[0]), _mm_cmpeq_epi8(y, b[0]));
        for (uint32_t k = 1; k < pairs; k++)
            any = _mm_or_si128(any, _mm_and_si128(_mm_cmpeq_epi8(x, a[k]), _mm_cmpeq_epi8(y, b[k])));
        for (unsigned bits = (unsigned)_mm_movemask_epi8(any); COR_UNLIKELY(bits != 0); bits &= bits - 1)
            if (any_stands(s, p, n, i + (size_t)__builtin_ctz(bits)))
                return true;
    }
    return false;
}
#endif

bool cor_sweep_finds(const cor_sweep *s, const uint8_t *p, size_t n)
{
#ifdef __SSE2__
    switch (s->pairs.n) {
    case 1: return run(s, p, n, 1);
    case 2: return run(s, p, n, 2);
    case 3: return run(s, p, n, 3);
    case 4: return run(s, p, n, 4);
    case 5: return run(s, p, n, 5);
    default: return run(s, p, n, PAIRS_MAX);
    }
#else
    (void)s, (void)p, (void)n;
    return true;
#endif
}
