/* XML as it stands in event exports: one element at a time out of a longer text, over expat, with limits. A document
 * type (and with it every entity but the five of XML itself) is refused, so nothing can expand. UTF-8 only. */
#ifndef COR_FORMATS_XML_XML_H
#define COR_FORMATS_XML_XML_H

#include "base/buf.h"

#define COR_XML_DEPTH_MAX 60      /* elements within each other; events reach ten */
#define COR_XML_ELEMENTS_MAX 20000 /* in one outermost element: an event record of 64 KiB holds fewer than 10,000 */
#define COR_XML_ATTRS_MAX 64      /* of one element */

typedef struct cor_xml cor_xml; /* a parser, used again and again; one thread */

/* What is found. A hook that does not return COR_OK ends the parsing with that code (it has filled the error). Slices
 * are valid during the call only. */
typedef struct cor_xml_hooks {
    void *ctx;
    /* attr: name, value, name, value... NULL. */
    cor_code (*start)(void *ctx, cor_str name, const char *const *attr, cor_err *e);
    cor_code (*text)(void *ctx, cor_str text, cor_err *e);
    cor_code (*end)(void *ctx, bool closed, cor_err *e); /* closed: written <X/> */
} cor_xml_hooks;

cor_xml *cor_xml_new(void); /* NULL: no memory */
void cor_xml_free(cor_xml *x);
/* Reads the one element at the front of text (white space, XML declaration and comments before it are skipped); *used
 * is where it ends. COR_ETRUNC: the text ends inside it. Positions in *e are base + place in text. */
cor_code cor_xml_element(cor_xml *x, cor_str text, uint64_t base, const cor_xml_hooks *h, size_t *used, cor_err *e);
/* Appends text with everything that XML 1.0 does not allow (control characters, also as references, bytes that are no
 * UTF-8) turned into U+FFFD: a second try for events that an exporter did not escape. */
void cor_xml_repair(cor_str text, cor_buf *out);

#endif
