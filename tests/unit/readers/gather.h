/* For tests of readers: reads bytes or a file and keeps what came out as plain text. */
#ifndef COR_TESTS_GATHER_H
#define COR_TESTS_GATHER_H

#include "readers/reader.h"

typedef struct gathered {
    cor_arena mem;
    size_t n, cap;
    struct gathered_event {
        cor_str jsonl, xml;
        cor_str fields;     /* "name=value\n" in order */
        cor_str filled;     /* the same without empty values, arrays item by item as they are printed */
        cor_str sys[COR_SYS_N];
        cor_time time;
        uint64_t record_id, offset;
        uint32_t event_id, flags;
    } *ev;
    cor_tally tally;
    cor_buf notes;          /* a line each */
    cor_buf damage;         /* "offset+len what\n" each */
    cor_code code;
    cor_err err;
    uint64_t want;          /* size of parts; 0: as large as the reader takes them */
} gathered;

/* Reads with r, or with what cor_reader_for finds when NULL. No reader: g->code is COR_ENOTSUP. g zeroed. */
void gather_bytes(gathered *g, const cor_reader *r, const void *p, size_t n);
void gather_file(gathered *g, const cor_reader *r, const char *path);
void gather_free(gathered *g);
/* Value of a field as text, NULL when absent (first of the name). In g's arena. */
const char *gather_field(gathered *g, size_t i, const char *name);
/* Folder of test data ($CORDON_DATA, or ../shared/data beside the source); NULL when absent. */
const char *gather_data(void);

#endif
