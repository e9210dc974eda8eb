#include "sigma/field.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/utf.h"

static bool always_sys(cor_str name)
{
    return cor_str_is(name, "EventID") || cor_str_is(name, "Provider_Name");
}

static int alias(const cor_ruleset *s, cor_str name)
{
    for (uint32_t i = 0; i < s->n_alias; i++)
        if (cor_str_eq(s->alias_name[i], name))
            return (int)s->alias_sys[i];
    return -1;
}

cor_bind cor_bind_raw(const cor_ruleset *s, cor_str name)
{
    cor_bind b = {.name = name, .sys = name.p == NULL ? -1 : alias(s, name)};
    b.sys_always = b.sys >= 0 && always_sys(name);
    return b;
}

cor_bind cor_bind_of(const cor_ruleset *s, const cor_source *source, cor_str field)
{
    cor_bind b = {.name = field, .sys = -1};
    if (field.p == NULL)
        return b;
    for (uint32_t i = 0; source != NULL && i < source->n_map; i++) {
        const cor_fieldmap *m = &source->map[i];
        if (!cor_str_eq(m->field, field))
            continue;
        if (m->constant.p == NULL && m->n_from <= 1 && m->convert == COR_CONV_NONE) /* a mere other name */
            return cor_bind_raw(s, m->n_from == 1 ? m->from[0] : field);
        b.map = m;
        return b;
    }
    return cor_bind_raw(s, field);
}

static void key_str(cor_buf *out, cor_str s)
{
    uint32_t n = (uint32_t)s.n;
    cor_buf_put(out, &n, sizeof n);
    cor_buf_str(out, s);
}

void cor_bind_key(const cor_bind *b, cor_buf *out)
{
    if (b->map == NULL) {
        cor_buf_c(out, b->name.p == NULL ? 'k' : 'n');
        key_str(out, b->name);
        return;
    }
    const cor_fieldmap *m = b->map;
    if (m->constant.p != NULL) {
        cor_buf_c(out, 'c');
        key_str(out, m->constant);
        return;
    }
    cor_buf_c(out, 'm');
    cor_buf_c(out, (char)m->convert);
    if (m->n_from == 0)
        key_str(out, m->field);
    for (uint32_t i = 0; i < m->n_from; i++)
        key_str(out, m->from[i]);
    for (uint32_t i = 0; i < m->n_enum; i++) {
        cor_buf_c(out, 'e');
        key_str(out, m->enum_from[i]);
        key_str(out, m->enum_to[i]);
    }
}

static bool same_without_blanks(cor_str a, cor_str b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.n && a.p[i] == ' ')
            i++;
        while (k < b.n && b.p[k] == ' ')
            k++;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (a.p[i++] != b.p[k++])
            return false;
    }
}

/* Columns of the layout named `name`; counts only when col is NULL. */
static uint32_t named(const cor_layout *l, cor_str name, uint32_t *col)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++)
        if (cor_str_eq(l->name[i], name)) {
            if (col != NULL)
                col[n] = i;
            n++;
        }
    if (n != 0)
        return n;
    for (uint32_t i = 0; i < l->n; i++)
        if (same_without_blanks(l->name[i], name)) {
            if (col != NULL)
                col[n] = i;
            n++;
        }
    return n;
}

const cor_sys cor_keyword_sys[COR_KEYWORD_SYS] = {COR_SYS_PROVIDER_NAME, COR_SYS_CHANNEL, COR_SYS_COMPUTER};

static bool of_keyword(const cor_layout *l, cor_arena *mem, cor_cols *out)
{
    uint32_t *col = cor_arena_get(mem, (l->n + (size_t)COR_KEYWORD_SYS) * sizeof *col), n = 0;
    if (col == NULL)
        return false;
    while (n < l->n) {
        col[n] = n;
        n++;
    }
    for (size_t i = 0; i < COR_KEYWORD_SYS; i++)
        col[n++] = COR_COL_SYS | (uint32_t)cor_keyword_sys[i];
    *out = (cor_cols){col, n};
    return true;
}

