#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evidence/sandbox.h"

#define MEMORY ((uint64_t)256 << 20)

static int pipe_fd[2];

static void *map(size_t n, int prot)
{
    void *p = mmap(NULL, n, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Each runs in a child behind the walls: 0 when it was as it should be. */
static int computes(void)
{
    char c = 'x';
    char *p = map(1 << 20, PROT_READ | PROT_WRITE);
    return p != NULL && write(pipe_fd[1], &c, 1) == 1 && read(pipe_fd[0], p, 1) == 1 && *p == 'x' ? 0 : 1;
}
static int no_file(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 && open("/tmp", O_TMPFILE | O_RDWR, 0600) < 0 ? 0 : 1;
}
static int no_network(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 && socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 0 : 1;
}
static int no_descriptor(void)
{
    return dup(pipe_fd[0]) < 0 ? 0 : 1;
}
static int no_memory_without_end(void)
{
    return map(2 * MEMORY, PROT_READ | PROT_WRITE) == NULL ? 0 : 1;
}
static int no_program(void)
{
    return execl("/bin/true", "true", (char *)NULL) < 0 ? 0 : 1;
}
static int no_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(1);
    return pid < 0 ? 0 : 1;
}
static int no_signal_to_others(void)
{
    return kill(getppid(), 0) < 0 ? 0 : 1;
}
static int no_memory_that_runs(void)
{
    char *p = map(4096, PROT_READ | PROT_WRITE);
    bool changed = p == NULL || mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
    return !changed && map(4096, PROT_READ | PROT_EXEC) == NULL ? 0 : 1;
}
static int spins(void)
{
    volatile bool on = true;
    while (on)
        ;
    return 1;
}

static int in_sandbox(int (*what)(void), uint64_t cpu)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (!cor_sandbox_enter(MEMORY, cpu))
            _exit(99);
        _exit(what());
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int filtered(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 ? 0 : 1; /* refused: there is a filter */
}

static void limits_hold(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int (*run)(void);
        bool by_filter; /* needs a kernel that filters calls */
    } rows[] = {
        {"computing, reading, writing", computes, false},
        {"files", no_file, false},
        {"network", no_network, false},
        {"descriptors", no_descriptor, false},
        {"memory", no_memory_without_end, false},
        {"programs", no_program, true},
        {"processes", no_process, true},
        {"signals", no_signal_to_others, true},
        {"memory that runs", no_memory_that_runs, true},
    };
    assert_int_equal(pipe(pipe_fd), 0);
    int status = in_sandbox(filtered, 10);
    bool has_filter = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!has_filter)
        print_message("limits_hold: the rows on system calls are skipped, this kernel does not filter them\n");
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        if (rows[i].by_filter && !has_filter)
            continue;
        status = in_sandbox(rows[i].run, 10);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: status %#x", rows[i].what, (unsigned)status);
    }
    close(pipe_fd[0]);
    close(pipe_fd[1]);
}

static void time_ends(void **state)
{
    (void)state;
    int status = in_sandbox(spins, 1);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXCPU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(time_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
