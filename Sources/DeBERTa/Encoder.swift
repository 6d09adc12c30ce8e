package import Basics
internal import CEncoder

/// A DeBERTa v1 encoder that is ready to run (He et al., "DeBERTa: Decoding-enhanced BERT with Disentangled Attention",
/// 2021). It computes the same as Hugging Face's `DebertaModel`.
///
/// Several threads may call it at the same time. Each call computes on the thread that made it.
package final class Encoder: Sendable {
    /// The configuration of the model.
    package let configuration: Configuration
    /// The precision of the matrix products.
    package let precision: Precision

    private let embeddings: Embeddings
    private let layers: [Layer]
    private let kernels: Kernels
    private let workspaces: Pool<Workspace>

    /// Reads the weights of a model and packs them for matrix products in `precision`.
    ///
    /// - Parameters:
    ///   - level: the instruction set of the kernels; nil for the best that the processor has.
    ///   - threads: the number of threads that pack weights.
    /// - Throws: if the processor lacks the instructions for `precision` or `level`.
    package init(
        _ checkpoint: Checkpoint, precision: Precision, threads: Int = 1, level: Kernels.Level? = nil
    ) throws(Failure) {
        try precision.check()
        let configuration = checkpoint.configuration
        let kernels = try Kernels(level ?? .best(for: precision))
        self.configuration = configuration
        self.precision = precision
        self.kernels = kernels
        embeddings = try Embeddings(checkpoint, precision, kernels)
        layers = try Layer.load(checkpoint, precision, kernels, threads: threads)
        workspaces = Pool { Workspace(configuration, precision) }
    }

    /// Encodes sequences and pools each of them into one vector. The bits of a vector do not depend on the other
    /// sequences.
    ///
    /// - Parameters:
    ///   - tokens: the token ids of all sequences, with special tokens.
    ///   - sequences: the range of each sequence in `tokens`; no range is empty.
    ///   - pooling: how the states of a sequence's tokens become one vector.
    ///   - vectors: [sequences, hidden]; is overwritten.
    /// - Throws: if a sequence is longer than the model allows, or an id is not in the vocabulary.
    package func encode(
        _ tokens: UnsafeBufferPointer<Int32>, _ sequences: [Range<Int>], _ pooling: Pooling,
        into vectors: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        try withStates(tokens, sequences, types: nil) { states in
            let width = configuration.hiddenSize
            var row = 0
            for (number, sequence) in sequences.enumerated() {
                let first = states + row * width
                switch pooling {
                case .mean: kernels.mean(first, rows: sequence.count, width: width, into: vectors + number * width)
                case .cls: (vectors + number * width).update(from: first, count: width)
                }
                row += sequence.count
            }
        }
    }

    /// Writes the last layer's states of all sequences to `states`, [tokens, hidden], in the order of the sequences.
    ///
    /// - Parameter types: the token type of each element of `tokens`; nil if all are 0.
    /// - Throws: if a sequence is longer than the model allows, or an id or a type is out of range.
    package func states(
        _ tokens: UnsafeBufferPointer<Int32>, _ sequences: [Range<Int>],
        types: UnsafeBufferPointer<Int32>? = nil, into states: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        let count = sequences.reduce(0) { $0 + $1.count } * configuration.hiddenSize
        try withStates(tokens, sequences, types: types) { states.update(from: $0, count: count) }
    }

    private func withStates(
        _ tokens: UnsafeBufferPointer<Int32>, _ sequences: [Range<Int>], types: UnsafeBufferPointer<Int32>?,
        _ use: (UnsafePointer<Float>) -> Void
    ) throws(Failure) {
        do {
            try workspaces.with { space in
                let rows = sequences.reduce(0) { $0 + $1.count }
                let longest = sequences.reduce(0) { max($0, $1.count) }
                space.makeRoom(rows: rows, scratch: kernels.attentionScratch(longest, configuration))
                try embeddings.embed(tokens, sequences, types: types, space, rows: rows)
                for layer in layers { try layer.run(space, rows: rows, sequences) }
                use(space.states)
            }
        } catch {
            throw error as? Failure ?? Failure("\(error)")
        }
    }
}
