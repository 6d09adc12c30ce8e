import ArgumentParser
import Basics
import Corpus
import Dedup
import OutputStore

/// The options that select the shards of the inputs; for all commands that read a corpus.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "jsonl: read every file in an input folder as JSON Lines, whatever its name is; by default only files "
                + "with the names of shards. A file given as an input may have any name.", valueName: "format"))
    var format: ShardSelection.Format?

    @Option(
        help: ArgumentHelp(
            "In input folders, read only files whose path below the input matches; may be repeated. * matches part of "
                + "a name, ** any folders; a pattern without a slash matches names in all folders.",
            valueName: "pattern"))
    var glob: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave out files and folders whose path below the input matches; may be repeated.",
            valueName: "pattern"))
    var exclude: [String] = []

    @Flag(help: "Follow links to folders inside the inputs (default: only links to files).")
    var followLinks = false

    func selection() throws(Failure) -> ShardSelection {
        var selection = ShardSelection.standard
        selection.format = format
        for pattern in glob { selection.globs.append(try Self.pattern(pattern, of: "--glob")) }
        for pattern in exclude { selection.exclusions.append(try Self.pattern(pattern, of: "--exclude")) }
        selection.followsLinks = followLinks
        return selection
    }

    private static func pattern(_ text: String, of option: String) throws(Failure) -> PathPattern {
        do throws(Failure) { return try PathPattern(text) } catch { throw .usage("\(option) \(error.message)") }
    }
}

extension ShardSelection.Format: ExpressibleByArgument {}

/// Checks that an argument is a path of a local file or folder.
///
/// - Throws: if it looks like the address of a remote file, such as `s3://…`.
func localPath(_ argument: String) throws -> String {
    try LocalPath.check(argument)
    return argument
}
