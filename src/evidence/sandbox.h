/* Gives up everything that a process which only computes does not need. */
#ifndef COR_EVIDENCE_SANDBOX_H
#define COR_EVIDENCE_SANDBOX_H

#include "base/base.h"

/* From here on: at most `memory` bytes more address space than now, `cpu` seconds of CPU (then SIGXCPU), no new
 * descriptors, no file grows, no core file, no new privileges, and only the system calls of reading, writing and
 * memory, if the kernel can filter (without that the limits above must do). False when a limit could not be set.
 * Never undone. */
bool cor_sandbox_enter(uint64_t memory, uint64_t cpu);

#endif
