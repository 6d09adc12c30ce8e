extension Sequence {
    /// The sum of numbers that come from outside, such as file sizes. If it does not fit, the result is the largest
    /// number.
    package func total(_ number: (Element) -> Int64) -> Int64 {
        reduce(0) { sum, element in
            let (total, isTooLarge) = sum.addingReportingOverflow(number(element))
            return isTooLarge ? .max : total
        }
    }
}
