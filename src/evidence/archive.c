/* The parent's side: orders an archive unpacked, takes what the child says through the pipe, and trusts none of it. */
#include "evidence/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "evidence/helper.h"

#define ROOM "archive"
#define TICK_MS 200
#define PIPE_SIZE (1 << 20)

/* ---- by content ---- */

/* A tar header: its checksum is the sum of its bytes, with blanks for the checksum itself (POSIX.1-1988, ustar). */
static bool tar_header(const uint8_t *p, size_t n)
{
    if (n < 512 || p[0] == 0)
        return false;
    uint32_t sum = 0, want = 0;
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : p[i];
    size_t i = 148;
    while (i < 156 && p[i] == ' ')
        i++;
    size_t from = i;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        want = want * 8 + (uint32_t)(p[i] - '0');
    return i > from && want == sum;
}

cor_archive_kind cor_archive_sniff(const uint8_t *head, size_t n)
{
    static const struct {
        const char *magic;
        uint8_t len, kind;
    } rows[] = {
        {"PK\3\4", 4, COR_ARCHIVE_ZIP},
        {"PK\5\6", 4, COR_ARCHIVE_ZIP}, /* an empty one */
        {"7z\xbc\xaf\x27\x1c", 6, COR_ARCHIVE_7Z},
        {"\x1f\x8b\x08", 3, COR_ARCHIVE_PACKED},
        {"\xfd" "7zXZ\0", 6, COR_ARCHIVE_PACKED},
        {"\x28\xb5\x2f\xfd", 4, COR_ARCHIVE_PACKED},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++)
        if (n >= rows[i].len && memcmp(head, rows[i].magic, rows[i].len) == 0)
            return rows[i].kind;
    bool bzip2 = n >= 10 && memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9';
    if (bzip2 && memcmp(head + 4, "1AY&SY", 6) == 0)
        return COR_ARCHIVE_PACKED;
    return tar_header(head, n) ? COR_ARCHIVE_TAR : COR_ARCHIVE_NONE;
}

cor_str cor_member_name(cor_arena *mem, cor_str archive, cor_str member)
{
    static const char *const endings[] = {".gz", ".xz", ".zst", ".bz2"};
    if (member.n == 0) {
        size_t from = archive.n;
        while (from > 0 && archive.p[from - 1] != '/' && archive.p[from - 1] != '!')
            from--;
        member = COR_S("data");
        for (size_t i = 0; i < COR_LEN(endings); i++) {
            size_t n = strlen(endings[i]);
            if (archive.n - from > n && cor_str_ieq((cor_str){archive.p + archive.n - n, n}, cor_str_of(endings[i])))
                member = (cor_str){archive.p + from, archive.n - from - n};
        }
    }
    char *p = cor_arena_get(mem, archive.n + 1 + member.n + 1);
    if (p == NULL)
        return (cor_str){NULL, 0};
    memcpy(p, archive.p, archive.n);
    p[archive.n] = '!';
    memcpy(p + archive.n + 1, member.p, member.n);
    p[archive.n + 1 + member.n] = '\0';
    return (cor_str){p, archive.n + 1 + member.n};
}

/* ---- the helper ---- */

struct cor_unpacker {
    pid_t pid;
    int sock;
};

cor_code cor_unpacker_start(cor_unpacker **out, cor_archive_want want, const void *want_ctx, cor_err *e)
{
    *out = NULL;
#ifndef COR_WITH_LIBARCHIVE
    (void)want, (void)want_ctx;
    return cor_fail(e, COR_ENOTSUP, ROOM, COR_NOPOS,
                    "this build of Cordon reads no archives (it was made without libarchive)");
#else
    cor_unpacker *u = cor_zalloc(sizeof *u);
    int pair[2];
    if (u == NULL)
        return cor_nomem(e, ROOM);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        cor_free(u);
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot start the unpacking process: %s", strerror(errno));
    }
    u->pid = fork();
    if (u->pid == 0)
        cor_helper_main(pair[1], want, want_ctx);
    int why = errno;
    close(pair[1]);
    u->sock = pair[0];
    if (u->pid < 0) {
        close(u->sock);
        cor_free(u);
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot start the unpacking process: %s", strerror(why));
    }
    *out = u;
    return COR_OK;
#endif
}

