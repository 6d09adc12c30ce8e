// A C interface to simdjson's tree of a JSON text, for settings and vocabularies, not for documents.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parsed JSON text.
typedef struct dedup_json_tree dedup_json_tree;

/// A value of a tree; valid as long as the tree.
typedef struct {
    const void *tree;
    size_t place;
} dedup_json_node;

/// The type of a value; DEDUP_JSON_INT is a whole number that fits into 64 bits.
typedef enum {
    DEDUP_JSON_NULL,
    DEDUP_JSON_BOOL,
    DEDUP_JSON_INT,
    DEDUP_JSON_DOUBLE,
    DEDUP_JSON_STRING,
    DEDUP_JSON_ARRAY,
    DEDUP_JSON_OBJECT,
} dedup_json_kind;

/// Parses a text. Returns null if it is not JSON, and sets `reason` to simdjson's message.
dedup_json_tree *dedup_json_tree_read(const void *bytes, size_t length, const char **reason);
/// Frees the tree.
void dedup_json_tree_destroy(dedup_json_tree *tree);
/// Returns the outermost value.
dedup_json_node dedup_json_tree_root(const dedup_json_tree *tree);

dedup_json_kind dedup_json_node_kind(dedup_json_node node);
/// The value of a boolean; false for other types.
bool dedup_json_node_bool(dedup_json_node node);
/// The value of a DEDUP_JSON_INT; 0 for other types. A larger whole number is a DEDUP_JSON_DOUBLE.
int64_t dedup_json_node_int(dedup_json_node node);
/// The value of a number of either type; 0 for other types.
double dedup_json_node_double(dedup_json_node node);
/// The UTF-8 of a string, unescaped, and its length; null for other types. Valid as long as the tree.
const char *dedup_json_node_string(dedup_json_node node, size_t *length);

/// An iterator over the children of an array or object, in order.
typedef struct {
    dedup_json_node next, end;
    bool is_object;
} dedup_json_children;

/// Returns an iterator over the children of a value; other types have none.
dedup_json_children dedup_json_node_children(dedup_json_node node);
/// Returns the next child and, for an object, its key; false after the last child.
bool dedup_json_next_child(dedup_json_children *children, dedup_json_node *value, const char **key, size_t *key_length);

#ifdef __cplusplus
}
#endif
