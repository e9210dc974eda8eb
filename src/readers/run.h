/* CONTRACT. Reads all evidence below some paths with N threads: walk, archives, choice of reader, parts, worker
 * pool. Law 2: which worker reads what never shows; inputs are numbered by (name, sha256 on equal names) and parts
 * by position. */
#ifndef COR_READERS_RUN_H
#define COR_READERS_RUN_H

#include <stdatomic.h>

#include "readers/reader.h"

typedef struct cor_run_progress {
    uint64_t bytes_done, bytes_total; /* total grows while archives are opened */
    uint64_t records, inputs_done, inputs_total;
    cor_str current;                  /* name of the input a worker took last */
} cor_run_progress;

typedef struct cor_run_options {
    const char *const *path;
    size_t n_path;
    int threads;              /* 1.. */
    const char *tmp;          /* folder for unpacked members and spill; NULL: $TMPDIR or /tmp */
    /* events whose time is known and outside from..to (both included) do not reach the caller's sink */
    cor_read_options read;
    atomic_bool *stop;        /* set by a signal handler: finish the parts in work, then COR_ESTOP. May be NULL */
    /* called from one thread, about 5 times a second. May be NULL */
    void (*progress)(void *ctx, const cor_run_progress *p);
    void *progress_ctx;
    const cor_reader *const *readers; /* ends with NULL; NULL: cor_readers */
} cor_run_options;

/* What became of one input. Kept for all inputs, in order of their numbers. */
typedef struct cor_input_report {
    cor_str name;
    uint64_t size;
    /* "archive" for archives, whose members follow; NULL: not recognised as evidence (counted, not an error) */
    const char *reader;
    cor_tally tally;
    /* not read to its end, and why; NULL: read. A pointer, for there may be 100,000 of these */
    const cor_err *err;
    uint8_t sha256[32];
    uint64_t nanos;           /* spent on its parts, of all threads together: for people, not for answers */
    bool hashed;              /* sha256 is filled (asked for, or needed to tell equal names apart) */
} cor_input_report;

/* The work of the caller. All hooks but `part_done` in sequence run concurrently, each with its worker's own state. */
typedef struct cor_run_hooks {
    void *ctx;
    /* in the worker, before its first part; NULL result: no memory */
    void *(*worker_open)(void *ctx, int worker);
    /* The sink for one part; `seq` counts parts over the whole run from 0, without gaps, in order of (input,
     * position). An error of its event() or of part_done ends the run, and cor_run returns it. */
    cor_sink (*sink)(void *worker, const cor_input *in, uint64_t seq);
    /* After a part, in the worker that read it, whatever came of it: hand over what was made of it (see
     * cor_ordered). */
    cor_code (*part_done)(void *worker, const cor_input *in, uint64_t seq, cor_err *e);
    /* called in the calling thread, in order of worker numbers, after all work */
    void (*worker_close)(void *worker);
    bool hash_inputs;                                       /* sha256 of every input wanted */
} cor_run_hooks;

typedef struct cor_run_result {
    cor_arena mem;
    cor_input_report *input;
    size_t n_input;
    /* Damage and notes, in order of (input, offset); at most COR_DAMAGE_MAX kept per input and COR_DAMAGE_ALL of the
     * first inputs, all counted in the tally. */
    struct cor_run_damage { uint32_t input; cor_damage d; } *damage;
    size_t n_damage;
    struct cor_run_note { uint32_t input; cor_str text; } *note;
    size_t n_note;
    cor_err *walk_err;        /* paths that could not be opened or walked */
    size_t n_walk_err;
} cor_run_result;
#define COR_DAMAGE_MAX 100
#define COR_DAMAGE_ALL 20000 /* 5 MB */

/* COR_OK even when some inputs were damaged (see the result); COR_ESTOP after a stop; COR_EUSAGE when a given path
 * does not exist. */
cor_code cor_run(const cor_run_options *o, const cor_run_hooks *h, cor_run_result *out, cor_err *e);
void cor_run_result_free(cor_run_result *r);

/* Output of parts in order of their seq: a worker whose turn has not come waits when it holds more than a bounded
 * amount. */
typedef struct cor_ordered cor_ordered;
cor_ordered *cor_ordered_new(cor_code (*write)(void *ctx, cor_str bytes, cor_err *e), void *ctx);
/* Appends for part seq; writes at once when it is seq's turn, else keeps up to COR_ORDERED_HOLD bytes and then
 * blocks. */
cor_code cor_ordered_put(cor_ordered *o, uint64_t seq, cor_str bytes, cor_err *e);
cor_code cor_ordered_done(cor_ordered *o, uint64_t seq, cor_err *e); /* part seq is complete */
void cor_ordered_free(cor_ordered *o);
#define COR_ORDERED_HOLD ((size_t)4 << 20)

#endif
