#include "formats/qakbot/regnames.h"

#include <stdio.h>

#include <libdeflate.h>

#include "base/utf.h"

static void put_capital(cor_buf *b, cor_str s)
{
    for (size_t i = 0; i < s.n; i++)
        cor_buf_c(b, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 0x20) : s.p[i]);
}

cor_code cor_qakbot_host_key(cor_str computer, uint32_t serial, cor_str user, uint32_t *h, cor_err *e)
{
    cor_buf text = {0}, wide = {0};
    put_capital(&text, computer);
    cor_buf_u64(&text, serial);
    put_capital(&text, user);
    cor_utf8_to_utf16(cor_buf_view(&text), &wide);
    bool good = cor_buf_ok(&text) && cor_buf_ok(&wide);
    if (good)
        *h = libdeflate_crc32(0, wide.p, wide.n);
    cor_buf_free(&text);
    cor_buf_free(&wide);
    return good ? COR_OK : cor_nomem(e, "qakbot");
}

void cor_qakbot_value_name(uint32_t h, uint32_t id, char out[COR_QAKBOT_NAME_ROOM])
{
    const uint8_t le[4] = {(uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16), (uint8_t)(id >> 24)};
    snprintf(out, COR_QAKBOT_NAME_ROOM, "%x", (unsigned)libdeflate_crc32(h, le, sizeof le));
}

/* With f for what four zero bytes do to the register, the CRC of four bytes begun with h is ~f(~h ^ bytes): f can be
 * undone bit by bit, for the highest bit tells whether the polynomial was added. */
bool cor_qakbot_name_origin(cor_str name, uint32_t *origin)
{
    if (name.n == 0 || name.n > 8 || (name.p[0] == '0' && name.n > 1))
        return false;
    uint32_t v = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    v = ~v;
    for (int bit = 0; bit < 32; bit++)
        v = (v & 0x80000000u) != 0 ? (v ^ 0xedb88320u) << 1 | 1 : v << 1;
    *origin = v;
    return true;
}
