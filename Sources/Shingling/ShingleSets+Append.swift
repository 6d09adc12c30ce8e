internal import Basics

extension ShingleSets {
    /// Appends a set that was made elsewhere; it must be ascending and without repetitions.
    package mutating func append(_ set: [UInt64]) {
        set.withUnsafeBufferPointer { hashes.append(contentsOf: $0) }
        ends.append(hashes.count)
    }

    /// Appends an empty set, for a document that is not compared.
    package mutating func appendEmpty() {
        ends.append(hashes.count)
    }
}
