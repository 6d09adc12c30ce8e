package import Basics
package import Corpus
internal import OutputStore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How a run divides the memory that it may take.
package struct MemoryPlan: Sendable {
    package static let least = 256 << 20
    /// The default: 2 GiB, or half of what the machine has.
    package static let standard: Int = {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let half = pages > 0 ? pages * sysconf(Int32(_SC_PAGESIZE)) / 2 : 2 << 30
        return max(least, min(2 << 30, half))
    }()

    /// What a document takes on its way, for each byte of its line: the line, its text, its words and where they
    /// start, its shingles and their sorting, and the parser's copy.
    package static let expansionOfWords = 7
    /// With a shingle for every scalar.
    package static let expansionOfScalars = 14

    /// Words are found by 32-bit offsets, and a text can grow elevenfold in compatibility normalization.
    private static let longestLine = 320 << 20

    /// The block that is gathered, those that wait to be compressed, and frames that wait to be written.
    private static let waitingBlocks = 4 * blockSize
    /// Less for documents on their way makes no run.
    private static let leastInFlight = 16 << 20
    /// What a line takes besides, however short it is.
    package static let bytesOfLine = 256

    /// The program, its tables and its threads.
    private static let base = 40 << 20

    package let threads: Int
    /// Bytes of one compressor's tables.
    private let encoder: Int
    /// Documents on their way through the stages.
    package let inFlight: Int
    /// Lines read at once.
    package let batch: Int
    /// The longest line.
    package let line: Int
    /// What is set aside for zstd windows; a larger one takes the rest from documents on their way.
    package let window: Int
    /// Band keys of the index and the tail of its log.
    package let index: Int
    /// Blocks compressed at once.
    package let compressors: Int
    package let expansion: Int

    /// Whether documents are embedded besides: a quarter of the memory is theirs.
    private let isShared: Bool

    package init(total whole: Int, threads: Int, expansion: Int, encoder: Int, isShared: Bool = false) {
        let total = Self.own(of: whole, isShared: isShared)
        self.isShared = isShared
        self.threads = threads
        self.encoder = encoder
        self.expansion = expansion
        // A block, its frame and the tables, for every compressor; besides, blocks wait before and frames behind them.
        let block = blockSize * 2 + encoder
        compressors = max(1, min(threads, (total / 5 - Self.waitingBlocks) / block))
        let writing = compressors * (block + blockSize / 2) + Self.waitingBlocks
        window = total / 8
        index = total / 10 * 3
        inFlight = max(Self.leastInFlight, total - Self.base - writing - index - window)
        line = min(inFlight / (expansion + 2), Self.longestLine)
        batch = max(64 << 10, min(1 << 20, inFlight / (expansion * (2 * threads + 4))))
    }

    private static func own(of total: Int, isShared: Bool) -> Int {
        isShared ? total - embeddingShare(of: total) : total
    }

    /// What documents on their way to their vectors take of the memory of a run that removes duplicates too.
    package static func embeddingShare(of total: Int) -> Int { total / 4 }

    /// The least setting, in steps, under which `fits` holds.
    package static func setting(fits: (Int) -> Bool) -> String {
        var mebibytes = 256
        while !fits(mebibytes << 20) && mebibytes < 1 << 20 { mebibytes += mebibytes < 1024 ? 64 : 512 }
        return mebibytes % 1024 == 0 ? "\(mebibytes / 1024)G" : "\(mebibytes)M"
    }

    /// The largest zstd window.
    package var largestWindow: Int { WindowLimit.largest(window, inFlight) }

    package var limits: ReadLimits {
        ReadLimits(
            batch: batch, line: line,
            window: .sharing(window, with: inFlight) { wanted in
                let memory = Self.setting {
                    MemoryPlan(
                        total: $0, threads: threads, expansion: expansion, encoder: encoder, isShared: isShared
                    ).largestWindow >= wanted
                }
                return "it needs --memory \(memory)"
            },
            memoryForLine: { wanted in
                if wanted > Self.longestLine { return nil }
                return Self.setting {
                    MemoryPlan(
                        total: $0, threads: threads, expansion: expansion, encoder: encoder, isShared: isShared
                    ).line >= wanted
                }
            })
    }

    /// Reads `512M`, `2G`, `1.5GiB` or a number of bytes.
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
            throw .usage("--memory: '\(text)' is no size; write 512M or 2G")
        }
        let bytes = Int(number * Double(unit?.1 ?? 1))
        guard bytes >= least else { throw .usage("--memory: \(text) is too little; the least is 256M") }
        return bytes
    }
}
