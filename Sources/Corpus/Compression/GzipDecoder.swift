internal import Basics
internal import CZlib

/// A zlib inflate stream, freed with its owner.
struct GzipDecoder: ~Copyable, @unchecked Sendable {
    /// Allocated on the heap because zlib's state holds a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(Failure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Adding 16 to the logarithm of the window size makes zlib accept gzip headers only.
        let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw Failure("cannot start a gzip decoder: zlib's code \(code)") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decodes from `input` into `room[produced...]` until the room is full or the file ends. Adds the number of
    /// decoded bytes to `produced`.
    func read(
        from input: inout CompressedInput, unit: inout CompressedUnit,
        into room: UnsafeMutableRawBufferPointer, produced: inout Int
    ) throws(Failure) {
        while produced < room.count {
            if !unit.isOpen {
                guard try findMember(in: &input, isFirst: unit.count == 0) else { return }
                inflateReset(stream)
                unit.open(at: input.position)
            }
            try input.fill(atLeast: 1)
            let unread = input.unread
            let free = min(room.count - produced, 1 << 30)
            // zlib declares the pointer without const, but does not write through it.
            stream.pointee.next_in = UnsafeMutableRawPointer(mutating: unread.baseAddress)?
                .assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(unread.count)
            stream.pointee.next_out = room.baseAddress.map { ($0 + produced).assumingMemoryBound(to: UInt8.self) }
            stream.pointee.avail_out = UInt32(free)
            let code = inflate(stream, Z_NO_FLUSH)
            input.consume(unread.count - Int(stream.pointee.avail_in))
            produced += free - Int(stream.pointee.avail_out)
            switch code {
            case Z_OK: continue
            case Z_STREAM_END: unit.close()
            case Z_BUF_ERROR where unread.isEmpty:
                throw input.failure(
                    "a truncated gzip member", at: unit.start,
                    why: "the file ends inside it, at byte \(input.bytesRead)",
                    todo: "fetch or compress the shard again")
            case Z_MEM_ERROR:
                throw input.failure(
                    "no memory for a gzip member", at: unit.start, why: "zlib needs 50 KB",
                    todo: "give it more memory", isDamage: false)
            default:
                let words = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's code \(code)"
                throw input.failure(
                    "a corrupt gzip member", at: unit.start,
                    why: "decoding stopped at byte \(input.position): \(words)",
                    todo: "fetch or compress the shard again")
            }
        }
    }

    /// Whether another gzip member begins at the read position of `input`; false at the end of the file.
    ///
    /// Like `gzip -dc`, it accepts zeros at the end as padding and refuses an empty file. Other bytes after a member
    /// are an error here, so that nothing is dropped silently; `gzip -dc` only warns about them.
    private func findMember(in input: inout CompressedInput, isFirst: Bool) throws(Failure) -> Bool {
        try input.fill(atLeast: 2)
        let at = input.position
        let head = input.unread.prefix(2)
        if head.elementsEqual([0x1F, 0x8B]) || head.elementsEqual([0x1F]) { return true }
        if isFirst {
            if head.isEmpty {
                throw input.failure(
                    "no gzip member", at: at,
                    why: "the file is empty; a compressed file is never empty, so it was truncated",
                    todo: "fetch or compress the shard again")
            }
            throw input.failure(
                "no gzip member", at: at, why: "the bytes are not gzip or any other supported format",
                todo: "fetch or compress the shard again")
        }
        while true {
            try input.fill(atLeast: 1)
            if input.unread.isEmpty { return false }
            let zeros = input.unread.prefix { $0 == 0 }.count
            if zeros == 0 {
                throw input.failure(
                    "trailing bytes", at: at, why: "the bytes after the last gzip member are not gzip",
                    todo: "cut the file there, or fetch it again")
            }
            input.consume(zeros)
        }
    }
}
