import Foundation

@testable import DeBERTa

/// A slow forward pass of DeBERTa v1 in doubles, straight from its definition. The engine is compared with it.
/// It follows `DebertaModel` of Hugging Face's transformers 5, and is itself compared with that model's values.
struct ReferenceForward {
    let configuration: Configuration
    private let weights: [String: Matrix]

    init(_ checkpoint: Checkpoint) {
        configuration = checkpoint.configuration
        weights = Dictionary(
            uniqueKeysWithValues: checkpoint.configuration.tensors.map { tensor in
                let values = checkpoint.tensor(tensor.name).floats().map(Double.init)
                return (tensor.name, Matrix(columns: tensor.shape.last!, values))
            })
    }

    /// The states after the last layer, a row for each token.
    ///
    /// - Parameters:
    ///   - types: the type of each token; nil if all are 0.
    ///   - mask: whether each token can be attended to; nil if all can.
    func states(_ ids: [Int32], types: [Int32]? = nil, mask: [Bool]? = nil) -> [[Double]] {
        let mask = mask ?? ids.map { _ in true }
        var states = embed(ids, types ?? ids.map { _ in 0 })
        for row in 0..<states.rows where !mask[row] {
            for column in 0..<states.columns { states[row, column] = 0 }
        }
        for layer in 0..<configuration.layers { states = run(layer, states, mask) }
        return (0..<states.rows).map { states.row($0) }
    }

    private func embed(_ ids: [Int32], _ types: [Int32]) -> Matrix {
        let words = weight("embeddings.word_embeddings.weight")
        var sum = Matrix(rows: ids.count, columns: configuration.embeddingSize)
        for row in 0..<sum.rows {
            for column in 0..<sum.columns {
                sum[row, column] = words[Int(ids[row]), column]
                if configuration.hasAbsolutePositions {
                    sum[row, column] += weight("embeddings.position_embeddings.weight")[row, column]
                }
                if configuration.tokenTypes > 0 {
                    sum[row, column] += weight("embeddings.token_type_embeddings.weight")[Int(types[row]), column]
                }
            }
        }
        if configuration.embeddingSize != configuration.hiddenSize {
            sum = sum.times(weight("embeddings.embed_proj.weight"))
        }
        return normalize(sum, "embeddings.LayerNorm")
    }

    private func run(_ layer: Int, _ states: Matrix, _ mask: [Bool]) -> Matrix {
        let prefix = "encoder.layer.\(layer)."
        let attended = attend(prefix + "attention.self.", states, mask)
        let middle = normalize(
            dense(attended, prefix + "attention.output.dense") + states, prefix + "attention.output.LayerNorm")
        var inner = dense(middle, prefix + "intermediate.dense")
        for i in inner.values.indices {
            inner.values[i] = 0.5 * inner.values[i] * (1 + erf(inner.values[i] / 2.0.squareRoot()))
        }
        return normalize(dense(inner, prefix + "output.dense") + middle, prefix + "output.LayerNorm")
    }

    private func attend(_ prefix: String, _ states: Matrix, _ mask: [Bool]) -> Matrix {
        let (length, size) = (states.rows, configuration.headSize)
        let scale = Double(size * configuration.scoreTerms).squareRoot()
        // The queries, keys and values of a head are next to each other.
        let projected = states.times(weight(prefix + "in_proj.weight"))
        let queryBias = weight(prefix + "q_bias").values
        let valueBias = weight(prefix + "v_bias").values
        let positions = RelativePositions(self, prefix, length: length, scale: scale)
        var result = Matrix(rows: length, columns: configuration.hiddenSize)
        for head in 0..<configuration.heads {
            let (start, bias) = (3 * head * size, head * size)
            let query = (0..<length).map { i in
                (0..<size).map { (projected[i, start + $0] + queryBias[bias + $0]) / scale }
            }
            let key = (0..<length).map { i in (0..<size).map { projected[i, start + size + $0] } }
            for i in 0..<length {
                var scores = (0..<length).map { j in
                    guard mask[i] && mask[j] else { return -Double(Float.greatestFiniteMagnitude) }
                    return dot(query[i], key[j]) + positions.score(head, i, j, query: query[i], key: key[j])
                }
                let most = scores.max()!
                scores = scores.map { exp($0 - most) }
                let total = scores.reduce(0, +)
                for j in 0..<length {
                    for c in 0..<size {
                        result[i, bias + c] +=
                            scores[j] / total * (projected[j, start + 2 * size + c] + valueBias[bias + c])
                    }
                }
            }
        }
        return result
    }

