import Foundation
import Shingling

/// The normalization forms, step by step as in UAX #15.
///
/// Foundation is used only for single scalars and pairs. In longer texts it sometimes gets the canonical order wrong
/// and does not compose some Hangul syllables.
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

    /// Pairs of scalars, and the scalar that each composes to.
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

        // Swaps neighbours until no two marks are in the wrong order.
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
            // A scalar can compose with the last starter only if all scalars between them have a lower combining class.
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
