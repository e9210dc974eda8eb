/* Flat shapes: all field names at top level, System's beside the event's own. NXLog and what was made of its output,
 * and the flattened events that people feed to other Sigma engines. */
#include "readers/json/clock.h"
#include "readers/json/shape.h"

/* Who wrote the record. */
enum export { ANY, NXLOG, ROWS };

/* What a key may stand for, the best source first among those of one meaning. */
enum {
    EVENT_TIME = COR_SYS_N, RECEIVED, RECEIPT, RECORDED, MESSAGE, CATEGORY,
    META,    /* NXLog's and Logstash's own, no part of the event; dropped when the record is NXLog's */
    /* likewise, of the account that System's UserID names; an event without one has its own fields of these names */
    ACCOUNT,
    COLUMN,  /* of Velociraptor's rows */
    ROLES,
};

static const struct { const char *key; uint8_t role; } keys[] = {
    {"Channel", COR_SYS_CHANNEL}, {"LogName", COR_SYS_CHANNEL}, {"log_name", COR_SYS_CHANNEL},
    {"EventID", COR_SYS_EVENT_ID}, {"EventCode", COR_SYS_EVENT_ID}, {"EventId", COR_SYS_EVENT_ID},
    {"event_id", COR_SYS_EVENT_ID},
    {"Provider_Name", COR_SYS_PROVIDER_NAME}, {"ProviderName", COR_SYS_PROVIDER_NAME},
    {"SourceName", COR_SYS_PROVIDER_NAME},
    {"Provider", COR_SYS_PROVIDER_NAME}, {"source_name", COR_SYS_PROVIDER_NAME},
    {"ProviderGuid", COR_SYS_PROVIDER_GUID}, {"Provider_Guid", COR_SYS_PROVIDER_GUID},
    {"provider_guid", COR_SYS_PROVIDER_GUID},
    {"EventSourceName", COR_SYS_EVENT_SOURCE}, {"Qualifiers", COR_SYS_QUALIFIERS},
    {"Version", COR_SYS_VERSION}, {"Level", COR_SYS_LEVEL}, {"Task", COR_SYS_TASK}, {"TaskValue", COR_SYS_TASK},
    {"OpcodeValue", COR_SYS_OPCODE}, {"Opcode", COR_SYS_OPCODE},
    {"Keywords", COR_SYS_KEYWORDS},
    {"EventRecordID", COR_SYS_RECORD_ID}, {"RecordNumber", COR_SYS_RECORD_ID}, {"RecordID", COR_SYS_RECORD_ID},
    {"RecordId", COR_SYS_RECORD_ID},
    {"record_number", COR_SYS_RECORD_ID},
    {"ActivityID", COR_SYS_ACTIVITY_ID}, {"Correlation_ActivityID", COR_SYS_ACTIVITY_ID},
    {"ActivityId", COR_SYS_ACTIVITY_ID},
    {"RelatedActivityID", COR_SYS_RELATED_ACTIVITY_ID},
    {"ExecutionProcessID", COR_SYS_PROCESS_ID}, {"Execution_ProcessID", COR_SYS_PROCESS_ID},
    {"ProcessID", COR_SYS_PROCESS_ID},
    {"ExecutionThreadID", COR_SYS_THREAD_ID}, {"Execution_ThreadID", COR_SYS_THREAD_ID},
    {"ThreadID", COR_SYS_THREAD_ID},
    {"Computer", COR_SYS_COMPUTER}, {"Hostname", COR_SYS_COMPUTER}, {"ComputerName", COR_SYS_COMPUTER},
    {"computer_name", COR_SYS_COMPUTER},
    {"MachineName", COR_SYS_COMPUTER},
    {"UserID", COR_SYS_USER_ID}, {"Security_UserID", COR_SYS_USER_ID}, {"UserSID", COR_SYS_USER_ID},
    {"EventTime", EVENT_TIME}, {"EventReceivedTime", RECEIVED}, {"@timestamp", RECEIPT},
    {"TimeCreated", RECORDED}, {"SystemTime", RECORDED}, {"TimeCreated_SystemTime", RECORDED},
    {"TimeGenerated", RECORDED}, {"timestamp", RECORDED},
    {"Timestamp", RECORDED}, {"_time", RECORDED},
    {"Message", MESSAGE}, {"Category", CATEGORY},
    {"SourceModuleName", META}, {"SourceModuleType", META}, {"Severity", META}, {"SeverityValue", META},
    {"AccountName", ACCOUNT},
    {"AccountType", ACCOUNT}, {"Domain", ACCOUNT}, {"EventTypeOrignal", META}, {"ERROR_EVT_UNRESOLVED", META},
    {"host", META}, {"port", META}, {"tags", META}, {"@version", META},
    {"Username", COLUMN}, {"OSPath", COLUMN}, {"FullPath", COLUMN}, {"Fqdn", COLUMN}, {"ClientId", COLUMN},
    {"FlowId", COLUMN}, {"_Source", COLUMN},
};

