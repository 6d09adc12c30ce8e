package import Basics
internal import CXXHash

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a signature is cut into bands. Documents that agree in all rows of one band are candidates.
package struct Banding: Sendable, Equatable {
    package let bands: Int
    package let rows: Int

    package init(bands: Int, rows: Int) {
        precondition(bands > 0 && rows > 0)
        self.bands = bands
        self.rows = rows
    }

    /// Appends one key for each band: the band's share of the 64-bit numbers, and in it a place by the XXH3-64 of its
    /// rows, as 32-bit little-endian values.
    ///
    /// So sorted keys are sorted by band: a duplicate, which is found by its first band as a rule, is looked for in a
    /// small part of an index, which stays in the system's memory however large the whole is.
    package func appendKeys(of signature: UnsafeMutableBufferPointer<UInt32>, to keys: inout Buffer<UInt64>) {
        precondition(signature.count >= bands * rows)
        let room = keys.reserve(bands)
        let share = UInt64.max / UInt64(bands)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rows) { bytes in
            for band in 0..<bands {
                for row in 0..<rows { bytes[row] = signature[band * rows + row].littleEndian }
                let hash = dedup_xxh3_64(bytes.baseAddress, rows * MemoryLayout<UInt32>.size)
                room[band] = UInt64(band) * share + hash.multipliedFullWidth(by: share).high
            }
        }
        keys.advance(bands)
    }

    /// The probability that two documents of Jaccard similarity `jaccard` share at least one band:
    /// 1 - (1 - J^rows)^bands (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.2).
    package func detectionProbability(jaccard: Double) -> Double {
        1 - pow(1 - pow(jaccard, Double(rows)), Double(bands))
    }

    /// The similarity at which a pair is found with the given probability.
    package func jaccard(detectedWith probability: Double) -> Double {
        pow(1 - pow(1 - probability, 1 / Double(bands)), 1 / Double(rows))
    }
}
