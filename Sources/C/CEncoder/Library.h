// How this target calls oneDNN.
#pragma once

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <dnnl.hpp>
#include <memory>
#include <new>

namespace dedup {

// Never destroyed: threads may still run when the process ends.
inline const dnnl::engine &cpu() {
    static const dnnl::engine &value = *new dnnl::engine(dnnl::engine::kind::cpu, 0);
    return value;
}

// The library is built with OpenMP, which keeps a team of threads for every thread that calls it; said once on each
// thread, it takes that thread alone. The setting in the environment is read before main.
inline void stay_on_this_thread() {
    static thread_local bool is_said = false;
    if (is_said) return;
    is_said = true;
    if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(1);
}

// Kept until the thread fails again.
inline void say(const char **reason, const char *what) {
    static thread_local char kept[256];
    strncpy(kept, what, sizeof kept - 1);
    *reason = kept;
}

inline void *aligned(size_t bytes) { return std::aligned_alloc(64, (bytes + 63) / 64 * 64 + 64); }

// The thread's scratchpad: it grows to what the largest product wants.
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
