internal import Basics
internal import Corpus
internal import Dispatch
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// A shard that is to be filtered.
struct FilterTask: Measured {
    let shard: Shard
    let scores: ScoresRecord.Shard
    let threshold: QualityThreshold
    /// The shard's ordinal in the run.
    let ordinal: Int

    var documents: Int { scores.documents }
    var bytes: Int { Int(shard.size) }
}

/// A shard that has been filtered into temporary files.
struct FilteredShard: Measured, @unchecked Sendable {
    let finished: RecordedFolder<FilterRecord>.Finished
    /// The shard's ordinal in the run.
    let ordinal: Int

    var documents: Int { finished.record.documents }
    var bytes: Int { Int(finished.record.corpus.bytes) }
}

/// Reports that all filtered shards up to an ordinal are committed.
struct FilteredShards: ShardsDone {
    let lastOrdinal: Int
    let documents: Int
    let bytes: Int
}

/// The stage that writes the lines of a shard whose quality is high enough, and lists the others.
struct FilterShard: Transform {
    private static let batch = 1 << 20

    let scores: ScoresFolder
    let folder: FilteredFolder
    /// The memory setting, in bytes. The limits for zstd windows are parts of it.
    let memory: Int
    /// The choice, which the lists of removed documents give as the reason.
    let choice: DocumentChoice
    private let largeWindow = LargeWindow()
    private let sinks = DocumentSinks(level: Compression.defaultLevel)

    init(scores: ScoresFolder, folder: FilteredFolder, memory: Int, choice: DocumentChoice) {
        self.scores = scores
        self.folder = folder
        self.memory = memory
        self.choice = choice
    }

    /// A lock that lets only one shard at a time use a window that is larger than `Filtering.windowShare`.
    private final class LargeWindow: @unchecked Sendable {
        let semaphore = DispatchSemaphore(value: 1)
    }

    func transform(_ input: FilterTask) throws -> FilteredShard { try filter(input) }

    private var limits: ReadLimits {
        ReadLimits(
            batch: Self.batch, line: 1 << 31,
            window: WindowLimit(
                bytes: Filtering.largestWindow(ofMemory: memory), share: Filtering.windowShare(ofMemory: memory)
            ) { wanted in
                "it needs \(Parameter.memory(MemoryPlan.setting { Filtering.largestWindow(ofMemory: $0) >= wanted }))"
            },
            memoryForLine: { _ in nil })
    }

    private func filter(_ task: FilterTask) throws(Failure) -> FilteredShard {
        let name = task.shard.name
        let format = DocumentFormats.standard.format(of: task.shard)
        let sink = sinks.sink(of: task.shard)
        let source = try format.source(of: task.shard, ordinal: 0, from: nil, limits: limits)
        var attributes = try AttributeReader(scores, task.scores)
        var next = source.next()
        let corpus = try FrameWriter(
            folder.files, next?.compression ?? .none, emptyAs: Compression(ofFileNamed: name), sink: sink)
        let removed = try FrameWriter(folder.files, .zstd, emptyAs: .zstd)
        var counts = (documents: 0, kept: 0, bad: 0, blank: 0)
        var end: ShardEnd?
        var isAlone = false
        defer { if isAlone { largeWindow.semaphore.signal() } }
        while let batch = next {
            if let failure = batch.failure { throw failure }
            if source.memoryFromBudget > 0 && !isAlone {
                largeWindow.semaphore.wait()
                isAlone = true
            }
            let records = format.records(of: batch)
            for index in 0..<records.count {
                let scored = try attributes.next(records.lineNumber(index), &counts.blank)
                guard scored.content != .other else {
                    counts.bad += 1
                    continue
                }
                counts.documents += 1
                if let reason = reason(toRemove: scored.content, task.threshold) {
                    records.documents[index].fate = .dropped
                    try list(scored, reason, attributes, to: removed)
                } else {
                    counts.kept += 1
                }
            }
            // The blank lines at the end. Bytes after the last newline are a line only if they are not blank.
            try attributes.skip(to: batch.firstLine + batch.lineCount, &counts.blank)
            var written = 0
            while written < records.count {
                written = sink.append(records, from: written, to: &corpus.block)
                try corpus.writeFullBlock()
            }
            end = batch.end ?? end
            next = source.next()
        }
        guard let end, end.digest.description == task.scores.digest else {
            throw Failure("\(name): changed since it was scored; run again when nothing writes to it")
        }
        if try attributes.next() != nil { throw scores.damaged(name, "it has too many lines") }
        guard counts.documents == task.scores.documents else {
            throw scores.damaged(name, "it has another number of documents than scores.json says")
        }
        try attributes.checkDigest()
        // If nothing was left out or changed, the output is a copy of the shard's file.
        let isCopied = counts.kept == counts.documents && counts.blank == 0 && !end.hasByteOrderMark
        var files: [(file: TemporaryFile, target: String)] = []
        if isCopied {
            try corpus.discard()
            let copy = try folder.files.temporaryFile()
            try OutputFolder.copy(task.shard, expecting: end, to: copy)
            files.append((copy, folder.corpusPath(name)))
        } else {
            files.append((try corpus.finish(), folder.corpusPath(name)))
        }
        var list: TemporaryFile?
        if counts.kept < counts.documents {
            list = try removed.finish()
            files.append((list!, folder.removedPath(name)))
        } else {
            try removed.discard()
        }
        let record = FilterRecord.Shard(
            name: name, documents: counts.documents, kept: counts.kept, bad: counts.bad, blankLines: counts.blank,
            size: end.status.size, modified: end.status.modified, digest: end.digest.description,
            scores: task.scores.scores.digest, threshold: task.threshold.millionths, isCopied: isCopied,
            corpus: WrittenFile(files[0].file), removed: list.map(WrittenFile.init))
        let obsolete = list == nil ? [folder.removedPath(name)] : []
        return FilteredShard(
            finished: .init(record: record, files: files, obsolete: obsolete), ordinal: task.ordinal)
    }

    /// Returns the reason why a document is removed; nil if it is kept.
    private func reason(toRemove content: AttributeReader.Content, _ threshold: QualityThreshold) -> String? {
        let verdict: DocumentChoice.Verdict
        var quality = 0
        switch content {
        case .other: return nil
        case .unscored(let reason): verdict = choice.verdict(unscored: reason, isOutOfDomain: false)
        case .scored(let own, let isOutOfDomain):
            verdict = choice.verdict(unscored: nil, isOutOfDomain: isOutOfDomain)
            quality = own
        }
        switch verdict {
        case .keep: return nil
        case .remove(let reason): return reason
        case .judge where quality >= threshold.millionths: return nil
        case .judge:
            return switch choice.least {
            case .minQuality(let least): "quality below \(DocumentChoice.Least.short(least))"
            case .topPercent(let percent):
                "quality below \(threshold.quality), that of the best \(DocumentChoice.Least.short(percent)) %"
            }
        }
    }

    /// Adds a removed document to the list: `{"line":3,"id":"a-3","quality":0.120000,"reason":"quality below 0.5"}`
    private func list(
        _ line: AttributeReader.Line, _ reason: String, _ attributes: borrowing AttributeReader,
        to removed: FrameWriter
    ) throws(Failure) {
        removed.block.append("{\"line\":\(line.number),\"id\":")
        attributes.appendID(of: line, to: &removed.block)
        removed.block.append(",\"quality\":")
        if case .scored(let quality, _) = line.content {
            DocumentScorer.append(quality, to: &removed.block)
        } else {
            removed.block.append("null")
        }
        removed.block.append(",\"reason\":\"\(reason)\"}\n")
        try removed.writeFullBlock()
    }
}
