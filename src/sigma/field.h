/* How one Sigma field, as a log source maps it, is found in an event, and what its values are. Both engines, explain
 * and correlations see fields through this file alone.
 *
 * Order of the search: the source's map; data fields of that name; data fields whose name without blanks is the same
 * ("Threat Name" for ThreatName); the System part under the rule set's aliases. EventID and Provider_Name always mean
 * the System part; Channel does not: in System 104 a data field of that name says which log was cleared.
 *
 * A keyword is sought in every data value and in the texts of the System part: provider, channel, computer. Not in its
 * numbers and times, which a search of the raw record would meet too, and always by chance. */
#ifndef COR_SIGMA_FIELD_H
#define COR_SIGMA_FIELD_H

#include "base/arena.h"
#include "base/intern.h"
#include "sigma/rule.h"

enum { COR_KEYWORD_SYS = 3 };
extern const cor_sys cor_keyword_sys[COR_KEYWORD_SYS];

typedef struct cor_bind {
    cor_str name; /* Sigma's name, or the event's when map is NULL and it comes from `requires`; .p NULL: a keyword,
                     every data value and cor_keyword_sys */
    const cor_fieldmap *map;  /* NULL: by name */
    int sys;                  /* cor_sys, -1: none */
    bool sys_always;          /* data fields of the name do not count */
} cor_bind;

/* The bind of a field in a source; source may be NULL (no map). */
cor_bind cor_bind_of(const cor_ruleset *s, const cor_source *source, cor_str field);
/* A field of the event as logged, map or no map: for `requires`. */
cor_bind cor_bind_raw(const cor_ruleset *s, cor_str name);
/* The same key means the same values in every event. Appended to out. */
void cor_bind_key(const cor_bind *b, cor_buf *out);

/* Columns of a layout that a bind reads. Order of the layout; a join has exactly one entry per part. */
#define COR_COL_SYS 0x80000000u  /* | cor_sys: a System value */
#define COR_COL_NONE 0xffffffffu /* part of a join that is not there */
typedef struct cor_cols {
    const uint32_t *col;
    uint32_t n;
} cor_cols;
/* False: no memory. */
bool cor_bind_cols(const cor_ruleset *s, const cor_bind *b, const cor_layout *l, cor_arena *mem, cor_cols *out);

typedef struct cor_values {
    const cor_str *text;  /* inner text, unfolded, conversions applied */
    const cor_val *raw;   /* the value a text came from; COR_V_UTF8 of the text after a conversion */
    cor_str *folded;      /* by value, .p NULL until somebody needed it (cor_values_folded) */
    uint32_t n;           /* a present field has at least one value, perhaps an empty one */
    bool present;
} cor_values;
/* Values point into mem or into the event. False: no memory. */
bool cor_bind_values(const cor_bind *b, cor_cols cols, const cor_event *ev, cor_arena *mem, cor_values *out);

/* One event value as cor_val, of column col. */
cor_val cor_col_val(const cor_event *ev, uint32_t col);
/* One value after the map's conversion; s as is when there is none. .p NULL: no memory. */
cor_str cor_convert_text(const cor_fieldmap *map, cor_str s, cor_arena *mem);

#endif
