/* PowerShell's Get-WinEvent | ConvertTo-Json, versions 5 and 7: the event's data without the names of its fields. */
#include "readers/json/shape.h"

static const struct { cor_sys sys; const char *key; } places[] = {
    {COR_SYS_PROVIDER_NAME, "ProviderName"}, {COR_SYS_PROVIDER_GUID, "ProviderId"}, {COR_SYS_EVENT_ID, "Id"},
    {COR_SYS_QUALIFIERS, "Qualifiers"},
    {COR_SYS_VERSION, "Version"}, {COR_SYS_LEVEL, "Level"}, {COR_SYS_TASK, "Task"}, {COR_SYS_OPCODE, "Opcode"},
    {COR_SYS_KEYWORDS, "Keywords"},
    {COR_SYS_RECORD_ID, "RecordId"}, {COR_SYS_ACTIVITY_ID, "ActivityId"},
    {COR_SYS_RELATED_ACTIVITY_ID, "RelatedActivityId"},
    {COR_SYS_PROCESS_ID, "ProcessId"}, {COR_SYS_THREAD_ID, "ThreadId"}, {COR_SYS_CHANNEL, "LogName"},
    {COR_SYS_COMPUTER, "MachineName"},
    {COR_SYS_USER_ID, "UserId"}, {COR_SYS_TIME_CREATED, "TimeCreated"},
};

bool cor_shape_winevent_is(const cor_jnode *o)
{
    return cor_json_get(o, "Id") != NULL && cor_json_get(o, "ProviderName") != NULL &&
           (cor_json_get(o, "LogName") != NULL || cor_json_get(o, "RecordId") != NULL);
}

/* PowerShell wraps objects: {"Value": ...}, {"value": "/Date(..)/", "DateTime": ...}. */
static cor_str unwrapped(const cor_jnode *v)
{
    if (v != NULL && v->type == COR_J_OBJECT) {
        const cor_jnode *in = cor_json_get(v, "Value");
        v = in != NULL ? in : cor_json_get(v, "value");
    }
    return v != NULL && cor_json_scalar(v) ? v->str : (cor_str){NULL, 0};
}

cor_code cor_shape_winevent(cor_build *b, const cor_jnode *o)
{
    cor_sysset s = {.time = COR_NOTIME};
    bool zoned = true;
    const cor_jown *own = b->own;
    for (size_t i = 0; i < COR_LEN(places); i++)
        s.v[places[i].sys] = unwrapped(cor_json_get(o, places[i].key));
    if (cor_build_time(s.v[COR_SYS_TIME_CREATED], &s.time, &zoned) && !zoned && own->clock != NULL)
        own->clock->zoneless = true;
    cor_code code = cor_build_system(b, &s);
    const cor_jnode *properties = cor_json_get(o, "Properties");
    b->flags |= COR_EV_NO_NAMES;
    if (code == COR_OK && properties != NULL && properties->type == COR_J_ARRAY) {
        cor_elem *data = cor_build_part(b, "EventData");
        if (data == NULL)
            return cor_nomem(b->e, "json");
        for (const cor_jnode *i = properties->child; i != NULL && code == COR_OK; i = i->next) {
            const cor_jnode *v = i->type == COR_J_OBJECT ? cor_json_get(i, "Value") : i;
            static const cor_jnode none = {.type = COR_J_NULL};
            if (v != NULL && v->type == COR_J_OBJECT) /* a SID or a time as PowerShell prints objects */
                v = cor_json_get(v, "Value") != NULL ? cor_json_get(v, "Value") : cor_json_get(v, "value");
            code = cor_shape_data(b, data, (cor_str){"", 0}, v != NULL && v->type != COR_J_OBJECT ? v : &none);
        }
    }
    return code != COR_OK ? code : cor_build_rendering(b, "Message", cor_json_text(o, "Message"));
}
