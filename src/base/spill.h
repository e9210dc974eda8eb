/* A temporary file that nobody else can see: made without a name (or unlinked at once where the file system cannot do
 * that), so that it is gone with the process however that ends. Written at its end through a buffer, read anywhere. */
#ifndef COR_BASE_SPILL_H
#define COR_BASE_SPILL_H

#include "base/base.h"

typedef struct cor_spill {
    int fd;            /* -1: not open */
    const char *dir;   /* for messages; borrowed */
    uint64_t size;     /* bytes put, those in the buffer included */
    uint8_t *buf;
    size_t n;
} cor_spill;

void cor_spill_init(cor_spill *f);
/* Does nothing when it is open already. dir is borrowed for the file's life; NULL means $TMPDIR or /tmp. */
cor_code cor_spill_open(cor_spill *f, const char *dir, cor_err *e);
/* COR_EIO names the folder and the reason, a full disk among them. */
cor_code cor_spill_put(cor_spill *f, const void *p, size_t n, cor_err *e);
/* As putting n zero bytes, but as a hole, which takes no room on the disk. */
cor_code cor_spill_zeros(cor_spill *f, uint64_t n, cor_err *e);
cor_code cor_spill_flush(cor_spill *f, cor_err *e); /* before reading */
cor_code cor_spill_read(const cor_spill *f, uint64_t off, void *p, size_t n, cor_err *e); /* exactly n bytes */
static inline uint64_t cor_spill_size(const cor_spill *f)
{
    return f->size;
}
void cor_spill_close(cor_spill *f); /* and back to the state after cor_spill_init */

#endif
