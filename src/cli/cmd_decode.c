/* cordon decode: every record, one line or element each, in the order of the evidence. */
#include "base/alloc.h"
#include "cli/evidence.h"
#include "cli/progress.h"

enum { HAND_OVER = 1 << 18 }; /* bytes a worker gathers before it hands them to the writer */

typedef struct job {
    cor_ordered *ordered;
    cor_format format;
    cor_out out;
} job;

typedef struct worker {
    job *j;
    cor_buf buf;
    uint64_t seq;
    uint64_t written;
} worker;

static void *worker_open(void *ctx, int no)
{
    (void)no;
    worker *w = cor_zalloc(sizeof(*w));
    if (w != NULL)
        w->j = ctx;
    return w;
}

static void worker_close(void *p)
{
    worker *w = p;
    cor_buf_free(&w->buf);
    cor_free(w);
}

static cor_code hand_over(worker *w, cor_err *e)
{
    if (!cor_buf_ok(&w->buf))
        return cor_nomem(e, "decode");
    cor_code rc = w->buf.n == 0 ? COR_OK : cor_ordered_put(w->j->ordered, w->seq, cor_buf_view(&w->buf), e);
    cor_buf_clear(&w->buf);
    return rc;
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    worker *w = ctx;
    size_t before = w->buf.n;
    cor_code rc = ev->render(ev, w->j->format, &w->buf, e);
    if (rc != COR_OK) {
        w->buf.n = before; /* no half lines: the reader tells of the damage and goes on */
        return rc;
    }
    cor_buf_c(&w->buf, '\n');
    return w->buf.n >= HAND_OVER || w->buf.bad ? hand_over(w, e) : COR_OK;
}

static cor_sink sink(void *p, const cor_input *in, uint64_t seq)
{
    (void)in;
    worker *w = p;
    w->seq = seq;
    return (cor_sink){.ctx = w, .event = on_event};
}

static cor_code part_done(void *p, const cor_input *in, uint64_t seq, cor_err *e)
{
    (void)in;
    worker *w = p;
    cor_code rc = hand_over(w, e);
    return rc != COR_OK ? rc : cor_ordered_done(w->j->ordered, seq, e);
}

static cor_code write_part(void *ctx, cor_str bytes, cor_err *e)
{
    job *j = ctx;
    return cor_out_put(&j->out, bytes, e);
}

static cor_code decode(cor_cli *cli, const cor_args *a, job *j, cor_run_result *res, cor_err *e)
{
    const char *format = cor_args_value(a, "format");
    j->format = format != NULL && strcmp(format, "xml") == 0 ? COR_FMT_XML : COR_FMT_JSONL;
    cor_run_options o;
    cor_code rc = cor_evidence_options(a, cli, &o, e);
    if (rc == COR_OK)
        rc = cor_evidence_not_overwritten(&o, cor_args_value(a, "output"), e);
    if (rc == COR_OK)
        rc = cor_out_open(&j->out, cor_args_value(a, "output"), cor_args_has(a, "clobber"), e);
    if (rc != COR_OK)
        return rc;
    j->ordered = cor_ordered_new(write_part, j);
    if (j->ordered == NULL) {
        cor_out_close(&j->out, NULL);
        return cor_nomem(e, "decode");
    }
    cor_progress p;
    cor_progress_start(&p, cli, &o, !j->out.own, NULL);
    const cor_run_hooks hooks = {.ctx = j, .worker_open = worker_open, .sink = sink, .part_done = part_done,
                                 .worker_close = worker_close};
    rc = cor_run(&o, &hooks, res, e);
    cor_progress_end(&p);
    cor_err last = {0};
    if (cor_out_close(&j->out, &last) != COR_OK && (rc == COR_OK || rc == COR_ESTOP)) {
        *e = last;
        rc = last.code;
    }
    cor_ordered_free(j->ordered);
    return rc;
}

static int run(cor_cli *cli, const cor_args *a)
{
    job j = {0};
    cor_run_result res = {0};
    cor_err e = {0};
    cor_code rc = decode(cli, a, &j, &res, &e);
    int code = COR_EXIT_OK;
    if (rc != COR_OK && !j.out.closed_pipe) {
        code = cor_exit_of(&e);
        if (rc != COR_ESTOP)
            cor_cli_err(cli, NULL, &e);
    }
    if (!j.out.closed_pipe && (rc == COR_OK || rc == COR_ESTOP)) {
        bool whole = cor_evidence_tell(cli, &res, true);
        if (code == COR_EXIT_OK && !whole)
            code = COR_EXIT_EVIDENCE;
    }
    cor_run_result_free(&res);
    return code;
}

static const cor_opt opts[] = {
    {'t', "format", "FORMAT", "Shape of the output; the default is jsonl", "jsonl|xml", 0},
    {'o', "output", "FILE", "Write to FILE instead of standard output", NULL, COR_OPT_FILE},
    {'C', "clobber", NULL, "Overwrite FILE when it exists", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

static const cor_example examples[] = {
    {"cordon decode Security.evtx | jq .Event.System.EventID", "Event ids of one log"},
    {"cordon decode case.zip --format xml -o case.xml", "All records of an archive of logs as XML"},
    {"cordon decode logs/ --from 2026-03-03 --to 2026-03-04", "The records of two days"},
    {NULL, NULL},
};

const cor_command cor_cmd_decode = {
    .name = "decode",
    .summary = "print every record as a JSON line or an XML element",
    .synopsis = "PATH...",
    .about = "PATH is a file, a folder or an archive of logs; content, not names, decides what a file is. Exactly "
             "one line (jsonl) or one element in a line (xml) is written for each record, in the shape that evtx_dump "
             "made common, in the order of files and of records in them, duplicates included.\n\n"
             "Damage does not stop the work: what could be read is written, and each damaged place is listed at the "
             "end on standard error with file and byte offset.",
    .opt = opts,
    .flags = COR_CMD_EVIDENCE,
    .min_args = 1,
    .max_args = -1,
    .exits = 1u << COR_EXIT_EVIDENCE,
    .example = examples,
    .run = run,
};
