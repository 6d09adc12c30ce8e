package import Basics
internal import CXXHash

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The division of a MinHash signature into bands of rows (locality-sensitive hashing). Two documents whose signatures
/// are equal in all rows of a band are candidates.
package struct Banding: Sendable, Equatable {
    /// The number of bands.
    package let bands: Int
    /// The number of rows in each band.
    package let rows: Int

    /// - Precondition: both numbers are positive.
    package init(bands: Int, rows: Int) {
        precondition(bands > 0 && rows > 0)
        self.bands = bands
        self.rows = rows
    }

    /// Appends the keys of a signature, one for each band. Each band has an equal range of the 64-bit numbers; the
    /// XXH3-64 of the band's rows, as 32-bit little-endian values, determines the key within that range.
    ///
    /// Sorted keys are therefore sorted by band. A twin is usually found by its first band, so most lookups touch only
    /// a small part of an index, which stays in the system's page cache even if the index is large.
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

    /// The probability that two documents with the Jaccard similarity J share at least one band: 1 - (1 - J^rows)^bands
    /// (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.2).
    package func detectionProbability(jaccard: Double) -> Double {
        1 - pow(1 - pow(jaccard, Double(rows)), Double(bands))
    }

    /// The Jaccard similarity at which two documents share a band with the given probability.
    package func jaccard(detectedWith probability: Double) -> Double {
        pow(1 - pow(1 - probability, 1 / Double(bands)), 1 / Double(rows))
    }
}