static bool by_name(const cor_bind *b, const cor_layout *l, cor_arena *mem, cor_cols *out)
{
    if (b->name.p == NULL)
        return of_keyword(l, mem, out);
    uint32_t n = b->sys_always ? 0 : named(l, b->name, NULL);
    bool sys = n == 0 && b->sys >= 0;
    uint32_t *col = cor_arena_get(mem, (n + sys) * sizeof *col);
    if (col == NULL)
        return false;
    if (sys)
        col[0] = COR_COL_SYS | (uint32_t)b->sys;
    else if (n != 0)
        named(l, b->name, col);
    *out = (cor_cols){col, n + sys};
    return true;
}

bool cor_bind_cols(const cor_ruleset *s, const cor_bind *b, const cor_layout *l, cor_arena *mem, cor_cols *out)
{
    *out = (cor_cols){NULL, 0};
    if (b->map == NULL)
        return by_name(b, l, mem, out);
    const cor_fieldmap *m = b->map;
    if (m->constant.p != NULL)
        return true;
    if (m->n_from <= 1) {
        cor_bind raw = cor_bind_raw(s, m->n_from == 1 ? m->from[0] : m->field);
        return by_name(&raw, l, mem, out);
    }
    uint32_t *col = cor_arena_get(mem, m->n_from * sizeof *col);
    if (col == NULL)
        return false;
    for (uint32_t i = 0; i < m->n_from; i++) {
        cor_bind raw = cor_bind_raw(s, m->from[i]);
        cor_cols one;
        if (!by_name(&raw, l, mem, &one))
            return false;
        col[i] = one.n == 0 ? COR_COL_NONE : one.col[0];
    }
    *out = (cor_cols){col, m->n_from};
    return true;
}

cor_val cor_col_val(const cor_event *ev, uint32_t col)
{
    if (!(col & COR_COL_SYS))
        return ev->val[col];
    cor_sys what = (cor_sys)(col & ~COR_COL_SYS);
    return what == COR_SYS_CHANNEL && ev->sys[what].type == COR_V_NULL ? ev->head.channel : ev->sys[what];
}

/* The event id decides the gate, so its text must be that of the number in the head. */
static bool column_absent(const cor_event *ev, uint32_t col)
{
    if (!(col & COR_COL_SYS))
        return false;
    return cor_col_val(ev, col).type == COR_V_NULL &&
           !((col & ~COR_COL_SYS) == COR_SYS_EVENT_ID && ev->head.event_id != 0);
}

/* ---- conversions ---- */

static bool starts_with_fold(cor_str s, const char *lit, size_t *n)
{
    *n = strlen(lit);
    return s.n >= *n && cor_str_ieq((cor_str){s.p, *n}, (cor_str){lit, *n});
}

static cor_str hex_to_decimal(cor_str s, cor_arena *mem)
{
    if (s.n < 3 || s.n > 18 || s.p[0] != '0' || (s.p[1] | 32) != 'x')
        return s;
    uint64_t v = 0;
    for (size_t i = 2; i < s.n; i++) {
        char c = (char)(s.p[i] | 32);
        unsigned d = s.p[i] >= '0' && s.p[i] <= '9' ? (unsigned)(s.p[i] - '0')
                     : c >= 'a' && c <= 'f'         ? (unsigned)(c - 'a' + 10)
                                                    : 16;
        if (d == 16)
            return s;
        v = v << 4 | d;
    }
    return cor_arena_fmt(mem, "%llu", (unsigned long long)v);
}

/* Mandatory integrity levels ([MS-DTYP] 2.4.2.4), in the words Sysmon prints. */
static cor_str integrity(cor_str s)
{
    static const struct { const char *sid, *name; } known[] = {
        {"S-1-16-0", "Untrusted"}, {"S-1-16-4096", "Low"}, {"S-1-16-8192", "Medium"}, {"S-1-16-8448", "MediumPlus"},
        {"S-1-16-12288", "High"}, {"S-1-16-16384", "System"}, {"S-1-16-20480", "ProtectedProcess"},
    };
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_ieq(s, cor_str_of(known[i].sid)))
            return cor_str_of(known[i].name);
    return s;
}

