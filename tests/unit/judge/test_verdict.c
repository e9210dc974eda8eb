/* Small incidents, one for each rule of docs/verdicts.md, and its near misses. */
#include "tests/unit/judge/fake.h"

#include "base/alloc.h"
#include "formats/qakbot/dga.h"
#include "formats/qakbot/regnames.h"

static fake f; /* large */
static cor_judgement j;

static int begin(void **state)
{
    (void)state;
    fake_begin(&f);
    return 0;
}

static int end(void **state)
{
    (void)state;
    cor_judgement_free(&j);
    fake_end(&f);
    return 0;
}

static void says(const char *host, const char *want)
{
    const char *got = fake_word(&f, &j, host);
    if (strcmp(got, want) != 0)
        fail_msg("%s is %s, not %s\n%s", host, got, want, fake_reasons(&f, &j, host));
}

static void because(const char *host, const char *want)
{
    const char *got = fake_reasons(&f, &j, host);
    if (strcmp(got, want) != 0)
        fail_msg("reasons of %s:\n%s-- not:\n%s", host, got, want);
}

/* ---- rule 2: infected and suspicious ---- */

typedef struct seen {
    const char *sign, *grade;
    int hours;
} seen;

static void test_own_signs(void **state)
{
    static const struct { const char *name, *want; seen s[4]; } row[] = {
        {"nothing", "clean", {{0}}},
        {"weak ones", "clean", {{"DIS2", "weak", 9}, {"LAT7", "weak", 10}, {"THE6", "weak", 11}}},
        {"one strong", "suspicious", {{"PER3", "strong", 9}}},
        {"one conclusive", "infected", {{"DIS1", "conclusive", 9}}},
        {"two strong of one stage", "suspicious", {{"PER3", "strong", 9}, {"PER4", "strong", 10}}},
        {"two strong of two stages", "infected", {{"PER3", "strong", 9}, {"EVA1", "strong", 10}}},
        {"72 hours apart", "infected", {{"PER3", "strong", -60}, {"EVA1", "strong", 12}}},
        {"73 hours apart", "suspicious", {{"PER3", "strong", -61}, {"EVA1", "strong", 12}}},
        {"a bridge of one stage is none", "suspicious",
         {{"PER3", "strong", -61}, {"PER4", "strong", -70}, {"EVA1", "strong", 12}}},
        {"two groups of other", "infected", {{"OPS2", "strong", 9}, {"OPS4", "strong", 10}}},
        {"one group of other", "suspicious", {{"OPS3", "strong", 9}, {"OPS6", "strong", 10}}},
        {"strong and weak", "suspicious", {{"PER3", "strong", 9}, {"DIS2", "weak", 9}}},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 4 && row[i].s[k].sign != NULL; k++)
            fake_sign(&f, "WS01", row[i].s[k].sign, row[i].s[k].grade, AT(row[i].s[k].hours, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want);
        assert_int_equal(j.intruder, strcmp(row[i].want, "clean") != 0);
        end(state);
    }
}

/* Evidence begins where signs speak together; a lone one long before is shown and does not count. */
static void test_since(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_sign(&f, "WS01", "PER3", "strong", AT(-200, 0, 0));
    fake_sign(&f, "WS01", "EVA1", "strong", AT(9, 0, 0));
    fake_sign(&f, "WS01", "THE4", "strong", AT(10, 0, 0));
    fake_sign(&f, "WS01", "DIS2", "weak", AT(9, 30, 0));
    fake_judge(&f, &j);
    says("WS01", "infected");
    because("WS01", "counts EVA1 strong evasion x1\ncounts THE4 strong theft x1\n"
                    "shows PER3 strong persistence x1\nshows DIS2 weak discovery x1\n");
    assert_int_equal(fake_find(&j, "WS01")->first, AT(9, 0, 0));
    assert_int_equal(fake_find(&j, "WS01")->last, AT(10, 0, 0));
    assert_int_equal(j.from, AT(9, 0, 0) - DAY);
    assert_int_equal(fake_find(&j, "WS01")->stage[COR_STAGE_EVASION].total, 1);
    assert_int_equal(fake_find(&j, "WS01")->stage[COR_STAGE_PERSISTENCE].total, 0);
}

/* An event without a time counts, and is near nothing. */
static void test_no_time(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_sign(&f, "WS01", "PER3", "strong", COR_NOTIME);
    fake_sign(&f, "WS01", "EVA1", "strong", COR_NOTIME);
    fake_judge(&f, &j);
    says("WS01", "suspicious");
}

