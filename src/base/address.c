#include "base/address.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

bool cor_address_parse(cor_str s, uint8_t out[16])
{
    char t[64];
    if (s.n == 0 || s.n >= sizeof t || memchr(s.p, '\0', s.n) != NULL)
        return false;
    memcpy(t, s.p, s.n);
    t[s.n] = '\0';
    char *zone = strchr(t, '%');
    if (zone != NULL)
        *zone = '\0';
    if (zone == NULL && inet_pton(AF_INET, t, out + 12) == 1) {
        memcpy(out, mapped, 12);
        return true;
    }
    return inet_pton(AF_INET6, t, out) == 1;
}

size_t cor_address_text(const uint8_t a[16], char out[COR_ADDRESS_TEXT])
{
    bool v4 = memcmp(a, mapped, sizeof mapped) == 0;
    if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a + 12 : a, out, COR_ADDRESS_TEXT) == NULL)
        out[0] = '\0'; /* cannot be: the room is enough */
    return strlen(out);
}

bool cor_address_local(const uint8_t a[16])
{
    static const uint8_t zero[16];
    if (memcmp(a, mapped, sizeof mapped) == 0)
        return a[12] == 127 || memcmp(a + 12, zero, 4) == 0;
    return memcmp(a, zero, 15) == 0 && a[15] <= 1;
}
