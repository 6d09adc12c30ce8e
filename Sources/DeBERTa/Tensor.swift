internal import Basics

/// A tensor in a memory-mapped file, in row-major order.
package struct Tensor: Sendable {
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// The number of elements.
    package let count: Int
    /// The type of the stored elements.
    package let type: ElementType
    /// For `int8`: the scale of each row; otherwise empty.
    let scales: [Float]

    private let mapping: Mapping
    /// The bytes of the tensor in the mapping.
    private let range: Range<Int>

    init(shape: [Int], type: ElementType, scales: [Float], mapping: Mapping, range: Range<Int>) {
        precondition(type != .int8 || shape.count == 2 && scales.count == shape[0])
        self.shape = shape
        self.type = type
        self.scales = scales
        self.mapping = mapping
        self.range = range
        count = range.count / type.size
    }

    /// The stored elements, little endian. They may be unaligned, and are valid as long as the tensor or its checkpoint
    /// exists.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: mapping.bytes[range])
    }

    /// Converts the elements of a range to f32, without rounding. Integers are multiplied by the scale of their row, and
    /// the product is rounded to f32.
    package func read(_ range: Range<Int>, into room: UnsafeMutablePointer<Float>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard !range.isEmpty else { return }
        type.widen(bytes.baseAddress! + range.lowerBound * type.size, range.count, into: room)
        if type == .int8 { scale(range, room) }
    }

    private func scale(_ range: Range<Int>, _ room: UnsafeMutablePointer<Float>) {
        let columns = shape[1]
        for row in range.lowerBound / columns...(range.upperBound - 1) / columns {
            let scale = scales[row]
            let part = range.clamped(to: row * columns..<(row + 1) * columns)
            for i in part { room[i - range.lowerBound] *= scale }
        }
    }

    /// Calls `body` with the elements of a range as f32. They are valid during the call only. If the file stores them
    /// as aligned f32, `body` gets the mapped memory, otherwise a copy.
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

    /// All elements, converted to f32.
    package func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { room, initialized in
            read(0..<count, into: room.baseAddress!)
            initialized = count
        }
    }

    /// Releases the memory of the tensor's pages. Later reads load them from the file again.
    package func letGo() {
        mapping.letGo(range)
    }
}
