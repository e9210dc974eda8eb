/* The options of all commands that read evidence. */
#include "cli/evidence.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/intern.h"

const cor_opt cor_evidence_opts[] = {
    {0, "threads", "N", "Read with N threads (default: one per processor)", NULL, 0},
    {0, "from", "TIME",
     "Only events at or after TIME (2026-03-03 or 2026-03-03T08:12:40; UTC unless it says otherwise)", NULL, 0},
    {0, "to", "TIME", "Only events at or before TIME; a date alone means until its end", NULL, 0},
    {0, "tmp", "DIR", "Spill and unpack archives below DIR (default: TMPDIR or /tmp)", NULL, COR_OPT_FILE},
    {0, "recover", NULL, "Also records left in slack space and in cleared logs, marked so", NULL, 0},
    {0, NULL, NULL, NULL, NULL, 0},
};

enum { MOST_THREADS = 256 }; /* more than any one machine's readers gain from; each has its own buffers */

static cor_code time_option(const cor_args *a, const char *name, bool end, cor_time *out, cor_err *e)
{
    const char *v = cor_args_value(a, name);
    *out = COR_NOTIME;
    if (v == NULL)
        return COR_OK;
    if (!cor_time_parse(cor_str_of(v), out, NULL))
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                        "--%s wants a time like 2026-03-03T08:12:40Z or a date, not \"%s\"", name, v);
    if (end && strlen(v) == sizeof("2026-03-03") - 1)
        *out += 24 * 3600 * COR_SECOND - 1;
    return COR_OK;
}

cor_code cor_evidence_options(const cor_args *a, cor_cli *cli, cor_run_options *o, cor_err *e)
{
    *o = (cor_run_options){.path = a->word, .n_path = a->n_word, .tmp = cor_args_value(a, "tmp"), .stop = cli->stop};
    long cpus = sysconf(_SC_NPROCESSORS_ONLN), threads;
    cpus = cpus < 1 ? 1 : cpus > MOST_THREADS ? MOST_THREADS : cpus;
    cor_code rc = cor_args_number(a, "threads", 1, MOST_THREADS, cpus, &threads, e);
    o->threads = (int)threads;
    o->read.recover = cor_args_has(a, "recover");
    if (rc == COR_OK)
        rc = time_option(a, "from", false, &o->read.from, e);
    if (rc == COR_OK)
        rc = time_option(a, "to", true, &o->read.to, e);
    if (rc == COR_OK && o->read.from != COR_NOTIME && o->read.to != COR_NOTIME && o->read.from > o->read.to)
        rc = cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--from is later than --to: no event can lie between them");
    struct stat st;
    if (rc == COR_OK && o->tmp != NULL && (stat(o->tmp, &st) != 0 || !S_ISDIR(st.st_mode)))
        rc = cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--tmp %s is no folder", o->tmp);
    return rc;
}

