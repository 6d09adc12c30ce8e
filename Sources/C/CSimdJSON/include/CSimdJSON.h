// simdjson behind a C interface: one JSON line in, its text and id out.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CJSONTree.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A parser with the paths of the fields it looks for. Not to be shared between threads.
typedef struct dedup_json dedup_json;

typedef enum {
    DEDUP_JSON_OK,
    DEDUP_JSON_NOT_JSON,
    DEDUP_JSON_INVALID_UTF8,
    DEDUP_JSON_NOT_AN_OBJECT,
    DEDUP_JSON_NO_TEXT,
    DEDUP_JSON_TEXT_NOT_A_STRING,
    /// The text is a list that holds something other than strings and nulls.
    DEDUP_JSON_TEXT_NOT_STRINGS,
    DEDUP_JSON_NO_MEMORY,
    /// Not JSON only because of a bare NaN, Infinity or -Infinity, which `reason` names.
    DEDUP_JSON_NAN,
} dedup_json_status;

typedef enum { DEDUP_JSON_ID_NONE, DEDUP_JSON_ID_STRING, DEDUP_JSON_ID_NUMBER } dedup_json_id;

typedef struct {
    dedup_json_status status;
    dedup_json_id id_kind;
    /// Unescaped UTF-8, valid until the next call.
    const char *text;
    size_t text_length;
    /// A string, unescaped, or a number as JSON writes it; valid until the next call.
    const char *id;
    size_t id_length;
    /// The parser's word for a failure, or null.
    const char *reason;
    /// Where invalid UTF-8 begins in the line.
    size_t position;
} dedup_json_document;

/// Makes a parser that looks for no field yet.
///
/// - allows_nan: whether a bare NaN, Infinity and -Infinity are values. As an id they are null, as a text no string.
dedup_json *dedup_json_create(bool allows_nan);
/// Adds the path of a text: keys from the outermost object inwards. It begins a new field, whose text is joined to that of
/// the fields before it by a newline, or is the next alternative of the last field. Returns false without memory.
bool dedup_json_add_text(dedup_json *parser, const char *const *path, size_t keys, bool begins_field);
/// Adds the path of an id, the next alternative. Returns false without memory.
bool dedup_json_add_id(dedup_json *parser, const char *const *path, size_t keys);
void dedup_json_destroy(dedup_json *parser);

/// Reads one line, validated whole. 64 bytes past its end must be readable.
void dedup_json_parse(dedup_json *parser, const uint8_t *line, size_t length, dedup_json_document *document);

#ifdef __cplusplus
}
#endif
