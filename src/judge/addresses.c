/* Who had which address when. A host's own connections and its machine account's logons say it; the name that an
 * NTLM client claims counts only where nobody knows the address. */
#include "judge/desk.h"

#include <stdlib.h>

#include "base/alloc.h"

bool cor_address_clean(cor_str text, char out[COR_ADDRESS_TEXT], cor_str *clean)
{
    uint8_t a[16];
    if (!cor_address_parse(text, a) || cor_address_local(a))
        return false;
    *clean = (cor_str){out, cor_address_text(a, out)};
    return true;
}

/* Reachable from everywhere: global unicast of IPv6; of IPv4 all but the private, shared, link-local and multicast
 * ones. */
bool cor_address_public(cor_str clean)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    uint8_t a[16];
    if (!cor_address_parse(clean, a) || cor_address_local(a))
        return false;
    if (memcmp(a, mapped, sizeof(mapped)) != 0)
        return (a[0] & 0xe0) == 0x20;
    const uint8_t *v4 = a + sizeof(mapped);
    return !(v4[0] == 0 || v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168) ||
             (v4[0] == 169 && v4[1] == 254) || (v4[0] == 100 && (v4[1] & 0xc0) == 64) || v4[0] >= 224);
}

cor_code cor_addresses_claim(cor_desk *d, cor_str address, uint32_t host, cor_time first, cor_time last, cor_err *e)
{
    char room[COR_ADDRESS_TEXT];
    cor_str clean;
    if (host == COR_NONE || !cor_address_clean(address, room, &clean))
        return COR_OK;
    if (d->n_claim >= COR_JUDGE_CLAIMS_MAX) {
        d->left_out[COR_LEFT_ADDRESSES]++; /* what is left out joins nothing */
        return COR_OK;
    }
    uint32_t no = cor_intern_add(&d->address, clean);
    if (no == COR_NONE)
        return cor_nomem(e, "judge");
    if (d->n_claim >= d->cap_claim) {
        cor_claim *p = cor_grow(d->claim, &d->cap_claim, d->n_claim + 1, sizeof(*p));
        if (p == NULL)
            return cor_nomem(e, "judge");
        d->claim = p;
    }
    d->claim[d->n_claim] = (cor_claim){no, host, {COR_NOTIME, COR_NOTIME}};
    cor_span_see(&d->claim[d->n_claim++].span, first, last);
    return COR_OK;
}

static int claim_cmp(const void *a, const void *b)
{
    const cor_claim *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->host < y->host ? -1 : x->host > y->host;
}

/* One claim for each address and host. */
void cor_addresses_seal(cor_desk *d)
{
    size_t n = 0;
    if (d->n_claim > 1)
        qsort(d->claim, d->n_claim, sizeof(*d->claim), claim_cmp);
    for (size_t i = 0; i < d->n_claim; i++) {
        if (n > 0 && claim_cmp(&d->claim[n - 1], &d->claim[i]) == 0)
            cor_span_see(&d->claim[n - 1].span, d->claim[i].span.first, d->claim[i].span.last);
        else
            d->claim[n++] = d->claim[i];
    }
    d->n_claim = n;
}

/* One host at all, or one at that time. Two at the same time: nobody's, it may be a NAT or a reader's mistake. */
static cor_whose whose(const cor_claim *c, size_t n, cor_time t, uint32_t *host)
{
    size_t then = 0;
    *host = n == 1 ? c[0].host : COR_NONE;
    for (size_t i = 0; n > 1 && i < n; i++)
        if (t != COR_NOTIME && c[i].span.first != COR_NOTIME && t >= c[i].span.first && t <= c[i].span.last) {
            *host = c[i].host;
            then++;
        }
    if (then > 1)
        *host = COR_NONE;
    return n == 0 ? COR_WHOSE_NOBODY : *host == COR_NONE ? COR_WHOSE_CONFLICT : COR_WHOSE_HOST;
}

cor_whose cor_addresses_find(const cor_desk *d, cor_str address, cor_time t, uint32_t *host)
{
    char room[COR_ADDRESS_TEXT];
    cor_str clean;
    *host = COR_NONE;
    uint32_t no = cor_address_clean(address, room, &clean) ? cor_intern_find(&d->address, clean) : COR_NONE;
    if (no == COR_NONE)
        return COR_WHOSE_NOBODY;
    size_t lo = 0, hi = d->n_claim;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (d->claim[mid].address < no)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo;
    while (end < d->n_claim && d->claim[end].address == no)
        end++;
    return whose(&d->claim[lo], end - lo, t, host);
}

cor_whose cor_source_find(cor_desk *d, cor_str address, cor_str workstation, cor_time t, uint32_t *host)
{
    cor_whose w = cor_addresses_find(d, address, t, host);
    if (w != COR_WHOSE_NOBODY || workstation.n == 0)
        return w;
    char room[COR_ADDRESS_TEXT];
    cor_str clean;
    if (cor_address_clean(address, room, &clean) && cor_address_public(clean))
        return COR_WHOSE_NOBODY; /* a name claimed from outside names nobody here */
    *host = cor_desk_named(d, workstation);
    return *host == COR_NONE ? COR_WHOSE_NOBODY : COR_WHOSE_HOST;
}
