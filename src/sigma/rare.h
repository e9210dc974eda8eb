/* What is common in the values of Windows events and what is rare: a search looks for the rare part of its literals
 * first. All of it is a guess that only decides how fast they are found. */
#ifndef COR_SIGMA_RARE_H
#define COR_SIGMA_RARE_H

#include "base/base.h"

typedef struct cor_common {
    uint64_t four[64], two[64];
} cor_common;
void cor_common_make(cor_common *c);
/* Whether the folded text is made of what fills most paths and command lines (its presence says little). */
bool cor_common_text(const cor_common *c, cor_str text);
/* The same of four bytes. */
bool cor_common_gram(const cor_common *c, const char *p);
/* How often a byte stands in text, 0 rare .. 15 everywhere. */
unsigned cor_byte_cost(char c);

#define COR_PAIRS 12u          /* each costs a compare at every position */
#define COR_PAIRED 200u /* more are hardly covered by so few pairs, and trying costs time */

/* Neighbouring bytes, one pair of which stands in every literal. */
typedef struct cor_pairs {
    uint8_t n;                          /* 0: none were found */
    uint8_t pair[COR_PAIRS][2][16]; /* each byte sixteen times */
} cor_pairs;
/* Picks pairs for n texts; at: where in each text its pair stands. False: it takes more than pairs_max of them, or
 * they would be found too often: cost_max in 1/22,500 of positions. */
bool cor_pairs_pick(const cor_str *text, uint32_t n, uint32_t pairs_max, unsigned cost_max, const cor_common *c,
                    cor_pairs *out, uint32_t *at);

#endif
