#include "events/tree.h"

cor_elem *cor_elem_new(cor_arena *mem, cor_elem *parent, cor_str name)
{
    cor_elem *el = cor_arena_get(mem, sizeof *el);
    if (el == NULL)
        return NULL;
    *el = (cor_elem){.name = name, .text = {"", 0}};
    if (parent == NULL)
        return el;
    if (parent->child == NULL)
        parent->child = el;
    else
        parent->child_last->next = el;
    parent->child_last = el;
    return el;
}

cor_elem *cor_elem_leaf(cor_arena *mem, cor_elem *parent, cor_str name, cor_str text, unsigned flags)
{
    cor_elem *el = cor_elem_new(mem, parent, name);
    if (el != NULL) {
        el->text = text;
        el->flags = (uint8_t)flags;
    }
    return el;
}

cor_elem *cor_elem_data(cor_arena *mem, cor_elem *parent, cor_str name, cor_str text, unsigned flags)
{
    cor_elem *el = cor_elem_leaf(mem, parent, COR_S("Data"), text, flags);
    return el != NULL && cor_elem_attr(mem, el, COR_S("Name"), name, false) ? el : NULL;
}

bool cor_elem_attr(cor_arena *mem, cor_elem *el, cor_str name, cor_str value, bool bare)
{
    cor_attr *a = cor_arena_get(mem, sizeof *a);
    if (a == NULL)
        return false;
    *a = (cor_attr){.name = name, .value = value, .bare = bare};
    if (el->attr == NULL)
        el->attr = a;
    else
        el->attr_last->next = a;
    el->attr_last = a;
    return true;
}

cor_elem *cor_elem_find(const cor_elem *parent, const char *name)
{
    if (parent == NULL)
        return NULL;
    for (cor_elem *el = parent->child; el != NULL; el = el->next)
        if (cor_str_is(el->name, name))
            return el;
    return NULL;
}

const cor_attr *cor_attr_find(const cor_elem *el, const char *name)
{
    if (el == NULL)
        return NULL;
    for (const cor_attr *a = el->attr; a != NULL; a = a->next)
        if (cor_str_is(a->name, name))
            return a;
    return NULL;
}

cor_elem *cor_tree_new(cor_arena *mem, cor_elem **system)
{
    cor_elem *root = cor_elem_new(mem, NULL, COR_S("Event"));
    if (root == NULL || !cor_elem_attr(mem, root, COR_S("xmlns"), COR_S(COR_EVENT_XMLNS), false))
        return NULL;
    *system = cor_elem_new(mem, root, COR_S("System"));
    return *system != NULL ? root : NULL;
}

/* A whole number as JSON writes it: no sign but minus, no leading zero. */
static bool canonical(cor_str s)
{
    size_t i = s.n > 0 && s.p[0] == '-';
    if (i >= s.n || s.n > 20 || (s.p[i] == '0' && s.n > i + 1))
        return false;
    for (; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

void cor_tree_bare_system(cor_elem *root)
{
    static const char *const number[] = {"EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"};
    static const char *const attr[] = {"Qualifiers", "ProcessID", "ThreadID", "ProcessorID", "SessionID", "KernelTime",
                                       "UserTime", "ProcessorTime"};
    cor_elem *system = cor_elem_find(root, "System");
    if (system == NULL)
        return;
    for (cor_elem *el = system->child; el != NULL; el = el->next) {
        for (size_t i = 0; i < COR_LEN(number); i++)
            if (cor_str_is(el->name, number[i]) && canonical(el->text))
                el->flags |= COR_ELEM_BARE;
        for (cor_attr *a = el->attr; a != NULL; a = a->next)
            for (size_t i = 0; i < COR_LEN(attr); i++)
                if (cor_str_is(a->name, attr[i]) && canonical(a->value))
                    a->bare = true;
    }
}
