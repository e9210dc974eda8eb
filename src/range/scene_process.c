/* Programs and what they do: Security 4688 and Sysmon. */
#include <stdlib.h>

#include "base/alloc.h"
#include "range/scene_in.h"

typedef struct program {
    const char *name, *original, *description, *product, *company;
} program;

#define WINDOWS "Microsoft\xc2\xae Windows\xc2\xae Operating System", "Microsoft Corporation"
#define IE "Internet Explorer", "Microsoft Corporation"

/* What the version resource of well-known programs says, by file name in small letters. */
static const program known_program[] = {
    {"arp.exe", "arp.exe", "TCP/IP Arp Command", WINDOWS},
    {"backgroundtaskhost.exe", "backgroundTaskHost.exe", "Background Task Host", WINDOWS},
    {"calc.exe", "CALC.EXE", "Windows Calculator", WINDOWS},
    {"certutil.exe", "CertUtil.exe", "CertUtil.exe", WINDOWS},
    {"chrome.exe", "chrome.exe", "Google Chrome", "Google Chrome", "Google LLC"},
    {"cmd.exe", "Cmd.Exe", "Windows Command Processor", WINDOWS},
    {"conhost.exe", "CONHOST.EXE", "Console Window Host", WINDOWS},
    {"consent.exe", "consent.exe", "Consent UI for administrative applications", WINDOWS},
    {"cscript.exe", "cscript.exe", "Microsoft \xc2\xae Console Based Script Host",
     "Microsoft \xc2\xae Windows Script Host", "Microsoft Corporation"},
    {"dllhost.exe", "dllhost.exe", "COM Surrogate", WINDOWS},
    {"esentutl.exe", "esentutl.exe", "Extensible Storage Engine Utilities for Microsoft(R) Windows(R)", WINDOWS},
    {"excel.exe", "Excel.exe", "Microsoft Excel", "Microsoft Office", "Microsoft Corporation"},
    {"explorer.exe", "EXPLORER.EXE", "Windows Explorer", WINDOWS},
    {"gpupdate.exe", "GPUpdate.exe", "Microsoft\xc2\xae Group Policy Update Utility", WINDOWS},
    {"hostname.exe", "hostname.exe", "Hostname APP", WINDOWS},
    {"ipconfig.exe", "ipconfig.exe", "IP Configuration Utility", WINDOWS},
    {"lsass.exe", "lsass.exe", "Local Security Authority Process", WINDOWS},
    {"mobsync.exe", "mobsync.exe", "Microsoft Sync Center", WINDOWS},
    {"mpcmdrun.exe", "MpCmdRun.exe", "Microsoft Malware Protection Command Line Utility", WINDOWS},
    {"mshta.exe", "MSHTA.EXE", "Microsoft (R) HTML Application host", IE},
    {"msiexec.exe", "msiexec.exe", "Windows\xc2\xae installer", "Windows Installer - Unicode", "Microsoft Corporation"},
    {"msra.exe", "msra.exe", "Windows Remote Assistance", WINDOWS},
    {"mstsc.exe", "mstsc.exe", "Remote Desktop Connection", WINDOWS},
    {"net.exe", "net.exe", "Net Command", WINDOWS},
    {"net1.exe", "net1.exe", "Net Command", WINDOWS},
    {"netstat.exe", "netstat.exe", "TCP/IP Netstat Command", WINDOWS},
    {"nltest.exe", "nltestrk.exe", "Microsoft\xc2\xae Logon Server Test Utility", WINDOWS},
    {"notepad.exe", "NOTEPAD.EXE", "Notepad", WINDOWS},
    {"nslookup.exe", "nslookup.exe", "nslookup", WINDOWS},
    {"onedrivesetup.exe", "OneDriveSetup.exe", "Microsoft OneDrive (64 bit) Setup", "Microsoft OneDrive",
     "Microsoft Corporation"},
    {"outlook.exe", "Outlook.exe", "Microsoft Outlook", "Microsoft Outlook", "Microsoft Corporation"},
    {"ping.exe", "ping.exe", "TCP/IP Ping Command", WINDOWS},
    {"powershell.exe", "PowerShell.EXE", "Windows PowerShell", WINDOWS},
    {"qwinsta.exe", "qwinsta.exe", "Query Session Utility", WINDOWS},
    {"reg.exe", "reg.exe", "Registry Console Tool", WINDOWS},
    {"regsvr32.exe", "REGSVR32.EXE", "Microsoft(C) Register Server", WINDOWS},
    {"route.exe", "route.exe", "TCP/IP Route Command", WINDOWS},
    {"rundll32.exe", "RUNDLL32.EXE", "Windows host process (Rundll32)", WINDOWS},
    {"runtimebroker.exe", "RuntimeBroker.exe", "Runtime Broker", WINDOWS},
    {"schtasks.exe", "schtasks.exe", "Task Scheduler Configuration Tool", WINDOWS},
    {"searchprotocolhost.exe", "SearchProtocolHost.exe", "Microsoft Windows Search Protocol Host",
     "Windows\xc2\xae Search", "Microsoft Corporation"},
    {"services.exe", "services.exe", "Services and Controller app", WINDOWS},
    {"spoolsv.exe", "spoolsv.exe", "Spooler SubSystem App", WINDOWS},
    {"svchost.exe", "svchost.exe", "Host Process for Windows Services", WINDOWS},
    {"systeminfo.exe", "sysinfo.exe", "Displays system information", WINDOWS},
    {"taskhostw.exe", "taskhostw.exe", "Host Process for Windows Tasks", WINDOWS},
    {"teams.exe", "Teams.exe", "Microsoft Teams", "Microsoft Teams", "Microsoft Corporation"},
    {"tiworker.exe", "TiWorker.exe", "Windows Modules Installer Worker", WINDOWS},
    {"usoclient.exe", "UsoClient.exe", "UsoClient", WINDOWS},
    {"vssvc.exe", "VSSVC.EXE", "Microsoft\xc2\xae Volume Shadow Copy Service", WINDOWS},
    {"wermgr.exe", "WerMgr", "Windows Problem Reporting", WINDOWS},
    {"wevtutil.exe", "wevtutil.exe", "Eventing Command Line Utility", WINDOWS},
    {"whoami.exe", "whoami.exe", "whoami - displays logged on user information", WINDOWS},
    {"winword.exe", "WinWord.exe", "Microsoft Word", "Microsoft Office", "Microsoft Corporation"},
    {"wmiprvse.exe", "Wmiprvse.exe", "WMI Provider Host", WINDOWS},
    {"wscript.exe", "wscript.exe", "Microsoft \xc2\xae Windows Based Script Host",
     "Microsoft \xc2\xae Windows Script Host", "Microsoft Corporation"},
    {"wuauclt.exe", "wuauclt.exe", "Windows Update", WINDOWS},
};

