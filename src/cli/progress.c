#include "cli/progress.h"

#include <time.h>
#include <unistd.h>

#include "base/utf.h"

/* Seconds between lines where no line can be redrawn: enough to see life, few enough to read. */
#define PLAIN_EVERY 10.0

/* A steady clock for people's eyes: what it says never reaches a result. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void cor_buf_count(cor_buf *b, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            cor_buf_c(b, ',');
        cor_buf_c(b, digits[i]);
    }
}

void cor_buf_bytes(cor_buf *b, uint64_t n)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)n;
    size_t u = 0;
    for (; v >= 1000 && u + 1 < COR_LEN(unit); u++)
        v /= 1000;
    cor_buf_fmt(b, u == 0 ? "%.0f %s" : "%.1f %s", v, unit[u]);
}

static void text(cor_buf *b, const cor_progress *p, const cor_run_progress *r, double now)
{
    double took = now - p->start;
    if (r->bytes_total > 0)
        cor_buf_fmt(b, "%3.0f%%  ", 100.0 * (double)r->bytes_done / (double)r->bytes_total);
    cor_buf_bytes(b, r->bytes_done);
    cor_buf_z(b, " of ");
    cor_buf_bytes(b, r->bytes_total);
    cor_buf_z(b, "  ");
    cor_buf_count(b, r->records);
    cor_buf_z(b, " events");
    if (took > 0.5)
        cor_buf_fmt(b, "  %.0f/s", (double)r->records / took);
    if (p->findings != NULL) {
        cor_buf_z(b, "  ");
        cor_buf_count(b, atomic_load_explicit(p->findings, memory_order_relaxed));
        cor_buf_z(b, " findings");
    }
    if (took > 2 && r->bytes_done > 0 && r->bytes_done <= r->bytes_total) {
        double left = took * (double)(r->bytes_total - r->bytes_done) / (double)r->bytes_done;
        cor_buf_fmt(b, "  %d:%02d left", (int)(left / 60), (int)left % 60);
    }
    cor_buf_z(b, "  ");
    cor_term_escape(b, r->current);
}

static size_t columns(void)
{
    size_t n = cor_cli_columns(STDERR_FILENO);
    return n > 20 ? n : 80;
}

/* The first `most` characters; a character's bytes stay together. */
static size_t cut(cor_str s, size_t most)
{
    size_t i = 0;
    for (size_t n = 0; i < s.n && n < most; n++)
        cor_utf8_next(s, &i);
    return i;
}

static void log_line(cor_progress *p, const cor_run_progress *r)
{
    const cor_log_field f[] = {
        {"file", r->current.p == NULL ? COR_S("") : r->current, 0},
        {"bytes", {NULL, 0}, r->bytes_done},
        {"bytes_total", {NULL, 0}, r->bytes_total},
        {"records", {NULL, 0}, r->records},
        {"inputs_done", {NULL, 0}, r->inputs_done},
        {"inputs", {NULL, 0}, r->inputs_total},
        {"findings", {NULL, 0}, p->findings == NULL ? 0 : atomic_load_explicit(p->findings, memory_order_relaxed)},
    };
    cor_log_line(p->cli, "progress", f, COR_LEN(f));
}

static void on_progress(void *ctx, const cor_run_progress *r)
{
    cor_progress *p = ctx;
    double now = seconds();
    if (p->cli->log != NULL && now - p->logged >= PLAIN_EVERY) {
        p->logged = now;
        log_line(p, r);
    }
    if (p->cli->quiet || (!p->cli->err_tty && now - p->said < PLAIN_EVERY))
        return;
    p->said = now;
    cor_buf b = {0};
    text(&b, p, r, now);
    if (cor_buf_ok(&b) && p->cli->err_tty) {
        fprintf(stderr, "\r%.*s\033[K", (int)cut(cor_buf_view(&b), columns() - 1), (const char *)b.p);
        p->cli->line_open = true;
    } else if (cor_buf_ok(&b)) {
        fprintf(stderr, "%.*s\n", (int)b.n, (const char *)b.p);
    }
    fflush(stderr);
    cor_buf_free(&b);
}

void cor_progress_start(cor_progress *p, cor_cli *cli, cor_run_options *o, bool streams, const atomic_ullong *findings)
{
    *p = (cor_progress){.cli = cli, .findings = findings, .start = seconds()};
    p->said = p->logged = p->start;
    if (streams && cli->out_tty && cli->log == NULL)
        return;
    o->progress = on_progress;
    o->progress_ctx = p;
}

void cor_progress_end(cor_progress *p)
{
    if (p->cli->line_open)
        fputs("\r\033[K", stderr);
    p->cli->line_open = false;
}