static int key_row(cor_str key)
{
    for (size_t i = 0; i < COR_LEN(keys); i++)
        if (cor_str_is(key, keys[i].key))
            return (int)i;
    return -1;
}

/* The part of the event that a member is: some flatteners leave EventData or UserData as objects. */
static const char *part(const cor_jnode *m)
{
    if (m->type != COR_J_OBJECT)
        return NULL;
    return cor_str_is(m->key, "UserData") ? "UserData" : cor_str_is(m->key, "EventData") ||
           cor_str_is(m->key, "event_data") ? "EventData" : NULL;
}

bool cor_shape_rows_is(const cor_jnode *o)
{
    bool has_part = false;
    for (const cor_jnode *m = o->type == COR_J_OBJECT ? o->child : NULL; m != NULL && !has_part; m = m->next)
        has_part = part(m) != NULL;
    return has_part && cor_shape_flat_is(o);
}

bool cor_shape_nxlog_is(const cor_jnode *o)
{
    return cor_shape_flat_is(o) && (cor_json_get(o, "SourceModuleType") != NULL ||
                                    cor_json_get(o, "EventReceivedTime") != NULL);
}

bool cor_shape_flat_is(const cor_jnode *o)
{
    static const char *const id[] = {"EventID", "EventCode", "EventId", "event_id"};
    static const char *const with[] = {"Channel", "Computer", "Hostname", "Provider_Name", "ProviderName",
                                       "SourceName", "LogName", "ComputerName",
                                       "log_name"};
    bool has_id = false, has_with = false;
    for (size_t i = 0; i < COR_LEN(id) && !has_id; i++)
        has_id = cor_json_text(o, id[i]).n > 0;
    for (size_t i = 0; i < COR_LEN(with) && has_id && !has_with; i++)
        has_with = cor_json_text(o, with[i]).n > 0;
    return has_with;
}

/* NXLog's words for the type of an event, which take the place of an event's own EventType. */
static bool nxlog_event_type(const cor_jnode *m)
{
    static const char *const words[] = {"INFO", "WARNING", "ERROR", "CRITICAL", "VERBOSE", "DEBUG", "NOTICE",
                                        "AUDIT_SUCCESS", "AUDIT_FAILURE"};
    if (!cor_str_is(m->key, "EventType"))
        return false;
    for (size_t i = 0; i < COR_LEN(words); i++)
        if (m->type == COR_J_STRING && cor_str_is(m->str, words[i]))
            return true;
    return false;
}

/* NXLog's severities, 1 to 5 upwards, as levels of the log. */
static cor_str nxlog_level(const cor_jnode *o, cor_str provider)
{
    static const char *const level[] = {"5", "Information", "3", "2", "1"};
    cor_str s = cor_json_text(o, "SeverityValue");
    return s.n == 1 && s.p[0] >= '1' && s.p[0] <= '5' ? cor_build_level(cor_str_of(level[s.p[0] - '1']), provider)
           : (cor_str){NULL, 0};
}

