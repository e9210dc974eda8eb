#include "judge/dga.h"

#include "base/alloc.h"
#include "base/hash.h"

#define SEEDS 2
#define FLAGS 2
#define LISTS (SEEDS * FLAGS)
#define NAMES (LISTS * COR_DGA_NAMES)
#define SLOTS 32768             /* a power of two above NAMES */
#define LAST_PERIOD ((COR_DGA_YEAR_LAST + 1) * 36 - 1)
#define NO_PERIOD (-1)

typedef struct names {
    int32_t period;             /* year * 36 + (month - 1) * 3 + period of the month */
    uint64_t used;              /* by the clock of the cache */
    uint16_t slot[SLOTS];       /* name's number + 1; 0: free */
    uint8_t length[NAMES];
    char text[NAMES][COR_DGA_NAME_ROOM];
} names;

struct cor_dga {
    names *kept[COR_DGA_PERIODS_MAX];
    uint64_t clock;
};

cor_dga *cor_dga_new(void)
{
    return cor_zalloc(sizeof(cor_dga));
}

void cor_dga_free(cor_dga *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < COR_DGA_PERIODS_MAX; i++)
        cor_free(d->kept[i]);
    cor_free(d);
}

/* Where the name stands, or the free slot where it belongs. */
static uint16_t *slot_of(names *p, cor_str name)
{
    size_t i = cor_hash(name.p, name.n) % SLOTS;
    while (p->slot[i] != 0) {
        unsigned k = p->slot[i] - 1u;
        if (cor_str_eq(name, (cor_str){p->text[k], p->length[k]}))
            break;
        i = (i + 1) % SLOTS;
    }
    return &p->slot[i];
}

static void fill(names *p, int32_t period)
{
    p->period = period;
    memset(p->slot, 0, sizeof p->slot);
    unsigned k = 0;
    for (uint32_t list = 0; list < LISTS; list++) {
        cor_dga_gen g;
        cor_dga_begin(&g, period / 36, (unsigned)(period % 36 / 3) + 1, (unsigned)(period % 3), list / FLAGS,
                      list % FLAGS);
        for (unsigned i = 0; i < COR_DGA_NAMES; i++, k++) {
            p->length[k] = (uint8_t)cor_dga_next(&g, p->text[k]);
            uint16_t *s = slot_of(p, (cor_str){p->text[k], p->length[k]});
            if (*s == 0)
                *s = (uint16_t)(k + 1);
        }
    }
}

/* The period's names, from the cache or in place of those that nobody asked for longest. NULL: no memory. */
static names *names_of(cor_dga *d, int32_t period)
{
    names **oldest = &d->kept[0];
    for (size_t i = 0; i < COR_DGA_PERIODS_MAX; i++) {
        names **p = &d->kept[i];
        if (*p != NULL && (*p)->period == period) {
            (*p)->used = ++d->clock;
            return *p;
        }
        if (*oldest != NULL && (*p == NULL || (*p)->used < (*oldest)->used))
            oldest = p;
    }
    if (*oldest == NULL && (*oldest = cor_alloc(sizeof **oldest)) == NULL)
        return NULL;
    fill(*oldest, period);
    (*oldest)->used = ++d->clock;
    return *oldest;
}

static int32_t period_of(cor_time t)
{
    if (t == COR_NOTIME)
        return NO_PERIOD;
    cor_civil c = cor_time_civil(t);
    if (c.year < COR_DGA_YEAR_FIRST || c.year > COR_DGA_YEAR_LAST)
        return NO_PERIOD;
    int32_t third = (c.day - 1) / 10;
    return c.year * 36 + (c.month - 1) * 3 + (third < 2 ? third : 2);
}

cor_code cor_dga_find(cor_dga *d, cor_str name, cor_time t, cor_dga_hit *out, cor_err *e)
{
    static const int32_t order[] = {0, -1, 1}; /* of its own time first */
    *out = (cor_dga_hit){0};
    int32_t at = period_of(t);
    if (at == NO_PERIOD || !cor_dga_shape(name))
        return COR_OK;
    char small[COR_DGA_NAME_ROOM];
    if (name.p[name.n - 1] == '.')
        name.n--;
    for (size_t i = 0; i < name.n; i++) /* the shape has letters and a full stop only */
        small[i] = name.p[i] == '.' ? '.' : (char)(name.p[i] | 0x20);
    name.p = small;
    for (size_t i = 0; i < COR_LEN(order); i++) {
        int32_t period = at + order[i];
        if (period < COR_DGA_YEAR_FIRST * 36 || period > LAST_PERIOD)
            continue;
        names *p = names_of(d, period);
        if (p == NULL)
            return cor_nomem(e, "dga");
        uint16_t k = *slot_of(p, name);
        if (k == 0)
            continue;
        uint32_t list = (k - 1u) / COR_DGA_NAMES;
        *out = (cor_dga_hit){true, period / 36, (unsigned)(period % 36 / 3) + 1, (unsigned)(period % 3),
                             list / FLAGS, list % FLAGS};
        return COR_OK;
    }
    return COR_OK;
}
