import ArgumentParser
import Basics
import Dedup
import Foundation
import Reports
import Tokenizers
import Training

struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Trains a tokenizer.",
        subcommands: [Train.self]
    )

    struct Train: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train",
            abstract: "Learns the vocabulary of a byte-level BPE from documents.",
            discussion: """
                Counts the words (as GPT-2's pattern cuts a text) of all documents, and merges the most frequent pair of \
                tokens again and again. Special tokens are RoBERTa's: <s>, <pad>, </s>, <unk> and <mask>, the ids 0 to 4; \
                the 256 bytes follow.

                OUT gets tokenizer.json, vocab.json, merges.txt, tokenizer_config.json and special_tokens_map.json, as \
                Hugging Face's libraries read them. They depend on how often each word occurs, and on nothing else: not \
                on threads, memory, or the cut into shards. Threads count; one alone learns merges.
                """)

        @Argument(
            help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
            transform: localPath)
        var inputs: [String]

        @Option(help: ArgumentHelp("Tokens of the vocabulary, special ones and bytes included.", valueName: "n"))
        var vocab: Int

        @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), transform: localPath)
        var out: String

        @Option(help: ArgumentHelp("How often a pair must occur to be merged, at least.", valueName: "n"))
        var minFrequency = 2

        @OptionGroup var selection: InputOptions

        @OptionGroup var fields: FieldOptions

        @Option(help: ArgumentHelp("At a line that is no document: stop, or drop it.", valueName: "do"))
        var onBadLine = OnBadLine.stop

        /// Bad lines cannot be kept, because a line without a text has no tokens to count.
        enum OnBadLine: String, CaseIterable, ExpressibleByArgument { case stop, drop }

        @Flag(help: "Go on when more than half of a shard's lines, and at least 20, are dropped (default: stop).")
        var allowMostlyBad = false

        @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
        var threads: Int?

        @Option(
            help: ArgumentHelp(
                "Memory, as 512M or 4G; the least is 256M (default: 2G, or half of the machine's). A corpus with too "
                    + "many different words for it ends the run.", valueName: "size"))
        var memory: String?

        @Flag(help: "Replace a tokenizer that is there.")
        var force = false

        @Flag(help: "No progress and no summary; warnings are shown.")
        var quiet = false

        func run() async throws {
            let training = TokenizerTraining(try options())
            let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(training.progress)) {
                try await training.run()
            }
            var summary = Summary.text(outcome)
            summary.append("written to \(out)")
            summary.show(quiet: quiet)
        }

        private func options() throws(Failure) -> TokenizerTrainingOptions {
            var options = TokenizerTrainingOptions(
                inputs: inputs, out: out, vocabulary: vocab, threads: try RunCommand.threads(threads),
                memory: try RunCommand.memory(memory))
            options.minFrequency = minFrequency
            options.textField = try fields.text()
            options.allowsNaN = fields.allowsNaN
            options.selection = try selection.selection()
            options.dropsBadLines = onBadLine == .drop
            options.replaces = force
            options.allowsMostlyBad = allowMostlyBad
            return options
        }
    }
}
