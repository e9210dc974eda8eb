/* Antivirus, PowerShell, the logs themselves, starting and stopping. */
#include "range/scene_in.h"

#define MS(n) ((cor_time)(n) * 10000)
#define DEFENDER_KEY "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\"

void cor_scene_defender_changed(cor_scene *s, cor_time t, cor_machine *on, const char *old_value, const char *new_value)
{
    cor_put(s, COR_PROFILE_A0, on, t, "defender-5007", "Product_Name", "%%827", "Product_Version", "4.18.2211.5",
            "Old_Value", old_value, "New_Value", new_value, NULL);
}

void cor_scene_defender_excluded(cor_scene *s, cor_time t, cor_machine *on, const char *folder)
{
    cor_scene_defender_changed(s, t, on, "", cor_scene_fmt(s, DEFENDER_KEY "Exclusions\\Paths\\%s = 0x0", folder));
}

static void detection(cor_scene *s, cor_time t, const cor_machine *on, const cor_threat *what, const char *id,
                      const char *when, bool acted)
{
    cor_put(
        s, COR_PROFILE_A0, on, t, acted ? "defender-1117" : "defender-1116", "Product_Name", "%%827", "Product_Version",
        "4.18.2211.5", "Detection_ID", id, "Detection_Time", when, "Threat_ID", what->id, "Threat_Name", what->name,
        "Severity_ID", "5", "Severity_Name", "Severe", "Category_ID", "8", "Category_Name", what->category, "FWLink",
        cor_scene_fmt(s, "https://go.microsoft.com/fwlink/?linkid=37020&name=%s&threatid=%s&enterprise=0", what->name,
                      what->id),
        "Status_Code", acted ? "3" : "1", "State", acted ? "2" : "1", "Source_ID", "3", "Source_Name", "%%818",
        "Process_Name", what->process, "Detection_User", what->user, "Path", what->path, "Origin_ID", "1",
        "Origin_Name", "%%845", "Execution_ID", "1", "Execution_Name", "%%813", "Type_ID", "0", "Type_Name", "%%822",
        "Pre_Execution_Status", "0", "Action_ID", acted ? "3" : "9", "Action_Name", acted ? "%%810" : "%%887",
        "Error_Code", "0x00000000", "Error_Description", "The operation completed successfully. ", "Post_Clean_Status",
        "0", "Additional_Actions_ID", "0", "Additional_Actions_String", "No additional actions required",
        "Remediation_User", acted ? "NT AUTHORITY\\SYSTEM" : "", "Security_intelligence_Version",
        "AV: 1.381.2000.0, AS: 1.381.2000.0, NIS: 1.381.2000.0", "Engine_Version", "AM: 1.1.19900.2, NIS: 1.1.19900.2",
        NULL);
}

void cor_scene_defender_found(cor_scene *s, cor_time t, cor_machine *on, const cor_threat *what)
{
    char iso[33];
    size_t n = cor_time_iso(t + on->skew, 3, iso);
    const char *id = cor_scene_guid(s), *when = cor_scene_fmt(s, "%.*s", (int)n, iso);
    detection(s, t, on, what, id, when, false);
    if (what->blocked)
        detection(s, t + MS(6200), on, what, id, when, true);
}

void cor_scene_mounted(cor_scene *s, cor_time t, cor_machine *on, const char *image)
{
    cor_put(s, COR_PROFILE_A0, on, t, "image-12", "Status", "0x0", "VhdFile", image, "VhdType", "1", "Version", "1",
            "Flags", "0", "AccessMask", "0", "WriteDepth", "0", "GetInfoOnly", "false", "ReadOnly", "true", NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(60), "image-1", "Status", "0x0", "VhdFileName", image, "VhdDiskNumber", "2",
            NULL);
}

