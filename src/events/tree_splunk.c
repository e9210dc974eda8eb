#include "events/tree_splunk.h"

#define DATE_LINE_MAX 40 /* bytes: 03/25/2022 05:46:37.123456 PM is 29 */

/* Rendered labels and the fields they show. By event (0: all of the Security log) and section (NULL: any; "": none).
 * From the message texts and templates of the Security provider; the first row that fits counts. */
static const struct label { uint16_t id; const char *section, *label, *field; } labels[] = {
    {0, "Subject", "Security ID", "SubjectUserSid"}, {0, "Subject", "Account Name", "SubjectUserName"},
    {0, "Subject", "Account Domain", "SubjectDomainName"}, {0, "Subject", "Domain Name", "SubjectDomainName"},
    {0, "Subject", "Logon ID", "SubjectLogonId"},
    {0, "Creator Subject", "Security ID", "SubjectUserSid"}, {0, "Creator Subject", "Account Name", "SubjectUserName"},
    {0, "Creator Subject", "Account Domain", "SubjectDomainName"}, {0, "Creator Subject", "Logon ID", "SubjectLogonId"},
    {4688, "Target Subject", "Security ID", "TargetUserSid"}, {4688, "Target Subject", "Account Name",
                                                               "TargetUserName"},
    {4688, "Target Subject", "Account Domain", "TargetDomainName"},
    {4688, "Target Subject", "Logon ID", "TargetLogonId"},
    {4688, "Process Information", "New Process ID", "NewProcessId"},
    {4688, "Process Information", "New Process Name", "NewProcessName"},
    {4688, "Process Information", "Token Elevation Type", "TokenElevationType"},
    {4688, "Process Information", "Mandatory Label", "MandatoryLabel"},
    {4688, "Process Information", "Creator Process ID", "ProcessId"},
    {4688, "Process Information", "Creator Process Name", "ParentProcessName"},
    {4688, "Process Information", "Process Command Line", "CommandLine"},
    {4625, "Process Information", "Caller Process ID", "ProcessId"},
    {4625, "Process Information", "Caller Process Name", "ProcessName"},
    {0, "Process Information", "Process ID", "ProcessId"}, {0, "Process Information", "Process Name", "ProcessName"},
    {4624, "New Logon", "Security ID", "TargetUserSid"}, {4624, "New Logon", "Account Name", "TargetUserName"},
    {4624, "New Logon", "Account Domain", "TargetDomainName"}, {4624, "New Logon", "Logon ID", "TargetLogonId"},
    {4624, "New Logon", "Linked Logon ID", "TargetLinkedLogonId"},
    {4624, "New Logon", "Network Account Name", "TargetOutboundUserName"},
    {4624, "New Logon", "Network Account Domain", "TargetOutboundDomainName"},
    {4624, "New Logon", "Logon GUID", "LogonGuid"},
    {4625, "Account For Which Logon Failed", "Security ID", "TargetUserSid"},
    {4625, "Account For Which Logon Failed", "Account Name", "TargetUserName"},
    {4625, "Account For Which Logon Failed", "Account Domain", "TargetDomainName"},
    {4625, "Failure Information", "Failure Reason", "FailureReason"}, {4625, "Failure Information", "Status", "Status"},
    {4625, "Failure Information", "Sub Status", "SubStatus"},
    {4624, NULL, "Logon Type", "LogonType"}, {4625, NULL, "Logon Type", "LogonType"},
    {4624, NULL, "Impersonation Level", "ImpersonationLevel"},
    {4624, "Logon Information", "Restricted Admin Mode", "RestrictedAdminMode"},
    {4624, "Logon Information", "Virtual Account", "VirtualAccount"},
    {4624, "Logon Information", "Elevated Token", "ElevatedToken"},
    {4624, "Network Information", "Workstation Name", "WorkstationName"},
    {4624, "Network Information", "Source Network Address", "IpAddress"},
    {4624, "Network Information", "Source Port", "IpPort"}, {4625, "Network Information", "Workstation Name",
                                                             "WorkstationName"},
    {4625, "Network Information", "Source Network Address", "IpAddress"},
    {4625, "Network Information", "Source Port", "IpPort"},
    {4624, NULL, "Logon Process", "LogonProcessName"}, {4624, NULL, "Authentication Package",
                                                        "AuthenticationPackageName"},
    {4624, NULL, "Transited Services", "TransmittedServices"}, {4624, NULL, "Package Name (NTLM only)",
                                                                "LmPackageName"}, {4624, NULL, "Key Length",
                                                                        "KeyLength"},
    {4625, NULL, "Logon Process", "LogonProcessName"}, {4625, NULL, "Authentication Package",
                                                        "AuthenticationPackageName"},
    {4625, NULL, "Transited Services", "TransmittedServices"}, {4625, NULL, "Package Name (NTLM only)",
                                                                "LmPackageName"}, {4625, NULL, "Key Length",
                                                                        "KeyLength"},
    {4697, "Service Information", "Service Name", "ServiceName"}, {4697, "Service Information", "Service File Name",
                                                                   "ServiceFileName"},
    {4697, "Service Information", "Service Type", "ServiceType"}, {4697, "Service Information", "Service Start Type",
                                                                   "ServiceStartType"},
    {4697, "Service Information", "Service Account", "ServiceAccount"},
    {4698, "Task Information", "Task Name", "TaskName"}, {4698, "Task Information", "Task Content", "TaskContent"},
    {4720, "New Account", "Security ID", "TargetSid"}, {4720, "New Account", "Account Name", "TargetUserName"},
    {4720, "New Account", "Account Domain", "TargetDomainName"},
    {4728, "Member", "Security ID", "MemberSid"}, {4728, "Member", "Account Name", "MemberName"},
    {4728, "Group", "Security ID", "TargetSid"},
    {4728, "Group", "Group Name", "TargetUserName"}, {4728, "Group", "Group Domain", "TargetDomainName"},
    {4732, "Member", "Security ID", "MemberSid"}, {4732, "Member", "Account Name", "MemberName"},
    {4732, "Group", "Security ID", "TargetSid"},
    {4732, "Group", "Group Name", "TargetUserName"}, {4732, "Group", "Group Domain", "TargetDomainName"},
    {0, "Object", "Object Server", "ObjectServer"}, {0, "Object", "Object Type", "ObjectType"},
    {0, "Object", "Object Name", "ObjectName"},
    {0, "Object", "Handle ID", "HandleId"}, {0, "Object", "Object Handle", "HandleId"},
    {5145, "Share Information", "Share Name", "ShareName"}, {5145, "Share Information", "Share Path", "ShareLocalPath"},
    {5145, "Share Information", "Relative Target Name", "RelativeTargetName"},
    {5145, "Network Information", "Source Address", "IpAddress"},
    {5145, "Network Information", "Source Port", "IpPort"},
};
/* The System log's 7045, whose labels have no section. */
static const struct label service_installed[] = {
    {7045, "", "Service Name", "ServiceName"}, {7045, "", "Service File Name", "ImagePath"},
    {7045, "", "Service Type", "ServiceType"},
    {7045, "", "Service Start Type", "StartType"}, {7045, "", "Service Account", "AccountName"},
};

