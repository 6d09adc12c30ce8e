package import Corpus

/// The options of the stage that reads documents.
package struct ReadOptions: Sendable {
    /// The fields that hold the text, as `FieldSelection` spells them.
    package var textField: String
    /// The field that holds the id, as `FieldSelection` spells it.
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
