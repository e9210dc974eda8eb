/* Results: buffered writes whose first failure is kept, so that a full disk is said once and clearly. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/terminal.h"

enum { OUT_CHUNK = 1 << 18 }; /* bytes gathered before a write: larger ones gained nothing measurable */

cor_code cor_out_open(cor_out *o, const char *path, bool clobber, cor_err *e)
{
    *o = (cor_out){.fd = STDOUT_FILENO, .name = "standard output"};
    if (path == NULL || strcmp(path, "-") == 0)
        return COR_OK;
    o->name = path;
    o->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (clobber ? O_TRUNC : O_EXCL), 0666);
    if (o->fd >= 0) {
        o->own = true;
        return COR_OK;
    }
    int why = errno;
    struct stat is;
    if (stat(path, &is) == 0 && S_ISDIR(is.st_mode))
        return cor_fail(e, COR_EUSAGE, "out", COR_NOPOS, "cannot write %s: it is a folder", path);
    /* A device such as /dev/null or a pipe is no file that could be lost. */
    if (why == EEXIST && (o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)) >= 0) {
        struct stat st;
        if (fstat(o->fd, &st) == 0 && !S_ISREG(st.st_mode)) {
            o->own = true;
            return COR_OK;
        }
        close(o->fd);
        o->fd = -1;
        return cor_fail(e, COR_EUSAGE, "out", COR_NOPOS, "%s exists; -C overwrites it", path);
    }
    return cor_fail(e, COR_EUSAGE, "out", COR_NOPOS, "cannot write %s: %s", path, strerror(why));
}

static cor_code write_all(cor_out *o, cor_str s)
{
    while (s.n > 0) {
        ssize_t n = write(o->fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            o->closed_pipe = true;
        if (n < 0)
            return cor_fail(&o->err, COR_EIO, "out", COR_NOPOS, "cannot write to %s: %s (after %llu bytes)", o->name,
                            strerror(errno),
                            (unsigned long long)o->written);
        o->written += (uint64_t)n;
        s.p += n;
        s.n -= (size_t)n;
    }
    return COR_OK;
}

static cor_code failed(const cor_out *o, cor_err *e)
{
    if (e != NULL)
        *e = o->err;
    return o->err.code;
}

cor_code cor_out_flush(cor_out *o, cor_err *e)
{
    if (o->err.code == COR_OK && o->buf.n > 0)
        write_all(o, cor_buf_view(&o->buf));
    cor_buf_clear(&o->buf);
    return failed(o, e);
}

cor_code cor_out_put(cor_out *o, cor_str s, cor_err *e)
{
    if (o->err.code != COR_OK)
        return failed(o, e);
    if (s.n >= OUT_CHUNK) {
        if (cor_out_flush(o, e) == COR_OK)
            write_all(o, s);
        return failed(o, e);
    }
    cor_buf_str(&o->buf, s);
    if (!cor_buf_ok(&o->buf)) {
        cor_nomem(&o->err, "out");
        return failed(o, e);
    }
    return o->buf.n >= OUT_CHUNK ? cor_out_flush(o, e) : COR_OK;
}

cor_code cor_out_replace(cor_out *o, const char *dir, const char *name, cor_arena *mem, cor_err *e)
{
    *o = (cor_out){.fd = -1, .own = true, .final = cor_arena_fmt(mem, "%s/%s", dir, name).p,
                   .name = cor_arena_fmt(mem, "%s/%s.part", dir, name).p};
    if (o->final == NULL || o->name == NULL)
        return cor_nomem(e, "out");
    if (unlink(o->name) == 0 || errno == ENOENT) /* of a run that was killed */
        o->fd = open(o->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (o->fd < 0)
        return cor_fail(e, COR_EIO, "out", COR_NOPOS, "cannot write %s: %s", o->final, strerror(errno));
    return COR_OK;
}

void cor_out_drop(cor_out *o)
{
    if (o->fd >= 0)
        close(o->fd);
    if (o->final != NULL)
        unlink(o->name);
    o->fd = -1;
    cor_buf_free(&o->buf);
}

static void keep_error(cor_out *o)
{
    if (o->err.code == COR_OK)
        cor_fail(&o->err, COR_EIO, "out", COR_NOPOS, "cannot write to %s: %s", o->final != NULL ? o->final : o->name,
                 strerror(errno));
}

cor_code cor_out_close(cor_out *o, cor_err *e)
{
    cor_out_flush(o, e);
    if (o->final != NULL && o->err.code == COR_OK && fsync(o->fd) != 0)
        keep_error(o);
    /* Some file systems tell of a full disk only here. */
    if (o->own && o->fd >= 0 && close(o->fd) != 0)
        keep_error(o);
    o->fd = -1;
    if (o->final != NULL && o->err.code == COR_OK && rename(o->name, o->final) != 0)
        keep_error(o);
    if (o->final != NULL && o->err.code != COR_OK)
        unlink(o->name);
    cor_buf_free(&o->buf);
    return failed(o, e);
}
