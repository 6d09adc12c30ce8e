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
        discussion: """
            Example:
              dedup tokenizer train corpus/ --vocab 32000 --out tokenizer/
            """,
        subcommands: [Train.self]
    )

    struct Train: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train",
            abstract: "Learns the vocabulary of a byte-level BPE from documents.",
            discussion: """
                Counts the words of all documents, which are split by GPT-2's pattern, and merges the most frequent \
                pair of tokens again and again. Special tokens are RoBERTa's: <s>, <pad>, </s>, <unk> and <mask> have \
                the ids 0 to 4; the 256 bytes follow.

                OUT gets the files that Hugging Face's libraries read: tokenizer.json, vocab.json, merges.txt, \
                tokenizer_config.json and special_tokens_map.json. They depend only on how often each word occurs, not \
                on threads, memory or the split into shards. Words are counted on all threads, merges learned on one. \
                The run ends with an error if the different words do not fit in memory.

                Example:
                  dedup tokenizer train corpus/ --vocab 32000 --out tokenizer/
                """)

        @OptionGroup var input: InputArguments

        @Option(
            help: ArgumentHelp(
                "Number of tokens in the vocabulary, special tokens and bytes included.", valueName: "n"))
        var vocab: Int

        @Option(
            help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory, transform: localPath)
        var out: String

        @Option(help: ArgumentHelp("Merge only pairs that occur at least this often.", valueName: "n"))
        var minFrequency = 2

        @OptionGroup var documents: DocumentOptions

        @OptionGroup var badLines: DroppedLineOptions

        @OptionGroup var resources: ResourceOptions

        @OptionGroup var output: ReplaceOptions

        func run() async throws {
            let training = TokenizerTraining(try options())
            let outcome = try await ProgressLine.during(output.quiet ? nil : ProgressLine(training.progress)) {
                try await training.run()
            }
            var summary = Summary.text(outcome)
            summary.append("written to \(out)")
            summary.show(quiet: output.quiet)
        }

        private func options() throws(Failure) -> TokenizerTrainingOptions {
            var options = TokenizerTrainingOptions(
                inputs: input.inputs, out: out, vocabulary: vocab, threads: try resources.threadCount(),
                memory: try resources.memoryInBytes())
            options.minFrequency = minFrequency
            options.textField = try documents.textField()
            options.allowsNaN = documents.allowsNaN
            options.selection = try documents.selection()
            options.dropsBadLines = badLines.drops
            options.replaces = output.force
            options.allowsMostlyBad = badLines.mostlyBad.allowMostlyBad
            return options
        }
    }
}
