/* Events made from cards. */
#include <stdlib.h>

#include "range/stage.h"

#define SID_MAX (8 + 15 * 4)

const cor_card *cor_card_find(const char *name)
{
    for (const cor_card *c = cor_cards; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* The next "Name:type" of a card; false at the end. */
static bool next_field(const char **at, cor_str *name, char *type)
{
    while (**at == ' ')
        ++*at;
    if (**at == '\0')
        return false;
    size_t n = strcspn(*at, " :");
    *name = (cor_str){*at, n};
    *at += n;
    *type = '\0';
    if (**at == ':') {
        *type = (*at)[1];
        *at += 2;
    }
    return true;
}

unsigned cor_card_fields(const cor_card *c, cor_str *name, unsigned max)
{
    unsigned n = 0;
    char type;
    for (const char *at = c->fields; n < max && next_field(&at, &name[n], &type);)
        n++;
    return n;
}

static bool guid_bytes(const char *z, uint8_t out[16])
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    unsigned n = 0;
    for (; *z != '\0'; z++) {
        if (*z == '{' || *z == '}' || *z == '-')
            continue;
        char pair[3] = {z[0], z[1], 0};
        if (n == 16 || z[1] == '\0')
            return false;
        out[order[n++]] = (uint8_t)strtoul(pair, NULL, 16);
        z++;
    }
    return n == 16;
}

static uint32_t sid_bytes(const char *z, uint8_t out[SID_MAX])
{
    char *end;
    if (strncmp(z, "S-1-", 4) != 0)
        return 0;
    memset(out, 0, 8);
    out[0] = 1;
    out[7] = (uint8_t)strtoul(z + 4, &end, 10);
    while (*end == '-' && out[1] < 15) {
        uint32_t sub = (uint32_t)strtoul(end + 1, &end, 10);
        memcpy(out + 8 + 4 * out[1]++, &sub, 4);
    }
    return 8 + 4u * out[1];
}

/* Upper-case hex, as Binary is told. */
static bool binary(const char *text, cor_arena *mem, cor_val *out)
{
    size_t n = strlen(text) / 2;
    uint8_t *p = cor_arena_get(mem, n + 1);
    if (p == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        p[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *out = (cor_val){p, (uint32_t)n, COR_V_BINARY};
    return true;
}

/* What stands in the event: #N has no name, and Defender's names hold blanks. */
static cor_str shown_name(const cor_card *c, cor_str name, cor_arena *mem)
{
    if (name.p[0] == '#')
        return COR_S("");
    if (strstr(c->provider, "Defender") == NULL)
        return name;
    cor_str copy = cor_arena_str(mem, name);
    for (char *p = (char *)(uintptr_t)copy.p; p != NULL && *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
    return copy;
}

static bool convert(char type, const char *text, cor_arena *mem, cor_val *out)
{
    static const struct {
        char type;
        uint8_t val, size;
    } number[] = {{'x', COR_V_HEX64, 8}, {'p', COR_V_SIZE, 8}, {'h', COR_V_HEX32, 4}, {'d', COR_V_U32, 4},
                  {'w', COR_V_U16, 2},   {'q', COR_V_U64, 8},  {'b', COR_V_BOOL, 4}};
    uint8_t *p = cor_arena_zero(mem, 80);
    if (p == NULL)
        return false;
    for (size_t i = 0; i < COR_LEN(number); i++) {
        if (number[i].type != type)
            continue;
        uint64_t v = strcmp(text, "true") == 0 ? 1 : strtoull(text, NULL, 0);
        memcpy(p, &v, 8);
        *out = (cor_val){p, number[i].size, number[i].val};
        return true;
    }
    if (type == 'g') {
        guid_bytes(text, p);
        *out = (cor_val){p, 16, COR_V_GUID};
    } else if (type == 's') {
        uint32_t n = sid_bytes(*text == '\0' || *text == '-' ? "S-1-0-0" : text, p);
        *out = (cor_val){p, n, COR_V_SID};
    } else if (type == 't') {
        cor_time t;
        if (!cor_time_parse(cor_str_of(text), &t, NULL))
            t = 0;
        memcpy(p, &t, 8);
        *out = (cor_val){p, 8, COR_V_FILETIME};
    } else if (type == 'z') {
        return binary(text, mem, out);
    } else {
        *out = cor_val_utf8(cor_arena_str(mem, cor_str_of(text)));
        return out->p != NULL;
    }
    return true;
}

cor_code cor_card_event(const cor_card *c, const char *const *value, const char *user, cor_arena *mem,
                        cor_evtx_out *out, cor_err *e)
{
    uint8_t *guid = cor_arena_get(mem, 16), *sid = cor_arena_get(mem, SID_MAX);
    cor_evtx_field *f = cor_arena_get(mem, COR_CARD_FIELDS_MAX * sizeof *f);
    if (guid == NULL || sid == NULL || f == NULL)
        return cor_nomem(e, "range");
    if (c->guid != NULL)
        guid_bytes(c->guid, guid);
    uint32_t n_sid = sid_bytes(user != NULL ? user : "S-1-5-18", sid);
    const char *at = c->fields;
    size_t n = 0;
    char type;
    for (; n < COR_CARD_FIELDS_MAX && next_field(&at, &f[n].name, &type); n++) {
        f[n].name = shown_name(c, f[n].name, mem);
        const char *none = type == '\0' && strcmp(c->channel, "Security") == 0 ? "-" : "";
        if (f[n].name.p == NULL || !convert(type, value[n] == NULL ? none : value[n], mem, &f[n].val))
            return cor_nomem(e, "range");
    }
    *out = (cor_evtx_out){.provider = cor_str_of(c->provider),
                          .guid = c->guid == NULL ? NULL : guid,
                          .event_id = c->event_id,
                          .qualifiers = c->qualifiers,
                          .version = c->version,
                          .level = c->level,
                          .opcode = c->opcode,
                          .task = c->task,
                          .keywords = c->keywords,
                          .channel = cor_str_of(c->channel),
                          .sid = c->system_user || user != NULL ? sid : NULL,
                          .sid_n = n_sid,
                          .field = f,
                          .n_field = n,
                          .user_element = cor_str_of(c->user_element),
                          .user_ns = cor_str_of(c->user_ns),
                          .pid = 4,
                          .tid = 64};
    return COR_OK;
}
