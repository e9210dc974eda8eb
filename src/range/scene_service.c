/* Shares, services and scheduled tasks. */
#include "base/hash.h"
#include "range/scene_in.h"

#define MS(n) ((cor_time)(n) * 10000)
#define RIGHT "\r\n\t\t\t\t"

static const struct {
    const char *name, *local, *drive;
} shares[COR_SHARE_N] = {
    [COR_SHARE_IPC] = {"\\\\*\\IPC$", "", NULL},
    [COR_SHARE_C] = {"\\\\*\\C$", "\\??\\C:\\", "C:\\"},
    [COR_SHARE_ADMIN] = {"\\\\*\\ADMIN$", "\\??\\C:\\Windows", "C:\\Windows\\"},
    [COR_SHARE_PUBLIC] = {"\\\\*\\Public", "\\??\\D:\\Shares\\Public", "D:\\Shares\\Public\\"},
    [COR_SHARE_SYSVOL] = {"\\\\*\\SYSVOL", "\\??\\C:\\Windows\\SYSVOL\\sysvol", "C:\\Windows\\SYSVOL\\sysvol\\"},
};

#define WHO(as) \
    "SubjectUserSid", (as)->who->sid, "SubjectUserName", (as)->who->name, "SubjectDomainName", (as)->who->domain, \
        "SubjectLogonId", (as)->id
#define SHARE(as, n) \
    "ObjectType", "File", "IpAddress", (as)->address, "IpPort", (as)->port, "ShareName", shares[n].name, \
        "ShareLocalPath", shares[n].local

static void opened(cor_scene *s, cor_time t, cor_session *as, cor_share share)
{
    if ((as->shares >> share & 1) != 0)
        return;
    as->shares |= 1u << share;
    cor_put(s, COR_PROFILE_A1, as->on, t - MS(8), "5140", WHO(as), SHARE(as, share), "AccessMask", "0x1", "AccessList",
            "%%4416" RIGHT, NULL);
}

static void used(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name, const char *mask,
                 const char *list)
{
    opened(s, t, as, share);
    if (name != NULL)
        cor_put(s, COR_PROFILE_A1, as->on, t, "5145", WHO(as), SHARE(as, share), "RelativeTargetName", name,
                "AccessMask", mask, "AccessList", list, "AccessReason", "-", NULL);
}

void cor_scene_share_read(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name)
{
    if (share == COR_SHARE_IPC)
        used(s, t, as, share, name, "0x12019f",
             "%%1538" RIGHT "%%1541" RIGHT "%%4416" RIGHT "%%4417" RIGHT "%%4418" RIGHT "%%4419" RIGHT "%%4420" RIGHT
             "%%4423" RIGHT "%%4424" RIGHT);
    else
        used(s, t, as, share, name, "0x120089",
             "%%1538" RIGHT "%%1541" RIGHT "%%4416" RIGHT "%%4419" RIGHT "%%4423" RIGHT);
}

void cor_scene_share_write(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name)
{
    used(s, t, as, share, name, "0x2", "%%4417" RIGHT);
    if (shares[share].drive != NULL)
        cor_scene_file(s, t + MS(3), as->on->kernel, cor_scene_fmt(s, "%s%s", shares[share].drive, name));
}

void cor_scene_share_denied(cor_scene *s, cor_time t, cor_session *as, cor_share share, const char *name)
{
    cor_put(s, COR_PROFILE_A1, as->on, t - MS(8), "5140-denied", WHO(as), SHARE(as, share), "AccessMask", "0x1",
            "AccessList", "%%4416" RIGHT, NULL);
    if (name != NULL)
        cor_put(s, COR_PROFILE_A1, as->on, t, "5145-denied", WHO(as), SHARE(as, share), "RelativeTargetName", name,
                "AccessMask", "0x2", "AccessList", "%%4417" RIGHT, "AccessReason", "-", NULL);
}

/* ---- services ---- */

