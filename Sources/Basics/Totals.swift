extension Sequence {
    /// The sum of what comes from outside, as sizes of files do; the largest number there is where that does not hold it.
    package func total(_ number: (Element) -> Int64) -> Int64 {
        reduce(0) { sum, element in
            let (total, isTooLarge) = sum.addingReportingOverflow(number(element))
            return isTooLarge ? .max : total
        }
    }
}
