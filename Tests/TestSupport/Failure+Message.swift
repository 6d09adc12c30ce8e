import Basics

/// Returns the message of the `Failure` that `work` throws, or nil if it throws none.
package func failure(_ work: () throws -> Void) throws -> String? {
    do {
        try work()
        return nil
    } catch let failure as Failure {
        return failure.message
    }
}
