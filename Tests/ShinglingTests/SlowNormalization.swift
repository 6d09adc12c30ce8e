import Foundation
import Shingling

/// The normalization forms as UAX #15 puts them, step by step.
///
/// Foundation is asked about single scalars and pairs only: over longer texts it does not keep to the canonical order
/// and leaves some Hangul syllables apart.
extension SlowReference {
    private static let known = (0..<0x30000 as Range<UInt32>).compactMap(Unicode.Scalar.init).filter(isKnown)

    private static let canonical = decompositions { $0.decomposedStringWithCanonicalMapping }
    private static let compatibility = decompositions { $0.decomposedStringWithCompatibilityMapping }

    private static func decompositions(_ decomposed: (String) -> String) -> [Unicode.Scalar: Text] {
        var table: [Unicode.Scalar: Text] = [:]
        for scalar in known where !scalar.isASCII {
            let to = text(decomposed(String(scalar)))
            if to != [scalar] { table[scalar] = to }
        }
        return table
    }

    /// Pairs of scalars and what each composes to.
    private static let composites: [Text: Unicode.Scalar] = {
        var table: [Text: Unicode.Scalar] = [:]
        for (scalar, to) in canonical where composed([scalar]) == [scalar] {
            let first = composed(to.dropLast())
            if first.count == 1, let last = to.last { table[first + [last]] = scalar }
        }
        return table
    }()

    private static func composed(_ scalars: Text) -> Text {
        text(String(decoding: bytes(scalars), as: UTF8.self).precomposedStringWithCanonicalMapping)
    }

    static func normalized(_ source: Text, _ normalization: Normalization) -> Text {
        if normalization == .none { return source }
        let table = normalization == .nfkc ? compatibility : canonical
        var scalars = source.flatMap { table[$0] ?? [$0] }
        func combiningClass(_ index: Int) -> UInt8 { scalars[index].properties.canonicalCombiningClass.rawValue }

        // Exchange neighbours for as long as two marks are in the wrong order.
        var isOrdered = false
        while !isOrdered {
            isOrdered = true
            for index in scalars.indices.dropFirst()
            where combiningClass(index) != 0 && combiningClass(index - 1) > combiningClass(index) {
                scalars.swapAt(index - 1, index)
                isOrdered = false
            }
        }

        var index = 1
        while index < scalars.count {
            // A scalar is blocked from the last starter before it by what stands between of no lower class.
            let starter = scalars.indices[..<index].last { combiningClass($0) == 0 }
            let isFree = starter.map { first in
                (first + 1..<index).allSatisfy { combiningClass($0) < combiningClass(index) }
            }
            if let starter, isFree == true, let composite = composites[[scalars[starter], scalars[index]]] {
                scalars[starter] = composite
                scalars.remove(at: index)
            } else {
                index += 1
            }
        }
        return scalars
    }
}
