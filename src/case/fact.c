/* One table: which events say something, and which of their fields go where. Field names as in the evidence; readers give
 * all shapes the same names. */
#include "case/facts.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/utf.h"

#define ROOM "facts"

const char *const cor_fact_name[COR_FACT_N] = {
    [COR_FACT_LOGON] = "logon", [COR_FACT_LOGON_FAILED] = "logon_failed", [COR_FACT_LOGON_EXPLICIT] = "logon_explicit",
    [COR_FACT_VALIDATION] = "validation", [COR_FACT_TICKET] = "ticket", [COR_FACT_LOCKOUT] = "lockout",
    [COR_FACT_SHARE] = "share", [COR_FACT_SERVICE] = "service", [COR_FACT_TASK] = "task",
    [COR_FACT_CONNECTION] = "connection", [COR_FACT_NAME] = "name", [COR_FACT_REGISTRY] = "registry",
    [COR_FACT_ADDRESS] = "address", [COR_FACT_ALIVE] = "alive", [COR_FACT_LOG] = "log",
};

bool cor_fact_merged(cor_fact_kind k)
{
    return k == COR_FACT_CONNECTION || k == COR_FACT_NAME || k == COR_FACT_ADDRESS || k == COR_FACT_ALIVE;
}

/* What a row asks of its event beyond fields: false leaves the event out of this row; some also set values. */
typedef struct taking taking;
typedef bool (*check)(taking *t, cor_fact *f);

typedef struct row {
    const char *channel;
    uint32_t id;
    cor_fact_kind kind;
    const char *provider;      /* where other programs use the same id in the same log; NULL: whoever it is */
    /* event fields; "A|B": B where A says nothing; "A+B": joined by a backslash; NULL: none */
    const char *account, *domain, *sid, *address, *peer, *logon, *object, *detail, *access, *status, *type, *port;
    const char *constant;      /* `object` when no field is */
    check check;
} row;

struct taking {
    const cor_event *ev;
    cor_arena *mem;
    const row *row;
    bool nomem;
};

/* ---- values ---- */

/* "" where there is none; "-" is how Windows writes that. */
static cor_str text_of(taking *t, cor_val v)
{
    if (v.type == COR_V_NULL)
        return COR_S("");
    cor_str s = cor_val_text(t->mem, v);
    if (s.p == NULL) {
        t->nomem = true;
        return COR_S("");
    }
    if (s.n > COR_FACT_TEXT_MAX) {
        s.n = COR_FACT_TEXT_MAX;
        while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0) == 0x80)
            s.n--;
    }
    return s.n == 1 && s.p[0] == '-' ? COR_S("") : s;
}

static cor_val field(const taking *t, const char *name, size_t n)
{
    return cor_event_field(t->ev, (cor_str){name, n});
}

static cor_str text(taking *t, const char *names)
{
    cor_str out = COR_S("");
    while (names != NULL && *names != '\0') {
        size_t n = strcspn(names, "|+");
        cor_str s = text_of(t, field(t, names, n));
        if (names[n] == '+' || out.n != 0) {
            cor_str both = out.n == 0 ? s : cor_arena_fmt(t->mem, "%.*s\\%.*s", COR_STR_FMT(out), COR_STR_FMT(s));
            t->nomem = t->nomem || both.p == NULL;
            out = both.p == NULL ? COR_S("") : both;
        } else {
            out = s;
        }
        if (names[n] == '\0' || (names[n] == '|' && out.n != 0))
            break;
        names += n + 1;
    }
    return out;
}

static bool number(const taking *t, const char *name, int64_t *out)
{
    return name != NULL && cor_val_int(field(t, name, strlen(name)), out);
}

