internal import Basics

/// A tensor as it lies in the file, row by row.
package struct Tensor: Sendable {
    /// The outermost dimension first.
    package let shape: [Int]
    /// The number of elements.
    package let count: Int
    /// What the elements are stored as.
    package let type: ElementType

    private let mapping: Mapping
    /// Where the tensor lies in the mapping.
    private let range: Range<Int>

    init(shape: [Int], type: ElementType, mapping: Mapping, range: Range<Int>) {
        self.shape = shape
        self.type = type
        self.mapping = mapping
        self.range = range
        count = range.count / type.size
    }

    /// The elements as they are stored, little endian: valid as long as the tensor or its checkpoint is, and at any
    /// address.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: mapping.bytes[range])
    }

    /// Converts the elements of a range, exactly.
    package func read(_ range: Range<Int>, into room: UnsafeMutablePointer<Float>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard !range.isEmpty else { return }
        type.widen(bytes.baseAddress! + range.lowerBound * type.size, range.count, into: room)
    }

    /// The elements of a range, to be read while `body` runs: where they lie in the file when they are singles at a
    /// proper address, else a copy.
    package func withFloats<Result>(
        _ range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let start = mapping.bytes.baseAddress! + self.range.lowerBound + range.lowerBound * type.size
        if type == .f32 && UInt(bitPattern: start) % UInt(MemoryLayout<Float>.alignment) == 0 {
            return try body(
                UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: range.count))
        }
        return try withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { room in
            read(range, into: room.baseAddress!)
            return try body(UnsafeBufferPointer(room))
        }
    }

    /// All elements.
    package func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { room, initialized in
            read(0..<count, into: room.baseAddress!)
            initialized = count
        }
    }

    /// Lets go of the memory that the file's pages take; they can be read again.
    package func letGo() {
        mapping.letGo(range)
    }
}
