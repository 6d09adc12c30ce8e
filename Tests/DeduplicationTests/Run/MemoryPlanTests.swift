import Basics
import Corpus
import Testing

@testable import Dedup
@testable import OutputStore
@testable import Pipelines

@Suite struct MemoryPlanTests {
    private static let encoder = 2 << 20
    private static let expansions = [MemoryPlan.expansionOfWords, MemoryPlan.expansionOfScalars]
    private static let totals = [256, 257, 300, 384, 512, 768, 1024, 1536, 2048, 4096, 10_000, 65_536].map { $0 << 20 }

    private func plan(
        _ total: Int, _ threads: Int, _ expansion: Int, encoder: Int = encoder, cores: Int = 256
    ) -> MemoryPlan {
        MemoryPlan(total: total, threads: threads, cores: cores, expansion: expansion, encoder: encoder)
    }

    @Test(arguments: totals, [1, 2, 7, 16, 64, 256])
    func thePartsFit(total: Int, threads: Int) {
        for expansion in Self.expansions {
            for encoder in [1 << 20, 8 << 20, 80 << 20] {
                let plan = plan(total, threads, expansion, encoder: encoder)
                let block = blockSize * 2 + encoder
                #expect(plan.compressors >= 1 && plan.compressors <= threads)
                let parts = plan.inFlight + plan.index + plan.compressors * block + 5 * blockSize
                // A single compressor of the highest level may need more than its share.
                if block <= total / 4 { #expect(parts + plan.window <= total, "\(threads) threads, \(encoder)") }
                #expect(plan.line * (expansion + 2) <= plan.inFlight || plan.line == 0)
                #expect(plan.line >= 1 << 20)
                #expect(plan.batch >= 64 << 10 && plan.batch <= 1 << 20)
                // Every thread has work while batches wait before and after it.
                if plan.batch > 64 << 10 { #expect(plan.batch * expansion * (2 * threads + 4) <= plan.inFlight) }
                #expect(plan.window <= total / 4 && plan.window > 0)
            }
        }
    }

    @Test(arguments: totals)
    func threadsBeyondTheCoresDoNotMakeBatchesSmaller(total: Int) {
        for expansion in Self.expansions {
            let alone = plan(total, 2, expansion, cores: 2)
            let many = plan(total, 64, expansion, cores: 2)
            // Less memory is left for documents, because there are more compressors.
            #expect(many.batch >= min(alone.batch, many.inFlight / (expansion * 8)))
            #expect(plan(total, 64, expansion).batch <= many.batch)
        }
    }

    @Test(arguments: [1, 2, 7, 64])
    func moreMemoryIsMoreOfEverything(threads: Int) {
        for expansion in Self.expansions {
            let plans = Self.totals.map { plan($0, threads, expansion) }
            for (less, more) in zip(plans, plans.dropFirst()) {
                #expect(less.window <= more.window && less.index <= more.index && less.batch <= more.batch)
                #expect(less.compressors <= more.compressors)
            }
        }
    }

    @Test(arguments: [1, 2, 7, 64])
    func moreMemoryTakesLongerLines(threads: Int) {
        for expansion in Self.expansions {
            let lines = stride(from: 256, through: 16_384, by: 64).map { plan($0 << 20, threads, expansion).line }
            for (less, more) in zip(lines, lines.dropFirst()) { #expect(less <= more) }
        }
    }

    /// The memory setting that an error message recommends is enough.
    @Test(arguments: [1, 2, 7, 16])
    func theSettingForALineFits(threads: Int) throws {
        for expansion in Self.expansions {
            let limits = plan(256 << 20, threads, expansion).limits
            for wanted in [1, 1 << 20, 11 << 20, 20 << 20, 100 << 20, 222_222_222, 320 << 20] {
                let setting = try #require(limits.memoryForLine(wanted))
                let bytes = try MemoryPlan.bytes(setting)
                #expect(plan(bytes, threads, expansion).line >= wanted, "\(wanted) in \(setting)")
                // The recommended setting is less than twice the necessary one.
                if bytes > 256 << 20 {
                    #expect(plan(bytes / 2, threads, expansion).line < wanted, "\(wanted) in \(setting)")
                }
            }
            #expect(limits.memoryForLine((320 << 20) + 1) == nil)
            for window in [1 << 20, 33 << 20, 128 << 20, 1 << 30, 1 << 31] {
                let advice = limits.window.advice(window)
                let setting = try #require(advice.split(separator: " ").last)
                #expect(
                    try plan(MemoryPlan.bytes(String(setting)), threads, expansion).largestWindow >= window, "\(advice)"
                )
            }
        }
    }

    private static let sizes: [(String, Int)] = [
        ("256M", 268_435_456), ("512m", 536_870_912), ("1G", 1_073_741_824), ("1.5G", 1_610_612_736),
        ("2GiB", 2_147_483_648), ("300MiB", 314_572_800), ("1t", 1_099_511_627_776), ("262144K", 268_435_456),
        ("262144kib", 268_435_456), ("268435456", 268_435_456), ("0.25G", 268_435_456),
    ]

    @Test(arguments: sizes)
    func sizesAreRead(text: String, bytes: Int) throws {
        #expect(try MemoryPlan.bytes(text) == bytes)
    }

    @Test(arguments: [
        "", "M", "G", "-1G", "+1G", "1 G", "1GB", "1e9", "0x10000000", "nan", "inf", "1.5.2G", "1G1", "2000T", "٥G",
        "255M", "0", "268435455", "1K",
    ])
    func invalidSizesAreRefused(text: String) {
        let error = #expect(throws: Failure.self) { try MemoryPlan.bytes(text) }
        #expect(error?.kind == .usage && error?.message.hasPrefix("the parameter memory: ") == true)
    }
}