void cor_scene_service(cor_scene *s, cor_time t, const cor_session *as, const cor_service *what)
{
    const char *start = what->start != NULL ? what->start : "demand start",
               *account = what->account != NULL ? what->account : "LocalSystem";
    bool driver = what->type != NULL && strstr(what->type, "kernel") != NULL;
    cor_put(s, COR_PROFILE_A0, as->on, t, "7045", "ServiceName", what->name, "ImagePath", what->image, "ServiceType",
            what->type != NULL ? what->type : "user mode service", "StartType", start, "AccountName", account,
            "@UserID", as->who->sid, NULL);
    cor_put(s, COR_PROFILE_A1, as->on, t + MS(2), "4697", WHO(as), "ServiceName", what->name, "ServiceFileName",
            what->image, "ServiceType", driver ? "0x1" : "0x10", "ServiceStartType",
            strcmp(start, "auto start") == 0 ? "2" : "3", "ServiceAccount", account, NULL);
}

/* Binary of the service control manager's events: the name in UTF-16, "/" and the state behind it. */
static const char *scm_binary(cor_scene *s, const char *name, const char *state)
{
    char t[600];
    size_t n = 0;
    for (int part = 0; part < 2; part++)
        for (const char *p = part == 0 ? name : state; *p != '\0' && n + 16 < sizeof t; p++, n += 4) {
            cor_hex((const uint8_t *)p, 1, t + n);
            memcpy(t + n + 2, "00", 2);
        }
    memcpy(t + n, "0000", 5);
    return cor_scene_fmt(s, "%s", t);
}

void cor_scene_service_state(cor_scene *s, cor_time t, cor_machine *on, const char *name, const char *display,
                             const char *state)
{
    cor_put(s, COR_PROFILE_A0, on, t, "7036", "param1", display, "param2", state, "Binary",
            scm_binary(s, name, strcmp(state, "running") == 0 ? "/4" : "/1"), NULL);
}

void cor_scene_service_failed(cor_scene *s, cor_time t, cor_machine *on, const char *name)
{
    cor_put(s, COR_PROFILE_A0, on, t, "7009", "param1", "30000", "param2", name, "Binary", scm_binary(s, name, ""),
            NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(1), "7000", "param1", name, "param2", "%%1053", "Binary",
            scm_binary(s, name, ""), NULL);
}

/* ---- tasks ---- */

static const char *escaped(cor_scene *s, const char *text)
{
    const char *out = "";
    for (; *text != '\0'; text++) {
        size_t n = strcspn(text, "&<>");
        const char *as = text[n] == '&' ? "&amp;" : text[n] == '<' ? "&lt;" : text[n] == '>' ? "&gt;" : "";
        out = cor_scene_fmt(s, "%s%.*s%s", out, (int)n, text, as);
        text += n;
        if (*text == '\0')
            break;
    }
    return out;
}

static const char *trigger_of(cor_scene *s, cor_time t, const cor_task *what)
{
    if (what->boot)
        return "    <BootTrigger>\r\n      <Enabled>true</Enabled>\r\n    </BootTrigger>\r\n";
    const char *repeat =
        what->every == NULL
            ? ""
            : cor_scene_fmt(s,
                            "      <Repetition>\r\n        <Interval>%s</Interval>\r\n"
                            "        <StopAtDurationEnd>false</StopAtDurationEnd>\r\n      </Repetition>\r\n",
                            what->every);
    const char *end =
        what->end == 0 ? "" : cor_scene_fmt(s, "      <EndBoundary>%s</EndBoundary>\r\n", cor_local(s, what->end));
    cor_time start = what->start == 0 ? t : what->start;
    return cor_scene_fmt(s,
                         "    <TimeTrigger>\r\n%s      <StartBoundary>%s</StartBoundary>\r\n%s      "
                         "<Enabled>true</Enabled>\r\n    </TimeTrigger>\r\n",
                         repeat, cor_local(s, start), end);
}

