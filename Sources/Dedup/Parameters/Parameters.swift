internal import DuplicateIndex
internal import MinHashLSH
internal import Shingling

/// The parameters that decide whether two documents are duplicates: how a text is split, hashed and compared.
///
/// An index can be opened again only with the parameters that it was created with.
public struct Parameters: Sendable, Hashable {
    /// The Unicode normalization form that a text is converted to before it is split into words (UAX #15).
    public enum Normalization: String, Sendable, Hashable, CaseIterable {
        /// Canonical composition.
        case nfc
        /// Compatibility composition: unifies, for example, full-width and plain letters too.
        case nfkc
        /// No normalization.
        case none
    }

    /// The unit that shingles consist of.
    public enum ShingleUnit: String, Sendable, Hashable, CaseIterable {
        /// A shingle is a run of consecutive words.
        case word
        /// A shingle is a run of consecutive Unicode scalars of the words, joined by one space.
        case character = "char"
    }

    /// The comparison that decides whether a candidate is a duplicate.
    public enum Match: Sendable, Hashable {
        /// The Jaccard similarity of the two sets of shingles, computed exactly, is above a threshold: a number from 0
        /// to 0.999 with at most three decimals.
        case jaccard(above: Double)
        /// The words of the two texts are equal, in the same order. Shingles, seeds, bands and rows do not matter.
        case exact
    }

    /// The normalization of the texts.
    public var normalization = Normalization.nfc
    /// The unit of the shingles.
    public var shingleUnit = ShingleUnit.word
    /// The number of units in a shingle, from 1 to 1000.
    public var shingleSize = 5
    /// The number of hash functions of the MinHash signature; at least `bands * rows`, at most 4096.
    public var seeds = 100
    /// The number of bands that the signature is divided into. Two documents are candidates if all rows of a band are
    /// equal.
    public var bands = 10
    /// The number of rows in a band.
    public var rows = 10
    /// The comparison of candidates.
    public var match = Match.jaccard(above: 0.7)

    /// The standard parameters: shingles of 5 words, 100 seeds, 10 bands of 10 rows, Jaccard similarity above 0.7.
    public static let standard = Parameters()

    /// Creates the standard parameters; change the properties that should differ.
    public init() {}
}

extension Parameters {
    /// The probability that two documents with this Jaccard similarity share at least one band: 1 - (1 - J^rows)^bands
    /// (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.2).
    ///
    /// - Parameter jaccard: from 0 to 1.
    /// - Throws: a `DedupError` of the kind `parameter` if a parameter is out of its range.
    public func detectionProbability(jaccard: Double) throws(DedupError) -> Double {
        let rule = try Rule(self)
        guard (0...1).contains(jaccard) else { throw .parameter("jaccard is a number from 0 to 1, not \(jaccard)") }
        return rule.banding?.detectionProbability(jaccard: jaccard) ?? (jaccard == 1 ? 1 : 0)
    }
}
