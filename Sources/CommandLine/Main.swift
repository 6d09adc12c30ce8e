import ArgumentParser
import Basics
import Corpus
import Dedup
import Foundation
import Tokenizers

/// The command line. Each command has a file, which only parses its options and calls the modules.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dedup",
        abstract: "Removes near-duplicate documents from corpora of text.",
        discussion: """
            A corpus consists of shards in JSON Lines, one document per line: .jsonl, .jl, .jsonlines, .json and \
            .ndjson, plain or as .zst or .gz. A file that is given as an input may have any name.

            Exit codes: 0 success, 1 failure, 2 usage error, 3 (verify only) a stopped run that can be resumed.

            Example:
              dedup run corpus/ --out clean/
            """,
        version: Version.current,
        subcommands: [
            RunCommand.self, EmbedCommand.self, ScoreCommand.self, SimilarCommand.self, StatsCommand.self,
            CheckCommand.self,
            ExplainCommand.self,
            ExplainScoreCommand.self,
            VerifyCommand.self, IndexCommand.self, CurveCommand.self, TokenizeCommand.self, TokenizerCommand.self,
            TrainCommand.self, EvaluateCommand.self,
        ]
    )

    /// Runs the command and exits with dedup's exit codes: a usage error is 2, not the parser's 64.
    static func main() async {
        Terminal.setUpMemory()
        Parameter.spellAsOptions()
        // With these signals ignored, writing to a closed pipe or beyond the file size limit fails with an error
        // message, instead of killing the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        Terminal.openMissingStreams()
        do {
            try checkArguments()
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Terminal.error("dedup: \(failure.message)")
            Terminal.exit(failure.kind == .usage ? 2 : 1)
        } catch {
            if exitCode(for: error) == .success { showHelp(fullMessage(for: error)) }
            // Errors have one line; the parser's message would have the usage as well.
            Terminal.error("dedup: \(message(for: error)); see --help")
            Terminal.exit(2)
        }
    }

    /// - Throws: a usage error if an argument is not UTF-8, because it would be converted to a different path.
    private static func checkArguments() throws(Failure) {
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[number], String(validatingCString: argument) == nil else {
                continue
            }
            throw .usage(
                "argument \(number) is not valid UTF-8: \(String(cString: argument)) (shown with U+FFFD for what is "
                    + "not); rename the file")
        }
    }

    /// Prints the help or the version.
    private static func showHelp(_ text: String) -> Never {
        do {
            try Terminal.output(text + "\n")
        } catch {
            Terminal.error("dedup: \(error.message)")
            Terminal.exit(1)
        }
        Terminal.exit(0)
    }
}
