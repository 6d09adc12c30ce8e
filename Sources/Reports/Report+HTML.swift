internal import Basics
internal import Foundation
internal import Mustache

extension Report {
    /// report.html: the report for a person, in one file that needs nothing else and no scripts.
    ///
    /// What it says of the corpus, the element `corpus`, is the same for the same corpus, whatever the run.
    package func html() throws -> [UInt8] {
        MustacheContentTypes.register(EscapedHTML(), named: "DEDUP-HTML")
        let template = try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
        let style = String(decoding: PackageResources.report_css, as: UTF8.self)
        return Array(template.render(ReportPage(self, style: style)).utf8)
    }
}

/// Text made safe for HTML, in elements and in quoted attributes, scalar by scalar: a `"` with an accent over it is
/// one character of Swift's and must be escaped all the same.
struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.visible().unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