/* Numbers that Windows shows in hex: some exports write them in decimal, some with leading zeros. */
static cor_str hex(taking *t, const char *names)
{
    while (names != NULL && *names != '\0') {
        size_t n = strcspn(names, "|");
        int64_t v;
        cor_val x = field(t, names, n);
        if (cor_val_int(x, &v)) {
            if (v != 0 || names[n] == '\0') {
                cor_str s = cor_arena_fmt(t->mem, "0x%llx", (unsigned long long)v);
                t->nomem = t->nomem || s.p == NULL;
                return s.p == NULL ? COR_S("") : s;
            }
        } else if (!cor_val_empty(x)) {
            return text_of(t, x);
        }
        names += n + (names[n] == '|');
    }
    return COR_S("");
}

/* In its shortest form; what is no address is none. */
static cor_str address(taking *t, cor_str s)
{
    uint8_t a[16];
    char out[COR_ADDRESS_TEXT];
    if (!cor_address_parse(s, a))
        return COR_S("");
    cor_str r = cor_arena_str(t->mem, (cor_str){out, cor_address_text(a, out)});
    t->nomem = t->nomem || r.p == NULL;
    return r.p == NULL ? COR_S("") : r;
}

static bool elsewhere(cor_str s)
{
    uint8_t a[16];
    return cor_address_parse(s, a) && !cor_address_local(a);
}

/* ---- checks ---- */

static bool a_logon(taking *t, cor_fact *f)
{
    f->elevated = cor_str_is(text(t, "ElevatedToken"), "%%1842");
    if (f->logon_type == 0 || f->logon_type == 5) /* the system itself and its services, unless from outside */
        return elsewhere(f->address);
    return f->logon_type <= 13;
}

/* WS01$ or WS01$@CORP.EXAMPLE from an address: there was WS01. */
static bool machine_at(taking *t, cor_fact *f)
{
    cor_str who = text(t, "TargetUserName");
    const char *at = who.n == 0 ? NULL : memchr(who.p, '@', who.n);
    size_t n = at == NULL ? who.n : (size_t)(at - who.p);
    if (n < 2 || who.p[n - 1] != '$' || !elsewhere(f->address))
        return false;
    f->peer = (cor_str){who.p, n - 1};
    return true;
}

static bool outbound(taking *t, cor_fact *f)
{
    cor_str d = text(t, "Direction");
    (void)f;
    return cor_str_is(d, "%%14593") || cor_str_ieq(d, COR_S("Outbound"));
}

static bool initiated(taking *t, cor_fact *f)
{
    (void)f;
    return cor_str_ieq(text(t, "Initiated"), COR_S("true"));
}

static bool own_address(taking *t, cor_fact *f)
{
    if (t->row->id == 3)
        f->address = address(t, text(t, initiated(t, f) ? "SourceIp" : "DestinationIp"));
    else if (outbound(t, f))
        f->address = address(t, text(t, "SourceAddress"));
    return elsewhere(f->address);
}

/* Letters, 8 to 25 of them, below one of five top names: the shape of generated names (docs/case-schema.md). */
static bool generated(taking *t, cor_fact *f)
{
    static const char *const top[] = {"com", "net", "org", "info", "biz"};
    cor_str s = f->object;
    (void)t;
    while (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    size_t n = 0;
    while (n < s.n && isalpha((unsigned char)s.p[n]))
        n++;
    if (n < 8 || n > 25 || n >= s.n || s.p[n] != '.')
        return false;
    char *low = cor_arena_get(t->mem, s.n);
    if (low == NULL) {
        t->nomem = true;
        return false;
    }
    for (size_t i = 0; i < s.n; i++)
        low[i] = (char)tolower((unsigned char)s.p[i]);
    f->object = (cor_str){low, s.n};
    for (size_t i = 0; i < COR_LEN(top); i++)
        if (cor_str_ieq((cor_str){low + n + 1, s.n - n - 1}, cor_str_of(top[i])))
            return true;
    return false;
}

static bool contains(cor_str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++)
        if (cor_str_ieq((cor_str){s.p + i, n}, (cor_str){word, n}))
            return true;
    return false;
}