static void test_users_rules(void **state)
{
    static const struct { const char *name,
                         *want; cor_level a; const char *ta; cor_level b; const char *tb; bool strong; } row[] = {
        {"two high, two stages", "suspicious", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_CRITICAL,
         "attack.discovery", false},
        {"two high, one stage", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.persistence",
         false},
        {"a medium one", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_MEDIUM, "attack.discovery", false},
        {"without a tactic", "clean", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.t1059", false},
        {"never infected", "suspicious", COR_LEVEL_HIGH, "attack.persistence", COR_LEVEL_HIGH, "attack.discovery",
         true},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        cor_case_finding *a = fake_rule(&f, "WS01", "rule a", row[i].a, row[i].ta, AT(9, 0, 0));
        a->sign = COR_S("DIS1"); /* a user's rule may carry the key; it makes no sign */
        a->grade = COR_S("conclusive");
        a->stage = COR_S("discovery");
        fake_rule(&f, "WS01", "rule b", row[i].b, row[i].tb, AT(10, 0, 0));
        if (row[i].strong)
            fake_sign(&f, "WS01", "PER3", "strong", AT(9, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want);
        end(state);
    }
}

/* ---- grades that the judge decides ---- */

static void test_task_window(void **state)
{
    static const struct { const char *command, *want; } row[] = {
        {"schtasks.exe /Create /RU \"NT AUTHORITY\\SYSTEM\" /tn abcdefgh /SC ONCE /Z /ST 10:02 /ET 10:13",
         "infected Qakbot"},
        {"schtasks.exe /Create /tn abcdefgh /SC ONCE /Z /ST 23:55 /ET 00:07", "infected Qakbot"},
        {"schtasks.exe /Create /tn abcdefgh /SC ONCE /Z /ST 10:02 /ET 10:32", "suspicious Qakbot"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        cor_case_finding *c = fake_sign(&f, "WS01", "PER1", "conclusive", AT(10, 0, 0));
        c->family = COR_S("Qakbot");
        fake_field(&f, c, "CommandLine", row[i].command);
        fake_judge(&f, &j);
        says("WS01", row[i].want);
        end(state);
    }
}

static void test_antivirus(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_host(&f, "WS03", 0);
    fake_host(&f, "SRV", 0);
    static const char *const path[] = {"file:_C:\\Users\\x\\a.dll", "file:_C:\\a.dll; regkeyvalue:_hklm\\run\\x",
                                       "file:_\\\\SRV\\Public\\a.exe"};
    static const char *const host[] = {"WS01", "WS02", "WS03"};
    for (size_t i = 0; i < 3; i++) {
        cor_case_finding *c = fake_sign(&f, host[i], "AV1", "strong", AT(10, 0, 0));
        fake_field(&f, c, "Threat Name", "Trojan:Win32/QBot.PC!MTB");
        fake_field(&f, c, "Path", path[i]);
    }
    fake_judge(&f, &j);
    says("WS01", "suspicious Qakbot");
    says("WS02", "infected Qakbot");
    says("WS03", "suspicious Qakbot");
    says("SRV", "clean+carrier");
}

static void test_families(void **state)
{
    (void)state;
    static const char *const host[] = {"WS01", "WS02"};
    for (size_t i = 0; i < 2; i++) {
        fake_host(&f, host[i], 0);
        fake_sign(&f, host[i], "THE3", "strong", AT(9, 0, 0))->family = COR_S("Qakbot");
        fake_sign(&f, host[i], "PER3", "strong", AT(9, 0, 0))->family = COR_S("Emotet");
        fake_sign(&f, host[i], "DIS2", "weak", AT(9, 0, 0))->family = COR_S("TrickBot");
    }
    fake_sign(&f, "WS02", "DIS4", "conclusive", AT(9, 0, 0))->family = COR_S("Emotet");
    fake_field(&f, fake_sign(&f, "WS02", "AV1", "strong", AT(9, 0, 0)), "Threat Name", "Trojan:Win32/TrickBot.A");
    fake_judge(&f, &j);
    says("WS01", "infected Emotet Qakbot");
    says("WS02", "infected Emotet TrickBot");
}

static void test_beside(void **state)
{
    static const struct { const char *name, *want; seen s[3]; } row[] = {
        {"discovery after a strong sign", "infected", {{"PER3", "strong", 9}, {"DIS5", "weak", 10}}},
        {"discovery before it", "suspicious", {{"PER3", "strong", 9}, {"DIS5", "weak", 8}}},
        {"discovery a day later", "suspicious", {{"PER3", "strong", -16}, {"DIS5", "weak", 10}}},
        {"discovery after a clearing", "suspicious", {{"LOG2", "strong", 9}, {"DIS5", "weak", 10}}},
        {"a clearing convicts nobody", "suspicious", {{"PER3", "strong", 9}, {"LOG1", "weak", 9}}},
        {"Defender off beside", "infected", {{"PER3", "strong", 9}, {"OPS10", "weak", 9}}},
        {"Defender off two hours later", "suspicious", {{"PER3", "strong", 9}, {"OPS10", "weak", 11}}},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 3 && row[i].s[k].sign != NULL; k++)
            fake_sign(&f, "WS01", row[i].s[k].sign, row[i].s[k].grade, AT(row[i].s[k].hours, 0, 0));
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s, not %s\n%s", row[i].name, fake_word(&f, &j, "WS01"), row[i].want, fake_reasons(&f, &j,
                                                                                                             "WS01"));
        end(state);
    }
    fake_begin(&f);
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS01", "OPS3", "strong", AT(9, 0, 0));
    fake_sign(&f, "WS02", "OPS3", "strong", AT(9, 30, 0));
    fake_judge(&f, &j);
    says("WS01", "infected");
    says("WS02", "infected");
}

/* ---- rule 3: whom a sign convicts ---- */

static cor_case_finding *lockouts(const char *caller)
{
    cor_case_finding *c = fake_sign(&f, "DC01", "LAT4", "strong", AT(10, 0, 0));
    cor_named *g = cor_arena_get(&f.mem, sizeof(*g));
    *g = (cor_named){COR_S("TargetDomainName"), cor_str_of(caller)};
    c->corr_group = g;
    c->n_corr_group = 1;
    return c;
}

static void test_witness(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    fake_host(&f, "WS03", 0);
    lockouts("ws03");
    fake_judge(&f, &j);
    says("DC01", "clean");
    says("WS03", "suspicious");
    because("WS03", "counts LAT4 strong lateral <- DC01 x1\n");
    assert_int_equal(fake_find(&j, "WS03")->vector, COR_VECTOR_UNKNOWN);
}

static void test_unknown_caller(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    lockouts("MAILGW");
    fake_judge(&f, &j);
    says("DC01", "clean");
    says("MAILGW", "not there");
    const cor_host_verdict *v = fake_find(&j, "DC01");
    assert_int_equal(v->n_indicator, 1);
    assert_string_equal(v->indicator[0].type, "computer");
    assert_str(v->indicator[0].value, "MAILGW");
}

/* A host that others speak against and whose logs nobody has: known from the context, or because its machine account
 * was seen. */
