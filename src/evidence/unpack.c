/* The child's side: reads an archive with libarchive, says what is in it through a pipe (frame.h). Runs after a fork
 * of a process with one thread, so it may allocate; libarchive allocates with malloc, under RLIMIT_AS. */
#include <unistd.h>

#include "evidence/helper.h"

#ifdef COR_WITH_LIBARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <time.h>

#include "base/alloc.h"
#include "evidence/sandbox.h"

/* Loaded when an archive is met: it brings 17 shared objects, which would cost every start of the program a
 * millisecond or two. */
#define LIBRARY "libarchive.so.13" /* the interface number of all 3.x */
#define FUNCTIONS(X)                                                                                                \
    X(archive_read_new) X(archive_read_support_format_zip) X(archive_read_support_format_7zip)                      \
    X(archive_read_support_format_tar) X(archive_read_support_format_raw) X(archive_read_support_format_empty)      \
    X(archive_read_support_filter_gzip) X(archive_read_support_filter_bzip2) X(archive_read_support_filter_xz)      \
    X(archive_read_support_filter_zstd) X(archive_read_set_read_callback) X(archive_read_set_skip_callback)         \
    X(archive_read_set_seek_callback) X(archive_read_set_callback_data) X(archive_read_open1)                       \
    X(archive_read_next_header) X(archive_read_data) X(archive_read_data_skip) X(archive_error_string)              \
    X(archive_format) X(archive_entry_filetype) X(archive_entry_hardlink) X(archive_entry_pathname_utf8)            \
    X(archive_entry_pathname) X(archive_entry_size) X(archive_entry_size_is_set) X(archive_entry_is_data_encrypted)
#define MEMBER(f) __typeof__(f) *f;
struct cor_unpack_lib {
    FUNCTIONS(MEMBER)
};

cor_unpack_lib *cor_unpack_load(void)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* names in UTF-16 (7z) become UTF-8 by this; the helper's alone */
    tzset();                        /* zip times are local ones: read the zone file while files can be read */
    void *so = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    cor_unpack_lib *lib = so == NULL ? NULL : cor_alloc(sizeof *lib);
    if (lib == NULL)
        return NULL;
    bool ok = true;
#define FIND(f) ok = (*(void **)&lib->f = dlsym(so, #f)) != NULL && ok;
    FUNCTIONS(FIND)
    if (!ok)
        cor_free(lib);
    return ok ? lib : NULL; /* the library stays for the life of the helper */
}

#define STEP ((size_t)256 << 10)
#define PLACE_EVERY ((uint64_t)1 << 20)
/* Headers that may fail and be tried again in a row. */
#define RETRIES 1000

typedef struct child {
    const cor_unpack_lib *la;
    struct archive *a;
    int in, out;
    uint64_t base, size, at; /* the archive's place in `in`; at: next byte to read, from base */
    uint64_t said;           /* the place last told */
    cor_archive_want want;
    const void *want_ctx;
    bool last;
    uint8_t buf[STEP];   /* of the archive */
    uint8_t bytes[STEP]; /* of a member */
} child;

static void put(const child *c, const void *p, size_t n)
{
    for (const char *s = p; n > 0;) {
        ssize_t k = write(c->out, s, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            _exit(1); /* nobody listens any more */
        s += k;
        n -= (size_t)k;
    }
}

/* A frame whose payload is a byte or not (below 0), a number or not, and a text that is cut to fit. One write: there
 * are many. */
static void put_small(const child *c, char type, int byte, const uint64_t *number, const char *text)
{
    uint8_t f[COR_FRAME_HEAD + COR_FRAME_SMALL_MAX] = {(uint8_t)type};
    size_t n = COR_FRAME_HEAD;
    if (byte >= 0)
        f[n++] = (uint8_t)byte;
    if (number != NULL) {
        memcpy(f + n, number, sizeof *number);
        n += sizeof *number;
    }
    size_t room = sizeof f - n, len = text == NULL ? 0 : strnlen(text, room);
    if (len > 0)
        memcpy(f + n, text, len);
    n += len;
    uint32_t payload = (uint32_t)(n - COR_FRAME_HEAD);
    memcpy(f + 4, &payload, sizeof payload);
    put(c, f, n);
}

static void put_data(const child *c, const uint8_t *p, size_t n)
{
    if (n >= 4096 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0) { /* most of a fresh log: the parent leaves a hole */
        const uint64_t zeros = n;
        put_small(c, 'Z', -1, &zeros, NULL);
        return;
    }
    uint8_t head[COR_FRAME_HEAD] = {'D'};
    uint32_t len = (uint32_t)n;
    memcpy(head + 4, &len, sizeof len);
    put(c, head, sizeof head);
    put(c, p, n);
}

/* ---- libarchive's callbacks ---- */

static la_ssize_t on_read(struct archive *a, void *ctx, const void **p)
{
    (void)a;
    child *c = ctx;
    if (c->at >= c->said + PLACE_EVERY) {
        c->said = c->at;
        put_small(c, 'P', -1, &c->at, NULL);
    }
    uint64_t left = c->size - c->at;
    ssize_t n;
    do
        n = pread(c->in, c->buf, left < STEP ? (size_t)left : STEP, (off_t)(c->base + c->at));
    while (n < 0 && errno == EINTR);
    if (n > 0)
        c->at += (uint64_t)n;
    *p = c->buf;
    return n;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t n)
{
    (void)a;
    child *c = ctx;
    uint64_t left = c->size - c->at, k = n < 0 ? 0 : (uint64_t)n < left ? (uint64_t)n : left;
    c->at += k;
    return (la_int64_t)k;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t off, int whence)
{
    (void)a;
    child *c = ctx;
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)c->at : (int64_t)c->size, to;
    if (__builtin_add_overflow(from, off, &to) || to < 0 || to > (int64_t)c->size)
        return ARCHIVE_FATAL;
    c->at = (uint64_t)to;
    return to;
}

