#include "tests/unit/test.h"

#include "cli/command.h"
#include "report/jsonl/jsonl.h"
#include "report/report.h"
#include "report/text.h"

static const cor_str tags[] = {{"attack.execution", 16}, {"attack.t1059.001", 16}, {"cve.2021-1", 10}};
static const cor_rule rule = {
    .no = 0, .kind = COR_RULE_DETECTION, .id = {"r-1", 3}, .title = {"Odd \"title\"", 11}, .author = {"A. Nobody", 9}, .level = COR_LEVEL_HIGH, .tag = tags,
    .n_tag = 3,
};
static const cor_rule corr = {.no = 1, .kind = COR_RULE_CORRELATION, .id = {"c-1", 3}, .title = {"Many", 4}, .level = COR_LEVEL_LOW};

/* 2026-03-03T08:12:40.1234567Z */
static cor_time when(void)
{
    return cor_time_from_civil(2026, 3, 3, 8, 12, 40, 1234567);
}

static cor_finding detection(const cor_named *field, uint32_t n_field, const cor_matched *matched, uint32_t n_matched)
{
    return (cor_finding){
        .id = "0123456789abcdef0123456789abcdef", .rule = &rule, .time = when(), .computer = {"WS01", 4}, .channel = {"Security", 8}, .provider = {"P", 1},
        .event_id = 4688, .record_id = 7, .input = {"a/Security.evtx", 15}, .offset = 4096, .field = field, .n_field = n_field, .matched = matched,
        .n_matched = n_matched, .last = when(),
    };
}

static void expect_text(const char *name, const cor_report_options *o, const cor_finding *f, uint64_t n, const char *want)
{
    const cor_report *r = cor_report_named(name);
    assert_non_null(r);
    cor_buf b = {0};
    if (r->begin != NULL)
        r->begin(o, &b);
    for (uint64_t i = 0; i < n; i++)
        r->finding(o, f, i, &b);
    if (r->end != NULL)
        r->end(o, n, &b);
    cor_buf_c(&b, 0);
    assert_true(cor_buf_ok(&b));
    assert_string_equal((const char *)b.p, want);
    cor_buf_free(&b);
}

#define HEAD_JSON                                                                                                             \
    "{\"id\":\"0123456789abcdef0123456789abcdef\",\"rule_id\":\"r-1\",\"rule_title\":\"Odd \\\"title\\\"\",\"rule_author\":\"A. Nobody\","     \
    "\"level\":\"high\",\"tags\":[\"attack.execution\",\"attack.t1059.001\",\"cve.2021-1\"],\"time\":\"2026-03-03T08:12:40.1234567Z\","  \
    "\"computer\":\"WS01\",\"channel\":\"Security\",\"provider\":\"P\",\"event_id\":4688,\"record_id\":7,"                             \
    "\"evidence\":{\"path\":\"a/Security.evtx\",\"offset\":4096},"

static void jsonl_of_a_detection(void **state)
{
    (void)state;
    static const cor_named field[] = {{{"Image", 5}, {"C:\\x.exe", 8}}, {{"Data", 4}, {"one", 3}}, {{"Data", 4}, {"two", 3}}, {{"Nul", 3}, {NULL, 0}}};
    static const cor_matched matched[] = {{{"", 0}, {"needle", 6}}, {{"Image", 5}, {"C:\\x.exe", 8}}};
    cor_finding f = detection(field, 4, matched, 2);
    expect_text("jsonl", &(cor_report_options){0}, &f, 1,
                HEAD_JSON "\"fields\":{\"Image\":\"C:\\\\x.exe\",\"Data\":[\"one\",\"two\"],\"Nul\":null},"
                          "\"matched\":{\"keyword\":\"needle\",\"Image\":\"C:\\\\x.exe\"}}\n");
    uint8_t sha[32] = {0xab};
    f.sha256 = sha;
    f.n_field = f.n_matched = 0;
    cor_buf b = {0};
    cor_report_named("jsonl")->finding(&(cor_report_options){0}, &f, 0, &b);
    cor_buf_c(&b, 0);
    assert_non_null(strstr((const char *)b.p, "\"offset\":4096,\"sha256\":\"ab000000000000000000000000000000"));
    cor_buf_free(&b);
    f.sha256 = NULL;
    f.flags = COR_EV_RECOVERED;
    f.cut = true;
    f.n_field = f.n_matched = 0;
    expect_text("jsonl", &(cor_report_options){0}, &f, 1, HEAD_JSON "\"fields\":{},\"matched\":{},\"recovered\":true,\"cut\":true}\n");
}

