#include "cli/casework.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/utf.h"
#include "report/html/html.h"
#include "report/jsonl/jsonl.h"
#include "report/summary/summary.h"

/* ---- opening ---- */

static cor_code start(cor_casework *w, cor_cli *cli, const char *dir, cor_case_mode mode, cor_err *e)
{
    *w = (cor_casework){.cli = cli, .dir = dir};
    return cor_case_open(dir, mode, &w->c, e);
}

cor_code cor_casework_private(cor_casework *w, cor_cli *cli, cor_err *e)
{
    *w = (cor_casework){.cli = cli};
    return cor_case_private(&w->c, e);
}

/* COR_CASE_ADD would make a case of any folder: whoever mistypes one must not find a database in it. */
static bool holds_case(const char *dir)
{
    struct stat st;
    cor_buf path = {0};
    cor_buf_fmt(&path, "%s/" COR_CASE_FILE, dir);
    cor_buf_c(&path, 0);
    bool is = cor_buf_ok(&path) && stat((const char *)path.p, &st) == 0;
    cor_buf_free(&path);
    return is;
}

static bool is_empty(DIR *d)
{
    for (struct dirent *x; (x = readdir(d)) != NULL;)
        if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
            return false;
    return true;
}

cor_code cor_casework_open(cor_casework *w, cor_cli *cli, const char *dir, cor_case_mode mode, cor_err *e)
{
    cor_code rc = start(w, cli, dir, mode == COR_CASE_ADD && !holds_case(dir) ? COR_CASE_READ : mode, e);
    if (rc == COR_OK)
        cor_case_heed(w->c, cli->stop);
    return rc;
}

cor_code cor_casework_make(cor_casework *w, cor_cli *cli, const char *dir, bool *fresh, cor_err *e)
{
    *w = (cor_casework){.cli = cli, .dir = dir};
    *fresh = !holds_case(dir);
    DIR *d = *fresh ? opendir(dir) : NULL;
    bool foreign = d != NULL && !is_empty(d);
    if (d != NULL)
        closedir(d);
    if (foreign)
        return cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS,
                        "%s is no case, and it is not empty: a case wants a folder of its own", dir);
    return start(w, cli, dir, COR_CASE_ADD, e);
}

void cor_casework_close(cor_casework *w)
{
    cor_judgement_free(&w->j);
    cor_case_close(w->c);
    cor_arena_free(&w->mem);
    w->c = NULL;
}

/* ---- judging ---- */

static cor_code settings(cor_casework *w, cor_judge_options *o, cor_err *e)
{
    const cor_answer a = {.c = w->c};
    cor_str now, context;
    uint64_t dwell;
    cor_context *known = NULL;
    *o = (cor_judge_options){.now = COR_NOTIME};
    cor_code rc = cor_case_get(w->c, COR_SET_NOW, &w->mem, &now, e);
    if (rc == COR_OK)
        rc = cor_case_get(w->c, COR_SET_CONTEXT, &w->mem, &context, e);
    if (rc == COR_OK)
        rc = cor_answer_number(&a, COR_SET_DWELL, &dwell, e);
    if (rc == COR_OK && context.n > 0)
        rc = cor_context_read(context, &w->mem, &known, e);
    if (rc != COR_OK)
        return rc;
    if (now.n > 0 && !cor_time_parse(now, &o->now, NULL))
        return cor_fail(e, COR_EFORMAT, "cli", COR_NOPOS, "the case in %s is damaged: \"now\" is no time",
                        w->dir == NULL ? "memory" : w->dir);
    o->dwell = (cor_time)dwell * COR_SECOND;
    o->context = known;
    return COR_OK;
}

cor_code cor_casework_judge(cor_casework *w, cor_err *e)
{
    cor_judge_options o;
    cor_judgement_free(&w->j);
    w->j = (cor_judgement){0};
    cor_code rc = settings(w, &o, e);
    return rc != COR_OK ? rc : cor_judge(w->c, &o, &w->j, e);
}

