"""A busy day on which nothing is infected: what administrators, developers and programs do that looks like malware. No built-in rule
may give a strong sign over all of it, whatever log it is seen in. Names and addresses are invented."""
import json
import os
import sys

import e2e

RULES = os.path.join(e2e.ROOT, "rules")
SYS, PF = "C:\\Windows\\System32\\", "C:\\Program Files\\"
CMD, EXPLORER, SVCHOST, SPOOLER = SYS + "cmd.exe", "C:\\Windows\\explorer.exe", SYS + "svchost.exe", SYS + "spoolsv.exe"
POWERSHELL = SYS + "WindowsPowerShell\\v1.0\\powershell.exe"
EXCEL = PF + "Microsoft Office\\root\\Office16\\EXCEL.EXE"
INTUNE = "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\Microsoft.Management.Services.IntuneWindowsAgent.exe"
VSCODE, DEVENV = PF + "Microsoft VS Code\\Code.exe", PF + "Microsoft Visual Studio\\2022\\Common7\\IDE\\devenv.exe"
ENCODED = "RwBlAHQALQBDAG8AbQBwAHUAdABlAHIASQBuAGYAbwAgAHwAIABPAHUAdAAtAE4AdQBsAGwA"
ONEDRIVE = "C:\\Users\\d.wolf\\AppData\\Local\\Microsoft\\OneDrive\\"

