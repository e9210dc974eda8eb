/* Inside of the EVTX writer: bytes and tokens of binary XML into the chunk in work. Too many bytes set w->full, and the
 * record is written again into the next chunk. */
#ifndef COR_FORMATS_EVTX_WRITE_PUT_H
#define COR_FORMATS_EVTX_WRITE_PUT_H

#include "base/hash.h"
#include "formats/evtx/write.h"

#define NAMES_AT 128u /* 64 offsets of names, by hash */
#define TEMPLATES_AT 384u /* 32 offsets of definitions, by id */
#define NAMES_MAX 2048u /* in one chunk */
#define DEFS_MAX 512u
#define FIELDS_MAX 400u

typedef struct name_at {
    uint64_t hash;
    uint32_t off;
} name_at;

typedef struct def_at {
    uint8_t guid[16];
    uint32_t off;
} def_at;

struct cor_evtx_writer {
    cor_evtx_sink sink;
    void *ctx;
    uint8_t *chunk; /* COR_EVTX_CHUNK bytes */
    uint32_t at; /* next free byte */
    bool full;        /* the record in work does not fit */
    bool spelled_out; /* it is written without templates: its elements name no hole that they depend on */
    uint32_t record_at, last_record, records;
    uint64_t first_number, number, first_id, last_id, chunks;
    name_at name[NAMES_MAX];
    uint32_t n_name, n_name_kept;
    def_at def[DEFS_MAX];
    uint32_t n_def, n_def_kept;
    cor_digest *digest;
    cor_buf scratch; /* canonical form of a template, UTF-16 of a value */
};

/* One attribute of an element: a literal, or a hole. */
typedef struct cor_evtx_attr {
    cor_str name, literal;
    int hole; /* -1: literal */
    uint8_t type;
} cor_evtx_attr;

void cor_evtx_put(cor_evtx_writer *w, const void *p, size_t n);
void cor_evtx_put8(cor_evtx_writer *w, uint8_t v);
void cor_evtx_put16(cor_evtx_writer *w, uint16_t v);
void cor_evtx_put32(cor_evtx_writer *w, uint32_t v);
void cor_evtx_put64(cor_evtx_writer *w, uint64_t v);
void cor_evtx_patch32(cor_evtx_writer *w, uint32_t at, uint32_t v);
void cor_evtx_put_utf16(cor_evtx_writer *w, cor_str s);
uint16_t cor_evtx_units(cor_str s); /* of UTF-16 */

/* A name: its offset in the chunk, and at first use the name itself behind that. */
void cor_evtx_put_name(cor_evtx_writer *w, cor_str s);
/* Starts an element; returns where its size stands. `dep`: hole whose absence leaves it out, or COR_BX_NODEP. */
uint32_t cor_evtx_open_element(cor_evtx_writer *w, cor_str name, bool attributes, uint16_t dep);
void cor_evtx_end_element(cor_evtx_writer *w, uint32_t size_at);
void cor_evtx_text(cor_evtx_writer *w, cor_str s);
void cor_evtx_hole(cor_evtx_writer *w, uint16_t index, uint8_t type);
void cor_evtx_attributes(cor_evtx_writer *w, const cor_evtx_attr *a, size_t n);
void cor_evtx_empty_element(cor_evtx_writer *w, const char *name, const cor_evtx_attr *a, size_t n);
void cor_evtx_hole_element(cor_evtx_writer *w, const char *name, uint16_t index, uint8_t type);
void cor_evtx_text_element(cor_evtx_writer *w, const char *name, cor_str s);
void cor_evtx_fragment_header(cor_evtx_writer *w);

/* A whole event with its values as text in it, no templates: write_inline.c. */
void cor_evtx_inline_event(cor_evtx_writer *w, const cor_evtx_out *ev);

#endif
