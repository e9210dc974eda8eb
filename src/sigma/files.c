/* Rule files from disk: one file, or a folder in byte order of names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "sigma/load.h"
#include "sigma/pack.h"

#define ROOM "rules"
#define FOLDER_DEPTH_MAX 32        /* folders inside folders; also ends a loop of links */
#define FOLDER_ENTRIES_MAX 1000000 /* names in one folder */

static cor_code read_fd(int fd, const struct stat *st, const char *path, size_t max, cor_arena *mem, cor_str *out,
                        cor_err *e)
{
    if (!S_ISREG(st->st_mode))
        return cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "%s: not a file", path);
    if ((uint64_t)st->st_size > max)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "%s: larger than %zu MiB", path, max >> 20);
    size_t n = (size_t)st->st_size, got = 0;
    char *p = cor_arena_get(mem, n + 1);
    if (p == NULL)
        return cor_nomem(e, ROOM);
    while (got < n) {
        ssize_t r = read(fd, p + got, n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
        if (r == 0)
            break;
        got += (size_t)r;
    }
    p[got] = '\0';
    *out = (cor_str){p, got};
    return COR_OK;
}

static cor_code read_at(int folder, const char *name, const char *path, size_t max, cor_arena *mem, cor_str *out,
                        cor_err *e)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
    struct stat st;
    cor_code c = fstat(fd, &st) == 0 ? read_fd(fd, &st, path, max, mem, out, e)
                                     : cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
    close(fd);
    return c;
}

cor_code cor_read_all(const char *path, size_t max, cor_arena *mem, cor_str *out, cor_err *e)
{
    return read_at(AT_FDCWD, path, path, max, mem, out, e);
}

