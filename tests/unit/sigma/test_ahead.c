/* Rules loaded with a second thread that parses ahead: the same rules, remarks and numbers of files, in the same
 * order. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "sigma/diag.h"
#include "sigma/sigma.h"
#include "tests/unit/test.h"

enum { FILES = 700 };

static const char good[] = "title: rule %d\nlogsource: {product: windows, service: system}\n"
                           "detection:\n  a: {EventID: %d}\n  condition: a\n";

static void put_text(cor_buf *b, int i)
{
    switch (i % 10) {
    case 3: cor_buf_z(b, "title: [broken\n"); break;
    case 4: cor_buf_z(b, "title: no detection\nlogsource: {product: windows}\n"); break;
    case 5: break; /* empty */
    case 6: /* several documents, the last one broken */
        cor_buf_fmt(b, good, i, i);
        cor_buf_z(b, "---\n");
        cor_buf_fmt(b, good, i + 10000, i);
        cor_buf_z(b, "---\n}\n");
        break;
    default: cor_buf_fmt(b, good, i, i + 1);
    }
    if (i == 350)
        for (int k = 0; k < 20000; k++)
            cor_buf_z(b, "# too long to wait beside others\n");
}

/* All that a load says, as text. */
static void tell(const char *folder, int threads, cor_buf *out)
{
    cor_load_options o = {.path = &folder, .n_path = 1, .builtin = true, .lint = true, .threads = threads};
    cor_ruleset *s = NULL;
    cor_err e = {0};
    assert_int_equal(cor_rules_load(&o, &s, &e), COR_OK);
    for (uint32_t i = 0; i < s->n_rule; i++)
        cor_buf_fmt(out, "%.*s\n", COR_STR_FMT(s->rule[i]->title));
    for (uint32_t i = 0; i < s->n_file; i++)
        cor_buf_fmt(out, "%.*s\n", COR_STR_FMT(s->file[i]));
    for (uint32_t i = 0; i < s->n_diag; i++)
        cor_buf_fmt(out, "%u:%u:%u %.*s\n", s->diag[i].pos.file, s->diag[i].pos.line, s->diag[i].pos.col,
                    COR_STR_FMT(s->diag[i].what));
    cor_buf_fmt(out, "%u refused\n", s->n_refused);
    cor_rules_free(s);
}

static void same_as_alone(void **state)
{
    (void)state;
    char dir[] = "/tmp/cordon-ahead-XXXXXX", path[100], first[100];
    assert_non_null(mkdtemp(dir));
    snprintf(first, sizeof first, "%s/0000.yml", dir);
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%04d.yml", dir, i);
        if (i % 100 == 7) { /* read before: said between the files around it */
            assert_int_equal(link(first, path), 0);
            continue;
        }
        cor_buf b = {0};
        put_text(&b, i);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(b.n == 0 ? "" : (const char *)b.p, 1, b.n, f), b.n);
        assert_int_equal(fclose(f), 0);
        cor_buf_free(&b);
    }
    cor_buf alone = {0}, ahead = {0};
    tell(dir, 1, &alone);
    assert_true(alone.n > 10000);
    for (int round = 0; round < 5; round++) {
        cor_buf_clear(&ahead);
        tell(dir, 2 + round, &ahead);
        assert_int_equal(ahead.n, alone.n);
        assert_memory_equal(ahead.p, alone.p, alone.n);
    }
    cor_buf_free(&alone);
    cor_buf_free(&ahead);
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%04d.yml", dir, i);
        unlink(path);
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