void cor_scene_removable_read(cor_scene *s, cor_time t, const cor_process *p, const char *object)
{
    const cor_session *as = p->as;
    cor_put(s, COR_PROFILE_A1, p->on, t, "4663", "SubjectUserSid", as->who->sid, "SubjectUserName", as->who->name,
            "SubjectDomainName", as->who->domain, "SubjectLogonId", as->id, "ObjectServer", "Security", "ObjectType",
            "File", "ObjectName", object, "HandleId", cor_hex_num(s, 4 * cor_scene_between(s, 200, 900)), "AccessList",
            "%%4416\r\n\t\t\t\t", "AccessMask", "0x1", "ProcessId", cor_hex_num(s, p->pid), "ProcessName", p->image,
            "ResourceAttributes", "S:AI", NULL);
}

static const char *engine_state(cor_scene *s, const char *line, const char *host_id, const char *runspace,
                                const char *from, const char *to, int sequence)
{
    return cor_scene_fmt(
        s,
        "\tNewEngineState=%s\r\n\tPreviousEngineState=%s\r\n\r\n\tSequenceNumber=%d\r\n\r\n\tHostName=ConsoleHost\r\n"
        "\tHostVersion=5.1.19041.1320\r\n\tHostId=%s\r\n\tHostApplication=%s\r\n\tEngineVersion=5.1.19041."
        "1320\r\n\tRunspaceId=%s\r\n"
        "\tPipelineId=\r\n\tCommandName=\r\n\tCommandType=\r\n\tScriptName=\r\n\tCommandPath=\r\n\tCommandLine=",
        to, from, sequence, host_id, line, runspace);
}

void cor_scene_powershell(cor_scene *s, cor_time t, const cor_process *p, const char *pipeline, cor_time end)
{
    cor_scene_powershell_calling(s, t, p, pipeline, "CommandInvocation(Out-Default): \"Out-Default\"\r\n", end);
}

void cor_scene_powershell_calling(cor_scene *s, cor_time t, const cor_process *p, const char *pipeline,
                                  const char *called, cor_time end)
{
    const char *host = cor_scene_guid(s), *space = cor_scene_guid(s);
    host = cor_scene_fmt(s, "%.36s", host + 1);
    space = cor_scene_fmt(s, "%.36s", space + 1);
    cor_put(s, COR_PROFILE_A0, p->on, t, "powershell-400", "#1", "Available", "#2", "None", "#3",
            engine_state(s, p->line, host, space, "None", "Available", 13), NULL);
    if (pipeline != NULL)
        cor_put(s, COR_PROFILE_A0, p->on, t + MS(400), "powershell-800", "#1", pipeline, "#2",
                cor_scene_fmt(s,
                              "\tDetailSequence=1\r\n\tDetailTotal=1\r\n\r\n\tSequenceNumber=15\r\n\r\n\tUserId=%"
                              "s\r\n\tHostName=ConsoleHost\r\n"
                              "\tHostVersion=5.1.19041.1320\r\n\tHostId=%s\r\n\tHostApplication=%s\r\n\tEngineVersion="
                              "5.1.19041.1320\r\n\tRunspaceId=%s\r\n"
                              "\tPipelineId=1\r\n\tScriptName=\r\n\tCommandLine=%s",
                              cor_who(s, p->as->who), host, p->line, space, pipeline),
                "#3", called, NULL);
    cor_put(s, COR_PROFILE_A0, p->on, end, "powershell-403", "#1", "Stopped", "#2", "Available", "#3",
            engine_state(s, p->line, host, space, "Available", "Stopped", 17), NULL);
}

void cor_scene_script_block(cor_scene *s, cor_time t, const cor_process *p, const char *text, bool suspicious)
{
    const char *id = cor_scene_guid(s);
    cor_put(s, suspicious ? COR_PROFILE_A0 : COR_PROFILE_A2, p->on, t,
            suspicious ? "powershell-4104-warning" : "powershell-4104", "MessageNumber", "1", "MessageTotal", "1",
            "ScriptBlockText", text, "ScriptBlockId", cor_scene_fmt(s, "%.36s", id + 1), "Path", "", "@UserID",
            p->as->who->sid, NULL);
}