# What is done, the program that starts, its parent, its command line. Both logs show it.
STARTS = [
    ("developer: encoded PowerShell", POWERSHELL, VSCODE, "powershell -enc " + ENCODED),
    ("developer: control panel", SYS + "rundll32.exe", EXPLORER, "rundll32.exe shell32.dll,Control_RunDLL"),
    ("developer: control panel item", SYS + "rundll32.exe", POWERSHELL, "rundll32.exe shell32.dll,Control_RunDLL desk.cpl,,0"),
    ("developer: tracker", SYS + "rundll32.exe", DEVENV[:-10] + "tracker.exe", "rundll32.exe D:\\src\\tool\\out\\probe.tmp,RunDLL"),
    ("developer: own library", SYS + "regsvr32.exe", DEVENV, "regsvr32 /s C:\\Users\\d.wolf\\source\\repos\\ext\\Debug\\ext.dll"),
    ("developer: curl", SYS + "curl.exe", CMD, "curl http://localhost:5000/health"),
    ("developer: own program", "C:\\Users\\d.wolf\\AppData\\Local\\Programs\\probe\\probe.exe", VSCODE, "probe.exe --serve"),
    ("developer: image mounted", "E:\\setup.exe", EXPLORER, "\"E:\\setup.exe\""),
    ("finance: add-in", SYS + "regsvr32.exe", EXCEL, "regsvr32 /s \"C:\\Program Files\\FinTools\\addin.dll\""),
    ("finance: add-in, 32 bit", SYS + "regsvr32.exe", EXCEL, "regsvr32 /s \"C:\\Program Files (x86)\\FinTools\\addin.dll\""),
    ("finance: macro report", CMD, EXCEL, "cmd /c start C:\\Finance\\monthly_report.cmd"),
    ("finance: macro report on a share", CMD, EXCEL, "cmd.exe /c start \\\\SRV-FILE01\\Finance\\report.bat"),
    ("printing: Office", "C:\\Windows\\splwow64.exe", EXCEL, "C:\\Windows\\splwow64.exe 8192"),
    ("printing: driver", SYS + "rundll32.exe", SPOOLER, "rundll32.exe printui.dll,PrintUIEntry /ga /n\"\\\\SRV-APP01\\P1\""),
    ("printing: driver's part", SYS + "regsvr32.exe", "C:\\Windows\\Temp\\drv\\setup.exe", "regsvr32 /s \"C:\\Program Files\\Maker\\status.ocx\""),
    ("updates: OneDrive", ONEDRIVE + "OneDriveSetup.exe", SVCHOST, "\"" + ONEDRIVE + "OneDriveSetup.exe\" /update /restart"),
    ("updates: OneDrive at first logon", "C:\\Windows\\SysWOW64\\OneDriveSetup.exe", EXPLORER, "C:\\Windows\\SysWOW64\\OneDriveSetup.exe /thfirstsetup"),
    ("updates: OneDrive bare", ONEDRIVE + "OneDriveSetup.exe", SVCHOST, "\"" + ONEDRIVE + "OneDriveSetup.exe\""),
    ("updates: sync centre", SYS + "mobsync.exe", SVCHOST, "C:\\Windows\\System32\\mobsync.exe -Embedding"),
    ("updates: sync centre bare", SYS + "mobsync.exe", SVCHOST, "C:\\Windows\\System32\\mobsync.exe"),
    ("updates: browser", PF + "Google\\Update\\GoogleUpdate.exe", SVCHOST, "GoogleUpdate.exe /ua /installsource scheduler"),
    ("error reporting", SYS + "wermgr.exe", SVCHOST, "C:\\Windows\\system32\\wermgr.exe -upload"),
    ("repair: search index", SYS + "esentutl.exe", CMD, "esentutl.exe /p C:\\ProgramData\\Microsoft\\Search\\Data\\Applications\\Windows\\Windows.edb"),
    ("repair: recovery", SYS + "esentutl.exe", CMD, "esentutl /r edb /l C:\\ProgramData\\Microsoft\\Search\\Data"),
    ("repair: copy", SYS + "esentutl.exe", CMD, "esentutl /y C:\\Data\\a.edb /vss /d D:\\copy.edb"),
    ("management: script", POWERSHELL, INTUNE, "powershell.exe -ExecutionPolicy Bypass -EncodedCommand " + ENCODED),
    ("management: script by WMI", POWERSHELL, SYS + "wbem\\WmiPrvSE.exe", "powershell.exe -NonInteractive -ExecutionPolicy Bypass -File C:\\Windows\\CCM\\a.ps1"),
    ("management: client", "C:\\Windows\\ccmsetup\\ccmsetup.exe", SYS + "services.exe", "C:\\Windows\\ccmsetup\\ccmsetup.exe /runservice"),
    ("management: exclusion", POWERSHELL, INTUNE, "powershell.exe Add-MpPreference -ExclusionPath \"C:\\Program Files\\Vendor\\Agent\""),
    ("management: package", SYS + "msiexec.exe", SVCHOST, "msiexec.exe /i \\\\DC01\\SYSVOL\\corp.example\\pkg\\viewer.msi /qn"),
    ("IT: passwords listed", "C:\\it\\WebBrowserPassView.exe", CMD, "WebBrowserPassView.exe /scomma \\\\SRV\\it\\inv.csv"),
    ("helpdesk", SYS + "whoami.exe", CMD, "whoami /all"),
    ("helpdesk", SYS + "ipconfig.exe", CMD, "ipconfig /all"),
    ("helpdesk", SYS + "net.exe", CMD, "net localgroup administrators"),
    ("helpdesk", SYS + "nltest.exe", CMD, "nltest /dsgetdc:corp.example"),
    ("inventory agent", SYS + "systeminfo.exe", PF + "Inventory\\agent.exe", "systeminfo"),
    ("inventory agent", SYS + "arp.exe", PF + "Inventory\\agent.exe", "arp -a"),
    ("inventory agent", SYS + "route.exe", PF + "Inventory\\agent.exe", "route print"),
    ("inventory agent", SYS + "netstat.exe", PF + "Inventory\\agent.exe", "netstat -ano"),
    ("inventory agent", SYS + "net.exe", PF + "Inventory\\agent.exe", "net share"),
    ("logon script", SYS + "systeminfo.exe", CMD, "systeminfo"),
    ("logon script", SYS + "arp.exe", CMD, "arp -a"),
    ("logon script", SYS + "route.exe", CMD, "route print"),
    ("logon script", SYS + "netstat.exe", CMD, "netstat -ano"),
    ("logon script", SYS + "net.exe", CMD, "net share"),
    ("logon script", SYS + "net.exe", CMD, "net use S: \\\\SRV-FILE01\\Public"),
]
SECURITY, SYSTEM = ("Security", "Microsoft-Windows-Security-Auditing"), ("System", "Service Control Manager")
SYSMON = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
DEFENDER = ("Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender")
PERSON = {"SubjectUserSid": "S-1-5-21-11-22-33-1104", "SubjectUserName": "helpdesk1", "SubjectDomainName": "CORP", "SubjectLogonId": "0x51"}
MACHINE = {"SubjectUserSid": "S-1-5-18", "SubjectUserName": "WS01$", "SubjectDomainName": "CORP", "SubjectLogonId": "0x3e7"}
EXCLUDED = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\"
RUN = "HKU\\S-1-5-21-11-22-33-1107\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\"
MAIL = "C:\\Users\\t.vogel\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\Q1K2ZX81\\"