static cor_str lower(cor_str s, cor_arena *mem)
{
    char *p = cor_arena_get(mem, s.n + 1);
    for (size_t i = 0; p != NULL && i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (cor_str){p, s.n};
}

static cor_str put_before(const char *head, cor_str rest, cor_arena *mem)
{
    size_t n = strlen(head);
    char *p = cor_arena_get(mem, n + rest.n + 1);
    if (p == NULL)
        return (cor_str){NULL, 0};
    memcpy(p, head, n);
    memcpy(p + n, rest.p, rest.n);
    return (cor_str){p, n + rest.n};
}

/* Kernel name of a registry path to the one Sysmon writes, which rules are made for: there the numbered control set in
 * use (\REGISTRY\MACHINE\SYSTEM\ControlSet001) is always called CurrentControlSet. */
static cor_str registry_path(cor_str s, cor_arena *mem)
{
    static const struct { const char *nt, *name; } root[] = {
        {"\\REGISTRY\\MACHINE", "HKLM"}, {"\\REGISTRY\\USER", "HKU"},
    };
    static const char set[] = "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet";
    size_t n;
    if (starts_with_fold(s, set, &n) && s.n >= n + 3) {
        size_t end = n;
        while (end < n + 3 && s.p[end] >= '0' && s.p[end] <= '9')
            end++;
        if (end == n + 3 && (s.n == end || s.p[end] == '\\'))
            return put_before("HKLM\\SYSTEM\\CurrentControlSet", (cor_str){s.p + end, s.n - end}, mem);
    }
    for (size_t i = 0; i < COR_LEN(root); i++)
        if (starts_with_fold(s, root[i].nt, &n) && (s.n == n || s.p[n] == '\\'))
            return put_before(root[i].name, (cor_str){s.p + n, s.n - n}, mem);
    return s;
}

static cor_str device_path(cor_str s, cor_arena *mem)
{
    size_t n;
    if (!starts_with_fold(s, "\\device\\harddiskvolume", &n))
        return s;
    size_t digits = n;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    if (digits == n || digits == s.n || s.p[digits] != '\\')
        return s;
    return put_before("C:", (cor_str){s.p + digits, s.n - digits}, mem);
}

static cor_str protocol(cor_str s)
{
    static const struct {
        const char *no, *name;
    } known[] = {{"1", "icmp"}, {"6", "tcp"}, {"17", "udp"}, {"58", "icmpv6"}};
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_is(s, known[i].no))
            return cor_str_of(known[i].name);
    return s;
}

static cor_str sid_of_user(cor_str s)
{
    static const struct { const char *name, *sid;
    } known[] = {
        {"SYSTEM", "S-1-5-18"},
        {"LOCAL SERVICE", "S-1-5-19"},
        {"NETWORK SERVICE", "S-1-5-20"},
        {"ANONYMOUS LOGON", "S-1-5-7"},
    };
    size_t n;
    cor_str user = starts_with_fold(s, "NT AUTHORITY\\", &n) ? (cor_str){s.p + n, s.n - n} : s;
    for (size_t i = 0; i < COR_LEN(known); i++)
        if (cor_str_ieq(user, cor_str_of(known[i].name)))
            return cor_str_of(known[i].sid);
    return s;
}

static cor_str by_enum(const cor_fieldmap *m, cor_str s)
{
    for (uint32_t i = 0; i < m->n_enum; i++)
        if (cor_str_ieq(m->enum_from[i], s))
            return m->enum_to[i];
    return s;
}

cor_str cor_convert_text(const cor_fieldmap *map, cor_str s, cor_arena *mem)
{
    switch (map->convert) {
    case COR_CONV_HEX_TO_DECIMAL: return hex_to_decimal(s, mem);
    case COR_CONV_INTEGRITY_FROM_SID: return integrity(s);
    case COR_CONV_LOWER_ADDRESS: return lower(s, mem);
    case COR_CONV_REGISTRY_PATH: return registry_path(s, mem);
    case COR_CONV_DEVICE_PATH: return device_path(s, mem);
    case COR_CONV_PROTOCOL_NAME: return protocol(s);
    case COR_CONV_ENUM: return by_enum(map, s);
    case COR_CONV_SID_OF_USER: return sid_of_user(s);
    case COR_CONV_NONE: break;
    }
    return s;
}

