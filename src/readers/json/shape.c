/* The table of shapes and how they are told apart: by their keys, object by object. */
#include "readers/json/shape.h"

static const cor_shape shapes[] = {
    {"evtx_dump or Hayabusa with separate attributes (..._attributes)", cor_shape_separate_is, cor_shape_nested},
    {"evtx_dump (Event.System, #attributes)", cor_shape_nested_is, cor_shape_nested},
    {"Velociraptor parse_evtx / dumpevtx (System, EventData)", cor_shape_dumpevtx_is, cor_shape_dumpevtx},
    {"Winlogbeat or Elastic Agent (ECS, winlog.*)", cor_shape_beats_is, cor_shape_beats},
    {"Winlogbeat 6 and earlier (log_name, event_data)", cor_shape_beats6_is, cor_shape_beats},
    {"Get-WinEvent | ConvertTo-Json (Properties without names)", cor_shape_winevent_is, cor_shape_winevent},
    {"event text inside JSON (Splunk _raw, event.original)", cor_shape_embedded_is, cor_shape_embedded},
    {"flat with EventData inside (Velociraptor artifacts)", cor_shape_rows_is, cor_shape_flat},
    {"NXLog (flat)", cor_shape_nxlog_is, cor_shape_flat},
    {"flat (field names at top level)", cor_shape_flat_is, cor_shape_flat},
};

const cor_shape *cor_shape_of(const cor_jnode **o)
{
    static const char *const wrappers[] = {"_source", "fields", "result", "event", "data"};
    const cor_jnode *at = *o;
    for (int depth = 0; depth < 3; depth++) {
        for (size_t i = 0; i < COR_LEN(shapes); i++) {
            if (shapes[i].is(at)) {
                *o = at;
                return &shapes[i];
            }
        }
        const cor_jnode *in = NULL;
        for (size_t i = 0; i < COR_LEN(wrappers) && in == NULL; i++)
            if ((in = cor_json_get(at, wrappers[i])) != NULL && in->type != COR_J_OBJECT)
                in = NULL;
        if (in == NULL)
            break;
        at = in;
    }
    return NULL;
}
