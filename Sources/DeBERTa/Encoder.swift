package import Basics
internal import CEncoder

/// A DeBERTa v1 encoder, ready to run. Any number of threads may call it at once; each call computes on its own thread.
///
/// He et al., "DeBERTa: Decoding-enhanced BERT with Disentangled Attention", 2021, as Hugging Face's `DebertaModel`
/// computes it.
package final class Encoder: Sendable {
    package let configuration: Configuration
    package let precision: Precision

    private let embeddings: Embeddings
    private let layers: [Layer]
    private let kernels: Kernels
    private let workspaces: Pool<Workspace>

    /// Packs the weights for products in `precision`.
    ///
    /// - Parameters:
    ///   - level: the kernels to use; nil for the best.
    ///   - threads: how many matrices are packed at once.
    /// - Throws: when this machine cannot compute in `precision`.
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

    /// Encodes sequences and pools each: a vector is the same bits whatever is encoded beside it.
    ///
    /// - Parameters:
    ///   - tokens: the ids of all sequences, special tokens included.
    ///   - sequences: where each sequence lies in `tokens`; none is empty.
    ///   - vectors: room for `sequences.count` x `hiddenSize` numbers, one row for each sequence.
    /// - Throws: when an id is not in the vocabulary.
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

    /// The last layer's states of sequences, one after the other: a row of `hiddenSize` numbers for each token.
    ///
    /// - Parameter types: the token type of each of `tokens`; nil where all are 0.
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
