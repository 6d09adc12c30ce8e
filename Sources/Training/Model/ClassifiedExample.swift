/// An example of a classification, in tokens: what a model with a classifier reads, and its label.
///
/// It has one sequence, whose outputs are the classes, or several sequences, of which one is to be chosen. Then the model
/// has one output, which rates a sequence.
package struct ClassifiedExample: Sendable {
    /// A sequence, and the parts of it whose states the classifier reads.
    package struct Sequence: Sendable, Equatable {
        /// The token ids; at least one.
        package var ids: [Int32]
        /// Ranges of indices of `ids`, none of them empty. The classifier reads the mean of the states in each range.
        /// All examples have the same number of parts.
        package var parts: [Range<Int>]

        package init(ids: [Int32], parts: [Range<Int>]) {
            self.ids = ids
            self.parts = parts
        }
    }

    package var sequences: [Sequence]
    /// The number of the class or of the sequence to choose, from 0; nil if it is not known.
    package var label: Int?

    package init(sequences: [Sequence], label: Int?) {
        self.sequences = sequences
        self.label = label
    }

    /// The number of tokens of all sequences.
    package var tokens: Int { sequences.reduce(0) { $0 + $1.ids.count } }
}
