import Corpus
import Dedup
import Embedding
import Foundation
import QualityScoring
import Reports
import Scoring
import Training

/// The result of a command, in a few lines for a person to read.
enum Summary {
    /// The lines of a summary. Some of them are warnings, which are shown even with `--quiet`.
    struct Lines {
        private var lines: [(text: String, isWarning: Bool)] = []

        init(_ facts: String...) {
            for fact in facts { append(fact) }
        }

        mutating func append(_ fact: String) { lines.append((fact, false)) }
        mutating func warn(_ warning: String) { lines.append(("warning: " + warning, true)) }
        mutating func append(_ more: Lines) { lines += more.lines }

        /// Writes the lines to standard error.
        ///
        /// - Parameter quiet: whether only the warnings are written.
        func show(quiet: Bool) {
            Terminal.note(lines.filter { $0.isWarning || !quiet }.map(\.text))
        }
    }

    static func text(_ report: Report) -> Lines {
        let c = report.corpus.counts
        let percent = { (part: Int) in String(format: "%.1f %%", Double(part) / Double(max(1, c.documents)) * 100) }
        // The counters that the sentence below does not name.
        let further = DocumentCounts.counters(in: .terminalSummary)
            .filter { !["kept", "removed", "bad"].contains($0.name) && c[$0] > 0 }
            .map { ", \(c.text($0)) \($0.lowercasedTitle)" }.joined()
        var counts =
            "\(c.documents.grouped) documents in \(report.corpus.shards.count.grouped) "
            + (report.corpus.shards.count == 1 ? "shard: " : "shards: ")
            + "\(c.kept.grouped) kept, \(c.removed.grouped) removed (\(percent(c.removed)))"
            + further + (c.bad > 0 ? "; \(c.bad.counted("bad line")) besides" : "")
        let run = report.run
        counts += String(
            format: "; %.1f s, %.1f MB/s, %.0f MB of memory", run.seconds,
            run.bytesPerSecond / 1e6, Double(run.peakMemory) / 1e6)
        var lines = Lines(counts)
        lines.append(
            others(
                run.ignoredFiles, count: run.ignoredFilesCount, kinds: run.ignoredKinds ?? [:],
                links: run.linkedFolders ?? [], leftOut: run.leftOutCount ?? 0))
        if let count = run.missingShardsCount, count > 0 {
            let what = count == 1 ? "processed shard is" : "processed shards are"
            lines.warn(
                "\(count.grouped) \(what) missing from the inputs ("
                    + (run.missingShards ?? []).prefix(3).joined(separator: ", ") + (count > 3 ? ", …" : "")
                    + "); their kept documents stay in the output")
        }
        if let renamed = run.renamedShardsText { lines.warn(renamed) }
        warn(of: run.skippedShards ?? [], in: &lines)
        if run.outcome == "done" {
            lines.append("written to \(run.out); what was removed is listed in \(run.out)/.dedup")
        }
        return lines
    }

    /// Returns the summary of embedding.
    static func text(_ outcome: EmbedRun.Outcome) -> Lines {
        let record = outcome.record
        var lines = Lines()
        if outcome.shards == 0 {
            lines.append(nothingNew(record.documents, record.shards.count, with: "vectors"))
        } else {
            let speed = Double(outcome.tokens) / max(outcome.encodeSeconds, 1e-6)
            lines.append(
                "\(outcome.documents.counted("document")) in \(outcome.shards.counted("shard")): "
                    + "\(outcome.tokens.grouped) tokens, "
                    + "\(outcome.truncated.percent(of: outcome.documents)) of the documents truncated; "
                    + "\(record.precision) on \(record.instructionSet), "
                    + "\(outcome.encodeSeconds.duration), \(Int(speed).grouped) tokens/s")
        }
        if record.bad > 0 { lines.append(badLines(record.bad, "rows of zeros")) }
        lines.append(text(outcome.others))
        if !outcome.missing.isEmpty {
            let what = outcome.missing.count == 1 ? "shard with vectors is" : "shards with vectors are"
            lines.warn(
                "\(outcome.missing.count.grouped) \(what) missing from the inputs (" + names(outcome.missing)
                    + "); their vectors stay")
        }
        warn(of: outcome.skipped, in: &lines)
        return lines
    }

    /// Returns the summary of scoring.
    static func text(_ outcome: ScoreRun.Outcome) -> Lines {
        let record = outcome.record
        var lines = Lines()
        if outcome.shards == 0 {
            lines.append(nothingNew(record.documents, record.shards.count, with: "scores"))
        } else {
            let speed = Double(outcome.documents) / max(outcome.seconds, 1e-6)
            lines.append(
                "\(outcome.documents.counted("document")) in \(outcome.shards.counted("shard")) scored "
                    + "(\(record.outputs.joined(separator: ", "))); \(outcome.seconds.duration), "
                    + "\(Int(speed).grouped) documents/s")
        }
        let histogram = record.histogram
        if histogram.total > 0 {
            let quantiles = [5.0, 25, 50, 75, 95].map { percent in
                "\(Int(percent)) %: \(histogram.quantile(percent).fixed(3))"
            }
            lines.append("quality by percentile: " + quantiles.joined(separator: ", "))
            lines.append("\(record.outOfDomain.percent(of: histogram.total)) of the scores are out of domain")
        }
        if record.unscored.total > 0 {
            lines.append("\(record.unscored.total.counted("document")) without a score (\(record.unscored.text))")
        }
        if record.bad > 0 { lines.append(badLines(record.bad, "without scores")) }
        lines.append(text(outcome.others))
        if !outcome.gone.isEmpty {
            lines.warn(
                "\(outcome.gone.count.counted("shard")) that had scores "
                    + "\(outcome.gone.count == 1 ? "is" : "are") missing (" + names(outcome.gone)
                    + "); their scores were deleted")
        }
        if let chosen = outcome.chosen {
            lines.append(
                "\(chosen.choice.description): \(chosen.kept.grouped) of \(chosen.documents.counted("document")) kept "
                    + "(\(chosen.kept.percent(of: chosen.documents))), those of quality "
                    + "\(chosen.threshold.quality.fixed(6)) or above")
            if chosen.unscored.total > 0 {
                let verb = chosen.choice.unscored == .keep ? "kept" : "removed"
                lines.append(
                    "\(chosen.unscored.total.counted("document")) without a score \(verb) (\(chosen.unscored.text))")
            }
            if chosen.outOfDomain > 0 {
                let verb = chosen.choice.outOfDomain == .keep ? "kept" : "removed"
                lines.append("\(chosen.outOfDomain.counted("document")) out of domain \(verb)")
            }
        }
        warn(of: outcome.skipped, in: &lines)
        return lines
    }

