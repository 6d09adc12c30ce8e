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

/// A text of unknown origin for an error's one line: in quotes, cut short, without control characters.
package func quoted(_ text: String) -> String {
    let most = 120
    var short = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(most) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: short.append("\u{FFFD}")
        default: short.append(scalar)
        }
    }
    return "\"\(String(short))\(text.unicodeScalars.count > most ? "…" : "")\""
}
