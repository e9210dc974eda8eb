#include "sigma/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "sigma/load.h"

#define ROOM "pack"
#define HEAD 24 /* magic 8, version 4, files 4, raw size 8 */
#define VERSION 1
static const char magic[8] = "CORRULE\x1a";

bool cor_is_pack(cor_str bytes)
{
    return bytes.n >= sizeof magic && memcmp(bytes.p, magic, sizeof magic) == 0;
}

/* ---- reading ---- */

static cor_code unpack(const char *path, cor_str bytes, uint8_t **raw, size_t *n, cor_err *e)
{
    cor_cur c = cor_cur_of(bytes.p, bytes.n, 0);
    cor_take(&c, sizeof magic, "magic");
    uint32_t version = cor_u32(&c, "version");
    cor_u32(&c, "files");
    uint64_t size = cor_u64(&c, "size");
    if (c.bad != NULL)
        return cor_fail(e, COR_ETRUNC, ROOM, c.bad_at, "%s: the pack ends inside its head", path);
    if (version != VERSION)
        return cor_fail(e, COR_ENOTSUP, ROOM, 8, "%s: a pack of version %u; this program reads version %d", path,
                        version, VERSION);
    if (size > COR_PACK_RAW_MAX)
        return cor_fail(e, COR_ELIMIT, ROOM, 16, "%s: the pack would unpack to more than %zu MiB", path,
                        COR_PACK_RAW_MAX >> 20);
    *n = (size_t)size;
    *raw = cor_alloc(*n);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    cor_code r = COR_OK;
    size_t used = 0;
    if (*raw == NULL || d == NULL)
        r = cor_nomem(e, ROOM);
    else if (libdeflate_zlib_decompress_ex(d, bytes.p + HEAD, bytes.n - HEAD, *raw, *n, &used, NULL) != LIBDEFLATE_SUCCESS ||
             used != bytes.n - HEAD)
        r = cor_fail(e, COR_EFORMAT, ROOM, HEAD, "%s: the pack is damaged; make it again with `cordon rules pack`",
                     path);
    libdeflate_free_decompressor(d);
    if (r != COR_OK) {
        cor_free(*raw);
        *raw = NULL;
    }
    return r;
}

cor_code cor_pack_each(cor_load *ld, const char *path, cor_str bytes,
                       cor_code (*each)(cor_load *ld, cor_str name, cor_str text, bool named, cor_err *e), cor_err *e)
{
    uint8_t *raw = NULL;
    size_t n = 0;
    cor_code r = unpack(path, bytes, &raw, &n, e);
    if (r != COR_OK)
        return r;
    cor_arena names = {0};
    cor_cur c = cor_cur_of(raw, n, 0);
    while (r == COR_OK && cor_left(&c) != 0) {
        uint32_t name_n = cor_u32(&c, "name length"), text_n = cor_u32(&c, "text length");
        const char *name = (const char *)cor_take(&c, name_n, "name"), *text = (const char *)cor_take(&c, text_n,
                "text");
        if (c.bad != NULL) {
            r = cor_fail(e, COR_EFORMAT, ROOM, HEAD, "%s: the pack's list of files is cut short (%s)", path, c.bad);
            break;
        }
        cor_arena_reset(&names);
        cor_str full = cor_arena_fmt(&names, "%s!%.*s", path, (int)(name_n > 4096 ? 4096 : name_n), name);
        r = full.p == NULL ? cor_nomem(e, ROOM) : each(ld, full, (cor_str){text, text_n}, false, e);
    }
    cor_arena_free(&names);
    cor_free(raw);
    return r;
}

/* ---- writing ---- */

typedef struct packer {
    cor_load ld; /* only what the walk uses of it */
    cor_buf raw;
    size_t root; /* bytes of names in front of what is stored */
    uint32_t files;
} packer;

static void put32(cor_buf *b, uint32_t v)
{
    cor_buf_put(b, &v, sizeof v); /* little endian, as everywhere here */
}

