#include "CWords.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))

bool dedup_words_available(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

// A mask with the lowest `count` bits set.
TARGET static inline uint64_t first(size_t count) { return _bzhi_u64(~0ULL, (unsigned)count); }

TARGET static inline __m512i low_bit_of(__m512i bytes, int bit) {
    return _mm512_and_si512(_mm512_srli_epi16(bytes, bit), _mm512_set1_epi8(1));
}

TARGET size_t dedup_words_append(const dedup_word_tables *tables, const uint8_t *text, size_t count,
                                 dedup_words *words) {
    const __m512i ascii0 = _mm512_loadu_si512(tables->ascii), ascii1 = _mm512_loadu_si512(tables->ascii + 64);
    const __m512i latin0 = _mm512_loadu_si512(tables->latin), latin1 = _mm512_loadu_si512(tables->latin + 64);
    const __m512i cyrillic0 = _mm512_loadu_si512(tables->cyrillic);
    const __m512i cyrillic1 = _mm512_loadu_si512(tables->cyrillic + 64);
    const __m512i punctuation = _mm512_loadu_si512(tables->punctuation);
    uint8_t numbers[64];
    for (int i = 0; i < 64; i++) numbers[i] = (uint8_t)i;
    const __m512i place = _mm512_loadu_si512(numbers);
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i before = _mm512_sub_epi8(place, one), after = _mm512_add_epi8(place, one);

    uint8_t *end = words->end;
    uint32_t offset = words->offset;
    uint32_t *starts = words->starts;
    uint64_t in_word = words->in_word;
    size_t taken = 0;
    while (taken < count) {
        size_t length = count - taken < 64 ? count - taken : 64;
        uint64_t inside = first(length);
        __m512i v = _mm512_maskz_loadu_epi8(inside, text + taken);
        uint64_t high = _mm512_movepi8_mask(v);
        __m512i out = _mm512_permutex2var_epi8(ascii0, v, ascii1);
        uint64_t word = inside & ~high & ~_mm512_movepi8_mask(out);
        if (high) {
            // The first bytes of the scalars whose bytes are all in the block.
            __m512i pair = _mm512_and_si512(v, _mm512_set1_epi8((char)0xFE));
            uint64_t is_cyrillic = _mm512_cmpeq_epi8_mask(pair, _mm512_set1_epi8((char)0xD0)) & inside >> 1;
            uint64_t is_latin = _mm512_cmpeq_epi8_mask(pair, _mm512_set1_epi8((char)0xC2)) & inside >> 1;
            uint64_t two = is_cyrillic | is_latin;
            uint64_t three = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)0xE2)) &
                             _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)0x80)) >> 1 & inside >> 2;
            // At the second byte of a two-byte scalar: the low seven bits of the scalar, and its table entry.
            __m512i lead = _mm512_permutexvar_epi8(before, v);
            __m512i low = _mm512_or_si512(_mm512_and_si512(v, _mm512_set1_epi8(0x3F)),
                                          _mm512_slli_epi16(_mm512_and_si512(lead, one), 6));
            __m512i found = _mm512_mask_blend_epi8(is_cyrillic << 1, _mm512_permutex2var_epi8(latin0, low, latin1),
                                                   _mm512_permutex2var_epi8(cyrillic0, low, cyrillic1));
            const __m512i stop_mark = _mm512_set1_epi8((char)DEDUP_WORDS_STOP);
            uint64_t no_word = _mm512_movepi8_mask(found) >> 1;
            uint64_t stops = two & _mm512_cmpeq_epi8_mask(found, stop_mark) >> 1;
            stops |= three & _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(v, punctuation), stop_mark) >> 2;
            stops |= high & ~(two | two << 1 | three | three << 1 | three << 2);
            if (stops) {
                length = _tzcnt_u64(stops);
                if (length == 0) break;
                inside = first(length);
            }
            uint64_t letters = two & ~no_word & inside;
            word = (word | letters | letters << 1) & inside;
            // Bit 6 of the table entry belongs to the first byte, bits 0 to 5 to the second.
            __m512i first_byte = _mm512_or_si512(pair, low_bit_of(_mm512_permutexvar_epi8(after, found), 6));
            __m512i second_byte = _mm512_or_si512(_mm512_and_si512(found, _mm512_set1_epi8(0x3F)),
                                                  _mm512_set1_epi8((char)0x80));
            out = _mm512_mask_mov_epi8(out, letters, first_byte);
            out = _mm512_mask_mov_epi8(out, letters << 1, second_byte);
        }
        // The byte after each word becomes a space.
        uint64_t ends = inside & ~word & (word << 1 | in_word);
        out = _mm512_mask_mov_epi8(out, ends, _mm512_set1_epi8(' '));
        uint64_t kept = word | ends;
        _mm512_storeu_si512(end, _mm512_maskz_compress_epi8(kept, out));
        // The positions of the spaces among the bytes that are kept; there are at most 32.
        __m512i spaces = _mm512_maskz_compress_epi8(_pext_u64(ends, kept), place);
        __m512i base = _mm512_set1_epi32((int)(offset + 1));
        __m512i some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(spaces));
        __m512i more = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(spaces, 1));
        _mm512_storeu_si512(starts, _mm512_add_epi32(some, base));
        _mm512_storeu_si512(starts + 16, _mm512_add_epi32(more, base));
        starts += _mm_popcnt_u64(ends);
        end += _mm_popcnt_u64(kept);
        offset += (uint32_t)_mm_popcnt_u64(kept);
        in_word = word >> (length - 1) & 1;
        taken += length;
    }
    words->end = end;
    words->offset = offset;
    words->starts = starts;
    words->in_word = in_word;
    return taken;
}

#else

bool dedup_words_available(void) { return false; }

size_t dedup_words_append(const dedup_word_tables *tables, const uint8_t *text, size_t count, dedup_words *words) {
    (void)tables, (void)text, (void)count, (void)words;
    return 0;
}

#endif
