/* Network addresses as logs write them: IPv4 as ::ffff:a.b.c.d, so that both kinds are 16 bytes. */
#ifndef COR_BASE_ADDRESS_H
#define COR_BASE_ADDRESS_H

#include "base/base.h"

#define COR_ADDRESS_TEXT 46 /* the longest text of one, its NUL included */

/* False when s is no address. A zone behind an IPv6 address (fe80::1%12) is passed over. */
bool cor_address_parse(cor_str s, uint8_t out[16]);
/* The shortest text, without ::ffff: before IPv4. Returns its length; NUL-terminated. */
size_t cor_address_text(const uint8_t a[16], char out[COR_ADDRESS_TEXT]);
/* Of this machine itself, or of none: 127.0.0.0/8, ::1, 0.0.0.0, ::. */
bool cor_address_local(const uint8_t a[16]);

#endif
