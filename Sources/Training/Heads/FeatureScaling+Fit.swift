internal import QualityScoring

extension FeatureScaling {
    /// The share of the texts that lies outside the range, at each end.
    private static let outside = 0.002

    /// Fits a scaling to some texts: the mean of each value, and the range and the standard deviation of the values after
    /// they are shrunk towards their mean (`Reliabilities`).
    init(_ texts: TrainingTexts, rows: [Int]) {
        let width = texts.width
        var means = [Double](repeating: 0, count: width)
        texts.features.withUnsafeBufferPointer { features in
            for row in rows {
                for column in 0..<width { means[column] += Double(features[row * width + column]) }
            }
        }
        for column in 0..<width { means[column] /= Double(max(1, rows.count)) }
        var (scales, least, most) = (means, means, means)
        let reliabilities = rows.map { Reliabilities(texts.profiles[$0]) }
        var values = [Double](repeating: 0, count: rows.count)
        for column in 0..<width {
            let basis = column < texts.dimensions ? nil : TextStatistics.all[column - texts.dimensions].basis
            texts.features.withUnsafeBufferPointer { features in
                for (index, row) in rows.enumerated() {
                    let value = Double(features[row * width + column]) - means[column]
                    values[index] = value * (basis.map { reliabilities[index][$0] } ?? 1)
                }
            }
            (scales[column], least[column], most[column]) = Self.range(&values, mean: means[column])
        }
        self.init(
            means: means.map(\.shortened), scales: scales.map(\.shortened), least: least.map(\.shortened),
            most: most.map(\.shortened))
    }

    /// Returns the scale of some values, and their range in units of the scale. Sorts the values.
    private static func range(
        _ values: inout [Double], mean: Double
    ) -> (scale: Double, least: Double, most: Double) {
        guard !values.isEmpty else { return (1, 0, 0) }
        values.sort()
        let outer = Int(outside * Double(values.count))
        let (least, most) = (values[outer], values[values.count - 1 - outer])
        var (sum, squares) = (0.0, 0.0)
        for value in values {
            let limited = min(max(value, least), most)
            sum += limited
            squares += limited * limited
        }
        let average = sum / Double(values.count)
        let deviation = max(0, squares / Double(values.count) - average * average).squareRoot()
        // A value that varies only by rounding errors counts as constant.
        guard deviation > 1e-9 * max(1, abs(mean)) else { return (1, 0, 0) }
        return (deviation, least / deviation, most / deviation)
    }

    /// Returns the standardised values of some texts, row by row.
    func standardised(_ texts: TrainingTexts, rows: [Int]) -> [Float] {
        let width = texts.width
        return [Float](unsafeUninitializedCapacity: rows.count * width) { result, count in
            texts.features.withUnsafeBufferPointer { features in
                for (index, row) in rows.enumerated() {
                    let reliabilities = Reliabilities(texts.profiles[row])
                    for column in 0..<width {
                        let basis =
                            column < texts.dimensions ? nil : TextStatistics.all[column - texts.dimensions].basis
                        let value = standardised(
                            features[row * width + column], column, reliability: basis.map { reliabilities[$0] } ?? 1)
                        result.initializeElement(at: index * width + column, to: Float(value))
                    }
                }
            }
            count = rows.count * width
        }
    }
}
