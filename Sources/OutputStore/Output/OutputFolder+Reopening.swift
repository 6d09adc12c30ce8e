package import Basics
package import Corpus
internal import DuplicateIndex
internal import Foundation

// A shard to which lines were appended is processed as a partial shard: the old lines are the part that is done.
extension OutputFolder {
    /// Turns the output files of a grown shard into the temporary files of a partial shard. Complete frames are copied;
    /// the lines of an incomplete last frame become pending lines, to which the new lines are added.
    ///
    /// - Parameters:
    ///   - lines: the position of the new lines.
    ///   - files: the files that were written for the shard.
    ///   - level: the compression level of the run.
    /// - Throws: if a file is damaged.
    package func reopen(
        _ grown: GrownShard, _ lines: AppendedLines, _ files: [Catalog.FileRecord], level: Int
    ) throws(Failure) -> PartialShard {
        var parts: [String: PartialShard.PartialFile] = [:]
        for kind in OutputFile.allCases {
            var part = PartialShard.PartialFile(temporaryName: nil, bytes: 0, digest: "", pending: Data())
            if let file = files.first(where: { $0.kind == kind.rawValue }) {
                let path = finalPath(kind, grown.before.name)
                let compression = kind == .corpus ? try ShardDecoder(path: path, name: path).compression : .zstd
                // If the output is a copy of the input file, its frames are not those that dedup would write.
                part =
                    kind == .corpus && grown.before.isCopied
                    ? try cutAnew(path, file, compression, level) : try keepFrames(of: path, file, compression)
            }
            parts[kind.rawValue] = part
        }
        try Disk.sync(folder: temporary)
        return grown.partial(lines, files: parts)
    }

    /// Copies all frames of a file except the last one, if it is not full; its lines become pending lines.
    private func keepFrames(
        of path: String, _ file: Catalog.FileRecord, _ compression: Compression
    ) throws(Failure) -> PartialShard.PartialFile {
        var end = file.size
        var pending = Data()
        if compression != .none {
            let last = try LastFrame.read(from: path, compression)
            if last.content.count < blockSize {
                end = last.start
                pending = Data(last.content.bytes)
            }
        }
        let target = try temporaryFile()
        var whole = RunningHash()
        let source = try File(path, .read)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        while true {
            let count = try source.read(into: room)
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
            whole.update(bytes)
            let kept = max(0, min(Int64(count), end - target.size))
            if kept > 0 { try target.write(UnsafeRawBufferPointer(rebasing: bytes[..<Int(kept)])) }
        }
        try check(whole.value, of: path, file)
        return try part(target, pending)
    }

    /// Compresses the lines of a file again, in frames of the size that dedup writes.
    private func cutAnew(
        _ path: String, _ file: Catalog.FileRecord, _ compression: Compression, _ level: Int
    ) throws(Failure) -> PartialShard.PartialFile {
        let target = try temporaryFile()
        var decoder = try ShardDecoder(path: path, compression: compression, name: path)
        var encoder = try BlockEncoder(compression: compression, level: level)
        var frame = Buffer<UInt8>()
        var block = Buffer<UInt8>()
        while true {
            let room = 1 << 20
            let count = try decoder.read(
                into: UnsafeMutableRawBufferPointer(start: block.reserve(room), count: room))
            if count == 0 { break }
            block.advance(count)
            // A block ends after the line that fills it.
            while block.count >= blockSize,
                let end = block.slice(blockSize - 1..<block.count).firstIndex(of: UInt8(ascii: "\n"))
            {
                let length = blockSize + end
                frame.removeAll()
                try encoder.encode(UnsafeRawBufferPointer(block.slice(0..<length)), into: &frame)
                try target.write(frame.bytes)
                var rest = Buffer<UInt8>()
                rest.append(contentsOf: block.slice(length..<block.count))
                block = rest
            }
        }
        try check(decoder.digest, of: path, file)
        // In a copy of the input file, the last line may have no newline.
        if let last = block.elements.last, last != UInt8(ascii: "\n") { block.append(UInt8(ascii: "\n")) }
        return try part(target, Data(block.bytes))
    }

    private func check(_ digest: Hash128, of path: String, _ file: Catalog.FileRecord) throws(Failure) {
        guard digest.description == file.digest else {
            throw Failure(
                "\(path): damaged: its content differs from what was written; restore it, or rewrite the whole "
                    + "output with \(Parameter.replace)")
        }
    }

    private func part(_ file: TemporaryFile, _ pending: Data) throws(Failure) -> PartialShard.PartialFile {
        if file.size == 0 {
            try Disk.remove(file.path)
            return PartialShard.PartialFile(temporaryName: nil, bytes: 0, digest: "", pending: pending)
        }
        try file.sync()
        return PartialShard.PartialFile(
            temporaryName: file.name, bytes: file.size, digest: file.digest, pending: pending)
    }
}

extension GrownShard {
    /// Describes the shard as a partial shard whose old lines are done.
    package func partial(
        _ lines: AppendedLines, files: [String: PartialShard.PartialFile]
    ) -> PartialShard {
        var counts = before.counts
        // A newline is added to the last line, which had none in the copy.
        if before.isCopied && lines.lastLineWasOpen { counts.keptBytes += 1 }
        let shard = planned.shard
        let oldLines = counts.kept + counts.removed + counts.dropped + counts.bad + counts.blankLines
        return PartialShard(
            ordinal: before.ordinal, name: before.name, input: before.input,
            read: ReadPoint(
                line: oldLines + 1, byte: lines.start, fileBytes: before.size, digest: before.digest, size: shard.size,
                modified: shard.modified),
            counts: counts, files: files, wasDone: true)
    }
}
