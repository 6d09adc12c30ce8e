/// Decodes and encodes valid UTF-8 through pointers, without the checks of `String`.
enum UTF8Code {
    /// The scalar that starts at `bytes`, and its length in bytes.
    @inline(__always)
    static func decode(_ bytes: UnsafePointer<UInt8>) -> (scalar: UInt32, length: Int) {
        let first = UInt32(bytes[0])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(bytes[1]) & 0x3F
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(bytes[2]) & 0x3F
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[3]) & 0x3F, 4)
    }

    /// Writes `scalar` to `room`, which must have 4 bytes; returns the number of bytes written.
    @inline(__always)
    static func encode(_ scalar: UInt32, _ room: UnsafeMutablePointer<UInt8>) -> Int {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift) & 0x3F) }
        if scalar < 0x80 {
            room[0] = UInt8(truncatingIfNeeded: scalar)
            return 1
        }
        if scalar < 0x800 {
            room[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
            room[1] = tail(0)
            return 2
        }
        if scalar < 0x10000 {
            room[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
            room[1] = tail(6)
            room[2] = tail(0)
            return 3
        }
        room[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
        room[1] = tail(12)
        room[2] = tail(6)
        room[3] = tail(0)
        return 4
    }

    /// The offset of the scalar that ends at the offset `end`.
    @inline(__always)
    static func previous(_ bytes: UnsafePointer<UInt8>, _ end: Int) -> Int {
        var start = end - 1
        while start > 0 && bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }
}
