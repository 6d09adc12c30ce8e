// Helpers for calling oneDNN, for the files of this target.
#pragma once

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <dnnl.hpp>
#include <memory>
#include <new>

namespace dedup {

// The engine is never destroyed, because threads may still use it while the process exits.
inline const dnnl::engine &cpu() {
    static const dnnl::engine &value = *new dnnl::engine(dnnl::engine::kind::cpu, 0);
    return value;
}

// Makes oneDNN compute on the calling thread only. oneDNN is built with OpenMP, which by default starts a team of
// threads for every thread that calls it. The number of threads is a setting of the calling thread, so it is set once
// on each thread. OpenMP reads its environment variable before main, so setting that here would have no effect.
inline void stay_on_this_thread() {
    static thread_local bool is_said = false;
    if (is_said) return;
    is_said = true;
    if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(1);
}

// Stores an error message for the caller. The message is valid until the next error of the same thread.
inline void say(const char **reason, const char *what) {
    static thread_local char kept[256];
    strncpy(kept, what, sizeof kept - 1);
    *reason = kept;
}

inline void *aligned(size_t bytes) { return std::aligned_alloc(64, (bytes + 63) / 64 * 64 + 64); }

// The scratchpad of the calling thread. It grows to the largest size that was requested.
inline void *scratchpad(size_t wanted) {
    static thread_local std::unique_ptr<void, void (*)(void *)> room(nullptr, std::free);
    static thread_local size_t size = 0;
    if (wanted > size) {
        room.reset(aligned(wanted));
        size = room ? wanted : 0;
        if (!room) throw std::bad_alloc();
    }
    return room.get();
}

inline dnnl::stream &order() {
    static thread_local dnnl::stream stream(cpu());
    return stream;
}

} // namespace dedup
