/* Many literals against one text at once.
 *
 * Literals that must be the whole text, its head or its tail sit in one hash table, looked up by the text's first and
 * last bytes. Literals anywhere inside are filed under their rarest four bytes ("gram"): each position of the text is
 * one load, one multiply and one test in a bitmap; only grams that are there are looked up and compared. Shorter
 * literals are filed under two bytes. When a dozen rare pairs of bytes are enough to find every literal, sixteen
 * positions are compared with all of them at once. */
#ifndef COR_SIGMA_SCAN_H
#define COR_SIGMA_SCAN_H

#include "base/arena.h"

typedef enum cor_where { COR_AT_WHOLE, COR_AT_HEAD, COR_AT_TAIL, COR_AT_INSIDE } cor_where;

typedef struct cor_literal {
    cor_str text; /* folded; lives as long as the scan */
    uint32_t bit; /* what to report */
    cor_where where;
} cor_literal;

/* Found bits of one event, each once. */
typedef struct cor_marks {
    uint32_t *mark; /* by bit: == now when found */
    uint32_t now;
    uint32_t *hit;  /* room for every bit */
    uint32_t n;
} cor_marks;

static inline void cor_mark(cor_marks *m, uint32_t bit)
{
    if (m->mark[bit] != m->now) {
        m->mark[bit] = m->now;
        m->hit[m->n++] = bit;
    }
}

typedef struct cor_scan cor_scan;
/* Memory from mem alone, so it dies with it. NULL: no memory. */
cor_scan *cor_scan_make(const cor_literal *lit, uint32_t n, cor_arena *mem);
/* Whether a literal could be in the text of a number, GUID, SID or time (nothing but 0-9 a-f { } - . : s t x z). */
bool cor_literal_typed(cor_str text);
/* Whether any of the scan's could. */
bool cor_scan_typed(const cor_scan *s);
#define COR_SCAN_PAD 24 /* readable bytes behind a text, for wide loads */
/* text has COR_SCAN_PAD readable bytes behind it. */
void cor_scan_run(const cor_scan *s, cor_str text, cor_marks *out);

#endif
