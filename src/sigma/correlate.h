/* What the files of the correlator share. Inner header of src/sigma; its door is sigma.h. */
#ifndef COR_SIGMA_CORRELATE_H
#define COR_SIGMA_CORRELATE_H

#include "sigma/correlate_plan.h"
#include "sigma/correlate_row.h"

struct cor_correlator {
    cor_corr_plan plan;
    cor_code made;     /* of the plan; why when it is not COR_OK */
    cor_err why;
    size_t budget;
    const char *tmpdir;
    cor_sort **sort;   /* rows by depth of their correlation: a level is swept before the next can be complete */
    cor_corr_stats stats;
    cor_digest *digest;
    cor_arena mem;     /* of one row */
    cor_buf key, data;
};

/* The values that correlation feed.corr asks of a hit of its feed.pos-th rule, into r; arrays in c->mem. */
cor_code cor_corr_fill(cor_correlator *c, cor_corr_feed feed, cor_corr_field field, void *ctx, cor_corr_row *r, cor_err *e);
/* Checks that the row can take part, counts it or why not, adds it to the sorter. */
cor_code cor_corr_put(cor_correlator *c, cor_sort *to, const cor_corr_row *r, cor_err *e);
bool cor_corr_sums(cor_corr_type t); /* its value must be a number */
/* Decimal (sign, fraction, exponent) or 0x hexadecimal text; false otherwise. */
bool cor_corr_number(cor_str s, double *out);

#endif
