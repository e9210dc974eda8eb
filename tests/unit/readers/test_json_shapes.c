/* Each shape of JSON: System, fields and clock. */
#include "tests/unit/test.h"

#include "readers/json/json.h"
#include "tests/unit/readers/gather.h"

static gathered read_text(const char *text, uint64_t want)
{
    gathered g = {.want = want};
    gather_bytes(&g, NULL, text, strlen(text));
    assert_int_equal(g.code, COR_OK);
    return g;
}

static void shapes(void **state)
{
    (void)state;
    static const struct { const char *note, *text, *system, *fields; } rows[] = {
        {"Winlogbeat or Elastic",
         "{\"@timestamp\":\"2019-03-03T09:20:28.621Z\",\"log\":{\"level\":\"information\"},\"winlog\":{\"channel\":\"Security\",\"event_id\":\"4625\","
         "\"provider_name\":\"Microsoft-Windows-Security-Auditing\",\"provider_guid\":\"{G}\",\"record_id\":9,\"opcode\":\"Info\",\"keywords\":[\"Audit Failure\"],"
         "\"task\":\"Logon\",\"computer_name\":\"PC\",\"process\":{\"pid\":4,\"thread\":{\"id\":5}},\"event_data\":{\"param1\":\"p\",\"B\":[\"1\",\"2\"]}},"
         "\"message\":\"m\"}",
         "id=4625 record=9 channel=Security computer=PC level=0 opcode=0 keywords=0x8010000000000000 pid=4 time=2019-03-03T09:20:28.6210000Z",
         "param1=p\nB=1\nB=2\nRenderingInfo.Message=m\nRenderingInfo.Task=Logon\n"},
        {"Winlogbeat or Elastic", /* a provider without GUID has no names; empty values were dropped */
         "{\"_index\":\"i\",\"_source\":{\"@timestamp\":\"2019-03-03T09:20:28Z\",\"winlog.event_id\":800,\"winlog.channel\":\"Windows PowerShell\","
         "\"winlog.provider_name\":\"PowerShell\",\"winlog\":{\"event_data\":{\"param3\":\"c\",\"param2\":\"b\"}}}}",
         "id=800 record=0 channel=Windows PowerShell computer= level= opcode= keywords= pid= time=2019-03-03T09:20:28.0000000Z", "Data=\nData=b\nData=c\n"},
        {"Winlogbeat or Elastic",
         "{\"winlog\":{\"channel\":\"System\",\"event_id\":104,\"provider_guid\":\"{G}\",\"user_data\":{\"xml_name\":\"LogFileCleared\",\"Channel\":\"X\",\"E\":\"\"}}}",
         "id=104 record=0 channel=System computer= level= opcode= keywords= pid= time=", "Channel=X\nE=\n"},
        {"Winlogbeat 6",
         "{\"@timestamp\":\"2019-03-03T09:20:28Z\",\"log_name\":\"Security\",\"event_id\":1,\"source_name\":\"P\",\"record_number\":\"12\",\"level\":\"Warning\","
         "\"provider_guid\":\"g\",\"event_data\":{\"A\":\"a\"},\"computer_name\":\"PC\"}",
         "id=1 record=12 channel=Security computer=PC level=3 opcode= keywords= pid= time=2019-03-03T09:20:28.0000000Z", "A=a\n"},
        {"Get-WinEvent",
         "\xef\xbb\xbf[{\"Id\":7045,\"ProviderName\":\"P\",\"LogName\":\"System\",\"MachineName\":\"PC\",\"RecordId\":3,\"Keywords\":-9187343239835811840,"
         "\"TimeCreated\":\"/Date(1551604828621)/\",\"UserId\":{\"Value\":\"S-1-5-18\"},\"Properties\":[{\"Value\":\"a\"},{\"Value\":5},{\"Value\":{\"Value\":\"S-1\"}}]}]",
         "id=7045 record=3 channel=System computer=PC level= opcode= keywords=0x8080000000000000 pid= time=2019-03-03T09:20:28.6210000Z", "Data=a\nData=5\nData=S-1\n"},
        {"NXLog",
         "{\"EventTime\":\"2020-09-22 14:53:01\",\"EventReceivedTime\":\"2020-09-22 14:53:04\",\"@timestamp\":\"2020-09-22T18:53:04.182Z\",\"Hostname\":\"PC\","
         "\"Keywords\":-9223372036854775808,\"EventType\":\"INFO\",\"SeverityValue\":2,\"EventID\":13,\"SourceName\":\"S\",\"ExecutionProcessID\":31,"
         "\"Channel\":\"C\",\"RecordNumber\":8,\"host\":\"collector\",\"Opcode\":\"Info\",\"OpcodeValue\":0,\"SourceModuleType\":\"im_msvistalog\",\"ProcessId\":\"7\","
         "\"tags\":[\"t\"]}",
         "id=13 record=8 channel=C computer=PC level=4 opcode=0 keywords=0x8000000000000000 pid=31 time=2020-09-22T18:53:01.0000000Z", "ProcessId=7\n"},
        {"NXLog", /* an EventType that is the event's own */
         "{\"EventTime\":\"2020-09-22 14:53:01+02:00\",\"EventReceivedTime\":\"2020-09-22 14:53:04\",\"EventType\":\"SetValue\",\"EventID\":13,\"Hostname\":\"PC\","
         "\"EventTypeOrignal\":\"INFO\"}",
         "id=13 record=0 channel= computer=PC level= opcode= keywords= pid= time=2020-09-22T12:53:01.0000000Z",
         "EventType=SetValue\n"},
        {"flat (field names", "{\"EventID\":1,\"Channel\":\"C\",\"Provider_Name\":\"P\",\"SystemTime\":\"2020-01-01T00:00:00Z\",\"SourceName\":\"data\",\"A\":null,\"ProcessID\":\"7\"}",
         "id=1 record=0 channel=C computer= level= opcode= keywords= pid= time=2020-01-01T00:00:00.0000000Z",
         "SourceName=data\nA=\nProcessID=7\n"},
        {"flat with EventData inside",
         "{\"EventTime\":\"2020-01-01T00:00:00.123Z\",\"Computer\":\"PC\",\"Channel\":\"Security\",\"Provider\":\"Microsoft-Windows-Security-Auditing\","
         "\"EventID\":4688,\"EventRecordID\":5,\"UserSID\":null,\"Username\":\"\",\"EventData\":{\"ProcessId\":2136,\"Guid\":\"5770385F-C22A-43E0-BF4C-06F5698FFBD9\"},"
         "\"UserData\":null,\"Message\":\"\",\"OSPath\":\"C:\\\\x.evtx\",\"Own\":\"kept\"}",
         "id=4688 record=5 channel=Security computer=PC level= opcode= keywords= pid= time=2020-01-01T00:00:00.1230000Z",
         "ProcessId=0x858\nGuid={5770385f-c22a-43e0-bf4c-06f5698ffbd9}\nOwn=kept\n"},
        {"flat with EventData inside",
         "{\"EventID\":1149,\"Channel\":\"R\",\"UserData\":{\"EventXML\":{\"Param1\":\"admmig\"}},\"EventData\":{\"Data\":[{\"Name\":\"Threat Name\",\"Value\":\"t\"},{\"Name\":\"U\"}]}}",
         "id=1149 record=0 channel=R computer= level= opcode= keywords= pid= time=",
         "Param1=admmig\nThreat Name=t\nU=\n"},
        {"NXLog", /* 5: the zone is told; without an account's SID the event has its own AccountName */
         "{\"EventTime\":\"2021-03-31T12:03:33.169332+03:00\",\"Hostname\":\"PC\",\"Keywords\":\"9232379236109516800\",\"EventType\":\"AUDIT_SUCCESS\",\"SeverityValue\":2,"
         "\"EventID\":7045,\"SourceName\":\"S\",\"TaskValue\":3,\"OpcodeValue\":0,\"RecordNumber\":8,\"ExecutionProcessID\":5,\"ExecutionThreadID\":6,\"Channel\":\"C\","
         "\"AccountName\":\"LocalSystem\",\"SourceModuleType\":\"im_msvistalog\"}",
         "id=7045 record=8 channel=C computer=PC level=4 opcode=0 keywords=0x8020000000000000 pid=5 time=2021-03-31T09:03:33.1693320Z", "AccountName=LocalSystem\n"},
        {"Winlogbeat or Elastic", /* dotted names, values in arrays, as Elasticsearch answers "fields" */
         "{\"_id\":\"i\",\"fields\":{\"@timestamp\":[\"2019-03-03T09:20:28Z\"],\"winlog.event_id\":[\"104\"],\"winlog.channel\":[\"System\"],\"winlog.user_data.Channel\":[\"X\"],"
         "\"winlog.user_data.xml_name\":[\"LogFileCleared\"],\"winlog.event_data.param2\":[\"b\"]}}",
         "id=104 record=0 channel=System computer= level= opcode= keywords= pid= time=2019-03-03T09:20:28.0000000Z",
         "Data=\nData=b\nChannel=X\n"},
        {"event text inside JSON",
         "{\"preview\":false,\"result\":{\"_raw\":\"<Event xmlns='u'><System><EventID>3</EventID><Channel>C</Channel></System><EventData><Data Name='A'>a</Data></EventData></Event>\"}}",
         "id=3 record=0 channel=C computer= level= opcode= keywords= pid= time=", "A=a\n"},
        {"event text inside JSON",
         "{\"result\":{\"_raw\":\"03/25/2022 05:46:37 PM\\nLogName=System\\nSourceName=S\\nEventCode=7045\\nMessage=A service was installed.\\n\\nService Name:  n\"}}",
         "id=7045 record=0 channel=System computer= level= opcode= keywords= pid= time=2022-03-25T17:46:37.0000000Z",
         "ServiceName=n\nRenderingInfo.Message=A service was installed.\n\nService Name:  n\n"},
        {"Velociraptor",
         "{\"System\":{\"EventID\":{\"Value\":1,\"Qualifiers\":5},\"Keywords\":9259400833873739776,\"TimeCreated\":{\"SystemTime\":1551604828.6214895},\"Channel\":\"C\","
         "\"Execution\":{\"ProcessID\":4}},\"EventData\":{\"SubjectLogonId\":999,\"NewTime\":1563973650.332,\"Binary\":\"2QYAAA==\",\"Data\":[{\"Name\":\"X\",\"Value\":\"x\"},{\"Name\":\"Y\"}]},\"Message\":\"\"}",
         "id=1 record=0 channel=C computer= level= opcode= keywords=0x8080000000000000 pid=4 time=2019-03-03T09:20:28.6214895Z", "SubjectLogonId=0x3e7\nNewTime=2019-07-24T13:07:30.3320000Z\nBinary=D9060000\nX=x\nY=\n"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        gathered g = read_text(rows[i].text, 0);
        assert_int_equal(g.n, 1);
        cor_buf b = {0};
        struct gathered_event *v = &g.ev[0];
        cor_buf_fmt(&b, "id=%u record=%u channel=%s computer=%s level=%s opcode=%s keywords=%s pid=%s time=%s",
                    v->event_id, (unsigned)v->record_id, v->sys[COR_SYS_CHANNEL].p, v->sys[COR_SYS_COMPUTER].p,
                    v->sys[COR_SYS_LEVEL].p, v->sys[COR_SYS_OPCODE].p, v->sys[COR_SYS_KEYWORDS].p,
                    v->sys[COR_SYS_PROCESS_ID].p, v->sys[COR_SYS_TIME_CREATED].p);
        cor_buf_c(&b, '\0');
        assert_string_equal((char *)b.p, rows[i].system);
        assert_string_equal(v->fields.p, rows[i].fields);
        assert_int_equal(v->flags & COR_EV_NO_NAMES, strcmp(rows[i].note, "Get-WinEvent") == 0 ? COR_EV_NO_NAMES : 0);
        if (memmem(g.notes.p, g.notes.n, rows[i].note, strlen(rows[i].note)) == NULL)
            fail_msg("row %zu is called %.*s", i, (int)g.notes.n, (char *)g.notes.p);
        cor_buf_free(&b);
        gather_free(&g);
    }
}

/* Times that lie against Sysmon's own UTC are moved by the quarter hours between; events before the first Sysmon event
 * too. */
static void clocks(void **state)
{
    (void)state;
#define FLAT(t, more) "{\"EventID\":1,\"Channel\":\"C\",\"TimeCreated\":\"" t "\"" more "}\n"
#define SYSMON(t, utc) FLAT(t, ",\"SourceName\":\"Microsoft-Windows-Sysmon\",\"UtcTime\":\"" utc "\"")
#define ON(pc, t, utc) SYSMON(t, utc "\",\"Computer\":\"" pc)
    static const struct { const char *text; const char *time[3]; const char *note; } rows[] = {
        {FLAT("2021-06-11T09:07:15.000Z", "") SYSMON("2021-06-11T09:07:15.635Z",
                                                     "2021-06-12 01:07:15.633") FLAT("2021-06-11T09:07:16Z", ""),
         {"2021-06-12T01:07:15.0000000Z", "2021-06-12T01:07:15.6350000Z", "2021-06-12T01:07:16.0000000Z"},
         "moved by +16 h to"},
        {SYSMON("2021-06-11 12:59:59", "2021-06-11 04:59:58") SYSMON("2021-06-11 01:00:01",
                                                                     "2021-06-11 05:00:00") FLAT("2021-06-11 01:00:02",
                                                                             ""),
         /* a clock of 12 hours */
         {"2021-06-11T04:59:59.0000000Z", "2021-06-11T05:00:01.0000000Z", "2021-06-11T05:00:02.0000000Z"},
         "by -8 h and +4 h"},
        /* a machine that has just started has a wrong UTC; one event does not move the others */
        {SYSMON("2021-06-11T09:07:15Z", "2021-06-11 09:07:15") SYSMON("2021-06-11T09:07:16Z", "2021-06-11 18:07:10") FLAT("2021-06-11T09:07:17Z", ""),
         {"2021-06-11T09:07:15.0000000Z", "2021-06-11T09:07:16.0000000Z", "2021-06-11T09:07:17.0000000Z"}, NULL},
        /* two machines in two zones */
        {ON("A", "2021-06-11T09:00:00Z", "2021-06-11 07:00:00") ON("B", "2021-06-11T03:00:00Z",
                                                                   "2021-06-11 07:00:00") ON("A",
                                                                           "2021-06-11T09:00:01Z", "x"),
         {"2021-06-11T07:00:00.0000000Z", "2021-06-11T07:00:00.0000000Z", "2021-06-11T07:00:01.0000000Z"},
         "by -2 h and +4 h"},
        {SYSMON("2021-06-11T09:07:15Z", "2021-06-11 09:07:01") FLAT("2021-06-11T09:07:15Z",
                                                                    "") FLAT("2021-06-11T09:07:15Z", ""),
         {"2021-06-11T09:07:15.0000000Z", "2021-06-11T09:07:15.0000000Z", "2021-06-11T09:07:15.0000000Z"}, NULL},
        /* only late */
        {SYSMON("2021-06-11T09:07:15Z", "2021-06-11 09:03:01") FLAT("2021-06-11T09:07:15Z",
                                                                    "") FLAT("2021-06-11T09:07:15Z", ""),
         {"2021-06-11T09:07:15.0000000Z", "2021-06-11T09:07:15.0000000Z", "2021-06-11T09:07:15.0000000Z"}, NULL},
        {FLAT("2021-06-11 09:07:15", "") FLAT("06/11/2021 09:07:15 PM", "") FLAT("1551604828.5", ""),
         {"2021-06-11T09:07:15.0000000Z", "2021-06-11T21:07:15.0000000Z", "2019-03-03T09:20:28.5000000Z"},
         "times have no zone"},
        {FLAT("2021-06-11T09:07:15+05:30", "") FLAT("1551604828621", "") FLAT("no time", ""),
         {"2021-06-11T03:37:15.0000000Z", "2019-03-03T09:20:28.6210000Z", "no time"}, NULL},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        for (uint64_t want = 0; want < 100; want += 60) { /* parts must not change it */
            gathered g = read_text(rows[i].text, want);
            assert_int_equal(g.n, 3);
            for (size_t k = 0; k < 3; k++)
                assert_string_equal(g.ev[k].sys[COR_SYS_TIME_CREATED].p, rows[i].time[k]);
            bool noted = memmem(g.notes.p, g.notes.n, "clock:", 6) != NULL;
            assert_int_equal(noted, rows[i].note != NULL);
            if (noted && memmem(g.notes.p, g.notes.n, rows[i].note, strlen(rows[i].note)) == NULL)
                fail_msg("row %zu says %.*s", i, (int)g.notes.n, (char *)g.notes.p);
            gather_free(&g);
        }
    }
}

/* evtx_dump's own layout: a line before each record. */
static void records_named(void **state)
{
    (void)state;
    gathered g = read_text("Record 1\r\n{\n  \"Event\": {\n    \"System\": {\"EventID\": 1}\n  }\n}\nRecord 22\n{\"Event\":{\"System\":{\"EventID\":2}}}\n", 0);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.tally.damaged, 0);
    gather_free(&g);
    g = read_text("{\"Event\":{\"System\":{\"EventID\":1}}}\nRecord of deeds\n{\"Event\":{\"System\":{\"EventID\":2}}}\n", 0);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.tally.damaged, 1);
    gather_free(&g);
}

