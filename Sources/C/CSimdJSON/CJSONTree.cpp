#include "CJSONTree.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <string>
#include <type_traits>

using namespace simdjson;

struct dedup_json_tree {
    dom::parser parser;
    dom::element root;
};

namespace {

// A node is a bitwise copy of one of simdjson's elements or iterators.
template <class T> dedup_json_node pack(const T &value) {
    static_assert(sizeof(T) == sizeof(dedup_json_node) && std::is_trivially_copyable_v<T>);
    dedup_json_node node;
    memcpy(&node, &value, sizeof node);
    return node;
}

template <class T> T unpack(dedup_json_node node) {
    static_assert(sizeof(T) == sizeof(dedup_json_node) && std::is_trivially_copyable_v<T>);
    alignas(T) unsigned char bytes[sizeof(T)];
    memcpy(bytes, &node, sizeof node);
    return *reinterpret_cast<T *>(bytes);
}

dom::element element(dedup_json_node node) { return unpack<dom::element>(node); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns the text with "e0" after each whole number of more than 18 digits: simdjson has no type for such numbers, but
// reads them as floating point in this form.
std::string with_large_numbers(const char *text, size_t length) {
    std::string out;
    out.reserve(length + 64);
    bool in_string = false;
    for (size_t i = 0; i < length;) {
        if (!in_string && is_digit(text[i])) {
            size_t end = i;
            while (end < length && is_digit(text[end])) end++;
            out.append(text + i, end - i);
            bool is_whole = (i == 0 || !strchr(".eE+", text[i - 1])) && (end == length || !strchr(".eE", text[end]));
            if (is_whole && end - i > 18) out.append("e0");
            i = end;
            continue;
        }
        if (in_string && text[i] == '\\' && i + 1 < length) out.push_back(text[i++]);
        else if (text[i] == '"') in_string = !in_string;
        out.push_back(text[i++]);
    }
    return out;
}

} // namespace

dedup_json_tree *dedup_json_tree_read(const void *bytes, size_t length, const char **reason) {
    auto tree = new (std::nothrow) dedup_json_tree;
    if (!tree) {
        *reason = "out of memory";
        return nullptr;
    }
    // `true`: simdjson copies the text, because it needs padding after it.
    auto text = static_cast<const char *>(bytes);
    auto error = tree->parser.parse(text, length, true).get(tree->root);
    if (error == NUMBER_ERROR) {
        try {
            auto other = with_large_numbers(text, length);
            error = tree->parser.parse(other.data(), other.size(), true).get(tree->root);
        } catch (const std::bad_alloc &) {
            error = MEMALLOC;
        }
    }
    if (error) {
        *reason = error_message(error);
        delete tree;
        return nullptr;
    }
    return tree;
}

void dedup_json_tree_destroy(dedup_json_tree *tree) { delete tree; }

dedup_json_node dedup_json_tree_root(const dedup_json_tree *tree) { return pack(tree->root); }

dedup_json_kind dedup_json_node_kind(dedup_json_node node) {
    switch (element(node).type()) {
    case dom::element_type::NULL_VALUE: return DEDUP_JSON_NULL;
    case dom::element_type::BOOL: return DEDUP_JSON_BOOL;
    case dom::element_type::INT64: return DEDUP_JSON_INT;
    case dom::element_type::STRING: return DEDUP_JSON_STRING;
    case dom::element_type::ARRAY: return DEDUP_JSON_ARRAY;
    case dom::element_type::OBJECT: return DEDUP_JSON_OBJECT;
    default: return DEDUP_JSON_DOUBLE;
    }
}

bool dedup_json_node_bool(dedup_json_node node) {
    bool value = false;
    return !element(node).get(value) && value;
}

int64_t dedup_json_node_int(dedup_json_node node) {
    int64_t value = 0;
    return element(node).get(value) ? 0 : value;
}

double dedup_json_node_double(dedup_json_node node) {
    double value = 0;
    return element(node).get(value) ? 0 : value;
}

const char *dedup_json_node_string(dedup_json_node node, size_t *length) {
    const char *value = nullptr;
    *length = 0;
    auto found = element(node);
    if (found.get(value) || found.get_string_length().get(*length)) return nullptr;
    return value;
}

dedup_json_children dedup_json_node_children(dedup_json_node node) {
    dom::object object;
    if (!element(node).get(object)) return {pack(object.begin()), pack(object.end()), true};
    dom::array array;
    if (!element(node).get(array)) return {pack(array.begin()), pack(array.end()), false};
    return {node, node, false};
}

bool dedup_json_next_child(dedup_json_children *children, dedup_json_node *value, const char **key,
                           size_t *key_length) {
    if (children->next.place == children->end.place) return false;
    if (children->is_object) {
        auto at = unpack<dom::object::iterator>(children->next);
        *key = at.key_c_str();
        *key_length = at.key_length();
        *value = pack(at.value());
        children->next = pack(++at);
    } else {
        auto at = unpack<dom::array::iterator>(children->next);
        *key = nullptr;
        *key_length = 0;
        *value = pack(*at);
        children->next = pack(++at);
    }
    return true;
}
