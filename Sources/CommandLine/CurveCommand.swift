import ArgumentParser
import Basics
import Foundation
import MinHashLSH

struct CurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve",
        abstract: "Shows what a banding finds: the probability that a pair of a similarity is compared.",
        discussion: """
            Two documents are compared when all rows of at least one band agree, which two documents of Jaccard \
            similarity J do with probability 1 - (1 - J^rows)^bands. More bands, or fewer rows, find more pairs and \
            compare more that are no duplicates; what is removed is decided by the exact similarity either way.
            """
    )

    @Option(help: ArgumentHelp("Bands.", valueName: "b"))
    var bands = 10

    @Option(help: ArgumentHelp("Rows of a band.", valueName: "r"))
    var rows = 10

    func run() throws {
        guard (1...4096).contains(bands), (1...4096).contains(rows) else {
            throw Failure.usage("--bands and --rows are numbers from 1 to 4096")
        }
        let banding = Banding(bands: bands, rows: rows)
        let width = 50
        var text = "\(bands) bands of \(rows) rows: \(bands * rows) seeds\n\n   J     found\n"
        for step in stride(from: 5, through: 100, by: 5) {
            let probability = banding.detectionProbability(jaccard: Double(step) / 100)
            let bar = String(repeating: "█", count: Int((probability * Double(width)).rounded()))
            text += "  \(fixed(Double(step) / 100, 2))  \(fixed(probability, 4))  \(bar)\n"
        }
        text += "\nhalf of the pairs are found at J = \(fixed(banding.jaccard(detectedWith: 0.5), 3)), "
        text += "99 % at J = \(fixed(banding.jaccard(detectedWith: 0.99), 3))\n"
        try Terminal.output(text)
    }

    private func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
