/* Writes event logs: file header, chunks with their string and template tables, records as template instances like
 * those of Windows (one outer template per provider, channel and computer; one inner template per set of data fields).
 * Checksums right, so that every reader accepts the result. For the range and for tests; nothing of it touches
 * evidence. */
#ifndef COR_FORMATS_EVTX_WRITE_H
#define COR_FORMATS_EVTX_WRITE_H

#include "formats/evtx/evtx.h"

#define COR_EVTX_CHUNKS_MAX 65535u /* the file header counts chunks in 16 bits */

typedef struct cor_evtx_field {
    cor_str name;   /* empty: <Data> without a name */
    cor_val val;    /* COR_V_UTF8 is written as UTF-16; other types as they are */
} cor_evtx_field;

typedef struct cor_evtx_out {
    cor_str provider;
    const uint8_t *guid;        /* 16 bytes, or NULL */
    cor_str source;             /* EventSourceName; empty: none */
    uint16_t event_id;
    int32_t qualifiers;         /* -1: none */
    uint8_t version, level, opcode;
    uint16_t task;
    uint64_t keywords;
    cor_time time;
    uint64_t record_id;
    const uint8_t *activity;    /* 16 bytes, or NULL */
    uint32_t pid, tid;
    cor_str channel, computer;
    const uint8_t *sid;         /* Security UserID, binary; NULL: none */
    uint32_t sid_n;
    /* not empty: <UserData><user_element xmlns=user_ns> with a leaf per field; else EventData */
    cor_str user_element;
    cor_str user_ns;
    const cor_evtx_field *field;
    size_t n_field;
    /* written without templates, all values as text: as events lie in the log of a collector they were forwarded to */
    bool spelled_out;
} cor_evtx_out;

typedef struct cor_evtx_writer cor_evtx_writer;

/* Writes n bytes at byte `off` of the log. */
typedef cor_code (*cor_evtx_sink)(void *ctx, uint64_t off, const void *p, size_t n, cor_err *e);

cor_evtx_writer *cor_evtx_writer_new(cor_evtx_sink sink, void *ctx);
/* COR_ELIMIT: the log holds COR_EVTX_CHUNKS_MAX chunks, or the record is larger than a chunk. */
cor_code cor_evtx_write(cor_evtx_writer *w, const cor_evtx_out *ev, cor_err *e);
uint64_t cor_evtx_writer_size(const cor_evtx_writer *w); /* bytes of the log so far, the chunk in work included */
cor_code cor_evtx_writer_end(cor_evtx_writer *w, cor_err *e); /* last chunk and file header */
void cor_evtx_writer_free(cor_evtx_writer *w);

#endif
