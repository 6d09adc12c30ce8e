import Basics
import Dispatch
import Foundation

/// Turns SIGINT (Ctrl-C), SIGTERM and SIGHUP into a request to stop. A second signal ends the process at once.
///
/// A command creates one before it starts its work, so that a signal cannot kill the process after it has begun to
/// write.
struct Interruption {
    private struct Request {
        var isMade = false
        /// Cancels the task, once there is one.
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

    /// Whether a signal has been received.
    var isRequested: Bool { request.withLock { $0.isMade } }

    /// Cancels a task when a signal is received, or at once if one was received before.
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