static const program *known(const char *image)
{
    const char *name = strrchr(image, '\\');
    name = name == NULL ? image : name + 1;
    for (size_t i = 0; i < COR_LEN(known_program); i++)
        if (cor_str_ieq(cor_str_of(name), cor_str_of(known_program[i].name)))
            return &known_program[i];
    return NULL;
}

/* One hash a program, on all hosts. */
static const char *hash_of(cor_scene *s, const char *image)
{
    for (size_t i = 0; i < s->n_image; i++)
        if (strcmp(s->image[i].image, image) == 0)
            return s->image[i].sha256;
    const char *sha256 = cor_scene_sha256(s);
    cor_known_image *grown = cor_grow(s->image, &s->cap_image, s->n_image + 1, sizeof *grown);
    if (grown == NULL) {
        cor_stage_nomem(s->stage);
        return sha256;
    }
    s->image = grown;
    s->image[s->n_image++] = (cor_known_image){cor_scene_fmt(s, "%s", image), sha256};
    return sha256;
}

static bool is_system(const cor_session *as)
{
    return strcmp(as->id, "0x3e7") == 0;
}

static const char *kind_of_token(const cor_session *as)
{
    return as->full != NULL && as->full != as                ? "%%1938"
           : as->elevated && !is_system(as) && as->type != 3 ? "%%1937"
           : is_system(as)                                   ? "%%1936"
                                                             : "%%1938";
}

static const char *label_of(const char *integrity)
{
    return strcmp(integrity, "System") == 0 ? "S-1-16-16384"
           : strcmp(integrity, "High") == 0 ? "S-1-16-12288"
                                            : "S-1-16-8192";
}

