// The tables of kernels that the Kernels_*.c files define, one file for each level (instruction set).
#pragma once
#include "CEncoder.h"

const dedup_kernels *dedup_kernels_baseline(void);
const dedup_training *dedup_training_baseline(void);
#if defined(__x86_64__)
const dedup_kernels *dedup_kernels_avx2(void);
const dedup_training *dedup_training_avx2(void);
const dedup_kernels *dedup_kernels_avx512(void);
const dedup_training *dedup_training_avx512(void);
const dedup_kernels *dedup_kernels_avx512_bf16(void);
const dedup_training *dedup_training_avx512_bf16(void);
#endif
