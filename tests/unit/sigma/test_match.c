/* What tests, conditions and log sources mean, on both engines. */
#include "tests/unit/sigma/kit.h"

#define SYSMON "Microsoft-Windows-Sysmon/Operational"

static const cor_engine engines[] = {COR_ENGINE_PLAIN, COR_ENGINE_FAST};

/* The numbers of the rules that match the kit's event, as text "0 2 5"; both engines must agree. */
static const char *run(kit *k)
{
    static char text[2][4096];
    kit_done(k);
    for (size_t i = 0; i < COR_LEN(engines); i++) {
        cor_plan *p;
        cor_err e = {0};
        assert_int_equal(cor_plan_new(&k->set, engines[i], &p, &e), COR_OK);
        cor_matcher *m = cor_matcher_new(p);
        assert_non_null(m);
        const uint32_t *rule;
        uint32_t n = 0;
        text[i][0] = '\0';
        if (cor_matcher_want(m, &k->ev.head))
            assert_int_equal(cor_matcher_event(m, &k->ev, &rule, &n, &e), COR_OK);
        for (uint32_t r = 0; r < n; r++)
            snprintf(text[i] + strlen(text[i]), sizeof text[i] - strlen(text[i]), "%s%u", r == 0 ? "" : " ", rule[r]);
        cor_matcher_free(m);
        cor_plan_free(p);
    }
    assert_string_equal(text[0], text[1]);
    return text[0];
}

/* Does this one test hold on a Sysmon event whose field F has the value v (NULL: no such field)? */
static bool holds(const cor_test *t, kit *k, const char *v)
{
    k->set.n_rule = 0;
    kit_rule(k, kit_leaf(k, t), 1, (const cor_source *[]){kit_source(k, SYSMON, 1)});
    kit_rule(k, KIT_NOT(k, kit_leaf(k, t)), 1, (const cor_source *[]){kit_source(k, SYSMON, 1)});
    kit_event(k, SYSMON, 1);
    if (v != NULL)
        kit_val(k, "F", kit_utf16(k, v));
    const char *r = run(k);
    assert_true(strcmp(r, "0") == 0 || strcmp(r, "1") == 0); /* exactly one of a test and its negation */
    return strcmp(r, "0") == 0;
}

static void literals(void **state)
{
    (void)state;
    static const struct { cor_op op; const char *text, *value; bool cased, holds;
    } c[] = {
        {COR_OP_EQUALS, "Whoami", "wHOAMI", false, true},
        {COR_OP_EQUALS, "Whoami", "wHOAMI", true, false},
        {COR_OP_EQUALS, "Whoami", "Whoami", true, true},
        {COR_OP_EQUALS, "whoami", "whoami ", false, false},
        {COR_OP_EQUALS, "", "", false, true},
        {COR_OP_EQUALS, "", NULL, false, false},
        {COR_OP_EQUALS, "", "x", false, false},
        {COR_OP_EQUALS, "a\xc3\x84", "A\xc3\xa4", false, true},
        {COR_OP_CONTAINS, "", "x", false, true},
        {COR_OP_CONTAINS, "", NULL, false, false},
        {COR_OP_CONTAINS, "x", "aXb", false, true},
        {COR_OP_CONTAINS, "xy", "aXyb", false, true},
        {COR_OP_CONTAINS, "xyz", "axyz", false, true},
        {COR_OP_CONTAINS, "wxyz", "wxyz", false, true},
        {COR_OP_CONTAINS, "wxyz", "wxy", false, false},
        {COR_OP_CONTAINS, "-EncodedCommand", "a -encodedcommand b", false, true},
        {COR_OP_CONTAINS, "-EncodedCommand", "a -encodedcommand b", true, false},
        {COR_OP_STARTSWITH, "C:\\Users", "c:\\users\\x", false, true},
        {COR_OP_STARTSWITH, "C:", "c:\\x", false, true},
        {COR_OP_STARTSWITH, "C:\\Users\\Public", "c:\\users", false, false},
        {COR_OP_STARTSWITH, "x", "ax", false, false},
        {COR_OP_ENDSWITH, "\\cmd.exe", "C:\\Windows\\CMD.EXE", false, true},
        {COR_OP_ENDSWITH, "exe", "a.EXE", false, true},
        {COR_OP_ENDSWITH, "exe", "a.exe ", false, false},
        {COR_OP_ENDSWITH, "\\longer\\cmd.exe", "r\\cmd.exe", false, false},
        {COR_OP_ENDSWITH, "\\cmd.exe", "\\Cmd.exe", true, false},
        {COR_OP_ENDSWITH, "", "x", false, true},
        {COR_OP_NULL, "", "", false, true},
        {COR_OP_NULL, "", NULL, false, true},
        {COR_OP_NULL, "", "x", false, false},
        {COR_OP_FALSE, "", "x", false, false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, c[i].op, "F", c[i].text);
        t->cased = c[i].cased;
        if (holds(t, &k, c[i].value) != c[i].holds)
            fail_msg("case %zu: op %d \"%s\" on \"%s\"", i, c[i].op, c[i].text,
                     c[i].value == NULL ? "(absent)" : c[i].value);
        kit_close(&k);
    }
}