def task(command, arguments):
    return ("<Task><Triggers><TimeTrigger><StartBoundary>2026-03-03T09:00:00</StartBoundary><EndBoundary>2026-03-03T10:00:00</EndBoundary>"
            "</TimeTrigger></Triggers><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals><Settings>"
            "<DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter></Settings><Actions><Exec><Command>" + command + "</Command><Arguments>" +
            arguments + "</Arguments></Exec></Actions></Task>")


def service(name, path):
    return [(SYSTEM, 7045, {"ServiceName": name, "ImagePath": path, "ServiceType": "user mode service", "StartType": "demand start",
                            "AccountName": "LocalSystem"}),
            (SECURITY, 4697, {**PERSON, "ServiceName": name, "ServiceFileName": path, "ServiceType": "0x10", "ServiceStartType": "3",
                              "ServiceAccount": "LocalSystem"})]


def threat(event_id, name, path, action):
    return (DEFENDER, event_id, {"Threat Name": name, "Path": path, "Action ID": action, "Process Name": EXPLORER})


def others():
    for name, path in (("PSEXESVC", "%SystemRoot%\\PSEXESVC.exe"), ("ccmsetup", "C:\\Windows\\ccmsetup\\ccmsetup.exe /runservice"),
                       ("AteraAgent", "\"C:\\Program Files\\ATERA Networks\\AteraAgent\\AteraAgent.exe\""),
                       ("TeamViewer", "\"C:\\Program Files\\TeamViewer\\TeamViewer_Service.exe\""),
                       ("Velociraptor", "\"C:\\Program Files\\Velociraptor\\Velociraptor.exe\" service run"),
                       ("VSS copy", "C:\\Windows\\System32\\svchost.exe -k swprv")):
        yield from service(name, path)
    for name in ("\\Install Viewer 4.2", "\\{7A1C2B3D-0000-4000-8000-000000000042}"):
        yield SECURITY, 4698, {**MACHINE, "TaskName": name, "TaskContent": task("msiexec.exe", "/i \\\\DC01\\SYSVOL\\pkg\\viewer.msi /qn")}
    for folder in ("C:\\Program Files\\Vendor\\Agent", "C:\\ProgramData\\Vendor\\Cache", "C:\\Windows\\CCM",
                   "C:\\ProgramData\\Microsoft\\IntuneManagementExtension"):
        yield DEFENDER, 5007, {"Old Value": "", "New Value": EXCLUDED + folder + " = 0x0"}
    iso = "containerfile:_" + MAIL + "FZ4711.iso; file:_" + MAIL + "FZ4711.iso->ruin.dll"
    yield threat(1116, "Trojan:Win32/Qakbot.MZ", iso, "9")
    yield threat(1117, "Trojan:Win32/Qakbot.MZ", iso, "2")
    yield threat(1116, "Virus:DOS/EICAR_Test_File", "file:_C:\\Users\\t.vogel\\Downloads\\e.txt", "9")
    yield threat(1117, "Virus:DOS/EICAR_Test_File", "file:_C:\\Users\\t.vogel\\Downloads\\e.txt", "2")
    for name in ("admin", "guest", "test") * 4:  # a scanner
        yield SECURITY, 4625, {"TargetUserName": name, "LogonType": "3", "IpAddress": "10.20.2.30", "WorkstationName": "SCAN01",
                               "Status": "0xc000006d", "SubStatus": "0xc0000064"}
        yield SECURITY, 4776, {"TargetUserName": name, "Workstation": "SCAN01", "Status": "0xc0000064"}
    for i in range(14):  # the Monday on which passwords expire
        yield SECURITY, 4740, {**MACHINE, "TargetUserName": f"user{i}", "TargetDomainName": f"PHONE{i}", "TargetSid": f"S-1-5-21-11-22-33-{i}"}
        yield SECURITY, 4767, {**PERSON, "TargetUserName": f"user{i}", "TargetDomainName": "CORP", "TargetSid": f"S-1-5-21-11-22-33-{i}"}
    for name, command in (("KioskPlayer", "\"C:\\Program Files\\KioskMaker\\player.exe\" /full"), ("OneDrive", ONEDRIVE + "OneDrive.exe /background"),
                          ("com.squirrel.Teams.Teams", "C:\\Users\\d.wolf\\AppData\\Local\\Microsoft\\Teams\\Update.exe --processStart Teams.exe")):
        yield SYSMON, 13, {"EventType": "SetValue", "Image": "C:\\Program Files\\KioskMaker\\kiosk.exe", "TargetObject": RUN + name, "Details": command}
    yield SYSMON, 17, {"EventType": "CreatePipe", "PipeName": "\\mojo.4711.1234.5678901234567890", "Image": PF + "Google\\Chrome\\Application\\chrome.exe"}
    yield SYSMON, 11, {"Image": EXPLORER, "TargetFilename": "D:\\images\\tools.iso"}
    yield SYSMON, 11, {"Image": DEVENV, "TargetFilename": "C:\\Users\\d.wolf\\source\\repos\\ext\\Debug\\ext.dll"}
    for i in range(60):  # remote monitoring
        yield SYSMON, 3, {"Initiated": "true", "Image": PF + "ATERA Networks\\AteraAgent\\AteraAgent.exe", "DestinationIp": f"198.51.100.{i}", "DestinationPort": "443"}


