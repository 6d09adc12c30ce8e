/// The stages that definitions can name.
package struct StageRegistry: Sendable {
    /// The types of the stages, in the order of help texts and documentation.
    package let stages: [any PipelineStage.Type]

    package init(_ stages: [any PipelineStage.Type]) { self.stages = stages }

    /// The names of all stages.
    package var names: [String] { stages.map { $0.name } }

    /// The type of the stage with a name; nil if there is no such stage.
    package subscript(name: String) -> (any PipelineStage.Type)? { stages.first { $0.name == name } }

    /// Every option of every stage, in order.
    package var options: [OptionDescription] { stages.flatMap { Self.options(of: $0) } }

    /// An option without the type of its stage.
    package struct OptionDescription: Sendable {
        package let stage: String
        package let key: String
        package let parameter: String?
        package let valueName: String
        package let help: String
        package let values: String
        package let defaultText: String?
        package let form: StageOptionForm
        package let allowsMinus: Bool
        package let binding: StageOptionBinding
    }

    package static func options<Stage: PipelineStage>(of stage: Stage.Type) -> [OptionDescription] {
        Stage.options.map {
            OptionDescription(
                stage: Stage.name, key: $0.key, parameter: $0.parameter, valueName: $0.valueName, help: $0.help,
                values: $0.values, defaultText: $0.defaultText, form: $0.form, allowsMinus: $0.allowsMinus,
                binding: $0.binding)
        }
    }
}

extension StageRegistry {
    /// The content of docs/stages.md: what every stage does, what it accepts and gives, and its options.
    package var markdown: String {
        var text = """
            # Stages

            The stages of a pipeline and their options. This file is made from the declarations of the stages (`make stage-table`);
            a test fails when it is out of date. In a definition (YAML), an option stands below its stage under its key;
            `dedup run` sets it with the option in the second column, if there is one. An option that binds the output must be the
            same in every run that writes to one output.

            """
        for stage in stages {
            let accepts =
                stage.accepts.isEmpty
                ? "begins the pipeline" : "accepts " + stage.accepts.map(\.description).joined(separator: ", ")
            let gives =
                stage.gives.map { $0 == .nothing ? "ends the pipeline" : "gives \($0)" } ?? "gives what it accepts"
            text += "\n## \(stage.name)\n\n\(stage.summary). It \(accepts) and \(gives).\n"
            let options = Self.options(of: stage)
            if options.isEmpty { continue }
            text += "\n| key | option of `dedup run` | meaning | values | default | binds the output |\n"
            text += "| --- | --- | --- | --- | --- | --- |\n"
            for option in options {
                let parameter = option.parameter.map { "`--\($0)`" } ?? ""
                var binds = "yes"
                if case .nothing = option.binding { binds = "no" }
                text +=
                    "| `\(option.key)` | \(parameter) | \(option.help) | \(option.values) | "
                    + "\(option.defaultText ?? "") | \(binds) |\n"
            }
        }
        return text
    }
}
