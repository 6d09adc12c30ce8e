internal import Basics

/// The keys of a text's words or lines, in order, and how many characters each has: up to a number of them.
struct KeyList: ~Copyable {
    private var keyRoom = Buffer<UInt64>()
    private var lengthRoom = Buffer<Int32>()
    private var keys: UnsafeMutablePointer<UInt64>
    private var lengths: UnsafeMutablePointer<Int32>
    private var room = 0
    private(set) var count = 0

    init() {
        keys = keyRoom.reserve(0)
        lengths = lengthRoom.reserve(0)
    }

    /// Forgets all; those behind the first `room` will not be kept.
    mutating func clear(room: Int) {
        keys = keyRoom.reserve(room)
        lengths = lengthRoom.reserve(room)
        self.room = room
        count = 0
    }

    @inline(__always)
    mutating func append(_ key: UInt64, length: Int) {
        guard count < room else { return }
        keys[count] = key
        lengths[count] = Int32(truncatingIfNeeded: length)
        count += 1
    }

    @inline(__always)
    func key(_ place: Int) -> UInt64 { keys[place] }

    @inline(__always)
    func length(_ place: Int) -> Int64 { Int64(lengths[place]) }
}