static void json_is_one_array(void **state)
{
    (void)state;
    cor_finding f = detection(NULL, 0, NULL, 0);
    expect_text("json", &(cor_report_options){0}, &f, 0, "[]\n");
    expect_text("json", &(cor_report_options){0}, &f, 1, "[\n" HEAD_JSON "\"fields\":{},\"matched\":{}}\n]\n");
    expect_text("json", &(cor_report_options){0}, &f, 2,
                "[\n" HEAD_JSON "\"fields\":{},\"matched\":{}},\n" HEAD_JSON "\"fields\":{},\"matched\":{}}\n]\n");
}

static void jsonl_of_a_correlation(void **state)
{
    (void)state;
    static const cor_named group[] = {{{"User", 4}, {"bob", 3}}};
    const cor_finding_event ev[] = {{.time = when(), .record_id = 5, .offset = 512, .input = {"x", 1}, .computer = {"WS01", 4}, .channel = {"Security", 8},
                                     .event_id = 4625, .rule = &rule}};
    cor_finding f = {.id = "ff", .rule = &corr, .time = when(), .input = {"x", 1}, .group = group, .n_group = 1, .event = ev, .n_event = 1, .n_total = 12,
                     .last = COR_NOTIME, .value = 12};
    expect_text("jsonl", &(cor_report_options){0}, &f, 1,
                "{\"id\":\"ff\",\"rule_id\":\"c-1\",\"rule_title\":\"Many\",\"rule_author\":\"\",\"level\":\"low\",\"tags\":[],"
                "\"time\":\"2026-03-03T08:12:40.1234567Z\",\"computer\":\"\",\"channel\":\"\",\"provider\":\"\",\"event_id\":null,"
                "\"last_time\":null,\"group\":{\"User\":\"bob\"},\"value\":12,\"events_total\":12,\"events\":[{\"record_id\":5,"
                "\"evidence\":{\"path\":\"x\",\"offset\":512},\"time\":\"2026-03-03T08:12:40.1234567Z\",\"computer\":\"WS01\","
                "\"channel\":\"Security\",\"event_id\":4625,\"rule_id\":\"r-1\",\"rule_title\":\"Odd \\\"title\\\"\"}]}\n");
}

/* A finding of a case: the same line, and behind it what only a case knows. */
static void jsonl_of_a_case(void **state)
{
    (void)state;
    static const cor_named field[] = {{{"Image", 5}, {"C:\\x.exe", 8}}};
    static const cor_matched matched[] = {{{"Image", 5}, {"C:\\x.exe", 8}}};
    static const cor_case_place place[] = {{.input = {"a/Security.evtx", 15}, .offset = 4096}, {.input = {"b.zip!c", 7}, .offset = 9}};
    cor_case_finding c = {
        .id = {"0123456789abcdef0123456789abcdef", 32}, .rule_id = rule.id, .rule_title = rule.title, .rule_author = rule.author,
        .level = rule.level, .tag = tags, .n_tag = 3, .time = when(), .last = when(), .host = {"WS01", 4}, .computer = {"WS01", 4},
        .channel = {"Security", 8}, .provider = {"P", 1}, .event_id = 4688, .record_id = 7, .place = place, .n_place = 1,
        .field = field, .n_field = 1, .matched = matched, .n_matched = 1,
    };
#define FIELDS "\"fields\":{\"Image\":\"C:\\\\x.exe\"},\"matched\":{\"Image\":\"C:\\\\x.exe\"},\"host\":\"WS01\","
    cor_buf b = {0};
    cor_jsonl_found(&c, &b);
    c.sign = COR_S("ARR1");
    c.stage = COR_S("arrival");
    c.n_place = 2;
    cor_jsonl_found(&c, &b);
    cor_buf_c(&b, 0);
    assert_string_equal((const char *)b.p,
                        HEAD_JSON FIELDS "\"sign\":null,\"stage\":null}\n"
                        HEAD_JSON FIELDS "\"sign\":\"ARR1\",\"stage\":\"arrival\",\"copies\":[{\"path\":\"b.zip!c\",\"offset\":9}]}\n");
    cor_buf_free(&b);
}

