/* Small incidents, one for each rule of docs/verdicts.md, and its near misses: what hosts say about each other. */
#include "tests/unit/judge/fake.h"

#include "base/alloc.h"
#include "formats/qakbot/dga.h"
#include "formats/qakbot/regnames.h"

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
        fake_teardown(state);
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
        fake_teardown(state);
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
        c = fake_sign(&f, "WS03", "INJ3", "weak", AT(9, 5, 0)); /* an update: it convicts no program */
        fake_field(&f, c, "Image", "C:\\Program Files\\Browser\\browser.exe");
        c2("WS03", i & 1 ? "C:\\WINDOWS\\SysWOW64\\msra.exe" : "\\device\\harddiskvolume3\\windows\\syswow64\\msra.exe",
           row[i].address, AT(9, 30, 0));
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
        fake_teardown(state);
    }
}

/* Malware inside a program with which all hosts speak to the world: its addresses say nothing. */
static void test_c2_of_a_common_program(void **state)
{
    static const struct { int users; const char *want; } row[] = {{1, "suspicious"}, {2, "clean"}};
    static const char *const user[] = {"DC01", "WS06"};
    for (size_t i = 0; i < COR_LEN(row); i++) {
        fake_begin(&f);
        fake_host(&f, "WS03", 0);
        fake_host(&f, "WS04", 0);
        cor_case_finding *c = fake_sign(&f, "WS03", "INJ1", "conclusive", AT(9, 0, 0));
        fake_field(&f, c, "Image", "C:\\Windows\\System32\\svchost.exe");
        c2("WS03", "C:\\Windows\\System32\\svchost.exe", "203.0.113.17", AT(9, 30, 0));
        c2("WS04", "C:\\Windows\\System32\\other.exe", "203.0.113.17", AT(9, 40, 0));
        for (int k = 0; k < row[i].users; k++) {
            fake_host(&f, user[k], 0);
            c2(user[k], "C:\\Windows\\System32\\svchost.exe", "198.51.100.7", AT(8, 0, 0));
        }
        fake_judge(&f, &j);
        says("WS04", row[i].want);
        fake_teardown(state);
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
        fake_teardown(state);
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
        fake_teardown(state);
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
        fake_teardown(state);
    }
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
        fake_teardown(state);
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
    fake_lockouts("WS03");
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
#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        T(test_source_near), T(test_source_too_old), T(test_source_exact), T(test_source_local), T(test_source_pipe),
        T(test_source_twin), T(test_source_not_known), T(test_source_moved), T(test_source_wmi),
        T(test_copy_and_service), T(test_contacts), T(test_suspicious_contacts_nobody), T(test_scanner),
        T(test_contact_of_infected), T(test_c2_of_the_case), T(test_c2_of_a_common_program), T(test_c2_chain),
            T(test_run_at_shutdown),
        T(test_generated_name), T(test_registry_names), T(test_context), T(test_order), T(test_no_memory),
        T(test_worst_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
