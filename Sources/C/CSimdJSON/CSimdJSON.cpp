#include "CSimdJSON.h"

#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

using namespace simdjson;
using std::string_view;

namespace {

// A parser's memory grows with the longest line. A parser larger than this is replaced before the next normal line.
constexpr size_t kept_capacity = size_t(16) << 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns the length of the JSON number at the start of `s`; 0 if there is none.
size_t number_length(string_view s) {
    size_t i = 0;
    auto digits = [&] {
        size_t from = i;
        while (i < s.size() && is_digit(s[i])) i++;
        return i > from;
    };
    if (i < s.size() && s[i] == '-') i++;
    if (i < s.size() && s[i] == '0') i++;
    else if (!digits()) return 0;
    if (i < s.size() && s[i] == '.') {
        i++;
        if (!digits()) return 0;
    }
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < s.size() && (s[i] == '+' || s[i] == '-')) i++;
        if (!digits()) return 0;
    }
    // A number directly followed by one of these characters is malformed, such as 01 or 1.2.3.
    if (i < s.size() && strchr("+-.eE0123456789", s[i])) return 0;
    return i;
}

// Returns the code unit of the escape \uXXXX at the start of `s`; -1 if there is none.
int code_unit(string_view s) {
    if (s.size() < 6 || s[0] != '\\' || s[1] != 'u') return -1;
    int value = 0;
    auto [end, error] = std::from_chars(s.data() + 2, s.data() + 6, value, 16);
    return error == std::errc() && end == s.data() + 6 && s[2] != '-' ? value : -1;
}

// Returns the bare NaN, Infinity or -Infinity at position `i`; null if there is none.
const char *nan_at(string_view line, size_t i) {
    for (const char *name : {"NaN", "Infinity", "-Infinity"}) {
        if (line.substr(i, strlen(name)) != name) continue;
        size_t end = i + strlen(name);
        if (end < line.size() && (isalnum(static_cast<unsigned char>(line[end])) || strchr("_.+-\"", line[end]))) return nullptr;
        return name;
    }
    return nullptr;
}

// Whether a colon follows at `end`. What is before it would be a key, and numbers and NaN cannot be keys.
bool is_key(string_view line, size_t end) {
    while (end < line.size() && strchr(" \t\r\n", line[end])) end++;
    return end < line.size() && line[end] == ':';
}

// Rewrites JSON that simdjson refuses into a form that it accepts. Lone surrogate escapes become U+FFFD. Bare NaN,
// Infinity and -Infinity become strings that begin with `mark`; so do, with `marks_numbers`, all numbers, because some
// do not fit simdjson's types. Nothing else changes, so text that is not JSON is still refused. Sets `nan` to the first
// NaN, Infinity or -Infinity, or to null.
std::string tolerated(string_view line, string_view mark, bool marks_numbers, const char *&nan) {
    std::string out;
    out.reserve(line.size() + line.size() / 8 + SIMDJSON_PADDING);
    nan = nullptr;
    bool in_string = false;
    for (size_t i = 0; i < line.size();) {
        char c = line[i];
        if (in_string && c == '\\') {
            int unit = code_unit(line.substr(i));
            if (unit < 0) {
                out += line.substr(i, 2);
                i += 2;
            } else if (unit >= 0xD800 && unit < 0xDC00) {
                int next = code_unit(line.substr(i + 6));
                bool pair = next >= 0xDC00 && next < 0xE000;
                out += pair ? line.substr(i, 12) : string_view("\\ufffd");
                i += pair ? 12 : 6;
            } else {
                out += unit >= 0xDC00 && unit < 0xE000 ? string_view("\\ufffd") : line.substr(i, 6);
                i += 6;
            }
            continue;
        }
        if (c == '"') in_string = !in_string;
        if (!in_string && (c == 'N' || c == 'I' || c == '-')) {
            const char *name = nan_at(line, i);
            if (name && !is_key(line, i + strlen(name))) {
                if (!nan) nan = name;
                out.append("\"").append(mark).append(name).append("\"");
                i += strlen(name);
                continue;
            }
        }
        if (!in_string && (c == '-' || is_digit(c))) {
            size_t length = marks_numbers ? number_length(line.substr(i)) : 0;
            if (length && !is_key(line, i + length)) {
                out.append("\"").append(mark).append(line.substr(i, length)).append("\"");
                i += length;
                continue;
            }
            // Copy the rest of the characters, so that no part of them is taken for a number.
            do out += line[i++];
            while (i < line.size() && strchr("+-.eE0123456789", line[i]));
            continue;
        }
        out += c;
        i++;
    }
    return out;
}

