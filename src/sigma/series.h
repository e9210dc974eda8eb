/* Numbers in a sliding window of time: their sum without drift, and their percentiles. */
#ifndef COR_SIGMA_SERIES_H
#define COR_SIGMA_SERIES_H

#include "base/time.h"

typedef struct cor_series {
    struct cor_series_item *item; /* item[start..end), by time */
    size_t start, end, cap;
    size_t turn;          /* before it, items know the sum up to it: nothing is ever subtracted, so nothing drifts */
    double back, back_c;  /* sum from turn to end, and what rounding has taken from it */
    double *sorted;       /* the same numbers by size; only when ranked */
    size_t cap_sorted;
    size_t limit;
    bool ranked;
    bool dropped;         /* the oldest had to leave before its time */
} cor_series;

/* ranked: percentiles will be asked for. */
void cor_series_init(cor_series *s, size_t limit, bool ranked);
cor_code cor_series_add(cor_series *s, cor_time t, double v, cor_err *e);
void cor_series_leave(cor_series *s, cor_time before); /* all older than that leave */
static inline size_t cor_series_n(const cor_series *s)
{
    return s->end - s->start;
}
double cor_series_sum(const cor_series *s);
/* p 0..100; between two ranks it interpolates (SQL's PERCENTILE_CONT). 0 when empty. */
double cor_series_percentile(const cor_series *s, double p);
void cor_series_clear(cor_series *s);
void cor_series_free(cor_series *s);

#endif
