/* The scenarios, each in a file of its name. */
#ifndef COR_RANGE_SCENARIOS_H
#define COR_RANGE_SCENARIOS_H

#include "range/scene.h"

#endif
