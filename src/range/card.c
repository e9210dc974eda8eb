/* Field sets, order and types as real events have them. Types: none text, s SID, x hex64, p pointer, h hex32, d u32, w u16, q u64,
 * g GUID, t FILETIME, b boolean, z binary. */
#include <stdlib.h>

#include "range/stage.h"

#define SECURITY "Security", "Microsoft-Windows-Security-Auditing", "54849625-5478-4994-a5ba-3e3b0328c30d"
#define SYSMON "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", "5770385f-c22a-43e0-bf4c-06f5698ffbd9"
#define DEFENDER "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", "11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78"
#define AUDIT_OK UINT64_C(0x8020000000000000)
#define PLAIN UINT64_C(0x8000000000000000)
#define SUBJECT "SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x "

static const cor_card cards[] = {
    {"4624", SECURITY, 4624, 12544, -1, 2, 0, 0, AUDIT_OK, false, NULL, NULL,
     SUBJECT "TargetUserSid:s TargetUserName TargetDomainName TargetLogonId:x LogonType:d LogonProcessName AuthenticationPackageName WorkstationName "
     "LogonGuid:g TransmittedServices LmPackageName KeyLength:d ProcessId:p ProcessName IpAddress IpPort ImpersonationLevel RestrictedAdminMode "
     "TargetOutboundUserName TargetOutboundDomainName VirtualAccount TargetLinkedLogonId:x ElevatedToken"},
    {"4634", SECURITY, 4634, 12545, -1, 0, 0, 0, AUDIT_OK, false, NULL, NULL,
     "TargetUserSid:s TargetUserName TargetDomainName TargetLogonId:x LogonType:d"},
    {"4672", SECURITY, 4672, 12548, -1, 0, 0, 0, AUDIT_OK, false, NULL, NULL, SUBJECT "PrivilegeList"},
    {"4688", SECURITY, 4688, 13312, -1, 2, 0, 0, AUDIT_OK, false, NULL, NULL,
     SUBJECT "NewProcessId:p NewProcessName TokenElevationType ProcessId:p CommandLine TargetUserSid:s TargetUserName TargetDomainName "
     "TargetLogonId:x ParentProcessName MandatoryLabel:s"},
    {"4698", SECURITY, 4698, 12804, -1, 1, 0, 0, AUDIT_OK, false, NULL, NULL,
     SUBJECT "TaskName TaskContent ClientProcessStartKey:q ClientProcessId:d ParentProcessId:d RpcCallClientLocality:d FQDN"},
    {"7036", "System", "Service Control Manager", "555908d1-a6d7-4695-8e1e-26931d2012f4", 7036, 0, 16384, 0, 4, 0, UINT64_C(0x8080000000000000),
     false, NULL, NULL, "param1 param2 Binary:z"},
    {"7040", "System", "Service Control Manager", "555908d1-a6d7-4695-8e1e-26931d2012f4", 7040, 0, 16384, 0, 4, 0, UINT64_C(0x8080000000000000),
     true, NULL, NULL, "param1 param2 param3 param4"},
    {"sysmon-1", SYSMON, 1, 1, -1, 5, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory User "
     "LogonGuid:g LogonId:x TerminalSessionId:d IntegrityLevel Hashes ParentProcessGuid:g ParentProcessId:d ParentImage ParentCommandLine ParentUser"},
    {"sysmon-3", SYSMON, 3, 3, -1, 5, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image User Protocol Initiated:b SourceIsIpv6:b SourceIp SourceHostname SourcePort:w SourcePortName "
     "DestinationIsIpv6:b DestinationIp DestinationHostname DestinationPort:w DestinationPortName"},
    {"sysmon-10", SYSMON, 10, 10, -1, 3, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName UtcTime SourceProcessGUID:g SourceProcessId:d SourceThreadId:d SourceImage TargetProcessGUID:g TargetProcessId:d TargetImage "
     "GrantedAccess:h CallTrace SourceUser TargetUser"},
    {"sysmon-11", SYSMON, 11, 11, -1, 2, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image TargetFilename CreationUtcTime User"},
    {"sysmon-13", SYSMON, 13, 13, -1, 2, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName EventType UtcTime ProcessGuid:g ProcessId:d Image TargetObject Details User"},
    {"sysmon-22", SYSMON, 22, 22, -1, 5, 4, 0, PLAIN, true, NULL, NULL,
     "RuleName UtcTime ProcessGuid:g ProcessId:d QueryName QueryStatus QueryResults Image User"},
    {"defender-1150", DEFENDER, 1150, 0, -1, 0, 4, 0, PLAIN, true, NULL, NULL,
     "Product_Name Platform_Version Unused Engine_Version AV_Signature_Version AS_Signature_Version NIS_Engine_Version NIS_Signature_Version"},
};

const cor_card *cor_card_find(const char *name)
{
    for (size_t i = 0; i < COR_LEN(cards); i++)
        if (strcmp(cards[i].name, name) == 0)
            return &cards[i];
    return NULL;
}

/* The next "Name:type" of a card; false at the end. */
static bool next_field(const char **at, cor_str *name, char *type)
{
    while (**at == ' ')
        ++*at;
    if (**at == '\0')
        return false;
    size_t n = strcspn(*at, " :");
    *name = (cor_str){*at, n};
    *at += n;
    *type = '\0';
    if (**at == ':') {
        *type = (*at)[1];
        *at += 2;
    }
    return true;
}

unsigned cor_card_fields(const cor_card *c, cor_str *name, unsigned max)
{
    unsigned n = 0;
    char type;
    for (const char *at = c->fields; n < max && next_field(&at, &name[n], &type);)
        n++;
    return n;
}

static bool guid_bytes(const char *z, uint8_t out[16])
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    unsigned n = 0;
    for (; *z != '\0'; z++) {
        if (*z == '{' || *z == '}' || *z == '-')
            continue;
        char pair[3] = {z[0], z[1], 0};
        if (n == 16 || z[1] == '\0')
            return false;
        out[order[n++]] = (uint8_t)strtoul(pair, NULL, 16);
        z++;
    }
    return n == 16;
}

static uint32_t sid_bytes(const char *z, uint8_t out[8 + 15 * 4])
{
    char *end;
    if (strncmp(z, "S-1-", 4) != 0)
        return 0;
    memset(out, 0, 8);
    out[0] = 1;
    out[7] = (uint8_t)strtoul(z + 4, &end, 10);
    while (*end == '-' && out[1] < 15) {
        uint32_t sub = (uint32_t)strtoul(end + 1, &end, 10);
        memcpy(out + 8 + 4 * out[1]++, &sub, 4);
    }
    return 8 + 4u * out[1];
}

static bool convert(char type, const char *text, cor_arena *mem, cor_val *out)
{
    static const struct { char type; uint8_t val, size; } number[] = {{'x', COR_V_HEX64, 8}, {'p', COR_V_SIZE, 8}, {'h', COR_V_HEX32, 4},
        {'d', COR_V_U32, 4}, {'w', COR_V_U16, 2}, {'q', COR_V_U64, 8}, {'b', COR_V_BOOL, 4}};
    uint8_t *p = cor_arena_zero(mem, 80);
    if (p == NULL)
        return false;
    for (size_t i = 0; i < COR_LEN(number); i++) {
        if (number[i].type != type)
            continue;
        uint64_t v = strcmp(text, "true") == 0 ? 1 : strtoull(text, NULL, 0);
        memcpy(p, &v, 8);
        *out = (cor_val){p, number[i].size, number[i].val};
        return true;
    }
    if (type == 'g') {
        guid_bytes(text, p);
        *out = (cor_val){p, 16, COR_V_GUID};
    } else if (type == 's') {
        uint32_t n = sid_bytes(*text == '\0' || *text == '-' ? "S-1-0-0" : text, p);
        *out = (cor_val){p, n, COR_V_SID};
    } else if (type == 'z') {
        *out = (cor_val){p, 4, COR_V_BINARY};
    } else {
        *out = cor_val_utf8(cor_arena_str(mem, cor_str_of(text)));
        return out->p != NULL;
    }
    return true;
}

cor_code cor_card_event(const cor_card *c, const char *const *value, cor_arena *mem, cor_evtx_out *out, cor_err *e)
{
    static const uint8_t system_sid[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
    uint8_t *guid = cor_arena_get(mem, 16);
    cor_evtx_field *f = cor_arena_get(mem, 64 * sizeof *f);
    if (guid == NULL || f == NULL)
        return cor_nomem(e, "range");
    guid_bytes(c->guid, guid);
    const char *at = c->fields;
    size_t n = 0;
    char type;
    for (; n < 64 && next_field(&at, &f[n].name, &type); n++) {
        const char *none = type == '\0' && strcmp(c->channel, "Security") == 0 ? "-" : "";
        if (!convert(type, value[n] == NULL ? none : value[n], mem, &f[n].val))
            return cor_nomem(e, "range");
    }
    *out = (cor_evtx_out){.provider = cor_str_of(c->provider), .guid = guid, .event_id = c->event_id, .qualifiers = c->qualifiers,
        .version = c->version, .level = c->level, .opcode = c->opcode, .task = c->task, .keywords = c->keywords, .channel = cor_str_of(c->channel),
        .sid = c->system_user ? system_sid : NULL, .sid_n = sizeof system_sid, .field = f, .n_field = n,
        .user_element = cor_str_of(c->user_element), .user_ns = cor_str_of(c->user_ns), .pid = 4, .tid = 64};
    return COR_OK;
}
