/* The rows that correlations are swept over: one event as one correlation sees it. Inner header of src/sigma.
 *
 * Key, in sort order: rule number of the correlation, group values (folded), time, event key, pos, input, offset. So
 * all of a group comes together in event time, an event's several places stand side by side, and the first place comes
 * first. Data: what a finding needs to show, see cor_corr_row. */
#ifndef COR_SIGMA_CORRELATE_ROW_H
#define COR_SIGMA_CORRELATE_ROW_H

#include "base/hash.h"
#include "base/sort.h"
#include "sigma/sigma.h"

typedef struct cor_corr_row {
    uint32_t corr;         /* number of the correlation rule */
    uint32_t pos;          /* which of its rules, index in cor_correlation.rule */
    const cor_str *group;  /* n_group_by values as the event spells them; .p NULL: absent */
    uint32_t n_group;
    const cor_str *value;  /* n_value values */
    uint32_t n_value;
    const cor_str *carry;  /* values that only correlations over this one ask for */
    uint32_t n_carry;
    /* when it counts: later than ref.time for events that only later made an inner correlation hold */
    cor_time time;
    uint8_t key[16];       /* what counts once: the event's key, or that of an inner finding */
    cor_evref ref;
} cor_corr_row;

/* Appends key and data. */
void cor_corr_row_pack(const cor_corr_row *r, cor_buf *key, cor_buf *data);
/* The front of a packed key that all rows of the group share; n_group as in the rule. .p NULL: broken. */
cor_str cor_corr_row_prefix(cor_str key, uint32_t n_group);
/* Cheap part: time, key, pos of a row whose prefix is known. False: broken. */
bool cor_corr_row_head(cor_str key, size_t prefix, cor_corr_row *r);
/* The rest; strings are borrowed from data, arrays from mem. */
cor_code cor_corr_row_unpack(cor_str key, size_t prefix, cor_str data, cor_arena *mem, cor_corr_row *r, cor_err *e);
/* 16 bytes of SHA-256 over folded texts, absent ones told from empty ones. */
cor_code cor_corr_digest(cor_digest *d, const cor_str *text, uint32_t n, uint8_t out[16], cor_err *e);

/* The door under cor_correlator_add: hit of `rule`, whose fields `field` looks up (.p NULL: absent). */
typedef cor_str (*cor_corr_field)(void *ctx, cor_str name);
cor_code cor_correlator_add_fields(cor_correlator *c, uint32_t rule, cor_corr_field field, void *ctx,
                                   const cor_evref *ref, cor_err *e);

#endif
