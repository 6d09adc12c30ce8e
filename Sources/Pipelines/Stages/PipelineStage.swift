package import Basics

/// A stage of a pipeline, with the values of its options.
///
/// The type is the descriptor of the stage: its name, its options with their defaults, ranges and help texts, and its
/// place in a pipeline are declared here and nowhere else. Definitions (YAML), the options of `dedup run`, its help,
/// the check of values, the parameters that bind an output and docs/stages.md all come from it.
///
/// A new stage is one file, which also says how it joins the graph (`GraphStage` or `OutputStage`), and one line in
/// `StageRegistry.standard`. See docs/extending.md.
package protocol PipelineStage: Sendable {
    /// The name in definitions and messages.
    static var name: String { get }
    /// What the stage does, in one sentence without a period, for the table of the stages.
    static var summary: String { get }
    /// The payloads that the stage accepts; empty for the stage that begins a pipeline.
    static var accepts: [Payload] { get }
    /// The payload that the stage gives to the next stage; nil for a stage that passes on the kind of payload that it
    /// accepted.
    static var gives: Payload? { get }
    /// The options, in the order of the help.
    static var options: [StageOption<Self>] { get }
    /// Options that users may expect and that the stage cannot have, with the reason, as an error message.
    static var missingOptions: [String: String] { get }
    /// Whether every pipeline has the stage.
    static var isRequired: Bool { get }
    /// If the caller sets an option of this stage and the definition lacks the stage, the stage is added directly after
    /// the stage of this name. nil if only a definition can add the stage.
    static var isAddedAfter: String? { get }
    /// Whether the stage reads the texts of documents. If no later stage does, the stage `words` frees the texts.
    static var readsTexts: Bool { get }
    /// The folder that the stage writes to besides the output; nil for none.
    static var folder: StageFolder? { get }

    /// Creates the stage with the defaults of its options.
    init()

    /// Checks the rules that involve several options or several stages.
    ///
    /// - Throws: a usage error. Its message does not contain the line of the definition; the caller adds it.
    func check(in definition: PipelineDefinition) throws(Failure)

    /// The parameters that must be the same in every run of one output.
    func boundParameters(in definition: PipelineDefinition) -> [String: String]
}

/// A folder that a stage writes to besides the output.
package struct StageFolder: Sendable {
    /// The name of the parameter that gives the folder.
    package let parameter: String
    /// What the folder is for, as a sentence.
    package let help: String

    package init(parameter: String, help: String) {
        self.parameter = parameter
        self.help = help
    }
}

extension PipelineStage {
    package static var missingOptions: [String: String] { [:] }
    package static var isRequired: Bool { false }
    package static var isAddedAfter: String? { nil }
    package static var readsTexts: Bool { false }
    package static var folder: StageFolder? { nil }

    package func check(in definition: PipelineDefinition) throws(Failure) {}

    package func boundParameters(in definition: PipelineDefinition) -> [String: String] { boundOptions }

    /// The options that bind the output, by the names of their parameters, with their values.
    package var boundOptions: [String: String] {
        var bound: [String: String] = [:]
        for option in Self.options {
            guard let value = option.text(in: self) else { continue }
            switch option.binding {
            case .nothing: continue
            case .output(let omitted) where value == omitted: continue
            case .output, .index: break
            }
            bound[option.parameter ?? option.key] = value
        }
        return bound
    }

    /// Creates the stage as a run had it, from the parameters that its output records. Options that are not recorded have
    /// their defaults.
    ///
    /// - Throws: if a recorded value is none that this version knows.
    package init(recordedIn parameters: [String: String]) throws(Failure) {
        self.init()
        for option in Self.options {
            let name = option.parameter ?? option.key
            if case .nothing = option.binding { continue }
            guard let value = parameters[name] else { continue }
            do throws(Failure) {
                try option.set(value, in: &self)
            } catch {
                throw Failure(
                    "the output was made with \(name) \(value), which this dedup does not know; use the dedup that "
                        + "made it")
            }
        }
    }

    /// Sets an option from its text.
    ///
    /// - Throws: a usage error that says what is wrong with the value. Its message does not contain the line of the
    ///   definition; the caller adds it.
    package mutating func set(_ key: String, to text: String) throws(Failure) {
        guard let option = Self.options.first(where: { $0.key == key }) else {
            if let reason = Self.missingOptions[key] { throw .usage(reason) }
            let keys = Self.options.map(\.key).joined(separator: ", ")
            throw .usage(
                "the stage '\(Self.name)' has no option '\(key)'; "
                    + (keys.isEmpty ? "it has no options" : "it has \(keys)"))
        }
        try option.set(text, in: &self)
    }
}