static bool ends(const char *name, const char *with)
{
    size_t n = strlen(name), w = strlen(with);
    return n > w && strcmp(name + n - w, with) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; hidden ones are left out. */
static cor_code list(DIR *d, const char *path, cor_arena *mem, char ***out, size_t *n, cor_err *e)
{
    char **name = NULL;
    size_t cap = 0;
    *n = 0;
    cor_code c = COR_OK;
    for (;;) {
        errno = 0;
        struct dirent *ent = readdir(d);
        if (ent == NULL) {
            if (errno != 0)
                c = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
            break;
        }
        if (ent->d_name[0] == '.' || (ent->d_type == DT_REG && !ends(ent->d_name, ".yml") &&
                                      !ends(ent->d_name, ".yaml")))
            continue;
        char **more = *n == FOLDER_ENTRIES_MAX ? NULL : cor_grow(name, &cap, *n + 1, sizeof *more);
        cor_str copy = more == NULL ? (cor_str){NULL, 0} : cor_arena_str(mem, cor_str_of(ent->d_name));
        name = more == NULL ? name : more;
        if (copy.p == NULL) {
            c = cor_nomem(e, ROOM);
            break;
        }
        name[(*n)++] = (char *)(uintptr_t)copy.p;
    }
    if (*n != 0)
        qsort(name, *n, sizeof *name, by_name);
    *out = name;
    return c;
}

typedef struct walk {
    cor_load *ld;
    cor_code (*each)(cor_load *ld, cor_str name, cor_str text, bool named, cor_err *e);
    cor_arena names;
} walk;

static cor_code folder(walk *w, int fd, cor_str path, unsigned depth, cor_err *e);

/* Whether this file or folder was read before, under whatever name: `-r rules -r rules/windows`, links, circles of
 * links. */
static bool again(cor_load *ld, const struct stat *st, cor_str path)
{
    uint64_t key[2] = {(uint64_t)st->st_dev, (uint64_t)st->st_ino};
    size_t before = ld->seen.n;
    if (cor_intern_add(&ld->seen, (cor_str){(const char *)key, sizeof key}) == COR_NONE)
        ld->nomem = true;
    if (ld->nomem || ld->seen.n != before)
        return false;
    cor_err e;
    if (cor_ahead_drain(ld->ahead, &e) != COR_OK) { /* remarks come in the order of files */
        ld->nomem = true;
        return true;
    }
    uint32_t file = cor_add_file(ld, path);
    if (file != COR_NONE) {
        ld->file = file;
        ld->title = ld->id = (cor_str){NULL, 0};
        cor_say(ld, COR_DIAG_NOTE, 0, 0, "read-before", "", "this was read before under another name; it counts once");
    }
    return true;
}

/* Something that cannot be opened is one remark, and not the end of the others. */
static void lost(walk *w, cor_str path, const cor_err *why)
{
    cor_err e;
    if (cor_ahead_drain(w->ld->ahead, &e) != COR_OK)
        w->ld->nomem = true;
    cor_say_file(w->ld, path, "unreadable", why->msg);
}

static cor_code entry(walk *w, int fd, const char *name, cor_str path, unsigned depth, cor_err *e)
{
    struct stat st;
    int sub = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    cor_err why = {0};
    cor_code c = COR_OK;
    if (sub < 0 || fstat(sub, &st) != 0)
        c = cor_fail(&why, COR_EIO, ROOM, COR_NOPOS, "%s", strerror(errno));
    bool dir = c == COR_OK && S_ISDIR(st.st_mode);
    bool rule = c == COR_OK && S_ISREG(st.st_mode) && (ends(name, ".yml") || ends(name, ".yaml"));
    if (c == COR_OK && ((!dir && !rule) || again(w->ld, &st, path))) {
        close(sub);
        return w->ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
    }
    if (dir)
        return folder(w, sub, path, depth + 1, e); /* closes it */
    cor_str text = {NULL, 0};
    cor_arena_reset(&w->ld->tmp);
    if (c == COR_OK)
        c = read_fd(sub, &st, path.p, COR_YAML_BYTES_MAX, &w->ld->tmp, &text, &why);
    if (sub >= 0)
        close(sub);
    if (c == COR_ENOMEM)
        return cor_nomem(e, ROOM);
    if (c != COR_OK) {
        lost(w, path, &why);
        return w->ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
    }
    return w->each(w->ld, path, text, false, e);
}

static cor_code folder(walk *w, int fd, cor_str path, unsigned depth, cor_err *e)
{
    DIR *d = depth > FOLDER_DEPTH_MAX ? NULL : fdopendir(fd);
    if (d == NULL) {
        cor_err why;
        cor_fail(&why, COR_EIO, ROOM, COR_NOPOS, "%s", depth > FOLDER_DEPTH_MAX ? "folders nested too deep"
                 : strerror(errno));
        close(fd);
        lost(w, path, &why);
        return w->ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
    }
    char **name = NULL;
    size_t n = 0;
    cor_code c = list(d, path.p, &w->names, &name, &n, e);
    for (size_t i = 0; c == COR_OK && i < n; i++) {
        bool slash = path.n != 0 && path.p[path.n - 1] == '/';
        cor_str sub = cor_arena_fmt(&w->names, "%s%s%s", path.p, slash ? "" : "/", name[i]);
        c = sub.p == NULL ? cor_nomem(e, ROOM) : entry(w, dirfd(d), name[i], sub, depth, e);
    }
    cor_free(name);
    closedir(d);
    return c;
}

cor_code cor_rule_files(const char *path, cor_load *ld, cor_code (*each)(cor_load *ld, cor_str name, cor_str text,
                                                                         bool named, cor_err *e),
                        cor_err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        cor_code c = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return c;
    }
    if (again(ld, &st, cor_str_of(path))) {
        close(fd);
        return ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
    }
    if (S_ISDIR(st.st_mode)) {
        walk w = {.ld = ld, .each = each};
        cor_code c = folder(&w, fd, cor_str_of(path), 0, e);
        cor_arena_free(&w.names);
        return c;
    }
    cor_str text;
    cor_arena_reset(&ld->tmp);
    cor_code c = read_fd(fd, &st, path, COR_PACK_BYTES_MAX, &ld->tmp, &text, e);
    close(fd);
    if (c != COR_OK)
        return c;
    if (cor_is_pack(text))
        return cor_pack_each(ld, path, text, each, e);
    return each(ld, cor_str_of(path), text, true, e);
}
