#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

int dedup_swap_paths(const char *a, const char *b) {
#ifdef RENAME_EXCHANGE
    return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
#else
    (void)a, (void)b;
    errno = ENOSYS;
    return -1;
#endif
}

void dedup_limit_heaps(int heaps) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, heaps);
#else
    (void)heaps;
#endif
}

void dedup_sqlite_keep_log(void *database) { sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); }
