#include "events/host.h"

#include "base/alloc.h"
#include "events/host_machine.h"

static cor_str key_of(const uint32_t pair[2])
{
    return (cor_str){(const char *)pair, 2 * sizeof pair[0]};
}

static uint32_t known_log(const cor_idents *h, cor_str input, cor_str channel)
{
    const uint32_t pair[2] = {cor_intern_find(&h->text, input), cor_intern_find(&h->text, channel)};
    return cor_intern_find(&h->log_key, key_of(pair)); /* no key holds a COR_NONE */
}

static uint32_t add_text(cor_idents *h, cor_str s)
{
    size_t had = h->text.n;
    uint32_t no = cor_intern_add(&h->text, s);
    h->text_bytes += h->text.n != had ? s.n : 0;
    return no;
}

/* The number of a log, made when it is new; COR_NONE without memory. */
static uint32_t log_of(cor_idents *h, cor_str input, cor_str channel)
{
    uint32_t no = known_log(h, input, channel);
    if (no != COR_NONE)
        return no;
    if (h->log_key.n > h->max_logs || h->text_bytes > COR_IDENT_LOG_NAMES_MAX) { /* log 0 is for all shared ones */
        h->logs_cut = true;
        return 0;
    }
    const uint32_t pair[2] = {add_text(h, input), add_text(h, channel)};
    if (pair[0] == COR_NONE || pair[1] == COR_NONE)
        return COR_NONE;
    cor_ident_log *list = cor_grow(h->log, &h->cap_log, h->log_key.n + 1, sizeof *list);
    if (list == NULL)
        return COR_NONE;
    h->log = list;
    no = cor_intern_add(&h->log_key, key_of(pair));
    if (no != COR_NONE)
        list[no] = (cor_ident_log){.input = pair[0], .channel = pair[1]};
    return no;
}

static cor_ident_row *row_of(cor_idents *h, uint32_t log, uint32_t computer)
{
    const uint32_t pair[2] = {log, computer};
    uint32_t no = cor_intern_find(&h->row_key, key_of(pair));
    if (no != COR_NONE)
        return h->row[no];
    cor_ident_row **list = cor_grow(h->row, &h->cap_row, h->row_key.n + 1, sizeof(cor_ident_row *));
    if (list == NULL)
        return NULL;
    h->row = list;
    cor_ident_row *r = cor_arena_get(&h->mem, sizeof *r);
    no = r == NULL ? COR_NONE : cor_intern_add(&h->row_key, key_of(pair));
    if (no == COR_NONE)
        return NULL;
    *r = (cor_ident_row){.id_min = UINT64_MAX, .first = COR_NOTIME, .last = COR_NOTIME, .host = COR_NONE};
    r->log = log;
    r->computer = computer;
    h->log[log].computers++;
    list[no] = r;
    return r;
}

cor_idents *cor_idents_new(void)
{
    cor_idents *h = cor_zalloc(sizeof *h);
    if (h == NULL)
        return NULL;
    h->max_logs = COR_IDENT_LOGS_MAX;
    if (log_of(h, COR_S(""), COR_S("")) != 0) {
        cor_idents_free(h);
        return NULL;
    }
    h->log[0].shared = true;
    return h;
}

void cor_idents_free(cor_idents *h)
{
    if (h == NULL)
        return;
    cor_arena_free(&h->mem);
    cor_intern_free(&h->text);
    cor_intern_free(&h->computer);
    cor_intern_free(&h->log_key);
    cor_intern_free(&h->row_key);
    cor_free(h->log);
    cor_free(h->row);
    cor_free(h->by_name);
    cor_free(h);
}

cor_ident_row *cor_idents_row(cor_idents *h, cor_str input, cor_str channel, cor_str computer, bool through)
{
    uint32_t log = log_of(h, input, channel), who = cor_intern_find(&h->computer, computer);
    if (log == COR_NONE)
        return NULL;
    if (who == COR_NONE && h->computer.n >= COR_IDENT_COMPUTERS_MAX) {
        h->cut = true;
        computer = COR_S("");
    }
    who = cor_intern_add(&h->computer, computer);
    if (who == COR_NONE)
        return NULL;
    cor_ident_log *l = &h->log[log];
    const uint32_t pair[2] = {log, who};
    if (through || (l->computers >= COR_IDENT_RENAMES && cor_intern_find(&h->row_key, key_of(pair)) == COR_NONE))
        l->shared = true;
    /* In a shared log only the name counts: one row for all of them, however many logs and machines there are. */
    return row_of(h, l->shared ? 0 : log, who);
}

static bool join(cor_idents *h, cor_ident_row *to, const cor_ident_row *from)
{
    to->records += from->records;
    to->id_min = from->id_min < to->id_min ? from->id_min : to->id_min;
    to->id_max = from->id_max > to->id_max ? from->id_max : to->id_max;
    if (from->first != COR_NOTIME && (to->first == COR_NOTIME || from->first < to->first))
        to->first = from->first;
    to->last = from->last > to->last ? from->last : to->last;
    for (uint32_t i = 0; from->sids != NULL && i < from->sids->n; i++)
        if (!cor_ident_row_sid(h, to, &from->sids->sid[i]))
            return false;
    return true;
}

cor_code cor_idents_absorb(cor_idents *h, const cor_idents *other, cor_err *e)
{
    h->cut = h->cut || other->cut;
    h->logs_cut = h->logs_cut || other->logs_cut;
    /* A log that was shared for one is so for all, also when no row is left of it. */
    for (size_t i = 0; i < other->log_key.n; i++) {
        const cor_ident_log *l = &other->log[i];
        uint32_t log = log_of(h, other->text.str[l->input], other->text.str[l->channel]);
        if (log == COR_NONE)
            return cor_nomem(e, "hosts");
        h->log[log].shared = h->log[log].shared || l->shared;
    }
    for (size_t i = 0; i < other->row_key.n; i++) {
        const cor_ident_row *r = other->row[i];
        const cor_ident_log *l = &other->log[r->log];
        cor_ident_row *mine = cor_idents_row(h, other->text.str[l->input], other->text.str[l->channel],
                                             other->computer.str[r->computer], false);
        if (mine == NULL || !join(h, mine, r))
            return cor_nomem(e, "hosts");
    }
    return COR_OK;
}

size_t cor_idents_n(const cor_idents *h)
{
    return h->n_host;
}

const cor_ident *cor_idents_get(const cor_idents *h, size_t host)
{
    return &h->host[host];
}

bool cor_idents_cut(const cor_idents *h)
{
    return h->cut;
}

bool cor_idents_by_name(const cor_idents *h)
{
    return h->logs_cut;
}

bool cor_idents_shared(const cor_idents *h, cor_str input, cor_str channel)
{
    uint32_t log = known_log(h, input, channel);
    return log == COR_NONE || h->log[log].shared;
}

uint32_t cor_idents_find(const cor_idents *h, cor_str input, cor_str channel, cor_str computer)
{
    uint32_t who = cor_intern_find(&h->computer, computer);
    if (who == COR_NONE && h->cut)
        who = cor_intern_find(&h->computer, COR_S(""));
    if (who == COR_NONE || h->by_name == NULL)
        return COR_NONE;
    uint32_t log = known_log(h, input, channel);
    if (log == COR_NONE && h->logs_cut)
        return h->by_name[who];
    if (log == COR_NONE)
        return COR_NONE;
    const uint32_t pair[2] = {log, who};
    uint32_t row = cor_intern_find(&h->row_key, key_of(pair));
    return row == COR_NONE || h->log[log].shared ? h->by_name[who] : h->row[row]->host;
}
