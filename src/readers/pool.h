/* Inside readers/: the workers of a run, the bounded queue before them, and what they know of each input in work. */
#ifndef COR_READERS_POOL_H
#define COR_READERS_POOL_H

#include <pthread.h>

#include "base/hash.h"
#include "readers/kept.h"
#include "readers/run.h"

/* Parts that wait in the queue. Each may hold an open file: 64 stay far below the 256 descriptors of the poorest
 * system. */
#define COR_QUEUE_MAX 64u
/* Notes taken from one part; a reader that has more to tell repeats itself. */
#define COR_PART_NOTES_MAX 64u
/* After a stop, parts up to this size are read to their end (some milliseconds); longer ones end at the next event. */
#define COR_STOP_PART ((uint64_t)8 << 20)

/* Bytes in which several inputs lie: the unpacked members of an archive. Closed with the last of them. */
typedef struct cor_spool {
    int fd;
    atomic_uint users;
} cor_spool;
void cor_spool_drop(cor_spool *s);

/* An input in work: opened by the producer, closed by whoever finishes its last part. */
typedef struct cor_work {
    cor_input in;
    cor_spool *spool; /* NULL: in.fd is its own */
    const char *bad; /* of a member: why it is not whole; NULL: it is */
    const cor_reader *reader;
    uint32_t reader_no;
    /* Under pool->mu: */
    uint64_t pending; /* jobs not finished, and one for the producer while it cuts */
    cor_tally tally;
    uint64_t err_seq; /* of the part that failed; the first one is reported */
    bool failed;
} cor_work;

typedef struct cor_job {
    cor_work *work;
    cor_part part;
    uint64_t seq;
    bool hash; /* not a part: take the sha256 of the input */
} cor_job;

typedef struct cor_pool cor_pool;
typedef struct cor_worker {
    cor_pool *pool;
    int no;
    pthread_t thread;
    void *user;   /* of hooks->worker_open */
    bool opened;
    void **state; /* by reader number; opened on first use */
    cor_digest *digest;
} cor_worker;

struct cor_pool {
    const cor_run_options *o;
    const cor_run_hooks *h;
    const cor_reader *const *readers;
    size_t n_readers;
    cor_kept kept;

    pthread_mutex_t mu;
    pthread_cond_t filled, drained;
    cor_job ring[COR_QUEUE_MAX];
    unsigned first, n;
    bool closed;          /* nothing more will come */
    cor_worker *worker;   /* o->threads of them; the first n_worker run */
    int n_worker, idle, busy;
    cor_run_result *out;  /* reports; the array moves while it grows */
    size_t cap_input;
    cor_arena errs;       /* errors of inputs */
    cor_str current;
    uint64_t inputs_done;
    cor_err fatal;        /* ends the run; of several the one of the earliest part */
    uint64_t fatal_seq;

    atomic_bool abort;    /* fatal is set */
    atomic_uint_fast64_t records, bytes_done;
    uint64_t seq;         /* producer's: number of the next part */
    uint64_t bytes_total, inputs_total; /* producer's */
    struct timespec last; /* producer's: when progress was shown */
};

cor_code cor_pool_init(cor_pool *p, const cor_run_options *o, const cor_run_hooks *h, cor_run_result *out, cor_err *e);
/* Ends the adding, waits for the workers, closes them. Jobs left after a stop are given back unread. */
void cor_pool_finish(cor_pool *p);
void cor_pool_free(cor_pool *p);

/* Producer's side. False: the run is over (stop or fatal). The caller's progress hook is called from these. */
bool cor_pool_push(cor_pool *p, cor_job j);
bool cor_pool_stopped(const cor_pool *p);
void cor_pool_show(cor_pool *p, bool always);
void cor_pool_fatal(cor_pool *p, uint64_t seq, const cor_err *e);
/* A new report; its number, or COR_NONE without memory. */
uint32_t cor_pool_report(cor_pool *p, cor_str name, uint64_t size, const char *reader);
void cor_pool_fail_input(cor_pool *p, uint32_t input, const cor_err *e);
/* One job less for this input; closes it after the last one. */
void cor_pool_release(cor_pool *p, cor_work *w);

/* The sha256 of an input, by pread. */
cor_code cor_input_sha256(cor_digest *d, const cor_input *in, const cor_pool *p, uint8_t out[COR_SHA256_SIZE],
                          cor_err *e);

#endif
