/* Inside of readers/json: the shapes, and the tools they are built with. */
#ifndef COR_READERS_JSON_SHAPE_H
#define COR_READERS_JSON_SHAPE_H

#include "events/build.h"
#include "events/tree_xml.h"
#include "formats/json/json.h"

/* computers of one input whose clocks are kept apart; further ones go by the last clock seen */
#define COR_CLOCK_HOSTS 32

/* What must be added to recorded times to make them UTC. */
typedef struct cor_zone {
    uint64_t host;         /* hash of the computer's name */
    cor_time shift, other; /* other: what the last event said; doubt: nothing else bears that out yet */
    bool learned, doubt;
} cor_zone;

/* Clocks of one input. Flat exports often hold local times without saying so; Sysmon writes UTC into its own event. */
typedef struct cor_clock {
    cor_zone any, host[COR_CLOCK_HOSTS]; /* any: learned from the last event of Sysmon, whatever its computer */
    size_t n_host;
    bool sure;             /* two events of one computer said the same */
    cor_time shift_first, shift_other; /* values met, for the note */
    bool shifted, varied;
    bool zoneless;         /* there were times without a zone which nothing told */
    bool by_receipt;       /* zones were found from @timestamp */
    cor_time zone_seen;    /* the one found last */
} cor_clock;

/* cor_build.own of this reader. */
typedef struct cor_jown {
    cor_clock *clock;   /* NULL: nothing is learned */
    cor_xml **xml;      /* made when first needed; the owner frees */
} cor_jown;

typedef struct cor_shape {
    const char *name;   /* as the note tells it */
    bool (*is)(const cor_jnode *o);
    cor_code (*build)(cor_build *b, const cor_jnode *o);
} cor_shape;

/* The shape of an object, NULL when it is no event; *o moves to the event inside when it is wrapped (_source,
 * result). */
const cor_shape *cor_shape_of(const cor_jnode **o);

bool cor_shape_nested_is(const cor_jnode *o);
cor_code cor_shape_nested(cor_build *b, const cor_jnode *o);
bool cor_shape_separate_is(const cor_jnode *o);
bool cor_shape_dumpevtx_is(const cor_jnode *o);
cor_code cor_shape_dumpevtx(cor_build *b, const cor_jnode *o);
bool cor_shape_beats_is(const cor_jnode *o);
bool cor_shape_beats6_is(const cor_jnode *o);
cor_code cor_shape_beats(cor_build *b, const cor_jnode *o);
bool cor_shape_winevent_is(const cor_jnode *o);
cor_code cor_shape_winevent(cor_build *b, const cor_jnode *o);
bool cor_shape_nxlog_is(const cor_jnode *o);
bool cor_shape_flat_is(const cor_jnode *o);
bool cor_shape_rows_is(const cor_jnode *o); /* flat, but for an object EventData or UserData */
cor_code cor_shape_flat(cor_build *b, const cor_jnode *o);
bool cor_shape_embedded_is(const cor_jnode *o);
cor_code cor_shape_embedded(cor_build *b, const cor_jnode *o);

/* One member of event data below parent: scalars, and arrays of them as Data elements of one name (empty: unnamed),
 * objects as elements. */
cor_code cor_shape_data(cor_build *b, cor_elem *parent, cor_str name, const cor_jnode *v);

/* The members of an object EventData or UserData as dumpevtx writes them, into that part of b->root. */
cor_code cor_shape_part(cor_build *b, cor_str provider, const char *part, const cor_jnode *members);

/* Text and flags of a scalar or null. */
cor_str cor_shape_text(const cor_jnode *v, unsigned *flags);
/* The member at a dotted path; objects may hold dotted names themselves ("winlog.event_id"). NULL when there is
 * none. */
const cor_jnode *cor_shape_path(const cor_jnode *o, const char *path);
/* As above, as text; an array's first item counts (Elasticsearch's "fields"). */
cor_str cor_shape_path_text(const cor_jnode *o, const char *path);

#endif
