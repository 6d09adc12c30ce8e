package import Basics
package import Corpus
internal import Foundation
internal import OutputStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a run divides its memory. All sizes are in bytes.
package struct MemoryPlan: Sendable {
    /// The smallest memory setting.
    package static let least = 256 << 20
    /// The default setting: 2 GiB, but at most half of the machine's memory.
    package static let standard: Int = {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let half = pages > 0 ? pages * sysconf(Int32(_SC_PAGESIZE)) / 2 : 2 << 30
        return max(least, min(2 << 30, half))
    }()

    /// The memory that a document needs while it passes through the stages, for each byte of its line: for the line,
    /// the text, the words and their offsets, the shingles and the buffer for sorting them, and the parser's copy.
    package static let expansionOfWords = 7
    /// The same for shingles of characters. It is larger, because there is a shingle for every scalar.
    package static let expansionOfScalars = 14

    /// The longest line that any memory setting allows. Offsets of words have 32 bits, and compatibility normalization
    /// can make a text 11 times longer.
    private static let longestLine = 320 << 20

    /// The memory of the block that is being filled, of blocks that wait for a compressor, and of frames that wait to
    /// be written.
    private static let waitingBlocks = 4 * blockSize
    /// The least memory for documents with which a run works.
    private static let leastInFlight = 16 << 20
    /// The memory that each line needs in addition, however short it is.
    package static let bytesOfLine = 256

    /// The memory of the program itself, its tables and its threads.
    private static let base = 40 << 20

    /// The number of threads that one decoder keeps busy.
    private static let threadsPerReader = 4

    /// The most memory for text that is read ahead, for each thread. Threads far beyond the number of cores do not count.
    private static let aheadOfThread = 16 << 20

    /// The number of threads of the run.
    package let threads: Int
    /// The number of shards that are decoded at the same time before their turn has come.
    package var readers: Int { threads / Self.threadsPerReader }
    /// The number of processor cores.
    private let cores: Int
    /// The size of one compressor's tables.
    private let encoder: Int
    /// The memory for the documents that are in the graph: read, but not finished.
    package let inFlight: Int
    /// The memory for what is decoded before its turn has come: the next shards, and the next frames of the shard whose
    /// turn it is.
    package let ahead: Int
    /// The part of `ahead` for frames.
    package var frames: Int { ahead / 2 }
    /// The size of a batch of lines.
    package let batch: Int
    /// The size of the longest line that can be processed.
    package let line: Int
    /// The memory that is reserved for zstd windows. A larger window takes the rest from `inFlight`.
    package let window: Int
    /// The memory for the index: band keys that are not in a segment yet, and the end of the document log.
    package let index: Int
    /// The number of blocks that are compressed at the same time.
    package let compressors: Int
    /// The number of compressed blocks that are written to files at the same time. Writing takes much less time than
    /// compressing.
    package let writers: Int
    /// The memory that a document needs for each byte of its line.
    package let expansion: Int

    /// Whether the run also embeds documents, which takes a quarter of the memory.
    private let isShared: Bool

    package init(
        total whole: Int, threads: Int, cores: Int = ProcessInfo.processInfo.activeProcessorCount, expansion: Int,
        encoder: Int, isShared: Bool = false
    ) {
        let total = Self.own(of: whole, isShared: isShared)
        self.isShared = isShared
        self.threads = threads
        self.cores = cores
        self.encoder = encoder
        self.expansion = expansion
        // Each compressor needs a block, its frame and its tables; other blocks and frames wait before and after it.
        let block = blockSize * 2 + encoder
        compressors = max(1, min(threads, (total / 5 - Self.waitingBlocks) / block))
        writers = max(1, compressors / 4)
        let writing = compressors * (block + blockSize / 2) + writers * blockSize + Self.waitingBlocks
        window = total / 8
        index = total / 10 * 3
        let documents = max(Self.leastInFlight, total - Self.base - writing - index - window)
        // A single decoder keeps a few threads busy, so only a run with more threads reads shards ahead. It uses the memory
        // that is left over when all cores have batches of the full size, but at most half of the memory for documents. Text
        // that waits for long is in no cache any more, so it takes no more than keeps the cores busy.
        let work = expansion * (2 * min(threads, cores) + 4) << 20
        let most = min(documents / 2, documents - work, Self.aheadOfThread * min(threads, 4 * cores))
        ahead = threads < Self.threadsPerReader ? 0 : max(0, most)
        inFlight = documents - ahead
        line = min(inFlight / (expansion + 2), Self.longestLine)
        // Small batches cost more. Threads beyond the number of cores work only while others wait, so they need none.
        batch = max(64 << 10, min(1 << 20, inFlight / (expansion * (2 * min(threads, cores) + 4))))
    }

    private static func own(of total: Int, isShared: Bool) -> Int {
        isShared ? total - embeddingShare(of: total) : total
    }

    /// Returns the memory for embedding, in a run that also removes duplicates.
    package static func embeddingShare(of total: Int) -> Int { total / 4 }

    /// Returns the smallest memory setting, from a list of steps, for which `fits` returns true; for messages.
    package static func setting(fits: (Int) -> Bool) -> String {
        var mebibytes = 256
        while !fits(mebibytes << 20) && mebibytes < 1 << 20 { mebibytes += mebibytes < 1024 ? 64 : 512 }
        return mebibytes % 1024 == 0 ? "\(mebibytes / 1024)G" : "\(mebibytes)M"
    }

    /// The largest zstd window that can be decoded.
    package var largestWindow: Int { WindowLimit.largest(window, inFlight) }

    /// The limits for reading shards.
    package var limits: ReadLimits {
        ReadLimits(
            batch: batch, line: line,
            window: .sharing(window, with: inFlight) { wanted in
                let memory = Self.setting {
                    MemoryPlan(
                        total: $0, threads: threads, cores: cores, expansion: expansion, encoder: encoder,
                        isShared: isShared
                    ).largestWindow >= wanted
                }
                return "it needs \(Parameter.memory(memory))"
            },
            memoryForLine: { wanted in
                if wanted > Self.longestLine { return nil }
                return Self.setting {
                    MemoryPlan(
                        total: $0, threads: threads, cores: cores, expansion: expansion, encoder: encoder,
                        isShared: isShared
                    ).line >= wanted
                }
            })
    }

    /// Parses `512M`, `2G`, `1.5GiB` or a number of bytes.
    package static func bytes(_ text: String) throws(Failure) -> Int {
        let units: [(String, Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
            ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40),
        ]
        let unit = units.first { text.lowercased().hasSuffix($0.0.lowercased()) }
        let digits = text.dropLast(unit?.0.count ?? 0)
        guard let number = Double(digits), number.isFinite, number > 0, number * Double(unit?.1 ?? 1) < 1e15,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E })
        else {
            throw .usage("\(Parameter.memory): '\(text)' is not a size; write 512M or 2G")
        }
        let bytes = Int(number * Double(unit?.1 ?? 1))
        guard bytes >= least else { throw .usage("\(Parameter.memory): \(text) is too little; the minimum is 256M") }
        return bytes
    }
}