/* The cell "matched" of a finding with one matched value; what a spreadsheet would make of it is the point. */
static void csv_cells(void **state)
{
    (void)state;
    static const struct { const char *value, *cell; bool multiline; } rows[] = {
        {"plain", "\"plain\"", false},
        {"say \"hi\"", "\"say \"\"hi\"\"\"", false},
        {"=1+1", "\"'=1+1\"", false},
        {"+1", "\"'+1\"", false},
        {"-1", "\"'-1\"", false},
        {"@SUM(A1)", "\"'@SUM(A1)\"", false},
        {"|calc", "\"'|calc\"", false},
        {"  =1", "\"'  =1\"", false},
        {"\t=1", "\"' =1\"", false},
        {"\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\"", false},
        {"a=1", "\"a=1\"", false},
        {"a\r\nb\nc\rd", "\"a \xc2\xa6 b \xc2\xa6 c \xc2\xa6 d\"", false},
        {"a\r\nb\nc", "\"a\nb\nc\"", true},
        {"a\xe2\x80\xa8" "b", "\"a \xc2\xa6 b\"", false},
        {"a,b;c", "\"a,b;c\"", false},
        {"", "\"\"", false},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        const cor_matched matched[] = {{{"", 0}, cor_str_of(rows[i].value)}};
        cor_finding f = detection(NULL, 0, matched, 1);
        cor_report_options o = {.multiline = rows[i].multiline};
        cor_buf b = {0}, want = {0};
        cor_report_named("csv")->finding(&o, &f, 0, &b);
        cor_buf_fmt(&want, "\"2026-03-03T08:12:40.1234567Z\",\"high\",\"Odd \"\"title\"\"\",\"WS01\",\"Security\",\"P\",\"4688\",\"7\",%s,\"\","
                    "\"attack.execution \xc2\xa6 attack.t1059.001 \xc2\xa6 cve.2021-1\",\"r-1\",\"A. Nobody\",\"a/Security.evtx\",\"4096\","
                    "\"0123456789abcdef0123456789abcdef\"\r\n", rows[i].cell);
        if (!cor_str_eq(cor_buf_view(&b), cor_buf_view(&want)))
            fail_msg("row %zu:\n%.*s%.*s", i, COR_STR_FMT(cor_buf_view(&b)), COR_STR_FMT(cor_buf_view(&want)));
        cor_buf_free(&b);
        cor_buf_free(&want);
    }
}

static void csv_for_other_tools(void **state)
{
    (void)state;
    static const cor_named field[] = {{{"NewProcessName", 14}, {"x.exe", 5}}, {{"User", 4}, {"bob", 3}}};
    static const cor_matched matched[] = {{{"Image", 5}, {"x.exe", 5}}};
    cor_finding f = detection(field, 2, matched, 1);
    expect_text("csv", &(cor_report_options){.columns = COR_COLUMNS_HAYABUSA}, &f, 1,
                "\"Timestamp\",\"RuleTitle\",\"Level\",\"Computer\",\"Channel\",\"EventID\",\"RecordID\",\"Details\",\"ExtraFieldInfo\",\"RuleID\"\r\n"
                "\"2026-03-03 08:12:40.123 +00:00\",\"Odd \"\"title\"\"\",\"high\",\"WS01\",\"Sec\",\"4688\",\"7\",\"Image: x.exe\",\"User: bob\",\"r-1\"\r\n");
    expect_text("csv", &(cor_report_options){.columns = COR_COLUMNS_TIMESKETCH}, &f, 1,
                "\"datetime\",\"timestamp_desc\",\"message\",\"Level\",\"Computer\",\"Channel\",\"EventID\",\"MitreTactics\",\"MitreTags\",\"OtherTags\","
                "\"RecordID\",\"Details\",\"ExtraFieldInfo\",\"RuleID\",\"RuleAuthor\",\"EvtxFile\"\r\n"
                "\"2026-03-03T08:12:40.123456Z\",\"cordon\",\"Odd \"\"title\"\"\",\"high\",\"WS01\",\"Security\",\"4688\",\"Exec\",\"attack.t1059.001\","
                "\"cve.2021-1\",\"7\",\"Image: x.exe\",\"User: bob\",\"r-1\",\"A. Nobody\",\"a/Security.evtx\"\r\n");
}

