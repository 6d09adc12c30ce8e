internal import Basics
package import JSON

extension JSONValue {
    /// The value as part of a one-line error message; long strings are shortened.
    package var shortDescription: String {
        switch kind {
        case .null: "null"
        case .bool: bool == true ? "true" : "false"
        case .int: int.map { "\($0)" } ?? "a number"
        case .double: double.map { "\($0)" } ?? "a number"
        case .string: quoted(string ?? "")
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// Quotes a string that comes from a file, for a one-line error message. Long strings are shortened, and invisible
/// characters are replaced by visible ones.
package func quoted(_ text: String) -> String {
    let most = 120
    return "\"\(String(text.unicodeScalars.prefix(most)).visible())\(text.unicodeScalars.count > most ? "…" : "")\""
}