static void patterns(void **state)
{
    (void)state;
    static const struct { const char *text, *value; bool holds;
    } c[] = {
        {"a*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "abcd", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"a?c",
         "a\xf0\x9f\x98\x80"
         "c",
         true},
        {"*a*b*", "xxaxxbxx", true},
        {"*a*b*", "xxbxxaxx", false},
        {"*", "", true},
        {"?", "", false},
        {"??", "ab", true},
        {"a*?", "a", false},
        {"a*?", "ab", true},
        {"*ab", "aab", true},
        {"*ab*cd", "ababcdcd", true},
        {"a*b?d*z", "aXXbcdbedYz", true},
        {"*a?b", "aab", true},
        {"*a?b", "a1b2", false},
        {"c:\\*\\x.exe", "C:\\Users\\X.EXE", true},
        {"*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        if (holds(kit_pattern(&k, "F", c[i].text), &k, c[i].value) != c[i].holds)
            fail_msg("\"%s\" on \"%s\"", c[i].text, c[i].value);
        kit_close(&k);
    }
}

static void expressions(void **state)
{
    (void)state;
    static const struct { const char *text; uint32_t flags; const char *value; bool holds;
    } c[] = {
        {"abc", 0, "xabcx", true},
        {"abc", 0, "xABCx", false},
        {"abc", COR_RE_I, "xABCx", true},
        {"(?i)abc", 0, "ABC", true},
        {"^a.c$", 0, "a\nc", false},
        {"^a.c$", COR_RE_S, "a\nc", true},
        {"^b", 0, "a\nb", false},
        {"^b", COR_RE_M, "a\nb", true},
        {"\\d{3}", 0, "a12b", false},
        {"\\d{3}", 0, "a123b", true},
        {"kilo", COR_RE_I, "\xe2\x84\xaailo", true},
        {"disk(foo)?", 0, "a disk", true},
        {"colou?r=x", 0, "color=x", true},
        {"ab+c", 0, "abbbc", true},
        {"a|bcde", 0, "xa", true},
        {"", 0, "x", true},
        {"x", 0, NULL, false},
        {"(?x)a b c d", 0, "abcd", true},
        {"[a-c]{2}zz", 0, "bbzz", true},
        {"\\+.*\\+.*\\+.*\\+", 0, "a+b+c+", false},
        {"\\+.*\\+.*\\+.*\\+", 0, "+a+b+c+", true},
        {"\\+.*\\+.*\\+.*\\+", 0, "++\n++", false},
        {"\\+.*\\+.*\\+.*\\+", COR_RE_S, "++\n++", true},
        {"s.*s.*s.*s", COR_RE_I, "sS\xc5\xbfs", true},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, COR_OP_REGEX, "F", c[i].text);
        t->re_flags = c[i].flags;
        if (holds(t, &k, c[i].value) != c[i].holds)
            fail_msg("/%s/ on \"%s\"", c[i].text, c[i].value == NULL ? "(absent)" : c[i].value);
        kit_close(&k);
    }
}

