/* The two channels to people: messages on standard error, results on standard output or in a file. */
#include "cli/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "base/utf.h"
#include "cli/command.h"

static void wipe(cor_cli *cli)
{
    if (cli->line_open)
        fputs("\r\033[K", stderr);
    cli->line_open = false;
}

/* The whole line is escaped at once: whoever forgets that a name comes from evidence is covered too. */
static void line(cor_cli *cli, const char *prefix, const char *fmt, va_list ap)
{
    char text[1024];
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    if (n < 0)
        return;
    size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    cor_buf b = {0};
    cor_term_escape(&b, (cor_str){text, len});
    wipe(cli);
    if (cor_buf_ok(&b))
        fprintf(stderr, "%s%.*s%s\n", prefix, (int)b.n, b.n == 0 ? "" : (const char *)b.p,
                (size_t)n > len ? "..." : "");
    else
        fprintf(stderr, "%sno memory to say what\n", prefix);
    cor_buf_free(&b);
    if (cli->log != NULL)
        cor_log_line(cli, "message", (cor_log_field[]){{"text", {text, len}, 0}}, 1);
}

void cor_cli_say(cor_cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    line(cli, "cordon: ", fmt, ap);
    va_end(ap);
}

void cor_cli_tell(cor_cli *cli, const char *fmt, ...)
{
    if (cli->quiet)
        return;
    va_list ap;
    va_start(ap, fmt);
    line(cli, "", fmt, ap);
    va_end(ap);
}

void cor_cli_err(cor_cli *cli, const char *name, const cor_err *e)
{
    const char *sep = name == NULL ? "" : ": ";
    name = name == NULL ? "" : name;
    if (e->line != 0)
        cor_cli_say(cli, "%s%s%u:%u: %s", name, name[0] == 0 ? "" : ":", e->line, e->col, e->msg);
    else if (e->off != COR_NOPOS)
        cor_cli_say(cli, "%s%s%s (at byte %llu)", name, sep, e->msg, (unsigned long long)e->off);
    else
        cor_cli_say(cli, "%s%s%s", name, sep, e->msg);
}

const char *cor_shown(cor_cli *cli, cor_str s)
{
    cor_buf b = {0};
    cor_term_escape(&b, s);
    cor_str t = {NULL, 0};
    if (cor_buf_ok(&b))
        t = cor_arena_str(&cli->mem, cor_buf_view(&b));
    cor_buf_free(&b);
    return t.p == NULL ? "(no memory)" : t.p;
}

const char *cor_shown_z(cor_cli *cli, const char *s)
{
    return cor_shown(cli, cor_str_of(s));
}

size_t cor_cli_columns(int fd)
{
    struct winsize w;
    return ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

const char *cor_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

int cor_exit_of(const cor_err *e)
{
    switch (e->code) {
    case COR_OK: return COR_EXIT_OK;
    case COR_ESTOP: return COR_EXIT_INTERRUPTED;
    case COR_ENOTSUP: return COR_EXIT_UNAVAILABLE;
    default: return COR_EXIT_USAGE;
    }
}

void cor_log_line(cor_cli *cli, const char *what, const cor_log_field *f, size_t n)
{
    if (cli->log == NULL)
        return;
    cor_buf b = {0};
    cor_buf_fmt(&b, "{\"event\":\"%s\"", what);
    for (size_t i = 0; i < n; i++) {
        cor_buf_fmt(&b, ",\"%s\":", f[i].key);
        if (f[i].text.p == NULL) {
            cor_buf_u64(&b, f[i].number);
        } else {
            cor_buf_c(&b, '"');
            cor_json_escape(&b, f[i].text);
            cor_buf_c(&b, '"');
        }
    }
    cor_buf_z(&b, "}\n");
    if (cor_buf_ok(&b) && fwrite(b.p, 1, b.n, cli->log) == b.n && fflush(cli->log) == 0)
        ;
    else if (cli->log_errno == 0)
        cli->log_errno = cor_buf_ok(&b) ? errno : ENOMEM;
    cor_buf_free(&b);
}