static void table_shows_nothing_raw(void **state)
{
    (void)state;
    static const cor_matched matched[] = {{{"Image", 5}, {"a\033[31mb\nc", 9}}};
    cor_finding f = detection(NULL, 0, matched, 1);
    f.computer = COR_S("W\033]0;x\007");
    f.input = COR_S("n\nn");
    cor_buf b = {0};
    cor_report_named("table")->finding(&(cor_report_options){0}, &f, 0, &b);
    assert_true(cor_buf_ok(&b));
    for (size_t i = 0; i + 1 < b.n; i++)
        if (b.p[i] < 0x20 || b.p[i] == 0x7f)
            fail_msg("byte %zu is %02x in \"%.*s\"", i, b.p[i], COR_STR_FMT(cor_buf_view(&b)));
    assert_int_equal(b.p[b.n - 1], '\n');
    cor_buf_free(&b);
}

static void table_line(void **state)
{
    (void)state;
    static const cor_matched matched[] = {{{"Image", 5}, {"x.exe", 5}}};
    cor_finding f = detection(NULL, 0, matched, 1);
    expect_text("table", &(cor_report_options){.colour = true}, &f, 1,
                "2026-03-03 08:12:40.123Z  \033[38;2;255;193;0mhigh\033[0m  WS01             Sec 4688 #7             Odd \"title\"  Image: x.exe"
                "  [a/Security.evtx@4096]\n");
}

/* Folded lines lose and gain nothing but blanks at the folds, and never cut a colour or a character. */
static void lines_are_folded(void **state)
{
    (void)state;
    static const struct { const char *line; size_t width, indent; const char *want; } row[] = {
        {"one two three four five six\n", 0, 2, "one two three four five six\n"},
        {"one two three four five six\n", 21, 2, "one two three four five six\n"}, /* no room beside the indent */
        {"one two three four five six\n", 22, 2, "one two three four\n  five six\n"},
        {"one two three four fives six\n", 24, 2, "one two three four fives\n  six\n"}, /* exactly as wide */
        {"a  b                     c", 22, 1, "a  b\n c"},
        {"0123456789012345678901234", 22, 2, "0123456789012345678901\n  234"},
        {"\033[31mone\033[0m two three four x", 22, 1, "\033[31mone\033[0m two three four x"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 12345678901", 22, 1,
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 12345678901"},
        {"\n", 40, 2, "\n"},
        {"", 40, 2, ""},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_buf b = {0};
        cor_buf_z(&b, "before\n");
        cor_buf_z(&b, row[i].line);
        cor_text_fold(&b, 7, row[i].width, row[i].indent);
        cor_buf_c(&b, 0);
        assert_true(cor_buf_ok(&b));
        assert_string_equal((const char *)b.p + 7, row[i].want);
        cor_buf_free(&b);
    }
}

/* detect's --format offers exactly the outputs there are. */
static void every_output_can_be_asked_for(void **state)
{
    (void)state;
    const cor_command *detect = cor_command_find(cor_commands, "detect");
    const cor_opt *o = detect->opt;
    while (o->name != NULL && strcmp(o->name, "format") != 0)
        o++;
    assert_non_null(o->choice);
    size_t offered = 1, there = 0;
    for (const char *p = o->choice; *p != '\0'; p++)
        offered += *p == '|';
    for (const cor_report *const *r = cor_reports; *r != NULL; r++, there++) {
        const char *at = strstr(o->choice, (*r)->name);
        for (; at != NULL; at = strstr(at + 1, (*r)->name)) {
            char after = at[strlen((*r)->name)];
            if ((at == o->choice || at[-1] == '|') && (after == '|' || after == '\0'))
                break;
        }
        if (at == NULL)
            fail_msg("--format does not offer %s", (*r)->name);
    }
    assert_int_equal(offered, there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jsonl_of_a_detection),    cmocka_unit_test(json_is_one_array), cmocka_unit_test(jsonl_of_a_correlation),
        cmocka_unit_test(jsonl_of_a_case),
        cmocka_unit_test(csv_cells),               cmocka_unit_test(csv_for_other_tools),
        cmocka_unit_test(table_shows_nothing_raw), cmocka_unit_test(table_line), cmocka_unit_test(lines_are_folded),
        cmocka_unit_test(every_output_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
