import Basics
import QualityScoring
import Reports
import Training

/// The text that `dedup score train` prints: what was fitted, and how it judges texts that it was not fitted to.
enum HeadSummary {
    static func text(_ outcome: HeadFitting.Outcome) -> String {
        var text = ""
        if outcome.unscored.total > 0 {
            text +=
                "\(outcome.unscored.total.counted("document")) left out that cannot be judged (\(outcome.unscored.text))\n"
        }
        if outcome.unlabelled > 0 { text += "\(outcome.unlabelled.counted("document")) left out without labels\n" }
        for trained in outcome.trained.outputs {
            let output = trained.output
            text += text.isEmpty ? "" : "\n"
            text +=
                "\(output.name.visible()): \(output.good.grouped) good and \(output.bad.counted("bad document")) in "
                + "\(outcome.groups.counted("group"))\n"
                + "L2 penalty \(trained.penalty.fixed(0)), times \(trained.vectorFactor.fixed(0)) for the vector\n"
            text += self.text(trained.validation)
        }
        if let quality = outcome.trained.quality {
            text +=
                "\nquality: the calibrated minimum of \(outcome.trained.outputs.map(\.output.name).joined(separator: ", ")), of three "
                + "good texts to each bad one\n"
            text += self.text(quality.validation)
        }
        return text
    }

    private static func text(_ validation: CrossValidation) -> String {
        var text =
            "AUC \(validation.auc.fixed(4)), cross-validated: each text is judged without its source or kind\n\n"
        text += table(
            ["left out", "", "texts", "right", "mean"],
            validation.parts.map {
                [$0.name.visible(), $0.isGood ? "good" : "bad", $0.texts.grouped, $0.right.percent, $0.mean.fixed(2)]
            })
        text +=
            "\n"
            + table(
                ["threshold", "good kept", "bad removed", "precision"],
                validation.thresholds.map {
                    [$0.threshold.fixed(2), $0.keptGood.percent, $0.removedBad.percent, $0.precision?.percent ?? "-"]
                })
        text +=
            "\n"
            + table(
                ["score", "texts", "good"],
                validation.reliability.map {
                    [
                        "\($0.scores.lowerBound.fixed(1))-\($0.scores.upperBound.fixed(1))", $0.texts.percent,
                        $0.good?.percent ?? "-",
                    ]
                })
        return text
    }

    /// A table whose first column is flush left, and whose other columns are flush right.
    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return "  " + (column == 0 ? row[column] + space : space + row[column])
            }.joined() + "\n"
        }.joined()
    }
}
