// XXH3 of libxxhash, in batches: one call hashes many slices of one buffer.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// XXH3 (64 bits, seed 0) of `length` bytes.
uint64_t dedup_xxh3_64(const void *bytes, size_t length);

typedef struct {
    uint64_t low, high;
} dedup_hash128;

/// XXH3 (128 bits, seed 0) of `length` bytes.
dedup_hash128 dedup_xxh3_128(const void *bytes, size_t length);

/// XXH3 (64 bits, seed 0) of `count` slices of `bytes`: slice i is bytes[starts[i] ..< starts[i + span] - trim].
/// With the starts of words that are each followed by one space, a span of 5 and a trim of 1 that is every run of
/// five words joined by one space.
void dedup_xxh3_64_windows(const uint8_t *bytes, const uint32_t *starts, size_t count, size_t span, size_t trim,
                           uint64_t *hashes);

/// A running XXH3 (128 bits, seed 0).
typedef struct dedup_hash_state dedup_hash_state;
dedup_hash_state *dedup_hash_create(void);
void dedup_hash_update(dedup_hash_state *state, const void *bytes, size_t length);
dedup_hash128 dedup_hash_value(const dedup_hash_state *state);
void dedup_hash_destroy(dedup_hash_state *state);
