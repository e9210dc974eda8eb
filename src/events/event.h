/* CONTRACT. The one shape of an event: what every reader produces and every judge of events consumes.
 *
 * Cheap first: a reader hands over the head (channel, event id) and goes on to the fields only when somebody wants
 * them. Values stay as they lie in the evidence (UTF-16 in the mapped chunk, typed numbers) until somebody asks for
 * their text. */
#ifndef COR_EVENTS_EVENT_H
#define COR_EVENTS_EVENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/time.h"
#include "formats/value.h"

/* What stands in System, each at a fixed place. Absent ones are COR_V_NULL. */
typedef enum cor_sys {
    COR_SYS_PROVIDER_NAME, COR_SYS_PROVIDER_GUID, COR_SYS_EVENT_SOURCE, COR_SYS_EVENT_ID, COR_SYS_QUALIFIERS, COR_SYS_VERSION, COR_SYS_LEVEL,
    COR_SYS_TASK, COR_SYS_OPCODE, COR_SYS_KEYWORDS, COR_SYS_TIME_CREATED, COR_SYS_RECORD_ID, COR_SYS_ACTIVITY_ID,
    COR_SYS_RELATED_ACTIVITY_ID, COR_SYS_PROCESS_ID, COR_SYS_THREAD_ID, COR_SYS_CHANNEL, COR_SYS_COMPUTER, COR_SYS_USER_ID,
    COR_SYS_N
} cor_sys;
/* "provider_name", "event_id"...: the names used in rules/mapping and in documents. */
extern const char *const cor_sys_name[COR_SYS_N];

/* A layout: the ordered names of an event's data fields. Interned per reading thread: the same pointer means the same
 * names in the same order. `no` numbers the layouts of one table from 0; consumers may cache by it while `epoch` of the
 * table stays the same (a table that grows past its limit starts again with a new epoch). */
typedef struct cor_layout {
    uint32_t no;
    uint32_t n;
    const cor_str *name; /* EventData: the Name attribute ("Data" when there is none). UserData: the leaf element's name.
                            RenderingInfo and other parts: "RenderingInfo.Message" and the like. Duplicates are allowed. */
} cor_layout;

typedef struct cor_layouts cor_layouts;
cor_layouts *cor_layouts_new(void);
/* NULL when there is no memory. Keys are copied. */
const cor_layout *cor_layouts_get(cor_layouts *t, const cor_str *name, uint32_t n);
uint64_t cor_layouts_epoch(const cor_layouts *t);
void cor_layouts_free(cor_layouts *t);

typedef struct cor_head {
    cor_val channel;    /* text; NULL type when the evidence does not say */
    cor_val provider;
    uint32_t event_id;  /* 0 when absent or not a number */
} cor_head;

enum cor_event_flags {
    COR_EV_RECOVERED = 1, /* found in slack or behind a cleared header; only with --recover */
    COR_EV_INLINE = 2,    /* stored without template: went through a collector; many computers may share the log */
    COR_EV_NO_NAMES = 4,  /* the shape does not carry field names (Properties without names) */
    COR_EV_USERDATA = 8,  /* data stood in UserData */
};

typedef enum cor_format { COR_FMT_JSONL, COR_FMT_XML } cor_format;

#define COR_EVENT_RAW_PAD 32u

typedef struct cor_event cor_event;
struct cor_event {
    cor_head head;
    cor_val sys[COR_SYS_N];
    const cor_layout *layout;  /* never NULL in sink->event (n may be 0) */
    const cor_layouts *layouts;
    const cor_val *val;        /* layout->n values */
    cor_str raw;               /* the stretch of evidence in which values lie side by side, as they are, with COR_EVENT_RAW_PAD
                                  readable bytes behind; some may lie elsewhere. .p NULL: the reader knows none */
    uint64_t record_id;        /* EventRecordID; the record header's number when System has none; 0 when neither */
    cor_time time;             /* TimeCreated, else the record's written time, else COR_NOTIME */
    uint64_t offset;           /* byte offset of the record in its input (line start for JSON lines) */
    uint32_t flags;
    /* Appends the whole record as one line (JSONL, in evtx_dump's shape, without the line end) or one element (XML). */
    cor_code (*render)(const cor_event *ev, cor_format fmt, cor_buf *out, cor_err *e);
    void *reader;              /* for render */
};

/* First value of a name; {0} when absent. Linear: for cold code only. */
cor_val cor_event_field(const cor_event *ev, cor_str name);
/* Text of a System value. */
cor_str cor_event_sys(const cor_event *ev, cor_sys what, cor_arena *mem);

/* Damage: bytes that were not understood. */
typedef struct cor_damage {
    uint64_t off;       /* where in the input */
    uint64_t len;       /* bytes given up, 0 when not known */
    uint64_t records;   /* records known to be lost, 0 when not known */
    bool lost;          /* records may be lost; false: all that stood there was read, or it was nothing of the log */
    char what[200];     /* one sentence; may quote evidence */
} cor_damage;

/* What went with a damaged place: nothing, one record, or nobody knows what. */
typedef enum cor_loss { COR_LOSES_NOTHING, COR_LOSES_RECORD, COR_LOSES_UNKNOWN } cor_loss;

/* What can be said of every record at the cost of its head: enough to count by host and log. */
typedef struct cor_seen {
    const cor_head *head;
    cor_val computer;   /* COR_V_NULL when the evidence does not say */
    cor_time time;      /* as in cor_event */
    uint64_t record_id; /* as in cor_event */
    uint32_t flags;     /* cor_event_flags, as far as known by then */
} cor_seen;

/* Where a reader delivers. One sink serves one thread. */
typedef struct cor_sink {
    void *ctx;
    /* Told of every record, wanted or not, before `want` is asked (outside --from/--to: not told). NULL: unheard, and then
     * computer, time and record id of unwanted records need not be looked up. */
    void (*seen)(void *ctx, const cor_seen *s);
    /* Decides by the head whether the rest is needed. NULL: all. */
    bool (*want)(void *ctx, const cor_head *head);
    /* Asked for a wanted record by readers that know, before they read its values, that these are UTF-16 text in ev->raw or
     * have no letters of their own choice (numbers, times, GUIDs, SIDs, binary). *ev: head, time, record_id, flags, raw; of
     * System provider, channel and computer. True: what it wanted cannot be there, the record is done. NULL: never. */
    bool (*spare)(void *ctx, const cor_event *ev);
    /* false: `event` only needs head, time, record_id, offset, render (printing: layout and values are then left out). */
    bool fields;
    /* Not COR_OK: stop reading this part; but what render() returned for a damaged record is damage, and reading goes on. */
    cor_code (*event)(void *ctx, const cor_event *ev, cor_err *e);
    void (*damage)(void *ctx, const cor_damage *d);
    /* A remark worth telling once per input, such as the shape found or a clock that cannot be right. NULL: unheard. */
    void (*note)(void *ctx, const char *text);
} cor_sink;

#endif
