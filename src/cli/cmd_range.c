/* cordon range: writes event logs of invented hosts. */
#include <stdlib.h>

#include "cli/command.h"
#include "range/stage.h"

/* "5G", "500M", "1048576": bytes; 0 when it is no size. */
static uint64_t size_of(const char *z)
{
    char *end;
    unsigned long long n = strtoull(z, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (end == z || *z == '-' || end[shift != 0] != '\0' || n > UINT64_MAX >> 30)
        return 0;
    return n << shift;
}

static cor_code write_range(const cor_args *a, uint64_t *events, cor_err *e)
{
    const char *dir = cor_args_value(a, "output"), *scenario = cor_args_value(a, "scenario"), *size = cor_args_value(a, "size");
    long seed;
    cor_code rc = cor_args_number(a, "seed", 0, 1000000000, 1, &seed, e);
    if (rc != COR_OK)
        return rc;
    if (dir == NULL || cor_args_has(a, "load") == (scenario != NULL))
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "say where (-o DIR) and what: --scenario NAME or --load --size SIZE");
    if (scenario == NULL) {
        uint64_t bytes = size == NULL ? 0 : size_of(size);
        if (bytes == 0)
            return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "--load needs --size, such as 500M or 5G");
        return cor_range_load(dir, bytes, (uint64_t)seed, events, e);
    }
    cor_stage *s = cor_stage_new((uint64_t)seed);
    if (s == NULL)
        return cor_nomem(e, "range");
    cor_range_demo(s);
    rc = cor_stage_write(s, dir, events, e);
    cor_stage_free(s);
    return rc;
}

static int run(cor_cli *cli, const cor_args *a)
{
    cor_err e = {0};
    uint64_t events = 0;
    cor_code rc = write_range(a, &events, &e);
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
        return cor_exit_of(&e);
    }
    cor_cli_say(cli, "%llu events written below %s/evidence", (unsigned long long)events, cor_args_value(a, "output"));
    return COR_EXIT_OK;
}

static const cor_opt options[] = {
    {'s', "scenario", "NAME", "the incident to write", "demo", 0},
    {0, "load", NULL, "write ordinary events to measure with", NULL, 0},
    {0, "size", "SIZE", "how much load: bytes, or with K, M or G", NULL, 0},
    {0, "seed", "N", "names and times are drawn from it: the same seed gives the same bytes", NULL, 0},
    {'o', "output", "DIR", "the folder to write below", NULL, COR_OPT_FILE},
    {0},
};

static const cor_example examples[] = {
    {"cordon range --scenario demo --seed 7 -o demo", "a Qakbot chain on one host among two clean ones"},
    {"cordon range --load --size 5G -o load", "five gigabytes of ordinary events"},
    {NULL, NULL},
};

const cor_command cor_cmd_range = {
    .name = "range",
    .summary = "write event logs of an invented incident",
    .about = "Writes real event-log files of hosts that do not exist, for demonstrations, exercises and measurements. Only logs are written; nothing in them "
             "behaves like malware.",
    .opt = options,
    .max_args = 0,
    .example = examples,
    .run = run,
};
