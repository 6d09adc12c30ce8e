internal import Basics

/// The keys (hashes) of a text's words or lines, in order, and the length of each in characters. Its capacity is
/// limited.
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

    /// Empties the list. From now on it keeps the first `room` keys and ignores the rest.
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
