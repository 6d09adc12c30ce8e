internal import Basics
internal import Dispatch

/// Finds the vectors that are most similar to a vector. Similarity is the cosine after centering, that is, after
/// subtracting the mean of all vectors. The vectors of an encoder all point in a similar direction, which says nothing
/// about a text.
///
/// The mapped files are read twice, on all cores: for the mean, and for the similarities. Sums are computed in double
/// precision and in an order that does not depend on the number of cores.
struct CentredSearch {
    /// A row of one of the shards.
    struct Place: Sendable, Hashable {
        /// The index of the shard in the list of shards.
        package let shard: Int
        package let row: Int
    }

    /// A row that was found, with its similarity.
    struct Found: Sendable {
        let place: Place
        let similarity: Double
    }

    /// The number of rows in a part. Each part is summed separately, and then the sums are added.
    private static let partRows = 1 << 14

    private let shards: [EmbeddedShard]
    private let dimensions: Int
    private let parts: [(shard: Int, rows: Range<Int>)]
    private let mean: [Double]

    init(_ shards: [EmbeddedShard], dimensions: Int) {
        self.shards = shards
        self.dimensions = dimensions
        var parts: [(shard: Int, rows: Range<Int>)] = []
        for (number, shard) in shards.enumerated() {
            for start in stride(from: 0, to: shard.rows, by: Self.partRows) {
                parts.append((number, start..<min(shard.rows, start + Self.partRows)))
            }
        }
        self.parts = parts
        mean = Self.mean(of: shards, parts, dimensions)
    }

    private static func mean(
        of shards: [EmbeddedShard], _ parts: [(shard: Int, rows: Range<Int>)], _ dimensions: Int
    ) -> [Double] {
        let sums = inParallel(parts) { part in
            var sum = [Double](repeating: 0, count: dimensions)
            var vector = sum
            var count = 0
            for row in part.rows {
                shards[part.shard].read(row: row, into: &vector)
                guard isVector(vector) else { continue }
                for i in 0..<dimensions { sum[i] += vector[i] }
                count += 1
            }
            return (sum: sum, count: count)
        }
        let count = max(1, sums.reduce(0) { $0 + $1.count })
        var mean = [Double](repeating: 0, count: dimensions)
        for part in sums { for i in 0..<dimensions { mean[i] += part.sum[i] } }
        return mean.map { $0 / Double(count) }
    }

    /// Whether a row is usable: its numbers are finite and not all zero. A line that is not a document has a row of
    /// zeros.
    private static func isVector(_ vector: [Double]) -> Bool {
        var isZero = true
        for value in vector {
            if !value.isFinite { return false }
            if value != 0 { isZero = false }
        }
        return !isZero
    }

    /// Returns the vector after centering, scaled to length 1; nil if that is not possible.
    private func direction(_ vector: [Double]) -> [Double]? {
        guard Self.isVector(vector) else { return nil }
        var centred = vector
        var square = 0.0
        for i in 0..<dimensions {
            centred[i] -= mean[i]
            square += centred[i] * centred[i]
        }
        guard square > 0 else { return nil }
        let length = square.squareRoot()
        return centred.map { $0 / length }
    }

    /// Returns the most similar rows in descending order of similarity; of equally similar rows, the earlier one comes
    /// first.
    ///
    /// - Parameter own: the row of the vector itself, which is left out; nil if it is not in the list.
    /// - Returns: nil if the vector is unusable, or equal to the mean.
    func nearest(to vector: [Double], count: Int, leavingOut own: Place?) -> [Found]? {
        guard let query = direction(vector) else { return nil }
        let found = Self.inParallel(parts) { part in
            var best: [Found] = []
            var vector = [Double](repeating: 0, count: dimensions)
            for row in part.rows {
                let place = Place(shard: part.shard, row: row)
                if place == own { continue }
                shards[part.shard].read(row: row, into: &vector)
                guard let similarity = cosine(query, vector) else { continue }
                if best.count == count, similarity <= best[count - 1].similarity { continue }
                let at = best.firstIndex { $0.similarity < similarity } ?? best.count
                best.insert(Found(place: place, similarity: similarity), at: at)
                if best.count > count { best.removeLast() }
            }
            return best
        }
        let all = found.flatMap { $0 }.enumerated()
        let sorted = all.sorted { ($1.element.similarity, $0.offset) < ($0.element.similarity, $1.offset) }
        return sorted.prefix(count).map(\.element)
    }

    private func cosine(_ query: [Double], _ vector: [Double]) -> Double? {
        guard Self.isVector(vector) else { return nil }
        var product = 0.0
        var square = 0.0
        for i in 0..<dimensions {
            let value = vector[i] - mean[i]
            product += query[i] * value
            square += value * value
        }
        return square > 0 ? product / square.squareRoot() : nil
    }

    private static func inParallel<Part: Sendable, Result: Sendable>(
        _ parts: [Part], _ work: @Sendable (Part) -> Result
    ) -> [Result] {
        let results = Locked([Result?](repeating: nil, count: parts.count))
        DispatchQueue.concurrentPerform(iterations: parts.count) { number in
            let result = work(parts[number])
            results.withLock { $0[number] = result }
        }
        return results.withLock { $0.map { $0! } }
    }
}
