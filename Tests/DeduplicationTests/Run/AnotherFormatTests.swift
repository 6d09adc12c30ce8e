import Basics
import Corpus
import Dedup
import OutputStore
import PipelineGraph
import Testing

@testable import Deduplication
@testable import Pipelines

/// A format of shards that have no files: what a format has to implement, and that it suffices to read and write shards.
///
/// A record is `ID=TEXT` and a zero byte. A block becomes a part of the file with brackets around it.
private struct MemoryFormat: DocumentFormat {
    /// The records of the shards, by their names.
    let shards: [String: [String]]

    func reads(_ shard: Shard) -> Bool { shard.name.hasSuffix(".memory") }

    func source(
        of shard: Shard, ordinal: Int, from point: ReadPoint?, limits: ReadLimits
    ) throws(Failure) -> any DocumentSource {
        guard let records = shards[shard.name] else { throw Failure("\(shard.name): no such shard") }
        return try MemorySource(shard: shard, ordinal: ordinal, records)
    }

    func parser(_ fields: DocumentFields) throws(Failure) -> any DocumentParser { MemoryParser(fields) }
    func records(of raw: RawBatch) -> Documents { MemoryParser.records(of: raw) }
    func sink(level: Int) -> any DocumentSink { MemorySink() }
}

private final class MemorySource: DocumentSource {
    private let shard: Shard
    private let ordinal: Int
    private let records: [String]
    private var position = 0
    private var isDone = false
    private let status: File.Status

    init(shard: Shard, ordinal: Int, _ records: [String]) throws(Failure) {
        self.shard = shard
        self.ordinal = ordinal
        self.records = records
        // Any file's: the shard has none.
        status = try File.status(at: "/")!
    }

    var readBytes: Int64 { Int64(position) }
    var memoryFromBudget: Int { 0 }

    /// Batches of two records. The record "damaged" ends the shard.
    func next() -> RawBatch? {
        if isDone { return nil }
        let batch = records[position..<min(position + 2, records.count)]
        let whole = batch.prefix { $0 != "damaged" }
        var bytes = Buffer<UInt8>()
        for record in whole { bytes.append(record + "\0") }
        let first = position + 1
        position += batch.count
        isDone = position == records.count || whole.count < batch.count
        let all = records.joined(separator: "\0").utf8.count + 1
        let end = ShardEnd(
            digest: Hash128(low: 0, high: 0), status: status, decodedBytes: all)
        return RawBatch(
            shard: shard, ordinal: ordinal, firstLine: first, firstByte: 0, bytes: bytes, lineCount: whole.count,
            end: isDone && whole.count == batch.count ? end : nil,
            failure: whole.count < batch.count ? Failure("\(shard.name): damaged") : nil)
    }
}

private final class MemoryParser: DocumentParser {
    private let fields: DocumentFields

    init(_ fields: DocumentFields) {
        self.fields = fields
    }

    static func records(of raw: RawBatch) -> Documents {
        let documents = Documents(raw)
        var start = 0
        for (offset, record) in raw.bytes.elements.split(separator: 0).enumerated() {
            documents.documents.append(Documents.Document(start..<start + record.count, lineOffset: offset))
            start += record.count + 1
        }
        return documents
    }

    func parse(_ raw: RawBatch) -> Documents {
        let documents = Self.records(of: raw)
        for index in 0..<documents.count {
            var document = documents.documents[index]
            let start = Int(document.lineStart)
            let record = raw.bytes.slice(start..<start + Int(document.lineLength))
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                documents.append(BadLine(line: documents.lineNumber(index), byte: start, reason: "no ="))
                documents.documents[index].fate = fields.onBadLine == .keep ? .badKept : .badDropped
                continue
            }
            document.idKind = .string
            (document.idStart, document.idLength) = (UInt32(documents.ids.count), UInt32(equals))
            documents.ids.append(contentsOf: UnsafeBufferPointer(rebasing: record[..<equals]))
            (document.textStart, document.textLength) = (
                UInt32(documents.texts.count), UInt32(record.count - equals - 1)
            )
            documents.texts.append(contentsOf: UnsafeBufferPointer(rebasing: record[(equals + 1)...]))
            documents.documents[index] = document
        }
        return documents
    }
}

private struct MemorySink: DocumentSink {
    func records(of batch: Documents, from first: Int, filling room: Int) -> BlockRecords {
        let written = batch.documents.elements[first...].filter(\.fate.isWritten)
        return BlockRecords(
            documents: first..<batch.count, bytes: written.reduce(0) { $0 + Int($1.lineLength) + 1 })
    }

    func copy(_ documents: Range<Int>, of batch: Documents, to block: UnsafeMutablePointer<UInt8>) {
        var place = block
        for document in batch.documents.elements[documents] where document.fate.isWritten {
            let start = Int(document.lineStart)
            let record = batch.raw.bytes.slice(start..<start + Int(document.lineLength) + 1)
            place.update(from: record.baseAddress!, count: record.count)
            place += record.count
        }
    }

    func encode(
        _ block: UnsafeRawBufferPointer, _ compression: Compression, into part: inout Buffer<UInt8>
    ) throws(Failure) -> Bool {
        part.append("[")
        block.withMemoryRebound(to: UInt8.self) { part.append(contentsOf: $0) }
        part.append("]")
        return true
    }
}

/// Collects items.
private actor Collector<Item: Measured>: Sink {
    private(set) var items: [Item] = []
    func consume(_ input: Item) { items.append(input) }
    func finish() {}
}

