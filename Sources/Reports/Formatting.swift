internal import Foundation

// Numbers in the form that reports show, the same in every locale.

extension Int {
    /// With commas between thousands: 1,234,567.
    package var grouped: String {
        var digits = String(magnitude)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return (self < 0 ? "-" : "") + digits
    }

    /// As a number of bytes in decimal units: 4.2 MB.
    package var byteSize: String {
        var value = Double(self)
        for unit in ["bytes", "kB", "MB", "GB", "TB"] {
            if unit == "bytes" && magnitude < 1000 { return "\(self) bytes" }
            if value.magnitude < 999.5 { return value.fixed(value.magnitude < 9.95 ? 1 : 0) + " " + unit }
            value /= 1000
        }
        return value.fixed(1) + " PB"
    }

    /// As a number of bytes of memory in the units of the memory setting: 2 GiB, 256 MiB.
    package var memorySize: String {
        let mebibytes = Double(self) / 1_048_576
        if mebibytes < 1024 { return mebibytes.fixed(0) + " MiB" }
        let gibibytes = mebibytes / 1024
        return gibibytes.fixed(gibibytes == gibibytes.rounded() ? 0 : 1) + " GiB"
    }

    /// The percentage that this number is of `whole`: 23.4 %; a dash if `whole` is 0.
    package func percent(of whole: Int) -> String {
        whole == 0 ? "–" : (Double(self) / Double(whole)).percent
    }

    /// The number with a noun, in the plural unless the number is 1: `1 shard`, `2 shards`.
    package func counted(_ noun: String) -> String {
        grouped + " " + noun + (self == 1 ? "" : "s")
    }
}

extension Double {
    /// With this number of decimals.
    package func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

    /// A share of 1 as a percentage: 23.4 %. Shares just above 0 or just below 1 are not rounded to 0 % or 100 %.
    package var percent: String {
        if self == 0 { return "0\u{A0}%" }
        if self == 1 { return "100\u{A0}%" }
        if self < 1 && self >= 0.9995 { return "99.9\u{A0}%" }
        if self > 0 && self < 0.0005 { return "<0.1\u{A0}%" }
        return (self * 100).fixed(1) + "\u{A0}%"
    }

    /// A number of seconds: 0.45 s, 12.3 s, 2 min 5 s, 3 h 10 min.
    package var duration: String {
        if self < 10 { return fixed(2) + " s" }
        if self < 60 { return fixed(1) + " s" }
        let whole = Int(Swift.min(rounded(), 1e15))
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
