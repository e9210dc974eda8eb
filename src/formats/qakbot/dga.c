#include "formats/qakbot/dga.h"

#include <stdio.h>

#include <libdeflate.h>

#define LETTERS_LEAST 8
#define LETTERS_MOST 25

/* As the generator counts them: org stands there twice. */
static const char *const top_level[] = {"com", "net", "org", "info", "biz", "org"};

bool cor_dga_shape(cor_str name)
{
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    size_t n = 0;
    while (n < name.n && (name.p[n] | 0x20) >= 'a' && (name.p[n] | 0x20) <= 'z')
        n++;
    if (n < LETTERS_LEAST || n > LETTERS_MOST || n == name.n || name.p[n] != '.')
        return false;
    cor_str top = {name.p + n + 1, name.n - n - 1};
    for (size_t i = 0; i < COR_LEN(top_level); i++)
        if (cor_str_ieq(top, cor_str_of(top_level[i])))
            return true;
    return false;
}

/* ---- MT19937, as published by Matsumoto and Nishimura ---- */

#define MT_N 624
#define MT_M 397

static void twist(cor_dga_gen *g)
{
    for (unsigned i = 0; i < MT_N; i++) {
        uint32_t y = (g->mt[i] & 0x80000000u) | (g->mt[(i + 1) % MT_N] & 0x7fffffffu);
        g->mt[i] = g->mt[(i + MT_M) % MT_N] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0);
    }
    g->at = 0;
}

static uint32_t draw(cor_dga_gen *g)
{
    if (g->at == MT_N)
        twist(g);
    uint32_t y = g->mt[g->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* The sample scales the low 28 bits of an output to the range. */
static unsigned draw_in(cor_dga_gen *g, unsigned least, unsigned most)
{
    uint64_t x = draw(g) & 0x0fffffffu;
    return least + (unsigned)((x * (most - least + 1)) >> 28);
}

void cor_dga_begin(cor_dga_gen *g, int32_t year, unsigned month, unsigned period, uint32_t seed, uint32_t flag)
{
    static const char months[12][4] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                                       "dec"};
    char text[64];
    int n = snprintf(text, sizeof text, "%u.%s.%d.%08x", period, months[(month + 11) % 12], (int)year, (unsigned)seed);
    g->mt[0] = libdeflate_crc32(0, text, (size_t)n) + flag;
    for (uint32_t i = 1; i < MT_N; i++)
        g->mt[i] = UINT32_C(1812433253) * (g->mt[i - 1] ^ (g->mt[i - 1] >> 30)) + i;
    g->at = MT_N;
}

size_t cor_dga_next(cor_dga_gen *g, char out[COR_DGA_NAME_ROOM])
{
    const char *top = top_level[draw_in(g, 0, COR_LEN(top_level) - 1)];
    size_t n = draw_in(g, LETTERS_LEAST, LETTERS_MOST);
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('a' + draw_in(g, 0, 25));
    out[n++] = '.';
    memcpy(out + n, top, strlen(top));
    return n + strlen(top);
}
