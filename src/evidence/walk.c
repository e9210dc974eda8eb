#include "evidence/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* A folder still to be read. The stack of them replaces recursion: depth costs a row here, no descriptor and no
 * stack. */
typedef struct pending {
    const char *path;
    uint32_t len, name_off;
    bool given;
} pending;

typedef struct walker {
    cor_walk *w;
    pending *todo;
    size_t n_todo, cap_todo;
    const atomic_bool *stop;
} walker;

/* The tail of a message is its interesting end. */
static const char *short_path(const char *path)
{
    size_t n = strlen(path);
    return n > 200 ? path + n - 200 : path;
}

static bool too_long_open(const char *path, int flags, int *fd)
{
    char piece[PATH_MAX];
    int at = AT_FDCWD;
    for (;;) {
        size_t n = strlen(path), cut = n;
        if (n >= sizeof piece)
            for (cut = sizeof piece - 1; cut > 0 && path[cut] != '/';)
                cut--;
        if (cut == 0) {
            errno = ENAMETOOLONG;
            break;
        }
        memcpy(piece, path, cut);
        piece[cut] = '\0';
        int next = openat(at, piece, cut == n ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (at != AT_FDCWD) {
            int keep = errno;
            close(at);
            errno = keep;
        }
        if (next < 0 || cut == n) {
            *fd = next;
            return next >= 0;
        }
        at = next;
        for (path += cut; *path == '/';)
            path++;
    }
    if (at != AT_FDCWD)
        close(at);
    return false;
}

static int open_path(const char *path, int flags)
{
    int fd = open(path, flags);
    if (fd < 0 && errno == ENAMETOOLONG && !too_long_open(path, flags, &fd))
        return -1;
    return fd;
}

static cor_code add_err(cor_walk *w, const char *path, const char *what)
{
    cor_err *list = cor_grow(w->err, &w->cap_err, w->n_err + 1, sizeof *list);
    if (list == NULL)
        return COR_ENOMEM;
    w->err = list;
    cor_fail(&list[w->n_err++], COR_EIO, "walk", COR_NOPOS, "%s: %s", short_path(path), what);
    return COR_OK;
}

static cor_code add_entry(cor_walk *w, cor_walk_entry x)
{
    cor_walk_entry *list = cor_grow(w->entry, &w->cap, w->n + 1, sizeof *list);
    if (list == NULL)
        return COR_ENOMEM;
    w->entry = list;
    list[w->n++] = x;
    return COR_OK;
}

static cor_code push(walker *k, pending p)
{
    pending *list = cor_grow(k->todo, &k->cap_todo, k->n_todo + 1, sizeof *list);
    if (list == NULL)
        return COR_ENOMEM;
    k->todo = list;
    list[k->n_todo++] = p;
    return COR_OK;
}

/* One name of a folder. `dir` is the folder's descriptor, so that the path need not be resolved again. */
static cor_code meet(walker *k, const pending *in, int dir, const char *leaf)
{
    size_t n = strlen(leaf), sep = in->path[in->len - 1] != '/';
    if (in->len + sep + n > COR_WALK_PATH_MAX)
        return add_err(k->w, in->path, "a path below it is longer than Cordon follows (docs/limits.md)");
    struct stat st;
    if (fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? COR_OK : add_err(k->w, in->path, strerror(errno)); /* ENOENT: gone meanwhile */
    char *path = cor_arena_get(&k->w->mem, in->len + sep + n + 1);
    if (path == NULL)
        return COR_ENOMEM;
    memcpy(path, in->path, in->len);
    if (sep)
        path[in->len] = '/';
    memcpy(path + in->len + sep, leaf, n + 1);
    uint32_t len = (uint32_t)(in->len + sep + n);
    uint32_t name_off = in->given ? (uint32_t)(in->len + sep) : in->name_off;
    if (S_ISDIR(st.st_mode))
        return push(k, (pending){path, len, name_off, false});
    uint8_t kind = S_ISREG(st.st_mode) ? COR_WALK_FILE : S_ISLNK(st.st_mode) ? COR_WALK_LINK : COR_WALK_SPECIAL;
    uint64_t size = kind == COR_WALK_FILE ? (uint64_t)st.st_size : 0;
    return add_entry(k->w, (cor_walk_entry){path, len, name_off, size, kind, false});
}

static cor_code read_folder(walker *k, const pending *p)
{
    int fd = open_path(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (p->given ? 0 : O_NOFOLLOW));
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return add_err(k->w, p->path, strerror(why));
    }
    cor_code rc = COR_OK;
    while (rc == COR_OK) {
        errno = 0;
        struct dirent *x = readdir(d);
        if (x == NULL) {
            if (errno != 0)
                rc = add_err(k->w, p->path, strerror(errno));
            break;
        }
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
            rc = meet(k, p, fd, x->d_name);
    }
    closedir(d);
    return rc;
}

static cor_code give(walker *k, const char *path, cor_err *e)
{
    struct stat st;
    size_t n = strlen(path);
    if (n == 0 || n > COR_WALK_PATH_MAX)
        return cor_fail(e, COR_EUSAGE, "walk", COR_NOPOS,
                        n == 0 ? "an empty path was given" : "a path of %zu bytes was given", n);
    if (stat(path, &st) != 0)
        return cor_fail(e, COR_EUSAGE, "walk", COR_NOPOS, "%s: %s", short_path(path), strerror(errno));
    cor_str copy = cor_arena_str(&k->w->mem, (cor_str){path, n});
    if (copy.p == NULL)
        return cor_nomem(e, "walk");
    cor_code rc;
    if (S_ISDIR(st.st_mode)) {
        rc = push(k, (pending){copy.p, (uint32_t)n, (uint32_t)n, true});
    } else {
        const char *slash = strrchr(copy.p, '/');
        uint32_t name_off = slash == NULL ? 0 : (uint32_t)(slash + 1 - copy.p);
        bool file = S_ISREG(st.st_mode);
        rc = add_entry(k->w, (cor_walk_entry){copy.p, (uint32_t)n, name_off, file ? (uint64_t)st.st_size : 0,
                                              file ? COR_WALK_FILE : COR_WALK_SPECIAL, true});
    }
    return rc == COR_OK ? COR_OK : cor_nomem(e, "walk");
}

static int by_name(const void *a, const void *b)
{
    const cor_walk_entry *x = a, *y = b;
    int c = cor_str_cmp(cor_walk_name(x), cor_walk_name(y));
    return c != 0 ? c : strcmp(x->path, y->path);
}

static int by_message(const void *a, const void *b)
{
    return strcmp(((const cor_err *)a)->msg, ((const cor_err *)b)->msg);
}

cor_code cor_walk_paths(cor_walk *w, const char *const *path, size_t n, const atomic_bool *stop, cor_err *e)
{
    walker k = {.w = w, .stop = stop};
    cor_code rc = COR_OK;
    for (size_t i = 0; rc == COR_OK && i < n; i++)
        rc = give(&k, path[i], e);
    while (rc == COR_OK && k.n_todo > 0) {
        if (stop != NULL && atomic_load(stop)) {
            rc = cor_fail(e, COR_ESTOP, "walk", COR_NOPOS, "stopped");
            break;
        }
        pending p = k.todo[--k.n_todo];
        if (read_folder(&k, &p) != COR_OK)
            rc = cor_nomem(e, "walk");
    }
    cor_free(k.todo);
    if (w->n > 0)
        qsort(w->entry, w->n, sizeof *w->entry, by_name);
    if (w->n_err > 0)
        qsort(w->err, w->n_err, sizeof *w->err, by_message);
    return rc;
}

void cor_walk_free(cor_walk *w)
{
    cor_arena_free(&w->mem);
    cor_free(w->entry);
    cor_free(w->err);
    *w = (cor_walk){0};
}

cor_code cor_walk_open(const cor_walk_entry *x, cor_input *in, cor_err *e)
{
    /* O_NONBLOCK: what was a file may be a fifo by now. O_NOATIME leaves even the access time alone, where we may. */
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (x->given ? 0 : O_NOFOLLOW);
    int fd = open_path(x->path, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = open_path(x->path, flags);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return cor_fail(e, COR_EIO, "walk", COR_NOPOS, "cannot be opened: %s", strerror(why));
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return cor_fail(e, COR_EIO, "walk", COR_NOPOS, "is no longer a regular file");
    }
    in->name = cor_walk_name(x);
    in->fd = fd;
    in->base = 0;
    in->size = (uint64_t)st.st_size;
    cor_code rc = cor_input_read(in, 0, in->head, sizeof in->head, &in->head_n, e);
    if (rc != COR_OK)
        close(fd);
    return rc;
}
