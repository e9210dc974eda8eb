#include "sigma/series.h"

#include <math.h>

#include "base/alloc.h"

#define ROOM "correlate"

struct cor_series_item {
    cor_time time;
    double v;
    double upto; /* sum of this item and those behind it up to turn; unset from turn on */
};

void cor_series_init(cor_series *s, size_t limit, bool ranked)
{
    *s = (cor_series){.limit = limit, .ranked = ranked};
}

/* Adds with the rounding error kept beside (Neumaier). */
static void add_kept(double *sum, double *c, double v)
{
    double t = *sum + v;
    if (isfinite(t))
        *c += fabs(*sum) >= fabs(v) ? (*sum - t) + v : (v - t) + *sum;
    *sum = t;
}

/* Where v stands, or would stand, in the sorted numbers. */
static size_t place(const cor_series *s, size_t n, double v)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->sorted[mid] < v)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void pop(cor_series *s)
{
    if (s->start == s->turn) { /* the sums ahead are used up: make them for all that is there */
        double sum = 0, c = 0;
        for (size_t i = s->end; i-- > s->start;) {
            add_kept(&sum, &c, s->item[i].v);
            s->item[i].upto = sum + c;
        }
        s->turn = s->end;
        s->back = s->back_c = 0;
    }
    if (s->ranked) {
        size_t n = cor_series_n(s), at = place(s, n, s->item[s->start].v);
        memmove(s->sorted + at, s->sorted + at + 1, (n - at - 1) * sizeof *s->sorted);
    }
    s->start++;
}

/* Room for one more at the end. */
static bool make_room(cor_series *s)
{
    if (s->end < s->cap)
        return true;
    if (s->start > s->cap / 2) {
        memmove(s->item, s->item + s->start, cor_series_n(s) * sizeof *s->item);
        s->turn -= s->start;
        s->end -= s->start;
        s->start = 0;
        return true;
    }
    struct cor_series_item *p = cor_grow(s->item, &s->cap, s->end + 1, sizeof *p);
    if (p == NULL)
        return false;
    s->item = p;
    return true;
}

cor_code cor_series_add(cor_series *s, cor_time t, double v, cor_err *e)
{
    if (cor_series_n(s) == s->limit) {
        s->dropped = true;
        pop(s);
    }
    size_t n = cor_series_n(s);
    if (!make_room(s))
        return cor_nomem(e, ROOM);
    if (s->ranked) {
        double *p = cor_grow(s->sorted, &s->cap_sorted, n + 1, sizeof *p);
        if (p == NULL)
            return cor_nomem(e, ROOM);
        s->sorted = p;
        size_t at = place(s, n, v);
        memmove(p + at + 1, p + at, (n - at) * sizeof *p);
        p[at] = v;
    }
    s->item[s->end++] = (struct cor_series_item){t, v, 0};
    add_kept(&s->back, &s->back_c, v);
    return COR_OK;
}

void cor_series_leave(cor_series *s, cor_time before)
{
    while (s->start < s->end && s->item[s->start].time < before)
        pop(s);
}

double cor_series_sum(const cor_series *s)
{
    return (s->start < s->turn ? s->item[s->start].upto : 0) + (s->back + s->back_c);
}

double cor_series_percentile(const cor_series *s, double p)
{
    size_t n = cor_series_n(s);
    if (n == 0)
        return 0;
    double at = p / 100 * (double)(n - 1), lo = floor(at);
    size_t i = lo < 0 ? 0 : (size_t)lo;
    if (i >= n - 1)
        return s->sorted[n - 1];
    return s->sorted[i] + (at - (double)i) * (s->sorted[i + 1] - s->sorted[i]);
}

void cor_series_clear(cor_series *s)
{
    s->start = s->end = s->turn = 0;
    s->back = s->back_c = 0;
    s->dropped = false;
}

void cor_series_free(cor_series *s)
{
    cor_free(s->item);
    cor_free(s->sorted);
    *s = (cor_series){0};
}
