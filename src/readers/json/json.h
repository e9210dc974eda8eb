/* JSON in: one reader for all shapes that people have event logs in. docs/formats/json.md names them. */
#ifndef COR_READERS_JSON_JSON_H
#define COR_READERS_JSON_JSON_H

#include "readers/reader.h"

/* bytes of one object: a record of 64 KiB, every unit escaped, ten times over */
#define COR_JSON_VALUE_MAX ((size_t)4 << 20)

extern const cor_reader cor_reader_json;

/* One event out of one JSON object in memory, whatever its shape: for tests, `-` arguments and other places without an
 * input. The event borrows from `line`, the arena and the layouts. COR_EFORMAT also when the object is no event. */
cor_code cor_json_event(const void *line, size_t n, cor_arena *mem, cor_layouts *layouts, cor_event *out, cor_err *e);

#endif
