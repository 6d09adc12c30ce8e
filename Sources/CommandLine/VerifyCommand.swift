import ArgumentParser
import Basics
import Dedup
import OutputStore
import Reports

/// `dedup verify`. `dedup index verify`, its former name, is the same command.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads all files that dedup wrote to a folder, and checks their checksums.",
        discussion: """
            The folder is an output of 'dedup run', a folder of vectors, a corpus with scores, a filtered corpus, or \
            several of these in one. Files that dedup did not write are ignored, and nothing is written. Damaged and \
            unreadable files are listed on standard output.

            Exit codes: 0 all files are as they were written; 1 a file is damaged or cannot be read; 2 usage; 3 \
            nothing is damaged, but the last run did not finish: it was killed, interrupted or failed. The same \
            command again resumes it.

            Example:
              dedup verify clean/
            """)

    @Argument(
        help: ArgumentHelp("A folder that dedup wrote.", valueName: "dir"), completion: .directory, transform: localPath
    )
    var folder: String

    @OptionGroup var quietOptions: QuietOptions

    func run() throws {
        let quiet = quietOptions.quiet
        let showsProgress = !quiet && Terminal.isInteractive
        let result = try Verifier(folder).verify { files in
            if showsProgress { Terminal.draw("\(files.grouped) files read") }
        }
        if showsProgress { Terminal.draw(nil) }
        let lines = result.damage + result.unreadable
        try Terminal.output(lines.map { $0.visible() + "\n" }.joined())
        if !result.damage.isEmpty {
            let count = result.damage.count
            throw Failure(
                "\(folder): \(count.grouped) of \(result.files.grouped) files \(count == 1 ? "is" : "are") damaged; "
                    + "restore \(count == 1 ? "it" : "them") from a copy, or write \(count == 1 ? "it" : "them") "
                    + "again: for "
                    + "an output use 'dedup run --force'; otherwise delete the damaged files and run the same command "
                    + "again")
        }
        if !result.unreadable.isEmpty {
            let count = result.unreadable.count
            throw Failure(
                "\(folder): \(count.grouped) of \(result.files.grouped) files cannot be read; the others are not "
                    + "damaged")
        }
        if !result.stops.isEmpty {
            try Terminal.output(result.stops.map { $0.visible() + "\n" }.joined())
            Terminal.error(
                "dedup: \(folder): nothing is damaged, but the last run was stopped; run the same command again to "
                    + "resume it")
            Terminal.exit(3)
        }
        if !quiet {
            Terminal.note(["\(result.files.grouped) files, \(Int(result.bytes).byteSize): all are as they were written"]
            )
        }
    }
}