static void networks(void **state)
{
    (void)state;
    static const struct { uint8_t net[4]; uint8_t bits; const char *value; bool holds;
    } c[] = {
        {{10, 0, 0, 0}, 8, "10.1.2.3", true},
        {{10, 0, 0, 0}, 8, "11.1.2.3", false},
        {{192, 168, 0, 0}, 20, "192.168.15.1", true},
        {{192, 168, 0, 0}, 20, "192.168.16.1", false},
        {{0}, 0, "8.8.8.8", true},
        {{1, 2, 3, 4}, 32, "1.2.3.4", true},
        {{1, 2, 3, 4}, 32, "::ffff:1.2.3.4", true},
        {{1, 2, 3, 4}, 32, "::ffff:102:304", true},
        {{0}, 0, "::1", false},
        {{0}, 0, "no address", false},
        {{0}, 0, "", false},
        {{0}, 0, NULL, false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, COR_OP_CIDR, "F", "net");
        t->net[10] = t->net[11] = 0xff;
        memcpy(t->net + 12, c[i].net, 4);
        t->net_bits = (uint8_t)(c[i].bits + 96);
        if (holds(t, &k, c[i].value) != c[i].holds)
            fail_msg("case %zu on %s", i, c[i].value == NULL ? "(absent)" : c[i].value);
        kit_close(&k);
    }
}

static void numbers_and_times(void **state)
{
    (void)state;
    static const struct { cor_cmp cmp; double n; const char *value; bool holds;
    } c[] = {
        {COR_CMP_LT, 5, "4", true},    {COR_CMP_LT, 5, "5", false},    {COR_CMP_LTE, 5, "5", true},
        {COR_CMP_GT, 5, "0x10", true}, {COR_CMP_GTE, 5, "5.0", true},  {COR_CMP_EQ, -3, "-3", true},
        {COR_CMP_NEQ, 5, "6", true},   {COR_CMP_NEQ, 5, "six", false}, {COR_CMP_GT, 0, "", false},
        {COR_CMP_GT, 0, NULL, false},  {COR_CMP_LT, 1e9, "1e3", true}, {COR_CMP_GT, 0, "inf", false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, COR_OP_COMPARE, "F", NULL);
        t->cmp = c[i].cmp;
        t->number = c[i].n;
        if (holds(t, &k, c[i].value) != c[i].holds)
            fail_msg("case %zu on %s", i, c[i].value == NULL ? "(absent)" : c[i].value);
        kit_close(&k);
    }
    static const struct { cor_timepart part; double n;
    } p[] = {
        {COR_PART_MINUTE, 12}, {COR_PART_HOUR, 8},  {COR_PART_DAY, 3},
        {COR_PART_WEEK, 10},   {COR_PART_MONTH, 3}, {COR_PART_YEAR, 2026},
    };
    for (size_t i = 0; i < COR_LEN(p); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, COR_OP_TIMEPART, "F", NULL);
        t->part = p[i].part;
        t->number = p[i].n;
        assert_true(holds(t, &k, "2026-03-03 08:12:40.123"));
        assert_false(holds(t, &k, "2025-12-31 23:59:00"));
        assert_false(holds(t, &k, "yesterday"));
        kit_close(&k);
    }
}

static void presence(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    cor_test *there = kit_test(&k, COR_OP_EXISTS, "F", NULL), *gone = kit_test(&k, COR_OP_EXISTS, "F", NULL);
    there->wanted = true;
    assert_true(holds(there, &k, ""));
    assert_true(holds(gone, &k, NULL));
    assert_false(holds(there, &k, NULL));
    assert_false(holds(gone, &k, "x"));
    kit_close(&k);
}