def day():
    events, record = [], 0

    def put(where, event_id, data):
        nonlocal record
        record += 1
        when = f"2026-03-03T{8 + record // 600:02}:{record // 10 % 60:02}:{record % 10 * 6:02}.0000000Z"
        events.append(e2e.event(record, when, where[0], event_id, provider=where[1], data=data))
    for pid, (what, image, parent, command) in enumerate(STARTS):
        ppid = 4000 + STARTS.index(next(s for s in STARTS if s[0] == what)) * 4
        put(SYSMON, 1, {"Image": image, "OriginalFileName": os.path.basename(image.replace("\\", "/")), "CommandLine": command,
                        "CurrentDirectory": "C:\\Windows\\system32\\", "ProcessId": 9000 + pid, "ParentImage": parent,
                        "ParentProcessId": ppid, "ParentCommandLine": parent, "User": "CORP\\d.wolf"})
        put(SECURITY, 4688, {**PERSON, "NewProcessName": image, "NewProcessId": hex(9000 + pid), "ProcessId": hex(ppid), "CommandLine": command,
                             "ParentProcessName": parent})
    for where, event_id, data in others():
        put(where, event_id, data)
    return events


def findings(folder, events):
    path = e2e.write_events(folder, "day.jsonl", events)
    r = e2e.cordon("detect", path, "-r", RULES, "-t", "jsonl", "-q")
    e2e.expect("exit of detect", r.returncode, 0)
    return [json.loads(line) for line in r.stdout.splitlines()]


def test_a_busy_day_gives_nothing_strong(folder):
    found = findings(folder, day())
    strong = [(f["rule_title"], f.get("event", {}).get("CommandLine", "")) for f in found if f["level"] in ("high", "critical")]
    e2e.expect("strong signs", strong, [])


def test_and_an_attack_in_it_still_shows(folder):
    """The same day with one start of Excel changed: the day does not drown it."""
    events = day()
    for e in events:
        data = e["Event"]["EventData"]
        if "addin.dll" in data.get("CommandLine", ""):
            data["CommandLine"] = "regsvr32 C:\\Tofmar\\belsin.ooccxx"
    e2e.expect("levels", {f["level"] for f in findings(folder, events)} & {"high", "critical"}, {"high"})


if __name__ == "__main__":
    e2e.main(sys.modules[__name__])