const cor_host_verdict *cor_casework_host(const cor_casework *w, const char *name, cor_err *e)
{
    const cor_host_verdict *h = cor_answer_host(&w->j, cor_str_of(name));
    if (h != NULL)
        return h;
    const char *names[64];
    size_t n = 0;
    for (; n < COR_LEN(names) && n < w->j.n_host; n++)
        names[n] = w->j.host[n].host.p;
    const char *near = cor_nearest(name, names, n);
    cor_fail(e, COR_EUSAGE, "cli", COR_NOPOS, "there is no host %s in the case%s%s%s", name,
             near == NULL ? "; `cordon show CASE` lists them" : "; did you mean ", near == NULL ? "" : near,
             near == NULL ? "" : "?");
    return NULL;
}

/* ---- what people read ---- */

static cor_code to_out(void *ctx, cor_str s, cor_err *e)
{
    return cor_out_put(ctx, s, e);
}

typedef struct lines {
    const cor_outlet *to;
    cor_buf b;
} lines;

static cor_code finding(void *ctx, const cor_case_finding *f, cor_err *e)
{
    lines *l = ctx;
    cor_jsonl_found(f, &l->b);
    return cor_outlet_flush(l->to, &l->b, e);
}

static cor_code findings(const cor_answer *a, const cor_outlet *to, cor_err *e)
{
    lines l = {.to = to};
    const cor_case_filter all = {.from = COR_NOTIME, .to = COR_NOTIME};
    cor_code rc = cor_case_findings(a->c, &all, finding, &l, e);
    cor_buf_free(&l.b);
    return rc;
}

static cor_code write_one(cor_casework *w, const char *name,
                          cor_code (*make)(const cor_answer *a, const cor_outlet *to, cor_err *e), cor_err *e)
{
    cor_out out;
    const cor_answer a = {&w->j, w->c};
    cor_code rc = cor_out_replace(&out, w->dir, name, &w->cli->mem, e);
    if (rc != COR_OK)
        return rc;
    rc = make(&a, &(cor_outlet){&out, to_out}, e);
    if (rc != COR_OK)
        cor_out_drop(&out);
    else
        rc = cor_out_close(&out, e);
    return rc;
}

static cor_str flags_text(const cor_host_verdict *h)
{
    bool carrier = h->flags & COR_FLAG_CARRIER, implicated = h->flags & COR_FLAG_IMPLICATED;
    return carrier && implicated ? COR_S("carrier,implicated")
           : carrier             ? COR_S("carrier")
           : implicated          ? COR_S("implicated")
                                 : COR_S("");
}

typedef struct rows {
    const cor_judgement *j;
    cor_buf families, json;
} rows;

static cor_code verdict_row(void *ctx, size_t i, cor_case_verdict *v, cor_err *e)
{
    rows *r = ctx;
    const cor_host_verdict *h = &r->j->host[i];
    cor_buf_clear(&r->families);
    for (uint32_t k = 0; k < h->n_family; k++) {
        cor_buf_z(&r->families, k == 0 ? "" : ",");
        cor_buf_str(&r->families, h->family[k]);
    }
    cor_buf_clear(&r->json);
    cor_summary_host(h, &r->json);
    if (!cor_buf_ok(&r->families) || !cor_buf_ok(&r->json))
        return cor_nomem(e, "cli");
    *v = (cor_case_verdict){.host = h->host,
                            .verdict = cor_str_of(cor_verdict_name[h->verdict]),
                            .flags = flags_text(h),
                            .families = r->families.n == 0 ? COR_S("") : cor_buf_view(&r->families),
                            .json = cor_buf_view(&r->json),
                            .first = h->first,
                            .last = h->last};
    return COR_OK;
}

static cor_code put_verdicts(cor_casework *w, cor_err *e)
{
    rows r = {.j = &w->j};
    cor_code rc = cor_case_put_verdicts(w->c, w->j.n_host, verdict_row, &r, e);
    cor_buf_free(&r.families);
    cor_buf_free(&r.json);
    return rc;
}

cor_code cor_casework_write(cor_casework *w, cor_err *e)
{
    cor_code rc = put_verdicts(w, e);
    if (rc == COR_OK)
        rc = write_one(w, "findings.jsonl", findings, e);
    if (rc == COR_OK)
        rc = write_one(w, "summary.json", cor_summary, e);
    if (rc == COR_OK)
        rc = write_one(w, "report.html", cor_html, e);
    return rc;
}