static void test_implicated(void **state)
{
    (void)state;
    fake_host(&f, "DC01", 0);
    fake_host(&f, "WS02", 0);
    f.context = "hosts: [WS07, WS09]\n";
    lockouts("WS07");
    cor_fact *x = fake_fact(&f, COR_FACT_ADDRESS, "DC01", 4768, AT(-20, 0, 0));
    x->peer = COR_S("WS08");
    x->address = COR_S("10.20.1.18");
    cor_case_finding *c = fake_sign(&f, "DC01", "LAT5", "strong", AT(11, 0, 0));
    fake_field(&f, c, "IpAddress", "::ffff:10.20.1.18");
    fake_logon(&f, "WS02", "k.lang", "10.20.1.18", 3, AT(12, 0, 0));
    fake_judge(&f, &j);
    says("WS07", "unknown+implicated");
    says("WS08", "unknown+implicated");
    says("WS09", "unknown");
    says("WS02", "exposed");
    says("DC01", "clean");
    assert_false(fake_find(&j, "WS08")->has_logs);
}

/* ---- rule 3: services and their sources ---- */

static cor_case_finding *service(const char *host, const char *sign, const char *grade, const char *name, cor_time t)
{
    cor_case_finding *c = fake_sign(&f, host, sign, grade, t);
    fake_field(&f, c, "ServiceName", name);
    fake_field(&f, c, "ImagePath", "C:\\Windows\\system32\\regsvr32.exe -s \\\\WS05\\C$\\abc.dll");
    cor_fact *x = fake_fact(&f, COR_FACT_SERVICE, host, 7045, t);
    x->object = cor_arena_str(&f.mem, cor_str_of(name));
    return c;
}

static void audited(const char *host, const char *name, const char *session, cor_time t)
{
    cor_fact *x = fake_fact(&f, COR_FACT_SERVICE, host, 4697, t);
    x->object = cor_arena_str(&f.mem, cor_str_of(name));
    x->logon_id = cor_str_of(session);
}

static void three_hosts(void)
{
    fake_host(&f, "WS03", 0);
    fake_host(&f, "WS04", 0);
    fake_host(&f, "WS05", 0);
    fake_address(&f, "WS03", "10.20.1.13");
    fake_address(&f, "WS04", "10.20.1.14");
}

static void test_source_near(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 0));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
    fake_logon(&f, "WS05", "svc", "10.20.1.14", 3, AT(10, 0, 50));                           /* no administrator */
    fake_logon(&f, "WS05", "WS04$", "10.20.1.14", 3, AT(10, 0, 55))->elevated = true;        /* a machine's own */
    fake_logon(&f, "WS05", "svc_backup", "10.20.1.14", 3, AT(10, 0, 10))->elevated = true;   /* not the last */
    fake_logon(&f, "WS05", "svc_backup", "10.20.1.14", 3, AT(10, 1, 1))->elevated = true;    /* too late */
    fake_judge(&f, &j);
    says("WS05", "infected");
    because("WS05", "counts LAT1 conclusive lateral <- WS03 x1\n");
    because("WS03", "counts LAT1 strong lateral <- WS05 x1\n");
    says("WS04", "clean");
    assert_int_equal(fake_find(&j, "WS05")->vector, COR_VECTOR_SMB_SERVICE);
    assert_int_equal(fake_find(&j, "WS03")->vector, COR_VECTOR_UNKNOWN);
    assert_non_null(strstr(fake_find(&j, "WS03")->reason[0].text.p, "Most likely made service frqztbna on WS05"));
}

static void test_source_too_old(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 1));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 0))->elevated = true;
    fake_judge(&f, &j);
    says("WS05", "infected");
    says("WS03", "clean");
}

static void test_source_exact(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 0));
    audited("WS05", "frqztbna", "0xabc", AT(10, 1, 0));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(8, 0, 0))->logon_id = COR_S("0xabc"); /* hours before */
    fake_logon(&f, "WS05", "adm", "10.20.1.14", 3, AT(10, 0, 50))->elevated = true;
    /* the same LogonId after the next boot, or on another host, is another session */
    fake_logon(&f, "WS05", "adm", "10.20.1.14", 3, AT(12, 0, 0))->logon_id = COR_S("0xabc");
    fake_logon(&f, "WS03", "adm", "10.20.1.14", 3, AT(9, 0, 0))->logon_id = COR_S("0xabc");
    fake_judge(&f, &j);
    because("WS03", "counts LAT1 strong lateral <- WS05 x1\n");
    says("WS04", "clean");
    assert_non_null(strstr(fake_find(&j, "WS03")->reason[0].text.p, "Made service frqztbna on WS05"));
}

static void test_source_local(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "LAT2", "strong", "abc", AT(10, 1, 0));
    audited("WS05", "abc", "0x3e7", AT(10, 1, 0));
    fake_logon(&f, "WS05", "adm", "10.20.1.14", 3, AT(10, 0, 50))->elevated = true;
    fake_judge(&f, &j);
    says("WS05", "suspicious");
    says("WS04", "clean");
}

static void test_source_pipe(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "PER6", "conclusive", "WinDefService", AT(10, 1, 0))->family = COR_S("Emotet");
    cor_fact *x = fake_fact(&f, COR_FACT_SHARE, "WS05", 5145, AT(10, 0, 40));
    x->object = COR_S("\\\\*\\IPC$");
    x->detail = COR_S("svcctl");
    x->address = COR_S("10.20.1.13");
    fake_logon(&f, "WS05", "adm", "10.20.1.14", 3, AT(10, 0, 50))->elevated = true;
    fake_judge(&f, &j);
    says("WS05", "infected Emotet");
    because("WS05", "counts PER6 conclusive persistence <- WS03 x1\n");
    because("WS03", "counts PER6 strong lateral <- WS05 x1\n");
    says("WS04", "clean");
}

