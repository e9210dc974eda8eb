/* The program: find the command in the table, parse by its table, run it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/help.h"

/* The one global with state: a signal handler has no other way to speak. */
static atomic_bool stop;

static void on_signal(int sig)
{
    (void)sig;
    atomic_store(&stop, true);
    static const char text[] = "\ncordon: stopping; what is written is kept (once more: stop at once)\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)n;
}

static void signals(void)
{
    /* The handler is for one signal only: a second Ctrl-C ends the program in the ordinary way. */
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    /* A reader that went away is an answer of write(), not a death. */
    signal(SIGPIPE, SIG_IGN);
}

/* Standard descriptors that the caller closed must not be given to an evidence file. Standard output becomes one that
 * cannot be written, so that what is lost is said. */
static void keep_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (lseek(fd, 0, SEEK_CUR) < 0 && errno == EBADF)
            (void)!freopen("/dev/null", fd < 2 ? "r" : "w", fd == 0 ? stdin : fd == 1 ? stdout : stderr);
}

static int print(cor_cli *cli, void (*make)(cor_buf *b), const char *text, bool err)
{
    cor_buf b = {0};
    if (make != NULL)
        make(&b);
    else
        cor_buf_z(&b, text);
    bool ok = cor_buf_ok(&b) && fwrite(b.p, 1, b.n, err ? stderr : stdout) == b.n && fflush(err ? stderr : stdout) == 0;
    cor_buf_free(&b);
    if (!ok && errno != EPIPE) {
        cor_cli_say(cli, "cannot write: %s", strerror(errno));
        return COR_EXIT_USAGE;
    }
    return err ? COR_EXIT_USAGE : COR_EXIT_OK;
}

static int no_such(cor_cli *cli, const cor_command *group, const char *name)
{
    const cor_command *const *list = group == NULL ? cor_commands : group->sub;
    if (group == NULL && cor_planned(name) != NULL) {
        cor_buf b = {0};
        for (const cor_command *const *c = list; *c != NULL; c++)
            if (!((*c)->flags & COR_CMD_HIDDEN))
                cor_buf_fmt(&b, "%s%s", b.n == 0 ? "" : ", ", (*c)->name);
        cor_cli_say(cli, "%s is not available in this version (" CORDON_VERSION "), which has: %.*s", name,
                    COR_STR_FMT(cor_buf_view(&b)));
        cor_buf_free(&b);
        return COR_EXIT_UNAVAILABLE;
    }
    const char *names[64] = {NULL};
    size_t n = 0;
    for (; *list != NULL && n < COR_LEN(names); list++)
        if (!((*list)->flags & COR_CMD_HIDDEN))
            names[n++] = (*list)->name;
    const char *near = cor_nearest(name, names, n);
    const char *first = group == NULL ? "" : group->name, *gap = group == NULL ? "" : " ";
    if (near != NULL)
        cor_cli_say(cli, "there is no command %s%s%s; did you mean %s%s%s?", first, gap, name, first, gap, near);
    else
        cor_cli_say(cli, "there is no command %s%s%s; `cordon help%s%s` lists them", first, gap, name, gap, first);
    return COR_EXIT_USAGE;
}

static int show_help(cor_cli *cli, const cor_args *a)
{
    cor_buf b = {0};
    cor_help_command(&b, a->group, a->cmd);
    cor_buf_c(&b, 0);
    int rc = print(cli, NULL, cor_buf_ok(&b) ? (const char *)b.p : "no memory\n", false);
    cor_buf_free(&b);
    return rc;
}

/* Options that hold for all commands. */
static cor_code common(cor_cli *cli, const cor_args *a, cor_err *e)
{
    cli->quiet = cor_args_has(a, "quiet");
    cli->verbose = cor_args_has(a, "verbose");
    cli->out_colour = cli->out_colour && !cor_args_has(a, "no-color");
    const char *log = cor_args_value(a, "log");
    if (log != NULL && (cli->log = fopen(log, "ae")) == NULL)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "cannot write the log %s: %s", log, strerror(errno));
    return COR_OK;
}

