#include "CCounts.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t allocations;
static _Atomic uint64_t allocated_bytes;
static _Atomic uint64_t jobs;

struct counts dedup_counts(void) {
    return (struct counts){
        .allocations = atomic_load_explicit(&allocations, memory_order_relaxed),
        .allocated_bytes = atomic_load_explicit(&allocated_bytes, memory_order_relaxed),
        .jobs = atomic_load_explicit(&jobs, memory_order_relaxed),
    };
}

// Allocations. A function defined by the program replaces that of the C library, which has a second name for its own
// one.

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void count(size_t size) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&allocated_bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    count(size);
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    count(size);
    void *new = __libc_memalign(alignment, size);
    if (new == NULL) return ENOMEM;
    *block = new;
    return 0;
}

// Jobs. Swift's `runSynchronously(on:)` calls this function of the runtime. An unowned executor consists of two words.

typedef __attribute__((swiftcall)) void run_job(void *job, void *executor, void *witness);

static run_job *runtimes_own;

static void find_runtimes_own(void) { runtimes_own = (run_job *)dlsym(RTLD_NEXT, "swift_job_run_on_task_executor"); }

__attribute__((swiftcall)) void swift_job_run_on_task_executor(void *job, void *executor, void *witness) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_runtimes_own);
    atomic_fetch_add_explicit(&jobs, 1, memory_order_relaxed);
    runtimes_own(job, executor, witness);
}

void dedup_use_core(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}
