// What Swift's view of the system headers lacks.
#pragma once

/// Swaps what two paths name, in one step; -1 and errno on failure.
int dedup_swap_paths(const char *a, const char *b);

/// Has all threads share so many heaps, where the system's allocator can be told. To be called before they start.
void dedup_limit_heaps(int heaps);

/// Has the cache fetch what lies at an address, without waiting for it. Any address will do.
static inline void dedup_prefetch(const void *address) { __builtin_prefetch(address); }

/// Has a SQLite database (`sqlite3 *`) leave its write-ahead log as it is when it is closed.
void dedup_sqlite_keep_log(void *database);
