#ifndef C_COUNTS_H
#define C_COUNTS_H

#include <stdint.h>

/// Linking this in puts functions that count in the place of `malloc` and its like, for Swift, C and C++ alike, and of
/// the one with which an executor runs a job. All threads count together, from the start of the process on.
struct counts {
    /// Blocks of memory; one that is given another size is a new one.
    uint64_t allocations;
    /// Bytes of these blocks.
    uint64_t allocated_bytes;
    /// Jobs that executors of tasks ran: a task's start, and each time it goes on after it waited or went to an actor.
    uint64_t jobs;
};

struct counts dedup_counts(void);

#endif