// Returns a private-use character that does not occur in the line, neither directly nor escaped, and so can mark the
// strings that stand for numbers. Returns "" if there is none.
std::string unused_mark(string_view line) {
    for (int code = 0xE000; code < 0xF900; code++) {
        const char utf8[] = {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 0x3F)), char(0x80 | (code & 0x3F))};
        if (line.find(string_view(utf8, 3)) != string_view::npos) continue;
        bool escaped = false;
        for (size_t i = line.find("\\u"); i != string_view::npos && !escaped; i = line.find("\\u", i + 2))
            escaped = code_unit(line.substr(i)) == code;
        if (!escaped) return std::string(utf8, 3);
    }
    return "";
}

size_t first_invalid_utf8(string_view s) {
    for (size_t i = 0; i < s.size();) {
        unsigned char c = s[i];
        size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
        if (length == 0 || i + length > s.size()) return i;
        for (size_t k = 1; k < length; k++)
            if ((static_cast<unsigned char>(s[i + k]) & 0xC0) != 0x80) return i;
        unsigned char second = length > 1 ? s[i + 1] : 0;
        if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
            (c == 0xF4 && second > 0x8F))
            return i;
        i += length;
    }
    return s.size();
}

} // namespace

struct dedup_json {
    std::unique_ptr<dom::parser> parser = std::make_unique<dom::parser>();
    using path = std::vector<std::string>;
    std::vector<std::vector<path>> texts; // for each field, its alternatives
    std::vector<path> ids;
    bool allows_nan = false;
    std::string joined; // the text, if it is joined from several fields or from a list
    std::string number; // a numeric id in JSON notation
    std::string mark;   // the prefix of strings that stand for numbers; empty if the line was not rewritten

    // Finds the value at a path of keys; if a key is repeated, the last one counts.
    static bool find(dom::element root, const path &path, dom::element &value) {
        value = root;
        for (const auto &key : path) {
            dom::object object;
            if (value.get(object)) return false;
            bool found = false;
            for (auto field : object)
                if (field.key == key) {
                    value = field.value;
                    found = true;
                }
            if (!found) return false;
        }
        return true;
    }

    // Finds the first value other than null at one of the paths. Sets `is_null` if a path leads to a null.
    static bool find(dom::element root, const std::vector<path> &paths, dom::element &value, bool &is_null) {
        for (const auto &path : paths) {
            if (!find(root, path, value)) continue;
            if (!value.is_null()) return true;
            is_null = true;
        }
        return false;
    }

    // Whether a string stands for a number, NaN or Infinity of a rewritten line.
    bool is_number(string_view string) const {
        return !mark.empty() && string.substr(0, mark.size()) == mark;
    }

    template <typename Number> void write_number(Number value) {
        char digits[32];
        auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        number.assign(digits, end);
    }

    void read_id(dom::element value, dedup_json_document &document) {
        string_view string;
        document.id_kind = DEDUP_JSON_ID_NUMBER;
        switch (value.type()) {
        case dom::element_type::STRING:
            string = string_view(value);
            if (is_number(string)) {
                string.remove_prefix(mark.size());
                if (!is_digit(string.back())) {
                    document.id_kind = DEDUP_JSON_ID_NONE;
                    return;
                }
            } else {
                document.id_kind = DEDUP_JSON_ID_STRING;
            }
            document.id = string.data();
            document.id_length = string.size();
            return;
        case dom::element_type::INT64: write_number(int64_t(value)); break;
        case dom::element_type::UINT64: write_number(uint64_t(value)); break;
        case dom::element_type::DOUBLE: write_number(double(value)); break;
        default: document.id_kind = DEDUP_JSON_ID_NONE; return;
        }
        document.id = number.data();
        document.id_length = number.size();
    }

    void read(dom::element root, dedup_json_document &document) {
        dom::element value;
        if (!root.is_object()) {
            document.status = DEDUP_JSON_NOT_AN_OBJECT;
            return;
        }
        if (!read_text(root, document)) return;
        document.status = DEDUP_JSON_OK;
        bool is_null = false;
        if (find(root, ids, value, is_null)) read_id(value, document);
    }

