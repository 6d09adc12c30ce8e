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

    /// Appends one key for each band: XXH3-64 over the band's number and its rows, all as 32-bit little-endian values.
    package func appendKeys(of signature: UnsafeMutableBufferPointer<UInt32>, to keys: inout Buffer<UInt64>) {
        precondition(signature.count >= bands * rows)
        let room = keys.reserve(bands)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rows + 1) { bytes in
            for band in 0..<bands {
                bytes[0] = UInt32(band).littleEndian
                for row in 0..<rows { bytes[row + 1] = signature[band * rows + row].littleEndian }
                room[band] = dedup_xxh3_64(bytes.baseAddress, (rows + 1) * MemoryLayout<UInt32>.size)
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