cor_code cor_evidence_not_overwritten(const cor_run_options *o, const char *output, cor_err *e)
{
    struct stat out, in;
    if (output == NULL || stat(output, &out) != 0 || !S_ISREG(out.st_mode))
        return COR_OK;
    for (size_t i = 0; i < o->n_path; i++)
        if (stat(o->path[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "%s is evidence: not overwritten", output);
    return COR_OK;
}

enum { SHOWN = 20 }; /* files and notes listed without --verbose; all are counted */

/* Without --verbose a line for each damaged file, with its first place; with it every place. */
static void tell_damage(cor_cli *cli, const cor_run_result *r)
{
    size_t files = 0;
    for (size_t i = 0; i < r->n_damage; i++) {
        const cor_damage *d = &r->damage[i].d;
        const cor_input_report *in = &r->input[r->damage[i].input];
        bool first = i == 0 || r->damage[i - 1].input != r->damage[i].input;
        files += first;
        if (!cli->verbose && (!first || files > SHOWN))
            continue;
        if (cli->verbose || in->tally.damaged == 1)
            cor_cli_tell(cli, "  %s: byte %llu: %s", cor_shown(cli, in->name), (unsigned long long)d->off, d->what);
        else
            cor_cli_tell(cli, "  %s: %llu places, the first at byte %llu: %s", cor_shown(cli, in->name),
                         (unsigned long long)in->tally.damaged,
                         (unsigned long long)d->off, d->what);
    }
    if (!cli->verbose && files > SHOWN)
        cor_cli_tell(cli, "  and %zu more file%s; -v lists every place", files - SHOWN, cor_plural(files - SHOWN));
}

static void tell_note(cor_cli *cli, const cor_run_result *r, size_t i, size_t others)
{
    const char *name = cor_shown(cli, r->input[r->note[i].input].name);
    if (others > 0)
        cor_cli_tell(cli, "%s and %zu more: %.*s", name, others, COR_STR_FMT(r->note[i].text));
    else
        cor_cli_tell(cli, "%s: %.*s", name, COR_STR_FMT(r->note[i].text));
}

static bool names_shape(cor_str note)
{
    return note.n > 6 && memcmp(note.p, "shape:", 6) == 0;
}

/* What is said of many files is said once, with the first of them; --verbose says everything. */
static void tell_notes(cor_cli *cli, const cor_run_result *r)
{
    cor_intern texts = {0};
    size_t *first = cor_zalloc(r->n_note * sizeof(*first)), *count = cor_zalloc(r->n_note * sizeof(*count)),
        n = r->n_note;
    bool each = cli->verbose || first == NULL || count == NULL;
    for (size_t i = 0; i < r->n_note && !each; i++) {
        uint32_t no = cor_intern_add(&texts, r->note[i].text);
        each = no == COR_NONE;
        if (!each && count[no]++ == 0)
            first[no] = i;
    }
    if (!each)
        n = texts.n;
    size_t told = 0;
    for (int shapes = 0; shapes < 2; shapes++) { /* the names of shapes come last: all else says that something is not as it seems */
        for (size_t i = 0; i < n; i++) {
            size_t no = each ? i : first[i];
            if (names_shape(r->note[no].text) == (shapes == 1) && (cli->verbose || told++ < SHOWN))
                tell_note(cli, r, no, each ? 0 : count[i] - 1);
        }
    }
    if (!cli->verbose && n > SHOWN)
        cor_cli_tell(cli, "and %zu more note%s; -v lists all", n - SHOWN, cor_plural(n - SHOWN));
    cor_free(first);
    cor_free(count);
    cor_intern_free(&texts);
}

static void log_inputs(cor_cli *cli, const cor_run_result *r)
{
    for (size_t i = 0; cli->log != NULL && i < r->n_input; i++) {
        const cor_input_report *in = &r->input[i];
        const cor_log_field f[] = {
            {"file", in->name, 0},
            {"reader", in->reader == NULL ? COR_S("") : cor_str_of(in->reader), 0},
            {"bytes", {NULL, 0}, in->size},
            {"records", {NULL, 0}, in->tally.records},
            {"recovered", {NULL, 0}, in->tally.recovered},
            {"damaged", {NULL, 0}, in->tally.damaged},
            {"microseconds", {NULL, 0}, in->nanos / 1000},
            {"error", in->err == NULL ? COR_S("") : cor_str_of(in->err->msg), 0},
        };
        cor_log_line(cli, "input", f, COR_LEN(f));
    }
}

typedef struct sums {
    uint64_t records, recovered, damaged, evidence, damaged_files, lossy_files, unknown, archives, unread;
} sums;

static sums add_up(const cor_run_result *r)
{
    sums s = {0};
    for (size_t i = 0; i < r->n_input; i++) {
        const cor_input_report *in = &r->input[i];
        s.unread += in->err != NULL;
        if (in->reader == NULL) {
            s.unknown++;
            continue;
        }
        bool archive = strcmp(in->reader, "archive") == 0;
        s.archives += archive;
        s.evidence += !archive;
        s.records += in->tally.records;
        s.recovered += in->tally.recovered;
        s.damaged += in->tally.damaged;
        s.damaged_files += in->tally.damaged > 0;
        s.lossy_files += in->tally.lossy > 0;
    }
    return s;
}

bool cor_evidence_tell(cor_cli *cli, const cor_run_result *r, bool totals)
{
    sums s = add_up(r);
    log_inputs(cli, r);
    tell_notes(cli, r);
    for (size_t i = 0; i < r->n_walk_err; i++)
        cor_cli_err(cli, NULL, &r->walk_err[i]);
    for (size_t i = 0; i < r->n_input; i++)
        if (r->input[i].err != NULL)
            cor_cli_err(cli, cor_shown(cli, r->input[i].name), r->input[i].err);
    if (s.damaged > 0) {
        cor_cli_tell(cli, "%llu damaged place%s in %llu file%s:", (unsigned long long)s.damaged, cor_plural(s.damaged),
                     (unsigned long long)s.damaged_files, cor_plural(s.damaged_files));
        tell_damage(cli, r);
    }
    if (s.evidence == 0)
        cor_cli_say(cli, "no file was recognised as an event log, of %zu looked at", r->n_input);
    if (totals) {
        cor_buf b = {0};
        cor_buf_fmt(&b, "%llu record%s of %llu log%s", (unsigned long long)s.records, cor_plural(s.records),
                    (unsigned long long)s.evidence, cor_plural(s.evidence));
        if (s.recovered > 0)
            cor_buf_fmt(&b, ", %llu more recovered", (unsigned long long)s.recovered);
        if (s.unknown > 0)
            cor_buf_fmt(&b, "; %llu other file%s", (unsigned long long)s.unknown, cor_plural(s.unknown));
        if (cor_buf_ok(&b))
            cor_cli_tell(cli, "%.*s", COR_STR_FMT(cor_buf_view(&b)));
        cor_buf_free(&b);
    }
    return s.unread == 0 && s.lossy_files == 0 && r->n_walk_err == 0;
}
