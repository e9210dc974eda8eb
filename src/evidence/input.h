/* CONTRACT. One artefact to read: a file, or a member of an archive unpacked to an unlinked temporary file. */
#ifndef COR_EVIDENCE_INPUT_H
#define COR_EVIDENCE_INPUT_H

#include "base/base.h"

#define COR_HEAD_SIZE 4096 /* bytes looked at to choose a reader */

typedef struct cor_input {
    uint32_t no;          /* order of inputs in this run: by name, then by sha256 (law 2) */
    /* path below the given root, "archive!member" inside archives; raw bytes, may hold anything; NUL-terminated too */
    cor_str name;
    /* open for reading; owned by the walk. Members of one archive share it: read through cor_input_read only */
    int fd;
    uint64_t base;        /* where the input begins in fd: 0 for files, the place in the spool for members */
    uint64_t size;
    uint8_t head[COR_HEAD_SIZE];
    size_t head_n;
} cor_input;

/* Exactly n bytes at off unless the file ends before: *got < n then. COR_EIO when the system refuses. Thread-safe
 * (pread). */
cor_code cor_input_read(const cor_input *in, uint64_t off, void *buf, size_t n, size_t *got, cor_err *e);

#endif
