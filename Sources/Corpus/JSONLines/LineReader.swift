package import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The source of JSON Lines: decodes a shard and splits it into batches of whole lines.
package final class LineReader: DocumentSource {
    private let shard: Shard
    private let ordinal: Int
    private let limits: ReadLimits
    private var decoder: ShardDecoder
    /// The incomplete line at the end of the last batch's bytes: the start of the next batch.
    private var rest = Buffer<UInt8>()
    private var nextLine = 1
    private var nextByte = 0
    private var hasByteOrderMark = false
    private var isDone = false
    /// The offset of the last `ReadPoint` in the decoded shard.
    private var lastPoint = 0

    /// Opens the shard's file.
    ///
    /// - Parameters:
    ///   - ordinal: the shard's position in the order of the corpus, from 0; every batch carries it.
    ///   - point: the place to start at, where an earlier run stopped; nil for the shard's beginning.
    /// - Throws: if the file cannot be opened; if it has changed since the earlier run, or is damaged before `point`.
    package init(shard: Shard, ordinal: Int, from point: ReadPoint? = nil, limits: ReadLimits) throws(Failure) {
        self.shard = shard
        self.ordinal = ordinal
        self.limits = limits
        decoder = try ShardDecoder(path: shard.path, name: shard.name, windowLimit: limits.window)
        if let point { try skip(to: point) }
    }

    /// Skips to the point where an earlier run stopped: decodes the bytes before it and discards them.
    private func skip(to point: ReadPoint) throws(Failure) {
        let status = decoder.status
        if status.size != point.size || status.modified != point.modified {
            guard try File.digest(of: shard.path, first: point.fileBytes).description == point.digest else {
                if let damage = JSONLines().damage(of: shard, limits: limits) { throw damage }
                throw Failure(
                    "\(shard.name): the content has changed since part of the shard was processed; restore the file, "
                        + "or rewrite the whole output with \(Parameter.replace)")
            }
        }
        var skipped = 0
        let start = rest.reserve(limits.batch)
        while skipped < point.byte {
            let room = min(limits.batch, point.byte - skipped)
            let read = try decoder.read(into: UnsafeMutableRawBufferPointer(start: start, count: room))
            if read == 0 {
                throw Failure(
                    "\(shard.name): shorter than when part of it was processed; restore the file, or "
                        + "rewrite the whole output with \(Parameter.replace)")
            }
            skipped += read
        }
        nextLine = point.line
        nextByte = point.byte
        lastPoint = point.byte
    }

    /// The end of the current batch as a `ReadPoint` if enough bytes were decoded since the last one; otherwise nil.
    private func point() -> ReadPoint? {
        guard nextByte - lastPoint >= limits.pointEvery else { return nil }
        lastPoint = nextByte
        return ReadPoint(
            line: nextLine, byte: nextByte, fileBytes: decoder.compressedBytes, digest: decoder.digest.description,
            size: decoder.status.size, modified: decoder.status.modified)
    }

    package var readBytes: Int64 { decoder.compressedBytes }

    /// The part of the zstd window's memory that exceeds `WindowLimit.share`.
    package var memoryFromBudget: Int { limits.window.excess(decoder.windowMemory) }

    package func next() -> RawBatch? { batch(isAhead: false) }

    package func readAhead() -> RawBatch? {
        decoder.window > ReadLimits.windowAhead ? nil : batch(isAhead: true)
    }

    package func findFrames(_ reservation: any MemoryReservation, of bytes: Int) -> FrameRun? {
        isDone ? nil : decoder.findFrames(reservation, of: bytes)
    }

    package var neededFrames: [FrameRun] { isDone ? [] : decoder.foundFrames(limits.batch - rest.count) }

    private func batch(isAhead: Bool) -> RawBatch? {
        if isDone { return nil }
        var bytes = Buffer<UInt8>(capacity: max(limits.batch, rest.count + limits.batch / 4))
        bytes.append(contentsOf: rest.elements)
        rest.removeAll()
        var end: ShardEnd?
        var failure: Failure?
        do throws(Failure) {
            switch try fill(&bytes, isAhead: isAhead) {
            case .lines: break
            case .end: isDone = true
            case .longLine:
                rest = bytes
                return nil
            }
            if nextByte <= 3, nextLine == 1, let foreign = ForeignContent(bytes.bytes) {
                bytes.removeAll()
                throw foreign.failure(of: shard.name, compressedAs: decoder.compression)
            }
            if isDone {
                end = ShardEnd(
                    digest: decoder.digest, status: decoder.status,
                    decodedBytes: nextByte + bytes.count, hasByteOrderMark: hasByteOrderMark)
            }
        } catch {
            isDone = true
            failure = error
            bytes.truncate(to: bytes.elements.lastIndex(of: newline).map { $0 + 1 } ?? 0)
        }
        let lines = countNewlines(bytes)
        let (firstLine, firstByte) = (nextLine, nextByte)
        nextLine += lines
        nextByte += bytes.count
        return RawBatch(
            shard: shard, ordinal: ordinal, firstLine: firstLine, firstByte: firstByte, bytes: bytes,
            lineCount: lines, compression: decoder.compression, end: end, point: isDone ? nil : point(),
            failure: failure)
    }

    private enum Filling {
        case lines
        /// The shard has ended.
        case end
        /// Only when reading ahead: the bytes are the beginning of a line that is longer than a batch.
        case longLine
    }

    /// Reads whole lines, at least one, and moves the incomplete line after them to `rest`.
    private func fill(_ bytes: inout Buffer<UInt8>, isAhead: Bool) throws(Failure) -> Filling {
        while true {
            // The buffer grows up to the size of a batch. For a line that is longer than a batch, it grows by half of
            // the bytes read so far.
            let room = max(limits.batch - bytes.count, bytes.count / 2, 64 << 10)
            let start = bytes.reserve(room)
            let read = try decoder.read(into: UnsafeMutableRawBufferPointer(start: start, count: room))
            let before = bytes.count
            bytes.advance(read)
            if nextByte == 0 && before < 3 { dropByteOrderMark(&bytes) }
            if read == 0 { return .end }
            if bytes.count < limits.batch { continue }
            if let last = bytes.elements.lastIndex(of: newline) {
                rest.append(contentsOf: bytes.slice(last + 1..<bytes.count))
                bytes.truncate(to: last + 1)
                return .lines
            }
            if isAhead { return .longLine }
            if bytes.count > limits.window.left(of: limits.line, beside: decoder.windowMemory) {
                throw try tooLong(&bytes)
            }
        }
    }

    private func dropByteOrderMark(_ bytes: inout Buffer<UInt8>) {
        guard bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF else { return }
        hasByteOrderMark = true
        nextByte = 3
        memmove(bytes.base, bytes.base + 3, bytes.count - 3)
        bytes.truncate(to: bytes.count - 3)
    }

    /// Reads on to the end of a line that is too long, so that the message can say how long it is. Stops early once no
    /// memory setting would be enough.
    private func tooLong(_ bytes: inout Buffer<UInt8>) throws(Failure) -> Failure {
        var length = bytes.count
        bytes.removeAll()
        let start = bytes.reserve(limits.batch)
        while true {
            let read = try decoder.read(into: UnsafeMutableRawBufferPointer(start: start, count: limits.batch))
            if read == 0 { break }
            if let found = memchr(start, Int32(newline), read) {
                length += UnsafeRawPointer(start).distance(to: UnsafeRawPointer(found))
                break
            }
            length += read
            if limits.memoryForLine(length) == nil { break }
        }
        let place = "\(shard.name), line \(nextLine), byte \(nextByte)"
        guard let memory = limits.memoryForLine(length) else {
            return Failure(
                "\(place): the line has \(length) bytes or more, longer than the longest supported line; split the "
                    + "document or remove the line")
        }
        return Failure(
            "\(place): the line is \(length) bytes long and does not fit the memory setting; it needs "
                + Parameter.memory(memory))
    }
}

/// The number of newlines in `bytes`.
private func countNewlines(_ bytes: borrowing Buffer<UInt8>) -> Int {
    var count = 0
    var at = UnsafeRawPointer(bytes.base)
    let end = at + bytes.count
    while let found = memchr(at, Int32(newline), at.distance(to: end)) {
        count += 1
        at = UnsafeRawPointer(found) + 1
    }
    return count
}

/// Computed rather than stored: reading a stored global would check for its initialization at every byte.
var newline: UInt8 { 0x0A }