static cor_code add(cor_load *ld, cor_str name, cor_str text, bool named, cor_err *e)
{
    packer *p = (packer *)ld;
    if (named) { /* one file: its last name */
        const char *slash = memrchr(name.p, '/', name.n);
        p->root = slash == NULL ? 0 : (size_t)(slash - name.p) + 1;
    }
    cor_str rel = {name.p + p->root, name.n - p->root};
    while (rel.n != 0 && rel.p[0] == '/')
        rel = (cor_str){rel.p + 1, rel.n - 1};
    put32(&p->raw, (uint32_t)rel.n);
    put32(&p->raw, (uint32_t)text.n);
    cor_buf_str(&p->raw, rel);
    cor_buf_str(&p->raw, text);
    p->files++;
    if (p->raw.n > COR_PACK_RAW_MAX)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS, "more than %zu MiB of rules", COR_PACK_RAW_MAX >> 20);
    return cor_buf_ok(&p->raw) ? COR_OK : cor_nomem(e, ROOM);
}

static cor_code write_all(int fd, const uint8_t *p, size_t n)
{
    while (n != 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return COR_EIO;
        p += w;
        n -= (size_t)w;
    }
    return COR_OK;
}

/* Beside the target first, so that a full disk leaves no half pack under its name. */
static cor_code replace(const char *out, const cor_buf *b, cor_err *e)
{
    cor_buf name = {0};
    cor_buf_z(&name, out);
    cor_buf_z(&name, ".part");
    cor_buf_c(&name, '\0');
    if (!cor_buf_ok(&name)) {
        cor_buf_free(&name);
        return cor_nomem(e, ROOM);
    }
    const char *part = (const char *)name.p;
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    cor_code c = fd < 0 ? COR_EIO : write_all(fd, b->p, b->n);
    if (fd >= 0 && close(fd) != 0)
        c = COR_EIO;
    if (c == COR_OK && rename(part, out) != 0)
        c = COR_EIO;
    if (c != COR_OK) {
        cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%s: %s", out, strerror(errno));
        if (fd >= 0)
            unlink(part);
    }
    cor_buf_free(&name);
    return c;
}

static cor_code compress(packer *p, const char *out, cor_pack_stats *stats, cor_err *e)
{
    struct libdeflate_compressor *d = libdeflate_alloc_compressor(9);
    cor_buf b = {0};
    cor_code c = d == NULL ? cor_nomem(e, ROOM) : COR_OK;
    size_t most = d == NULL ? 0 : libdeflate_zlib_compress_bound(d, p->raw.n);
    uint64_t size = p->raw.n;
    cor_buf_put(&b, magic, sizeof magic);
    put32(&b, VERSION);
    put32(&b, p->files);
    cor_buf_put(&b, &size, sizeof size);
    if (c == COR_OK && !cor_buf_room(&b, most))
        c = cor_nomem(e, ROOM);
    if (c == COR_OK) {
        b.n += libdeflate_zlib_compress(d, p->raw.p, p->raw.n, b.p + b.n, most);
        *stats = (cor_pack_stats){p->files, p->raw.n, b.n};
        c = replace(out, &b, e);
    }
    libdeflate_free_compressor(d);
    cor_buf_free(&b);
    return c;
}

cor_code cor_rules_pack(const char *dir, const char *out, cor_pack_stats *stats, cor_err *e)
{
    static const cor_load_options none = {0};
    packer p = {.root = strlen(dir)};
    cor_ruleset set = {0};
    p.ld.opt = &none;
    p.ld.set = &set;
    p.ld.mem = &set.mem;
    cor_code c = cor_rule_files(dir, &p.ld, add, e);
    for (size_t i = 0; c == COR_OK && i < p.ld.n_diag; i++)
        if (p.ld.diag[i].sev == COR_DIAG_ERROR) /* a pack that lacks a file would be no pack of the folder */
            c = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "%.*s: %.*s", COR_CUT(p.ld.path[p.ld.diag[i].pos.file], 200),
                         COR_CUT(p.ld.diag[i].what, 100));
    if (c == COR_OK && p.files == 0)
        c = cor_fail(e, COR_EUSAGE, ROOM, COR_NOPOS, "%s: no rule files (.yml, .yaml) below it", dir);
    if (c == COR_OK)
        c = compress(&p, out, stats, e);
    cor_free(p.ld.path);
    cor_free(p.ld.diag);
    cor_intern_free(&p.ld.seen);
    cor_arena_free(&p.ld.tmp);
    cor_arena_free(&set.mem);
    cor_buf_free(&p.raw);
    return c;
}
