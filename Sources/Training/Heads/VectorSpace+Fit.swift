internal import QualityScoring

extension VectorSpace {
    /// The number of clusters. There are fewer for fewer than `textsOfCluster` texts each.
    private static let clusters = 64
    private static let textsOfCluster = 8
    private static let rounds = 10
    /// The share of the training texts that is within the limits.
    private static let within = 0.99
    /// The largest numbers of words of the classes of length, each with a limit of its own. The last class is open.
    private static let lengths = [16, 32, 64, 128, 256, 1 << 31]
    /// A class of fewer texts has the limit of the class before it, or of the first one that has enough.
    private static let leastTexts = 50

    /// Fits a space to the vectors of all training texts, good and bad ones: clusters by spherical k-means (Dhillon and
    /// Modha, "Concept decompositions for large sparse text data using clustering", 2001). The first centres are texts at
    /// equal distances in the order of the training, so the result is the same on every run.
    ///
    /// Returns nil if the vectors have no dimensions.
    init?(_ texts: TrainingTexts) {
        let dimensions = texts.dimensions
        guard dimensions > 0, texts.count > 0 else { return nil }
        let units = (0..<texts.count).map { Self.unit(texts.row($0).prefix(dimensions)) }
        let count = max(1, min(Self.clusters, texts.count / Self.textsOfCluster))
        var space = VectorSpace(centres: (0..<count).map { units[$0 * texts.count / count] }, limits: [])
        for _ in 0..<Self.rounds {
            var sums = [[Float]](repeating: [Float](repeating: 0, count: dimensions), count: count)
            for unit in units {
                let nearest = space.nearest(unit)
                for index in 0..<dimensions { sums[nearest][index] += unit[index] }
            }
            // A cluster that has lost all its texts stays where it is.
            for (cluster, sum) in sums.enumerated() where sum.contains(where: { $0 != 0 }) {
                space.centres[cluster] = Self.unit(sum[...])
            }
        }
        // Four digits are enough, and keep the file of the head short.
        space.centres = space.centres.map { $0.map { ($0 * 10_000).rounded() / 10_000 } }
        let distances = units.map { unit in unit.withUnsafeBufferPointer { space.distance($0) } }
        space.limits = Self.limits(distances, texts.profiles.map { Int($0.words) })
        self = space
    }

    private static func limits(_ distances: [Double], _ words: [Int]) -> [Limit] {
        var limits: [Limit] = []
        var least = 0
        for most in lengths {
            let those = distances.indices.filter {
                words[$0] > least && words[$0] <= most || least == 0 && words[$0] == 0
            }
            let distance = quantile(those.map { distances[$0] })
            if those.count >= leastTexts {
                limits.append(Limit(words: most, distance: distance))
            } else if !limits.isEmpty {
                limits[limits.count - 1].words = most
            }
            least = most
        }
        return limits.isEmpty ? [Limit(words: lengths.last!, distance: quantile(distances))] : limits
    }

    private static func quantile(_ distances: [Double]) -> Double {
        let sorted = distances.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(within * Double(sorted.count)))].shortened
    }

    private func nearest(_ unit: [Float]) -> Int {
        var (best, most) = (0, -Float.infinity)
        for (cluster, centre) in centres.enumerated() {
            let product = centre.withUnsafeBufferPointer { centre in
                unit.withUnsafeBufferPointer { unit in
                    var sum: Float = 0
                    for index in unit.indices { sum += centre[index] * unit[index] }
                    return sum
                }
            }
            if product > most { (best, most) = (cluster, product) }
        }
        return best
    }

    private static func unit(_ vector: ArraySlice<Float>) -> [Float] {
        let norm = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return norm > 0 ? vector.map { Float(Double($0) / norm) } : Array(vector)
    }
}
