/// An example of a task, as text.
package struct TaskExample: Sendable, Equatable {
    /// A text, and the spans of it that the classifier reads.
    package struct Segment: Sendable, Equatable {
        package var text: String
        /// Ranges of the text in bytes of UTF-8, ascending and apart.
        package var spans: [Range<Int>] = []

        package init(_ text: String, spans: [Range<Int>] = []) {
            self.text = text
            self.spans = spans
        }
    }

    /// Where the example stands in its file: `idx` of the line and, in MuSeRC, of the question and of the answer.
    package struct Place: Sendable, Equatable {
        package var line: Int
        package var question: Int?
        package var answer: Int?
    }

    /// The sequences, each of one or two segments. A task in which one of several sequences is chosen has several.
    package var sequences: [[Segment]]
    /// The number of the class or of the sequence to choose; nil in a test set.
    package var label: Int?
    package var place: Place
}