/* Values that programs of this family make: named by a few hex digits, or started at logon. */
static bool registry(taking *t, cor_fact *f)
{
    size_t n = 0;
    cor_str s = f->object;
    (void)t;
    while (n < s.n && isxdigit((unsigned char)s.p[s.n - 1 - n]))
        n++;
    if (n >= 1 && n <= 8 && n < s.n && s.p[s.n - 1 - n] == '\\')
        return true;
    return contains(s, "\\CurrentVersion\\Run\\") || contains(s, "\\CurrentVersion\\RunOnce\\") ||
           contains(s, "\\Policies\\Explorer\\Run\\");
}

static bool with_command(taking *t, cor_fact *f)
{
    (void)f;
    return text(t, "CommandLine").n != 0;
}

static bool without_command(taking *t, cor_fact *f)
{
    return !with_command(t, f);
}

/* The text of the first element of that name; the five entities undone. */
#define AUDIT_FAILURE (UINT64_C(1) << 52) /* in Keywords */

/* Not an attempt that was refused: it reached nothing, and the logon before it stands for itself. */
static bool granted(taking *t, cor_fact *f)
{
    (void)f;
    cor_str keywords = text_of(t, t->ev->sys[COR_SYS_KEYWORDS]);
    char z[24];
    if (keywords.n >= sizeof z)
        return true;
    memcpy(z, keywords.p, keywords.n);
    z[keywords.n] = '\0';
    return (strtoull(z, NULL, 0) & AUDIT_FAILURE) == 0;
}

