#include "evidence/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where close_range is missing (kernels before 5.9), descriptors up to here are closed one by one. */
#define CLOSE_UP_TO 4096

/* Nothing of the parent's stays open here: no output file, no evidence; the terminal only until the child is made. */
static void close_all_but(int keep)
{
    int null = dup2(keep, 3) < 0 ? -1 : open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
        _exit(1);
    if (syscall(SYS_close_range, 4u, ~0u, 0u) != 0)
        for (int fd = 4; fd < CLOSE_UP_TO; fd++)
            close(fd);
}

/* Returns false at the end of the parent. A message without descriptors has both at -1. */
static bool receive(int sock, cor_unpack_order *o)
{
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {o, sizeof *o};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do
        n = recvmsg(sock, &m, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof *o)
        return false;
    int fds[2] = {-1, -1};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fds))
        memcpy(fds, CMSG_DATA(c), sizeof fds);
    o->archive = fds[0];
    o->pipe = fds[1];
    return true;
}

static void answer(int sock, cor_unpack_status s)
{
    ssize_t n;
    do
        n = send(sock, &s, sizeof s, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        _exit(0);
}

/* Waits for the child, for the order to kill it, or for the parent's end. */
static cor_unpack_status mind(int sock, int signals, pid_t child)
{
    struct pollfd p[2] = {{.fd = sock, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        int status;
        pid_t got = waitpid(child, &status, WNOHANG);
        if (got == child)
            return WIFSIGNALED(status) ? (cor_unpack_status){COR_UNPACK_SIGNALLED, WTERMSIG(status)}
                                       : (cor_unpack_status){COR_UNPACK_EXITED, WEXITSTATUS(status)};
        if (got < 0)
            return (cor_unpack_status){COR_UNPACK_NO_CHILD, errno};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            kill(child, SIGKILL);
        struct signalfd_siginfo info;
        if (p[1].revents != 0 && read(signals, &info, sizeof info) < 0 && errno != EAGAIN)
            kill(child, SIGKILL);
        cor_unpack_order o;
        if (p[0].revents != 0) {
            bool alive = receive(sock, &o);
            kill(child, SIGKILL);
            if (!alive) {
                waitpid(child, &status, 0);
                _exit(0);
            }
        }
    }
}

_Noreturn void cor_helper_main(int sock, cor_archive_want want, const void *want_ctx)
{
    static const int deaf[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGPIPE}; /* of the terminal: the parent decides */
    for (size_t i = 0; i < COR_LEN(deaf); i++)
        signal(deaf[i], SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    close_all_but(sock);
    sock = 3;
    prctl(PR_SET_NAME, "cordon-unpack");
    sigset_t chld, old;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &old);
    int signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    cor_unpack_lib *lib = NULL;
    cor_unpack_order o;
    while (signals >= 0 && receive(sock, &o)) {
        if (o.archive < 0)
            continue; /* the child to be killed has just ended by itself */
        if (lib == NULL)
            lib = cor_unpack_load();
        pid_t child = lib == NULL ? 0 : fork();
        int why = errno;
        if (child == 0 && lib != NULL) {
            dup2(1, 2);
            close(sock);
            close(signals);
            signal(SIGPIPE, SIG_DFL);
            sigprocmask(SIG_SETMASK, &old, NULL);
            cor_unpack_child(lib, &o, want, want_ctx);
        }
        close(o.archive);
        close(o.pipe);
        if (lib == NULL)
            answer(sock, (cor_unpack_status){COR_UNPACK_NO_LIBRARY, 0});
        else if (child < 0)
            answer(sock, (cor_unpack_status){COR_UNPACK_NO_CHILD, why});
        else
            answer(sock, mind(sock, signals, child));
    }
    _exit(0);
}
