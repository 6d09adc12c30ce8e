package import Basics

/// The rule that decides whether two documents are duplicates.
package enum Match: Sendable, Equatable {
    /// Their exact Jaccard similarity, the size of the intersection divided by the size of the union, is above a
    /// threshold.
    case jaccard(above: Threshold)
    /// The compared contents are equal.
    case exact

    /// The overlap of two ascending sets if it makes them duplicates; otherwise nil.
    package func overlap(_ a: UnsafeBufferPointer<UInt64>, _ b: UnsafeBufferPointer<UInt64>) -> Overlap? {
        switch self {
        case .exact:
            return a.elementsEqual(b) ? Overlap(intersection: 1, union: 1) : nil
        case .jaccard(let threshold):
            let least = threshold.leastIntersection(sizes: a.count + b.count)
            guard let intersection = intersection(a, b, least: least) else { return nil }
            return Overlap(intersection: intersection, union: a.count + b.count - intersection)
        }
    }

    /// The numbers of elements that a duplicate of a set of `size` elements can have.
    package func sizes(forDuplicatesOf size: Int) -> ClosedRange<Int> {
        guard case .jaccard(let threshold) = self else { return size...size }
        // |A & B| <= min, |A | B| >= max: above t thousandths only if 1000 * min > t * max.
        let t = threshold.thousandths
        let smallest = t * size / 1000 + 1
        let largest = t == 0 ? Int.max : (1000 * size - 1) / t
        return min(smallest, size)...max(size, largest)
    }

    /// The size of the intersection of two ascending sets; nil as soon as it is certain to be below `least`.
    private func intersection(
        _ a: UnsafeBufferPointer<UInt64>, _ b: UnsafeBufferPointer<UInt64>, least: Int
    ) -> Int? {
        guard let x = a.baseAddress, let y = b.baseAddress else { return nil }
        var i = 0
        var j = 0
        var both = 0
        while i < a.count && j < b.count {
            // Sixteen steps without a branch on the values, then a check whether `least` can still be reached.
            let steps = min(16, min(a.count - i, b.count - j))
            for _ in 0..<steps {
                let left = x[i]
                let right = y[j]
                both += left == right ? 1 : 0
                i += left <= right ? 1 : 0
                j += right <= left ? 1 : 0
            }
            if both + min(a.count - i, b.count - j) < least { return nil }
        }
        return both >= least ? both : nil
    }
}

/// A Jaccard similarity in whole thousandths: comparisons in integers need no rounding.
package struct Threshold: Sendable, Equatable, CustomStringConvertible {
    /// From 0 to 999.
    package let thousandths: Int

    /// - Parameter thousandths: from 0 to 999.
    package init(thousandths: Int) {
        precondition((0..<1000).contains(thousandths))
        self.thousandths = thousandths
    }

    /// Parses a text such as `0.7`: at least 0, below 1, with at most three decimals.
    ///
    /// - Throws: a usage error for any other text.
    package init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""
        guard parts.count <= 2, parts[0] == "0", parts.count == 1 || !decimals.isEmpty, decimals.count <= 3,
            decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(decimals + String(repeating: "0", count: 3 - decimals.count))
        else {
            throw .usage("the threshold '\(text)' is not a number from 0 to 0.999 with at most three decimals")
        }
        self.init(thousandths: value)
    }

    /// The smallest intersection with which two sets are above the threshold, if they have `sizes` elements in total:
    /// the smallest `i` with `1000 * i > thousandths * (sizes - i)`.
    package func leastIntersection(sizes: Int) -> Int {
        thousandths * sizes / (1000 + thousandths) + 1
    }

    /// The shortest decimal form: `0.7`.
    package var description: String {
        var digits = String(1000 + thousandths).dropFirst()
        while digits.count > 1 && digits.last == "0" { digits.removeLast() }
        return "0." + digits
    }
}

/// The sizes of the intersection and of the union of two sets.
package struct Overlap: Sendable, Equatable {
    /// The number of elements that both sets have.
    package let intersection: Int
    /// The number of elements that at least one set has.
    package let union: Int

    package init(intersection: Int, union: Int) {
        self.intersection = intersection
        self.union = union
    }
}
