/* Where the range writes. */
#ifndef COR_RANGE_FILES_H
#define COR_RANGE_FILES_H

#include "range/stage.h"

/* A cor_evtx_sink; ctx is an int: the open file. */
cor_code cor_range_to_file(void *ctx, uint64_t off, const void *p, size_t n, cor_err *e);
/* One whole file of n bytes, dir/name. */
cor_code cor_range_file(const char *dir, const char *name, const void *p, size_t n, cor_err *e);
cor_code cor_range_dir(const char *path, cor_err *e); /* makes a folder unless it is there */
/* The path of a log, dir/evidence/HOST/<channel with %4 for the slash><ending> as Windows names it, into path[n]; makes
 * its folders. */
cor_code cor_range_log(const char *dir, const char *host, const char *channel, const char *ending, char *path, size_t n,
                       cor_err *e);

#endif
