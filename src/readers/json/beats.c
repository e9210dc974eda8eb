/* Winlogbeat and the Elastic Agent: ECS with the event under "winlog" (7 and 8; nested or with dotted names), and
 * Winlogbeat 6, where the same stands at top level under older names. Empty values are dropped by the exporter. */
#include "readers/json/shape.h"

typedef struct place {
    cor_sys sys;
    const char *path;
} place;

static const place ecs[] = {
    {COR_SYS_PROVIDER_NAME, "winlog.provider_name"}, {COR_SYS_PROVIDER_NAME, "event.provider"},
    {COR_SYS_PROVIDER_GUID, "winlog.provider_guid"},
    {COR_SYS_EVENT_ID, "winlog.event_id"}, {COR_SYS_EVENT_ID, "event.code"}, {COR_SYS_VERSION, "winlog.version"},
    {COR_SYS_LEVEL, "log.level"},
    {COR_SYS_TASK, "winlog.task"}, {COR_SYS_OPCODE, "winlog.opcode"}, {COR_SYS_KEYWORDS, "winlog.keywords"},
    {COR_SYS_RECORD_ID, "winlog.record_id"}, {COR_SYS_ACTIVITY_ID, "winlog.activity_id"},
    {COR_SYS_RELATED_ACTIVITY_ID, "winlog.related_activity_id"}, {COR_SYS_PROCESS_ID, "winlog.process.pid"},
    {COR_SYS_THREAD_ID, "winlog.process.thread.id"}, {COR_SYS_CHANNEL, "winlog.channel"},
    {COR_SYS_COMPUTER, "winlog.computer_name"},
    {COR_SYS_USER_ID, "winlog.user.identifier"}, {COR_SYS_TIME_CREATED, "@timestamp"},
};
static const place six[] = {
    {COR_SYS_PROVIDER_NAME, "source_name"}, {COR_SYS_PROVIDER_GUID, "provider_guid"}, {COR_SYS_EVENT_ID, "event_id"},
    {COR_SYS_VERSION, "version"},
    {COR_SYS_LEVEL, "level"}, {COR_SYS_TASK, "task"}, {COR_SYS_OPCODE, "opcode"}, {COR_SYS_KEYWORDS, "keywords"},
    {COR_SYS_RECORD_ID, "record_number"}, {COR_SYS_RECORD_ID, "record_id"}, {COR_SYS_ACTIVITY_ID, "activity_id"},
    {COR_SYS_RELATED_ACTIVITY_ID, "related_activity_id"}, {COR_SYS_PROCESS_ID, "process_id"},
    {COR_SYS_THREAD_ID, "thread_id"},
    {COR_SYS_CHANNEL, "log_name"}, {COR_SYS_COMPUTER, "computer_name"}, {COR_SYS_USER_ID, "user.identifier"},
    {COR_SYS_TIME_CREATED, "@timestamp"},
};

bool cor_shape_beats_is(const cor_jnode *o)
{
    return cor_shape_path(o, "winlog.event_id") != NULL || cor_shape_path(o, "winlog.channel") != NULL;
}

bool cor_shape_beats6_is(const cor_jnode *o)
{
    return cor_json_get(o, "log_name") != NULL && cor_json_get(o, "event_id") != NULL &&
           cor_json_get(o, "source_name") != NULL;
}

/* 1 to 64 when name is param1, param2...; else 0. */
static unsigned param_number(cor_str name)
{
    unsigned n = 0;
    if (name.n < 6 || name.n > 7 || memcmp(name.p, "param", 5) != 0)
        return 0;
    for (size_t i = 5; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return 0;
        n = n * 10 + (unsigned)(name.p[i] - '0');
    }
    return n > 64 ? 0 : n;
}

/* Providers of old have no GUID and no names for their data: Winlogbeat calls it param1, param2..., and leaves out
 * empty ones. */
static cor_code unnamed(cor_build *b, cor_elem *data, const cor_jnode *members)
{
    static const cor_jnode empty = {.type = COR_J_STRING, .str = {"", 0}};
    const cor_jnode *by_number[65] = {NULL};
    unsigned last = 0;
    for (const cor_jnode *m = members->child; m != NULL; m = m->next) {
        unsigned n = param_number(m->key);
        if (n > 0)
            by_number[n] = m;
        last = n > last ? n : last;
    }
    cor_code code = COR_OK;
    for (unsigned n = 1; n <= last && code == COR_OK; n++)
        code = cor_shape_data(b, data, (cor_str){"", 0}, by_number[n] != NULL ? by_number[n] : &empty);
    for (const cor_jnode *m = members->child; m != NULL && code == COR_OK; m = m->next)
        if (param_number(m->key) == 0)
            code = cor_shape_data(b, data, m->key, m);
    return code;
}

