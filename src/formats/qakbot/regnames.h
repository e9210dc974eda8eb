/* The names under which Qakbot kept its configuration in the registry from 2021 to 2023. The host's key h is the CRC-32
 * of computer name, volume serial of C: and user name; the value with the number id (0 to 254) is named after the
 * CRC-32 of id begun with h. Facts after drole's decryption tool; the test vector is in
 * tests/unit/formats/test_qakbot.c. */
#ifndef COR_FORMATS_QAKBOT_REGNAMES_H
#define COR_FORMATS_QAKBOT_REGNAMES_H

#include "base/buf.h"

#define COR_QAKBOT_IDS 255      /* numbers of values: 0 to 254 */
#define COR_QAKBOT_NAME_ROOM 9  /* 8 digits and a NUL */

/* computer: its NetBIOS name. Letters are made capital within ASCII; what the malware does with others is not known. */
cor_code cor_qakbot_host_key(cor_str computer, uint32_t serial, cor_str user, uint32_t *h, cor_err *e);
/* Small hexadecimal digits without leading zeros. */
void cor_qakbot_value_name(uint32_t h, uint32_t id, char out[COR_QAKBOT_NAME_ROOM]);
/* The other way round: ~h ^ id of the value called `name`. Names of one host therefore give numbers that differ in
 * their lowest byte alone. false: no name of this form. */
bool cor_qakbot_name_origin(cor_str name, uint32_t *origin);

#endif
