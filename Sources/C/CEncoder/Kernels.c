#include "Levels.h"

#include <string.h>

dedup_kernel_level dedup_best_kernel_level(void) {
    // oneDNN's instruction set decides, so that one setting (DNNL_MAX_CPU_ISA) limits both the products and the
    // kernels.
    const char *set = dedup_instruction_set();
#if defined(__x86_64__)
    if (!strcmp(set, "AVX512_CORE_BF16") || !strcmp(set, "AVX512_CORE_AMX")) return DEDUP_AVX512_BF16;
    if (!strncmp(set, "AVX512_CORE", 11)) return DEDUP_AVX512;
    if (!strncmp(set, "AVX2", 4)) return DEDUP_AVX2;
#endif
    return DEDUP_BASELINE;
}

const dedup_kernels *dedup_kernels_at(dedup_kernel_level level) {
    if (level > dedup_best_kernel_level()) return 0;
    switch (level) {
#if defined(__x86_64__)
    case DEDUP_AVX512_BF16: return dedup_kernels_avx512_bf16();
    case DEDUP_AVX512: return dedup_kernels_avx512();
    case DEDUP_AVX2: return dedup_kernels_avx2();
#endif
    default: return dedup_kernels_baseline();
    }
}

const dedup_training *dedup_training_at(dedup_kernel_level level) {
    if (level > dedup_best_kernel_level()) return 0;
    switch (level) {
#if defined(__x86_64__)
    case DEDUP_AVX512_BF16: return dedup_training_avx512_bf16();
    case DEDUP_AVX512: return dedup_training_avx512();
    case DEDUP_AVX2: return dedup_training_avx2();
#endif
    default: return dedup_training_baseline();
    }
}
