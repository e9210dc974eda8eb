/* The cards: field sets, order and types as real events have them. Types: none text, s SID, x hex64, p pointer, h
 * hex32, d u32, w u16, q u64, g GUID, t FILETIME, b boolean, z binary. A name #N is a value without a name; in names of
 * Defender's, _ stands for a blank.
 *
 * Cards marked UNPROVED were written after documentation: no real event of theirs was at hand
 * (tests/e2e/test_data_cards.py lists them). */
#include "range/stage.h"

#define SECURITY "Security", "Microsoft-Windows-Security-Auditing", "54849625-5478-4994-a5ba-3e3b0328c30d"
#define EVENTLOG "Microsoft-Windows-Eventlog", "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148"
#define SYSMON \
    "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", "5770385f-c22a-43e0-bf4c-06f5698ffbd9"
#define DEFENDER \
    "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", \
        "11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78"
#define TASKS \
    "Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TaskScheduler", \
        "de7b24ea-73c8-4a09-985d-5bdadcfa9017"
#define SCM "System", "Service Control Manager", "555908d1-a6d7-4695-8e1e-26931d2012f4"
#define POWERSHELL \
    "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", "a0c1853b-5c40-4b15-8766-3cf1c58f985a"
#define UPDATES "System", "Microsoft-Windows-WindowsUpdateClient", "945a8954-c147-4acd-923f-40c45405a658"
#define KERNEL "System", "Microsoft-Windows-Kernel-General", "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d"
#define POLICY_GUID "Microsoft-Windows-GroupPolicy", "aea1b4fa-97d1-45f2-a64c-4d69fffd92c9"
#define SESSIONS \
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", \
        "Microsoft-Windows-TerminalServices-LocalSessionManager", "5d896912-022d-40aa-a3a8-4fa5515c76d7"
#define REMOTE \
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", \
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager", "c76baa63-ae81-421c-b425-340b4b24157f"
#define IMAGES "Microsoft-Windows-VHDMP-Operational", "Microsoft-Windows-VHDMP", "e2816346-87f4-4f85-95c3-0c79409aa89d"
#define AUDIT_OK UINT64_C(0x8020000000000000)
#define AUDIT_FAILED UINT64_C(0x8010000000000000)
#define PLAIN UINT64_C(0x8000000000000000)
#define CLASSIC UINT64_C(0x8080000000000000)
#define OLD UINT64_C(0x80000000000000)
#define SUBJECT "SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x "
#define SHARE_FIELDS SUBJECT "ObjectType IpAddress IpPort ShareName ShareLocalPath "
#define DETECTION \
    "Product_Name Product_Version Detection_ID Detection_Time Unused Unused2 Threat_ID Threat_Name Severity_ID " \
    "Severity_Name Category_ID " \
    "Category_Name FWLink Status_Code Status_Description State Source_ID Source_Name Process_Name Detection_User " \
    "Unused3 Path Origin_ID Origin_Name " \
    "Execution_ID Execution_Name Type_ID Type_Name Pre_Execution_Status Action_ID Action_Name Unused4 Error_Code " \
    "Error_Description Unused5 " \
    "Post_Clean_Status Additional_Actions_ID Additional_Actions_String Remediation_User Unused6 " \
    "Security_intelligence_Version Engine_Version"
#define SESSION_NS "Event_NS"

#define NO_USER_DATA NULL, NULL