static void field_references(void **state)
{
    (void)state;
    static const struct { cor_op op; const char *f, *g; bool holds;
    } c[] = {
        {COR_OP_EQUALS, "A", "a", true},        {COR_OP_EQUALS, "a", "b", false},
        {COR_OP_STARTSWITH, "abc", "AB", true}, {COR_OP_ENDSWITH, "abc", "bc", true},
        {COR_OP_CONTAINS, "abc", "b", true},    {COR_OP_CONTAINS, "abc", "", false},
        {COR_OP_EQUALS, "a", NULL, false},      {COR_OP_EQUALS, NULL, "a", false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        cor_test *t = kit_test(&k, COR_OP_FIELDREF, "F", NULL);
        t->ref_field = COR_S("G");
        t->ref_op = c[i].op;
        kit_rule(&k, kit_leaf(&k, t), 1, (const cor_source *[]){kit_source(&k, SYSMON, 1)});
        kit_event(&k, SYSMON, 1);
        if (c[i].f != NULL)
            kit_set(&k, "F", c[i].f);
        if (c[i].g != NULL)
            kit_set(&k, "G", c[i].g);
        assert_string_equal(run(&k), c[i].holds ? "0" : "");
        kit_close(&k);
    }
}

static void several_values(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    const cor_source *s[] = {kit_source(&k, SYSMON, 1)};
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "Data", "second"), 1, s);
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "Data", "third"), 1, s);
    kit_rule(&k, kit_t(&k, COR_OP_CONTAINS, "Data", "dse"), 1, s); /* over the border of two items */
    kit_rule(&k, kit_t(&k, COR_OP_CONTAINS, NULL, "econd"), 1, s);
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "ThreatName", "Mimi"), 1, s); /* blanks in names do not count */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "Other", "x"), 1, s);
    cor_test *null = kit_test(&k, COR_OP_NULL, "Data", NULL);
    kit_rule(&k, kit_leaf(&k, null), 1, s);
    kit_event(&k, SYSMON, 1);
    cor_val v = {(const uint8_t *)"f\0i\0r\0s\0t\0d\0\0\0s\0e\0c\0o\0n\0d\0\0\0", 28, COR_V_UTF16 | COR_V_ARRAY};
    kit_val(&k, "Data", v);
    kit_set(&k, "Threat Name", "mimi");
    kit_set(&k, "Data", "third");
    assert_string_equal(run(&k), "0 1 3 4");
    kit_close(&k);
}

static void sources(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    cor_source *sysmon = kit_source(&k, SYSMON, 1), *security = kit_source(&k, "Security", 4688),
               *any = kit_source(&k, "Security", 0);
    kit_map(&k, security, "Image", "NewProcessName", COR_CONV_NONE);
    kit_map(&k, security, "User", "Dom+Name", COR_CONV_NONE);
    kit_map(&k, security, "ProcessId", "NewProcessId", COR_CONV_HEX_TO_DECIMAL);
    kit_map(&k, security, "IntegrityLevel", "MandatoryLabel", COR_CONV_INTEGRITY_FROM_SID);
    cor_fieldmap *constant = kit_map(&k, security, "EventType", NULL, COR_CONV_NONE);
    constant->constant = COR_S("Start");
    const cor_source *both[] = {sysmon, security}, *only[] = {any}, *every[] = {kit_source(&k, NULL, 0)};
    kit_rule(&k, kit_t(&k, COR_OP_ENDSWITH, "Image", "\\cmd.exe"), 2, both);                                  /* 0 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "User", "CORP\\bob"), 2, both);                                     /* 1 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "ProcessId", "420"), 2, both);                                      /* 2 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "IntegrityLevel", "High"), 2, both);                                /* 3 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "EventType", "start"), 2, both);                                    /* 4 */
    kit_rule(
        &k, KIT_AND(&k, kit_t(&k, COR_OP_EQUALS, "EventID", "4688"), kit_t(&k, COR_OP_EQUALS, "NewProcessId", "0x1A4")),
        1, only); /* 5 */
    kit_rule(&k, KIT_OR(&k, kit_t(&k, COR_OP_EQUALS, "EventID", "4624"), kit_t(&k, COR_OP_EQUALS, "EventID", "4688")),
             1, only); /* 6 */
    kit_rule(&k, KIT_NOT(&k, kit_t(&k, COR_OP_EQUALS, "EventID", "4624")), 1, only);                          /* 7 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "Channel", "security"), 1, every);                                  /* 8 */
    kit_rule(&k, kit_t(&k, COR_OP_CONTAINS, NULL, "cmd"), 1, every);                                          /* 9 */
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "Computer", "host1"), 1, every);                                    /* 10 */
    kit_event(&k, "SECURITY", 4688);
    kit_set(&k, "NewProcessName", "C:\\Windows\\cmd.exe");
    kit_set(&k, "Image", "other");
    kit_set(&k, "Dom", "CORP");
    kit_set(&k, "Name", "Bob");
    kit_set(&k, "NewProcessId", "0x1a4");
    kit_set(&k, "MandatoryLabel", "S-1-16-12288");
    assert_string_equal(run(&k), "0 1 2 3 4 5 6 7 8 9 10");
    kit_event(&k, "Security", 4624);
    assert_string_equal(run(&k), "6 8 10");
    kit_event(&k, "Other", 1);
    kit_set(&k, "x", "CMD");
    assert_string_equal(run(&k), "9 10");
    kit_close(&k);
}