cor_process *cor_scene_start(cor_scene *s, cor_time t, const cor_process *parent, const cor_start *what)
{
    cor_machine *m = parent->on;
    const cor_session *as = what->as != NULL ? what->as : parent->as;
    const program *k = known(what->image);
    cor_process *p = cor_scene_get(s, sizeof *p);
    const char *sha256 = what->sha256 != NULL ? what->sha256 : hash_of(s, what->image);
    *p = (cor_process){.on = m,
                       .as = as,
                       .image = what->image,
                       .line = what->line,
                       .guid = cor_process_guid(s, m, t + m->skew),
                       .pid = cor_pid(s, m)};
    p->integrity = what->integrity != NULL ? what->integrity
                   : is_system(as)         ? "System"
                   : as->elevated          ? "High"
                                           : "Medium";
    p->cwd = what->cwd != NULL ? what->cwd
             : is_system(as)   ? "C:\\Windows\\system32\\"
                               : cor_scene_fmt(s, "C:\\Users\\%s\\", as->who->name);
    const char *original = what->original != NULL ? what->original : k != NULL ? k->original : "-";
    const char *user = cor_who(s, as->who), *subject = is_system(as) ? m->self.name : as->who->name;
    cor_put(s, COR_PROFILE_A2, m, t, "sysmon-1", "RuleName", "-", "UtcTime", cor_utc(s, m, t), "ProcessGuid", p->guid,
            "ProcessId", cor_num(s, p->pid), "Image", p->image, "FileVersion",
            k != NULL && strstr(p->image, "\\Windows\\") != NULL ? "10.0.19041.1 (WinBuild.160101.0800)"
            : k != NULL                                          ? "16.0.0.0"
                                                                 : "-",
            "Description",
            what->description != NULL ? what->description
            : k != NULL               ? k->description
                                      : "-",
            "Product",
            what->product != NULL ? what->product
            : k != NULL           ? k->product
                                  : "-",
            "Company",
            what->company != NULL ? what->company
            : k != NULL           ? k->company
                                  : "-",
            "OriginalFileName", original, "CommandLine", p->line, "CurrentDirectory", p->cwd, "User", user, "LogonGuid",
            as->guid, "LogonId", as->id, "TerminalSessionId", is_system(as) ? "0" : "1", "IntegrityLevel", p->integrity,
            "Hashes", cor_scene_fmt(s, "SHA256=%s", sha256), "ParentProcessGuid", parent->guid, "ParentProcessId",
            cor_num(s, parent->pid), "ParentImage", parent->image, "ParentCommandLine", parent->line, "ParentUser",
            cor_who(s, parent->as->who), NULL);
    cor_put(s, COR_PROFILE_A1, m, t + 15000, "4688", "SubjectUserSid", as->who->sid, "SubjectUserName", subject,
            "SubjectDomainName", is_system(as) ? COR_DOMAIN : as->who->domain, "SubjectLogonId", as->id, "NewProcessId",
            cor_hex_num(s, p->pid), "NewProcessName", p->image, "TokenElevationType", kind_of_token(as), "ProcessId",
            cor_hex_num(s, parent->pid), "CommandLine", p->line, "TargetUserSid", "S-1-0-0", "TargetLogonId", "0x0",
            "ParentProcessName", parent->image, "MandatoryLabel", label_of(p->integrity), NULL);
    return p;
}

cor_process *cor_scene_run(cor_scene *s, cor_time t, const cor_process *parent, const char *image, const char *line)
{
    return cor_scene_start(s, t, parent, &(cor_start){.image = image, .line = line});
}

/* The fields that begin most of Sysmon's events. */
#define BY(p) \
    "RuleName", "-", "UtcTime", cor_utc(s, (p)->on, t), "ProcessGuid", (p)->guid, "ProcessId", cor_num(s, (p)->pid), \
        "Image", (p)->image
#define USER(p) "User", cor_who(s, (p)->as->who)

void cor_scene_exit(cor_scene *s, cor_time t, const cor_process *p)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-5", BY(p), USER(p), NULL);
}

void cor_scene_dns(cor_scene *s, cor_time t, const cor_process *p, const char *name, const char *address)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-22", BY(p), "QueryName", name, "QueryStatus",
            address == NULL ? "9003" : "0", "QueryResults",
            address == NULL ? "-" : cor_scene_fmt(s, "::ffff:%s;", address), NULL);
}

static const char *port_name(unsigned port)
{
    static const struct {
        unsigned port;
        const char *name;
    } known_port[] = {{25, "smtp"},   {53, "domain"}, {80, "http"},
                      {135, "epmap"}, {443, "https"}, {445, "microsoft-ds"}};
    for (size_t i = 0; i < COR_LEN(known_port); i++)
        if (known_port[i].port == port)
            return known_port[i].name;
    return "-";
}

void cor_scene_connect(cor_scene *s, cor_time t, const cor_process *p, const char *address, const char *name,
                       unsigned port)
{
    cor_machine *m = p->on;
    m->next_port = m->next_port > 65000 ? 49700 : m->next_port + 1;
    cor_put(s, COR_PROFILE_A2, m, t, "sysmon-3", BY(p), USER(p), "Protocol", "tcp", "Initiated", "true", "SourceIsIpv6",
            "false", "SourceIp", m->address, "SourceHostname", m->fqdn, "SourcePort", cor_num(s, m->next_port),
            "SourcePortName", "-", "DestinationIsIpv6", "false", "DestinationIp", address, "DestinationHostname",
            name == NULL ? "-" : name, "DestinationPort", cor_num(s, port), "DestinationPortName", port_name(port),
            NULL);
}

