package import Basics

/// What to do with a line that is not a document (a bad line).
package enum BadLinePolicy: String, Sendable, CaseIterable {
    /// The run ends with an error at this line.
    case stop
    /// The line is written to the output; it is counted and listed in the report.
    case keep
    /// The line is not written to the output; it is counted and listed in the report.
    case drop

    /// The advice for a bad line in a run that can also use one of these policies.
    package static func advice(_ others: BadLinePolicy...) -> String {
        "fix the line, or continue with " + Parameter.onBadLine(others.map(\.rawValue).joined(separator: " or "))
    }
}

/// How the records of a shard become documents: where the text and the id are, and what happens to bad lines.
package struct DocumentFields: Sendable {
    /// The fields that hold the text.
    package let text: FieldSelection
    /// The field that holds the id.
    package let id: FieldSelection
    /// Whether the bare words NaN, Infinity and -Infinity are accepted in fields that are not read.
    package let allowsNaN: Bool
    /// What happens to a bad line.
    package let onBadLine: BadLinePolicy
    /// How to fix a bad line; the end of the message when a bad line ends the run.
    package let advice: String

    /// The default of `advice`.
    package static let advice = BadLinePolicy.advice(.keep, .drop)

    /// - Parameters:
    ///   - text: the fields that hold the text, as `FieldSelection` spells them.
    ///   - id: the field that holds the id, as `FieldSelection` spells it.
    /// - Throws: a usage error if a field is not spelled right.
    package init(
        text: String, id: String, allowsNaN: Bool = false, onBadLine: BadLinePolicy,
        advice: String = DocumentFields.advice
    ) throws(Failure) {
        self.text = try FieldSelection(text)
        self.id = try FieldSelection(id: id)
        self.allowsNaN = allowsNaN
        self.onBadLine = onBadLine
        self.advice = advice
    }
}
