#include "tests/unit/test.h"

#include "readers/splunk/splunk.h"
#include "tests/unit/readers/gather.h"

#define HEAD(log, source, id) "02/17/2022 02:15:47 AM\nLogName=" log "\nSourceName=" source "\nEventCode=" id "\nEventType=0\nType=Information\n" \
    "ComputerName=PC\nTaskCategory=T\nOpCode=Info\nRecordNumber=7\nKeywords=Audit Success\nMessage="
#define SECURITY(id) HEAD("Security", "Microsoft Windows security auditing.", id)

static gathered read_text(const char *text)
{
    gathered g = {.n = 0};
    gather_bytes(&g, NULL, text, strlen(text));
    assert_int_equal(g.code, COR_OK);
    return g;
}

/* The fields a Message shows; what follows them is the Message itself and the task. */
static void messages(void **state)
{
    (void)state;
    static const struct { const char *text, *fields; } rows[] = {
        {SECURITY("4688") "A new process has been created.\r\n\r\nCreator Subject:\r\n\tSecurity ID:\t\tNULL SID\r\n\tLogon ID:\t\t0x18AB\r\n\r\nProcess Information:\r\n"
         "\tMandatory Label:\t\tMandatory Label\\High Mandatory Level\r\n\tCreator Process ID:\t0x5\r\n\tProcess Command Line:\ta: \"b\n{c: d}\" \r\n\r\nType 1 is a token: full.\r\n",
         "SubjectUserSid=S-1-0-0\nSubjectLogonId=0x18ab\nMandatoryLabel=S-1-16-12288\nProcessId=0x5\nCommandLine=a: \"b\n{c: d}\" \n"},
        {SECURITY("4674") "An operation.\n\nSubject:\n\tSecurity ID:\t\tD\\u\n\nRequested Operation:\n\tDesired Access:\tDELETE\n\t\t\t\tWRITE_DAC\n\t\t\t\t\n\tPrivileges:\tP\n",
         "Security ID=D\\u\nDesired Access=DELETE\n\t\t\t\tWRITE_DAC\nPrivileges=P\n"},
        {SECURITY("4624") "A logon.\n\nLogon Type:\t\t\t3\n\nNew Logon:\n\tAccount Name:\t\tu\n\tLogon GUID:\t\t{00000000-0000-0000-0000-00000000000A}\n",
         "LogonType=3\nTargetUserName=u\nLogonGuid={00000000-0000-0000-0000-00000000000a}\n"},
        {HEAD("System", "Service Control Manager", "7045") "A service was installed in the system.\n\nService Name:  s\nService File Name:  C:\\x.exe\nService Account:  LocalSystem",
         "ServiceName=s\nImagePath=C:\\x.exe\nAccountName=LocalSystem\n"},
        {HEAD("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon",
              "1") "Process Create:\nRuleName: -\nImage: C:\\a b.exe\nCommandLine: x\ny: \\z\n\nUser: u",
         "RuleName=-\nImage=C:\\a b.exe\nCommandLine=x\ny: \\z\nUser=u\n"},
        {HEAD("Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell",
              "4104") "Creating Scriptblock text (1 of 2):\na\n\nb: c\n\nScriptBlock ID: i\nPath: p",
         "MessageNumber=1\nMessageTotal=2\nScriptBlockText=a\n\nb: c\nScriptBlockId=i\nPath=p\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        gathered g = read_text(rows[i].text);
        assert_int_equal(g.n, 1);
        size_t n = strlen(rows[i].fields);
        if (g.ev[0].fields.n < n || memcmp(g.ev[0].fields.p, rows[i].fields, n) != 0 ||
            memcmp(g.ev[0].fields.p + n, "RenderingInfo.Message=", 22) != 0)
            fail_msg("row %zu: %s", i, g.ev[0].fields.p);
        assert_int_equal(g.ev[0].record_id, 7);
        assert_string_equal(g.ev[0].sys[COR_SYS_LEVEL].p, i < 3 ? "0" : "4");
        assert_string_equal(g.ev[0].sys[COR_SYS_KEYWORDS].p, "0x8020000000000000");
        assert_string_equal(g.ev[0].sys[COR_SYS_TIME_CREATED].p, "2022-02-17T02:15:47.0000000Z");
        gather_free(&g);
    }
}

/* Records are parted by the next date line alone; a date inside a message is none; Event elements may stand between. */
static void parting(void **state)
{
    (void)state;
    gathered g = read_text("\xef\xbb\xbf" SECURITY("1") "a\n02/17/2022 02:15:47 AM\nb\n" SECURITY("2") "c\n<Event xmlns='u'><System><EventID>3</EventID></System></Event>\n" SECURITY("4") "");
    assert_int_equal(g.n, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(g.ev[i].event_id, i + 1);
    assert_int_equal(g.ev[0].offset, 3);
    assert_int_equal(g.tally.damaged, 0);
    gather_free(&g);
    g = read_text("noise\n" SECURITY("1") "a\n<Event><System></Event>\n" SECURITY("2") "b");
    assert_int_equal(g.n, 2);
    assert_int_equal(g.tally.damaged, 2);
    gather_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(messages), cmocka_unit_test(parting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
