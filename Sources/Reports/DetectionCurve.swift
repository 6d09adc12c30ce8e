internal import MinHashLSH

/// The probability that a banding finds a pair of documents, by their similarity: as a curve in SVG and as a sentence.
struct DetectionCurve {
    let banding: Banding
    /// The Jaccard similarity above which documents are duplicates; nil if there is no such threshold.
    let threshold: Double?

    init(_ detection: Report.Detection, threshold: Double?) {
        banding = Banding(bands: max(1, detection.bands), rows: max(1, detection.rows))
        self.threshold = threshold
    }

    /// The probability that a pair of this similarity is found.
    func found(_ jaccard: Double) -> Double { banding.detectionProbability(jaccard: jaccard) }

    var sentence: String {
        let shares = [0.7, 0.8, 0.9].map { found($0).percent }
        return "\(banding.bands.counted("band")) of \(banding.rows.counted("row")) find \(shares[0]) of the pairs at "
            + "a Jaccard similarity of 0.7, \(shares[1]) at 0.8 and \(shares[2]) at 0.9. A pair that is not found is "
            + "not compared, and both documents stay; of the pairs that are, the exact similarity decides."
    }

    // MARK: The drawing, in the units of its view box

    /// The box of the plot; its edges are the axes.
    static let left = 52.0
    static let right = 620.0
    static let top = 16.0
    static let bottom = 232.0

    static func x(_ jaccard: Double) -> Double { left + jaccard * (right - left) }
    static func y(_ probability: Double) -> Double { bottom - probability * (bottom - top) }

    /// A point in SVG's notation.
    static func point(_ jaccard: Double, _ probability: Double) -> String {
        x(jaccard).fixed(1) + "," + y(probability).fixed(1)
    }

    /// The points of the curve between two similarities.
    private func points(from start: Double, to end: Double) -> String {
        let steps = 120
        return (0...steps).map { step in
            let jaccard = start + (end - start) * Double(step) / Double(steps)
            return Self.point(jaccard, found(jaccard))
        }.joined(separator: " ")
    }

    var line: String { points(from: 0, to: 1) }

    /// The outline of the area under the curve, from the threshold to the right: the part that stands for duplicates
    /// that are found.
    var area: String {
        let start = threshold ?? 0
        return "\(Self.point(start, 0)) \(points(from: start, to: 1)) \(Self.point(1, 0))"
    }
}
