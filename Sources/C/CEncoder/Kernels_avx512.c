#if defined(__x86_64__)
#include <immintrin.h>

#include "Levels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)

#define LEVEL avx512
#define LANES 16
#define TILE 12
#include "Kernels.inc"
#include "Training.inc"

const dedup_kernels *dedup_kernels_avx512(void) { return &kernels_avx512; }
const dedup_training *dedup_training_avx512(void) { return &training_avx512; }

#pragma clang attribute pop
#endif
