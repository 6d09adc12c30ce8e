package import Basics
internal import Foundation

/// Where a field stands in a document: its keys from the outermost object inwards, written `meta.text`.
package struct FieldPath: Sendable, Hashable {
    package let keys: [String]
}

/// Which fields of a document are its text, or name it.
///
/// Written `meta.text` for one field and `content,text` for alternatives, of which the first counts that a line has. A
/// backslash makes a dot, a comma or a backslash a part of a key: `meta\.text`. Several fields are a list in JSON:
/// `["title","body"]`.
package struct FieldSelection: Sendable, Hashable, CustomStringConvertible {
    /// The fields that are joined, each with its alternatives.
    package let fields: [[FieldPath]]

    /// Reads one spelling.
    package init(_ text: String) throws(Failure) {
        let list = text.hasPrefix("[\"") ? try? JSONDecoder().decode([String].self, from: Data(text.utf8)) : nil
        try self.init(list ?? [text])
    }

    /// Reads fields that are joined.
    package init(_ texts: [String]) throws(Failure) {
        if texts.isEmpty { throw .usage("no field is named") }
        var fields: [[FieldPath]] = []
        for text in texts { fields.append(try Self.alternatives(text)) }
        self.fields = fields
    }

    /// Reads the field that names a document: one, with its alternatives.
    package init(id text: String) throws(Failure) { fields = [try Self.alternatives(text)] }

    private static func alternatives(_ text: String) throws(Failure) -> [FieldPath] {
        var paths: [[String]] = [[""]]
        var isEscaped = false
        func append(_ scalar: Unicode.Scalar) {
            paths[paths.count - 1][paths[paths.count - 1].count - 1].unicodeScalars.append(scalar)
        }
        for scalar in text.unicodeScalars {
            if isEscaped {
                // Before any other character it is a character of the key.
                if scalar != "." && scalar != "," && scalar != "\\" { append("\\") }
                append(scalar)
                isEscaped = false
            } else {
                switch scalar {
                case "\\": isEscaped = true
                case ".": paths[paths.count - 1].append("")
                case ",": paths.append([""])
                default: append(scalar)
                }
            }
        }
        if isEscaped { append("\\") }
        if paths.contains(where: { $0.contains("") }) {
            throw .usage(
                "'\(text)' is no field: expected a name, names joined by dots as in meta.text, or several of them with "
                    + "commas as in content,text")
        }
        return paths.map(FieldPath.init)
    }

    /// The one spelling that is stored: that of a field without special characters is the field itself.
    package var description: String {
        let spellings = fields.map(Self.spelling)
        guard spellings.count > 1 else { return spellings[0] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(spellings)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func spelling(_ alternatives: [FieldPath]) -> String {
        alternatives.map { path in path.keys.map(escaped).joined(separator: ".") }.joined(separator: ",")
    }

    /// A key with a backslash before what would not be taken for a part of it.
    private static func escaped(_ key: String) -> String {
        var text = String.UnicodeScalarView()
        let scalars = Array(key.unicodeScalars)
        for (place, scalar) in scalars.enumerated() {
            let next = place + 1 < scalars.count ? scalars[place + 1] : nil
            let isSpecial =
                scalar == "." || scalar == "," || scalar == "\\" && (next == nil || [".", ",", "\\"].contains(next!))
            if isSpecial { text.append("\\") }
            text.append(scalar)
        }
        return String(text)
    }

    /// The fields for a message: `"title", "body"`.
    var quoted: String {
        fields.flatMap { $0.map { "\"\(Self.spelling([$0]))\"" } }.joined(separator: ", ")
    }

    /// Whether it is one field without alternatives.
    var isSingle: Bool { fields.count == 1 && fields[0].count == 1 }
}
