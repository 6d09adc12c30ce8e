internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import OutputStore
internal import Pipelines

/// Finds documents of one shard: in the shard's input file or, if that cannot be read, in the output and its lists.
struct ShardLookup {
    let record: Catalog.ShardRecord
    private let output: String
    private let rule: ComparisonRule
    private let originals: OriginalShards
    private let found = FoundOriginal()

    init(_ record: Catalog.ShardRecord, output: String, rule: ComparisonRule, originals: OriginalShards) {
        self.record = record
        self.output = output
        self.rule = rule
        self.originals = originals
    }

    /// The input file, once it has been searched for. The search is delayed because telling a copied file from a
    /// changed one means reading all of it.
    private final class FoundOriginal: Sendable {
        let value = Locked<OriginalShards.Original?>(nil)
    }

    private func original() throws(Failure) -> OriginalShards.Original {
        if let known = found.value.withLock({ $0 }) { return known }
        let original = try originals.original(of: record)
        found.value.withLock { $0 = original }
        return original
    }

    private func path(_ kind: DerivedFile) -> String { kind.path(of: record.name, in: output) }
    private var badLines: LineList { ListedBadLine.list(path(.bad), count: record.counts.bad) }
    private var removals: LineList { ListedRemoval.list(path(.removed), count: record.counts.removed) }
    private func scan(_ path: String) -> ShardScan {
        ShardScan(
            path: path, name: record.name, textField: rule.textField, idField: rule.idField, allowsNaN: rule.allowsNaN)
    }
    private var outputScan: ShardScan { scan(output + "/" + record.name) }

    /// Returns the reason why the shard's input file cannot be read; nil if it can be read.
    func whyNoOriginal() throws(Failure) -> String? {
        if case .none(let reason) = try original() { reason } else { nil }
    }

    // MARK: Finding documents by id

    /// Returns the lines whose documents have this id.
    ///
    /// - Throws: if a kept document has the id, but its line cannot be determined without the input file.
    func lines(withID id: String) throws(Failure) -> [Int] {
        if case .path(let path) = try original() { return try scan(path).lines(withID: id) }
        let removed = try removals.lines(withID: id)
        let written = try outputScan.lines(withID: id)
        if written.isEmpty { return removed }
        let missing = try missingLines()
        var lines = removed
        for number in written {
            guard let missing else {
                throw Failure(
                    "\(record.name): a document of this id was kept, but its line number cannot be determined: \(try whyNoOriginal() ?? "")"
                )
            }
            var line = number
            for gap in missing where gap <= line { line += 1 }
            lines.append(line)
        }
        return lines.sorted()
    }

    /// Returns the lines of the input that are not in the output, in ascending order; nil if the output and its lists
    /// are not enough to know them.
    private func missingLines() throws(Failure) -> [Int]? {
        let counts = record.counts
        if record.isCopied { return [] }
        if counts.dropped + counts.blankLines > 0 { return nil }
        var missing = try removals.lines()
        if counts.bad > 0, try !writesBadLines() { missing += try badLines.lines() }
        return missing.sorted()
    }

    private func writesBadLines() throws(Failure) -> Bool {
        var written = 0
        try outputScan.read { documents throws(Failure) in
            written += documents.count
            return true
        }
        return written > record.counts.kept
    }

    // MARK: Finding documents by line

    /// The result of looking up a line of the shard: the kind of line, and its outcome in the run.
    enum Finding {
        case removed(ListedRemoval, text: String?)
        case kept(id: DocumentID?, text: String?)
        /// The document was dropped by a stage, for this reason.
        case dropped(id: DocumentID?, String)
        case bad(String)
        case blank
        case beyondEnd
        /// The line was not removed and is not bad. To find out more, the input file is needed.
        case unknown
    }

    /// Looks up a line of the shard.
    func find(line number: Int) throws(Failure) -> Finding {
        if let removal = try ListedRemoval.find(line: number, at: path(.removed), count: record.counts.removed) {
            return .removed(removal, text: try originalText(number, removal.id))
        }
        if let bad = try ListedBadLine.find(line: number, at: path(.bad), count: record.counts.bad) {
            return .bad(bad.reason)
        }
        guard case .path(let path) = try original() else { return try findInOutput(number) }
        switch try scan(path).line(number) {
        case .blank: return .blank
        case .beyondEnd: return .beyondEnd
        case .bad(let reason): return .bad(reason)
        case .document(let id, let text):
            if record.counts.dropped == 0 { return .kept(id: id, text: text) }
            if let reason = rule.dropReason(id: id, text: text) { return .dropped(id: id, reason) }
            if try isInOutput(id, text) { return .kept(id: id, text: text) }
            return .dropped(id: id, "a stage left it out that does not say why")
        }
    }

    private func isInOutput(_ id: DocumentID?, _ text: String) throws(Failure) -> Bool {
        var isFound = false
        let bytes = Array(text.utf8)
        try outputScan.read { documents throws(Failure) in
            isFound = (0..<documents.count).contains {
                documents.id($0) == id && documents.text($0).elementsEqual(bytes)
            }
            return !isFound
        }
        return isFound
    }

    private func originalText(_ number: Int, _ id: DocumentID?) throws(Failure) -> String? {
        guard case .path(let path) = try original(), case .document(let found, let text) = try scan(path).line(number),
            found == id
        else { return nil }
        return text
    }

    private func findInOutput(_ number: Int) throws(Failure) -> Finding {
        guard let missing = try missingLines() else {
            return number <= record.counts.read + record.counts.blankLines ? .unknown : .beyondEnd
        }
        switch try outputScan.line(number - missing.count(where: { $0 < number })) {
        case .document(let id, let text): return .kept(id: id, text: text)
        case .bad(let reason): return .bad(reason)
        case .blank, .beyondEnd: return .beyondEnd
        }
    }

    /// Returns the text of the kept document with this line and id; nil if it cannot be determined.
    func keptText(line number: Int, id: DocumentID?) throws(Failure) -> String? {
        if case .path = try original() { return try originalText(number, id) }
        if try missingLines() != nil {
            guard case .kept(let found, let text) = try findInOutput(number), found == id else { return nil }
            return text
        }
        guard let id else { return nil }
        let lines = try outputScan.lines(withID: id.name)
        guard lines.count == 1, case .document(let found, let text) = try outputScan.line(lines[0]), found == id else {
            return nil
        }
        return text
    }
}
