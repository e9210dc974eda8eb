#include "tests/unit/test.h"

#include "base/buf.h"
#include "formats/json/json.h"

/* One line a value: what was read, in a form of its own. */
static void show(const cor_jnode *v, cor_buf *out)
{
    static const char letters[] = "nft#\"[{";
    cor_buf_c(out, letters[v->type]);
    if (v->type == COR_J_STRING || v->type == COR_J_NUMBER)
        cor_buf_str(out, v->str);
    for (const cor_jnode *c = v->child; c != NULL; c = c->next) {
        cor_buf_str(out, c->key);
        if (v->type == COR_J_OBJECT)
            cor_buf_c(out, ':');
        show(c, out);
        if (c->next != NULL)
            cor_buf_c(out, ',');
    }
    if (v->type >= COR_J_ARRAY)
        cor_buf_c(out, v->type == COR_J_ARRAY ? ']' : '}');
}

static void values(void **state)
{
    (void)state;
    static const struct { const char *in, *out; } rows[] = {
        {"{}", "{}"}, {" [ ] ", "[]"}, {"\xef\xbb\xbf{\"a\":1}", "{a:#1}"},
        {"[1,-0,0.5,1e5,-2.5E-3]", "[#1,#-0,#0.5,#1e5,#-2.5E-3]"},
        {"[true,false,null]", "[t,f,n]"}, {"{\"a\":1,\"a\":2}", "{a:#1,a:#2}"}, /* both are kept */
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\"\\/\b\f\n\r\t"}, {"\"\\u0041\\u00e4\\u20AC\"",
                                                                  "\"A\xc3\xa4\xe2\x82\xac"},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80"}, {"\"\\ud83dx\\ude00\\ud83d\\u0041\"",
                                                       "\"\xed\xa0\xbdx\xed\xb8\x80\xed\xa0\xbd" "A"},
        {"\"a\tb\xff\"", "\"a\tb\xff"}, {"{\"\\u0061 b\":{\"c\":[{}]}}", "{a b:{c:[{}]}}"},
        {"\"12345678901234567890\\n1234567890123456\"", "\"12345678901234567890\n1234567890123456"},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_arena mem = {0};
        cor_jnode *v = NULL;
        cor_err e = {0};
        size_t at = 0;
        cor_buf b = {0};
        if (cor_json_parse(cor_str_of(rows[i].in), &at, 0, &mem, &v, &e) != COR_OK)
            fail_msg("%s: %s", rows[i].in, e.msg);
        show(v, &b);
        assert_str(cor_buf_view(&b), rows[i].out);
        cor_buf_free(&b);
        cor_arena_free(&mem);
    }
}

static void errors_know_their_place(void **state)
{
    (void)state;
    static const struct { const char *in; cor_code code; uint64_t off; } rows[] = {
        {"{\"a\" 1}", COR_EFORMAT, 5}, {"{\"a\":}", COR_EFORMAT, 5}, {"{a:1}", COR_EFORMAT, 1},
        {"[1,]", COR_EFORMAT, 3}, {"[1 2]", COR_EFORMAT, 3},
        {"[01]", COR_EFORMAT, 2}, {"[1.]", COR_EFORMAT, 3}, {"[1e]", COR_EFORMAT, 3}, {"[-]", COR_EFORMAT, 2},
        {"[+1]", COR_EFORMAT, 1}, {"[nul]", COR_EFORMAT, 4},
        {"[\"\\x\"]", COR_EFORMAT, 3}, {"[\"\\u12g4\"]", COR_EFORMAT, 6}, {"[\"a\nb\"]", COR_EFORMAT, 3},
        {"}", COR_EFORMAT, 0}, {"'a'", COR_EFORMAT, 0},
        {"{\"a\":1", COR_ETRUNC, 6}, {"\"abc", COR_ETRUNC, 4}, {"\"abc\\", COR_ETRUNC, 5}, {"\"\\u12", COR_ETRUNC, 5},
        {"[", COR_ETRUNC, 1}, {"tru", COR_ETRUNC, 3},
    };
    for (size_t i = 0; i < COR_LEN(rows); i++) {
        cor_arena mem = {0};
        cor_jnode *v = NULL;
        cor_err e = {0};
        size_t at = 0;
        cor_code code = cor_json_parse(cor_str_of(rows[i].in), &at, 1000, &mem, &v, &e);
        if (code != rows[i].code || e.off != rows[i].off + 1000 || v != NULL)
            fail_msg("%s: code %d at %llu: %s", rows[i].in, code, (unsigned long long)e.off, e.msg);
        assert_int_equal(at, code == COR_ETRUNC ? 0 : at);
        cor_arena_free(&mem);
    }
}

static void limits(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        cor_buf b = {0};
        cor_arena mem = {0};
        cor_jnode *v = NULL;
        cor_err e = {0};
        size_t at = 0;
        int deep = COR_JSON_DEPTH_MAX + over;
        for (int i = 0; i < deep; i++)
            cor_buf_c(&b, '[');
        for (int i = 0; i < deep; i++)
            cor_buf_c(&b, ']');
        assert_int_equal(cor_json_parse(cor_buf_view(&b), &at, 0, &mem, &v, &e), over ? COR_ELIMIT : COR_OK);
        cor_buf_clear(&b);
        cor_buf_z(&b, "[0");
        for (int i = 2; i < COR_JSON_NODES_MAX + over; i++)
            cor_buf_z(&b, ",0");
        cor_buf_c(&b, ']');
        at = 0;
        assert_int_equal(cor_json_parse(cor_buf_view(&b), &at, 0, &mem, &v, &e), over ? COR_ELIMIT : COR_OK);
        cor_buf_free(&b);
        cor_arena_free(&mem);
    }
}

static void several_in_a_row(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\n[2]\"x\"3 4 \n";
    static const cor_jtype types[] = {COR_J_OBJECT, COR_J_ARRAY, COR_J_STRING, COR_J_NUMBER, COR_J_NUMBER};
    cor_arena mem = {0};
    cor_jnode *v;
    size_t at = 0;
    for (size_t i = 0; i < COR_LEN(types); i++) {
        assert_int_equal(cor_json_parse(COR_S(text), &at, 0, &mem, &v, NULL), COR_OK);
        assert_int_equal(v->type, types[i]);
    }
    assert_int_equal(cor_json_parse(COR_S(text), &at, 0, &mem, &v, NULL), COR_OK);
    assert_null(v);
    assert_int_equal(at, sizeof text - 1);
    cor_arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values), cmocka_unit_test(errors_know_their_place), cmocka_unit_test(limits),
        cmocka_unit_test(several_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
