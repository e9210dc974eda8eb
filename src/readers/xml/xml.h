/* Event XML in: an Event a line (Splunk, evtx_dump), an Events root, wevtutil's output (no root, often UTF-16), or
 * Events lying between other things. */
#ifndef COR_READERS_XML_XML_H
#define COR_READERS_XML_XML_H

#include "readers/reader.h"

/* bytes of one Event element: a record of 64 KiB, every character escaped, ten times over */
#define COR_XML_EVENT_MAX ((size_t)4 << 20)

extern const cor_reader cor_reader_xml;

#endif