void cor_scene_accept(cor_scene *s, cor_time t, const cor_process *p, const cor_machine *from, unsigned port)
{
    cor_machine *m = p->on;
    cor_put(s, COR_PROFILE_A2, m, t, "sysmon-3", BY(p), USER(p), "Protocol", "tcp", "Initiated", "false",
            "SourceIsIpv6", "false", "SourceIp", from->address, "SourceHostname", from->fqdn, "SourcePort",
            cor_num(s, from->next_port), "SourcePortName", "-", "DestinationIsIpv6", "false", "DestinationIp",
            m->address, "DestinationHostname", m->fqdn, "DestinationPort", cor_num(s, port), "DestinationPortName",
            port_name(port), NULL);
}

void cor_scene_file(cor_scene *s, cor_time t, const cor_process *p, const char *path)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-11", BY(p), "TargetFilename", path, "CreationUtcTime",
            cor_utc(s, p->on, t), USER(p), NULL);
}

void cor_scene_stream(cor_scene *s, cor_time t, const cor_process *p, const char *path, const char *sha256,
                      const char *contents)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-15", BY(p), "TargetFilename", path, "CreationUtcTime",
            cor_utc(s, p->on, t), "Hash", cor_scene_fmt(s, "SHA256=%s", sha256), "Contents", contents, USER(p), NULL);
}

void cor_scene_deleted(cor_scene *s, cor_time t, const cor_process *p, const char *path)
{
    const char *sha256 = cor_scene_sha256(s);
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-26", BY(p), USER(p), "TargetFilename", path, "Hashes",
            cor_scene_fmt(s, "SHA256=%s", sha256), "IsExecutable", "false", NULL);
}

void cor_scene_key(cor_scene *s, cor_time t, const cor_process *p, const char *type, const char *key)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-12", BY(p), "EventType", type, "TargetObject", key, USER(p), NULL);
}

void cor_scene_value(cor_scene *s, cor_time t, const cor_process *p, const char *value, const char *details)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-13", BY(p), "EventType", "SetValue", "TargetObject", value, "Details",
            details, USER(p), NULL);
}

const char *cor_scene_hive(cor_scene *s, const cor_process *p)
{
    return cor_scene_fmt(s, "HKU\\%s", is_system(p->as) ? ".DEFAULT" : p->as->who->sid);
}

void cor_scene_pipe(cor_scene *s, cor_time t, const cor_process *p, const char *name, bool created)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, created ? "sysmon-17" : "sysmon-18", BY(p), "EventType",
            created ? "CreatePipe" : "ConnectPipe", "PipeName", name, NULL);
}

void cor_scene_thread(cor_scene *s, cor_time t, const cor_process *p, const cor_process *target)
{
    unsigned thread = 4 * cor_scene_between(s, 700, 3000), page = cor_scene_between(s, 0x200, 0x4ff);
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-8", "RuleName", "-", "UtcTime", cor_utc(s, p->on, t),
            "SourceProcessGuid", p->guid, "SourceProcessId", cor_num(s, p->pid), "SourceImage", p->image,
            "TargetProcessGuid", target->guid, "TargetProcessId", cor_num(s, target->pid), "TargetImage", target->image,
            "NewThreadId", cor_num(s, thread), "StartAddress", cor_scene_fmt(s, "0x0000000000%03X0000", page),
            "StartModule", "-", "StartFunction", "-", NULL);
}

void cor_scene_access(cor_scene *s, cor_time t, const cor_process *p, const cor_process *target, const char *mask)
{
    unsigned thread = 4 * cor_scene_between(s, 700, 3000), page = cor_scene_between(s, 0x200, 0x4ff);
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-10", "RuleName", "-", "UtcTime", cor_utc(s, p->on, t),
            "SourceProcessGUID", p->guid, "SourceProcessId", cor_num(s, p->pid), "SourceThreadId", cor_num(s, thread),
            "SourceImage", p->image, "TargetProcessGUID", target->guid, "TargetProcessId", cor_num(s, target->pid),
            "TargetImage", target->image, "GrantedAccess", mask, "CallTrace",
            cor_scene_fmt(s,
                          "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|UNKNOWN("
                          "0000000000%03X1F20)",
                          page),
            "SourceUser", cor_who(s, p->as->who), "TargetUser", cor_who(s, target->as->who), NULL);
}

void cor_scene_tamper(cor_scene *s, cor_time t, const cor_process *p, const char *type)
{
    cor_put(s, COR_PROFILE_A2, p->on, t, "sysmon-25", BY(p), "Type", type, USER(p), NULL);
}
