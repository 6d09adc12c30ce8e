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

    package func append(_ batch: Documents, from first: Int, to block: inout Buffer<UInt8>) -> Int {
        let lines = batch.raw.bytes.count
        var document = first
        while document < batch.count, block.count < blockSize {
            guard batch.documents[document].fate.isWritten else {
                document += 1
                continue
            }
            let start = Int(batch.documents[document].lineStart)
            var end = start
            // Lines that follow each other are copied together, as far as the block goes.
            while document < batch.count, batch.documents[document].fate.isWritten,
                Int(batch.documents[document].lineStart) == end, block.count + (end - start) < blockSize
            {
                end += Int(batch.documents[document].lineLength) + 1
                document += 1
            }
            block.append(contentsOf: batch.raw.bytes.slice(start..<min(end, lines)))
            // The last line of a shard may lack its newline.
            if end > lines { block.append(newline) }
        }
        return document
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
