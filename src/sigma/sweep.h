/* Whether any of some literals may stand in a record, asked of its bytes before any value is read: what rules seek
 * in all events of a channel is in next to none of them.
 *
 * Sought is ASCII text in UTF-16, whatever the case of its letters and wherever it stands. Nothing else folds to
 * ASCII (base/utf.h keeps the length in UTF-8), so where no literal is found here, none is in the folded text of a
 * value. */
#ifndef COR_SIGMA_SWEEP_H
#define COR_SIGMA_SWEEP_H

#include "events/event.h"
#include "sigma/rare.h"

#define COR_SWEPT 64u

typedef struct cor_sweep cor_sweep;
/* Whether a literal can be sought here: printable ASCII of two letters and more. Folded. */
bool cor_sweep_can(cor_str text);
/* Texts are borrowed. *out NULL: these cannot be told apart from common text cheaply. False: no memory. */
bool cor_sweep_make(const cor_str *text, uint32_t n, const cor_common *c, cor_arena *mem, cor_sweep **out);
/* p[0..n) with COR_EVENT_RAW_PAD readable bytes behind. */
bool cor_sweep_finds(const cor_sweep *s, const uint8_t *p, size_t n);

#endif
