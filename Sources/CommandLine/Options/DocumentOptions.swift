import ArgumentParser
import Basics
import Corpus

/// The inputs of all commands that read a corpus from the beginning.
struct InputArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH gives an input a label.", valueName: "input"),
        completion: .file(), transform: localPath)
    var inputs: [String]
}

/// Which files are shards, and which field is the text: the options of all commands that read documents.
struct DocumentOptions: ParsableArguments {
    @OptionGroup var inputOptions: InputOptions

    @OptionGroup var fieldOptions: FieldOptions

    /// - Throws: a usage error for a pattern that is not valid.
    func selection() throws(Failure) -> ShardSelection { try inputOptions.selection() }

    /// The text fields in the canonical spelling, which records store (`FieldSelection.description`).
    ///
    /// - Throws: a usage error for a field that is not valid.
    func textField() throws(Failure) -> String { try fieldOptions.text() }

    var allowsNaN: Bool { fieldOptions.allowsNaN }
}

/// The option `--id-field`, for commands whose output identifies documents by their ids.
struct IDOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The field of the document's id; a dotted path reaches into objects.", valueName: "path"))
    var idField = "id"

    /// The id field in the canonical spelling, which records store (`FieldSelection.description`).
    ///
    /// - Throws: a usage error for a field that is not valid.
    func field() throws(Failure) -> String { try FieldOptions.id(idField) }
}

/// What is done with bad lines by commands that write one row for every line and therefore cannot drop lines.
struct KeptLineOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "At a line that is not a document: stop, or keep its place in the output, without values.", valueName: "do")
    )
    var onBadLine = OnBadLine.stop

    enum OnBadLine: String, CaseIterable, ExpressibleByArgument { case stop, keep }

    var keeps: Bool { onBadLine == .keep }
}

/// What is done with bad lines by commands that have no use for a line without a text.
struct DroppedLineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("At a line that is not a document: stop, or drop the line.", valueName: "do"))
    var onBadLine = OnBadLine.stop

    enum OnBadLine: String, CaseIterable, ExpressibleByArgument { case stop, drop }

    @OptionGroup var mostlyBad: MostlyBadOptions

    var drops: Bool { onBadLine == .drop }
}

/// The option `--allow-mostly-bad`, for all commands that can drop bad lines: whether a shard may lose most of its
/// lines.
struct MostlyBadOptions: ParsableArguments {
    @Flag(help: "Continue even if more than half of a shard's lines, and at least 20, are dropped (default: stop).")
    var allowMostlyBad = false
}

/// The option `--input`, for commands that show texts: the present paths of inputs that were moved since the run.
struct MovedInputOptions: ParsableArguments {
    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            "The present path of an input that was moved, as PATH or LABEL=PATH; may be repeated.", valueName: "path"),
        completion: .file(), transform: localPath)
    var inputs: [String] = []
}
