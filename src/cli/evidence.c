/* The options of all commands that read evidence. */
#include "cli/evidence.h"

#include <sys/stat.h>
#include <unistd.h>

const cor_opt cor_evidence_opts[] = {
    {0, "threads", "N", "Read with N threads (default: one per processor)", NULL, 0},
    {0, "from", "TIME", "Only events at or after TIME (2026-03-03 or 2026-03-03T08:12:40; UTC unless it says otherwise)", NULL, 0},
    {0, "to", "TIME", "Only events before TIME; a date alone means until its end", NULL, 0},
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
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--%s wants a time like 2026-03-03T08:12:40Z or a date, not \"%s\"", name, v);
    if (end && strlen(v) == sizeof("2026-03-03") - 1)
        *out += 24 * 3600 * COR_SECOND;
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
    struct stat st;
    if (rc == COR_OK && o->tmp != NULL && (stat(o->tmp, &st) != 0 || !S_ISDIR(st.st_mode)))
        rc = cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "--tmp %s is no folder", o->tmp);
    return rc;
}
