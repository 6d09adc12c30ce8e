// simdjson's tree of a whole JSON text behind a C interface: for files of settings, not for documents.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A text that was read whole.
typedef struct dedup_json_tree dedup_json_tree;

/// A value of a tree: valid as long as the tree.
typedef struct {
    const void *tree;
    size_t place;
} dedup_json_node;

typedef enum {
    DEDUP_JSON_NULL,
    DEDUP_JSON_BOOL,
    DEDUP_JSON_INT,
    DEDUP_JSON_DOUBLE,
    DEDUP_JSON_STRING,
    DEDUP_JSON_ARRAY,
    DEDUP_JSON_OBJECT,
} dedup_json_kind;

/// Reads a text; null when it is not JSON, with the reason in `reason`.
dedup_json_tree *dedup_json_tree_read(const void *bytes, size_t length, const char **reason);
void dedup_json_tree_destroy(dedup_json_tree *tree);
dedup_json_node dedup_json_tree_root(const dedup_json_tree *tree);

dedup_json_kind dedup_json_node_kind(dedup_json_node node);
bool dedup_json_node_bool(dedup_json_node node);
/// A whole number; one that does not fit counts as a double.
int64_t dedup_json_node_int(dedup_json_node node);
/// A number of either kind.
double dedup_json_node_double(dedup_json_node node);
const char *dedup_json_node_string(dedup_json_node node, size_t *length);

/// What lies below an array or an object, in order.
typedef struct {
    dedup_json_node next, end;
    bool is_object;
} dedup_json_children;

dedup_json_children dedup_json_node_children(dedup_json_node node);
/// The next child and, of an object, its key; false after the last.
bool dedup_json_next_child(dedup_json_children *children, dedup_json_node *value, const char **key, size_t *key_length);

#ifdef __cplusplus
}
#endif
