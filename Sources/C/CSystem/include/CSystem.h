// System functions that Swift does not import.
#pragma once

/// Atomically exchanges the files or folders that two paths name. Returns -1 and sets errno on failure.
int dedup_swap_paths(const char *a, const char *b);

/// Limits the number of heaps (arenas) that the C library's allocator creates for threads, if it can be limited. Must
/// be called before the threads start.
void dedup_limit_heaps(int heaps);

/// Starts to load the cache line at an address, without waiting for it. The address need not be valid.
static inline void dedup_prefetch(const void *address) { __builtin_prefetch(address); }

/// Configures an SQLite connection (`sqlite3 *`) not to checkpoint its write-ahead log when it is closed.
void dedup_sqlite_keep_log(void *database);
