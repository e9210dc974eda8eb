#include "sigma/correlate_row.h"

#include "base/pack.h"
#include "base/utf.h"

#define ROOM "correlate"

/* Group values compare without case, as all of Sigma does: one account is written in several ways by several
 * sources. */
static void key_text(cor_buf *key, cor_str s)
{
    if (s.p == NULL) {
        cor_buf_c(key, 0);
        return;
    }
    cor_buf_c(key, 1);
    cor_buf folded = {0};
    cor_fold_utf8(s, &folded);
    cor_key_str(key, cor_buf_view(&folded));
    key->bad = key->bad || folded.bad;
    cor_buf_free(&folded);
}

void cor_corr_row_pack(const cor_corr_row *r, cor_buf *key, cor_buf *data)
{
    cor_key_u64(key, r->corr);
    for (uint32_t i = 0; i < r->n_group; i++)
        key_text(key, r->group[i]);
    cor_key_i64(key, r->time);
    cor_buf_put(key, r->key, sizeof r->key);
    cor_key_u64(key, r->pos);
    cor_key_u64(key, r->ref.input);
    cor_key_u64(key, r->ref.offset);

    cor_pack_i64(data, r->ref.time);
    cor_buf_put(data, r->ref.key, sizeof r->ref.key);
    cor_pack_u64(data, r->ref.record_id);
    cor_pack_u64(data, r->ref.event_id);
    cor_pack_str(data, r->ref.computer);
    cor_pack_str(data, r->ref.channel);
    cor_pack_str(data, r->ref.provider);
    const struct { const cor_str *s; uint32_t n; } list[] = {{r->group, r->n_group}, {r->value, r->n_value},
                                                             {r->carry, r->n_carry}};
    for (size_t k = 0; k < COR_LEN(list); k++) {
        cor_pack_u64(data, list[k].n);
        for (uint32_t i = 0; i < list[k].n; i++)
            cor_pack_str(data, list[k].s[i]);
    }
}

cor_str cor_corr_row_prefix(cor_str key, uint32_t n_group)
{
    if (key.n < 8)
        return (cor_str){NULL, 0};
    size_t i = 8;
    for (uint32_t g = 0; g < n_group; g++) {
        if (i >= key.n)
            return (cor_str){NULL, 0};
        if (key.p[i++] == 0)
            continue;
        const char *end = memchr(key.p + i, 0, key.n - i);
        if (end == NULL)
            return (cor_str){NULL, 0};
        i = (size_t)(end - key.p) + 1;
    }
    return (cor_str){key.p, i};
}

bool cor_corr_row_head(cor_str key, size_t prefix, cor_corr_row *r)
{
    if (key.n < prefix + 8 + sizeof r->key + 24)
        return false;
    cor_str k = {key.p + prefix, key.n - prefix};
    uint64_t pos, input;
    cor_key_take_i64(&k, &r->time);
    memcpy(r->key, k.p, sizeof r->key);
    k.p += sizeof r->key;
    k.n -= sizeof r->key;
    cor_key_take_u64(&k, &pos);
    cor_key_take_u64(&k, &input);
    cor_key_take_u64(&k, &r->ref.offset);
    r->pos = (uint32_t)pos;
    r->ref.input = (uint32_t)input;
    return true;
}

static const cor_str *unpack_list(cor_unpack *u, cor_arena *mem, uint32_t *n, bool *nomem)
{
    uint64_t k = cor_unpack_u64(u);
    if (k > (uint64_t)(u->end - u->p)) /* each takes a byte at least */
        u->bad = true;
    if (u->bad)
        k = 0;
    *n = (uint32_t)k;
    cor_str *list = cor_arena_get(mem, (size_t)k * sizeof *list);
    if (list == NULL) {
        *nomem = true;
        *n = 0;
        return NULL;
    }
    for (uint32_t i = 0; i < *n; i++)
        list[i] = cor_unpack_str(u);
    return list;
}

cor_code cor_corr_row_unpack(cor_str key, size_t prefix, cor_str data, cor_arena *mem, cor_corr_row *r, cor_err *e)
{
    cor_unpack u = cor_unpack_of(data);
    bool nomem = false;
    r->ref.time = cor_unpack_i64(&u);
    const uint8_t *k = cor_unpack_bytes(&u, sizeof r->ref.key);
    if (k != NULL)
        memcpy(r->ref.key, k, sizeof r->ref.key);
    r->ref.record_id = cor_unpack_u64(&u);
    r->ref.event_id = (uint32_t)cor_unpack_u64(&u);
    r->ref.computer = cor_unpack_str(&u);
    r->ref.channel = cor_unpack_str(&u);
    r->ref.provider = cor_unpack_str(&u);
    r->group = unpack_list(&u, mem, &r->n_group, &nomem);
    r->value = unpack_list(&u, mem, &r->n_value, &nomem);
    r->carry = unpack_list(&u, mem, &r->n_carry, &nomem);
    if (nomem)
        return cor_nomem(e, ROOM);
    if (!cor_corr_row_head(key, prefix, r) || u.bad)
        return cor_fail(e, COR_EIO, ROOM, COR_NOPOS, "a correlation row read back from temporary data is broken");
    return COR_OK;
}

cor_code cor_corr_digest(cor_digest *d, const cor_str *text, uint32_t n, uint8_t out[16], cor_err *e)
{
    cor_buf b = {0};
    for (uint32_t i = 0; i < n; i++)
        key_text(&b, text[i]);
    bool ok = cor_buf_ok(&b);
    if (ok) {
        uint8_t full[COR_SHA256_SIZE];
        cor_digest_add(d, b.p, b.n);
        cor_digest_end(d, full);
        memcpy(out, full, 16);
    }
    cor_buf_free(&b);
    return ok ? COR_OK : cor_nomem(e, ROOM);
}
