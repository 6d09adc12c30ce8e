import MinHashLSH
import TestSupport

extension SeededGenerator {
    mutating func hashes(_ count: Int) -> [UInt64] { (0..<count).map { _ in next() } }
}

extension MinHasher {
    func signature(_ shingles: [UInt64]) -> [UInt32] {
        var signature = [UInt32](repeating: 0, count: lanes)
        shingles.withUnsafeBufferPointer { shingles in
            signature.withUnsafeMutableBufferPointer { sign(shingles, into: $0) }
        }
        return signature
    }
}
