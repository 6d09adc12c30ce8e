internal import Basics

/// The frames of a zstd shard that other threads decode, from the place up to which the shard has been read.
struct FramesAhead: ~Copyable, Sendable {
    /// The runs that were found and not read yet, in the order of the file.
    private var runs: [FrameRun] = []
    /// The run that is being read, its content, and the number of bytes that have been read.
    private var current: (run: FrameRun, content: FrameRun.Content, read: Int)?
    /// The offset in the file where the search goes on.
    private var next: Int64 = 0
    /// The offset of the last frame that was found unsuitable.
    private var refused: Int64 = -1
    /// Nil before the first search.
    private var headers: FrameHeaders?

    /// Finds the frames after those that were found before; nil if the next frame must be decoded in order, or the file
    /// ends.
    ///
    /// - Parameters:
    ///   - unit: the decoder's position in `input`.
    ///   - reservation: `bytes` of memory, the most that the frames may take.
    mutating func find(
        in input: borrowing CompressedInput, _ unit: CompressedUnit, limit: WindowLimit,
        _ reservation: any MemoryReservation, of bytes: Int
    ) -> FrameRun? {
        let most = FrameRun.bytes(in: bytes)
        // Larger windows take memory from the documents, and count as they are filled.
        let window = min(limit.share, limit.bytes)
        if headers == nil { headers = FrameHeaders(input.file, end: input.status.size) }
        // The search never begins inside a frame.
        if unit.isOpen && unit.start == refused && next <= input.position { return nil }
        if next < input.position || unit.isOpen && runs.isEmpty && next == unit.start {
            // The decoder has passed the end of the search.
            next = unit.isOpen ? unit.start : input.position
            if unit.isOpen {
                guard let open = ZstdFrameExtent(&headers!, at: unit.start, window: window, limit: most) else {
                    refused = unit.start
                    return nil
                }
                next = unit.start + Int64(open.compressed)
            }
        }
        guard next != refused, next < input.status.size else { return nil }
        var (frames, compressed, content) = (0, 0, 0)
        while compressed + content < FrameRun.leastSize,
            let frame = ZstdFrameExtent(
                &headers!, at: next + Int64(compressed), window: window, limit: most - compressed - content)
        {
            frames += 1
            compressed += frame.compressed
            content += frame.content
        }
        guard frames > 0 else {
            refused = next
            return nil
        }
        let run = FrameRun(
            input.file, start: next, frames: frames, compressed: compressed, content: content, reservation)
        runs.append(run)
        next += Int64(compressed)
        return run
    }

    /// The first of the found runs, those that hold the next `bytes` decoded bytes.
    func first(_ bytes: Int) -> [FrameRun] {
        var left = bytes
        if let current { left -= current.content.decoded.count - current.read }
        var count = 0
        while left > 0, count < runs.count {
            left -= runs[count].contentSize
            count += 1
        }
        return Array(runs[..<count])
    }

    /// Copies decoded bytes to `room[produced...]`, and adds their number to `produced`. Between two frames, the decoder
    /// calls it until it returns false: the decoder then has to decode the next frame itself.
    mutating func read(
        from input: inout CompressedInput, unit: inout CompressedUnit, into room: UnsafeMutableRawBufferPointer,
        produced: inout Int
    ) -> Bool {
        if current == nil {
            guard let run = runs.first, run.start <= input.position else { return false }
            runs.removeFirst()
            guard run.start == input.position, let content = run.content() else { return false }
            input.consume(readElsewhere: content.compressed.bytes)
            unit.add(decodedElsewhere: run.frames)
            current = (run, content, 0)
        }
        guard let (run, content, read) = current else { return false }
        let count = min(room.count - produced, content.decoded.count - read)
        let bytes = UnsafeRawBufferPointer(rebasing: content.decoded.bytes[read..<read + count])
        UnsafeMutableRawBufferPointer(rebasing: room[produced...]).copyMemory(from: bytes)
        produced += count
        current = read + count == content.decoded.count ? nil : (run, content, read + count)
        return true
    }
}
