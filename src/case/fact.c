/* One table: which events say something, and which of their fields go where. Field names as in the evidence; readers
 * give all shapes the same names. */
#include "case/facts.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/alloc.h"

#define ROOM "facts"

const char *const cor_fact_name[COR_FACT_N] = {
    [COR_FACT_LOGON] = "logon", [COR_FACT_LOGON_FAILED] = "logon_failed", [COR_FACT_LOGON_EXPLICIT] = "logon_explicit",
    [COR_FACT_VALIDATION] = "validation", [COR_FACT_TICKET] = "ticket", [COR_FACT_LOCKOUT] = "lockout",
    [COR_FACT_SHARE] = "share", [COR_FACT_SERVICE] = "service", [COR_FACT_TASK] = "task",
    [COR_FACT_CONNECTION] = "connection", [COR_FACT_NAME] = "name", [COR_FACT_REGISTRY] = "registry",
    [COR_FACT_ADDRESS] = "address", [COR_FACT_ALIVE] = "alive", [COR_FACT_LOG] = "log",
};

cor_merged cor_fact_merged(cor_fact_kind k)
{
    switch (k) {
    case COR_FACT_CONNECTION:
    case COR_FACT_NAME:
    case COR_FACT_ADDRESS:
    case COR_FACT_ALIVE:
        return COR_MERGED;
    case COR_FACT_TICKET: /* most of what a domain controller writes */
        return COR_MERGED_HOURLY;
    default:
        return COR_MERGED_NOT;
    }
}

/* The members of a fact that come from event fields, and one more field for a row's check to look at. */
typedef enum member {
    M_ACCOUNT, M_DOMAIN, M_SID, M_ADDRESS, M_PEER, M_LOGON, M_OBJECT, M_DETAIL, M_ACCESS, M_STATUS, M_TYPE, M_PORT,
    M_LOOK, M_N
} member;

typedef struct taking taking;

typedef struct row {
    const char *channel;
    uint32_t id;
    cor_fact_kind kind;
    const char *provider;      /* where other programs use the same id in the same log; NULL: whoever it is */
    const char *constant;      /* `object`, when no field is */
    /* Event fields. "A|B": B where A says nothing; "A+B": joined by a backslash; NULL: none. */
    const char *from[M_N];
    /* What the row asks beyond that: false leaves the event out. Some also set values. NULL: nothing. */
    bool (*check)(taking *t, cor_fact *f); /* of a sign of life: f may be NULL */
} row;

/* Where a row finds its fields in events of one layout: the index of each name of a member, ABSENT: it is not there. */
#define NAMES 2
#define ABSENT UINT16_MAX
typedef struct place {
    const cor_layout *layout;  /* of layouts, in epoch */
    const row *row;            /* NULL: free */
    const cor_layouts *layouts;
    uint64_t epoch;
    bool joined;               /* by "+" */
    uint16_t at[M_N][NAMES];
} place;

#define IDS 8192u   /* above all ids of the table */
#define PLACES 512 /* layouts of the events that say something: some tens */
struct cor_fact_reader {
    place place[PLACES];
    uint64_t asked[IDS / 64];  /* bit: some row asks for this event id */
};

struct taking {
    const cor_event *ev;
    cor_arena *mem;
    const row *row;
    const place *place;
    bool nomem;
};

void cor_fact_reader_free(cor_fact_reader *r)
{
    cor_free(r);
}

/* ---- fields ---- */

static uint16_t index_of(const cor_layout *l, const char *name, size_t n)
{
    for (uint32_t i = 0; i < l->n && i < ABSENT; i++)
        if (cor_str_eq(l->name[i], (cor_str){name, n}))
            return (uint16_t)i;
    return ABSENT;
}

/* The place of a row's fields, looked up by name the first time. */
static const place *place_of(cor_fact_reader *reader, const cor_event *ev, const row *r, size_t no)
{
    uint64_t epoch = cor_layouts_epoch(ev->layouts);
    place *p = &reader->place[((uintptr_t)ev->layout / sizeof(cor_layout) + no * 61) % PLACES];
    if (COR_LIKELY(p->layout == ev->layout && p->row == r && p->epoch == epoch && p->layouts == ev->layouts))
        return p;
    *p = (place){.layout = ev->layout, .row = r, .layouts = ev->layouts, .epoch = epoch};
    for (unsigned m = 0; m < M_N; m++) {
        const char *names = r->from[m] == NULL ? "" : r->from[m];
        for (unsigned k = 0; k < NAMES; k++) {
            size_t n = strcspn(names, "|+");
            p->joined = p->joined || names[n] == '+'; /* of all its members that have two names */
            p->at[m][k] = n == 0 ? ABSENT : index_of(ev->layout, names, n);
            names += n + (names[n] != '\0');
        }
    }
    return p;
}