/* 7045 and 4697 of one service are one installation. */
static void test_source_twin(void **state)
{
    (void)state;
    three_hosts();
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 0));
    cor_case_finding *c = service("WS05", "LAT1", "conclusive", "FRQZTBNA", AT(10, 1, 1));
    fake_field(&f, c, "SubjectLogonId", "0x0000abc");
    audited("WS05", "frqztbna", "0xabc", AT(10, 1, 1));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 30))->logon_id = COR_S("0xabc");
    fake_judge(&f, &j);
    because("WS03", "counts LAT1 strong lateral <- WS05 x1\n");
    because("WS05", "counts LAT1 conclusive lateral <- WS03 x2\n");
}

static void test_source_not_known(void **state)
{
    (void)state;
    three_hosts();
    fake_address(&f, "WS04", "10.20.1.13"); /* two hosts say it is theirs: nobody's */
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 0));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
    fake_judge(&f, &j);
    because("WS05", "counts LAT1 conclusive lateral x1\n");
    says("WS03", "clean");
    says("WS04", "clean");
    assert_string_equal(fake_find(&j, "WS05")->indicator[0].type, "ip");
    assert_str(fake_find(&j, "WS05")->indicator[0].value, "10.20.1.13");
}

/* An address that went from one host to another belongs to whom had it then. */
static void test_source_moved(void **state)
{
    (void)state;
    fake_host(&f, "WS03", 0);
    fake_host(&f, "WS04", 0);
    fake_host(&f, "WS05", 0);
    fake_address(&f, "WS03", "10.20.1.13");
    f.fact[f.n_fact - 1].last = AT(9, 0, 0);
    fake_address(&f, "WS04", "10.20.1.13");
    f.fact[f.n_fact - 1].first = AT(9, 30, 0);
    service("WS05", "LAT1", "conclusive", "frqztbna", AT(10, 1, 0));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
    fake_judge(&f, &j);
    says("WS04", "suspicious");
    says("WS03", "clean");
}

/* What WMI started from afar has a session over the network; what a document started has the user's own. */
static void test_source_wmi(void **state)
{
    static const struct { uint32_t type; const char *want; } row[] = {{3, "suspicious"}, {2, "clean"}};
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        three_hosts();
        cor_case_finding *c = fake_sign(&f, "WS05", "ARR9", "strong", AT(10, 0, 0));
        fake_field(&f, c, "LogonId", "0xabc");
        fake_logon(&f, "WS05", "adm", "10.20.1.13", row[i].type, AT(9, 59, 0))->logon_id = COR_S("0xabc");
        fake_judge(&f, &j);
        says("WS05", "suspicious");
        says("WS03", row[i].want);
        end(state);
    }
}

