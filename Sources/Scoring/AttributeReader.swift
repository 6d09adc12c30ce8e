internal import Basics
internal import Corpus
internal import Foundation
internal import OutputStore
internal import QualityScoring

/// Reads the scores file of a shard, line by line. Only the id and the quality of each line are parsed.
struct AttributeReader: ~Copyable {
    /// The scores of one line of the shard.
    struct Line {
        /// The line's number, from 1.
        let number: Int
        let content: Content
        /// The range of the id, as JSON, in the bytes of the current batch.
        fileprivate let id: Range<Int>
    }

    /// What a line of the shard is.
    enum Content: Equatable {
        /// A document with scores; its quality is in millionths.
        case scored(quality: Int, isOutOfDomain: Bool)
        /// A document without scores.
        case unscored(Unscored)
        /// Not a document.
        case other
    }

    private static let limits = ReadLimits.fixed(line: 1 << 31)

    private let folder: ScoresFolder
    private let shard: String
    /// The digest of the scores file according to scores.json.
    private let digest: String
    /// Scores are JSON Lines, whatever the format of the shard is.
    private let reader: LineReader
    private var batch: RawBatch?
    private var end: ShardEnd?
    private var position = 0
    private var number = 0

    init(_ folder: ScoresFolder, _ record: ScoresRecord.Shard) throws(Failure) {
        self.folder = folder
        shard = record.name
        digest = record.scores.digest
        let path = folder.attributes(shard)
        guard try File.status(at: path) != nil else { throw folder.damaged(shard, "the file does not exist") }
        reader = try LineReader(
            shard: Shard(name: path, path: path, input: 0, size: 0, modified: 0), ordinal: 0, limits: Self.limits)
    }

    /// Returns the next line; nil after the last one.
    mutating func next() throws(Failure) -> Line? {
        while batch == nil || position == batch!.bytes.count {
            if let failure = batch?.failure {
                throw failure.kind == .system ? failure : folder.damaged(shard, failure.message)
            }
            guard let more = reader.next() else { return nil }
            end = more.end
            batch = more
            position = 0
        }
        let bytes = batch!.bytes.elements
        let start = position
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        position = min(end + 1, bytes.count)
        number += 1
        guard let line = Self.parse(bytes, start..<end, number) else {
            throw folder.damaged(shard, "line \(number) is not as dedup writes it")
        }
        return line
    }

    /// Returns the attributes of the document in a line of the shard. The lines between this one and the one before are
    /// blank, and are added to `blankLines`.
    ///
    /// - Throws: if the file has too few lines.
    mutating func next(_ line: Int, _ blankLines: inout Int) throws(Failure) -> Line {
        try skip(to: line, &blankLines)
        guard let found = try next() else { throw folder.damaged(shard, "it has too few lines") }
        return found
    }

    /// Skips the attributes of blank lines before a line of the shard.
    ///
    /// - Throws: if the file has too few lines.
    mutating func skip(to line: Int, _ blankLines: inout Int) throws(Failure) {
        while number + 1 < line {
            guard try next() != nil else { throw folder.damaged(shard, "it has too few lines") }
            blankLines += 1
        }
    }

    /// Compares the digest of the file with scores.json. Call it after the last line.
    ///
    /// - Throws: if the file is not the one in scores.json.
    func checkDigest() throws(Failure) {
        guard let end, end.digest.description == digest else {
            throw folder.damaged(shard, "it is not what was written")
        }
    }

    /// Appends the id of the line that was read last, as JSON.
    func appendID(of line: Line, to buffer: inout Buffer<UInt8>) {
        if let batch { buffer.append(contentsOf: batch.bytes.slice(line.id)) }
    }

    private static let beginning = "{\"id\":"
    private static let middle = ",\"quality\":"
    private static let noQuality = "null,\"unscored\":"
    private static let afterQuality = ",\"unscored\":null,\"out_of_domain\":"

    /// Parses `{"id":ID,"quality":Q,"unscored":U,"out_of_domain":O,`, where Q is null or a number with six decimals.
    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, _ number: Int
    ) -> Line? {
        guard bytes[line].starts(with: beginning.utf8) else { return nil }
        let start = line.lowerBound + beginning.utf8.count
        var end = start
        if end < line.upperBound, bytes[end] == UInt8(ascii: "\"") {
            end += 1
            while end < line.upperBound, bytes[end] != UInt8(ascii: "\"") {
                end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            end += 1
        } else {
            while end < line.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
        }
        guard end < line.upperBound, bytes[end..<line.upperBound].starts(with: middle.utf8) else { return nil }
        let value = bytes[(end + middle.utf8.count)..<line.upperBound]
        guard let content = content(value) else { return nil }
        return Line(number: number, content: content, id: start..<end)
    }

    /// Parses what comes after `"quality":`.
    private static func content(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> Content? {
        if value.starts(with: noQuality.utf8) {
            let reason = value.dropFirst(noQuality.utf8.count)
            if reason.starts(with: "null,".utf8) { return .other }
            return Unscored.allCases.first { reason.starts(with: "\"\($0.name)\",".utf8) }.map { .unscored($0) }
        }
        let digits = value.prefix(8)
        let rest = value.dropFirst(8)
        guard digits.count == 8, digits[digits.startIndex + 1] == UInt8(ascii: "."),
            rest.starts(with: afterQuality.utf8)
        else { return nil }
        var quality = 0
        for (place, byte) in digits.enumerated() where place != 1 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            quality = quality * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard quality <= DocumentScorer.unit else { return nil }
        let domain = rest.dropFirst(afterQuality.utf8.count)
        if domain.starts(with: "true".utf8) { return .scored(quality: quality, isOutOfDomain: true) }
        if domain.starts(with: "false".utf8) { return .scored(quality: quality, isOutOfDomain: false) }
        return nil
    }
}
