// The MinHash signature kernel, compiled for several instruction sets.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The number of lanes of a signature is a multiple of this.
#define DEDUP_MINHASH_LANES 16

/// The instruction sets that the kernel is compiled for. All give the same results.
typedef enum {
    DEDUP_MINHASH_BASELINE = 0,
    DEDUP_MINHASH_AVX2 = 1,
    DEDUP_MINHASH_AVX512 = 2,
} dedup_minhash_variant;

/// The fastest variant that this CPU supports.
dedup_minhash_variant dedup_minhash_best(void);

/// Sets `signature[lane]` of every lane to the minimum of its present value and of
///     multipliers[lane] * low 32 bits + high 32 bits   (mod 2^32)
/// over all `count` hashes. `lanes` must be a multiple of DEDUP_MINHASH_LANES.
void dedup_minhash(dedup_minhash_variant variant, const uint64_t *hashes, size_t count, const uint32_t *multipliers,
                   uint32_t *signature, size_t lanes);