static cor_val value(const taking *t, member m, unsigned k)
{
    uint16_t at = t->place->at[m][k];
    return at == ABSENT ? (cor_val){0} : t->ev->val[at];
}

/* ---- values ---- */

/* "" where there is none; "-" is how Windows writes that. */
static cor_str text_of(taking *t, cor_val v)
{
    if (v.type == COR_V_NULL || v.len == 0)
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

static cor_str text(taking *t, member m)
{
    if (t->row->from[m] == NULL)
        return COR_S("");
    cor_str a = text_of(t, value(t, m, 0));
    if (COR_UNLIKELY(t->place->joined) && t->place->at[m][1] != ABSENT) {
        cor_str b = text_of(t, value(t, m, 1)), both = cor_arena_fmt(t->mem, "%.*s\\%.*s", COR_STR_FMT(a),
                                                                     COR_STR_FMT(b));
        t->nomem = t->nomem || both.p == NULL;
        return both.p == NULL ? COR_S("") : both;
    }
    return a.n == 0 ? text_of(t, value(t, m, 1)) : a;
}

static uint32_t number(const taking *t, member m, uint32_t max)
{
    int64_t n;
    return cor_val_int(value(t, m, 0), &n) && n >= 0 && n <= max ? (uint32_t)n : 0;
}

/* Numbers that Windows shows in hex: some exports write them in decimal, some with leading zeros. */
static cor_str hex_text(taking *t, uint64_t v)
{
    char b[18];
    size_t n = sizeof b;
    do {
        b[--n] = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v != 0);
    b[--n] = 'x';
    b[--n] = '0';
    cor_str s = cor_arena_str(t->mem, (cor_str){b + n, sizeof b - n});
    t->nomem = t->nomem || s.p == NULL;
    return s.p == NULL ? COR_S("") : s;
}

static cor_str hex(taking *t, member m)
{
    for (unsigned k = 0; k < NAMES && t->row->from[m] != NULL; k++) {
        int64_t v;
        cor_val x = value(t, m, k);
        bool is = cor_val_int(x, &v), more = k + 1 < NAMES && t->place->at[m][k + 1] != ABSENT;
        if (is && (v != 0 || !more))
            return hex_text(t, (uint64_t)v);
        if (!is && !cor_val_empty(x))
            return text_of(t, x);
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
    if (memchr(s.p, ':', s.n) == NULL) /* four numbers: there is one way to write them */
        return s;
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
    f->elevated = cor_str_is(text(t, M_LOOK), "%%1842");
    if (f->logon_type == 0 || f->logon_type == 5) /* the system itself and its services, unless from outside */
        return elsewhere(f->address);
    return f->logon_type <= 13;
}

/* WS01$ or WS01$@CORP.EXAMPLE from an address: there was WS01. */
static bool machine_at(taking *t, cor_fact *f)
{
    cor_str who = text(t, M_LOOK);
    const char *at = who.n == 0 ? NULL : memchr(who.p, '@', who.n);
    size_t n = at == NULL ? who.n : (size_t)(at - who.p);
    if (n < 2 || who.p[n - 1] != '$' || !elsewhere(f->address))
        return false;
    f->peer = (cor_str){who.p, n - 1};
    return true;
}

/* M_LOOK is the direction: outbound of 5156, initiated of Sysmon. */
static bool outbound(taking *t, cor_fact *f)
{
    cor_str d = text(t, M_LOOK);
    (void)f;
    return cor_str_is(d, "%%14593") || cor_str_ieq(d, COR_S("Outbound")) || cor_str_ieq(d, COR_S("true"));
}

/* `address` is this computer's own in connections that it makes ... */
static bool mine_outbound(taking *t, cor_fact *f)
{
    return outbound(t, f) && elsewhere(f->address);
}

/* ... or that it gets. */
static bool mine_inbound(taking *t, cor_fact *f)
{
    return !outbound(t, f) && elsewhere(f->address);
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

/* word begins with a backslash */
static bool contains(cor_str s, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = s.p, *end = s.p + s.n; (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at++)
        if ((size_t)(end - at) >= n && cor_str_ieq((cor_str){at, n}, (cor_str){word, n}))
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
    return text(t, M_LOOK).n != 0;
}

static bool without_command(taking *t, cor_fact *f)
{
    return !with_command(t, f);
}

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

/* The text of the first element of that name; the five entities undone. */
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
    cor_val v = value(t, M_LOOK, 0);
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

static const char SECURITY[] = "Security", SYSTEM[] = "System", SYSMON[] = "Microsoft-Windows-Sysmon/Operational",
                  TASKS[] = "Microsoft-Windows-TaskScheduler/Operational",
                  DEFENDER[] = "Microsoft-Windows-Windows Defender/Operational",
                  DNS_CLIENT[] = "Microsoft-Windows-DNS Client Events/Operational",
                  DNS_SERVER[] = "Microsoft-Windows-DNSServer/Analytical";

#define FACT(kind_) .kind = COR_FACT_##kind_
#define ACCOUNT(name) .from[M_ACCOUNT] = name
#define DOMAIN(name) .from[M_DOMAIN] = name
#define SID(name) .from[M_SID] = name
#define ADDRESS(name) .from[M_ADDRESS] = name
#define PEER(name) .from[M_PEER] = name
#define LOGON(name) .from[M_LOGON] = name
#define OBJECT(name) .from[M_OBJECT] = name
#define DETAIL(name) .from[M_DETAIL] = name
#define ACCESS(name) .from[M_ACCESS] = name
#define STATUS(name) .from[M_STATUS] = name
#define TYPE(name) .from[M_TYPE] = name
#define PORT(name) .from[M_PORT] = name
#define LOOK(name) .from[M_LOOK] = name
#define TARGET ACCOUNT("TargetUserName"), DOMAIN("TargetDomainName")
#define SUBJECT ACCOUNT("SubjectUserName"), DOMAIN("SubjectDomainName"), SID("SubjectUserSid"), LOGON("SubjectLogonId")
#define ALIVE(what) .kind = COR_FACT_ALIVE, .constant = COR_ALIVE_##what

/* In order of ids: want and read look the rows of one id up. */
static const row rows[] = {
    {SYSMON, 1, ALIVE(PROCESS)},
    {SYSMON, 3, FACT(CONNECTION), OBJECT("Image"), ADDRESS("DestinationIp"), PORT("DestinationPort"),
     LOOK("Initiated"), .check = outbound},
    {SYSMON, 3, FACT(ADDRESS), ADDRESS("SourceIp"), LOOK("Initiated"), .check = mine_outbound},
    {SYSMON, 3, FACT(ADDRESS), ADDRESS("DestinationIp"), LOOK("Initiated"), .check = mine_inbound},
    {SYSMON, 3, ALIVE(NETWORK)},
    {SYSMON, 12, FACT(REGISTRY), ACCOUNT("User"), OBJECT("TargetObject"), ACCESS("EventType"), .check = registry},
    {SYSMON, 12, ALIVE(REGISTRY)},
    {SYSMON, 13, FACT(REGISTRY), ACCOUNT("User"), OBJECT("TargetObject"), DETAIL("Details"), ACCESS("EventType"),
     .check = registry},
    {SYSMON, 13, ALIVE(REGISTRY)},
    {SYSMON, 14, ALIVE(REGISTRY)},
    {SYSMON, 22, FACT(NAME), OBJECT("QueryName"), .check = generated},
    {SYSTEM, 41, FACT(LOG), .provider = "Microsoft-Windows-Kernel-Power"},
    {SYSTEM, 104, FACT(LOG), .provider = "Microsoft-Windows-Eventlog", ACCOUNT("SubjectUserName"),
     DOMAIN("SubjectDomainName"), OBJECT("Channel")},
    {TASKS, 106, FACT(TASK), ACCOUNT("UserContext"), OBJECT("TaskName")},
    {TASKS, 106, ALIVE(TASK)},
    {DNS_SERVER, 256, FACT(NAME), OBJECT("QNAME"), ADDRESS("Source"), .check = generated},
    {DEFENDER, 1000, ALIVE(ANTIVIRUS)},
    {DEFENDER, 1001, ALIVE(ANTIVIRUS)},
    {SYSTEM, 1074, FACT(LOG), .provider = "User32", ACCOUNT("param7"), DETAIL("param1")},
    {SECURITY, 1100, FACT(LOG), .provider = "Microsoft-Windows-Eventlog"},
    {SECURITY, 1102, FACT(LOG), .provider = "Microsoft-Windows-Eventlog", SUBJECT, .constant = SECURITY},
    {DEFENDER, 1150, ALIVE(ANTIVIRUS)},
    {DEFENDER, 1151, ALIVE(ANTIVIRUS)},
    {DEFENDER, 2000, ALIVE(ANTIVIRUS)},
    {DNS_CLIENT, 3006, FACT(NAME), OBJECT("QueryName"), .check = generated},
    {DNS_CLIENT, 3008, FACT(NAME), OBJECT("QueryName"), .check = generated},
    {DNS_CLIENT, 3020, FACT(NAME), OBJECT("QueryName"), .check = generated},
    {SECURITY, 4616, FACT(LOG), SUBJECT, DETAIL("PreviousTime"), ACCESS("NewTime")},
    {SECURITY, 4624, FACT(LOGON), TARGET, SID("TargetUserSid"), ADDRESS("IpAddress"), PEER("WorkstationName"),
     LOGON("TargetLogonId"), TYPE("LogonType"), DETAIL("AuthenticationPackageName"), LOOK("ElevatedToken"),
     .check = a_logon},
    {SECURITY, 4624, FACT(ADDRESS), ADDRESS("IpAddress"), LOOK("TargetUserName"), .check = machine_at},
    {SECURITY, 4624, ALIVE(LOGON)},
    {SECURITY, 4625, FACT(LOGON_FAILED), TARGET, SID("TargetUserSid"), ADDRESS("IpAddress"), PEER("WorkstationName"),
     LOGON("SubjectLogonId"), TYPE("LogonType"), STATUS("SubStatus|Status"), DETAIL("AuthenticationPackageName")},
    {SECURITY, 4625, ALIVE(LOGON_FAILED)},
    {SECURITY, 4648, FACT(LOGON_EXPLICIT), TARGET, ADDRESS("IpAddress"), PEER("TargetServerName"),
     LOGON("SubjectLogonId"), OBJECT("TargetInfo"), DETAIL("ProcessName")},
    {SECURITY, 4657, FACT(REGISTRY), SUBJECT, OBJECT("ObjectName+ObjectValueName"), DETAIL("NewValue"),
     ACCESS("OperationType"), .check = registry},
    {SECURITY, 4657, ALIVE(REGISTRY)},
    {SECURITY, 4688, ALIVE(PROCESS), LOOK("CommandLine"), .check = with_command},
    {SECURITY, 4688, ALIVE(PROCESS_BARE), LOOK("CommandLine"), .check = without_command},
    {SECURITY, 4697, FACT(SERVICE), SUBJECT, OBJECT("ServiceName"), DETAIL("ServiceFileName")},
    {SECURITY, 4697, ALIVE(SERVICE)},
    {SECURITY, 4698, FACT(TASK), SUBJECT, OBJECT("TaskName"), LOOK("TaskContent"), .check = task_command},
    {SECURITY, 4698, ALIVE(TASK)},
    {SECURITY, 4740, FACT(LOCKOUT), ACCOUNT("TargetUserName"), SID("TargetSid"), PEER("TargetDomainName")},
    {SECURITY, 4768, FACT(TICKET), TARGET, SID("TargetSid"), ADDRESS("IpAddress"), OBJECT("ServiceName"),
     STATUS("Status")},
    {SECURITY, 4768, FACT(ADDRESS), ADDRESS("IpAddress"), LOOK("TargetUserName"), .check = machine_at},
    {SECURITY, 4769, FACT(TICKET), TARGET, ADDRESS("IpAddress"), OBJECT("ServiceName"), STATUS("Status")},
    {SECURITY, 4769, FACT(ADDRESS), ADDRESS("IpAddress"), LOOK("TargetUserName"), .check = machine_at},
    {SECURITY, 4771, FACT(TICKET), ACCOUNT("TargetUserName"), SID("TargetSid"), ADDRESS("IpAddress"),
     OBJECT("ServiceName"), STATUS("Status")},
    {SECURITY, 4776, FACT(VALIDATION), ACCOUNT("TargetUserName"), PEER("Workstation"), STATUS("Status")},
    {SECURITY, 5140, FACT(SHARE), SUBJECT, ADDRESS("IpAddress"), OBJECT("ShareName"), ACCESS("AccessMask"),
     .check = granted},
    {SECURITY, 5140, ALIVE(SHARE)},
    {SECURITY, 5145, FACT(SHARE), SUBJECT, ADDRESS("IpAddress"), OBJECT("ShareName"), DETAIL("RelativeTargetName"),
     ACCESS("AccessMask"), .check = granted},
    {SECURITY, 5145, ALIVE(SHARE)},
    {SECURITY, 5156, FACT(CONNECTION), OBJECT("Application"), ADDRESS("DestAddress"), PORT("DestPort"),
     LOOK("Direction"), .check = outbound},
    {SECURITY, 5156, FACT(ADDRESS), ADDRESS("SourceAddress"), LOOK("Direction"), .check = mine_outbound},
    {SECURITY, 5156, ALIVE(NETWORK)},
    {SYSTEM, 6005, FACT(LOG), .provider = "EventLog"},
    {SYSTEM, 6006, FACT(LOG), .provider = "EventLog"},
    {SYSTEM, 6008, FACT(LOG), .provider = "EventLog"},
    {SYSTEM, 7045, FACT(SERVICE), .provider = "Service Control Manager", OBJECT("ServiceName"), DETAIL("ImagePath"),
     .check = system_user},
    {SYSTEM, 7045, .provider = "Service Control Manager", ALIVE(SERVICE)},
};

const size_t cor_fact_rows = COR_LEN(rows);

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
        return v.len == n && (memcmp(v.p, z, n) == 0 || cor_str_ieq((cor_str){(const char *)v.p, n}, (cor_str){z, n}));
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

cor_fact_reader *cor_fact_reader_new(void)
{
    cor_fact_reader *r = cor_zalloc(sizeof *r);
    for (size_t i = 0; r != NULL && i < COR_LEN(rows); i++)
        r->asked[rows[i].id / 64] |= UINT64_C(1) << rows[i].id % 64;
    return r;
}

bool cor_fact_want(const cor_fact_reader *r, const cor_head *head)
{
    uint32_t id = head->event_id;
    if (COR_LIKELY(id >= IDS || (r->asked[id / 64] >> id % 64 & 1) == 0))
        return false;
    for (size_t i = first_row(id); i < COR_LEN(rows) && rows[i].id == id; i++)
        if (val_is(head->channel, rows[i].channel))
            return true;
    return false;
}

/* ---- reading ---- */

static bool take(taking *t, cor_fact *f)
{
    const row *r = t->row;
    f->kind = r->kind;
    f->account = text(t, M_ACCOUNT);
    f->domain = text(t, M_DOMAIN);
    f->sid = text(t, M_SID);
    f->address = r->from[M_ADDRESS] == NULL ? COR_S("") : address(t, text(t, M_ADDRESS));
    f->peer = text(t, M_PEER);
    f->logon_id = hex(t, M_LOGON);
    f->object = r->constant != NULL ? cor_str_of(r->constant) : text(t, M_OBJECT);
    f->detail = text(t, M_DETAIL);
    f->access = r->kind == COR_FACT_SHARE ? hex(t, M_ACCESS) : text(t, M_ACCESS);
    f->status = hex(t, M_STATUS);
    f->logon_type = number(t, M_TYPE, UINT32_MAX);
    f->port = number(t, M_PORT, UINT16_MAX);
    f->elevated = false;
    return r->check == NULL || r->check(t, f);
}

/* Of the channel that it asks for. */
static bool says(const cor_event *ev, const row *r)
{
    return r->provider == NULL || cor_val_empty(ev->head.provider) || val_is(ev->head.provider, r->provider);
}

static bool check_alone(taking *t)
{
    return t->row->check == NULL || t->row->check(t, NULL);
}

cor_code cor_fact_read(cor_fact_reader *reader, const cor_event *ev, cor_arena *mem, const cor_fact_hooks *h,
                       cor_err *e)
{
    taking t = {.ev = ev, .mem = mem};
    cor_fact f = {.first = ev->time, .last = ev->time, .event_id = ev->head.event_id, .record_id = ev->record_id,
                  .offset = ev->offset, .host = COR_S(""), .path = COR_S("")};
    cor_code rc = COR_OK;
    const char *channel = NULL;
    bool here = false;
    for (size_t i = first_row(f.event_id); rc == COR_OK && i < COR_LEN(rows) && rows[i].id == f.event_id; i++) {
        if (channel != rows[i].channel) { /* rows of one id mostly ask for one channel */
            channel = rows[i].channel;
            here = val_is(ev->head.channel, channel);
        }
        if (!here || !says(ev, &rows[i]))
            continue;
        t.row = &rows[i];
        t.place = place_of(reader, ev, &rows[i], i);
        if (rows[i].kind == COR_FACT_ALIVE && (!check_alone(&t) || h->alive(h->ctx, i, ev)))
            continue;
        if (f.computer.p == NULL) {
            f.computer = text_of(&t, ev->sys[COR_SYS_COMPUTER]);
            f.channel = text_of(&t, ev->head.channel);
        }
        bool said = take(&t, &f);
        if (t.nomem)
            rc = cor_nomem(e, ROOM);
        else if (said)
            rc = h->put(h->ctx, i, ev, &f, e);
    }
    return rc;
}