/* What the work took: ru_maxrss counts KiB here. The child unpacks archives, has a limit of its own
 * and waits from the start, so that it takes a little even where there are none. */
static void tell_cost(cor_cli *cli)
{
    struct rusage own, child;
    if (getrusage(RUSAGE_SELF, &own) != 0 || getrusage(RUSAGE_CHILDREN, &child) != 0)
        return;
    unsigned long long peak = (unsigned long long)own.ru_maxrss, unpack = (unsigned long long)child.ru_maxrss;
    const cor_log_field f[] = {{"peak_kib", {NULL, 0}, peak}, {"unpacking_peak_kib", {NULL, 0}, unpack}};
    cor_log_line(cli, "memory", f, COR_LEN(f));
    if (cli->verbose && unpack > 0)
        cor_cli_tell(cli, "peak memory: %llu MiB, and %llu MiB of the process that unpacks archives", (peak + 1023) >> 10, (unpack + 1023) >> 10);
    else if (cli->verbose)
        cor_cli_tell(cli, "peak memory: %llu MiB", (peak + 1023) >> 10);
}

static int dispatch(cor_cli *cli, int argc, char **argv)
{
    const cor_command *group = NULL, *cmd = cor_command_find(cor_commands, argv[1]);
    if (cmd == NULL)
        return no_such(cli, NULL, argv[1]);
    int at = 2;
    if (cmd->sub != NULL) {
        group = cmd;
        bool help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
        if (argc < 3 || help) {
            cor_args a = {.cmd = group};
            return show_help(cli, &a) == COR_EXIT_OK && help ? COR_EXIT_OK : COR_EXIT_USAGE;
        }
        if ((cmd = cor_command_find(group->sub, argv[2])) == NULL)
            return no_such(cli, group, argv[2]);
        at = 3;
    }
    cor_args a;
    cor_err e = {0};
    cor_code rc = cor_args_parse(cmd, argc - at, argv + at, &a, &e);
    a.group = group;
    int code;
    if (rc == COR_OK && cor_args_has(&a, "help")) {
        code = show_help(cli, &a);
    } else if (rc != COR_OK || (rc = common(cli, &a, &e)) != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        cor_cli_tell(cli, "`cordon %s%s%s --help` tells how", group == NULL ? "" : group->name,
                     group == NULL ? "" : " ", cmd->name);
        code = cor_exit_of(&e);
    } else {
        code = cmd->run(cli, &a);
        if (cmd->flags & COR_CMD_EVIDENCE)
            tell_cost(cli);
    }
    cor_args_free(&a);
    return code;
}

int main(int argc, char **argv)
{
    keep_descriptors();
    signals();
    const char *no_color = getenv("NO_COLOR");
    cor_cli cli = {.out_tty = isatty(STDOUT_FILENO), .err_tty = isatty(STDERR_FILENO), .stop = &stop};
    cli.out_colour = cli.out_tty && (no_color == NULL || no_color[0] == 0);
    int code;
    if (argc < 2)
        code = print(&cli, cor_help_overview, NULL, true);
    else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        code = print(&cli, NULL, "cordon " CORDON_VERSION "\n", false);
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        code = print(&cli, cor_help_overview, NULL, false);
    else
        code = dispatch(&cli, argc, argv);
    if (cli.log != NULL && fclose(cli.log) != 0 && cli.log_errno == 0)
        cli.log_errno = errno;
    cli.log = NULL;
    if (cli.log_errno != 0) {
        cor_cli_say(&cli, "cannot write the log: %s", strerror(cli.log_errno));
        code = code == COR_EXIT_OK ? COR_EXIT_USAGE : code;
    }
    cor_arena_free(&cli.mem);
    return code;
}
