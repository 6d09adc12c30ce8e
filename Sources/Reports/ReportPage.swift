internal import Corpus

/// The texts and numbers of report.html; the template only arranges them.
///
/// The template looks up a name in the current object first and then in those around it. A name must therefore not be
/// used again for an optional field further inside, or the outer field would be shown when the inner one is nil.
struct ReportPage {
    /// The largest number of shards in the table of shards; report.json contains all of them.
    static let shardLimit = 1000

    let style: String
    let headline: String
    let pipeline: String
    let tool: String
    let tiles: [Tile]
    let hasDocuments: Bool
    let splitLabel: String
    let split: [Part]
    let remarks: [String]
    let curve: Curve?
    let parameters: [Fact]
    /// The columns of the counters in the tables of inputs and of shards.
    let columns: [Column]
    /// The number of columns of the table of inputs and of the table of shards, including the names. An empty table has
    /// one cell of this width.
    let inputColumns: Int
    let shardColumns: Int
    let inputs: [Row]
    let shards: [Row]
    let moreShards: String?
    let run: RunPart

    struct Tile {
        let kind: String
        let label: String
        let value: String
        let note: String
    }

    struct Part {
        let kind: String
        let weight: Int
    }

    struct Fact {
        let name: String
        let value: String
    }

    struct Curve {
        let sentence: String
        let grid: [Tick]
        let ticks: [Tick]
        let area: String
        let line: String
        let limit: Limit?
        let marks: [Mark]

        struct Tick {
            let at: String
            let label: String
        }

        struct Limit {
            let at: String
            let textAt: String
            let anchor: String
            let label: String
        }

        struct Mark {
            let x: String
            let y: String
            let label: String
        }
    }

    struct Column {
        /// The class of its cells.
        let kind: String
        let heading: String
    }

    /// A row of the table of inputs or of shards.
    struct Row {
        let name: String
        let shards: String
        let cells: [Cell]

        /// The value of a counter, and its share of the documents if that has a column.
        struct Cell {
            let value: String
            let share: Share?
        }

        struct Share {
            let bar: Bar?
            let percent: String
        }

        struct Bar {
            let width: String
        }
    }

    struct RunPart {
        let kind: String
        let outcome: String
        let error: String?
        let facts: [Fact]
        let hasStages: Bool
        let bound: String
        let stages: [StageRow]
        let paths: [Fact]
    }

    struct StageRow {
        let name: String
        let workers: String
        let documents: String
        let data: String
        /// CPU seconds: all, and those in order.
        let cpu: [String]
        let times: [Time]

        struct Time {
            let kind: String
            let width: String
            let time: String
        }
    }

    init(_ report: Report, style: String) {
        let counts = report.corpus.counts
        self.style = style
        headline =
            "\(counts.kept.grouped) of \(counts.documents.counted("document")) kept, \(counts.removed.grouped) removed"
        pipeline = report.pipeline
        tool = report.dedup
        tiles = Self.tiles(counts)
        hasDocuments = counts.read > 0
        split = DocumentCounts.counters.filter { $0.isOutcome && counts[$0] > 0 }
            .map { Part(kind: $0.name, weight: counts[$0]) }
        splitLabel = split.map { "\($0.kind) \($0.weight.percent(of: counts.read))" }.joined(separator: ", ")
        remarks = Self.remarks(report.corpus)
        curve = report.detection.map { Curve($0, threshold: report.parameters["threshold"]) }
        parameters = report.parameters.sorted { $0.key < $1.key }.map { Fact(name: $0.key, value: $0.value) }
        columns = Self.columns
        inputColumns = columns.count + 2
        shardColumns = columns.count + 1
        inputs = report.corpus.inputs.map { Row($0.label ?? $0.name, $0.counts, shards: $0.shards) }
        shards = report.corpus.shards.prefix(Self.shardLimit).map { Row($0.name, $0.counts) }
        let more = report.corpus.shards.count - shards.count
        moreShards = more > 0 ? "And \(more.counted("more shard")): report.json has them all." : nil
        run = RunPart(report.run)
    }

    private static func tiles(_ counts: DocumentCounts) -> [Tile] {
        let documents = Tile(
            kind: "all", label: "Documents", value: counts.documents.grouped,
            note: counts.blankLines > 0 ? "and \(counts.blankLines.counted("blank line"))" : "")
        return [documents]
            + DocumentCounts.counters(in: .pageSummary).map { counter in
                Tile(
                    kind: counter.isOutcome ? counter.name : "all", label: counter.title,
                    value: counts.text(counter), note: note(counter, counts))
            }
    }