/* A flat file laid out over many lines: the first event needs the clock of a later one. */
static void clock_ahead(void **state)
{
    (void)state;
    gathered g = read_text("[\n {\n  \"EventID\": 5,\n  \"Channel\": \"C\",\n  \"TimeCreated\": \"2021-06-11T09:00:00Z\"\n },\n {\n  \"EventID\": 1,\n  \"Channel\": \"C\",\n"
                           "  \"TimeCreated\": \"2021-06-11T09:00:00Z\",\n  \"SourceName\": \"Microsoft-Windows-Sysmon\",\n  \"UtcTime\": \"2021-06-11 14:00:00\"\n }\n]\n", 0);
    assert_int_equal(g.n, 2);
    assert_string_equal(g.ev[0].sys[COR_SYS_TIME_CREATED].p, "2021-06-11T14:00:00.0000000Z");
    gather_free(&g);
}

/* However lines are cut into parts, each object is read once. */
static void parts(void **state)
{
    (void)state;
    cor_buf b = {0};
    for (int i = 1; i <= 60; i++)
        cor_buf_fmt(&b, "{\"Event\":{\"System\":{\"EventRecordID\":%d,\"EventID\":1}%*s,\"EventData\":{\"A\":\"{\\n{\"}}}%s", i, i * 7 % 90, " ", i % 3 == 0 ? "\r\n" : "\n");
    cor_buf_c(&b, '\0');
    for (uint64_t want = 30; want < 20000; want = want * 3 / 2) {
        gathered g = read_text((char *)b.p, want);
        assert_int_equal(g.n, 60);
        assert_int_equal(g.tally.damaged, 0);
        for (size_t i = 0; i < 60; i++)
            assert_int_equal(g.ev[i].record_id, i + 1);
        gather_free(&g);
    }
    cor_buf_free(&b);
}

/* JSON that is no event at all is no damaged log; strange objects among events are told. */
static void strangers(void **state)
{
    (void)state;
    gathered g = read_text("{\"a\":1}\n{\"b\":2}\n", 0);
    assert_int_equal(g.tally.damaged, 0);
    assert_non_null(memmem(g.notes.p, g.notes.n, "no event in it", 14));
    gather_free(&g);
    g = read_text("{\"a\":1}\n{\"b\":2}\n{\"EventID\":1,\"Channel\":\"C\"}\n{\"c\":3}\n", 0);
    assert_int_equal(g.n, 1);
    cor_buf_c(&g.damage, '\0');
    assert_string_equal((char *)g.damage.p,
                        "0+15 a JSON object in no known event shape\n44+7 a JSON object in no known event shape\n");
    gather_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes), cmocka_unit_test(clocks), cmocka_unit_test(parts), cmocka_unit_test(records_named),
        cmocka_unit_test(clock_ahead), cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
