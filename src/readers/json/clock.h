/* The clocks of flat exports. docs/formats/json.md says what is done and why. */
#ifndef COR_READERS_JSON_CLOCK_H
#define COR_READERS_JSON_CLOCK_H

#include "readers/json/shape.h"

typedef struct cor_stamp {
    cor_str computer;
    cor_str event_time;    /* NXLog's EventTime: the agent's own clock, in practice local and without zone */
    cor_str received;      /* NXLog's EventReceivedTime: the same clock */
    cor_str receipt;       /* @timestamp: UTC when beside an EventTime, for the collector wrote it */
    cor_str recorded;      /* TimeCreated, SystemTime, @timestamp...: what else says when */
    cor_str sysmon_utc;    /* UtcTime of a Sysmon event, .n 0 for other events */
} cor_stamp;

/* The time of one event. COR_NOTIME when nothing tells it. Learns from Sysmon events. */
cor_time cor_clock_time(cor_clock *c, const cor_stamp *s);
/* A sentence for people about what was done to the times; false when nothing was. */
bool cor_clock_note(const cor_clock *c, char *out, size_t size);

#endif
