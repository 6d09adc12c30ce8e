internal import Basics
internal import CZstd

/// A zstd decompression context, freed with its owner.
struct ZstdDecoder: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// The size in bytes of the largest window that libzstd decodes.
    static var largestWindow: UInt64 { 1 << largestWindowLog }

    private static var largestWindowLog: Int { Int(ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound) }

    init() throws(Failure) {
        guard let context = ZSTD_createDCtx() else { throw Failure("out of memory for a zstd decoder") }
        self.context = context
        // Set libzstd's own limit to its maximum: windows are checked against the caller's limit instead.
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(Self.largestWindowLog))
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Decodes from `input` into `room[produced...]` until the room is full or the file ends. Adds the number of
    /// decoded bytes to `produced`.
    ///
    /// - Parameter ahead: the frames that other threads decode; all others are decoded here.
    func read(
        from input: inout CompressedInput, unit: inout CompressedUnit, ahead: inout FramesAhead, limit: WindowLimit,
        into room: UnsafeMutableRawBufferPointer, produced: inout Int
    ) throws(Failure) {
        while produced < room.count {
            if !unit.isOpen {
                if ahead.read(from: &input, unit: &unit, into: room, produced: &produced) { continue }
                try input.fill(atLeast: ZstdFrameHeader.longest)
                if input.unread.isEmpty && unit.count > 0 { return }
                let header = ZstdFrameHeader(input.unread)
                try check(header, of: input, isFirst: unit.count == 0, limit: limit)
                unit.open(at: input.position, window: Int(header.windowMemory))
            }
            try input.fill(atLeast: 1)
            let before = produced
            let unread = input.unread
            var source = ZSTD_inBuffer(src: unread.baseAddress, size: unread.count, pos: 0)
            var target = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: produced)
            let hint = ZSTD_decompressStream(context, &target, &source)
            guard ZSTD_isError(hint) == 0 else { throw failure(hint, input, unit) }
            input.consume(source.pos)
            produced = target.pos
            unit.add(decoded: produced - before)
            if unit.windowMemory > limit.bytes { throw Self.tooLarge(unit.window, input, at: unit.start, limit) }
            if hint == 0 {
                unit.close()
            } else if unread.isEmpty && produced == before {
                throw input.failure(
                    "a truncated zstd frame", at: unit.start,
                    why: "the file ends inside it, at byte \(input.bytesRead)",
                    todo: "fetch or compress the shard again")
            }
        }
    }

    private func failure(_ code: Int, _ input: borrowing CompressedInput, _ unit: CompressedUnit) -> Failure {
        let words = String(cString: ZSTD_getErrorName(code))
        if ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation {
            return input.failure(
                "no memory for a zstd frame", at: unit.start,
                why: "decoding stopped after byte \(input.position): \(words)", todo: "give it more memory",
                isDamage: false)
        }
        let isChecksum = ZSTD_getErrorCode(code) == ZSTD_error_checksum_wrong
        return input.failure(
            isChecksum ? "a zstd frame with a wrong checksum" : "a corrupt zstd frame", at: unit.start,
            why: "decoding stopped after byte \(input.position): \(words)", todo: "fetch or compress the shard again")
    }

    private static func tooLarge(
        _ window: Int, _ input: borrowing CompressedInput, at position: Int64, _ limit: WindowLimit
    ) -> Failure {
        input.failure(
            "a zstd frame with too large a window", at: position,
            why: "its window takes \(sizeText(window)) of memory, the limit is \(sizeText(limit.bytes))",
            todo: limit.advice(window), isDamage: false)
    }

    /// Throws if no frame begins here, or if the frame cannot be decoded or exceeds the limit.
    private func check(
        _ header: ZstdFrameHeader, of input: borrowing CompressedInput, isFirst: Bool, limit: WindowLimit
    ) throws(Failure) {
        let at = input.position
        switch header {
        case .skippable: return
        case .incomplete where input.unread.isEmpty:
            // Like `zstd -dc`: even empty content is compressed to a frame, so an empty file has been truncated.
            throw input.failure(
                "no zstd frame", at: at,
                why: "the file is empty; a compressed file is never empty, so it was truncated",
                todo: "fetch or compress the shard again")
        case .incomplete:
            throw input.failure(
                "a truncated zstd frame", at: at, why: "the file ends inside its header, at byte \(input.bytesRead)",
                todo: "fetch or compress the shard again")
        case .legacy:
            throw input.failure(
                "a zstd frame of an old format", at: at, why: "it was written by a zstd before 0.8",
                todo: "compress the shard again")
        case .unknown where isFirst:
            throw input.failure(
                "no zstd frame", at: at, why: "the bytes are not zstd or any other supported format",
                todo: "fetch or compress the shard again")
        case .unknown:
            throw input.failure(
                "trailing bytes", at: at, why: "the bytes after the last zstd frame are not zstd",
                todo: "cut the file there, or fetch it again")
        case .data(let window, let contentSize, let dictionary):
            if dictionary != 0 {
                throw input.failure(
                    "a zstd frame that needs a dictionary", at: at,
                    why: "it was compressed with dictionary \(dictionary)",
                    todo: "compress the shard again without one")
            }
            if window > Self.largestWindow {
                throw input.failure(
                    "a zstd frame with too large a window", at: at,
                    why: "its window is \(sizeText(window)), libzstd decodes up to \(sizeText(Self.largestWindow))",
                    todo: "compress the shard again with --long=31 or less")
            }
            // A window takes memory as it is filled. If the header does not state the content's size, `read` checks the
            // memory while it decodes.
            let memory = Int(header.windowMemory)
            if contentSize != nil, memory > limit.bytes { throw Self.tooLarge(memory, input, at: at, limit) }
        }
    }
}
