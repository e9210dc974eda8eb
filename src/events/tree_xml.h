/* Event XML into the tree. */
#ifndef COR_EVENTS_TREE_XML_H
#define COR_EVENTS_TREE_XML_H

#include "events/tree.h"
#include "formats/xml/xml.h"

/* Reads the <Event> element at the front of text into a tree in mem; *used is its length. COR_ETRUNC: the text ends
 * inside it. An Event inside the Event is COR_EFORMAT: the end of the first one is missing. XML knows no types: the
 * numbers of System are marked. */
cor_code cor_tree_xml(cor_xml *x, cor_str text, uint64_t base, cor_arena *mem, cor_elem **root, size_t *used,
                      cor_err *e);
/* As cor_tree_xml for one whole element in text; when it holds characters that XML forbids, tries again with U+FFFD for
 * them, and *repaired says so. */
cor_code cor_tree_xml_whole(cor_xml *x, cor_str text, uint64_t base, cor_arena *mem, cor_elem **root, bool *repaired,
                            cor_err *e);

#endif