/* The members that lie at top level under dotted names (prefix + name), as an object. *out is NULL when there are
 * none. */
static cor_code dotted(cor_build *b, const cor_jnode *o, cor_str prefix, cor_jnode **out)
{
    cor_jnode *all = NULL, *last = NULL;
    *out = NULL;
    for (const cor_jnode *m = o->child; m != NULL; m = m->next) {
        if (m->key.n <= prefix.n || memcmp(m->key.p, prefix.p, prefix.n) != 0)
            continue;
        cor_jnode *copy = cor_arena_get(b->mem, sizeof *copy);
        if (copy == NULL || (all == NULL && (all = cor_arena_get(b->mem, sizeof *all)) == NULL))
            return cor_nomem(b->e, "json");
        *copy = *m;
        copy->key = (cor_str){m->key.p + prefix.n, m->key.n - prefix.n};
        copy->next = NULL;
        if (last == NULL)
            *all = (cor_jnode){.type = COR_J_OBJECT, .child = copy};
        else
            last->next = copy;
        last = copy;
    }
    *out = all;
    return COR_OK;
}

static cor_code event_data(cor_build *b, const cor_jnode *members, bool classic)
{
    cor_elem *data = cor_build_part(b, "EventData");
    if (data == NULL)
        return cor_nomem(b->e, "json");
    if (classic)
        return unnamed(b, data, members);
    cor_code code = COR_OK;
    for (const cor_jnode *m = members->child; m != NULL && code == COR_OK; m = m->next)
        code = cor_shape_data(b, data, m->key, m);
    return code;
}

static cor_code user_data(cor_build *b, const cor_jnode *members)
{
    cor_str name = cor_shape_path_text(members, "xml_name");
    cor_elem *user = cor_build_part(b, "UserData");
    cor_elem *inner = user == NULL ? NULL : cor_elem_new(b->mem, user, name.n > 0 ? name : COR_S("EventXML"));
    if (inner == NULL)
        return cor_nomem(b->e, "json");
    cor_code code = COR_OK;
    for (const cor_jnode *m = members->child; m != NULL && code == COR_OK; m = m->next)
        if (!cor_str_is(m->key, "xml_name"))
            code = cor_shape_data(b, inner, m->key, m);
    return code;
}

cor_code cor_shape_beats(cor_build *b, const cor_jnode *o)
{
    bool old = !cor_shape_beats_is(o), zoned;
    const place *p = old ? six : ecs;
    cor_sysset s = {.time = COR_NOTIME};
    for (size_t i = 0; i < (old ? COR_LEN(six) : COR_LEN(ecs)); i++)
        if (s.v[p[i].sys].n == 0)
            s.v[p[i].sys] = cor_shape_path_text(o, p[i].path);
    cor_build_time(s.v[COR_SYS_TIME_CREATED], &s.time, &zoned);
    cor_str task = s.v[COR_SYS_TASK];
    cor_code code = cor_build_system(b, &s);
    bool classic = s.v[COR_SYS_PROVIDER_GUID].n == 0;
    const cor_jnode *data = cor_shape_path(o, old ? "event_data" : "winlog.event_data");
    const cor_jnode *user = cor_shape_path(o, old ? "user_data" : "winlog.user_data");
    cor_jnode *more_data = NULL, *more_user = NULL;
    if (code == COR_OK && !old)
        code = dotted(b, o, COR_S("winlog.event_data."), &more_data);
    if (code == COR_OK && !old)
        code = dotted(b, o, COR_S("winlog.user_data."), &more_user);
    if (code == COR_OK && data != NULL && data->type == COR_J_OBJECT)
        code = event_data(b, data, classic);
    if (code == COR_OK && more_data != NULL)
        code = event_data(b, more_data, classic);
    if (code == COR_OK && user != NULL && user->type == COR_J_OBJECT)
        code = user_data(b, user);
    if (code == COR_OK && more_user != NULL)
        code = user_data(b, more_user);
    if (code == COR_OK)
        code = cor_build_rendering(b, "Message", cor_shape_path_text(o, "message"));
    if (code == COR_OK && task.n > 0 && cor_elem_find(cor_elem_find(b->root, "System"), "Task") == NULL)
        code = cor_build_rendering(b, "Task", task);
    return code;
}
