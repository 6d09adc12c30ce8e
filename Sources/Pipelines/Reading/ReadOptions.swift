package import Corpus

/// How lines become documents.
package struct ReadOptions: Sendable {
    /// The fields of the text, as `FieldSelection` spells them.
    package var textField: String
    /// The field that names a document, as `FieldSelection` spells it.
    package var idField: String
    /// Whether a bare NaN, Infinity or -Infinity is accepted in fields that are not read.
    package var allowsNaN: Bool
    /// What happens at a line that is not a document.
    package var onBadLine: BadLinePolicy

    package init(
        textField: String = "text", idField: String = "id", allowsNaN: Bool = false, onBadLine: BadLinePolicy = .stop
    ) {
        self.textField = textField
        self.idField = idField
        self.allowsNaN = allowsNaN
        self.onBadLine = onBadLine
    }
}
