/* CONTRACT. A reader turns one kind of evidence into events. Adding one: a folder here, a line in readers.c. */
#ifndef COR_READERS_READER_H
#define COR_READERS_READER_H

#include "events/event.h"
#include "evidence/input.h"

typedef struct cor_read_options {
    bool recover;         /* also records left in slack or cleared (EVTX) */
    cor_time from, to;    /* COR_NOTIME: open. Readers may skip by it; run.c filters all the same */
} cor_read_options;

/* A piece of one input that can be read independently of the others, by position. */
typedef struct cor_part {
    uint64_t off, len;
} cor_part;

/* Filled for the caller by each read: what was met, wanted or not. */
typedef struct cor_tally {
    uint64_t records;    /* records met (recovered ones not counted) */
    uint64_t recovered;
    uint64_t damaged;    /* calls of sink->damage */
    uint64_t lossy;      /* of these, with records lost: the input counts as not read to its end */
} cor_tally;

typedef struct cor_reader cor_reader;
struct cor_reader {
    const char *name; /* "evtx", "json", "xml", "splunk-text" */
    const char *what; /* for people */
    /* How sure the head of the file (up to COR_HEAD_SIZE bytes) makes it: 0 not mine, 1 perhaps, 2 surely. */
    int (*sniff)(const uint8_t *head, size_t n);
    /* Cuts the input into parts of about `want` bytes: part k of the input, false when there is no such part. Pure
     * arithmetic on in->size where possible. NULL: the whole input is one part. */
    bool (*part)(const cor_input *in, uint64_t want, uint64_t k, cor_part *out);
    /* Per-thread state (shapes, arenas, buffers), reused over inputs. */
    void *(*open)(const cor_read_options *o);
    void (*close)(void *state);
    /* Reads one part into the sink. COR_OK also when there was damage (it went to sink->damage); other codes: this part
     * could not be read to its end, *e says why. */
    cor_code (*read)(void *state, const cor_input *in, const cor_part *part, const cor_sink *sink, cor_tally *tally,
                     cor_err *e);
};

extern const cor_reader *const cor_readers[]; /* ends with NULL */
/* The surest reader for a head, NULL when it is none's; of cor_readers, or of a list of one's own. */
const cor_reader *cor_reader_for(const uint8_t *head, size_t n);
const cor_reader *cor_reader_among(const cor_reader *const *list, const uint8_t *head, size_t n);

#endif
