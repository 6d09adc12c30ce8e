internal import Basics
internal import CEncoder

/// The embeddings of relative positions, projected to the queries or the keys of one layer: [2 reach, hidden]. They
/// depend on weights only, so they are computed once, when the model is loaded.
final class PositionTable: Sendable {
    private let rows: Buffer<Float>

    init(_ checkpoint: Checkpoint, _ name: String, hasBias: Bool, _ kernels: Kernels) throws(Failure) {
        let weights = try PackedWeights(checkpoint.tensor(name + ".weight"), .f32)
        let embeddings = checkpoint.tensor("encoder.rel_embeddings.weight")
        let (count, width) = (embeddings.shape[0], embeddings.shape[1])
        let tile = PackedWeights.tile
        let padded = (count + tile - 1) / tile * tile * width
        var x = Buffer<Float>(capacity: padded)
        x.reserve(padded).update(repeating: 0, count: padded)
        embeddings.read(0..<count * width, into: x.base)
        var y = Buffer<Float>(capacity: padded)
        for tile in PackedWeights.tiles(count) {
            let start = tile.lowerBound * width
            let input = ProductInput(.f32, x.base + start, width: width, scales: nil, zeros: nil)
            try weights.multiply(input, rows: tile.count, kernels, integers: nil, into: y.base + start)
        }
        if hasBias {
            let bias = Vector(checkpoint.tensor(name + ".bias"))
            for i in 0..<count * width { y.base[i] += bias.values[i % width] }
        }
        y.advance(count * width)
        rows = y
    }

    var values: UnsafePointer<Float> { UnsafePointer(rows.base) }
}
