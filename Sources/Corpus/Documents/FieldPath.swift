package import Basics
internal import Foundation

/// The path of a field in a JSON document: its keys from the outermost object inwards, written `meta.text`.
package struct FieldPath: Sendable, Hashable {
    /// The keys, unescaped, the outermost first.
    package let keys: [String]
}

/// The fields of a document that hold its text or its id, as an option or a pipeline file names them.
///
/// `meta.text` is one field. `content,text` are alternatives: of these, the first one that a line has is used. A
/// backslash makes a dot, a comma or a backslash part of a key: `meta\.text` is the key "meta.text". A JSON list names
/// several fields whose values are joined: `["title","body"]`.
package struct FieldSelection: Sendable, Hashable, CustomStringConvertible {
    /// The fields whose values are joined, each with its alternatives.
    package let fields: [[FieldPath]]

    /// Parses one string, which may be a JSON list.
    ///
    /// - Throws: a usage error if a key is empty.
    package init(_ text: String) throws(Failure) {
        let list = text.hasPrefix("[\"") ? try? JSONDecoder().decode([String].self, from: Data(text.utf8)) : nil
        try self.init(list ?? [text])
    }

    /// Parses the fields whose values are joined, one per string.
    ///
    /// - Throws: a usage error if there are none, or if a key is empty.
    package init(_ texts: [String]) throws(Failure) {
        if texts.isEmpty { throw .usage("no field is given") }
        var fields: [[FieldPath]] = []
        for text in texts { fields.append(try Self.alternatives(text)) }
        self.fields = fields
    }

    /// Parses the field that holds the id: one field, with its alternatives.
    ///
    /// - Throws: a usage error if a key is empty.
    package init(id text: String) throws(Failure) { fields = [try Self.alternatives(text)] }

    private static func alternatives(_ text: String) throws(Failure) -> [FieldPath] {
        var paths: [[String]] = [[""]]
        var isEscaped = false
        func append(_ scalar: Unicode.Scalar) {
            paths[paths.count - 1][paths[paths.count - 1].count - 1].unicodeScalars.append(scalar)
        }
        for scalar in text.unicodeScalars {
            if isEscaped {
                // A backslash before any other character is an ordinary character of the key.
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
                "'\(text)' is not a field: expected a name, names joined by dots as in meta.text, or several of them "
                    + "with commas as in content,text")
        }
        return paths.map(FieldPath.init)
    }

    /// The canonical spelling, which records store and compare. The spelling of one key without special characters is
    /// the key itself.
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

    /// Puts a backslash before each character of the key that would otherwise be read as syntax.
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

    /// The fields in quotes, for messages: `"title", "body"`.
    var quoted: String {
        fields.flatMap { $0.map { "\"\(Self.spelling([$0]))\"" } }.joined(separator: ", ")
    }

    /// Whether the selection is one field without alternatives.
    var isSingle: Bool { fields.count == 1 && fields[0].count == 1 }
}