/* best[role]: the member that stands for it. */
static void roles(const cor_jnode *o, const cor_jnode *best[ROLES])
{
    int row[ROLES];
    for (const cor_jnode *m = o->child; m != NULL; m = m->next) {
        int i = m->type == COR_J_OBJECT || m->type == COR_J_ARRAY ? -1 : key_row(m->key);
        if (i >= 0 && (best[keys[i].role] == NULL || i < row[keys[i].role])) {
            best[keys[i].role] = m;
            row[keys[i].role] = i;
        }
    }
    /* System's come together: a ProcessID alone is a field of the event, as 5156 has one */
    if (best[COR_SYS_THREAD_ID] == NULL && best[COR_SYS_PROCESS_ID] != NULL &&
        cor_str_is(best[COR_SYS_PROCESS_ID]->key, "ProcessID"))
        best[COR_SYS_PROCESS_ID] = NULL;
}

static cor_str text(const cor_jnode *m)
{
    return m != NULL && cor_json_scalar(m) ? m->str : (cor_str){NULL, 0};
}

static bool dropped(const cor_jnode *m, const cor_jnode *best[ROLES], enum export from)
{
    int i = key_row(m->key);
    if (i >= 0 && best[keys[i].role] == m && keys[i].role < META)
        return true;
    if (i >= 0 && keys[i].role == COLUMN)
        return from == ROWS;
    if (from != NXLOG)
        return false;
    if (i >= 0 && keys[i].role == ACCOUNT)
        return best[COR_SYS_USER_ID] != NULL;
    /* of several sources of one meaning the weaker ones are no event data in NXLog's output (Opcode beside
     * OpcodeValue) */
    return (i >= 0 && (keys[i].role == META || keys[i].role == COR_SYS_OPCODE)) || nxlog_event_type(m);
}

static cor_code data(cor_build *b, const cor_jnode *o, const cor_jnode *best[ROLES], enum export from)
{
    cor_code code = COR_OK;
    for (const cor_jnode *m = o->child; m != NULL && code == COR_OK; m = m->next) {
        if (part(m) != NULL) {
            code = cor_shape_part(b, text(best[COR_SYS_PROVIDER_NAME]), part(m), m);
        } else if (!dropped(m, best, from) && !(from == ROWS && m->type == COR_J_NULL)) {
            cor_elem *el = cor_build_part(b, "EventData");
            code = el == NULL ? cor_nomem(b->e, "json") : cor_shape_data(b, el, cor_str_is(m->key, "Data")
                                                                         ? (cor_str){"", 0} : m->key, m);
        }
    }
    return code;
}

cor_code cor_shape_flat(cor_build *b, const cor_jnode *o)
{
    const cor_jnode *best[ROLES] = {NULL};
    enum export from = cor_shape_rows_is(o) ? ROWS : cor_shape_nxlog_is(o) ? NXLOG : ANY;
    roles(o, best);
    cor_sysset s;
    for (int i = 0; i < COR_SYS_N; i++)
        s.v[i] = text(best[i]);
    if (from == NXLOG && s.v[COR_SYS_LEVEL].n == 0)
        s.v[COR_SYS_LEVEL] = nxlog_level(o, s.v[COR_SYS_PROVIDER_NAME]);
    cor_stamp stamp = {.computer = s.v[COR_SYS_COMPUTER], .event_time = text(best[EVENT_TIME]),
                       .received = text(best[RECEIVED]), .receipt = text(best[RECEIPT]),
                       .recorded = text(best[RECORDED])};
    if (stamp.recorded.n == 0)
        stamp.recorded = stamp.receipt;
    if (cor_str_is(s.v[COR_SYS_PROVIDER_NAME], "Microsoft-Windows-Sysmon"))
        stamp.sysmon_utc = cor_json_text(o, "UtcTime");
    const cor_jown *own = b->own;
    cor_clock none = {.n_host = 0};
    s.time = cor_clock_time(own->clock != NULL ? own->clock : &none, &stamp);
    if (s.time == COR_NOTIME)
        s.v[COR_SYS_TIME_CREATED] = stamp.event_time.n > 0 ? stamp.event_time : stamp.recorded;
    cor_code code = cor_build_system(b, &s);
    if (code == COR_OK)
        code = data(b, o, best, from);
    if (code == COR_OK)
        code = cor_build_rendering(b, "Message", text(best[MESSAGE]));
    return code != COR_OK ? code : cor_build_rendering(b, "Task", text(best[CATEGORY]));
}
