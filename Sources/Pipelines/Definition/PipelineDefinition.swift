package import Basics
package import DuplicateIndex
package import MinHashLSH
internal import Shingling

/// The stages of a run, in order, with all their options: a run does what its definition says and nothing else.
package struct PipelineDefinition: Sendable {
    package struct Stage: Sendable {
        package var options: StageOptions
        /// Its line in the definition; nil for what the command line added or changed.
        package fileprivate(set) var line: Int?

        package init(_ options: StageOptions, line: Int? = nil) {
            self.options = options
            self.line = line
        }
    }

    package let name: String
    /// What messages call it: its path, or its name.
    package let source: String
    package private(set) var stages: [Stage]

    package init(name: String, source: String, stages: [Stage]) {
        self.name = name
        self.source = source
        self.stages = stages
    }

    package func stage(_ kind: StageKind) -> StageOptions? {
        stages.first { $0.options.kind == kind }?.options
    }

    package var kinds: [StageKind] { stages.map(\.options.kind) }

    // MARK: What the command line changes

    /// An option of the command line, and the stage that has it.
    package struct Override: Sendable {
        package let stage: StageKind
        package let key: String
        package let value: String
        /// The option's name on the command line.
        package let option: String

        package init(_ option: String, _ stage: StageKind, _ key: String, _ value: String) {
            self.option = option
            self.stage = stage
            self.key = key
            self.value = value
        }
    }

    /// Whether sketches are of shingles, or of all the words at once.
    package enum MatchKind: String, Sendable, CaseIterable { case jaccard, exact }

    /// Puts the stages that match in one way in the place of those that match in the other.
    package mutating func use(_ match: MatchKind) throws(Failure) {
        let isExact = stage(.fingerprint) != nil
        if isExact == (match == .exact) && kinds.contains(.deduplicate) { return }
        let others: [StageKind] = match == .exact ? [.shingles, .minhash] : [.fingerprint]
        let sketching: [StageKind] = match == .exact ? [.fingerprint] : [.shingles, .minhash]
        guard stage(.deduplicate) != nil, let first = kinds.firstIndex(where: others.contains) else {
            throw .usage("--match: the pipeline \(source) does not compare documents")
        }
        stages.removeAll { others.contains($0.options.kind) }
        stages.insert(contentsOf: sketching.map { Stage($0.defaults) }, at: first)
        if let at = kinds.firstIndex(of: .deduplicate) { stages[at].options = StageKind.deduplicate.defaults }
    }

    /// Applies an option. A filter that is asked for is put behind the words.
    package mutating func apply(_ override: Override) throws(Failure) {
        var at = kinds.firstIndex(of: override.stage)
        if at == nil, override.stage == .filter, let words = kinds.firstIndex(of: .words) {
            stages.insert(Stage(StageKind.filter.defaults), at: words + 1)
            at = words + 1
        }
        guard let at else {
            throw .usage(
                "\(override.option): the pipeline \(source) has no stage '\(override.stage.rawValue)' to which it applies"
            )
        }
        do throws(Failure) {
            try stages[at].options.set(override.key, to: override.value)
            stages[at].line = nil
        } catch {
            throw .usage("\(override.option): \(error.message)")
        }
    }

    // MARK: Whether the stages fit

    /// - Throws: the first stage that is missing, there twice, or does not fit the one before it, with its line.
    package func validate() throws(Failure) {
        var given: Payload?
        var seen: Set<StageKind> = []
        for stage in stages {
            let kind = stage.options.kind
            guard seen.insert(kind).inserted else {
                throw fault(stage, "the stage '\(kind.rawValue)' is there twice")
            }
            if let given {
                guard kind.accepts.contains(given) else { throw fault(stage, misfit(kind, after: given)) }
            } else if kind != .read {
                throw fault(stage, "the stage 'read' is missing: a pipeline begins with it")
            }
            if kind == .score && !seen.contains(.embed) {
                throw fault(stage, "the stage 'score' reads vectors; put 'embed' before it")
            }
            given = kind.gives
        }
        for required in [StageKind.read, .write] where !seen.contains(required) {
            throw fault(stages.last, "the stage '\(required.rawValue)' is missing")
        }
        if case .minhash(let o) = stage(.minhash), o.bands * o.rows > o.seeds {
            throw fault(
                stages.first { $0.options.kind == .minhash },
                "\(o.bands) bands of \(o.rows) rows take \(o.bands * o.rows) seeds, and there are \(o.seeds)"
                    + "; give more seeds, fewer bands or fewer rows")
        }
        if stage(.fingerprint) != nil, case .deduplicate(let o) = stage(.deduplicate), o.threshold != nil {
            throw fault(
                stages.first { $0.options.kind == .deduplicate },
                "exact matching has no threshold: fingerprints are equal or not")
        }
    }

    private func misfit(_ kind: StageKind, after given: Payload) -> String {
        if kind == .read { return "the stage 'read' comes first" }
        let passing = [kind, .filter, .embed, .score]
        let makers = StageKind.allCases.filter { kind.accepts.contains($0.gives) && !passing.contains($0) }
        let wanted = kind.accepts.map(\.rawValue).joined(separator: " or ")
        return "the stage '\(kind.rawValue)' takes \(wanted), and the stage before it gives \(given.rawValue)"
            + "; put \(makers.map { "'\($0.rawValue)'" }.joined(separator: " or ")) before it"
    }

    private func fault(_ stage: Stage?, _ message: String) -> Failure {
        .usage(source + (stage?.line.map { ", line \($0)" } ?? "") + ": " + message)
    }

    // MARK: What follows from the options

    package var banding: Banding? {
        guard case .minhash(let o) = stage(.minhash) else { return nil }
        return Banding(bands: o.bands, rows: o.rows)
    }

    /// When documents are duplicates; nil where none are looked for.
    package var match: Match? {
        guard case .deduplicate(let o) = stage(.deduplicate) else { return nil }
        if stage(.fingerprint) != nil { return .exact }
        return .jaccard(above: o.threshold ?? DeduplicateOptions.defaultThreshold)
    }

    /// What must stay the same from run to run of one output, by name: all that decides which bytes are written.
    package var boundParameters: [String: String] {
        var bound = ["format": "1", "match": "none"]
        switch match {
        case .jaccard(let threshold): bound.merge(["match": "jaccard", "threshold": threshold.description]) { $1 }
        case .exact: bound["match"] = "exact"
        case nil: break
        }
        for stage in stages {
            let kind = stage.options.kind
            let prefix = kind == .shingles ? "shingle-" : ""
            for (key, value) in stage.options.values where key != "on-bad-line" && key != "threshold" {
                bound[prefix + key] = value
            }
            if kind == .words { bound["unicode"] = UnicodeData.version }
        }
        // A filter that lets everything through is none.
        if bound["min-words"] == "0" { bound["min-words"] = nil }
        return bound
    }
}
