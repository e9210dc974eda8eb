/* Whole commands, with every allocation of theirs failing once: each ends with "out of memory" and code 2, or goes on as if nothing had
 * happened and writes the same bytes. Never a crash, a hang, a leak (the sanitizer builds see to these) or a shorter answer with code 0. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"

static char folder[64];

/* What the program wrote to one of its standard descriptors. */
typedef struct caught {
    int fd, kept; /* where it goes, where it went */
    cor_buf text;
} caught;

static void catch(caught *c, int fd)
{
    fflush(fd == STDOUT_FILENO ? stdout : stderr);
    c->kept = dup(fd);
    c->fd = memfd_create("caught", MFD_CLOEXEC);
    assert_true(c->kept >= 0 && c->fd >= 0 && dup2(c->fd, fd) == fd);
}

static void let_go(caught *c, int fd)
{
    fflush(fd == STDOUT_FILENO ? stdout : stderr);
    dup2(c->kept, fd);
    close(c->kept);
    off_t n = lseek(c->fd, 0, SEEK_END);
    c->text = (cor_buf){0};
    assert_true(cor_buf_room(&c->text, (size_t)n + 1));
    assert_int_equal(pread(c->fd, c->text.p, (size_t)n, 0), n);
    c->text.n = (size_t)n;
    cor_buf_c(&c->text, '\0');
    close(c->fd);
}

/* As main.c does it. */
static int dispatch(const char *const *word)
{
    int n = 0;
    while (word[n] != NULL)
        n++;
    cor_cli cli = {0};
    atomic_bool stop = false;
    cli.stop = &stop;
    const cor_command *cmd = cor_command_find(cor_commands, word[0]);
    int at = 1;
    if (cmd->sub != NULL)
        cmd = cor_command_find(cmd->sub, word[at++]);
    cor_args a;
    cor_err e = {0};
    int code;
    if (cor_args_parse(cmd, n - at, (char *const *)(uintptr_t)(word + at), &a, &e) != COR_OK) {
        cor_cli_err(&cli, NULL, &e);
        code = cor_exit_of(&e);
    } else {
        code = cmd->run(&cli, &a);
    }
    cor_args_free(&a);
    cor_arena_free(&cli.mem);
    return code;
}

typedef struct result {
    int code;
    bool fired;
    caught out, err;
} result;

static result run(const char *const *word, long k)
{
    result r = {0};
    catch(&r.out, STDOUT_FILENO);
    catch(&r.err, STDERR_FILENO);
    cor_oom_at(k);
    r.code = dispatch(word);
    r.fired = cor_oom_fired();
    cor_oom_at(-1);
    let_go(&r.out, STDOUT_FILENO);
    let_go(&r.err, STDERR_FILENO);
    return r;
}

static void forget(result *r)
{
    cor_buf_free(&r->out.text);
    cor_buf_free(&r->err.text);
}

/* Beyond `all` allocations only every `step`-th is tried: they come from the same places again. */
static void try_all(const char *const *word, int wanted, long all, long step)
{
    result whole = run(word, -1);
    if (whole.code != wanted)
        fail_msg("%s %s: code %d, %s", word[0], word[1], whole.code, (const char *)whole.err.text.p);
    bool more = true;
    for (long k = 0; more; k += k < all ? 1 : step) {
        result r = run(word, k);
        bool same = r.out.text.n == whole.out.text.n && memcmp(r.out.text.p, whole.out.text.p, r.out.text.n) == 0;
        bool told = (r.code == COR_EXIT_USAGE || (r.code == COR_EXIT_EVIDENCE && wanted == r.code)) && strstr((const char *)r.err.text.p, "out of memory") != NULL;
        more = r.fired;
        if (!told && !(same && r.code == wanted))
            fail_msg("%s %s, allocation %ld: code %d, %zu bytes instead of %zu, %s", word[0], word[1], k, r.code, r.out.text.n,
                     whole.out.text.n, (const char *)r.err.text.p);
        forget(&r);
    }
    forget(&whole);
}

static const char *path(const char *name)
{
    static char all[32][128];
    static size_t n;
    char *p = all[n++ % COR_LEN(all)];
    snprintf(p, sizeof all[0], "%s/%s", folder, name);
    return p;
}

