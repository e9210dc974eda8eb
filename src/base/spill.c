#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

#define ROOM "spill"
#define BUFFER ((size_t)64 << 10)

void cor_spill_init(cor_spill *f)
{
    *f = (cor_spill){.fd = -1};
}

/* For file systems without O_TMPFILE (some network and overlay ones). */
static int open_named(const char *dir)
{
    size_t bytes = strlen(dir) + sizeof "/cordon-XXXXXX";
    char *path = cor_alloc(bytes);
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    snprintf(path, bytes, "%s/cordon-XXXXXX", dir);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    cor_free(path);
    return fd;
}

cor_code cor_spill_open(cor_spill *f, const char *dir, cor_err *e)
{
    if (f->fd >= 0)
        return COR_OK;
    if (dir == NULL)
        dir = getenv("TMPDIR");
    f->dir = dir == NULL || *dir == '\0' ? "/tmp" : dir;
    f->buf = cor_alloc(BUFFER);
    if (f->buf == NULL)
        return cor_nomem(e, ROOM);
    f->fd = open(f->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (f->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        f->fd = open_named(f->dir);
    if (f->fd >= 0)
        return COR_OK;
    int why = errno;
    cor_free(f->buf);
    f->buf = NULL;
    if (why == ENOMEM)
        return cor_nomem(e, ROOM);
    return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot make a temporary file in %.200s: %s", f->dir, strerror(why));
}

cor_code cor_spill_flush(cor_spill *f, cor_err *e)
{
    for (size_t at = 0; at < f->n;) {
        ssize_t k = pwrite(f->fd, f->buf + at, f->n - at, (off_t)(f->size - f->n + at));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            int why = k < 0 ? errno : ENOSPC;
            return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write temporary data to %.200s: %s%s", f->dir,
                            strerror(why), why == ENOSPC || why == EDQUOT
                            ? " (it needs more room, or another folder for temporary files)" : "");
        }
        at += (size_t)k;
    }
    f->n = 0;
    return COR_OK;
}

cor_code cor_spill_zeros(cor_spill *f, uint64_t n, cor_err *e)
{
    cor_code rc = cor_spill_flush(f, e);
    if (rc != COR_OK)
        return rc;
    if (n > (uint64_t)INT64_MAX - f->size || ftruncate(f->fd, (off_t)(f->size + n)) != 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write temporary data to %.200s: %s", f->dir,
                        strerror(errno));
    f->size += n;
    return COR_OK;
}

cor_code cor_spill_put(cor_spill *f, const void *p, size_t n, cor_err *e)
{
    const uint8_t *q = p;
    while (n != 0) {
        if (f->n == BUFFER) {
            cor_code rc = cor_spill_flush(f, e);
            if (rc != COR_OK)
                return rc;
        }
        size_t k = BUFFER - f->n < n ? BUFFER - f->n : n;
        memcpy(f->buf + f->n, q, k);
        f->n += k;
        f->size += k;
        q += k;
        n -= k;
    }
    return COR_OK;
}

cor_code cor_spill_read(const cor_spill *f, uint64_t off, void *p, size_t n, cor_err *e)
{
    for (size_t at = 0; at < n;) {
        ssize_t k = pread(f->fd, (uint8_t *)p + at, n - at, (off_t)(off + at));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return cor_fail(e, COR_EIO, ROOM, off + at, "cannot read temporary data back from %.200s: %s", f->dir,
                            k < 0 ? strerror(errno) : "the file ends too early");
        at += (size_t)k;
    }
    return COR_OK;
}

void cor_spill_close(cor_spill *f)
{
    if (f->fd >= 0)
        close(f->fd);
    cor_free(f->buf);
    cor_spill_init(f);
}
