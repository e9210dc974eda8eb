/* What events say: a row an event and the facts that it makes, and what merging makes of many. */
#include "tests/unit/case/case_kit.h"

#include "case/facts.h"

/* A fact as the rows below write it: kind, then the values that it has. */
static cor_code on_row(void *ctx, const cor_fact *f, cor_err *e)
{
    static const char *const name[] = {"account", "domain", "sid", "address", "peer", "session", "object", "detail",
                                       "access", "status"};
    const cor_str s[] = {f->account, f->domain, f->sid, f->address, f->peer, f->logon_id, f->object, f->detail,
                         f->access, f->status};
    cor_buf *b = ctx;
    (void)e;
    cor_buf_fmt(b, "[%s", cor_fact_name[f->kind]);
    for (size_t i = 0; i < COR_LEN(s); i++)
        if (s[i].n != 0)
            cor_buf_fmt(b, " %s=%.*s", name[i], COR_STR_FMT(s[i]));
    if (f->logon_type != 0)
        cor_buf_fmt(b, " type=%u", f->logon_type);
    if (f->port != 0)
        cor_buf_fmt(b, " port=%u", f->port);
    cor_buf_fmt(b, "%s]", f->elevated ? " elevated" : "");
    return COR_OK;
}

#define SECURITY "Security", "Microsoft-Windows-Security-Auditing"
#define SYSMON "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"
#define SUBJECT "\"SubjectUserSid\":\"S-1-5-18\",\"SubjectUserName\":\"WS1$\",\"SubjectDomainName\":\"CORP\",\"SubjectLogonId\":\"0x3e7\","
#define BY "account=WS1$ domain=CORP sid=S-1-5-18"
#define RUN "HKU\\\\S-1\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run\\\\x"

