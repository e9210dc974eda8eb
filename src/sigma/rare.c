#include "sigma/rare.h"

#include "base/cursor.h"

#define MUL32 0x9e3779b1u

/* How often a byte stands in paths, command lines and scripts, 0 rare .. 15 everywhere. Only picks which gram is looked
 * for. */
static const uint8_t common_byte[128] = {
    [' '] = 12, ['\\'] = 15, ['.'] = 11, [':'] = 8,  ['-'] = 8,  ['/'] = 7,  ['"'] = 7,  ['_'] = 5, ['('] = 4,
    [')'] = 4,  ['='] = 5,   [','] = 4,  ['$'] = 4,  ['{'] = 3,  ['}'] = 3,  [';'] = 3,  ['%'] = 3, ['\''] = 3,
    ['0'] = 9,  ['1'] = 8,   ['2'] = 8,  ['3'] = 8,  ['4'] = 7,  ['5'] = 7,  ['6'] = 7,  ['7'] = 6, ['8'] = 6,
    ['9'] = 6,  ['a'] = 12,  ['b'] = 6,  ['c'] = 11, ['d'] = 9,  ['e'] = 15, ['f'] = 7,  ['g'] = 6, ['h'] = 7,
    ['i'] = 13, ['j'] = 2,   ['k'] = 4,  ['l'] = 10, ['m'] = 10, ['n'] = 12, ['o'] = 12, ['p'] = 9, ['q'] = 2,
    ['r'] = 12, ['s'] = 14,  ['t'] = 13, ['u'] = 7,  ['v'] = 5,  ['w'] = 8,  ['x'] = 7,  ['y'] = 5, ['z'] = 2,
};

/* What fills real values: a gram of these is found in every other one. */
static const char common_text[] =
    "c:\\windows\\system32\\drivers\\ c:\\windows\\syswow64\\ c:\\program files (x86)\\common files\\ c:\\program "
    "files\\windows "
    "c:\\programdata\\microsoft\\ c:\\users\\public\\ \\appdata\\local\\temp\\ \\appdata\\roaming\\ .exe .dll "
    "\\windowspowershell\\v1.0\\powershell.exe "
    "\\cmd.exe svchost.exe explorer.exe rundll32.exe -command system microsoft http://www. https://www. .com "
    "hklm\\software\\microsoft\\windows\\currentversion\\ hklm\\system\\currentcontrolset\\services\\ hku\\s-1-5-21- "
    "\\control\\ windows nt\\ "
    "\\device\\harddiskvolume \\registry\\machine\\ nt authority\\system local service network md5= sha256= sha1= "
    "imphash= function return "
    "param string object write-host new-object if ( else foreach ";

#define COMMON_BITS 12 /* hashed grams of common_text: a false hit only costs a choice */

static uint32_t four_at(const char *p)
{
    return cor_ld32((const uint8_t *)p) * MUL32 >> (32 - COMMON_BITS);
}

static uint32_t two_at(const char *p)
{
    return (uint32_t)cor_ld16((const uint8_t *)p) * MUL32 >> (32 - COMMON_BITS);
}

void cor_common_make(cor_common *c)
{
    _Static_assert(sizeof c->four * 8 == 1 << COMMON_BITS, "bits of the table");
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i + 4 < sizeof common_text; i++) {
        uint32_t h = four_at(common_text + i);
        c->four[h / 64] |= UINT64_C(1) << h % 64;
        h = two_at(common_text + i);
        c->two[h / 64] |= UINT64_C(1) << h % 64;
    }
}

bool cor_common_gram(const cor_common *c, const char *p)
{
    uint32_t h = four_at(p);
    return c->four[h / 64] >> h % 64 & 1;
}

bool cor_common_text(const cor_common *c, cor_str t)
{
    if (t.n < 4)
        return true;
    for (size_t i = 0; i + 4 <= t.n; i++)
        if (!cor_common_gram(c, t.p + i))
            return false;
    return true;
}

unsigned cor_byte_cost(char c)
{
    return (uint8_t)c < 128 ? common_byte[(uint8_t)c] : 1;
}

/* ---- pairs ---- */

/* How often a pair is likely to stand in text, in 1/22,500 of its positions: 'e' and backslash each every tenth byte,
 * and more where the pair itself is common. */
static unsigned pair_cost(const cor_common *c, const char *p)
{
    unsigned cost = 1 + cor_byte_cost(p[0]) * cor_byte_cost(p[1]);
    uint32_t h = two_at(p);
    return c->two[h / 64] >> h % 64 & 1 ? cost * 3 : cost;
}

/* The next pair: of the first literal without one, that which stands most often in all without one, for its cost.
 * Counted by hash: where two pairs share a number, the choice is a little worse. NULL: every literal has one, or
 * this one is too short. */
static const char *next_pair(const cor_str *text, uint32_t n, const bool *done, const cor_common *c)
{
    uint16_t count[1 << COMMON_BITS] = {0};
    const cor_str *first = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (done[i])
            continue;
        first = first == NULL ? &text[i] : first;
        for (size_t at = 0; at + 2 <= text[i].n && at < UINT8_MAX; at++) /* 200 literals stay below 65,536 */
            count[two_at(text[i].p + at)]++;
    }
    const char *best = NULL;
    uint64_t best_worth = 0;
    for (size_t at = 0; first != NULL && at + 2 <= first->n && at < UINT8_MAX; at++) {
        uint64_t worth = (uint64_t)count[two_at(first->p + at)] * 100000 / pair_cost(c, first->p + at);
        if (worth > best_worth) {
            best_worth = worth;
            best = first->p + at;
        }
    }
    return best;
}

bool cor_pairs_pick(const cor_str *text, uint32_t n, uint32_t pairs_max, unsigned cost_max, const cor_common *c,
                    cor_pairs *out, uint32_t *at)
{
    bool done[COR_PAIRED] = {false};
    unsigned cost = 0;
    uint32_t left = n;
    *out = (cor_pairs){0};
    while (left != 0 && n <= COR_PAIRED) {
        const char *pair = next_pair(text, n, done, c);
        cost += pair == NULL ? 0 : pair_cost(c, pair);
        if (pair == NULL || out->n == pairs_max || cost > cost_max)
            break;
        memset(out->pair[out->n][0], pair[0], 16);
        memset(out->pair[out->n++][1], pair[1], 16);
        for (uint32_t i = 0; i < n; i++) {
            const char *found = done[i] ? NULL : memmem(text[i].p, text[i].n, pair, 2);
            if (found != NULL) {
                at[i] = (uint32_t)(found - text[i].p);
                done[i] = true;
                left--;
            }
        }
    }
    if (left != 0)
        out->n = 0;
    return n != 0 && left == 0;
}