static void test_copy_and_service(void **state)
{
    static const struct { const char *share, *name, *access; int second; const char *want; } row[] = {
        {"\\\\*\\C$", "abc.dll", "0x2", 59, "infected"},
        {"\\\\*\\C$", "Windows\\abc.dll.cfg", "0x12019f", 59, "infected"},
        {"\\\\*\\ADMIN$", "abc.dll", "0x2", 59, "infected"},
        {"\\\\*\\C$", "abc.dll", "0x2", 61, "exposed"},
        {"\\\\*\\C$", "abc.dll", "0x120089", 59, "clean"},                       /* read */
        {"\\\\*\\C$", "Program Files\\App\\abc.dll", "0x2", 59, "exposed"},      /* an installation */
        {"\\\\*\\C$", "abc.txt", "0x2", 59, "exposed"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        three_hosts();
        cor_fact *x = fake_fact(&f, COR_FACT_SHARE, "WS05", 5145, AT(10, 0, 0));
        x->object = cor_str_of(row[i].share);
        x->detail = cor_str_of(row[i].name);
        x->access = cor_str_of(row[i].access);
        x->address = COR_S("10.20.1.13");
        fake_fact(&f, COR_FACT_SERVICE, "WS05", 7045, AT(10, 0, row[i].second))->object = COR_S("abc");
        fake_sign(&f, "WS03", "DIS1", "conclusive", AT(9, 0, 0));
        fake_judge(&f, &j);
        bool hit = strcmp(row[i].want, "infected") == 0;
        const cor_host_verdict *v = fake_find(&j, "WS05");
        if (strcmp(cor_verdict_name[v->verdict], row[i].want) != 0)
            fail_msg("%s %s %d: %s", row[i].share, row[i].name, row[i].second, fake_word(&f, &j, "WS05"));
        assert_int_equal(fake_find(&j, "WS03")->n_reason, hit ? 2 : 1);
        end(state);
    }
}

/* ---- rule 4: contacts ---- */

static void test_contacts(void **state)
{
    (void)state;
    static const char *const host[] = {"DC01", "SRV", "WS02", "WS03", "WS04", "WS06", "WS07", "WS08", "WS09"};
    for (size_t i = 0; i < COR_LEN(host); i++)
        fake_host(&f, host[i], 0);
    fake_address(&f, "WS03", "10.20.1.13");
    fake_sign(&f, "WS03", "DIS1", "conclusive", AT(9, 0, 0));
    fake_logon(&f, "WS02", "m.keller", "10.20.1.13", 3, AT(10, 0, 0));
    fake_logon(&f, "DC01", "WS03$", "10.20.1.13", 3, AT(9, 30, 0));
    fake_logon(&f, "WS04", "m.keller", "10.20.1.13", 3, AT(8, 59, 0));             /* before it was infected */
    cor_fact *x = fake_fact(&f, COR_FACT_LOGON_FAILED, "WS06", 4625, AT(10, 1, 0));
    x->peer = COR_S("WS03");                                                       /* NTLM: by name alone */
    x->account = COR_S("Administrator");
    x->status = COR_S("0xc000006a");
    x = fake_fact(&f, COR_FACT_LOGON_EXPLICIT, "WS03", 4648, AT(10, 2, 0));
    x->peer = COR_S("cifs/ws09.corp.example");
    x->account = COR_S("user");
    x = fake_fact(&f, COR_FACT_LOGON_EXPLICIT, "WS03", 4648, AT(10, 2, 0));
    x->peer = COR_S("localhost");
    x = fake_fact(&f, COR_FACT_SHARE, "SRV", 5145, AT(10, 3, 0));
    x->object = COR_S("\\\\*\\Public");
    x->detail = COR_S("tool.exe");
    x->access = COR_S("0x2");
    x->address = COR_S("10.20.1.13");
    fake_logon(&f, "WS07", "ANONYMOUS LOGON", "10.20.1.13", 3, AT(10, 4, 0));
    fake_logon(&f, "WS08", "m.keller", "10.20.1.13", 2, AT(10, 5, 0));             /* no logon over the network */
    fake_judge(&f, &j);
    says("WS02", "exposed");
    says("DC01", "exposed");
    says("WS04", "clean");
    says("WS06", "attacked");
    says("WS07", "attacked");
    says("WS08", "clean");
    says("WS09", "attacked");
    says("SRV", "exposed+carrier");
    because("WS02", "counts contact <- WS03 x1\n");
    assert_int_equal(fake_find(&j, "WS02")->first, AT(10, 0, 0));
    assert_int_equal(j.count[COR_VERDICT_EXPOSED], 3);
}

/* Who is only suspicious makes nobody exposed: it is shown. */
static void test_suspicious_contacts_nobody(void **state)
{
    (void)state;
    fake_host(&f, "WS02", 0);
    fake_host(&f, "WS03", 0);
    fake_address(&f, "WS03", "10.20.1.13");
    fake_sign(&f, "WS03", "PER3", "strong", AT(9, 0, 0));
    fake_logon(&f, "WS02", "m.keller", "10.20.1.13", 3, AT(10, 0, 0));
    fake_judge(&f, &j);
    says("WS03", "suspicious");
    says("WS02", "clean");
    because("WS02", "shows contact <- WS03 x1\n");
}

/* Guesses of a scanner, of nobody's host: they make nobody attacked. */
static void test_scanner(void **state)
{
    (void)state;
    fake_host(&f, "WS02", 0);
    fake_host(&f, "SCAN01", 0);
    fake_address(&f, "SCAN01", "10.20.2.30");
    fake_fact(&f, COR_FACT_LOGON_FAILED, "WS02", 4625, AT(10, 0, 0))->address = COR_S("10.20.2.30");
    fake_sign(&f, "SCAN01", "LAT7", "weak", AT(10, 0, 0));
    fake_judge(&f, &j);
    says("WS02", "clean");
    says("SCAN01", "clean");
    assert_false(j.intruder);
}

/* An infected host's contacts are given beside its own signs. */
static void test_contact_of_infected(void **state)
{
    (void)state;
    fake_host(&f, "WS02", 0);
    fake_host(&f, "WS03", 0);
    fake_address(&f, "WS03", "10.20.1.13");
    fake_sign(&f, "WS03", "DIS1", "conclusive", AT(9, 0, 0));
    fake_sign(&f, "WS02", "DIS1", "conclusive", AT(11, 0, 0));
    fake_logon(&f, "WS02", "m.keller", "10.20.1.13", 10, AT(10, 0, 0));
    fake_judge(&f, &j);
    because("WS02", "counts DIS1 conclusive discovery x1\nshows contact <- WS03 x1\n");
}

/* ---- rule 5: clean and unknown ---- */

static void test_coverage(void **state)
{
    static const struct { unsigned without; const char *row; const char *want; } row[] = {
        {0, "", "clean"},
        {FAKE_NO_PROCESS, "programs", "unknown"},
        {FAKE_NO_PROCESS | FAKE_NO_TASK, "persistence", "unknown"},
        {FAKE_NO_TASK, "", "clean"}, /* processes show schtasks */
        {1 << COR_LOG_SYSTEM, "persistence", "unknown"},
        {1 << COR_LOG_SECURITY, "logons", "unknown"},
        {FAKE_NO_LOGON, "logons", "unknown"},
        {FAKE_NO_ANTIVIRUS, "antivirus", "unknown"},
        {1 << COR_LOG_DEFENDER, "antivirus", "unknown"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", row[i].without);
        fake_judge(&f, &j);
        const cor_host_verdict *v = fake_find(&j, "WS01");
        says("WS01", row[i].want);
        assert_int_equal(j.from, NOW - DAY);
        for (uint32_t k = 0; k < v->n_coverage; k++) {
            assert_int_equal(v->coverage[k].filled, v->coverage[k].why.n == 0);
            if (strcmp(v->coverage[k].row, row[i].row) == 0)
                assert_false(v->coverage[k].filled);
        }
        assert_int_equal(v->n_coverage, 7);
        end(state);
    }
}

/* A log that begins inside the window says nothing about what came before. */
static void test_coverage_begins_late(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    ((cor_host_log *)f.host[0].log)[COR_LOG_SECURITY].first = NOW - 23 * HOUR;
    fake_judge(&f, &j);
    says("WS01", "unknown");
}

static void test_integrity(void **state)
{
    static const struct { const char *name; struct { uint32_t id; int h, m; } e[4]; const char *want; } row[] = {
        {"cleared in the window", {{1102, 9, 0}}, "unknown"},
        {"cleared before it", {{1102, -3, 0}}, "clean"},
        {"stopped for hours", {{1100, 9, 0}, {6005, 12, 0}}, "unknown"},
        {"stopped for ever", {{6006, 9, 0}}, "unknown"},
        {"switched off over night", {{1074, 8, 59}, {6006, 9, 0}, {6005, 18, 0}}, "clean"},
        {"restarted", {{6006, 9, 0}, {6005, 9, 2}}, "clean"},
        {"power cut", {{6005, 9, 0}, {6008, 9, 0}, {41, 9, 0}}, "clean"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        for (size_t k = 0; k < 4 && row[i].e[k].id != 0; k++)
            fake_fact(&f, COR_FACT_LOG, "WS01", row[i].e[k].id, AT(row[i].e[k].h, row[i].e[k].m,
                                                                   0))->object = COR_S("Security");
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "WS01"), row[i].want) != 0)
            fail_msg("%s: %s", row[i].name, fake_word(&f, &j, "WS01"));
        end(state);
    }
    fake_begin(&f);
    fake_host(&f, "WS01", 0);
    cor_fact *x = fake_fact(&f, COR_FACT_LOG, "WS01", 4616, AT(9, 0, 0));
    x->detail = COR_S("2026-03-03T09:00:00Z");
    x->access = COR_S("2026-03-03T09:00:02Z");
    fake_judge(&f, &j);
    says("WS01", "clean");
    cor_judgement_free(&j);
    x->access = COR_S("2026-03-03T08:40:00Z");
    fake_judge(&f, &j);
    says("WS01", "unknown");
}