/* Facts by kind in order of the names of their kinds. */
static const struct {
    const char *channel, *provider;
    unsigned id;
    const char *fields, *want;
} rows[] = {
    {SECURITY, 4624, "\"TargetUserSid\":\"S-1-5-21-1\",\"TargetUserName\":\"bob\",\"TargetDomainName\":\"CORP\",\"TargetLogonId\":\"0x1A2b\","
     "\"LogonType\":\"3\",\"AuthenticationPackageName\":\"NTLM\",\"WorkstationName\":\"WS2\",\"IpAddress\":\"::ffff:10.0.0.7\","
     "\"ElevatedToken\":\"%%1842\"",
     "[alive object=logon][logon account=bob domain=CORP sid=S-1-5-21-1 address=10.0.0.7 peer=WS2 session=0x1a2b detail=NTLM type=3 elevated]"},
    {SECURITY, 4624, "\"TargetUserName\":\"WS7$\",\"LogonType\":3,\"WorkstationName\":\"-\",\"IpAddress\":\"10.0.0.7\",\"ElevatedToken\":\"%%1843\"",
     "[address address=10.0.0.7 peer=WS7][alive object=logon][logon account=WS7$ address=10.0.0.7 type=3]"},
    {SECURITY, 4624, "\"TargetUserName\":\"SYSTEM\",\"LogonType\":5,\"IpAddress\":\"-\"", "[alive object=logon]"},
    {SECURITY, 4624, "\"TargetUserName\":\"SYSTEM\",\"LogonType\":5,\"IpAddress\":\"127.0.0.1\"", "[alive object=logon]"},
    {SECURITY, 4624, "\"TargetUserName\":\"x\",\"LogonType\":5,\"IpAddress\":\"10.0.0.9\"",
     "[alive object=logon][logon account=x address=10.0.0.9 type=5]"},
    {SECURITY, 4624, "\"TargetUserName\":\"x\",\"LogonType\":2,\"IpAddress\":\"FE80:0:0::1%4\"",
     "[alive object=logon][logon account=x address=fe80::1 type=2]"},
    {SECURITY, 4625, "\"TargetUserName\":\"bob\",\"Status\":\"0xc000006d\",\"SubStatus\":\"0xC000006A\",\"LogonType\":3,\"IpAddress\":\"no address\"",
     "[alive object=logon_failed][logon_failed account=bob status=0xc000006a type=3]"},
    {SECURITY, 4625, "\"TargetUserName\":\"bob\",\"Status\":\"0xc0000234\",\"SubStatus\":\"0x0\"",
     "[alive object=logon_failed][logon_failed account=bob status=0xc0000234]"},
    {SECURITY, 4648, SUBJECT "\"TargetUserName\":\"adm\",\"TargetServerName\":\"SRV1\",\"TargetInfo\":\"cifs/SRV1\",\"ProcessName\":\"C:\\\\x.exe\"",
     "[logon_explicit account=adm peer=SRV1 session=0x3e7 object=cifs/SRV1 detail=C:\\x.exe]"},
    {SECURITY, 4776, "\"TargetUserName\":\"bob\",\"Workstation\":\"WS3\",\"Status\":\"0xc0000064\"",
     "[validation account=bob peer=WS3 status=0xc0000064]"},
    {SECURITY, 4768, "\"TargetUserName\":\"bob\",\"ServiceName\":\"krbtgt\",\"Status\":\"0x6\",\"IpAddress\":\"::ffff:10.0.0.7\"",
     "[ticket account=bob address=10.0.0.7 object=krbtgt status=0x6]"},
    {SECURITY, 4769, "\"TargetUserName\":\"WS4$@CORP.EXAMPLE\",\"ServiceName\":\"SRV1$\",\"Status\":\"0x0\",\"IpAddress\":\"10.0.0.8\"",
     "[address address=10.0.0.8 peer=WS4][ticket account=WS4$@CORP.EXAMPLE address=10.0.0.8 object=SRV1$ status=0x0]"},
    {SECURITY, 4771, "\"TargetUserName\":\"bob\",\"TargetSid\":\"S-1-5-21-2\",\"Status\":24,\"IpAddress\":\"::1\"",
     "[ticket account=bob sid=S-1-5-21-2 address=::1 status=0x18]"},
    {SECURITY, 4740, "\"TargetUserName\":\"bob\",\"TargetDomainName\":\"WS5\"", "[lockout account=bob peer=WS5]"},
    {SECURITY, 5140, SUBJECT "\"IpAddress\":\"10.0.0.1\",\"ShareName\":\"\\\\\\\\*\\\\C$\",\"AccessMask\":\"0x1\"",
     "[alive object=share][share " BY " address=10.0.0.1 session=0x3e7 object=\\\\*\\C$ access=0x1]"},
    {SECURITY, 5145, SUBJECT "\"IpAddress\":\"10.0.0.1\",\"ShareName\":\"s\",\"RelativeTargetName\":\"a\\\\b.dll\",\"AccessMask\":2",
     "[alive object=share][share " BY " address=10.0.0.1 session=0x3e7 object=s detail=a\\b.dll access=0x2]"},
    {"System", "Service Control Manager", 7045, "\"ServiceName\":\"abc\",\"ImagePath\":\"C:\\\\a.exe\",\"AccountName\":\"LocalSystem\"",
     "[alive object=service][service object=abc detail=C:\\a.exe]"},
    {"System", "Other", 7045, "\"ServiceName\":\"abc\"", ""},
    {SECURITY, 4697, SUBJECT "\"ServiceName\":\"abc\",\"ServiceFileName\":\"x\"",
     "[alive object=service][service " BY " session=0x3e7 object=abc detail=x]"},
    {SECURITY, 4698, SUBJECT "\"TaskName\":\"\\\\t\",\"TaskContent\":\"<Task><Exec><Command>cmd.exe</Command><Arguments>/c &quot;a&amp;b&quot;"
     "</Arguments></Exec></Task>\"",
     "[alive object=task][task " BY " session=0x3e7 object=\\t detail=cmd.exe /c \"a&b\"]"},
    {"Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TaskScheduler", 106, "\"TaskName\":\"\\\\t\",\"UserContext\":\"CORP\\\\bob\"",
     "[alive object=task][task account=CORP\\bob object=\\t]"},
    {SYSMON, 1, "\"Image\":\"a\"", "[alive object=process]"},
    {SECURITY, 4688, "\"NewProcessName\":\"a\",\"CommandLine\":\"a b\"", "[alive object=process]"},
    {SECURITY, 4688, "\"NewProcessName\":\"a\",\"CommandLine\":\"\"", "[alive object=process_bare]"},
    {SYSMON, 3, "\"Image\":\"a\",\"Initiated\":\"true\",\"SourceIp\":\"10.0.0.2\",\"DestinationIp\":\"203.0.113.9\",\"DestinationPort\":443",
     "[address address=10.0.0.2][alive object=network][connection address=203.0.113.9 object=a port=443]"},
    {SYSMON, 3, "\"Image\":\"a\",\"Initiated\":\"false\",\"SourceIp\":\"10.0.0.2\",\"DestinationIp\":\"10.0.0.3\"",
     "[address address=10.0.0.3][alive object=network]"},
    {SECURITY, 5156, "\"Application\":\"a\",\"Direction\":\"%%14593\",\"SourceAddress\":\"10.0.0.2\",\"DestAddress\":\"203.0.113.9\",\"DestPort\":\"25\"",
     "[address address=10.0.0.2][alive object=network][connection address=203.0.113.9 object=a port=25]"},
    {SECURITY, 5156, "\"Application\":\"a\",\"Direction\":\"%%14592\",\"SourceAddress\":\"10.0.0.2\",\"DestAddress\":\"10.0.0.3\"",
     "[alive object=network]"},
    {SYSMON, 22, "\"QueryName\":\"Kabcdefgh.COM\"", "[name object=kabcdefgh.com]"},
    {SYSMON, 22, "\"QueryName\":\"www.abcdefgh.com\"", ""},
    {SYSMON, 22, "\"QueryName\":\"abcdefg.com\"", ""},
    {SYSMON, 22, "\"QueryName\":\"abcdefgh.de\"", ""},
    {"Microsoft-Windows-DNSServer/Analytical", "Microsoft-Windows-DNSServer", 256, "\"Source\":\"10.0.0.4\",\"QNAME\":\"abcdefgh.biz.\"",
     "[name address=10.0.0.4 object=abcdefgh.biz]"},
    {SYSMON, 13, "\"EventType\":\"SetValue\",\"TargetObject\":\"HKU\\\\S-1\\\\Software\\\\Abc\\\\1f3a9c0e\",\"Details\":\"Binary Data\",\"User\":\"me\"",
     "[alive object=registry][registry account=me object=HKU\\S-1\\Software\\Abc\\1f3a9c0e detail=Binary Data access=SetValue]"},
    {SYSMON, 13, "\"TargetObject\":\"" RUN "\"",
     "[alive object=registry][registry object=HKU\\S-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\x]"},
    {SYSMON, 13, "\"TargetObject\":\"HKLM\\\\Software\\\\Abc\\\\123456789\"", "[alive object=registry]"},
    {SYSMON, 12, "\"TargetObject\":\"HKLM\\\\x\"", "[alive object=registry]"},
    {SECURITY, 4657, SUBJECT "\"ObjectName\":\"\\\\REGISTRY\\\\USER\\\\x\",\"ObjectValueName\":\"abc1\",\"NewValue\":\"v\",\"OperationType\":\"%%1905\"",
     "[alive object=registry][registry " BY " session=0x3e7 object=\\REGISTRY\\USER\\x\\abc1 detail=v access=%%1905]"},
    {"Security", "Microsoft-Windows-Eventlog", 1102, SUBJECT "\"x\":1", "[log " BY " session=0x3e7 object=Security]"},
    {"System", "Microsoft-Windows-Eventlog", 104, "\"SubjectUserName\":\"bob\",\"Channel\":\"Application\"", "[log account=bob object=Application]"},
    {"System", "EventLog", 6006, "\"x\":1", "[log]"},
    {"System", "Somebody", 6006, "\"x\":1", ""},
    {"System", "Microsoft-Windows-Kernel-Power", 41, "\"x\":1", "[log]"},
    {SECURITY, 4616, SUBJECT "\"PreviousTime\":\"2026-03-03T08:00:00Z\",\"NewTime\":\"2026-03-03T09:00:00Z\"",
     "[log " BY " session=0x3e7 detail=2026-03-03T08:00:00Z access=2026-03-03T09:00:00Z]"},
    {"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 1150, "\"x\":1", "[alive object=antivirus]"},
    {"Application", "Microsoft-Windows-Security-Auditing", 4624, "\"LogonType\":3", ""}, /* another log */
    {SECURITY, 4634, "\"LogonType\":3", ""},
};