static const char *content_of(cor_scene *s, cor_time t, const cor_task *what)
{
    const char *arguments = what->arguments == NULL
                                ? ""
                                : cor_scene_fmt(s, "      <Arguments>%s</Arguments>\r\n", escaped(s, what->arguments));
    return cor_scene_fmt(
        s,
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" "
        "xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n"
        "  <RegistrationInfo>\r\n    <Date>%s</Date>\r\n    <Author>%s</Author>\r\n    <URI>%s</URI>\r\n  "
        "</RegistrationInfo>\r\n  <Triggers>\r\n%s"
        "  </Triggers>\r\n  <Principals>\r\n    <Principal id=\"Author\">\r\n      <RunLevel>%s</RunLevel>\r\n      "
        "<UserId>%s</UserId>\r\n"
        "%s    </Principal>\r\n  </Principals>\r\n  <Settings>\r\n"
        "    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\r\n    "
        "<DisallowStartIfOnBatteries>true</DisallowStartIfOnBatteries>\r\n"
        "    <StopIfGoingOnBatteries>true</StopIfGoingOnBatteries>\r\n    "
        "<AllowHardTerminate>true</AllowHardTerminate>\r\n%s"
        "    <Enabled>true</Enabled>\r\n    <Hidden>false</Hidden>\r\n    "
        "<ExecutionTimeLimit>PT72H</ExecutionTimeLimit>\r\n    <Priority>7</Priority>\r\n"
        "  </Settings>\r\n  <Actions Context=\"Author\">\r\n    <Exec>\r\n      <Command>%s</Command>\r\n%s    "
        "</Exec>\r\n  </Actions>\r\n</Task>",
        cor_local(s, t), what->author, what->name, trigger_of(s, t, what),
        strcmp(what->principal, "S-1-5-18") == 0 ? "HighestAvailable" : "LeastPrivilege", what->principal,
        strcmp(what->principal, "S-1-5-18") == 0 ? "" : "      <LogonType>InteractiveToken</LogonType>\r\n",
        what->delete_when_expired ? "    <DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>\r\n" : "",
        escaped(s, what->command), arguments);
}

#define TASK_WHO(as) \
    "SubjectUserSid", (as)->who->sid, "SubjectUserName", \
        (as) == (as)->on->system ? (as)->on->self.name : (as)->who->name, "SubjectDomainName", \
        (as) == (as)->on->system ? COR_DOMAIN : (as)->who->domain, "SubjectLogonId", (as)->id

void cor_scene_task(cor_scene *s, cor_time t, const cor_session *as, const cor_task *what)
{
    cor_put(s, COR_PROFILE_A1, as->on, t, "4698", TASK_WHO(as), "TaskName", what->name, "TaskContent",
            content_of(s, t, what), NULL);
    cor_put(s, COR_PROFILE_A2, as->on, t + MS(4), "task-106", "TaskName", what->name, "UserContext",
            cor_who(s, as->who), NULL);
}

void cor_scene_task_run(cor_scene *s, cor_time t, const cor_task *what, const cor_process *p, cor_time done)
{
    const cor_machine *m = p->on;
    const char *instance = cor_scene_guid(s),
               *as = strcmp(what->principal, "S-1-5-18") == 0 ? "NT AUTHORITY\\SYSTEM" : cor_who(s, p->as->who);
    const char *engine = cor_num(s, m->scheduler->pid);
    cor_put(s, COR_PROFILE_A2, m, t, "task-129", "TaskName", what->name, "Path", what->command, "ProcessID",
            cor_num(s, p->pid), "Priority", "16384", NULL);
    cor_put(s, COR_PROFILE_A2, m, t + MS(1), "task-100", "TaskName", what->name, "UserContext", as, "InstanceId",
            instance, NULL);
    cor_put(s, COR_PROFILE_A2, m, t + MS(2), "task-200", "TaskName", what->name, "ActionName", what->command,
            "TaskInstanceId", instance, "EnginePID", engine, NULL);
    cor_put(s, COR_PROFILE_A2, m, done, "task-201", "TaskName", what->name, "TaskInstanceId", instance, "ActionName",
            what->command, "ResultCode", "0", "EnginePID", engine, NULL);
    cor_put(s, COR_PROFILE_A2, m, done + MS(1), "task-102", "TaskName", what->name, "UserContext", as, "InstanceId",
            instance, NULL);
}

void cor_scene_task_deleted(cor_scene *s, cor_time t, const cor_session *as, const cor_task *what)
{
    cor_put(s, COR_PROFILE_A1, as->on, t, "4699", TASK_WHO(as), "TaskName", what->name, "TaskContent", "", NULL);
    cor_put(s, COR_PROFILE_A2, as->on, t + MS(4), "task-141", "TaskName", what->name, "UserName", cor_who(s, as->who),
            NULL);
}
