package import Basics
internal import Foundation

extension Report {
    /// Reads report.json.
    ///
    /// - Parameter path: the path of the file, for messages.
    /// - Throws: if it is not a report, or has a version that this program cannot read.
    package init(json: [UInt8], path: String) throws(Failure) {
        struct Version: Decodable { let version: Int }
        do {
            let version = try JSONDecoder().decode(Version.self, from: Data(json)).version
            guard version <= Report.version else {
                throw Failure(
                    "\(path): a report of version \(version), and this dedup reads versions up to \(Report.version); "
                        + "use the dedup that wrote it, or a later one")
            }
            guard version >= Report.earliestVersion else {
                throw Failure(
                    "\(path): a report of version \(version), which an earlier dedup wrote; run this one again to write "
                        + "it anew")
            }
            try self.init(json: json)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(path): no report of dedup (\(Self.reason(error))); run dedup again to write it anew")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "the field \"\(key.stringValue)\" is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "the field \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is of another type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "the field \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\": \(context.debugDescription)"
        default: "it is not JSON"
        }
    }
}

extension Report.Run {
    /// The bytes of decoded shards that the run read, including those of shards that were done before.
    package var bytesRead: Int { stages.first?.bytes ?? 0 }

    /// The speed of the run in bytes of decoded shards per second.
    package var bytesPerSecond: Double { Double(bytesRead) / max(seconds, 0.001) }
}
