// Words out of text by blocks of 64 bytes: what AVX-512 gives and Swift cannot reach.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the kernel knows of scalars, by their low bits. Scalars that stand in no table stop it.
typedef struct {
    /// U+0000 to U+007F: the letter or number in lower case, or DEDUP_WORDS_SEPARATOR.
    uint8_t ascii[128];
    /// U+0080 to U+00FF: the low seven bits of the letter or number in lower case, which lies in the same range, or
    /// DEDUP_WORDS_SEPARATOR, or DEDUP_WORDS_STOP.
    uint8_t latin[128];
    /// U+0400 to U+047F, likewise.
    uint8_t cyrillic[128];
    /// U+2000 to U+203F: DEDUP_WORDS_SEPARATOR or DEDUP_WORDS_STOP.
    uint8_t punctuation[64];
} dedup_word_tables;

/// A scalar that separates words.
#define DEDUP_WORDS_SEPARATOR 0x80
/// A scalar that the kernel leaves to its caller.
#define DEDUP_WORDS_STOP 0x81

/// The words that are being written.
typedef struct {
    /// Where the next byte goes; 64 bytes may be written past those that count.
    uint8_t *end;
    /// The offset of that place in the words.
    uint32_t offset;
    /// Where the start of the next word goes; 32 may be written past those that count.
    uint32_t *starts;
    /// Whether the last scalar was of a word.
    bool in_word;
} dedup_words;

/// Whether this CPU runs the kernel: AVX-512 with VBMI2, as Ice Lake and Zen 4 have it.
bool dedup_words_available(void);

/// Appends the words of `text`, valid UTF-8 that begins with a whole scalar: every letter and number in lower case, a
/// space after each word that has ended, and where the next word starts. Returns how many bytes were taken: all, or
/// those before the first scalar that stops the kernel.
size_t dedup_words_append(const dedup_word_tables *tables, const uint8_t *text, size_t count, dedup_words *words);