static void write_file(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(path(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static const char events[] =
    "{\"Event\":{\"System\":{\"EventID\":4688,\"Channel\":\"Security\",\"Computer\":\"A\",\"EventRecordID\":1,\"TimeCreated\":{\"#attributes\":"
    "{\"SystemTime\":\"2026-03-03T08:12:40Z\"}}},\"EventData\":{\"CommandLine\":\"whoami /all\",\"User\":\"u\"}}}\n"
    "{\"Event\":{\"System\":{\"EventID\":4688,\"Channel\":\"Security\",\"Computer\":\"A\",\"EventRecordID\":2,\"TimeCreated\":{\"#attributes\":"
    "{\"SystemTime\":\"2026-03-03T08:12:50Z\"}}},\"EventData\":{\"CommandLine\":\"whoami.exe\",\"User\":\"u\"}}}\n"
    "{\"Event\":{\"System\":{\"EventID\":4624,\"Channel\":\"Security\",\"Computer\":\"B\",\"EventRecordID\":3,\"TimeCreated\":{\"#attributes\":"
    "{\"SystemTime\":\"2026-03-03T08:12:45Z\"}}},\"EventData\":{\"TargetUserName\":\"u\",\"IpAddress\":\"10.0.0.7\"}}}\n"
    "{\"Event\":{\"System\":{\"EventID\":";

static const char rules[] =
    "title: One\nid: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c001\nname: one\nstatus: test\nlevel: low\nlogsource: {product: windows, service: security}\n"
    "detection:\n  a: {EventID: 4688}\n  b:\n    CommandLine|contains|windash: ' -all'\n    CommandLine|re: 'w(ho|at)ami'\n  c:\n    - whoami\n"
    "  condition: a and (1 of b* or c)\n"
    "---\ntitle: Two\nid: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c002\nname: two\nstatus: test\nlevel: high\nlogsource: {product: windows, service: security}\n"
    "detection:\n  a:\n    EventID: 4624\n    IpAddress|cidr: 10.0.0.0/8\n  condition: a\n"
    "---\ntitle: Filter\nlogsource: {product: windows, service: security}\nfilter:\n  rules: [one]\n  f: {User|endswith: nobody}\n  condition: not f\n"
    "---\ntitle: Count\nid: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c003\nstatus: test\nlevel: medium\ncorrelation:\n  type: event_count\n  rules: [one]\n"
    "  group-by: [Computer]\n  timespan: 1m\n  condition: {gte: 2}\n  generate: true\n"
    "---\ntitle: Order\nid: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c004\nstatus: test\nlevel: medium\ncorrelation:\n  type: temporal\n  rules: [one, two]\n"
    "  timespan: 1m\n  generate: true\n  group-by: [user]\n  aliases: {user: {one: User, two: TargetUserName}}\n";

static const char tested[] =
    "title: Tested\nid: 5f0c2d5e-40c1-4d6c-9f0e-0d7f4bb0c009\nstatus: test\nlevel: low\nlogsource: {product: windows, category: c}\n"
    "detection:\n  a:\n    A|expand|contains: '%words%'\n  condition: a\n";

static const char mapping[] = "sources:\n  - category: c\n    product: windows\n    events: [{channel: Security, event_id: [4688], fields: {A: CommandLine}}]\n";

static int setup(void **state)
{
    const char *seeds = *state;
    strcpy(folder, "/tmp/cordon-oom-XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_file("a.jsonl", events, sizeof events - 1);
    write_file("r.yml", rules, sizeof rules - 1);
    write_file("m.yml", mapping, sizeof mapping - 1);
    write_file("t.yml", tested, sizeof tested - 1);
    write_file("t.match.jsonl", events, (size_t)(strchr(events, '\n') - events));
    write_file("t.nomatch.jsonl", events, 0);
    write_file("p.yml", "words: [whoami, hostname]\n", 26);
    char from[1024], seed[8192];
    snprintf(from, sizeof from, "%s/defender", seeds);
    FILE *f = fopen(from, "rb");
    assert_non_null(f);
    size_t n = fread(seed, 1, sizeof seed, f);
    fclose(f);
    write_file("b.evtx", seed, n);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"a.jsonl", "r.yml", "t.yml", "m.yml", "p.yml", "t.match.jsonl", "t.nomatch.jsonl", "b.evtx"};
    for (size_t i = 0; i < COR_LEN(names); i++)
        unlink(path(names[i]));
    return rmdir(folder);
}

/* Evidence in both shapes; the last line of the JSON is cut. */
#define TRY(wanted, all, step, ...) try_all((const char *const[]){__VA_ARGS__, NULL}, (wanted), (all), (step))
#define EVIDENCE path("a.jsonl"), path("b.evtx")

static void decode(void **state)
{
    (void)state;
    TRY(COR_EXIT_EVIDENCE, 100000, 1, "decode", "--threads", "1", EVIDENCE);
    TRY(COR_EXIT_EVIDENCE, 100000, 1, "decode", "--threads", "1", "-t", "xml", EVIDENCE);
}

static void detect(void **state)
{
    (void)state;
    static const char *const formats[] = {"table", "jsonl", "csv"};
    for (size_t i = 0; i < COR_LEN(formats); i++)
        TRY(COR_EXIT_EVIDENCE, i == 0 ? 100000 : 0, 17, "detect", "--threads", "1", "-t", formats[i], "-r", path("r.yml"), EVIDENCE);
}

/* Two workers: whichever meets it, the other ends too. */
static void detect_threaded(void **state)
{
    (void)state;
    TRY(COR_EXIT_EVIDENCE, 0, 13, "detect", "--threads", "2", "-r", path("r.yml"), EVIDENCE);
}

static void investigate(void **state)
{
    (void)state;
    TRY(COR_EXIT_EVIDENCE, 0, 97, "investigate", "--threads", "1", "-r", path("r.yml"), EVIDENCE);
}

static void rule_commands(void **state)
{
    (void)state;
    TRY(COR_EXIT_OK, 100000, 1, "rules", "check", path("r.yml"));
    TRY(COR_EXIT_OK, 100000, 1, "rules", "check", "--format", "jsonl", path("r.yml"));
    TRY(COR_EXIT_OK, 100000, 1, "rules", "list", path("r.yml"));
    TRY(COR_EXIT_OK, 100000, 1, "rules", "test", "--mapping", path("m.yml"), "--placeholders", path("p.yml"), path("t.yml"));
    TRY(COR_EXIT_OK, 100000, 1, "rules", "explain", "--mapping", path("m.yml"), "--placeholders", path("p.yml"), path("t.yml"), "--event",
        path("t.match.jsonl"));
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(decode, setup, teardown, argv[1]),
        cmocka_unit_test_prestate_setup_teardown(detect, setup, teardown, argv[1]),
        cmocka_unit_test_prestate_setup_teardown(detect_threaded, setup, teardown, argv[1]),
        cmocka_unit_test_prestate_setup_teardown(investigate, setup, teardown, argv[1]),
        cmocka_unit_test_prestate_setup_teardown(rule_commands, setup, teardown, argv[1]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