void cor_casework_tell(const cor_casework *w)
{
    size_t n = strlen(w->dir);
    while (n > 1 && w->dir[n - 1] == '/') /* as completion leaves it */
        n--;
    cor_cli_tell(w->cli, "Report: %.*s/report.html", (int)n, w->dir);
}

cor_code cor_casework_print(const cor_casework *w, const cor_hosts_options *o, bool json, cor_out *out, cor_err *e)
{
    const cor_answer a = {&w->j, w->c};
    const cor_outlet to = {out, to_out};
    cor_buf b = {0};
    cor_arena mem = {0};
    cor_str stopped = COR_S("");
    cor_code rc = json ? COR_OK : cor_answer_stopped(&a, &mem, &stopped, e);
    if (rc == COR_OK && stopped.n > 0) {
        cor_term_escape(&b, stopped);
        cor_buf_z(&b, "\n\n");
    }
    cor_arena_free(&mem);
    if (!json)
        cor_hosts_head(o, &a, &b);
    for (uint32_t i = 0; i < w->j.n_host && rc == COR_OK; i++) {
        if (json) {
            cor_summary_host(&w->j.host[i], &b);
            cor_buf_c(&b, '\n');
        } else {
            cor_hosts_one(o, &w->j.host[i], &b);
        }
        rc = cor_outlet_flush(&to, &b, e);
    }
    if (rc == COR_OK && !json) {
        cor_hosts_tail(o, &a, &b);
        rc = cor_outlet_flush(&to, &b, e);
    }
    cor_buf_free(&b);
    return rc;
}

/* ---- what an analyst says ---- */

static cor_str user(cor_cli *cli)
{
    struct passwd *p = getpwuid(geteuid());
    cor_str s = p != NULL ? cor_arena_str(&cli->mem, cor_str_of(p->pw_name))
                          : cor_arena_fmt(&cli->mem, "uid %u", (unsigned)geteuid());
    return s.p == NULL ? COR_S("?") : s;
}

static cor_time clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return COR_UNIX_EPOCH + (cor_time)t.tv_sec * COR_SECOND; /* whole seconds: nobody types faster */
}

static cor_code say(cor_casework *w, const char *host, const char *verdict, const char *text, cor_err *e)
{
    cor_code rc = cor_casework_judge(w, e);
    const cor_host_verdict *h = rc == COR_OK ? cor_casework_host(w, host, e) : NULL;
    if (h == NULL)
        return rc != COR_OK ? rc : COR_EUSAGE;
    rc = cor_case_say(w->c,
                      &(cor_said){.host = h->host,
                                  .verdict = cor_str_of(verdict),
                                  .text = cor_str_of(text),
                                  .by = user(w->cli),
                                  .when = clock_now()},
                      e);
    if (rc == COR_OK)
        rc = cor_casework_judge(w, e);
    return rc != COR_OK ? rc : cor_casework_write(w, e);
}

int cor_casework_say(cor_cli *cli, const char *dir, const char *host, const char *verdict, const char *text)
{
    cor_casework w;
    cor_err e = {0};
    cor_code rc = cor_casework_open(&w, cli, dir, COR_CASE_ADD, &e);
    if (rc == COR_OK)
        rc = say(&w, host, verdict, text, &e);
    if (rc != COR_OK) {
        cor_cli_err(cli, NULL, &e);
    } else {
        const cor_host_verdict *h = cor_answer_host(&w.j, cor_str_of(host));
        if (h != NULL && verdict[0] == 0)
            cor_cli_tell(cli, "Noted of %s, which is %s%s.", cor_shown(cli, h->host), cor_verdict_name[h->verdict],
                         h->override == NULL ? "" : " by an analyst's word");
        else if (h != NULL && h->override == NULL)
            cor_cli_tell(cli, "%s is %s, as Cordon says; nothing overrides it.", cor_shown(cli, h->host),
                         cor_verdict_name[h->verdict]);
        else if (h != NULL)
            cor_cli_tell(cli, "%s is %s by your word; Cordon's own word is %s.", cor_shown(cli, h->host),
                         cor_verdict_name[h->verdict], cor_verdict_name[h->judged]);
        cor_casework_tell(&w);
    }
    cor_casework_close(&w);
    return cor_exit_of(&e);
}
