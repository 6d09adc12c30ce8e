internal import Basics
internal import Corpus

/// The stage that reads the documents of the inputs.
package struct ReadStage: PipelineStage {
    package static let name = "read"
    package static let summary = "Reads the documents of the inputs, shard by shard"
    package static let accepts: [Payload] = []
    package static let gives: Payload? = .documents
    package static let isRequired = true

    package var options = ReadOptions()

    package init() {}

    package static let options: [StageOption<ReadStage>] = [
        StageOption(
            "text-field", parameter: "text-field", valueName: "path",
            help:
                "The field of the text; a dotted path reaches into objects; alternatives are separated by commas; "
                + "several fields (the option repeated, or a list in a definition) are joined by a newline",
            values: "a field, or a list of fields",
            form: .list { fields throws(Failure) in try FieldSelection(fields).description },
            get: { $0.options.textField },
            set: { stage, text throws(Failure) in stage.options.textField = try FieldSelection(text).description }),
        .flag(
            "allow-nan", \.options.allowsNaN, parameter: "allow-nan",
            help: "Accept a bare NaN, Infinity or -Infinity in fields that are not read (JSON has none of them)"),
        StageOption(
            "id-field", parameter: "id-field", valueName: "path", help: "The field that names a document in reports",
            values: "a field",
            get: { $0.options.idField },
            set: { stage, text throws(Failure) in stage.options.idField = try FieldSelection(id: text).description }),
        .choice(
            "on-bad-line", \.options.onBadLine, parameter: "on-bad-line", valueName: "do",
            help: "What to do at a line that is not a document (keep: write the line to the output as it is)",
            binding: .nothing),
    ]
}
