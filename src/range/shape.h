/* The other ways in which logs reach people than as EVTX files of their hosts: what exporters and collectors make of
 * the same events. */
#ifndef COR_RANGE_SHAPE_H
#define COR_RANGE_SHAPE_H

#include "range/scene.h"

/* Below dir/evidence: HOST/winlogbeat.ndjson, HOST/nxlog.json, HOST/<channel>.xml, or WEC01/ForwardedEvents.evtx with
 * the events of all hosts in the order of time. */
cor_code cor_shape_write(cor_stage *s, const char *dir, cor_shape shape, uint64_t *events, cor_err *e);

#endif
