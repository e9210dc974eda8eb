#include "events/event.h"

const char *const cor_sys_name[COR_SYS_N] = {
    "provider_name", "provider_guid", "event_source", "event_id", "qualifiers", "version", "level", "task", "opcode",
    "keywords",
    "time_created", "record_id", "activity_id", "related_activity_id", "process_id", "thread_id", "channel",
    "computer", "user_id",
};

cor_val cor_event_field(const cor_event *ev, cor_str name)
{
    for (uint32_t i = 0; ev->layout != NULL && i < ev->layout->n; i++)
        if (cor_str_eq(ev->layout->name[i], name))
            return ev->val[i];
    return (cor_val){0};
}

cor_str cor_event_sys(const cor_event *ev, cor_sys what, cor_arena *mem)
{
    return cor_val_text(mem, ev->sys[what]);
}