/* Evidence of an intruder moves the window: what covers a day does not cover the week since. */
static void test_window(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS02", "DIS1", "conclusive", AT(-47, 0, 0));
    fake_judge(&f, &j);
    assert_int_equal(j.from, AT(-71, 0, 0));
    says("WS01", "unknown");
}

/* Cleared by SYSTEM in the middle of an incident; the same without one is no sign. */
static void test_cleared_by_system(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_fact(&f, COR_FACT_LOG, "WS01", 1102, AT(12, 0, 0))->sid = COR_S("S-1-5-18");
    fake_judge(&f, &j);
    says("WS01", "unknown");
    cor_judgement_free(&j);
    fake_sign(&f, "WS02", "DIS1", "conclusive", AT(9, 0, 0));
    fake_judge(&f, &j);
    says("WS01", "suspicious");
    because("WS01", "counts LOG2 strong other x1\n");
}

/* ---- C2 that the case itself shows ---- */

static void c2(const char *host, const char *program, const char *address, cor_time t)
{
    cor_fact *x = fake_fact(&f, COR_FACT_CONNECTION, host, 3, t);
    x->object = cor_str_of(program);
    x->address = cor_str_of(address);
    x->port = 443;
}

static void test_c2_of_the_case(void **state)
{
    static const struct { const char *name; cor_time first; int others; const char *address, *want; } row[] = {
        {"another host", AT(10, 0, 0), 1, "203.0.113.17", "suspicious"},
        {"two others", AT(10, 0, 0), 2, "203.0.113.17", "suspicious"},
        {"everybody", AT(10, 0, 0), 3, "203.0.113.17", "clean"},
        {"known before the intruder came", AT(8, 0, 0), 1, "203.0.113.17", "clean"},
        {"not public", AT(10, 0, 0), 1, "10.20.0.1", "clean"},
    };
    static const char *const other[] = {"DC01", "WS06", "WS07"};
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS03", 0);
        cor_case_finding *c = fake_sign(&f, "WS03", "INJ1", "conclusive", AT(9, 0, 0));
        fake_field(&f, c, "Image", "C:\\Windows\\SysWOW64\\msra.exe");
        c2("WS03", "C:\\WINDOWS\\SysWOW64\\msra.exe", row[i].address, AT(9, 30, 0));
        c2("WS03", "C:\\Program Files\\Browser\\browser.exe", "198.51.100.7", AT(9, 30, 0));
        for (int k = 0; k < 3; k++) {
            fake_host(&f, other[k], 0);
            c2(other[k], "C:\\Windows\\System32\\svchost.exe", k < row[i].others ? row[i].address : "198.51.100.7",
               row[i].first);
        }
        fake_judge(&f, &j);
        if (strcmp(fake_word(&f, &j, "DC01"), row[i].want) != 0)
            fail_msg("%s: %s", row[i].name, fake_word(&f, &j, "DC01"));
        says("WS07", "clean");
        end(state);
    }
}

/* What follows from a host that followed: to the end of the chain. */
static void test_c2_chain(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_host(&f, "WS03", 0);
    fake_field(&f, fake_sign(&f, "WS01", "INJ1", "conclusive", AT(9, 0, 0)), "Image", "C:\\a.exe");
    c2("WS01", "C:\\a.exe", "203.0.113.1", AT(9, 1, 0));
    c2("WS02", "C:\\b.exe", "203.0.113.1", AT(9, 2, 0));
    fake_field(&f, fake_sign(&f, "WS02", "INJ2", "strong", AT(9, 0, 0)), "Image", "C:\\b.exe");
    c2("WS02", "C:\\b.exe", "203.0.113.2", AT(9, 3, 0));
    c2("WS03", "C:\\c.exe", "203.0.113.2", AT(9, 4, 0));
    fake_judge(&f, &j);
    says("WS02", "infected");
    says("WS03", "suspicious");
}

/* ---- values ---- */

