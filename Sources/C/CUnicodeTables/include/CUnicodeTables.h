// Tables of the Unicode Character Database, written by Sources/Shingling/Unicode/generate.py.
#pragma once
#include <stdint.h>

/// The properties of scalar c are dedup_property_values[dedup_property_blocks[c >> 7] << 7 | (c & 127)]:
///   bits 0-2   class: 0 other, 1 white space (Python's str.isspace), 2 letter or number, 3 mark,
///              4 ignored (Cf and variation selectors), 5 letter or number of a script written without spaces
///   bit 3      it has a lowercase mapping
///   bit 4      NFC_QC is No or Maybe
///   bit 5      NFKC_QC is No or Maybe
///   bit 6      it has a canonical decomposition (Hangul syllables do without)
///   bit 7      it has a compatibility decomposition that differs from the canonical one
///   bits 8-15  canonical combining class
extern const uint8_t dedup_property_blocks[];
extern const uint16_t dedup_property_values[];

/// For scalars of one or two bytes (below U+0800), all that words need:
///   bits 0-15  the UTF-8 of the lowercase mapping, first byte lowest; a space for what separates words
///   bits 16-17 how many bytes that is; 0 for what separates words
///   bit 18     a letter or number
///   bit 29     NFC_QC is No or Maybe
///   bit 30     NFKC_QC is No or Maybe
///   bit 31     none of the above will do: a mark, an ignored scalar, or a mapping of more than two bytes
extern const uint32_t dedup_short_scalars[];

/// Mappings of a scalar to one or more: keys in ascending order, where each key's scalars begin (and one end more),
/// and the scalars. Decompositions are full.
extern const uint32_t dedup_lower_keys[], dedup_lower_scalars[];
extern const uint16_t dedup_lower_offsets[];
extern const int32_t dedup_lower_count;
extern const uint32_t dedup_canonical_keys[], dedup_canonical_scalars[];
extern const uint16_t dedup_canonical_offsets[];
extern const int32_t dedup_canonical_count;
extern const uint32_t dedup_compatibility_keys[], dedup_compatibility_scalars[];
extern const uint16_t dedup_compatibility_offsets[];
extern const int32_t dedup_compatibility_count;

/// Primary composites: first << 32 | second in ascending order, and what each pair composes to.
extern const uint64_t dedup_composite_pairs[];
extern const uint32_t dedup_composite_scalars[];
extern const int32_t dedup_composite_count;

// Swift sees no arrays of unknown length, so it takes pointers to them from these.
typedef struct {
    const uint32_t *keys;
    const uint16_t *offsets;
    const uint32_t *scalars;
    int32_t count;
} dedup_scalar_mapping;

static inline const uint8_t *dedup_get_property_blocks(void) { return dedup_property_blocks; }
static inline const uint16_t *dedup_get_property_values(void) { return dedup_property_values; }
static inline const uint32_t *dedup_get_short_scalars(void) { return dedup_short_scalars; }
static inline const uint64_t *dedup_get_composite_pairs(void) { return dedup_composite_pairs; }
static inline const uint32_t *dedup_get_composite_scalars(void) { return dedup_composite_scalars; }
static inline dedup_scalar_mapping dedup_get_lower(void) {
    return (dedup_scalar_mapping){dedup_lower_keys, dedup_lower_offsets, dedup_lower_scalars, dedup_lower_count};
}
static inline dedup_scalar_mapping dedup_get_canonical(void) {
    return (dedup_scalar_mapping){dedup_canonical_keys, dedup_canonical_offsets, dedup_canonical_scalars,
                                  dedup_canonical_count};
}
static inline dedup_scalar_mapping dedup_get_compatibility(void) {
    return (dedup_scalar_mapping){dedup_compatibility_keys, dedup_compatibility_offsets,
                                  dedup_compatibility_scalars, dedup_compatibility_count};
}