    /// The line for a run that found no new shard. It counts what earlier runs made.
    private static func nothingNew(_ documents: Int, _ shards: Int, with made: String) -> String {
        "nothing new: \(documents.counted("document")) in \(shards.counted("shard")) with \(made)"
    }

    /// The line that counts the lines that are not documents, and says what the output has for them.
    private static func badLines(_ count: Int, _ made: String) -> String {
        "\(count.counted("line")) that \(count == 1 ? "is not a document" : "are not documents"): \(made)"
    }

    /// Returns the summary of training a tokenizer.
    static func text(_ outcome: TokenizerTraining.Outcome) -> Lines {
        let seconds = outcome.countSeconds + outcome.learnSeconds
        var lines = Lines(
            "\(outcome.tokens.counted("token")) learned from \(outcome.documents.counted("document")), "
                + "\(outcome.bytes.byteSize) of text, \(outcome.pieces.counted("different word")); "
                + String(
                    format: "%.1f s counting, %.1f s learning, %.1f MB/s", outcome.countSeconds, outcome.learnSeconds,
                    Double(outcome.bytes) / 1e6 / max(seconds, 1e-3)))
        if outcome.tokens < outcome.wantedTokens {
            lines.warn(
                "fewer than the \(outcome.wantedTokens.grouped) tokens wanted: no other pair occurs often enough")
        }
        if outcome.badLines > 0 {
            lines.append("\(outcome.badLines.counted("line")) left out, because they are not documents")
        }
        lines.append(text(outcome.others))
        return lines
    }

    /// Returns the summary of fine-tuning a model for a task.
    static func text(_ result: TaskResult) -> Lines {
        func text(_ metrics: TaskMetrics) -> String {
            metrics.values.map { "\($0.name) " + String(format: "%.4f", $0.value) }.joined(separator: ", ")
        }
        return Lines(
            "\(result.task.rawValue), \(result.counts.validation.counted("example")) for validation: "
                + "\(text(result.metrics)); the most frequent label: \(text(result.majority))")
    }

    /// Returns the summary of fitting a whitening.
    static func text(_ outcome: WhiteningTraining.Outcome) -> Lines {
        var lines = Lines(
            "a whitening of \(outcome.dimensions.grouped) dimensions from \(outcome.documents.counted("document")), "
                + "\(outcome.tokens.grouped) tokens; "
                + String(format: "one direction held %.1f %% of the variance", outcome.largestShare * 100))
        lines.append(text(outcome.others))
        lines.append("written to \(outcome.path)")
        return lines
    }

    /// Adds a warning for each damaged shard that was left out. It is shown even with `--quiet`, because these
    /// documents are missing from the output.
    static func warn(of shards: [Report.SkippedShard], in lines: inout Lines) {
        let most = 20
        for shard in shards.prefix(most) { lines.warn("damaged shard left out: \(shard.shard): \(shard.reason)") }
        if shards.count > most { lines.warn("\((shards.count - most).counted("more damaged shard")) left out") }
        if !shards.isEmpty { lines.append("run the same command again after you have repaired them") }
    }

    /// Returns lines about files in the inputs that were not read.
    static func text(_ others: OtherFiles) -> Lines {
        self.others(
            others.names, count: others.names.count, kinds: others.kinds, links: others.links,
            leftOut: others.leftOut.count)
    }

    private static func others(
        _ first: [String], count: Int, kinds: [String: Int], links: [String], leftOut: Int
    ) -> Lines {
        var lines = Lines()
        let linkCount = kinds[OtherFiles.linkKind] ?? 0
        let files = count - linkCount
        if files > 0 {
            let kinds = OtherFiles.text(kinds: kinds.filter { $0.key != OtherFiles.linkKind })
            let names = names(first.filter { $0.utf8.last != UInt8(ascii: "/") }, of: files)
            lines.append(
                "\(files.counted("other file")) in the inputs \(files == 1 ? "was" : "were") not read: \(kinds) (\(names))"
            )
        }
        if linkCount > 0 {
            lines.append(
                (linkCount == 1 ? "1 link to a folder was" : "\(linkCount.grouped) links to folders were")
                    + " not followed (\(names(links, of: linkCount))); --follow-links follows "
                    + (linkCount == 1 ? "it" : "them")
            )
        }
        if leftOut > 0 {
            lines.append(
                (leftOut == 1 ? "1 file or folder was" : "\(leftOut.grouped) files and folders were")
                    + " left out by --glob or --exclude")
        }
        return lines
    }

    private static func names(_ all: [String], of count: Int) -> String {
        all.prefix(3).joined(separator: ", ") + (count > min(3, all.count) ? ", …" : "")
    }

    private static func names(_ all: [String]) -> String { names(all, of: all.count) }
}
