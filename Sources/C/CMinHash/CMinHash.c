#include "CMinHash.h"

// Processes all hashes for a tile of lanes at a time, whose minima stay in registers. The AVX-512 tile of 112 lanes
// takes seven registers and covers the default of 100 seeds. The remaining lanes are processed in tiles of 16.
#define TILE(lanes)                                                                                                  \
    do {                                                                                                             \
        uint32_t minima[lanes];                                                                                      \
        for (size_t lane = 0; lane < (lanes); lane++) minima[lane] = signature[done + lane];                         \
        for (size_t i = 0; i < count; i++) {                                                                         \
            uint32_t low = (uint32_t)hashes[i], high = (uint32_t)(hashes[i] >> 32);                                  \
            for (size_t lane = 0; lane < (lanes); lane++) {                                                          \
                uint32_t value = multipliers[done + lane] * low + high;                                              \
                minima[lane] = value < minima[lane] ? value : minima[lane];                                          \
            }                                                                                                        \
        }                                                                                                            \
        for (size_t lane = 0; lane < (lanes); lane++) signature[done + lane] = minima[lane];                         \
        done += (lanes);                                                                                             \
    } while (0)

#define KERNEL(name, wide)                                                                                           \
    static void name(const uint64_t *restrict hashes, size_t count, const uint32_t *restrict multipliers,            \
                     uint32_t *restrict signature, size_t lanes) {                                                   \
        size_t done = 0;                                                                                             \
        while (lanes - done >= (wide)) TILE(wide);                                                                   \
        while (lanes - done >= DEDUP_MINHASH_LANES) TILE(DEDUP_MINHASH_LANES);                                       \
    }

KERNEL(baseline, 16)

#if defined(__x86_64__)
__attribute__((target("avx2"))) KERNEL(avx2, 48)
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))) KERNEL(avx512, 112)
#endif

dedup_minhash_variant dedup_minhash_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return DEDUP_MINHASH_AVX512;
    if (__builtin_cpu_supports("avx2")) return DEDUP_MINHASH_AVX2;
#endif
    return DEDUP_MINHASH_BASELINE;
}

void dedup_minhash(dedup_minhash_variant variant, const uint64_t *hashes, size_t count, const uint32_t *multipliers,
                   uint32_t *signature, size_t lanes) {
    switch (variant) {
#if defined(__x86_64__)
    case DEDUP_MINHASH_AVX512: avx512(hashes, count, multipliers, signature, lanes); return;
    case DEDUP_MINHASH_AVX2: avx2(hashes, count, multipliers, signature, lanes); return;
#endif
    default: baseline(hashes, count, multipliers, signature, lanes); return;
    }
}
