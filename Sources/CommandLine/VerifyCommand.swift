import ArgumentParser
import Basics
import Dedup
import OutputStore
import Reports

/// `dedup verify`. `dedup index verify`, its former name, is the same command.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads every file that dedup wrote to a folder, and checks every checksum.",
        discussion: """
            The folder is an output of run, a folder of vectors, a corpus with scores, a filtered corpus, or several of \
            these in one; whatever is found is checked. Other files are not looked at, and nothing is written.
            What is damaged or cannot be read is listed on standard output. Exit codes: 0 all is as it was written; \
            1 something is damaged or cannot be read; 2 usage; 3 nothing is damaged, but the last run was stopped (it \
            was killed, interrupted or failed): the same command again goes on from there.
            """)

    @Argument(help: ArgumentHelp("A folder that dedup wrote.", valueName: "dir"), transform: localPath)
    var folder: String

    @Flag(help: "No progress, no summary.")
    var quiet = false

    func run() throws {
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
                    + "restore \(count == 1 ? "it" : "them") from a copy, or make \(count == 1 ? "it" : "them") anew: an "
                    + "output with run --force, anything else by deleting the damaged files and running the same "
                    + "command again")
        }
        if !result.unreadable.isEmpty {
            let count = result.unreadable.count
            throw Failure(
                "\(folder): \(count.grouped) of \(result.files.grouped) files cannot be read; nothing that was read is "
                    + "damaged")
        }
        if !result.stops.isEmpty {
            try Terminal.output(result.stops.map { $0.visible() + "\n" }.joined())
            Terminal.error(
                "dedup: \(folder): the last run was stopped; nothing is damaged: run the same command again, and it goes "
                    + "on from there")
            Terminal.exit(3)
        }
        if !quiet {
            Terminal.note(["\(result.files.grouped) files, \(Int(result.bytes).byteSize): all as they were written"])
        }
    }
}
