/* The scenarios, each in a file of its name. */
#ifndef COR_RANGE_SCENARIOS_H
#define COR_RANGE_SCENARIOS_H

#include "range/scene.h"

void cor_range_acts(cor_scene *s, const char *variant);
void cor_range_d1(cor_scene *s, const char *variant); /* d1, d1-iso, d1-busy, d1-live */
void cor_range_d2(cor_scene *s, const char *variant); /* d2, d2-a, d2-b, d2-c */
void cor_range_s8(cor_scene *s, const char *variant);

#endif
