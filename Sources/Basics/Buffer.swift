/// A growable run of plain values in one allocation, with one owner.
///
/// What an `Array` does not give and the hot path needs: capacity that is kept, growth without zeroing, appending
/// through a pointer, and neither reference counting nor copy-on-write checks. 64 bytes past the capacity are always
/// readable, as SIMD readers ask for. Its methods are inlinable, so that other modules call code made for the element.
package struct Buffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    @usableFromInline package internal(set) var base: UnsafeMutablePointer<Element>
    @usableFromInline package internal(set) var capacity: Int
    @usableFromInline package internal(set) var count = 0

    /// Bytes past the capacity that may be read.
    @inlinable
    package static var padding: Int { 64 }

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

    @inlinable
    package var isEmpty: Bool { count == 0 }

    @inlinable
    package var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

    /// The bytes of the elements.
    @inlinable
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(elements) }

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

    @inlinable
    package func slice(_ range: Range<Int>) -> UnsafeBufferPointer<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Makes room for `more` elements past the current ones; returns where they begin.
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

    /// Counts `more` elements that were written to the room `reserve` made.
    @inlinable
    package mutating func advance(_ more: Int) {
        precondition(count + more <= capacity)
        count += more
    }

    @inlinable
    package mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 16) }
        base[count] = element
        count += 1
    }

    @inlinable
    package mutating func append(contentsOf other: UnsafeBufferPointer<Element>) {
        guard let start = other.baseAddress, !other.isEmpty else { return }
        reserve(other.count).update(from: start, count: other.count)
        count += other.count
    }

    /// Drops the elements past `newCount`.
    @inlinable
    package mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count)
        count = newCount
    }

    @inlinable
    package mutating func removeAll() {
        count = 0
    }
}

extension Buffer where Element == UInt8 {
    @inlinable
    package mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { append(contentsOf: $0) }
    }
}
