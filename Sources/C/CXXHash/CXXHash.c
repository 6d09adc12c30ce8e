// Includes libxxhash as a header-only library, so that short inputs are hashed by inlined code.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "CXXHash.h"

uint64_t dedup_xxh3_64(const void *bytes, size_t length) {
    return XXH3_64bits(bytes, length);
}

uint64_t dedup_xxh3_64_seeded(const void *bytes, size_t length, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, length, seed);
}

dedup_hash128 dedup_xxh3_128(const void *bytes, size_t length) {
    XXH128_hash_t hash = XXH3_128bits(bytes, length);
    return (dedup_hash128){hash.low64, hash.high64};
}

// `flatten` inlines the library's dispatch by length, which would otherwise be a function call for every window.
__attribute__((flatten)) void dedup_xxh3_64_windows(const uint8_t *bytes, const uint32_t *starts, size_t count,
                                                    size_t span, size_t trim, uint64_t *hashes) {
    for (size_t i = 0; i < count; i++) {
        size_t start = starts[i];
        hashes[i] = XXH3_64bits(bytes + start, starts[i + span] - trim - start);
    }
}

dedup_hash_state *dedup_hash_create(void) {
    XXH3_state_t *state = XXH3_createState();
    if (state) XXH3_128bits_reset(state);
    return (dedup_hash_state *)state;
}

void dedup_hash_update(dedup_hash_state *state, const void *bytes, size_t length) {
    XXH3_128bits_update((XXH3_state_t *)state, bytes, length);
}

dedup_hash128 dedup_hash_value(const dedup_hash_state *state) {
    XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)state);
    return (dedup_hash128){hash.low64, hash.high64};
}

void dedup_hash_destroy(dedup_hash_state *state) {
    XXH3_freeState((XXH3_state_t *)state);
}