    bool read_text(dom::element root, dedup_json_document &document) {
        dom::element value;
        bool is_null = false;
        document.status = DEDUP_JSON_TEXT_NOT_A_STRING;
        if (texts.size() == 1) {
            string_view text;
            bool found = find(root, texts[0], value, is_null);
            if (found && !value.get(text)) {
                document.text = text.data();
                document.text_length = text.size();
                return !is_number(text);
            }
            if (found && !value.is_array()) return false;
        }
        if (joined.capacity() > kept_capacity) joined = std::string();
        joined.clear();
        bool is_first = true, is_found = false;
        auto append = [&](dom::element part) {
            string_view text;
            if (part.get(text) || is_number(text)) return false;
            if (!is_first) joined += '\n';
            is_first = false;
            joined += text;
            return true;
        };
        for (const auto &alternatives : texts) {
            if (!find(root, alternatives, value, is_null)) continue;
            is_found = true;
            dom::array list;
            if (value.get(list)) {
                if (!append(value)) return false;
                continue;
            }
            for (auto part : list)
                if (!part.is_null() && !append(part)) {
                    document.status = DEDUP_JSON_TEXT_NOT_STRINGS;
                    return false;
                }
        }
        if (!is_found && !is_null) document.status = DEDUP_JSON_NO_TEXT;
        document.text = joined.data();
        document.text_length = joined.size();
        return is_found;
    }

    static bool mentions_nan(string_view line) {
        return line.find("NaN") != string_view::npos || line.find("Infinity") != string_view::npos;
    }

    void parse(string_view line, dedup_json_document &document) {
        if (parser->capacity() > kept_capacity && line.size() <= kept_capacity) parser = std::make_unique<dom::parser>();
        document.status = DEDUP_JSON_NOT_JSON;
        if (line.substr(0, 3) == "\xEF\xBB\xBF") {
            document.reason = "a byte-order mark inside the shard";
            return;
        }
        dom::element root;
        mark.clear();
        auto error = parser->parse(line.data(), line.size(), false).get(root);
        const char *nan = nullptr;
        if (error == STRING_ERROR || error == NUMBER_ERROR || (error != SUCCESS && mentions_nan(line))) {
            mark = unused_mark(line);
            std::string form = tolerated(line, mark, false, nan);
            auto again = mark.empty() ? error : parser->parse(form).get(root);
            if (again == NUMBER_ERROR) {
                form = tolerated(line, mark, true, nan);
                again = parser->parse(form).get(root);
            }
            if (again == SUCCESS) error = SUCCESS;
        }
        if (error == SUCCESS && nan && !allows_nan) {
            document.status = DEDUP_JSON_NAN;
            document.reason = nan;
        } else if (error == SUCCESS) {
            read(root, document);
        } else if (error == MEMALLOC || error == CAPACITY) {
            document.status = DEDUP_JSON_NO_MEMORY;
        } else {
            // simdjson reports any one of several errors; invalid UTF-8 is the most helpful one to report.
            document.position = first_invalid_utf8(line);
            if (document.position < line.size()) document.status = DEDUP_JSON_INVALID_UTF8;
            document.reason = error_message(error);
        }
    }
};

extern "C" dedup_json *dedup_json_create(bool allows_nan) {
    auto parser = new (std::nothrow) dedup_json;
    if (parser) parser->allows_nan = allows_nan;
    return parser;
}

extern "C" bool dedup_json_add_text(dedup_json *parser, const char *const *path, size_t keys, bool begins_field) {
    try {
        if (begins_field) parser->texts.emplace_back();
        parser->texts.back().emplace_back(path, path + keys);
        return true;
    } catch (const std::bad_alloc &) {
        return false;
    }
}

extern "C" bool dedup_json_add_id(dedup_json *parser, const char *const *path, size_t keys) {
    try {
        parser->ids.emplace_back(path, path + keys);
        return true;
    } catch (const std::bad_alloc &) {
        return false;
    }
}

extern "C" void dedup_json_destroy(dedup_json *parser) { delete parser; }

extern "C" void dedup_json_parse(dedup_json *parser, const uint8_t *line, size_t length, dedup_json_document *document) {
    *document = {};
    try {
        parser->parse(string_view(reinterpret_cast<const char *>(line), length), *document);
    } catch (const std::bad_alloc &) {
        document->status = DEDUP_JSON_NO_MEMORY;
    }
}
