#include "sigma/diag.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/utf.h"
#include "sigma/load.h"

const char *const cor_severity_name[] = {"note", "warning", "error"};
const char *const cor_level_name[] = {"", "informational", "low", "medium", "high", "critical"};
const char *const cor_level_short[] = {"", "info", "low", "med", "high", "crit"};

void *cor_keep(cor_load *ld, size_t n)
{
    void *p = cor_arena_get(ld->mem, n);
    if (p == NULL)
        ld->nomem = true;
    return p;
}

static void *array(cor_load *ld, cor_arena *a, size_t n, size_t each)
{
    size_t bytes;
    void *p = cor_mul_add(&bytes, n, each, 0) ? cor_arena_get(a, bytes) : NULL;
    if (p == NULL)
        ld->nomem = true;
    return p;
}

void *cor_keep_array(cor_load *ld, size_t n, size_t each)
{
    return array(ld, ld->mem, n, each);
}

void *cor_scratch(cor_load *ld, size_t n, size_t each)
{
    return array(ld, &ld->tmp, n, each);
}

cor_str cor_keep_str(cor_load *ld, cor_str s)
{
    cor_str c = cor_arena_str(ld->mem, s);
    if (c.p == NULL)
        ld->nomem = true;
    return c;
}

void cor_say(cor_load *ld, cor_severity sev, uint32_t line, uint32_t col, const char *code, const char *hint,
             const char *fmt, ...)
{
    if (sev == COR_DIAG_ERROR && ld->errors < UINT32_MAX)
        ld->errors++;
    bool keep = ld->hush && sev == COR_DIAG_ERROR && ld->errors <= 3;
    if ((ld->hush && !keep) || (sev != COR_DIAG_ERROR && ld->n_diag >= COR_SIGMA_DIAGS_MAX))
        return;
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cor_diag d = {
        .sev = sev, .pos = {ld->file, line, col}, .code = cor_str_of(code), .hint = cor_str_of(hint),
        .what = cor_keep_str(ld, cor_str_of(text)), .rule_title = ld->title, .rule_id = ld->id,
    };
    if (ld->hush) {
        ld->why = ld->why.p == NULL ? d.what : cor_arena_fmt(ld->mem, "%.*s; %.*s", COR_STR_FMT(ld->why),
                                                             COR_STR_FMT(d.what));
        ld->nomem |= ld->why.p == NULL;
        return;
    }
    cor_diag *p = cor_grow(ld->diag, &ld->cap_diag, ld->n_diag + 1, sizeof *p);
    if (p == NULL) {
        ld->nomem = true;
        return;
    }
    ld->diag = p;
    p[ld->n_diag++] = d;
}

uint32_t cor_add_file(cor_load *ld, cor_str path)
{
    cor_str *p = cor_grow(ld->path, &ld->cap_path, ld->n_path + 1, sizeof *p);
    ld->path = p == NULL ? ld->path : p;
    cor_str copy = cor_keep_str(ld, path);
    if (p == NULL || copy.p == NULL || ld->n_path >= COR_NONE - 1) {
        ld->nomem = true;
        return COR_NONE;
    }
    p[ld->n_path] = copy;
    return (uint32_t)ld->n_path++;
}

void cor_say_file(cor_load *ld, cor_str path, const char *code, const char *what)
{
    uint32_t file = cor_add_file(ld, path);
    if (file == COR_NONE)
        return;
    ld->file = file;
    ld->title = ld->id = (cor_str){NULL, 0};
    cor_say(ld, COR_DIAG_ERROR, 0, 0, code, "", "%s", what);
}

static int by_place(const void *a, const void *b)
{
    const cor_diag *x = a, *y = b;
    if (x->pos.file != y->pos.file)
        return x->pos.file < y->pos.file ? -1 : 1;
    if (x->pos.line != y->pos.line)
        return x->pos.line < y->pos.line ? -1 : 1;
    if (x->pos.col != y->pos.col)
        return x->pos.col < y->pos.col ? -1 : 1;
    int c = cor_str_cmp(x->code, y->code);
    return c != 0 ? c : cor_str_cmp(x->what, y->what);
}

void cor_diags_finish(cor_load *ld)
{
    if (ld->n_diag == 0)
        return;
    qsort(ld->diag, ld->n_diag, sizeof *ld->diag, by_place);
    cor_diag *d = cor_keep_array(ld, ld->n_diag, sizeof *d);
    if (d == NULL)
        return;
    memcpy(d, ld->diag, ld->n_diag * sizeof *d);
    ld->set->diag = d;
    ld->set->n_diag = (uint32_t)ld->n_diag;
}

void cor_diag_print(cor_buf *out, const cor_ruleset *set, const cor_diag *d)
{
    cor_term_escape(out, d->pos.file < set->n_file ? set->file[d->pos.file] : COR_S("?"));
    if (d->pos.line != 0)
        cor_buf_fmt(out, ":%u", d->pos.line);
    if (d->pos.line != 0 && d->pos.col != 0)
        cor_buf_fmt(out, ":%u", d->pos.col);
    cor_buf_fmt(out, ": %s: ", cor_severity_name[d->sev]);
    cor_term_escape(out, d->what);
    cor_buf_fmt(out, " [%.*s]\n", COR_STR_FMT(d->code));
    if (d->hint.n != 0) {
        cor_buf_z(out, "    ");
        cor_term_escape(out, d->hint);
        cor_buf_c(out, '\n');
    }
}
