/* cordon range: writes event logs of invented hosts. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "range/scene.h"

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

/* The place of a word in a list, letter case aside; n when it is not there. */
static unsigned among(const char *const *word, unsigned n, const char *z)
{
    unsigned i = 0;
    while (i < n && !cor_str_ieq(cor_str_of(word[i]), cor_str_of(z)))
        i++;
    return i;
}

static cor_code no_such_scenario(const char *name, cor_err *e)
{
    char list[200] = "demo";
    size_t n = strlen(list);
    for (const cor_scenario *c = cor_scenarios; c->name != NULL && n + strlen(c->name) + 3 < sizeof list; c++)
        n += (size_t)snprintf(list + n, sizeof list - n, ", %s", c->name);
    return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "there is no scenario %s; there are %s", name, list);
}

static cor_code write_scenario(const cor_args *a, const char *name, uint64_t seed, const char *dir, uint64_t *events,
                               cor_err *e)
{
    const cor_scenario *scenario = cor_scenario_find(name);
    if (scenario == NULL)
        return no_such_scenario(name, e);
    const char *profile = cor_args_value(a, "profile"), *shape = cor_args_value(a, "shape");
    unsigned p = among(cor_profile_name, COR_PROFILE_N, profile == NULL ? "a1" : profile);
    unsigned k = among(cor_shape_name, COR_SHAPE_N, shape == NULL ? "evtx" : shape);
    if (p == COR_PROFILE_N || k == COR_SHAPE_N)
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS,
                        "--profile is a0, a1 or a2; --shape is evtx, winlogbeat, nxlog, xml or forwarded");
    long density;
    cor_code rc = cor_args_number(a, "density", 100, COR_DENSITY_MAX, COR_DENSITY_DEFAULT, &density, e);
    cor_scene *s = rc != COR_OK ? NULL : cor_scene_new(seed, (cor_profile)p, (unsigned)density, e);
    if (s == NULL)
        return e->code;
    scenario->play(s, scenario->name);
    cor_scene_fill(s);
    rc = cor_scene_write(s, scenario->name, dir, (cor_shape)k, events, e);
    cor_scene_free(s);
    return rc;
}

static cor_code write_range(const cor_args *a, const atomic_bool *stop, uint64_t *events, cor_err *e)
{
    const char *dir = cor_args_value(a, "output"), *scenario = cor_args_value(a, "scenario"),
               *size = cor_args_value(a, "size");
    long seed;
    cor_code rc = cor_args_number(a, "seed", 0, 1000000000, 1, &seed, e);
    if (rc != COR_OK)
        return rc;
    if (dir == NULL || cor_args_has(a, "load") == (scenario != NULL))
        return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS,
                        "say where (-o DIR) and what: --scenario NAME or --load --size SIZE");
    if (scenario == NULL) {
        uint64_t bytes = size == NULL ? 0 : size_of(size);
        if (bytes == 0)
            return cor_fail(e, COR_EUSAGE, NULL, COR_NOPOS, "--load needs --size, such as 500M or 5G");
        return cor_range_load(dir, bytes, (uint64_t)seed, stop, events, e);
    }
    if (cor_str_ieq(cor_str_of(scenario), COR_S("demo"))) {
        cor_stage *s = cor_stage_new((uint64_t)seed);
        if (s == NULL)
            return cor_nomem(e, "range");
        cor_range_demo(s);
        rc = cor_stage_write(s, dir, events, e);
        cor_stage_free(s);
        return rc;
    }
    return write_scenario(a, scenario, (uint64_t)seed, dir, events, e);
}

static int run(cor_cli *cli, const cor_args *a)
{
    cor_err e = {0};
    uint64_t events = 0;
    cor_code rc = write_range(a, cli->stop, &events, &e);
    if (rc != COR_OK) {
        if (rc == COR_ESTOP)
            cor_cli_say(cli, "stopped; %llu events are written below %s/evidence", (unsigned long long)events, cor_args_value(a, "output"));
        else
            cor_cli_err(cli, NULL, &e);
        return cor_exit_of(&e);
    }
    cor_cli_say(cli, "%llu events written below %s/evidence", (unsigned long long)events, cor_args_value(a, "output"));
    return COR_EXIT_OK;
}

static const cor_opt options[] = {
    {'s', "scenario", "NAME", "the incident to write, in either letter case", NULL, 0},
    {0, "profile", "NAME",
     "what the hosts log, in either letter case: a0 is Windows' defaults, a1 adds process and share auditing, a2 adds "
     "Sysmon (default: a1)",
     NULL, 0},
    {0, "density", "N", "events a host and day that noise fills up to (default: 2000)", NULL, 0},
    {0, "shape", "NAME", "how the logs reach people (default: evtx)", "evtx|winlogbeat|nxlog|xml|forwarded", 0},
    {0, "load", NULL, "write ordinary events to measure with", NULL, 0},
    {0, "size", "SIZE", "how much load: bytes, or with K, M or G", NULL, 0},
    {0, "seed", "N", "names and times are drawn from it: the same seed gives the same bytes", NULL, 0},
    {'o', "output", "DIR", "the folder to write below", NULL, COR_OPT_FILE},
    {0},
};

static const cor_example examples[] = {
    {"cordon range --scenario demo --seed 7 -o demo", "a Qakbot chain on one host among two clean ones"},
    {"cordon range --scenario d1 --profile a0 -o d1",
     "an incident of twelve hosts as Windows logs it by default, with its truth"},
    {"cordon range --load --size 5G -o load", "five gigabytes of ordinary events"},
    {NULL, NULL},
};

const cor_command cor_cmd_range = {
    .name = "range",
    .summary = "write event logs of an invented incident",
    .about = "Writes real event-log files of hosts that do not exist, for demonstrations, exercises and measurements. Only "
             "logs are written; nothing in them behaves like malware. Beside the evidence of a scenario other than demo "
             "lies truth.json: what happened, and what each audit profile can show of it.\n\n"
             "Scenarios: demo; acts (every kind of event once); d1, d1-iso, d1-busy and d1-live (Qakbot by mail, spread to "
             "three hosts, lock-outs); d2, d2-a, d2-b and d2-c (Emotet, then TrickBot); s8 (a busy day on which nothing is "
             "infected). docs/range.md tells of each.",
    .opt = options,
    .max_args = 0,
    .example = examples,
    .run = run,
};
