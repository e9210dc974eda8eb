/* A reader for tests: a file begins with "FAKE", records are 16 bytes, cut into parts like event logs. A record is
 * "t" and 13 digits of time in seconds ("DAMAGED........." is damage, "NOTE............" a note, "FAIL............"
 * an error). */
#ifndef COR_TESTS_FAKE_H
#define COR_TESTS_FAKE_H

#include "tests/unit/test.h"

#include "readers/run.h"

extern const cor_reader *const fake_readers[];

/* A folder under the build's temporary one, removed with everything in it by world_free. */
typedef struct world {
    char dir[64];
} world;
void world_new(world *w);
void world_free(world *w);
/* Writes a file below the folder, making folders on the way; names are bytes. */
void world_file(const world *w, const char *name, const void *bytes, size_t n);
/* A fake log of n records, times from `from` on. */
void world_log(const world *w, const char *name, unsigned n, unsigned from);

/* What a run delivered: "name@offset time\n" for each event, in order. */
typedef struct seen {
    cor_buf out;
    cor_run_result result;
    cor_code code;
    cor_err err;
} seen;
/* Runs with the fake reader; `o` may be NULL. */
void run_world(seen *s, const char *const *path, size_t n, int threads, const cor_run_options *o, bool hash);
void seen_free(seen *s);
const cor_input_report *report_of(const seen *s, const char *name);

#endif