    private static func note(_ counter: DocumentCounts.Counter, _ counts: DocumentCounts) -> String {
        switch counter.unit {
        case .documents: counts.documents > 0 ? counts[counter].percent(of: counts.documents) : ""
        case .bytes: "\(counts[counter].percent(of: counts.bytes)) of \(counts.bytes.byteSize)"
        case .lines, .pairs: counter.note
        }
    }

    private static var columns: [Column] {
        let counters = DocumentCounts.counters(in: .pageTables).flatMap { counter in
            [Column(kind: "n", heading: counter.heading)]
                + (counter.hasShare ? [Column(kind: "share", heading: "Share \(counter.lowercasedTitle)")] : [])
        }
        return [Column(kind: "n", heading: "Documents")] + counters
    }

    private static func remarks(_ corpus: Report.Corpus) -> [String] {
        let counts = corpus.counts
        let copied = corpus.shards.count(where: \.copied)
        var remarks = [
            corpus.shards.count.counted("shard")
                + (copied > 0 ? ", \(copied.grouped) of them copied as they are." : ".")
        ]
        if counts.candidates > 0 {
            remarks.append(
                "\(counts.candidates.counted("candidate")), one for each band that a pair of documents shares; "
                    + "\(counts.removed.percent(of: counts.candidates)) of them were duplicates.")
        }
        if corpus.shardsOutOfOrder > 0 {
            remarks.append(
                "\(corpus.shardsOutOfOrder.counted("shard")) \(corpus.shardsOutOfOrder == 1 ? "was" : "were") "
                    + "processed "
                    + "after a shard that sorts later: another order would have kept other documents.")
        }
        return remarks
    }
}

extension ReportPage.Row {
    init(_ name: String, _ counts: DocumentCounts, shards: Int = 0) {
        let counters = DocumentCounts.counters(in: .pageTables).map { counter in
            Cell(value: counts.text(counter), share: counter.hasShare ? Share(counts[counter], of: counts) : nil)
        }
        self.init(
            name: name, shards: shards.grouped,
            cells: [Cell(value: counts.documents.grouped, share: nil)] + counters)
    }
}

extension ReportPage.Row.Share {
    init(_ part: Int, of counts: DocumentCounts) {
        let width = 100 * Double(part) / Double(counts.documents)
        self.init(
            bar: counts.documents > 0 ? ReportPage.Row.Bar(width: width.fixed(1)) : nil,
            percent: part.percent(of: counts.documents))
    }
}

extension ReportPage.Curve {
    init(_ detection: Report.Detection, threshold: String?) {
        let limitValue = threshold.flatMap(Double.init)
        let curve = DetectionCurve(detection, threshold: limitValue)
        sentence = curve.sentence
        grid = [0, 0.25, 0.5, 0.75, 1].map {
            Tick(at: DetectionCurve.y($0).fixed(1), label: ($0 * 100).fixed(0) + " %")
        }
        ticks = (0...10).map {
            Tick(at: DetectionCurve.x(Double($0) / 10).fixed(1), label: (Double($0) / 10).fixed(1))
        }
        area = curve.area
        line = curve.line
        limit = limitValue.map { value in
            // The label is to the left of the line, where the curve is low, unless there is no room.
            let isLeft = value > 0.3
            return Limit(
                at: DetectionCurve.x(value).fixed(1), textAt: (DetectionCurve.x(value) + (isLeft ? -8 : 8)).fixed(1),
                anchor: isLeft ? "end" : "start", label: "threshold \(threshold ?? "")")
        }
        marks = [0.7, 0.8, 0.9].map { jaccard in
            Mark(
                x: DetectionCurve.x(jaccard).fixed(1), y: DetectionCurve.y(curve.found(jaccard)).fixed(1),
                label: curve.found(jaccard).percent)
        }
    }
}

