/* Splunk's classic text shape of events; also files in which Event elements stand between such records. */
#ifndef COR_READERS_SPLUNK_SPLUNK_H
#define COR_READERS_SPLUNK_SPLUNK_H

#include "readers/reader.h"

#define COR_SPLUNK_RECORD_MAX ((size_t)1 << 20) /* bytes of one record: a record of 64 KiB, rendered, ten times over */

extern const cor_reader cor_reader_splunk;

#endif
