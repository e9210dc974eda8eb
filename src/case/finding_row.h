/* Findings as rows of a sort. Inner header of src/case.
 *
 * A finding is sorted twice: by (id, place), where the same finding from several places comes together and its first
 * place is known, and then into the final order. `order` is the key of the second sort; `body` is everything else. */
#ifndef COR_CASE_FINDING_ROW_H
#define COR_CASE_FINDING_ROW_H

#include "base/hash.h"
#include "base/pack.h"
#include "case/finding.h"

#define COR_ID_SIZE 16

/* An event with what findings say of it as text, made once for all rules that hit it. */
typedef struct cor_hit {
    cor_evref ref;           /* strings in the maker's arena */
    uint32_t flags;
    bool cut;
    const cor_named *field;
    uint32_t n_field;
} cor_hit;

/* Texts in mem. */
cor_code cor_hit_make(cor_hit *h, const cor_event *ev, uint32_t input, cor_arena *mem, cor_digest *d, cor_err *e);

/* What names a rule in ids and in the order of findings: its id, else its name, else its title. */
cor_str cor_rule_name(const cor_rule *r);
/* 16 bytes: hash of the rule and the event; for a correlation of rule, group and events. */
void cor_hit_id(const cor_hit *h, const cor_rule *r, cor_digest *d, uint8_t id[COR_ID_SIZE]);
void cor_corr_id(const cor_corr_finding *f, const cor_rule *r, cor_digest *d, uint8_t id[COR_ID_SIZE]);

/* Each appends a whole row: key (id, input, offset), data (order, body). */
void cor_hit_pack(const cor_hit *h, const cor_rule *r, const uint8_t id[COR_ID_SIZE], const cor_matched *m, uint32_t n,
                  cor_buf *key, cor_buf *data);
void cor_corr_pack(const cor_corr_finding *f, const cor_rule *r, const uint8_t id[COR_ID_SIZE], cor_buf *key, cor_buf *data);
/* Takes such data apart again; slices of it. */
cor_code cor_finding_split(cor_str data, cor_str *order, cor_str *body, cor_err *e);

/* Reads a body; strings are slices of it, arrays in mem, inputs are numbers only (input_no; events' in *event_input).
 */
cor_code cor_finding_read(cor_str body, const cor_ruleset *s, cor_arena *mem, cor_finding *f,
                          const uint32_t **event_input, cor_err *e);

#endif
