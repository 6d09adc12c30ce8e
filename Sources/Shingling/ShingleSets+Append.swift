internal import Basics

extension ShingleSets {
    /// Appends a set that is made elsewhere.
    package mutating func append(_ set: [UInt64]) {
        set.withUnsafeBufferPointer { hashes.append(contentsOf: $0) }
        ends.append(hashes.count)
    }

    /// Appends the set of a document that is not compared.
    package mutating func appendEmpty() {
        ends.append(hashes.count)
    }
}
