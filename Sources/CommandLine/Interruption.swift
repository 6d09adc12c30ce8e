import Basics
import Dispatch
import Foundation

/// Turns SIGINT (Ctrl-C), SIGTERM and SIGHUP into a request to stop. A second signal ends the process at once.
///
/// A command makes one before it starts the work, so that no signal that comes after the first write kills the process.
struct Interruption {
    private struct Request {
        var isMade = false
        /// Passes the request on.
        var action: (@Sendable () -> Void)?
    }

    private let sources: [any DispatchSourceSignal]
    private let request: Locked<Request>

    init() {
        let request = Locked(Request())
        self.request = request
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let earlier = request.withLock { request in
                    defer { request.isMade = true }
                    return request
                }
                if earlier.isMade { Terminal.exit(1) }
                earlier.action?()
            }
            source.resume()
            return source
        }
    }

    /// Whether a signal came.
    var isRequested: Bool { request.withLock { $0.isMade } }

    /// Cancels a task when a signal comes, or now if one came before.
    func cancels(_ task: Task<some Sendable, any Error>) {
        let isRequested = request.withLock { request in
            request.action = { task.cancel() }
            return request.isMade
        }
        if isRequested { task.cancel() }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
