/* The YAML tree: types as PyYAML sees them, places, limits. */
#include "base/alloc.h"
#include "base/buf.h"
#include "sigma/yaml.h"
#include "tests/unit/test.h"

typedef struct doc {
    cor_arena mem;
    cor_yaml *y;
    cor_ynode *root;
    cor_err e;
    cor_code code;
} doc;

static void open_doc(doc *d, const char *text)
{
    memset(d, 0, sizeof *d);
    d->y = cor_yaml_open(cor_str_of(text));
    assert_non_null(d->y);
    d->code = cor_yaml_next(d->y, &d->mem, &d->root, &d->e);
}

static void close_doc(doc *d)
{
    cor_yaml_close(d->y);
    cor_arena_free(&d->mem);
}

static void test_types(void **state)
{
    (void)state;
    static const struct { const char *text; cor_ytype type; double number; } row[] = {
        {"", COR_YT_NULL, 0}, {"~", COR_YT_NULL, 0}, {"Null", COR_YT_NULL, 0}, {"nUll", COR_YT_TEXT, 0},
        {"'null'", COR_YT_TEXT, 0},
        {"yes", COR_YT_BOOL, 0}, {"Off", COR_YT_BOOL, 0}, {"y", COR_YT_TEXT, 0}, {"yEs", COR_YT_TEXT, 0},
        {"\"true\"", COR_YT_TEXT, 0},
        {"0", COR_YT_INT, 0}, {"-17", COR_YT_INT, -17}, {"+4_000", COR_YT_INT, 4000}, {"0x1F", COR_YT_INT, 31},
        {"0b101", COR_YT_INT, 5},
        {"017", COR_YT_INT, 15}, {"018", COR_YT_TEXT, 0}, {"0o17", COR_YT_TEXT, 0}, {"190:20:30", COR_YT_INT, 685230},
        {"1:99", COR_YT_TEXT, 0},
        {"'12'", COR_YT_TEXT, 0}, {"12a", COR_YT_TEXT, 0}, {"1.5", COR_YT_FLOAT, 1.5}, {".5", COR_YT_FLOAT, .5},
        {"1.", COR_YT_FLOAT, 1},
        {"1e3", COR_YT_TEXT, 0}, {"1.0e+3", COR_YT_FLOAT, 1000}, {"1.0e3", COR_YT_TEXT, 0},
        {"1:30.5", COR_YT_FLOAT, 90.5}, {".inf", COR_YT_FLOAT, 0},
        {"10.0.0.1", COR_YT_TEXT, 0}, {"2023-10-19", COR_YT_TIME, 0}, {"2023-10-19 8:00:00", COR_YT_TIME, 0},
        {"2023-1-9", COR_YT_TEXT, 0}, {"!!str 12", COR_YT_TEXT, 0},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        char text[80];
        doc d;
        double number = 0;
        snprintf(text, sizeof text, "k: %s\n", row[i].text);
        open_doc(&d, text);
        const cor_ynode *v = cor_ymap_get(d.root, "k");
        if (v == NULL || cor_yscalar_type(v) != row[i].type)
            fail_msg("%s: type %d, want %d", row[i].text, v == NULL ? -1 : (int)cor_yscalar_type(v), (int)row[i].type);
        cor_yscalar_number(v, &number);
        if (number < row[i].number || number > row[i].number)
            fail_msg("%s: %g, want %g", row[i].text, number, row[i].number);
        close_doc(&d);
    }
}

static void test_places(void **state)
{
    (void)state;
    /* text, byte of the scalar's text, line, column */
    static const struct { const char *text; size_t at; uint32_t line, col; } row[] = {
        {"k: a and b", 6, 1, 10},
        {"# \xc3\xa9\xc3\xa9\nk: '\xc3\xa9 it''s x'", 8, 2, 13},
        {"k: |\n  one\n  two", 4, 3, 3},
        {"k: >-\n    one\n\n    two", 4, 4, 5},
        {"k: one\n  two", 4, 2, 3},
        {"k: \"a b\"", 2, 1, 7},
        {"k: \"a\\tb\"", 2, 1, 4},
        {"k: ab\nl: b", 9, 1, 6},
        {"k: |\n  one\n  tw\xc3\xa9\nl: b", 9, 3, 6},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        doc d;
        uint32_t line, col;
        open_doc(&d, row[i].text);
        cor_yscalar_pos(cor_str_of(row[i].text), cor_ymap_get(d.root, "k"), row[i].at, &line, &col);
        if (line != row[i].line || col != row[i].col)
            fail_msg("%s: %u:%u, want %u:%u", row[i].text, line, col, row[i].line, row[i].col);
        close_doc(&d);
    }
}