/* ---- values ---- */

static cor_str text_of(cor_val v, cor_arena *mem)
{
    return v.len == 0 ? COR_S("") : cor_val_text(mem, v);
}

static bool one_value(cor_str text, cor_arena *mem, cor_values *out)
{
    struct one { cor_str text, folded; cor_val raw; } *p = cor_arena_zero(mem, sizeof *p);
    if (p == NULL || text.p == NULL)
        return false;
    p->text = text;
    p->raw = cor_val_utf8(text);
    *out = (cor_values){&p->text, &p->raw, &p->folded, 1, true};
    return true;
}

static bool joined(cor_cols cols, const cor_bind *b, const cor_event *ev, cor_arena *mem, cor_values *out)
{
    cor_str *part = cor_arena_get(mem, cols.n * sizeof *part);
    uint32_t n = 0;
    size_t bytes = 0;
    bool present = false;
    if (part == NULL)
        return false;
    for (uint32_t i = 0; i < cols.n; i++) {
        if (cols.col[i] == COR_COL_NONE || column_absent(ev, cols.col[i]))
            continue;
        present = true;
        cor_str s = text_of(cor_col_val(ev, cols.col[i]), mem);
        if (s.p == NULL)
            return false;
        if (s.n == 0 || cor_str_is(s, "-"))
            continue;
        part[n++] = s;
        bytes += s.n + 1;
    }
    *out = (cor_values){0};
    if (!present)
        return true;
    char *p = cor_arena_get(mem, bytes + 1);
    if (p == NULL)
        return false;
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i != 0)
            p[at++] = '\\';
        memcpy(p + at, part[i].p, part[i].n);
        at += part[i].n;
    }
    return one_value(cor_convert_text(b->map, (cor_str){p, at}, mem), mem, out);
}

static uint32_t count_items(cor_val v)
{
    uint32_t n = 0;
    cor_val item;
    for (size_t at = 0; cor_val_item(v, &at, &item);)
        n++;
    return n == 0 ? 1 : n;
}

bool cor_bind_values(const cor_bind *b, cor_cols cols, const cor_event *ev, cor_arena *mem, cor_values *out)
{
    *out = (cor_values){0};
    if (b->map != NULL && b->map->constant.p != NULL)
        return one_value(b->map->constant, mem, out);
    if (b->map != NULL && b->map->n_from > 1)
        return joined(cols, b, ev, mem, out);
    uint32_t n = 0;
    for (uint32_t i = 0; i < cols.n; i++) {
        if (column_absent(ev, cols.col[i]))
            continue;
        if (cols.col[i] == (COR_COL_SYS | COR_SYS_EVENT_ID) && ev->head.event_id != 0)
            return one_value(cor_arena_fmt(mem, "%u", ev->head.event_id), mem, out);
        n += count_items(cor_col_val(ev, cols.col[i]));
    }
    if (n == 0)
        return true;
    cor_str *text = cor_arena_get(mem, n * sizeof *text);
    cor_val *raw = cor_arena_get(mem, n * sizeof *raw);
    cor_str *folded = cor_arena_zero(mem, n * sizeof *folded);
    if (text == NULL || raw == NULL || folded == NULL)
        return false;
    uint32_t k = 0;
    for (uint32_t i = 0; i < cols.n; i++) {
        if (column_absent(ev, cols.col[i]))
            continue;
        cor_val v = cor_col_val(ev, cols.col[i]);
        size_t at = 0;
        bool any = false;
        for (cor_val item; k < n && cor_val_item(v, &at, &item); any = true)
            raw[k++] = item;
        if (!any && k < n)
            raw[k++] = (cor_val){0};
    }
    for (uint32_t i = 0; i < k; i++) {
        text[i] = text_of(raw[i], mem);
        if (text[i].p != NULL && b->map != NULL) {
            text[i] = cor_convert_text(b->map, text[i], mem);
            raw[i] = cor_val_utf8(text[i]);
        }
        if (text[i].p == NULL)
            return false;
    }
    *out = (cor_values){text, raw, folded, k, true};
    return true;
}
