// The XXH3 hash functions of libxxhash, and a batch call that hashes many slices of one buffer.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Returns the 64-bit XXH3 (seed 0) of `length` bytes.
uint64_t dedup_xxh3_64(const void *bytes, size_t length);

/// Returns the 64-bit XXH3 of `length` bytes with a seed.
uint64_t dedup_xxh3_64_seeded(const void *bytes, size_t length, uint64_t seed);

/// A 128-bit hash value.
typedef struct {
    uint64_t low, high;
} dedup_hash128;

/// Returns the 128-bit XXH3 (seed 0) of `length` bytes.
dedup_hash128 dedup_xxh3_128(const void *bytes, size_t length);

/// Writes the 64-bit XXH3 (seed 0) of `count` slices of `bytes` to `hashes`; slice i is bytes[starts[i] ..< starts[i +
/// span] - trim]. For example, with the starts of words that are each followed by one space, a span of 5 and a trim of
/// 1, the slices are all runs of five consecutive words.
void dedup_xxh3_64_windows(const uint8_t *bytes, const uint32_t *starts, size_t count, size_t span, size_t trim,
                           uint64_t *hashes);

/// The state of a 128-bit XXH3 (seed 0) over bytes that arrive in pieces.
typedef struct dedup_hash_state dedup_hash_state;
/// Returns a new state, or null if memory runs out.
dedup_hash_state *dedup_hash_create(void);
/// Adds `length` bytes.
void dedup_hash_update(dedup_hash_state *state, const void *bytes, size_t length);
/// Returns the hash of the bytes added so far; more may be added afterwards.
dedup_hash128 dedup_hash_value(const dedup_hash_state *state);
/// Frees the state.
void dedup_hash_destroy(dedup_hash_state *state);
