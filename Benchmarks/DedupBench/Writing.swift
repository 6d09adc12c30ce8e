import Basics
import Corpus
import Deduplication

extension Bench {
    /// Measures compressing all lines, in blocks as a run writes them.
    func measureWriting() async throws {
        guard wants("compression") else { return }
        // The size of a block in a run.
        let size = 4 << 20
        var blocks: [Boxed<Buffer<UInt8>>] = []
        var block = Buffer<UInt8>()
        for batch in corpus.documents {
            block.append(contentsOf: batch.raw.bytes.elements)
            if block.count >= size || batch.raw.end != nil {
                var full = Buffer<UInt8>()
                swap(&full, &block)
                blocks.append(Boxed(full))
            }
        }
        var encoder = try BlockEncoder(compression: .zstd, level: corpus.settings.write.level)
        // The buffer is reused for all blocks, as in a run.
        var frame = Buffer<UInt8>(capacity: size + size / 8)
        try await measure("compression") { watch in
            for block in blocks {
                try watch.time {
                    frame.removeAll()
                    try encoder.encode(block.value.bytes, into: &frame)
                    found &+= UInt64(frame.count)
                }
            }
        }
    }
}
