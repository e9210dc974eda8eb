#include "evidence/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The filter is written out here: it is short, and a library for it would be loaded at every start of the program. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void filter_calls(void)
{
#ifdef ARCH
    /* Little endian: the low half of a 64-bit argument comes first. */
    struct sock_filter code[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
        ALLOW(__NR_read),
        ALLOW(__NR_pread64),
        ALLOW(__NR_write),
        ALLOW(__NR_brk),
        ALLOW(__NR_munmap),
        ALLOW(__NR_mremap),
        ALLOW(__NR_madvise),
        ALLOW(__NR_futex),
        ALLOW(__NR_exit_group),
        ALLOW(__NR_exit),
        ALLOW(__NR_close),
        ALLOW(__NR_lseek),
        ALLOW(__NR_fstat),
        ALLOW(__NR_clock_gettime),
        ALLOW(__NR_gettimeofday),
        ALLOW(__NR_getrandom),
        ALLOW(__NR_sched_yield),
        ALLOW(__NR_rt_sigreturn),
        ALLOW(__NR_rt_sigprocmask),
        ALLOW(__NR_sigaltstack), /* AddressSanitizer asks before it exits */
        /* Memory, but never memory that can be run. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
        LOAD(offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        DENY,
    };
    const struct sock_fprog program = {(unsigned short)COR_LEN(code), code};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#endif
}

/* What the program itself needs of it, where /proc is not mounted to tell: more than it ever uses. */
#define SPACE_UNKNOWN ((uint64_t)256 << 20)

/* Address space in use, in bytes; 0 when the system does not tell. */
static uint64_t address_space(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t what, uint64_t n)
{
    const struct rlimit r = {n, n};
    return setrlimit(what, &r) == 0;
}

bool cor_sandbox_enter(uint64_t memory, uint64_t cpu)
{
    uint64_t now = address_space();
    const struct rlimit r = {cpu, cpu + 1}; /* equal ones would end in SIGKILL, which says less */
    bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && setrlimit(RLIMIT_CPU, &r) == 0;
    ok = limit(RLIMIT_AS, (now != 0 ? now : SPACE_UNKNOWN) + memory) && ok;
    ok = limit(RLIMIT_NOFILE, 0) && ok;
    ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ok;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    filter_calls();
    return ok;
}
