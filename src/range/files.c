#include "range/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM "range"

cor_code cor_range_to_file(void *ctx, uint64_t off, const void *p, size_t n, cor_err *e)
{
    int fd = *(int *)ctx;
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite(fd, (const char *)p + done, n - done, (off_t)(off + done));
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return cor_fail(e, COR_EIO, ROOM, off + done, "cannot write: %s", strerror(w < 0 ? errno : ENOSPC));
        done += (size_t)w;
    }
    return COR_OK;
}

cor_code cor_range_file(const char *dir, const char *name, const void *p, size_t n, cor_err *e)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "a path is too long");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    cor_code rc = fd < 0 ? cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno))
                         : cor_range_to_file(&fd, 0, p, n, e);
    if (fd >= 0 && close(fd) != 0 && rc == COR_OK)
        rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot write %s: %s", path, strerror(errno));
    return rc;
}

cor_code cor_range_dir(const char *path, cor_err *e)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST
               ? COR_OK
               : cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot make %s: %s", path, strerror(errno));
}

cor_code cor_range_log(const char *dir, const char *host, const char *channel, const char *ending, char *path, size_t n,
                       cor_err *e)
{
    snprintf(path, n, "%s/evidence", dir);
    cor_code rc = cor_range_dir(path, e);
    size_t at = strlen(path);
    snprintf(path + at, n - at, "/%.*s", (int)strcspn(host, "."), host);
    rc = rc != COR_OK ? rc : cor_range_dir(path, e);
    at = strlen(path);
    if (at + 2 * strlen(channel) + strlen(ending) + 2 > n)
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "a path is too long");
    path[at++] = '/';
    for (const char *c = channel; *c != '\0'; c++) {
        if (*c == '/') {
            path[at++] = '%';
            path[at++] = '4';
        } else {
            path[at++] = *c;
        }
    }
    memcpy(path + at, ending, strlen(ending) + 1);
    return rc;
}
