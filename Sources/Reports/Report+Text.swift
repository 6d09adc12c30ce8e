internal import Basics
internal import Corpus

extension Report {
    /// The report for a terminal, in lines.
    ///
    /// - Parameter shards: the number of shards that are listed, those with the most removed documents; nil lists all
    ///   shards in the order of the corpus.
    package func text(shards most: Int?) -> String {
        var parts = [summaryText, inputsText]
        if corpus.shards.count > 1 || corpus.inputs.isEmpty { parts.append(shardsText(most: most)) }
        if let detection {
            parts.append(Self.wrapped(DetectionCurve(detection, threshold: nil).sentence))
        }
        parts.append(runText)
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var summaryText: String {
        let counts = corpus.counts
        var table = TextTable("documents", "share", "")
        table.add(counts.documents.grouped, "", "read, \(counts.bytes.byteSize)")
        for counter in DocumentCounts.counters(in: .terminalSummary) { table.add(counts.row(counter)) }
        let bound = parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        var text = "pipeline \(pipeline), dedup \(dedup)".visible() + "\n"
        text += Self.wrapped(bound.visible(), indent: 2) + "\n" + table.text
        if counts.candidates > 0 {
            text += "  \(counts.candidates.counted("candidate")), one for each band that a pair shares\n"
        }
        if corpus.shardsOutOfOrder > 0 {
            text += "  \(corpus.shardsOutOfOrder.counted("shard")) processed after a shard that sorts later\n"
        }
        return text
    }

    private var inputsText: String {
        if corpus.inputs.isEmpty { return "" }
        var table = TextTable(["shards"] + Self.columns + ["input"])
        for input in corpus.inputs {
            table.add([input.shards.grouped] + input.counts.cells + [(input.label ?? input.name).visible()])
        }
        return "inputs\n" + table.text
    }

    /// The titles of the columns of `DocumentCounts.cells`.
    private static var columns: [String] {
        ["documents"]
            + DocumentCounts.counters(in: .terminalTables).flatMap { counter in
                [counter.terminalHeading] + (counter.hasShare ? ["share"] : [])
            }
    }

    private func shardsText(most: Int?) -> String {
        if corpus.shards.isEmpty { return "no shards yet\n" }
        var listed = corpus.shards
        var title = "shards\n"
        if let most, listed.count > most {
            // Of shards with the same number of removed documents, the earlier one comes first.
            let order = listed.indices.sorted { (-listed[$0].counts.removed, $0) < (-listed[$1].counts.removed, $1) }
            listed = order.prefix(most).map { corpus.shards[$0] }
            title =
                "shards, the \(most.grouped) of \(corpus.shards.count.grouped) with the most removed "
                + "(\(Parameter("all")) lists all)\n"
        }
        var table = TextTable(Self.columns + ["shard"])
        for shard in listed { table.add(shard.counts.cells + [shard.name.visible()]) }
        return title + table.text
    }

    private var runText: String {
        var text = "last run: \(run.outcome)" + (run.error.map { ": \($0)" } ?? "")
        text = text.visible() + "\n"
        let facts = [
            run.started, run.seconds.duration, "\((run.bytesPerSecond / 1e6).fixed(1)) MB/s",
            run.threads.counted("thread"),
            "memory setting \(run.memory.memorySize), peak memory \(run.peakMemory.memorySize)",
            "\(run.shardsWritten.counted("shard")) written, \(run.shardsDoneBefore.grouped) done before",
        ]
        text += Self.wrapped(facts.filter { !$0.isEmpty }.joined(separator: ", ").visible(), indent: 2)
        if run.ignoredFilesCount > 0 {
            text += Self.wrapped(run.ignoredFilesText(most: 3).visible() + " (not read)", indent: 2)
        }
        if let missing = run.missingShardsText(most: 3) {
            text += Self.wrapped(missing.visible() + " (gone from the inputs since)", indent: 2)
        }
        if let renamed = run.renamedShardsText {
            text += Self.wrapped(renamed.visible(), indent: 2)
        }
        if let against = run.against {
            text += Self.wrapped("compared with the outputs " + against.joined(separator: ", ").visible(), indent: 2)
        }
        if let index = run.index { text += Self.wrapped(index.text, indent: 2) }
        if run.stages.isEmpty { return text }
        var table = TextTable(
            "workers", "documents", "data", "CPU", "in order", "busy", "waits for input", "for output", "stage")
        for stage in run.stages {
            table.add(
                stage.workers.grouped, stage.documents > 0 ? stage.documents.grouped : "", stage.bytes.byteSize,
                stage.cpu.map { $0.fixed(2) + " s" } ?? "", stage.cpuInOrder.map { $0.fixed(2) + " s" } ?? "",
                stage.busy.fixed(2) + " s", stage.waitingForInput.fixed(2) + " s",
                stage.waitingForOutput.fixed(2) + " s", stage.name.visible())
        }
        return text + table.text + Self.wrapped(Bound(run).sentences, indent: 2)
    }

    /// Breaks a text into lines of at most 100 characters, each with a newline.
    static func wrapped(_ text: String, indent: Int = 0) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines = [""]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count > 99 && !lines[lines.count - 1].isEmpty { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.map { margin + $0 + "\n" }.joined()
    }
}

extension DocumentCounts {
    /// The line of a counter in the summary: the number, its share of the documents, and the name.
    fileprivate func row(_ counter: Counter) -> [String] {
        let name = counter.lowercasedTitle
        switch counter.unit {
        case .documents:
            let size = ", \(keptBytes.byteSize) (\(keptBytes.percent(of: bytes)) of the text)"
            return [
                text(counter), self[counter].percent(of: documents), name + (counter.name == "kept" ? size : ""),
            ]
        case .lines: return [text(counter), "", name + ", not counted as documents"]
        case .pairs: return [text(counter), "", name]
        case .bytes: return ["", "", name + ", " + text(counter)]
        }
    }

    /// The documents, and the counters that tables in a terminal show.
    fileprivate var cells: [String] {
        [documents.grouped]
            + Self.counters(in: .terminalTables).flatMap { counter in
                [text(counter)] + (counter.hasShare ? [self[counter].percent(of: documents)] : [])
            }
    }
}

extension Report.Index {
    fileprivate var text: String {
        "index: \(documents.counted("document")) in \(logBytes.byteSize), \(bandKeys.counted("band key")), of which "
            + "\(bandKeysOnDisk.grouped) in \(segments.counted("segment")) of \(segmentBytes.byteSize)"
            + (pagesPerLookup.map { ", \($0.fixed(3)) pages read per look-up" } ?? "")
    }
}
