import Basics
import Corpus
import Foundation
import Tokenizers

/// Measures the speed of a tokenizer on one thread:
///
///     make bench BENCH=tokenizer-bench ARGUMENTS="MODEL INPUT... [--split] [--rounds N]"
///
/// MODEL is a folder with a tokenizer; an INPUT is a shard, a folder of shards, or a text file. All texts are read into
/// memory first. The output has the time for loading the tokenizer and, for every round, the number of bytes and tokens
/// and the speed in MB per second of processor time. The cache of pieces is empty in the first round only.
@main
struct TokenizerBench {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var rounds = 3
        if let index = arguments.firstIndex(of: "--rounds"), index + 1 < arguments.count {
            rounds = Int(arguments[index + 1]) ?? rounds
            arguments.removeSubrange(index...index + 1)
        }
        let special: SpecialTokens = arguments.contains("--split") ? .split : .plain
        arguments.removeAll { $0 == "--split" }
        guard arguments.count >= 2 else {
            print("usage: tokenizer-bench MODEL INPUT... [--split] [--rounds N]")
            exit(2)
        }
        for round in 1...3 {
            let start = ContinuousClock.now
            let tokenizer = try Tokenizer(folder: arguments[0])
            print("load \(round): \(milliseconds(start.duration(to: .now))) ms, ids below \(tokenizer.idLimit)")
        }
        let tokenizer = try Tokenizer(folder: arguments[0])
        let texts = try Texts(arguments.dropFirst())
        let worker = Tokenizer.Worker(tokenizer, special)
        var ids = Buffer<Int32>()
        for round in 1...rounds {
            var tokens = 0
            let start = processorSeconds()
            for index in 0..<texts.count {
                ids.removeAll()
                worker.encode(texts[index], into: &ids)
                tokens += ids.count
            }
            let seconds = processorSeconds() - start
            let speed = String(format: "%.1f MB/s", Double(texts.bytes) / 1e6 / seconds)
            print("round \(round): \(texts.count) texts, \(texts.bytes) bytes, \(tokens) tokens: \(speed)")
        }
    }

    static func milliseconds(_ duration: Duration) -> String { String(format: "%.1f", duration / .milliseconds(1)) }

    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The texts of all inputs, in memory.
struct Texts: ~Copyable {
    private var content = Buffer<UInt8>()
    private var ends: [Int] = [0]

    init(_ paths: some Collection<String>) throws {
        for path in paths {
            let isFolder = try File.status(at: path)?.isFolder ?? false
            if isFolder || ShardName.isShard(path) {
                let listing = try ShardListing(of: [CorpusInput(path: path)])
                for shard in listing.shards { try append(shard) }
            } else {
                try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes {
                    content.append(contentsOf: $0.bindMemory(to: UInt8.self))
                }
                ends.append(content.count)
            }
        }
    }

    private mutating func append(_ shard: Shard) throws {
        let fields = try DocumentFields(text: "text", id: "id", onBadLine: .stop)
        var documents: [Documents] = []
        try DocumentReader(fields, limits: .fixed(line: 1 << 30)).read(shard) { batch in
            documents.append(batch)
            return true
        }
        for batch in documents {
            for index in 0..<batch.count {
                content.append(contentsOf: batch.text(index))
                ends.append(content.count)
            }
        }
    }

    var count: Int { ends.count - 1 }
    var bytes: Int { content.count }

    subscript(index: Int) -> UnsafeBufferPointer<UInt8> { content.slice(ends[index]..<ends[index + 1]) }
}
