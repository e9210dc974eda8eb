/* Gathering facts while rules are matched. Inner header of src/case; what a fact is says fact.h.
 *
 * fact.c is the table of events that say something, and how; facts.c keeps what they say: one cor_facts per worker,
 * merged kinds in a bounded table, everything through a sort that spills. */
#ifndef COR_CASE_FACTS_H
#define COR_CASE_FACTS_H

#include "base/hash.h"
#include "base/sort.h"
#include "case/fact.h"

#define COR_FACTS_TABLE 4096                  /* merged facts held at once ... */
#define COR_FACTS_TEXT ((size_t)512 << 10)    /* ... and bytes of their values */

typedef struct cor_facts cor_facts;

cor_facts *cor_facts_new(size_t budget, const char *tmpdir); /* NULL: no memory */
void cor_facts_free(cor_facts *f);
/* Whether events of this head say something: as cheap a question as cor_matcher_want. */
bool cor_facts_want(const cor_head *head);
cor_code cor_facts_event(cor_facts *f, const cor_event *ev, uint32_t input, cor_err *e);
/* All facts of n of them in order of (name of kind, key), each once: `rank` orders inputs, of several places of a fact
 * the first in time and then the one of the lowest rank and offset stays. COR_NONE as rank: left out. */
cor_code cor_facts_each(cor_facts *const *f, size_t n, const uint32_t *rank, size_t n_rank,
                        cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e);

/* ---- fact.c ---- */

/* Calls `put` for what ev says. Values lie in mem. */
typedef cor_code (*cor_fact_put)(void *ctx, const cor_fact *f, cor_err *e);
cor_code cor_fact_read(const cor_event *ev, cor_arena *mem, cor_fact_put put, void *ctx, cor_err *e);
bool cor_fact_merged(cor_fact_kind k);

#endif