    fileprivate func weight(_ name: String) -> Matrix { weights[name]! }

    fileprivate func dense(_ states: Matrix, _ name: String) -> Matrix {
        var result = states.times(weight(name + ".weight"))
        let bias = weight(name + ".bias").values
        for row in 0..<result.rows {
            for column in 0..<result.columns { result[row, column] += bias[column] }
        }
        return result
    }

    private func normalize(_ states: Matrix, _ name: String) -> Matrix {
        let (weight, bias) = (weight(name + ".weight").values, weight(name + ".bias").values)
        var result = states
        for row in 0..<states.rows {
            let values = states.row(row)
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            let deviation = (variance + Double(configuration.layerNormEpsilon)).squareRoot()
            for (column, value) in values.enumerated() {
                result[row, column] = weight[column] * (value - mean) / deviation + bias[column]
            }
        }
        return result
    }
}

/// The contribution of relative attention to the scores of one layer.
private struct RelativePositions {
    private let size: Int
    private let span: Int
    /// The projected embeddings of distances; nil if the configuration has no such term.
    private var keys: Matrix?
    private var queries: Matrix?
    private let scale: Double

    init(_ forward: ReferenceForward, _ prefix: String, length: Int, scale: Double) {
        let configuration = forward.configuration
        size = configuration.headSize
        self.scale = scale
        guard let reach = configuration.relativeReach else {
            span = 0
            return
        }
        span = min(length, reach)
        let table = forward.weight("encoder.rel_embeddings.weight")
        let distances = Matrix(
            columns: table.columns, (reach - span..<reach + span).flatMap { table.row($0) })
        if configuration.hasContentToPosition {
            keys = distances.times(forward.weight(prefix + "pos_proj.weight"))
        }
        if configuration.hasPositionToContent { queries = forward.dense(distances, prefix + "pos_q_proj") }
    }

    func score(_ head: Int, _ i: Int, _ j: Int, query: [Double], key: [Double]) -> Double {
        let distance = max(0, min(i - j + span, 2 * span - 1))
        var score = 0.0
        if let keys { score += (0..<size).reduce(0) { $0 + query[$1] * keys[distance, head * size + $1] } }
        if let queries {
            score += (0..<size).reduce(0) { $0 + key[$1] * queries[distance, head * size + $1] } / scale
        }
        return score
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// A matrix in row-major order.
private struct Matrix {
    let rows: Int
    let columns: Int
    var values: [Double]

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        values = [Double](repeating: 0, count: rows * columns)
    }

    init(columns: Int, _ values: [Double]) {
        rows = values.count / columns
        self.columns = columns
        self.values = values
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    func row(_ row: Int) -> [Double] { Array(values[row * columns..<(row + 1) * columns]) }

    /// The product with a matrix that is stored as [output, input], as PyTorch's linear layers are.
    func times(_ weight: Matrix) -> Matrix {
        var result = Matrix(rows: rows, columns: weight.rows)
        for i in 0..<rows {
            for o in 0..<weight.rows {
                var sum = 0.0
                for k in 0..<columns { sum += self[i, k] * weight[o, k] }
                result[i, o] = sum
            }
        }
        return result
    }

    static func + (a: Matrix, b: Matrix) -> Matrix {
        Matrix(columns: a.columns, zip(a.values, b.values).map { $0 + $1 })
    }
}
