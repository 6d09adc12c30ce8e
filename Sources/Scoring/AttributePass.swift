internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph
package import QualityScoring

/// The lowest quality that a document may have to be kept.
package struct QualityThreshold: Sendable, Equatable {
    /// The quality in millionths, the precision in which qualities are stored.
    let millionths: Int

    init(millionths: Int) { self.millionths = millionths }

    /// Rounds up to the next multiple of a millionth.
    init(_ quality: Double) {
        var millionths = Int((quality * Double(DocumentScorer.unit)).rounded())
        if Double(millionths) / Double(DocumentScorer.unit) < quality { millionths += 1 }
        self.millionths = millionths
    }

    /// The quality, from 0 to 1.
    package var quality: Double { Double(millionths) / Double(DocumentScorer.unit) }
}

/// What a choice keeps of a corpus: the threshold that it comes down to, and the numbers of documents.
package struct ChosenDocuments: Sendable {
    /// The choice that was asked for.
    package let choice: DocumentChoice
    /// The quality at and above which the documents that are judged by it are kept.
    package let threshold: QualityThreshold
    /// The number of documents.
    package let documents: Int
    /// The number of documents that are judged by their quality.
    package let judged: Int
    /// The numbers of documents that have no scores; they are all kept or all removed.
    package let unscored: UnscoredCounts
    /// The number of documents that are kept or removed because they are out of domain.
    package let outOfDomain: Int
    /// The number of documents that are kept.
    package let kept: Int
}

/// Reads the scores of a whole corpus to turn a choice into a threshold.
struct AttributePass {
    private let folder: ScoresFolder
    private let record: ScoresRecord
    private let executor: ThreadExecutor

    init(_ folder: ScoresFolder, _ record: ScoresRecord, on executor: ThreadExecutor) {
        self.folder = folder
        self.record = record
        self.executor = executor
    }

    /// Computes the threshold for a choice, and counts the documents that it keeps.
    ///
    /// The best P percent are a percentage of the documents that are judged by their quality, rounded up to a whole
    /// document. Documents with the same quality as the last of these are kept too. The histogram in scores.json tells
    /// in which bin that last document is; the qualities in that bin are then read from the scores files.
    func choose(_ choice: DocumentChoice) async throws -> ChosenDocuments {
        let histogram = record.histogram(judgedBy: choice)
        switch choice.least {
        case .minQuality(let quality):
            let threshold = QualityThreshold(quality)
            let found = try await qualities(threshold.millionths..<threshold.millionths, choice)
            return chosen(choice, threshold, judged: histogram.total, kept: found.above)
        case .topPercent(let percent):
            let wanted = Self.documents(percent, of: histogram.total)
            guard wanted > 0, let bin = histogram.bin(ofBest: wanted) else {
                return chosen(choice, QualityThreshold(0), judged: 0, kept: 0)
            }
            let ends = QualityThreshold(bin.lowerBound).millionths..<QualityThreshold(bin.upperBound).millionths
            let found = try await qualities(ends, choice)
            let within = found.within.sorted(by: >)
            guard wanted > found.above, wanted - found.above <= within.count else {
                throw Failure(
                    "\(folder.files.recordPath): does not match the attributes beside it; score again with "
                        + Parameter.replace.description)
            }
            let least = Int(within[wanted - found.above - 1])
            let kept = found.above + within.count { $0 >= least }
            return chosen(choice, QualityThreshold(millionths: least), judged: histogram.total, kept: kept)
        }
    }

    /// Returns a percentage of a number of documents, rounded up to a whole document. Rounding errors do not count:
    /// 16.1 % of 1,000 documents are 161, although the floating-point product is 161.00000000000003.
    static func documents(_ percent: Double, of all: Int) -> Int {
        let share = percent * Double(all) / 100
        let nearest = share.rounded()
        return Int(abs(share - nearest) <= 4 * nearest.ulp ? nearest : share.rounded(.up))
    }

    /// - Parameter kept: the number of documents that are kept because of their quality.
    private func chosen(
        _ choice: DocumentChoice, _ threshold: QualityThreshold, judged: Int, kept: Int
    ) -> ChosenDocuments {
        let outOfDomain = choice.outOfDomain == .score ? 0 : record.outOfDomain
        return ChosenDocuments(
            choice: choice, threshold: threshold, documents: record.documents, judged: judged,
            unscored: record.unscored, outOfDomain: outOfDomain,
            kept: kept + (choice.unscored == .keep ? record.unscored.total : 0)
                + (choice.outOfDomain == .keep ? outOfDomain : 0))
    }

    /// Returns the qualities in a range, in millionths, and the number of documents above it, of the documents that the
    /// choice judges by their quality.
    private func qualities(_ range: Range<Int>, _ choice: DocumentChoice) async throws -> Qualities {
        let graph = Graph(executor: executor)
        let shards = graph.source("list", RecordSource(record.shards))
        let found = graph.transform(
            "read scores", shards, CollectQualities(folder: folder, range: range, choice: choice))
        let sum = QualitySum()
        graph.sink("add up", found, sum)
        try await graph.run()
        return await sum.qualities
    }
}

/// The qualities in a range, in millionths, and the number of documents above that range.
private struct Qualities: Measured {
    var above = 0
    var within: [Int32] = []

    var documents: Int { above + within.count }
    var bytes: Int { within.count * 4 }
}

extension ScoresRecord.Shard: Measured {
    package var bytes: Int { Int(scores.bytes) }
}

private actor RecordSource: Source {
    private let shards: [ScoresRecord.Shard]

    init(_ shards: [ScoresRecord.Shard]) {
        self.shards = shards
    }

    func produce(_ output: Outlet<ScoresRecord.Shard>) async throws {
        for shard in shards { try await output.send(shard) }
    }
}

private struct CollectQualities: Transform {
    let folder: ScoresFolder
    let range: Range<Int>
    let choice: DocumentChoice

    func transform(_ input: ScoresRecord.Shard) throws -> Qualities {
        var found = Qualities()
        var attributes = try AttributeReader(folder, input)
        while let line = try attributes.next() {
            guard case .scored(let quality, let isOutOfDomain) = line.content,
                choice.verdict(unscored: nil, isOutOfDomain: isOutOfDomain) == .judge
            else { continue }
            if quality >= range.upperBound {
                found.above += 1
            } else if quality >= range.lowerBound {
                found.within.append(Int32(quality))
            }
        }
        try attributes.checkDigest()
        return found
    }
}

private actor QualitySum: Sink {
    private(set) var qualities = Qualities()

    func consume(_ input: Qualities) {
        qualities.above += input.above
        qualities.within += input.within
    }

    func finish() {}
}
