package import QualityScoring

/// Labelled texts, to which the outputs of a head are fitted.
package struct TrainingTexts: Sendable {
    /// The names of the outputs.
    package let outputs: [String]
    /// The number of dimensions of the texts' vectors; 0 if the texts have statistics only.
    package let dimensions: Int

    /// One row of `width` values for each text: its vector, then its statistics.
    private(set) var features: [Float] = []
    private(set) var profiles: [TextProfile] = []
    /// For each text: whether it is good, by the index of the output; nil if it is no example of that output.
    private(set) var labels: [[Bool?]] = []
    /// Where a text comes from.
    private(set) var sources: [String] = []
    /// What makes a text bad. It is the text's source if nothing else is known.
    private(set) var kinds: [String] = []
    /// Texts of one group are never on both sides of a cross-validation.
    private(set) var groups: [String] = []

    package init(outputs: [String], dimensions: Int) {
        self.outputs = outputs
        self.dimensions = dimensions
    }

    /// The number of values in a row.
    var width: Int { dimensions + TextStatistics.count }

    /// The number of texts.
    package var count: Int { labels.count }

    /// Adds a text.
    ///
    /// - Parameters:
    ///   - vector: `dimensions` values.
    ///   - statistics: `TextStatistics.count` values.
    ///   - labels: whether the text is good, for each output; nil if it is no example of the output.
    package mutating func append(
        vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, profile: TextProfile,
        labels: [Bool?], source: String, kind: String? = nil, group: String
    ) {
        precondition(
            vector.count == dimensions && statistics.count == TextStatistics.count && labels.count == outputs.count)
        features.append(contentsOf: vector)
        features.append(contentsOf: statistics)
        profiles.append(profile)
        self.labels.append(labels)
        sources.append(source)
        kinds.append(kind ?? source)
        groups.append(group)
    }

    /// Returns the values of a text.
    func row(_ index: Int) -> ArraySlice<Float> { features[index * width..<(index + 1) * width] }

    /// The examples of an output, in order.
    func examples(of output: Int) -> [Int] { labels.indices.filter { labels[$0][output] != nil } }

    /// Whether a text is good in all respects that are known; nil if none is known.
    func isGood(_ index: Int) -> Bool? {
        let known = labels[index].compactMap { $0 }
        return known.isEmpty ? nil : known.allSatisfy { $0 }
    }
}
