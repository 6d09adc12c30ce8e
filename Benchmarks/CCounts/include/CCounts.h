#ifndef C_COUNTS_H
#define C_COUNTS_H

#include <stdint.h>

/// Linking this target replaces `malloc` and related functions, for Swift, C and C++ alike, and the function with which
/// an executor runs a job, by functions that count their calls. The counts are for all threads together, since the
/// start of the process.
struct counts {
    /// The number of allocated blocks. Resizing a block counts as a new one.
    uint64_t allocations;
    /// The total size of these blocks in bytes.
    uint64_t allocated_bytes;
    /// The number of jobs that task executors ran: the start of a task, and each continuation after it waited or called
    /// an actor.
    uint64_t jobs;
};

/// Returns the present counts.
struct counts dedup_counts(void);

/// Keeps the calling thread on one core, if the process may use that core. Swift has no way to do this.
void dedup_use_core(int core);

#endif
