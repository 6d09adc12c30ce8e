import Foundation
import Testing

@testable import Basics

/// The status of a file, with any numbers that a file system may report.
@Suite struct FileStatusTests {
    @Test(arguments: [
        Int.min, Int.min + 1, -9_223_372_037, -1, 0, 1, 9_223_372_036, 9_223_372_037, Int.max - 1, Int.max,
    ])
    func statusesAreRead(_ number: Int) {
        for nanoseconds in [0, 1, 999_999_999, Int.max, Int.min] {
            for size in [0, 1, Int.max, -1, Int.min] {
                var status = stat()
                status.st_mtim = timespec(tv_sec: number, tv_nsec: nanoseconds)
                status.st_size = size
                status.st_ino = .max
                status.st_dev = .max
                let read = File.Status(status)
                #expect(read == File.Status(status))
                #expect(read.size == size)
                if let exact = Self.exact(number, nanoseconds) { #expect(read.modified == exact) }
            }
        }
    }

    private static func exact(_ seconds: Int, _ nanoseconds: Int) -> Int64? {
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLargeBesides) = product.addingReportingOverflow(nanoseconds)
        return isTooLarge || isTooLargeBesides ? nil : Int64(sum)
    }

    /// Times that are a second apart differ, even beyond what 64 bits of nanoseconds hold.
    @Test func timesAreToldApart() {
        func modified(_ seconds: Int) -> Int64 {
            var status = stat()
            status.st_mtim.tv_sec = seconds
            return File.Status(status).modified
        }
        for seconds in [9_223_372_036, 13_569_465_600, -12_219_292_800] {
            #expect(modified(seconds) != modified(seconds + 1))
        }
    }

    @Test func sumsEndAtTheLargestNumber() {
        #expect([1, 2, 3].total { Int64($0) } == 6)
        #expect([Int64.max, 1].total(\.self) == .max)
    }
}

@Suite struct VisibleTextTests {
    @Test func plainTextStays() {
        for text in [
            "", "a/b c.jsonl", "Новости/дом.jsonl", "日本語", "naïve", "e\u{301}", "👍🏽", "🇩🇪", "1 %", "0\u{A0}%", "ك٠",
            "\u{600}1",
        ] {
            #expect(text.visible() == text)
            #expect(text.visible(.text) == text)
        }
    }

    @Test(arguments: [
        ("\u{9B}31m", "\\u{9B}31m"), ("\u{1B}[31m", "\\u{1B}[31m"), ("a\u{202E}b", "a\\u{202E}b"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\0", "\\u{0}"), ("a\u{200D}b", "a\\u{200D}b"), ("a\u{FE0F}", "a\\u{FE0F}"), ("\u{FEFF}a", "\\u{FEFF}a"),
        ("👩\u{200D}👧", "👩\u{200D}👧"), ("می\u{200C}خ", "می\u{200C}خ"), ("\u{200D}\u{200D}я", "\\u{200D}\\u{200D}я"),
        ("❤\u{FE0F}", "❤\u{FE0F}"),
        ("я\u{200D}\u{200D}", "я\u{200D}\\u{200D}"), ("\u{E0067}", "\\u{E0067}"), ("\u{10FFFF}", "\\u{10FFFF}"),
        ("\u{2028}", "\\u{2028}"),
    ])
    func aLineIsMadeSafeForTheTerminal(_ text: String, _ shown: String) {
        #expect(text.visible() == shown)
        #expect(shown.visible() == shown)
    }

    @Test func textsKeepTheirLinesAndJoiners() {
        #expect("a\nb\tc\u{200D}d\u{200C}\r".visible(.text) == "a\nb\tc\u{200D}d\u{200C}\\r")
    }

    /// No control character and no invisible character is left in the text that is shown.
    @Test func everyScalarIsShownOrEscaped() {
        for value in 0...0x10FFFF {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            let shown = String(scalar).visible()
            let category = scalar.properties.generalCategory
            if category == .control || category == .lineSeparator || scalar.properties.isDefaultIgnorableCodePoint {
                #expect(shown.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
            }
        }
    }
}