void cor_unpacker_free(cor_unpacker *u)
{
    if (u == NULL)
        return;
    close(u->sock); /* the helper sees that and ends */
    while (waitpid(u->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    cor_free(u);
}

static bool order(const cor_unpacker *u, const cor_unpack_order *o, const int *fds)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)o, sizeof *o};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fds != NULL) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(2 * sizeof(int));
        memcpy(CMSG_DATA(c), fds, 2 * sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(u->sock, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *o;
}

/* ---- what the child says ---- */

typedef struct taker {
    const cor_unpack_task *task;
    cor_unpack_budget *left;
    cor_unpacked *out;
    cor_spill spill;
    uint64_t place;
    bool in_member, finished;
    cor_err bad; /* code != COR_OK: the archive was not read to its end, in the child's words */
} taker;

static cor_code on_member(void *ctx, cor_member_kind kind, uint64_t size, cor_str name, cor_err *e)
{
    taker *t = ctx;
    cor_unpacked *u = t->out;
    if (t->left->members == 0)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS,
                        "holds more than %u members: the rest is not read (docs/limits.md)", COR_UNPACK_MEMBERS);
    t->left->members--;
    cor_member *list = cor_grow(u->member, &u->cap, u->n + 1, sizeof *list);
    if (list == NULL)
        return cor_nomem(e, ROOM);
    u->member = list;
    cor_str copy = cor_arena_str(&u->mem, name);
    if (copy.p == NULL)
        return cor_nomem(e, ROOM);
    list[u->n++] = (cor_member){
        .name = copy, .off = cor_spill_size(&t->spill), .size = size == UINT64_MAX ? 0 : size, .kind = kind};
    u->n_kind[kind]++;
    if (kind != COR_MEMBER_WANTED)
        return COR_OK;
    t->in_member = true;
    list[u->n - 1].size = 0; /* what comes counts, not what is promised */
    return cor_spill_open(&t->spill, t->task->tmp, e);
}

static cor_code spend(taker *t, uint64_t n, cor_err *e)
{
    if (n > t->left->bytes)
        return cor_fail(e, COR_ELIMIT, ROOM, t->place,
                        "unpacks to more bytes than Cordon takes from an archive of its size (docs/limits.md)");
    t->left->bytes -= n;
    return COR_OK;
}

static cor_code on_data(void *ctx, const uint8_t *p, size_t n, cor_err *e)
{
    taker *t = ctx;
    cor_code rc = spend(t, n, e);
    if (rc == COR_OK)
        rc = cor_spill_put(&t->spill, p, n, e);
    if (rc == COR_OK)
        t->out->member[t->out->n - 1].size += n;
    return rc;
}

static cor_code on_zeros(void *ctx, uint64_t n, cor_err *e)
{
    taker *t = ctx;
    cor_code rc = spend(t, n, e);
    if (rc == COR_OK)
        rc = cor_spill_zeros(&t->spill, n, e);
    if (rc == COR_OK)
        t->out->member[t->out->n - 1].size += n;
    return rc;
}

static cor_code on_end(void *ctx, bool damaged, cor_str message, cor_err *e)
{
    taker *t = ctx;
    t->in_member = false;
    if (!damaged)
        return COR_OK;
    cor_str s = message.n == 0 ? COR_S("damaged") : message;
    s = cor_arena_str(&t->out->mem, s);
    if (s.p == NULL)
        return cor_nomem(e, ROOM);
    t->out->member[t->out->n - 1].bad = s.p;
    return COR_OK;
}

static void on_place(void *ctx, uint64_t at)
{
    taker *t = ctx;
    t->place = at < t->task->in->size ? at : t->task->in->size;
}

static cor_code on_finish(void *ctx, bool damaged, cor_str message, cor_err *e)
{
    (void)e;
    taker *t = ctx;
    t->finished = true;
    if (damaged)
        cor_fail(&t->bad, COR_EFORMAT, ROOM, COR_NOPOS, "not read to its end: %.*s",
                 message.n == 0 ? 7 : (int)message.n, message.n == 0 ? "damaged" : message.p);
    return COR_OK;
}

/* Takes what comes until the pipe is closed. */
static cor_code hear(taker *t, int pipe, cor_err *e)
{
    static const size_t step = COR_FRAME_DATA_MAX;
    const cor_frame_sink sink = {t, on_member, on_data, on_zeros, on_end, on_place, on_finish};
    cor_frames *frames = cor_zalloc(sizeof *frames);
    uint8_t *buf = cor_alloc(step);
    cor_code rc = frames == NULL || buf == NULL ? cor_nomem(e, ROOM) : COR_OK;
    while (rc == COR_OK) {
        if (!t->task->tick(t->task->tick_ctx, t->place)) {
            rc = cor_fail(e, COR_ESTOP, ROOM, COR_NOPOS, "stopped before its end");
            break;
        }
        struct pollfd p = {.fd = pipe, .events = POLLIN};
        if (poll(&p, 1, TICK_MS) <= 0)
            continue;
        ssize_t n = read(pipe, buf, step);
        if (n == 0)
            break;
        if (n > 0)
            rc = cor_frames_feed(frames, buf, (size_t)n, &sink, e);
        else if (errno != EINTR && errno != EAGAIN)
            rc = cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "reading from the unpacking process: %s", strerror(errno));
    }
    cor_free(buf);
    cor_free(frames);
    return rc;
}