/* ---- members ---- */

/* Fills up to n bytes; less at the member's end; *rc says how it ended when below 0. */
static size_t read_some(const child *c, uint8_t *p, size_t n, la_ssize_t *rc)
{
    size_t got = 0;
    while (got < n && (*rc = c->la->archive_read_data(c->a, p + got, n - got)) > 0)
        got += (size_t)*rc;
    return got;
}

static void member(child *c, struct archive_entry *x)
{
    const cor_unpack_lib *la = c->la;
    struct archive *a = c->a;
    const char *name = la->archive_entry_pathname_utf8(x);
    if (name == NULL)
        name = la->archive_entry_pathname(x); /* no UTF-8: bytes as they are */
    if (name == NULL || la->archive_format(a) == ARCHIVE_FORMAT_RAW)
        name = "";
    uint64_t size = la->archive_entry_size_is_set(x) ? (uint64_t)la->archive_entry_size(x) : UINT64_MAX;
    if (la->archive_entry_is_data_encrypted(x)) {
        put_small(c, 'N', COR_MEMBER_ENCRYPTED, &size, name);
        return;
    }
    la_ssize_t rc = 0;
    size_t n = read_some(c, c->bytes, COR_HEAD_SIZE, &rc);
    bool wanted = c->want(c->want_ctx, c->bytes, n) || rc < 0;
    bool archive = cor_archive_sniff(c->bytes, n) != COR_ARCHIVE_NONE;
    if (archive && c->last) {
        put_small(c, 'N', COR_MEMBER_DEEPER, &size, name);
        return;
    }
    if (!wanted && !archive) {
        put_small(c, 'N', COR_MEMBER_UNWANTED, &size, name);
        return;
    }
    put_small(c, 'N', COR_MEMBER_WANTED, &size, name);
    while (n > 0) {
        put_data(c, c->bytes, n);
        n = rc <= 0 ? 0 : read_some(c, c->bytes, sizeof c->bytes, &rc);
    }
    put_small(c, 'E', rc < 0, NULL, rc < 0 ? la->archive_error_string(a) : NULL);
}

static void members(child *c)
{
    const cor_unpack_lib *la = c->la;
    struct archive *a = c->a;
    for (int tries = 0;;) {
        struct archive_entry *x;
        int rc = la->archive_read_next_header(a, &x);
        if (rc == ARCHIVE_EOF) {
            put_small(c, 'F', 0, NULL, NULL);
            return;
        }
        if (rc == ARCHIVE_FATAL || (rc != ARCHIVE_OK && rc != ARCHIVE_WARN && ++tries > RETRIES)) {
            put_small(c, 'F', 1, NULL, la->archive_error_string(a));
            return;
        }
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            continue;
        tries = 0;
        /* Folders, links and devices hold no bytes of their own. */
        if (la->archive_entry_filetype(x) == AE_IFREG && la->archive_entry_hardlink(x) == NULL)
            member(c, x);
    }
}

_Noreturn void cor_unpack_child(const cor_unpack_lib *la, const cor_unpack_order *o, cor_archive_want want,
                                const void *want_ctx)
{
    child *c = cor_alloc(sizeof *c);
    struct archive *a = la->archive_read_new();
    if (c == NULL || a == NULL)
        _exit(1);
    c->la = la;
    c->a = a;
    c->in = o->archive;
    c->out = o->pipe;
    c->base = o->base;
    c->size = o->size;
    c->at = c->said = 0;
    c->want = want;
    c->want_ctx = want_ctx;
    c->last = o->last;
    switch (o->kind) {
    case COR_ARCHIVE_ZIP: la->archive_read_support_format_zip(a); break;
    case COR_ARCHIVE_7Z: la->archive_read_support_format_7zip(a); break;
    case COR_ARCHIVE_PACKED:
        la->archive_read_support_filter_gzip(a);
        la->archive_read_support_filter_bzip2(a);
        la->archive_read_support_filter_xz(a);
        la->archive_read_support_filter_zstd(a);
        la->archive_read_support_format_raw(a);
        la->archive_read_support_format_empty(a);
        la->archive_read_support_format_tar(a);
        break;
    default: la->archive_read_support_format_tar(a); break;
    }
    la->archive_read_set_read_callback(a, on_read);
    la->archive_read_set_skip_callback(a, on_skip);
    la->archive_read_set_seek_callback(a, on_seek);
    la->archive_read_set_callback_data(a, c);
    if (!cor_sandbox_enter(COR_UNPACK_MEMORY, COR_UNPACK_CPU + (o->size >> 20)))
        _exit(1);
    if (la->archive_read_open1(a) != ARCHIVE_OK)
        put_small(c, 'F', 1, NULL, la->archive_error_string(a));
    else
        members(c);
    _exit(0);
}

#else

cor_unpack_lib *cor_unpack_load(void)
{
    return NULL;
}

_Noreturn void cor_unpack_child(const cor_unpack_lib *la, const cor_unpack_order *o, cor_archive_want want,
                                const void *want_ctx)
{
    (void)la, (void)o, (void)want, (void)want_ctx;
    _exit(1);
}

#endif
