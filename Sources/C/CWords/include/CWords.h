// Splits text into words in blocks of 64 bytes, with AVX-512 instructions that Swift has no access to.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The kernel's tables, indexed by the low bits of a scalar. Scalars in no table stop the kernel.
typedef struct {
    /// U+0000 to U+007F: the letter or number in lower case, or DEDUP_WORDS_SEPARATOR.
    uint8_t ascii[128];
    /// U+0080 to U+00FF: the low seven bits of the letter or number in lower case, which is in the same range; or
    /// DEDUP_WORDS_SEPARATOR, or DEDUP_WORDS_STOP.
    uint8_t latin[128];
    /// U+0400 to U+047F, in the same form.
    uint8_t cyrillic[128];
    /// U+2000 to U+203F: DEDUP_WORDS_SEPARATOR or DEDUP_WORDS_STOP.
    uint8_t punctuation[64];
} dedup_word_tables;

/// The table entry of a scalar that separates words.
#define DEDUP_WORDS_SEPARATOR 0x80
/// The table entry of a scalar that the kernel cannot handle; its caller has to.
#define DEDUP_WORDS_STOP 0x81

/// The words being written; the kernel updates all fields.
typedef struct {
    /// The end of the words, where the next byte is written. Up to 64 bytes after the final end may be overwritten.
    uint8_t *end;
    /// The offset of `end` in the buffer of words.
    uint32_t offset;
    /// Where the start of the next word is written. Up to 32 entries after the final one may be overwritten.
    uint32_t *starts;
    /// Whether the last scalar was part of a word.
    bool in_word;
} dedup_words;

/// Whether this CPU supports the kernel: AVX-512 with VBMI2, as in Ice Lake and Zen 4.
bool dedup_words_available(void);

/// Appends the words of `text`, which must be valid UTF-8 and begin with a whole scalar: every letter and number in
/// lower case, a space after each word that has ended, and the start of the next word. Returns the number of bytes
/// handled: all, or those before the first scalar that stops the kernel.
size_t dedup_words_append(const dedup_word_tables *tables, const uint8_t *text, size_t count, dedup_words *words);
