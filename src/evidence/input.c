#include "evidence/input.h"

#include <errno.h>
#include <unistd.h>

cor_code cor_input_read(const cor_input *in, uint64_t off, void *buf, size_t n, size_t *got, cor_err *e)
{
    *got = 0;
    if (off >= in->size)
        return COR_OK;
    if (n > in->size - off)
        n = (size_t)(in->size - off);
    while (*got < n) { /* a short read is no end of file: signals and network file systems cause them */
        ssize_t r = pread(in->fd, (uint8_t *)buf + *got, n - *got, (off_t)(in->base + off + *got));
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return cor_fail(e, COR_EIO, "input", off + *got, "the system refuses to read: %s", strerror(errno));
        if (r == 0)
            return COR_OK; /* it shrank since it was opened */
        *got += (size_t)r;
    }
    return COR_OK;
}