static void what_events_say(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    cor_err e = {0};
    char in[128];
    setup_open(&s);
    world_new(&w);
    for (unsigned i = 0; i < COR_LEN(rows); i++) {
        char computer[16];
        snprintf(computer, sizeof computer, "ROW%u", i);
        event(&a, (int)i, computer, rows[i].channel, rows[i].provider, rows[i].id, 10 * i + 1,
              rows[i].fields); /* ids apart, or the names would be those of one machine */
    }
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 1, 0);
    conclude(c, &s);
    for (unsigned i = 0; i < COR_LEN(rows); i++) {
        char host[16];
        snprintf(host, sizeof host, "ROW%u", i);
        cor_buf_clear(&text);
        static const cor_fact_kind by_name[] = {COR_FACT_ADDRESS, COR_FACT_ALIVE, COR_FACT_CONNECTION, COR_FACT_LOCKOUT,
            COR_FACT_LOG, COR_FACT_LOGON, COR_FACT_LOGON_EXPLICIT, COR_FACT_LOGON_FAILED, COR_FACT_NAME,
            COR_FACT_REGISTRY, COR_FACT_SERVICE, COR_FACT_SHARE, COR_FACT_TASK, COR_FACT_TICKET, COR_FACT_VALIDATION};
        assert_int_equal(COR_LEN(by_name), COR_FACT_N);
        for (size_t k = 0; k < COR_FACT_N; k++)
            assert_int_equal(cor_case_facts(c, 1u << by_name[k], cor_str_of(host), on_row, &text, &e), COR_OK);
        cor_buf_c(&text, '\0');
        if (strcmp((char *)text.p, rows[i].want) != 0)
            fail_msg("row %u (%u): got %s, want %s", i, rows[i].id, (char *)text.p, rows[i].want);
    }
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

