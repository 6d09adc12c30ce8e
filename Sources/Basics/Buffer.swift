/// A growable array of plain values with one owner, for the hot path.
///
/// Unlike `Array`, it keeps its capacity when emptied, grows without zeroing, lets C code append through a pointer, and
/// needs no reference counting and no copy-on-write checks. 64 bytes past the capacity are always readable, which SIMD
/// readers require. Its methods are inlinable, so that other modules get code specialized for the element type.
package struct Buffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    /// The start of the elements. It changes when the buffer grows.
    @usableFromInline package internal(set) var base: UnsafeMutablePointer<Element>
    /// The number of elements that fit without growing.
    @usableFromInline package internal(set) var capacity: Int
    /// The number of elements.
    @usableFromInline package internal(set) var count = 0

    /// The number of bytes past the capacity that may be read.
    @inlinable
    package static var padding: Int { 64 }

    /// Creates an empty buffer with room for `capacity` elements.
    @inlinable
    package init(capacity: Int = 0) {
        self.capacity = capacity
        base = Self.allocate(capacity)
    }

    deinit {
        UnsafeMutableRawPointer(base).deallocate()
    }

    @usableFromInline
    static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer
            .allocate(byteCount: capacity * MemoryLayout<Element>.stride + padding, alignment: 64)
            .bindMemory(to: Element.self, capacity: capacity)
    }

    /// Whether the buffer has no elements.
    @inlinable
    package var isEmpty: Bool { count == 0 }

    /// The elements; valid until the buffer changes or is released.
    @inlinable
    package var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

    /// The bytes of the elements; valid until the buffer changes or is released.
    @inlinable
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(elements) }

    /// The element at an index, which is checked.
    @inlinable
    package subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    /// The elements of a range; valid until the buffer changes or is released.
    @inlinable
    package func slice(_ range: Range<Int>) -> UnsafeBufferPointer<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Makes room for `more` further elements and returns where they begin. The count stays the same until `advance`.
    @inlinable
    @discardableResult
    package mutating func reserve(_ more: Int) -> UnsafeMutablePointer<Element> {
        if count + more > capacity { grow(to: count + more) }
        return base + count
    }

    @usableFromInline
    mutating func grow(to least: Int) {
        let larger = Swift.max(least, capacity + capacity / 2)
        let new = Self.allocate(larger)
        new.update(from: base, count: count)
        UnsafeMutableRawPointer(base).deallocate()
        base = new
        capacity = larger
    }

    /// Adds `more` elements to the count, after they were written to the room that `reserve` made.
    @inlinable
    package mutating func advance(_ more: Int) {
        precondition(count + more <= capacity)
        count += more
    }

    /// Appends an element.
    @inlinable
    package mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 16) }
        base[count] = element
        count += 1
    }

    /// Appends the elements of `other`, which must not be part of this buffer.
    @inlinable
    package mutating func append(contentsOf other: UnsafeBufferPointer<Element>) {
        guard let start = other.baseAddress, !other.isEmpty else { return }
        reserve(other.count).update(from: start, count: other.count)
        count += other.count
    }

    /// Removes the elements from index `newCount` on, and keeps the memory.
    @inlinable
    package mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count)
        count = newCount
    }

    /// Removes all elements, and keeps the memory.
    @inlinable
    package mutating func removeAll() {
        count = 0
    }
}

extension Buffer where Element == UInt8 {
    /// Appends the UTF-8 of a string.
    @inlinable
    package mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { append(contentsOf: $0) }
    }
}
