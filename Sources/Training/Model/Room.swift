/// A block of memory that is zero at first and aligned to cache lines (64 bytes).
final class Room<Element: BitwiseCopyable>: @unchecked Sendable {
    let start: UnsafeMutablePointer<Element>
    let count: Int

    init(_ count: Int) {
        self.count = count
        let bytes = max(64, count * MemoryLayout<Element>.stride)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        start = raw.bindMemory(to: Element.self, capacity: count)
    }

    deinit {
        UnsafeMutableRawPointer(start).deallocate()
    }
}