/* Merged kinds: from first to last, at the place of the first, also when the table is emptied on the way. */
static void merging(void **state)
{
    (void)state;
    setup s;
    world w;
    cor_buf a = {0}, text = {0};
    cor_err e = {0};
    char in[128], f[200];
    setup_open(&s);
    world_new(&w);
    for (unsigned i = 0; i < 3 * COR_FACTS_TABLE; i++) { /* more names than the table holds, each three times */
        unsigned k = i % COR_FACTS_TABLE;
        snprintf(f, sizeof f, "\"QueryName\":\"abcdefgh%c%c%c.biz\"", 'a' + k % 26, 'a' + k / 26 % 26, 'a' + k / 676);
        event(&a, (int)(3599 - i % 3600), "PC", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 22, i + 1, f);
        if (i % 4096 == 0) /* tickets: one a hour and kind */
            event(&a, (int)(i / 4096) * 100, "PC", "Security", "P", 4771, i + 1, "\"TargetUserName\":\"bob\"");
    }
    world_file(&w, "in/a.jsonl", a.p, a.n);
    snprintf(in, sizeof in, "%s/in", w.dir);
    const char *path[] = {in};
    cor_case *c = open_case(&w, "case", COR_CASE_ADD);
    read_in(c, &s, path, 1, 2, 0);
    conclude(c, &s);
    assert_int_equal(cor_case_facts(c, 1u << COR_FACT_NAME, (cor_str){NULL, 0}, on_fact, &text, &e), COR_OK);
    size_t lines = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    assert_int_equal(lines, COR_FACTS_TABLE);
    cor_buf_c(&text, '\0');
    /* name 0 was looked up in records 1, 4097 and 8193, at 59:59, 51:43 and 43:27 */
    const char *first = strstr((char *)text.p, "abcdefghaaa.biz");
    assert_non_null(first);
    while (first > (char *)text.p && first[-1] != '\n')
        first--;
    assert_non_null(strstr(first, " 2026-03-03T08:43:27Z 2026-03-03T08:59:59Z host=PC"));
    assert_true(strstr(first, "id=22 record=8193 ") < strchr(first, '\n'));
    cor_buf_clear(&text);
    assert_int_equal(cor_case_facts(c, 1u << COR_FACT_TICKET, (cor_str){NULL, 0}, on_fact, &text, &e), COR_OK);
    cor_buf_c(&text, '\0');
    assert_non_null(strstr((char *)text.p, " 2026-03-03T08:00:00Z 2026-03-03T08:03:20Z host=PC channel=Security id=4771 record=1 "));
    cor_case_close(c);
    cor_buf_free(&a);
    cor_buf_free(&text);
    world_free(&w);
    kit_close(&s.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_events_say),
        cmocka_unit_test(merging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
