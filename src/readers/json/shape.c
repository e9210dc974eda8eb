#include "readers/json/shape.h"

static const cor_shape nested = {"evtx_dump (Event.System, #attributes)", cor_shape_nested_is, cor_shape_nested};
static const cor_shape separate = {"evtx_dump or Hayabusa with separate attributes (..._attributes)", cor_shape_separate_is, cor_shape_nested};
static const cor_shape dumpevtx = {"Velociraptor parse_evtx / dumpevtx (System, EventData)", cor_shape_dumpevtx_is, cor_shape_dumpevtx};

const cor_shape *const cor_shapes[] = {&separate, &nested, &dumpevtx, NULL};

cor_str cor_shape_text(const cor_jnode *v, unsigned *flags)
{
    *flags = v->type == COR_J_STRING ? 0 : v->type == COR_J_NULL ? COR_ELEM_NULL : COR_ELEM_BARE;
    return v->type == COR_J_NULL || !cor_json_scalar(v) ? (cor_str){"", 0} : v->str;
}

bool cor_shape_epoch(cor_str s, cor_time *out)
{
    int64_t sec = 0;
    size_t i = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
        if (sec > INT64_C(100000000000)) /* far behind the last FILETIME */
            return false;
        sec = sec * 10 + (s.p[i] - '0');
    }
    if (i == 0)
        return false;
    int64_t frac = 0, scale = COR_SECOND / 10;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, scale /= 10)
            frac += (s.p[i] - '0') * scale;
    if (i != s.n || sec > INT64_C(800000000000))
        return false;
    *out = COR_UNIX_EPOCH + sec * COR_SECOND + frac;
    return true;
}

cor_str cor_shape_iso(cor_arena *mem, cor_time t)
{
    char s[33];
    return cor_arena_str(mem, (cor_str){s, cor_time_iso(t, 7, s)});
}
