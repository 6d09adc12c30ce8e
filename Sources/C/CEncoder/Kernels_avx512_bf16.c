#if defined(__x86_64__)
#include <immintrin.h>

#include "Levels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))), apply_to = function)

#define LEVEL avx512_bf16
#define LANES 16
#define TILE 12
#define DOT_BF16
#include "Kernels.inc"
#include "Training.inc"

const dedup_kernels *dedup_kernels_avx512_bf16(void) { return &kernels_avx512_bf16; }
const dedup_training *dedup_training_avx512_bf16(void) { return &training_avx512_bf16; }

#pragma clang attribute pop
#endif
