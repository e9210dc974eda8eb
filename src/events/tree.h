/* The event as a small tree of elements: what every reader of a text format builds, and from which an event is filled
 * and printed. Everything lies in the arena given, or is borrowed from the text that was read. */
#ifndef COR_EVENTS_TREE_H
#define COR_EVENTS_TREE_H

#include "events/event.h"

#define COR_TREE_DEPTH_MAX 64 /* elements; deeper ones are refused by the readers and not walked here */
#define COR_EVENT_XMLNS "http://schemas.microsoft.com/win/2004/08/events/event"

enum cor_elem_flags {
    COR_ELEM_BARE = 1,   /* text is a JSON number, true or false, and is printed as such */
    COR_ELEM_CLOSED = 2, /* written <X/> when empty, not <X></X> */
    COR_ELEM_NULL = 4,   /* JSON null stood here */
    COR_ELEM_ATTRS = 8,  /* nothing but attributes stood here, not even an empty text */
};

typedef struct cor_attr cor_attr;
struct cor_attr {
    cor_str name, value;
    cor_attr *next;
    bool bare;
};

typedef struct cor_elem cor_elem;
struct cor_elem {
    cor_str name;
    cor_str text;             /* all text directly inside, joined */
    cor_attr *attr, *attr_last;
    cor_elem *child, *child_last, *next;
    uint8_t flags;
};

/* A new element, appended to parent (NULL: a root). NULL: no memory. */
cor_elem *cor_elem_new(cor_arena *mem, cor_elem *parent, cor_str name);
/* <name>text</name> below parent. */
cor_elem *cor_elem_leaf(cor_arena *mem, cor_elem *parent, cor_str name, cor_str text, unsigned flags);
/* <Data Name="name">text</Data> below parent. */
cor_elem *cor_elem_data(cor_arena *mem, cor_elem *parent, cor_str name, cor_str text, unsigned flags);
/* Appended in order; false: no memory. */
bool cor_elem_attr(cor_arena *mem, cor_elem *el, cor_str name, cor_str value, bool bare);
cor_elem *cor_elem_find(const cor_elem *parent, const char *name); /* first child of that name */
const cor_attr *cor_attr_find(const cor_elem *el, const char *name);
/* <Event xmlns=...><System/></Event>, for shapes that are not nested; *system is the inner one. */
cor_elem *cor_tree_new(cor_arena *mem, cor_elem **system);

/* Fills everything of *ev but layout, layouts, val, offset and flags: System, head, record id, time, render. Values are
 * borrowed from the tree; GUIDs are given the form that those of binary logs have: braces, lower case. */
cor_code cor_tree_system(const cor_elem *root, cor_arena *mem, cor_event *ev, cor_err *e);
/* Fills layout, layouts and val, and COR_EV_USERDATA. The names: Data elements of EventData by their Name ("Data"
 * without one); other leaves by their element's name; attributes of other elements but xmlns as "Element.Attribute";
 * below RenderingInfo with "RenderingInfo." before the name. The parts' own attributes are no fields. The reader of
 * binary logs names them alike. */
cor_code cor_tree_fields(const cor_elem *root, cor_arena *mem, cor_layouts *layouts, cor_event *ev, cor_err *e);
/* Marks the numbers of System (EventID, Version, Level, Task, Opcode, EventRecordID, process and thread) as bare, for
 * shapes that carry no types. */
void cor_tree_bare_system(cor_elem *root);

/* What a GUID of a binary log reads as: {lower-case}. Text that is no GUID comes back as it is. .p NULL: no memory. */
cor_str cor_tree_guid(cor_arena *mem, cor_str s);
/* Fields whose name says that a GUID stands in them: ProcessGuid, SourceProcessGUID, LogonGuid... */
bool cor_tree_guid_name(cor_str name);

/* One line: JSON in evtx_dump's shape, or one XML element in which line ends are character references. */
cor_code cor_tree_render(const cor_elem *root, cor_format fmt, cor_buf *out, cor_err *e);
/* For cor_event.render, with the tree's root in ev->reader. */
cor_code cor_tree_render_event(const cor_event *ev, cor_format fmt, cor_buf *out, cor_err *e);
/* As cor_xml_escape, and line feed and carriage return as &#10; and &#13;: a record stays on one line and parsers do
 * not change its line ends. */
void cor_xml_line(cor_buf *out, cor_str s, bool attribute);

#endif
