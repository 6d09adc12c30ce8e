package import Basics

/// The stages of a run in order, with the values of their options. A run does what its definition says and nothing
/// else.
package struct PipelineDefinition: Sendable {
    /// A stage, and where the definition names it.
    package struct Entry: Sendable {
        package fileprivate(set) var stage: any PipelineStage
        /// The line of the definition; nil for a stage that a caller added or changed.
        package fileprivate(set) var line: Int?

        package init(_ stage: any PipelineStage, line: Int? = nil) {
            self.stage = stage
            self.line = line
        }

        /// The name of the stage.
        package var name: String { type(of: stage).name }
    }

    package let name: String
    /// The name of the definition in messages: the path of its file, or the name of a built-in definition.
    package let source: String
    package private(set) var entries: [Entry]
    /// The stages that a caller's options can add.
    private let registry: StageRegistry

    package init(name: String, source: String, entries: [Entry], registry: StageRegistry) {
        self.name = name
        self.source = source
        self.entries = entries
        self.registry = registry
    }

    /// Returns the stage of this type; nil if the pipeline does not have it.
    package func stage<Stage: PipelineStage>(_: Stage.Type) -> Stage? {
        for entry in entries { if let stage = entry.stage as? Stage { return stage } }
        return nil
    }

    /// The names of the stages, in order.
    package var names: [String] { entries.map(\.name) }

    package func contains(_ name: String) -> Bool { names.contains(name) }

    /// Returns the stages after the one with this name.
    package func stages(behind name: String) -> [any PipelineStage] {
        guard let index = names.firstIndex(of: name) else { return [] }
        return entries[(index + 1)...].map(\.stage)
    }

    // MARK: Changes by a caller

    /// The value that a caller gives to an option of a stage.
    package struct Override: Sendable {
        package let stage: String
        package let key: String
        package let value: String
        /// The parameter of the caller, for messages.
        package let parameter: Parameter

        package init(_ parameter: Parameter, _ stage: String, _ key: String, _ value: String) {
            self.parameter = parameter
            self.stage = stage
            self.key = key
            self.value = value
        }
    }

    /// Applies an override. A stage such as `filter`, which only drops documents, is added if the pipeline lacks it.
    package mutating func apply(_ override: Override) throws(Failure) {
        var index = names.firstIndex(of: override.stage)
        if index == nil, let kind = registry[override.stage], let before = kind.isAddedAfter,
            let position = names.firstIndex(of: before)
        {
            entries.insert(Entry(kind.init()), at: position + 1)
            index = position + 1
        }
        guard let index else {
            throw .usage(
                "\(override.parameter): the pipeline \(source) has no stage '\(override.stage)' to which it applies"
                    + Self.advice(stage: override.stage))
        }
        do throws(Failure) {
            try entries[index].stage.set(override.key, to: override.value)
            entries[index].line = nil
        } catch {
            throw .usage("\(override.parameter): \(error.message)")
        }
    }

    /// The end of a message about a stage that is missing: the built-in pipelines that have it.
    private static func advice(stage: String) -> String {
        let names = PipelineParser.builtIn.filter { $0.value.contains("- \(stage)") }.keys.sorted()
        return names.isEmpty ? "" : "; these have it: " + names.joined(separator: ", ")
    }

    /// Replaces stages by other stages, whose options have their defaults.
    ///
    /// - Parameters:
    ///   - old: the names of the stages to remove.
    ///   - new: the names of the stages that take the place of the first of them.
    /// - Returns: false, and changes nothing, if the pipeline has none of the old stages.
    package mutating func replace(_ old: [String], by new: [String]) -> Bool {
        guard let first = names.firstIndex(where: old.contains) else { return false }
        entries.removeAll { old.contains($0.name) }
        entries.insert(contentsOf: new.compactMap { registry[$0].map { Entry($0.init()) } }, at: first)
        return true
    }

    // MARK: Validation

    /// Checks that the stages fit together.
    ///
    /// - Throws: a usage error about the first stage that is missing, repeated, or does not fit the one before it, with
    ///   its line.
    package func validate() throws(Failure) {
        var given: Payload?
        var seen: Set<String> = []
        // The stages so far, each with the payload that reaches it.
        var reached: [(stage: String, payload: Payload)] = []
        for entry in entries {
            let kind = type(of: entry.stage)
            guard seen.insert(kind.name).inserted else { throw fault(entry, "the stage '\(kind.name)' is there twice") }
            if let given {
                guard kind.accepts.contains(given) else { throw fault(entry, misfit(kind, after: given, reached)) }
                reached.append((kind.name, given))
            } else if !kind.accepts.isEmpty {
                throw fault(entry, "the stage 'read' is missing: a pipeline begins with it")
            }
            given = kind.gives ?? given
        }
        for required in registry.stages where required.isRequired && !seen.contains(required.name) {
            throw fault(entries.last, "the stage '\(required.name)' is missing")
        }
        for entry in entries {
            do throws(Failure) { try entry.stage.check(in: self) } catch { throw fault(entry, error.message) }
        }
    }

    /// Returns the message about a stage that does not accept the payload that reaches it.
    ///
    /// - Parameters:
    ///   - given: the payload that reaches the stage.
    ///   - reached: the stages before it, each with the payload that reaches it.
    private func misfit(
        _ kind: any PipelineStage.Type, after given: Payload, _ reached: [(stage: String, payload: Payload)]
    ) -> String {
        if kind.accepts.isEmpty { return "the stage '\(kind.name)' comes first" }
        let fault =
            "the stage '\(kind.name)' takes \(kind.accepts.map(\.description).alternatives), and the stage before it "
            + "gives \(given); "
        // The payload was there, but a stage turned it into another one: the stage comes too late.
        if let later = reached.last(where: { kind.accepts.contains($0.payload) }) {
            return fault + "put it before '\(later.stage)'"
        }
        let makers = registry.stages.filter { maker in
            guard let gives = maker.gives, maker.name != kind.name else { return false }
            return kind.accepts.contains(gives) && !maker.accepts.contains(gives)
        }
        return fault + "put \(makers.map { "'\($0.name)'" }.alternatives) before it"
    }

    private func fault(_ entry: Entry?, _ message: String) -> Failure {
        .usage(source + (entry?.line.map { ", line \($0)" } ?? "") + ": " + message)
    }

    /// Checks that each folder belongs to a stage of the pipeline.
    ///
    /// - Parameter parameters: the names of the parameters that give folders.
    /// - Throws: a usage error about a folder that no stage writes to.
    package func checkFolders(_ parameters: some Collection<String>) throws(Failure) {
        for kind in registry.stages {
            guard let folder = kind.folder, parameters.contains(folder.parameter), !contains(kind.name) else {
                continue
            }
            throw .usage(
                "\(Parameter(folder.parameter)): the pipeline \(source) has no stage '\(kind.name)'"
                    + Self.advice(stage: kind.name))
        }
    }

    // MARK: Parameters

    /// The names of the bound parameters that must be the same in two outputs whose documents are compared.
    package var indexParameters: [String] {
        ["format", "match", "unicode"]
            + registry.options.compactMap { option in
                if case .index = option.binding { option.parameter ?? option.key } else { nil }
            }
    }

    /// The parameters that must be the same in every run of one output, by name: everything that decides which bytes
    /// are written.
    package var boundParameters: [String: String] {
        var bound = ["format": "1", "match": "none"]
        for entry in entries { bound.merge(entry.stage.boundParameters(in: self)) { $1 } }
        return bound
    }

    /// Returns the names of the bound parameters whose values differ from those of an earlier run, or that only one of
    /// the two runs has. Parameters that are no option of a stage, such as `match`, come first; the options follow in
    /// the order of the help, so that the name that explains the difference best comes first.
    ///
    /// - Parameter recorded: the bound parameters of the earlier run.
    package func boundParameters(differingFrom recorded: [String: String]) -> [String] {
        let asked = boundParameters
        let differing = Set(asked.keys).union(recorded.keys).filter { asked[$0] != recorded[$0] }
        let options = registry.options.map { $0.parameter ?? $0.key }.filter(differing.contains)
        return differing.subtracting(options).sorted() + options
    }
}
