/* The key `cordon:` of a rule: what the rule means for a verdict (rules/README.md). It is whole or it counts for
 * nothing, so that whoever judges finds a stage and a grade in every sign; the rule itself detects all the same. */
#include "sigma/load.h"

static const char *const stages[] = {"arrival", "installation", "persistence", "injection", "evasion",
                                     "discovery", "theft", "c2", "lateral", "other"};
static const char *const grades[] = {"conclusive", "strong", "weak"};

#define HINT_STAGE "one of arrival, installation, persistence, injection, evasion, discovery, theft, c2, lateral, other"
#define HINT_GRADE "one of conclusive, strong, weak"

static bool absent(const cor_ynode *n)
{
    return n == NULL || (n->kind == COR_Y_SCALAR && cor_yscalar_type(n) == COR_YT_NULL);
}

#define say(ld, at, hint, ...) cor_say_at((ld), COR_DIAG_WARNING, (at), "bad-sign", (hint), __VA_ARGS__)

/* A text below `cordon:`; false: wrong, or missing though `need`, and said so. */
static bool text(cor_load *ld, const cor_ynode *own, const char *key, bool need, const char *hint, cor_str *out)
{
    const cor_ynode *n = cor_ymap_get(own, key);
    if (absent(n)) {
        if (need)
            say(ld, n == NULL ? own : n, hint, "`cordon` needs `%s`", key);
        return !need;
    }
    if (n->kind != COR_Y_SCALAR || n->text.n == 0) {
        say(ld, n, hint, "`%s` of `cordon` must be text", key);
        return false;
    }
    *out = cor_keep_str(ld, n->text);
    return true;
}

/* The same for a text that is one of `n` words, to the letter: other programs read them out of Cordon's answers. */
static bool word(cor_load *ld, const cor_ynode *own, const char *key, const char *const *words, size_t n,
                 const char *hint, cor_str *out)
{
    cor_str s;
    if (!text(ld, own, key, true, hint, &s))
        return false;
    for (size_t i = 0; i < n; i++)
        if (cor_str_eq(s, cor_str_of(words[i]))) {
            *out = cor_str_of(words[i]);
            return true;
        }
    say(ld, cor_ymap_get(own, key), hint, "`%.*s` is no %s", COR_CUT(s, 60), key);
    return false;
}

static bool keys_known(cor_load *ld, const cor_ynode *own)
{
    static const char *const known[] = {"sign", "stage", "grade", "family", "group"};
    bool good = true;
    for (const cor_ynode *k = own->first; k != NULL; k = k->next->next) {
        size_t i = 0;
        while (i < COR_LEN(known) && !cor_str_eq(k->text, cor_str_of(known[i])))
            i++;
        if (i == COR_LEN(known) || k->again) {
            say(ld, k, "sign, stage, grade, family and group, each once", k->again ? "duplicate key `%.*s`"
                : "`cordon` knows no `%.*s`", COR_CUT(k->text, 80));
            good = false;
        }
    }
    return good;
}

static bool group_fits(cor_load *ld, const cor_ynode *own, const cor_rule *r)
{
    if (r->stage.p == NULL || cor_str_eq(r->stage, COR_S("other")) == (r->group.p != NULL))
        return true;
    if (r->group.p != NULL)
        say(ld, cor_ymap_get(own, "group"), "leave it out, or make the stage `other`",
            "`group` parts the stage `other`, this one is `%.*s`", COR_STR_FMT(r->stage));
    else
        say(ld, own, "say what kind of sign it is, like `credentials` or `logs`",
            "a sign of stage `other` needs `group`");
    return false;
}

void cor_read_own(cor_load *ld, const cor_ynode *root, cor_rule *r)
{
    const cor_ynode *own = cor_ymap_get(root, "cordon");
    if (absent(own))
        return;
    if (own->kind != COR_Y_MAP) {
        say(ld, own, "write it as a map of sign, stage and grade", "`cordon` must be a map");
        return;
    }
    bool good = keys_known(ld, own);
    good &= text(ld, own, "sign", true, "the sign's id, letters of the stage and a number, like PER1", &r->sign);
    good &= word(ld, own, "stage", stages, COR_LEN(stages), HINT_STAGE, &r->stage);
    good &= word(ld, own, "grade", grades, COR_LEN(grades), HINT_GRADE, &r->grade);
    good &= text(ld, own, "family", false, "the malware family as one text, or leave it out", &r->family);
    bool group = text(ld, own, "group", false, "a word for the kind of sign", &r->group);
    good &= group && group_fits(ld, own, r);
    if (!good)
        r->sign = r->stage = r->grade = r->family = r->group = (cor_str){NULL, 0};
}