@Suite(.timeLimit(.minutes(15))) struct AnotherFormatTests {
    private let formats: DocumentFormats

    init() {
        let records = [
            "a.memory": ["1=one", "2=", "bad", "4=four", "5=five"], "b.memory": ["6=six", "damaged"],
            "c.memory": ["7=seven"], "e.memory": [],
        ]
        formats = DocumentFormats([MemoryFormat(shards: records)])
    }

    private func shards(_ names: String...) -> ShardSequence {
        let shards = names.map { Shard(name: $0, path: $0, input: 0, size: 0, modified: 0) }
        return ShardSequence(done: [], new: shards.map { PlannedShard(shard: $0, inputName: "") })
    }

    /// Joins the stages from shards to documents to a graph.
    private func read(
        _ shards: ShardSequence, _ graph: Graph, budget: MemoryBudget = MemoryBudget(bytes: 1 << 20), heldBack: Int = 0
    ) throws -> Flow<ReadDocuments> {
        let memory = ShardReader.Memory(heldBack: heldBack) { text, lines in text + lines }
        let reader = ShardReader(
            formats: formats, limits: .fixed(line: 1 << 20), memory: memory, budget: budget
        ) { _ in }
        let source = ShardSource(shards, reader, goesOnAfterFailures: true)
        var options = ReadOptions()
        options.onBadLine = .keep
        return graph.transform("parse", graph.source("read", source), try ParseDocuments(options, formats: formats))
    }

    @Test func documentsAreRead() async throws {
        let executor = ThreadExecutor(threads: 2)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let collector = Collector<ReadDocuments>()
        let shards = shards("a.memory", "b.memory", "missing.memory", "c.memory")
        graph.sink("collect", try read(shards, graph), collector)
        try await graph.run()
        var found: [String] = []
        for batch in await collector.items.map(\.batch) {
            for index in 0..<batch.count {
                let text = String(decoding: batch.text(index), as: UTF8.self)
                let id = batch.id(index).map { "\($0)" } ?? "none"
                found.append("\(batch.raw.shard.name):\(batch.lineNumber(index)) \(id) \(text)")
            }
            if let failure = batch.failure { found.append(failure.message) }
        }
        #expect(
            found == [
                "a.memory:1 string(\"1\") one", "a.memory:2 string(\"2\") ", "a.memory:3 none ",
                "a.memory:4 string(\"4\") four", "a.memory:5 string(\"5\") five", "b.memory:1 string(\"6\") six",
                "b.memory: damaged", "missing.memory: no such shard", "c.memory:1 string(\"7\") seven",
            ])
    }

    /// Each batch takes 9 to 14 bytes: the third one has no room until the stage lets go of the first two.
    @Test func aBatchDoesNotWaitForMemoryThatALaterStageHoldsBack() async throws {
        let executor = ThreadExecutor(threads: 2)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let budget = MemoryBudget(bytes: 32)
        graph.onEarlyEnd { budget.close() }
        let counter = DocumentCounter()
        let documents = try read(shards("a.memory"), graph, budget: budget, heldBack: 31)
        graph.sink("count", graph.stage("hold", documents, Holder()), counter)
        try await graph.run()
        #expect(await counter.count == 4)
    }

    @Test func keptRecordsAreWrittenInTheFormatOfTheirShard() async throws {
        let executor = ThreadExecutor(threads: 2)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let shards = shards("a.memory", "c.memory", "e.memory")
        let dropped = graph.transform("drop", try read(shards, graph), DropEmptyTexts())
        let assembler = Assembler<ReadDocuments>(
            sinks: DocumentSinks(level: 3, formats: formats), twins: TwinNames(others: [], own: shards), renamed: nil,
            writes: true, partial: nil, watchesDroppedLines: false, progress: RunProgress())
        let collector = Collector<Block>()
        let blocks = graph.stage("gather", dropped, assembler)
        graph.sink("collect", graph.transform("encode", blocks, EncodeBlocks()), collector)
        try await graph.run()
        var written: [Int: String] = [:]
        for block in await collector.items {
            guard case .data(.corpus, let payload, _) = block.content else { continue }
            written[block.ordinal, default: ""] += String(decoding: payload.bytes.elements, as: UTF8.self)
        }
        #expect(written == [0: "[1=one\0bad\0" + "4=four\0" + "5=five\0]", 1: "[7=seven\0]", 2: "[]"])
    }
}

/// Holds batches back until it has many.
private actor Holder: OrderedStage {
    private var held: [ReadDocuments] = []

    func process(_ input: ReadDocuments, _ output: Outlet<ReadDocuments>) async throws {
        held.append(input)
        if held.count == 10 { try await flush(output) }
    }

    func flush(_ output: Outlet<ReadDocuments>) async throws {
        let all = held
        held = []
        for batch in all { try await output.send(batch) }
    }

    func finish(_ output: Outlet<ReadDocuments>) async throws { try await flush(output) }
}

/// Counts documents.
private actor DocumentCounter: Sink {
    private(set) var count = 0
    func consume(_ input: ReadDocuments) { count += input.documents }
    func finish() {}
}

/// Drops documents without text.
private struct DropEmptyTexts: Transform {
    func transform(_ input: ReadDocuments) -> ReadDocuments {
        let batch = input.batch
        for index in 0..<batch.count where batch.documents[index].fate == .kept && batch.text(index).isEmpty {
            batch.documents[index].fate = .dropped
        }
        return input
    }
}
