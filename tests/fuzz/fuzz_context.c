/* A context file: read or refused with a place; whatever is read answers questions. */
#include <stdlib.h>

#include "judge/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cor_arena mem = {0};
    cor_context *c = NULL;
    cor_err e = {0};
    if (cor_context_read((cor_str){(const char *)data, size}, &mem, &c, &e) != COR_OK) {
        if (c != NULL || e.msg[0] == '\0' || (e.code == COR_EFORMAT && e.line == 0))
            abort();
    } else {
        const cor_str *host;
        uint32_t n = cor_context_hosts(c, &host);
        for (uint32_t i = 0; i < n && i < 100; i++) {
            if (host[i].n == 0)
                abort();
            cor_context_roles(c, host[i]);
            cor_context_maintenance(c, host[i], COR_UNIX_EPOCH);
        }
        cor_context_roles(c, COR_S("10.20.2.30"));
        cor_context_roles(c, COR_S("2001:db8::1"));
        cor_context_account_roles(c, COR_S("CORP\\svc_scan"));
        if (cor_context_account_roles(c, COR_S("svc@corp.example")) > (COR_ROLE_BACKUP << 1) - 1)
            abort();
    }
    cor_arena_free(&mem);
    return 0;
}
