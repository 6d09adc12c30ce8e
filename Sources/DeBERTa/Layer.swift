internal import Basics
internal import CEncoder
internal import Dispatch

/// One layer of the encoder: attention and a feed-forward network, each followed by a residual addition and a norm.
final class Layer: Sendable {
    private let configuration: Configuration
    private let kernels: Kernels
    private let attention: PackedWeights
    private let queryBias: Vector
    private let valueBias: Vector
    /// The keys and the queries of relative positions, [2 reach, hidden] each.
    private let positionKeys: PositionTable?
    private let positionQueries: PositionTable?
    private let attentionOutput: Dense
    private let intermediate: PackedWeights
    private let intermediateBias: Vector
    private let output: Dense

    /// A dense layer with a residual addition and a norm: y = norm(x W^T + bias + residual).
    private struct Dense: Sendable {
        let weights: PackedWeights
        let bias: Vector
        let norm: LayerNorm

        init(_ checkpoint: Checkpoint, _ name: String, _ precision: Precision) throws(Failure) {
            weights = try PackedWeights(checkpoint.tensor(name + ".dense.weight"), precision)
            bias = Vector(checkpoint.tensor(name + ".dense.bias"))
            norm = LayerNorm(checkpoint, name + ".LayerNorm")
        }
    }

    static func load(
        _ checkpoint: Checkpoint, _ precision: Precision, _ kernels: Kernels, threads: Int
    ) throws(Failure) -> [Layer] {
        let count = checkpoint.configuration.layers
        let made = Locked<[Result<Layer, Failure>?]>(Array(repeating: nil, count: count))
        let next = Locked(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while true {
                let number = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                if number >= count { return }
                let layer = Result { () throws(Failure) in try Layer(checkpoint, number, precision, kernels) }
                made.withLock { $0[number] = layer }
            }
        }
        var layers: [Layer] = []
        for layer in made.withLock({ $0 }) { layers.append(try layer!.get()) }
        return layers
    }

    private init(
        _ checkpoint: Checkpoint, _ number: Int, _ precision: Precision, _ kernels: Kernels
    ) throws(Failure) {
        let name = "encoder.layer.\(number)."
        let own = name + "attention.self."
        configuration = checkpoint.configuration
        self.kernels = kernels
        attention = try PackedWeights(checkpoint.tensor(own + "in_proj.weight"), precision)
        queryBias = Vector(checkpoint.tensor(own + "q_bias"))
        valueBias = Vector(checkpoint.tensor(own + "v_bias"))
        let isRelative = configuration.relativeReach != nil
        positionKeys =
            isRelative && configuration.hasContentToPosition
            ? try PositionTable(checkpoint, own + "pos_proj", hasBias: false, kernels) : nil
        positionQueries =
            isRelative && configuration.hasPositionToContent
            ? try PositionTable(checkpoint, own + "pos_q_proj", hasBias: true, kernels) : nil
        attentionOutput = try Dense(checkpoint, name + "attention.output", precision)
        intermediate = try PackedWeights(checkpoint.tensor(name + "intermediate.dense.weight"), precision)
        intermediateBias = Vector(checkpoint.tensor(name + "intermediate.dense.bias"))
        output = try Dense(checkpoint, name + "output", precision)
    }

    /// Runs the layer on all rows of a workspace, in tiles of rows.
    func run(_ space: Workspace, rows: Int, _ sequences: [Range<Int>]) throws(Failure) {
        let hidden = configuration.hiddenSize
        for tile in PackedWeights.tiles(rows) {
            try attention.multiply(
                space.input.from(tile.lowerBound), rows: tile.count, kernels, integers: space.integers,
                into: space.queriesKeysValues + tile.lowerBound * 3 * hidden)
        }
        attend(space, sequences)
        for tile in PackedWeights.tiles(rows) {
            let (first, count) = (tile.lowerBound, tile.count)
            let states = space.states + first * hidden
            let attended = space.attendedInput?.from(first) ?? space.narrow!
            if space.attendedInput == nil {
                kernels.convert(space.attended + first * hidden, rows: count, width: hidden, into: attended)
            }
            try add(attentionOutput, attended, to: states, rows: count, space, next: space.narrow)
            try intermediate.multiply(
                space.narrow, rows: count, kernels, integers: space.integers, into: space.results)
            kernels.gelu(space.results, bias: intermediateBias, rows: count, into: space.wide)
            try add(output, space.wide, to: states, rows: count, space, next: space.input.from(first))
        }
    }

    private func add(
        _ dense: Dense, _ x: ProductInput, to states: UnsafeMutablePointer<Float>, rows: Int, _ space: Workspace,
        next: ProductInput
    ) throws(Failure) {
        try dense.weights.multiply(x, rows: rows, kernels, integers: space.integers, into: space.results)
        kernels.layerNorm(
            space.results, bias: dense.bias.values, residual: states, dense.norm, rows: rows, into: states, and: next)
    }

    private func attend(_ space: Workspace, _ sequences: [Range<Int>]) {
        let hidden = configuration.hiddenSize
        var work = dedup_attention()
        work.heads = configuration.heads
        work.head_size = configuration.headSize
        work.q_bias = queryBias.values
        work.v_bias = valueBias.values
        let log2e = 1.4426950408889634
        work.q_scale = Float(log2e / Double(configuration.headSize * configuration.scoreTerms).squareRoot())
        work.reach = configuration.relativeReach ?? 0
        work.position_keys = positionKeys?.values
        work.position_queries = positionQueries?.values
        var row = 0
        for sequence in sequences {
            work.qkv = UnsafePointer(space.queriesKeysValues + row * 3 * hidden)
            work.length = sequence.count
            kernels.table.pointee.attention(&work, space.scratch, space.attended + row * hidden)
            row += sequence.count
        }
    }
}
