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
bool cor_facts_want(const cor_facts *f, const cor_head *head);
cor_code cor_facts_event(cor_facts *f, const cor_event *ev, uint32_t input, cor_err *e);
/* All facts of n of them in order of (name of kind, key), each once: `rank` orders inputs, of several places of a fact
 * the first in time and then the one of the lowest rank and offset stays. COR_NONE as rank: left out. */
cor_code cor_facts_each(cor_facts *const *f, size_t n, const uint32_t *rank, size_t n_rank,
                        cor_code (*each)(void *ctx, const cor_fact *f, cor_err *e), void *ctx, cor_err *e);

/* ---- fact.c ---- */

typedef struct cor_fact_reader cor_fact_reader; /* one per thread: remembers where fields are */
cor_fact_reader *cor_fact_reader_new(void);     /* NULL: no memory */
void cor_fact_reader_free(cor_fact_reader *r);
bool cor_fact_want(const cor_fact_reader *r, const cor_head *head);
/* What ev says goes to put; `row` numbers the rows of the table. `alive` is asked first about signs of life, and true
 * ends the row. Values lie in mem or in the event. */
typedef struct cor_fact_hooks {
    void *ctx;
    cor_code (*put)(void *ctx, size_t row, const cor_event *ev, const cor_fact *f, cor_err *e);
    bool (*alive)(void *ctx, size_t row, const cor_event *ev);
} cor_fact_hooks;
cor_code cor_fact_read(cor_fact_reader *r, const cor_event *ev, cor_arena *mem, const cor_fact_hooks *h, cor_err *e);
extern const size_t cor_fact_rows; /* of the table */

typedef enum cor_merged { COR_MERGED_NOT, COR_MERGED_HOURLY, COR_MERGED } cor_merged;
cor_merged cor_fact_merged(cor_fact_kind k);

#endif