extension ReportPage.RunPart {
    init(_ run: Report.Run) {
        kind = run.outcome == "done" || run.outcome == "dry-run" ? "done" : "failed"
        outcome =
            switch run.outcome {
            case "done": "Done."
            case "dry-run": "A dry run: nothing was written."
            case "interrupted": "Interrupted:"
            default: "Failed:"
            }
        error = run.error
        facts = Self.facts(run)
        hasStages = !run.stages.isEmpty
        bound = Bound(run).sentences
        stages = run.stages.map { ReportPage.StageRow($0, run) }
        paths =
            [
                ReportPage.Fact(
                    name: run.inputs.count == 1 ? "Input" : "Inputs", value: run.inputs.joined(separator: ", "))
            ]
            + (run.out.isEmpty ? [] : [ReportPage.Fact(name: "Output", value: run.out)])
            + (run.ignoredFilesCount == 0
                ? [] : [ReportPage.Fact(name: "Not read", value: run.ignoredFilesText(most: 10))])
            + (run.missingShardsText(most: 10).map { [ReportPage.Fact(name: "Gone from the inputs", value: $0)] } ?? [])
            + (run.renamedShardsText.map { [ReportPage.Fact(name: "Renamed?", value: $0)] } ?? [])
            + (run.against.map { [ReportPage.Fact(name: "Compared with", value: $0.joined(separator: ", "))] } ?? [])
    }

    private static func facts(_ run: Report.Run) -> [ReportPage.Fact] {
        var facts = [
            ("Started", run.started), ("Time", run.seconds.duration), ("Processor time", run.cpuSeconds.duration),
            ("Speed", (run.bytesPerSecond / 1e6).fixed(1) + " MB/s"), ("Threads", run.threads.grouped),
            ("Cores", run.cores.map(\.grouped) ?? ""),
            ("Memory setting", run.memory.memorySize), ("Peak memory", run.peakMemory.memorySize),
            ("Shards written", run.shardsWritten.grouped), ("Shards done before", run.shardsDoneBefore.grouped),
            ("Instruction set", run.instructionSet),
        ]
        if let index = run.index {
            facts += [
                ("Documents in the index", index.documents.grouped), ("Band keys", index.bandKeys.grouped),
                ("Band keys on disk", index.bandKeysOnDisk.grouped), ("Shingle sets", index.logBytes.byteSize),
                ("Segments", index.segments.grouped), ("Bytes of segments", index.segmentBytes.byteSize),
                ("Look-ups", index.lookups.grouped),
                ("Pages read per look-up", index.pagesPerLookup.map { $0.fixed(3) } ?? ""),
            ]
        }
        return facts.filter { !$0.1.isEmpty }.map { ReportPage.Fact(name: $0.0, value: $0.1) }
    }
}

extension ReportPage.StageRow {
    init(_ stage: Report.Stage, _ run: Report.Run) {
        name = stage.name
        workers = stage.workers.grouped
        documents = stage.documents > 0 ? stage.documents.grouped : ""
        data = stage.bytes.byteSize
        cpu = [stage.cpu, stage.cpuInOrder].map { $0.map { $0.fixed(2) + " s" } ?? "" }
        let bar = { (kind: String, seconds: Double, part: Double) in
            Time(kind: kind, width: (100 * min(1, max(0, part))).fixed(1), time: seconds.fixed(2) + " s")
        }
        let time = max(run.seconds, 1e-9)
        times = [
            bar("busy", stage.busy, stage.utilization(of: run)),
            bar("waiting", stage.waitingForInput, stage.waitingForInput / time),
            bar("waiting", stage.waitingForOutput, stage.waitingForOutput / time),
        ]
    }
}

extension Report.Run {
    /// The number of files in the inputs that are not shards, and the names of the first ones.
    func ignoredFilesText(most: Int) -> String {
        Self.text(ignoredFilesCount, "other file", ignoredFiles, most)
    }

    /// The number of processed shards that the inputs no longer contain, and the names of the first ones; nil if there
    /// are none.
    func missingShardsText(most: Int) -> String? {
        guard let count = missingShardsCount, count > 0 else { return nil }
        return Self.text(count, "shard", missingShards ?? [], most)
    }

    /// The first new shard that repeats a missing one, the number of others, and what to do; nil if there are none.
    package var renamedShardsText: String? {
        guard let first = renamedShards?.first, let count = renamedShardsCount else { return nil }
        return first.sentence + (count > 1 ? ", and \((count - 1).counted("more shard")) likewise" : "") + "; "
            + first.advice
    }

    private static func text(_ count: Int, _ noun: String, _ names: [String], _ most: Int) -> String {
        "\(count.counted(noun)): " + names.prefix(most).joined(separator: ", ")
            + (count > min(most, names.count) ? ", …" : "")
    }
}
