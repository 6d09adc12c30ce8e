// A C interface to simdjson for documents: it parses one JSON line and returns the line's text and id.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CJSONTree.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A parser, with the paths of the fields that it extracts. Only one thread at a time may use it.
typedef struct dedup_json dedup_json;

/// The outcome for a line.
typedef enum {
    DEDUP_JSON_OK,
    DEDUP_JSON_NOT_JSON,
    DEDUP_JSON_INVALID_UTF8,
    DEDUP_JSON_NOT_AN_OBJECT,
    DEDUP_JSON_NO_TEXT,
    DEDUP_JSON_TEXT_NOT_A_STRING,
    /// The text is a list with elements other than strings and nulls.
    DEDUP_JSON_TEXT_NOT_STRINGS,
    DEDUP_JSON_NO_MEMORY,
    /// The line is not JSON only because of a bare NaN, Infinity or -Infinity, which `reason` names.
    DEDUP_JSON_NAN,
} dedup_json_status;

/// The type of an id.
typedef enum { DEDUP_JSON_ID_NONE, DEDUP_JSON_ID_STRING, DEDUP_JSON_ID_NUMBER } dedup_json_id;

/// The text and id of a line.
typedef struct {
    dedup_json_status status;
    dedup_json_id id_kind;
    /// Unescaped UTF-8; valid until the next call.
    const char *text;
    size_t text_length;
    /// The id: a string, unescaped, or a number in JSON's notation; valid until the next call.
    const char *id;
    size_t id_length;
    /// simdjson's message for a failure, or null.
    const char *reason;
    /// The offset of the first invalid UTF-8 in the line.
    size_t position;
} dedup_json_document;

/// Creates a parser that extracts no fields yet. Returns null if memory runs out.
///
/// - allows_nan: whether bare NaN, Infinity and -Infinity are accepted. As an id they count as null; as a text they are
///   an error, because they are not a string.
dedup_json *dedup_json_create(bool allows_nan);
/// Adds the path of a text: its keys, the outermost first. With `begins_field`, the path begins a new field, whose text
/// is joined to that of the fields before it by a newline; otherwise it is the next alternative of the last field.
/// Returns false if memory runs out.
bool dedup_json_add_text(dedup_json *parser, const char *const *path, size_t keys, bool begins_field);
/// Adds a path of the id, as the next alternative. Returns false if memory runs out.
bool dedup_json_add_id(dedup_json *parser, const char *const *path, size_t keys);
/// Frees the parser.
void dedup_json_destroy(dedup_json *parser);

/// Parses and validates one line. The 64 bytes after its end must be readable.
void dedup_json_parse(dedup_json *parser, const uint8_t *line, size_t length, dedup_json_document *document);

#ifdef __cplusplus
}
#endif
