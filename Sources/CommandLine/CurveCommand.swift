import ArgumentParser
import Basics
import Foundation
import MinHashLSH

struct CurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve",
        abstract: "Shows how likely a banding finds pairs of each similarity.",
        discussion: """
            Two documents are compared if all rows of at least one band agree. For two documents of Jaccard similarity \
            J the probability is 1 - (1 - J^rows)^bands. More bands, or fewer rows, find more pairs, but also compare \
            more pairs that are not duplicates. The banding never decides what is removed: the exact similarity does.

            Example:
              dedup curve --bands 20 --rows 5
            """
    )

    @Option(help: ArgumentHelp("Number of bands.", valueName: "b"))
    var bands = 10

    @Option(help: ArgumentHelp("Number of rows in each band.", valueName: "r"))
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
