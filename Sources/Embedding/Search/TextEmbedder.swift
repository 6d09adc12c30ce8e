package import Basics
internal import DeBERTa
internal import Tokenizers

/// Encodes texts that are in memory. The vector of a text has the same bytes as the one that an embedding run writes
/// for it.
///
/// Any number of threads may use it at the same time; each call computes on the thread that made it.
package final class TextEmbedder: Sendable {
    /// The largest number of tokens that are encoded at once, as long as no sequence is longer.
    private static let unitTokens = 1024

    private final class Workspace {
        let tokenizer: TextTokenizer
        let combiner: VectorCombiner
        /// The token ids of one text.
        var tokens = Buffer<Int32>()
        /// The token ids of all sequences, with special tokens.
        var ids = Buffer<Int32>()
        /// The number of tokens of each sequence.
        var lengths = Buffer<Int32>()

        init(_ tokenizer: TextTokenizer, _ combiner: VectorCombiner) {
            self.tokenizer = tokenizer
            self.combiner = combiner
        }
    }

    /// How the vectors are made.
    package let parameters: EmbedParameters
    private let encoder: Encoder
    private let maker: SequenceMaker
    private let workspaces: Pool<Workspace>

    /// Loads the tokenizer, the weights and the whitening of a model.
    ///
    /// - Parameter threads: the number of threads that load weights.
    /// - Throws: if a file of the model is damaged or missing, or the parameters do not fit it.
    package init(_ model: EncodingModel, _ parameters: EmbedParameters, threads: Int = 1) throws(Failure) {
        let tokenizer = try model.tokenizer()
        let whitening = try model.whitening(parameters.whitening)
        self.parameters = parameters
        encoder = try Encoder(model.checkpoint, precision: parameters.precision, threads: threads)
        maker = try SequenceMaker(tokenizer, parameters)
        workspaces = Pool {
            Workspace(
                TextTokenizer(tokenizer, parameters),
                VectorCombiner(
                    dimensions: parameters.dimensions, whitening: whitening, normalizes: parameters.normalize))
        }
    }

    /// Returns the vectors of some texts, in their order.
    package func vectors(of texts: some Sequence<String>) throws(Failure) -> [[Float]] {
        do {
            return try workspaces.with { workspace in try vectors(of: texts, workspace) }
        } catch {
            throw error as? Failure ?? Failure("\(error)")
        }
    }

    private func vectors(of texts: some Sequence<String>, _ workspace: Workspace) throws(Failure) -> [[Float]] {
        workspace.ids.removeAll()
        workspace.lengths.removeAll()
        /// For each text, the end of its sequences.
        var ends: [Int] = []
        for var text in texts {
            workspace.tokens.removeAll()
            text.withUTF8 { workspace.tokenizer.encode($0, into: &workspace.tokens) }
            maker.append(workspace.tokens.elements, to: &workspace.ids, &workspace.lengths)
            ends.append(workspace.lengths.count)
        }
        let width = parameters.dimensions
        let parts = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, workspace.lengths.count * width))
        defer { parts.deallocate() }
        try encodeSequences(workspace, into: parts.baseAddress!)
        var result: [[Float]] = []
        var first = 0
        for end in ends {
            let lengths = workspace.lengths.slice(first..<end)
            try workspace.combiner.combine(lengths: lengths) { part in
                UnsafeBufferPointer(rebasing: parts[(first + part) * width..<(first + part + 1) * width])
            } _: { vector throws(Failure) in
                result.append(Array(vector))
            }
            first = end
        }
        return result
    }

    /// Encodes all sequences, in units of limited size.
    private func encodeSequences(_ workspace: Workspace, into parts: UnsafeMutablePointer<Float>) throws(Failure) {
        var unit: [Range<Int>] = []
        var done = 0
        var start = 0
        func encodeUnit() throws(Failure) {
            if unit.isEmpty { return }
            try encoder.encode(
                workspace.ids.elements, unit, parameters.pooling, into: parts + done * parameters.dimensions)
            done += unit.count
            unit.removeAll()
        }
        for length in workspace.lengths.elements {
            let end = start + Int(length)
            if let first = unit.first, end - first.lowerBound > Self.unitTokens { try encodeUnit() }
            unit.append(start..<end)
            start = end
        }
        try encodeUnit()
    }
}

extension EncodingModel {
    /// The vector of one text: the same bytes as an embedding run writes for it.
    package func vector(of text: String, _ parameters: EmbedParameters) throws(Failure) -> [Float] {
        try TextEmbedder(self, parameters).vectors(of: [text])[0]
    }
}