const cor_card cor_cards[] = {
    /* Security: {name, channel.., id, task, qualifiers, version, level, opcode, keywords, by SYSTEM, UserData element,
       namespace, fields} */
    {"4608", SECURITY, 4608, 12288, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, ""},
    {"4616", SECURITY, 4616, 12288, -1, 1, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "PreviousTime:t NewTime:t ProcessId:p ProcessName"},
    {"4624", SECURITY, 4624, 12544, -1, 2, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "TargetUserSid:s TargetUserName TargetDomainName TargetLogonId:x LogonType:d LogonProcessName "
             "AuthenticationPackageName WorkstationName "
             "LogonGuid:g TransmittedServices LmPackageName KeyLength:d ProcessId:p ProcessName IpAddress IpPort "
             "ImpersonationLevel RestrictedAdminMode "
             "TargetOutboundUserName TargetOutboundDomainName VirtualAccount TargetLinkedLogonId:x ElevatedToken"},
    {"4625", SECURITY, 4625, 12544, -1, 0, 0, 0, AUDIT_FAILED, false, NO_USER_DATA,
     SUBJECT "TargetUserSid:s TargetUserName TargetDomainName Status:h FailureReason SubStatus:h LogonType:d "
             "LogonProcessName AuthenticationPackageName "
             "WorkstationName TransmittedServices LmPackageName KeyLength:d ProcessId:p ProcessName IpAddress IpPort"},
    {"4634", SECURITY, 4634, 12545, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     "TargetUserSid:s TargetUserName TargetDomainName TargetLogonId:x LogonType:d"},
    {"4647", SECURITY, 4647, 12545, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     "TargetUserSid:s TargetUserName TargetDomainName TargetLogonId:x"},
    {"4648", SECURITY, 4648, 12544, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "LogonGuid:g TargetUserName TargetDomainName TargetLogonGuid:g TargetServerName TargetInfo ProcessId:p "
             "ProcessName IpAddress IpPort"},
    {"4663", SECURITY, 4663, 12812, -1, 1, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "ObjectServer ObjectType ObjectName HandleId:p AccessList AccessMask:h ProcessId:p ProcessName "
             "ResourceAttributes"},
    {"4672", SECURITY, 4672, 12548, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, SUBJECT "PrivilegeList"},
    {"4688", SECURITY, 4688, 13312, -1, 2, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "NewProcessId:p NewProcessName TokenElevationType ProcessId:p CommandLine TargetUserSid:s TargetUserName "
             "TargetDomainName "
             "TargetLogonId:x ParentProcessName MandatoryLabel:s"},
    {"4697", SECURITY, 4697, 12289, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SUBJECT "ServiceName ServiceFileName ServiceType:h ServiceStartType:d ServiceAccount"},
    {"4698", SECURITY, 4698, 12804, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, SUBJECT "TaskName TaskContent"},
    {"4699", SECURITY, 4699, 12804, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, SUBJECT "TaskName TaskContent"},
    {"4724", SECURITY, 4724, 13824, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     "TargetUserName TargetDomainName TargetSid:s "
     "SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x"},
    {"4740", SECURITY, 4740, 13824, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, /* UNPROVED */
     "TargetUserName TargetDomainName TargetSid:s SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x"},
    {"4767", SECURITY, 4767, 13824, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, /* UNPROVED */
     "TargetUserName TargetDomainName TargetSid:s SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x"},
    {"4768", SECURITY, 4768, 14339, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     "TargetUserName TargetDomainName TargetSid:s ServiceName ServiceSid:s TicketOptions:h Status:h "
     "TicketEncryptionType:h PreAuthType IpAddress IpPort "
     "CertIssuerName CertSerialNumber CertThumbprint"},
    {"4769", SECURITY, 4769, 14337, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA, /* UNPROVED */
     "TargetUserName TargetDomainName ServiceName ServiceSid:s TicketOptions:h TicketEncryptionType:h IpAddress IpPort "
     "Status:h LogonGuid:g "
     "TransmittedServices"},
    {"4771", SECURITY, 4771, 14339, -1, 0, 0, 0, AUDIT_FAILED, false, NO_USER_DATA,
     "TargetUserName TargetSid:s ServiceName TicketOptions:h Status:h PreAuthType IpAddress IpPort CertIssuerName "
     "CertSerialNumber CertThumbprint"},
    {"4776", SECURITY, 4776, 14336, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     "PackageName TargetUserName Workstation Status:h"},
    {"4776-failed", SECURITY, 4776, 14336, -1, 0, 0, 0, AUDIT_FAILED, false, NO_USER_DATA,
     "PackageName TargetUserName Workstation Status:h"},
    {"5140", SECURITY, 5140, 12808, -1, 1, 0, 0, AUDIT_OK, false, NO_USER_DATA, SHARE_FIELDS "AccessMask:h AccessList"},
    {"5140-denied", SECURITY, 5140, 12808, -1, 1, 0, 0, AUDIT_FAILED, false, NO_USER_DATA,
     SHARE_FIELDS "AccessMask:h AccessList"},
    {"5145", SECURITY, 5145, 12811, -1, 0, 0, 0, AUDIT_OK, false, NO_USER_DATA,
     SHARE_FIELDS "RelativeTargetName AccessMask:h AccessList AccessReason"},
    {"5145-denied", SECURITY, 5145, 12811, -1, 0, 0, 0, AUDIT_FAILED, false, NO_USER_DATA,
     SHARE_FIELDS "RelativeTargetName AccessMask:h AccessList AccessReason"},
    {"1100", "Security", EVENTLOG, 1100, 103, -1, 0, 4, 0, UINT64_C(0x4020000000000000), false, "ServiceShutdown",
     "http://manifests.microsoft.com/win/2004/08/windows/eventlog", ""},
    {"1102", "Security", EVENTLOG, 1102, 104, -1, 0, 4, 0, UINT64_C(0x4020000000000000), false, "LogFileCleared",
     "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
     "SubjectUserSid:s SubjectUserName SubjectDomainName SubjectLogonId:x"},

    /* System */
    {"104", "System", EVENTLOG, 104, 104, -1, 0, 4, 0, PLAIN, true, "LogFileCleared",
     "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
     "SubjectUserName SubjectDomainName Channel BackupPath"},
    {"7045", SCM, 7045, 0, 16384, 0, 4, 0, CLASSIC, true, NO_USER_DATA,
     "ServiceName ImagePath ServiceType StartType AccountName"},
    {"7036", SCM, 7036, 0, 16384, 0, 4, 0, CLASSIC, false, NO_USER_DATA, "param1 param2 Binary:z"},
    {"7040", SCM, 7040, 0, 16384, 0, 4, 0, CLASSIC, true, NO_USER_DATA, "param1 param2 param3 param4"},
    {"7000", SCM, 7000, 0, 49152, 0, 2, 0, CLASSIC, false, NO_USER_DATA, "param1 param2 Binary:z"}, /* UNPROVED */
    {"7009", SCM, 7009, 0, 49152, 0, 2, 0, CLASSIC, false, NO_USER_DATA, "param1 param2 Binary:z"},
    {"1074", "System", "User32", "b0aa8734-56f7-41cc-b2f4-de228e98b946", 1074, 0, 32768, 0, 4, 0, CLASSIC, true,
     NO_USER_DATA, "param1 param2 param3 param4 param5 param6 param7"},
    {"6005", "System", "EventLog", NULL, 6005, 0, 32768, 0, 4, 0, OLD, false, NO_USER_DATA, "Binary:z"},
    {"6006", "System", "EventLog", NULL, 6006, 0, 32768, 0, 4, 0, OLD, false, NO_USER_DATA, "Binary:z"},
    {"6008", "System", "EventLog", NULL, 6008, 0, 32768, 0, 2, 0, OLD, false, NO_USER_DATA,
     "#1 #2 #3 #4 #5 #6 #7 Binary:z"}, /* UNPROVED */
    {"6009", "System", "EventLog", NULL, 6009, 0, 32768, 0, 4, 0, OLD, false, NO_USER_DATA, "#1 #2 #3 #4 #5"},
    {"6013", "System", "EventLog", NULL, 6013, 0, 32768, 0, 4, 0, OLD, false, NO_USER_DATA,
     "#1 #2 #3 #4 #5 #6 #7 Binary:z"},
    {"kernel-12", KERNEL, 12, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "MajorVersion:d MinorVersion:d BuildVersion:d QfeVersion:d ServiceVersion:d BootMode:d StartTime:t"},
    {"kernel-13", KERNEL, 13, 0, -1, 0, 4, 0, PLAIN, false, NO_USER_DATA, "StopTime:t"},
    {"update-19", UPDATES, 19, 1, -1, 1, 4, 13, UINT64_C(0x8000000000000018), true, NO_USER_DATA,
     "updateTitle updateGuid:g updateRevisionNumber:d serviceGuid:g"},
    {"update-43", UPDATES, 43, 1, -1, 1, 4, 13, UINT64_C(0x8000000000002008), true, NO_USER_DATA,
     "updateTitle updateGuid:g updateRevisionNumber:d"},
    {"update-44", UPDATES, 44, 1, -1, 1, 4, 12, UINT64_C(0x8000000000002004), true, NO_USER_DATA,
     "updateTitle updateGuid:g updateRevisionNumber:d"},
    {"policy-1500", "System", POLICY_GUID, 1500, 0, -1, 0, 4, 1, PLAIN, true, NO_USER_DATA,
     "SupportInfo1:d SupportInfo2:d ProcessingMode:d ProcessingTimeInMilliseconds:d DCName"},
    {"policy-1501", "System", POLICY_GUID, 1501, 0, -1, 0, 4, 1, PLAIN, true, NO_USER_DATA,
     "SupportInfo1:d SupportInfo2:d ProcessingMode:d ProcessingTimeInMilliseconds:d DCName"},
    {"policy-8000", "Microsoft-Windows-GroupPolicy/Operational", POLICY_GUID, 8000, 0, -1, 1, 4, 2,
     UINT64_C(0x4000000000000000), true, NO_USER_DATA,
     "PolicyElaspedTimeInSeconds:d ErrorCode:d PrincipalSamName IsMachine:d IsConnectivityFailure:b"},

    /* Sysmon */
    {"sysmon-1", SYSMON, 1, 1, -1, 5, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image FileVersion Description Product Company OriginalFileName "
     "CommandLine CurrentDirectory User "
     "LogonGuid:g LogonId:x TerminalSessionId:d IntegrityLevel Hashes ParentProcessGuid:g ParentProcessId:d "
     "ParentImage ParentCommandLine ParentUser"},
    {"sysmon-3", SYSMON, 3, 3, -1, 5, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image User Protocol Initiated:b SourceIsIpv6:b SourceIp "
     "SourceHostname SourcePort:w SourcePortName "
     "DestinationIsIpv6:b DestinationIp DestinationHostname DestinationPort:w DestinationPortName"},
    {"sysmon-5", SYSMON, 5, 5, -1, 3, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image User"},
    {"sysmon-8", SYSMON, 8, 8, -1, 2, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime SourceProcessGuid:g SourceProcessId:d SourceImage TargetProcessGuid:g TargetProcessId:d "
     "TargetImage NewThreadId:d StartAddress "
     "StartModule StartFunction"},
    {"sysmon-10", SYSMON, 10, 10, -1, 3, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime SourceProcessGUID:g SourceProcessId:d SourceThreadId:d SourceImage TargetProcessGUID:g "
     "TargetProcessId:d TargetImage "
     "GrantedAccess:h CallTrace SourceUser TargetUser"},
    {"sysmon-11", SYSMON, 11, 11, -1, 2, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image TargetFilename CreationUtcTime User"},
    {"sysmon-12", SYSMON, 12, 12, -1, 2, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName EventType UtcTime ProcessGuid:g ProcessId:d Image TargetObject User"},
    {"sysmon-13", SYSMON, 13, 13, -1, 2, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName EventType UtcTime ProcessGuid:g ProcessId:d Image TargetObject Details User"},
    {"sysmon-15", SYSMON, 15, 15, -1, 2, 4, 0, PLAIN, true, NO_USER_DATA, /* UNPROVED */
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image TargetFilename CreationUtcTime Hash Contents User"},
    {"sysmon-17", SYSMON, 17, 17, -1, 1, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName EventType UtcTime ProcessGuid:g ProcessId:d PipeName Image"},
    {"sysmon-18", SYSMON, 18, 18, -1, 1, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName EventType UtcTime ProcessGuid:g ProcessId:d PipeName Image"},
    {"sysmon-22", SYSMON, 22, 22, -1, 5, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d QueryName QueryStatus QueryResults Image"},
    {"sysmon-25", SYSMON, 25, 25, -1, 5, 4, 0, PLAIN, true, NO_USER_DATA,
     "RuleName UtcTime ProcessGuid:g ProcessId:d Image Type User"}, /* UNPROVED */
    {"sysmon-26", SYSMON, 26, 26, -1, 5, 4, 0, PLAIN, true, NO_USER_DATA, /* UNPROVED */
     "RuleName UtcTime ProcessGuid:g ProcessId:d User Image TargetFilename Hashes IsExecutable:b"},

    /* the task scheduler: all UNPROVED */
    {"task-100", TASKS, 100, 100, -1, 0, 4, 1, UINT64_C(0x8000000000000001), true, NO_USER_DATA,
     "TaskName UserContext InstanceId:g"},
    {"task-102", TASKS, 102, 102, -1, 0, 4, 2, UINT64_C(0x8000000000000001), true, NO_USER_DATA,
     "TaskName UserContext InstanceId:g"},
    {"task-106", TASKS, 106, 106, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA, "TaskName UserContext"},
    {"task-129", TASKS, 129, 129, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA, "TaskName Path ProcessID:d Priority:d"},
    {"task-141", TASKS, 141, 141, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA, "TaskName UserName"},
    {"task-200", TASKS, 200, 200, -1, 1, 4, 1, UINT64_C(0x8000000000000001), true, NO_USER_DATA,
     "TaskName ActionName TaskInstanceId:g EnginePID:d"},
    {"task-201", TASKS, 201, 201, -1, 1, 4, 2, UINT64_C(0x8000000000000001), true, NO_USER_DATA,
     "TaskName TaskInstanceId:g ActionName ResultCode:d EnginePID:d"},

    /* Defender */
    {"defender-1116", DEFENDER, 1116, 0, -1, 0, 3, 0, PLAIN, true, NO_USER_DATA, DETECTION},
    {"defender-1117", DEFENDER, 1117, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA, DETECTION},
    {"defender-1150", DEFENDER, 1150, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "Product_Name Platform_version Unused Engine_version Security_intelligence_version"},
    {"defender-1151", DEFENDER, 1151, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "Product_Name Platform_version Unused Engine_version NRI_engine_version AV_security_intelligence_version "
     "AS_security_intelligence_version "
     "NRI_security_intelligence_version RTP_state OA_state IOAV_state BM_state Last_AV_security_intelligence_age "
     "Last_AS_security_intelligence_age "
     "Last_quick_scan_age Last_full_scan_age AV_security_intelligence_creation_time "
     "AS_security_intelligence_creation_time Last_quick_scan_start_time "
     "Last_quick_scan_end_time Last_quick_scan_source Last_full_scan_start_time Last_full_scan_end_time "
     "Last_full_scan_source Product_status"},
    {"defender-2000", DEFENDER, 2000, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "Product_Name Product_Version Current_security_intelligence_Version Previous_security_intelligence_Version Unused "
     "Unused2 Unused3 Domain User SID "
     "Security_intelligence_Type_Index Security_intelligence_Type Update_Type_Index Update_Type Current_Engine_Version "
     "Previous_Engine_Version"},
    {"defender-5007", DEFENDER, 5007, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "Product_Name Product_Version Old_Value New_Value"},

    /* PowerShell */
    {"powershell-400", "Windows PowerShell", "PowerShell", NULL, 400, 4, 0, 0, 4, 0, OLD, false, NO_USER_DATA,
     "#1 #2 #3"},
    {"powershell-403", "Windows PowerShell", "PowerShell", NULL, 403, 4, 0, 0, 4, 0, OLD, false, NO_USER_DATA,
     "#1 #2 #3"},
    {"powershell-800", "Windows PowerShell", "PowerShell", NULL, 800, 8, 0, 0, 4, 0, OLD, false, NO_USER_DATA,
     "#1 #2 #3"},
    {"powershell-4104", POWERSHELL, 4104, 2, -1, 1, 5, 15, 0, true, NO_USER_DATA,
     "MessageNumber:d MessageTotal:d ScriptBlockText ScriptBlockId Path"},
    {"powershell-4104-warning", POWERSHELL, 4104, 2, -1, 1, 3, 15, 0, true, NO_USER_DATA,
     "MessageNumber:d MessageTotal:d ScriptBlockText ScriptBlockId Path"},

    /* disk images: UNPROVED */
    {"image-1", IMAGES, 1, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA, "Status:h VhdFileName VhdDiskNumber:d"},
    {"image-12", IMAGES, 12, 0, -1, 0, 4, 0, PLAIN, true, NO_USER_DATA,
     "Status:h VhdFile VmId:g VhdType:d Version:d Flags:d AccessMask:d WriteDepth:d GetInfoOnly:b ReadOnly:b"},

    /* terminal services */
    {"session-21", SESSIONS, 21, 0, -1, 0, 4, 0, UINT64_C(0x1000000000000000), true, "EventXML", SESSION_NS,
     "User SessionID:d Address"},
    {"session-23", SESSIONS, 23, 0, -1, 0, 4, 0, UINT64_C(0x1000000000000000), true, "EventXML", SESSION_NS,
     "User SessionID:d"},
    {"remote-1149", REMOTE, 1149, 0, -1, 0, 4, 0, UINT64_C(0x1000000000000000), true, "EventXML", SESSION_NS,
     "Param1 Param2 Param3"},
    {NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, false, NULL, NULL, NULL},
};
