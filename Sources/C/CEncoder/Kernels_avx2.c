#if defined(__x86_64__)
#include <immintrin.h>

#include "Levels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define LEVEL avx2
#define LANES 8
#define TILE 6
#include "Kernels.inc"
#include "Training.inc"

const dedup_kernels *dedup_kernels_avx2(void) { return &kernels_avx2; }
const dedup_training *dedup_training_avx2(void) { return &training_avx2; }

#pragma clang attribute pop
#endif
