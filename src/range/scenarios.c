/* The list of scenarios, and the writing of one. */
#include "range/files.h"
#include "range/scenarios.h"
#include "range/shape.h"
#include "range/truth.h"

const cor_scenario cor_scenarios[] = {
    {"acts", "every kind of event once, to look at; nobody is infected", cor_range_acts},
    {"d1", "Qakbot by mail on one workstation, to three more by service, lock-outs, the controller only exposed",
     cor_range_d1},
    {"d1-iso", "the same by a link on a disk image, with the habits of late 2022", cor_range_d1},
    {"d1-busy", "the same on the busy day of s8", cor_range_d1},
    {"d1-live", "the same, seen while Windows runs: no Run value", cor_range_d1},
    {"d2", "Emotet by mail on one workstation, to three more by service, TrickBot on two, the controller only exposed",
     cor_range_d2},
    {"d2-a", "the same as d2", cor_range_d2},
    {"d2-b", "the same, and TrickBot makes a service of itself on the controller", cor_range_d2},
    {"d2-c", "the same, and TrickBot is on the controller in memory alone", cor_range_d2},
    {"s8", "a busy day with everything that tempts a judge; nobody is infected", cor_range_s8},
    {NULL, NULL, NULL},
};

const cor_scenario *cor_scenario_find(const char *name)
{
    for (const cor_scenario *c = cor_scenarios; c->name != NULL; c++)
        if (cor_str_ieq(cor_str_of(name), cor_str_of(c->name)))
            return c;
    return NULL;
}

cor_code cor_scene_write(cor_scene *s, const char *scenario, const char *dir, cor_shape shape, uint64_t *events,
                         cor_err *e)
{
    cor_code rc = shape == COR_SHAPE_EVTX ? cor_stage_write(cor_scene_stage(s), dir, events, e)
                                          : cor_shape_write(cor_scene_stage(s), dir, shape, events, e);
    return rc != COR_OK ? rc : cor_truth_write(s, scenario, dir, e);
}
