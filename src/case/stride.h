/* The reading stride, which `detect` and the case share: all evidence is read once, by workers that each have a
 * matcher, a collector of correlation rows, a sorter of findings, counts by log and (for a case) facts. Inner header
 * of src/case.
 *
 * What follows belongs to the caller: detect.c concludes from the sorters, gather.c moves them into the case. */
#ifndef COR_CASE_STRIDE_H
#define COR_CASE_STRIDE_H

#include "case/facts.h"
#include "case/hosts.h"

typedef struct cor_stride_worker cor_stride_worker;

typedef struct cor_stride {
    /* The caller's: */
    const cor_detect_options *o;
    cor_detect_result *out;    /* its `run` and what is counted while reading */
    cor_counting count;        /* whether and how records are counted by log */
    bool facts;
    /* Filled by reading: one of each for every worker there was, n of them. */
    size_t n;
    cor_sort **by_id;          /* findings, as cor_hit_pack makes them */
    cor_correlator **corr;
    cor_hosts **hosts;         /* NULL unless counted */
    cor_facts **fact;          /* NULL unless asked for */
    size_t share;              /* bytes for one sorter of one worker */
    /* Private: */
    cor_plan *plan;
    cor_stride_worker **worker; /* by number; NULL where none was needed */
    size_t n_worker;
} cor_stride;

/* COR_ESTOP: stopped; what was read until then is there all the same. Close in any case. */
cor_code cor_stride_read(cor_stride *s, cor_err *e);
void cor_stride_drop_findings(cor_stride *s); /* by_id is gone */
void cor_stride_close(cor_stride *s);

/* Findings of this rule are told (others feed correlations only). */
bool cor_stride_reported(const cor_detect_options *o, const cor_rule *r);
/* cor_correlate, with what the correlations could not use in *out. */
cor_code cor_stride_correlate(cor_correlator *const *c, size_t n, const atomic_bool *stop,
                              cor_code (*found)(void *ctx, const cor_corr_finding *f, cor_err *e), void *ctx,
                              cor_detect_result *out, cor_err *e);

#endif