typedef struct message {
    cor_build *b;
    cor_elem *data;
    cor_splunk_seen *seen;
    uint32_t id;
    const struct label *table;
    size_t rows;
    cor_str section;
    cor_elem *last;       /* the value that a further line may continue */
    cor_str text;         /* the Message */
} message;

static cor_str trim(cor_str s)
{
    while (s.n > 0 && memchr(" \t\r\n", s.p[0], 4) != NULL)
        s = (cor_str){s.p + 1, s.n - 1};
    while (s.n > 0 && memchr(" \t\r\n", s.p[s.n - 1], 4) != NULL)
        s.n--;
    return s;
}

static cor_str left_trim(cor_str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (cor_str){s.p + 1, s.n - 1};
    return s;
}

/* Takes the next line off *rest, without its end. False when there is none. */
static bool next_line(cor_str *rest, cor_str *line)
{
    if (rest->n == 0)
        return false;
    const char *nl = memchr(rest->p, '\n', rest->n);
    size_t n = nl == NULL ? rest->n : (size_t)(nl - rest->p);
    *line = (cor_str){rest->p, n};
    *rest = (cor_str){rest->p + n + (nl != NULL), rest->n - n - (nl != NULL)};
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

bool cor_splunk_begins(cor_str text)
{
    cor_str rest = text, line;
    cor_time t;
    bool zoned;
    return text.n > 19 && text.p[0] >= '0' && text.p[0] <= '9' && text.p[2] == '/' && next_line(&rest, &line) &&
           line.n < DATE_LINE_MAX && cor_build_time(trim(line), &t, &zoned) && rest.n >= 8 &&
           memcmp(rest.p, "LogName=", 8) == 0;
}

static cor_code add(message *m, cor_str name, cor_str text)
{
    m->last = cor_elem_data(m->b->mem, m->data, name, text, 0);
    return m->last == NULL ? cor_nomem(m->b->e, "splunk") : COR_OK;
}

static const char *field_of(const message *m, cor_str label)
{
    for (size_t i = 0; i < m->rows; i++) {
        const struct label *l = &m->table[i];
        if ((l->id == 0 || l->id == m->id) && cor_str_is(label, l->label) &&
            (l->section == NULL || cor_str_is(m->section, l->section)))
            return l->field;
    }
    return NULL;
}

static cor_str lower(cor_arena *mem, cor_str s)
{
    cor_str out = cor_arena_str(mem, s);
    for (size_t i = 0; out.p != NULL && i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z') {
            char c = (char)(s.p[i] | 0x20);
            char *at;
            memcpy(&at, &out.p, sizeof at); /* the arena's own copy */
            at[i] = c;
        }
    return out;
}

/* The value in the form the log has it, .p NULL when the text shows something else in its place: a name instead of a
 * SID. */
static cor_str value_of(message *m, const char *field, cor_str v)
{
    static const struct { const char *text, *sid; } integrity[] = {
        {"Mandatory Label\\Untrusted Mandatory Level", "S-1-16-0"},
        {"Mandatory Label\\Low Mandatory Level", "S-1-16-4096"},
        {"Mandatory Label\\Medium Mandatory Level", "S-1-16-8192"},
        {"Mandatory Label\\Medium Plus Mandatory Level", "S-1-16-8448"},
        {"Mandatory Label\\High Mandatory Level", "S-1-16-12288"},
        {"Mandatory Label\\System Mandatory Level", "S-1-16-16384"},
    };
    size_t n = strlen(field);
    if (n > 3 && memcmp(field + n - 3, "Sid", 3) == 0) {
        if (cor_str_is(v, "NULL SID"))
            return COR_S("S-1-0-0");
        return v.n > 4 && memcmp(v.p, "S-1-", 4) == 0 ? v : (cor_str){NULL, 0};
    }
    if (n > 7 && memcmp(field + n - 7, "LogonId", 7) == 0)
        return lower(m->b->mem, v);
    for (size_t i = 0; strcmp(field, "MandatoryLabel") == 0 && i < COR_LEN(integrity); i++)
        if (cor_str_is(v, integrity[i].text))
            return cor_str_of(integrity[i].sid);
    return v;
}

static cor_code labelled(message *m, cor_str label, cor_str v)
{
    const char *field = field_of(m, label);
    cor_str as = field == NULL ? (cor_str){NULL, 0} : value_of(m, field, v);
    if (as.p != NULL)
        return add(m, cor_str_of(field), as);
    m->seen->labels = true;
    return add(m, label, v);
}

/* "Label:" in front of a line: its length without the colon, 0 when there is none. Labels are short and have no path in
 * them. */
static size_t label_length(cor_str line)
{
    const char *colon = memchr(line.p, ':', line.n < 60 ? line.n : 60);
    if (colon == NULL || line.n == 0 || !((line.p[0] | 0x20) >= 'a' && (line.p[0] | 0x20) <= 'z'))
        return 0;
    size_t n = (size_t)(colon - line.p);
    if (n + 1 < line.n && line.p[n + 1] != ' ' && line.p[n + 1] != '\t')
        return 0;
    return memchr(line.p, '\\', n) != NULL || memchr(line.p, '"', n) != NULL || n < 2 ? 0 : n;
}

/* The line belongs to the value before: they are joined as they stand in the text. */
static void continues(message *m, cor_str line)
{
    cor_str *t = &m->last->text;
    uintptr_t from = (uintptr_t)m->text.p, at = (uintptr_t)t->p;
    bool borrowed = at >= from && at <= from + m->text.n; /* not a SID or number put in place of what stands there */
    if (t->n > 0 && borrowed)
        t->n = (size_t)(line.p + line.n - t->p);
    else if (t->n == 0)
        *t = trim(line);
}

/* A value stands apart from its label by a tab or two blanks; a colon within a sentence is followed by one. */
static bool apart(cor_str line, size_t label)
{
    return line.n > label + 2 && (line.p[label + 1] == '\t' || (line.p[label + 1] == ' ' && line.p[label + 2] == ' '));
}

/* Security and System messages. */
static cor_code sections(message *m, cor_str text)
{
    cor_str line;
    bool blank = true;
    cor_code code = COR_OK;
    while (code == COR_OK && next_line(&text, &line)) {
        cor_str t = left_trim(line); /* blanks at the end belong to the value: command lines end in them */
        bool indented = line.n > 0 && (line.p[0] == '\t' || line.p[0] == ' ');
        if (t.n == 0) {
            blank = true;
            if (!indented)
                m->last = NULL;
            continue;
        }
        size_t n = label_length(t);
        cor_str v = n == 0 ? (cor_str){"", 0} : left_trim((cor_str){t.p + n + 1, t.n - n - 1});
        bool sectioned = !indented && blank && n > 0 && v.n == 0;
        if (sectioned) {
            m->section = (cor_str){t.p, n};
            m->last = NULL;
        } else if (n > 0 && (indented || (apart(t, n) && (blank || m->table == service_installed)))) {
            if (!indented)
                m->section = (cor_str){"", 0};
            code = labelled(m, (cor_str){t.p, n}, v);
        } else if (m->last != NULL) {
            continues(m, t);
        }
        blank = false;
    }
    return code;
}

static bool identifier(cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return s.n > 0;
}

/* Sysmon's messages name the fields themselves: "Image: C:\...". */
static cor_code fields(message *m, cor_str text)
{
    cor_str line;
    cor_code code = COR_OK;
    next_line(&text, &line); /* "Process Create:" */
    while (code == COR_OK && next_line(&text, &line)) {
        size_t n = label_length(line);
        if (n > 0 && identifier((cor_str){line.p, n}))
            code = add(m, (cor_str){line.p, n}, n + 2 <= line.n ? (cor_str){line.p + n + 2, line.n - n - 2}
                       : (cor_str){"", 0});
        else if (m->last != NULL && line.n > 0)
            continues(m, line);
    }
    return code;
}

/* PowerShell 4104: "Creating Scriptblock text (1 of 1):", the script, "ScriptBlock ID: ...", "Path: ...". */
static cor_code script_block(message *m, cor_str text)
{
    static const char id[] = "\nScriptBlock ID: ";
    cor_str first = {"", 0}, line;
    cor_str rest = text;
    next_line(&rest, &first);
    const char *open = memchr(first.p, '(', first.n), *at = NULL;
    for (const char *p = rest.p; (p = memmem(p, (size_t)(rest.p + rest.n - p), id, sizeof id - 1)) != NULL; p++)
        at = p; /* the last one: a script may quote such a line */
    if (open == NULL || at == NULL)
        return COR_OK;
    cor_str count = {open + 1, (size_t)(first.p + first.n - open - 1)},
        script = trim((cor_str){rest.p, (size_t)(at - rest.p)});
    const char *of = memmem(count.p, count.n, " of ", 4), *close = memchr(count.p, ')', count.n);
    cor_code code = COR_OK;
    if (of != NULL && close != NULL && of < close) {
        code = add(m, COR_S("MessageNumber"), (cor_str){count.p, (size_t)(of - count.p)});
        if (code == COR_OK)
            code = add(m, COR_S("MessageTotal"), (cor_str){of + 4, (size_t)(close - of - 4)});
    }
    if (code == COR_OK)
        code = add(m, COR_S("ScriptBlockText"), script);
    rest = (cor_str){at + 1, (size_t)(rest.p + rest.n - at - 1)};
    while (code == COR_OK && next_line(&rest, &line)) {
        size_t n = label_length(line);
        cor_str name = {line.p, n}, v = trim((cor_str){line.p + n + 1, n + 1 <= line.n ? line.n - n - 1 : 0});
        if (cor_str_is(name, "ScriptBlock ID"))
            code = add(m, COR_S("ScriptBlockId"), v);
        else if (cor_str_is(name, "Path"))
            code = add(m, COR_S("Path"), v);
    }
    return code;
}

static const struct { const char *key; cor_sys sys; } heads[] = {
    {"LogName", COR_SYS_CHANNEL}, {"SourceName", COR_SYS_PROVIDER_NAME}, {"EventCode", COR_SYS_EVENT_ID},
    {"ComputerName", COR_SYS_COMPUTER},
    {"OpCode", COR_SYS_OPCODE}, {"RecordNumber", COR_SYS_RECORD_ID}, {"Keywords", COR_SYS_KEYWORDS},
    {"Type", COR_SYS_LEVEL}, {"Sid", COR_SYS_USER_ID},
};

/* Display names of providers that Splunk writes in place of their names. */
static cor_str provider(cor_str s)
{
    return cor_str_is(s, "Microsoft Windows security auditing.") ? COR_S("Microsoft-Windows-Security-Auditing") : s;
}

/* The lines up to Message=; *text moves to the message. */
static void head(cor_str *text, cor_sysset *s, cor_str *task)
{
    cor_str line, rest = *text;
    *task = (cor_str){"", 0};
    while (next_line(&rest, &line)) {
        const char *eq = memchr(line.p, '=', line.n);
        if (eq == NULL)
            continue;
        cor_str key = {line.p, (size_t)(eq - line.p)}, v = {eq + 1, line.n - key.n - 1};
        if (cor_str_is(key, "Message")) {
            *text = (cor_str){v.p, (size_t)(text->p + text->n - v.p)};
            return;
        }
        for (size_t i = 0; i < COR_LEN(heads); i++)
            if (cor_str_is(key, heads[i].key))
                s->v[heads[i].sys] = v;
        if (cor_str_is(key, "TaskCategory"))
            *task = v;
    }
    *text = rest;
}

cor_code cor_tree_splunk(cor_build *b, cor_str text, cor_splunk_seen *seen)
{
    cor_sysset s = {.time = COR_NOTIME};
    cor_str date, task;
    bool zoned = true;
    *seen = (cor_splunk_seen){0};
    if (!next_line(&text, &date) || !cor_build_time(trim(date), &s.time, &zoned))
        return cor_fail(b->e, COR_EFORMAT, "splunk", COR_NOPOS, "no date line where a record should begin");
    seen->zoneless = !zoned;
    head(&text, &s, &task);
    text = trim(text);
    s.v[COR_SYS_PROVIDER_NAME] = provider(s.v[COR_SYS_PROVIDER_NAME]);
    cor_code code = cor_build_system(b, &s);
    if (code != COR_OK)
        return code;
    int64_t id = 0;
    cor_val_int(cor_val_utf8(s.v[COR_SYS_EVENT_ID]), &id);
    message m = {.b = b, .seen = seen, .id = (uint32_t)id, .section = {"", 0}, .text = text,
                 .data = cor_build_part(b, "EventData")};
    if (m.data == NULL)
        return cor_nomem(b->e, "splunk");
    if (cor_str_is(s.v[COR_SYS_PROVIDER_NAME], "Microsoft-Windows-Sysmon")) {
        code = fields(&m, text);
    } else if (cor_str_is(s.v[COR_SYS_PROVIDER_NAME], "Microsoft-Windows-PowerShell") && id == 4104) {
        code = script_block(&m, text);
    } else if (id == 7045) {
        m.table = service_installed;
        m.rows = COR_LEN(service_installed);
        code = sections(&m, text);
    } else {
        m.table = labels;
        m.rows = cor_str_ieq(s.v[COR_SYS_CHANNEL], COR_S("Security")) ? COR_LEN(labels) : 0;
        code = sections(&m, text);
    }
    if (code == COR_OK)
        code = cor_build_rendering(b, "Message", text);
    return code != COR_OK ? code : cor_build_rendering(b, "Task", task);
}
