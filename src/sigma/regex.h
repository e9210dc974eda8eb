/* Regular expressions of rules: PCRE2 with limits, on inner text (base/utf.h), whose unpaired surrogates never match.
 * A compiled expression is read-only and shared by threads; each thread runs it with its own cor_regex_run. */
#ifndef COR_SIGMA_REGEX_H
#define COR_SIGMA_REGEX_H

#include "base/arena.h"

typedef struct cor_regex cor_regex;
typedef struct cor_regex_run cor_regex_run;

/* flags: COR_RE_*. COR_EFORMAT when the expression is wrong: e->off is the byte position in it, e->msg says what.
 * jit: false where it is compiled only to see whether it is valid. Freed by cor_regex_free. */
cor_code cor_regex_new(cor_str source, uint32_t flags, bool jit, cor_regex **out, cor_err *e);
void cor_regex_free(cor_regex *re);

cor_regex_run *cor_regex_run_new(void); /* NULL when there is no memory */
void cor_regex_run_free(cor_regex_run *run);

typedef enum cor_regex_result {
    COR_REGEX_NO,
    COR_REGEX_YES,
    COR_REGEX_LIMIT /* gave up: neither yes nor no is known */
} cor_regex_result;
cor_regex_result cor_regex_match(cor_regex_run *run, const cor_regex *re, cor_str text);

/* Longest text (folded as base/utf.h folds, ASCII only) that every match must hold; .n == 0 when none of at least two
 * bytes was found. *caseless: letters of the text may match beyond cor_fold (KELVIN SIGN, LONG S), see cor_regex_odd.
 */
cor_str cor_regex_literal(cor_str source, uint32_t flags, cor_arena *mem, bool *caseless);
/* Whether the text holds U+212A or U+017F, which PCRE2 takes for k and s when it ignores case: then a missing literal
 * proves nothing. */
bool cor_regex_odd(cor_str text);

#endif
