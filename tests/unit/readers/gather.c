#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tests/unit/readers/gather.h"

static cor_str keep(gathered *g, cor_str s)
{
    return cor_arena_str(&g->mem, s);
}

static void field_line(cor_buf *b, cor_str name, cor_str text)
{
    cor_buf_str(b, name);
    cor_buf_c(b, '=');
    cor_buf_str(b, text);
    cor_buf_c(b, '\n');
}

static cor_code on_event(void *ctx, const cor_event *ev, cor_err *e)
{
    gathered *g = ctx;
    if (g->n == g->cap)
        g->ev = cor_grow(g->ev, &g->cap, g->n + 1, sizeof *g->ev);
    assert_non_null(g->ev);
    struct gathered_event *o = &g->ev[g->n++];
    *o = (struct gathered_event){.time = ev->time, .record_id = ev->record_id, .offset = ev->offset,
                                 .event_id = ev->head.event_id, .flags = ev->flags};
    for (int i = 0; i < COR_SYS_N; i++)
        o->sys[i] = keep(g, cor_event_sys(ev, (cor_sys)i, &g->mem));
    cor_buf b = {0}, filled = {0};
    for (uint32_t i = 0; i < ev->layout->n; i++) {
        cor_str name = ev->layout->name[i], text = cor_val_text(&g->mem, ev->val[i]);
        field_line(&b, name, text);
        cor_val item;
        for (size_t at = 0; text.n > 0 && cor_val_item(ev->val[i], &at, &item);) {
            cor_str one = cor_val_text(&g->mem, item);
            if (one.n > 0)
                field_line(&filled, name, one);
        }
    }
    o->fields = keep(g, cor_buf_view(&b));
    o->filled = keep(g, cor_buf_view(&filled));
    cor_buf_free(&filled);
    cor_buf_clear(&b);
    assert_int_equal(ev->render(ev, COR_FMT_JSONL, &b, e), COR_OK);
    o->jsonl = keep(g, cor_buf_view(&b));
    cor_buf_clear(&b);
    assert_int_equal(ev->render(ev, COR_FMT_XML, &b, e), COR_OK);
    o->xml = keep(g, cor_buf_view(&b));
    cor_buf_free(&b);
    return COR_OK;
}

static void on_damage(void *ctx, const cor_damage *d)
{
    cor_buf_fmt(&((gathered *)ctx)->damage, "%llu+%llu %s\n", (unsigned long long)d->off, (unsigned long long)d->len,
                d->what);
}

static void on_note(void *ctx, const char *text)
{
    cor_buf_fmt(&((gathered *)ctx)->notes, "%s\n", text);
}

static void gather_fd(gathered *g, const cor_reader *r, int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    cor_input in = {.fd = fd, .size = (uint64_t)st.st_size, .name = COR_S("test")};
    assert_int_equal(cor_input_read(&in, 0, in.head, sizeof in.head, &in.head_n, NULL), COR_OK);
    if (r == NULL)
        r = cor_reader_for(in.head, in.head_n);
    if (r == NULL) {
        g->code = COR_ENOTSUP;
        close(fd);
        return;
    }
    cor_read_options o = {.from = COR_NOTIME, .to = COR_NOTIME};
    void *state = r->open(&o);
    assert_non_null(state);
    cor_sink sink = {.ctx = g, .fields = true, .event = on_event, .damage = on_damage, .note = on_note};
    cor_part part = {0, in.size};
    for (uint64_t k = 0; g->code == COR_OK; k++) {
        if (r->part != NULL ? !r->part(&in, g->want != 0 ? g->want : in.size + 1, k, &part) : k > 0)
            break;
        g->code = r->read(state, &in, &part, &sink, &g->tally, &g->err);
    }
    r->close(state);
    close(fd);
}

void gather_bytes(gathered *g, const cor_reader *r, const void *p, size_t n)
{
    int fd = memfd_create("test", 0);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    gather_fd(g, r, fd);
}

void gather_file(gathered *g, const cor_reader *r, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_msg("%s cannot be opened", path);
    gather_fd(g, r, fd);
}

void gather_free(gathered *g)
{
    cor_arena_free(&g->mem);
    cor_free(g->ev);
    cor_buf_free(&g->notes);
    cor_buf_free(&g->damage);
}

const char *gather_field(gathered *g, size_t i, const char *name)
{
    size_t n = strlen(name);
    cor_str f = g->ev[i].fields;
    for (const char *p = f.p, *end = f.p + f.n; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        while (nl != NULL && nl + 1 < end && memchr(nl + 1, '=', (size_t)(end - nl - 1)) == NULL)
            nl = end - 1;
        if (nl == NULL)
            break;
        if ((size_t)(nl - p) > n && memcmp(p, name, n) == 0 && p[n] == '=')
            return keep(g, (cor_str){p + n + 1, (size_t)(nl - p) - n - 1}).p;
        p = nl + 1;
    }
    return NULL;
}

const char *gather_data(void)
{
    const char *d = getenv("CORDON_DATA");
    if (d == NULL)
        d = "../shared/data";
    return access(d, R_OK) == 0 ? d : NULL;
}
