package import Basics

/// The sink of JSON Lines: a block is whole lines, and its part of the file is a zstd frame or a gzip member of its
/// own.
package struct JSONLinesSink: DocumentSink {
    private final class Encoder {
        var encoder: BlockEncoder
        init(_ compression: Compression, _ level: Int) throws {
            encoder = try BlockEncoder(compression: compression, level: level)
        }
    }

    private let encoders: [Compression: Pool<Encoder>]

    package init(level: Int = Compression.defaultLevel) {
        var encoders: [Compression: Pool<Encoder>] = [:]
        for compression in Compression.allCases where compression != .none {
            encoders[compression] = Pool { try Encoder(compression, level) }
        }
        self.encoders = encoders
    }

    package func records(of batch: Documents, from first: Int, filling room: Int) -> BlockRecords {
        var document = first
        var bytes = 0
        while document < batch.count, bytes < room {
            let line = batch.documents[document]
            // The last line of a shard may lack its newline; the block has one.
            if line.fate.isWritten { bytes += Int(line.lineLength) + 1 }
            document += 1
        }
        return BlockRecords(documents: first..<document, bytes: bytes)
    }

    package func copy(_ documents: Range<Int>, of batch: Documents, to block: UnsafeMutablePointer<UInt8>) {
        let lines = batch.raw.bytes.count
        var place = block
        var document = documents.lowerBound
        while document < documents.upperBound {
            guard batch.documents[document].fate.isWritten else {
                document += 1
                continue
            }
            let start = Int(batch.documents[document].lineStart)
            var end = start
            // Lines that follow each other are copied together.
            while document < documents.upperBound, batch.documents[document].fate.isWritten,
                Int(batch.documents[document].lineStart) == end
            {
                end += Int(batch.documents[document].lineLength) + 1
                document += 1
            }
            let source = batch.raw.bytes.slice(start..<min(end, lines))
            if let base = source.baseAddress { place.update(from: base, count: source.count) }
            if end > lines { place[lines - start] = newline }
            place += end - start
        }
    }

    package func encode(
        _ block: UnsafeRawBufferPointer, _ compression: Compression, into part: inout Buffer<UInt8>
    ) throws(Failure) -> Bool {
        guard let encoders = encoders[compression] else { return false }
        do {
            try encoders.with { try $0.encoder.encode(block, into: &part) }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(error)")
        }
        return true
    }
}
