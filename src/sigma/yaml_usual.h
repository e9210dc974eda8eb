/* Inside of the YAML room: the usual rule file read at once. */
#ifndef COR_SIGMA_YAML_USUAL_H
#define COR_SIGMA_YAML_USUAL_H

#include "sigma/yaml.h"

/* Reads a text that is written as nearly all rules are: one document, a block map, lists of block style, scalars on
 * one line or literal blocks. *root is what libyaml and yaml.c would have made of it, node by node, or NULL: the text
 * has something else in it, and libyaml must read it. The only failure is COR_ENOMEM. */
cor_code cor_yaml_usual(cor_str text, cor_arena *mem, cor_ynode **root, cor_err *e);

/* yaml.c: marks keys that stood in the map before. False: no memory. */
bool cor_yaml_mark_doubled(const cor_ynode *map);

#endif
