/* Counting by host and log. One cor_hosts belongs to one thread; several are read as one. Inner header of src/case.
 *
 * A small table takes the counts; when it is full its rows go to a sort that spills, so that a forged log with a million
 * computer names costs disk, not memory. */
#ifndef COR_CASE_HOSTS_H
#define COR_CASE_HOSTS_H

#include "case/detect.h"

#define COR_HOSTS_TABLE 4096                  /* (computer, channel) pairs counted at once: about 0.5 MiB ... */
#define COR_HOSTS_NAMES ((size_t)512 << 10)   /* ... and bytes of their names */

typedef struct cor_hosts cor_hosts;
/* NULL: no memory. */
cor_hosts *cor_hosts_new(size_t budget, const char *tmpdir);
cor_code cor_hosts_seen(cor_hosts *h, const cor_seen *s, cor_err *e);
/* A distinct finding of a rule of this level and these tactics (cor_rule_tactics), on this computer. */
cor_code cor_hosts_finding(cor_hosts *h, cor_str computer, cor_level level, uint32_t tactics, cor_err *e);
/* All hosts in order of name, then suffix. *n: those with a name. */
cor_code cor_hosts_each(cor_hosts *const *h, size_t n_h, cor_code (*host)(void *ctx, const cor_host *h, cor_err *e), void *ctx, uint64_t *n, cor_err *e);
void cor_hosts_free(cor_hosts *h);

#endif
