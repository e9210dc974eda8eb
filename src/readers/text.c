#include "readers/text.h"

#include "base/alloc.h"

#define ARENA_BLOCK ((size_t)64 << 10)

void *cor_text_open(const cor_read_options *o)
{
    (void)o;
    cor_text *st = cor_zalloc(sizeof *st);
    if (st == NULL)
        return NULL;
    cor_arena_init(&st->mem, ARENA_BLOCK);
    st->layouts = cor_layouts_new();
    if (st->layouts == NULL) {
        cor_text_close(st);
        return NULL;
    }
    return st;
}

void *cor_text_open_xml(const cor_read_options *o)
{
    cor_text *st = cor_text_open(o);
    if (st == NULL || (st->xml = cor_xml_new()) != NULL)
        return st;
    cor_text_close(st);
    return NULL;
}

void cor_text_close(void *state)
{
    cor_text *st = state;
    if (st == NULL)
        return;
    cor_arena_free(&st->mem);
    cor_layouts_free(st->layouts);
    cor_window_free(&st->win);
    cor_xml_free(st->xml);
    cor_free(st);
}

void cor_text_damage(const cor_text_run *r, uint64_t off, uint64_t len, cor_loss loss, const char *what)
{
    cor_damage d = {.off = off, .len = len, .records = loss == COR_LOSES_RECORD, .lost = loss != COR_LOSES_NOTHING};
    size_t n = strlen(what);
    memcpy(d.what, what, n < sizeof d.what ? n : sizeof d.what - 1);
    r->tally->damaged++;
    r->tally->lossy += loss != COR_LOSES_NOTHING;
    if (r->sink->damage != NULL)
        r->sink->damage(r->sink->ctx, &d);
}

cor_code cor_text_deliver(const cor_text_run *r, const cor_elem *root, cor_event *ev, uint64_t len)
{
    const cor_sink *k = r->sink;
    cor_code code = cor_tree_system(root, &r->st->mem, ev, r->e);
    if (code != COR_OK)
        return code;
    r->tally->records++;
    if (k->seen != NULL) {
        cor_seen s = {&ev->head, ev->sys[COR_SYS_COMPUTER], ev->time, ev->record_id, ev->flags};
        k->seen(k->ctx, &s);
    }
    if (k->want != NULL && !k->want(k->ctx, &ev->head))
        return COR_OK;
    if (k->fields)
        code = cor_tree_fields(root, &r->st->mem, r->st->layouts, ev, r->e);
    if (code == COR_ELIMIT) {
        cor_text_damage(r, ev->offset, len, COR_LOSES_RECORD, r->e->msg);
        r->tally->records--;
        return COR_OK;
    }
    return code != COR_OK ? code : k->event(k->ctx, ev, r->e);
}
