internal import Basics
package import JSON

extension JSONValue {
    /// The value for an error's one line: strings are cut short.
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

/// A text of unknown origin for an error's one line: in quotes, cut short, with nothing invisible in it.
package func quoted(_ text: String) -> String {
    let most = 120
    return "\"\(String(text.unicodeScalars.prefix(most)).visible())\(text.unicodeScalars.count > most ? "…" : "")\""
}
