/* cor_rules_load: files in, rule set out. */
#include "sigma/load.h"

#include "base/alloc.h"
#include "sigma/builtin.h"

#define ROOM "rules"

/* A parsed file's documents become rules. */
static cor_code take_file(void *ctx, const cor_parsed *p, cor_err *e)
{
    cor_load *ld = ctx;
    ld->file = cor_add_file(ld, p->name);
    if (ld->file == COR_NONE)
        return cor_nomem(e, ROOM);
    ld->src = p->text;
    ld->title = ld->id = (cor_str){NULL, 0};
    bool action = false;
    size_t documents = 0;
    for (const struct cor_parsed_doc *d = p->doc; d != NULL && !ld->nomem; d = d->next) {
        if (d->root->kind == COR_Y_SCALAR && cor_yscalar_type(d->root) == COR_YT_NULL)
            continue; /* nothing behind a last "---" */
        documents++;
        const cor_ynode *act = cor_ymap_get(d->root, "action");
        if (act != NULL && !action)
            cor_refuse_collection(ld, d->root);
        action |= act != NULL;
        if (action) /* what follows a global part is not whole without it */
            continue;
        cor_read_document(ld, d->root, p->named);
    }
    if (p->code == COR_ENOMEM || ld->nomem)
        return cor_nomem(e, ROOM);
    if (p->code != COR_OK) {
        ld->errors = 0;
        ld->hush = false;
        cor_say(ld, COR_DIAG_ERROR, p->why.line, p->why.col, "yaml", "", "not YAML that can be read: %s", p->why.msg);
        ld->set->n_refused++;
    }
    if (p->code == COR_OK && documents == 0)
        cor_say(ld, p->named ? COR_DIAG_ERROR : COR_DIAG_NOTE, 0, 0, "empty", "", "there is no rule in the file");
    return ld->nomem ? cor_nomem(e, ROOM) : COR_OK;
}

static cor_code one_file(cor_load *ld, cor_str name, cor_str text, bool named, cor_err *e)
{
    if (ld->ahead != NULL)
        return cor_ahead_add(ld->ahead, name, text, named, e);
    cor_parsed p = {.name = name, .text = text, .named = named};
    cor_parse_file(&p, &ld->tmp);
    return take_file(ld, &p, e);
}

static cor_code all_files(cor_load *ld, cor_err *e)
{
    cor_code c = COR_OK;
    ld->builtin = true;
    for (const cor_builtin_rule *b = cor_builtin_rules; ld->opt->builtin && c == COR_OK && b->name != NULL; b++) {
        cor_str name = cor_arena_fmt(ld->mem, "builtin:%s", b->name);
        cor_arena_reset(&ld->tmp);
        c = name.p == NULL ? cor_nomem(e, ROOM) : one_file(ld, name, (cor_str){b->text, b->n}, false, e);
    }
    if (c == COR_OK)
        c = cor_ahead_drain(ld->ahead, e);
    ld->builtin = false;
    for (size_t i = 0; i < ld->opt->n_path && c == COR_OK; i++)
        c = cor_rule_files(ld->opt->path[i], ld, one_file, e);
    for (size_t i = 0; i < ld->opt->n_text && c == COR_OK; i++) {
        cor_arena_reset(&ld->tmp);
        c = one_file(ld, cor_str_of(ld->opt->text[i].name), ld->opt->text[i].text, true, e);
    }
    return c == COR_OK ? cor_ahead_drain(ld->ahead, e) : c;
}

static void finish(cor_load *ld)
{
    cor_str *file = cor_keep_array(ld, ld->n_path, sizeof *file);
    if (file == NULL)
        return;
    if (ld->n_path != 0)
        memcpy(file, ld->path, ld->n_path * sizeof *file);
    ld->set->file = file;
    ld->set->n_file = (uint32_t)ld->n_path;
    cor_diags_finish(ld);
}

cor_code cor_rules_load(const cor_load_options *o, cor_ruleset **out, cor_err *e)
{
    *out = NULL;
    cor_ruleset *set = cor_zalloc(sizeof *set);
    if (set == NULL)
        return cor_nomem(e, ROOM);
    cor_arena_init(&set->mem, (size_t)1 << 20);
    cor_load ld = {.opt = o, .set = set, .mem = &set->mem};
    cor_arena_init(&ld.tmp, (size_t)256 << 10);
    cor_code c = cor_mapping_load(&ld, e);
    if (c == COR_OK)
        c = cor_expand_load(&ld, e);
    if (c == COR_OK && o->threads > 1)
        ld.ahead = cor_ahead_new(take_file, &ld); /* without one, this thread does it all */
    if (c == COR_OK)
        c = all_files(&ld, e);
    cor_ahead_free(ld.ahead);
    if (c == COR_OK) {
        cor_resolve(&ld);
        finish(&ld);
        c = ld.nomem ? cor_nomem(e, ROOM) : COR_OK;
    }
    cor_expand_free(&ld);
    cor_mapping_free(&ld);
    cor_intern_free(&ld.seen);
    cor_arena_free(&ld.tmp);
    cor_free(ld.path);
    cor_free(ld.diag);
    cor_free(ld.item);
    if (c != COR_OK) {
        cor_rules_free(set);
        return c;
    }
    *out = set;
    return COR_OK;
}

void cor_rules_free(cor_ruleset *s)
{
    if (s == NULL)
        return;
    cor_arena_free(&s->mem);
    cor_free(s);
}