/* Data fields go before the System part, except for what names the event itself. */
static void data_before_system(void **state)
{
    (void)state;
    static const struct { const char *field, *value; bool holds;
    } c[] = {
        {"Channel", "Cleared", true},
        {"Channel", "System", false},
        {"Computer", "data", true},
        {"Level", "data", true},
        {"EventID", "104", true},
        {"EventID", "data", false},
        {"Provider_Name", "Eventlog", true},
        {"Provider_Name", "data", false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        kit k;
        kit_open(&k);
        kit_rule(&k, kit_t(&k, COR_OP_EQUALS, c[i].field, c[i].value), 1,
                 (const cor_source *[]){kit_source(&k, "System", 104)});
        kit_event(&k, "System", 104);
        k.ev.sys[COR_SYS_PROVIDER_NAME] = kit_utf8("Eventlog");
        k.ev.sys[COR_SYS_LEVEL] = kit_utf8("4");
        kit_set(&k, "Channel", "Cleared");
        kit_set(&k, "Computer", "data");
        kit_set(&k, "Level", "data");
        kit_set(&k, "EventID", "data");
        kit_set(&k, "Provider_Name", "data");
        if ((strcmp(run(&k), "0") == 0) != c[i].holds)
            fail_msg("%s = %s", c[i].field, c[i].value);
        kit_close(&k);
    }
}

static void required_by_source(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    cor_source *s = kit_source(&k, "Security", 4657);
    static const cor_str value[] = {{"%%1904", 6}, {"%%1905", 6}};
    struct cor_require *q = kit_get(&k, sizeof *q);
    *q = (struct cor_require){COR_S("OperationType"), value, 2};
    s->require = q;
    s->n_require = 1;
    kit_map(&k, s, "TargetObject", "ObjectName+ObjectValueName", COR_CONV_REGISTRY_PATH);
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "TargetObject", "HKLM\\Software\\Run\\evil"), 1, (const cor_source *[]){s});
    for (int i = 0; i < 3; i++) {
        kit_event(&k, "Security", 4657);
        kit_set(&k, "ObjectName", "\\REGISTRY\\MACHINE\\SOFTWARE\\Run");
        kit_set(&k, "ObjectValueName", "evil");
        if (i < 2)
            kit_set(&k, "OperationType", i == 0 ? "%%1905" : "%%1906");
        assert_string_equal(run(&k), i == 0 ? "0" : "");
    }
    kit_close(&k);
}

