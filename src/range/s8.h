/* The parts of S8, each a file: what administrators do, and what machines and their users do. */
#ifndef COR_RANGE_S8_H
#define COR_RANGE_S8_H

#include "range/scene.h"

void cor_s8_administrators(cor_scene *s); /* PsExec, software, scanner, backup, helpdesk, accounts, repair */
void cor_s8_machines(cor_scene *s);       /* agents, add-ins, drivers, updates, a developer, a kiosk, antivirus */

#endif
