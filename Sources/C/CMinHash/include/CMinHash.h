// The signature kernel: the one loop of the pipeline that needs the CPU's widest registers.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Lanes of a signature come in multiples of this.
#define DEDUP_MINHASH_LANES 16

/// Instruction sets the kernel is compiled for. Every one gives the same bits.
typedef enum {
    DEDUP_MINHASH_BASELINE = 0,
    DEDUP_MINHASH_AVX2 = 1,
    DEDUP_MINHASH_AVX512 = 2,
} dedup_minhash_variant;

/// The best variant that this CPU runs.
dedup_minhash_variant dedup_minhash_best(void);

/// For every lane, the minimum of `signature[lane]` and of
///     multipliers[lane] * low 32 bits + high 32 bits   (mod 2^32)
/// over `count` hashes. `lanes` is a multiple of DEDUP_MINHASH_LANES.
void dedup_minhash(dedup_minhash_variant variant, const uint64_t *hashes, size_t count, const uint32_t *multipliers,
                   uint32_t *signature, size_t lanes);
