/* Definitions told by their bytes: the same one wherever its names stand, and never another one. */
#include "base/cursor.h"
#include "formats/evtx/twin.h"
#include "tests/unit/test.h"

enum { DEF = 1024, BODY = DEF + 24, FAR = 600, CHUNK = 4096 };

typedef struct made {
    uint8_t chunk[CHUNK];
    uint32_t size, place[2];
} made;

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t put_name(uint8_t *p, uint32_t link, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    put32(p, link);
    put32(p + 4, n << 16 | 0x1234);
    for (uint32_t i = 0; i <= n; i++) {
        p[8 + 2 * i] = (uint8_t)text[i];
        p[9 + 2 * i] = 0;
    }
    return 8 + 2 * n + 2;
}

/* A body with a name that stands at `far` in the chunk, and one that stands in the body itself. */
static made make(uint32_t far, const char *far_text, const char *here_text, uint32_t link, uint8_t last)
{
    made m = {.place = {BODY + 3, BODY + 9}};
    memset(m.chunk + DEF + 4, 0x77, 16);
    put_name(m.chunk + far, 99, far_text);
    uint8_t *b = m.chunk + BODY;
    memcpy(b, "\x01\x02\x03", 3);
    put32(b + 3, far);
    memcpy(b + 7, "\x04\x05", 2);
    put32(b + 9, BODY + 13);
    m.size = 13 + put_name(b + 13, link, here_text);
    b[m.size++] = last;
    put32(m.chunk + DEF + 20, m.size);
    return m;
}

static cor_twin_at at_of(const made *m)
{
    return (cor_twin_at){m->chunk, CHUNK, DEF, BODY, m->size};
}

static cor_bx_shape *look(cor_twins *t, made m)
{
    size_t spent = 0;
    cor_twin_at at = at_of(&m);
    cor_bx_shape *s = cor_twins_find(t, &at, &spent);
    assert_true(s == NULL || spent == 42);
    return s;
}

static void told_by_content(void **state)
{
    (void)state;
    cor_twins t = {0};
    cor_bx_shape shape = {0};
    made m = make(FAR, "Alpha", "Beta", 7, 9);
    assert_null(look(&t, m));
    cor_twin_at at = at_of(&m);
    assert_true(cor_twins_keep(&t, &at, m.place, 2, &shape, 42));
    assert_ptr_equal(look(&t, m), &shape);
    assert_ptr_equal(look(&t, make(FAR + 333, "Alpha", "Beta", 8, 9)), &shape); /* names moved, another link */
    assert_null(look(&t, make(FAR, "Alphb", "Beta", 7, 9)));
    assert_null(look(&t, make(FAR, "Alpha1", "Beta", 7, 9)));
    assert_null(look(&t, make(FAR, "Alpha", "Betb", 7, 9)));
    assert_null(look(&t, make(FAR, "Alpha", "Beta2", 7, 9)));
    assert_null(look(&t, make(FAR, "Alpha", "Beta", 7, 8)));
    made other = m;
    other.chunk[DEF + 4]++; /* GUID */
    assert_null(look(&t, other));
    other = m;
    other.chunk[BODY + 1]++; /* before the first name */
    assert_null(look(&t, other));
    other = m;
    put32(other.chunk + BODY + 9, FAR); /* the second name stands elsewhere now */
    assert_null(look(&t, other));
    other = m;
    put32(other.chunk + BODY + 3, CHUNK - 4); /* no name can stand there */
    assert_null(look(&t, other));
    other = m;
    put32(other.chunk + BODY + 3, 0xfffffff0u);
    assert_null(look(&t, other));
    cor_twins_clear(&t);
    assert_null(look(&t, m));
    cor_twins_free(&t);
}

/* However many there are, memory is bounded, and what is found is right. */
static void bounded(void **state)
{
    (void)state;
    cor_twins t = {0};
    cor_bx_shape shape[2] = {{0}, {0}};
    for (uint32_t i = 0; i < 50000; i++) {
        char text[24];
        snprintf(text, sizeof text, "Name%u", i);
        made m = make(FAR, text, "Beta", 7, 9);
        put32(m.chunk + DEF + 4, i / 4); /* a few of each GUID */
        cor_twin_at at = at_of(&m);
        if (i % 1000 == 0)
            cor_twins_begin(&t);
        assert_true(cor_twins_keep(&t, &at, m.place, 2, &shape[i % 2], 42));
        cor_bx_shape *s = look(&t, m);
        assert_true(s == NULL || s == &shape[i % 2]);
        assert_true(t.mem.total < (size_t)4 << 20);
    }
    cor_twins_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(told_by_content), cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
