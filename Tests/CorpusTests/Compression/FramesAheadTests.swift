import CZstd
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

/// Other threads decode frames of a shard ahead of its reader. The reference is a reader that decodes everything itself:
/// batches, digests and errors must be the same.
@Suite struct FramesAheadTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private final class Reservation: MemoryReservation {
        func shrink(to bytes: Int) {}
    }

    /// Who decodes the frames that were found.
    private enum Helper: CaseIterable {
        case reader, anotherThread, caller
    }

    /// What a reader gives for a shard.
    private struct Reading: Equatable {
        struct Batch: Equatable {
            let firstLine: Int
            let firstByte: Int
            let lineCount: Int
            let bytes: [UInt8]
            /// The parts of the point that do not depend on how much of the file was read ahead.
            let point: [Int64]?
        }

        var batches: [Batch] = []
        var failure: String?
        var digest: Hash128?
        var decodedBytes: Int?
        var readBytes: Int64 = 0
        /// Not compared.
        var runs = 0

        /// Says where two readings differ.
        func difference(to other: Reading) -> String? {
            if self == other { return nil }
            let batch = zip(batches, other.batches).enumerated().first { $0.element.0 != $0.element.1 }
            return "batch \(batch?.offset ?? -1) of \(batches.count) and \(other.batches.count), "
                + "\(failure ?? "-") and \(other.failure ?? "-"), read \(readBytes) and \(other.readBytes)"
        }

        static func == (left: Reading, right: Reading) -> Bool {
            left.batches == right.batches && left.failure == right.failure && left.digest == right.digest
                && left.decodedBytes == right.decodedBytes && (left.failure != nil || left.readBytes == right.readBytes)
        }
    }

    private func limits(batch: Int, window: WindowLimit) -> ReadLimits {
        ReadLimits(batch: batch, line: 1 << 20, window: window, pointEvery: batch * 3) { _ in "4G" }
    }

    private func shard(_ path: String, _ file: [UInt8]) -> Shard {
        Shard(name: "shard.jsonl.zst", path: path, input: 0, size: Int64(file.count), modified: 0)
    }

    /// Reads a shard.
    ///
    /// - Parameters:
    ///   - memory: the memory for a run of frames; nil to find none.
    ///   - ahead: the number of batches that are read before frames are looked for, as `ReadAhead` does.
    private func read(
        _ file: [UInt8], _ limits: ReadLimits, memory: Int?, ahead: Int = 0, _ generator: inout SeededGenerator
    ) throws -> Reading {
        let path = try folder.write(file, to: "shard.jsonl.zst")
        let reader = try LineReader(shard: shard(path, file), ordinal: 0, limits: limits)
        var reading = Reading()
        var left = ahead
        while true {
            var raw: RawBatch?
            if left > 0 {
                raw = reader.readAhead()
                left = raw == nil ? 0 : left - 1
            }
            if raw == nil {
                if let memory {
                    for _ in 0..<Int.random(in: 0...3, using: &generator) {
                        guard let run = reader.findFrames(Reservation(), of: memory) else { break }
                        #expect(run.memory <= memory)
                        reading.runs += 1
                        switch Helper.allCases.randomElement(using: &generator)! {
                        case .reader: break
                        case .anotherThread: DispatchQueue.global().async { run.decode() }
                        case .caller: run.decode()
                        }
                    }
                }
                raw = reader.next()
            }
            guard let raw else { break }
            reading.batches.append(
                Reading.Batch(
                    firstLine: raw.firstLine, firstByte: raw.firstByte, lineCount: raw.lineCount,
                    bytes: Array(raw.bytes.elements),
                    point: raw.point.map { [Int64($0.line), Int64($0.byte), $0.size] }))
            if let point = raw.point {
                #expect(try File.digest(of: path, first: point.fileBytes).description == point.digest)
            }
            reading.failure = raw.failure?.message
            reading.digest = raw.end?.digest
            reading.decodedBytes = raw.end?.decodedBytes
        }
        reading.readBytes = reader.readBytes
        return reading
    }

    /// Returns lines of text that compress, of many lengths, some of them empty.
    private func lines(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = someText(count, seed: generator.next())
        var at = 0
        while at < count {
            bytes[at] = newline
            at += [1, 60, 700, 9000].randomElement(using: &generator)!
        }
        return bytes
    }

    /// Returns frames as several programs write them, and their content.
    private func frames(_ generator: inout SeededGenerator) throws -> (file: [UInt8], content: [UInt8]) {
        var (file, content): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let text = lines([0, 1, 300, 20_000, 150_000].randomElement(using: &generator)!, &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: file += try encode([text], .zstd)
            case 1: file += zstdFrame(text, isSized: false, hasChecksum: Bool.random(using: &generator))
            case 2:  // pzstd: a skippable frame has the compressed size of the next frame
                let frame = zstdFrame(text, isSized: false)
                file += [0x50, 0x2A, 0x4D, 0x18] + littleEndian(UInt32(4)) + littleEndian(UInt32(frame.count)) + frame
            case 3: file += zstdFrame(text, windowLog: 10) + skippableFrame(17, kind: 14)
            case 4:  // many small frames
                for start in stride(from: 0, to: text.count, by: 900) {
                    file += try encode([Array(text[start..<min(text.count, start + 900)])], .zstd)
                }
            case 5: file += zstdFrame(text, windowLog: 24, isSized: false)
            case 6: file += zstdFrame([], isSized: false) + zstdFrame(text, hasChecksum: false) + zstdFrame([])
            default:
                let raw = Array(text.prefix(1000))
                file += zstdRawFrame(raw, windowLog: 12) + skippableFrame(70_000)
                content += raw
                continue
            }
            content += text
        }
        return (file, content)
    }

    private func damage(_ file: inout [UInt8], _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: file.removeLast(Int.random(in: 0..<file.count, using: &generator))
        case 1:
            let place = Int.random(in: 0..<file.count, using: &generator)
            file[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: file += (0..<Int.random(in: 1...40, using: &generator)).map { UInt8(truncatingIfNeeded: $0 * 7) }
        default: file += Array(file.prefix(Int.random(in: 1...30, using: &generator)))
        }
    }

    @Test(arguments: 0..<90)
    func aReaderGivesTheSameAsWithoutHelp(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (file, content) = try frames(&generator)
        let isDamaged = seed % 3 > 0
        if isDamaged { damage(&file, &generator) }
        let window = WindowLimit(bytes: 8 << 20, share: [100_000, .max].randomElement(using: &generator)!) { _ in "" }
        let limits = limits(batch: [3000, 40_000, 1 << 20].randomElement(using: &generator)!, window: window)
        let expected = try read(file, limits, memory: nil, &generator)
        if !isDamaged { #expect(expected.failure == nil && expected.batches.flatMap(\.bytes) == content) }
        for memory in [200_000, 300_000, 500_000, 4 << 20] {
            for ahead in [0, 1, 4] {
                let reading = try read(file, limits, memory: memory, ahead: ahead, &generator)
                #expect(reading.difference(to: expected) == nil, "seed \(seed), memory \(memory), \(ahead) ahead")
            }
        }
    }

    /// Every place at which a file can be cut, and every byte that can be damaged.
    @Test func everyDamageGivesTheSameError() throws {
        var generator = SeededGenerator(seed: 1)
        let texts = (0..<3).map { _ in lines(120, &generator) }
        let file =
            try encode([texts[0]], .zstd) + skippableFrame(5) + zstdFrame(texts[1], isSized: false)
            + zstdFrame(texts[2], hasChecksum: false)
        let limits = limits(batch: 100, window: .none)
        for place in file.indices {
            var flipped = file
            flipped[place] ^= UInt8.random(in: 1...255, using: &generator)
            for damaged in [flipped, Array(file[..<place])] {
                let expected = try read(damaged, limits, memory: nil, &generator)
                for memory in [(256 << 10) + 400, 1 << 20] {
                    let reading = try read(damaged, limits, memory: memory, &generator)
                    #expect(reading.difference(to: expected) == nil, "byte \(place)")
                }
            }
        }
    }

    /// Frames of our own, of pzstd and of the seekable format are found; frames that are too large are not.
    @Test func framesAreFound() throws {
        var generator = SeededGenerator(seed: 2)
        let text = lines(600_000, &generator)
        let frame = zstdFrame(text, isSized: false)
        let pzstd = [0x50, 0x2A, 0x4D, 0x18] + littleEndian(UInt32(4)) + littleEndian(UInt32(frame.count)) + frame
        let files = [
            try encode([text, text, text], .zstd), pzstd + pzstd + pzstd,
            zstdFrame(text) + zstdFrame(text) + zstdFrame(text) + skippableFrame(3 * 8 + 9, kind: 14),
        ]
        for file in files {
            let path = try folder.write(file, to: "shard.jsonl.zst")
            func runs(_ memory: Int, window: Int = 8 << 20) throws -> [FrameRun] {
                let reader = try LineReader(
                    shard: shard(path, file), ordinal: 0,
                    limits: limits(batch: 1 << 20, window: WindowLimit(bytes: window) { _ in "" }))
                var runs: [FrameRun] = []
                while let run = reader.findFrames(Reservation(), of: memory) { runs.append(run) }
                return runs
            }
            let found = try runs(16 << 20)
            #expect(found.reduce(0) { $0 + $1.compressedSize } == file.count)
            #expect(found.compactMap { $0.content()?.decoded.count }.reduce(0, +) == 3 * text.count)
            #expect(found.count > 1)
            // Skippable frames are found anyway.
            #expect(try runs(700_000).allSatisfy { $0.contentSize == 0 })
            #expect(try runs(16 << 20, window: 10_000).allSatisfy { $0.contentSize == 0 })
        }
    }

    /// Compares the sizes of frames with libzstd.
    @Test(arguments: 0..<60)
    func sizesAreThoseOfLibzstd(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (file, content) = try frames(&generator)
        let shared = SharedFile(try File(folder.write(file, to: "file"), .read))
        var headers = FrameHeaders(shared, end: Int64(file.count))
        var (start, most) = (0, 0)
        while start < file.count {
            let extent = try #require(
                ZstdFrameExtent(&headers, at: Int64(start), window: 1 << 30, limit: 1 << 30), "at \(start)")
            let size = file[start...].withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }
            #expect(extent.compressed == size)
            let limit = extent.compressed + extent.content
            #expect(ZstdFrameExtent(&headers, at: Int64(start), window: 1 << 30, limit: limit - 1) == nil)
            start += size
            most += extent.content
        }
        #expect(most >= content.count)
        #expect(ZstdFrameExtent(&headers, at: Int64(start), window: 1 << 30, limit: 1 << 30) == nil)
    }
}
