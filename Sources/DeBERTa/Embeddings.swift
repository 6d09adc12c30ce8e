internal import Basics
internal import CEncoder

/// The embeddings before the first layer: those of tokens, positions and token types are added and normalized.
struct Embeddings: Sendable {
    private let configuration: Configuration
    private let kernels: Kernels
    /// The table stays in the mapped file, because a batch reads few of its rows.
    private let words: Tensor
    private let positions: Vector?
    private let types: Vector?
    private let projection: PackedWeights?
    private let norm: LayerNorm

    init(_ checkpoint: Checkpoint, _ precision: Precision, _ kernels: Kernels) throws(Failure) {
        let configuration = checkpoint.configuration
        self.configuration = configuration
        self.kernels = kernels
        words = checkpoint.tensor("embeddings.word_embeddings.weight")
        positions =
            configuration.hasAbsolutePositions
            ? Vector(checkpoint.tensor("embeddings.position_embeddings.weight")) : nil
        types =
            configuration.tokenTypes > 0
            ? Vector(checkpoint.tensor("embeddings.token_type_embeddings.weight")) : nil
        projection =
            configuration.embeddingSize == configuration.hiddenSize
            ? nil : try PackedWeights(checkpoint.tensor("embeddings.embed_proj.weight"), .f32)
        norm = LayerNorm(checkpoint, "embeddings.LayerNorm")
    }

    /// Writes the states of all tokens, which are the input of the first layer, to the workspace.
    ///
    /// - Throws: if a sequence is longer than the model allows, or a token id or type is out of range.
    func embed(
        _ tokens: UnsafeBufferPointer<Int32>, _ sequences: [Range<Int>], types: UnsafeBufferPointer<Int32>?,
        _ space: Workspace, rows: Int
    ) throws(Failure) {
        let width = configuration.embeddingSize
        var row = 0
        for sequence in sequences {
            if configuration.hasAbsolutePositions && sequence.count > configuration.maxPositions {
                throw Failure(
                    "the sequence has \(sequence.count) tokens, but the model has only \(configuration.maxPositions) "
                        + "positions"
                )
            }
            for (position, place) in sequence.enumerated() {
                let id = Int(tokens[place])
                guard (0..<configuration.vocabularySize).contains(id) else {
                    throw Failure("the token \(id) is not among the \(configuration.vocabularySize) of the model")
                }
                let to = space.embedded + row * width
                words.read(id * width..<(id + 1) * width, into: to)
                if let positions { Self.add(positions.values + position * width, to: to, width) }
                if let table = self.types {
                    let type = types.map { Int($0[place]) } ?? 0
                    guard (0..<configuration.tokenTypes).contains(type) else {
                        throw Failure("token type \(type), and the model has \(configuration.tokenTypes)")
                    }
                    Self.add(table.values + type * width, to: to, width)
                }
                row += 1
            }
        }
        for tile in PackedWeights.tiles(rows) {
            let (first, count) = (tile.lowerBound, tile.count)
            var x = UnsafePointer(space.embedded + first * width)
            if let projection {
                let input = ProductInput(.f32, space.embedded + first * width, width: width, scales: nil, zeros: nil)
                try projection.multiply(input, rows: count, kernels, integers: nil, into: space.results)
                x = UnsafePointer(space.results)
            }
            kernels.layerNorm(
                x, bias: nil, residual: nil, norm, rows: count,
                into: space.states + first * configuration.hiddenSize, and: space.input.from(first))
        }
    }

    private static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, _ width: Int) {
        for i in 0..<width { y[i] += x[i] }
    }
}