static void test_tree(void **state)
{
    (void)state;
    doc d;
    open_doc(&d, "a: &x {p: 1, q: [2, 3]}\nb:\n  <<: *x\n  p: 9\nc: [*x, *x]\na2: 1\na: again\n---\nz\n...\n");
    assert_int_equal(d.code, COR_OK);
    const cor_ynode *b = cor_ymap_get(d.root, "b");
    assert_int_equal(b->n, 2);
    assert_str(cor_ymap_get(b, "p")->text, "9");
    assert_int_equal(cor_ymap_get(b, "q")->n, 2);
    assert_str(cor_ymap_get(d.root, "a")->text, "again");
    size_t again = 0;
    for (const cor_ynode *k = d.root->first; k != NULL; k = k->next->next)
        again += k->again;
    assert_int_equal(again, 1);
    assert_int_equal(cor_ymap_get(d.root, "c")->n, 2);
    assert_int_equal(cor_yaml_next(d.y, &d.mem, &d.root, &d.e), COR_OK);
    assert_str(d.root->text, "z");
    assert_int_equal(cor_yaml_next(d.y, &d.mem, &d.root, &d.e), COR_OK);
    assert_null(d.root);
    close_doc(&d);
}

static void test_many_keys(void **state)
{
    (void)state;
    cor_buf b = {0};
    for (int i = 0; i < 100; i++)
        cor_buf_fmt(&b, "k%d: %d\n", i % 99, i);
    cor_buf_c(&b, '\0');
    doc d;
    open_doc(&d, (const char *)b.p);
    size_t again = 0;
    for (const cor_ynode *k = d.root->first; k != NULL; k = k->next->next)
        if (k->again) {
            again++;
            assert_str(k->next->text, "99");
        }
    assert_int_equal(again, 1);
    close_doc(&d);
    cor_buf_free(&b);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct { const char *text, *what; cor_code code; uint32_t line, col; } row[] = {
        {"a: [1, 2\nb: 3\n", "expected", COR_EFORMAT, 2, 2},
        {"a: b: c\n", "not allowed", COR_EFORMAT, 1, 5},
        {"a:\n\t- b\n", "cannot start any token", COR_EFORMAT, 2, 1},
        {"a: *nobody\n", "anchor", COR_EFORMAT, 1, 4},
        {"a: &x [*x]\n", "anchor", COR_EFORMAT, 1, 8},
        {"? [a]\n: b\n", "key", COR_EFORMAT, 1, 3},
        {"a: \"\x01\"\n", "control", COR_EFORMAT, 1, 0},
        {"a: \xff\n", "UTF-8", COR_EFORMAT, 1, 0},
        {"<<: [1]\n", "map", COR_EFORMAT, 1, 6},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "deeper", COR_ELIMIT, 1, 65},
        {"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
         "aliases", COR_ELIMIT, 6, 4},
    };
    for (size_t i = 0; i < COR_LEN(row); i++) {
        doc d;
        open_doc(&d, row[i].text);
        if (d.code != row[i].code || strstr(d.e.msg, row[i].what) == NULL || d.e.line != row[i].line ||
            d.e.col != row[i].col)
            fail_msg("%.30s: code %d, %u:%u, %s", row[i].text, (int)d.code, d.e.line, d.e.col, d.e.msg);
        assert_int_equal(cor_yaml_next(d.y, &d.mem, &d.root, &d.e), COR_OK); /* and nothing more is read */
        assert_null(d.root);
        close_doc(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_places), cmocka_unit_test(test_tree),
        cmocka_unit_test(test_many_keys), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
