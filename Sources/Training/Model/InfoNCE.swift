#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Loss and accuracy of the contrastive task, summed over pairs.
package struct PairScore: Sendable, Equatable {
    /// The sum of the losses of the pairs, in nats.
    package var loss = 0.0
    /// The number of pairs whose first vector is nearer to its own second vector than to that of any other pair.
    package var correct = 0
    /// The number of pairs.
    package var pairs = 0

    package init() {}

    /// The mean loss of a pair, in nats; 0 without pairs.
    package var meanLoss: Double { pairs > 0 ? loss / Double(pairs) : 0 }
    /// The share of correct pairs; 0 without pairs.
    package var accuracy: Double { pairs > 0 ? Double(correct) / Double(pairs) : 0 }

    package static func += (a: inout PairScore, b: PairScore) {
        a.loss += b.loss
        a.correct += b.correct
        a.pairs += b.pairs
    }
}

/// The contrastive loss InfoNCE (van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive
/// Coding", 2018). For each vector, a softmax over cosine / temperature has to find its partner among the partners of
/// all pairs in the batch. The loss is the mean over both directions, as in CLIP (Radford et al., 2021).
struct InfoNCE {
    let temperature: Float
    /// The number of dimensions of a vector.
    let width: Int

    /// Computes the loss of a batch of pairs, and the gradient of the mean loss.
    ///
    /// - Parameters:
    ///   - vectors: [2 pairs, width]; the two vectors of a pair are neighbouring rows.
    ///   - gradient: [2 pairs, width]; is overwritten.
    func score(
        _ vectors: UnsafePointer<Float>, pairs: Int, gradient: UnsafeMutablePointer<Float>
    ) -> PairScore {
        var score = PairScore()
        score.pairs = pairs
        if pairs == 0 { return score }
        var units = [Float](repeating: 0, count: 2 * pairs * width)
        var lengths = [Float](repeating: 0, count: 2 * pairs)
        for row in 0..<2 * pairs {
            lengths[row] = max(1e-12, dot(vectors + row * width, vectors + row * width).squareRoot())
            for i in 0..<width { units[row * width + i] = vectors[row * width + i] / lengths[row] }
        }
        units.withUnsafeBufferPointer { units in
            let units = units.baseAddress!
            var scores = [Float](repeating: 0, count: pairs * pairs)
            for a in 0..<pairs {
                for b in 0..<pairs {
                    scores[a * pairs + b] =
                        dot(units + 2 * a * width, units + (2 * b + 1) * width) / temperature
                }
            }
            let slopes = slopes(of: scores, pairs, &score)
            gradient.update(repeating: 0, count: 2 * pairs * width)
            for a in 0..<pairs {
                for b in 0..<pairs {
                    let slope = slopes[a * pairs + b]
                    add(slope, units + (2 * b + 1) * width, to: gradient + 2 * a * width)
                    add(slope, units + 2 * a * width, to: gradient + (2 * b + 1) * width)
                }
            }
            // Backward through the division of each vector by its length.
            for row in 0..<2 * pairs {
                let unit = units + row * width
                let at = gradient + row * width
                add(-dot(unit, at), unit, to: at)
                for i in 0..<width { at[i] /= lengths[row] }
            }
        }
        return score
    }

    /// The gradient of the mean loss with respect to each cosine, [pairs, pairs].
    private func slopes(of scores: [Float], _ pairs: Int, _ score: inout PairScore) -> [Float] {
        var slopes = [Float](repeating: 0, count: pairs * pairs)
        let factor = 1 / (2 * Double(pairs) * Double(temperature))
        for (own, other) in [(pairs, 1), (1, pairs)] {
            for a in 0..<pairs {
                let row = (0..<pairs).map { Double(scores[a * own + $0 * other]) }
                let highest = row.max()!
                let exponentials = row.map { exp($0 - highest) }
                let sum = exponentials.reduce(0, +)
                score.loss += (log(sum) + highest - row[a]) / 2
                // A pair counts as correct only if no other cosine is as high; otherwise equal vectors would all be
                // correct.
                if own == pairs && row[a] == highest && row.count(where: { $0 == highest }) == 1 { score.correct += 1 }
                for b in 0..<pairs {
                    slopes[a * own + b * other] += Float((exponentials[b] / sum - (a == b ? 1 : 0)) * factor)
                }
            }
        }
        return slopes
    }

    private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
        var sums = SIMD8<Float>()
        let whole = width / 8 * 8
        for i in stride(from: 0, to: whole, by: 8) {
            sums +=
                UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
                * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
        }
        var sum = sums.sum()
        for i in whole..<width { sum += a[i] * b[i] }
        return sum
    }

    private func add(_ factor: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        for i in 0..<width { y[i] += factor * x[i] }
    }
}