static void conversions(void **state)
{
    (void)state;
    static const struct { cor_convert c; const char *from, *to;
    } t[] = {
        {COR_CONV_HEX_TO_DECIMAL, "0xffffffffffffffff", "18446744073709551615"},
        {COR_CONV_HEX_TO_DECIMAL, "0x", "0x"},
        {COR_CONV_HEX_TO_DECIMAL, "12", "12"},
        {COR_CONV_HEX_TO_DECIMAL, "0xg1", "0xg1"},
        {COR_CONV_INTEGRITY_FROM_SID, "S-1-16-4096", "Low"},
        {COR_CONV_INTEGRITY_FROM_SID, "S-1-5-18", "S-1-5-18"},
        {COR_CONV_LOWER_ADDRESS, "FE80::A", "fe80::a"},
        {COR_CONV_REGISTRY_PATH, "\\REGISTRY\\USER\\S-1-5-18\\Run", "HKU\\S-1-5-18\\Run"},
        {COR_CONV_REGISTRY_PATH, "\\registry\\machinery", "\\registry\\machinery"},
        {COR_CONV_REGISTRY_PATH, "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\a",
         "HKLM\\SYSTEM\\CurrentControlSet\\Services\\a"},
        {COR_CONV_REGISTRY_PATH, "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet01\\a", "HKLM\\SYSTEM\\ControlSet01\\a"},
        {COR_CONV_DEVICE_PATH, "\\Device\\HarddiskVolume12\\a.exe", "C:\\a.exe"},
        {COR_CONV_DEVICE_PATH, "\\device\\harddiskvolume\\a", "\\device\\harddiskvolume\\a"},
        {COR_CONV_PROTOCOL_NAME, "17", "udp"},
        {COR_CONV_PROTOCOL_NAME, "99", "99"},
        {COR_CONV_SID_OF_USER, "NT AUTHORITY\\System", "S-1-5-18"},
    };
    for (size_t i = 0; i < COR_LEN(t); i++) {
        kit k;
        kit_open(&k);
        cor_source *s = kit_source(&k, "C", 1);
        kit_map(&k, s, "F", "G", t[i].c);
        cor_test *q = kit_test(&k, COR_OP_EQUALS, "F", t[i].to);
        q->cased = true;
        kit_rule(&k, kit_leaf(&k, q), 1, (const cor_source *[]){s});
        kit_event(&k, "C", 1);
        kit_set(&k, "G", t[i].from);
        if (strcmp(run(&k), "0") != 0)
            fail_msg("%s does not become %s", t[i].from, t[i].to);
        kit_close(&k);
    }
}

static void wanting(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    kit_rule(&k, kit_t(&k, COR_OP_EQUALS, "EventID", "4624"), 1, (const cor_source *[]){kit_source(&k, "Security", 0)});
    kit_rule(&k, kit_t(&k, COR_OP_CONTAINS, NULL, "x"), 1, (const cor_source *[]){kit_source(&k, "System", 0)});
    cor_plan *p;
    assert_int_equal(cor_plan_new(&k.set, COR_ENGINE_FAST, &p, NULL), COR_OK);
    cor_matcher *m = cor_matcher_new(p);
    static const struct { const char *channel; uint32_t id; bool want;
    } c[] = {
        {"Security", 4624, true}, {"SECURITY", 4624, true}, {"Security", 4625, false},
        {"System", 7, true},      {"Systems", 7, false},    {"", 4624, false},
    };
    for (size_t i = 0; i < COR_LEN(c); i++) {
        cor_head h8 = {.channel = kit_utf8(c[i].channel), .event_id = c[i].id},
                 h16 = {.channel = kit_utf16(&k, c[i].channel), .event_id = c[i].id};
        assert_int_equal(cor_matcher_want(m, &h8), c[i].want);
        assert_int_equal(cor_matcher_want(m, &h16), c[i].want);
    }
    cor_head none = {.event_id = 4624};
    assert_false(cor_matcher_want(m, &none));
    cor_matcher_free(m);
    cor_plan_free(p);
    kit_close(&k);
}