static void test_run_at_shutdown(void **state)
{
    static const struct { int set, gone; const char *path; const char *want; } row[] = {
        {3, 60, "", "suspicious Qakbot"}, {120, 60, "", "clean"}, {3, 0, "", "clean"}, {3, 60, "2", "clean"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS01", 0);
        fake_fact(&f, COR_FACT_LOG, "WS01", 1074, AT(9, 0, 0));
        cor_fact *x = fake_fact(&f, COR_FACT_REGISTRY, "WS01", 13,
                                AT(9, row[i].set / 60, row[i].set % 60));
        x->object = COR_S("HKU\\S-1-5-21\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\abc");
        x->access = COR_S("SetValue");
        if (row[i].gone > 0) {
            x = fake_fact(&f, COR_FACT_REGISTRY, "WS01", 12, AT(10, 0, 0));
            x->object = cor_arena_fmt(&f.mem,
                                      "HKU\\S-1-5-21\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\abc%s",
                                          row[i].path);
            x->access = COR_S("DeleteValue");
        }
        fake_judge(&f, &j);
        says("WS01", row[i].want);
        end(state);
    }
}

/* Names of the period speak against who looked them up: against the client that a resolver names, never the
 * resolver. */
static void test_generated_name(void **state)
{
    static const struct { uint32_t seed; unsigned month; const char *client, *ws, *dc; } row[] = {
        {0, 3, NULL, "infected Qakbot", "clean"},
        {1, 3, "10.20.1.13", "infected Qakbot", "exposed"},
        {2, 3, NULL, "clean", "clean"}, /* nobody's seed */
        {0, 6, NULL, "clean", "clean"}, /* of another time of the year */
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        cor_dga_gen g;
        char name[COR_DGA_NAME_ROOM];
        fake_begin(&f);
        fake_host(&f, "WS03", 0);
        fake_host(&f, "DC01", 0);
        fake_address(&f, "WS03", "10.20.1.13");
        cor_dga_begin(&g, 2026, row[i].month, 0, row[i].seed, 0);
        size_t n = cor_dga_next(&g, name);
        cor_fact *x = fake_fact(&f, COR_FACT_NAME, row[i].client == NULL ? "WS03" : "DC01", 22, AT(9, 0, 0));
        x->object = cor_arena_str(&f.mem, (cor_str){name, n});
        if (row[i].client != NULL) {
            x->address = cor_str_of(row[i].client);
            fake_logon(&f, "DC01", "WS03$", row[i].client, 3, AT(9, 30, 0));
        }
        fake_judge(&f, &j);
        says("WS03", row[i].ws);
        says("DC01", row[i].dc);
        end(state);
    }
}

static void test_registry_names(void **state)
{
    static const struct { bool real; int values; const char *want; } row[] = {
        {true, 9, "infected Qakbot"}, {true, 2, "clean"}, {false, 9, "clean"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS03", 0);
        for (int k = 0; k < row[i].values; k++) {
            char name[COR_QAKBOT_NAME_ROOM];
            cor_qakbot_value_name(row[i].real ? 0x1234abcd : 0x1234abcd * (uint32_t)(k + 3), (uint32_t)k, name);
            cor_fact *x = fake_fact(&f, COR_FACT_REGISTRY, "WS03", 13, AT(9, 0, k));
            x->object = cor_arena_fmt(&f.mem, "HKU\\S-1-5-21-1\\SOFTWARE\\Microsoft\\Abcd\\%s", name);
            x->access = COR_S("SetValue");
        }
        fake_judge(&f, &j);
        says("WS03", row[i].want);
        if (strcmp(row[i].want, "clean") != 0)
            assert_int_equal(fake_find(&j, "WS03")->first, AT(9, 0, 0));
        end(state);
    }
}

/* ---- rule 8: what an analyst says ---- */

static void test_said(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    fake_host(&f, "WS02", 0);
    fake_sign(&f, "WS01", "DIS1", "conclusive", AT(9, 0, 0));
    f.said[f.n_said++] = (cor_said){COR_S("ws01"), COR_S(""), COR_S("called the user"), COR_S("ann"), 1};
    f.said[f.n_said++] = (cor_said){COR_S("WS01"), COR_S("infected"), COR_S("first"), COR_S("ann"), 2};
    f.said[f.n_said++] = (cor_said){COR_S("WS01.corp.example"), COR_S("clean"), COR_S("a test of ours"), COR_S("bob"),
                                    3};
    f.said[f.n_said++] = (cor_said){COR_S("WS02"), COR_S("infected"), COR_S("no"), COR_S("bob"), 4};
    f.said[f.n_said++] = (cor_said){COR_S("WS02"), COR_S("none"), COR_S("taken back"), COR_S("bob"), 5};
    fake_judge(&f, &j);
    const cor_host_verdict *v = fake_find(&j, "WS01");
    assert_int_equal(v->verdict, COR_VERDICT_CLEAN);
    assert_int_equal(v->judged, COR_VERDICT_INFECTED);
    assert_str(v->override->text, "a test of ours");
    assert_int_equal(v->n_note, 1);
    assert_str(v->note[0].text, "called the user");
    because("WS01", "counts DIS1 conclusive discovery x1\ncounts said x1\n");
    assert_null(fake_find(&j, "WS02")->override);
    assert_int_equal(fake_find(&j, "WS02")->verdict, COR_VERDICT_CLEAN);
    assert_int_equal(j.count[COR_VERDICT_CLEAN], 2);
}

/* ---- rule 9: context explains one grade ---- */

static void test_context(void **state)
{
    static const struct { const char *context, *source, *target; } row[] = {
        {NULL, "suspicious", "suspicious"},
        {"deployment: [WS03]\n", "clean", "clean"},
        {"deployment: [10.20.1.13]\n", "clean", "clean"},
        {"accounts: {deployment: [svc_deploy]}\n", "clean", "clean"},
        {"maintenance: [{from: 2026-03-03T10:00:00Z, to: 2026-03-03T11:00:00Z, hosts: [WS05]}]\n", "suspicious",
         "clean"},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        three_hosts();
        f.context = row[i].context;
        service("WS05", "LAT2", "strong", "abc", AT(10, 1, 0));
        fake_logon(&f, "WS05", "svc_deploy", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
        fake_judge(&f, &j);
        says("WS03", row[i].source);
        says("WS05", row[i].target);
        end(state);
    }
    /* what runs on such a host itself counts as ever, and what is conclusive stays so */
    fake_begin(&f);
    three_hosts();
    f.context = "deployment: [WS03]\n";
    fake_sign(&f, "WS03", "DIS1", "conclusive", AT(9, 0, 0));
    service("WS05", "LAT1", "conclusive", "abc", AT(10, 1, 0));
    fake_logon(&f, "WS05", "svc_deploy", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
    fake_judge(&f, &j);
    says("WS03", "infected");
    says("WS05", "infected");
}

/* What the same event says with a higher grade is told once; another event is another reason. */
static void test_said_once(void **state)
{
    (void)state;
    fake_host(&f, "WS01", 0);
    for (int i = 0; i < 3; i++) {
        cor_case_finding *c = fake_sign(&f, "WS01", "ARR8", i == 1 ? "strong" : "conclusive", AT(9, 0, 0));
        c->record_id = i < 2 ? 900 : 901;
    }
    fake_judge(&f, &j);
    because("WS01", "counts ARR8 conclusive arrival x2\n");
    fake_sign(&f, "WS01", "ARR8", "strong", AT(9, 0, 1))->record_id = 902;
    cor_judgement_free(&j);
    fake_judge(&f, &j);
    because("WS01", "counts ARR8 conclusive arrival x2\ncounts ARR8 strong arrival x2\n");
}

/* Texts stand in one line, long ones cut between characters. */
static void test_sentence(void **state)
{
    (void)state;
    char text[512] = "a\r\n\t b";
    memset(text + 6, 'x', 245);
    fake_host(&f, "WS01", 0);
    memcpy(text + 240, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 8);
    cor_case_finding *c = fake_sign(&f, "WS01", "DIS3", "conclusive", AT(9, 0, 0));
    fake_field(&f, c, "CommandLine", text);
    fake_field(&f, c, "ParentImage", "C:\\x.exe");
    fake_judge(&f, &j);
    cor_str got = fake_find(&j, "WS01")->reason[0].text;
    assert_non_null(strstr(got.p, "Nslookup asked for the domain controllers in Qakbot's spelling: a bxxx"));
    assert_non_null(strstr(got.p, "\xc3\xa4..., started by C:\\x.exe"));
}

/* ---- all together ---- */

static void incident(void)
{
    static const char *const host[] = {"DC01", "SRV", "WS02", "WS03", "WS05", "WS07", "WS09"};
    for (size_t i = 0; i < COR_LEN(host); i++)
        fake_host(&f, host[i], FAKE_NO_PROCESS * (i & 1));
    fake_address(&f, "WS03", "10.20.1.13");
    fake_address(&f, "WS05", "10.20.1.15");
    for (int i = 0; i < 30; i++) /* more than a reason keeps */
        fake_field(&f, fake_sign(&f, "WS03", "EVA1", "strong", AT(9, i, 0)), "NewValue", "x");
    lockouts("WS03");
    service("WS05", "LAT1", "conclusive", "abcdefgh", AT(10, 1, 0));
    service("WS07", "LAT1", "conclusive", "ijklmnop", AT(10, 5, 0));
    fake_logon(&f, "WS05", "m.keller", "10.20.1.13", 3, AT(10, 0, 30))->elevated = true;
    fake_logon(&f, "WS07", "m.keller", "10.20.1.13", 3, AT(10, 4, 30))->elevated = true;
    fake_logon(&f, "WS07", "m.keller", "10.20.1.15", 3, AT(10, 4, 30))->elevated = true; /* the same moment */
    fake_logon(&f, "WS02", "m.keller", "10.20.1.13", 3, AT(10, 6, 0));
    fake_fact(&f, COR_FACT_LOGON_FAILED, "WS09", 4625, AT(10, 7, 0))->address = COR_S("10.20.1.15");
    for (int i = 0; i < 9; i++)
        fake_rule(&f, "SRV", "noise", COR_LEVEL_HIGH, "attack.execution", AT(i, 0, 0));
    fake_field(&f, fake_sign(&f, "WS05", "INJ1", "conclusive", AT(10, 2, 0)), "Image", "c:\\x.exe");
    c2("WS05", "c:\\x.exe", "203.0.113.2", AT(10, 3, 0));
    c2("SRV", "c:\\y.exe", "203.0.113.2", AT(10, 4, 0));
}

static void test_order(void **state)
{
    (void)state;
    incident();
    fake_judge(&f, &j);
    says("WS03", "infected");
    says("SRV", "suspicious");
    cor_str want = fake_print(&f, &j);
    for (unsigned seed = 1; seed < 40; seed++) {
        cor_judgement again;
        f.order = seed;
        fake_judge(&f, &again);
        cor_str got = fake_print(&f, &again);
        cor_judgement_free(&again);
        if (!cor_str_eq(got, want))
            fail_msg("order %u:\n%.*s-- not:\n%.*s", seed, COR_STR_FMT(got), COR_STR_FMT(want));
    }
}

/* Memory that ends anywhere is an error, and nothing leaks (the sanitizers look). */
static void test_no_memory(void **state)
{
    (void)state;
    incident();
    long k = 0;
    bool fired = true;
    for (; fired; k++) {
        cor_judgement again;
        cor_oom_at(k);
        cor_code c = fake_try(&f, &again);
        fired = cor_oom_fired();
        cor_oom_at(-1);
        cor_judgement_free(&again);
        assert_int_equal(c, fired ? COR_ENOMEM : COR_OK);
    }
    assert_true(k > 30);
}

static void test_worst_first(void **state)
{
    (void)state;
    incident();
    fake_judge(&f, &j);
    for (uint32_t i = 1; i < j.n_host; i++)
        assert_true(j.host[i - 1].verdict >= j.host[i].verdict);
    assert_str(j.host[0].host, "WS05"); /* two conclusive reasons */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        T(test_own_signs), T(test_since), T(test_no_time), T(test_users_rules), T(test_task_window), T(test_antivirus),
        T(test_families), T(test_beside), T(test_witness), T(test_unknown_caller), T(test_implicated), T(test_source_near),
        T(test_source_too_old), T(test_source_exact), T(test_source_local), T(test_source_pipe), T(test_source_twin),
        T(test_source_not_known), T(test_source_moved), T(test_source_wmi), T(test_copy_and_service), T(test_contacts),
        T(test_suspicious_contacts_nobody), T(test_scanner), T(test_contact_of_infected), T(test_coverage),
        T(test_coverage_begins_late), T(test_integrity), T(test_window), T(test_cleared_by_system),
            T(test_c2_of_the_case),
        T(test_c2_chain), T(test_run_at_shutdown), T(test_generated_name), T(test_registry_names), T(test_said),
            T(test_context), T(test_said_once), T(test_sentence), T(test_order), T(test_no_memory),
            T(test_worst_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