static cor_str element(taking *t, cor_str xml, const char *name)
{
    static const struct { const char *from; char to; } entity[] = {
        {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};
    size_t n = strlen(name), at = 0, end;
    for (; at + n + 2 < xml.n; at++)
        if (xml.p[at] == '<' && memcmp(xml.p + at + 1, name, n) == 0 && xml.p[at + 1 + n] == '>')
            break;
    at += n + 2;
    if (at >= xml.n)
        return COR_S("");
    for (end = at; end < xml.n && xml.p[end] != '<'; end++)
        ;
    char *out = cor_arena_get(t->mem, end - at);
    if (out == NULL) {
        t->nomem = true;
        return COR_S("");
    }
    size_t k = 0;
    while (at < end) {
        char c = xml.p[at++];
        for (size_t i = 0; c == '&' && i < COR_LEN(entity); i++) {
            size_t len = strlen(entity[i].from);
            if (len <= end - at && memcmp(xml.p + at, entity[i].from, len) == 0) {
                c = entity[i].to;
                at += len;
                break;
            }
        }
        out[k++] = c;
    }
    return (cor_str){out, k};
}

/* The task's XML may be longer than a value is kept: what it starts is cut out of the whole. */
static bool task_command(taking *t, cor_fact *f)
{
    cor_val v = field(t, "TaskContent", strlen("TaskContent"));
    if (v.type == COR_V_NULL)
        return true;
    cor_str xml = cor_val_text(t->mem, v);
    if (xml.p == NULL) {
        t->nomem = true;
        return true;
    }
    cor_str command = element(t, xml, "Command"), arg = element(t, xml, "Arguments");
    cor_str both = arg.n == 0 ? command : cor_arena_fmt(t->mem, "%.*s %.*s", COR_STR_FMT(command), COR_STR_FMT(arg));
    t->nomem = t->nomem || both.p == NULL;
    f->detail = both.p == NULL ? COR_S("") : both;
    f->detail.n = f->detail.n < COR_FACT_TEXT_MAX ? f->detail.n : COR_FACT_TEXT_MAX;
    return true;
}

/* 7045 does not say who made the service but in the record's own user. */
static bool system_user(taking *t, cor_fact *f)
{
    f->sid = text_of(t, t->ev->sys[COR_SYS_USER_ID]);
    return true;
}

/* ---- the table ---- */

#define SECURITY "Security"
#define SYSTEM "System"
#define SYSMON "Microsoft-Windows-Sysmon/Operational"
#define TASKS "Microsoft-Windows-TaskScheduler/Operational"
#define DEFENDER "Microsoft-Windows-Windows Defender/Operational"
#define DNS_CLIENT "Microsoft-Windows-DNS Client Events/Operational"
#define DNS_SERVER "Microsoft-Windows-DNSServer/Analytical"

#define TARGET .account = "TargetUserName", .domain = "TargetDomainName"
#define SUBJECT .account = "SubjectUserName", .domain = "SubjectDomainName", .sid = "SubjectUserSid", .logon = "SubjectLogonId"
#define ALIVE(what) .kind = COR_FACT_ALIVE, .constant = what

/* In order of ids: want and read look the rows of one id up. */
static const row rows[] = {
    {SYSMON, 1, ALIVE(COR_ALIVE_PROCESS)},
    {SYSMON, 3, .kind = COR_FACT_CONNECTION, .object = "Image", .address = "DestinationIp", .port = "DestinationPort", .check = initiated},
    {SYSMON, 3, .kind = COR_FACT_ADDRESS, .check = own_address},
    {SYSMON, 3, ALIVE(COR_ALIVE_NETWORK)},
    {SYSMON, 12, .kind = COR_FACT_REGISTRY, .account = "User", .object = "TargetObject", .access = "EventType", .check = registry},
    {SYSMON, 12, ALIVE(COR_ALIVE_REGISTRY)},
    {SYSMON, 13, .kind = COR_FACT_REGISTRY, .account = "User", .object = "TargetObject", .detail = "Details", .access = "EventType",
     .check = registry},
    {SYSMON, 13, ALIVE(COR_ALIVE_REGISTRY)},
    {SYSMON, 14, ALIVE(COR_ALIVE_REGISTRY)},
    {SYSMON, 22, .kind = COR_FACT_NAME, .object = "QueryName", .check = generated},
    {SYSTEM, 41, .kind = COR_FACT_LOG, .provider = "Microsoft-Windows-Kernel-Power"},
    {SYSTEM, 104, .kind = COR_FACT_LOG, .provider = "Microsoft-Windows-Eventlog", .account = "SubjectUserName",
     .domain = "SubjectDomainName", .object = "Channel"},
    {TASKS, 106, .kind = COR_FACT_TASK, .account = "UserContext", .object = "TaskName"},
    {TASKS, 106, ALIVE(COR_ALIVE_TASK)},
    {DNS_SERVER, 256, .kind = COR_FACT_NAME, .object = "QNAME", .address = "Source", .check = generated},
    {DEFENDER, 1000, ALIVE(COR_ALIVE_ANTIVIRUS)},
    {DEFENDER, 1001, ALIVE(COR_ALIVE_ANTIVIRUS)},
    {SYSTEM, 1074, .kind = COR_FACT_LOG, .provider = "User32", .account = "param7", .detail = "param1"},
    {SECURITY, 1100, .kind = COR_FACT_LOG, .provider = "Microsoft-Windows-Eventlog"},
    {SECURITY, 1102, .kind = COR_FACT_LOG, .provider = "Microsoft-Windows-Eventlog", SUBJECT, .constant = SECURITY},
    {DEFENDER, 1150, ALIVE(COR_ALIVE_ANTIVIRUS)},
    {DEFENDER, 1151, ALIVE(COR_ALIVE_ANTIVIRUS)},
    {DEFENDER, 2000, ALIVE(COR_ALIVE_ANTIVIRUS)},
    {DNS_CLIENT, 3006, .kind = COR_FACT_NAME, .object = "QueryName", .check = generated},
    {DNS_CLIENT, 3008, .kind = COR_FACT_NAME, .object = "QueryName", .check = generated},
    {DNS_CLIENT, 3020, .kind = COR_FACT_NAME, .object = "QueryName", .check = generated},
    {SECURITY, 4616, .kind = COR_FACT_LOG, SUBJECT, .detail = "PreviousTime", .access = "NewTime"},
    {SECURITY, 4624, .kind = COR_FACT_LOGON, TARGET, .sid = "TargetUserSid", .address = "IpAddress", .peer = "WorkstationName",
     .logon = "TargetLogonId", .type = "LogonType", .detail = "AuthenticationPackageName", .check = a_logon},
    {SECURITY, 4624, .kind = COR_FACT_ADDRESS, .address = "IpAddress", .check = machine_at},
    {SECURITY, 4624, ALIVE(COR_ALIVE_LOGON)},
    {SECURITY, 4625, .kind = COR_FACT_LOGON_FAILED, TARGET, .sid = "TargetUserSid", .address = "IpAddress", .peer = "WorkstationName",
     .logon = "SubjectLogonId", .type = "LogonType", .status = "SubStatus|Status", .detail = "AuthenticationPackageName"},
    {SECURITY, 4625, ALIVE(COR_ALIVE_LOGON_FAILED)},
    {SECURITY, 4648, .kind = COR_FACT_LOGON_EXPLICIT, TARGET, .address = "IpAddress", .peer = "TargetServerName",
     .logon = "SubjectLogonId", .object = "TargetInfo", .detail = "ProcessName"},
    {SECURITY, 4657, .kind = COR_FACT_REGISTRY, SUBJECT, .object = "ObjectName+ObjectValueName", .detail = "NewValue",
     .access = "OperationType", .check = registry},
    {SECURITY, 4657, ALIVE(COR_ALIVE_REGISTRY)},
    {SECURITY, 4688, ALIVE(COR_ALIVE_PROCESS), .check = with_command},
    {SECURITY, 4688, ALIVE(COR_ALIVE_PROCESS_BARE), .check = without_command},
    {SECURITY, 4697, .kind = COR_FACT_SERVICE, SUBJECT, .object = "ServiceName", .detail = "ServiceFileName"},
    {SECURITY, 4697, ALIVE(COR_ALIVE_SERVICE)},
    {SECURITY, 4698, .kind = COR_FACT_TASK, SUBJECT, .object = "TaskName", .check = task_command},
    {SECURITY, 4698, ALIVE(COR_ALIVE_TASK)},
    {SECURITY, 4740, .kind = COR_FACT_LOCKOUT, .account = "TargetUserName", .sid = "TargetSid", .peer = "TargetDomainName"},
    {SECURITY, 4768, .kind = COR_FACT_TICKET, TARGET, .sid = "TargetSid", .address = "IpAddress", .object = "ServiceName", .status = "Status"},
    {SECURITY, 4768, .kind = COR_FACT_ADDRESS, .address = "IpAddress", .check = machine_at},
    {SECURITY, 4769, .kind = COR_FACT_TICKET, TARGET, .address = "IpAddress", .object = "ServiceName", .status = "Status"},
    {SECURITY, 4769, .kind = COR_FACT_ADDRESS, .address = "IpAddress", .check = machine_at},
    {SECURITY, 4771, .kind = COR_FACT_TICKET, .account = "TargetUserName", .sid = "TargetSid", .address = "IpAddress",
     .object = "ServiceName", .status = "Status"},
    {SECURITY, 4776, .kind = COR_FACT_VALIDATION, .account = "TargetUserName", .peer = "Workstation", .status = "Status"},
    {SECURITY, 5140, .kind = COR_FACT_SHARE, SUBJECT, .address = "IpAddress", .object = "ShareName", .access = "AccessMask",
     .check = granted},
    {SECURITY, 5140, ALIVE(COR_ALIVE_SHARE)},
    {SECURITY, 5145, .kind = COR_FACT_SHARE, SUBJECT, .address = "IpAddress", .object = "ShareName", .detail = "RelativeTargetName",
     .access = "AccessMask", .check = granted},
    {SECURITY, 5145, ALIVE(COR_ALIVE_SHARE)},
    {SECURITY, 5156, .kind = COR_FACT_CONNECTION, .object = "Application", .address = "DestAddress", .port = "DestPort", .check = outbound},
    {SECURITY, 5156, .kind = COR_FACT_ADDRESS, .check = own_address},
    {SECURITY, 5156, ALIVE(COR_ALIVE_NETWORK)},
    {SYSTEM, 6005, .kind = COR_FACT_LOG, .provider = "EventLog"},
    {SYSTEM, 6006, .kind = COR_FACT_LOG, .provider = "EventLog"},
    {SYSTEM, 6008, .kind = COR_FACT_LOG, .provider = "EventLog"},
    {SYSTEM, 7045, .kind = COR_FACT_SERVICE, .provider = "Service Control Manager", .object = "ServiceName", .detail = "ImagePath",
     .check = system_user},
    {SYSTEM, 7045, .provider = "Service Control Manager", ALIVE(COR_ALIVE_SERVICE)},
};

/* ---- looking up ---- */

/* First row of an id, COR_LEN(rows): none. */
static size_t first_row(uint32_t id)
{
    size_t lo = 0, hi = COR_LEN(rows);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (rows[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < COR_LEN(rows) && rows[lo].id == id ? lo : COR_LEN(rows);
}

/* Is v this ASCII text, letter case aside? Without a copy, for this is asked of every record. */
static bool val_is(cor_val v, const char *z)
{
    size_t n = strlen(z);
    if (v.type == COR_V_UTF8 || v.type == COR_V_ANSI)
        return cor_str_ieq((cor_str){(const char *)v.p, v.len}, (cor_str){z, n});
    if (v.type != COR_V_UTF16)
        return false;
    size_t units = v.len / 2;
    while (units > n && v.p[2 * units - 2] == 0 && v.p[2 * units - 1] == 0)
        units--;
    if (units != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (v.p[2 * i + 1] != 0 || tolower(v.p[2 * i]) != tolower((unsigned char)z[i]))
            return false;
    return true;
}

bool cor_facts_want(const cor_head *head)
{
    for (size_t i = first_row(head->event_id); i < COR_LEN(rows) && rows[i].id == head->event_id; i++)
        if (val_is(head->channel, rows[i].channel))
            return true;
    return false;
}

/* ---- reading ---- */

static bool take(taking *t, const row *r, cor_fact *f)
{
    t->row = r;
    f->kind = r->kind;
    f->account = text(t, r->account);
    f->domain = text(t, r->domain);
    f->sid = text(t, r->sid);
    f->address = r->address == NULL ? COR_S("") : address(t, text(t, r->address));
    f->peer = text(t, r->peer);
    f->logon_id = hex(t, r->logon);
    f->object = r->constant != NULL ? cor_str_of(r->constant) : text(t, r->object);
    f->detail = text(t, r->detail);
    f->access = r->kind == COR_FACT_SHARE ? hex(t, r->access) : text(t, r->access);
    f->status = hex(t, r->status);
    int64_t n;
    f->logon_type = number(t, r->type, &n) && n >= 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
    f->port = number(t, r->port, &n) && n >= 0 && n <= UINT16_MAX ? (uint32_t)n : 0;
    f->elevated = false;
    return r->check == NULL || r->check(t, f);
}

cor_code cor_fact_read(const cor_event *ev, cor_arena *mem, cor_fact_put put, void *ctx, cor_err *e)
{
    taking t = {.ev = ev, .mem = mem};
    cor_fact f = {.first = ev->time, .last = ev->time, .event_id = ev->head.event_id, .record_id = ev->record_id,
                  .offset = ev->offset, .host = COR_S(""), .path = COR_S("")};
    bool named = false;
    cor_code rc = COR_OK;
    for (size_t i = first_row(ev->head.event_id); rc == COR_OK && i < COR_LEN(rows) && rows[i].id == ev->head.event_id; i++) {
        if (!val_is(ev->head.channel, rows[i].channel))
            continue;
        if (rows[i].provider != NULL && !cor_val_empty(ev->head.provider) && !val_is(ev->head.provider, rows[i].provider))
            continue;
        if (!named) {
            f.computer = text_of(&t, ev->sys[COR_SYS_COMPUTER]);
            f.channel = text_of(&t, ev->head.channel);
            named = true;
        }
        bool said = take(&t, &rows[i], &f);
        if (t.nomem)
            rc = cor_nomem(e, ROOM);
        else if (said)
            rc = put(ctx, &f, e);
    }
    return rc;
}