static void why(void **state)
{
    (void)state;
    kit k;
    kit_open(&k);
    cor_source *s = kit_source(&k, "Security", 4688);
    kit_map(&k, s, "Image", "NewProcessName", COR_CONV_NONE);
    cor_node *sel =
        KIT_OR(&k, kit_t(&k, COR_OP_ENDSWITH, "Image", "\\cmd.exe"), kit_t(&k, COR_OP_CONTAINS, "CommandLine", "zzz"));
    sel->label = COR_S("selection");
    kit_rule(
        &k,
        KIT_AND(&k, sel, KIT_NOT(&k, kit_t(&k, COR_OP_EQUALS, "User", "bob")), kit_t(&k, COR_OP_CONTAINS, NULL, "/c")),
        1, (const cor_source *[]){s});
    cor_plan *p;
    assert_int_equal(cor_plan_new(&k.set, COR_ENGINE_FAST, &p, NULL), COR_OK);
    cor_matcher *m = cor_matcher_new(p);
    kit_event(&k, "Security", 4688);
    kit_set(&k, "NewProcessName", "C:\\cmd.exe");
    kit_set(&k, "CommandLine", "cmd /C dir");
    kit_done(&k);
    const cor_matched *got;
    uint32_t n;
    assert_int_equal(cor_matcher_matched(m, 0, &k.ev, &k.mem, &got, &n, NULL), COR_OK);
    assert_int_equal(n, 2);
    assert_str(got[0].field, "Image");
    assert_str(got[0].value, "C:\\cmd.exe");
    assert_str(got[1].field, "");
    assert_str(got[1].value, "cmd /C dir");
    assert_str(cor_matcher_field(m, 0, &k.ev, COR_S("Image"), &k.mem), "C:\\cmd.exe");
    assert_null(cor_matcher_field(m, 0, &k.ev, COR_S("User"), &k.mem).p);
    cor_buf out = {0};
    assert_int_equal(cor_matcher_explain(m, 0, &k.ev, &out, NULL), COR_OK);
    cor_buf_c(&out, '\0');
    assert_non_null(strstr((char *)out.p, "+ selection: any of"));
    assert_non_null(strstr((char *)out.p, "- User is \"bob\"   (field absent)"));
    assert_non_null(strstr((char *)out.p, "+ Image ends with \"\\cmd.exe\"   value \"C:\\cmd.exe\""));
    cor_buf_free(&out);
    cor_matcher_free(m);
    cor_plan_free(p);
    kit_close(&k);
}

/* An expression that explodes ends at a limit, is counted, and counts as not held. */
static void exploding_expression(void **state)
{
    (void)state;
    for (size_t i = 0; i < COR_LEN(engines); i++) {
        kit k;
        kit_open(&k);
        kit_rule(&k, kit_t(&k, COR_OP_REGEX, "F", "^(a+)+$"), 1, (const cor_source *[]){kit_source(&k, "C", 1)});
        cor_plan *p;
        assert_int_equal(cor_plan_new(&k.set, engines[i], &p, NULL), COR_OK);
        cor_matcher *m = cor_matcher_new(p);
        kit_event(&k, "C", 1);
        char *a = kit_get(&k, 3001);
        memset(a, 'a', 3000);
        a[2999] = '!';
        kit_set(&k, "F", a);
        kit_done(&k);
        const uint32_t *rule;
        uint32_t n;
        assert_int_equal(cor_matcher_event(m, &k.ev, &rule, &n, NULL), COR_OK);
        assert_int_equal(n, 0);
        assert_int_equal(cor_matcher_limits(m).regex, 1);
        cor_matcher_free(m);
        cor_plan_free(p);
        kit_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals),
        cmocka_unit_test(patterns),
        cmocka_unit_test(expressions),
        cmocka_unit_test(networks),
        cmocka_unit_test(numbers_and_times),
        cmocka_unit_test(presence),
        cmocka_unit_test(field_references),
        cmocka_unit_test(several_values),
        cmocka_unit_test(sources),
        cmocka_unit_test(required_by_source),
        cmocka_unit_test(data_before_system),
        cmocka_unit_test(conversions),
        cmocka_unit_test(wanting),
        cmocka_unit_test(why),
        cmocka_unit_test(exploding_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
