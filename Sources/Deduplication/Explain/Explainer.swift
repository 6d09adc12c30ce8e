package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
package import OutputStore
package import Pipelines
internal import Reports

/// Explains why documents of an output were removed or kept, and how similar two of them are.
package struct Explainer: Sendable {
    let rule: ComparisonRule
    private let stages: StageRegistry
    private let shards: [ShardLookup]
    /// The working directory of the last run; empty if it is not known.
    private let folder: String
    /// The paths of the other outputs that documents were compared with, as the user gave them.
    private let against: [String]

    /// - Parameters:
    ///   - stages: all stages that a run can have.
    ///   - inputs: `LABEL=PATH` or `PATH`: the present paths of inputs that have been moved since the last run.
    /// - Throws: a usage error if an input is not one of the output's inputs; an error if another version of dedup made
    ///   the output.
    package init(_ output: FinishedOutput, stages: StageRegistry, inputs: [String]) throws(Failure) {
        self.stages = stages
        let record = try output.record()
        rule = try ComparisonRule(record.parameters, stages)
        // The report knows the paths of the inputs. A run without the stage 'report' writes none; then the user must
        // give them.
        let run = try? output.report().run
        folder = run?.folder ?? ""
        against = record.against.map(\.path)
        let originals = try OriginalShards(
            named: inputs, recorded: run?.inputs ?? [], in: folder, inputs: record.inputs)
        let rule = rule
        shards = record.shards.map { ShardLookup($0, output: output.path, rule: rule, originals: originals) }
    }

    /// The position of a document: a line of a shard.
    struct Position: Sendable, Comparable, CustomStringConvertible {
        /// The shard's position in the corpus, from 0.
        let ordinal: Int
        let shard: String
        let line: Int

        var description: String { "\(shard):\(line)" }
        static func == (a: Position, b: Position) -> Bool { (a.ordinal, a.line) == (b.ordinal, b.line) }
        static func < (a: Position, b: Position) -> Bool { (a.ordinal, a.line) < (b.ordinal, b.line) }
    }

    /// A document, and its outcome in the run.
    struct Subject: Sendable {
        let position: Position
        let finding: ShardLookup.Finding
        /// The reason why the shard's input file cannot be read; nil if it can be read.
        let whyNoOriginal: String?
    }

    // MARK: Finding

    /// Finds the document that `reference` names by its id or as `shard:line`.
    ///
    /// - Throws: `AmbiguousDocument` if several documents have the id; a `Failure` if no document has it.
    func subject(_ reference: String) throws -> Subject {
        if let place = place(reference) { return try subject(at: place) }
        let places = try self.places(withID: reference)
        if places.count > 1 { throw AmbiguousDocument(id: reference, places: places.map(\.description)) }
        guard let only = places.first else {
            if let shard = Self.shard(in: reference) {
                throw Failure("\(reference): the output has no shard \(shard), and no document of this id")
            }
            throw Failure(
                "\(reference): no document of this id in the \(shards.count) processed shards"
                    + (try shards.contains { try $0.record.counts.dropped > 0 && $0.whyNoOriginal() != nil }
                        ? "; documents that a filter dropped are only in the inputs: give their paths with "
                            + Parameter.input.description : ""))
        }
        return try subject(at: only)
    }

    /// The shard in a reference that looks like `shard:line`: its path has a slash or an extension.
    private static func shard(in reference: String) -> String? {
        guard let colon = reference.utf8.lastIndex(of: UInt8(ascii: ":")),
            Int(reference[reference.utf8.index(after: colon)...]) != nil
        else { return nil }
        let shard = String(reference[..<colon])
        return shard.contains { $0 == "/" || $0 == "." } ? shard : nil
    }

    /// Parses `shard:line`; nil if the output has no such shard.
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

    /// Finds all documents with an id. Searches the shards in parallel, because no index contains the ids.
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

    /// Returns the text of the twin of a removed document. If it cannot be read, the text is nil and `whyNot` gives the
    /// reason.
    func twinText(of removal: ListedRemoval) throws(Failure) -> (text: String?, whyNot: String) {
        if let name = removal.against { return try twinText(of: removal, inOutput: name) }
        let text = try keptText(shard: removal.twinShard, line: removal.twinLine, id: removal.twinID)
        return (
            text,
            "other documents of the output look the same, and its input does not exist; give the input's path with "
                + Parameter.input.description
        )
    }

    private func keptText(shard: String, line: Int, id: DocumentID?) throws(Failure) -> String? {
        guard let position = position(shard: shard, line: line) else { return nil }
        return try shards[position.ordinal].keptText(line: position.line, id: id)
    }

    /// Does the same for a twin in another output, which may no longer exist.
    private func twinText(
        of removal: ListedRemoval, inOutput name: String
    ) throws(Failure) -> (text: String?, whyNot: String) {
        do throws(Failure) {
            let other = try Explainer(FinishedOutput(path(ofOutput: name)), stages: stages, inputs: [])
            let text = try other.keptText(shard: removal.twinShard, line: removal.twinLine, id: removal.twinID)
            return (text, "it was not found in the output \(name)")
        } catch {
            return (nil, error.message)
        }
    }

    /// Returns the path of another output, given its name in the `removed/` lists. If none of the last run's outputs
    /// has this name, it is a path: lists of dedup 0.1.0 contain paths.
    private func path(ofOutput name: String) throws(Failure) -> String {
        let paths = against.map(pathFromRun)
        let number = try OtherOutput.names(of: paths).firstIndex { $0.equalsBytewise(name) }
        return number.map { paths[$0] } ?? pathFromRun(name)
    }

    /// Returns a path of the last run's command line, which was relative to the working directory of that run.
    private func pathFromRun(_ path: String) -> String {
        let fromRun = folder + "/" + path
        return !path.hasPrefix("/") && File.exists(fromRun) ? fromRun : path
    }
}

extension ShardLookup.Finding {
    /// The document's text, if it is known.
    package var text: String? {
        switch self {
        case .removed(_, let text), .kept(_, let text): text
        default: nil
        }
    }

    /// The document's id; nil if it has none, or if the line is not a document.
    package var id: DocumentID? {
        switch self {
        case .removed(let removal, _): removal.id
        case .kept(let id, _), .dropped(let id, _): id
        default: nil
        }
    }
}