void cor_scene_security_cleared(cor_scene *s, cor_time t, const cor_session *by)
{
    cor_put(s, COR_PROFILE_A0, by->on, t, "1102", "SubjectUserSid", by->who->sid, "SubjectUserName", by->who->name,
            "SubjectDomainName", by->who->domain, "SubjectLogonId", by->id, NULL);
}

void cor_scene_log_cleared(cor_scene *s, cor_time t, const cor_session *by, const char *channel)
{
    cor_put(s, COR_PROFILE_A0, by->on, t, "104", "SubjectUserName", by->who->name, "SubjectDomainName", by->who->domain,
            "Channel", channel, "@UserID", by->who->sid, NULL);
}

void cor_scene_shutdown(cor_scene *s, cor_time t, cor_machine *on, const cor_user *by, bool restart)
{
    char iso[33];
    by = by == NULL ? &cor_local_system : by;
    cor_put(s, COR_PROFILE_A0, on, t, "1074", "param1", "C:\\Windows\\System32\\RuntimeBroker.exe", "param2", on->name,
            "param3", "Other (Unplanned)", "param4", "0x0", "param5", restart ? "restart" : "power off", "param6", "",
            "param7", cor_who(s, by), "@UserID", by->sid, NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(4000), "6006", "Binary", "0100000000000000", NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(4100), "1100", NULL);
    size_t n = cor_time_iso(t + MS(6000) + on->skew, 7, iso);
    cor_put(s, COR_PROFILE_A0, on, t + MS(6000), "kernel-13", "StopTime", cor_scene_fmt(s, "%.*s", (int)n, iso), NULL);
}

void cor_scene_boot(cor_scene *s, cor_time t, cor_machine *on)
{
    char iso[33];
    size_t n = cor_time_iso(t + on->skew, 7, iso);
    cor_put(s, COR_PROFILE_A0, on, t, "kernel-12", "MajorVersion", "10", "MinorVersion", "0", "BuildVersion",
            on->kind == COR_WORKSTATION ? "19044" : "17763", "QfeVersion", "1526", "ServiceVersion", "0", "BootMode",
            "0", "StartTime", cor_scene_fmt(s, "%.*s", (int)n, iso), NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(9000), "4608", NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(9500), "6009", "#1", "10.00.", "#2",
            on->kind == COR_WORKSTATION ? "19044" : "17763", "#3", "", "#4", "Multiprocessor Free", "#5", "0", NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(9501), "6005", "Binary", "E607030004000A00130020002500E5010000000000000000",
            NULL);
    cor_put(s, COR_PROFILE_A0, on, t + MS(9502), "6013", "#1", "", "#2", "", "#3", "", "#4", "", "#5", "15", "#6", "60",
            "#7", "-60 W. Europe Standard Time", "Binary", "310000000000", NULL);
    cor_scene_logon_service(s, t + MS(12000), on, NULL);
}

void cor_scene_dirty_boot(cor_scene *s, cor_time t, cor_machine *on)
{
    cor_put(s, COR_PROFILE_A0, on, t + MS(9501), "6008", "#1", "3:12:04 AM", "#2", "2/26/2026", "#3", "", "#4", "",
            "#5", "351204", "#6", "", "#7", "", "Binary", "EA07020004001A000300", NULL);
    cor_scene_boot(s, t, on);
}

void cor_scene_clock_set(cor_scene *s, cor_time t, cor_machine *on, cor_time late)
{
    char was[33], is[33];
    size_t n = cor_time_iso(t + on->skew - late, 7, was), m = cor_time_iso(t + on->skew, 7, is);
    cor_put(s, COR_PROFILE_A0, on, t, "4616", "SubjectUserSid", "S-1-5-18", "SubjectUserName", on->self.name,
            "SubjectDomainName", COR_DOMAIN, "SubjectLogonId", "0x3e7", "PreviousTime",
            cor_scene_fmt(s, "%.*s", (int)n, was), "NewTime", cor_scene_fmt(s, "%.*s", (int)m, is), "ProcessId", "0x5a0",
            "ProcessName", "C:\\Windows\\System32\\svchost.exe", NULL);
}