/* ---- one archive ---- */

static cor_code explain(cor_unpack_status s, const taker *t, cor_err *e)
{
    if (s.how == COR_UNPACK_NO_LIBRARY)
        return cor_fail(e, COR_ENOTSUP, ROOM, COR_NOPOS,
                        "reading archives needs libarchive (on Debian: apt install libarchive13)");
    if (s.how == COR_UNPACK_NO_CHILD)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot start the unpacking process: %s", strerror(s.value));
    if (s.how == COR_UNPACK_SIGNALLED && s.value == SIGXCPU)
        return cor_fail(e, COR_ELIMIT, ROOM, COR_NOPOS,
                        "not read to its end: unpacking needs more CPU time than Cordon gives it (docs/limits.md)");
    if (s.how == COR_UNPACK_SIGNALLED)
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS,
                        "not read to its end: the unpacking process was ended by signal %d", s.value);
    if (t->bad.code != COR_OK) {
        *e = t->bad;
        return e->code;
    }
    if (!t->finished)
        return cor_fail(e, COR_EFORMAT, ROOM, COR_NOPOS, "not read to its end: the unpacking process gave up");
    return COR_OK;
}

/* The spool goes to the caller. When the disk was full, members end where writing ended. */
static cor_code keep_spool(taker *t, cor_code rc, cor_err *e)
{
    static const char cut[] = "the archive was not read to its end";
    if (t->in_member && t->out->member[t->out->n - 1].bad == NULL)
        t->out->member[t->out->n - 1].bad = cut;
    if (t->spill.fd < 0)
        return rc;
    cor_err full;
    cor_code flushed = cor_spill_flush(&t->spill, &full);
    uint64_t whole = t->spill.size - t->spill.n;
    t->out->fd = t->spill.fd;
    t->spill.fd = -1;
    for (size_t i = 0; i < t->out->n; i++) {
        cor_member *m = &t->out->member[i];
        if (m->kind != COR_MEMBER_WANTED || m->off + m->size <= whole)
            continue;
        m->size = m->off < whole ? whole - m->off : 0;
        m->bad = cut;
    }
    if (rc == COR_OK && flushed != COR_OK) {
        *e = full;
        rc = flushed;
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const cor_member *x = a, *y = b;
    int c = cor_str_cmp(x->name, y->name);
    if (c == 0)
        c = (x->off > y->off) - (x->off < y->off);
    return c != 0 ? c : (x->size > y->size) - (x->size < y->size);
}

cor_unpack_budget cor_unpack_budget_for(uint64_t archive_size)
{
    uint64_t n;
    if (__builtin_mul_overflow(archive_size, COR_UNPACK_RATIO, &n) || n > COR_UNPACK_MAX)
        n = COR_UNPACK_MAX;
    return (cor_unpack_budget){n < COR_UNPACK_FLOOR ? COR_UNPACK_FLOOR : n, COR_UNPACK_MEMBERS};
}

cor_code cor_unpack(cor_unpacker *u, const cor_unpack_task *task, cor_unpack_budget *left, cor_unpacked *out,
                    cor_err *e)
{
    *out = (cor_unpacked){.fd = -1};
    taker t = {.task = task, .left = left, .out = out};
    cor_spill_init(&t.spill);
    int pipe[2];
    if (pipe2(pipe, O_CLOEXEC) != 0)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "cannot start the unpacking process: %s", strerror(errno));
    fcntl(pipe[0], F_SETPIPE_SZ, PIPE_SIZE); /* as large as the system allows: it works without */
    const cor_unpack_order o = {task->in->base, task->in->size, (uint32_t)task->kind, task->last, -1, -1};
    const int fds[2] = {task->in->fd, pipe[1]};
    bool sent = order(u, &o, fds);
    close(pipe[1]);
    cor_code rc = sent ? hear(&t, pipe[0], e) : COR_OK;
    close(pipe[0]);
    if (rc != COR_OK)
        order(u, &o, NULL); /* kill it */
    cor_unpack_status s = {0};
    ssize_t n = -1;
    while (sent && (n = recv(u->sock, &s, sizeof s, 0)) < 0 && errno == EINTR)
        ;
    if (rc == COR_OK)
        rc = n == (ssize_t)sizeof s ? explain(s, &t, e)
                                    : cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "the unpacking process has gone");
    rc = keep_spool(&t, rc, e);
    cor_spill_close(&t.spill);
    if (out->n > 0)
        qsort(out->member, out->n, sizeof *out->member, by_name);
    return rc;
}

void cor_unpacked_free(cor_unpacked *u)
{
    if (u->fd >= 0)
        close(u->fd);
    cor_free(u->member);
    cor_arena_free(&u->mem);
    *u = (cor_unpacked){.fd = -1};
}
