package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
package import OutputStore
internal import Pipelines
internal import Reports

/// Says of documents of an output why they were removed or kept, and of two of them how alike they are.
package struct Explainer: Sendable {
    let rule: ComparisonRule
    private let shards: [ShardLookup]
    /// The folder that the last run was started in; empty when that is not known.
    private let folder: String
    /// The paths of the other outputs that documents were compared with, as they were given.
    private let against: [String]

    /// - Parameter inputs: `LABEL=PATH` or `PATH`: where the inputs are now, when it is not where the last run read
    ///   them.
    /// - Throws: a usage error when an input is none of the output's; an error when the output was made by another
    ///   version.
    package init(_ output: FinishedOutput, inputs: [String]) throws(Failure) {
        let record = try output.record()
        rule = try ComparisonRule(record.parameters)
        // A run without the stage 'report' leaves none; then the inputs have to be named.
        let run = try? output.report().run
        folder = run?.folder ?? ""
        against = record.against.map(\.path)
        let originals = try OriginalShards(
            named: inputs, recorded: run?.inputs ?? [], in: folder, inputs: record.inputs)
        let rule = rule
        shards = record.shards.map { ShardLookup($0, output: output.path, rule: rule, originals: originals) }
    }

    /// Where a document stands: a line of a shard.
    struct Position: Sendable, Comparable, CustomStringConvertible {
        /// The shard's place in the corpus.
        let ordinal: Int
        let shard: String
        let line: Int

        var description: String { "\(shard):\(line)" }
        static func == (a: Position, b: Position) -> Bool { (a.ordinal, a.line) == (b.ordinal, b.line) }
        static func < (a: Position, b: Position) -> Bool { (a.ordinal, a.line) < (b.ordinal, b.line) }
    }

    /// A document, and what became of it.
    struct Subject: Sendable {
        let position: Position
        let finding: ShardLookup.Finding
        /// Why its shard's input cannot be read; nil when it can.
        let whyNoOriginal: String?
    }

    // MARK: Finding

    /// The document that `reference` names: its id, or `shard:line`.
    ///
    /// - Throws: `AmbiguousDocument`, or a `Failure` when there is none.
    func subject(_ reference: String) throws -> Subject {
        if let place = place(reference) { return try subject(at: place) }
        let places = try self.places(withID: reference)
        if places.count > 1 { throw AmbiguousDocument(id: reference, places: places.map(\.description)) }
        guard let only = places.first else {
            throw Failure(
                "\(reference): no document of this id in the \(shards.count) shards that were taken in"
                    + (try shards.contains { try $0.record.counts.dropped > 0 && $0.whyNoOriginal() != nil }
                        ? "; those that a filter dropped are only in the inputs: say where these are with --input" : "")
            )
        }
        return try subject(at: only)
    }

    /// What `shard:line` means, where there is such a shard.
    private func place(_ reference: String) -> Position? {
        guard let colon = reference.utf8.lastIndex(of: UInt8(ascii: ":")),
            let line = Int(reference[reference.utf8.index(after: colon)...]), line > 0
        else { return nil }
        return position(shard: String(reference[..<colon]), line: line)
    }

    private func position(shard name: String, line: Int) -> Position? {
        shards.firstIndex { $0.record.name.equalsBytewise(name) }
            .map { Position(ordinal: $0, shard: shards[$0].record.name, line: line) }
    }

    private func subject(at position: Position) throws(Failure) -> Subject {
        let shard = shards[position.ordinal]
        let finding = try shard.find(line: position.line)
        if case .beyondEnd = finding {
            let lines = shard.record.counts.read + shard.record.counts.blankLines
            throw Failure("\(position): the shard has \(lines) lines")
        }
        return Subject(position: position, finding: finding, whyNoOriginal: try shard.whyNoOriginal())
    }

    /// All documents of an id, shard by shard on all cores: no index holds the ids.
    private func places(withID id: String) throws(Failure) -> [Position] {
        let found = Locked<(places: [Position], failure: Failure?)>(([], nil))
        DispatchQueue.concurrentPerform(iterations: shards.count) { ordinal in
            do throws(Failure) {
                let lines = try shards[ordinal].lines(withID: id)
                let name = shards[ordinal].record.name
                let places = lines.map { Position(ordinal: ordinal, shard: name, line: $0) }
                found.withLock { $0.places += places }
            } catch {
                found.withLock { $0.failure = error }
            }
        }
        let result = found.withLock { $0 }
        if let failure = result.failure { throw failure }
        return result.places.sorted()
    }

    // MARK: Twins

    /// The text of the kept document that a removed one duplicates; nil where it cannot be read, and why.
    func twinText(of removal: ListedRemoval) throws(Failure) -> (text: String?, whyNot: String) {
        if let name = removal.against { return try twinText(of: removal, inOutput: name) }
        let text = try keptText(shard: removal.twinShard, line: removal.twinLine, id: removal.twinID)
        return (
            text, "it cannot be told from others in the output, and its input is not there; --input says where it is"
        )
    }

    private func keptText(shard: String, line: Int, id: DocumentID?) throws(Failure) -> String? {
        guard let position = position(shard: shard, line: line) else { return nil }
        return try shards[position.ordinal].keptText(line: position.line, id: id)
    }

    /// The same of another output, which need not be there any more.
    private func twinText(
        of removal: ListedRemoval, inOutput name: String
    ) throws(Failure) -> (text: String?, whyNot: String) {
        do throws(Failure) {
            let other = try Explainer(FinishedOutput(path(ofOutput: name)), inputs: [])
            let text = try other.keptText(shard: removal.twinShard, line: removal.twinLine, id: removal.twinID)
            return (text, "it is not to be found in the output \(name)")
        } catch {
            return (nil, error.message)
        }
    }

    /// Where another output is, given what `removed/` calls it. A name that no output of the last run has is a path:
    /// lists of earlier versions hold paths.
    private func path(ofOutput name: String) throws(Failure) -> String {
        let paths = against.map(pathFromRun)
        let number = try OtherOutput.names(of: paths).firstIndex { $0.equalsBytewise(name) }
        return number.map { paths[$0] } ?? pathFromRun(name)
    }

    /// A path that was given to the last run, seen from here.
    private func pathFromRun(_ path: String) -> String {
        let fromRun = folder + "/" + path
        return !path.hasPrefix("/") && File.exists(fromRun) ? fromRun : path
    }
}

extension ShardLookup.Finding {
    package var text: String? {
        switch self {
        case .removed(_, let text), .kept(_, let text): text
        default: nil
        }
    }

    package var id: DocumentID? {
        switch self {
        case .removed(let removal, _): removal.id
        case .kept(let id, _), .dropped(let id, _): id
        default: nil
        }
    }
}
